"""Fills one file of a data folder up to a limit that the system holds, and says what happened as one line of JSON.

Arguments: the data folder; what is to be full (`log`, `ledger`, `notes`, `store`); `fast` or `durable`.
"""

import json
import resource
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from storeworld import change, graph_of, label, record, triple

from ambit.graph.errors import AmbitError
from ambit.graph.store.owner import Owner

FREE = resource.RLIM_INFINITY


def allow(size: int) -> None:
    """From here on no file grows beyond this."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, FREE))


def commit(owner: Owner, number: int, size: int = 400) -> None:
    owner.commit(change(record(f"r{number}", [triple("x", f"{number} " + "y" * size)], label("a"))))


def ask(owner: Owner, number: int, size: int = 400) -> None:
    owner.ledger.append("request", {"run": f"urn:run:{number}"}, notes={"query": "y" * size})


def filled(what: str, folder: Path) -> Path:
    """The file that is to be full."""
    day = datetime.now(UTC).isoformat()[:10]
    return {
        "log": folder / "commits" / "0000000000000001.log",
        "ledger": folder / "ledger" / "segments" / "0000000000000000.jsonl",
        "notes": folder / "ledger" / "notes" / f"{day}.jsonl",
        "store": max((folder / "store").glob("*.log"), default=folder),
    }[what]


def prepare(what: str, folder: Path) -> None:
    """Makes the file that is to be full the largest that is written to."""
    owner = Owner(folder)
    commit(owner, 0)
    if what == "log":
        commit(owner, 1, size=400_000)
    elif what == "ledger":
        for _ in range(400):
            owner.ledger.append("request", {"run": "urn:run:" + "y" * 1000})
    elif what == "notes":
        ask(owner, 1, size=400_000)
    owner.close()


def attempt(work: Callable[[Owner, int], None], owner: Owner, number: int) -> str:
    """The code of what it was refused with; empty where it was done."""
    try:
        work(owner, number)
    except AmbitError as error:
        return error.code
    return ""


def main() -> None:
    folder, what, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit fails, and kills nobody
    prepare(what, folder)
    owner = Owner(folder, durable=mode == "durable")
    work = ask if what in ("ledger", "notes") else commit
    room = 3_000 if what != "store" else 60_000
    allow(filled(what, folder).stat().st_size + room)
    done, refused, number = [], "", 100
    while not refused and number < 1_000:
        number += 1
        refused = attempt(work, owner, number)
        if not refused:
            done.append(number)
    again = attempt(work, owner, number + 1)
    readable = bool(owner.triples(graph_of("r0")))
    held = len(owner.triples(graph_of(f"r{number}")))
    allow(FREE)
    end = time.monotonic() + 10
    while (after := attempt(work, owner, 2_000)) and time.monotonic() < end:
        time.sleep(0.05)
    notes = sum(len(owner.ledger.notes.of_day(day.stem)) for day in (folder / "ledger" / "notes").iterdir())
    owner.close()
    said = {
        "notes": notes,
        "done": done,
        "refused": refused,
        "again": again,
        "readable": readable,
        "held": held,
        "after": after,
    }
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
