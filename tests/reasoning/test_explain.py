"""Explanations: the rules and triples of a permit; of a denial only what may be said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_decide import COMPANY
from worlds import EX, World, ask, ex, triples

from ambit.graph.errors import Unavailable
from ambit.graph.terms import from_nquads
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.explain import Explanation, explain, explain_to_asker
from ambit.reasoning.rules import SHIPPED, Loaded, load, parse

FILE = "urn:ambit:governance:file:world"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.become(triples(COMPANY))
    yield world
    world.close()


def stated(explanation: Explanation) -> set[str]:
    """The proof as short lines; every line is N-Quads that parses."""
    found = set()
    for line in explanation.triples:
        (quad,) = from_nquads(line.encode())
        parts = [
            str(t).strip("<>").removeprefix(EX).rpartition("#")[2].rpartition("/")[2] for t in quad.triple
        ]
        found.add(" ".join(parts))
    return found


def test_a_permit_names_rules_and_the_stated_triples(world: World) -> None:
    said = explain(world.decider, ask("ada", purpose="care"), [ex("guide")])
    assert said.permitted
    assert said.rules == (
        "urn:ambit:rule:membership/members",
        "urn:ambit:rule:residency/adequate",
        "urn:ambit:rule:sensitivity/open",
    )
    assert stated(said) == {
        "ada type Person",
        "ada memberOf support",
        "support unitOf service",
        "guide hasAudience service",
        "guide hasSensitivity Internal",
        "Internal isOpenTo AnyPurpose",
        "guide hasJurisdiction EU",
        "home hasJurisdiction EU",
        "home type ServerSite",
    }
    assert all(line.endswith("> .") for line in said.triples)
    assert said.sentence.startswith("ada may read this. Membership: Whoever belongs to a group")


def test_a_narrower_purpose_is_led_to_the_wider_one(world: World) -> None:
    said = explain(world.decider, ask("ada", "helper", purpose="refund"), [ex("customer")])
    proof = stated(said)
    assert {
        "refund broader care",
        "care broader CustomerManagement",
        "Personal isOpenTo CustomerManagement",
    } <= proof
    assert {"helper isRegisteredFor care", "helper readsSource crm", "acme isAssignedTo ada"} <= proof
    assert {"urn:ambit:rule:registration/registered", "urn:ambit:rule:assignment/assigned"} <= set(said.rules)


def test_the_line_of_managers_is_shown(world: World) -> None:
    said = explain(world.decider, ask("edsger", purpose="care"), [ex("customer")])
    assert {"ada reportsTo grace", "grace reportsTo edsger", "acme isAssignedTo ada"} <= stated(said)


def test_a_denial_names_the_purpose_that_opens(world: World) -> None:
    said = explain(world.decider, ask("ada", purpose="care"), [ex("card")])
    assert said == Explanation(
        False,
        sentence="Not open for this purpose; it would be for the purpose `refund`.",
        missing=(ex("refund"),),
    )
    partly = explain(world.decider, ask("ada", purpose="care"), [ex("customer"), ex("card")])
    assert partly.permitted and partly.missing == (ex("refund"),)
    assert not any("card" in line for line in partly.triples)


def test_an_explanation_speaks_of_the_action_that_is_asked_about(world: World) -> None:
    opened = """# title: Writers
