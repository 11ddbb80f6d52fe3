"""A house: the real store with the checks of reasoning, and a decider that follows it."""

from pathlib import Path

from worlds import HOME, ask, ex, triples

from ambit.graph.store.owner import Owner
from ambit.graph.views.worker import Keeper
from ambit.graph.words import Change, Hints, Label, Record, RecordGraph
from ambit.reasoning.acts.autonomy import autonomy
from ambit.reasoning.deciding.decide import Decider
from ambit.reasoning.deciding.labels import label
from ambit.reasoning.governance.following import close_governance
from ambit.reasoning.governance.governance import govern, governance_record, shipped
from ambit.reasoning.rulebase.rules import SHIPPED, load

PEOPLE = """
@prefix : <https://example.org/> .
@prefix ambit: <https://w3id.org/ambit#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU , ambit:US .
:ada a foaf:Person . :bob a foaf:Person .
:hr a ambit:Database ; ambit:governs org:memberOf , ambit:isSharedWith , ambit:hasAudience , <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> .
:wiki a ambit:Folder ; ambit:hasSensitivity ambit:Internal ; ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :support .
:crm a ambit:Database .
"""


class House:
    """A store with the checks of this room, and a decider that follows it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.decider = Decider(Keeper("decisions"), server_site=HOME, deadline=20)
        closing = close_governance(self.decider.facts_at)
        self.owner = Owner(
            folder / "data",
            checks=(
                govern,
                closing,
                autonomy(self.decider),
                label(self.decider),
                closing,
            ),
        )
        self.decider.start(self.owner)
        self.owner.listen(self.decider.on_delta)
        assert not self.decider.use(load([SHIPPED]))
        self.owner.commit(Change(shipped()))
        self.govern(PEOPLE)

    def govern(self, text: str) -> None:
        path = self.folder / "people.ttl"
        path.write_text(text)
        self.owner.commit(Change((governance_record(path),)))

    def commit(self, *records: Record) -> None:
        self.owner.commit(Change(records))

    def label_of(self, graph: str) -> Label | None:
        entry = self.owner.entry(ex(graph))
        assert entry is not None
        return self.owner.label(entry.compartment) if entry.compartment else None

    def reads(self, user: str, graph: str, purpose: str | None = None) -> bool:
        entry = self.owner.entry(ex(graph))
        decision = self.decider.decide(ask(user, purpose=purpose))
        assert not decision.failures
        return entry is not None and entry.compartment in decision.clearance.compartments

    def close(self) -> None:
        self.decider.close()
        self.owner.close()


def record(name: str, source: str, facts: str, **hints: object) -> Record:
    graph = RecordGraph(ex(name), frozenset(triples(facts)), Hints(ex(source), **hints))  # type: ignore[arg-type]
    return Record(ex(name + "-record"), ex(source), (graph,))
