"""Governance at scale: `python -m benchmarks governance`. Groups are eight deep.

What follows from 10,000 people, beside a SPARQL engine that is asked for the same three relations (and must come to
the same); one changed membership of 10,000 rows, committed through the store with all that a server has by it; a
change at the root; a million relations in memory and in the worker.
"""

import multiprocessing
import random
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from time import perf_counter

from pyoxigraph import DefaultGraph, QueryTriples, Store

from ambit.graph.compartments import governance_label
from ambit.graph.store.owner import Owner
from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.graph.views.calls import RuleCall
from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import AMBIT, ORG, SKOS, node
from ambit.graph.words import Change, Hints, Record, RecordGraph, Role
from ambit.reasoning.deciding.decide import Decider
from ambit.reasoning.deciding.labels import label
from ambit.reasoning.governance.closure import Closure
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.governance.following import close_governance
from ambit.reasoning.governance.governance import INFERRED, govern, shipped, vocabulary
from ambit.reasoning.rulebase.rules import SHIPPED, load
from ambit.server.heap import watch

from .beside.company import Company, company
from .beside.own import BASE, FILE, triples
from .figures import Figure, percentile, pss, table, timed

PEOPLE = 10_000
ROWS = 500  # of a commit, while a source is read for the first time
CHANGES = 60
LARGE = (20_000, 230_000)
"""People and folders: a million relations."""
HR = BASE + "hr"
PATHS = """
PREFIX ambit: <https://w3id.org/ambit#> PREFIX org: <http://www.w3.org/ns/org#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
CONSTRUCT { ?s ?p ?o } WHERE {
  { ?s org:memberOf/(org:memberOf|org:subOrganizationOf)* ?o BIND(ambit:memberOfAll AS ?p) }
  UNION { ?s org:reportsTo+ ?o BIND(ambit:reportsToAll AS ?p) FILTER(?s != ?o) }
  UNION { ?s skos:broader+ ?o BIND(skos:broaderTransitive AS ?p) FILTER(?s != ?o) } }"""
MADE = frozenset(map(node, (AMBIT.MEMBER_OF_ALL, AMBIT.REPORTS_TO_ALL, SKOS.BROADER_TRANSITIVE)))


def main() -> None:
    """Prints the tables."""
    watch()  # as a server does
    made = company(PEOPLE, 0)
    print(table(f"Governance of {PEOPLE:,} people", [*_closure(made), *_commits(made)]), flush=True)
    print(table("Governance of a million relations", _large()), flush=True)


def _closure(made: Company) -> list[Figure]:
    stated = vocabulary() | frozenset(triples(made))
    own = [timed(lambda: Closure(stated).conclude(stated)) for _ in range(5)]
    concluded = Closure(stated).conclude(stated)
    engine = Store()
    engine.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in stated | concluded)
    for predicate in MADE:
        for quad in list(engine.quads_for_pattern(None, predicate, None)):
            engine.remove(quad)
    paths = [timed(lambda: _asked(engine)) for _ in range(3)]
    if _asked(engine) != {t for t in concluded if t.predicate in MADE}:
        raise SystemExit("SPARQL property paths come to something else")
    return [
        Figure(f"what follows from {len(stated):,} triples ({len(concluded):,})", own, "s", "2 s"),
        Figure("the same relations by SPARQL property paths (Oxigraph in memory)", paths, "s"),
    ]


def _asked(engine: Store) -> set[Triple]:
    found = engine.query(PATHS)
    assert isinstance(found, QueryTriples)
    return set(found)


def _commits(made: Company) -> list[Figure]:
    """One row of HR changes who is a member of what."""
    dice = random.Random(5)
    groups = sorted({group for of in made.member.values() for group in of})
    with tempfile.TemporaryDirectory(prefix="ambit-governance-") as folder, _store(Path(folder)) as owner:
        rows = {name: _row(name, of, made.manager.get(name)) for name, of in made.member.items()}
        begun = perf_counter()
        owner.commit(Change((_file(triples(made)),)))
        for batch in batched(rows.values(), ROWS):
            owner.commit(Change(tuple(batch)))
        first = perf_counter() - begun
        ones: list[float] = []
        written: list[int] = []
        for name in dice.sample(sorted(made.member), CHANGES):
            groups_then = (dice.choice(groups), *made.member[name][1:])
            row = _row(name, groups_then, made.manager.get(name))
            begun = perf_counter()
            committed = owner.commit(Change((row,)))
            ones.append(1000 * (perf_counter() - begun))
            written.append(len(committed.delta.out) + len(committed.delta.into))
        root = [
            timed(lambda parents=parents: owner.commit(Change((_row("g0-0", parents, None),))))  # type: ignore[misc]
            for parents in [("board",), ()] * 3
        ]
    return [
        Figure(f"all of it for the first time, {ROWS} rows a commit", [first], "s"),
        Figure("one changed membership, committed", ones, "ms", "20 ms"),
        Figure("… 95th percentile", [percentile(ones, 0.95)], "ms", "20 ms"),
        Figure("… quads that go and come", [float(n) for n in written], "quads"),
        Figure("a group at the root gets into another, or out of it, committed", root, "s"),
    ]


