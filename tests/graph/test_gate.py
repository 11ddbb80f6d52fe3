"""The gate refuses what no engine may see, and hands on a text that engine and gate read alike."""

import re
import time
from collections.abc import Iterator

import pytest
from bare_engine import Engine
from query_texts import EX, GOOD, HIDDEN, PREFIX

from ambit.graph.errors import QueryRefused, Refused
from ambit.graph.sparql.gate import CACHED, Admitted, Dataset, Limits, admit
from ambit.graph.sparql.places import in_own_text

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


def same(engine: Engine, text: str) -> Admitted:
    """Admit `text` and see that the engine answers the printed text as it does the original."""
    admitted = admit(text)
    expected = engine.run(text)
    assert expected[0] in ("solutions", "boolean", "graph"), expected
    assert engine.run(admitted.text) == expected
    return admitted


@pytest.mark.parametrize("query", GOOD)
def test_means_the_same_to_the_engine(engine: Engine, query: str) -> None:
    same(engine, PREFIX + query)


def test_service_as_a_prefix_is_a_name(engine: Engine) -> None:
    admitted = same(engine, f"PREFIX service: <{EX}> SELECT * {{ ?s service:p service:b }}")
    assert f"{EX}p" in admitted.terms


def test_keywords_true_and_false_in_any_case() -> None:
    assert "true" in admit("SELECT (TRUE AS ?x) {}").text


def test_lines_keep_their_numbers(engine: Engine) -> None:
    text = "# one\nSELECT *\r\n{ ?s ?p\n\n !!! }"
    raw, printed = engine.run(text), engine.run(admit(text).text)
    assert str(raw[1]).split(":")[0] == str(printed[1]).split(":")[0] == "error at 5"


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * WHERE {\n  ?s ?p\n}\n", 3, 1),
        ("SELECT *\nWHERE { ?s ?p ?o }   ORDER ?s", 2, 30),
        ("PREFIX a: <urn:a:>\nSELECT * WHERE {\n  ?s a:b a:c\n  ?x   a:d a:e }", 4, 8),
        ("SELECT * FROM <urn:g>\n{ BIND(1 AS ?x) } GROUP ?s", 2, 27),
        ('SELECT * { ?s ?p """\u00e4\n\U0001f600""" } # ]\n  ORDER ?s', 3, 11),
    ],
)
def test_where_the_engine_stopped_is_told_in_the_callers_text(
    engine: Engine, query: str, line: int, column: int
) -> None:
    said = str(engine.run(admit(query).text)[1])
    told = in_own_text(QueryRefused(said, code="query-syntax"), query, Limits())
    assert told.details == {"line": line, "column": column}
    assert f"{line}:{column}: expected" in told.message and "before it" in told.hint


@pytest.mark.parametrize("query", HIDDEN)
def test_the_engine_never_calls_out(engine: Engine, query: str) -> None:
    query = query.replace("URL", f"http://127.0.0.1:{engine.port}/")
    before = engine.calls
    assert engine.run(query)[0] in ("error", "solutions")
    time.sleep(0.02)
    if "e:c.d" not in query and "?u" not in query:  # read as SERVICE all the same, but their joins are empty
        assert engine.calls > before, "the anomaly that the gate is for"
    before = engine.calls
    try:
        admitted = admit(query)
    except Refused:
        return
    assert engine.run(admitted.text)[0] == "syntax"
    assert engine.calls == before


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://169.254.169.254/> {} }",
        "SELECT * { SERVICE ?x {} }",
        "SEL\\u0045CT * { \\U00000053ERVICE <http://[::1]/> {} }",
        "SELECT * { BIND('a\\u0027 AS ?x) SERVICE <x:> {} BIND('' AS ?y) }",
        "INSERT { <a:a> <a:b> 1 } WHERE { SERVICE <x:> {} }",
        "INSERT DATA { <a:a> <a:b> 1 }",
        "DELETE WHERE { ?s ?p ?o }",
        "LOAD <file:///etc/passwd>",
        "LOAD SILENT <http://x/> INTO GRAPH <a:g>",
        "PREFIX a: <a:> drop all",
        "CLEAR DEFAULT",
        "COPY <a:a> TO <a:b>",
        "MOVE <a:a> TO <a:b>",
        "ADD <a:a> TO <a:b>",
        "CREATE GRAPH <a:g>",
        "WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } ; DROP ALL",
    ],
)
def test_service_and_updates_are_refused(query: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        admit(query)
    assert refused.value.code == "query-refused"
    assert refused.value.details["line"] == 1


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("", 1, 1),
        ("# nothing", 1, 10),
        ("SELECT * {\n ?s ?p \x00 }", 2, 8),
        ("SELECT * { ?s ?p '\ud800' }", 1, 19),
        ("SELECT * { ?s ?p '\\uD83D\\uDE00' }", 1, 19),
        ("SELECT * { ?s ?p '\\U00110000' }", 1, 19),
        ("SELECT * { ?s ?p '\\u12' }", 1, 18),
        ('SELECT * { ?s ?p "\\u005Cu0041" }', 1, 18),
        ('SELECT * { ?s ?p "a\\u000Ab" }', 1, 18),
        ('SELECT * { ?s ?p """open }', 1, 20),
        ("SELECT * { ?s ?p 'x\\' }", 1, 18),
        ("SELECT * { <a:\\u005Cu0041> ?p 1 }", 1, 13),
        ("SELECT * { ?s A ?o }", 1, 15),
        ("SELECT * { ?s ex:p ?o }", 1, 15),
        ("SELECT * { ?s <rel> ?o }", 1, 15),
        ("PREFIX a: <rel> SELECT * { ?s a:p ?o }", 1, 11),
        ("SELECT * { ?s ?p ?o", 1, 20),
        ("SELECT * { ?s ?p ?o )", 1, 21),
        ("SELECT * { ?s ?p ?o } }", 1, 23),
        ("SELECT * { { SELECT * FROM <a:g> { ?s ?p ?o } } }", 1, 23),
        ("SELECT * FROM ?g { ?s ?p ?o }", 1, 15),
        ("SELECT * { } PREFIX a: <a:>", 1, 14),
        ("\u017fELECT * {}", 1, 1),
        ("SELECT * { ?s \u212a ?o }", 1, 15),
        ("EXPLAIN SELECT * {}", 1, 1),
        ("PREFIX a: ", 1, 11),
        ("SELECT * FROM", 1, 14),
    ],
)
def test_no_sparql(query: str, line: int, column: int) -> None:
    with pytest.raises(QueryRefused) as refused:
        admit(query)
    assert refused.value.code == "query-syntax"
    assert (refused.value.details["line"], refused.value.details["column"]) == (line, column)


