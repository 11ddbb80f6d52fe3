"""Where a request needs a model: what is handed over, where it may be computed on, what the ledger is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..graph.terms import NamedNode
from ..graph.vocabulary import RDF
from ..inference.classify import classify as classify_texts
from ..inference.passages import NAMES
from ..inference.steps import Note
from ..inference.words import Route, Step
from ..reasoning.deciding.places import Route as Place
from ..reasoning.deciding.places import route as route_by_rule
from ..reasoning.deciding.places import route_question
from .handing import triples_of
from .request import Request
from .schema.algebra import Iri, Select, Values, Var
from .schema.algebra import Triple as Pattern
from .schema.eyes import Hit, Hits, Said, Score, Term
from .schema.print import select as print_select
from .terms import term_of


def of(request: Request) -> Route:
    """The route of a request's model calls: a place that rules allow for every compartment handed over.

    It is asked before each call; a place that was found holds until the policy changes.
    """
    decider, question = request.layers.decider, request.question
    kept: dict[tuple[frozenset[str], str], tuple[int, Place]] = {}

    def route(compartments: frozenset[str], task: str) -> Place | None:
        epoch = decider.epoch  # from before the rules are asked
        found = kept.get((compartments, task))
        if found and found[0] == epoch:
            return found[1]
        facts = request.layers.sites.facts()
        if compartments:
            place = route_by_rule(decider, compartments, task, question, facts)
        else:
            place = route_question(decider, request.clearance.compartments, task, question, facts)
        if place:
            kept[compartments, task] = epoch, place
        return place

    return route


def classify(
    request: Request, texts: Mapping[str, Sequence[Said]], labels: Sequence[str]
) -> Mapping[str, Sequence[Score]]:
    """Scores for each entity whose text has a place; mixed results are split by it."""
    joined = {iri: "\n".join(part.value["value"] for part in said) for iri, said in texts.items()}

    def held(iri: str) -> frozenset[str]:
        return _holders(request, iri, texts[iri])

    done = classify_texts(joined, held, labels, of(request), request.layers.sites, note=noting(request))
    return {iri: [Score(label, score) for label, score in scores] for iri, scores in done.found.items()}


def search(request: Request, text: str, first: int, after: str | None) -> Hits:
    """One page of the entities that words and vectors find in the caller's clearance."""
    note = noting(request)
    found = request.layers.search.search(request.clearance, text, first, after, route=of(request), note=note)
    request.handed |= {hit.compartment for hit in found.nodes}
    known = described(request, [hit.entity for hit in found.nodes])
    nodes = []
    for hit in found.nodes:
        told = known.get(hit.entity, Described())
        label = hit.label or min(told.names, default=None)
        if label is not None and not hit.label:
            request.returned |= set(triples_of([told.names[label]]))
        nodes.append(
            Hit(hit.entity, label, tuple(sorted(told.types)), hit.snippet, hit.graph, hit.score, hit.cursor)
        )
    return Hits(tuple(nodes), found.more)


@dataclass(frozen=True, slots=True)
class Described:
    """Classes of an entity, and its names with where they are said."""

    types: set[str] = field(default_factory=set)
    names: dict[str, tuple[str, str, Term]] = field(default_factory=dict)


def described(request: Request, entities: Sequence[str]) -> Mapping[str, Described]:
    """Entities as the caller's view describes them, by one query for all; their classes are noted as returned."""
    if not entities:
        return {}
    entity, what, value = Var("entity"), Var("what"), Var("value")
    asked = Select(
        (entity, what, value),
        (
            Values(entity, tuple(map(Iri, entities))),
            Values(what, tuple(map(Iri, (RDF.TYPE, *NAMES)))),
            Pattern(entity, what, value),
        ),
    )
    found = {iri: Described() for iri in entities}
    for row in request.rows(print_select(asked)):
        iri, predicate, term = row["entity"]["value"], row["what"]["value"], row["value"]
        if predicate != RDF.TYPE:
            found[iri].names.setdefault(term["value"], (iri, predicate, term))
        elif term["type"] == "uri":
            found[iri].types.add(term["value"])
            request.returned |= set(triples_of([(iri, predicate, term)]))
    return found


def _holders(request: Request, iri: str, said: Sequence[Said]) -> frozenset[str]:
    """The compartments that hold what is handed over, looked up per triple inside the clearance.

    Empty where a part stands nowhere any more: then nothing is handed over.
    """
    compartments: frozenset[str] = frozenset()
    for part in said:
        held = request.layers.owner.holders(
            NamedNode(iri), NamedNode(part.predicate), term_of(part.value), request.clearance.compartments
        )
        if not held:
            return frozenset()
        compartments |= held
    return compartments


def noting(request: Request) -> Note:
    """What takes the steps of a request's model calls."""
    return partial(_note, request)


def _note(request: Request, step: Step) -> None:
    """What left with a call is what the request handed over, whether or not it was answered."""
    request.called.append(step.deployment)
    request.handed |= set(step.handed)
    request.layers.ledger.append("step", step.fields(request.run))
