"""What if: deciding over governance with some triples more or fewer, for one answer. Nothing is committed.

What is supposed counts as if a file of governance stated it, or none did, and what follows from that follows.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from ...graph.terms import Literal, NamedNode, Object, Quad, Subject, Triple
from ...graph.views.calls import RuleCall, RuleFailure, RuleRows
from ...graph.vocabulary import RDF, node
from ..deciding.decide import Decider
from ..governance.aftermath import Aftermath
from ..governance.closure import AXIOMS, Closure
from ..governance.facts import Facts, Key, key, names, term
from ..governance.governance import INFERRED

SUPPOSED: Final = "urn:ambit:supposed"
"""The graph that states what is supposed; what an explanation cites for it."""


class Supposed(Decider):
    """A decider's rules over a governance that is not there; `base` and its worker are not changed.

    It sees the state in which it was made: to be made and asked inside `base.settled`. What ends that ends it, too:
    making it raises `Unavailable` then, and `AmbitError` (`cancelled`).
    """

    def __init__(self, base: Decider, out: Iterable[Triple], into: Iterable[Triple]):
        super().__init__(base.worker, server_site=base.server_site, deadline=base.deadline)
        self._base = base
        self.force, self.in_memory = base.force, base.in_memory
        self.snapshot = base.snapshot
        self.policy_revision = base.policy_revision
        self._hurry = base._hurry
        through = partial(self._hurry.through, seconds=base.held)
        gone, come = _difference(base.facts, frozenset(out), frozenset(into), through)
        self._hurry.left(base.held)
        self._patch = base.facts.preview(gone, come)
        self.facts = Amended(base.facts, gone, come)

    def rules(
        self,
        queries: Sequence[RuleCall],
        *,
        facts: bytes = b"",
        patch: tuple[bytes, bytes] | None = None,
        deadline: float,
    ) -> list[RuleRows | RuleFailure]:
        """As the base's, over what is supposed."""
        deadline = self._hurry.left(deadline)
        far = partial(self._base.rules, facts=facts, patch=patch or self._patch, deadline=deadline)
        if patch is not None:
            return far(queries)
        return self.in_memory.answered(queries, self.facts, self._base.lock, far)

    def learn(self, texts: Iterable[str]) -> None:
        """As the base's, who needs no patched copy for it."""
        self._base.learn(texts)

    def close(self) -> None:
        """Nothing: the worker is the base's."""


