"""The settings in which the suite's stories are told: with plain graphs, and with conclusions from them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from exactquery import Asked
from exactterms import CLASSES, PREDICATES, TYPE
from exactworld import World, name_of
from pyoxigraph import Quad, Store

from ambit.graph.compartments import clearance_of, compartment_of, governance_label
from ambit.graph.rdf.parsing import name_blanks
from ambit.graph.sparql.gate import Dataset
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Triple, from_turtle
from ambit.graph.vocabulary import AMBIT, OWL, RDFS
from ambit.graph.words import Change, Clearance, Record, RecordGraph, Role
from ambit.reasoning.ontologies.entail import entail
from ambit.reasoning.ontologies.ontologies import ONTOLOGIES, Texts, public_label
from ambit.reasoning.rl.conclude import Conclusions


@dataclass(frozen=True)
class Setting:
    """What a stage is built of, and how changes, clearances and queries are fitted to it."""

    owner: Callable[[Path], Owner]
    world: Callable[[], World]
    first: Change | None = None
    change: Callable[[Change], Change] = lambda change: change
    clearance: Callable[[Clearance], Clearance] = lambda clearance: clearance
    wants: Callable[[Asked], bool] = lambda asked: True


PLAIN = Setting(Owner, World)

# conclusions

PUBLIC = public_label(["urn:eu"])
HOME = compartment_of(PUBLIC)
P0, P1, P2 = (p.value for p in PREDICATES)
C0, C1 = (c.value for c in CLASSES)
BOTH = NamedNode("http://example.org/ns/Both")
ONTOLOGY = f"""
<{P0}> a <{OWL.TRANSITIVE_PROPERTY}> .
<{P2}> <{OWL.PROPERTY_CHAIN_AXIOM}> ( <{P1}> <{P0}> ) ; <{RDFS.DOMAIN}> <{C1}> .
<{BOTH.value}> <{OWL.INTERSECTION_OF}> ( <{C0}> <{C1}> ) .
"""


def concluded(triples: frozenset[Triple]) -> frozenset[Triple]:
    """What the ontology above lets follow from triples, with them; by trying everything until nothing is new."""
    held = set(triples)
    while True:
        new = {*_steps(held)} - held
        if not new:
            return frozenset(held)
        held |= new


def _steps(held: set[Triple]) -> Iterator[Triple]:
    p0, p1, p2 = PREDICATES
    c0, c1 = CLASSES
    follows = [t for t in held if t.predicate == p0]
    for t in held:
        if t.predicate in (p0, p1) and not isinstance(t.object, Literal):
            made = p0 if t.predicate == p0 else p2
            for after in follows:
                if after.subject == t.object:
                    yield Triple(t.subject, made, after.object)
        elif t.predicate == p2:
            yield Triple(t.subject, TYPE, c1)
        elif t.predicate == TYPE and t.object == c0 and Triple(t.subject, TYPE, c1) in held:
            yield Triple(t.subject, TYPE, BOTH)
        elif t.predicate == TYPE and t.object == BOTH:
            yield Triple(t.subject, TYPE, c0)
            yield Triple(t.subject, TYPE, c1)


class ConcludedWorld(World):
    """A world whose default graph holds what follows from the permitted graphs together, worked out from them alone."""

    def _filled(self, left: Mapping[str, RecordGraph], dataset: Dataset | None) -> Store:
        store = super()._filled(left, dataset)
        if dataset is None:
            premises = (g.triples for g in left.values() if g.role in (Role.DATA, Role.ONTOLOGY))
            found = concluded(frozenset[Triple]().union(*premises))
            store.extend(Quad(t.subject, t.predicate, t.object) for t in found)
        return store


def _reasoning_owner(folder: Path) -> Owner:
    governance = governance_label(frozenset({"urn:eu"}))
    checks = (entail(Texts()),)
    return Owner(folder, checks=checks, governance=governance, concluding=Conclusions(governance))


def _of_data(change: Change) -> Change:
    """Every graph of a role that gives conclusions or is one becomes a record's."""
    return replace(change, records=tuple(_record_of_data(record) for record in change.records))


def _record_of_data(record: Record) -> Record:
    graphs = []
    for graph in record.graphs:
        if graph.role in (Role.INFERRED, Role.ONTOLOGY):
            number, part = graph.graph.replace("/", ":").rpartition(":")[2].split("#")
            graph = replace(graph, graph=name_of(int(number), part, Role.DATA), role=Role.DATA)
        graphs.append(graph)
    return replace(record, graphs=tuple(graphs))


def _ontology() -> Change:
    iri = ONTOLOGIES + "exact"
    triples = name_blanks(frozenset(q.triple for q in from_turtle(ONTOLOGY.encode())), iri)
    graph = RecordGraph(iri, triples, None, Role.ONTOLOGY, PUBLIC)
    return Change((Record(iri, AMBIT.ONTOLOGY, (graph,), "1"),))


CONCLUDED = Setting(
    _reasoning_owner,
    ConcludedWorld,
    _ontology(),
    _of_data,
    lambda clearance: clearance_of({*clearance.compartments, HOME}),
    lambda asked: "GRAPH ?g" not in asked.used,  # the graphs of conclusions have names, too
)
SETTINGS = {"plain": PLAIN, "concluded": CONCLUDED}