# family: local
# effect: permit
# action: write
# description: Ada writes guides.
PREFIX : <https://example.org/>
SELECT ?compartment ?actor { VALUES (?compartment ?actor) { (:guide :ada) (:guide :bob) } }"""
    shipped = load([SHIPPED]).rules
    assert not world.decider.use(Loaded((*shipped, parse(opened, "/rules/writers.rq"))))
    try:
        writing = ask("ada", action="write")
        said = explain_to_asker(world.decider, writing, [ex("guide")])
        assert said.permitted and said.sentence.startswith("ada may write this. Writers: Ada writes guides.")
        assert "urn:ambit:rule:local/writers" in said.rules
        said = explain_to_asker(world.decider, writing, [ex("handbook")])
        assert said == Explanation(False, sentence="You may read this, but not write it.")
        blind = ask("bob", action="write")
        assert explain_to_asker(world.decider, blind, [ex("guide")]) == Explanation(False), (
            "he may not read it"
        )
        assert explain(world.decider, blind, [ex("guide")]).permitted, (
            "who tests rules is told of the action alone"
        )
        as_read = explain_to_asker(world.decider, ask("ada", action="explain"), [ex("guide")])
        assert as_read == explain(world.decider, ask("ada"), [ex("guide")])
    finally:
        world.decider.use(Loaded(shipped))


def test_a_proof_that_cannot_be_asked_for_is_not_at_hand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ask("ada", purpose="care")
    assert world.decider.decide(question).clearance.compartments  # and is kept

    def gone(*_: object, **__: object) -> None:
        raise Unavailable("the worker has died")

    monkeypatch.setattr(world.decider, "rules", gone)
    said = explain(world.decider, question, [ex("customer")])
    assert said.permitted and not said.rules
    assert said.sentence == "You may read this; the proof is not at hand."


@pytest.mark.parametrize(
    ("question", "hidden"),
    [
        (ask("bob", purpose="care"), "card"),  # no relation leads there
        (ask("ada", "narrow", purpose="care"), "card"),  # the agent never may
        (ask("ada", purpose="care"), "odd"),  # open to nothing
        (ask("ada", purpose="care"), "abroad"),  # may not be computed on here
        (ask("nobody"), "handbook"),
        (ask("ada", "stale", purpose="care"), "guide"),
    ],
)
def test_what_is_hidden_reads_like_what_is_not_there(world: World, question: object, hidden: str) -> None:
    absent = explain(world.decider, question, [])  # type: ignore[arg-type]
    assert explain(world.decider, question, [ex(hidden)]) == absent  # type: ignore[arg-type]
    assert explain(world.decider, question, [ex("never-was")]) == absent  # type: ignore[arg-type]
    assert not absent.permitted and not absent.missing and not absent.rules


def test_administration_is_named_to_administrators_alone(world: World) -> None:
    assert AMBIT.ADMINISTRATION in explain(world.decider, ask("root"), [ex("odd")]).missing
    assert not explain(world.decider, ask("ada"), [ex("odd")]).missing
    world.become(triples(COMPANY + ":unheard ambit:isOpenTo ambit:Administration ."))
    assert not explain(world.decider, ask("ada"), [ex("odd")]).missing
    world.become(triples(COMPANY))


def test_an_approval_is_named(world: World) -> None:
    rule = """# title: T
# family: local
# effect: ask
# action: read
# description: D.
PREFIX : <https://example.org/>
SELECT ?compartment ?actor { ?compartment <https://w3id.org/ambit#comesFrom> :crm . ?actor a <http://xmlns.com/foaf/0.1/Person> }"""
    shipped = load([SHIPPED]).rules
    assert not world.decider.use(Loaded((*shipped, parse(rule, "/rules/ask.rq"))))
    try:
        said = explain(world.decider, ask("bob"), [ex("guide")])
        assert said.missing == (AMBIT.APPROVAL,)
        assert said.sentence == "Not open for this purpose; it would be once an approval stands."
        assert explain(world.decider, ask("nobody"), [ex("guide")]) == Explanation(False)
    finally:
        world.decider.use(Loaded(shipped))


def test_the_record_of_a_governed_triple_is_cited(tmp_path: Path) -> None:
    from test_labels import House, record

    house = House(tmp_path)
    try:
        house.commit(
            record("page", "wiki", ":page :says 1 ."), record("staff", "hr", ":ada org:memberOf :support .")
        )
        entry = house.owner.entry(ex("page"))
        assert entry is not None and entry.compartment is not None
        said = explain(house.decider, ask("ada"), [entry.compartment])
        member = [line for line in said.triples if "memberOf" in line]
        assert member == [f"<{EX}ada> <http://www.w3.org/ns/org#memberOf> <{EX}support> <{EX}staff-record> ."]
    finally:
        house.close()
