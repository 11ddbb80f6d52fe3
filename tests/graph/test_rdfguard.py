"""Texts that would end the process which parses them never reach the parser."""

import contextlib

import pytest

from ambit.graph.errors import AmbitError, SourceInvalid, TooLarge
from ambit.graph.rdf.parsing import read_rdf
from ambit.graph.rdf.rdfguard import DEPTH, LIMIT, guard

RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="urn:x:">'


def _bomb(levels: int, width: int) -> bytes:
    entities = "".join(
        f'<!ENTITY l{i} "{f"&l{i - 1};" * width}">\n' if i else '<!ENTITY l0 "lol">\n'
        for i in range(levels + 1)
    )
    return f"<!DOCTYPE r [\n{entities}]>\n".encode() + RDF + f"<x:p>&l{levels};</x:p></rdf:RDF>".encode()


@pytest.mark.parametrize(
    ("syntax", "text"),
    [
        ("turtle", b"<u:a> <u:b> " + b"<<( <u:a> <u:b> " * 100_000 + b"<u:c>" + b")>>" * 100_000 + b" ."),
        ("ntriples", b"<u:a> <u:b> <<( <u:a> <u:b> <u:c> )>> ."),
        ("turtle", b"<u:a> <u:b> " + b"[ <u:b> " * 100_000),
        ("turtle", b"<u:a> <u:b> " + b"(" * (DEPTH + 1)),
        ("rdfxml", _bomb(9, 10)),
        ("rdfxml", _bomb(8, 10)),
        (
            "rdfxml",
            b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + RDF + b"<x:p>&e;</x:p></rdf:RDF>",
        ),
        ("rdfxml", b'<!DOCTYPE r [<!ENTITY % e "x">]>' + RDF + b"</rdf:RDF>"),
        ("rdfxml", RDF + b"<rdf:Description><x:p>" * 100_000),
        ("turtle", b'<u:a> <u:b> "\xff" .'),
        ("turtle", b'<u:a> <u:b> "\x00" .'),
        ("turtle", '<u:a> <u:b> "c" .'.encode("utf-16")),
    ],
)
def test_refused_with_file_and_line(syntax: str, text: bytes) -> None:
    with pytest.raises(SourceInvalid) as refused:
        guard(b"\n" * 2 + text if syntax != "rdfxml" else text, name="x.ttl", syntax=syntax)
    assert refused.value.details["file"] == "x.ttl"
    assert refused.value.details["line"] == 3 or syntax == "rdfxml"


def test_what_expat_would_let_pass() -> None:
    """Each bound is ours, not the scanner's: these are well formed, and small enough for it."""
    deep = RDF + b"<x:p>" * DEPTH + b"</x:p>" * DEPTH + b"</rdf:RDF>"
    for text, said in ((_bomb(5, 10), "expands beyond"), (deep, "nests elements deeper")):
        with pytest.raises(SourceInvalid, match=said):
            guard(text, name="x.rdf", syntax="rdfxml")
    guard(deep.replace(b"<x:p>", b"", 1).replace(b"</x:p>", b"", 1), name="x.rdf", syntax="rdfxml")


def test_quadratic_blow_up_and_size_are_too_large() -> None:
    many = b'<!DOCTYPE r [<!ENTITY e "' + b"x" * 60_000 + b'">]>' + RDF + b"&e;" * 1_000 + b"</rdf:RDF>"
    with pytest.raises(AmbitError):
        guard(many, name="x.rdf", syntax="rdfxml")
    with pytest.raises(TooLarge):
        guard(b" " * (LIMIT + 1), name="x.ttl", syntax="turtle")


@pytest.mark.parametrize(
    ("syntax", "text"),
    [
        (
            "turtle",
            b'<u:<<> <u:b> "<< [[[[ #" , """ << " "" """, \'<<\' . # <<\n'
            b"<u:a> <u:b> ( 1 ( 2 ) [ <u:c> 3 ] ) .",
        ),
        ("turtle", b'<u:a> <u:b> "' + b"[" * 1000 + b'" .' + b"<u:a> <u:b> [ ] ." * 1000),
        (
            "rdfxml",
            b'<!DOCTYPE r [<!ENTITY a "urn:x:">\n<!ENTITY b "&a;b">]>' + RDF + b"<x:p>&b;</x:p></rdf:RDF>",
        ),
    ],
)
def test_what_only_looks_like_it_passes(syntax: str, text: bytes) -> None:
    guard(text.replace(b"<u:<<>", b"<u:a>"), name="x", syntax=syntax)


