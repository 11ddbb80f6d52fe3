"""What follows from several premises, inside the commit that brings it about.

A conclusion stands once for each smallest set of compartments that suffices for it, in a graph of that set: a view
reads those whose sets lie inside its clearance (see `graph.joints`). What is asserted in a compartment, or follows
from one graph in it, is not stored again for that compartment.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ...graph.compartments import compartment_of
from ...graph.joints import entailed_graph, is_entailed, joint_of
from ...graph.snapshot import Snapshot
from ...graph.store.patches import Labels
from ...graph.terms import Literal, NamedNode, Triple
from ...graph.vocabulary import AMBIT
from ...graph.words import Label, Patch, Placed, Role
from ..findings.findings import Finding, finding_triples
from . import clashes
from .axioms import rules
from .engine import MOST_CLASHES, Engine
from .equality import MOST_SAME
from .premises import Compartments, Relevance, Stated, any_needs_no_axiom, is_premise, needs_no_axiom
from .rules import Rule
from .sets import Sets
from .terms import CLASH, TYPE, Fact, Terms

MOST = 1_000_000
"""Conclusions that are held at most."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An engine with what it was made for: the same is not made again."""

    rules: frozenset[Rule]
    home: str | None
    relevance: Relevance
    engine: Engine


class Conclusions:
    """The owner's `concluding`. `told`: the label of the finding that a limit was reached."""

    def __init__(self, told: Label | None = None, *, limit: int = MOST):
        self._told = told
        self._limit = limit
        self._terms = Terms()
        self._compartments = Compartments()
        self._stated: Stated | None = None
        self._rules: list[Rule] = []
        self._home: str | None = None
        self._is_called_for = False
        self._same = False
        self._drawn: _Drawn | None = None
        self._before: _Drawn | None = None
        self._is_whole = True
        self._change: tuple[list[Placed], list[Placed]] = ([], [])

    def follow(
        self, out: Sequence[Placed], into: Sequence[Placed], labels: Labels, snapshot: Snapshot
    ) -> Iterable[Patch]:
        """What follows from a delta, and what follows no more. Raises what reading the store raises."""
        self._before, self._is_whole = self._drawn, False
        patches = [*self._follow_up(out, into, labels, snapshot)]
        self._is_whole = True
        return patches

    def _follow_up(
        self, out: Sequence[Placed], into: Sequence[Placed], labels: Labels, snapshot: Snapshot
    ) -> Iterable[Patch]:
        self._change = [p for p in out if is_premise(p)], [p for p in into if is_premise(p)]
        if not any(self._change):
            return ()
        is_new = self._stated is None
        if self._stated is None:
            self._stated = Stated(snapshot)
            self._is_called_for = any_needs_no_axiom(snapshot)
        self._is_called_for = self._is_called_for or any(map(needs_no_axiom, self._change[1]))
        if self._stated.change(*self._change) or is_new:
            self._rules = rules(self._stated.axioms(self._compartments, labels), self._terms)
            self._home = self._stated.home(labels)
        is_called_for = self._is_called_for and self._home is not None
        if not is_called_for and all(rule.is_single for rule in self._rules if rule.axioms):
            self._drawn = None
            return [*_withdrawn(snapshot, {})] if is_new or self._before else ()
        return [*self._follow(frozenset(self._rules), snapshot)]

    def settle(self, *, is_in: bool) -> None:
        """Keeps what `follow` made of the last commit, or takes it back."""
        change, self._change = self._change, ([], [])
        if is_in:
            if self._drawn is not None:
                self._drawn.engine.keep()
        elif any(change):
            is_whole, is_old = self._is_whole, self._drawn is self._before
            if is_whole and is_old and self._drawn is not None and not _of_ontologies(change):
                self._drawn.engine.undo()
            else:  # it was made of what is not in, or not to its end
                self._drawn = self._stated = None
        self._before = None

    def _follow(self, made: frozenset[Rule], snapshot: Snapshot) -> Iterator[Patch]:
        drawn = self._drawn
        if drawn is not None and (drawn.rules, drawn.home) == (made, self._home):
            was_limited = _limits(drawn.engine)
            drawn.engine.change(*self._facts(drawn.relevance))
            found_same = not drawn.engine.equality and (self._same or drawn.engine.found_same)
            if not (found_same or drawn.engine.is_lost):
                yield from self._changed(drawn, snapshot)
                if _limits(drawn.engine) != was_limited:
                    yield from self._tell_limits(drawn.engine, snapshot)
                return
            self._same = self._same or found_same  # all there is may be said of something else from now on
        self._drawn = self._draw(made, snapshot)
        if self._drawn.engine.found_same:
            self._same = True
            self._drawn = self._draw(made, snapshot)
        yield from self._whole(self._drawn, snapshot)
        yield from self._tell_limits(self._drawn.engine, snapshot)

    def _draw(self, made: frozenset[Rule], snapshot: Snapshot) -> _Drawn:
        """All that follows, from the store and the delta."""
        relevance = Relevance(made, self._terms, equality=self._same, public=self._home is not None)
        engine = Engine(self._rules, self._terms, equality=self._same, limit=self._limit)
        out, into = self._facts(relevance)
        engine.change((), chain(_without(relevance.load(snapshot, self._compartments), out), into))
        return _Drawn(made, self._home, relevance, engine)

    def _facts(self, relevance: Relevance) -> tuple[list[tuple[Fact, int]], list[tuple[Fact, int]]]:
        """The delta as facts that matter."""

        def facts(quads: Iterable[Placed]) -> Iterator[tuple[Fact, int]]:
            for placed in quads:
                quad = placed.quad
                found = relevance.fact(quad.subject, quad.predicate, quad.object)
                if found is not None:
                    yield found, self._compartments.bit(placed.compartment)

        out, into = self._change
        return [*facts(out)], [*facts(into)]

    # -- from facts to graphs

    def _changed(self, drawn: _Drawn, snapshot: Snapshot) -> Iterator[Patch]:
        """What the last change of the engine comes to."""
        out: dict[int, set[Triple]] = defaultdict(set)
        into: dict[int, set[Triple]] = defaultdict(set)
        gone: dict[int, list[Finding]] = defaultdict(list)
        come: dict[int, list[Finding]] = defaultdict(list)
        for fact, before, asserted in drawn.engine.changed():
            old = _given(before, asserted)
            new = _given(drawn.engine.sets(fact), drawn.engine.asserted(fact))
            if fact[0] == CLASH:
                for masks, found in ((old - new, gone), (new - old, come)):
                    for mask in masks:
                        found[mask].append(clashes.finding(self._terms, fact))
            elif (triple := self._triple(fact)) is not None:
                for mask in old - new:
                    out[mask].add(triple)
                for mask in new - old:
                    into[mask].add(triple)
        for mask in sorted(out.keys() | into.keys()):
            if members := self._members(mask, drawn):
                graph = entailed_graph(joint_of(members))
                yield Patch(graph, AMBIT.ENTAILMENT, members, frozenset(out[mask]), frozenset(into[mask]))
        for mask in sorted(gone.keys() | come.keys()):
            if members := self._members(mask, drawn):
                yield clashes.patch(members, gone[mask], come[mask], snapshot)

    def _whole(self, drawn: _Drawn, snapshot: Snapshot) -> Iterator[Patch]:
        """All that follows, as the difference to what stands in the store."""
        wanted: dict[str, tuple[frozenset[str], set[Triple]]] = {}
        found: dict[str, tuple[frozenset[str], list[Finding]]] = {}
        for fact, sets in drawn.engine.facts():
            triple = self._triple(fact) if fact[0] != CLASH else None
            if triple is None and fact[0] != CLASH:
                continue
            for mask in _given(sets, drawn.engine.asserted(fact)):
                members = self._members(mask, drawn)
                if triple is None and members:
                    graph = clashes.place(members)
                    found.setdefault(graph, (members, []))[1].append(clashes.finding(self._terms, fact))
                elif triple is not None and members:
                    graph = entailed_graph(joint_of(members))
                    wanted.setdefault(graph, (members, set()))[1].add(triple)
        for graph, (members, findings) in found.items():
            made = {t for one in findings for t in finding_triples(graph, one, snapshot)}
            wanted[graph] = (members, made)
        yield from _withdrawn(snapshot, wanted)
        for graph, (members, triples) in wanted.items():
            held = frozenset(snapshot.triples(graph))
            role = Role.INFERRED if is_entailed(graph) else Role.SYSTEM
            if held != triples:
                gone, come = held - triples, frozenset(triples - held)
                yield Patch(graph, AMBIT.ENTAILMENT, members, gone, come, role)

    def _members(self, mask: int, drawn: _Drawn) -> frozenset[str]:
        """The compartments of a set; of what follows from public axioms alone one where these stand."""
        if mask:
            return self._compartments.of(mask)
        return frozenset({drawn.home} if drawn.home else ())

    def _triple(self, fact: Fact) -> Triple | None:
        """A fact as it is given out: no literal as a subject, no property or class that has no name."""
        of = self._terms.of
        p, s, o = of[fact[0]], of[fact[1]], of[fact[2]]
        if isinstance(s, Literal) or not isinstance(p, NamedNode):
            return None
        if fact[0] == TYPE and not isinstance(o, NamedNode):
            return None
        return Triple(s, p, o)  # type: ignore[arg-type]

    def _tell_limits(self, engine: Engine, snapshot: Snapshot) -> Iterator[Patch]:
        """A finding for each limit that leaves something out; it goes when all is drawn again."""
        if self._told is None:
            return
        members = frozenset({compartment_of(self._told)})
        graph = clashes.place(["limit"])
        conclusions = (
            f"more follows than is drawn: at most {self._limit:,} conclusions, none from more than {MOST_SAME} things"
            " that are the same, and in one commit what a bounded number of steps finds"
        )
        contradictions = (
            f"{MOST_CLASHES} contradictions of one axiom are told of one set of compartments, and no more"
        )
        wanted: set[Triple] = set()
        for is_reached, message, evidence in (
            (engine.limited, conclusions, {"limit": self._limit, "same": MOST_SAME}),
            (engine.crowded, contradictions, {"contradictions": MOST_CLASHES}),
        ):
            if is_reached:
                _log.warning("%s", message)
                shape = next(iter(evidence))
                found = Finding(
                    code="entailment-limit",
                    message=message,
                    about=(),
                    shape=f"urn:ambit:limit:{shape}",
                    evidence=evidence,
                )
                wanted.update(finding_triples(graph, found, snapshot))
        standing = set(snapshot.triples(graph))
        out, into = frozenset(standing - wanted), frozenset(wanted - standing)
        if out or into:
            yield Patch(graph, AMBIT.ENTAILMENT, members, out, into, Role.SYSTEM)


