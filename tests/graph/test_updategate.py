"""The gate for updates: how a text is cut, the static rules of SPARQL 1.1 Update, and the bounds."""

import time

import pytest

from ambit.graph.errors import QueryRefused, TooLarge
from ambit.graph.sparql.gate import Dataset, Limits
from ambit.graph.sparql.updategate import admit_update
from ambit.graph.sparql.updates import Clear, Create, Modify, Operation, Transfer, Var
from ambit.graph.terms import BlankNode, Literal, NamedNode
from ambit.graph.words import DEFAULT

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
N = NamedNode


def one(text: str) -> Operation:
    (operation,) = admit_update(text).operations
    return operation


def modified(text: str) -> Modify:
    operation = one(text)
    assert isinstance(operation, Modify)
    return operation


def test_an_update_is_cut_into_its_operations_and_prologues_go_on() -> None:
    update = admit_update(
        """PREFIX a: <urn:a:> INSERT DATA { a:s a:p a:o } ;
        BASE <http://example.org/x/> PREFIX a: <urn:b:>
        DELETE DATA { GRAPH <y> { a:s a:p a:o } } ; CLEAR SILENT GRAPH a:g;"""
    )
    first, second, third = update.operations
    assert isinstance(first, Modify) and isinstance(second, Modify)
    assert [(p.subject, p.graph) for p in first.insert] == [(N("urn:a:s"), N(DEFAULT))]
    assert [(p.subject, p.graph) for p in second.delete] == [(N("urn:b:s"), N("http://example.org/x/y"))]
    assert third == Clear("urn:b:g", silent=True)
    assert update.graphs == {DEFAULT, "http://example.org/x/y", "urn:b:g"}
    assert admit_update("PREFIX a: <urn:a:>").operations == () == admit_update(" # nothing\n").operations


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("CLEAR DEFAULT", Clear(DEFAULT)),
        ("clear silent named", Clear("named", silent=True)),
        ("DROP ALL", Clear("all")),
        ("DROP GRAPH <urn:g>", Clear("urn:g")),
        ("CREATE GRAPH <urn:g>", Create("urn:g")),
        ("CREATE SILENT GRAPH <urn:g>", Create("urn:g", silent=True)),
        ("COPY DEFAULT TO <urn:g>", Transfer("copy", DEFAULT, "urn:g")),
        ("MOVE SILENT GRAPH <urn:g> TO DEFAULT", Transfer("move", "urn:g", DEFAULT, silent=True)),
        ("ADD <urn:g> TO GRAPH <urn:h>", Transfer("add", "urn:g", "urn:h")),
    ],
)
def test_operations_on_whole_graphs(text: str, wanted: Operation) -> None:
    assert one(text) == wanted


def test_only_graphs_that_are_written_count_as_written() -> None:
    assert admit_update("COPY <urn:a> TO <urn:b>").graphs == {"urn:b"}
    assert admit_update("MOVE <urn:a> TO <urn:b>").graphs == {"urn:a", "urn:b"}
    assert (
        admit_update("INSERT { GRAPH ?g { ?s ?p 1 } } WHERE { GRAPH <urn:a> { ?s ?p ?g } }").graphs == set()
    )
    assert admit_update("WITH <urn:a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }").graphs == {"urn:a"}


def test_terms_of_data() -> None:
    inserted = modified(
        r"""INSERT DATA { <urn:s> a 1, -2.5, 3e1, true, "a\tb\\u0041", 'é'@fr, "x"^^<urn:t>, '''q'"''' , "" }"""
    ).insert
    assert {p.predicate for p in inserted} == {N(RDF + "type")}
    assert [p.object for p in inserted] == [
        Literal("1", datatype=N(XSD + "integer")),
        Literal("-2.5", datatype=N(XSD + "decimal")),
        Literal("3e1", datatype=N(XSD + "double")),
        Literal("true", datatype=N(XSD + "boolean")),
        Literal("a\tb\\u0041"),
        Literal("é", language="fr"),
        Literal("x", datatype=N("urn:t")),
        Literal("q'\""),
        Literal(""),
    ]