def test_a_text_may_not_swell_when_its_short_forms_are_written_out() -> None:
    subject = b"<urn:" + b"x" * 4_000_000 + b">"
    text = subject + b" <urn:p> " + b",".join(b"%d" % n for n in range(100)) + b" ."
    with pytest.raises(TooLarge, match="300 million characters"):
        read_rdf(text, name="swollen.ttl", syntax="turtle")
    assert len(read_rdf(text.replace(b"x" * 4_000_000, b"x"), name="small.ttl", syntax="turtle")) == 100


@pytest.mark.parametrize(
    ("base", "line"),
    [
        (b"@base <http://e/%s/> .\n", b"@prefix p%d: <%d> .\n"),
        (b"BASE<http://e/%s/>", b"PREFIX p%d:<%d>"),
        (b"base # <u:>\n<http://e/%s/>", b"prefix#\np%d:#'\n<%d>"),
        (b"<u:a> <u:b> <u:c>.@base <http://e/%s/> .", b"<u:a> <u:b> 1.prefix p%d: <%d>"),
        (b"PREFIX base: <http://e/>BASE <http://e/%s/>", b"base:prefix base:\\-prefix 1.PREFIX p%d:<%d>"),
        (b"@base <http://e/%s/> .", b"@base <a%d/> .@base <a%d/> ."),
    ],
)
def test_a_base_is_not_copied_into_any_number_of_prefixes(base: bytes, line: bytes) -> None:
    text = base % (b"a" * 400_000) + b"".join(line % (n, n) for n in range(30))
    with pytest.raises(TooLarge, match="prefixes of more than"):
        guard(text, name="prefixes.ttl", syntax="turtle")
    guard(text.replace(b"a" * 400_000, b"a"), name="prefixes.ttl", syntax="turtle")


def test_the_base_that_a_parser_is_told_counts_too() -> None:
    text = b"".join(b"@prefix p%d: <%d> .\n" % (n, n) for n in range(6_000))
    with pytest.raises(TooLarge):
        read_rdf(text, name="prefixes.ttl", syntax="turtle", base="http://e/" + "a" * 2_000)
    assert read_rdf(text, name="prefixes.ttl", syntax="turtle", base="http://e/") == []
    whole = text.replace(b"<", b"<http://example.com/")
    assert read_rdf(whole, name="prefixes.ttl", syntax="turtle", base="http://e/" + "a" * 2_000) == []


def test_words_that_look_like_declarations_are_none() -> None:
    line = b"p:base <http://e/%d> ; p:x-prefix <r%d> ; p:q 'PREFIX <x>' , <base#prefix> . # base <x> prefix <x>\n<a> "
    text = b"@base <http://e/" + b"a" * 2_000 + b"> . @prefix p: <p> . <a> "
    guard(text + b"".join(line % (n, n) for n in range(20_000)), name="p.ttl", syntax="turtle")


def test_no_more_triples_are_read_than_are_wanted() -> None:
    text = b"<urn:a> <urn:p> 1 .\n" * 10
    assert len(read_rdf(text, name="x", syntax="turtle", most=10)) == 10
    with pytest.raises(TooLarge, match="more than 9 triples"):
        read_rdf(text, name="x", syntax="turtle", most=9)


@pytest.mark.timeout(30)  # what is not linear takes hours
@pytest.mark.parametrize(
    "begins", [b"<u:\\u0041", b'"""\\', b"'''\\", b'"\\', b"'\\", b'"', b"<", b"<\\u", b"\\", b'"""', b'"a\n']
)
def test_what_never_ends_is_read_once(begins: bytes) -> None:
    for text in (begins * (1_000_000 // len(begins)), begins + b"\\u0041" * 100_000 + b" "):
        with contextlib.suppress(SourceInvalid):
            guard(text, name="endless.ttl", syntax="turtle")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("begins", [b'\\"', b'"', b'"\\', b'",'])
def test_json_that_never_ends_is_read_once(begins: bytes) -> None:
    with pytest.raises(SourceInvalid):
        guard(b'{"@id":"' + begins * (1_000_000 // len(begins)), name="endless.jsonld", syntax="jsonld")


@pytest.mark.parametrize(
    ("syntax", "text"),
    [
        ("turtle", b'<urn:a> <urn:b> "x"@ar--rtl .'),
        (
            "jsonld",
            b'{"@context": {"@version": 1.1}, "@id": "urn:a", "urn:b": {"@value": "x", "@language": "ar", "@direction": "rtl"}}',
        ),
    ],
)
def test_a_text_with_a_direction_is_not_of_rdf_1_1(syntax: str, text: bytes) -> None:
    try:
        read = read_rdf(text, name="directed", syntax=syntax)
    except SourceInvalid as error:
        assert "base direction" in error.message
    else:
        assert [getattr(t.object, "direction", None) for t in read] == [None]
