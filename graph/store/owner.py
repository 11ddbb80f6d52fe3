"""The owner of the store: the one place where the graph is written, and what all else reads it by.

A view holds exactly the triples of one clearance; the owner holds them all. So nothing that a user wrote
ever runs here, and nothing is handed out of here but to what decides or builds views.
"""

import gc
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..compartments import LABELS, labels_from
from ..errors import Unavailable
from ..ledger.checkpoints import signing_key
from ..ledger.ledger import Ledger
from ..ledger.seals import seals_of
from ..ledger.segments import now
from ..snapshot import Snapshot
from ..words import Change, Committed, Delta, Label, Patch, Placed
from .ahead import AheadQuads
from .catalog import Catalog
from .catalogfile import CatalogFile
from .commitlog import CommitLog, gaps
from .commits import Check, Plan, plan
from .copies import MANIFEST
from .lasting import Lasting
from .locks import FolderLock, StateLock
from .logged import Frame, Kind, Logged, encode
from .patches import Concluding, Labels
from .projecting import Projection, work_out
from .quadstore import CATALOG
from .reads import Reads
from .recovery import commit_fields, recover
from .sheets import Sheets
from .written import changed_graphs, quads_and_sheets

Listener = Callable[[Delta], None]

CLOSED = "it is closed"

_log = logging.getLogger(__name__)


