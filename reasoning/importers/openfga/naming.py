"""What an object, a type, a relation and a parameter are called in governance."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from ....graph.compartments import short_hash
from .words import Node, Ref, Tuple


@dataclass(frozen=True, slots=True)
class Names:
    """IRIs below `base`; the objects of a type below a prefix of its own where `prefixes` gives one.

    Objects are called alike in all stores. What is said of them is not: types, relations, tuples and conditions have
    the name of the rules' family in theirs, so that no store adds to what another says.

    Two objects of two types never have one name, unless prefixes make them so: `check_clashes` finds that.
    """

    base: str
    prefixes: Mapping[str, str] = field(default_factory=dict)
    context_prefix: str = ""
    family: str = "openfga"

    @property
    def _own(self) -> str:
        return f"{self.base}{self.family}/"

    def thing(self, kind: str, name: str) -> str:
        """An object or a user."""
        prefix = self.prefixes.get(kind) or f"{self.base}{quote(kind, safe='')}/"
        return prefix + quote(name, safe="")

    def of_cases(self, kinds: Iterable[str]) -> "Names":
        """The same with objects of cases' own, so that no case is about what several stores speak of."""
        return replace(self, prefixes={kind: f"{self._own}case/{quote(kind, safe='')}/" for kind in kinds})

    def kind(self, kind: str) -> str:
        """The class of a type's objects."""
        return f"{self._own}type#{quote(kind, safe='')}"

    def relation(self, node: Node, ref: Ref) -> str:
        """The predicate of those tuples of a relation whose subject is of one kind."""
        parts = [*node, ref.type]
        if ref.is_wildcard:
            parts.append("every")
        elif ref.relation:
            parts += ["of", ref.relation]
        if ref.condition:
            parts += ["if", ref.condition]
        return f"{self._own}relation#" + "~".join(quote(part, safe="") for part in parts)

    def tuple(self, one: Tuple) -> str:
        """A tuple under a condition, which has a name of its own."""
        said = "\n".join((one.user, one.relation, self.thing(one.type, one.id), one.condition))
        return f"{self._own}tuple#{short_hash(said.encode())}"

    @property
    def subject(self) -> str:
        """What leads from a named tuple to its subject."""
        return f"{self._own}tuple#subject"

    @property
    def item(self) -> str:
        """What leads from a list to what it holds."""
        return f"{self._own}tuple#item"

    def parameter(self, condition: str, name: str) -> str:
        """What leads from a named tuple to a value of its context."""
        return f"{self._own}condition#{quote(condition, safe='')}~{quote(name, safe='')}"

    def context(self, name: str) -> str:
        """What leads from a request to a value of its context."""
        return (self.context_prefix or f"{self.base}context#") + quote(name, safe="")
