"""Named queries of the server's own."""

from functools import cache
from pathlib import Path


@cache
def text_of(name: str) -> str:
    """The text of `name`.rq."""
    return (Path(__file__).parent / f"{name}.rq").read_text(encoding="utf-8")
