"""A small world to write in, and what comes of an update there."""

from typing import Any

from writeworld import DEFAULT, SOURCE, SYSTEM, Stage, label_of

from ambit.graph.errors import AmbitError
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.words import Change, Record, RecordGraph
from ambit.server.request import Request
from ambit.server.writes import update

N = NamedNode
MINE, OURS, SECRET = "urn:mine:1", "urn:ours:1", "urn:secret:1"
SEEN_SOURCE, HIDDEN_SOURCE = f"{SOURCE}:0#a", f"{SOURCE}:1#a"
READS = [SEEN_SOURCE, MINE, OURS, DEFAULT]
WRITES = [MINE, DEFAULT]


def said(subject: str, *values: object) -> list[Triple]:
    return [Triple(N(f"urn:{subject}"), N("urn:p"), Literal(value)) for value in values]


WORLD = {
    MINE: said("mine", 1),
    OURS: said("ours", 1),
    SECRET: said("secret", 1),
    SEEN_SOURCE: said("seen", 1),
    HIDDEN_SOURCE: said("hidden", 1),
    DEFAULT: said("default", 1),
    SYSTEM: said("system", 1),
}


def me(stage: Stage, **cleared: Any) -> Request:
    return stage.request(READS, WRITES, **cleared)


def outcome(stage: Stage, request: Request, text: str) -> tuple[str, str, str]:
    """Code, message and hint of a refusal, with which nothing is written; empty strings where it is carried out."""
    before = stage.quads()
    try:
        update(request, text)
    except AmbitError as error:
        assert stage.quads() == before
        return error.code, error.message, error.hint
    return "", "", ""


def hold(stage: Stage, graph: str, source: str, *values: object) -> None:
    """Has a graph hold these values and no others."""
    held = (RecordGraph(graph, frozenset(said("held", *values)), label=label_of(graph)),) if values else ()
    stage.owner.commit(Change((Record(graph, source, held),)))


def values(stage: Stage, graph: str) -> set[str]:
    return {t.object.value for t in stage.owner.triples(graph) if isinstance(t.object, Literal)}
