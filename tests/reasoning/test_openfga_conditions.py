"""Conditions in SPARQL give what CEL gives: each expression beside the same in Python, over made-up values."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import worlds as w
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ambit.graph.terms import Literal, NamedNode, Quad, Triple, to_nquads
from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import XSD, node
from ambit.reasoning.importers.openfga import celvalues
from ambit.reasoning.importers.openfga.importing import Options, import_store
from ambit.reasoning.importers.openfga.naming import Names
from ambit.reasoning.importers.openfga.words import (
    Condition,
    Model,
    Parameter,
    Ref,
    Relation,
    Store,
    This,
    Tuple,
    Type,
)
from ambit.reasoning.importers.words import Place
from ambit.reasoning.rulebase import rules
from ambit.reasoning.rulebase.asking import REQUEST, Asked, Circumstances, ask

AT = Place("made.fga", 1)
BASE = w.EX + "fga/"
SECOND = celvalues.SECOND
KINDS = {
    "s": Parameter("string"),
    "p": Parameter("string"),
    "i": Parameter("int"),
    "j": Parameter("int"),
    "u": Parameter("uint"),
    "d": Parameter("double"),
    "t": Parameter("timestamp"),
    "r": Parameter("timestamp"),
    "l": Parameter("duration"),
    "b": Parameter("bool"),
    "ls": Parameter("list", "string"),
    "li": Parameter("list", "int"),
}
texts = st.text(st.sampled_from("ab\"'\\\n🙂é"), max_size=3)
moments = st.integers(-5, 5).map(lambda n: 1_700_000_000 * SECOND + n * SECOND // 2)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "s": texts,
    "p": texts,
    "i": st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)]),
    "j": st.integers(-3, 3),
    "u": st.integers(0, 3),
    "d": st.sampled_from([-1.5, 0.0, 0.5, 1.5, 1e300]),
    "t": moments,
    "r": moments,
    "l": st.integers(-3, 3).map(lambda n: n * SECOND // 2),
    "b": st.booleans(),
    "ls": st.lists(texts, max_size=2, unique=True).map(tuple),
    "li": st.lists(st.integers(-3, 3), max_size=2, unique=True).map(tuple),
}


def fits(number: int) -> int | None:
    """A whole number that CEL can hold, None for an overflow."""
    return number if -(2**63) <= number < 2**63 else None


def over(test: Callable[..., Any], *numbers: int | None) -> bool | None:
    return None if None in numbers else bool(test(*numbers))


Test = Callable[[Mapping[str, Any]], "bool | None"]
SAID: dict[str, Test] = {
    "s == p": lambda v: v["s"] == v["p"],
    "s != p": lambda v: v["s"] != v["p"],
    "s < p": lambda v: v["s"].encode() < v["p"].encode(),
    's + "a" >= p': lambda v: (v["s"] + "a").encode() >= v["p"].encode(),
    "s.startsWith(p)": lambda v: v["s"].startswith(v["p"]),
    's.endsWith(p) && s.contains("b")': lambda v: v["s"].endswith(v["p"]) and "b" in v["s"],
    "size(s) > i": lambda v: len(v["s"]) > v["i"],
    "s.size() == 1": lambda v: len(v["s"]) == 1,
    's == "\\n" || s == r"\\" || s == "\\U0001F642"': lambda v: v["s"] in ("\n", "\\", "🙂"),
    "i + j > 1": lambda v: over(lambda n: n > 1, fits(v["i"] + v["j"])),
    "i - j <= 0": lambda v: over(lambda n: n <= 0, fits(v["i"] - v["j"])),
    "i * j == 0x2": lambda v: over(lambda n: n == 2, fits(v["i"] * v["j"])),
    "-i < j": lambda v: over(lambda n: n < v["j"], fits(-v["i"])),
    "!(i == j) ? b : i > 0": lambda v: v["b"] if v["i"] != v["j"] else v["i"] > 0,
    "u + 1u >= 2u": lambda v: v["u"] + 1 >= 2,
    "d * 2.0 - 0.5 > 0.4": lambda v: v["d"] * 2 - 0.5 > 0.4,
    "d / 0.5 == 3.0": lambda v: v["d"] / 0.5 == 3,
    "t < r": lambda v: v["t"] < v["r"],
    "t + l >= r": lambda v: v["t"] + v["l"] >= v["r"],
    "l + t != r": lambda v: v["t"] + v["l"] != v["r"],
    "t - l == r": lambda v: v["t"] - v["l"] == v["r"],
    "t - r > l": lambda v: v["t"] - v["r"] > v["l"],
    'l - duration("500ms") < duration("-1s")': lambda v: v["l"] - SECOND // 2 < -SECOND,
    'l + duration("1s") == duration("0")': lambda v: v["l"] + SECOND == 0,
    't > timestamp("2023-11-14T23:13:20+01:00")': lambda v: v["t"] > 1_700_000_000 * SECOND,
    "b == true": lambda v: v["b"],
    "b != (i > j)": lambda v: v["b"] != (v["i"] > v["j"]),
    "s in ls": lambda v: v["s"] in v["ls"],
    "!(s in ls)": lambda v: v["s"] not in v["ls"],
    "j + 1 in li": lambda v: v["j"] + 1 in v["li"],
    "i in [1, j, -2]": lambda v: v["i"] in (1, v["j"], -2),
    "!(s in [])": lambda v: True,
}
"""Expressions that decide only where all their parameters are there."""

EITHER: dict[str, tuple[Test, Test]] = {
    "i > 0 || b": (lambda v: v["i"] > 0, lambda v: v["b"]),
    "s == p || s in ls": (lambda v: v["s"] == v["p"], lambda v: v["s"] in v["ls"]),
    "t < r || l > duration('0s')": (lambda v: v["t"] < v["r"], lambda v: v["l"] > 0),
}
"""Those of which one side suffices."""


def wanted(text: str, given: Mapping[str, Any]) -> bool | None:
    """What CEL says: None for no answer."""

    def one(test: Test) -> bool | None:
        try:
            return test(given)
        except KeyError:
            return None

    if text in EITHER:
        sides = [one(test) for test in EITHER[text]]
        return True if True in sides else None if None in sides else False
    if text == "!(s in [])":
        return True if "s" in given else None
    return one(SAID[text])


TEXTS = [*SAID, *EITHER]
CONDITIONS = {f"c{n}": Condition(f"c{n}", KINDS, text, AT) for n, text in enumerate(TEXTS)}
RELATIONS = {
    f"r{n}": Relation(f"r{n}", This(), (Ref("user", condition=f"c{n}"),), AT) for n in range(len(TEXTS))
}
MODEL = Model({"user": Type("user", {}, AT), "doc": Type("doc", RELATIONS, AT)}, CONDITIONS)


@pytest.fixture(scope="module")
def keeper() -> Iterator[Keeper]:
    keeper = Keeper("decisions")
    yield keeper
    keeper.close()


def values() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=VALUES)


def facts(given: Mapping[str, Any], as_text: bool) -> frozenset[Triple]:
    """What a request says; times and durations as literals of their own, or as texts."""
    names, found = Names(BASE), []
    for name, value in given.items():
        kind = KINDS[name].item or KINDS[name].kind
        for one in value if isinstance(value, tuple) else (value,):
            literal = celvalues.literal(kind, one)
            if as_text and kind in ("timestamp", "duration"):
                literal = Literal(literal.value)
            found.append(Triple(NamedNode(REQUEST), NamedNode(names.context(name)), literal))
    return frozenset(found)


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(stored=values(), asked=values(), as_text=st.booleans())
def test_a_condition_says_what_cel_says(
    keeper: Keeper, stored: dict[str, Any], asked: dict[str, Any], as_text: bool
) -> None:
    asked = {
        name: value for name, value in asked.items() if value != ()
    }  # a request cannot say an empty list
    tuples = tuple(
        Tuple("user", "u", "", f"r{n}", "doc", "d", f"c{n}", stored, AT) for n in range(len(TEXTS))
    )
    opened = decided(keeper, tuples, facts(asked, as_text))
    for number, text in enumerate(TEXTS):
        assert (f"r{number} of doc" in opened) is (wanted(text, {**asked, **stored}) is True), text


def decided(keeper: Keeper, tuples: tuple[Tuple, ...], stated: frozenset[Triple]) -> set[str]:
    """The rules that open a document to a user."""
    made = import_store(Store(MODEL, tuples), Options(base=BASE), AT)
    own = [rules.parse(data.decode(), path) for path, data in made.files.items() if path.endswith(".rq")]
    assert len(own) == len(TEXTS)
    governance = w.triples(
        made.files["governance/openfga.ttl"].decode()
        + f":c a ambit:Compartment ; ambit:hasAudience <{BASE}doc/d> ."
    )
    keeper.build([to_nquads(Quad(t.subject, t.predicate, t.object) for t in governance)], 0)
    around = Circumstances(None, w.HOME, w.NOW, stated)
    said = ask(keeper.rules, [Asked(rule, f"{BASE}user/u") for rule in own], around, deadline=60)
    assert not [one.failure for one in said if one.failure]
    return {one.asked.rule.title for one in said if one.rows}


def title(text: str) -> str:
    return f"r{TEXTS.index(text)} of doc"


def test_a_request_that_says_a_value_twice_or_of_another_kind_says_none(keeper: Keeper) -> None:
    tuples = tuple(
        Tuple("user", "u", "", f"r{n}", "doc", "d", f"c{n}", {"p": "a"}, AT) for n in range(len(TEXTS))
    )
    me, says = NamedNode(REQUEST), NamedNode(Names(BASE).context("s"))
    once = frozenset({Triple(me, says, Literal("b"))})
    assert title("s != p") in decided(keeper, tuples, once)
    twice = once | {Triple(me, says, Literal("c"))}
    assert title("s != p") not in decided(keeper, tuples, twice)
    number = frozenset({Triple(me, says, Literal("1", datatype=node(XSD.INTEGER)))})
    assert title("s != p") not in decided(keeper, tuples, number)


def test_a_list_with_an_element_of_another_kind_is_none(keeper: Keeper) -> None:
    tuples = tuple(
        Tuple("user", "u", "", f"r{n}", "doc", "d", f"c{n}", {"s": "a"}, AT) for n in range(len(TEXTS))
    )
    me, says = NamedNode(REQUEST), NamedNode(Names(BASE).context("ls"))
    good = frozenset({Triple(me, says, Literal("b"))})
    assert title("!(s in ls)") in decided(keeper, tuples, good)
    bad = good | {Triple(me, says, Literal("1", datatype=node(XSD.INTEGER)))}
    assert title("!(s in ls)") not in decided(keeper, tuples, bad)


def test_what_a_tuple_stores_goes_before_what_a_request_says(keeper: Keeper) -> None:
    tuples = tuple(
        Tuple("user", "u", "", f"r{n}", "doc", "d", f"c{n}", {"b": False}, AT) for n in range(len(TEXTS))
    )
    stated = frozenset(
        {Triple(NamedNode(REQUEST), NamedNode(Names(BASE).context("b")), celvalues.literal("bool", True))}
    )
    assert title("b == true") not in decided(keeper, tuples, stated)
