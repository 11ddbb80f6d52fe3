"""Sentences are found where people end them, quoted as they stand, and never at a price that a text decides."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambit.inference.passages import CHARACTERS, WORDS, pieces
from ambit.inference.sentences import LONGEST, MOST_WORDS, sentences, spans


def said(text: str) -> list[str]:
    return [text[one.start : one.end] for one in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("See e.g. Dr. Meyer of No. 5. Then go.", ["See e.g. Dr. Meyer of No. 5.", "Then go."]),
        (
            "It costs 2.50 euros. (Or more.) Ask J. Smith.",
            ["It costs 2.50 euros.", "(Or more.)", "Ask J. Smith."],
        ),
        ("it ends. with small letters", ["it ends. with small letters"]),
        ("first item\nsecond item", ["first item", "second item"]),
        ("これは文です。次の文です。", ["これは文です。", "次の文です。"]),
        ("  \n\n \t", []),
        ("", []),
    ],
)
def test_sentences_end_where_people_end_them(text: str, expected: list[str]) -> None:
    assert said(text) == expected


def test_a_paragraph_set_in_lines_is_read_as_one() -> None:
    text = (
        "A refund takes five working days from the day on which we receive the goods. Card\n"
        "payments go back to the same card, transfers to the account that we have on file.\n"
        "Tell them."
    )
    assert said(text) == [
        "A refund takes five working days from the day on which we receive the goods.",
        "Card\npayments go back to the same card, transfers to the account that we have on file.",
        "Tell them.",
    ]


def test_a_line_above_others_is_a_heading_and_goes_with_them() -> None:
    long = " ".join(f"Word{n} one two three four." for n in range(60))
    text = f"Refunds\n\n{long}\n\nReturns\n\nSend it back.\n\nlast"
    assert [text[one.start : one.end] for one in sentences(text) if one.heading] == ["Refunds", "Returns"]
    (first, *others, last) = list(pieces(text))
    assert first[0] == "" and first[1].startswith("Refunds\n")
    assert {heading for heading, _, _ in others} <= {"Refunds"}
    assert "Returns\n\nSend" in last[1], "a heading goes with what follows"


@pytest.mark.timeout(60)  # a second where it is linear, hours where it is not
@pytest.mark.parametrize(
    "piece", ["a", "a ", ". ", "A. ", "\n", " \n", "x\n", "...", "?)", "。", "é", ".\n\n"]
)
def test_no_text_makes_it_slow(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    assert sum(len(body) for _, body, _ in pieces(text)) <= len(text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("aB .!?\n\t)。é-"), max_size=3_000))
def test_nothing_is_lost_and_nothing_is_too_long(text: str) -> None:
    kept = "".join(part for one in said(text) for part in one.split())
    assert kept == "".join(text.split())
    assert all(len(one) <= LONGEST and len(one.split()) <= MOST_WORDS for one in said(text))
    bodies = list(pieces(text))
    assert "".join(part for _, body, _ in bodies for part in body.split()) == kept
    for _, body, ends in bodies:
        assert body in text and len(body.split()) <= WORDS
        assert len(body) <= CHARACTERS or len(ends) == 1
        whole = [body[one.start : one.end] for one in spans(body, ends)]
        assert set(whole) <= set(said(text))


def test_a_piece_keeps_the_sentences_that_it_was_made_of() -> None:
    text = "\n\n".join(
        f"Heading {n}\n\nThis is the first sentence number {n}, which is rather long and is set\n"
        f"over two lines, as editors do. Short one {n}."
        for n in range(40)
    )
    whole = [body[one.start : one.end] for _, body, ends in pieces(text) for one in spans(body, ends)]
    assert whole == said(text)


def test_what_has_no_blanks_and_no_ends_is_cut() -> None:
    assert [len(one) for one in said("x" * (2 * LONGEST + 5))] == [LONGEST, LONGEST, 5]
    assert [len(one.split()) for one in said("a " * (2 * MOST_WORDS + 5))] == [MOST_WORDS, MOST_WORDS, 5]
    long = "。".join("文" * 100 for _ in range(100))
    assert max(len(body) for _, body, _ in pieces(long)) <= CHARACTERS


@pytest.mark.parametrize("before", range(20, 40))
def test_no_piece_ends_with_a_heading(before: int) -> None:
    text = (
        " ".join(["One two three four five."] * before) + "\n\nReturns\n\n" + "And then some more words. " * 9
    )
    assert not [body for _, body, _ in pieces(text) if body.endswith("Returns")]
