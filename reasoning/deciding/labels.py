"""Labels: what labelling rules make of a mapping's hints and governed facts, and the check that gives them.

A label is complete only with exactly one sensitivity and at least one jurisdiction and one anchor; without
that a graph is in no compartment, and nobody reads it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ...graph.clock import CLOCK
from ...graph.errors import Unavailable
from ...graph.snapshot import Snapshot
from ...graph.terms import Literal, NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, node
from ...graph.words import Change, Hints, Label, Record, RecordGraph
from ..ontologies.entail import stored
from ..rulebase.asking import Asked, Circumstances, Said, ask
from .decide import Decider
from .foreseeing import matters, patch_of, read_by

_HINTS = "urn:ambit:hints:"
_KEPT: Final = 1_000
"""Commits of different hints whose labels are remembered; past that all are forgotten."""


def labels(
    decider: Decider, hints: Sequence[Hints], patch: tuple[bytes, bytes] | None = None
) -> list[Label | None]:
    """The label of each hints, None where it is not complete; raises `Unavailable` when a rule fails.

    `patch` is governance to come (N-Quads out and in, as the worker holds them). While a rule stands for a
    broken file no label is complete: what the file would have said of the data is not known.
    """
    if any(rule.failing for rule in decider.force.of("label")):
        return [None] * len(hints)
    return _labels(decider, hints, patch)


def _labels(
    decider: Decider, hints: Sequence[Hints], patch: tuple[bytes, bytes] | None
) -> list[Label | None]:
    """What the rules that can be asked say."""
    distinct = list(dict.fromkeys(hints))
    facts = frozenset(t for number, one in enumerate(distinct) for t in _facts(f"{_HINTS}{number}", one))
    asked = [Asked(rule) for rule in decider.force.of("label") if not rule.failing]
    around = Circumstances(None, decider.server_site, CLOCK.now(), facts)
    said = ask(decider.rules, asked, around, deadline=max(decider.deadline, 10.0), patch=patch)
    for one in said:
        if one.failure:
            raise Unavailable(
                f"the labelling rule `{one.asked.rule.iri}` failed: {one.failure}",
                hint="nothing is committed without its label; mend the rule's file",
            )
    aspects = _gather(said)
    made = {one: _label(one, aspects.get(f"{_HINTS}{number}", {})) for number, one in enumerate(distinct)}
    return [made[one] for one in hints]


def _facts(name: str, hints: Hints) -> Iterator[Triple]:
    """A graph's hints as rules see them."""
    me = NamedNode(name)
    yield Triple(me, node(AMBIT.COMES_FROM), NamedNode(hints.source))
    if hints.sensitivity:
        yield Triple(me, node(AMBIT.SENSITIVITY_HINT), NamedNode(hints.sensitivity))
    for jurisdiction in hints.jurisdictions:
        yield Triple(me, node(AMBIT.JURISDICTION_HINT), NamedNode(jurisdiction))
    for country in hints.countries:
        yield Triple(me, node(AMBIT.COUNTRY), Literal(country))
    for anchor in hints.anchors:
        yield Triple(me, node(AMBIT.ANCHOR), NamedNode(anchor))


def _gather(said: Iterable[Said]) -> dict[str, dict[str, set[Object]]]:
    """By graph and aspect of the label, the values that rules gave."""
    found: dict[str, dict[str, set[Object]]] = {}
    for row in (row for one in said for row in one.rows):
        graph, aspect, value = row.get("graph"), row.get("aspect"), row.get("value")
        if isinstance(graph, NamedNode) and isinstance(aspect, NamedNode) and value is not None:
            found.setdefault(graph.value, {}).setdefault(aspect.value, set()).add(value)
    return found