def _limits(engine: Engine) -> tuple[bool, bool]:
    return engine.limited, engine.crowded


def _of_ontologies(change: Iterable[Iterable[Placed]]) -> bool:
    return any(placed.role is Role.ONTOLOGY for quads in change for placed in quads)


def _without(held: Iterable[tuple[Fact, int]], out: Iterable[tuple[Fact, int]]) -> Iterator[tuple[Fact, int]]:
    """What the store holds, once for each graph, but for what goes."""
    going = Counter(out)
    for one in held:
        if going[one]:
            going[one] -= 1
        else:
            yield one


def _given(sets: Sets | None, asserted: int) -> frozenset[int]:
    """The sets for which a fact is stored: not those of one compartment that asserts it."""
    return frozenset(m for m in sets or () if not (m & (m - 1) == 0 and m & asserted))


def _withdrawn(snapshot: Snapshot, kept: Iterable[str] | dict[str, object]) -> Iterator[Patch]:
    """The graphs in the store that nothing follows for any more."""
    limit = clashes.place(["limit"])
    for record in snapshot.records_of(AMBIT.ENTAILMENT):
        if record not in kept and record != limit:
            for entry in snapshot.record(record):
                if entry.compartment:
                    yield Patch(
                        entry.graph,
                        AMBIT.ENTAILMENT,
                        snapshot.members(entry.compartment),
                        frozenset(snapshot.triples(entry.graph)),
                        role=entry.role,
                    )
