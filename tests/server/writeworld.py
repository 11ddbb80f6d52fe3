"""Worlds to write in: records of sources, graphs made by writes, some hidden; and an update's slow reference."""

import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pyoxigraph import CanonicalizationAlgorithm, Dataset

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.provenance.usage import Usage
from ambit.graph.store.commits import Check
from ambit.graph.store.owner import Owner
from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.views.views import Views
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import DEFAULT, Chain, Change, Label, Record, RecordGraph, Role
from ambit.reasoning.acts.docket import Docket
from ambit.reasoning.deciding.questions import Decision, Question
from ambit.reasoning.rulebase.force import Force
from ambit.reasoning.rulebase.rules import Rule
from ambit.server.request import Request
from ambit.server.settings import WritePrefix, read
from ambit.server.writelabels import WriteLabels

SOURCE = "urn:source"
SOURCES = [
    Label(SOURCE, AMBIT.INTERNAL, frozenset({AMBIT.EU}), frozenset({f"urn:team:{n}"})) for n in range(2)
]
PREFIXES = (
    WritePrefix(prefix="urn:mine:", sensitivity=AMBIT.INTERNAL, audience=("urn:team:0",)),
    WritePrefix(prefix="urn:ours:", sensitivity=AMBIT.INTERNAL, audience=("urn:team:1",)),
    WritePrefix(prefix="urn:secret:", sensitivity=AMBIT.INTERNAL, audience=("urn:team:2",)),
    WritePrefix(prefix=DEFAULT, sensitivity=AMBIT.CONFIDENTIAL, audience=("urn:team:0",)),
)
LABELS = WriteLabels(PREFIXES, frozenset({AMBIT.EU}))
SYSTEM = "urn:ambit:test:system"
ACTIONS = ("write", "create", "delete", "declassify")


def label_of(graph: str) -> Label:
    """The label that a graph of this name has in these worlds."""
    if graph.startswith(SOURCE):
        return SOURCES[int(graph[len(SOURCE) + 1]) % 2]
    return SOURCES[0] if graph == SYSTEM else LABELS.of(graph)


@dataclass
class Rules:
    """Decides as told: by action, the compartments."""

    cleared: Mapping[str, frozenset[str]]
    asked: list[str] = field(default_factory=list)
    force: Force = field(default_factory=Force)

    def decide(self, question: Question) -> Decision:
        """What a decider would say."""
        self.asked.append(question.action)
        held = clearance_of(self.cleared.get(question.action, frozenset()))
        return Decision("urn:decision", question, held, 0)

    def is_awake(self, rule: Rule) -> bool:
        """Every rule is: what governance would have to say first is not asked here."""
        return True


def compartments(*graphs: str) -> frozenset[str]:
    """Those of graphs with these names."""
    own = frozenset(compartment_of(label_of(graph)) for graph in graphs)
    return own.union(*(LABELS.asked(g) for g in graphs if not g.startswith(SOURCE) and g != SYSTEM))


@dataclass
class Stage:
    """An owner and its views; each world replaces the one before by one commit."""

    folder: Path
    owner: Owner
    views: Views
    usage: Usage
    writing: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, world: Mapping[str, Iterable[Triple]]) -> None:
        """Commits a world: by graph, what it says."""
        gone = {
            e.record: Record(e.record, e.source)
            for e in self.owner.entries()
            if e.role is not Role.GOVERNANCE
        }
        told = {
            graph: Record(
                graph,
                SOURCE if graph.startswith(SOURCE) or graph == SYSTEM else AMBIT.WRITES,
                (
                    RecordGraph(
                        graph,
                        frozenset(said),
                        role=Role.SYSTEM if graph == SYSTEM else Role.DATA,
                        label=label_of(graph),
                    ),
                ),
            )
            for graph, said in world.items()
        }
        self.owner.commit(Change(tuple((gone | told).values())))

    def request(
        self, reads: Iterable[str], writes: Iterable[str], *, user: str = "urn:ada", **cleared: Iterable[str]
    ) -> Request:
        """A request of somebody who may read, and write, graphs with the labels of these.

        Other actions are given by name; unless they are, they are what may be written.
        """
        table = {"read": compartments(*reads)} | {action: compartments(*writes) for action in ACTIONS}
        table |= {action: compartments(*graphs) for action, graphs in cleared.items()}
        rules: Any = Rules(table)
        layers: Any = SimpleNamespace(
            owner=self.owner,
            views=self.views,
            usage=self.usage,
            secret=b"a key of at least sixteen bytes",
            decider=rules,
            docket=Docket(rules),
            write_labels=LABELS,
            writing=self.writing,
        )
        right: Any = SimpleNamespace(
            question=Question(Chain(user), None),
            decision=SimpleNamespace(
                iri="urn:decision", clearance=clearance_of(table["read"]), frameworks=()
            ),
            cancel=Cancellation(),
            identity=SimpleNamespace(check_expiry=lambda: None),
        )
        return Request(layers, read(self.folder), right, "urn:run")

    def quads(self) -> frozenset[Quad]:
        """All that stands in the store, the labels of compartments aside."""
        return frozenset(
            Quad(t.subject, t.predicate, t.object, NamedNode(e.graph))
            for e in self.owner.entries()
            if e.role is not Role.GOVERNANCE
            for t in self.owner.triples(e.graph)
        )


@contextmanager
def staged(*checks: Check) -> Iterator[Stage]:
    """A stage, and its end."""
    folder = Path(tempfile.mkdtemp())
    owner = Owner(folder, checks=checks)
    views = Views(owner, limit=6)
    usage = Usage(owner)
    usage.start()
    owner.listen(views.on_delta)
    owner.listen(usage.on_delta)
    owner.describe([*SOURCES, *LABELS.all])
    try:
        yield Stage(folder, owner, views, usage)
    finally:
        usage.stop()
        views.close()
        owner.close()
        shutil.rmtree(folder)


def canonical(quads: Iterable[Quad]) -> frozenset[str]:
    """Quads whose blank nodes have the names that RDFC-1.0 gives them."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(map(str, dataset))


def of_graphs(quads: Iterable[Quad], graphs: Iterable[str]) -> frozenset[Quad]:
    """Those that stand in one of these graphs."""
    names = {NamedNode(graph) for graph in graphs}
    return frozenset(quad for quad in quads if quad.graph_name in names)
