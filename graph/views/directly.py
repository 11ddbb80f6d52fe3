"""An update without a WHERE, carried out on nothing but the graphs that it concerns: no view, no child, no engine.

Its data and graphs are what the gate has read; nothing that a user wrote is evaluated.
"""

from collections.abc import Iterable, Mapping

from pyoxigraph import Store

from ..sparql.updates import Changed, Modify, Update
from ..terms import NamedNode, Quad, Triple
from .applying import Failed, carry_out
from .worker import refusal

MOST = 5_000
"""Quads of an update that is worked out so: commits wait for it."""


def is_direct(update: Update) -> bool:
    """Whether an update has no WHERE and little data."""
    parts = [one for one in update.operations if isinstance(one, Modify)]
    quads = sum(len(one.delete) + len(one.insert) for one in parts)
    return all(one.where is None for one in parts) and quads <= MOST


def carry_out_directly(plan: bytes, held: Mapping[str, Iterable[Triple]], *, answer: int) -> Changed:
    """What it comes to over the graphs `held` as they are; raises what `Keeper.update` raises for it."""
    store = Store()
    for graph, triples in held.items():
        name = NamedNode(graph)
        store.extend(Quad(t.subject, t.predicate, t.object, name) for t in triples)
    try:
        head, body = carry_out(store, plan, _ask, answer)
    except Failed as failed:
        raise refusal(failed.code, failed.graph) from None
    cut = head["cut"]
    return Changed(body[:cut], body[cut:], frozenset(head["named"]), -1)


def _ask(*_: object) -> object:
    raise TypeError("there is no WHERE to be asked")
