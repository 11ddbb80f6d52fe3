"""One user's ledger: the entries of that user's own runs, as if there were no others.

They are numbered from 0, say only what concerns that user, and are the leaves of a tree of their own. So no
size, number, gap or proof depends on what others do. It is all made from the one ledger and can be made again.
"""

import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ..errors import Unavailable
from . import segments as files
from .files import LedgerFiles
from .index import damaged
from .leaves import Leaves
from .merkle import Frontier, leaf_hash
from .others import as_asker_sees
from .proofs import HASH, Tree, stored_before
from .segments import Entry

SHOWN: Mapping[str, frozenset[str]] = {
    "request": frozenset(
        {
            "run",
            "user",
            "agents",
            "purpose",
            "declared",
            "decision",
            "rules",
            "request",
            "status",
            "refused",
            "serves",
            "reason",
            "frameworks",
            # of a run that is one evaluation, whole in one entry
            *("asked", "action", "subjects", "for_purpose", "permitted", "result"),
        }
    ),
    "answer": frozenset(
        {"run", "status", "touched", "handed", "result", "deployments", "actions", "written"}
    ),
    "step": frozenset(
        {"run", "step", "task", "deployment", "site", "version", "handed", "count", "started", "ended"}
    ),
    "handed": frozenset({"run", "handed"}),
    "evaluation": frozenset(
        {
            *("run", "user", "asked", "status", "searched", "count"),
            *("action", "subjects", "for_purpose", "permitted", "decision", "rules"),
        }
    ),
}
"""What a user's own entries show: what provenance tells that user of a run, and the hashes of question and answer.

Left out are `policy_revision`, which counts commits that may be hidden from that user, `mattered`, `applied` and
`failed`, which tell of rules that took away what that user may not know of, `compartments`, which may be such, too, `clearance`, which changes
with compartments that the user has not met, `note`, which is random and tells nothing, and whatever comes to be
written later, until it is named here.
"""

_TREES = 64_000_000
"""Bytes of users' trees that are kept at hand; the least recently used goes, and is made again."""


def own_body(index: int, entry: Entry) -> bytes:
    """An entry as its user sees it: what the leaf of that user's tree is over."""
    fields = as_asker_sees(entry.fields)
    shown = {name: value for name, value in fields.items() if name in SHOWN[entry.kind]}
    return files.body_of(index, entry.at.encode(), entry.kind.encode(), files.fields_of(shown))


class OwnLedgers:
    """Every user's ledger, kept up with the one that they are made from; thread-safe."""

    def __init__(self, ledger: LedgerFiles):
        self._ledger = ledger
        self._lock = threading.Lock()
        self._seen = 0
        self._numbers: dict[str, array[int]] = {}  # by user, the entries that are that user's
        self._runs: dict[str, str] = {}  # whose a run is, until its answer
        self._trees: OrderedDict[str, _OwnTree] = OrderedDict()

    def catch_up(self) -> None:
        """Takes in what was written since. Raises `Unavailable` where an entry is none."""
        with self._lock, _unnumbered():
            try:
                for body in self._ledger.lines(self._seen):
                    if user := self._user_of(body):
                        self._numbers.setdefault(user, array("Q")).append(self._seen)
                    self._seen += 1
            except ValueError as error:
                raise damaged("an entry is none") from error

    def of(self, user: str, until: int) -> Leaves:
        """A user's entries, as far as they stand before number `until` of the whole ledger."""
        self.catch_up()
        with self._lock:
            numbers = self._numbers.get(user, array("Q"))
            size = bisect_right(numbers, until - 1) if until else 0
            tree = self._trees.setdefault(user, _OwnTree())
            self._trees.move_to_end(user)
        with _unnumbered():
            tree.grow(self._ledger, numbers, size)
        with self._lock:
            while len(self._trees) > 1 and sum(len(one.nodes) for one in self._trees.values()) > _TREES:
                self._trees.popitem(last=False)
        frontier = tree.frontier

        def bodies(indexes: Sequence[int]) -> Iterator[bytes]:
            found = self._ledger.bodies([numbers[index] for index in indexes])
            with _unnumbered():
                for index, body in zip(indexes, found, strict=True):
                    yield own_body(index, files.parse_body(body))

        return Leaves(
            size,
            Tree(frontier.size, tree.read),
            (frontier.size, frontier.root()),
            bodies,
            lambda run: [index for index in tree.runs.get(run, ()) if index < size],
            lambda: None,
        )

    def users(self) -> Sequence[str]:
        """Who has entries."""
        with self._lock:
            return list(self._numbers)

    def _user_of(self, body: bytes) -> str:
        """Whose an entry is. A run's answer says so, and from then on it need not be remembered.

        Before answers said so, `handed` might still follow an answer without: such runs are remembered.
        """
        kind, run, user = named(body)
        if kind not in SHOWN or not run:
            return ""
        if not user:
            return self._runs.get(run, "")
        if kind == "request" and b'"status":"' not in body:  # else it is the whole run
            self._runs[run] = user
        elif kind == "answer":
            self._runs.pop(run, None)
        return user


def named(body: bytes) -> tuple[str, str, str]:
    """An entry's kind, run and user.

    `user` is the last field of entries that have it, and no value holds a quote: most are told by their bytes.
    """
    ends = body.rfind(b'"},"kind":"')
    user = body.rfind(b'"user":"', 0, ends) + 8
    run = body.rfind(b'"run":"', 0, user) + 7
    if ends >= 8 and user >= 8 and run >= 7 and body.find(b'"', user) == ends:
        kind = body[ends + 11 : body.find(b'"', ends + 11)]
        return kind.decode(), body[run : body.find(b'"', run)].decode(), body[user:ends].decode()
    entry = files.parse_body(body)
    said, whose = entry.fields.get("run"), entry.fields.get("user")
    return entry.kind, said if isinstance(said, str) else "", whose if isinstance(whose, str) else ""


@contextmanager
def _unnumbered() -> Iterator[None]:
    """Where the whole ledger is damaged, a user is told so without the number of an entry in it."""
    try:
        yield
    except Unavailable as error:
        raise damaged("an entry is not as it was written") from error


class _OwnTree:
    """The tree over one user's entries, and where each run's stand."""

    def __init__(self) -> None:
        self.nodes = bytearray()
        self.frontier = Frontier()
        self.runs: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def grow(self, ledger: LedgerFiles, numbers: Sequence[int], size: int) -> None:
        """Takes in the entries up to a size; those that are in stay."""
        with self._lock:
            index = self.frontier.size
            if index >= size:
                return
            leaves = []
            for body in ledger.bodies(numbers[index:size]):
                entry = files.parse_body(body)
                leaves.append(leaf_hash(own_body(index, entry)))
                self.runs.setdefault(str(entry.fields["run"]), []).append(index)
                index += 1
            frontier = self.frontier.copy()
            frontier.extend(leaves, self.nodes)
            self.frontier = frontier

    def read(self, leaf: int, level: int) -> bytes:
        """A stored hash."""
        at = (stored_before(leaf) + level) * HASH
        return bytes(self.nodes[at : at + HASH])