class Amended(Facts):
    """Facts with some quads out and in; the facts below are not copied, and must not change meanwhile."""

    def __init__(self, base: Facts, out: Iterable[Quad], into: Iterable[Quad]):
        super().__init__(into)
        self.moments = base.moments  # until when a thing holds is not told of what is supposed
        self._below = base
        leaving: dict[Triple, set[str]] = {}
        for quad in out:
            graph = quad.graph_name
            leaving.setdefault(quad.triple, set()).add(graph.value if isinstance(graph, NamedNode) else "")
        self._leaving = leaving
        self._gone = frozenset(t for t, graphs in leaving.items() if base.graphs(t) <= graphs)
        self._going: dict[str, list[Triple]] = {}  # what is gone, by property
        for triple in self._gone:
            self._going.setdefault(triple.predicate.value, []).append(triple)

    def __contains__(self, triple: Triple) -> bool:
        return super().__contains__(triple) or (triple in self._below and triple not in self._gone)

    def __iter__(self) -> Iterator[Triple]:
        yield from (t for t in self._below if t not in self._gone)
        yield from (t for t in super().__iter__() if t not in self._below or t in self._gone)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def turns(self, predicates: Iterable[str]) -> tuple[int, ...]:
        """A number that grows with each change: of what lies below, for what is supposed does not change."""
        return self._below.turns(predicates)

    def of(self, predicate: str) -> Iterator[Triple]:
        """The triples of one predicate."""
        yield from (t for t in self._below.of(predicate) if t not in self._gone)
        yield from (t for t in super().of(predicate) if t not in self._below or t in self._gone)

    def graphs(self, triple: Triple) -> frozenset[str]:
        """The named graphs that hold a triple."""
        return (self._below.graphs(triple) - self._leaving.get(triple, set())) | super().graphs(triple)

    def ends(self, subject: Key, predicate: str) -> frozenset[Key]:
        """The objects of a subject's predicate, as keys."""
        below = (o for o in self._below.ends(subject, predicate) if not self._is_gone(subject, predicate, o))
        return frozenset((*super().ends(subject, predicate), *below))

    def starts(self, predicate: str, value: Key) -> frozenset[Key]:
        """The subjects whose predicate has this value, as keys."""
        below = (s for s in self._below.starts(predicate, value) if not self._is_gone(s, predicate, value))
        return frozenset((*super().starts(predicate, value), *below))

    def breadth(self, predicate: str, *, start: Key | None = None, end: Key | None = None) -> int:
        """How many terms are read to find those beside `start` or `end`; with neither, the subjects of a predicate."""
        below, gone = self._below.breadth(predicate, start=start, end=end), self._going.get(predicate, ())
        if end is not None:
            new = [s for s in super().starts(predicate, end) if not self._is_below(s, predicate, end)]
            return below - sum(key(t.object) == end for t in gone) + len(new)
        if start is not None:
            new = [o for o in super().ends(start, predicate) if not self._is_below(start, predicate, o)]
            return below - sum(key(t.subject) == start for t in gone) + len(new)
        return below + super().breadth(predicate)

    def holds(self, subject: Key, predicate: str, value: Key) -> bool:
        """Whether there is a triple, by its keys."""
        return super().holds(subject, predicate, value) or self._is_below(subject, predicate, value)

    def _is_below(self, subject: Key, predicate: str, value: Key) -> bool:
        return self._below.holds(subject, predicate, value) and not self._is_gone(subject, predicate, value)

    def _is_gone(self, subject: Key, predicate: str, value: Key) -> bool:
        return Triple(term(subject), node(predicate), term(value)) in self._gone  # type: ignore[arg-type]

    def objects(self, subject: Subject, predicate: str) -> frozenset[Object]:
        """The objects of a subject's predicate."""
        return frozenset(map(term, self.ends(key(subject), predicate)))

    def subjects(self, predicate: str, value: Object) -> frozenset[Subject]:
        """The subjects whose predicate has this value."""
        return frozenset(map(term, self.starts(predicate, key(value))))  # type: ignore[arg-type]

    def iris(self, subject: str, predicate: str) -> frozenset[str]:
        """The IRIs among the objects of a subject that is an IRI itself."""
        return names(self.objects(NamedNode(subject), predicate))

    def iris_to(self, predicate: str, value: str) -> frozenset[str]:
        """The IRIs whose predicate has an IRI as its value."""
        return names(self.subjects(predicate, NamedNode(value)))

    def watch(self, predicates: Iterable[str]) -> set[object]:
        """An empty set: what is supposed does not change."""
        return set()

    def instances(self, kind: str) -> frozenset[str]:
        """The IRIs of a class's instances."""
        return names(self.subjects(RDF.TYPE, NamedNode(kind)))

    def values(self, predicate: str) -> frozenset[str]:
        """The IRIs that a predicate leads to, from anywhere."""
        left = {
            t.object for t in self._going.get(predicate, ()) if not self.states(None, predicate, t.object)
        }
        return super().values(predicate) | (self._below.values(predicate) - names(left))

    def number(self, kind: str) -> int:
        """How many instances a class has; nobody counts them for that."""
        gone = sum(t.object == node(kind) for t in self._going.get(RDF.TYPE, ()))
        new = sum(not self._is_below(s, RDF.TYPE, kind) for s in super().starts(RDF.TYPE, kind))
        return self._below.number(kind) - gone + new

    def states(self, subject: Subject | None, predicate: str, value: Object | None) -> bool:
        """Whether there is a triple with these terms; None stands for any, in one place at most.

        What lies below is gone through only where some of it is gone.
        """
        if subject is not None and value is not None:
            return self.holds(key(subject), predicate, key(value))
        if super().states(subject, predicate, value):
            return True
        if not self._below.states(subject, predicate, value):
            return False
        gone = sum(
            subject in (None, t.subject) and value in (None, t.object) for t in self._going.get(predicate, ())
        )
        if not gone:
            return True
        start, end = (None if term is None else key(term) for term in (subject, value))
        return self._below.breadth(predicate, start=start, end=end) > gone

    def among(self, iris: Iterable[str], kind: str) -> frozenset[str]:
        """Those of some IRIs that are of a class."""
        return frozenset(iri for iri in iris if self.holds(iri, RDF.TYPE, kind))

    def told(self, iris: Iterable[str], predicate: str) -> list[Hashable]:
        """What a predicate says of each of some IRIs, as something that is the same where it says the same."""
        return [self.ends(iri, predicate) for iri in iris]

    def predicates(self) -> Collection[str]:
        """All that were in use at some time."""
        return {*super().predicates(), *self._below.predicates()}

    def mentions(self, one: Key) -> bool:
        """Whether a term stands in some triple as its subject or object, by its key."""
        it = term(one)
        return any(
            self.states(None, p, it) or (not isinstance(it, Literal) and self.states(it, p, None))
            for p in self.predicates()
        )

    def speaks_of(self, term: str) -> bool:
        """Whether a property or a class is used."""
        if super().speaks_of(term):
            return True
        if not self._below.speaks_of(term):
            return False
        if not self._going.get(term) and all(t.object != node(term) for t in self._going.get(RDF.TYPE, ())):
            return True
        return self.states(None, RDF.TYPE, node(term)) or any(True for _ in self.of(term))

    def is_a(self, iri: str, kind: str) -> bool:
        """Whether an IRI is of a class."""
        return Triple(NamedNode(iri), node(RDF.TYPE), NamedNode(kind)) in self


def _difference(
    facts: Facts,
    out: frozenset[Triple],
    into: frozenset[Triple],
    through: Callable[[Iterable[Triple]], Iterable[Triple]],
) -> tuple[list[Quad], list[Quad]]:
    """What is supposed as quads out and in, with what follows from it: by the difference, unless an axiom changes."""
    stating = {t: facts.graphs(t) - {INFERRED} for t in out - into}
    leaving = {t: graphs for t, graphs in stating.items() if graphs}
    if any(t.predicate in AXIOMS for t in (*leaving, *into)):
        stated = ({t for t in through(facts) if facts.graphs(t) - {INFERRED}} - out) | into
        before = {t for t in through(facts) if INFERRED in facts.graphs(t)}
        after = Closure(stated).conclude(stated, through)
        went, came = set(before - after), set(after - before)
    else:
        axioms = (t for axiom in AXIOMS for t in facts.of(axiom.value) if facts.graphs(t) - {INFERRED})
        aftermath = Aftermath(Closure(axioms), facts, INFERRED, leaving, into)
        went, came = aftermath.out, aftermath.into
    gone = [_in(t, graph) for t, graphs in leaving.items() for graph in graphs]
    gone += [_in(t, INFERRED) for t in went]
    come = [_in(t, SUPPOSED) for t in into] + [_in(t, INFERRED) for t in came]
    return gone, come


def _in(triple: Triple, graph: str) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph))
