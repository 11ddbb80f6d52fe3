"""Joint compartments: what follows from several compartments together may be read by whoever may read them all.

No rule ever decides on one, and no clearance names one: a clearance holds each joint whose members it holds.
"""

from collections.abc import Iterable, Mapping

from .compartments import short_hash

_PREFIX = "urn:ambit:joint:"
_GRAPHS = "urn:ambit:entailed:"


def is_joint(compartment: str | None) -> bool:
    """Whether this is the name of several compartments together."""
    return compartment is not None and compartment.startswith(_PREFIX)


def entailed_graph(compartment: str) -> str:
    """The graph of what follows from several records, for a compartment or a joint."""
    return _GRAPHS + short_hash(compartment.encode())


def is_entailed(graph: str) -> bool:
    """Whether a graph holds what follows from several records: it is changed by patches, never replaced whole."""
    return graph.startswith(_GRAPHS)


def joint_of(members: Iterable[str]) -> str:
    """The compartment of what needs all `members`: their joint by the hash of the sorted IRIs; one is its own."""
    held = sorted(members)
    return held[0] if len(held) == 1 else _PREFIX + short_hash("\n".join(held).encode())


class Joints:
    """The joints that the catalog knows; none is forgotten, for a view's revision may be that of its emptying."""

    def __init__(self) -> None:
        self._members: dict[str, frozenset[str]] = {}
        self._by_first: dict[str, list[str]] = {}

    def __contains__(self, joint: str) -> bool:
        return joint in self._members

    def known(self) -> Mapping[str, frozenset[str]]:
        """All joints with their members."""
        return self._members

    def learn(self, joint: str, members: Iterable[str]) -> None:
        """Takes in a joint with its members."""
        if joint not in self._members:
            self._members[joint] = frozenset(members)
            self._by_first.setdefault(min(self._members[joint]), []).append(joint)

    def members(self, compartment: str) -> frozenset[str]:
        """The compartments that one must hold to read what stands in this one; a joint nobody knows has no reader.

        An ordinary compartment is its own member.
        """
        if not is_joint(compartment):
            return frozenset((compartment,))
        return self._members.get(compartment, frozenset((compartment,)))

    def covered(self, compartments: frozenset[str]) -> frozenset[str]:
        """These compartments, and the joints that lie inside of them; a joint named by itself counts for nothing."""
        own = frozenset(c for c in compartments if not is_joint(c))
        if not self._members:
            return own
        return own.union(
            joint for c in own for joint in self._by_first.get(c, ()) if self._members[joint] <= own
        )

    def within(self, compartment: str | None, clearance: frozenset[str]) -> bool:
        """Whether a clearance reads what stands in a compartment, joint or not; None is no compartment."""
        if not compartment:
            return False
        if is_joint(compartment):
            members = self._members.get(compartment)
            return members is not None and members <= clearance
        return compartment in clearance
