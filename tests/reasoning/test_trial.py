"""Cases held against rules: what fails says what was asked and why; rules that never decide are counted."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import worlds as w

from ambit.graph.errors import SourceInvalid
from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.cases.cases import read
from ambit.reasoning.cases.trial import Trial, Verdict
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse

GROUND = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU . :abroad a ambit:Site ; ambit:hasJurisdiction ambit:US .
:ada a foaf:Person ; org:memberOf :staff . :bob a foaf:Person .
:helper a ambit:Agent ; ambit:isOwnedBy :ada ; ambit:isRegisteredFor dpv:CustomerCare ;
  ambit:readsSource :wiki ; ambit:readsSensitivity ambit:Internal .
ambit:Personal ambit:isOpenTo dpv:CustomerCare .
"""
GIVEN = """
:page a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :staff .
:file a ambit:Compartment ; ambit:comesFrom :crm ; ambit:hasSensitivity ambit:Personal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :staff .
:abroad-page a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:US ; ambit:hasAudience :staff .
"""


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    trial = Trial(load([SHIPPED]), lambda: Keeper("cases"), {"urn:ground": w.triples(GROUND)})
    assert trial.refused == ()
    yield trial
    trial.close()


def run(trial: Trial, text: str, given: str = GIVEN) -> Verdict:
    return trial.run(read(f"{w.PREFIXES} :given {{ {given} }} {text}".encode(), "x.trig"))


def why(trial: Trial, text: str) -> str:
    """Why the one expectation that fails does."""
    (failed,) = run(trial, text).failed
    return failed.why


def test_what_holds_holds(trial: Trial) -> None:
    verdict = run(
        trial,
        """:allowed { :q1 ambit:user :ada ; ambit:cleared :page . :q2 ambit:user :ada ; ambit:agent :helper ;
             ambit:purpose dpv:CustomerCare ; ambit:cleared :page . }
           :denied { :q3 ambit:user :bob ; ambit:cleared :page , :file . :q4 ambit:user :ada ; ambit:cleared :file }""",
    )
    assert verdict == Verdict(5, ())


def test_each_compartment_is_an_expectation_of_its_own(trial: Trial) -> None:
    verdict = run(trial, ":allowed { :q ambit:user :ada ; ambit:cleared :page , :file , :abroad-page }")
    assert [one.compartment for one in verdict.failed] == [w.ex("abroad-page"), w.ex("file")]
    assert verdict.expectations == 3
    assert {(one.file, one.case.name, one.site) for one in verdict.failed} == {("x.trig", "q", w.HOME)}


def test_what_is_open_against_the_case_is_explained_with_rules_and_triples(trial: Trial) -> None:
    (failed,) = run(trial, ":denied { :q ambit:user :ada ; ambit:cleared :page }").failed
    assert failed.why.startswith("ada may read this.")
    assert "urn:ambit:rule:membership/members" in failed.rules
    assert any("memberOf" in triple and "urn:ground" in triple for triple in failed.triples)
    assert any("hasAudience" in triple and "case:given" in triple for triple in failed.triples)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("ambit:user :bob ; ambit:cleared :page", "no rule permits it to `bob`"),
        ("ambit:user :ada ; ambit:cleared :file", "`ada` does not meet a requirement"),
        ("ambit:user :ada ; ambit:cleared :file", "it would be for the purpose `CustomerCare`"),
        ("ambit:user :ada ; ambit:cleared :abroad-page", "no rule places it at `home`"),
        ("ambit:user :ada ; ambit:site :abroad ; ambit:cleared :page", "no rule places it at `abroad`"),
        (
            "ambit:user :ada ; ambit:agent :helper ; ambit:purpose dpv:CustomerCare ; ambit:cleared :file",
            "no scope lets the agent `helper` inherit it",
        ),
        (
            "ambit:user :ada ; ambit:agent :robot ; ambit:cleared :page",
            "`https://example.org/robot` is not registered",
        ),
        ("ambit:site :abroad ; ambit:cleared :page", "no rule places it at `abroad`"),
    ],
)
def test_what_is_closed_against_the_case_says_what_closes_it(trial: Trial, asked: str, said: str) -> None:
    assert said in why(trial, f":allowed {{ :q {asked} }}")