def test_blank_nodes_collections_and_lists_of_objects() -> None:
    inserted = modified(
        "INSERT DATA { _:a <urn:p> [ <urn:q> _:a ; ] , ( 1 [] ) , () ; ; <urn:r> 2 . [] <urn:p> 3 . [ <urn:p> 4 ] }"
    ).insert
    said = {(p.subject, p.predicate, p.object) for p in inserted}
    nodes = {term for triple in said for term in (triple[0], triple[2]) if isinstance(term, BlankNode)}
    assert len(said) == len(inserted) == 11
    assert len(nodes) == 7, "_:a, two in brackets inside, two of the list, two that begin a triple"
    assert sum(p == N(RDF + "rest") for _, p, _ in said) == 2
    assert {o for _, p, o in said if p == N(RDF + "rest")} & {N(RDF + "nil")}


def test_templates_hold_variables_and_graphs() -> None:
    operation = modified(
        """WITH <urn:w> DELETE { ?s ?p ?o } INSERT { GRAPH ?g { ?s <urn:p> _:n } . ?s <urn:q> _:n }
        USING <urn:u> USING NAMED <urn:v> WHERE { GRAPH ?g { ?s ?p ?o } }"""
    )
    assert [p.graph for p in operation.delete] == [N("urn:w")]
    assert [p.graph for p in operation.insert] == [Var("g"), N("urn:w")]
    assert operation.where is not None
    assert operation.where.dataset == Dataset(("urn:u",), ("urn:v",)) and operation.where.graph == "urn:w"
    assert operation.where.reads == {"urn:u", "urn:v"}
    assert operation.where.query.text == "SELECT ?g ?o ?p ?s WHERE { GRAPH ?g { ?s ?p ?o } }"


def test_solutions_that_are_equal_count_where_blank_nodes_are_made() -> None:
    made = modified("INSERT { _:b <urn:p> 1 } WHERE { ?s ?p ?o }").where
    plain = modified("INSERT { ?s <urn:p> 1 } WHERE { ?s ?p ?o }").where
    assert made is not None and plain is not None
    assert made.query.text.startswith("SELECT ?none ")
    assert plain.query.text.startswith("SELECT DISTINCT ?s ")


G, H = frozenset({"urn:g"}), frozenset({"urn:g", "urn:h"})
READS: dict[str, frozenset[str] | None] = {
    "WITH <urn:g> DELETE { ?s ?p 1 } WHERE { ?s ?p ?o }": G,
    "WITH <urn:g> DELETE { ?s ?p 1 } WHERE { ?s ?p ?o GRAPH ?g {} }": None,
    "DELETE { ?s ?p 1 } USING <urn:g> USING NAMED <urn:h> WHERE { ?s ?p ?o }": H,
    "DELETE { ?s ?p 1 } USING <urn:x> WHERE { GRAPH <urn:g> { ?s ?p ?o } }": G,
    "DELETE WHERE { GRAPH <urn:g> { ?s ?p ?o } GRAPH <urn:h> { ?s ?p 1 } }": H,
    "DELETE WHERE { GRAPH <urn:g> { ?s ?p ?o } ?s ?p 1 }": None,
    "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }": None,
    "DELETE { ?s ?p 1 } WHERE { ?s ?p ?o }": None,
    "INSERT { <urn:s> <urn:p> 1 } WHERE {}": frozenset(),
    "PREFIX x: <urn:> INSERT { ?s ?p ?o } WHERE { GRAPH x:g { ?s ?p ?o FILTER(?o > 1 && (?o < 3)) } . }": G,
    """INSERT { ?s ?p ?v } WHERE { VALUES ?s { <urn:a> } VALUES (?x ?y) { (1 2) } GRAPH <urn:g> { ?s ?p [ ?q ?o ] }
       OPTIONAL { GRAPH <urn:h> { ?s ?p ?z } } FILTER regex(STR(?o), "x") FILTER(!BOUND(?z)) BIND(?o + 1 AS ?v) }""": H,
    "INSERT { ?s ?p ?o } WHERE { { GRAPH <urn:g> { ?s ?p ?o } } UNION { GRAPH <urn:h> { ?s ?p ?o } } }": H,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } MINUS { GRAPH <urn:h> { ?s ?p ?o } } }": H,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } FILTER NOT EXISTS { GRAPH <urn:h> { ?s ?p 1 } } }": H,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p 1 } }": None,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } FILTER(?o = 1 || EXISTS { ?s ?p 1 }) }": None,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } BIND(EXISTS { ?s ?p 1 } AS ?e) }": None,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o GRAPH ?h { ?s ?p 1 } } }": None,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o GRAPH <urn:h> { ?s ?p 1 } } }": H,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } { ?s ?p 1 } }": None,
    "INSERT { ?s ?p ?o } WHERE { SELECT * { GRAPH <urn:g> { ?s ?p ?o } } }": None,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } (1 2) ?p ?x }": None,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } [] ?p ?x }": None,
    "INSERT { ?s ?p ?o } WHERE { GRAPH <urn:g> { ?s ?p ?o } <urn:s> <urn:p>/<urn:q>* ?x }": None,
}