@contextmanager
def _store(folder: Path) -> Iterator[Owner]:
    """A store with the checks that concern governance, and a decider that follows it."""
    decider = Decider(Keeper("decisions"), server_site=BASE + "home", deadline=60)
    closing = close_governance(decider.facts_at)
    owner = Owner(
        folder,
        checks=(
            govern,
            closing,
            label(decider),
            closing,
        ),
        governance=governance_label(frozenset({AMBIT.EU})),
    )
    try:
        decider.start(owner)
        owner.listen(decider.on_delta)
        decider.use(load([SHIPPED]))
        owner.commit(Change(shipped()))
        yield owner
    finally:
        owner.close()
        decider.close()


def _file(said: Iterator[Triple]) -> Record:
    """What is no row: people, groups, and what HR governs."""
    governed = {node(ORG.MEMBER_OF), node(ORG.REPORTS_TO)}
    rest = {t for t in said if t.predicate not in governed}
    rest |= {Triple(NamedNode(HR), node(AMBIT.GOVERNS), predicate) for predicate in governed}
    graph = RecordGraph(FILE, frozenset(rest), Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    return Record(FILE, AMBIT.GOVERNANCE, (graph,), "d")


def batched(rows: Iterable[Record], size: int) -> Iterator[list[Record]]:
    """The rows by so many."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


def _row(name: str, groups: tuple[str, ...], manager: str | None) -> Record:
    me = NamedNode(BASE + name)
    said = {Triple(me, node(ORG.MEMBER_OF), NamedNode(BASE + group)) for group in groups}
    if manager is not None:
        said.add(Triple(me, node(ORG.REPORTS_TO), NamedNode(BASE + manager)))
    iri = f"{HR}/{name}"
    return Record(iri, HR, (RecordGraph(iri, frozenset(said), Hints(HR)),) if said else (), str(hash(groups)))


def _large() -> list[Figure]:
    """In a process of its own, so that memory is that of the facts alone."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_measure, args=(theirs,))
    child.start()
    figures: list[Figure] = ours.recv()
    child.join()
    return figures


def _measure(out: Connection) -> None:
    made = company(*LARGE)
    stated = vocabulary() | frozenset(triples(made))
    concluded = Closure(stated).conclude(stated)
    quads = [
        *(Quad(t.subject, t.predicate, t.object, NamedNode(FILE)) for t in stated),
        *(Quad(t.subject, t.predicate, t.object, NamedNode(INFERRED)) for t in concluded),
    ]
    del stated, concluded
    before = pss(multiprocessing.current_process().pid or 0)
    begun = perf_counter()
    facts = Facts(quads)
    built = perf_counter() - begun
    memory = pss(multiprocessing.current_process().pid or 0) - before
    total = len(facts)
    gathered = [1000 * timed(lambda: facts.instances(AMBIT.COMPARTMENT)) for _ in range(1_000)]
    worker = Keeper("decisions")
    try:
        begun = perf_counter()
        worker.build(facts.parts(), 1)
        written = perf_counter() - begun
        worker.rules([RuleCall("SELECT ?s { ?s a <urn:none> }")], deadline=300)
        started = perf_counter() - begun
        held = pss(worker.pid)
    finally:
        worker.close()
    out.send(
        [
            Figure(f"in memory ({made.relations:,} relations, {total:,} triples): built", [built], "s"),
            Figure("… memory", [memory / 1e9], "GB"),
            Figure("… of each triple", [memory / total], "bytes"),
            Figure("… all compartments, asked for again", [median(gathered)], "ms"),
            Figure("the worker of rules: handed over", [written], "s"),
            Figure("… from there to the first answer", [started - written], "s"),
            Figure("… memory (each triple in its graph and in the default graph)", [held / 1e9], "GB"),
        ]
    )


if __name__ == "__main__":
    main()
