"""Graphs put, added to and deleted, under conditions; and the names of blank nodes."""

import threading

import pytest
from writecase import HIDDEN_SOURCE, MINE, OURS, SECRET, SEEN_SOURCE, N, me, said, values
from writeworld import DEFAULT, Stage

from ambit.graph.errors import NotFound, Refused
from ambit.graph.rdf.parsing import name_blanks
from ambit.graph.terms import BlankNode, Literal, Triple
from ambit.server import writes
from ambit.server.writes import ANY, Condition, delete_graph, post_graph, put_graph, state_of, update

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

    assert put_graph(me(told), "urn:mine:blank", content("x")).is_new
    first = told.owner.triples("urn:mine:blank")
    revision = told.owner.revision
    assert not put_graph(me(told), "urn:mine:blank", content("y")).is_new
    assert told.owner.triples("urn:mine:blank") == first and told.owner.revision == revision
    update(me(told), "COPY <urn:mine:blank> TO <urn:mine:copy>")
    put_graph(me(told), "urn:mine:blank", content("x", 2))
    nodes = [
        {t.subject for t in told.owner.triples(g)} - {N("urn:s")} for g in ("urn:mine:blank", "urn:mine:copy")
    ]
    assert not nodes[0] & nodes[1], "another node is not the one that a copy still speaks of"
    assert post_graph(me(told), "urn:mine:blank", content("x", 2)).is_new is False
    assert len(told.owner.triples("urn:mine:blank")) == 4, "posted blank nodes are new ones"


# -- graphs put, added to, deleted


def test_graphs_are_put_added_to_and_deleted(told: Stage) -> None:
    assert put_graph(me(told), "urn:mine:2", said("a", 1, 2)).is_new is True
    assert put_graph(me(told), "urn:mine:2", said("a", 3)).is_new is False
    assert post_graph(me(told), "urn:mine:2", said("a", 4)).is_new is False
    assert values(told, "urn:mine:2") == {"3", "4"}
    delete_graph(me(told), "urn:mine:2")
    assert told.owner.entry("urn:mine:2") is None
    assert put_graph(me(told), None, said("d", 7)).is_new is False and values(told, DEFAULT) == {"7"}
    assert put_graph(me(told), MINE, []).is_new is False and told.owner.entry(MINE) is None


def test_a_graph_of_another_length_is_not_compared(told: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def counted(triples: list[Triple], record: str) -> frozenset[Triple]:
        read.append(len(triples))
        return name_blanks(triples, record)

    monkeypatch.setattr(writes, "name_blanks", counted)
    blanks = [Triple(BlankNode(f"b{n}"), N("urn:p"), Literal(n)) for n in range(3)]
    put_graph(me(told), "urn:mine:2", blanks)
    post_graph(me(told), "urn:mine:2", blanks)
    assert read == [3, 3], "named, and no more"
    put_graph(me(told), "urn:mine:2", blanks)
    assert read == [3, 3, 3]
    put_graph(me(told), "urn:mine:2", blanks)
    assert read == [3, 3, 3, 3, 3, 3], "named, and both compared"


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
    assert put_graph(me(told), MINE, said("mine", 1), Condition(none_match=frozenset({ANY}))).is_new


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
