"""Explanations: the rules and triples of a permit; of a denial only what may be said."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from test_decide import COMPANY
from worlds import EX, World, ask, ex, triples

from ambit.graph.errors import Unavailable
from ambit.graph.terms import from_nquads
from ambit.graph.views.calls import RuleCall
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.deciding.questions import Question
from ambit.reasoning.explaining.explain import Explanation, explain, explain_to_asker
from ambit.reasoning.explaining.supposing import Supposed
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse

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


RULE = """# title: T
# family: local
# effect: {effect}
# action: read
# description: D.{more}
PREFIX : <https://example.org/>
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX org: <http://www.w3.org/ns/org#>
SELECT ?compartment ?actor {{ {body} }}"""


@pytest.fixture
def ruled(world: World) -> Iterator[Callable[..., None]]:
    """Puts rules beside the shipped ones, or instead of some, into the company and some triples more."""

    def put(
        *bodies: str, effect: str = "permit", more: str = "", world_more: str = "", drop: str = ""
    ) -> None:
        rules = [rule for rule in load([SHIPPED]).rules if not drop or drop not in rule.iri]
        for number, body in enumerate(bodies):
            text = RULE.format(effect=effect, more=more, body=body)
            rules.append(parse(text, f"/rules/r{number}.rq"))
        world.become(triples(COMPANY + world_more))
        assert not world.decider.use(Loaded(tuple(rules)))

    yield put
    world.decider.use(load([SHIPPED]))
    world.become(triples(COMPANY))


def test_one_permit_suffices_and_the_others_are_named(world: World, ruled: Callable[..., None]) -> None:
    ruled(world_more=":guide ambit:hasAudience :ada .")
    said = explain(world.decider, ask("ada"), [ex("guide")])
    assert "urn:ambit:rule:ownership/owners" in said.rules
    assert "urn:ambit:rule:membership/members" not in said.rules
    assert "guide hasAudience ada" in stated(said) and "ada memberOf support" not in stated(said)
    assert "Also by: Membership. Needed as well: Residency, Sensitivity open to the purpose." in said.sentence


def test_what_is_shared_by_two_parts_is_cited_once(world: World, ruled: Callable[..., None]) -> None:
    ruled(
        "?compartment ambit:hasAudience ?any . ?actor org:memberOf :team",
        effect="require",
        more="\n# over: ambit:Compartment",
        world_more=":ada org:memberOf :team . :team org:memberOf :service .",
    )
    said = stated(explain(world.decider, ask("ada"), [ex("guide")]))
    assert {"ada memberOf team", "team memberOf service"} <= said
    assert "ada memberOf support" not in said, "as short, but not shared with the requirement"


def test_an_optional_that_a_filter_asks_for_is_cited(world: World, ruled: Callable[..., None]) -> None:
    ruled(
        "?actor a foaf:Person . ?compartment ambit:comesFrom :crm OPTIONAL { ?actor :badge ?badge } FILTER(BOUND(?badge))",
        world_more=":bob :badge :green .",
    )
    said = explain(world.decider, ask("bob"), [ex("guide")])
    assert "bob badge green" in stated(said) and not said.whole


def test_a_rule_that_is_not_taken_apart_stands_for_itself(world: World, ruled: Callable[..., None]) -> None:
    ruled(
        "?compartment ambit:comesFrom :crm . { SELECT ?actor { ?actor :badge :green } }",
        world_more=":bob :badge :green .",
    )
    said = explain(world.decider, ask("bob"), [ex("guide")])
    assert said.permitted and said.whole == ("urn:ambit:rule:local/r0",)
    assert "urn:ambit:rule:local/r0" in said.rules and not any("badge" in line for line in stated(said))


def test_each_jurisdiction_is_met(world: World, ruled: Callable[..., None]) -> None:
    ruled(world_more=":guide ambit:hasJurisdiction :CH , ambit:US . :CH ambit:findsAdequate ambit:EU .")
    assert {
        "home hasJurisdiction EU",
        "home hasJurisdiction US",
        "CH findsAdequate EU",
        "guide hasJurisdiction CH",
        "guide hasJurisdiction US",
        "guide hasJurisdiction EU",
    } <= stated(explain(world.decider, ask("ada"), [ex("guide")]))


def test_whoever_answers_a_part_of_a_proof_it_is_the_same(
    world: World, ruled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine writes the time in another form: rows of both are held against each other."""
    ruled(world_more=":guide ambit:hasJurisdiction :CH , ambit:US . :CH ambit:findsAdequate ambit:EU .")
    in_memory = world.decider.in_memory
    worked_out, among = in_memory._worked_out, set[bool]()
    whole = stated(explain(world.decider, ask("ada"), [ex("guide")]))
    for by_memory in (True, False):

        def half(query: Any, *more: Any, by_memory: bool = by_memory) -> Any:
            is_demand = "?needed" in " ".join(f"?{name}" for name in query.columns)
            among.add(is_demand)
            return worked_out(query, *more) if is_demand is by_memory else None

        monkeypatch.setattr(in_memory, "_worked_out", half)
        world.decider._turn()
        assert stated(explain(world.decider, ask("ada"), [ex("guide")])) == whole
    assert among == {True, False} and "guide hasJurisdiction US" in whole


