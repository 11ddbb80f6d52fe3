"""Files of a source's folder: which there are, what IRI each has, reading them without leaving it."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..graph.errors import SourceInvalid, TooLarge

LIMIT: Final = 10_000_000
"""Bytes of a file that is read whole."""

_IGNORED: Final = re.compile(
    r"^\.|^~\$|^#.*#$|~$|\.(tmp|temp|swp|swx|part|partial|crdownload|bak)$|^Thumbs\.db$|^catalog-v001\.xml$",
    re.IGNORECASE,
)
_SAFE: Final = re.compile(r"[A-Za-z0-9\-._~]")


def iri_safe(text: str) -> str:
    """R2RML §7.3: all but `iunreserved` (RFC 3987 §2.2) percent-encoded, over UTF-8.

    Bytes of a file name that are not UTF-8 come as surrogates (PEP 383) and are encoded as what they are.
    """
    return "".join(
        ch
        if _SAFE.match(ch) or _is_ucschar(ord(ch))
        else "".join(f"%{byte:02X}" for byte in ch.encode("utf-8", "surrogateescape"))
        for ch in text
    )


def _is_ucschar(code: int) -> bool:
    if code < 0x10000:
        return 0xA0 <= code <= 0xD7FF or 0xF900 <= code <= 0xFDCF or 0xFDF0 <= code <= 0xFFEF
    return code & 0xFFFF <= 0xFFFD and code < 0xF0000 and not 0xE0000 <= code < 0xE1000


def path_iri(source: str, relative: str) -> str:
    """The IRI of a file: its source's, and its path."""
    return source.rstrip("/#") + "/" + "/".join(iri_safe(part) for part in relative.split("/"))


def is_ignored(relative: str) -> bool:
    """Hidden, temporary and backup files, and all in hidden folders."""
    return any(_IGNORED.search(part) for part in relative.split("/"))


def matches(pattern: str, relative: str) -> bool:
    """Whether a path is meant by a pattern with `*`, `?` (within a folder) and `**` (any folders)."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./"))
    made = {"**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return (
        re.fullmatch("".join(made.get(part, re.escape(part)) for part in parts), relative, re.DOTALL)
        is not None
    )


class Folder:
    """The folder of a source. Nothing outside is ever opened: a link that leaves it is refused."""

    def __init__(self, root: Path):
        self.root = root

    def is_there(self) -> bool:
        """Whether the folder can be listed: an unmounted one is not empty, it is not there."""
        try:
            with os.scandir(self.root):
                return True
        except OSError:
            return False

    def relative(self, path: Path) -> str | None:
        """A path within the folder, with `/`; None when it is outside, or ignored."""
        try:
            relative = path.relative_to(self.root).as_posix()
        except ValueError:
            return None
        return None if relative == "." or is_ignored(relative) else relative

    def files(self) -> Iterator[str]:
        """The paths of all files, sorted, without the ignored; links to folders are not followed."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(self.root / folder) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError:
                continue  # it went while we were walking
            for entry in entries:
                relative = f"{folder}/{entry.name}" if folder else entry.name
                if is_ignored(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(relative)
                elif not entry.is_dir():
                    yield relative

    def open(self, relative: str) -> int:
        """A descriptor of a regular file inside. Raises `SourceInvalid`, and `FileNotFoundError` if gone."""
        path = self.root / relative
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(os.path.realpath(self.root)):
            raise SourceInvalid(
                f"`{relative}` is a link that leaves the source's folder",
                hint="copy the file into the folder, or describe its folder as a source of its own",
                details={"file": str(path)},
            )
        try:
            # non-blocking: a pipe named like a page must not hold us up
            handle = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = (
                "is a link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}".lower()
            )
            raise SourceInvalid(f"`{relative}` {reason}", details={"file": str(path)}) from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise SourceInvalid(f"`{relative}` is no regular file", details={"file": str(path)})
        return handle

    def read(self, relative: str, limit: int = LIMIT) -> bytes:
        """A whole file. Raises `TooLarge`, `SourceInvalid`, and `FileNotFoundError` when it has gone."""
        handle = self.open(relative)
        with os.fdopen(handle, "rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise TooLarge(
                f"`{relative}` has more than {limit} bytes",
                hint="split it into several files",
                details={"file": str(self.root / relative)},
            )
        return data
