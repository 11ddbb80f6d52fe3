"""A data folder, what may be done to its ledger, and what finds it: `python tests/graph/tamperingstory.py`.

That prints the transcript which stands in `benchmarks/tampering.txt`.
"""

import contextlib
import io
import re
import runpy
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from storeworld import change, label, record, triple

from ambit.graph.ledger.checkpoints import pem_of
from ambit.graph.ledger.heads import origin_of
from ambit.graph.ledger.leaves import whole
from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.merkle import leaf_hash
from ambit.graph.ledger.segments import segments
from ambit.graph.store.owner import Owner

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of click's, while typer is imported
    import typer

    from ambit.server.cli import verify as verify_command

VERIFIER = Path(__file__).parents[2] / "docs" / "verify_ledger.py"
ENTRIES = 16
"""In the folder: requests, answers, and one commit."""


def fill(folder: Path) -> None:
    """A folder with a commit and requests; `old` is a copy of it from before its last five entries.

    `kept.note` and `kept.jsonl` are heads that somebody keeps elsewhere: of 12 entries, and of all.
    """
    owner = Owner(folder / "data")
    owner.commit(change(record("r", [triple("x")], label("a"))))
    enter(owner.ledger, 10)
    owner.ledger.checkpoint()
    owner.close()
    shutil.copytree(folder / "data", folder / "old")
    owner = Owner(folder / "data")
    enter(owner.ledger, 1)
    (folder / "kept.note").write_bytes(head(owner.ledger))
    enter(owner.ledger, 4)
    owner.close()
    shutil.copy(folder / "data" / "ledger" / "checkpoints.jsonl", folder / "kept.jsonl")
    shutil.copy(folder / "data" / "keys" / "ledger.pub", folder / "kept.pub")


def enter(ledger: Ledger, count: int) -> None:
    """So many entries of requests and their answers, each of a later millisecond than the one before."""
    for number in range(ledger.size, ledger.size + count):
        time.sleep(0.002)  # an entry's time is in milliseconds
        kind = "request" if number % 2 else "answer"
        ledger.append(kind, {"run": f"urn:ambit:run:{number:032x}", "user": "https://acme.example/ada"})


def head(ledger: Ledger) -> bytes:
    """A signed note of all entries."""
    size = ledger.size
    return ledger.sign(origin_of(ledger.key), size, whole(ledger, size).root(size), size).note()


@dataclass(frozen=True)
class Case:
    """Something done to the folder, and the record that is named first: by `ambit verify`, and by the verifier."""

    name: str
    what: str
    do: Callable[[Path], None]
    record: str
    alone: str
    kept: bool = False  # whether the heads that were kept elsewhere are needed to find it
    seen: tuple[str, ...] = ()  # what `ambit verify` finds without them


def lines_of(folder: Path) -> list[bytes]:
    ((_, path),) = segments(folder / "data" / "ledger")
    return path.read_bytes().splitlines(keepends=True)


def edited(edit: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    """Does something to the lines of the ledger's segment."""

    def do(folder: Path) -> None:
        ((_, path),) = segments(folder / "data" / "ledger")
        path.write_bytes(b"".join(edit(lines_of(folder))))

    return do


def rehashed(line: bytes) -> bytes:
    return leaf_hash(line[65:-1]).hex().encode() + b" " + line[65:]


def forged(line: bytes) -> bytes:
    return rehashed(line.replace(b"acme.example/ada", b"acme.example/eve"))


def numbered(line: bytes, number: int) -> bytes:
    return rehashed(re.sub(rb'"n":\d+}', b'"n":%d}' % number, line))


def inserted(lines: list[bytes]) -> list[bytes]:
    new = [*lines[:5], forged(lines[5]), *lines[5:]]
    return [numbered(line, number) if number >= 5 else line for number, line in enumerate(new)]


def rolled_back(folder: Path) -> None:
    shutil.rmtree(folder / "data")
    shutil.copytree(folder / "old", folder / "data")


def built_anew(folder: Path) -> None:
    """The ledger written again without one entry, with a key of its own; the commit's entry is kept."""
    again(folder, keep_key=False)


def signed_anew(folder: Path) -> None:
    """The same by somebody who has the key."""
    again(folder, keep_key=True)


def again(folder: Path, *, keep_key: bool) -> None:
    lines = lines_of(folder)
    lines = [numbered(line, number) for number, line in enumerate([*lines[:7], *lines[8:]])]
    shutil.rmtree(folder / "data" / "ledger")
    (folder / "data" / "ledger" / "segments").mkdir(parents=True)
    (folder / "data" / "ledger" / "segments" / f"{0:016d}.jsonl").write_bytes(b"".join(lines))
    if not keep_key:
        shutil.rmtree(folder / "data" / "keys")
    ledger = Ledger(folder / "data" / "ledger", folder / "data" / "keys")
    enter(ledger, ENTRIES - ledger.size)
    ledger.close()


def key_replaced(folder: Path) -> None:
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "data" / "keys" / "ledger.key").write_bytes(secret)
    (folder / "data" / "keys" / "ledger.pub").write_bytes(pem_of(key.public_key()))


def nothing(folder: Path) -> None:
    """Leaves it as it is."""


