"""Writes beside other writers, under rights that go, and within bounds."""

import threading
from typing import Any

import pytest
from writecase import HIDDEN_SOURCE, MINE, OURS, SECRET, N, hold, me, outcome, said, values
from writeworld import DEFAULT, SOURCE, Stage, compartments

from ambit.graph.errors import AmbitError, QueryRefused, Timeout, TooLarge
from ambit.graph.sparql.gate import Dataset
from ambit.graph.terms import Literal, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Change, Label, Record, RecordGraph
from ambit.server import updates
from ambit.server.request import Request
from ambit.server.writes import put_graph, update

# -- other writers


def test_concurrent_updates_lose_nothing(stage: Stage) -> None:
    stage.tell({MINE: said("counter", 0)})
    count = f"WITH <{MINE}> DELETE {{ <urn:counter> <urn:p> ?n }} INSERT {{ <urn:counter> <urn:p> ?m }} WHERE {{ <urn:counter> <urn:p> ?n BIND(?n + 1 AS ?m) }}"
    failed: list[AmbitError] = []

    def work(number: int) -> None:
        try:
            for step in range(4):
                update(me(stage), count)
                update(me(stage), f"INSERT DATA {{ <urn:w{number}> <urn:p> {step} }}")
        except AmbitError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert values(stage, MINE) == {"12"}
    assert len(stage.owner.triples(DEFAULT)) == 12


def overtaking(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    commit: Any,
    times: int = 1,
    *,
    request: Request | None = None,
    before: Any = lambda: None,
) -> int:
    """How often an update is worked out while another commit comes in between, `times` times.

    `before` is called, once, before its WHERE has run.
    """
    request = request or me(stage)
    views, planned = stage.views, 0

    class Overtaken:
        revision_of = staticmethod(views.revision_of)

        def update(self, *arguments: Any, **named: Any) -> Any:
            nonlocal planned
            planned += 1
            if planned == 1:
                before()
            changed = views.update(*arguments, **named)
            if planned <= times:
                commit()
            return changed

    monkeypatch.setattr(request.layers, "views", Overtaken())
    update(request, text)
    return planned