def test_a_standing_approval_is_cited(world: World, ruled: Callable[..., None]) -> None:
    ruled(
        "?actor a foaf:Person . ?compartment ambit:comesFrom :crm",
        effect="ask",
        world_more=":yes a ambit:Approval ; ambit:isGrantedTo :bob ; ambit:isFor :care ; ambit:approves :guide .",
    )
    said = stated(explain(world.decider, ask("bob", purpose="refund"), [ex("guide")]))
    assert {
        "yes type Approval",
        "yes isGrantedTo bob",
        "yes isFor care",
        "yes approves guide",
        "refund broader care",
    } <= said
    assert not explain(world.decider, ask("bob", purpose="other"), [ex("guide")]).permitted


def test_an_approval_of_a_shape_of_queries_is_said_to_stand(world: World, ruled: Callable[..., None]) -> None:
    approval = (
        ":yes a ambit:Approval ; ambit:isGrantedTo :bob ; ambit:isFor :care ; ambit:approves :guide{} ."
        " :shut ambit:hasAudience :nobody ."
    )
    body = "?actor a foaf:Person . ?compartment ambit:comesFrom :crm"
    stands = " One stands for queries of its shape alone."
    for more, purpose, rest in (
        (' ; ambit:pattern "one shape"', "care", stands),
        (' ; ambit:pattern "one shape"', "other", ""),
        (' ; ambit:pattern "one shape" ; ambit:expires "2001-01-01T00:00:00Z"^^xsd:dateTime', "care", ""),
    ):
        ruled(body, effect="ask", world_more=approval.format(more))
        said = explain(world.decider, ask("bob", purpose=purpose), [ex("guide")])
        assert not said.permitted and AMBIT.APPROVAL in said.missing
        assert said.sentence.endswith("once an approval stands." + rest)


def test_what_must_be_absent_is_told_to_those_who_may_read_rules(world: World) -> None:
    question = ask("ada", "helper", purpose="care")
    (negation,) = explain(world.decider, question, [ex("customer")]).absent
    assert negation.startswith(
        "NOT EXISTS { <https://example.org/helper> <https://w3id.org/ambit#expires> ?end"
    )
    assert not explain_to_asker(world.decider, question, [ex("customer")]).absent


def test_a_literal_in_a_pattern_is_cited(world: World, ruled: Callable[..., None]) -> None:
    ruled(
        '?compartment ambit:comesFrom :crm . ?actor :level 3 , "x"@en', world_more=':bob :level 3 , "x"@en .'
    )
    said = explain(world.decider, ask("bob"), [ex("guide")])
    assert not said.whole and len([line for line in said.triples if "level" in line]) == 2


