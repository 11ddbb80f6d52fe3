"""Histories that were left: what a restore enters, and what it means for heads that were kept elsewhere.

A restore to a point in time goes on from an earlier entry than the ledger had. It enters what it left, sealed with
the ledger's key. But who holds the folder holds the key, and kept heads are there to speak against that very one:
so a head that does not hold is a problem, until whoever keeps the heads says by which restore it was left.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..errors import Invalid
from .checkpoints import Kept, public_key
from .files import LedgerFiles
from .seals import NOTHING, Seals
from .segments import HASH_WIDTH, Entry, lines, parse_body, segments
from .tampering import Problem

KIND = "restored"

_NAMED = re.compile(r"(?P<entry>\d{1,18})@(?P<at>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Restore:
    """A restore as whoever keeps heads names it: the number and the time of its entry in the ledger."""

    entry: int
    at: str

    def __str__(self) -> str:
        return f"{self.entry}@{self.at}"


def restore_of(text: str) -> Restore:
    """A restore from `ENTRY@TIME`, as `ambit restore` prints it; raises `Invalid`."""
    said = _NAMED.fullmatch(text)
    if said is None:
        raise Invalid(
            f"`{text}` names no restore",
            hint="write it as `ambit restore` printed it: 12@2026-11-28T06:39:13.080Z",
            code="invalid-argument",
        )
    return Restore(int(said["entry"]), said["at"])


@dataclass(frozen=True, slots=True)
class Left:
    """The history that a restore left: it had `of` entries with the tree hash `root`, and `entries` were kept."""

    entries: int
    of: int
    root: str
    revision: int

    def fields(self, seals: Seals) -> dict[str, Any]:
        """The fields of the ledger's entry."""
        said = {"entries": self.entries, "of": self.of, "root": self.root, "revision": self.revision}
        return said | {"seal": _seal(seals, said)}


def left(entry: Entry, seals: Seals) -> Left | None:
    """What an entry says was left; None where the holder of the key did not say it, right behind what was kept."""
    said = {name: entry.fields.get(name) for name in ("entries", "of", "root", "revision")}
    if (
        entry.kind != KIND
        or entry.fields.get("seal") != _seal(seals, said)
        or said["entries"] != entry.number
    ):
        return None
    return Left(**said)  # type: ignore[arg-type]


def _seal(seals: Seals, said: dict[str, Any]) -> str:
    return seals.seal(NOTHING, orjson.dumps([KIND, said], option=orjson.OPT_SORT_KEYS)).hex()


def sort_out(
    folder: Path, kept: Iterable[Kept], seals: Seals | None, named: Iterable[Restore] = ()
) -> tuple[list[Kept], list[Problem], list[Problem]]:
    """Heads to hold a data folder's ledger against; and of those that a restore may have left: what is wrong, what is to be told.

    To be told only is a head of a history that a restore left which is `named`, and of which the head itself shows
    that it is older: it was signed at an earlier time, or is the very head that the restore says it left.
    """
    heads, problems, warnings = list(kept), list[Problem](), list[Problem]()
    ledger, key = folder / "ledger", public_key(folder / "keys")
    branches = list(branches_of(ledger, seals)) if heads and seals is not None else []
    if not branches or key is None:
        return heads, [], []
    known, tree = set(named), LedgerFiles.read(ledger).tree()
    own: list[Kept] = []
    for head in heads:
        fitting = [(restore, b) for restore, b in branches if _may_be_of(head, restore, b)]
        if (
            not fitting
            or not head.is_signed_by(key)
            or (head.size <= tree.size and tree.root(head.size) == head.root)
        ):
            own.append(head)
            continue
        told = [(restore, b) for restore, b in fitting if restore in known and _is_of(head, restore, b)]
        restore, branch = (told or fitting)[0]
        reason = f"the head of {head.size} entries: {_said(restore, branch)}"
        if not told:
            reason += _why_not(head, restore, known)
        (warnings if told else problems).append(Problem(f"ledger {restore.entry}", reason))
    return own, problems, warnings


def _may_be_of(head: Kept, restore: Restore, branch: Left) -> bool:
    """A head that was signed since belongs to the history since, and has to hold there."""
    return branch.entries < head.size <= branch.of and (not head.at or head.at < restore.at)


def _is_of(head: Kept, restore: Restore, branch: Left) -> bool:
    if head.size == branch.of:
        return head.root.hex() == branch.root
    return bool(head.at)


def _said(restore: Restore, branch: Left) -> str:
    return (
        f"a restore at {restore.at} left the history that this head is of, "
        f"with {branch.entries} of {branch.of} entries and revision {branch.revision} kept"
    )


def _why_not(head: Kept, restore: Restore, known: set[Restore]) -> str:
    if restore not in known:
        return f"; if you know of that restore, say so: `--restored {restore}`"
    if head.at:
        return "; but it is not the head that the restore says it left"
    return (
        "; or it is of the history since and that was changed: it says no time, so hold it against the backup"
    )


def branches_of(ledger: Path, seals: Seals) -> Iterator[tuple[Restore, Left]]:
    """The histories that were left, as entries say that bear the key's seal, and by which restore."""
    wanted = b'"kind":"%b"' % KIND.encode()
    for _, path in segments(ledger):
        for line in lines(path):
            if wanted in line:
                try:
                    entry = parse_body(line[HASH_WIDTH + 1 :])
                except ValueError:
                    continue
                if (branch := left(entry, seals)) is not None:
                    yield Restore(entry.number, entry.at), branch
