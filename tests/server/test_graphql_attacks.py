"""Hostile operations: each is refused with a typed error or answered harmlessly, and the next one is answered."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from graphqlworld import Asking
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Store
from seeing import EX, RDF_TYPE, Seeing, shop

from ambit.graph.sparql.gate import admit
from ambit.server.schema import plan
from ambit.server.schema import print as printing
from ambit.server.schema.algebra import As, Call, Iri, Select, Text, Triple, Var

LARGE = ["too-large"]


@pytest.fixture(scope="module")
def eyes() -> Seeing:
    return Seeing(shop())


@pytest.fixture
def asking(eyes: Seeing) -> Iterator[Asking]:
    asking = Asking(eyes)
    asking.data("{ __typename }")
    started = time.process_time()
    yield asking
    assert time.process_time() - started < 5
    assert asking.data("{ customers { totalCount } }") == {"customers": {"totalCount": 4}}


@pytest.mark.parametrize("levels", [50, 3_000, 100_000])
def test_deep_selections(asking: Asking, levels: int) -> None:
    assert asking.codes("{a" * levels + "}" * levels) == LARGE
    for text in ("{a" * levels, "query ($a: Int = " + "[" * levels, "{ me(a: " + "{a:" * levels):
        assert asking.codes(text) == (LARGE if levels > 60 else ["graphql-syntax"])


def test_twelve_levels_are_read_and_refused_by_the_schema_alone(asking: Asking) -> None:
    assert asking.codes("{a" * 12 + "}" * 12) == ["graphql-validation"]
    links = "hasOrder { placedBy { " * 4
    assert "errors" not in asking.response("{ customers { nodes { " + links + "iri" + " }" * 11)


def test_levels_in_fragments_count(asking: Asking) -> None:
    spread = "".join(
        f"fragment F{n} on Customer {{ hasOrder {{ placedBy {{ ...F{n + 1} }} }} }} " for n in range(12)
    )
    query = "{ customers { nodes { ...F0 } } } " + spread + "fragment F12 on Customer { iri }"
    assert asking.codes(query) == LARGE


@pytest.mark.parametrize(
    "query",
    [
        "{ " + " ".join(f"a{n}: customers {{ totalCount }}" for n in range(1_000)) + " }",
        "{ " + " ".join(f"a{n}: customers {{ totalCount }}" for n in range(101)) + " }",
        "{ customers { nodes { " + "name " * 1_001 + "} } }",
        "{ me { iri " + "@include(if: true) " * 10_000 + "} }",
        "{ me { iri " + "@unknown " * 120_000 + "} }",
        "{ ...F0 } "
        + "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(29))
        + "fragment F29 on Query { me { iri } }",
        "{ me { iri } } #" + "x" * 1_000_000,
        "{ " + 'search(text: "x") { nodes { iri } } ' * 31 + "}",
        "{ customers { nodes { " + " ".join(f"a{n}: name" for n in range(101)) + " } } }",
        "{ me { " + "iri @include(if: true) " * 201 + "} }",
        "{ customers(filter: {iri: {in: [" + '"a" ' * 10_000 + "]}}) { totalCount } }",
    ],
    ids=[
        "aliases",
        "one alias too many",
        "duplicates",
        "include",
        "directives",
        "fan-out",
        "comment",
        "roots",
        "nested aliases",
        "spread directives",
        "tokens",
    ],
)
def test_operations_that_cost_too_much(asking: Asking, query: str) -> None:
    assert asking.codes(query) == LARGE


def test_as_many_duplicates_as_pass_are_quick(asking: Asking) -> None:
    assert asking.data("{ customers { nodes { " + "name " * 300 + "} } }")
    assert asking.codes("{ customers { nodes { " + "name " * 990 + "} } }") == LARGE


def test_fragment_cycles(asking: Asking) -> None:
    cycle = "{ me { ...A } } fragment A on Me { ...B } fragment B on Me { ...A }"
    assert set(asking.codes(cycle)) == {"graphql-validation"}


def test_circular_introspection(asking: Asking) -> None:
    inner = "fields { type { " * 6
    codes = asking.codes("{ __schema { types { " + inner + "name" + " } }" * 6 + " } } }")
    assert set(codes) <= {"graphql-validation", "too-large"} and codes


@pytest.mark.parametrize(
    "text", ["", " ", "{", "}", "query", "\0", "{ me { iri } ", "\ud800", '{ a(x: "\\uD800") }', "\ufeff"]
)
def test_texts_that_do_not_parse(asking: Asking, text: str) -> None:
    assert set(asking.codes(text)) <= {"graphql-syntax", "invalid-argument"}
    assert asking.codes(text)


@pytest.mark.parametrize(
    "operation", ["mutation { a }", "subscription { a }", "mutation { __typename } query B { me { iri } }"]
)
def test_there_are_no_mutations(asking: Asking, operation: str) -> None:
    assert set(asking.codes(operation)) == {"graphql-validation"}


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        (2_147_483_648, ["invalid-argument"]),
        (-1, ["invalid-argument"]),
        (1_001, ["invalid-argument"]),
        (float("inf"), ["invalid-argument"]),
        (float("nan"), ["invalid-argument"]),
        ("5", ["invalid-argument"]),
        (True, ["invalid-argument"]),
        ([1], ["invalid-argument"]),
        (10**400, ["invalid-argument"]),
        (None, []),
        (0, []),
    ],
)
def test_page_sizes(asking: Asking, value: Any, codes: list[str]) -> None:
    assert asking.codes("query ($n: Int) { customers(first: $n) { nodes { iri } } }", {"n": value}) == codes


IDS = [
    "x> } ; DROP ALL #",
    "urn:a> } ; DROP ALL ; #",
    "urn:customer:000> ?p ?o } #",
    "relative",
    "",
    "urn:a\0b",
    "urn:\\u003e",
    "urn:a b",
    "urn:{a}",
    "x" * 100_000,
    "urn:" + "é" * 1_000,
]


@pytest.mark.parametrize("iri", IDS, ids=range(len(IDS)))
def test_identifiers_that_name_nothing_are_absent(asking: Asking, iri: str) -> None:
    query = """query ($iri: ID!) { entity(iri: $iri) { iri } customer(iri: $iri) { iri }
               orders(filter: {placedBy: {eq: $iri}}) { totalCount } }"""
    absent = {"entity": None, "customer": None, "orders": {"totalCount": 0}}
    assert asking.response(query, {"iri": iri})["data"] == absent
    assert len(asking.eyes.store) == len(Seeing(shop()).store)


TEXTS = [
    'x" } UNION { GRAPH <urn:secret> {?s ?p ?o} } #',
    "\\u0022 } #",
    "\\U00000022",
    "\\\\u0022",
    "'''",
    '"""',
    "\\",
    "a\\",
    "\u2028\r\n\t",
    "?s",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("operator", ["eq", "contains", "gt", "lt"])
