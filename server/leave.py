"""What a caller may write, decided when it is written: by the same rules and decider as what may be read."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ..graph.clock import CLOCK
from ..graph.errors import Refused
from ..graph.vocabulary import AMBIT
from ..graph.words import Role
from ..reasoning.findings.strictness import is_as_strict
from .request import Request

ACTIONS: Final = ("write", "create", "delete")
_DATA: Final = frozenset({Role.DATA})


class Leave:
    """The decisions of one moment. A graph is written by whoever may read it, too: so nothing is written blindly.

    A refusal reads the same for a graph that is somebody else's, that no write may touch, and that is hidden.
    """

    def __init__(self, request: Request):
        self._request = request
        self._question = replace(request.question, now=CLOCK.now())
        self._cleared: dict[str, frozenset[str]] = {}

    def may(self, action: str, graph: str) -> bool:
        """Whether the caller may do this with a graph of this name."""
        asked = self._request.layers.write_labels.asked(graph)
        return (
            bool(asked)
            and not self._is_taken(graph)
            and asked <= self._request.clearance.compartments
            and asked <= self.cleared("read")
            and asked <= self.cleared(action)
        )

    def need(self, action: str, graphs: Iterable[str]) -> None:
        """Raises `Refused` (`write-refused`) unless the caller may do this with all of these graphs."""
        for graph in sorted(graphs):
            if not self.may(action, graph):
                raise refused(graph)

    def need_any(self, graphs: Iterable[str]) -> None:
        """Raises `Refused` (`write-refused`) where one of these graphs is not the caller's to write at all."""
        for graph in sorted(graphs):
            if not any(self.may(action, graph) for action in ACTIONS):
                raise refused(graph)

    def need_strict(self, graph: str, touched: Iterable[str]) -> None:
        """Raises `Refused` (`declassify-needed`) where a graph's label is less strict than what was touched."""
        owner = self._request.layers.owner
        labels = [label for one in touched if (label := owner.label(one)) is not None]
        target = self._request.layers.write_labels.of(graph)
        strict = is_as_strict(target, labels)
        strict = strict and not self._is_closed_by_source(
            {label.source for label in labels} - {target.source}
        )
        if not strict and not self.may("declassify", graph):
            raise Refused(
                f"the graph `{graph}` is open to more than what this update read",
                hint="write to a stricter graph, say with WITH or USING what is read, or have it declassified",
                code="declassify-needed",
            )

    def _is_closed_by_source(self, sources: set[str]) -> bool:
        """Whether a rule that closes may ask for one of these sources: what is copied would be from elsewhere."""
        decider = self._request.layers.decider
        closing = [rule for effect in ("deny", "require", "place") for rule in decider.force.of(effect)]
        asked = sources | {AMBIT.COMES_FROM}
        return bool(sources) and any(
            rule.failing or (rule.terms & asked and decider.is_awake(rule)) for rule in closing
        )

    def holds(self) -> bool:
        """Whether all that the request reads may still be read."""
        return self._request.clearance.compartments <= self.cleared("read")

    def written(self) -> frozenset[str]:
        """The graphs made by writes, in the caller's view, that the caller may write.

        What is in compartments that the caller may not write is not gone through: its number takes no time.
        """
        layers = self._request.layers
        seen = self._request.clearance.compartments & self.cleared("read")
        mine = frozenset().union(*map(self.cleared, ACTIONS)) & seen & layers.write_labels.compartments
        return frozenset(
            entry.graph
            for entry in layers.owner.graphs_of(mine, _DATA)
            if any(self.may(action, entry.graph) for action in ACTIONS)
        )

    def cleared(self, action: str) -> frozenset[str]:
        """The compartments that the caller may do this with."""
        if action not in self._cleared:
            decision = self._request.layers.decider.decide(replace(self._question, action=action))
            self._cleared[action] = decision.clearance.compartments
        return self._cleared[action]

    def _is_taken(self, graph: str) -> bool:
        """Whether a source has a record or a graph of this name."""
        owner = self._request.layers.owner
        entry = owner.entry(graph)
        held = (*owner.record(graph), *((entry,) if entry is not None else ()))
        is_bare = not held and owner.digest(graph) is not None  # a record that says nothing
        return is_bare or any(one.source != AMBIT.WRITES for one in held)


def refused(graph: str) -> Refused:
    """The one refusal of what may not be written."""
    return Refused(
        f"the graph `{graph}` is not yours to write",
        hint="rules for the actions write, create and delete say who writes where",
        code="write-refused",
    )
