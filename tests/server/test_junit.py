"""Cases as JUnit XML: what a build server counts is what the report says."""

from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from test_policy import RULE, copied, report_of

from ambit.server import policy
from ambit.server.junit import junit
from ambit.server.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The starter, as `ambit init` copies it."""
    return copied("ambit.server.starter", tmp_path / "w")


def read(document: bytes) -> Element:
    return fromstring(document)  # noqa: S314  (made just now)


def counts(of: Element) -> tuple[str | None, ...]:
    return tuple(of.get(name) for name in ("tests", "failures", "errors"))


def test_each_expectation_is_a_test_and_a_failed_one_says_why(workspace: Path) -> None:
    root = read(junit(report_of(workspace)))
    assert counts(root) == ("6", "0", "0")
    (workspace / "rules" / "visitors.rq").write_text(RULE)
    (workspace / "governance" / "broken.ttl").write_text("oops")
    root = read(junit(report_of(workspace)))
    suites = {suite.get("name"): suite for suite in root}
    assert counts(root) == ("7", "1", "1")
    assert counts(suites["cases/pages.trig"]) == ("6", "1", "0")
    (failure,) = root.iter("failure")
    assert failure.get("message") == "expected denied, is allowed"
    assert "rule: urn:ambit:rule:visitors/visitors" in (failure.text or "")
    (error,) = suites["problems"].iter("error")
    assert error.get("type") == "source-invalid" and "broken.ttl" in (error.text or "")


def test_coverage_that_is_missed_is_a_failure_of_each_rule_that_is_not_pinned(workspace: Path) -> None:
    (workspace / "rules" / "visitors.rq").write_text(RULE.replace("ambit#Compartment", "ambit#Model"))
    report = policy.test(Workspace(workspace), refuses_unshown=False)
    assert report.holds and report.percent(shipped=False) == 0 < report.percent(shipped=True) < 100
    root = read(junit(report, minimum=1))
    (suite,) = (suite for suite in root if suite.get("name") == "coverage")
    assert counts(suite) == ("1", "1", "0")
    assert counts(read(junit(report, minimum=0))) == ("7", "0", "0")
    assert report.percent(shipped=False) == 0 and report.counted(shipped=False)[0].pinned == 0


def test_what_xml_cannot_say_is_replaced(workspace: Path) -> None:
    cases = workspace / "cases" / "pages.trig"
    cases.write_text(
        cases.read_text()
        + ':denied { :x ambit:user my:visitor ; ambit:cleared :page ; <http://www.w3.org/2000/01/rdf-schema#comment> "a\\u0001<b>" }'
    )
    names = [test.get("name") for test in read(junit(report_of(workspace))).iter("testcase")]
    assert any(name and "a\N{REPLACEMENT CHARACTER}<b>" in name for name in names)
