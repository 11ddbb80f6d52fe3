"""A workspace as a revision of git has it, read by plumbing alone: no hook, filter or work tree has a part in it."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from ..graph.errors import Invalid, Unavailable

FOLDERS: Final = ("cases", "governance", "ontology", "rules", "sources")
_SECONDS: Final = 60
_FILES: Final = 20_000
_BYTES: Final = 10_000_000
_PLAIN: Final = frozenset({b"100644", b"100755"})


def write_revision(workspace: Path, revision: str, into: Path) -> None:
    """Writes the policy's folders as a revision has them (`REV`, or `REV:FOLDER` from the top of the repository).

    Raises `Invalid` for a revision or folder that is not there, or a file that is none, and `Unavailable` without git.
    """
    name, _, folder = revision.partition(":")
    commit = _git(workspace, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    tree = f"{commit.decode().strip()}:{folder if ':' in revision else _prefix(workspace)}"
    files = list(_files(workspace, tree, revision))
    if len(files) > _FILES:
        raise Invalid(f"`{revision}` has more than {_FILES} files")
    texts = _texts(workspace, [blob for _, blob, _ in files])
    for mode, blob, path in files:
        if mode not in _PLAIN:
            raise Invalid(f"`{path}` in `{revision}` is a link or a module", hint="name a folder instead")
        place = PurePosixPath(path)
        if place.is_absolute() or ".." in place.parts:
            raise Invalid(f"`{revision}` has a file `{path}`, which leads out of it")
        target = into.joinpath(*place.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(texts[blob])


def _prefix(workspace: Path) -> str:
    """Where a workspace lies in its repository."""
    return _git(workspace, "rev-parse", "--show-prefix").decode().rstrip("\n").rstrip("/")


def _files(workspace: Path, tree: str, revision: str) -> Iterator[tuple[bytes, str, str]]:
    """Mode, object and path of each file of the policy's folders."""
    listed = _git(workspace, "ls-tree", "-r", "-l", "-z", "--full-tree", tree)
    for line in filter(None, listed.split(b"\0")):
        said, _, path = line.partition(b"\t")
        mode, kind, blob, size = said.split()
        if path.split(b"/")[0].decode(errors="replace") not in FOLDERS:
            continue
        try:
            place = path.decode()
        except UnicodeDecodeError:
            raise Invalid(f"`{revision}` has a file whose name is no UTF-8") from None
        if kind == b"blob" and int(size) > _BYTES:
            raise Invalid(f"`{place}` in `{revision}` is larger than {_BYTES} bytes")
        yield mode, blob.decode(), place


def _texts(workspace: Path, blobs: Iterable[str]) -> dict[str, bytes]:
    """The content of objects, as `git cat-file --batch` gives it: a line with the size, the content, a line's end."""
    asked = "".join(f"{blob}\n" for blob in blobs)
    answer = _git(workspace, "cat-file", "--batch", given=asked.encode())
    found: dict[str, bytes] = {}
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        blob, _, size = answer[at:end].split()
        at = end + 1 + int(size)
        found[blob.decode()] = answer[end + 1 : at]
        at += 1
    return found


def _git(workspace: Path, *said: str, given: bytes = b"") -> bytes:
    git = shutil.which("git")
    if git is None:
        raise Unavailable("there is no git to read a revision with", hint="name a folder instead")
    try:
        done = subprocess.run(
            [git, "-C", str(workspace), *said],
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"git could not be asked: {error}") from None
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise Invalid(
            f"git knows no such revision: {why[0] if why else ' '.join(said[-1:])}",
            hint="name a folder with a workspace, a revision of the one you are in, or a server's URL",
        )
    return done.stdout