def test_texts_in_filters_stay_texts(asking: Asking, text: str, operator: str) -> None:
    query = "query ($t: String) { customers(filter: {tag: {%s: $t}}) { totalCount } }" % operator  # noqa: UP031  (braces)
    expected = sum(
        any(
            {"eq": tag == text, "contains": text in tag, "gt": tag > text, "lt": tag < text}[operator]
            for tag in tags
        )
        for tags in (("a", f"t{c % 3}") for c in range(4))
    )
    assert asking.data(query, t=text)["customers"]["totalCount"] == expected
    admit(asking.eyes.queries[-1])


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("Integer", 2**63),
        ("Integer", "1"),
        ("Integer", 1.5),
        ("Integer", True),
        ("Decimal", "1e400"),
        ("Decimal", "1" * 40),
        ("Decimal", '1"^^<urn:x>'),
        ("Date", "2026-01-01\n"),
        ("Date", "today"),
        ("Date", '"'),
    ],
)
def test_values_that_are_none_of_their_scalar(asking: Asking, scalar: str, value: Any) -> None:
    field = {"Integer": "quantity", "Decimal": "total", "Date": "placedOn"}[scalar]
    query = "query ($v: %s) { orders(filter: {%s: {gt: $v}}) { totalCount } }" % (scalar, field)  # noqa: UP031  (braces)
    assert asking.codes(query, {"v": value}) == ["invalid-argument"]


def test_variables_that_are_too_much(asking: Asking) -> None:
    deep: Any = 1
    for _ in range(5_000):
        deep = [deep]
    assert asking.codes("{ me { iri } }", {"a": deep}) == LARGE
    assert asking.codes(
        "query ($t: String) { customers(filter: {tag: {eq: $t}}) { totalCount } }", {"t": "\ud800"}
    ) == ["invalid-argument"]
    assert asking.codes(
        "query ($i: [ID!]) { customers(filter: {iri: {in: $i}}) { totalCount } }", {"i": ["urn:x"] * 201}
    ) == ["invalid-argument"]
    search = "query ($t: String!) { search(text: $t) { nodes { iri } } }"
    assert asking.codes(search, {"t": "\ud800"}) == ["invalid-argument"]
    assert asking.codes("{ customers(orderBy: {name: asc, tag: desc}) { totalCount } }") == [
        "graphql-validation"
    ]