def test_dataset_is_found_resolved_and_taken_out(engine: Engine) -> None:
    admitted = admit(
        "BASE <http://a/b/c> PREFIX ex: <../x#> "
        "SELECT * FROM <g> from named ex:n FROM <g> FROM <?q> { ?s ?p ?o }"
    )
    assert admitted.dataset == Dataset(("http://a/b/g", "http://a/b/c?q"), ("http://a/x#n",))
    assert admitted.uses_graphs
    assert "FROM" not in admitted.text.upper()
    assert engine.run(admitted.text)[0] == "solutions"
    assert admit("CONSTRUCT { ?s ?p 1 } FROM <a:g> WHERE { ?s ?p 1 }").dataset == Dataset(("a:g",), ())
    assert admit("CONSTRUCT FROM <a:g> WHERE { ?s ?p 1 }").dataset == Dataset(("a:g",), ())
    assert admit("DESCRIBE <a:a> FROM NAMED <a:g>").dataset == Dataset((), ("a:g",))


@pytest.mark.parametrize(
    ("query", "uses"),
    [
        ("SELECT * { ?s ?p ?o }", False),
        ("SELECT ?graph ('GRAPH FROM' AS ?x) { ?s <a:GRAPH> ?o } # GRAPH", False),
        ("SELECT * { gRaPh <a:g> { ?s ?p ?o } }", True),
        ("ASK { FILTER EXISTS { GRAPH ?g {} } }", True),
        ("ASK { { SELECT * { GRAPH?g{} } } }", True),
        ("ASK FROM <a:g> { }", True),
        ("ASK FROM NAMED <a:g> { }", True),
        ("ASK { GR\\u0041PH ?g {} }", True),
    ],
)
def test_uses_graphs(query: str, uses: bool) -> None:
    assert admit(query).uses_graphs is uses


def test_base_parameter(engine: Engine) -> None:
    admitted = admit("SELECT (<x> AS ?a) (IRI('y') AS ?b) { }", base="http://a/b/c")
    assert engine.run(admitted.text) == engine.run("SELECT (<x> AS ?a) (IRI('y') AS ?b) { }", "http://a/b/c")
    with pytest.raises(QueryRefused):
        admit("ASK {}", base="rel")
    with pytest.raises(QueryRefused):
        admit("ASK {}", base="a:b> SERVICE <x:")


def test_prefixes_are_as_they_stand(engine: Engine) -> None:
    same(
        engine,
        "BASE <http://a/> PREFIX e: <x> BASE <b/c> PREFIX e: <y#> PREFIX : <z> "
        "SELECT (e:1 AS ?a) (:2 AS ?b) {}",
    )
    assert f"{EX}x" in admit(f"PREFIX p.q: <{EX}> SELECT * {{ ?s p.q:x 1 }}").terms


