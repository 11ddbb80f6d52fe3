"""What may be written and what comes of it: names, labels, states, other writers, and what is hidden."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from writeworld import DEFAULT, LABELS, SOURCE, SYSTEM, Stage, staged

from ambit.graph.compartments import compartment_of
from ambit.graph.errors import AmbitError, Invalid, NotFound, QueryRefused, Refused, Timeout, TooLarge
from ambit.graph.gate import Dataset
from ambit.graph.terms import BlankNode, Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Change, Label, Record, RecordGraph
from ambit.reasoning.strictness import is_as_strict
from ambit.server import updates
from ambit.server.request import Request
from ambit.server.settings import WritePrefix
from ambit.server.writelabels import WriteLabels
from ambit.server.writes import ANY, Condition, delete_graph, post_graph, put_graph, state_of, update

N = NamedNode
MINE, OURS, SECRET = "urn:mine:1", "urn:ours:1", "urn:secret:1"
SEEN_SOURCE, HIDDEN_SOURCE = f"{SOURCE}:0#a", f"{SOURCE}:1#a"
READS = [SEEN_SOURCE, MINE, OURS, DEFAULT]
WRITES = [MINE, DEFAULT]


def said(subject: str, *values: object) -> list[Triple]:
    return [Triple(N(f"urn:{subject}"), N("urn:p"), Literal(value)) for value in values]


WORLD = {
    MINE: said("mine", 1),
    OURS: said("ours", 1),
    SECRET: said("secret", 1),
    SEEN_SOURCE: said("seen", 1),
    HIDDEN_SOURCE: said("hidden", 1),
    DEFAULT: said("default", 1),
    SYSTEM: said("system", 1),
}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture
def told(stage: Stage) -> Stage:
    stage.tell(WORLD)
    return stage


def me(stage: Stage, **cleared: Any) -> Request:
    return stage.request(READS, WRITES, **cleared)


def outcome(stage: Stage, request: Request, text: str) -> tuple[str, str, str]:
    """Code, message and hint of a refusal, with which nothing is written; empty strings where it is carried out."""
    before = stage.quads()
    try:
        update(request, text)
    except AmbitError as error:
        assert stage.quads() == before
        return error.code, error.message, error.hint
    return "", "", ""


def values(stage: Stage, graph: str) -> set[str]:
    return {t.object.value for t in stage.owner.triples(graph) if isinstance(t.object, Literal)}


# -- what may be written

REFUSED = {
    "another's": OURS,
    "hidden": SECRET,
    "hidden and not there": "urn:secret:9",
    "a source's": SEEN_SOURCE,
    "a hidden source's": HIDDEN_SOURCE,
    "governance": "urn:ambit:governance:labels",
    "system": SYSTEM,
    "provenance": "urn:ambit:run:day",
    "the ledger": "urn:ambit:ledger",
    "the catalog": "urn:ambit:catalog",
    "conclusions": "urn:ambit:inferred:0",
    "Ambit's, in name only": "urn:ambit:default2",
}
NAMING = [
    "INSERT DATA { GRAPH <G> { <urn:a> <urn:p> 1 } }",
    "DELETE DATA { GRAPH <G> { <urn:a> <urn:p> 1 } }",
    "INSERT { GRAPH <G> { ?s ?p 2 } } WHERE { ?s ?p ?o }",
    "INSERT { GRAPH ?g { ?s ?p 2 } } WHERE { ?s ?p ?o BIND(<G> AS ?g) }",
    "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { ?s ?p ?o BIND(IRI('G') AS ?g) }",
    "DELETE WHERE { GRAPH <G> { ?s ?p ?o } }",
    "WITH <G> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "CLEAR GRAPH <G>",
    "CLEAR SILENT GRAPH <G>",
    "DROP GRAPH <G>",
    "DROP SILENT GRAPH <G>",
    "CREATE GRAPH <G>",
    "CREATE SILENT GRAPH <G>",
    "COPY DEFAULT TO <G>",
    "COPY SILENT DEFAULT TO <G>",
    "ADD <urn:mine:1> TO <G>",
    "MOVE <urn:mine:1> TO <G>",
    "MOVE <G> TO <urn:mine:1>",
    "MOVE SILENT <G> TO DEFAULT",
    "INSERT DATA { <urn:a> <urn:p> 1 } ; CLEAR GRAPH <G>",
]


@pytest.mark.parametrize("text", NAMING)
def test_what_one_may_not_write_is_refused_alike(told: Stage, text: str) -> None:
    answers = {
        name: tuple(
            part.replace(graph, "G")
            for part in outcome(told, me(told), text.replace("G>", f"{graph}>").replace("'G'", f"'{graph}'"))
        )
        for name, graph in REFUSED.items()
    }
    assert len(set(answers.values())) == 1, answers
    assert next(iter(answers.values()))[0] == "write-refused"


def test_a_record_that_says_nothing_is_its_sources_all_the_same(told: Stage) -> None:
    silent = Record("urn:plain:1", SOURCE, (RecordGraph("urn:plain:1#a", frozenset()),), "digest")
    told.owner.commit(Change((silent,)))
    for verb in (
        "CREATE SILENT GRAPH <urn:plain:1>",
        "INSERT DATA { GRAPH <urn:plain:1> { <urn:a> <urn:p> 1 } }",
    ):
        assert outcome(told, me(told), verb)[0] == "write-refused"
    told.owner.commit(Change((Record("urn:plain:1", SOURCE),)))
    assert outcome(told, me(told), "INSERT DATA { GRAPH <urn:plain:1> { <urn:a> <urn:p> 1 } }")[0] == ""


def test_what_a_caller_may_write_is_written(told: Stage) -> None:
    request = me(told)
    update(request, f"INSERT DATA {{ <urn:a> <urn:p> 2 GRAPH <{MINE}> {{ <urn:a> <urn:p> 3 }} }}")
    assert values(told, DEFAULT) == {"1", "2"} and values(told, MINE) == {"1", "3"}
    assert request.wrote and request.written == {MINE: "write", DEFAULT: "write"}
    entry = told.owner.entry(MINE)
    assert entry is not None and (entry.source, entry.record) == (AMBIT.WRITES, MINE)
    assert told.owner.label(entry.compartment or "") == LABELS.of(MINE)


def test_graphs_found_by_a_where_are_refused_or_written_as_a_whole(told: Stage) -> None:
    code, message, _ = outcome(told, me(told), "DELETE WHERE { GRAPH ?g { ?s <urn:p> 1 } }")
    assert (code, message) == ("write-refused", f"the graph `{SYSTEM}` is not yours to write")
    update(
        me(told),
        "DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } FILTER(STRSTARTS(STR(?g), 'urn:mine:')) }",
    )
    assert told.owner.entry(MINE) is None


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("create", "INSERT DATA { GRAPH <urn:mine:new> { <urn:a> <urn:p> 1 } }"),
        ("create", "COPY DEFAULT TO <urn:mine:new>"),
        ("write", f"INSERT DATA {{ GRAPH <{MINE}> {{ <urn:a> <urn:p> 1 }} }}"),
        ("write", f"COPY DEFAULT TO <{MINE}>"),
        ("write", "CLEAR DEFAULT"),
        ("delete", f"DROP GRAPH <{MINE}>"),
        ("delete", f"DELETE WHERE {{ GRAPH <{MINE}> {{ ?s ?p ?o }} }}"),
    ],
)
def test_each_action_is_decided_by_what_becomes_of_the_graph(told: Stage, action: str, text: str) -> None:
    others = {other: () for other in ("write", "create", "delete") if other != action}
    without: dict[str, Any] = {action: ()}
    assert outcome(told, me(told, **without), text)[0] == "write-refused"
    request = me(told, **others)
    assert outcome(told, request, text)[0] == ""
    assert set(request.written.values()) == {action}


def test_a_right_to_write_counts_only_with_the_right_to_read(told: Stage) -> None:
    blind = told.request([DEFAULT], [MINE, DEFAULT])
    assert (
        outcome(told, blind, f"INSERT DATA {{ GRAPH <{MINE}> {{ <urn:a> <urn:p> 2 }} }}")[0]
        == "write-refused"
    )
    assert outcome(told, told.request([], [MINE]), "INSERT DATA { <urn:a> <urn:p> 2 }")[0] == "write-refused"


def test_all_and_named_are_what_the_caller_may_write(told: Stage) -> None:
    update(me(told), "DROP NAMED")
    assert told.owner.entry(MINE) is None and values(told, DEFAULT) == {"1"}
    update(me(told), "INSERT DATA { GRAPH <urn:mine:2> { <urn:a> <urn:p> 1 } } ; CLEAR ALL")
    assert {e.graph for e in told.owner.entries()} & set(WORLD) == {
        OURS,
        SECRET,
        SEEN_SOURCE,
        HIDDEN_SOURCE,
        SYSTEM,
    }
    assert told.owner.entry("urn:mine:2") is None


# -- what is hidden

HIDING = [
    "INSERT DATA { <urn:hidden> <urn:p> 1 }",
    "DELETE DATA { <urn:hidden> <urn:p> 1 }",
    f"COPY <{SECRET}> TO <{MINE}>",
    f"COPY SILENT <{SECRET}> TO <{MINE}>",
    f"ADD <{HIDDEN_SOURCE}> TO DEFAULT",
    f"CREATE GRAPH <{SECRET}>",
    f"CLEAR GRAPH <{SECRET}>",
    f"INSERT {{ <urn:a> <urn:p> 2 }} WHERE {{ GRAPH <{SECRET}> {{ ?s ?p ?o }} }}",
    f"INSERT {{ ?s <urn:q> ?o }} USING <{SECRET}> USING NAMED <{HIDDEN_SOURCE}> WHERE {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}",
    f"WITH <{MINE}> INSERT {{ ?s <urn:q> ?g }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "INSERT { <urn:count> <urn:n> ?n } WHERE { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } }",
    "INSERT { <urn:any> <urn:n> ?e } WHERE { BIND(EXISTS { <urn:hidden> ?p ?o } AS ?e) }",
    f"DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o FILTER NOT EXISTS {{ GRAPH <{SECRET}> {{ ?x ?y ?z }} }} }}",
]


@pytest.mark.parametrize("text", HIDING)
def test_what_is_hidden_is_as_if_it_were_not_there(stage: Stage, text: str) -> None:
    outcomes = []
    hidden = (SECRET, HIDDEN_SOURCE)
    for world in (WORLD, {graph: triples for graph, triples in WORLD.items() if graph not in hidden}):
        stage.tell(world)
        answer = outcome(stage, stage.request(READS, WRITES, declassify=WRITES), text)
        seen = {graph: frozenset(stage.owner.triples(graph)) for graph in (MINE, DEFAULT, OURS, SEEN_SOURCE)}
        outcomes.append((answer, seen))
        for graph in hidden:
            assert frozenset(stage.owner.triples(graph)) == frozenset(world.get(graph, ()))
    assert outcomes[0] == outcomes[1]


def test_a_removed_triple_stays_in_the_merge_while_another_graph_says_it(stage: Stage) -> None:
    stage.tell(
        {MINE: said("x", 1), SEEN_SOURCE: said("x", 1), "urn:mine:2": said("y", 1), SECRET: said("y", 1)}
    )
    text = (
        f"DROP GRAPH <{MINE}> ; DROP GRAPH <urn:mine:2> ; "
        f"INSERT {{ GRAPH <{MINE}> {{ ?s <urn:left> true }} }} WHERE {{ ?s <urn:p> 1 }}"
    )
    update(me(stage), text)
    assert [t.subject for t in stage.owner.triples(MINE)] == [N("urn:x")], (
        "what only a hidden graph says has left"
    )


def test_a_graph_ends_with_its_last_triple_also_within_an_update(told: Stage) -> None:
    text = (
        f"DELETE DATA {{ GRAPH <{MINE}> {{ <urn:mine> <urn:p> 1 }} }} ; CREATE GRAPH <{MINE}> ;"
        "INSERT { <urn:seen> <urn:graph> ?g } WHERE { GRAPH ?g {} }"
    )
    update(me(told, declassify=[DEFAULT]), text)
    found = {t.object for t in told.owner.triples(DEFAULT) if t.predicate == N("urn:graph")}
    assert N(OURS) in found and N(MINE) not in found


# -- labels


def test_what_was_read_must_not_flow_into_a_wider_graph(told: Stage) -> None:
    request = told.request(READS, [*WRITES, OURS], declassify=())
    copying = f"INSERT {{ GRAPH <{OURS}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    assert outcome(told, request, copying)[0] == "declassify-needed"
    assert outcome(told, request, f"COPY <{MINE}> TO <{OURS}>")[0] == "declassify-needed"
    assert outcome(told, request, f"INSERT DATA {{ GRAPH <{OURS}> {{ <urn:a> <urn:p> 1 }} }}")[0] == ""
    naming = f"INSERT {{ GRAPH <{OURS}> {{ ?s <urn:q> ?o }} }} WHERE {{ GRAPH <{OURS}> {{ ?s ?p ?o }} }}"
    assert outcome(told, request, naming)[0] == ""
    within = f"WITH <{OURS}> INSERT {{ ?s <urn:q> ?o }} WHERE {{ ?s ?p ?o }}"
    assert outcome(told, request, within)[0] == "", "what it read is what it writes"
    allowed = told.request(READS, [*WRITES, OURS], declassify=[OURS])
    assert outcome(told, allowed, copying)[0] == ""


def test_what_one_operation_read_binds_those_after_it(told: Stage) -> None:
    request = told.request(READS, [*WRITES, OURS], declassify=())
    text = (
        f"INSERT {{ GRAPH <{MINE}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{SEEN_SOURCE}> {{ ?s ?p ?o }} }} ;"
        f"INSERT {{ GRAPH <{OURS}> {{ ?s ?p ?o }} }} USING <{OURS}> WHERE {{ ?s ?p ?o }}"
    )
    assert outcome(told, request, text)[0] == "declassify-needed"


def test_a_label_is_as_strict_as_others_by_sensitivity_audience_and_jurisdiction() -> None:
    def made(sensitivity: str, audience: set[str], *spaces: str) -> Label:
        return Label("urn:s", sensitivity, frozenset(spaces or (AMBIT.EU,)), frozenset(audience))

    team = made(AMBIT.INTERNAL, {"urn:a", "urn:b"})
    strict = [
        team,
        made(AMBIT.INTERNAL, {"urn:a"}),
        made(AMBIT.PERSONAL, {"urn:a"}),
        made(AMBIT.HEALTH, {AMBIT.ADMINISTRATORS}),
        made(AMBIT.INTERNAL, {"urn:b"}, AMBIT.EU, AMBIT.US),
    ]
    loose = [
        made(AMBIT.OPEN, {"urn:a"}),
        made(AMBIT.INTERNAL, {"urn:a", "urn:c"}),
        made(AMBIT.INTERNAL, {AMBIT.EVERYBODY}),
        made(AMBIT.INTERNAL, {AMBIT.ADMINISTRATORS, "urn:c"}),
        made(AMBIT.INTERNAL, {"urn:a"}, AMBIT.US),
    ]
    assert all(is_as_strict(label, [team]) for label in strict)
    assert not any(is_as_strict(label, [team]) for label in loose)
    assert is_as_strict(loose[1], []) and not is_as_strict(strict[1], [team, strict[3]])
    assert is_as_strict(made(AMBIT.OPEN, {"urn:c"}), [made(AMBIT.OPEN, {AMBIT.EVERYBODY})])
    one, other = made(AMBIT.HEALTH, {"urn:a"}), made(AMBIT.PAYMENT, {"urn:a"})
    assert not is_as_strict(one, [other]) and is_as_strict(made(AMBIT.CONFIDENTIAL, {"urn:a"}), [one, other])


def test_labels_are_those_of_the_longest_prefix() -> None:
    def prefix(name: str, audience: str) -> WritePrefix:
        return WritePrefix(prefix=name, sensitivity=AMBIT.OPEN, audience=(audience,))

    eu = frozenset({AMBIT.EU})
    labels = WriteLabels((prefix("urn:a:", "urn:one"), prefix("urn:a:b:", "urn:two")), eu)
    assert labels.of("urn:a:x").audience == {"urn:one"}
    assert labels.of("urn:a:b:x").audience == {"urn:two"}
    strictest = Label(AMBIT.WRITES, AMBIT.CONFIDENTIAL, eu, frozenset({AMBIT.ADMINISTRATORS}))
    assert labels.of("urn:c") == strictest == labels.of(DEFAULT)
    assert labels.compartment("urn:ambit:x") is None
    assert WriteLabels((), frozenset()).compartment(DEFAULT) is None, "no site, no writing"


def test_names_kept_for_writes_are_no_sources() -> None:
    with staged() as stage:
        labels = stage.request([], []).layers.write_labels
        for record, graph in (("urn:mine:r", "urn:source:r#a"), ("urn:source:r", "urn:mine:r#a")):
            made = Record(record, SOURCE, (RecordGraph(graph, frozenset(said("x", 1))),))
            with pytest.raises(Invalid, match="kept for writes"):
                labels.reserve(Change((made,)), stage.owner)
        ours = Record("urn:mine:r", AMBIT.WRITES, (RecordGraph("urn:mine:r", frozenset(said("x", 1))),))
        assert labels.reserve(Change((ours,)), stage.owner).records == (ours,)


def test_at_start_graphs_get_the_label_that_is_configured_now(told: Stage) -> None:
    labels = WriteLabels(
        (WritePrefix(prefix="urn:mine:", sensitivity=AMBIT.OPEN, audience=("urn:new",)),),
        frozenset({AMBIT.EU}),
    )
    labels.settle(told.owner, told.owner.describe, told.owner.commit)
    entry = told.owner.entry(MINE)
    assert entry is not None and entry.compartment == compartment_of(labels.of(MINE))
    assert values(told, MINE) == {"1"}
    assert labels.relabelled(told.owner) == []


# -- blank nodes


def test_matched_blank_nodes_keep_their_names_and_new_ones_are_nobodys(stage: Stage) -> None:
    node = BlankNode("kept")
    stage.tell({MINE: [Triple(node, N("urn:p"), Literal(1)), Triple(N("urn:s"), N("urn:q"), node)]})
    update(
        me(stage),
        f"WITH <{MINE}> DELETE {{ ?b <urn:p> 1 }} INSERT {{ ?b <urn:p> 2 , _:n . _:n <urn:q> ?b }} WHERE {{ ?b <urn:p> 1 }}",
    )
    triples = stage.owner.triples(MINE)
    assert Triple(node, N("urn:p"), Literal(2)) in triples and Triple(N("urn:s"), N("urn:q"), node) in triples
    assert Triple(node, N("urn:p"), Literal(1)) not in triples and len(triples) == 4
    for _ in range(2):
        update(
            me(stage),
            "INSERT DATA { _:n <urn:p> 1 } ; INSERT { ?made <urn:r> 1 } WHERE { BIND(BNODE() AS ?made) }",
        )
    made = {t.subject for t in stage.owner.triples(DEFAULT)}
    assert len(made) == 4, "two by data, two by the WHERE: never one for two"


def test_chance_is_not_the_same_for_two_children(told: Stage) -> None:
    for number in range(3):
        update(me(told), f"INSERT {{ <urn:a> <urn:n{number}> ?u }} WHERE {{ BIND(STRUUID() AS ?u) }}")
    made = [t.object for t in told.owner.triples(DEFAULT) if t.subject == N("urn:a")]
    assert len(set(made)) == 3


def test_a_put_graph_keeps_its_blank_nodes_while_it_says_the_same(told: Stage) -> None:
    def content(name: str, value: int = 1) -> list[Triple]:
        return [
            Triple(BlankNode(name), N("urn:p"), Literal(value)),
            Triple(N("urn:s"), N("urn:q"), BlankNode(name)),
        ]

    assert put_graph(me(told), "urn:mine:blank", content("x"))
    first = told.owner.triples("urn:mine:blank")
    revision = told.owner.revision
    assert not put_graph(me(told), "urn:mine:blank", content("y"))
    assert told.owner.triples("urn:mine:blank") == first and told.owner.revision == revision
    update(me(told), "COPY <urn:mine:blank> TO <urn:mine:copy>")
    put_graph(me(told), "urn:mine:blank", content("x", 2))
    nodes = [
        {t.subject for t in told.owner.triples(g)} - {N("urn:s")} for g in ("urn:mine:blank", "urn:mine:copy")
    ]
    assert not nodes[0] & nodes[1], "another node is not the one that a copy still speaks of"
    assert post_graph(me(told), "urn:mine:blank", content("x", 2)) is False
    assert len(told.owner.triples("urn:mine:blank")) == 4, "posted blank nodes are new ones"


# -- graphs put, added to, deleted


def test_graphs_are_put_added_to_and_deleted(told: Stage) -> None:
    assert put_graph(me(told), "urn:mine:2", said("a", 1, 2)) is True
    assert put_graph(me(told), "urn:mine:2", said("a", 3)) is False
    assert post_graph(me(told), "urn:mine:2", said("a", 4)) is False
    assert values(told, "urn:mine:2") == {"3", "4"}
    delete_graph(me(told), "urn:mine:2")
    assert told.owner.entry("urn:mine:2") is None
    assert put_graph(me(told), None, said("d", 7)) is False and values(told, DEFAULT) == {"7"}
    assert put_graph(me(told), MINE, []) is False and told.owner.entry(MINE) is None


def test_what_may_not_be_seen_is_not_there_to_be_deleted(told: Stage) -> None:
    for graph in (SECRET, HIDDEN_SOURCE, "urn:nowhere", "urn:secret:9", "urn:ambit:governance:labels"):
        with pytest.raises(NotFound) as caught:
            delete_graph(me(told), graph)
        assert caught.value.message == "there is no such graph"
    for graph in (OURS, SEEN_SOURCE):
        with pytest.raises(Refused) as refused:
            delete_graph(me(told), graph)
        assert refused.value.code == "write-refused"


@pytest.mark.parametrize("graph", ["_:b", "x", "", "urn:a b", "urn:" + "x" * 2048, "urn:a> } ; DROP ALL ; #"])
def test_what_is_no_name_names_no_graph(told: Stage, graph: str) -> None:
    with pytest.raises(Refused) as caught:
        put_graph(me(told), graph, said("a", 1))
    assert caught.value.code in ("refused", "write-refused")


def test_conditions_are_held_against_the_state_at_the_commit(told: Stage) -> None:
    state = state_of(me(told), MINE)
    assert (
        state is not None and state_of(me(told), "urn:mine:9") is None and state_of(me(told), SECRET) is None
    )
    for condition in (
        Condition(match=frozenset({"other"})),
        Condition(none_match=frozenset({state})),
        Condition(none_match=frozenset({ANY})),
    ):
        with pytest.raises(Refused) as caught:
            put_graph(me(told), MINE, said("mine", 2), condition)
        assert caught.value.code == "precondition-failed"
    with pytest.raises(Refused):
        put_graph(me(told), "urn:mine:9", said("x", 1), Condition(match=frozenset({ANY})))
    put_graph(me(told), MINE, said("mine", 2), Condition(match=frozenset({"other", state})))
    assert state_of(me(told), MINE) != state
    put_graph(me(told), MINE, said("mine", 1))
    assert state_of(me(told), MINE) == state, "a state is what a graph says"
    delete_graph(me(told), MINE, Condition(match=frozenset({ANY})))
    assert put_graph(me(told), MINE, said("mine", 1), Condition(none_match=frozenset({ANY})))


def test_of_two_puts_with_one_condition_one_wins(told: Stage) -> None:
    won: list[int] = []

    def put(number: int, condition: Condition) -> None:
        try:
            put_graph(me(told), MINE, said("mine", number), condition)
            won.append(number)
        except Refused as error:
            assert error.code == "precondition-failed"

    for _ in range(5):
        put_graph(me(told), MINE, said("mine", 0))
        condition = Condition(frozenset({state_of(me(told), MINE) or ""}))
        won.clear()
        threads = [threading.Thread(target=put, args=(number, condition)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1 and values(told, MINE) == {str(won[0])}


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


def overtaking(stage: Stage, monkeypatch: pytest.MonkeyPatch, text: str, commit: Any, times: int = 1) -> int:
    """How often an update is worked out while another commit comes in between, `times` times."""
    request = me(stage)
    views, planned = stage.views, 0

    class Overtaken:
        def update(self, *arguments: Any, **named: Any) -> Any:
            nonlocal planned
            planned += 1
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
        with pytest.raises(TooLarge):
            change()
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
