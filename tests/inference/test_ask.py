"""An answer is made of sentences that stand in what one may read, and of nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_world import EU, US, ByPrefix, Hashing, Unit, clearance, indexed

from ambit.graph.errors import Unavailable
from ambit.inference import ask as answers
from ambit.inference.ask import NOTHING, Candidate, best, composed, from_passages, shortlist
from ambit.inference.index import Index
from ambit.inference.search import Search
from ambit.inference.words import Step

COMPARTMENTS = ("urn:eu:a", "urn:eu:b", "urn:us:c", "urn:nowhere:d")
SENTENCES = (
    "A refund takes five days.",
    "The parcel was late again.",
    "How long does a refund take?",
    "Card payments go back to the card.",
    "Late parcels are paid back in full!",
    "Refunds",
    "The refund of a late parcel takes ten days.",
)
QUESTIONS = ("how long does a refund take", "is the parcel late", "card", "xyzzy", "", "the of and")

bodies = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map("\n\n".join)
units = st.builds(
    Unit,
    st.sampled_from(COMPARTMENTS),
    st.sampled_from([f"urn:e{n}" for n in range(4)]),
    st.sampled_from([(), ("Refunds",), ("Late parcels", "Parcels")]),
    bodies,
    st.booleans(),
)


def ask(
    index: Index,
    permitted: set[str],
    question: str,
    embedder: Hashing,
    steps: list[Step],
    first: int = 3,
    route: ByPrefix | None = None,
) -> list[Candidate]:
    """The chosen sentences."""
    route = route or ByPrefix()
    search = Search(index, embedder)
    found = search.retrieve(clearance(permitted), question, answers.PASSAGES, route=route, note=steps.append)
    listed = shortlist(from_passages(found), found)
    return best(listed, found, first, route=route, embedder=embedder, note=steps.append)


@settings(max_examples=250, deadline=None)
@given(
    st.lists(units, max_size=16),
    st.sets(st.integers(0, 15), max_size=4),
    st.sets(st.sampled_from(COMPARTMENTS)),
    st.sampled_from(QUESTIONS),
    st.integers(0, 4),
)
def test_an_answer_is_as_if_the_hidden_were_absent(
    said: list[Unit], gone: set[int], permitted: set[str], question: str, first: int
) -> None:
    numbered = dict(enumerate(said))
    shown = {n: unit for n, unit in numbered.items() if n not in gone and unit.compartment in permitted}
    here, there = Hashing(), Hashing()
    steps: list[Step] = []
    others: list[Step] = []
    found = ask(indexed(numbered, gone), permitted, question, here, steps, first)
    assert found == ask(indexed(shown), permitted, question, there, others, first)
    assert here.sent == there.sent
    assert [(s.site, s.handed, s.count) for s in steps] == [(s.site, s.handed, s.count) for s in others]
    for one in found:
        assert one.compartments <= permitted
        assert any(one.quote in unit.body and unit.entity == one.entity for unit in shown.values())
        assert one.source in {f"urn:r{n:03}" for n in shown}
    assert len(found) <= first


def test_the_sentence_that_answers_is_quoted_as_it_stands() -> None:
    quote = "From the day on which we receive the goods\na refund takes five working days."
    body = f"Refunds\n\nHow long does a refund take?\n\n{quote} Tell the customer so."
    index = indexed({1: Unit("urn:eu:a", "urn:page", ("Refunds",), body)})
    (found,) = ask(index, {"urn:eu:a"}, "how long does a refund take", Hashing(), [], 1)
    assert (found.entity, found.quote, found.source) == ("urn:page", quote, "urn:r001")
    assert composed([found]) == found.quote


def test_a_question_and_a_heading_are_no_answer() -> None:
    body = (
        "Refund of a late parcel takes\n\nRefunds?\n\nHow long does a refund take? Nobody knows for certain."
    )
    index = indexed({1: Unit("urn:eu:a", "urn:page", (), body)})
    quotes = {one.quote for one in ask(index, {"urn:eu:a"}, "how long does a refund take", Hashing(), [], 9)}
    assert quotes <= {"Nobody knows for certain."}


def test_a_title_that_stands_in_the_text_is_no_answer() -> None:
    title = "Find a mentor, be a mentor!"
    index = indexed(
        {1: Unit("urn:eu:a", "urn:page", (title,), f"{title}\n\nAsk for a mentor in the channel.")}
    )
    quotes = [one.quote for one in ask(index, {"urn:eu:a"}, "how do I find a mentor", Hashing(), [])]
    assert quotes == ["Ask for a mentor in the channel."]


def test_nothing_is_claimed_of_what_is_not_there() -> None:
    index = indexed({1: Unit("urn:eu:a", "urn:page", ("Refunds",), "A refund takes five days.")})
    assert (
        composed(ask(index, {"urn:eu:a"}, "who painted the ceiling of the chapel", Hashing(), [])) == NOTHING
    )
    assert composed(ask(index, set(), "how long does a refund take", Hashing(), [])) == NOTHING


def test_sentences_go_only_where_their_compartments_may() -> None:
    index = indexed(
        {
            1: Unit("urn:eu:a", "urn:eu", (), "A refund takes five days."),
            2: Unit("urn:us:c", "urn:us", (), "A refund takes nine days."),
            3: Unit("urn:nowhere:d", "urn:no", (), "A refund takes eleven days."),
        }
    )
    embedder, steps = Hashing(), list[Step]()
    found = ask(index, set(COMPARTMENTS), "how many days does a refund take", embedder, steps)
    sent = {(deployment, text) for deployment, texts in embedder.sent[1:] for text in texts}
    assert sent == {
        (EU.deployment, "A refund takes five days."),
        (US.deployment, "A refund takes nine days."),
    }
    assert {(s.site, s.handed) for s in steps[1:]} == {(EU.site, ("urn:eu:a",)), (US.site, ("urn:us:c",))}
    assert {one.entity for one in found} == {"urn:eu", "urn:us", "urn:no"}, "words alone where no site may"


def test_what_two_compartments_hold_goes_where_both_may() -> None:
    same = ("urn:page", (), "A refund takes five days.")
    index = indexed({1: Unit("urn:eu:a", *same), 2: Unit("urn:us:c", *same)})
    embedder = Hashing()
    (found,) = ask(index, set(COMPARTMENTS), "how many days does a refund take", embedder, [])
    assert found.compartments == {"urn:eu:a", "urn:us:c"}
    assert len(embedder.sent) == 1, "the question alone"


def test_a_site_that_is_down_leaves_words_and_its_step() -> None:
    index = indexed(
        {
            1: Unit("urn:eu:a", "urn:eu", (), "A refund takes five days."),
            2: Unit("urn:us:c", "urn:us", (), "A refund takes nine days."),
        }
    )
    embedder, steps = Hashing(down={US.deployment}), list[Step]()
    found = ask(index, set(COMPARTMENTS), "how many days does a refund take", embedder, steps)
    assert {one.entity for one in found} == {"urn:eu", "urn:us"}
    assert {s.site for s in steps} == {EU.site, US.site}


def test_sentences_that_a_commit_takes_away_meanwhile_are_not_sent() -> None:
    units = {
        1: Unit("urn:eu:a", "urn:eu", (), "A refund takes five days."),
        2: Unit("urn:us:c", "urn:us", (), "A refund takes nine days."),
    }
    index, embedder, steps = indexed(units), Hashing(), list[Step]()
    search, asked = Search(index, embedder), "how many days does a refund take"
    found = search.retrieve(clearance(COMPARTMENTS), asked, 9, route=ByPrefix(), note=lambda step: None)
    listed = shortlist(from_passages(found), found)
    index.put("urn:r001", "urn:eu:b", [units[1].passage(1)])
    index.retract("urn:r001", "urn:eu:a")
    index.retract("urn:r002", "urn:us:c")
    best(listed, found, 3, route=ByPrefix(), embedder=embedder, note=steps.append)
    assert embedder.sent[1:] == [(EU.deployment, ("A refund takes five days.",))]
    assert [step.handed for step in steps] == [("urn:eu:b",)]


def test_vectors_of_another_version_are_not_compared() -> None:
    class Apart(Hashing):
        def version_of(self, routed: object) -> str | None:
            return "v2" if getattr(routed, "site", "") == US.site else "v1"

    index = indexed({1: Unit("urn:us:c", "urn:us", (), "refund refund refund refund")})
    assert ask(index, set(COMPARTMENTS), "refund lateness", Hashing(), []), "near enough by vector"
    assert ask(index, set(COMPARTMENTS), "refund lateness", Apart(), []) == []
    closed = ByPrefix(closed={US.site})
    assert ask(index, set(COMPARTMENTS), "refund lateness", Hashing(), [], route=closed) == []


def test_what_cannot_be_noted_is_not_answered() -> None:
    index = indexed({1: Unit("urn:eu:a", "urn:eu", (), "A refund takes five days.")})
    search, embedder = Search(index, Hashing()), Hashing()
    found = search.retrieve(clearance(COMPARTMENTS), "refund", 9, route=ByPrefix(), note=lambda step: None)

    def broken(step: Step) -> None:
        raise Unavailable("the ledger cannot be written")

    with pytest.raises(Unavailable, match="ledger"):
        best(
            shortlist(from_passages(found), found), found, 3, route=ByPrefix(), embedder=embedder, note=broken
        )


def test_work_is_bounded() -> None:
    many = {
        n: Unit("urn:eu:a", f"urn:e{n}", (), " ".join(f"The refund {n} {m} takes days." for m in range(9)))
        for n in range(60)
    }
    embedder, steps = Hashing(), list[Step]()
    ask(indexed(many), {"urn:eu:a"}, "how many days does a refund take", embedder, steps)
    assert [step.count for step in steps] == [1, answers.SHORTLIST]


def test_what_several_say_is_said_once() -> None:
    index = indexed(
        {
            1: Unit("urn:eu:a", "urn:e1", (), "A refund takes five days."),
            2: Unit("urn:eu:b", "urn:e2", (), "A REFUND takes  five days!"),
        }
    )
    assert len(ask(index, set(COMPARTMENTS), "how many days does a refund take", Hashing(), [])) == 1


def test_that_a_thing_is_named_answers_nothing_about_it() -> None:
    def fact(told: str, source: str) -> Candidate:
        held = frozenset({"urn:nowhere:d"})
        said = f"Ada Meyer: {told}"
        return Candidate("urn:e", said, source, held, lambda: held, "person", (0, 0), told, "Ada Meyer")

    facts = [fact("country Norway", "urn:r1"), fact("shoe size 40", "urn:r2")]

    def chosen(question: str) -> list[str]:
        index = indexed({1: Unit("urn:nowhere:d", "urn:e", ("Ada Meyer",))})
        found = Search(index, Hashing()).retrieve(
            clearance(COMPARTMENTS), question, 9, route=ByPrefix(), note=lambda step: None
        )
        listed = shortlist(facts, found)
        made = best(listed, found, 3, route=ByPrefix(), embedder=Hashing(), note=lambda step: None)
        return [one.source for one in made]

    assert chosen("in which country is Ada Meyer") == ["urn:r1"]
    assert chosen("is Ada Meyer happy") == []
    assert chosen("Ada Meyer") == ["urn:r1", "urn:r2"]
