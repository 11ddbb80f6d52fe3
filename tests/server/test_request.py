"""What a request says of what it read, whatever is committed meanwhile: its revision, what it touched, graphs that move."""

from collections.abc import Callable
from typing import Any

import pytest
from writecase import HIDDEN_SOURCE, MINE, OURS, SECRET, SEEN_SOURCE, N, hold, me, said
from writeworld import SOURCES, Stage, compartments

from ambit.graph.terms import Literal, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Change, Label, Record, RecordGraph, Role
from ambit.reasoning.ontologies.ontologies import SHAPES
from ambit.server.request import Request
from ambit.server.writes import put_graph, update

VALUES = "SELECT ?v { <urn:held> <urn:p> ?v }"


def held(request: Request) -> set[str]:
    return {row["v"]["value"] for row in request.rows(VALUES)}


# -- revisions


def test_what_was_read_before_a_commit_and_after_it_has_two_revisions(told: Stage) -> None:
    hold(told, MINE, AMBIT.WRITES, 1)
    first = me(told)
    assert held(first) == {"1"}
    hold(told, MINE, AMBIT.WRITES, 2)
    second = me(told)
    assert held(second) == {"2"}
    assert first.headers()["Ambit-Revision"] == first.revision() != second.revision()


def test_who_has_written_is_given_the_revision_of_the_own_commit(told: Stage) -> None:
    for write in (
        lambda request: put_graph(request, MINE, [Triple(N("urn:a"), N("urn:p"), Literal("put"))]),
        lambda request: update(request, "INSERT DATA { <urn:a> <urn:p> 5 }"),
    ):
        request = me(told)
        before = request.revision()
        write(request)
        assert before != request.revision() == me(told).revision()


# -- what was touched

COUNT = "SELECT (COUNT(*) AS ?n) { ?s <urn:p> ?o }"


def ask(request: Request) -> bytes:
    return request.query(request.admit(COUNT), computes=True).body


def begin(request: Request) -> bytes:
    """The first piece, and no more: it is a whole answer."""
    pieces = request.stream(request.admit(COUNT), format="json")
    first = next(pieces)
    pieces.close()
    return first.body


def looking(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, change: Callable[[], None], after: Callable[[], None]
) -> list[int]:
    """Has `change` called behind the first look at what is touched, and `after` once the query has been answered."""
    touched, views, looks = stage.usage.touched, stage.views, list[int]()

    def touched_before(*arguments: Any) -> frozenset[str]:
        found = touched(*arguments)
        looks.append(len(found))
        if len(looks) == 1:
            change()
        return found

    def answered(name: str) -> Callable[..., Any]:
        method = getattr(views, name)

        def query(*arguments: Any, **named: Any) -> Any:
            answer = method(*arguments, **named)
            after()
            return answer

        def stream(*arguments: Any, **named: Any) -> Any:
            for piece in method(*arguments, **named):
                after()
                yield piece

        return query if name == "query" else stream

    for name in ("query", "stream"):
        monkeypatch.setattr(views, name, answered(name))
    monkeypatch.setattr(stage.usage, "touched", touched_before)
    return looks


def nothing() -> None:
    """No commit comes."""


@pytest.mark.parametrize("given", [ask, begin])
@pytest.mark.parametrize("goes", [False, True])
def test_what_comes_between_the_look_and_the_query_was_touched(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, given: Callable[[Request], bytes], goes: bool
) -> None:
    """Also where it is gone again when it is looked once more."""
    stage.tell({MINE: said("mine", 1)})
    request = me(stage)
    go = lambda: hold(stage, OURS, AMBIT.WRITES)  # noqa: E731
    looking(stage, monkeypatch, lambda: hold(stage, OURS, AMBIT.WRITES, 1), go if goes else nothing)
    assert b'"2"' in given(request)
    assert request.touched == request.handed == compartments(MINE, OURS)


@pytest.mark.parametrize("given", [ask, begin])
def test_what_goes_between_the_look_and_the_query_counts_as_touched(
    told: Stage, monkeypatch: pytest.MonkeyPatch, given: Callable[[Request], bytes]
) -> None:
    request = me(told)
    looking(told, monkeypatch, lambda: hold(told, OURS, AMBIT.WRITES), nothing)
    given(request)
    assert compartments(OURS) <= request.touched == request.handed


@pytest.mark.parametrize("given", [ask, begin])
def test_who_sees_no_commit_looks_once(
    told: Stage, monkeypatch: pytest.MonkeyPatch, given: Callable[[Request], bytes]
) -> None:
    looks = looking(told, monkeypatch, lambda: hold(told, SECRET, AMBIT.WRITES, 7), nothing)
    given(me(told))
    assert len(looks) == 1


# -- graphs that move

NAME = f"{SHAPES}moving"
SAID = frozenset(said("held", "there"))
A, B = SOURCES
Read = Callable[[Request], bool]


def put(stage: Stage, label: Label | None) -> None:
    """Has the graph that moves stand under a label, or nowhere."""
    graphs = (RecordGraph(NAME, SAID, role=Role.SYSTEM, label=label),) if label else ()
    stage.owner.commit(Change((Record(NAME, AMBIT.ONTOLOGY, graphs),)))


def moving(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, before: Label | None, after: Label | None
) -> Request:
    """A request whose graph moves from A before its first query, and moves on after it."""
    put(stage, A)
    query, asked = stage.views.query, list[int]()

    def moved(*arguments: Any, **named: Any) -> Any:
        asked.append(1)
        if len(asked) == 1:
            put(stage, before)
        answer = query(*arguments, **named)
        if len(asked) == 1:
            put(stage, after)
        return answer

    monkeypatch.setattr(stage.views, "query", moved)
    return stage.request([SEEN_SOURCE, HIDDEN_SOURCE], [])


def of_graph(request: Request) -> bool:
    return b"there" in (request.graph(NAME) or b"")


def of_shapes(request: Request) -> bool:
    return [row["v"]["value"] for row in request.shape_rows(VALUES)] == ["there"]


@pytest.mark.parametrize("read", [of_graph, of_shapes])
def test_a_graph_that_moves_within_the_clearance_is_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    request = moving(stage, monkeypatch, B, B)
    assert read(request)
    assert read is of_shapes or request.touched == compartments(SEEN_SOURCE, HIDDEN_SOURCE)


def test_a_graph_that_has_moved_back_is_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_graph(moving(stage, monkeypatch, B, A))


@pytest.mark.parametrize("read", [of_graph, of_shapes])
@pytest.mark.parametrize("left", [None, Label(AMBIT.ONTOLOGY, AMBIT.INTERNAL, A.jurisdictions, A.audience)])
def test_a_graph_that_leaves_the_clearance_is_not_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, read: Read, left: Label | None
) -> None:
    request = moving(stage, monkeypatch, left, left)
    assert not read(request)
    assert request.graph(NAME) is None
