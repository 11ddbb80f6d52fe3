"""JSON documents (RFC 8259)."""

from typing import Any

import orjson

from ...graph.errors import SourceInvalid
from .text import decode


def read(data: bytes, name: str) -> Any:
    """The document. Raises `SourceInvalid` with file, line and column; nesting is bounded by the parser."""
    text = decode(data, name)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise SourceInvalid(
            f"`{name}:{error.lineno}` is not JSON: {error.msg}",
            details={"file": name, "line": error.lineno, "column": error.colno},
        ) from error
