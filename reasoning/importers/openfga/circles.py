"""The relations that refer to each other: strongly connected components, each after those it refers to."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from .validating import leaves
from .words import Computed, From, Model, Node, Rewrite, This

_N = TypeVar("_N")


def references(model: Model) -> dict[Node, tuple[Node, ...]]:
    """What each relation refers to, each once, in its order."""
    return {
        node: tuple(dict.fromkeys(referred(model, node, model.types[node[0]].relations[node[1]].rewrite)))
        for node in model.nodes()
    }


def referred(model: Model, node: Node, rewrite: Rewrite) -> Iterator[Node]:
    """What a part of a relation refers to."""
    relation = model.types[node[0]].relations[node[1]]
    for leaf in leaves(rewrite):
        if isinstance(leaf, Computed):
            yield node[0], leaf.relation
        elif isinstance(leaf, From):
            yield from ((kind, leaf.relation) for kind in reached(model, node[0], leaf))
        elif isinstance(leaf, This):
            yield from ((ref.type, ref.relation) for ref in relation.refs if ref.relation)


def reached(model: Model, kind: str, leaf: From) -> tuple[str, ...]:
    """The types that a tupleset leads to and that have the relation asked for, each once."""
    refs = model.types[kind].relations[leaf.tupleset].refs
    found = dict.fromkeys(ref.type for ref in refs)
    return tuple(name for name in found if leaf.relation in model.types[name].relations)


def components(onward: Mapping[_N, Iterable[_N]]) -> list[tuple[_N, ...]]:
    """Tarjan's algorithm, without recursion; what a component leads to stands before it."""
    index: dict[_N, int] = {}
    low: dict[_N, int] = {}
    stack: list[_N] = []
    on_stack: set[_N] = set()
    found: list[tuple[_N, ...]] = []
    for root in onward:
        if root in index:
            continue
        work: list[tuple[_N, Iterator[_N]]] = [(root, iter(onward[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            at, rest = work[-1]
            other = next(rest, None)
            if other is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[at])
                if low[at] == index[at]:
                    found.append(_taken(stack, on_stack, at))
            elif other not in index:
                index[other] = low[other] = len(index)
                stack.append(other)
                on_stack.add(other)
                work.append((other, iter(onward[other])))
            elif other in on_stack:
                low[at] = min(low[at], index[other])
    return found


def _taken(stack: list[_N], on_stack: set[_N], until: _N) -> tuple[_N, ...]:
    found: list[_N] = []
    while True:
        one = stack.pop()
        on_stack.discard(one)
        found.append(one)
        if one == until:
            return tuple(reversed(found))
