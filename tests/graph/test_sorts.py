"""The rule of sorts, what it counts in, and the list that outlives a server."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from storeworld import change, label, record, triple
from viewsorts import parted

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.sparql.gate import admit
from ambit.graph.store.owner import Owner
from ambit.graph.views import recent, warm
from ambit.graph.views.recent import Recent
from ambit.graph.views.sizes import Sizes
from ambit.graph.views.sorts import PRIVATE, Asked, Own, Shared, Sort, choose
from ambit.graph.views.views import Views
from ambit.graph.views.warm import read, write
from ambit.graph.words import Clearance


def sort_of(
    *names: str,
    others: list[str],
    sizes: dict[str, int] | None = None,
    standing: list[str] | None = None,
    limit: int = 8,
    is_pressed: bool = False,
) -> Sort:
    """The rule's word on a clearance after `others`, each compartment a letter."""
    asked = Recent()
    for other in [*others, "".join(names)]:
        asked.note(clearance_of(other))
    return choose(
        Asked(
            frozenset("".join(names)),
            asked,
            [frozenset(common) for common in standing or []],
            lambda name: (sizes or {}).get(name, 100),
            limit,
            is_pressed,
        )
    )


def shared(names: str) -> Shared:
    return Shared(frozenset(names))


def test_few_clearances_have_views_of_their_own() -> None:
    assert sort_of("ab", others=["ac", "ad"]) == Own()
    assert sort_of("ab", others=["ac", "ad", "ae"]) == shared("a")
    assert sort_of("ab", others=["ac", "ad", "ae"], limit=16) == Own()
    assert sort_of("ab", others=["ac", "ad", "ae"], limit=16, is_pressed=True) == shared("a")


def test_a_large_private_part_needs_an_own_view() -> None:
    others = ["ac", "ad", "ae", "af"]
    assert sort_of("ab", others=others, sizes={"b": PRIVATE}) == shared("a")
    assert sort_of("ab", others=others, sizes={"b": PRIVATE + 1}) == Own()
    assert sort_of("ab", others=others, sizes={"b": PRIVATE + 1}, standing=["a"]) == Own()


def test_a_standing_view_serves_whom_it_fits() -> None:
    assert sort_of("abc", others=[], standing=["a", "ab", "ad"]) == shared("ab")
    assert sort_of("abc", others=[], standing=["ad"]) == Own()


def test_what_is_common_is_worth_its_process() -> None:
    """A team's data lie with the common part of the team where they are large, and beside it where they are small."""
    teams = ["at" + chr(65 + number) for number in range(20)] + ["au" + chr(97 + n) for n in range(20)]
    assert sort_of("atZ", others=teams, sizes={"a": PRIVATE + 1, "t": 50}) == shared("a")
    assert sort_of("atZ", others=teams, sizes={"a": PRIVATE + 1, "t": 1_900}) == shared("at")


def test_small_clearances_with_nothing_in_common_share_a_process() -> None:
    others = [chr(98 + number) for number in range(8)]
    assert sort_of("a", others=others[:7]) == Own()
    assert sort_of("a", others=others) == shared("")


def test_a_part_that_others_have_one_by_one_is_not_common() -> None:
    assert sort_of("ab", others=["ac", "ad", "be", "bf"], sizes={"a": PRIVATE + 1, "b": PRIVATE + 1}) == Own()


def test_the_forced_rule_makes_private_parts() -> None:
    """The suite would prove nothing of shared views otherwise."""
    parts = [parted(Asked(frozenset("abcd"[:n]), Recent(), [], lambda name: 1, 16, False)) for n in range(5)]
    assert [len(part.common) for part in parts if isinstance(part, Shared)] == [0, 0, 1, 2, 2]


def test_recent_clearances_are_counted_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 3)
    asked = Recent()
    for names in ("ab", "ac", "ad", "ab", "ae"):
        asked.note(clearance_of(names))
    assert [sorted(c.compartments) for c in asked.latest(9)] == [["a", "e"], ["a", "b"], ["a", "d"]]
    assert [asked.popularity(name) for name in "abc"] == [3, 1, 0]
    assert [asked.sharers(part, 9) for part in ("a", "ab", "bd", "")] == [3, 1, 0, 3]
    assert asked.sharers("a", 2) == 2
    monkeypatch.setattr(recent, "MOST_NAMES", 7)
    asked.note(clearance_of("vwxyz"))
    assert [len(c.compartments) for c in asked.latest(9)] == [5, 2]


