"""The owner of the store: the one place where the graph is written, and what all else reads it by.

A view holds exactly the triples of one clearance; the owner holds them all. So nothing that a user wrote
ever runs here, and nothing is handed out of here but to what decides or builds views.
"""

import gc
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from .catalog import Catalog
from .catalogfile import CatalogFile
from .checkpoints import signing_key
from .commitlog import CommitLog
from .commits import Check, Plan, plan
from .compartments import LABELS, labels_from
from .errors import Unavailable
from .ledger import Ledger
from .locks import FolderLock, StateLock
from .logged import Frame, Kind, Logged, encode
from .patches import Concluding, Labels
from .projecting import Projection, work_out
from .quadstore import CATALOG, QuadStore
from .reads import Reads
from .recovery import apply, commit_fields, recover
from .segments import now
from .sheets import Sheets
from .snapshot import Snapshot
from .words import Change, Committed, Delta, Label, Patch, Placed
from .written import quads_and_sheets

Listener = Callable[[Delta], None]

CLOSED = "it is closed"

FLUSH_EVERY = 0.5
"""Seconds between flushes when not durable: with the write itself, less than the second that may be lost."""

_log = logging.getLogger(__name__)


class Owner(Reads):
    """The store in a data folder: `store/`, `commits/`, `ledger/`, `keys/`, `lock`.

    `checks` run in order on each change, under the writer's lock. `governance` is the label of the graph that
    says what label each compartment has. `durable`: log and ledger are on disk before a commit returns.
    `concluding` says what follows from each commit once all else of it is known; that is part of the commit.
    """

    def __init__(
        self,
        folder: Path,
        *,
        checks: Sequence[Check] = (),
        durable: bool = False,
        governance: Label | None = None,
        concluding: Concluding | None = None,
    ):
        """Opens, recovers and locks the folder; raises `Unavailable`."""
        self.folder = folder
        self._checks = tuple(checks)
        self._governance = governance
        self._concluding = concluding
        self._writer = threading.RLock()
        self._listeners: list[Listener] = []
        self._broken = ""
        self._held = FolderLock(folder)
        try:
            self._file = CatalogFile(folder, signing_key(folder / "keys").private_bytes_raw())
            quads = QuadStore(folder / "store")
            super().__init__(quads, Catalog(), StateLock(), Sheets(folder, quads.text))
            self._commits = CommitLog(folder / "commits", durable=durable)
            self.ledger = Ledger(folder / "ledger", folder / "keys", durable=durable)
            recover(self._commits, self.ledger, self._quads)
            self._load()
        except BaseException:
            self._held.release()
            raise
        self._stopping = threading.Event()
        self._flusher = threading.Thread(target=self._flush_often, name="ambit-flush", daemon=True)
        self._flusher.start()

    def _load(self) -> None:
        gc.disable()  # nothing of what is made here is garbage, and there may be millions
        try:
            if not self._file.take(self._catalog, [*self._quads.number(), self._quads.projected()]):
                self._catalog.change((), self._quads.quads(CATALOG.value))
        finally:
            gc.enable()
        self._catalog.labels.update(labels_from(self._quads.quads(LABELS)))
        self._revisions = (self._commits.revision, self._quads.number()[1])

    def commit(self, change: Change) -> Committed:
        """Checks a change and writes what it comes to; returns when all listeners have it.

        Raises what a check raises, `Invalid` for a record that may not be so, `Unavailable` when it cannot be
        written: then nothing of it is in. A change that changes nothing is no commit.
        """
        with self._writer:
            for check in self._checks:
                change = check(change, self)
            return self._carry_out(change)

    def revise(self, make: Callable[[Snapshot], Change]) -> Committed:
        """Commits a change that is made under the writer's lock: nothing comes between what it read and it.

        Raises what `make` and `commit` raise. `make` must wait for nobody who commits.
        """
        with self._writer:
            return self.commit(make(self))

    def describe(self, labels: Iterable[Label]) -> None:
        """Makes compartments known to rules before a graph stands in them, by a commit."""
        with self._writer:
            self._carry_out(Change((), activity="describe"), tuple(labels))

    def listen(self, listener: Listener) -> None:
        """Calls `listener` with each commit's delta, in order, before `commit` returns.

        It runs under the state's lock: it may read the owner, but not wait for a thread that does.
        """
        with self._writer:
            self._listeners.append(listener)

    def changes(self, since: int) -> Iterator[Delta]:
        """The deltas of the commits after revision `since`, from the log. Raises `Unavailable` at damage."""
        for logged in self._commits.since(since, self.revision):
            if logged.kind is Kind.COMMIT:
                yield logged.delta

    def close(self) -> None:
        """Signs the ledger's head, puts all on disk and lets go of the folder."""
        with self._writer:
            if self._stopping.is_set():
                return
            self._stopping.set()
            self._broken = self._broken or CLOSED
        self._flusher.join()
        self._commits.close()
        self.ledger.close()
        self._sheets.close()
        at = [*self._quads.number(), self._quads.projected()]
        self._quads.close()
        if self._broken == CLOSED:
            self._file.leave(self._catalog, at)
        self._held.release()

    def _carry_out(self, change: Change, labels: tuple[Label, ...] = ()) -> Committed:
        if self._broken:
            raise Unavailable(f"the store takes no commits: {self._broken}", code="store-stopped")
        before = self.revision
        try:
            return self._write(change, labels)
        finally:  # a listener's failure comes after the commit is in
            if self._concluding is not None:
                self._concluding.settle(is_in=self.revision != before)

    def _write(self, change: Change, labels: tuple[Label, ...]) -> Committed:
        revisions = (self.revision, self.policy_revision)
        follow = self._follow if self._concluding is not None else None
        planned = plan(change, self._catalog, self._quads, revisions, self._governance, labels, follow)
        if planned is None:
            return Committed(*revisions, Delta(self.revision))
        logged = _logged(planned)
        frame = encode(logged)
        self._write_log(logged, frame)
        try:
            self._write_ledger(logged, frame)
        except BaseException:
            self._take_back()
            raise
        with self._lock.exclusive():
            self._sheets.forget(_changed(planned.delta))
            self._write_store(logged)
            for sheet in quads_and_sheets(planned.delta.into)[1]:
                self._sheets.keep(sheet.graph, sheet.text)
            self._catalog.change(planned.catalog_out, planned.catalog_into)
            self._catalog.labels.update(planned.labels)
            self._revisions = (logged.revision, logged.policy_revision)
            self._tell(planned.delta, self._listeners)
        return Committed(*self._revisions, planned.delta, planned.quarantined)

    def _follow(self, out: Sequence[Placed], into: Sequence[Placed], labels: Labels) -> Iterable[Patch]:
        return self._concluding.follow(out, into, labels, self) if self._concluding is not None else ()

    def _write_log(self, logged: Logged, frame: Frame) -> None:
        self._commits.append(logged.revision, frame)

    def _write_ledger(self, logged: Logged, frame: Frame) -> None:
        self.ledger.append("commit", commit_fields(logged, frame.digest))

    def _take_back(self) -> None:
        try:
            self._commits.undo()
        except OSError as error:
            self._broken = f"a commit could not be taken back from the log: {error}"

    def _write_store(self, logged: Logged) -> None:
        try:
            apply(logged, self._quads)
        except OSError as error:
            # log and ledger have it: the next start applies it
            self._broken = f"the store cannot be written: {error}"
            raise Unavailable(
                self._broken,
                hint="make room or restore write access, then start again",
                code="store-unwritable",
            ) from error

    def _tell(self, delta: Delta, listeners: Sequence[Listener]) -> None:
        """All listeners hear a delta, whatever one of them does; what failed is said to whoever committed."""
        failed: Exception | None = None
        for listener in listeners:
            try:
                listener(delta)
            except Exception as error:
                _log.exception("a listener failed on revision %d", delta.revision)
                failed = failed or error
        if failed is not None:
            raise Unavailable(
                f"revision {delta.revision} is committed, and a part of the server did not take it up",
                code="delivery-failed",
            ) from failed

    def project(self, projection: Projection, listeners: Sequence[Listener]) -> None:
        """Provenance quads: no revision and no log, for the ledger has them. Raises `Unavailable`."""
        with self._writer, self._lock.exclusive():
            if self._broken:
                raise Unavailable(f"the store takes no quads: {self._broken}", code="store-stopped")
            done = work_out(projection, self._catalog, self._quads, self.revision)
            self._sheets.forget(_changed(done.delta))
            try:
                self._quads.project(done.out, done.into, projection.count, self._quads.projected())
            except OSError as error:
                raise Unavailable(
                    f"provenance cannot be written: {error}", code="store-unwritable"
                ) from error
            self._catalog.change(done.catalog_out, done.catalog_into)
            if done.delta.out or done.delta.into:
                self._tell(done.delta, listeners)

    def projected(self) -> int:
        """How many ledger entries are in the provenance graphs."""
        return self._quads.projected()

    def _flush_often(self) -> None:
        """Keeps what a power cut can take below a second, and the ledger's head signed."""
        flushed = (-1, -1)
        while not self._stopping.wait(FLUSH_EVERY):
            state = (self.revision, self.ledger.size)
            try:
                if state != flushed:
                    self._commits.flush()
                    self.ledger.flush()
                    self._quads.flush()
                    flushed = state
                self.ledger.tick()
            except OSError:
                _log.exception("what is written could not be put on disk")


def _changed(delta: Delta) -> set[str]:
    """The graphs that a delta changes."""
    single, sheets = quads_and_sheets(delta.into)
    graphs = {placed.quad.graph_name.value for placed in (*delta.out, *single)}  # type: ignore[union-attr]
    return graphs.union(sheet.graph for sheet in sheets)


def _logged(planned: Plan) -> Logged:
    return Logged(
        planned.delta.revision,
        planned.policy_revision,
        Kind.COMMIT,
        now(),
        planned.change.actor,
        planned.change.activity,
        tuple(record.iri for record in planned.change.records),
        planned.delta,
        planned.catalog_out,
        planned.catalog_into,
    )
