"""Texts that would end or occupy the engine are refused; the most that is admitted does neither."""

from collections.abc import Iterator

import pytest
from bare_engine import Engine

from ambit.graph.errors import TooLarge
from ambit.graph.sparql import gate
from ambit.graph.sparql.gate import Limits, admit


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


LONG = f"BASE <http://example.org/{'a' * 400_000}/>"
CRASH = {
    "braces": "SELECT * {" + "{" * 3000 + "}" * 3000 + "}",
    "parentheses": "SELECT * { FILTER(" + "(" * 5000 + "1" + ")" * 5000 + ") }",
    "not": "SELECT * { FILTER(" + "!" * 10000 + "true) }",
    "exists": "SELECT * {" + "FILTER EXISTS {" * 1000 + "}" * 1000 + "}",
    "union": "SELECT * {" + " UNION ".join(["{ ?s ?p ?o }"] * 10000) + "}",
    "or": "SELECT * { FILTER(" + "||".join(["true"] * 10000) + ") }",
    "and": "SELECT * { FILTER(" + "&&".join(["true"] * 10000) + ") }",
    "plus": "SELECT * { FILTER(" + "+".join(["?x"] * 10000) + ") }",
    "signed": "SELECT * { FILTER(1" + " +1" * 10000 + ") }",
    "triple terms": "SELECT * { ?s ?p " + "<<( ?s ?p " * 10000 + "1" + " )>>" * 10000 + " }",
    "reified": "SELECT * { ?s ?p " + "<< ?s ?p " * 10000 + "1" + " >>" * 10000 + " }",
    "annotated": "SELECT * { ?s ?p 1 " + "{| ?p 1 " * 10000 + " |}" * 10000 + " }",
    "patterns": "SELECT * {" + "?s ?p ?o ." * 10000 + "}",
    "patterns, 1,000": "SELECT * {" + "?s ?p ?o ." * 1000 + "}",
    "semicolons": "SELECT * { ?s ?p ?o" + " ; ?p ?o" * 1000 + "}",
    "commas": "SELECT * { ?s ?p ?o" + " , ?o" * 1000 + "}",
    "collection": "SELECT * { ?s ?p (" + " 1" * 1000 + ") }",
    "lists": "SELECT * { ?s ?p " + "(" * 1000 + ")" * 1000 + "}",
    "brackets": "SELECT * { ?s ?p " + "[ ?p " * 1000 + "1" + "]" * 1000 + "}",
    "optional": "SELECT * {" + "OPTIONAL { ?s ?p ?o " * 1000 + "}" * 1000 + "}",
    "optionals": "SELECT * {" + "OPTIONAL { ?s ?p ?o } " * 300 + "}",
    "groups": "SELECT * {" + "{ ?s ?p ?o } " * 300 + "}",
    "graphs": "SELECT * {" + "GRAPH ?g { ?s ?p ?o } " * 300 + "}",
    "joined unions": "SELECT * {" + "{ ?s ?p ?o } UNION { ?s ?p ?x } " * 100 + "}",
    "sub-selects": "SELECT * {" + "{ SELECT * { ?s ?p ?o } } " * 1000 + "}",
    "sequence": "SELECT * { ?s " + "/".join(["<a:p>"] * 10000) + " ?o }",
    "alternatives": "SELECT * { ?s " + "|".join(["<a:p>"] * 10000) + " ?o }",
    "binds": "SELECT * {" + "".join(f"BIND(1 AS ?x{i}) " for i in range(1000)) + "}",
    "projection": "SELECT " + "".join(f"(1 AS ?x{i}) " for i in range(1000)) + "{}",
    "order": "SELECT * {} ORDER BY " + "(1) " * 1000,
    "describe": "DESCRIBE " + "".join(f"<a:{i}> " for i in range(1000)),
    "variables": "SELECT " + "".join(f"?x{i} " for i in range(10000)) + "{}",
    "values, 1,000,000 cells": "SELECT * { VALUES ?x {" + " 1" * 1_000_000 + "} }",
    "values, nested rows": "SELECT * { VALUES ?x {" + "(" * 200 + ")" * 200 + "} }",
    "10 MB": "SELECT * { ?s ?p '" + "x" * 10_000_000 + "' }",
    "bytes, not characters": "SELECT * { ?s ?p '" + "\u00e4" * 600_000 + "' }",
    "prefixes written out": "PREFIX a: <a:"
    + "x" * 100_000
    + "> SELECT * { VALUES ?x {"
    + " a:b" * 1000
    + "} }",
    "a base into prefixes": f"{LONG} " + "".join(f"PREFIX p{i}:<{i}>" for i in range(100)) + " ASK {}",
    "a base into bases": f"{LONG} " + "BASE <a/>" * 100 + " ASK {}",
    "a base into graphs": f"{LONG} ASK " + "".join(f"FROM <{i}>" for i in range(100)) + " {}",
    "a base read for short names": f"{LONG} ASK {{ VALUES ?x {{"
    + "".join(f"</{i}>" for i in range(100))
    + "} }",
}


@pytest.mark.parametrize("name", CRASH)
def test_heavy_texts_are_refused(name: str) -> None:
    with pytest.raises(TooLarge) as refused:
        admit(CRASH[name])
    assert refused.value.code == "too-large"
    assert refused.value.details["limit"] in ("bytes", "tokens", "depth", "chain", "patterns", "names")


