"""Ingest: sources held against the store at start, and followed from then on, in one thread."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import structlog

from ..graph.store.owner import Owner
from ..graph.terms import NamedNode
from ..graph.vocabulary import AMBIT, node
from ..graph.words import Committed, Record, Role
from .bulk import is_standing
from .committing import Committer, settle_findings
from .follow import Follower
from .paths import is_ignored
from .reconcile import DatabaseReconciler, FolderReconciler, reconciler
from .sources import Described, Sources
from .watch import CREATED, SETTLE, Signature, Watch, signature
from .words import Problem, Progress, Summary

TICK: Final = 1.0
"""Seconds between looks at whether folders came or went."""

SWEEP: Final = 30.0
"""Seconds between comparisons of all files' sizes and times: notifications can be lost, or missing."""

RETRY: Final = 2.0
"""Seconds after which a commit that failed for a reason that may pass is tried again."""

DEFINITIONS: Final = "urn:ambit:governance:source:"
"""What the record of a file in `sources/` begins with."""

log = structlog.get_logger()


class Ingest:
    """Brings what the sources of a workspace say into the store, and keeps it so.

    `on_file` is called with the paths of files of the workspace that settled after a change, or went, by the
    name of their folder: once for all that were saved together. It gives the paths to look at again; `sources` are
    read here, too, after that call.
    `locations` are the folders that an `ambit:location` may begin with by name.
    """

    def __init__(
        self,
        owner: Owner,
        root: Path,
        *,
        locations: Mapping[str, Path] | None = None,
        on_file: Mapping[str, Callable[..., Iterable[Path]]] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_committed: Callable[[Committed], None] | None = None,
    ):
        self._owner, self._root = owner, root.absolute()
        self._on_file = dict(on_file or {})
        self._on_progress, self._on_committed = on_progress, on_committed
        self._sources = Sources(self._root / "sources", self._root, locations)
        self._reconcilers: dict[str, FolderReconciler | DatabaseReconciler] = {}
        self._followers: dict[str, Follower] = {}
        self._again: dict[str, float] = {}
        self._policy = 0
        self._signatures: dict[Path, Signature] = {}
        self._ticked = self._swept = 0.0
        self._busy = threading.RLock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._watch = Watch(self._wake.set, (self._root / name for name in self._on_file))
        self._thread: threading.Thread | None = None
        self.ready = threading.Event()

    def scan_once(self) -> Summary:
        """Holds every source against the store, whatever happened since the last time."""
        with self._busy:
            total = self._describe(changed_only=False)
            settle_findings(self._reconcilers, self._owner, self._on_committed)
            self._signatures = self._look()
            return total

    def followed(self) -> frozenset[str]:
        """The sources that lie somewhere, and are held against it."""
        return frozenset(self._sources.read().sources)

    def start(self) -> None:
        """Scans and then follows, in a thread of its own; `ready` is set after the first scan."""
        self._thread = threading.Thread(target=self._run, name="ambit-ingest", daemon=True)
        self._thread.start()

    def look_again(self, paths: Iterable[Path]) -> None:
        """Has files and folders of the workspace looked at soon, whether or not anything is told of them."""
        for path in paths:
            self._watch.arm(path, wait=CREATED, folder=path.is_dir())

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for the first scan."""
        return self.ready.wait(timeout)

    def stop(self) -> None:
        """Ends following; what is being committed is finished."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        for follower in self._followers.values():
            follower.close()

    # -- the thread

    def _run(self) -> None:
        self._watch.start()
        self._watch.follow(self._folders())  # before the scan, so that nothing falls between
        self._guarded(lambda: self.scan_once())
        self._watch.follow(self._folders())
        self.ready.set()
        self._ticked = self._swept = time.monotonic()
        while not self._stopping.is_set():
            due = self._watch.due()
            polls = [f.due - time.monotonic() for f in self._followers.values()]
            self._wake.wait(max(0.0, min([TICK, *polls, *([] if due is None else [due])])))
            self._wake.clear()
            self._guarded(self._turn)
        self._watch.stop()

    def _guarded(self, work: Callable[[], object]) -> None:
        """Nothing that goes wrong in one turn ends the thread."""
        try:
            with self._busy:
                work()
        except Exception:
            log.exception("ingest failed, and goes on")
            self._again.update(dict.fromkeys(self._reconcilers, time.monotonic() + RETRY))
            self._stopping.wait(RETRY / 4)

    def _turn(self) -> None:
        if self._stopping.is_set():
            return
        self._settled(self._watch.settled())
        now = time.monotonic()
        for iri, follower in list(self._followers.items()):
            if follower.due <= now and follower.changed():
                self._reconcile(iri)
        if now - self._ticked >= TICK:
            self._tick(now)

    def _tick(self, now: float) -> None:
        self._ticked = now
        for folder in self._watch.follow(self._folders()):
            self._watch.arm(folder, wait=SETTLE, folder=True)
        for iri, when in list(self._again.items()):
            if when <= now:
                self._reconcile(iri)
        if self._policy != self._owner.policy_revision:
            self._policy = self._owner.policy_revision
            settle_findings(self._reconcilers, self._owner, self._on_committed)
        if now - self._swept >= SWEEP:
            self._swept = now
            before, self._signatures = self._signatures, self._look()
            for path, _ in before.items() ^ self._signatures.items():
                self._watch.arm(path, wait=SETTLE)

    def _settled(self, paths: Mapping[Path, bool]) -> None:
        """Each settled path to those that it concerns: the workspace's own folders, then the sources."""
        described = False
        told: dict[Callable[..., Iterable[Path]], list[Path]] = {}
        for path in sorted(paths):
            folder = self._own_folder(path)
            if folder is None or (is_ignored(path.name) and path != self._root / folder):
                continue
            if folder in self._on_file:
                told.setdefault(self._on_file[folder], []).append(path)
            described = described or folder == "sources"
        for tell, some in told.items():
            self.look_again(tell(*some))
            self._ticked = 0.0  # governance may be another: the tick that comes now sees to findings
        if described:
            self._describe(changed_only=True)
        for iri, one in list(self._reconcilers.items()):
            if isinstance(one, FolderReconciler):
                self._files(iri, one, paths)

    def _files(self, iri: str, one: FolderReconciler, paths: Mapping[Path, bool]) -> None:
        root = one.source.location
        concerned: set[str] = set()
        for path, is_folder in paths.items():
            if path == root:
                self._reconcile(iri)
                return
            relative = one.reader.folder.relative(path)
            if relative is not None:
                concerned |= one.below(relative) if is_folder else {relative}
        if concerned:
            committer = Committer(self._owner, self._on_committed)
            one.changed(concerned, committer, self._report)
            self._done(iri, committer)

    # -- sources

    def _describe(self, *, changed_only: bool) -> Summary:
        """Reads the descriptions, and the sources that they say."""
        described = self._sources.read()
        total = Summary()
        self._tell_files(described, total)
        self._leave(described, total)
        for iri, source in described.sources.items():
            known = self._reconcilers.get(iri)
            if known is not None and known.source.plan() == source.plan():
                if not changed_only:
                    total.add(self._reconcile(iri))
                continue
            self._reconcilers[iri] = reconciler(source, self._owner)
            self._forget(iri)
            if source.kind == "database":
                self._followers[iri] = Follower(source)
                self._followers[iri].changed()
            total.add(self._reconcile(iri))
        return total

    def _tell_files(self, described: Described, total: Summary) -> None:
        """Findings about the files that describe sources; what is not there any more has no problem."""
        committer = Committer(self._owner, self._on_committed)
        told = {DEFINITIONS + path.stem: problem for path, problem in described.problems.items()}
        concerned = self._owner.match(None, node(AMBIT.ABOUT), None, frozenset({Role.SYSTEM}))
        before = {quad.object.value for quad in concerned if isinstance(quad.object, NamedNode)}
        for about in {*told, *(one for one in before if one.startswith(DEFINITIONS))}:
            problem = told.get(about)
            problems = [Problem(about, AMBIT.GOVERNANCE, problem)] if problem else []
            committer.tell(about, AMBIT.GOVERNANCE, problems)
        committer.flush()
        total.add(committer.summary)

    def _leave(self, described: Described, total: Summary) -> None:
        """Withdraws what came from sources that are no longer described, if all descriptions read."""
        if not described.problems or any(described.problems.values()):
            return
        there = set(self._reconcilers) | {
            entry.source
            for entry in self._owner.entries()
            if entry.role is Role.DATA and not entry.source.startswith((AMBIT.NAMESPACE, "urn:ambit:"))
        }
        committer = Committer(self._owner, self._on_committed)
        for iri in sorted(there - described.sources.keys()):
            if is_standing(self._owner, iri):
                continue
            for record in sorted(self._owner.records_of(iri)):
                committer.put(Record(record, iri))
            committer.tell(iri, iri, [])
            self._reconcilers.pop(iri, None)
            self._forget(iri)
        committer.flush()
        total.add(committer.summary)

    def _forget(self, iri: str) -> None:
        follower = self._followers.pop(iri, None)
        if follower is not None:
            follower.close()

    def _reconcile(self, iri: str) -> Summary:
        self._again.pop(iri, None)
        one = self._reconcilers.get(iri)
        committer = Committer(self._owner, self._on_committed)
        if one is not None:
            began = time.monotonic()
            one.reconcile(committer, self._report)
            if iri in self._followers:
                self._followers[iri].took(time.monotonic() - began)
        self._done(iri, committer)
        return committer.summary

    def _done(self, iri: str, committer: Committer) -> None:
        committer.settle_labels(iri)
        if committer.failed:
            self._again[iri] = time.monotonic() + RETRY
        summary = committer.summary
        self._report(Progress(iri, summary.looked_at, summary.committed, done=True))

    def _report(self, progress: Progress) -> None:
        if self._on_progress:
            self._on_progress(progress)

    # -- places

    def _own(self) -> list[Path]:
        return [self._root / name for name in sorted({*self._on_file, "sources"})]

    def _own_folder(self, path: Path) -> str | None:
        for folder in self._own():
            if path == folder or folder in path.parents:
                return folder.name
        return None

    def _folders(self) -> list[Path]:
        located = [one.source for one in self._reconcilers.values() if one.source.kind == "folder"]
        return list(dict.fromkeys([*self._own(), *(source.location for source in located)]))

    def _look(self) -> dict[Path, Signature]:
        """How all followed files look."""
        seen: dict[Path, Signature] = {}
        for one in self._reconcilers.values():
            if isinstance(one, FolderReconciler):
                for relative in one.reader.folder.files():
                    path = one.source.location / relative
                    seen[path] = signature(path)
        for folder in self._own():
            for path in folder.rglob("*") if folder.is_dir() else ():
                if path.is_file() and not is_ignored(path.name):
                    seen[path] = signature(path)
        return seen
