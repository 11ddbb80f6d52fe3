"""A question that commits overtake again and again holds them off for a while, and no longer; what then fails denies.

So does what nobody wants any more.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from worlds import World, ask, ex, triples

from ambit.graph.errors import AmbitError, Unavailable
from ambit.graph.terms import Triple
from ambit.graph.views.cancellation import Cancellation, cancelled
from ambit.reasoning.deciding.decide import Decider
from ambit.reasoning.explaining.supposing import Supposed
from ambit.reasoning.governance.closure import Closure

COMPANY = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:plans a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :board .
:ada a foaf:Person ; ambit:memberOfAll :board .
"""


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    world.become(triples(COMPANY))
    yield world
    world.close()


@pytest.fixture
def overtaking(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Has a commit come whenever rules have been asked, until a question holds commits off."""
    rules, lock, more = world.decider.rules, world.decider.lock, [False]
    count = 0

    def rules_amid_commits(*args: object, **rest: object) -> object:
        nonlocal count
        found = rules(*args, **rest)  # type: ignore[arg-type]
        if lock._is_owned():  # type: ignore[attr-defined]
            more[0] = False
        elif more[0]:
            count += 1
            world.become(triples(f"{COMPANY} :note{count} a :Note ."))
        return found

    def begin() -> None:
        more[0] = True

    monkeypatch.setattr(world.decider, "rules", rules_amid_commits)
    return begin


def denials(decider: Decider) -> list[tuple[bool, bool]]:
    """Of each form of asking whether it gave something, and whether it says that it failed."""
    question, plans = ask("ada"), ex("plans")
    decided, checked = decider.decide(question), decider.check(question, plans)
    holders = decider.holders(question, plans)
    return [
        (bool(decided.clearance.compartments), bool(decided.failures)),
        (checked.is_permitted, bool(checked.failures)),
        (bool(holders.users), bool(holders.failures)),
    ]


def test_who_is_overtaken_again_and_again_is_answered_while_commits_wait(
    world: World, overtaking: Callable[[], None]
) -> None:
    overtaking()
    assert ex("plans") in world.decider.decide(ask("ada")).clearance.compartments
    overtaking()
    assert ex("ada") in world.decider.holders(ask("ada"), ex("plans")).users


def test_what_rules_said_before_a_commit_is_not_kept_for_the_policy_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, dismissed = world.decider.rules, [False]

    def rules_amid_a_dismissal(*args: object, **rest: object) -> object:
        found = rules(*args, **rest)  # type: ignore[arg-type]
        if not dismissed[0]:
            dismissed[0] = True
            world.become(triples(COMPANY.replace(":ada a foaf:Person ; ambit:memberOfAll :board .", "")))
        return found

    monkeypatch.setattr(world.decider, "few", 0)  # what is asked of all compartments is kept
    monkeypatch.setattr(world.decider, "rules", rules_amid_a_dismissal)
    assert not world.decider.decide(ask("ada")).clearance.compartments and dismissed[0]


@pytest.mark.parametrize("form", ["decide", "check", "holders"])
def test_what_takes_longer_than_commits_wait_is_denied_and_asked_again(
    world: World, overtaking: Callable[[], None], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    decider, args = world.decider, () if form == "decide" else (ex("plans"),)
    monkeypatch.setattr(decider, "held", 0.0)
    overtaking()
    said = getattr(decider, form)(ask("ada"), *args)
    assert [failure.reason for failure in said.failures] == [
        "Unavailable: the policy kept changing while it was asked"
    ]
    monkeypatch.undo()
    given = {"decide": lambda: said.clearance.compartments, "check": lambda: said.is_permitted, "holders": lambda: said.users}  # fmt: skip
    assert not given[form]()
    assert denials(decider) == [(True, False)] * 3, "nothing of it is kept"


def test_what_would_be_possible_is_nothing_where_it_cannot_be_told(
    world: World, overtaking: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.decider.possible(ask("ada"))
    monkeypatch.setattr(world.decider, "held", 0.0)
    overtaking()
    assert world.decider.possible(ask("ada")) == frozenset()


@pytest.mark.timeout(60)
def test_a_commit_waits_no_longer_than_that_for_a_question_without_end(
    world: World, overtaking: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    decider, asked = world.decider, [0]
    holding, taken_in = threading.Event(), threading.Event()
    monkeypatch.setattr(decider, "held", 0.2)

    def endless() -> None:
        """Asks until it is refused, or until the commit came in."""
        decider.rules([], deadline=1.0)
        if not decider.lock._is_owned():  # type: ignore[attr-defined]
            return
        holding.set()
        while not taken_in.is_set() and asked[0] < 100_000:
            asked[0] += 1
            decider.said([], ask("ada"))

    def commit() -> None:
        holding.wait(10)
        world.become(triples(COMPANY.replace("ambit:memberOfAll :board", "ambit:memberOfAll :none")))
        taken_in.set()

    committing = threading.Thread(target=commit)
    committing.start()
    overtaking()
    with pytest.raises(Unavailable, match="kept changing"):
        decider.settled(endless)
    committing.join(10)
    assert taken_in.is_set() and asked[0] < 100_000
    assert not decider.check(ask("ada"), ex("plans")).is_permitted


def test_what_is_supposed_ends_where_commits_have_waited_long_enough(
    world: World, overtaking: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where memory answers all of it, and the worker, who is given the time that is left, is not asked."""
    decider, more, seen = world.decider, frozenset(triples(":eve ambit:memberOfAll :board .")), list[bool]()
    monkeypatch.setattr(decider, "held", 0.3)
    end = time.monotonic() + 20

    def supposing() -> None:
        decider.rules([], deadline=1.0)
        if not decider.lock._is_owned():  # type: ignore[attr-defined]
            return
        supposed = Supposed(decider, (), more)
        monkeypatch.setattr(decider.worker, "rules", lambda *_, **__: pytest.fail("it was asked"))
        while seen[-1:] != [False] and time.monotonic() < end:
            other = ask("ada", purpose=f"purpose-{len(seen)}")  # else it is known
            seen.append(supposed.check(other, ex("plans")).is_permitted)

    assert decider.check(ask("ada"), ex("plans")).is_permitted  # the engine has taken the rules
    overtaking()
    with pytest.raises(Unavailable, match="kept changing"):
        decider.settled(supposing)
    assert seen[0] and not seen[-1]


def test_what_follows_from_what_is_supposed_is_not_looked_for_to_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An axiom has everything looked through again."""
    many = "".join(f":p{number} a :Staff . " for number in range(5_000))
    world.become(triples(COMPANY + many))
    axiom, stepped, follow = frozenset(triples(":Staff rdfs:subClassOf foaf:Person .")), [0], Closure._follow

    def counted(self: Closure, found: Iterable[Triple], *leading: Any) -> Iterable[Triple]:
        def each() -> Iterator[Triple]:
            for triple in found:
                stepped[0] += 1
                if stepped[0] == 100:
                    cancel.cancel()
                yield triple

        return follow(self, each(), *leading)

    monkeypatch.setattr(Closure, "_follow", counted)
    cancel = Cancellation()
    with pytest.raises(AmbitError) as failed, world.decider.wanted(cancel):
        Supposed(world.decider, (), axiom)
    assert failed.value.code == "cancelled" and 100 <= stepped[0] < 2_000
    Supposed(world.decider, (), axiom)
    assert stepped[0] > 5_000


def test_what_nobody_wants_any_more_is_not_asked_and_not_kept(world: World) -> None:
    decider, cancel = world.decider, Cancellation()
    supposed = Supposed(decider, frozenset(triples(":ada ambit:memberOfAll :board .")), ())
    with pytest.raises(AmbitError) as failed, decider.wanted(cancel):
        assert decider.check(ask("ada"), ex("plans")).is_permitted
        cancel.cancel()
        with pytest.raises(AmbitError) as ended:
            supposed.rules([], deadline=1.0)  # also where nothing is left to ask the base for
        assert ended.value.code == "cancelled"
        for one in (supposed.decide(ask("ada")), decider.decide(ask("ada")), decider.decide(ask("eve"))):
            assert [failure.reason for failure in one.failures] == [f"AmbitError: {cancelled()}"]
    assert failed.value.code == "cancelled"
    assert denials(decider) == [(True, False)] * 3
    assert not supposed.decide(ask("ada")).failures