@pytest.mark.parametrize("condition", ["{eq: $t}", "{contains: $t}", "{in: [$t]}", "{gt: $t}"])
def test_nul_is_refused(asking: Asking, condition: str) -> None:
    query = "query ($t: String!) { customers(filter: {tag: %s}) { totalCount } }" % condition  # noqa: UP031  (braces)
    assert asking.codes(query, {"t": "a\0b"}) == ["invalid-argument"]


def test_labels_that_are_too_many_or_too_long(asking: Asking) -> None:
    query = "query ($l: [String!]!) { customers { classify(labels: $l) { label } } }"
    for labels in ([], ["x"] * 51, ["x" * 501]):
        assert asking.codes(query, {"l": labels}) == ["invalid-argument"]


def test_more_queries_than_an_operation_may_make(asking: Asking) -> None:
    links = " ".join(f"a{n}: hasOrder(first: 1) {{ iri }}" for n in range(99))
    assert "errors" not in asking.response("{ customers { nodes { " + links + " } } }")
    twice = " ".join(
        f"a{n}: hasOrder(first: 1) {{ total }} b{n}: hasOrder(first: 2) {{ total }}" for n in range(50)
    )
    assert asking.codes("{ customers { nodes { " + twice + " } } }") == LARGE


def test_more_rows_than_an_operation_may_read(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "ROWS", 8)
    assert asking.codes("{ customers { nodes { hasOrder { quantity } } } }") == LARGE
    assert asking.codes("{ customers { nodes { hasOrder(first: 1) { quantity } } } }") == []


def test_a_hidden_name_reads_like_a_wrong_one(asking: Asking) -> None:
    hidden = asking.response("{ customers { nodes { salarySecret } } }")["errors"]
    wrong = asking.response("{ customers { nodes { zzzzzzSecret } } }")["errors"]
    assert json.dumps(hidden).replace("salarySecret", "_") == json.dumps(wrong).replace("zzzzzzSecret", "_")
    assert "Did you mean 'name'" in asking.response("{ customers { nodes { nam } } }")["errors"][0]["message"]


def test_the_unexpected_says_nothing(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(query: str) -> list[Any]:
        raise RuntimeError("secret path /etc/shadow")

    with monkeypatch.context() as patch:
        patch.setattr(asking.eyes, "select", broken)
        response = asking.response("{ customers { nodes { iri } } }")
    assert response["errors"][0]["extensions"] == {"code": "internal"}
    assert "secret" not in json.dumps(response)
    with monkeypatch.context() as patch:
        patch.setattr(asking.eyes, "select", broken)
        asking.eyes.token = "r9"
        response = asking.response("{ me { iri } }")
        asking.eyes.token = "r1"
    assert response["errors"] == [
        {"message": "something went wrong on our side", "extensions": {"code": "internal"}}
    ]


def test_a_long_message_is_cut(asking: Asking) -> None:
    message = asking.response('{ customers(first: "%s") { totalCount } }' % ("x" * 50_000))["errors"][0][
        "message"
    ]
    assert len(message) <= 500


any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
awkward = st.lists(
    st.sampled_from(["\\", "u", "U", '"', "'", "0022", "\n", "}", "#", "\\u"]), max_size=12
).map("".join)


@example("\\u0022 } #")
@example("\\\\U00000022")
@given(any_text | awkward)
def test_a_printed_text_is_read_as_itself_by_gate_and_engine(text: str) -> None:
    query = printing.select(Select((As(Text(text), Var("x")),), ()))
    # nor is there a code point escape for whoever decodes those first
    assert re.search(r"\\[uU][0-9A-Fa-f]{4}", query) is None
    for said in (query, admit(query).text):
        (solution,) = Store().query(said)  # type: ignore[misc]
        assert solution["x"].value == text


@given(st.text(max_size=12))
def test_an_iri_is_printed_whole_or_not_at_all(text: str) -> None:
    query = Select((Var("s"),), (Triple(Var("s"), Iri(RDF_TYPE), Iri("urn:" + text)),))
    try:
        said = printing.select(query)
    except ValueError:
        assert not printing.is_iri("urn:" + text)
        return
    assert admit(said).text.count("urn:" + text) == 1
    assert list(Store().query(said)) == []  # type: ignore[arg-type]


def test_typed_texts_are_escaped_too() -> None:
    said = printing.select(Select((As(Call("STR", (Text('\\u0022"', EX + "t"),)), Var("x")),), ()))
    (solution,) = Store().query(said)  # type: ignore[misc]
    assert solution["x"].value == '\\u0022"'
