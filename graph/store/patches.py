"""Patches: changes of graphs that are never replaced whole, for they hold what follows from many records.

Worked out against what stands in the store, so that a patch that is applied twice changes nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import Invalid
from ..joints import is_joint, joint_of
from ..snapshot import Snapshot
from ..terms import NamedNode, Quad, Triple
from ..words import GraphEntry, Label, Patch, Placed
from .catalog import Catalog
from .lines import RecordEntry, graph_quad, joint_quad, record_quad
from .quadstore import QuadStore, respelled

Labels = Callable[[str], Label | None]
"""The label of a compartment, those included that a commit is about to make known."""


class Concluding(Protocol):
    """What says what follows from a commit, inside of it. Called under the writer's lock."""

    def follow(
        self, out: Sequence[Placed], into: Sequence[Placed], labels: Labels, snapshot: Snapshot
    ) -> Iterable[Patch]:
        """What follows from a delta; `snapshot` is before it. What is raised refuses the commit."""

    def settle(self, *, is_in: bool) -> None:
        """The commit that `follow` was asked about last is in, or it is not and never was."""


@dataclass(slots=True)
class Patched:
    """What patches come to."""

    out: list[Placed] = field(default_factory=list)
    into: list[Placed] = field(default_factory=list)
    catalog_out: list[Quad] = field(default_factory=list)
    catalog_into: list[Quad] = field(default_factory=list)


def work_out(patches: Iterable[Patch], catalog: Catalog, quads: QuadStore) -> Patched:
    """The difference to what is there. Raises `Invalid` where a graph is another's, or stands elsewhere."""
    done = Patched()
    given = list(patches)
    spelled = iter(respelled([triples for patch in given for triples in (patch.out, patch.into)]))
    for patch in given:
        leaving, entering = next(spelled), next(spelled)
        compartment = joint_of(patch.members)
        known = catalog.graphs.get(patch.graph)
        entry = GraphEntry(patch.graph, patch.role, patch.graph, patch.source, compartment)
        if known is not None and known != entry:
            raise Invalid(f"the graph `{patch.graph}` is not one to patch", code="record-refused")
        name = NamedNode(patch.graph)
        out = [q for q in _quads(leaving, name) if q in quads]
        into = [q for q in _quads(entering - leaving, name) if q not in quads]
        done.out += [Placed(quad, compartment, patch.role) for quad in out]
        done.into += [Placed(quad, compartment, patch.role) for quad in into]
        lines = [graph_quad(entry, None), record_quad(RecordEntry(patch.graph, patch.source, "", "", False))]
        if known is None and into:
            done.catalog_into += lines
            joint = joint_quad(compartment, patch.members)
            if is_joint(compartment) and compartment not in catalog.joints and joint not in done.catalog_into:
                done.catalog_into.append(joint)
        elif known is not None and not into and quads.holds_only(patch.graph, out):
            done.catalog_out += lines
    return done


def _quads(triples: Iterable[Triple], graph: NamedNode) -> list[Quad]:
    return [Quad(t.subject, t.predicate, t.object, graph) for t in triples]
