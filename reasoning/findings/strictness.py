"""Whether a label is at least as strict as others: what may flow where without being declassified."""

from collections.abc import Iterable

from ...graph.vocabulary import AMBIT
from ...graph.words import Label
from .findings import highest

_NARROWEST = frozenset({AMBIT.ADMINISTRATORS})
"""Whoever administers may open every compartment, so nothing is meant for fewer."""


def is_as_strict(label: Label, others: Iterable[Label]) -> bool:
    """Whether `label` has at least the sensitivity of each of `others`, no wider audience, and all their jurisdictions.

    An audience is narrower by its anchors: who stands behind them is the rules' matter. `ambit:Everybody` is
    the widest.
    """
    return all(
        highest((label.sensitivity, other.sensitivity)) == label.sensitivity
        and other.jurisdictions <= label.jurisdictions
        and (
            label.audience == _NARROWEST
            or AMBIT.EVERYBODY in other.audience
            or label.audience <= other.audience
        )
        for other in others
    )
