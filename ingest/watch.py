"""Watching folders: which files settled after a change. Nothing is read here.

Editors truncate and stream, or write beside and rename; so what counts is `closed` and `moved`, and then that
size, time and inode stand still.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

SETTLE: Final = 0.05
"""Seconds for which a file that was closed or moved has to stand still."""

CREATED: Final = 0.25
"""Seconds for one that came without being closed: a link, or a writer who is still at it."""

QUIET: Final = 0.2
"""Seconds without any change after which files that belong together are taken in together."""

PATIENCE: Final = 5.0
"""Seconds for which files that belong together are held back by others of them that do not come to rest."""

Signature = tuple[int, int, int, int] | None


def signature(path: Path) -> Signature:
    """Size, time, inode and time of change of a file; None when there is none.

    Who writes may set the time back, as Protégé does; the time of change (`ctime`) nobody can set.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)


@dataclass(slots=True)
class _Waiting:
    """A path that changed, when to look at it, and how it looked when it was armed."""

    due: float
    wait: float
    seen: Signature
    folder: bool
    is_held: bool = False  # it has come to rest, and waits for what belongs to it


class Watch:
    """Folders below watch; `settled` gives those paths that have come to rest.

    What lies in the folders `together` is saved together: none of it is given while any of it is still changing.
    """

    def __init__(self, wake: Callable[[], None], together: Iterable[Path] = ()):
        self._wake = wake
        self._together = frozenset(together)
        self._held_since: float | None = None
        self._lock = threading.Lock()
        self._waiting: dict[Path, _Waiting] = {}
        self._watched: dict[Path, tuple[Any, int]] = {}
        self._observer: Any = None

    def start(self) -> None:
        """Begins to listen."""
        made: Any = Observer
        try:
            self._observer = made(generate_full_events=True)  # moves from elsewhere come as moves
        except TypeError:
            self._observer = made()  # not on Linux
        self._observer.start()

    def stop(self) -> None:
        """Ends listening."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(5)

    def follow(self, folders: Iterable[Path]) -> list[Path]:
        """Watches these folders and no others; gives those that came or went since the last time.

        A folder that was moved away and made again is another one: it is told by its inode.
        """
        wanted = {path: found[2] for path in folders if (found := signature(path)) and path.is_dir()}
        changed = []
        for path, (watch, inode) in list(self._watched.items()):
            if wanted.get(path) != inode:
                del self._watched[path]
                self._observer.unschedule(watch)
                changed.append(path)
        for path in [path for path in wanted if path not in self._watched]:
            try:
                watch = self._observer.schedule(_Handler(self), str(path), recursive=True)
            except OSError:
                continue  # it went, or there are too many watches: the sweep sees its changes
            self._watched[path] = (watch, wanted[path])
            changed.append(path)
        return list(dict.fromkeys(changed))

    def arm(self, *paths: Path, wait: float, folder: bool = False, only_again: bool = False) -> None:
        """Looks at paths after `wait` seconds of rest, at all of them at once: a move is one change."""
        with self._lock:
            looks = {path: signature(path) for path in paths if not only_again or path in self._waiting}
            now = time.monotonic()
            for path, seen in looks.items():
                rest = max(wait, QUIET) if self._is_together(path) else wait
                self._waiting[path] = _Waiting(now + rest, rest, seen, folder)
        if looks:
            self._wake()

    def due(self) -> float | None:
        """Seconds until the next path may have settled; None when none waits."""
        with self._lock:
            if not self._waiting:
                return None
            return max(0.0, min(one.due for one in self._waiting.values()) - time.monotonic())

    def settled(self) -> dict[Path, bool]:
        """The paths that have come to rest; True for a folder, in which anything may have changed."""
        now = time.monotonic()
        done = {}
        with self._lock:
            for path, one in list(self._waiting.items()):
                if one.due > now and not one.is_held:
                    continue  # one that is held back is looked at whenever another may have come to rest
                looks = signature(path)
                if looks == one.seen:
                    done[path] = one.folder
                else:
                    self._waiting[path] = _Waiting(now + one.wait, one.wait, looks, one.folder)
            for path in self._held_back(done, now):
                del done[path]
                self._waiting[path].due = now + SETTLE
                self._waiting[path].is_held = True
            for path in done:
                del self._waiting[path]
        return done

    def _held_back(self, done: Iterable[Path], now: float) -> list[Path]:
        """Paths at rest that wait for others which belong to them and are not, if that does not last too long."""
        at_rest = [path for path in done if self._is_together(path)]
        restless = any(self._is_together(path) and path not in at_rest for path in self._waiting)
        if not (at_rest and restless):
            self._held_since = self._held_since if restless else None
            return []
        self._held_since = self._held_since or now
        return at_rest if now - self._held_since < PATIENCE else []

    def _is_together(self, path: Path) -> bool:
        return path in self._together or not self._together.isdisjoint(path.parents)


class _Handler(FileSystemEventHandler):
    """Sorts what watchdog tells into what has to be looked at, and how soon."""

    def __init__(self, watch: Watch):
        self._watch = watch

    def on_any_event(self, event: FileSystemEvent) -> None:
        kind = event.event_type
        paths = [Path(os.fsdecode(p)) for p in (event.src_path, event.dest_path) if p]
        if event.is_directory:
            if kind in ("created", "moved", "deleted"):
                self._watch.arm(*paths, wait=SETTLE, folder=True)
        elif kind in ("closed", "moved", "deleted"):
            self._watch.arm(*paths, wait=SETTLE)
        elif kind == "created":
            self._watch.arm(paths[0], wait=CREATED)
        elif kind == "modified":
            self._watch.arm(paths[0], wait=CREATED, only_again=os.name == "posix" and _HAS_CLOSED)


_HAS_CLOSED: Final = hasattr(os, "eventfd")
"""Linux tells when a writer closes a file; elsewhere a change has to do."""