HIDDEN_RULES = {
    "permit": "?compartment ambit:hasSensitivity :unheard . ?actor org:memberOf ambit:Administrators",
    "deny": "?compartment ambit:hasSensitivity :unheard . ?actor a foaf:Person FILTER(?actor != :any)",
    "ask": "?compartment ambit:hasSensitivity :unheard . ?actor org:memberOf :secret",
}


@pytest.mark.parametrize("effect", HIDDEN_RULES)
@pytest.mark.parametrize(
    ("question", "thing"),
    [
        (ask("bob", purpose="care"), "odd"),
        (ask("bob", purpose="care"), "card"),
        (ask("ada", purpose="care"), "card"),
        (ask("ada", purpose="care"), "guide"),
        (ask("ada", "helper", purpose="care"), "customer"),
        (ask("nobody"), "odd"),
    ],
)
def test_a_hidden_rule_changes_no_answer(
    world: World, ruled: Callable[..., None], effect: str, question: Question, thing: str
) -> None:
    """What a rule says of what is hidden, groups and names in it included, is in no byte of what others are told."""
    before = explain_to_asker(world.decider, question, [ex(thing)])
    ruled(
        HIDDEN_RULES[effect],
        effect=effect,
        world_more=":eve a foaf:Person ; org:memberOf :secret . :x ambit:hasRole :y .",
    )
    assert explain_to_asker(world.decider, question, [ex(thing)]) == before


@pytest.mark.parametrize(
    "question", [ask("bob", purpose="care"), ask("ada", "narrow", purpose="care"), ask("nobody")]
)
def test_what_is_hidden_takes_the_same_work_as_what_is_not_there(
    world: World, ruled: Callable[..., None], question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruled("?actor org:memberOf :nobodys . ?compartment ambit:comesFrom :crm", effect="ask")
    asked: list[object] = []
    put = world.decider.rules

    def seen(queries: Sequence[RuleCall], **more: Any) -> object:
        asked.extend((one.text, sorted(one.bindings.items(), key=str)) for one in queries)
        return put(queries, **more)

    monkeypatch.setattr(world.decider, "rules", seen)
    explain_to_asker(world.decider, question, [])  # what is decided once is at hand
    works = []
    for compartments in ([], [ex("odd")], [ex("odd"), ex("abroad"), ex("card")], [ex("never-was")]):
        asked.clear()
        said = explain_to_asker(world.decider, question, compartments)
        assert not said.permitted and not said.missing
        works.append(list(asked))
    assert all(work == works[0] for work in works)


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, list[tuple[str, bool]]]]:
    """A world that explained nothing yet, and the texts that its worker is asked, each with whether of a patched copy."""
    world, found = World(), list[tuple[str, bool]]()
    world.become(triples(COMPANY))
    rules = world.decider.worker.rules

    def noted(queries: Sequence[RuleCall], **more: Any) -> Any:
        found.extend((query.text, more.get("patch") is not None) for query in queries)
        return rules(queries, **more)

    monkeypatch.setattr(world.decider.worker, "rules", noted)
    yield world, found
    world.close()


def test_the_worker_reads_what_a_proof_asks_and_searches_for_none_of_it(
    put: tuple[World, list[tuple[str, bool]]],
) -> None:
    """Over a million relations each way in which a rule holds takes the engine many times what it takes here."""
    world, asked = put
    for is_read in (True, False):
        world.decider._turn()
        explain(world.decider, ask("ada"), [])  # what is decided is at hand
        asked.clear()
        assert explain(world.decider, ask("ada"), [ex("guide")]).permitted
        assert bool(asked) is is_read and all("<urn:ambit:nothing>" in text for text, _ in asked)


def test_what_is_supposed_is_read_without_a_copy(put: tuple[World, list[tuple[str, bool]]]) -> None:
    world, asked = put
    supposed = Supposed(world.decider, (), triples(":bob org:memberOf :service ."))
    assert world.decider.settled(lambda: explain(supposed, ask("bob"), [ex("guide")])).permitted
    assert {is_patched for text, is_patched in asked if "<urn:ambit:nothing>" in text} == {False}
