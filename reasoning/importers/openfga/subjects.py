"""Who has relations in OpenFGA though no rule opens them anything here: objects of types that are not people."""

from .circles import reached
from .validating import leaves
from .words import Computed, Difference, From, Intersection, Model, Node, Ref, Rewrite, This


def others(model: Model, people: frozenset[str]) -> dict[Node, frozenset[str]]:
    """By relation, the types besides people whose objects may have it by OpenFGA's rules, whatever the tuples are.

    Types that tuples name only so that `… from …` goes on from them are none: they are steps. It is the least fixed
    point, since relations refer to each other.
    """
    found: dict[Node, frozenset[str]] = {node: frozenset() for node in model.nodes()}
    direct = {
        node: frozenset(
            ref.type
            for ref in model.types[node[0]].relations[node[1]].refs
            if is_other(model, people, node, ref)
        )
        for node in found
    }
    grows = True
    while grows:
        grows = False
        for node, before in found.items():
            after = _of(model, node, model.types[node[0]].relations[node[1]].rewrite, direct, found)
            if after != before:
                found[node] = after
                grows = True
    return found


def is_other(model: Model, people: frozenset[str], node: Node, ref: Ref) -> bool:
    """Whether tuples of one kind name a subject that is neither one of the people, nor a userset, nor a step."""
    return not ref.relation and ref.type not in people and not _is_step(model, node, ref.type)


def _is_step(model: Model, node: Node, kind: str) -> bool:
    """Whether a relation of the same type goes on from what tuples of a relation name."""
    return any(
        isinstance(leaf, From) and leaf.tupleset == node[1] and kind in reached(model, node[0], leaf)
        for relation in model.types[node[0]].relations.values()
        for leaf in leaves(relation.rewrite)
    )


def _of(
    model: Model,
    node: Node,
    rewrite: Rewrite,
    direct: dict[Node, frozenset[str]],
    found: dict[Node, frozenset[str]],
) -> frozenset[str]:
    if isinstance(rewrite, This):
        refs = model.types[node[0]].relations[node[1]].refs
        return direct[node].union(*(found[ref.type, ref.relation] for ref in refs if ref.relation))
    if isinstance(rewrite, Computed):
        return found[node[0], rewrite.relation]
    if isinstance(rewrite, From):
        kinds = reached(model, node[0], rewrite)
        return frozenset().union(*(found[kind, rewrite.relation] for kind in kinds))
    if isinstance(rewrite, Difference):
        return _of(model, node, rewrite.base, direct, found)
    parts = [_of(model, node, part, direct, found) for part in rewrite.parts]
    return frozenset.intersection(*parts) if isinstance(rewrite, Intersection) else frozenset().union(*parts)
