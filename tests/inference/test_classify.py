"""Texts go only where the rules let all that was handed go."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from inference_world import EU, US, ByPrefix, Hashing, Place

from ambit.graph.errors import Timeout, Unavailable
from ambit.inference.classify import Classified, classify
from ambit.inference.placed import ROUNDS
from ambit.inference.steps import Note
from ambit.inference.words import Embedder, Route, Step

EU_A, EU_B, US_C = frozenset({"urn:eu:a"}), frozenset({"urn:eu:b"}), frozenset({"urn:us:c"})
LABELS = ["refund", "parcel"]


def ignore(step: Step) -> None:
    """For tests that ask for scores alone."""


def classified(
    items: Mapping[int, tuple[str, frozenset[str]]],
    labels: Sequence[str],
    route: Route,
    embedder: Embedder,
    *,
    note: Note,
) -> Classified[int]:
    """Texts with what holds them, which may change meanwhile."""
    texts = {key: text for key, (text, _) in items.items()}
    return classify(texts, lambda key: items[key][1], labels, route, embedder, note=note)


def test_a_mixed_result_is_split_by_rule() -> None:
    embedder = Hashing()
    items = {
        1: ("refund please", EU_A),
        2: ("parcel lost", US_C),
        3: ("refund refund", EU_B),
        4: ("from both", EU_A | US_C),
    }
    steps: list[Step] = []
    said = classified(items, LABELS, ByPrefix(), embedder, note=steps.append)
    sent = {deployment: set(texts) - set(LABELS) for deployment, texts in embedder.sent}
    assert sent == {EU.deployment: {"refund please", "refund refund"}, US.deployment: {"parcel lost"}}
    assert said.refused == (4,)
    assert {key: scores[0][0] for key, scores in said.found.items()} == {
        1: "refund",
        2: "parcel",
        3: "refund",
    }
    assert {(s.deployment, s.handed, s.count) for s in steps} == {
        (EU.deployment, ("urn:eu:a", "urn:eu:b"), 2),
        (US.deployment, ("urn:us:c",), 1),
    }


def test_one_result_is_few_calls() -> None:
    embedder = Hashing()
    items = {n: (f"ticket {n} refund", EU_A) for n in range(200)}
    steps: list[Step] = []
    said = classified(items, LABELS, ByPrefix(), embedder, note=steps.append)
    assert len(said.found) == 200
    assert [step.count for step in steps] == [62, 64, 64, 10]
    assert len(embedder.sent) == 4
    assert sum(len(texts) for _, texts in embedder.sent) == 202


def test_scores_do_not_hang_on_neighbours() -> None:
    items = {n: (f"ticket {n} refund", EU_A) for n in range(9)}
    together = classified(items, LABELS, ByPrefix(), Hashing(), note=ignore).found
    for key, item in items.items():
        assert classified({key: item}, LABELS, ByPrefix(), Hashing(), note=ignore).found[key] == together[key]


def test_without_labels_or_items_nothing_is_wrong() -> None:
    assert classified({}, LABELS, ByPrefix(), Hashing(), note=ignore).found == {}
    assert classified({1: ("refund", EU_A)}, [], ByPrefix(), Hashing(), note=ignore).found == {1: []}


def test_what_left_is_noted_before_a_late_site_ends_the_rest() -> None:
    embedder = Hashing()

    def late() -> None:
        if embedder.sent[-1][0] == US.deployment:
            raise Timeout("late", code="site-late")

    embedder.then = late
    steps: list[Step] = []
    with pytest.raises(Timeout):
        classified(
            {1: ("refund please", EU_A), 2: ("parcel lost", US_C)},
            LABELS,
            ByPrefix(),
            embedder,
            note=steps.append,
        )
    assert [(step.deployment, step.site, step.handed, step.count) for step in steps] == [
        (EU.deployment, EU.site, ("urn:eu:a",), 1),
        (US.deployment, US.site, ("urn:us:c",), 1),
    ]


def test_a_call_that_was_refused_unsent_is_no_step() -> None:
    class Moved(Hashing):
        def embed(self, *args: object, **rest: object) -> Any:
            raise Unavailable("moved", code="site-moved")

    with pytest.raises(Unavailable):
        classified({1: ("refund", EU_A)}, LABELS, ByPrefix(), Moved(), note=pytest.fail)


def test_what_cannot_be_noted_is_not_answered() -> None:
    def broken(step: Step) -> None:
        raise Unavailable("the ledger cannot be written", code="ledger-unwritable")

    with pytest.raises(Unavailable, match="ledger"):
        classified({1: ("refund", EU_A)}, LABELS, ByPrefix(), Hashing(), note=broken)


def test_nothing_goes_on_to_a_place_that_was_lost() -> None:
    embedder, route = Hashing(), ByPrefix()
    embedder.then = lambda: route.closed.add(EU.site)
    items = {n: (f"ticket {n} refund", EU_A) for n in range(200)}
    steps: list[Step] = []
    said = classified(items, LABELS, route, embedder, note=steps.append)
    assert [len(texts) for _, texts in embedder.sent] == [64]
    assert sorted(said.found) == list(range(62))
    assert said.refused == tuple(range(62, 200))
    assert [step.count for step in steps] == [62]


def test_what_moves_between_two_calls_goes_by_what_holds_it_now() -> None:
    """A commit of other labels: what lost its compartment is not sent, and no step names what nothing stood in."""
    nowhere, gone = frozenset({"urn:no:d"}), frozenset[str]()
    items = {n: (f"ticket {n} refund", EU_A) for n in range(100)}
    embedder, steps = Hashing(), list[Step]()
    after = {62: EU_B, 63: US_C, 64: nowhere, 65: gone, 66: EU_A | US_C}

    def move() -> None:
        items.update((n, (f"ticket {n} refund", after.get(n, EU_B))) for n in range(62, 100))

    embedder.then = move
    said = classified(items, LABELS, ByPrefix(), embedder, note=steps.append)
    assert said.refused == (64, 65, 66)
    assert [(deployment, len(set(texts) - set(LABELS))) for deployment, texts in embedder.sent] == [
        (EU.deployment, 62),
        (EU.deployment, 34),
        (US.deployment, 1),
    ]
    assert [(step.site, step.handed, step.count) for step in steps] == [
        (EU.site, ("urn:eu:a",), 62),
        (EU.site, ("urn:eu:b",), 34),
        (US.site, ("urn:us:c",), 1),
    ]


def test_what_is_held_nowhere_any_more_has_no_place() -> None:
    route = ByPrefix()
    said = classified({1: ("refund", frozenset())}, LABELS, route, Hashing(), note=pytest.fail)
    assert (said.found, said.refused, route.asked) == ({}, (1,), [])


def test_what_several_hold_is_told_of_all_of_them() -> None:
    items = {n: ("refund" if n % 2 else f"ticket {n}", EU_B if n % 2 else EU_A) for n in range(150)}
    steps: list[Step] = []
    said = classified(items, LABELS, ByPrefix(), Hashing(), note=steps.append)
    assert len(said.found) == 150
    assert [(step.handed, step.count) for step in steps] == [
        (("urn:eu:a", "urn:eu:b"), 62 + 75),
        (("urn:eu:a",), 13),
    ]


def test_one_deployment_at_two_sites_is_two_groups() -> None:
    """A deployment that moved while its rows were routed: no step names a site that did not compute."""
    there = Place(EU.deployment, US.site)

    def route(compartments: frozenset[str], task: str, /) -> Place:
        return EU if compartments == EU_A else there

    steps: list[Step] = []
    classified({1: ("one", EU_A), 2: ("two", US_C)}, LABELS, route, Hashing(), note=steps.append)
    assert [(step.site, step.handed) for step in steps] == [
        (EU.site, ("urn:eu:a",)),
        (US.site, ("urn:us:c",)),
    ]


def test_the_rest_goes_where_the_place_is_now() -> None:
    embedder = Hashing()

    def route(compartments: frozenset[str], task: str, /) -> Place:
        return US if embedder.sent else EU

    items = {n: (f"ticket {n} refund", EU_A) for n in range(100)}
    said = classified(items, LABELS, route, embedder, note=ignore)
    assert len(said.found) == 100 and not said.refused
    assert [(deployment, len(texts)) for deployment, texts in embedder.sent] == [
        (EU.deployment, 64),
        (US.deployment, 40),
    ]


def test_more_labels_than_one_call_takes() -> None:
    labels = [f"label {n}" for n in range(100)]
    items = {1: ("label 3", EU_A), 2: ("something else", EU_A)}
    embedder = Hashing()
    said = classified(items, labels, ByPrefix(), embedder, note=ignore)
    assert {key: len(scores) for key, scores in said.found.items()} == {1: 100, 2: 100}
    assert [len(texts) for _, texts in embedder.sent] == [64, 37]
    alone = classified({1: ("label 3", EU_A)}, labels, ByPrefix(), embedder, note=ignore)
    assert alone.found[1] == said.found[1]


def test_places_that_never_settle_end() -> None:
    asked: list[int] = []

    def route(compartments: frozenset[str], task: str, /) -> Place:
        asked.append(1)
        return Place(f"urn:deployment:{len(asked)}", EU.site)

    with pytest.raises(Unavailable) as raised:
        classified({1: ("refund", EU_A)}, LABELS, route, Hashing(), note=pytest.fail)
    assert raised.value.code == "site-moved" and len(asked) == 2 * ROUNDS
