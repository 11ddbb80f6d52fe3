"""The nearest change that would permit: of each kind there is, decided over before it is told."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from looking import Looked
from test_decide import COMPANY
from test_explain import RULE
from worlds import World, ask, ex, triples

from ambit.graph.terms import Literal, NamedNode, Quad, Triple
from ambit.graph.vocabulary import RDF, node
from ambit.reasoning.deciding.clearing import clearance
from ambit.reasoning.deciding.decide import Decider
from ambit.reasoning.deciding.questions import Question
from ambit.reasoning.explaining.candidates import NEW, Change, candidates
from ambit.reasoning.explaining.nearest import MOST, TOLD, holds, nearest
from ambit.reasoning.explaining.proof import prove
from ambit.reasoning.explaining.supposing import Amended, Supposed
from ambit.reasoning.governance.facts import Facts, key
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def world(shared: World) -> World:
    shared.become(triples(COMPANY))
    return shared


def one(turtle: str) -> frozenset[Triple]:
    return frozenset(triples(turtle))


def adds(turtle: str) -> Change:
    return Change(adds=one(turtle))


def removes(turtle: str) -> Change:
    return Change(removes=one(turtle))


@pytest.mark.parametrize(
    ("question", "compartment", "more", "expected"),
    [
        (ask("bob"), "guide", "", adds(":bob org:memberOf :service .")),
        (ask("bob", purpose="care"), "customer", "", adds(":acme ambit:isSharedWith :bob .")),
        (ask("bob", purpose="care"), "customer", "", adds(":acme ambit:isAssignedTo :bob .")),
        (ask("ada", purpose="care"), "card", "", Change(purpose=ex("refund"))),
        (ask("ada", purpose="care"), "card", "", adds("ambit:Payment ambit:isOpenTo :care .")),
        (
            ask("ada", "narrow", purpose="care"),
            "customer",
            "",
            adds(":narrow ambit:readsSensitivity ambit:Personal ."),
        ),
        (
            ask("ada", "helper"),
            "handbook",
            "",
            Change(adds=one(":helper ambit:readsSource :wiki . :helper ambit:readsSensitivity ambit:Open .")),
        ),
        (
            ask("ada", "stale", purpose="care"),
            "guide",
            "",
            removes(':stale ambit:expires "2026-02-28T00:00:00Z"^^xsd:dateTime .'),
        ),
        (ask("ada", "orphan", purpose="care"), "guide", "", adds(":orphan ambit:isOwnedBy :ada .")),
        (ask("newcomer"), "handbook", "", adds(":newcomer a foaf:Person .")),
        (ask("ada"), "guide", ":service ambit:excludes :ada .", removes(":service ambit:excludes :ada .")),
        (
            ask("ada", purpose="care"),
            "customer",
            "ambit:Personal ambit:needsConsentFor :care . :acme a dpv:DataSubject .",
            adds(
                f"<{NEW}> a dpv:Consent ; dpv:hasDataSubject :acme ; dpv:hasConsentStatus dpv:ConsentGiven ; dpv:hasPurpose :care ."
            ),
        ),
        (
            ask("ada", purpose="care"),
            "customer",
            "ambit:Personal ambit:isAbove ambit:Internal .",
            adds(":ada ambit:isClearedTo ambit:Personal ."),
        ),
    ],
)
def test_what_is_nearest_is_told(
    world: World, question: Question, compartment: str, more: str, expected: Change | None
) -> None:
    world.become(triples(COMPANY + more))
    assert compartment not in world.cleared(question)
    found = nearest(world.decider, question, ex(compartment))
    assert expected is None or expected in found
    assert 0 < len(found) <= TOLD and len({change.size for change in found}) == 1
    for change in found:
        assert holds(world.decider, question, ex(compartment), change)
        world.become((frozenset(triples(COMPANY + more)) - change.removes) | change.adds)
        asked = question if change.purpose is None else ask_for(question, change.purpose)
        assert compartment in world.cleared(asked), "as deciding says where it is made"
        world.become(triples(COMPANY + more))


def test_what_is_supposed_is_looked_up_in_every_way_that_governance_is() -> None:
    """What is not overlaid would be asked of the triples that come alone."""
    written = {"add", "remove", "apply", "preview", "nquads", "parts"}
    public = {name for name, value in vars(Facts).items() if callable(value) and not name.startswith("_")}
    assert public - written <= vars(Amended).keys()
    assert {"__contains__", "__iter__"} <= vars(Amended).keys()


NAMES = [NamedNode(f"urn:{name}") for name in "abc"]
quads = st.sets(
    st.builds(
        Quad,
        st.sampled_from(NAMES[:2]),
        st.sampled_from([*NAMES[:1], node(RDF.TYPE)]),
        st.sampled_from([*NAMES[1:], Literal("1")]),
        st.sampled_from(NAMES[:2]),
    ),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(quads, quads, quads)
def test_facts_that_are_amended_are_those_that_would_be(
    held: set[Quad], out: set[Quad], into: set[Quad]
) -> None:
    base, there = Facts(held), Facts((held - out) | into)
    amended = Amended(base, out & held - into, into - held)
    assert sorted(map(str, amended)) == sorted(map(str, there))
    for predicate in (NAMES[0].value, RDF.TYPE):
        assert sorted(map(str, amended.of(predicate))) == sorted(map(str, there.of(predicate)))
        assert amended.values(predicate) == there.values(predicate)
        said = [
            dict(zip(NAMES, f.told([n.value for n in NAMES], predicate), strict=True))
            for f in (amended, there)
        ]
        for one in NAMES:
            assert [one for one in NAMES if said[0][one] == said[0][NAMES[0]]] == [
                one for one in NAMES if said[1][one] == said[1][NAMES[0]]
            ]
        for one in (*NAMES, Literal("1")):
            assert amended.subjects(predicate, one) == there.subjects(predicate, one)
            assert amended.states(None, predicate, one) == there.states(None, predicate, one)
            for facts in (amended, there):
                assert facts.breadth(predicate, end=key(one)) == len(facts.starts(predicate, key(one)))
                assert facts.breadth(predicate, start=key(one)) == len(facts.ends(key(one), predicate))
                assert facts.breadth(predicate) >= len({t.subject for t in facts.of(predicate)})
            for subject in NAMES:
                assert amended.objects(subject, predicate) == there.objects(subject, predicate)
                assert amended.iris(subject.value, predicate) == there.iris(subject.value, predicate)
                assert amended.iris_to(predicate, subject.value) == there.iris_to(predicate, subject.value)
                assert amended.states(subject, predicate, None) == there.states(subject, predicate, None)
                assert amended.states(subject, predicate, one) == there.states(subject, predicate, one)
                keys = (subject.value, predicate, key(one))
                assert amended.holds(*keys) == there.holds(*keys)
                triple = Triple(subject, NamedNode(predicate), one)
                assert (triple in amended, amended.graphs(triple)) == (triple in there, there.graphs(triple))
    assert amended.mentions(Literal("1")) == there.mentions(Literal("1"))
    for term in NAMES:
        assert amended.mentions(term.value) == there.mentions(term.value)
        kinds = [
            amended.among([n.value for n in NAMES], term.value),
            there.among([n.value for n in NAMES], term.value),
        ]
        assert kinds[0] == kinds[1]
        assert amended.instances(term.value) == there.instances(term.value)
        assert amended.number(term.value) == there.number(term.value)
        assert amended.speaks_of(term.value) == there.speaks_of(term.value)
        assert amended.is_a(NAMES[0].value, term.value) == there.is_a(NAMES[0].value, term.value)


def ask_for(question: Question, purpose: str) -> Question:
    return Question(question.chain, purpose, question.action, now=question.now)


def test_no_smaller_change_is_passed_over(world: World) -> None:
    (first, *_) = nearest(world.decider, ask("newcomer"), ex("guide"))
    assert first == adds(":newcomer a foaf:Person ; org:memberOf :service .") and first.size == 2 <= MOST


@pytest.mark.parametrize("compartment", ["abroad", "odd"])
def test_places_labels_and_taxonomy_are_no_candidates(world: World, compartment: str) -> None:
    for change in nearest(world.decider, ask("ada", purpose="care"), ex(compartment)):
        for triple in change.adds | change.removes:
            assert "hasJurisdiction" not in str(triple) and "broader" not in str(triple)
            assert compartment == "odd", "nothing that is told moves a place"


def test_only_groups_have_members_and_only_things_are_owned(world: World) -> None:
    for compartment in ("customer", "draft", "run"):
        for change in candidates(world.decider, ask("bob", purpose="care"), ex(compartment)):
            for triple in change.adds:
                predicate, start, end = (
                    str(t).rpartition("#")[2].rpartition("/")[2].strip("<>")
                    for t in (triple.predicate, triple.subject, triple.object)
                )
                assert predicate != "memberOf" or end in ("support", "service", "Administrators"), triple
                assert predicate not in ("isOwnedBy", "isSharedWith", "isAssignedTo") or start in (
                    "acme",
                    "plan",
                )


def test_an_approval_is_a_change(world: World) -> None:
    body = "?actor a foaf:Person . ?compartment ambit:comesFrom :crm"
    text = RULE.format(effect="ask", more="", body=body)
    assert not world.decider.use(Loaded((*load([SHIPPED]).rules, parse(text, "/rules/ask.rq"))))
    try:
        assert Change(approval=True) in nearest(world.decider, ask("bob", purpose="care"), ex("guide"))
    finally:
        world.decider.use(load([SHIPPED]))


BARRED = ":guide :bars :bob ."


@pytest.mark.parametrize(
    ("but_not", "more", "expected"),
    [
        ("FILTER NOT EXISTS { ?compartment :bars ?actor }", BARRED, BARRED),
        ("MINUS { ?compartment :bars ?actor }", BARRED, BARRED),
        (
            "FILTER NOT EXISTS { ?compartment :bars ?x FILTER NOT EXISTS { ?actor :keeps ?x } }",
            ":guide :bars :rule .",
            ":guide :bars :rule .",
        ),
        ("FILTER(?actor = :ada || NOT EXISTS { ?compartment :bars ?actor })", BARRED, BARRED),
        (
            "FILTER NOT EXISTS { ?compartment :bars/:also* ?g . ?actor ambit:memberOfAll ?g }",
            ":guide :bars :banned . :bob org:memberOf :banned . :banned a foaf:Group .",
            ":bob org:memberOf :banned .",
        ),
        (
            "FILTER NOT EXISTS { ?compartment :bars/:also* ?g . ?actor ambit:memberOfAll ?g }",
            ":guide :bars :others . :others :also :banned . :bob org:memberOf :banned . :banned a foaf:Group .",
            ":others :also :banned .",
        ),
    ],
)
def test_who_is_excepted_is_told_of_the_exception(
    world: World, but_not: str, more: str, expected: str
) -> None:
    world.become(triples(COMPANY + more))
    text = RULE.format(
        effect="permit", more="", body=f"?actor a foaf:Person . ?compartment ambit:comesFrom :crm {but_not}"
    )
    assert not world.decider.use(Loaded((*load([SHIPPED]).rules, parse(text, "/rules/but.rq"))))
    try:
        question = ask("bob", purpose="care")
        assert "guide" not in world.cleared(question)
        assert removes(expected) in candidates(world.decider, question, ex("guide"))
        assert removes(expected) in nearest(world.decider, question, ex("guide"))
    finally:
        world.decider.use(load([SHIPPED]))


def test_each_change_is_decided_for_the_one_compartment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: list[Question] = []

    def counted(decider: Decider, question: Question, *rest: Any, **more: Any) -> Any:
        whole.append(question)
        return clearance(decider, question, *rest, **more)

    monkeypatch.setattr("ambit.reasoning.deciding.decide.clearance", counted)
    question = ask("bob", purpose="care")
    assert nearest(world.decider, question, ex("customer"))
    assert len(candidates(world.decider, question, ex("customer"))) > 5
    assert len(whole) <= 1, "an approval is asked for as a whole, and nothing else"


def test_a_proof_by_an_approval_reads_nothing_of_what_others_were_approved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "?actor a foaf:Person . ?compartment ambit:comesFrom :crm"
    text, question = RULE.format(effect="ask", more="", body=body), ask("bob", purpose="care")
    mine = ":mine a ambit:Approval ; ambit:isGrantedTo :bob ; ambit:isFor :care ; ambit:approves :customer ."
    assert not world.decider.use(Loaded((*load([SHIPPED]).rules, parse(text, "/rules/ask.rq"))))
    looked = Looked(monkeypatch)

    def looks(number: int) -> int:
        world.become(triples(COMPANY + mine + others(number)))
        found = prove(world.decider, question, [ex("customer")])
        looked.count = 0
        assert prove(world.decider, question, [ex("customer")]) == found
        assert ex("mine") in str(found)
        return looked.count

    try:
        few = looks(10)
        assert few > 0 and looks(310) - few < 100, "not one for each of three hundred more"
    finally:
        world.decider.use(load([SHIPPED]))


@pytest.mark.parametrize(
    "axiom", ["", ":Staff rdfs:subClassOf foaf:Person . :zoe a :Staff ; org:memberOf :support ."]
)
def test_what_is_supposed_is_decided_as_if_it_were_so_and_changes_nothing(world: World, axiom: str) -> None:
    before, epoch = dict.fromkeys(world.decider.facts), world.decider.epoch
    more, fewer = (
        one(
            ":bob org:memberOf :support . :eve a foaf:Person ; org:memberOf :service . :service ambit:excludes :eve . ambit:Personal ambit:needsConsentFor :care ."
            + axiom
        ),
        one(":support org:unitOf :service ."),
    )
    supposed = Supposed(world.decider, fewer, more)
    there = World()
    try:
        there.become((frozenset(triples(COMPANY)) - fewer) | more)
        for user in ("ada", "bob", "eve", "root", "zoe", "nobody"):
            for purpose in (None, "care", "refund"):
                question = ask(user, purpose=purpose)
                assert supposed.decide(question).clearance == there.decider.decide(question).clearance
        for name in ("guide", "handbook", "customer"):
            asked = ask("ada", purpose="care")
            assert supposed.holders(asked, ex(name)).users == there.decider.holders(asked, ex(name)).users
        assert frozenset(supposed.facts) == frozenset(there.decider.facts)
    finally:
        there.close()
    assert dict.fromkeys(world.decider.facts) == before and world.decider.epoch == epoch
    assert world.cleared(ask("bob")) == {"handbook", "terms", "draft"}


def others(number: int) -> str:
    """People with agents and approvals of their own, who are nothing to ada and bob."""
    return "".join(
        f":p{n} a foaf:Person . :bot{n} a ambit:Agent ; ambit:isOwnedBy :p{n} ; ambit:isRegisteredFor :care ;"
        " ambit:readsSource :wiki ; ambit:readsSensitivity ambit:Open ."
        f" :req{n} a ambit:ApprovalRequest ; ambit:asksFor :customer . :app{n} a ambit:Approval ;"
        f" ambit:answers :req{n} ; ambit:isGrantedTo :p{n} ; ambit:isFor :care ; ambit:approves :customer .\n"
        for n in range(number)
    )


@pytest.mark.parametrize(
    ("question", "compartment"),
    [(ask("bob", purpose="care"), "customer"), (ask("ada", "narrow", purpose="care"), "customer")],
    ids=["person", "agent"],
)
def test_how_far_the_nearest_is_looked_for_does_not_grow_with_what_others_have(
    world: World, monkeypatch: pytest.MonkeyPatch, question: Question, compartment: str
) -> None:
    looked = Looked(monkeypatch)

    def looks(number: int) -> int:
        world.become(triples(COMPANY + others(number)))
        found = nearest(world.decider, question, ex(compartment))  # what has come is taken in once
        looked.count = 0
        assert found == nearest(world.decider, question, ex(compartment)) != ()
        return looked.count

    few = looks(60)  # of a way to lack something fifty solutions are looked at, and no more
    assert few > 0 and looks(360) - few < 100, "not one for each of three hundred more"


def test_what_is_supposed_is_neither_counted_nor_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    kind, many = NAMES[0], [NamedNode(f"urn:n{number}") for number in range(1_000)]
    held = [Quad(one, predicate, kind, kind) for one in many for predicate in (node(RDF.TYPE), NAMES[1])]
    amended = Amended(Facts(held), held[-1:], [Quad(NAMES[2], node(RDF.TYPE), kind, kind)])
    looked = Looked(monkeypatch)
    assert amended.number(kind.value) == 1_001
    assert amended.states(None, RDF.TYPE, kind) and amended.mentions(kind.value)
    assert amended.speaks_of(kind.value) and amended.speaks_of(RDF.TYPE)
    assert looked.count < 20
