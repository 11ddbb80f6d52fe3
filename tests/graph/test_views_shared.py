"""Shared views: many clearances on one keeper, each with its private part beside the common one."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from storeworld import change, label, record, triple

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.sparql.gate import admit
from ambit.graph.store.owner import Owner
from ambit.graph.views import shared, sorts
from ambit.graph.views.shared import Shared
from ambit.graph.views.views import Views
from ambit.graph.views.worker import Answer
from ambit.graph.words import Clearance

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
ROWS = "SELECT * { ?s ?p ?o }"
ALL = label("all")
IN_ALL = compartment_of(ALL)


def seen_by(*names: str) -> Clearance:
    """What everybody may read, and compartments of one's own."""
    return clearance_of({IN_ALL, *(compartment_of(label(name)) for name in names)})


def all_common(asked: sorts.Asked) -> sorts.Sort:
    """What everybody may read is common, all else private."""
    return sorts.Shared(asked.compartments & {IN_ALL})


def ask(views: Views, clearance: Clearance, text: str = COUNT) -> Answer:
    return views.query(clearance, admit(text), deadline=20)


def count(views: Views, clearance: Clearance, text: str = COUNT) -> int:
    return int(json.loads(ask(views, clearance, text).body)["results"]["bindings"][0]["n"]["value"])


def keepers(views: Views) -> list[int]:
    return [view.keeper.pid for view in views._views.values() if view.keeper is not None]


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path)
    owner.commit(
        change(
            record("common", [triple("x"), triple("y")], ALL),
            record("a", [triple("x"), triple("z")], label("a")),
            record("b", [triple("z"), triple("w")], label("b")),
        )
    )
    yield owner
    owner.close()


@pytest.fixture
def views(owner: Owner) -> Iterator[Views]:
    views = Views(owner, limit=3, rule=all_common)
    owner.listen(views.on_delta)
    yield views
    views.close()


def counts(views: Views) -> list[int]:
    """What nobody, a, b, and somebody with both see."""
    return [count(views, seen_by(*names)) for names in ("", "a", "b", "ab")]


def test_each_triple_counts_once_whoever_says_it(owner: Owner, views: Views) -> None:
    assert counts(views) == [2, 3, 4, 4]
    assert len(keepers(views)) == 1
    owner.commit(
        change(record("common", [triple("y"), triple("z")], ALL))
    )  # x leaves the common part, z comes
    assert counts(views) == [2, 3, 3, 4]
    owner.commit(change(record("common", [triple("y")], ALL)))
    assert counts(views) == [1, 3, 3, 4]
    owner.commit(change(record("a", [triple("x")], label("a"))))
    assert counts(views) == [1, 2, 3, 4]
    owner.commit(change(record("b", [triple("x")], label("a"))))
    assert counts(views) == [1, 2, 1, 2]
    owner.commit(change(record("a", [], None)))
    assert counts(views) == [1, 2, 1, 2]


def test_what_two_common_graphs_say_stays_with_the_second(owner: Owner, views: Views) -> None:
    owner.commit(change(record("more", [triple("x")], ALL)))
    assert counts(views) == [2, 3, 4, 4]
    owner.commit(change(record("more", [], None)))
    assert counts(views) == [2, 3, 4, 4]


def test_what_two_private_graphs_say_stays_with_the_second(owner: Owner, views: Views) -> None:
    owner.commit(change(record("more", [triple("w")], label("a"))))
    assert counts(views) == [2, 4, 4, 4]
    owner.commit(change(record("b", [], None)))
    assert counts(views) == [2, 4, 2, 4]


def test_a_query_that_names_graphs_runs_on_an_own_view(owner: Owner, views: Views) -> None:
    counts(views)
    assert count(views, seen_by("a"), "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }") == 4
    assert [isinstance(view, Shared) for view in views._views.values()] == [True, False]
    only = next(iter(views._views.values()))
    for clearance, named in ((seen_by("a"), True), (clearance_of({compartment_of(label("a"))}), False)):
        with pytest.raises(ValueError, match="lies inside"):
            only.seat(clearance, named=named, ends=time.monotonic() + 5)