class Owner(Reads):
    """The store in a data folder: `store/`, `commits/`, `ledger/`, `keys/`, `lock`.

    `checks` run in order on each change, under the writer's lock. `governance` is the label of the graph that
    says what label each compartment has. `concluding` says what follows from each commit once all else of it
    is known; that is part of the commit. `durable`: log and ledger are on disk before a commit returns and
    before the store has it; commits that wait at the same time share a flush. What is committed is seen by
    others before that, but no answer leaves: its own entry in the ledger is flushed behind it.
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
        """Opens, recovers and locks the folder; raises `Unavailable`. `damage` is then what the log cannot tell, by file."""
        if (folder / MANIFEST).exists():
            raise Unavailable(
                f"`{folder}` is a backup: no server runs on it",
                hint="`ambit restore` makes a data folder of it",
                code="is-backup",
            )
        self.folder = folder
        self._checks = tuple(checks)
        self._governance = governance
        self._concluding = concluding
        self._writer = threading.RLock()
        self._listeners: list[Listener] = []
        self._broken = ""
        self._closed = False
        with ExitStack() as opened:  # a start that fails lets go of everything
            self._held = FolderLock(folder)
            opened.callback(self._held.release)
            self._file = CatalogFile(folder, signing_key(folder / "keys").private_bytes_raw())
            self._quads: AheadQuads
            quads = AheadQuads(folder / "store")
            super().__init__(quads, Catalog(), StateLock(), Sheets(folder, quads.text))
            opened.callback(_let_go, self._quads)
            opened.callback(self._sheets.close)
            self._commits = CommitLog(folder / "commits", seals_of(folder / "keys"))
            opened.callback(self._commits.close)
            self.ledger = Ledger(folder / "ledger", folder / "keys", durable=durable)
            opened.callback(self.ledger.close)
            recover(self._commits, self.ledger, self._quads)
            self.damage = [(path, _gap(revision, path)) for revision, path in gaps(folder / "commits")]
            for _, problem in self.damage:
                _log.warning("%s; %s", problem.message, problem.hint)
            self._load()
            opened.pop_all()
        self._lasting = Lasting(
            folder,
            self._commits,
            self.ledger,
            self._quads,
            durable=durable,
            revision=lambda: self.revision,
            alone=self._alone,
        )

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
        return self._commit(lambda: change)

    def revise(self, make: Callable[[Snapshot], Change]) -> Committed:
        """Commits a change that is made under the writer's lock: nothing comes between what it read and it.

        Raises what `make` and `commit` raise. `make` must wait for nobody who commits.
        """
        return self._commit(lambda: make(self))

    def _commit(self, make: Callable[[], Change]) -> Committed:
        try:
            with self._writer:
                change = make()
                for check in self._checks:
                    change = check(change, self)
                committed = self._carry_out(change)
        except BaseException:
            with suppress(Unavailable):  # it may be committed, and somebody have failed to take it up
                self._lasting.settle()
            raise
        self._lasting.settle()  # also where nothing changed: what is there may have been written just now
        self._lasting.own_up()
        return committed

    def describe(self, labels: Iterable[Label]) -> None:
        """Makes compartments known to rules before a graph stands in them, by a commit. Raises what `commit` raises."""
        self.commit(Change((), activity="describe", labels=tuple(labels)))

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
            if self._closed:
                return
            self._closed = True
            self._broken = self._broken or CLOSED
        self._lasting.stop()
        with ExitStack() as opened:  # whatever does not close, the others do
            opened.callback(self._held.release)
            opened.callback(self._leave_catalog, [*self._quads.number(), self._quads.projected()])
            # the last is closed first: the ledger signs its head, and has the log flushed before
            for part in (self._quads, self._sheets, self._commits, self.ledger):
                opened.callback(self._end, part)

    def _end(self, part: CommitLog | Ledger | AheadQuads | Sheets) -> None:
        try:
            part.close()
        except Exception as error:
            self._broken = f"a part of the store did not end well: {error}"
            _log.error("%s", self._broken)

    def _leave_catalog(self, at: list[int]) -> None:
        """Leaves the catalog for the next start, where it is that of the store and all of it is on disk."""
        is_stored = not self._quads.is_holding and at[0] == self._commits.revision
        if self._broken == CLOSED and not self._lasting.trouble() and is_stored:
            self._file.leave(self._catalog, at)

    def _carry_out(self, change: Change) -> Committed:
        self._refuse_if_broken("commits")
        before = self.revision
        try:
            return self._write(change)
        finally:  # a listener's failure comes after the commit is in
            if self._concluding is not None:
                self._concluding.settle(is_in=self.revision != before)

    def _write(self, change: Change) -> Committed:
        revisions = (self.revision, self.policy_revision)
        follow = self._follow if self._concluding is not None else None
        planned = plan(change, self._catalog, self._quads, revisions, self._governance, follow)
        if planned is None:
            return Committed(*revisions, Delta(self.revision))
        logged = _logged(planned)
        frame = encode(logged)
        self._write_log(logged, frame)
        try:
            self._write_ledger(logged, frame)
        except BaseException:
            self._commits.undo()
            raise
        try:
            self._take_up(planned, logged)
        except BaseException:
            if self.revision != logged.revision:  # its number is given, and must not be given again
                self._broken = self._broken or "a commit that the log has could not be taken up"
            raise
        return Committed(*self._revisions, planned.delta, planned.quarantined)

    def _take_up(self, planned: Plan, logged: Logged) -> None:
        self._lasting.make_ready(logged)
        with self._lock.exclusive():
            self._sheets.forget(changed_graphs(planned.delta))
            self._write_store(logged)
            self._sheets.keep({sheet.graph: sheet.text for sheet in quads_and_sheets(planned.delta.into)[1]})
            self._catalog.change(planned.catalog_out, planned.catalog_into)
            self._catalog.labels.update(planned.labels)
            self._revisions = (logged.revision, logged.policy_revision)
            self._tell(planned.delta, self._listeners)

    def _follow(self, out: Sequence[Placed], into: Sequence[Placed], labels: Labels) -> Iterable[Patch]:
        return self._concluding.follow(out, into, labels, self) if self._concluding is not None else ()

    def _write_log(self, logged: Logged, frame: Frame) -> None:
        self._commits.append(logged.revision, frame)

    def _write_ledger(self, logged: Logged, frame: Frame) -> None:
        self.ledger.append("commit", commit_fields(logged, frame.digest), settle=False)

    def _write_store(self, logged: Logged) -> None:
        self._lasting.store(logged)

    def _refuse_if_broken(self, what: str) -> None:
        if reason := self._broken or self._lasting.trouble():
            raise Unavailable(
                f"the store takes no {what}: {reason}",
                hint="make room or restore write access, then start again: nothing acknowledged is lost",
                code="store-stopped",
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._writer, self._lock.exclusive():
            yield

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
        self.ledger.settle()  # nothing is made of entries that a power cut can take
        with self._writer:
            self._refuse_if_broken("quads")
            done = work_out(projection, self._catalog, self._quads, self.revision)  # beside readers
            with self._lock.exclusive():
                self._sheets.forget({entry.graph for entry, _ in projection.graphs}.union(projection.gone))
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


def _let_go(quads: AheadQuads) -> None:
    """Closes a store after a start that failed: what is told is why it did, and a damaged one fails again."""
    with suppress(Exception):
        quads.close()


def _gap(revision: int, path: Path) -> Unavailable:
    return Unavailable(
        f"the commit log is damaged: what led to revision {revision} cannot be read in `{path.name}`",
        hint="restore the last backup; until then there is neither a backup nor a past",
        code="log-damaged",
    )


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