@pytest.mark.parametrize("text", READS)
def test_what_a_where_reads_is_told_where_its_graphs_are_named(text: str) -> None:
    where = modified(text).where
    assert where is not None and where.reads == READS[text]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("INSERT DATA { ?s <urn:p> 1 }", "variable"),
        ("DELETE DATA { <urn:s> ?p 1 }", "variable"),
        ("INSERT DATA { GRAPH ?g { <urn:s> <urn:p> 1 } }", "variable"),
        ("DELETE DATA { _:b <urn:p> 1 }", "blank node"),
        ("DELETE DATA { <urn:s> <urn:p> [] }", "blank node"),
        ("DELETE { <urn:s> <urn:p> (1) } WHERE {}", "blank node"),
        ("DELETE WHERE { _:b <urn:p> ?o }", "blank node"),
        ("INSERT DATA { GRAPH <urn:g> { GRAPH <urn:h> { <urn:s> <urn:p> 1 } } }", "cannot stand here"),
        ("INSERT DATA { _:b <urn:p> 1 } ; INSERT DATA { _:b <urn:p> 2 }", "two operations"),
        (
            "DELETE {} WHERE { _:b <urn:p> 1 } ; DELETE {} WHERE { { _:b <urn:p> 1 } }",
            "two operations",
        ),
        ("INSERT DATA { <urn:s> <urn:p> 1", "too early"),
        ("INSERT DATA { <urn:s> <urn:p> }", "cannot stand here"),
        ("INSERT DATA { <urn:s> <urn:p> 1 } INSERT DATA {}", "cannot stand here"),
        ("INSERT DATA { <urn:s> 'p' 1 }", "no predicate"),
        ("INSERT DATA { <urn:s> _:p 1 }", "no predicate"),
        ("INSERT DATA { <urn:s> <urn:p>/<urn:q> 1 }", "cannot stand here"),
        ("INSERT DATA { 1 <urn:p> 1 }", "no subject"),
        ("INSERT DATA { <urn:s> <urn:p> <<( <urn:s> <urn:p> 1 )>> }", "RDF 1.2"),
        ("INSERT DATA { <urn:s> <urn:p> 1 {| <urn:q> 2 |} }", "RDF 1.2"),
        ("INSERT DATA { <urn:s> <urn:p> 1 ~ <urn:r> }", "RDF 1.2"),
        ("INSERT DATA { <urn:s> <urn:p> 'x'@en--ltr }", "RDF 1.2"),
        ("INSERT { ?s ?p ?o }", "too early"),
        ("DELETE {} INSERT DATA {}", "cannot stand here"),
        ("WITH <urn:g> INSERT DATA { <urn:s> <urn:p> 1 }", "cannot stand here"),
        ("WITH <urn:g> DELETE WHERE { ?s ?p ?o }", "cannot stand here"),
        ("WITH ?g DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "cannot stand here"),
        ("CREATE <urn:g>", "cannot stand here"),
        ("CREATE DEFAULT", "cannot stand here"),
        ("CLEAR <urn:g>", "cannot stand here"),
        ("COPY ALL TO <urn:g>", "cannot stand here"),
        ("MOVE <urn:g> <urn:h>", "cannot stand here"),
        ("CLEAR GRAPH x:g", "not declared"),
        ("CLEAR GRAPH <g>", "not absolute"),
        ("SELECT * WHERE { ?s ?p ?o }", "query is not an update"),
        ("ASK {}; CLEAR ALL", "query is not an update"),
        ("FROB ALL", "begins no update"),
        ("{ ?s ?p ?o }", "begins no update"),
        ("DELETE { ?s ?p ?o } WHERE { SELECT * FROM <urn:g> { ?s ?p ?o } }", "FROM"),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o } ; }", "begins no update"),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o ", "too early"),
        ("DELETE { ?s ?p ?o } WHERE { CLEAR ALL }", "update is not a query"),
    ],
)
def test_what_is_no_update_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(QueryRefused, match=says) as caught:
        admit_update(text)
    assert caught.value.details["line"] == 1 and isinstance(caught.value.details["column"], int)


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://127.0.0.1/x>",
        "LOAD SILENT <file:///etc/passwd> INTO GRAPH <urn:ambit:ledger>",
        "INSERT DATA { <urn:s> <urn:p> 1 } ; LOAD SILENT <http://[::1]/>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "INSERT { ?s ?p ?o } WHERE { SERVICE SILENT ?where { ?s ?p ?o } }",
        "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER EXISTS { SERVICE <http://[::1]/> { ?s ?p ?o } } }",
    ],
)
def test_nothing_is_fetched(text: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        admit_update(text)
    assert caught.value.code == "query-refused" and "source" in caught.value.hint


HEAVY = {
    "braces": "INSERT {} WHERE " + "{" * 3_000 + "}" * 3_000,
    "a base into prefixes": f"BASE <urn:x/{'x' * 400_000}/>"
    + "".join(f"PREFIX p{n}:<{n}> " for n in range(100))
    + "CLEAR ALL",
    "brackets": "INSERT DATA { <urn:s> <urn:p> " + "[ <urn:p> " * 5_000 + "1" + "]" * 5_000 + " }",
    "lists": "INSERT DATA { <urn:s> <urn:p> " + "(" * 5_000 + ")" * 5_000 + " }",
    "exists": "INSERT {} WHERE { " + "FILTER EXISTS { " * 900 + "}" * 900 + " }",
    "or": "INSERT {} WHERE { FILTER(" + " || ".join(["?x"] * 10_000) + ") }",
    "patterns": "INSERT {} WHERE { " + " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(1_000)) + " }",
    "operations": "CLEAR ALL ; " * 5_000,
    "objects": "INSERT DATA { <urn:s> <urn:p> " + "1," * 150_000 + "1 }",
    "tokens": "INSERT DATA { " + ". " * 450_000 + " }",
    "variables": "INSERT { " + " ".join(f"?v{n} <urn:p> 1 ." for n in range(5_000)) + " } WHERE {}",
    "bytes": "INSERT DATA { <urn:s> <urn:p> '" + "x" * 1_000_001 + "' }",
    "prefixes": f"PREFIX p: <urn:{'x' * 900_000}> INSERT DATA {{ p:a p:b p:c , p:d , p:e , p:f }}",
}


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_heavy_is_refused_in_time(name: str) -> None:
    begins = time.process_time()
    with pytest.raises((TooLarge, QueryRefused)) as caught:
        admit_update(HEAVY[name])
    assert time.process_time() - begins < 5
    if name != "tokens":
        assert isinstance(caught.value, TooLarge), caught.value


