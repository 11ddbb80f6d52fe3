"""Whose a finding is: the join of the labels it speaks of; and files that cannot be read."""

from collections.abc import Iterator
from pathlib import Path

import checks as c
import pytest

from ambit.graph.errors import SourceInvalid
from ambit.graph.store.owner import Owner
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Hints, Label, Role
from ambit.reasoning.findings.findings import (
    Finding,
    findings_iri,
    findings_record,
    highest,
    joined,
    problem_record,
)

TEAM, OTHER = c.EX + "team/sales", c.EX + "team/pay"


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = c.store(tmp_path / "data", ())
    yield owner
    owner.close()


@pytest.mark.parametrize(
    ("these", "together"),
    [
        ({AMBIT.OPEN, AMBIT.INTERNAL}, AMBIT.INTERNAL),
        ({AMBIT.PERSONAL, AMBIT.PAYMENT}, AMBIT.PAYMENT),
        ({AMBIT.PAYMENT, AMBIT.HEALTH}, AMBIT.CONFIDENTIAL),
        ({AMBIT.OPEN, c.EX + "Secret"}, c.EX + "Secret"),
        ({AMBIT.OPEN}, AMBIT.OPEN),
    ],
)
def test_the_highest_sensitivity(these: set[str], together: str) -> None:
    assert highest(these) == together


def test_the_join_of_labels(owner: Owner) -> None:
    c.commit(owner, c.governance())
    here = Label(c.SOURCE, AMBIT.OPEN, frozenset({AMBIT.EU}), frozenset({TEAM, OTHER}))
    there = Label(c.SOURCE, AMBIT.PERSONAL, frozenset({AMBIT.US}), frozenset({TEAM}))
    both = joined([(None, here), (None, there)], c.SOURCE, owner).label
    assert both == Label(AMBIT.FINDINGS, AMBIT.PERSONAL, frozenset({AMBIT.EU, AMBIT.US}), frozenset({TEAM}))
    apart = Label(c.SOURCE, AMBIT.OPEN, frozenset({AMBIT.EU}), frozenset({OTHER}))
    nobody = joined([(None, there), (None, apart)], c.SOURCE, owner).label
    assert nobody is not None
    assert nobody.audience == {AMBIT.ADMINISTRATORS, c.OWNER_OF_SOURCE}


def test_a_graph_without_label_makes_the_join_strict(owner: Owner) -> None:
    place = joined([(None, c.label()), (None, None)], c.SOURCE, owner)
    assert place.label is None  # of no known jurisdiction, so nobody reads it
    hinted = joined(
        [(Hints(c.SOURCE, AMBIT.OPEN, countries=frozenset({"DE"}), anchors=frozenset({TEAM})), None)],
        c.SOURCE,
        owner,
    )
    assert hinted.label is None
    assert hinted.hints.countries == {"DE"}


def test_a_country_that_is_still_to_be_looked_up_takes_no_known_jurisdiction_away(owner: Owner) -> None:
    here = Hints(c.SOURCE, AMBIT.OPEN, countries=frozenset({"DE"}), anchors=frozenset({TEAM}))
    there = Label(c.SOURCE, AMBIT.OPEN, frozenset({AMBIT.US}), frozenset({TEAM}))
    both = joined([(here, None), (None, there)], c.SOURCE, owner).hints
    assert both.jurisdictions == {AMBIT.US} and both.countries == {"DE"}


def test_a_file_that_cannot_be_read_is_a_finding_until_it_can(owner: Owner) -> None:
    error = SourceInvalid("`a.csv:3` does not parse", hint="mend it", details={"file": "a.csv", "line": 3})
    c.commit(owner, problem_record(error, c.SOURCE + "/a.csv", c.SOURCE, owner))
    said = c.found(owner)["source-invalid"]
    assert said["evidence"] == ['{"file":"a.csv","line":3}']
    assert said["resultMessage"] == ["`a.csv:3` does not parse; mend it"]


def test_a_finding_keeps_its_time(owner: Owner) -> None:
    place = joined([(None, c.label())], c.SOURCE, owner)
    c.commit(owner, findings_record("urn:r", [Finding("x", "one", ("urn:r",))], place, owner))
    (created,) = c.found(owner)["x"]["created"]
    c.commit(owner, findings_record("urn:r", [Finding("x", "another", ("urn:r",))], place, owner))
    assert c.found(owner)["x"]["created"] == [created]
    assert c.found(owner)["x"]["resultMessage"] == ["another"]
    c.commit(owner, findings_record("urn:r", [], place, owner))
    assert findings_iri("urn:r") not in c.graphs_of(owner, Role.SYSTEM)
