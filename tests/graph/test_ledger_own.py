"""A user's own ledger equals that of a world without the others."""

import re
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ambit.graph.errors import Unavailable
from ambit.graph.ledger.heads import is_own, origin_of, parse_note, verifier_key
from ambit.graph.ledger.leaves import whole
from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.merkle import is_consistent, is_included, leaf_hash, tree_hash
from ambit.graph.ledger.own import SHOWN, OwnLedgers, _named
from ambit.graph.ledger.segments import body_of, fields_of, segments
from ambit.server.audit import Audit

ADA, BEN, SERVER = "https://acme.example/ada", "https://acme.example/ben", "https://w3id.org/ambit#Server"

Said = tuple[str, Mapping[str, Any]]  # kind and fields
Run = tuple[str, Sequence[Said]]  # whose it is, and its entries


def run_of(user: str, name: int, steps: int, handed: bool, world: int) -> list[Said]:
    """A run's entries. `world` goes into what counts others' doings."""
    run = f"urn:ambit:run:{user[-3:]}{name}"
    opening = {"run": run, "user": user, "agents": [], "purpose": None, "declared": False}
    opening |= {"decision": "urn:ambit:decision:1", "rules": ["urn:r:1"], "request": "0" * 64}
    opening |= {
        "mattered": ["urn:r:1"],
        "policy_revision": world,
        "clearance": f"{world:032x}",
        "note": f"{world:064x}",
    }
    said: list[Said] = [("request", opening)]
    said += [("step", {"run": run, "step": f"{run}:{n}", "task": "urn:t", "count": n}) for n in range(steps)]
    said.append(("answer", {"run": run, "user": user, "status": "ok", "result": "1" * 64, "handed": []}))
    if handed:
        said.append(("handed", {"run": run, "user": user, "handed": ["urn:c:1"]}))
    return said


runs = st.lists(st.tuples(st.sampled_from([ADA, BEN, SERVER]), st.integers(0, 2), st.booleans()), max_size=9)


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[str, Said]]:
    """Runs of several users in some interleaving, and entries that are nobody's in between."""
    waiting = [
        (user, run_of(user, number, steps, handed, draw(st.integers(0, 99))))
        for number, (user, steps, handed) in enumerate(draw(runs))
    ]
    story: list[tuple[str, Said]] = []
    while waiting:
        if draw(st.booleans()):
            story.append(("", ("commit", {"revision": len(story), "actor": SERVER})))
        at = draw(st.integers(0, min(2, len(waiting) - 1)))
        user, said = waiting[at]
        story.append((user, said.pop(0)))
        if not said:
            waiting.pop(at)
    return story


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    Ledger(folder / "ledger", folder / "keys").close()
    return folder / "keys"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ambit.graph.ledger.ledger.now", lambda: "2026-01-01T00:00:00.000Z")


