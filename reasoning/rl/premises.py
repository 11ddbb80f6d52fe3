"""What is concluded from: facts of data and ontologies with the compartments that assert them, and axioms.

What stands beside a record graph as its conclusion counts as asserted: so it is not stored a second time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ...graph.joints import is_entailed
from ...graph.snapshot import Snapshot
from ...graph.terms import NamedNode, Object, Subject, Triple
from ...graph.vocabulary import OWL, RDF, node
from ...graph.words import Label, Placed, Role
from ..ontologies.ontologies import is_public
from .rules import Rule
from .sets import FREE, Sets, smallest
from .terms import SAME, TYPE, Fact, Terms

STATED: Final = frozenset({Role.DATA, Role.ONTOLOGY})
PREMISES: Final = STATED | {Role.INFERRED}
_SAME, _TYPE, _NOTHING = node(OWL.SAME_AS), node(RDF.TYPE), node(OWL.NOTHING)


class Compartments:
    """Compartments as bits, in the order of their coming."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._names: list[str] = []

    def bit(self, compartment: str) -> int:
        """The mask of one compartment."""
        if compartment not in self._bits:
            self._bits[compartment] = 1 << len(self._names)
            self._names.append(compartment)
        return self._bits[compartment]

    def of(self, mask: int) -> frozenset[str]:
        """The compartments of a mask."""
        return frozenset(name for number, name in enumerate(self._names) if mask >> number & 1)


def is_premise(placed: Placed) -> bool:
    """Whether a quad of a record's counts: somebody reads it."""
    return placed.role in PREMISES and placed.compartment != ""


class Stated:
    """The triples of ontologies, by compartment, with how many graphs of it say each."""

    def __init__(self, snapshot: Snapshot):
        self._said: Counter[tuple[Triple, str]] = Counter()
        for entry in snapshot.entries():
            if entry.role is Role.ONTOLOGY and entry.compartment:
                self._said.update((t, entry.compartment) for t in snapshot.triples(entry.graph))

    def change(self, out: Iterable[Placed], into: Iterable[Placed]) -> bool:
        """Takes in what goes and comes of ontologies; whether anything does. The same backwards undoes it."""
        changed = False
        for sign, quads in ((-1, out), (1, into)):
            for placed in quads:
                if placed.role is Role.ONTOLOGY:
                    changed = True
                    self._said[placed.quad.triple, placed.compartment] += sign
        return changed

    def axioms(self, compartments: Compartments, labels: Callable[[str], Label | None]) -> dict[Triple, Sets]:
        """Each triple with what suffices for it: nothing where everybody may read it who reads anything."""
        masks: dict[Triple, set[int]] = {}
        public: dict[str, bool] = {}
        for (triple, compartment), count in self._said.items():
            if count > 0:
                if compartment not in public:
                    public[compartment] = is_public(labels(compartment))
                mask = 0 if public[compartment] else compartments.bit(compartment)
                masks.setdefault(triple, set()).add(mask)
        return {t: FREE if 0 in found else smallest(frozenset(found)) for t, found in masks.items()}

    def home(self, labels: Callable[[str], Label | None]) -> str | None:
        """Where conclusions from public axioms alone stand: a compartment of such axioms."""
        held = {compartment for (_, compartment), count in self._said.items() if count > 0}
        return min((c for c in held if is_public(labels(c))), default=None)


class Relevance:
    """Which facts rules can do anything with; where things can be the same, all."""

    def __init__(self, rules: Iterable[Rule], terms: Terms, *, equality: bool, public: bool):
        """`public`: an ontology that everybody may read says something.

        Else nothing follows from what needs no axiom: that would tell that there is an ontology somewhere.
        """
        self._terms = terms
        self._all = equality
        self._public = public
        self._nothing = terms.id(_NOTHING)
        atoms = [a for rule in rules for a in (*rule.body, *([rule.head] if rule.head else ()))]
        self._kinds = {o for p, _, o in atoms if p == TYPE and o >= 0}
        self._predicates = {p for p, _, _ in atoms if p != TYPE}
        self._any_kind = any(p == TYPE and o < 0 for p, _, o in atoms)

    def fact(self, s: Subject, p: NamedNode, o: Object) -> Fact | None:
        """A triple as a fact, if it matters."""
        predicate = self._terms.id(p)
        if not self._public and self._needs_no_axiom(predicate, o):
            return None
        if not self._all:
            if predicate == TYPE:
                if not self._any_kind and self._terms.id(o) not in self._kinds:
                    return None
            elif predicate not in self._predicates:
                return None
        return predicate, self._terms.id(s), self._terms.id(o)

    def _needs_no_axiom(self, predicate: int, o: Object) -> bool:
        return predicate == SAME or (predicate == TYPE and self._terms.id(o) == self._nothing)

    def load(self, snapshot: Snapshot, compartments: Compartments) -> Iterator[tuple[Fact, int]]:
        """All facts of the store that matter."""
        entries = {
            e.graph: compartments.bit(e.compartment)
            for e in snapshot.entries()
            if e.role in PREMISES and e.compartment and not is_entailed(e.graph)
        }
        if self._all:
            for graph, bit in entries.items():
                for t in snapshot.triples(graph):
                    found = self.fact(t.subject, t.predicate, t.object)
                    if found is not None:
                        yield found, bit
            return
        for p, o in self._patterns():
            for quad in snapshot.match(None, p, o, PREMISES):
                graph = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""
                found = self.fact(quad.subject, quad.predicate, quad.object)
                if found is not None and graph in entries:
                    yield found, entries[graph]

    def _patterns(self) -> Iterator[tuple[NamedNode, NamedNode | None]]:
        of = self._terms.of
        for p in self._predicates:
            if isinstance(predicate := of[p], NamedNode):
                yield predicate, None
        kind = of[TYPE]
        assert isinstance(kind, NamedNode)  # noqa: S101 — it is `rdf:type`
        if self._any_kind:
            yield kind, None
            return
        for o in self._kinds:
            if isinstance(named := of[o], NamedNode):
                yield kind, named


def needs_no_axiom(placed: Placed) -> bool:
    """Whether something follows from a quad, or clashes with it, whatever an ontology says."""
    quad = placed.quad
    return quad.predicate == _SAME or (quad.predicate == _TYPE and quad.object == _NOTHING)


def any_needs_no_axiom(snapshot: Snapshot) -> bool:
    """Whether the store holds such a quad."""
    patterns = ((_SAME, None), (_TYPE, _NOTHING))
    return any(True for p, o in patterns for _ in snapshot.match(None, p, o, STATED))