CASES = (
    Case("untouched", "nothing is done to it", nothing, "", ""),
    Case(
        "one byte",
        "one byte of entry 6 is changed",
        edited(lambda ls: [*ls[:6], ls[6].replace(b"ada", b"adb"), *ls[7:]]),
        "ledger 6",
        "record 6",
    ),
    Case(
        "rehashed",
        "entry 6 is changed, and the hash in front of it made to fit",
        edited(lambda ls: [*ls[:6], forged(ls[6]), *ls[7:]]),
        "ledger 6",
        "record 0, or one up to 10",
    ),
    Case("deleted", "entry 4 is deleted", edited(lambda ls: [*ls[:4], *ls[5:]]), "ledger 4", "record 4"),
    Case(
        "deleted, renumbered",
        "entry 13 is deleted, those after it are numbered and hashed anew",
        edited(lambda ls: [numbered(line, n) for n, line in enumerate([*ls[:13], *ls[14:]])]),
        "ledger 15",
        "record 15",
    ),
    Case(
        "inserted",
        "a forged entry is put in front of entry 5, all after it renumbered",
        edited(inserted),
        "ledger 5",
        "record 0, or one up to 10",
    ),
    Case(
        "swapped",
        "entries 8 and 9 change places",
        edited(lambda ls: [*ls[:8], ls[9], ls[8], *ls[10:]]),
        "ledger 8",
        "record 8",
    ),
    Case(
        "duplicated",
        "entry 3 stands there twice",
        edited(lambda ls: [*ls[:4], *ls[3:]]),
        "ledger 4",
        "record 4",
    ),
    Case(
        "truncated",
        "the last three entries are cut off",
        edited(lambda ls: ls[:-3]),
        "ledger 13",
        "record 13",
    ),
    Case(
        "rolled back",
        "the whole folder is replaced by an old copy of it",
        rolled_back,
        "ledger 11",
        "record 11",
        kept=True,
    ),
    Case(
        "built anew",
        "the ledger is written again without entry 7, with a new key",
        built_anew,
        "ledger key",
        "record 0, or one up to 10",
        kept=True,
        seen=("commit 1",),
    ),
    Case(
        "signed anew",
        "the ledger is written again without entry 7 by somebody who has the key",
        signed_anew,
        "ledger 0",
        "record 0, or one up to 10",
        kept=True,
    ),
    Case("key replaced", "the signing key is replaced", key_replaced, "ledger checkpoints", "head of 11"),
)


def ambit_verify(folder: Path, *, kept: bool) -> tuple[int, str]:
    """`ambit verify` in this process: its status, and what it prints."""
    heads = [folder / "kept.note", folder / "kept.jsonl"] if kept else None
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        try:
            verify_command.command(folder, folder / "data", heads)
        except typer.Exit as ended:
            return ended.exit_code, masked(said.getvalue())
    return 0, masked(said.getvalue())


def alone(folder: Path, *, kept: bool, names: tuple[Path, ...] = ()) -> tuple[int, str]:
    """The verifier that needs nothing of ours: its status, and what it prints."""
    ledger = folder / "data" / "ledger"
    heads = [folder / "kept.note", folder / "kept.jsonl"] if kept else [ledger / "checkpoints.jsonl"]
    given = names or (*(path for _, path in segments(ledger)), *heads)
    key = folder / ("kept.pub" if kept else "data/keys/ledger.pub")
    said, argv = io.StringIO(), sys.argv
    sys.argv = [VERIFIER.name, str(key), *map(str, given)]
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path(str(VERIFIER))
    except SystemExit as ended:
        return 1, f"{ended}\n"
    finally:
        sys.argv = argv
    return 0, said.getvalue()


def masked(text: str) -> str:
    """Without what is another at each making: times and keys."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "2026-…Z", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "…", text)


HEAD = """What is done to a data folder's ledger, and what finds it. Made by `python tests/graph/tamperingstory.py`;
times and keys are left out. `kept.note` and `kept.jsonl` are heads that were kept elsewhere, and so is `kept.pub`.
"""


def section(folder: Path, case: Case) -> str:
    """What both verifiers print of a folder to which a case is done."""
    case.do(folder)
    given = " --checkpoint kept.note --checkpoint kept.jsonl" if case.kept else ""
    heads = "kept.note kept.jsonl" if case.kept else "data/ledger/checkpoints.jsonl"
    key = "kept.pub" if case.kept else "data/keys/ledger.pub"
    parts = ["", f"## {case.name}: {case.what}"]
    for command, (status, said) in (
        (f"ambit verify --data data{given}", ambit_verify(folder, kept=case.kept)),
        (f"python verify_ledger.py {key} data/ledger/segments/* {heads}", alone(folder, kept=case.kept)),
    ):
        parts += [f"$ {command}", said.rstrip(), f"[status {status}]"]
    return "\n".join(parts) + "\n"


def transcript(folder: Path) -> str:
    """All cases, one after the other, each on a folder of its own."""
    fill(folder / "made")
    text = HEAD
    for number, case in enumerate(CASES):
        text += section(Path(shutil.copytree(folder / "made", folder / f"{number}")), case)
    return text


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        sys.stdout.write(transcript(Path(made)))