def test_bounds_are_those_of_the_whole_update() -> None:
    limits = Limits(operations=2, quads=3)
    two = "INSERT DATA { <urn:s> <urn:p> 1, 2 } ;"
    assert len(admit_update(two + "CLEAR ALL", limits=limits).operations) == 2
    for text in (two + "CLEAR ALL ; CLEAR ALL", two + "INSERT DATA { <urn:s> <urn:p> 3, 4 }"):
        with pytest.raises(TooLarge):
            admit_update(text, limits=limits)


def test_names_are_printed_as_they_are_meant() -> None:
    """A keyword hidden in a name, and what a second decoding would make another text."""
    where = modified(
        r"""PREFIX ex: <urn:x#> BASE <http://example.org/>
        DELETE { ?s ex:DROP ?o } WHERE { ?s ex:a.SERVICE <y>, "\\u0022 } ; DROP ALL #" , 'a\u0062' }"""
    ).where
    assert where is not None
    assert where.query.text == (
        "BASE <http://example.org/> SELECT DISTINCT ?o ?s WHERE { ?s <urn:x#a.SERVICE> <http://example.org/y> , "
        r""""\\\u00750022 } ; DROP ALL #" , 'ab' }"""
    )


@pytest.mark.parametrize("name", ["langString", "dirLangString"])
def test_a_text_without_a_tag_has_no_datatype_of_texts_with_one(name: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        admit_update(f'INSERT DATA {{ <urn:s> <urn:p> "x"^^<{RDF}{name}> }}')
    assert caught.value.code == "query-syntax"