@pytest.mark.parametrize(
    ("pattern", "variable"),
    [
        ("?s ex:p ?o", False),
        ("?s a ?o ; ex:p ?x , ?y . ?y ex:q 1", False),
        ("?s ex:p [ ex:q ?x ; ex:r ( ?y 1 ) ] . ( ?a ?b ) ex:p ?c", False),
        ("?s ex:p/ex:q|^ex:r ?o . ?s (ex:p/ex:q)+ ?x", False),
        ("?s ex:p ?o FILTER(?o * 2 > ?s && !BOUND(?x)) FILTER ex:f(?o) ?o ex:q ?x", False),
        ("?s ex:p ?o BIND(?o AS ?x) ?x ex:q ?y VALUES ?z { 1 } ?y ex:q ?z", False),
        ("?s ex:p ?o VALUES (?a ?b) { (1 2) } ?a ex:q ?b", False),
        ("GRAPH ?g { ?s ex:p ?o } ?o ex:q ?x", False),
        ("{ SELECT ?s (COUNT(*) AS ?n) ?o WHERE { ?s ex:p ?o } GROUP BY ?s ?o } ?o ex:q ?x", False),
        ("?s ex:p ?o FILTER NOT EXISTS { ?o ex:q ?x } ?o ex:q ?y", False),
        ("?s ex:p ?o ~ ?r {| ex:q ?x |} . << ?s ex:p ?o >> ex:q ?y", False),
        ("?s ?p ?o", True),
        ("?s ex:p ?o ; ?p ?x", True),
        ("?s ex:p [ ?p ?x ]", True),
        ("[ ?p ?x ] ex:p 1", True),
        ("?s ex:p ?o FILTER NOT EXISTS { ?o ?q ?x }", True),
        ("?s ex:p ?o FILTER(1 = 1 && EXISTS { ?o ?q ?x })", True),
        ("?s ex:p ?o FILTER ex:f(?o) ?o ?q ?x", True),
        ("?s ex:p ?o BIND(?o AS ?x) ?x ?q ?y", True),
        ("VALUES ?z { 1 } ?y ?q ?z", True),
        ("GRAPH ex:g { ?s ex:p ?o } ?o ?q ?x", True),
        ("?s !ex:p ?o", True),
        ("?s (ex:p|!(ex:q|^ex:r)) ?o", True),
        ("?s ex:p* ?o", True),
        ("?s (ex:p/ex:q)* ?o", True),
        ("?s ex:p? ?o", True),
        ("?s ex:p ?o {| ?q ?x |}", True),
        ("<< ?s ?p ?o >> ex:q ?x", True),
        ("?s ex:p <<( ?a ?b ?c )>>", True),
    ],
)
def test_variable_predicate(engine: Engine, pattern: str, variable: bool) -> None:
    query = f"{PREFIX}SELECT * {{ {pattern} }}"
    assert engine.run(query)[0] in ("solutions", "error")
    assert admit(query).variable_predicate is variable


@pytest.mark.parametrize(
    ("pattern", "variable"),
    [
        ("GRAPH ?g {}", True),
        ("?s ex:p ?o OPTIONAL { GRAPH ?g { ?s ex:p ?o } }", True),
        ("GRAPH ex:g { ?s ex:p ?o } FILTER NOT EXISTS { GRAPH $h { ?o ex:q 1 } }", True),
        ("{ SELECT ?g { GRAPH ?g {} } }", True),
        ("GRAPH ex:g { ?s ex:p ?o }", False),
        ("GRAPH ex:g { } ?g ex:graph ?s VALUES ?g { ex:g }", False),
    ],
)
def test_variable_graph(engine: Engine, pattern: str, variable: bool) -> None:
    query = f"{PREFIX}SELECT * {{ {pattern} }}"
    assert engine.run(query)[0] == "solutions"
    assert admit(query).variable_graph is variable


def test_describe_reads_any_predicate() -> None:
    assert admit("DESCRIBE <a:a>").variable_predicate
    assert admit("DESCRIBE ?s { ?s <a:p> 1 }").variable_predicate


def test_terms() -> None:
    admitted = admit(PREFIX + "SELECT * { ?s a ex:C ; ex:p|<http://x/y> (1) . FILTER(?x = ex:v) ?s ex:q [] }")
    assert admitted.terms >= {
        RDF + "type",
        RDF + "first",
        RDF + "rest",
        "http://x/y",
        EX + "C",
        EX + "p",
        EX + "q",
    }
    assert admit("SELECT * { ?s <a:p> ?o }").terms == {"a:p"}
    assert RDF + "reifies" in admit("SELECT * { << ?s <a:p> ?o >> <a:q> 1 }").terms


def test_form() -> None:
    assert [admit(text).form for text in ("select * {}", "ASK {}", "Construct {} {}", "DESCRIBE <a:a>")] == [
        "SELECT",
        "ASK",
        "CONSTRUCT",
        "DESCRIBE",
    ]


def test_equal_texts_are_read_once() -> None:
    assert admit("SELECT * { ?once ?p ?o }") is admit("SELECT * { ?once ?p ?o }")


def test_an_escaped_backslash_stays_one_under_any_decoding(engine: Engine) -> None:
    """Some engines decode the whole text once more and take every backslash for the begin of an escape."""
    text = r'SELECT ("\\u0022 \\U00000022 \\\u0041" AS ?x) {}'
    printed = same(engine, text).text
    again = re.sub(r"\\u([0-9A-F]{4})|\\U([0-9A-F]{8})", lambda m: chr(int(m[1] or m[2], 16)), printed)
    assert again == r'SELECT ( "\\u0022 \\U00000022 \\A" AS ?x ) { }'


def test_a_large_text_is_not_kept() -> None:
    text = "SELECT * { ?s ?p ?o }" + " " * CACHED
    assert admit(text) is not admit(text)
