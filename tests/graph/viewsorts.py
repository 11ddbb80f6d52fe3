"""Rules that force a sort of view, for tests that every sort must pass."""

from ambit.graph.views import sorts


def parted(asked: sorts.Asked) -> sorts.Sort:
    """One compartment of the clearance is private, of four two; the rest is the common part of a shared view."""
    names = sorted(asked.compartments)
    return sorts.Shared(frozenset(names[: max(0, len(names) - 1 - len(names) // 4)]))


RULES: dict[str, sorts.Rule] = {"own": sorts.own, "shared": parted, "chosen": sorts.choose}
