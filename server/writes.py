"""Writing under one decision: updates, and graphs put, added to and deleted.

Every write goes one path (`committing`). A graph that one may not write and one that nobody writes this way (a
source's, governance, provenance, conclusions) are refused alike.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..graph.errors import NotFound, Refused
from ..graph.iris import is_absolute
from ..graph.rdf.parsing import name_blanks
from ..graph.store.quadstore import respelled
from ..graph.terms import NamedNode, Triple, to_ntriples
from ..graph.words import DEFAULT
from .committing import Difference, commit, held
from .leave import Leave
from .request import Request
from .updates import update

ANY: Final = "*"
"""In a condition: any state, as long as there is one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a graph's state (`state_of`) as the caller sees it, at the commit (RFC 9110 §13.1).

    `match`: it is one of these (`ANY`: there is one). `none_match`: it is none of these (`ANY`: there is none).
    """

    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None

    def holds(self, state: str | None) -> bool:
        """Whether it holds of a graph in this state; None: it is not there."""
        found = frozenset() if state is None else frozenset((state, ANY))
        return (self.match is None or bool(self.match & found)) and not (
            self.none_match or frozenset()
        ) & found


@dataclass(frozen=True, slots=True)
class Written:
    """What a write of a whole graph came to: whether it made the graph, and the graph's state then (`state_of`)."""

    is_new: bool
    state: str | None


def state_of(request: Request, graph: str | None) -> str | None:
    """An opaque token of what a graph asserts; None where it is not there, or is not cleared.

    It changes with the graph's triples and with nothing else. An entity tag is this and the media type.
    """
    name = graph if graph is not None else DEFAULT
    owner = request.layers.owner
    entry = owner.entry(name)
    if entry is None or entry.compartment not in request.clearance.compartments:
        return None
    return state_of_body(request, name, owner.text(name))


def state_of_body(request: Request, graph: str | None, body: bytes) -> str | None:
    """The token of `state_of` for what has been read already: `body` is the graph as N-Triples."""
    if not body:
        return None
    name = graph if graph is not None else DEFAULT
    digest = hmac.new(request.layers.secret, f"{name}\n".encode(), hashlib.sha256)
    for line in sorted(body.splitlines()):
        digest.update(line + b"\n")
    return digest.hexdigest()[:32]


def put_graph(
    request: Request, graph: str | None, triples: Iterable[Triple], condition: Condition | None = None
) -> Written:
    """Makes `triples` all that a graph says (None: the default graph).

    Blank nodes are named anew, unless the graph says the same already. No triples: the graph is not there
    afterwards. Raises what `update` raises, and `Refused` (`precondition-failed`).
    """
    return _replace(request, graph, list(triples), condition, keep=False)


def post_graph(
    request: Request, graph: str | None, triples: Iterable[Triple], condition: Condition | None = None
) -> Written:
    """Adds `triples` to a graph; like `put_graph`."""
    return _replace(request, graph, list(triples), condition, keep=True)


def may_write(request: Request, graph: str | None) -> None:
    """Raises `Refused` (`write-refused`) where the graph is not the caller's to write at all, whatever comes."""
    Leave(request).need_any((_name(graph),))


def delete_graph(request: Request, graph: str | None, condition: Condition | None = None) -> None:
    """Takes a graph away; raises `NotFound` where the caller sees none, and what `put_graph` raises."""
    name = _name(graph)

    def work(leave: Leave) -> dict[str, Difference]:
        said = held(request, name)
        if not said:
            raise NotFound("there is no such graph")
        leave.need_any((name,))
        _demand(request, name, said, condition)
        return {name: Difference(out=said)}

    commit(request, work)


def _replace(
    request: Request, graph: str | None, triples: list[Triple], condition: Condition | None, *, keep: bool
) -> Written:
    """Puts or adds."""
    name = _name(graph)
    if any(isinstance(triple.object, Triple) or isinstance(triple.subject, Triple) for triple in triples):
        raise Refused("a triple stands within a triple, and only RDF 1.1 is written")
    fresh = respelled([name_blanks(triples, f"{name} {secrets.token_hex(16)}")])[0]
    # compared before the lock is held: naming blank nodes takes long
    seen = frozenset() if keep else held(request, name)
    is_same = len(seen) == len(fresh) and _are_alike(triples, seen, name)
    made, says = False, frozenset[Triple]()

    def work(leave: Leave) -> dict[str, Difference]:
        nonlocal made, says
        leave.need_any((name,))
        said = held(request, name)
        _demand(request, name, said, condition)
        made = not said and bool(fresh)
        # what another has written meanwhile is replaced, if by the same
        says = said | fresh if keep else said if is_same and said == seen else fresh
        return {name: Difference(said - says, says - said)}

    commit(request, work)
    return Written(made, state_of_body(request, name, to_ntriples(says)))


def _are_alike(triples: Iterable[Triple], others: Iterable[Triple], name: str) -> bool:
    """Whether they say the same, whatever their blank nodes are called."""
    return respelled([name_blanks(triples, name)]) == respelled([name_blanks(others, name)])


def _name(graph: str | None) -> str:
    """A graph's name; raises `Refused` for what is none."""
    if graph is None:
        return DEFAULT
    try:
        if is_absolute(graph) and len(graph) <= 2048:
            return NamedNode(graph).value
    except ValueError:
        pass
    raise Refused(f"`{graph[:200]}` is no name of a graph", hint="a graph has an absolute IRI as its name")


def _demand(request: Request, graph: str, said: Iterable[Triple], condition: Condition | None) -> None:
    if condition is not None and not condition.holds(state_of_body(request, graph, to_ntriples(said))):
        raise Refused(
            "the graph is not in the state that the request supposes",
            hint="read it again, and write what fits its new state",
            code="precondition-failed",
        )


__all__ = [
    "ANY",
    "Condition",
    "Written",
    "delete_graph",
    "may_write",
    "post_graph",
    "put_graph",
    "state_of",
    "state_of_body",
    "update",
]
