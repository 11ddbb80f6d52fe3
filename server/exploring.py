"""What the explorer reads of the caller's view: a node, where its links lead, links among nodes, the vocabulary.

Every triple and count is the view's; where a triple comes from is told by the owner's catalog, for cleared graphs only.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson

from ..graph.terms import Literal as LiteralTerm
from ..graph.terms import NamedNode
from ..graph.vocabulary import OWL, RDF, SH, XSD
from . import sources
from .queries import text_of
from .request import Request
from .schema import facts, plan
from .schema.algebra import Iri, Select, Triple, Values, Var
from .schema.cursors import Cursors, Place
from .schema.eyes import Row
from .schema.names import WELL_KNOWN, prefix_of, split
from .schema.print import is_iri
from .schema.print import select as print_select
from .schema.reading import CHUNK, Level, label_of
from .schema.selection import LABELS
from .schema.wanted import Wanted

Json = dict[str, Any]
Direction = Literal["out", "in"]

TRIPLES = 500
"""Triples of one node that are shown; `explore_node.rq` asks for one more."""
PAGE = 200
"""Entities of one page at most; the queries for pages ask for one more."""
LINKS = 20_000
"""Links told at once at most."""

NAMED = Wanted(several=frozenset({RDF.TYPE, *LABELS}))
STANDARD: Mapping[str, str] = {
    **WELL_KNOWN,
    RDF.NAMESPACE: "rdf",
    OWL.NAMESPACE: "owl",
    SH.NAMESPACE: "sh",
    XSD.NAMESPACE: "xsd",
}
FROM, PROPERTY, TO = Var("from"), Var("property"), Var("to")


def node(request: Request, iri: str) -> Json | None:
    """A node, or the one that replaces it after a rename; None where the view holds neither."""
    if not is_iri(iri):
        return None
    if _names(request, [iri], existing=True).said:
        return _node(request, iri)
    successors = request.rows(print_select(plan.successors(iri)))
    if successors:
        return _node(request, successors[0]["s"]["value"])
    found = _node(request, iri)
    return found if found["groups"] else None  # nothing is said of it, but others link to it


def expand(
    request: Request, iri: str, property: str, direction: Direction, first: int, after: str | None
) -> Json:
    """One page of the entities that a property leads to, in the order of their IRIs; raises `Invalid`."""
    chain = request.chain
    bound = orjson.dumps(
        ["explore", chain.user, chain.agents, request.purpose, iri, property, direction]
    ).decode()
    cursors = Cursors(request.layers.secret)
    start = cursors.open(after, bound).iri if after is not None else ""
    if not (is_iri(iri) and is_iri(property)):
        return {"nodes": [], "next": None, "total": 0}
    link = {"node": NamedNode(iri), "property": NamedNode(property)}
    counted = request.rows(text_of(f"explore_{direction}"), link)
    rows = request.rows(text_of(f"explore_page_{direction}"), {**link, "after": LiteralTerm(start)})
    others = [row["other"]["value"] for row in rows]
    page = others[:first]
    more = len(others) > first
    names = _names(request, page)
    return {
        "nodes": [
            {"iri": other, "label": _label(names, other), "types": _types(names, other)} for other in page
        ],
        "next": cursors.seal(Place(page[-1]), bound) if more and page else None,
        "total": sum(int(row["count"]["value"]) for row in counted),
    }


def links(request: Request, iris: Iterable[str]) -> Json:
    """The links among nodes, in the order of their IRIs."""
    drawn = tuple(Iri(iri) for iri in sorted({iri for iri in iris if is_iri(iri)}))
    if not drawn:
        return {"links": []}
    leading = Select((FROM, PROPERTY, TO), (Values(FROM, drawn), Triple(FROM, PROPERTY, TO)))
    asked = Select((FROM, PROPERTY, TO), (leading, Values(TO, drawn)), limit=LINKS)
    found = [
        {name: row[name]["value"] for name in ("from", "property", "to")}
        for row in request.rows(print_select(asked))
    ]
    return {"links": sorted(found, key=lambda link: (link["from"], link["property"], link["to"]))}


def vocabulary(request: Request) -> Json:
    """The classes with instances, most of them first, the properties in use, and prefixes for both."""
    counted = {
        row["class"]["value"]: int(row["instances"]["value"]) for row in request.rows(facts.text("classes"))
    }
    classes = sorted(
        (iri for iri in counted if not iri.startswith(facts.META)), key=lambda iri: (-counted[iri], iri)
    )[: facts.LARGEST]
    properties = [row["property"]["value"] for row in request.rows(text_of("explore_properties"))]
    names = _names(request, [*classes, *properties])
    return {
        "classes": [{"iri": iri, "label": _label(names, iri), "count": counted[iri]} for iri in classes],
        "properties": [_named(names, iri) for iri in properties],
        "prefixes": _prefixes(request, [*classes, *properties]),
    }


def _node(request: Request, iri: str) -> Json:
    subject = NamedNode(iri)
    rows = request.rows(text_of("explore_node"), {"node": subject})
    groups = [
        (row, direction)
        for direction in ("out", "in")
        for row in request.rows(text_of(f"explore_{direction}"), {"node": subject})
    ]
    shown = rows[:TRIPLES]
    names = _names(request, [iri, *_mentioned(shown), *(row["property"]["value"] for row, _ in groups)])
    kinds = _names(request, _types(names, iri))
    return {
        "iri": iri,
        "label": _label(names, iri),
        "types": [_named(kinds, kind) for kind in _types(names, iri)],
        "triples": [_triple(request, subject, row, names) for row in shown],
        "truncated": len(rows) > TRIPLES,
        "groups": [
            {
                "property": _named(names, row["property"]["value"]),
                "direction": direction,
                "count": int(row["count"]["value"]),
            }
            for row, direction in groups
        ],
    }


def _triple(request: Request, subject: NamedNode, row: Row, names: Level) -> Json:
    predicate, value = row["predicate"]["value"], row["value"]
    told: Json = {"type": "iri" if value["type"] == "uri" else "literal", "value": value["value"]}
    if value["type"] == "uri":
        label = _label(names, value["value"])
        told |= {} if label is None else {"label": label}
    else:
        told |= {"datatype": value["datatype"]} if "datatype" in value else {}
        told |= {"language": value["xml:lang"]} if "xml:lang" in value else {}
    held = sources.of(request, subject, NamedNode(predicate), value)
    return {
        "predicate": _named(names, predicate),
        "value": told,
        "sources": [source.told for source in held[: sources.MOST]],
        "inferred": bool(held) and all(source.inferred for source in held),
    }


def _mentioned(rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        yield row["predicate"]["value"]
        if row["value"]["type"] == "uri":
            yield row["value"]["value"]


def _names(request: Request, iris: Sequence[str], *, existing: bool = False) -> Level:
    """Labels and classes of nodes; of those that are there if `existing`, else of all."""
    level = Level()
    asked = sorted({iri for iri in iris if is_iri(iri)})
    for start in range(0, len(asked), CHUNK):
        chunk = asked[start : start + CHUNK]
        query = plan.existing(chunk, None, NAMED) if existing else plan.entities(chunk, NAMED)
        level.take(request.rows(print_select(query)), NAMED)
    return level


def _label(names: Level, iri: str) -> str | None:
    return label_of(names.said.get(iri, {}))


def _types(names: Level, iri: str) -> list[str]:
    said = names.said.get(iri, {}).get(RDF.TYPE, ())
    return sorted({term["value"] for term in said if term["type"] == "uri"})


def _named(names: Level, iri: str) -> Json:
    return {"iri": iri, "label": _label(names, iri)}


def _prefixes(request: Request, iris: Iterable[str]) -> dict[str, str]:
    """The usual prefixes, those that ontologies declare, and one for every other namespace in use."""
    rows = [
        (row["prefix"]["value"], row["namespace"]["value"]) for row in request.rows(facts.text("prefixes"))
    ]
    declared = {namespace: prefix for prefix, namespace in sorted(rows, reverse=True)}
    by_prefix = {prefix: namespace for namespace, prefix in sorted(STANDARD.items())}
    by_prefix |= {prefix: namespace for prefix, namespace in sorted(rows) if prefix.isidentifier()}
    known = set(by_prefix.values())
    for namespace in sorted({split(iri)[0] for iri in iris} - known):
        by_prefix.setdefault(prefix_of(namespace + "x", declared), namespace)
    return dict(sorted(by_prefix.items()))
