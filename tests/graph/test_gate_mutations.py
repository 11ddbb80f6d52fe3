"""Whatever the gate lets through neither ends the engine nor makes it call out."""

from collections.abc import Iterator

import pytest
from bare_engine import Engine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from query_texts import GOOD, HIDDEN

from ambit.graph.errors import Refused
from ambit.graph.sparql.gate import admit
from ambit.graph.sparql.lexer import tokens


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


PIECES = [
    "SELECT",
    "ASK",
    "WHERE",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<<",
    ">>",
    "<<(",
    ")>>",
    "{|",
    "|}",
    ".",
    ";",
    ",",
    "?s",
    "?p",
    "$o",
    "a",
    "true",
    "1",
    "-1.5",
    "1e3",
    "e:a",
    "e:c.d.",
    ":x",
    "_:b",
    "'s'",
    '"""l"""',
    "@en",
    "^^",
    "<a:i>",
    "*",
    "+",
    "?",
    "/",
    "|",
    "!",
    "^",
    "=",
    "<",
    ">",
    "||",
    "&&",
    "FILTER",
    "EXISTS",
    "NOT",
    "OPTIONAL",
    "UNION",
    "BIND",
    "AS",
    "VALUES",
    "UNDEF",
    "GRAPH",
    "MINUS",
    "SERVICE",
    "SERVICESILENT",
    "SERVICEe:",
    "service:x",
    "SILENT",
    "<URL>",
    "u:",
    "LATERAL",
    "LIMIT",
    "COUNT",
    "DISTINCT",
    "FROM",
    "NAMED",
    "#",
    "\n",
    "\\u0053ERVICE",
    '\\u005C"',
    "\\",
    '"',
    "'",
    "BASE",
    "PREFIX",
    "INSERT",
    "LOAD",
    "\\u0022",
    "\\u003E",
    "\u017f",
    "\x00",
]
TEMPLATES = [*GOOD, *HIDDEN]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A query or a hidden SERVICE, some of its tokens swapped, doubled, dropped or glued together."""
    text = draw(st.sampled_from(TEMPLATES))
    try:
        parts = [lexeme for _, lexeme, _ in tokens(text)]
    except Refused:
        parts = list(text)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(parts)))
        deed = draw(st.integers(0, 3))
        if deed == 0:
            parts.insert(place, draw(st.sampled_from(PIECES)))
        elif deed == 1:
            parts[place : place + 1] = []
        elif deed == 2:
            parts[place : place + 1] = [draw(st.sampled_from(PIECES))]
        else:
            parts = [part for number, part in enumerate(parts) if number != place or not part.isspace()]
    return "".join(parts)


SOUP = st.lists(st.sampled_from(PIECES), max_size=25).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda gap: "SELECT * {" + gap + gap.join(parts) + gap + "}")
)
PROLOGUE = "PREFIX ex: <http://example.org/> PREFIX e: <URL> PREFIX u: <URL> PREFIX : <URL> "
PROLOGUE += "PREFIX SERVICEe: <a:> PREFIX service: <a:> "


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(mutated(), SOUP))
@example("SELECT * { SERVICEe:x { } }")
@example("SELECT's'(COUNT(*)AS?n){}")
@example("SELECT * { OPTIONAL { e:a e:b e:c.d.SERVICE <URL> {} } }")
def test_what_is_admitted_neither_calls_out_nor_kills(engine: Engine, text: str) -> None:
    text = (PROLOGUE + text).replace("URL", f"http://127.0.0.1:{engine.port}/")
    try:
        admitted = admit(text)
    except Refused:
        return
    before = engine.calls
    result = engine.run(admitted.text)
    assert result != ["died"]
    assert not (result[0] == "error" and "HTTP" in str(result[1]))
    assert engine.calls == before
    assert admit(admitted.text).text.split() == admitted.text.split()  # printing is a fixed point


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_typed_error_or_passes(text: str) -> None:
    for candidate in (text, f"SELECT * {{ ?s ?p '{text}' }}", f"SELECT * {{ {text} }}"):
        try:
            admit(candidate)
        except Refused as error:
            assert {"line", "column"} <= set(error.details)
