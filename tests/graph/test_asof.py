"""The past of what is seen: as a plain replay filters it, and as if what is hidden had never been."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storeworld import change, graph_of, label, record, triple

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.errors import Timeout, TooLarge, Unavailable
from ambit.graph.sparql.gate import admit
from ambit.graph.store import past
from ambit.graph.store.owner import Owner
from ambit.graph.store.past import Past, frames_until
from ambit.graph.terms import Quad, Triple
from ambit.graph.views import asof
from ambit.graph.views.asof import LIVE, PastViews
from ambit.graph.views.recall import visible
from ambit.graph.words import Record, Role

OPEN = [compartment_of(label("a")), compartment_of(label("b"))]
SEEN = clearance_of(OPEN)
START = datetime(2026, 1, 1, tzinfo=UTC)
ALL = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o"
NAMED = "SELECT ?g ?s ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g ?s ?o"


@dataclass(frozen=True)
class Step:
    """What a record says from one commit on: its value and label; no label: withdrawn."""

    name: str
    value: str
    where: str


STEPS = st.builds(
    Step, st.sampled_from("xyz"), st.sampled_from("123"), st.sampled_from(["a", "b", "secret", ""])
)
STORIES = st.lists(
    st.lists(STEPS, min_size=1, max_size=2, unique_by=lambda s: s.name), min_size=1, max_size=6
)
Story = Sequence[Sequence[Step]]


def moment(number: int) -> str:
    """The time of a commit of a story."""
    at = START + timedelta(seconds=number)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def made(step: Step) -> Record:
    said = [triple("shared", step.value), triple(step.name, step.value)] if step.where else []
    return record(step.name, said, label(step.where) if step.where else None, digest=step.value)


def tell(owner: Owner, story: Story, patch: pytest.MonkeyPatch, first: int = 1) -> None:
    """Commits a story, each commit at its time."""
    for number, steps in enumerate(story, start=first):
        patch.setattr("ambit.graph.store.owner.now", lambda number=number: moment(number))
        owner.commit(change(*map(made, steps)))


def without_what_is_hidden(story: Story) -> Story:
    """The story as it would be had nothing hidden been: versions that may not be seen, and records that may not now."""
    last = {step.name: step.where for steps in story for step in steps}
    gone = {name for name, where in last.items() if where not in ("a", "b")}
    return [
        [
            Step(step.name, step.value, step.where if step.where in ("a", "b") else "")
            for step in steps
            if step.name not in gone
        ]
        for steps in story
    ]


def seen_at(owner: Owner, revision: int) -> dict[str, frozenset[Quad]]:
    """The graphs that may be seen of a revision, by name, worked out plainly."""
    past = Past(frames_until(owner.folder / "commits", revision))
    found = {
        entry.graph: frozenset(past._quads.quads(entry.graph))
        for entry in past.entries()
        if entry.compartment in OPEN and entry.role is Role.DATA
    }
    past.close()
    return found


def reference(owner: Owner, revision: int) -> set[Quad]:
    """What may be seen of a revision: what all that could be seen at every revision since held at it."""
    found = seen_at(owner, revision)
    for later in range(revision + 1, owner.revision + 1):
        found = {graph: found[graph] for graph in found.keys() & seen_at(owner, later).keys()}
    return set().union(*found.values())


def recalled(owner: Owner, revision: int) -> set[Quad]:
    graphs = frozenset(e.graph for e in owner.graphs_of(SEEN.compartments, frozenset(Role)))
    frames = frames_until(owner.folder / "commits", owner.revision)
    return set().union(*visible(frames, revision, owner.revision, SEEN.compartments, graphs).values())


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(STORIES)
def test_the_past_is_what_a_plain_replay_shows_and_nothing_hidden_counts(
    tmp_path_factory: pytest.TempPathFactory, story: Story
) -> None:
    folder = tmp_path_factory.mktemp("stories")
    one, other = Owner(folder / "one"), Owner(folder / "other")
    with pytest.MonkeyPatch.context() as patch:
        tell(one, story, patch)
        tell(other, without_what_is_hidden(story), patch)
    pasts = [PastViews(owner, owner.folder / "commits") for owner in (one, other)]
    for number in range(len(story) + 2):
        revisions = [
            views._moments.revision(moment(number), o.revision)
            for views, o in zip(pasts, (one, other), strict=True)
        ]
        assert recalled(one, revisions[0]) == reference(one, revisions[0])
        assert recalled(one, revisions[0]) == recalled(other, revisions[1]), (
            "what is hidden shows in the past"
        )
    one.close()
    other.close()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path)
    yield owner
    owner.close()


def asked(views: PastViews, text: str, number: int, deadline: float = 30.0) -> list[tuple[str, ...]]:
    answer = b"".join(p.body for p in views.stream(SEEN, admit(text), moment(number), deadline=deadline))
    said = json.loads(answer)
    return [
        tuple(row[v]["value"].rpartition("/")[2] for v in said["head"]["vars"])
        for row in said["results"]["bindings"]
    ]


def test_a_query_is_answered_as_of_its_time(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    story = [
        [Step("x", "1", "a"), Step("y", "1", "b")],
        [Step("x", "2", "a"), Step("z", "9", "secret")],
        [Step("y", "1", "secret")],
        [Step("x", "3", "a"), Step("z", "9", "")],
    ]
    tell(owner, story, monkeypatch)
    views = PastViews(owner, owner.folder / "commits")
    assert asked(views, ALL, 0) == []
    assert asked(views, ALL, 1) == [("shared", "says", "1"), ("x", "says", "1")], "y may not be seen any more"
    assert asked(views, ALL, 2) == asked(views, ALL, 3) == [("shared", "says", "2"), ("x", "says", "2")]
    assert asked(views, ALL, 99) == [("shared", "says", "3"), ("x", "says", "3")]
    assert asked(views, NAMED, 1) == [("x#open", "shared", "1"), ("x#open", "x", "1")]
    assert asked(views, "SELECT ?s FROM <" + graph_of("x") + "> { ?s ?p 'x' }", 1) == []
    assert len(views._views) <= LIVE
    monkeypatch.setattr("ambit.graph.store.owner.now", lambda: moment(5))
    owner.commit(change(record("x", [triple("x", "3")], label("secret"))))
    assert asked(views, ALL, 1) == [], (
        "what is hidden from the acknowledged commit on is hidden in the past, too"
    )
    views.close()


def test_what_was_deleted_is_not_given_to_whoever_makes_a_graph_of_its_name(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(owner, [[Step("x", "1", "a")], [Step("x", "1", "")], [Step("x", "3", "b")]], monkeypatch)
    views = PastViews(owner, owner.folder / "commits")
    assert asked(views, ALL, 1) == []
    assert asked(views, ALL, 3) == [("shared", "says", "3"), ("x", "says", "3")]
    views.close()


@pytest.mark.parametrize("between", ["", "secret"])
def test_that_it_was_hidden_and_that_it_ended_read_the_same(
    owner: Owner, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    story = [[Step("x", "1", "a")], [Step("x", "2", between)], [Step("x", "3", "b")], [Step("x", "3", "a")]]
    tell(owner, story[:1], monkeypatch)
    assert recalled(owner, 1)
    tell(owner, story[1:], monkeypatch, first=2)
    assert recalled(owner, 1) == recalled(owner, 2) == set()
    assert len(recalled(owner, 3)) == 2, "another label is no end"


def test_a_log_that_ends_before_the_present_has_no_past(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ended since cannot be told."""
    tell(owner, [[Step("x", "1", "a")], [Step("y", "1", "a")]], monkeypatch)
    graphs = frozenset({graph_of("x"), graph_of("y")})
    frames = list(frames_until(owner.folder / "commits", 1))
    with pytest.raises(Unavailable):
        visible(frames, 1, 2, SEEN.compartments, graphs)
    assert visible(frames, 0, 2, SEEN.compartments, graphs) == {}


