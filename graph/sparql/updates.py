"""Updates as the gate has read them (SPARQL 1.1 Update §3): frozen records, and the JSON that a child gets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson

from ..terms import BlankNode, NamedNode
from ..terms import Literal as Text
from .gate import Admitted, Dataset

Word: TypeAlias = Literal["named", "all"]
"""Graphs by a word; no IRI equals it, for an IRI has a colon. DEFAULT is a graph like others here."""


@dataclass(frozen=True, slots=True)
class Var:
    """A variable of a template."""

    name: str


Slot: TypeAlias = NamedNode | BlankNode | Text | Var


@dataclass(frozen=True, slots=True)
class Pattern:
    """A quad of a template; outside of GRAPH the graph is that of WITH, else the default graph."""

    subject: Slot
    predicate: Slot
    object: Slot
    graph: NamedNode | Var


@dataclass(frozen=True, slots=True)
class Where:
    """What an operation matches: a SELECT of its templates' variables.

    `dataset` is that of USING (§3.1.3), `graph` that of WITH; USING goes before WITH. `reads` are the named
    graphs that it is confined to, None where it may read any.
    """

    query: Admitted
    dataset: Dataset | None = None
    graph: str | None = None
    reads: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Modify:
    """INSERT DATA, DELETE DATA (`where` is None), DELETE WHERE, DELETE and INSERT."""

    delete: tuple[Pattern, ...] = ()
    insert: tuple[Pattern, ...] = ()
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Clear:
    """CLEAR and DROP: the store keeps no empty graphs, so they come to the same."""

    graph: str  # an IRI, or a `Word`
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """CREATE."""

    graph: str
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Transfer:
    """COPY, MOVE, ADD."""

    verb: Literal["copy", "move", "add"]
    source: str
    target: str
    silent: bool = False


Operation: TypeAlias = Modify | Clear | Create | Transfer


@dataclass(frozen=True, slots=True)
class Update:
    """An update that passed the gate. `graphs` are those that its text names to be written."""

    operations: tuple[Operation, ...]
    graphs: frozenset[str]
    has_dataset: bool = False  # WITH, USING or USING NAMED occurs


@dataclass(frozen=True, slots=True)
class Plan:
    """An update and what a child must know to carry it out.

    `written`: graphs of the view that were made by writes, for CLEAR ALL and its like. `unmerged`: graphs of
    the view that are not in its default graph. `salt` begins the names of new blank nodes. `most`: quads
    that may change. `dataset` is the protocol's.
    """

    update: Update
    written: frozenset[str]
    unmerged: frozenset[str]
    salt: str
    most: int
    dataset: Dataset | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What an update comes to: N-Quads out and into, on a view that had `revision`.

    `named` are all graphs that it would have written to, also where nothing came of it.
    """

    out: bytes
    into: bytes
    named: frozenset[str]
    revision: int


def encode(plan: Plan) -> bytes:
    """The plan as JSON for a child."""
    return orjson.dumps(
        {
            "operations": [_operation(one, plan.dataset) for one in plan.update.operations],
            "written": sorted(plan.written),
            "unmerged": sorted(plan.unmerged),
            "salt": plan.salt,
            "most": plan.most,
        }
    )


def _operation(one: Operation, dataset: Dataset | None) -> dict[str, Any]:
    match one:
        case Modify():
            where = None if one.where is None else _where(one.where, dataset)
            return {
                "do": "modify",
                "delete": [_pattern(pattern) for pattern in one.delete],
                "insert": [_pattern(pattern) for pattern in one.insert],
                "where": where,
            }
        case Clear():
            return {"do": "clear", "graph": one.graph, "silent": one.silent}
        case Create():
            return {"do": "create", "graph": one.graph, "silent": one.silent}
        case Transfer():
            return {"do": one.verb, "source": one.source, "target": one.target, "silent": one.silent}


def _where(where: Where, dataset: Dataset | None) -> dict[str, Any]:
    chosen = where.dataset or dataset
    default: Iterable[str] | None = (where.graph,) if where.graph is not None else None
    named: Iterable[str] | None = None
    if chosen is not None:
        default, named = chosen.default, chosen.named
    return {"text": where.query.text, "default": default, "named": named}


def _pattern(pattern: Pattern) -> list[Any]:
    return [_slot(slot) for slot in (pattern.subject, pattern.predicate, pattern.object, pattern.graph)]


def _slot(slot: Slot) -> list[str]:
    match slot:
        case Var():
            return ["?", slot.name]
        case NamedNode():
            return ["<", slot.value]
        case BlankNode():
            return ["_", slot.value]
        case Text() if slot.language:
            return ['"', slot.value, "@", slot.language]
        case Text():
            return ['"', slot.value, "^", slot.datatype.value]