def told(folder: Path, keys: Path, story: Sequence[tuple[str, Said]], user: str, segment: int) -> list[bytes]:
    """All that a user is ever told: asked after each of that user's entries."""
    shutil.rmtree(folder, ignore_errors=True)
    ledger = Ledger(folder, keys, segment_size=segment)
    own, answers = OwnLedgers(ledger), []
    for whose, (kind, fields) in story:
        number = ledger.append(kind, fields)
        if whose != user:
            continue
        leaves = own.of(user, number + 1)
        audit = Audit(origin_of(ledger.key, user), leaves, lambda o, n, r: ledger.sign(o, n, r, 0))
        answers.append(audit.head(None).note())
        answers += audit.lines(0, 1_000)
        answers.append(orjson.dumps(audit.consistency(max(1, leaves.size // 2), None)))
        answers.append(orjson.dumps(audit.inclusion(str(fields["run"]), None, None)))
    ledger.close()
    return answers


@given(stories(), st.sampled_from([ADA, BEN]), st.integers(1, 9))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_that_a_user_is_told_depends_on_others(
    tmp_path: Path, keys: Path, story: list[tuple[str, Said]], user: str, segment: int
) -> None:
    mine = [(whose, said) for whose, said in story if whose == user]
    whole = told(tmp_path / "whole", keys, story, user, segment)
    assert whole == told(tmp_path / "mine", keys, mine, user, 50_000)
    assert b"policy_revision" not in b"".join(whole) and b"clearance" not in b"".join(whole)


names = st.one_of(
    st.none(), st.sampled_from([ADA, "", "urn:user", "é:ü"]), st.lists(st.just(ADA), max_size=2)
)
fields = st.dictionaries(st.sampled_from(["run", "user", "status", "version", "agents", "zz"]), names)


@given(fields, st.sampled_from(["request", "answer", "commit"]))
def test_whose_an_entry_is_is_told_by_its_bytes_as_by_reading_it(said: dict[str, Any], kind: str) -> None:
    body = body_of(7, b"2026-01-01T00:00:00.000Z", kind.encode(), fields_of(said))
    wanted = (said.get(name) for name in ("run", "user"))
    assert _named(body) == (kind, *(name if isinstance(name, str) else "" for name in wanted))


def fill(ledger: Ledger, names: Sequence[str]) -> None:
    for number, name in enumerate(names):
        for kind, fields in run_of(name, number, number % 3, bool(number % 2), number):
            ledger.append(kind, fields)


@pytest.fixture
def ledger(tmp_path: Path, keys: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger", keys, segment_size=7)
    fill(ledger, [ADA, BEN, SERVER, ADA, BEN, BEN, ADA, SERVER, ADA])
    yield ledger
    ledger.close()


def test_a_users_entries_say_no_more_than_they_may(ledger: Ledger) -> None:
    own = OwnLedgers(ledger).of(ADA, ledger.size)
    entries = [orjson.loads(body) for body in own.bodies(range(own.size))]
    assert [entry["n"] for entry in entries] == list(range(own.size))
    of_ada = [e for e in ledger.entries() if "ada" in str(e.fields.get("run"))]
    assert len(of_ada) == own.size
    for entry, written in zip(entries, of_ada, strict=True):
        assert set(entry) == {"at", "fields", "kind", "n"}
        assert set(entry["fields"]) == set(written.fields) & SHOWN[written.kind]
        assert all(written.fields[name] == value for name, value in entry["fields"].items())
    assert {name for names in SHOWN.values() for name in names}.isdisjoint(
        {"mattered", "policy_revision", "clearance", "note", "n", "number"}
    )


def test_heads_of_a_user_are_consistent_over_time_and_starts(tmp_path: Path, keys: Path) -> None:
    seen: list[tuple[int, bytes]] = []
    for start in range(3):
        ledger = Ledger(tmp_path / "ledger", keys, segment_size=5)
        own = OwnLedgers(ledger)
        for turn in range(3):
            fill(ledger, [BEN, ADA][: 1 + turn % 2] * (start + 1))
            leaves = own.of(ADA, ledger.size)
            root = leaves.root(leaves.size)
            bodies = list(leaves.bodies(range(leaves.size)))
            assert root == tree_hash([leaf_hash(body) for body in bodies])
            for size, before in seen:
                assert leaves.root(size) == before
                if size:
                    proof = leaves.consistency(size, leaves.size)
                    assert is_consistent(size, leaves.size, before, root, proof)
            for index in range(leaves.size):
                body, path = leaves.inclusion(index, leaves.size)
                assert is_included(leaf_hash(body), index, leaves.size, path, root)
            seen.append((leaves.size, root))
        ledger.close()


def test_others_and_nobody_have_ledgers_of_their_own(ledger: Ledger) -> None:
    own = OwnLedgers(ledger)
    ada, ben = own.of(ADA, ledger.size), own.of(BEN, ledger.size)
    run = orjson.loads(next(ben.bodies([0])))["fields"]["run"]
    assert ben.numbers_of(run) and not ada.numbers_of(run)
    nobody = own.of("https://acme.example/nobody", ledger.size)
    assert (nobody.size, nobody.root(0), nobody.numbers_of(run)) == (0, tree_hash([]), [])
    assert ada.root(ada.size) != ben.root(ben.size)
    assert own.of(ADA, 1).size == 1 and own.of(ADA, 0).size == 0  # as it was


def test_answers_from_before_they_said_whose_they_are_belong_to_their_runs(
    tmp_path: Path, keys: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger", keys)
    for kind, fields in run_of(ADA, 1, 2, True, 0):
        shown = fields if kind == "request" else {k: v for k, v in fields.items() if k != "user"}
        ledger.append(kind, shown)
    own = OwnLedgers(ledger).of(ADA, ledger.size)
    assert [orjson.loads(body)["kind"] for body in own.bodies(range(own.size))] == [
        *("request", "step", "step", "answer", "handed")
    ]
    ledger.close()


def test_runs_that_are_over_are_forgotten_and_trees_give_way(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = OwnLedgers(ledger)
    before = own.of(ADA, ledger.size).root(3)
    assert own._runs == {}
    monkeypatch.setattr("ambit.graph.ledger.own._TREES", 0)
    own.of(BEN, ledger.size)
    assert list(own._trees) == [BEN]
    assert own.of(ADA, ledger.size).root(3) == before


def test_an_entry_that_was_changed_is_not_told_to_its_user(ledger: Ledger) -> None:
    _, path = segments(ledger.folder)[0]
    path.write_bytes(path.read_bytes().replace(b'"status":"ok"', b'"status":"no"', 1))
    own = OwnLedgers(ledger)
    with pytest.raises(Unavailable, match="not as it was written") as refused:
        own.of(ADA, ledger.size)
    assert not re.search(r"\d", refused.value.message)  # its number would tell of others'
    assert own.of(BEN, ledger.size).size
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], b"no entry\n", *lines[5:]]))
    with pytest.raises(Unavailable, match="an entry is") as refused:
        OwnLedgers(ledger).of(BEN, ledger.size)
    assert not re.search(r"\d", refused.value.message)


def test_notes_are_those_of_the_standard(ledger: Ledger) -> None:
    origin = origin_of(ledger.key, ADA)
    assert is_own(origin) and not is_own(origin_of(ledger.key))
    note = ledger.sign(origin, 3, b"\x07" * 32, 3).note()
    text, _, line = note.partition(b"\n\n")
    assert text.split(b"\n") == [origin.encode(), b"3", b"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="]
    assert line.startswith(f"— {origin} ".encode()) and line.endswith(b"\n")
    head = parse_note(note)
    assert (head.origin, head.size, head.root) == (origin, 3, b"\x07" * 32)
    assert head.note() == note and head.is_signed_by(ledger.key)
    name, id, encoded = verifier_key(origin, ledger.key).split("+", 2)
    assert (name, id) == (origin, head.signatures[0][1].hex()) and encoded.startswith("A")
    more = parse_note(note + "— witness.example/w AAAAAAAA\n".encode())  # cosigned by somebody we do not know
    assert more.is_signed_by(ledger.key)
    for bad in (b"", b"\n\n", text, note[:-1], note.replace(b"\n3\n", b"\n03\n"), note * 30):
        with pytest.raises(ValueError):
            parse_note(bad)


def test_the_published_example_of_a_note_is_read() -> None:
    # C2SP tlog-checkpoint's own
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    head = parse_note(note.encode())
    assert (head.origin, head.size, len(head.root)) == ("example.com/behind-the-sofa", 20852163, 32)
    assert head.note() == note.encode()


def test_proofs_hold_while_others_write(tmp_path: Path, keys: Path) -> None:
    ledger = Ledger(tmp_path / "ledger", keys, segment_size=40)
    fill(ledger, [ADA, BEN])
    own, ended, failed = OwnLedgers(ledger), threading.Event(), list[BaseException]()

    def write(user: str) -> None:
        for number in range(60):
            for kind, fields in run_of(user, number, 1, True, number):
                ledger.append(kind, fields)

    def read() -> None:
        heads: dict[str, tuple[int, bytes]] = {}
        try:
            while not ended.is_set():
                size = ledger.size
                for name, leaves in (("whole", whole(ledger, size)), ("own", own.of(ADA, size))):
                    root = leaves.root(leaves.size)
                    before, was = heads.get(name, (1, leaves.root(1)))
                    proof = leaves.consistency(before, leaves.size)
                    assert is_consistent(before, leaves.size, was, root, proof)
                    body, path = leaves.inclusion(leaves.size - 1, leaves.size)
                    assert is_included(leaf_hash(body), leaves.size - 1, leaves.size, path, root)
                    heads[name] = (leaves.size, root)
        except BaseException as error:
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(user,)) for user in (ADA, BEN, SERVER)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    ended.set()
    for thread in readers:
        thread.join()
    assert failed == []
    assert own.of(ADA, ledger.size).size == sum("ada" in str(e.fields["run"]) for e in ledger.entries())
    ledger.close()
