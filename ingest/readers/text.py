"""Texts: bytes that must be UTF-8, told apart from binary files."""

import re
from typing import Final

from ...graph.errors import SourceInvalid

BOM: Final = "\ufeff"
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_STRAY: Final = 0.02  # share of control characters that editors leave behind in real pages, with room


def decode(data: bytes, name: str) -> str:
    """The text of a file, without its byte order mark. Raises `SourceInvalid` with file and line.

    A NUL, or many control characters, tell a binary file before anything tries to parse it.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise not_text(data, error.start, name, f"the byte 0x{data[error.start]:02X} is not UTF-8") from error
    controls = [match.start() for match in _CONTROL.finditer(text)]
    nul = text.find("\0")
    if nul >= 0 or len(controls) > _STRAY * len(text):
        first = max(nul, 0) or controls[0]
        at = len(text[:first].encode())
        raise not_text(data, at, name, f"it holds the control character 0x{ord(text[first]):02X}")
    return text.removeprefix(BOM)


def not_text(data: bytes, at: int, name: str, what: str) -> SourceInvalid:
    """The error of a file that is no text: a binary file under a text's name, or another encoding."""
    line = data.count(b"\n", 0, at) + 1
    return SourceInvalid(
        f"`{name}:{line}` is not a text: {what}",
        hint="save it as UTF-8, or take the binary file out of the folder",
        details={"file": name, "line": line},
    )
