"""What may be done to a ledger is found, by `ambit verify` and by the verifier that needs nothing of ours."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tamperingstory
from storeworld import change, label, record, triple
from tamperingstory import CASES, HEAD, VERIFIER, Case, alone, ambit_verify, edited, enter, head, section

from ambit.graph.errors import Invalid
from ambit.graph.ledger.checkpoints import signing_key
from ambit.graph.ledger.heads import origin_of, sign_head
from ambit.graph.ledger.keptheads import read_kept
from ambit.graph.ledger.leaves import whole
from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.own import OwnLedgers
from ambit.graph.ledger.segments import segments
from ambit.graph.ledger.tampering import Reading
from ambit.graph.store.backup import backup
from ambit.graph.store.owner import Owner
from ambit.graph.store.restore import restore
from ambit.graph.store.verify import verify
from ambit.server.audit import Audit

ROOT = Path(__file__).parents[2]
ADA = "https://acme.example/ada"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("story") / "made"
    tamperingstory.fill(folder)
    yield folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "folder"))


TRANSCRIPT = (ROOT / "benchmarks" / "tampering.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_the_first_bad_record_is_named_as_the_transcript_has_it(folder: Path, case: Case) -> None:
    said = section(folder, case)
    assert said in TRANSCRIPT
    found, (by_verify, verifier) = (
        case.record != "",
        re.findall(r"^\$ .*\n(?:warning: .*\n)*(.*)", said, re.MULTILINE),
    )
    assert re.findall(r"\[status (\d)\]", said) == (["1", "1"] if found else ["0", "0"])
    assert by_verify.startswith(f"{case.record}:" if found else "clean: ")
    assert verifier.startswith(f"BAD: {case.alone}" if found else "OK: ")
    if case.kept:  # and without what was kept elsewhere the ledger shows nothing of it
        seen = [problem.record for problem in verify(folder / "data").problems]
        assert seen == (["commit 1"] if case.name == "built anew" else [])  # commits bear the old key's seal
        assert alone(folder, kept=False)[0] == 0


def test_the_transcript_has_nothing_else(folder: Path) -> None:
    assert TRANSCRIPT.startswith(HEAD)
    assert re.findall(r"^## ([^:]+): (.*)$", TRANSCRIPT, re.MULTILINE) == [(c.name, c.what) for c in CASES]
    assert TRANSCRIPT.count("\n[status ") == 2 * len(CASES)


def test_the_verifier_is_short_and_needs_only_python(folder: Path) -> None:
    text = VERIFIER.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 100
    imported = re.findall(r"^(?:import|from) (.+?)(?: import .+)?(?:  #.*)?$", text, re.MULTILINE)
    assert {name for line in imported for name in line.split(", ")} <= sys.stdlib_module_names
    ledger = folder / "data" / "ledger"
    given = [folder / "kept.pub", *(path for _, path in segments(ledger)), folder / "kept.note"]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, *given], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout[:14]) == (0, "OK: 16 records"), ran.stderr


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ((), 2, "Verifies a ledger"),
        (("--help",), 0, "Verifies a ledger"),
        (("none", "kept.note"), 2, "NOT READ: none: No such file"),
        (("kept.note", "kept.note"), 2, "NOT READ: kept.note: it holds no Ed25519 public key"),
        (("data/keys/ledger.key", "kept.note"), 2, "NOT READ: data/keys/ledger.key: it holds no Ed25519"),
        (("kept.pub", "none"), 2, "NOT READ: none: No such file"),
        (("kept.pub", "kept.note", "kept.pub"), 2, "NOT READ: kept.pub: it holds no entries"),
        (("kept.pub", "bytes"), 2, "NOT READ: bytes: it holds no entries"),
        (("kept.pub", "kept.note", "proof"), 2, "NOT READ: proof: it holds no entries"),
    ],
)
def test_what_the_verifier_cannot_read_it_names(
    folder: Path, given: tuple[str, ...], status: int, said: str
) -> None:
    written(folder, "bytes", bytes(range(256)))
    written(folder, "proof", {"checkpoint": (folder / "kept.note").read_text(), "entries": [{}]})
    words = [sys.executable, "-I", "-S", VERIFIER, *given]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout[: len(said)], ran.stderr) == (status, said, "")


def test_an_entry_that_is_no_json_is_bad_to_the_verifier(folder: Path) -> None:
    edited(lambda ls: [*ls[:6], ls[6].replace(b'"n":6}', b'"n":6]'), *ls[7:]])(folder)
    assert alone(folder, kept=True) == (1, "BAD: record 6: it does not match its hash\n")


@pytest.mark.parametrize("flip", range(0, 180, 13))
def test_no_byte_of_a_kept_head_may_differ(folder: Path, flip: int) -> None:
    note = bytearray((folder / "kept.note").read_bytes())
    note[flip % len(note)] ^= 2
    (folder / "kept.note").write_bytes(note)
    try:
        found = verify(folder / "data", read_kept(folder / "kept.note"))
    except (Invalid, UnicodeDecodeError) as error:
        assert isinstance(error, Invalid)
        assert error.code == "checkpoint-invalid"
    else:
        assert found.problems


def proofs(ledger: Ledger, user: str | None = None) -> Audit:
    own = OwnLedgers(ledger)
    leaves = whole(ledger, ledger.size) if user is None else own.of(user, ledger.size)
    return Audit(origin_of(ledger.key, user), leaves, lambda o, n, r: ledger.sign(o, n, r, ledger.size))


def written(folder: Path, name: str, said: bytes | dict[str, Any]) -> Path:
    (folder / name).write_bytes(said if isinstance(said, bytes) else json.dumps(said).encode())
    return folder / name


def test_proofs_hold_alone_and_no_other_do(folder: Path) -> None:
    ledger = Ledger(folder / "data" / "ledger", folder / "data" / "keys")
    enter(ledger, 2)
    early = written(folder, "early", head(ledger))
    size = ledger.size
    enter(ledger, 7)
    audit = proofs(ledger)
    grown, one = audit.consistency(size, None), audit.inclusion(None, 9, None)
    ledger.close()
    for names in ((early, written(folder, "grown", grown)), (written(folder, "one", one),)):
        assert alone(folder, kept=True, names=names)[0] == 0
    other = one["entries"][0] | {"entry": one["entries"][0]["entry"].replace("ada", "eve")}
    bad = one | {"entries": [other]}
    assert "record 9" in alone(folder, kept=True, names=(written(folder, "bad", bad),))[1]
    moved = one | {"entries": [one["entries"][0] | {"index": 8}]}
    assert "record 8" in alone(folder, kept=True, names=(written(folder, "moved", moved),))[1]
    for harmed in (grown["proof"][1:], [*grown["proof"], grown["proof"][0]], grown["proof"][::-1], []):
        said = alone(folder, kept=True, names=(early, written(folder, "harmed", grown | {"proof": harmed})))
        assert said[0] == 1 and "does not begin with" in said[1]


def test_the_verifier_says_ok_of_nothing_that_is_not_proven(folder: Path) -> None:
    """What a server could answer: heads that nothing ties, other numbers, proofs of nothing."""
    ledger = Ledger(folder / "data" / "ledger", folder / "data" / "keys")
    size = ledger.size
    early = written(folder, "early", head(ledger))
    enter(ledger, 7)
    audit = proofs(ledger)
    grown, one = audit.consistency(size, None), audit.inclusion(None, 9, None)
    rolled = audit.head(8).note().decode()
    late = written(folder, "late", head(ledger))
    other = sign_head(origin_of(ledger.key), 40, bytes(32), signing_key(folder / "data" / "keys")).note()
    fork = written(folder, "fork", other)
    lines = written(folder, "lines", b"".join(audit.lines(0, size)))
    ledger.close()

    def answer(names: tuple[Path, ...], **said: Any) -> tuple[int, str]:
        return alone(folder, kept=True, names=(*names, written(folder, "said", said)) if said else names)

    entry = one["entries"][0]
    for index in (-1, -ledger.size + 9, 9.0, True, None, ledger.size):
        assert "is not in the signed tree" in answer((), **one | {"entries": [entry | {"index": index}]})[1]
    for low in (None, 0, -1, ledger.size + 1, 9.0, True):
        assert answer((early,), **grown | {"from": low})[1].startswith("BAD: a proof that"), low
    for said in ({"checkpoint": grown["checkpoint"], "proof": []}, {"checkpoint": grown["checkpoint"]}):
        assert answer((early,), **said)[1].startswith("BAD: a proof that")
    assert answer((early,), checkpoint=rolled, proof=[], **{"from": size})[1].startswith("BAD: a proof that")
    for names in ((early, late), (early, fork), (early, written(folder, "one", one)), (lines,)):
        assert answer(names)[1].startswith("NOTHING PROVEN") and answer(names)[0] == 1
    assert answer((early, fork), **grown)[1].startswith("NOTHING PROVEN: nothing ties")
    assert answer((lines,))[1] == "NOTHING PROVEN: no signed head was given\n"
    assert answer((early, written(folder, "one", one)), **grown)[0] == 0
    given = [sys.executable, "-I", "-S", VERIFIER, folder / "kept.pub"]
    ran = subprocess.run(given, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "NOTHING PROVEN: no signed head was given\n")


def test_two_heads_that_an_earlier_one_leads_to_are_not_tied(folder: Path) -> None:
    """Both of two histories begin with what they share: that ties neither to the other."""
    ledgers = [Ledger(folder / name, folder / "data" / "keys") for name in ("one", "other")]
    for ledger in ledgers:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ambit.graph.ledger.ledger.now", lambda: "2026-11-28T06:39:13.080Z")
            enter(ledger, 5)
    shared = written(folder, "shared", head(ledgers[0]))
    size = ledgers[0].size
    assert ledgers[1].head() == ledgers[0].head()
    enter(ledgers[0], 3)
    enter(ledgers[1], 4)
    said = [
        written(folder, f"grown{n}", proofs(one).consistency(size, None)) for n, one in enumerate(ledgers)
    ]
    for ledger in ledgers:
        ledger.close()
    for one in said:
        assert alone(folder, kept=True, names=(shared, one))[0] == 0
    status, told = alone(folder, kept=True, names=(shared, *said))
    assert (status, told[:14]) == (1, "NOTHING PROVEN")


def test_two_readers_who_were_shown_two_histories_find_it(folder: Path) -> None:
    ledger = Ledger(folder / "data" / "ledger", folder / "data" / "keys")
    enter(ledger, 3)
    shown = written(folder, "one", head(ledger))
    ledger.close()
    (_, path), *_ = segments(folder / "data" / "ledger")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-3]))
    (folder / "data" / "ledger" / "checkpoints.jsonl").unlink()
    ledger = Ledger(folder / "data" / "ledger", folder / "data" / "keys")
    enter(ledger, 1)
    ledger.append("answer", {"run": "urn:another"})
    enter(ledger, 1)
    other = written(folder, "other", head(ledger))
    ledger.close()
    assert shown.read_bytes() != other.read_bytes()
    assert alone(folder, kept=True, names=(shown, other))[0] == 1
    assert [p.record for p in verify(folder / "data", read_kept(shown)).problems] == ["ledger 0"]
    assert verify(folder / "data", read_kept(other)).problems == ()


def test_a_users_own_head_holds_the_whole_ledger_to_account(folder: Path) -> None:
    ledger = Ledger(folder / "data" / "ledger", folder / "data" / "keys")
    audit = proofs(ledger, ADA)
    own = written(folder, "own", audit.head(None).note())
    entries = written(folder, "entries", b"".join(audit.lines(0, 100)))
    ledger.close()
    assert alone(folder, kept=True, names=(entries, own)) == (
        0,
        f"OK: {ENTRIES - 1} records, {ENTRIES - 1} of them signed; 1 heads, 0 proofs\n",
    )
    assert verify(folder / "data", read_kept(own)).problems == ()
    tamperingstory.signed_anew(folder)
    (problem,) = verify(folder / "data", read_kept(own)).problems
    assert problem.record.startswith("own ledger ") and "is not what was signed" in problem.reason


def test_a_users_head_of_what_a_restore_left_is_told_and_no_other(tmp_path: Path) -> None:
    owner = Owner(tmp_path / "data")
    heads = []
    for number in range(1, 7):
        owner.commit(change(record("r", [triple("x", str(number))], label("a"))))
        owner.ledger.append("request", {"run": f"urn:ambit:run:{number}", "user": ADA})
        heads.append(proofs(owner.ledger, ADA).head(None))
    owner.close()
    backup(tmp_path / "data", tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "restored", revision=3)
    assert verify(tmp_path / "backup", heads).problems == ()
    found = verify(tmp_path / "restored", heads)
    assert len(found.problems) == 3  # of what came after
    assert all("hold it against the backup" in problem.reason for problem in found.problems)
    key = signing_key(tmp_path / "data" / "keys")
    forged = sign_head(heads[1].origin, 2, bytes(32), key)
    assert [p.reason for p in verify(tmp_path / "restored", [forged]).problems] == [
        "one of its first 2 entries is not what was signed"
    ]


ENTRIES = tamperingstory.ENTRIES


def test_a_clock_that_was_set_back_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path / "ledger", tmp_path / "keys")
    times = iter([0, 1, 2, -30, -29, 5])

    def now() -> str:
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(times))
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    with monkeypatch.context() as patch:
        patch.setattr("ambit.graph.ledger.ledger.now", now)
        enter(ledger, 6)
    ledger.close()
    reading = Reading(tmp_path / "ledger", tmp_path / "keys", kinds=frozenset())
    assert list(reading) == []
    assert (reading.problems, reading.entries) == ([], 6)
    (warning,) = reading.warnings
    assert warning.record == "ledger 3"
    assert "2025-12-31T23:59:30.000Z" in warning.reason


def test_what_verify_says_of_a_file_that_holds_no_head(folder: Path) -> None:
    for text in (b"", b"{}", b"no head\n", b"\xff\xfe", (folder / "kept.note").read_bytes()[:-30]):
        with pytest.raises(Invalid, match="holds no checkpoint") as refused:
            read_kept(written(folder, "file", text))
        assert refused.value.code == "checkpoint-invalid"
    status, said = ambit_verify(folder, kept=True)
    assert (status, said[:5]) == (0, "clean")
