"""Histories that were left: what a restore enters, and what it means for heads that were kept elsewhere.

A restore to a point in time goes on from an earlier entry than the ledger had. Whoever kept a head of the longer
history must be able to tell that from a ledger that was cut short: the restore enters what it left, sealed with
the ledger's key, so that nobody else can say so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from .checkpoints import Kept
from .files import LedgerFiles
from .seals import NOTHING, Seals
from .segments import HASH_WIDTH, Entry, lines, parse_body, segments
from .tampering import Problem

KIND = "restored"


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
    """What an entry says was left; None where the holder of the key did not say it."""
    said = {name: entry.fields.get(name) for name in ("entries", "of", "root", "revision")}
    if entry.kind != KIND or entry.fields.get("seal") != _seal(seals, said):
        return None
    return Left(**said)  # type: ignore[arg-type]


def _seal(seals: Seals, said: dict[str, Any]) -> str:
    return seals.seal(NOTHING, orjson.dumps([KIND, said], option=orjson.OPT_SORT_KEYS)).hex()


def sort_out(
    ledger: Path, kept: Iterable[Kept], seals: Seals | None
) -> tuple[list[Kept], list[Problem], list[Problem]]:
    """Heads to hold the ledger against; and of those of a history that was left: what is wrong, what is to be told."""
    heads, problems, warnings = list(kept), list[Problem](), list[Problem]()
    branches = list(branches_of(ledger, seals)) if heads and seals is not None else []
    if not branches:
        return heads, [], []
    tree = LedgerFiles.read(ledger).tree()
    own: list[Kept] = []
    for head in heads:
        branch = next((b for b in branches if b.entries < head.size <= b.of), None)
        if branch is None or (head.size <= tree.size and tree.root(head.size) == head.root):
            own.append(head)
            continue
        record, said = f"ledger {branch.entries}", f"the head of {head.size} entries"
        restored = (
            f"of which revision {branch.revision} was restored, with {branch.entries} of {branch.of} entries"
        )
        if head.size == branch.of and head.root.hex() != branch.root:
            problems.append(Problem(record, f"{said} is not that of the history {restored}"))
        else:
            warnings.append(Problem(record, f"{said} is of a history that was left, {restored}"))
    return own, problems, warnings


def branches_of(ledger: Path, seals: Seals) -> Iterator[Left]:
    """The histories that were left, as entries say that bear the key's seal."""
    wanted = b'"kind":"%b"' % KIND.encode()
    for _, path in segments(ledger):
        for line in lines(path):
            if wanted in line:
                try:
                    entry = parse_body(line[HASH_WIDTH + 1 :])
                except ValueError:
                    continue
                if (branch := left(entry, seals)) is not None:
                    yield branch
