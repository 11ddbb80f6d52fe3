"""What cases hold of rules is what becomes of them when a rule is taken away, or says all that it could."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import worlds as w

from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.cases.cases import CaseFile, read
from ambit.reasoning.cases.coverage import Covered
from ambit.reasoning.cases.trial import Trial
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, Rule, load, parse

FILES = sorted(Path(__file__).parents[1].joinpath("cases").glob("*.trig"))
DENY = """# title: Not abroad
# family: mine
# effect: deny
# action: read
# description: Nobody reads the wages but for payroll.
# reads: purpose
PREFIX ambit: <https://w3id.org/ambit#>
SELECT ?compartment ?actor ?purpose WHERE {
  ?compartment ambit:hasSensitivity ambit:Internal ; ambit:hasAudience <https://example.org/wages> .
  FILTER(?purpose != <https://example.org/payroll>) }
"""
GIVEN = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:ada a foaf:Person ; org:memberOf :staff . :bob a foaf:Person ; org:memberOf :wages , :staff .
:helper a ambit:Agent ; ambit:isOwnedBy :ada ; ambit:isRegisteredFor :payroll ;
  ambit:readsSource :wiki ; ambit:readsSensitivity ambit:Internal .
:page a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :staff .
:wage a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :wages .
:secret a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Confidential ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :staff .
"""
CASES = """
:allowed { :q1 ambit:user :ada ; ambit:cleared :page .
  :q2 ambit:user :bob ; ambit:purpose :payroll ; ambit:cleared :wage .
  :q3 ambit:user :ada ; ambit:agent :helper ; ambit:purpose :payroll ; ambit:cleared :page .
  :q4 ambit:site :home ; ambit:cleared :page }
:denied { :q1 ambit:user :ada ; ambit:cleared :wage , :secret . :q2 ambit:user :bob ; ambit:cleared :wage .
  :q3 ambit:user :nobody ; ambit:agent :unknown ; ambit:cleared :page }
"""


def case_file(cases: str = CASES) -> CaseFile:
    return read(f"{w.PREFIXES} :given {{ {GIVEN} }} {cases}".encode(), "mine.trig")


@pytest.fixture
def rules() -> Loaded:
    return Loaded((*load([SHIPPED]).rules, parse(DENY, "deny.rq")))


@pytest.fixture
def trial(rules: Loaded) -> Iterator[Trial]:
    trial = Trial(rules, lambda: Keeper("cases"))
    yield trial
    trial.close()


def held(trial: Trial, file: CaseFile, rules: Loaded) -> set[tuple[str, bool, str]]:
    """The expectations that hold under some rules: the slow way."""
    assert trial._decider.use(rules) == ()
    failed = {(f.case.name, f.case.is_allowed, f.compartment) for f in trial.run(file).failed}
    return {(c.name, c.is_allowed, name) for c in file.cases for name in c.compartments} - failed


def beyond(rule: Rule) -> Rule:
    """A rule that says the most that it could of everybody."""
    about = "site" if rule.effect == "place" else "actor"
    where = (
        "?compartment a <urn:nothing>"
        if rule.effect == "require"
        else f"?compartment a <{AMBIT.COMPARTMENT}>"
    )
    text = f"SELECT ?compartment ?{about} WHERE {{ {where} }}"
    columns = ("compartment", about)
    return replace(rule, text=text, columns=columns, reads=frozenset(), public=True)


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"])
@pytest.mark.parametrize("number, name", [*enumerate(["mine.trig", *(path.name for path in FILES)])])
def test_a_rule_is_pinned_and_bounded_as_often_as_cases_fail_without_and_beyond_it(
    trial: Trial, rules: Loaded, number: int, name: str, step: int
) -> None:
    """Of every file a third of the rules, each file another; all of them in the long run."""
    files = {path.name: path for path in FILES}
    file = read(files[name].read_bytes(), name) if name in files else case_file()
    trial.run(file)
    covered = trial.coverage
    assert any(one.pinned for one in covered) and any(one.bounded for one in covered)
    whole = held(trial, file, rules)
    for one in covered[number % step :: step]:
        without = tuple(rule for rule in rules.rules if rule.iri != one.rule)
        assert one.pinned == len(whole - held(trial, file, Loaded(without))), one
        most = tuple(beyond(rule) if rule.iri == one.rule else rule for rule in rules.rules)
        assert one.bounded == len(whole - held(trial, file, Loaded(most))), one


def test_deciding_is_not_being_pinned(trial: Trial) -> None:
    """Bob is let in by two rules: neither would be missed."""
    shared = GIVEN + ":page ambit:hasAudience :bob ."
    asked = ":allowed { :q ambit:user :bob ; ambit:cleared :page }"
    trial.run(read(f"{w.PREFIXES} :given {{ {shared} }} {asked}".encode(), "x.trig"))
    found = {one.rule.removeprefix("urn:ambit:rule:"): one for one in trial.coverage}
    for rule in ("membership/members", "ownership/owners"):
        assert (found[rule].permitting, found[rule].pinned) == (1, 0)
    assert found["residency/adequate"].pinned == 1


def test_both_sides_of_a_denial_are_told_apart(trial: Trial) -> None:
    def denial() -> Covered:
        (found,) = (one for one in trial.coverage if one.rule == "urn:ambit:rule:mine/deny")
        return found

    trial.run(case_file(":denied { :q ambit:user :bob ; ambit:cleared :wage }"))
    assert (denial().denying, denial().pinned, denial().bounded) == (1, 1, 0) and not denial().is_two_sided
    trial.run(case_file(":allowed { :q ambit:user :bob ; ambit:purpose :payroll ; ambit:cleared :wage }"))
    assert (denial().permitting, denial().pinned, denial().bounded) == (0, 1, 1) and denial().is_two_sided


def test_an_expectation_that_fails_pins_nothing(trial: Trial) -> None:
    trial.run(case_file(":denied { :q ambit:user :ada ; ambit:cleared :page }"))
    assert any(one.permitting for one in trial.coverage)
    assert not any(one.pinned or one.bounded for one in trial.coverage)
