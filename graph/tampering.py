"""What is wrong with a ledger's files: records held against their hashes, the tree against signatures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import segments as files
from .checkpoints import Checkpoint, is_signed, public_key, read_checkpoints
from .merkle import Frontier, leaf_hash
from .segments import Entry


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not verify: what it is about, and why."""

    record: str  # such as "ledger 17", "commit 4", "graph urn:…"
    reason: str


class Reading:
    """One pass over a ledger's folder. Iterate to the end, then ask for `problems`."""

    def __init__(self, folder: Path, keys: Path, kept: Iterable[Checkpoint] = (), *, live: bool = False):
        """`kept` are checkpoints kept elsewhere; `live` allows for a last line that is being written."""
        self.problems: list[Problem] = []
        self.interrupted: list[Problem] = []  # what a kill cut short and the next start closes
        self._folder, self._live = folder, live
        self._frontier = Frontier()
        self._expected = 0
        self._named: set[int] = set()  # records that something is said of
        self._sound = 0  # how many entries a signature has covered so far
        self._due = self._checkpoints(keys, kept)

    def _checkpoints(self, keys: Path, kept: Iterable[Checkpoint]) -> list[Checkpoint]:
        found, wrong = read_checkpoints(self._folder / "checkpoints.jsonl")
        self.problems += [Problem("ledger checkpoints", reason) for reason in wrong]
        key = public_key(keys)
        if key is None:
            self.problems.append(Problem("ledger checkpoints", "there is no public key to check them with"))
            return []
        due = []
        for checkpoint in sorted([*found, *kept], key=lambda c: c.size):
            if is_signed(checkpoint, key):
                due.append(checkpoint)
            else:
                self.problems.append(
                    Problem(
                        "ledger checkpoints", f"the one at {checkpoint.size} entries is not signed by our key"
                    )
                )
        return due

    def __iter__(self) -> Iterator[Entry]:
        self._compare()
        segments = files.segments(self._folder)
        for first, path in segments:
            if first != self._frontier.size:
                self._wrong(self._frontier.size, f"a segment begins with entry {first} instead")
            for line in files.lines(path):
                entry = self._read(line, last=path == segments[-1][1])
                if entry is not None:
                    yield entry
        for checkpoint in self._due[:1]:
            self._wrong(
                self._frontier.size,
                f"it and all up to {checkpoint.size - 1} are missing, which were signed at {checkpoint.at}",
            )

    def _read(self, line: bytes, *, last: bool) -> Entry | None:
        number = self._frontier.size
        if not line.endswith(b"\n"):
            if not last or _is_whole(line[:-1]):
                self._wrong(number, "its line has no end")
            elif not self._live:
                reason = "its line was cut short; the next start closes it as aborted"
                self.interrupted.append(Problem(f"ledger {number}", reason))
            return None
        entry = None
        body = line[files.HASH_WIDTH + 1 : -1]
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
            if entry.number != self._expected:
                self._wrong(number, f"entry {entry.number} stands in its place")
            self._expected = entry.number
        self._expected += 1
        self._frontier.append(leaf)
        self._compare()
        return entry

    def _compare(self) -> None:
        """Holds the tree against each signature over just this many entries."""
        while self._due and self._due[0].size == self._frontier.size:
            checkpoint = self._due.pop(0)
            if checkpoint.frontier().root() == self._frontier.root():
                self._sound = checkpoint.size
            else:
                self._differs(checkpoint)

    def _differs(self, checkpoint: Checkpoint) -> None:
        """Names the first record that a signature speaks against, as narrowly as its sub-trees allow."""
        start, rest = 0, checkpoint.size
        for signed, found in zip(checkpoint.roots, self._frontier.roots, strict=True):
            width = 1 << rest.bit_length() - 1
            if signed != found:
                suspects = range(max(start, self._sound), start + width)
                if self._named.isdisjoint(suspects):
                    reason = f"it or one up to {suspects[-1]} is not what was signed at {checkpoint.at}"
                    self._wrong(suspects[0], reason)
                return
            start, rest = start + width, rest - width

    def _wrong(self, number: int, reason: str) -> None:
        self._named.add(number)
        self.problems.append(Problem(f"ledger {number}", reason))


def _is_whole(line: bytes) -> bool:
    """Is it an entry that matches its hash? Cut short it would not be: then its line's end was changed."""
    try:
        return files.split_line(line)[0] == leaf_hash(line[files.HASH_WIDTH + 1 :])
    except ValueError:
        return False
