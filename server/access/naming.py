"""Types and ids of the Authorization API, and the IRIs that they stand for.

Ids of the six kinds are IRIs. A `ambit:NamedType` of governance gives a kind another name, and its things short
ids: what follows its prefix, escaped as R2RML escapes a template's values (§7.3). Two ids never name one thing.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from ...graph.iris import is_absolute
from ...graph.terms import Literal, NamedNode
from ...graph.vocabulary import AMBIT
from ...ingest.paths import iri_safe
from ...reasoning.governance.facts import Facts

USER, AGENT, RECORD, GRAPH, ENTITY, COMPARTMENT = "user", "agent", "record", "graph", "entity", "compartment"
KINDS: Final = frozenset({USER, AGENT, RECORD, GRAPH, ENTITY, COMPARTMENT})
_LONGEST: Final = 2_048


@dataclass(frozen=True, slots=True)
class Type:
    """A type of subjects or resources: its kind here, and what its IRIs begin with; None: its ids are IRIs."""

    kind: str
    prefix: str | None = None

    def iri(self, id: str) -> str | None:
        """What `id` names; None where it can name nothing."""
        if not 0 < len(id) <= _LONGEST or unicodedata.normalize("NFC", id) != id:
            return None
        iri = id if self.prefix is None else self.prefix + iri_safe(id)
        return iri if is_absolute(iri) else None

    def id(self, iri: str) -> str | None:
        """By what id the type names an IRI; None where it names it by none."""
        if self.prefix is None:
            return iri
        if not iri.startswith(self.prefix):
            return None
        id = unquote(iri[len(self.prefix) :])
        return id if self.iri(id) == iri else None


class Naming:
    """The types of one state of governance. A name that governance gives twice, or not whole, names nothing."""

    def __init__(self, facts: Facts):
        self._types: dict[str, Type | None] = {kind: Type(kind) for kind in KINDS}
        said: dict[str, list[Type | None]] = {}
        for named in facts.instances(AMBIT.NAMED_TYPE):
            kinds, prefixes = (_strings(facts, named, term) for term in (AMBIT.STANDS_FOR, AMBIT.ID_PREFIX))
            whole = len(kinds) == len(prefixes) == 1 and kinds[0] in KINDS and is_absolute(prefixes[0])
            for name in _strings(facts, named, AMBIT.TYPE_NAME):
                said.setdefault(name, []).append(Type(kinds[0], prefixes[0]) if whole else None)
        self._types |= {name: types[0] if len(types) == 1 else None for name, types in said.items()}

    def type(self, name: str) -> Type | None:
        """The type of that name, if there is one."""
        return self._types.get(name)

    @property
    def types(self) -> Mapping[str, Type | None]:
        """All names, with what they stand for."""
        return self._types


def _strings(facts: Facts, subject: str, predicate: str) -> list[str]:
    found = facts.objects(NamedNode(subject), predicate)
    return sorted(value.value for value in found if isinstance(value, Literal))
