"""One model execution and its record.

The step is noted whether or not an answer came, for the texts may have left; what cannot be noted is not
answered.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import uuid4

from ..graph.errors import Unavailable
from .words import Embedder, Routed, Step, Vectors

Note: TypeAlias = Callable[[Step], None]
"""Takes each step as it ends, before anything of it is answered or raised."""

Place: TypeAlias = tuple[str, str, str]
"""Deployment, site and version: what a rule chose, for comparison."""


def place_of(routed: Routed) -> Place:
    """What calls must have in common to go together."""
    return routed.deployment, routed.site, routed.version


def embed(
    embedder: Embedder,
    routed: Routed,
    texts: Sequence[str],
    *,
    task: str,
    handed: Iterable[str],
    count: int,
    note: Note,
    timeout: float,
) -> Vectors:
    """The vectors of one call, and its step noted.

    Raises what the embedder and `note` raise. A call refused as `site-moved` went nowhere and is no step.
    """
    started, left = now(), True
    try:
        return embedder.embed(routed, texts, timeout=timeout)
    except Unavailable as error:
        left = error.code != "site-moved"
        raise
    finally:
        if left:
            step = f"urn:ambit:step:{uuid4().hex}"
            note(Step(step, task, *place_of(routed), tuple(sorted(handed)), count, started, now()))


def now() -> str:
    """The time in UTC as ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
