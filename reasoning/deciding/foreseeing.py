"""What a change will do to governance, before it is committed: as rules see it that are asked in its commit.

They are handed no more than they may read: of ten thousand people the memberships are nothing to most of them, and
they have little room.
"""

import re
from typing import Final

from ...graph.snapshot import Snapshot
from ...graph.sparql.gate import admit
from ...graph.terms import NamedNode, Quad
from ...graph.vocabulary import RDF, node
from ...graph.words import Change
from ..governance.following import governance_quads, label_quads
from .decide import Decider

_TYPE: Final = node(RDF.TYPE)
_EMPTY: Final = re.compile(r"\{\s*\}")  # `GRAPH ?g {}` tells which graphs there are


def matters(decider: Decider, effect: str, change: Change, snapshot: Snapshot) -> bool:
    """Whether the change takes or gives what rules of an effect read: a governed fact, or what follows from one."""
    read = read_by(decider, effect)
    out, into = governance_quads(change, snapshot)
    return any(
        _names(quad, read) for quad in frozenset(out) ^ frozenset(into + label_quads(change, snapshot))
    )


def patch_of(decider: Decider, effect: str, change: Change, snapshot: Snapshot) -> tuple[bytes, bytes]:
    """What the change does to what rules of an effect may read of governance, as the worker holds it."""
    read = read_by(decider, effect)
    out, into = governance_quads(change, snapshot)
    return decider.facts.preview(
        [quad for quad in out if _is_read(quad, read)], [quad for quad in into if _is_read(quad, read)]
    )


def read_by(decider: Decider, effect: str) -> frozenset[str] | None:
    """The properties and classes that rules of an effect read; None where they may read any."""
    rules = [rule for rule in decider.force.of(effect) if not rule.failing]
    texts = (admit(rule.text) for rule in rules)
    if any(text.variable_predicate or _EMPTY.search(text.text) for text in texts):
        return None
    return frozenset[str]().union(*(rule.terms for rule in rules))


def _is_read(quad: Quad, read: frozenset[str] | None) -> bool:
    """Whether rules may see the difference; of classes all, for a variable may stand for one."""
    return read is None or quad.predicate.value in read or (quad.predicate == _TYPE and RDF.TYPE in read)


def _names(quad: Quad, read: frozenset[str] | None) -> bool:
    """Whether rules name its property or, where it says what class something is of, the class."""
    if read is not None and quad.predicate == _TYPE:
        return isinstance(quad.object, NamedNode) and quad.object.value in read
    return _is_read(quad, read)
