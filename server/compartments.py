"""The compartments that speak of a thing: the owner's look, shown to nobody."""

from ..graph.joints import is_joint
from ..graph.store.owner import Owner
from ..graph.terms import NamedNode
from ..graph.words import MERGED


def compartments_of(owner: Owner, iri: str) -> tuple[str, ...]:
    """The compartments that speak of what `iri` names: an entity, or a graph.

    Rules decide on no joint; what follows from several compartments is of an entity that one of them speaks of.
    """
    try:
        subject = NamedNode(iri)
    except ValueError:
        return ()
    entries = [owner.entry(iri)]
    for quad in owner.match(subject, None, None, MERGED):
        if isinstance(quad.graph_name, NamedNode):
            entries.append(owner.entry(quad.graph_name.value))
    held = {entry.compartment for entry in entries if entry and entry.compartment}
    return tuple(sorted(one for one in held if not is_joint(one)))