def _label(hints: Hints, aspects: dict[str, set[Object]]) -> Label | None:
    """The label, if it is complete; a value that is no IRI spoils it."""
    sensitivities = aspects.get(AMBIT.HAS_SENSITIVITY, set())
    jurisdictions = aspects.get(AMBIT.HAS_JURISDICTION, set())
    audience = aspects.get(AMBIT.HAS_AUDIENCE, set())
    values = [*sensitivities, *jurisdictions, *audience]
    if len(sensitivities) != 1 or not jurisdictions or not audience:
        return None
    iris = [value.value for value in values if isinstance(value, NamedNode)]
    if len(iris) != len(values):
        return None
    rest = iris[1:]
    return Label(
        hints.source, iris[0], frozenset(rest[: len(jurisdictions)]), frozenset(rest[len(jurisdictions) :])
    )


# -- in a commit


class _Known:
    """What labels hints were given, for as long as nothing changes that labelling rules may read of governance.

    Rules see the hints of one commit together, so these are what is looked up. Not synchronised: commits come one by one.
    """

    def __init__(self, decider: Decider):
        self._decider = decider
        self._state: tuple[object, ...] = ()
        self._given: dict[tuple[Hints, ...], list[Label | None]] = {}

    def labels(self, hints: Sequence[Hints], patch: tuple[bytes, bytes]) -> list[Label | None]:
        """As `labels`, asked of rules where it is not known; with a `patch` they are asked anew."""
        decider = self._decider
        with decider.lock:  # no commit is half taken in
            read, rules, epoch = read_by(decider, "label"), decider.force.of("label"), decider.epoch
            state = (rules, decider.facts, decider.facts.turns(sorted(read or ())))
        if read is None or any(patch):
            return labels(decider, hints, patch)
        if state != self._state or len(self._given) >= _KEPT:
            self._state, self._given = state, {}
        distinct = tuple(dict.fromkeys(hints))
        given = self._given.get(distinct)
        if given is None:
            given = labels(decider, distinct, patch)
            if epoch == decider.epoch:
                self._given[distinct] = given
        made = dict(zip(distinct, given, strict=True))
        return [made[one] for one in hints]


def label(decider: Decider) -> Callable[[Change, Snapshot], Change]:
    """The check that gives labels to what has hints, with governance as it will be after the change.

    Where governed facts change that labelling rules read, records already there whose label would be another
    come into the same change. A graph without hints keeps the label it came with.
    """
    remembered = _Known(decider)

    def check(change: Change, snapshot: Snapshot) -> Change:
        patch = patch_of(decider, "label", change, snapshot)
        if matters(decider, "label", change, snapshot):
            known = {record.iri for record in change.records}
            change = replace(change, records=(*change.records, *altered(decider, snapshot, patch, known)))
        graphs = [g for record in change.records for g in record.graphs if g.hints is not None and g.triples]
        given = remembered.labels([g.hints for g in graphs if g.hints is not None], patch) if graphs else []
        by_graph = dict(zip((g.graph for g in graphs), given, strict=True))
        return replace(change, records=tuple(_labelled(record, by_graph) for record in change.records))

    return check


def altered(
    decider: Decider,
    snapshot: Snapshot,
    patch: tuple[bytes, bytes] | None = None,
    aside: Iterable[str] = (),
) -> tuple[Record, ...]:
    """The records already there whose hints give another label now; to commit when labelling rules change.

    A rule that stands for a broken file changes none of them: they keep the label they had without it.
    """
    skip = set(aside)
    hinted = list(snapshot.hinted())
    given = _labels(decider, [hints for hints, _, _ in hinted], patch) if hinted else []
    stale: dict[str, None] = {}
    for (_, compartment, entries), now in zip(hinted, given, strict=True):
        before = snapshot.label(compartment) if compartment else None
        if now != before:
            stale.update((entry.record, None) for entry in entries if entry.record not in skip)
    return tuple(stored(snapshot, iri) for iri in stale)


def _labelled(record: Record, by_graph: dict[str, Label | None]) -> Record:
    def give(graph: RecordGraph) -> RecordGraph:
        return replace(graph, label=by_graph[graph.graph]) if graph.graph in by_graph else graph

    return replace(record, graphs=tuple(give(graph) for graph in record.graphs))
