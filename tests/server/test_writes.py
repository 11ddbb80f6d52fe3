"""What may be written, and what is hidden: a refusal, and success, tell nothing of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from writecase import (
    HIDDEN_SOURCE,
    MINE,
    OURS,
    READS,
    SECRET,
    SEEN_SOURCE,
    WORLD,
    WRITES,
    N,
    me,
    outcome,
    said,
    values,
)
from writeworld import DEFAULT, LABELS, SOURCE, SYSTEM, Stage

from ambit.graph.vocabulary import AMBIT, RDF
from ambit.graph.words import Change, Record, RecordGraph
from ambit.reasoning.rulebase.rules import load
from ambit.server.writes import update

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
    anything = told.request([*READS, "urn:plain:1"], [*WRITES, "urn:plain:1"])
    for verb in (
        "CREATE SILENT GRAPH <urn:plain:1>",
        "INSERT DATA { GRAPH <urn:plain:1> { <urn:a> <urn:p> 1 } }",
    ):
        assert outcome(told, anything, verb)[0] == "write-refused"
    told.owner.commit(Change((Record("urn:plain:1", SOURCE),)))
    assert outcome(told, anything, "INSERT DATA { GRAPH <urn:plain:1> { <urn:a> <urn:p> 1 } }")[0] == ""


def test_a_name_without_a_prefix_is_not_probed_by_whoever_writes_the_default_graph(told: Stage) -> None:
    """The default graph is opened to the caller here; a source's names would show by their refusal."""
    assert outcome(told, me(told), "INSERT DATA { <urn:a> <urn:p> 7 }")[0] == ""
    for name in (HIDDEN_SOURCE, "urn:plain:absent"):
        code, message, _ = outcome(
            told, me(told), f"INSERT DATA {{ GRAPH <{name}> {{ <urn:a> <urn:p> 1 }} }}"
        )
        assert (code, message) == ("write-refused", f"the graph `{name}` is not yours to write")


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


CLOSED = """# title: closed
# family: test
# effect: deny
# action: read
# description: Nobody reads what is from here.
# reads:
PREFIX ambit: <https://w3id.org/ambit#>
SELECT ?compartment ?actor { ?compartment ambit:comesFrom <urn:source> . ?actor a <urn:Person> }
"""


def test_what_a_rule_closes_by_its_source_is_not_copied_to_another(told: Stage, tmp_path: Path) -> None:
    """Equal in all else: but the copy would be from the writes, of which the rule does not speak."""
    copies = (
        f"INSERT {{ GRAPH <{MINE}> {{ ?s <urn:q> ?o }} }} WHERE {{ GRAPH <{SEEN_SOURCE}> {{ ?s ?p ?o }} }}"
    )
    assert outcome(told, me(told, declassify=[]), copies)[0] == ""
    (tmp_path / "closed.rq").write_text(CLOSED)
    for rules, code in ((load([tmp_path]).rules, "declassify-needed"), ((), "")):
        request = me(told, declassify=[])
        request.layers.decider.force.rules = rules
        assert outcome(told, request, copies.replace("urn:q", f"urn:q{code}"))[0] == code
    (tmp_path / "closed.rq").write_text(CLOSED.replace("ambit:comesFrom <urn:source>", "?p ?o"))
    request = me(told, declassify=[])
    request.layers.decider.force.rules = (replace(load([tmp_path]).rules[0], failing="its file is broken"),)
    assert outcome(told, request, copies.replace("urn:q", "urn:qf"))[0] == "declassify-needed", (
        "it may say anything"
    )
    (tmp_path / "closed.rq").write_text(CLOSED)
    request = me(told, declassify=[MINE])
    request.layers.decider.force.rules = load([tmp_path]).rules
    assert outcome(told, request, copies)[0] == ""


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
    update(me(told, declassify=[DEFAULT, MINE]), text)
    found = {t.object for t in told.owner.triples(DEFAULT) if t.predicate == N("urn:graph")}
    assert N(OURS) in found and N(MINE) not in found


@pytest.mark.parametrize(
    "value",
    [
        'STRLANGDIR("a", "en", "ltr")',
        '"a"@en--ltr',
        f'STRDT("a", <{RDF.NAMESPACE}langString>)',
        f'STRDT("a", <{RDF.NAMESPACE}dirLangString>)',
        f'"a"^^<{RDF.NAMESPACE}langString>',
        "TRIPLE(<urn:a>, <urn:b>, <urn:c>)",
    ],
)
def test_what_rdf_1_1_has_not_is_left_out_of_what_a_template_makes(told: Stage, value: str) -> None:
    text = (
        f"INSERT {{ GRAPH <{MINE}> {{ <urn:new> <urn:p> ?v , ?kept }} }}"
        f' WHERE {{ BIND({value} AS ?v) BIND("kept"@en AS ?kept) }}'
    )
    update(me(told), text)
    assert values(told, MINE) == {"1", "kept"}
