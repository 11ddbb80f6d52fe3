"""`ask`: from a question to the sentences that answer it, in the caller's clearance."""

from collections.abc import Mapping, Sequence

from ..graph.errors import AmbitError, Invalid
from ..inference import ask as answers
from ..inference.similar import similar as nearest_others
from ..inference.suggest import suggest as begun
from . import computing
from .facts import facts, sentences_of
from .request import Request
from .schema.eyes import Answer, Cited, Near, Suggestion

LENGTH = 2_000
"""Characters of a question at most."""


def ask(request: Request, question: str, first: int) -> Answer:
    """The best supporting sentences of pages and of facts, each with where it stands."""
    if len(question) > LENGTH:
        raise Invalid(
            f"the question has more than {LENGTH} characters",
            code="invalid-argument",
            hint="ask for one thing",
        )
    route, note = computing.of(request), computing.noting(request)
    layers = request.layers
    found = layers.search.retrieve(request.clearance, question, answers.PASSAGES, route=route, note=note)
    told = sentences_of(request, facts(request, question))
    listed = answers.shortlist([*answers.from_passages(found), *told], found)
    chosen = answers.best(listed, found, first, route=route, embedder=layers.sites, note=note)
    for candidate in chosen:
        request.handed |= candidate.compartments
    cited = tuple(Cited(candidate.entity, candidate.quote, candidate.source) for candidate in chosen)
    return Answer(answers.composed(chosen), cited)


def suggest(request: Request, text: str, first: int) -> Sequence[Suggestion]:
    """Entities whose names begin so, with their classes."""
    found = begun(request.layers.index, request.clearance, text, first)
    described = computing.described(request, [one.entity for one in found])
    for one in found:
        request.handed |= one.compartments
    return [Suggestion(one.entity, one.name, tuple(sorted(described[one.entity].types))) for one in found]


def similar(request: Request, entities: Sequence[str], first: int) -> Mapping[str, Sequence[Near]]:
    """The nearest others of each entity that has vectors; ends when the request is cancelled."""
    found: dict[str, Sequence[Near]] = {}
    for some in nearest_others(request.layers.index, request.clearance, entities, first):
        if request.cancel.is_cancelled:
            raise AmbitError("the client left", code="cancelled")
        for iri, others in some.items():
            found[iri] = [Near(near.entity, near.score) for near in others]
            request.handed |= frozenset[str]().union(*(near.compartments for near in others))
    return found