@pytest.mark.parametrize(
    ("case", "rule", "unshown"),
    [
        (":allowed { :q ambit:user :ada", "membership/members", ""),
        (":allowed { :q ambit:user :ada", "sensitivity/open", ""),  # a requirement that it meets
        (":allowed { :q ambit:user :ada", "sharing/shared", "comes out the same without it"),
        (":allowed { :q ambit:user :bob", "membership/members", "comes out the same without it"),
        (":denied { :q ambit:user :bob", "membership/members", "comes out the same without it"),
        (":denied { :q ambit:user :bob", "mine/none", "no such rule is in force"),
        (":allowed { :q ambit:site :home", "residency/adequate", ""),
        (":denied { :q ambit:site :abroad", "residency/adequate", "comes out the same without it"),
    ],
)
def test_a_case_shows_only_what_it_turns_on(trial: Trial, case: str, rule: str, unshown: str) -> None:
    text = f"{case} ; ambit:cleared :page ; ambit:shows <urn:ambit:rule:{rule}> }}"
    found = [problem.message for problem in run(trial, text).unshown]
    line = (w.PREFIXES + GIVEN).count("\n") + 1
    assert found == (
        [f"`x.trig:{line}`: case `q` shows `urn:ambit:rule:{rule}`, and {unshown}"] if unshown else []
    )


def test_a_case_without_a_user_asks_for_places_alone(trial: Trial) -> None:
    verdict = run(
        trial,
        """:allowed { :q1 ambit:site :home ; ambit:cleared :page , :file . :q2 ambit:site :abroad ; ambit:cleared :abroad-page }
           :denied { :q3 ambit:site :abroad ; ambit:cleared :page , :file . :q4 ambit:site :nowhere ; ambit:cleared :page }""",
    )
    assert verdict == Verdict(6, ())
    (failed,) = run(trial, ":denied { :q ambit:site :home ; ambit:cleared :page }").failed
    assert failed.why.startswith("Residency:") and failed.rules == ("urn:ambit:rule:residency/adequate",)


def test_a_world_forgets_the_one_before(trial: Trial) -> None:
    text = ":denied { :q ambit:user :bob ; ambit:cleared :page }"
    assert run(trial, text, GIVEN + ":bob org:memberOf :staff .").failed
    assert not run(trial, text).failed


@pytest.mark.parametrize("graph", ["allowed", "denied"])
def test_a_compartment_that_the_world_lacks_is_refused(trial: Trial, graph: str) -> None:
    with pytest.raises(SourceInvalid, match=r"`https://example\.org/pgae`, which is no compartment"):
        run(trial, f":{graph} {{ :q ambit:user :ada ; ambit:cleared :pgae }}")


@pytest.mark.parametrize("graph", ["allowed", "denied"])
def test_a_purpose_that_nothing_knows_is_refused(trial: Trial, graph: str) -> None:
    text = f":{graph} {{ :q ambit:user :{'ada' if graph == 'allowed' else 'bob'} ; ambit:purpose :cra ; ambit:cleared :page }}"
    with pytest.raises(
        SourceInvalid, match=r"`x\.trig:\d+`: case `q` .* `https://example\.org/cra`"
    ) as refused:
        run(trial, text)
    assert refused.value.details == {"file": "x.trig", "line": "18"}
    assert not run(trial, text, GIVEN + ":cra skos:broader dpv:CustomerCare .").failed
    assert not run(trial, text, GIVEN + "ambit:Personal ambit:isOpenTo :cra .").failed


