"""SPARQL's terminals, read in linear time, and IRIs resolved as RFC 3986 says."""

import contextlib
import re
import time
from collections.abc import Iterator

import pytest
from bare_engine import Engine
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ambit.graph.errors import Refused
from ambit.graph.iris import resolve
from ambit.graph.sparql.gate import admit
from ambit.graph.sparql.lexer import tokens


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


def lexed(text: str) -> list[str]:
    return [lexeme for kind, lexeme, _ in tokens(text) if kind != "space"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("?x<?y&&?z>1", ["?x", "<?y&&?z>", "1"]),  # longest match
        ("?x<5 && 6>?y", ["?x", "<", "5", "&&", "6", ">", "?y"]),
        ("?x<= ?y>=?z!=1", ["?x", "<=", "?y", ">=", "?z", "!=", "1"]),
        ("?x<=5>=3", ["?x", "<=5>", "=", "3"]),
        ("ex:a.b. ex:c..", ["ex:a.b", ".", "ex:c", ".", "."]),
        ("<a#b>#c>\n<d>", ["<a#b>", "<d>"]),
        ("1.5.1.e3.x:", ["1.5", ".1", ".", "e3.x:"]),
        ("a:b\\#c#d", ["a:b\\#c"]),
        ("'''a''b'\\''''''\"\"", ["'''a''b'\\''''", "''", '""']),
        ("ex:p?a?", ["ex:p", "?a", "?"]),
        ("true.FILTER", ["true", ".", "FILTER"]),
        ("a.b.c:d", ["a.b.c:d"]),
        ("_:a.b._:c", ["_:a.b._", ":c"]),
        ("@en-US--ltr-x", ["@en-US--ltr", "-", "x"]),
        ("\U00010000:\U000effff", ["\U00010000:\U000effff"]),
    ],
)
def test_terminals(text: str, expected: list[str]) -> None:
    assert lexed(text) == expected


LONG = {
    "dotted words": "SELECT " + "true." * 200_000,
    "dashed words": "SELECT " + "a-" * 500_000,
    "dots": "SELECT " + "." * 1_000_000,
    "open IRIs": "SELECT " + "<a" * 500_000,
    "angles": "SELECT " + "< " * 500_000,
    "quotes": "SELECT " + '"' * 1_000_000,
    "open long strings": "SELECT " + '"""a" ' * 160_000,
    "backslashes": 'SELECT "' + "\\" * 999_991,
    "digits": "SELECT " + "1" * 999_990,
    "blank labels": "SELECT " + "_:a..." * 160_000,
    "names with dots": "PREFIX a: <a:> SELECT " + "a:b.." * 190_000,
    "escapes": "SELECT '" + "\\u0041" * 160_000,
    "half escapes": "SELECT '" + "\\u004" * 190_000,
    "tags": "SELECT @a" + "-a" * 490_000,
    "comments": "SELECT " + "#\n" * 490_000,
}


@pytest.mark.parametrize("name", LONG)
def test_reading_is_linear(name: str) -> None:
    """A megabyte takes well under a second; ten seconds would be the first square."""
    start = time.process_time()
    with contextlib.suppress(Refused):
        admit(LONG[name])
    assert time.process_time() - start < 5


RFC = {  # RFC 3986 §5.4
    "g:h": "g:h",
    "g": "http://a/b/c/g",
    "./g": "http://a/b/c/g",
    "g/": "http://a/b/c/g/",
    "/g": "http://a/g",
    "//g": "http://g",
    "?y": "http://a/b/c/d;p?y",
    "g?y": "http://a/b/c/g?y",
    "#s": "http://a/b/c/d;p?q#s",
    "g#s": "http://a/b/c/g#s",
    ";x": "http://a/b/c/;x",
    "": "http://a/b/c/d;p?q",
    ".": "http://a/b/c/",
    "./": "http://a/b/c/",
    "..": "http://a/b/",
    "../": "http://a/b/",
    "../g": "http://a/b/g",
    "../..": "http://a/",
    "../../g": "http://a/g",
    "../../../g": "http://a/g",
    "/./g": "http://a/g",
    "/../g": "http://a/g",
    "g.": "http://a/b/c/g.",
    "..g": "http://a/b/c/..g",
    "./../g": "http://a/b/g",
    "./g/.": "http://a/b/c/g/",
    "g/./h": "http://a/b/c/g/h",
    "g/../h": "http://a/b/c/h",
    "g;x=1/../y": "http://a/b/c/y",
    "g?y/../x": "http://a/b/c/g?y/../x",
    "g#s/../x": "http://a/b/c/g#s/../x",
}


@pytest.mark.parametrize("reference", RFC)
def test_resolution_as_in_the_rfc(reference: str) -> None:
    assert resolve(reference, "http://a/b/c/d;p?q") == RFC[reference]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from(["http://a/b/c/d;p?q", "http://a", "urn:a:b", "file:///x/y", "http://a?q"]),
    reference=st.lists(
        st.sampled_from(["a", ".", "..", "/", "//", "?", "#", ":", "b;c", "%41"]), max_size=7
    ).map("".join),
)
def test_resolution_as_the_engine_does(engine: Engine, base: str, reference: str) -> None:
    # RFC 3986 §5.2.4 removes dots after an authority of the reference's own, and leaves "/" of "/.." in a
    # base without one; the engine does neither
    assume(not (reference.startswith("//") and {".", ".."} & set(re.split("[/?#]", reference))))
    assume(not (base.startswith("urn:") and ".." in reference))
    text = f"BASE <{base}> SELECT (<{reference}> AS ?x) {{}}"
    expected = engine.run(text)
    if expected[0] == "solutions":
        assert engine.run(admit(text).text) == expected