def test_the_keeper_holds_the_common_part_alone(views: Views) -> None:
    """And each child one private part: it is never lent to somebody else."""
    counts(views)
    (only,) = views._views.values()
    assert only.keeper is not None
    bare = only.keeper.query(COUNT, deadline=5)
    assert json.loads(bare.body)["results"]["bindings"][0]["n"]["value"] == "2"
    number = only.keeper._number
    for _ in range(3):
        assert counts(views) == [2, 3, 4, 4]
    assert only.keeper._number == number  # as many children as private parts, used again and again
    assert len({idle.part for idle in only.keeper._idle}) == len(only.keeper._idle) == 5


def test_nothing_of_an_answer_tells_of_another_s_private_part(owner: Owner, views: Views) -> None:
    """Neither rows, nor their order, nor the revision change when somebody else says the same or anything."""
    owner.commit(change(record("a", [triple(f"t{number}") for number in range(30)], label("a"))))
    before = ask(views, seen_by("a"), ROWS)
    assert before.revision == views.revision_of(seen_by("a")) == 2
    assert count(views, seen_by("b")) == 4
    owner.commit(change(record("b", [triple(f"t{number}") for number in range(0, 30, 2)], label("b"))))
    assert count(views, seen_by("a", "b")) == 32
    owner.commit(change(record("b", [triple("t7")], label("b"))))
    after = ask(views, seen_by("a"), ROWS)
    assert (after.body, after.revision) == (before.body, before.revision)
    assert ask(views, seen_by("b")).revision == views.revision_of(seen_by("b")) == 4
    assert ask(views, seen_by()).revision == views.revision_of(seen_by()) == 1
    owner.commit(change(record("common", [triple("y")], ALL)))
    assert ask(views, seen_by("a")).revision == views.revision_of(seen_by("a")) == 5


def test_a_commit_to_another_s_private_part_leaves_the_children(owner: Owner, views: Views) -> None:
    counts(views)
    (only,) = views._views.values()
    assert only.keeper is not None
    number = only.keeper._number
    for place in range(3):
        owner.commit(change(record("b", [triple(f"w{place}")], label("b"))))
        assert count(views, seen_by("a")) == 3
    assert only.keeper._number == number
    assert count(views, seen_by("b")) == 3
    assert only.keeper._number == number + 1
    owner.commit(change(record("common", [triple("y")], ALL)))
    assert count(views, seen_by("a")) == 3
    assert only.keeper._number == number + 2


def test_a_part_and_the_common_part_are_of_one_revision(owner: Owner, views: Views) -> None:
    """A triple moves between both, forth and back; whenever somebody asks, it is there once."""
    owner.commit(change(record("moving", [triple("here")], ALL)))
    done = threading.Event()
    said: set[int] = set()

    def ask_often() -> None:
        while not done.is_set():
            said.add(count(views, seen_by("a")))

    asking = [threading.Thread(target=ask_often) for _ in range(2)]
    for thread in asking:
        thread.start()
    for number in range(60):
        where = ALL if number % 2 else label("a")
        owner.commit(change(record("moving", [triple("here")], where)))
        time.sleep(0.002 * (number % 7))
    done.set()
    for thread in asking:
        thread.join()
    assert said == {4}