def test_a_purpose_that_a_rule_names_is_known() -> None:
    rule = """# title: T
# family: mine
# effect: permit
# action: read
# description: D.
# reads: purpose
PREFIX ambit: <https://w3id.org/ambit#>
SELECT ?compartment ?actor ?purpose { ?compartment ambit:hasAudience ?any . ?actor a <http://xmlns.com/foaf/0.1/Person>
  FILTER(?purpose = <https://example.org/cra>) }"""
    rules = Loaded((*load([SHIPPED]).rules, parse(rule, "/rules/cra.rq")))
    own = Trial(rules, lambda: Keeper("cases"), {"urn:ground": w.triples(GROUND)})
    try:
        assert own.refused == ()
        assert not run(
            own, ":allowed { :q ambit:user :bob ; ambit:purpose :cra ; ambit:cleared :page }"
        ).failed
    finally:
        own.close()


def test_a_world_has_one_server_site(trial: Trial) -> None:
    text = ":denied { :q ambit:user :bob ; ambit:cleared :page }"
    with pytest.raises(SourceInvalid, match="one `ambit:ServerSite`"):
        run(trial, text, GIVEN + ":other a ambit:ServerSite .")
    bare = Trial(load([SHIPPED]), lambda: Keeper("cases"))
    try:
        with pytest.raises(SourceInvalid, match="and has none"):
            run(bare, text)
    finally:
        bare.close()


DENY = """# title: Never
# family: mine
# effect: deny
# action: read
# description: Never to Ada.
SELECT ?compartment ?actor WHERE {
  ?compartment a <https://w3id.org/ambit#Compartment> . ?actor <http://www.w3.org/ns/org#memberOf> <https://example.org/staff> }
"""
ASK = """# title: After approval
# family: mine
# effect: ask
# action: read
# description: Bob may once it is approved.
SELECT ?compartment ?actor WHERE {
  ?compartment <https://w3id.org/ambit#comesFrom> <https://example.org/wiki> . ?actor a <http://xmlns.com/foaf/0.1/Person> }
"""


def test_denials_approvals_and_failing_rules_say_so() -> None:
    rules = load([SHIPPED])
    broken = replace(parse(DENY, "broken.rq"), iri="urn:ambit:rule:mine/broken", failing="it is broken")
    for extra, asked, said in (
        (parse(DENY, "never.rq"), ":ada", "denied to `ada` (Never: Never to Ada.)"),
        (parse(ASK, "ask.rq"), ":bob", "After approval: it waits for an approval"),
        (broken, ":ada", "denied to `ada` (it is broken)"),
    ):
        trial = Trial(
            Loaded((*rules.rules, extra)), lambda: Keeper("cases"), {"urn:ground": w.triples(GROUND)}
        )
        try:
            (failed,) = run(trial, f":allowed {{ :q ambit:user {asked} ; ambit:cleared :page }}").failed
            assert said in failed.why and extra.iri in failed.rules
        finally:
            trial.close()


def test_rules_that_decided_are_counted() -> None:
    trial = Trial(load([SHIPPED]), lambda: Keeper("cases"), {"urn:ground": w.triples(GROUND)})
    try:
        assert not any(trial.decided.values())
        run(trial, ":denied { :q ambit:user :bob ; ambit:cleared :page }")
        assert not trial.decided["urn:ambit:rule:membership/members"]
        run(trial, ":allowed { :q ambit:user :ada ; ambit:cleared :page }")
        assert trial.decided["urn:ambit:rule:membership/members"] == 1
        assert trial.decided["urn:ambit:rule:residency/adequate"] == 1
        run(trial, ":allowed { :q ambit:site :home ; ambit:cleared :page }")
        assert trial.decided["urn:ambit:rule:residency/adequate"] == 2
        idle = {rule.iri for rule in trial.rules if not trial.decided[rule.iri]}
        assert "urn:ambit:rule:sharing/shared" in idle and AMBIT.RULE not in idle
        assert not {rule.effect for rule in trial.rules} & {"rank", "label"}
    finally:
        trial.close()
