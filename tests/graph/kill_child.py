"""Commits without end and says each acknowledged one on stdout; killed by the test that started it.

Arguments: the data folder; `fast` or `durable`; then at which stage of which commit to die (`log:5`), or a folder
in which to make one backup after the other meanwhile (`backups:FOLDER`).
"""

import os
import sys
import threading
from itertools import count
from pathlib import Path

from pyoxigraph import Store
from storeworld import change, label, record, triple

from ambit.graph.store.backup import backup
from ambit.graph.store.logged import Frame, Logged
from ambit.graph.store.owner import Owner
from ambit.graph.words import Change

NAMES = 7


def state(value: int) -> Change:
    """The commit of this number: three records, one of them in turn with another label."""
    return change(
        *(
            record(
                f"r{(value + n) % NAMES}",
                [triple("x", str(value)), triple("y", str(value)), triple(f"only{value % 3}")],
                label("ab"[(value + n) % 2]),
                digest=str(value),
            )
            for n in range(3)
        )
    )


class Dying(Owner):
    """Dies between the stages of a commit, as a kill would have it."""

    stage, commit_number = "", 0

    def _die(self, stage: str, logged: Logged) -> None:
        if (stage, logged.revision) == (self.stage, self.commit_number):
            os._exit(9)

    def _write_log(self, logged: Logged, frame: Frame) -> None:
        if (self.stage, self.commit_number) == ("torn", logged.revision):
            end = self._commits._end
            super()._write_log(logged, frame)
            os.ftruncate(self._commits._file, (end + self._commits._end) // 2)
            os._exit(9)
        super()._write_log(logged, frame)
        self._die("log", logged)

    def _write_ledger(self, logged: Logged, frame: Frame) -> None:
        super()._write_ledger(logged, frame)
        self._die("ledger", logged)

    def _write_store(self, logged: Logged) -> None:
        if (self.stage, self.commit_number) == ("half", logged.revision):
            remove_only(self, logged)
            os._exit(9)
        if (self.stage, self.commit_number) == ("extended", logged.revision):
            self._quads._store = DiesAfterAdding(self._quads._store)  # type: ignore[assignment]
        super()._write_store(logged)
        self._die("store", logged)


class DiesAfterAdding:
    """A store whose process dies at the first write after one that added quads."""

    def __init__(self, store: Store):
        self._store, self._added = store, False

    def __getattr__(self, name: str) -> object:
        if name in ("extend", "remove") and self._added:
            os._exit(9)
        self._added = name == "extend"
        return getattr(self._store, name)


def remove_only(owner: Owner, logged: Logged) -> None:
    """What a kill inside the store's own writing leaves: all removals done, nothing added."""
    for placed in logged.delta.out:
        owner._quads._store.remove(placed.quad)
    for quad in logged.catalog_out:
        owner._quads._store.remove(quad)


def back_up(folder: Path, to: Path) -> None:
    """One backup after the other, each beside commits."""
    for number in count():
        dest = to / str(number)
        if not dest.exists():
            backup(folder, dest)


def main() -> None:
    """Commits from where the store stands."""
    print("opening", flush=True)
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    owner = Dying(folder, durable=mode == "durable")
    what, _, value = sys.argv[3].partition(":") if len(sys.argv) > 3 else ("", "", "")
    if what == "backups":
        threading.Thread(target=back_up, args=(folder, Path(value)), daemon=True).start()
    elif what:
        owner.stage, owner.commit_number = what, int(value)
    print("ready", flush=True)
    while True:
        committed = owner.commit(state(owner.revision + 1))
        owner.ledger.append("request", {"run": f"urn:ambit:run:{committed.revision}"})
        print(committed.revision, flush=True)


if __name__ == "__main__":
    main()