def test_the_engine_dies_of_such_texts(engine: Engine) -> None:
    """The anomaly that the bounds are for."""
    assert engine.run(CRASH["braces"]) == ["died"]
    assert engine.run(CRASH["signed"]) == ["died"]


SHAPES = {
    "braces": lambda n: "SELECT * {" + "{" * n + "?s ?p ?o" + "}" * n + "}",
    "parentheses": lambda n: "SELECT * { FILTER(" + "(" * n + "1" + ")" * n + ") }",
    "exists": lambda n: "SELECT * {" + "?s ?p ?o FILTER EXISTS {" * n + "}" * n + "}",
    "optional": lambda n: "SELECT * {" + "?s ?p ?o OPTIONAL {" * n + "}" * n + "}",
    "sub-select": lambda n: "SELECT * {" + "{ SELECT * {" * n + "}}" * n + "}",
    "if": lambda n: "SELECT * { BIND(" + "IF(true, 1, " * n + "1" + ")" * n + " AS ?x) }",
    "union": lambda n: "SELECT * {" + " UNION ".join(["{ ?s ?p ?o }"] * n) + "}",
    "minus": lambda n: "SELECT * { ?s ?p ?o" + " MINUS { ?s ?p ?o }" * n + "}",
    "filter": lambda n: "SELECT * { ?s ?p ?o" + " FILTER(?o != 1)" * n + "}",
    "or": lambda n: "SELECT * { FILTER(" + "||".join(["?x"] * n) + ") }",
    "signed": lambda n: "SELECT * { FILTER(1" + " +1" * n + ") }",
    "not": lambda n: "SELECT * { FILTER(" + "!" * n + "true) }",
    "alternatives": lambda n: "SELECT * { ?s " + "|".join(["<a:p>"] * n) + " ?o }",
    "order": lambda n: "SELECT * {} ORDER BY" + " (1+1)" * n,
    "describe": lambda n: "DESCRIBE" + "".join(f" <a:{i}>" for i in range(n)),
    "star": lambda n: "SELECT * {" + "".join(f"?s <a:{i}> ?o{i} ." for i in range(n)) + "}",
    "brackets": lambda n: "SELECT * { ?s ?p " + "[ ?p " * n + "1" + "]" * n + "}",
    "triple terms": lambda n: "SELECT * { ?s ?p " + "<<( ?s ?p " * n + "1" + " )>>" * n + " }",
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_engine_survives_the_most_that_is_admitted(engine: Engine, name: str) -> None:
    def fits(size: int) -> bool:
        try:
            admit(SHAPES[name](size))
        except TooLarge:
            return False
        return True

    low, high = 1, 4096
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    assert 25 <= low < 4096
    assert engine.run(admit(SHAPES[name](low)).text)[0] in ("solutions", "graph")


def test_wide_but_light_texts_pass() -> None:
    admit("SELECT * { VALUES ?x {" + " 1" * 100_000 + "} }")
    admit("SELECT * { FILTER(?x IN (" + ",".join(["1"] * 10_000) + ")) }")
    admit("SELECT * {" + " UNION ".join("{ ?s <a:p> ?o . ?o <a:q> ?x }" for _ in range(100)) + "}")
    admit("SELECT * { ?s <a:p> ?o " + "".join(f"OPTIONAL {{ ?s <a:{i}> ?x{i} }} " for i in range(50)) + "}")
    admit("SELECT * {" + "{" * 127 + "}" * 127 + "}")


def test_a_base_and_prefixes_of_a_usual_text_pass() -> None:
    many = "".join(f"PREFIX p{i}: <http://example.org/vocabulary/{i}#> " for i in range(5_000))
    assert (
        len(admit(f"BASE <http://example.org/> {many} ASK {{ <a> p7:b <http://example.org/c> }}").terms) == 3
    )


def test_what_is_long_once_written_out_is_not_kept() -> None:
    text = "PREFIX a: <urn:" + "x" * 4_000 + "> ASK { VALUES ?x {" + " a:b" * 100 + "} }"
    kept = gate._cached.cache_info().currsize
    assert len(admit(text).text) > gate.KEPT > len(text)
    assert admit(text) == admit(text)
    assert gate._cached.cache_info().currsize == kept
    admit(text + "#")
    admit("ASK { <urn:this> <urn:is> <urn:kept> }")
    assert gate._cached.cache_info().currsize in (kept + 1, 512)


def test_limits_are_settable() -> None:
    with pytest.raises(TooLarge):
        admit("SELECT * {{{ }}}", limits=Limits(depth=2))
    with pytest.raises(TooLarge):
        admit("SELECT * { ?s ?p ?o . ?a ?b ?c }", limits=Limits(patterns=1))
    with pytest.raises(TooLarge):
        admit("SELECT * { }", limits=Limits(tokens=3))
    with pytest.raises(TooLarge):
        admit("SELECT * { }", limits=Limits(bytes=11))
    admit("SELECT * { }", limits=Limits(bytes=12, tokens=4, depth=1, patterns=1))


def test_scopes_planned_by_themselves_add_up() -> None:
    def star(size: int) -> str:
        return "{" + " . ".join(f"?s <a:{i}> ?o{i}" for i in range(size)) + "}"

    admit(f"SELECT * {{ {star(40)} UNION {star(40)} }}")
    with pytest.raises(TooLarge):
        admit(f"SELECT * {{ {star(60)} UNION {star(60)} }}")
    with pytest.raises(TooLarge):
        admit(f"SELECT * {{ ?s ?p ?o OPTIONAL {star(60)} OPTIONAL {star(60)} }}")