def test_a_part_read_before_a_commit_meets_no_child_forked_in_the_midst_of_it(
    owner: Owner, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A triple leaves the common part for a private one while somebody who has read the part waits for a child."""
    owner.commit(change(record("moving", [triple("here")], ALL)))
    assert counts(views) == [3, 4, 5, 5]
    (only,) = views._views.values()
    keeper = only.keeper
    assert keeper is not None
    waits, applied = threading.Event(), threading.Event()
    lease, apply = keeper._lease, keeper.apply
    said: list[int] = []
    asking = threading.Thread(target=lambda: said.append(count(views, seen_by("a"))))

    def late_lease(ends: float) -> object:
        waits.set()
        applied.wait(5)
        return lease(ends)

    def slow_apply(*what: Any, **how: Any) -> None:
        apply(*what, **how)
        applied.set()
        asking.join(0.5)  # the commit is not over: whoever would read the part now waits for it

    monkeypatch.setattr(keeper, "_idle_child", lambda part: None)
    monkeypatch.setattr(keeper, "_lease", late_lease)
    monkeypatch.setattr(keeper, "apply", slow_apply)
    asking.start()
    assert waits.wait(5)
    owner.commit(change(record("moving", [triple("here")], label("a"))))
    asking.join()
    assert said == [4]


def test_parts_are_held_within_their_bound(
    owner: Owner, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "TOGETHER", 1)
    for _ in range(2):
        assert counts(views) == [2, 3, 4, 4]
    (only,) = views._views.values()
    assert isinstance(only, Shared)
    assert len(only._parts) == 1
    assert set(only._having) == {c for private in only._parts for c in private}


@pytest.mark.parametrize("rule", [sorts.own, all_common])
def test_what_left_a_clearance_is_gone_with_the_acknowledgement(owner: Owner, rule: sorts.Rule) -> None:
    views = Views(owner, rule=rule)
    owner.listen(views.on_delta)
    for number in range(20):
        where = label("a") if number % 2 else label("b")
        owner.commit(change(record("moving", [triple("secret")], where)))
        assert (count(views, seen_by("a")), count(views, seen_by("b"))) == ((4, 4) if number % 2 else (3, 5))
    views.close()


def test_a_dead_shared_keeper_is_made_anew(owner: Owner, views: Views) -> None:
    assert counts(views) == [2, 3, 4, 4]
    os.kill(keepers(views)[0], signal.SIGKILL)
    owner.commit(change(record("b", [triple("w")], label("b"))))
    assert counts(views) == [2, 3, 3, 4]


def test_a_part_that_cannot_be_read_is_tried_anew(
    owner: Owner, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert count(views, seen_by()) == 2
    with monkeypatch.context() as broken:
        broken.setattr(owner, "text", lambda graph: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            count(views, seen_by("a"))
    assert count(views, seen_by("a")) == 3
    assert len(keepers(views)) == 1


def test_an_answer_leaves_in_pieces(owner: Owner, views: Views) -> None:
    pieces = list(views.stream(seen_by("a"), admit(ROWS), deadline=20))
    assert len(json.loads(b"".join(piece.body for piece in pieces))["results"]["bindings"]) == 3
    assert {piece.revision for piece in pieces} == {views.revision_of(seen_by("a"))}
    assert len(keepers(views)) == 1


def test_hundreds_of_users_with_private_folders_need_few_keepers(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the rule, within the bounds that are set when nothing is said."""
    users = [f"user{number}" for number in range(200)]
    owner.commit(
        change(
            record("common", [triple(f"c{number}") for number in range(100)], ALL),
            *(
                record(user, [triple(user), triple(f"{user}too"), triple("c7")], label(user))
                for user in users
            ),
        )
    )
    begun: list[sorts.Sort] = []
    begin = Views._begin
    monkeypatch.setattr(
        Views, "_begin", lambda self, clearance, sort: (begun.append(sort), begin(self, clearance, sort))[1]
    )
    views = Views(owner)
    owner.listen(views.on_delta)
    assert {count(views, seen_by(user)) for user in users} == {102}
    assert len(begun) == len(views.live()) == 8  # seven before it is seen that they have a part in common
    assert begun == [sorts.Own()] * 7 + [sorts.Shared(frozenset({IN_ALL}))]
    owner.commit(change(record("common", [triple(f"c{number}") for number in range(10, 110)], ALL)))
    owner.commit(change(record("user99", [triple("c3"), triple("c100")], label("user99"))))
    assert [count(views, seen_by(user)) for user in ("user1", "user98", "user99")] == [103, 103, 101]
    assert len(begun) == 8
    views.close()