def test_sizes_are_counted_as_far_as_it_matters(owner: Owner) -> None:
    owner.commit(change(record("more", [triple(f"t{n}") for n in range(9)], label("a"))))
    sizes = Sizes(owner, 10)
    assert [sizes.size(compartment_of(label(name))) for name in "abz"] == [10, 1, 0]
    owner.commit(change(record("more", [triple(f"t{n}") for n in range(30)], label("a"))))
    assert sizes.size(compartment_of(label("a"))) == 11


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data")
    owner.commit(change(*(record(name, [triple(name)], label(name)) for name in "abc")))
    yield owner
    owner.close()


def seen_by(*names: str) -> Clearance:
    return clearance_of(compartment_of(label(name)) for name in names)


def eventually(holds: object) -> None:
    ends = time.monotonic() + 10
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < ends, "it did not become so"
        time.sleep(0.01)


def test_views_are_built_ahead_once_the_server_is_ready(owner: Owner, tmp_path: Path) -> None:
    first = Views(owner, limit=2, folder=tmp_path / "views")
    first.warm()
    for names in ("c", "ab", "a"):
        first.query(seen_by(*names), admit("ASK {}"), deadline=20)
    first.close()
    assert oct((tmp_path / "views" / "recent.json").stat().st_mode)[-3:] == "600"
    again = Views(owner, limit=2, folder=tmp_path / "views")
    time.sleep(0.1)
    assert not again.live()
    again.warm()
    eventually(lambda: len(again.live()) == 2 and not any(view.users for view in again._views.values()))
    assert [c.key for c in again.recent.latest(9)] == [seen_by(*names).key for names in ("a", "ab", "c")]
    assert set(again.live()) == {seen_by("a").key, seen_by("a", "b").key}
    again.query(seen_by("c"), admit("ASK {}"), deadline=20)  # what is asked for goes before what was
    assert set(again.live()) == {seen_by("a").key, seen_by("c").key}
    again.close()


def test_views_ahead_stay_within_the_memory(owner: Owner, tmp_path: Path) -> None:
    write(tmp_path / "recent.json", [seen_by("a"), seen_by("b"), seen_by("c")])
    views = Views(owner, memory=1, folder=tmp_path)
    views.warm()
    eventually(lambda: sum(views.live().values()) > 0)
    time.sleep(0.3)
    assert set(views.live()) == {seen_by("a").key}
    views.close()


def test_no_view_is_built_for_a_compartment_that_is_gone(owner: Owner, tmp_path: Path) -> None:
    write(tmp_path / "recent.json", [seen_by("a", "gone"), seen_by("b")])
    views = Views(owner, folder=tmp_path)
    views.warm()
    eventually(lambda: len(views.live()) == 1)
    time.sleep(0.2)
    assert set(views.live()) == {seen_by("b").key}
    views.close()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"clearances": 7}',
        b'{"clearances": [7, "x", {"a": 1}, [1], [null], [""], ["a", ["b"]]]}',
        b'{"clearances": [["\xff"]]}',
        b'{"clearances": ' + b"[" * 100_000,
        json.dumps({"clearances": [["x" * 60] * 80_000]}).encode(),
    ],
)
def test_a_list_that_somebody_else_wrote_builds_nothing(tmp_path: Path, said: bytes) -> None:
    (tmp_path / "recent.json").write_bytes(said)
    assert read(tmp_path / "recent.json") == []


def test_the_list_is_whole_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "views" / "recent.json"
    assert read(file) == []
    many = [clearance_of([f"urn:{number}:{part}" for part in range(5)]) for number in range(300)]
    write(file, many)
    assert read(file) == many[: warm.KEPT]
    monkeypatch.setattr(warm, "FILE_BYTES", 2_000)
    write(file, many)
    assert 0 < file.stat().st_size <= 2_000
    assert read(file) == many[: len(read(file))] != []
    file.unlink()
    os.mkfifo(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "nowhere")
    assert read(file) == []
    write(file, many[:1])
    assert read(file) == many[:1]
    assert not (tmp_path / "nowhere").exists()