def test_a_view_of_the_past_that_died_is_made_anew(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(owner, [[Step("x", "1", "a")]], monkeypatch)
    views = PastViews(owner, owner.folder / "commits")
    assert len(asked(views, ALL, 1)) == 2
    (view,) = views._views.values()
    view.keeper.result().close()
    with pytest.raises(Unavailable):
        asked(views, ALL, 1)
    assert len(asked(views, ALL, 1)) == 2
    views.close()


def test_the_log_is_read_before_commits_are_held_off(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """While they are, only what was committed in between is read."""
    tell(owner, [[Step("x", str(n), "a")] for n in range(9)], monkeypatch)
    views = PastViews(owner, owner.folder / "commits")
    monkeypatch.setattr(views, "_begin", lambda view: None)
    held: list[bool] = []
    holding: list[int] = []
    read, frozen = past.read_header, owner.frozen
    monkeypatch.setattr(past, "read_header", lambda file: (held.append(bool(holding)), read(file))[1])

    @contextmanager
    def late() -> Iterator[int]:
        tell(owner, [[Step("x", "last", "a")]], monkeypatch)
        with frozen() as revision:
            holding.append(1)
            yield revision

    monkeypatch.setattr(owner, "frozen", late)
    views._take(SEEN, moment(5))
    assert len(held) >= 10
    assert sum(held) <= 2, "the commit in between, and the log's end"
    ((_, until, _),) = views._views
    assert until == 10, "its clock went back: it is the last whose time is not after"


@pytest.fixture
def endless(owner: Owner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PastViews]:
    """Views of a past that is never read to its end."""
    tell(owner, [[Step("x", "1", "a")]], monkeypatch)
    views = PastViews(owner, tmp_path / "pipe")
    views._log.mkdir()
    os.mkfifo(views._log / "0.log")
    views._moments = past.Moments(owner.folder / "commits")
    yield views
    views.close()


def test_a_past_that_is_being_read_ends_with_the_views(endless: PastViews) -> None:
    with pytest.raises(Timeout, match="still being read"):
        asked(endless, ALL, 1, deadline=0.2)
    (view,) = endless._views.values()
    eventually(lambda: view.reading._process is not None)
    process = view.reading._process
    assert process is not None and process.poll() is None
    endless.close()
    assert process.returncode == -signal.SIGKILL
    assert isinstance(view.keeper.exception(0), Unavailable)
    with pytest.raises(Unavailable, match="asked no more"):
        asked(endless, ALL, 1)


def test_a_past_that_nobody_waits_for_is_not_read_for_ever(
    endless: PastViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asof, "AGAIN", 0.1)
    with pytest.raises(Timeout, match="still being read"):
        asked(endless, ALL, 1, deadline=0.1)
    (view,) = endless._views.values()
    assert isinstance(view.keeper.exception(5), Timeout)
    eventually(lambda: not endless._line.reading)


def test_a_past_is_read_in_a_bounded_memory(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(owner, [[Step("x", "long" * 1_000_000, "a")]], monkeypatch)
    views = PastViews(owner, owner.folder / "commits", memory=10_000_000)
    with pytest.raises(TooLarge, match="more memory"):
        asked(views, ALL, 1)
    views.close()


def eventually(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_the_place_of_a_past_is_free_before_its_answer_is_there(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(owner, [[Step("x", "1", "a")]], monkeypatch)
    views = PastViews(owner, owner.folder / "commits")
    reading: list[list[str]] = []
    begin = views._begin

    def watched(view: asof._PastView) -> None:
        view.keeper.add_done_callback(lambda _: reading.append([*views._line.reading]))
        begin(view)

    monkeypatch.setattr(views, "_begin", watched)
    asked(views, ALL, 1)
    eventually(lambda: bool(reading))
    assert reading == [[]]
    views.close()


def test_an_inferred_graph_is_not_in_the_past(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ambit.graph.store.owner.now", lambda: moment(1))
    owner.commit(change(record("x", [triple("x")], label("a"))))
    from dataclasses import replace

    plain = record("y", [triple("y")], label("a"))
    inferred = replace(
        plain.graphs[0], graph="urn:ambit:inferred:0", role=Role.INFERRED, triples=frozenset({triple("z")})
    )
    owner.commit(change(replace(plain, graphs=(plain.graphs[0], inferred))))
    views = PastViews(owner, owner.folder / "commits")
    assert [row[0] for row in asked(views, ALL, 1)] == ["x", "y"]
    views.close()
    assert Triple(triple("z").subject, triple("z").predicate, triple("z").object) in owner.triples(
        "urn:ambit:inferred:0"
    )
