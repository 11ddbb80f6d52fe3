"""Type-ahead over names of what one may read, as if there were nothing else, at a bounded price."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_world import Unit, clearance, indexed

from ambit.inference import suggest as suggesting
from ambit.inference.index import Index
from ambit.inference.lexical import terms_of
from ambit.inference.names import LONGEST, MOST_WORDS, NameBlock
from ambit.inference.suggest import called, suggest

COMPARTMENTS = ("urn:eu:a", "urn:eu:b", "urn:us:c")
NAMES = (
    "Ada Meyer",
    "ADA",
    "Ada Lovelace",
    "Meyer & Söhne",
    "Zürich Adaptors",
    "Late ada meyer",
    "Ünal",
    "a b a",
)

units = st.builds(
    Unit,
    st.sampled_from(COMPARTMENTS),
    st.sampled_from([f"urn:e{n}" for n in range(5)]),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple),
)
typed = st.sampled_from(
    ("a", "ad", "ada", "ada m", "m a", "mey ada", "zur", "u", "ü", "x", "", "ada meyer", "a a")
)


def seen(index: Index, permitted: set[str], text: str, first: int = 8) -> list[tuple[str, str]]:
    """All that a caller sees."""
    found = suggest(index, clearance(permitted), text, first)
    assert all(one.compartments and one.compartments <= permitted for one in found)
    return [(one.entity, one.name) for one in found]


def brute(shown: list[Unit], text: str, first: int) -> list[tuple[str, str]]:
    """The same by looking at everything."""
    words, whole = terms_of(text), " ".join(terms_of(text))
    found = []
    for unit in shown:
        for name in unit.names:
            folded = terms_of(name)
            if words and all(any(f.startswith(w) for f in folded) for w in words):
                joined = " ".join(folded)
                place = 0 if joined == whole else 1 if joined.startswith(whole) else 2
                found.append((place, len(joined), unit.entity, name))
    best: dict[str, str] = {}
    for _, _, entity, name in sorted(found):
        best.setdefault(entity, name)
    return list(best.items())[:first]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(units, max_size=12),
    st.sets(st.integers(0, 11), max_size=4),
    st.sets(st.sampled_from(COMPARTMENTS)),
    typed,
    st.integers(0, 4),
    st.sampled_from((1, 3, 2_000)),
)
def test_suggestions_are_as_if_the_hidden_were_absent(
    said: list[Unit], gone: set[int], permitted: set[str], text: str, first: int, looked_at: int
) -> None:
    numbered = dict(enumerate(said))
    shown = {n: unit for n, unit in numbered.items() if n not in gone and unit.compartment in permitted}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suggesting, "LOOKED_AT", looked_at)
        found = seen(indexed(numbered, gone), permitted, text, first)
        assert found == seen(indexed(shown), permitted, text, first)
    if looked_at == 2_000:
        assert found == brute(list(shown.values()), text, first)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from(NAMES), st.sampled_from(("urn:e1", "urn:e2"))), max_size=120
    )
)
def test_a_block_stays_in_order(steps: list[tuple[bool, str, str]]) -> None:
    block, kept = NameBlock(), list[tuple[str, str]]()
    for number, (add, name, entity) in enumerate(steps):
        if add:
            block.add(entity, name)
            kept.append((entity, name))
        elif (entity, name) in kept:
            block.remove(entity, name)
            kept.remove((entity, name))
        if number % 7 == 0:
            list(block.whole.beginning(""))
    for ordered, per_name in ((block.whole, 1), (block.words, 9)):
        rows = list(ordered.beginning(""))
        assert rows == sorted(set(rows)) and {(row[2], row[3]) for row in rows} == set(kept)
        assert len(rows) == len(ordered) == ordered.count("") <= per_name * len(set(kept))
        assert ordered.count("a") == len(list(ordered.beginning("a")))


def test_exact_before_prefix_before_words_then_shorter_then_by_iri() -> None:
    names = ("Ada", "Ada Meyer", "Adaptor", "Countess Ada", "The Ada of old", "Ada Meyer")
    index = indexed({n: Unit("urn:eu:a", f"urn:e{n}", (name,)) for n, name in enumerate(names)})
    found = seen(index, {"urn:eu:a"}, "ADÁ")
    assert [entity for entity, _ in found] == ["urn:e0", "urn:e2", "urn:e1", "urn:e5", "urn:e3", "urn:e4"]


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "LOOKED_AT", 10)
    looked_at = 0
    fits = suggesting._fits

    def counted(row: tuple[str, str, str, str], typed: list[str]) -> bool:
        nonlocal looked_at
        looked_at += 1
        return fits(row, typed)

    monkeypatch.setattr(suggesting, "_fits", counted)
    index = indexed({n: Unit("urn:eu:a", f"urn:e{n:03}", (f"Ada {n:03}",)) for n in range(200)})
    assert len(seen(index, {"urn:eu:a"}, "ada")) == 8
    assert looked_at <= 20
    assert seen(index, {"urn:eu:a"}, "ada " * 10_000)
    assert seen(index, {"urn:eu:a"}, "ada " * suggesting.TYPED + "zzz"), "later words do not count"
    assert seen(index, {"urn:eu:a"}, "a" * 1_000_000) == []


def test_a_name_that_is_a_text_is_none() -> None:
    names = ("Ada" + "x" * LONGEST, "Ada", "Ada " * (MOST_WORDS + 1))
    index = indexed({n: Unit("urn:eu:a", f"urn:e{n}", (name,)) for n, name in enumerate(names, 1)})
    assert seen(index, {"urn:eu:a"}, "ada") == [("urn:e2", "Ada")]


def test_whole_names_are_found_in_a_question() -> None:
    index = indexed(
        {1: Unit("urn:eu:a", "urn:e1", ("Ada Meyer",)), 2: Unit("urn:us:c", "urn:e2", ("ada meyer",))}
    )
    asked = ("ada meyer", "ada")
    assert called(index, clearance({"urn:eu:a"}), asked) == {"ada meyer": {("urn:e1", "Ada Meyer")}}
    assert called(index, clearance(COMPARTMENTS), asked) == {
        "ada meyer": {("urn:e1", "Ada Meyer"), ("urn:e2", "ada meyer")}
    }


def test_a_name_that_two_compartments_hold_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "LOOKED_AT", 2)
    same = ("urn:e1", ("Ada",))
    index = indexed(
        {1: Unit("urn:eu:a", *same), 2: Unit("urn:us:c", *same), 3: Unit("urn:eu:a", "urn:e2", ("Ada",))}
    )
    assert seen(index, {"urn:eu:a", "urn:us:c"}, "ada") == [("urn:e1", "Ada"), ("urn:e2", "Ada")]
