"""Terms as numbers: facts are triples of small integers, and so are the names that only the reasoner has."""

from collections.abc import Hashable
from typing import Final, TypeAlias

from ...graph.terms import Literal
from ...graph.vocabulary import OWL, RDF, XSD, node

Fact: TypeAlias = tuple[int, int, int]
"""Predicate, subject, object."""

TYPE: Final = 0
SAME: Final = 1
DIFFERENT: Final = 2
LISTED: Final = 3
"""Not a predicate of RDF: that something stands in a list of what is all different."""
CLASH: Final = 4
"""Not a predicate of RDF: a rule whose premises cannot hold together (subject), and what its variables are (object)."""

_PLAIN: Final = frozenset(
    {
        *(XSD.STRING, RDF.LANG_STRING, XSD.BOOLEAN, XSD.INTEGER, XSD.DECIMAL),
        *(XSD.DOUBLE, XSD.FLOAT, XSD.DATE),
    }
)
"""Datatypes whose values are spelled in one way, as the store gives them back."""


class Terms:
    """Numbers of terms, in the order of their coming; none is forgotten while the server runs."""

    def __init__(self) -> None:
        self._ids: dict[Hashable, int] = {}
        self.of: list[Hashable] = []
        self.literals: set[int] = set()
        for known in (node(RDF.TYPE), node(OWL.SAME_AS), node(OWL.DIFFERENT_FROM), "listed", "clash"):
            self.id(known)

    def id(self, term: Hashable) -> int:
        """The number of a term."""
        found = self._ids.get(term)
        if found is None:
            found = self._ids[term] = len(self.of)
            self.of.append(term)
            if isinstance(term, Literal):
                self.literals.add(found)
        return found

    def differ(self, one: int, other: int) -> bool:
        """Whether two terms are literals that are different values for sure.

        Only of datatypes whose values have one spelling in the store; of others nothing is said.
        """
        if one == other or one not in self.literals or other not in self.literals:
            return False
        a, b = self.of[one], self.of[other]
        assert isinstance(a, Literal) and isinstance(b, Literal)  # noqa: S101 — they are among the literals
        if a.datatype != b.datatype or a.datatype.value not in _PLAIN:
            return False
        if a.datatype.value == XSD.DATE and len(a.value) + len(b.value) > 20:
            return False  # a time zone has several spellings
        return a.value != b.value or (a.language or "").lower() != (b.language or "").lower()
