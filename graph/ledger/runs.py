"""Where what a run did stands: the graph of a day and a user, and the label of that user's runs."""

from ..compartments import short_hash
from ..vocabulary import AMBIT
from ..words import Label

PREFIX = "urn:ambit:provenance:"

RUNS_OF = "urn:ambit:runs-of:"
"""What the anchor of a user's runs begins with; a hash of the user's IRI follows."""


def provenance_label(user: str, jurisdictions: frozenset[str]) -> Label:
    """Whoever made a request may read of its run, and administrators may; nobody by a relation to that user.

    So the anchor is not the user, from whom relations lead to managers: `rules/runs/own.rq` alone knows it.
    """
    audience = frozenset({runs_anchor(user), AMBIT.ADMINISTRATORS})
    return Label(AMBIT.PROVENANCE, AMBIT.INTERNAL, jurisdictions, audience)


def runs_anchor(user: str) -> str:
    """The anchor of what a user's runs say."""
    return RUNS_OF + short_hash(user.encode())


def provenance_graph(day: str, user: str) -> str:
    """The graph of what one user had done on one day (`yyyy-mm-dd`)."""
    return f"{PREFIX}{day}:{short_hash(user.encode())}"
