"""What is wrong with a ledger's files: records held against their hashes, the tree against signatures."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import segments as files
from .checkpoints import Kept, fingerprint, is_signed, public_key, read_checkpoints
from .merkle import Frontier, leaf_hash
from .narrowing import first_changed
from .proofs import perfect
from .segments import Entry

_BODY = files.HASH_WIDTH + 1
_AT = slice(7, 31)
"""Where an entry's time stands in its JSON."""
_GROUP = 4_096
"""Leaves that the tree takes in at a time."""
_WARNED = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not verify: what it is about, and why."""

    record: str  # such as "ledger 17", "commit 4", "graph urn:…"
    reason: str


class Reading:
    """One pass over a ledger's folder. Iterate to the end, then ask for `problems`."""

    def __init__(
        self,
        folder: Path,
        keys: Path,
        kept: Iterable[Kept] = (),
        *,
        live: bool = False,
        kinds: frozenset[str] | None = None,
    ):
        """`kept` are heads kept elsewhere; `live` allows for a last line that is being written.

        Given are the entries of the `kinds` named, of all where none are; `entries` counts all.
        """
        self.problems: list[Problem] = []
        self.interrupted: list[Problem] = []  # what a kill cut short and the next start closes
        self.warnings: list[Problem] = []  # what need not be tampering
        self.entries = 0  # how many were sound
        self._folder, self._live = folder, live
        self._kinds = None if kinds is None else {kind.encode() for kind in kinds}
        self._frontier = Frontier()
        self._leaves: list[bytes] = []  # of entries that the frontier has yet to take in
        self._expected = 0
        self._at = b""  # of the entry before
        self._named: set[int] = set()  # records that something is said of
        self._sound = 0  # how many entries a signature has covered so far
        self._due = self._checkpoints(keys, kept)

    def _checkpoints(self, keys: Path, kept: Iterable[Kept]) -> list[Kept]:
        found, wrong = read_checkpoints(self._folder / "checkpoints.jsonl")
        self.problems += [Problem("ledger checkpoints", reason) for reason in wrong]
        key = public_key(keys)
        if key is None:
            self.problems.append(Problem("ledger checkpoints", "there is no public key to check them with"))
            return sorted(kept, key=lambda c: c.size)
        foreign: list[int] = []
        due: list[
            Kept
        ] = []  # of one size, what was kept elsewhere comes first: the folder's own may be forged
        for head in kept:
            if not head.is_signed_by(key):
                foreign.append(head.size)
            due.append(head)  # it is the ledger's owner who says that it is one of this ledger
        if foreign:
            reason = f"{len(foreign)} heads kept elsewhere, the first of {min(foreign)} entries, are not signed by this ledger's key, {fingerprint(key)}"
            self.problems.append(Problem("ledger key", reason))
        for checkpoint in found:
            if is_signed(checkpoint, key):
                due.append(checkpoint)
            else:
                reason = f"the one at {checkpoint.size} entries is not signed by our key"
                self.problems.append(Problem("ledger checkpoints", reason))
        return sorted(due, key=lambda c: c.size)

    def __iter__(self) -> Iterator[Entry]:
        self._compare()
        segments = files.segments(self._folder)
        for first, path in segments:
            if first != self._size:
                self._wrong(self._size, f"a segment begins with entry {first} instead")
            yield from self._segment(path, last=path == segments[-1][1])
        self._absorb()
        for head in self._due[:1]:
            self._wrong(self._size, f"it and all up to {head.size - 1} are missing: {_signed(head)}")

    @property
    def _size(self) -> int:
        return self._frontier.size + len(self._leaves)

    def _segment(self, path: Path, *, last: bool) -> Iterator[Entry]:
        """Sound lines are told by their hash and by how they begin and end; whatever else there is by `_read`."""
        sha256, leaves, kinds = hashlib.sha256, self._leaves, self._kinds
        for line in files.lines(path):
            number = self._expected
            body = line[_BODY:-1]
            leaf = sha256(b"\x00" + body)
            tail = b'","n":%d}' % number
            kind = body[body.rfind(b'"', 0, -len(tail)) + 1 : -len(tail)]
            at = body[_AT]
            if not (
                line[:_BODY] == b"%b " % leaf.hexdigest().encode()
                and line[-1:] == b"\n"
                and body.endswith(tail)
                and kind.isalpha()
                and at >= self._at
                and body.startswith(b'{"at":"')
                and body[31:43] == b'","fields":{'
            ):
                entry = self._read(line, last=last)
                if entry is not None and (kinds is None or entry.kind.encode() in kinds):
                    yield entry
                continue
            self._at = at
            self._expected += 1
            self.entries += 1
            leaves.append(leaf.digest())
            if len(leaves) >= _GROUP or (self._due and self._due[0].size <= self._size):
                self._absorb()
            if kinds is None or kind in kinds:
                yield files.parse_body(body)

    def _absorb(self) -> None:
        self._frontier.absorb(self._leaves)
        self._leaves.clear()
        self._compare()

    def _read(self, line: bytes, *, last: bool) -> Entry | None:
        """Says what is wrong with a line."""
        self._absorb()
        number = self._frontier.size
        if not line.endswith(b"\n"):
            if not last or _is_whole(line[:-1]):
                self._wrong(number, "its line has no end")
            elif not self._live:
                reason = "its line was cut short; the next start closes it as aborted"
                self.interrupted.append(Problem(f"ledger {number}", reason))
            return None
        entry = None
        body = line[_BODY:-1]
        leaf = leaf_hash(body)
        try:
            written, _ = files.split_line(line[:-1])
            if written != leaf:
                self._wrong(number, "it does not match its hash")
                leaf = written  # the tree goes on with what was signed, so that more is found after this
            else:
                entry = files.parse_body(body)
        except ValueError as error:
            self._wrong(number, f"it is not an entry: {error}")
        if entry is not None:
            self.entries += 1
            if entry.number not in (self._expected, number):
                self._wrong(number, f"entry {entry.number} stands in its place")
            self._expected = entry.number
            self._clock(number, body[_AT])
        self._expected += 1
        self._frontier.append(leaf)
        self._compare()
        return entry

    def _clock(self, number: int, at: bytes) -> None:
        """An earlier time than the entry's before: a clock that was set, or a history that was written later."""
        if at < self._at and len(self.warnings) < _WARNED:
            reason = f"its time, {at.decode(errors='replace')}, is before that of the entry in front of it"
            self.warnings.append(Problem(f"ledger {number}", reason))
        self._at = at

    def _compare(self) -> None:
        """Holds the tree against each signature over just this many entries."""
        while self._due and self._due[0].size == self._frontier.size:
            checkpoint = self._due.pop(0)
            if checkpoint.root == self._frontier.root():
                self._sound = checkpoint.size
            else:
                self._differs(checkpoint)

    def _differs(self, head: Kept) -> None:
        """Names the first record that a signature speaks against, or as narrowly as its sub-trees allow."""
        start, end, root = 0, head.size, head.root
        parts = perfect(0, head.size) if head.roots else []
        for (first, level), signed, found in zip(parts, head.roots, self._frontier.roots, strict=False):
            if signed != found:
                start, end, root = first, first + (1 << level), signed
                break
        suspects = range(max(start, min(self._sound, end - 1)), end)
        if self._named.isdisjoint(suspects):
            number = first_changed(self._folder, start, end, root)
            which = "it" if number is not None else f"it or one up to {end - 1}"
            self._wrong(
                suspects[0] if number is None else number, f"{which} is not what was signed: {_signed(head)}"
            )

    def _wrong(self, number: int, reason: str) -> None:
        self._named.add(number)
        self.problems.append(Problem(f"ledger {number}", reason))


def _signed(head: Kept) -> str:
    how = f"was signed at {head.at}" if head.at else "is kept elsewhere"
    return f"a head of {head.size} entries {how}"


def _is_whole(line: bytes) -> bool:
    """Is it an entry that matches its hash? Cut short it would not be: then its line's end was changed."""
    try:
        return files.split_line(line)[0] == leaf_hash(line[files.HASH_WIDTH + 1 :])
    except ValueError:
        return False
