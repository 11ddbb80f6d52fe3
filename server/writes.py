"""Writing under one decision: updates, and graphs put, added to and deleted.

Every write goes one path: what is asked, whether it may be, the checks, one commit. A graph that one may not
write and one that nobody writes this way (a source's, governance, provenance, conclusions) are refused alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..graph.gate import Dataset
from ..graph.terms import Triple
from .request import Request

ANY: Final = "*"
"""In a condition: any state, as long as there is one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a graph's state (`state_of`) as the caller sees it, at the commit (RFC 9110 §13.1).

    `match`: it is one of these (`ANY`: there is one). `none_match`: it is none of these (`ANY`: there is none).
    """

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None


def state_of(request: Request, graph: str | None) -> str | None:
    """An opaque token of what a graph asserts; None where it is not there, or is not cleared.

    It changes with the graph's triples and with nothing else. An entity tag is this and the media type.
    """
    raise NotImplementedError


def update(request: Request, text: str, dataset: Dataset | None = None) -> None:
    """Carries out a SPARQL 1.1 Update, whole or not at all; `dataset` is the protocol's (§2.2.3).

    Raises `QueryRefused` and `TooLarge` (the text), `Refused` (`write-refused`, `declassify-needed`,
    `graph-exists`), `NotFound` (CLEAR, DROP, COPY, MOVE and ADD of a graph that is not there), `Invalid`
    (`shape-violation`), `Timeout`, `Busy`.
    """
    raise NotImplementedError


def put_graph(
    request: Request, graph: str | None, triples: Iterable[Triple], condition: Condition | None = None
) -> bool:
    """Makes `triples` all that a graph says (None: the default graph); True when it was not there before.

    Blank nodes are named anew. No triples: the graph is not there afterwards. Raises what `update` raises,
    and `Refused` (`precondition-failed`).
    """
    raise NotImplementedError


def post_graph(
    request: Request, graph: str | None, triples: Iterable[Triple], condition: Condition | None = None
) -> bool:
    """Adds `triples` to a graph; like `put_graph`."""
    raise NotImplementedError


def delete_graph(request: Request, graph: str | None, condition: Condition | None = None) -> None:
    """Takes a graph away; raises `NotFound` where the caller sees none, and what `put_graph` raises."""
    raise NotImplementedError
