"""Shapes of queries: the same question of another thing has the same, a wider one never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambit.graph.errors import QueryRefused
from ambit.graph.sparql.gate import Dataset
from ambit.graph.sparql.patterns import pattern_of, shape_of

ASKED = """
PREFIX ex: <http://e/>
SELECT ?card WHERE { ex:acme ex:card ?card . ?card a ex:Card ; ex:of "visa" FILTER(?card != ex:none) } LIMIT 10
"""


@pytest.mark.parametrize(
    "same",
    [
        ASKED.replace("ex:acme", "ex:other"),
        ASKED.replace('"visa"', '"other"'),
        ASKED.replace('"visa"', "'''visa'''"),
        ASKED.replace("?card", "$c"),
        ASKED.replace("?card", "?other").replace("SELECT", "select").replace("WHERE", "where"),
        ASKED.replace("ex:", "e:").replace("e:card", "<http://e/card>"),
        ASKED.replace("\n", "  # why\n\n"),
    ],
)
def test_the_same_question_of_another_thing_has_the_same_shape(same: str) -> None:
    assert shape_of(same) == shape_of(ASKED)
    assert pattern_of(shape_of(same)) == pattern_of(shape_of(ASKED))


@pytest.mark.parametrize(
    "other",
    [
        ASKED.replace("ex:acme ex:card", "?who ex:card"),
        ASKED.replace("ex:card ", "?how "),
        ASKED.replace("ex:card ", "ex:account "),
        ASKED.replace("ex:card ", "ex:card* "),
        ASKED.replace("ex:Card", "ex:Account"),
        ASKED.replace(" a ex:Card", " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ex:Account"),
        ASKED.replace(" a ex:Card", " a/ex:sub ex:Account"),
        ASKED.replace(" a ex:Card", " (a|ex:sub) ex:Account"),
        ASKED.replace('"visa"', "?kind"),
        ASKED.replace("ex:none", "ex:some"),
        ASKED.replace("FILTER(?card != ex:none)", ""),
        ASKED.replace("FILTER(?card != ex:none)", "OPTIONAL { ?card ex:owner ?o }"),
        ASKED.replace("LIMIT 10", "LIMIT 100"),
        ASKED.replace("LIMIT 10", ""),
        ASKED.replace("LIMIT 10", "LIMIT 10 OFFSET 10"),
        ASKED.replace("SELECT ?card", "SELECT *"),
        ASKED.replace("SELECT ?card", "SELECT DISTINCT ?card"),
        ASKED.replace("SELECT ?card", "CONSTRUCT"),
        ASKED.replace("WHERE", "FROM ex:g WHERE"),
        ASKED.replace("?card a", "GRAPH ex:g { ?card ex:x ?y } ?card a"),
        ASKED.replace("?card a", "VALUES ?z { ex:one } ?card a"),
        ASKED.replace("?card a", "VALUES ?z { ex:two } ?card a"),
    ],
)
def test_a_wider_or_another_question_has_another(other: str) -> None:
    if "CONSTRUCT" in other:
        other = other.replace("CONSTRUCT WHERE", "CONSTRUCT { ?card ex:is ex:there } WHERE")
    assert shape_of(other) != shape_of(ASKED)


def test_a_class_is_no_data_however_its_predicate_is_written() -> None:
    one, two = (
        f"SELECT ?s {{ ?s {verb} <urn:A> }}"
        for verb in ("a", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>")
    )
    assert shape_of(one) != shape_of(one.replace("urn:A", "urn:B"))
    assert shape_of(two) != shape_of(two.replace("urn:A", "urn:B"))


def test_what_two_values_clauses_hold_is_told_apart() -> None:
    text = "SELECT ?s { VALUES ?s { <urn:a> } ?s <urn:p> ?o }"
    assert shape_of(text) != shape_of(text.replace("urn:a", "urn:b"))


def test_the_dataset_of_the_protocol_counts() -> None:
    assert (
        len(
            {
                shape_of(ASKED),
                shape_of(ASKED, Dataset(("urn:a",), ())),
                shape_of(ASKED, Dataset((), ("urn:a",))),
            }
        )
        == 3
    )


def test_what_is_no_query_has_none() -> None:
    with pytest.raises(QueryRefused):
        shape_of("DROP ALL")


TERMS = st.sampled_from(["?a", "?b", "<urn:x>", "<urn:y>", '"l"', '"m"', "5"])
VERBS = st.sampled_from(["<urn:p>", "<urn:q>", "a", "?p", "<urn:p>/<urn:q>"])


@given(st.lists(st.tuples(TERMS, VERBS, TERMS), min_size=1, max_size=4), st.data())
def test_only_terms_of_data_may_be_exchanged(
    patterns: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    """Against the definition: constants in place of subjects, and of objects of anything but types, are one."""

    def text(told: list[tuple[str, str, str]]) -> str:
        return "SELECT * { " + " . ".join(" ".join(one) for one in told) + " }"

    at = data.draw(st.integers(0, len(patterns) - 1))
    place = data.draw(st.integers(0, 2))
    other = data.draw(VERBS if place == 1 else TERMS)
    changed = [*patterns]
    one = list(patterns[at])
    before, one[place] = one[place], other
    changed[at] = (one[0], one[1], one[2])
    is_data = place == 0 or (place == 2 and one[1] != "a")
    exchanged = is_data and before[0] != "?" and other[0] != "?"
    renames = sorted(t for p in patterns for t in p if t[0] == "?") != sorted(
        t for p in changed for t in p if t[0] == "?"
    )
    if before == other or exchanged:
        assert shape_of(text(patterns)) == shape_of(text(changed))
    elif not renames:
        assert shape_of(text(patterns)) != shape_of(text(changed))