def test_an_update_that_was_overtaken_is_worked_out_anew(
    told: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = "INSERT { <urn:once> <urn:p> 1 } WHERE { FILTER NOT EXISTS { <urn:once> ?p ?o } }"
    other = lambda: update(me(told), "INSERT DATA { <urn:once> <urn:p> 2 }")  # noqa: E731
    assert overtaking(told, monkeypatch, once, other) == 2
    assert values(told, DEFAULT) == {"1", "2"}
    assert Triple(N("urn:once"), N("urn:p"), Literal(1)) not in told.owner.triples(DEFAULT)


def test_a_premise_that_came_new_overtakes_too(told: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the view had the predicate that it asks for, until another graph got it."""
    once = f"INSERT {{ GRAPH <{MINE}> {{ <urn:a> <urn:free> true }} }} WHERE {{ FILTER NOT EXISTS {{ ?x <urn:taken> ?o }} }}"
    record = Record(
        f"{SOURCE}:2",
        SOURCE,
        (
            RecordGraph(
                f"{SOURCE}:2#a",
                frozenset([Triple(N("urn:x"), N("urn:taken"), Literal(1))]),
                label=Label(SOURCE, AMBIT.INTERNAL, frozenset({AMBIT.EU}), frozenset({"urn:team:0"})),
            ),
        ),
    )
    overtaking(told, monkeypatch, once, lambda: told.owner.commit(Change((record,))))
    assert "true" not in values(told, MINE)


def test_commits_that_are_not_read_overtake_nothing(told: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = stage_hidden(told)
    assert (
        overtaking(told, monkeypatch, "INSERT { <urn:a> <urn:p> 9 } WHERE { <urn:mine> ?p ?o }", hidden) == 1
    )


@pytest.mark.parametrize(
    ("graph", "source", "where"),
    [
        (OURS, AMBIT.WRITES, "?s <urn:p> ?v"),
        (OURS, AMBIT.WRITES, f"GRAPH <{OURS}> {{ ?s <urn:p> ?v }}"),
        (HIDDEN_SOURCE, SOURCE, f"GRAPH <{HIDDEN_SOURCE}> {{ ?s <urn:p> ?v }}"),
    ],
)
@pytest.mark.parametrize("comes_late", [False, True])
def test_what_an_update_read_counts_though_it_is_gone_by_the_commit(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, graph: str, source: str, where: str, comes_late: bool
) -> None:
    """What was read in a stricter graph does not get into this one, nor out of what is noted of the run."""
    stage.tell({MINE: said("mine", 1)} | ({} if comes_late else {graph: said("held", "theirs")}))
    request = stage.request([MINE, graph], [MINE], declassify=[])
    come = lambda: hold(stage, graph, source, "theirs") if comes_late else None  # noqa: E731
    go = lambda: hold(stage, graph, source)  # noqa: E731
    text = f"INSERT {{ GRAPH <{MINE}> {{ <urn:x> <urn:q> ?v }} }} WHERE {{ {where} }}"
    assert overtaking(stage, monkeypatch, text, go, request=request, before=come) == 2
    assert values(stage, MINE) == {"1"}
    assert comes_late or compartments(graph) & request.touched


def test_what_is_read_in_a_stricter_graph_needs_to_be_declassified(stage: Stage) -> None:
    """That is so without other writers, or the test above would show nothing."""
    stage.tell({OURS: said("held", "theirs")})
    text = f"INSERT {{ GRAPH <{MINE}> {{ <urn:x> <urn:q> ?v }} }} WHERE {{ ?s <urn:p> ?v }}"
    request = stage.request([MINE, OURS], [MINE], declassify=[])
    assert outcome(stage, request, text)[0] == "declassify-needed"


def stage_hidden(stage: Stage) -> Any:
    other = stage.request([SECRET], [SECRET])
    return lambda: update(other, f"INSERT DATA {{ GRAPH <{SECRET}> {{ <urn:z> <urn:p> 9 }} }}")


def test_who_is_always_overtaken_is_told_to_come_again(told: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "ATTEMPTS", 3)
    numbers = iter(range(100, 200))
    other = lambda: update(me(told), f"INSERT DATA {{ <urn:x> <urn:p> {next(numbers)} }}")  # noqa: E731
    with pytest.raises(AmbitError) as caught:
        overtaking(
            told, monkeypatch, "INSERT { <urn:a> <urn:p> ?o } WHERE { <urn:x> <urn:p> ?o }", other, times=9
        )
    assert caught.value.code == "busy" and not told.writing.locked()


# -- rights and bounds


@pytest.mark.parametrize(("action", "code"), [("write", "write-refused"), ("read", "cancelled")])
def test_a_right_that_went_before_the_commit_writes_nothing(
    told: Stage, monkeypatch: pytest.MonkeyPatch, action: str, code: str
) -> None:
    request = me(told)
    rules: Any = request.layers.decider
    views = told.views

    class Losing:
        revision_of = staticmethod(views.revision_of)

        def update(self, *arguments: Any, **named: Any) -> Any:
            changed = views.update(*arguments, **named)
            rules.cleared.update({action: frozenset()})
            return changed

    monkeypatch.setattr(request.layers, "views", Losing())
    assert outcome(told, request, "INSERT { <urn:a> <urn:p> 2 } WHERE {}")[0] == code
    assert not request.wrote


def test_a_cancelled_request_writes_nothing(told: Stage) -> None:
    request = me(told)
    request.cancel.cancel()
    assert outcome(told, request, "INSERT DATA { <urn:a> <urn:p> 2 }")[0] == "cancelled"
    with pytest.raises(AmbitError):
        put_graph(request, MINE, said("a", 2))


def test_a_slow_update_ends_at_its_deadline_and_the_next_one_works(told: Stage) -> None:
    request = me(told)
    request._seconds = 0.5
    cross = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(12))
    with pytest.raises(Timeout):
        update(request, f"INSERT {{ <urn:n> <urn:p> ?n }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ {cross} }} }}")
    update(me(told), "INSERT DATA { <urn:after> <urn:p> 5 }")
    assert "5" in values(told, DEFAULT)


def test_what_changes_too_much_is_refused(told: Stage) -> None:
    request = me(told)
    request._settings = request._settings.model_copy(
        update={"limits": request.limits.model_copy(update={"write_quads": 3})}
    )
    growing = "INSERT { _:b <urn:p> ?o } WHERE { VALUES ?o { 1 2 3 4 5 6 } }"
    for change in (lambda: update(request, growing), lambda: put_graph(request, MINE, said("a", *range(9)))):
        with pytest.raises(TooLarge, match="more than 3 ") as refused:
            change()
        assert "limits.write_quads" in refused.value.hint
    update(request, "INSERT DATA { <urn:a> <urn:p> 1, 2, 3 }")


def test_the_protocols_dataset_is_that_of_each_where(told: Stage) -> None:
    text = "INSERT { ?s <urn:q> ?o } WHERE { ?s <urn:p> ?o }"
    update(me(told), text, Dataset((MINE, SECRET), ()))
    assert {t.subject for t in told.owner.triples(DEFAULT) if t.predicate == N("urn:q")} == {N("urn:mine")}
    for own in (f"WITH <{MINE}> {text}", text.replace("WHERE", f"USING <{MINE}> WHERE")):
        with pytest.raises(QueryRefused):
            update(me(told), own, Dataset((MINE,), ()))


def test_a_value_keeps_what_it_says_however_it_is_spelt(told: Stage) -> None:
    typed = "'007'^^<http://www.w3.org/2001/XMLSchema#integer>"
    update(me(told), f"INSERT DATA {{ <urn:a> <urn:p> {typed} }}")
    revision = told.owner.revision
    update(me(told), "INSERT DATA { <urn:a> <urn:p> 7 }")
    assert told.owner.revision == revision, "it is there already"
    update(me(told), f"DELETE DATA {{ <urn:a> <urn:p> {typed.replace('007', '0007')} }}")
    assert "7" not in values(told, DEFAULT)


def test_nothing_is_no_commit(told: Stage) -> None:
    revision = told.owner.revision
    for text in (
        "",
        "PREFIX a: <urn:a>",
        "DELETE DATA { <urn:not> <urn:there> 1 }",
        "CREATE GRAPH <urn:mine:9>",
    ):
        update(me(told), text)
    assert told.owner.revision == revision


def test_a_commit_says_who_made_it_and_in_which_run(told: Stage) -> None:
    update(me(told), "INSERT DATA { <urn:a> <urn:p> 2 }")
    last = told.owner.ledger.last(frozenset({"commit"}))
    assert last is not None
    assert (last.fields["actor"], last.fields["activity"], list(last.fields["records"])) == (
        "urn:ada",
        "urn:run",
        [DEFAULT],
    )
