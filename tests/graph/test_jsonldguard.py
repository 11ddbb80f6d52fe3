"""JSON-LD that would end its parser's process, keep it busy, or name a context elsewhere never reaches it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ambit.graph.errors import AmbitError, SourceInvalid, TooLarge
from ambit.graph.rdf.jsonldguard import DEPTH, EXPANDED, TERMS
from ambit.graph.rdf.parsing import name_blanks, read_rdf, syntax_of
from ambit.graph.rdf.rdfguard import guard
from ambit.graph.terms import Literal, NamedNode, Triple

X = "http://x.example/"


def pass_by(document: Any) -> None:
    text = document if isinstance(document, str) else json.dumps(document, indent=1)
    guard(text.encode(), name="x.jsonld", syntax="jsonld")


def names(count: int, start: int = 0) -> dict[str, str]:
    return {f"t{i}": f"{X}{i}" for i in range(start, start + count)}


ELSEWHERE: dict[str, Callable[[str], Any]] = {
    "the whole context": lambda c: {"@context": c, "name": "x"},
    "one of several": lambda c: {"@context": [{"name": X}, c], "name": "x"},
    "an import": lambda c: {"@context": {"@import": c, "name": X}, "name": "x"},
    "scoped to a property": lambda c: {"@context": {"p": {"@id": X, "@context": c}}, "p": {}},
    "scoped to a type, importing": lambda c: {
        "@context": {"T": {"@id": X, "@context": {"@import": c}}},
        "@type": "T",
    },
    "of an inner node": lambda c: {X: {"@list": [{X: [{"@context": [c]}]}]}},
    "scoped, in a context never used": lambda c: {
        "@context": [{"p": {"@id": X, "@context": [{}, {"q": {"@id": X, "@context": c}}]}}, None]
    },
}


@pytest.mark.parametrize("where", ELSEWHERE)
@pytest.mark.parametrize(
    "context",
    ["http://127.0.0.1:1/c", "https://schema.org", "file:///etc/passwd", "//10.0.0.1/c", "c.jsonld", ""],
)
def test_a_context_elsewhere_is_refused_by_name(where: str, context: str) -> None:
    with pytest.raises(SourceInvalid, match="nothing is fetched") as refused:
        pass_by(ELSEWHERE[where](context))
    assert refused.value.details["file"] == "x.jsonld" and refused.value.details["context"] == context
    assert isinstance(refused.value.details["line"], int) and "inline" in refused.value.hint


def test_an_escaped_keyword_is_the_keyword() -> None:
    with pytest.raises(SourceInvalid, match="nothing is fetched"):
        pass_by('{"\\u0040context": "http:\\/\\/127.0.0.1:1/c"}')


@pytest.mark.parametrize("context", [1, True, [["http://e/"]], 1.5])
def test_a_context_that_is_none_is_refused(context: Any) -> None:
    with pytest.raises(SourceInvalid):
        pass_by({"@context": context})


def nested(opening: str, closing: str, levels: int, inmost: str = "1") -> str:
    return opening * levels + inmost + closing * levels


DEEP = {
    "objects": ('{"http://p/":', "}"),
    "arrays": ("[", "]"),
    "lists": ('{"@list":[', "]}"),
    "reversed": ('{"@reverse":{"http://p/":', "}}"),
    "graphs": ('{"@graph":[', "]}"),
    "included": ('{"@included":[', "]}"),
    "contexts": ('{"@context":{"a":{"@id":"http://a/","@context":', "}}}"),
}


@pytest.mark.parametrize("what", DEEP)
@pytest.mark.parametrize("levels", [DEPTH, 10_000])
def test_nesting_is_bounded(what: str, levels: int) -> None:
    opening, closing = DEEP[what]
    with pytest.raises(SourceInvalid, match="deeper") as refused:
        pass_by("\n[" + nested(opening, closing, levels, "{}") + "]")
    assert refused.value.details["line"] == 2
    with pytest.raises(SourceInvalid, match="deeper"):
        pass_by("[" + opening * levels)


def test_brackets_in_strings_do_not_nest() -> None:
    pass_by({X: '\\" {[' * 1_000, "[" * 1_000: 1})


def chain(length: int) -> dict[str, str]:
    return {f"t{i}": f"t{i + 1}:x" for i in range(length)} | {f"t{length}": X}


TOO_MUCH: dict[str, tuple[type[AmbitError], Callable[[], Any]]] = {
    "prefixes of prefixes": (SourceInvalid, lambda: {"@context": chain(10_000)}),
    "just too many of them": (SourceInvalid, lambda: {"@context": chain(DEPTH)}),
    "types of types": (
        SourceInvalid,
        lambda: {"@context": {f"t{i}": {"@id": X, "@type": f"t{i + 1}:x"} for i in range(1_000)}},
    ),
    "terms by each other": (
        SourceInvalid,
        lambda: {"@context": {"a": "b:x", "b": "c:x", "c": {"@id": "a:y"}}},
    ),
    "a key twice": (SourceInvalid, lambda: '{"@context": {}, "@context": {}}'),
    "no number": (SourceInvalid, lambda: '{"http://p/": NaN}'),
    "terms": (TooLarge, lambda: {"@context": names(TERMS + 1)}),
    "terms in several contexts": (
        TooLarge,
        lambda: {"@context": [names(TERMS // 2), names(TERMS // 2 + 1, start=TERMS)]},
    ),
    "terms that come together": (
        TooLarge,
        lambda: {"@context": names(TERMS), X: {"@context": {"one": X}}},
    ),
    "contexts inside of a large one": (
        TooLarge,
        lambda: {"@context": names(10_000), "@graph": [{"@context": {"z": X}}] * 1_000},
    ),
    "types with contexts of their own": (
        TooLarge,
        lambda: {
            "@context": {f"T{i}": {"@id": X, "@context": {f"p{i}": X}} for i in range(5_000)},
            "@type": [f"T{i}" for i in range(5_000)],
        },
    ),
    "many values where a type has a context of its own": (
        TooLarge,
        lambda: {
            "@context": names(2_000) | {"T": {"@id": X, "@context": {"p": X}}},
            "@graph": [{"@type": "T", "t1": 1}] * 2_000,
        },
    ),
    "a long prefix": (
        TooLarge,
        lambda: {"@context": {"p": X + "x" * (EXPANDED // 1_000)}, X: ["p:a"] * 1_001},
    ),
    "a long vocabulary": (
        TooLarge,
        lambda: {"@context": {"@vocab": X + "x" * (EXPANDED // 1_000)}, "@graph": [{"a": 1}] * 1_001},
    ),
    "a long subject": (TooLarge, lambda: {"@id": X + "x" * (EXPANDED // 1_000), X: [1] * 1_001}),
    "a long property": (TooLarge, lambda: {X + "x" * (EXPANDED // 1_000): [{"@id": X}] * 1_001}),
    "a long subject above a map": (
        TooLarge,
        lambda: {
            "@context": {"m": {"@id": X, "@container": "@index"}},
            "@id": X + "x" * (EXPANDED // 1_000),
            "m": {f"k{i}": i for i in range(1_001)},
        },
    ),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_work_is_bounded(what: str) -> None:
    error, make = TOO_MUCH[what]
    with pytest.raises(error) as refused:
        pass_by(make())
    assert refused.value.details["file"] == "x.jsonld"


def test_what_is_large_and_harmless_passes() -> None:
    pass_by({"@context": names(5_000), "@graph": [{"@id": X, "t1": [1, 2]}] * 10_000})
    pass_by([{"@context": names(20), "@id": X, "t1": 1}] * 3_000)
    pass_by({"@context": {"foaf": X, "foaf:name": {"@id": "foaf:name"}, "name": "name", "@vocab": X}})
    scoped = {"T": {"@id": X, "@context": names(50)}}
    pass_by({"@context": names(50) | scoped, "@graph": [{"@type": "T", "t1": 1}] * 5_000})
    pass_by('{"http://p/": 1' + "0" * 10_000 + "}")


def test_lone_surrogates_in_messages_can_be_written_down() -> None:
    for text in ('{"@context": "\\ud800"}', '{"\\ud800": 1, "\\ud800": 2}'):
        with pytest.raises(SourceInvalid) as refused:
            pass_by(text)
        refused.value.message.encode()
        str(refused.value.details).encode()


def test_json_that_is_broken_is_named_by_its_line() -> None:
    with pytest.raises(SourceInvalid, match=r"x\.jsonld:3") as refused:
        pass_by('{"@id": "a",\n\n "http://p/": }')
    assert refused.value.details["line"] == 3


# -- read


def test_the_triples_of_a_document() -> None:
    text = json.dumps(
        {
            "@context": {"name": X + "name", "knows": {"@id": X + "knows", "@type": "@id"}},
            "@graph": [{"@id": "ann", "name": {"@value": "Ann", "@language": "de"}, "knows": "bob"}],
        }
    ).encode()
    assert syntax_of(text) == "jsonld"
    ann = NamedNode("http://b.example/ann")
    assert set(read_rdf(text, name="x", base="http://b.example/")) == {
        Triple(ann, NamedNode(X + "name"), Literal("Ann", language="de")),
        Triple(ann, NamedNode(X + "knows"), NamedNode("http://b.example/bob")),
    }


@pytest.mark.parametrize(
    "document",
    [
        {"@id": X + "g", "@graph": [{"@id": X, X + "p": 1}]},
        {X + "says": 1, "@graph": [{"@id": X, X + "p": 1}]},
        {"@context": {"g": {"@id": X, "@container": "@graph"}}, "@id": X, "g": {X + "p": 1}},
        {"@context": {"g": {"@id": X, "@container": ["@graph", "@id"]}}, "@id": X, "g": {X: {X + "p": 1}}},
    ],
)
def test_a_graph_of_its_own_is_refused(document: Any) -> None:
    with pytest.raises(SourceInvalid, match="which a file cannot do") as refused:
        read_rdf(json.dumps(document).encode(), name="x.jsonld", syntax="jsonld")
    assert refused.value.details["file"] == "x.jsonld"


def test_blank_nodes_are_named_alike_in_two_readings_and_in_turtle() -> None:
    document = {"@id": X, X + "p": [{X + "q": 1}, {"@id": "_:z", X + "r": {"@list": ["a", "b"]}}]}
    text = json.dumps(document).encode()
    first, second = (name_blanks(read_rdf(text, name="x"), "urn:record") for _ in range(2))
    turtle = f'<{X}> <{X}p> [ <{X}q> 1 ], [ <{X}r> ("a" "b") ] .'.encode()
    assert first == second == name_blanks(read_rdf(turtle, name="x"), "urn:record")


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        (b'\xef\xbb\xbf \n{"@id": "a"}', "jsonld"),
        (b'[\n {"@id": "a"}]', "jsonld"),
        (b"[] <urn:p> 1 .", "turtle"),
        (b"[ <urn:p> 1 ] .", "turtle"),
        (b"<urn:a> <urn:b> 1 .", "turtle"),
        (b"<?xml version='1.0'?>", "rdfxml"),
    ],
)
def test_the_syntax_is_told_by_the_beginning(text: bytes, syntax: str) -> None:
    assert syntax_of(text) == syntax
