"""Where a triple of the caller's view comes from: the cleared graphs that hold it, by the owner's catalog."""

from dataclasses import dataclass
from typing import Any

from ..graph.terms import NamedNode, Subject
from ..graph.words import MERGED, Role
from .request import Request
from .schema.eyes import Term
from .terms import term_of

MOST = 20
"""Sources of one triple that are told."""


@dataclass(frozen=True, slots=True)
class Source:
    """One graph that holds a triple, its record, the record's source and, for people, its place there."""

    graph: str
    record: str
    source: str
    location: str
    inferred: bool

    @property
    def told(self) -> dict[str, Any]:
        """As JSON."""
        said = {"graph": self.graph, "record": self.record, "source": self.source}
        return said | ({"location": self.location} if self.location else {})


def of(request: Request, subject: Subject, predicate: NamedNode, value: Term) -> list[Source]:
    """The sources of one triple, asserted ones first; what they come from counts as handed over."""
    owner, cleared = request.layers.owner, request.clearance.compartments
    found = []
    for quad in owner.match(subject, predicate, term_of(value), MERGED):
        entry = owner.entry(quad.graph_name.value) if isinstance(quad.graph_name, NamedNode) else None
        if entry is None or entry.compartment is None or not owner.within(entry.compartment, cleared):
            continue
        request.handed |= owner.members(entry.compartment)
        location = (owner.location(entry.record) or "").removeprefix(f"{request.workspace}/")
        found.append(Source(entry.graph, entry.record, entry.source, location, entry.role is Role.INFERRED))
    return sorted(found, key=lambda source: (source.inferred, source.graph))
