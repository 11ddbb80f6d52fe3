"""`ambit policy test` over workspaces: the starter's and the demo's cases hold, and what is broken fails it."""

import json
import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from ambit.graph.errors import Invalid, Unavailable
from ambit.server import policy
from ambit.server.policy import Report
from ambit.server.workspace import Workspace

RULE = """# title: Visitors
# family: visitors
# effect: permit
# action: read
# description: Visitors may read.
SELECT ?compartment ?actor WHERE {
  ?actor a <http://xmlns.com/foaf/0.1/Person> . ?compartment a <https://w3id.org/ambit#Compartment> }
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The starter, as `ambit init` copies it."""
    return copied("ambit.server.starter", tmp_path / "w")


def copied(package: str, folder: Path, *below: str) -> Path:
    with as_file(files(package).joinpath(*below)) as found:
        shutil.copytree(found, folder, ignore=shutil.ignore_patterns("__*"))
    return folder


def report_of(workspace: Path) -> Report:
    """As with the setting `rules_without_case = "warn"`."""
    return policy.test(Workspace(workspace), refuses_unshown=False)


def test_the_cases_of_the_starter_hold(workspace: Path) -> None:
    report = report_of(workspace)
    assert report.holds and list(report.verdicts) == ["cases/pages.trig"]
    assert report.verdicts["cases/pages.trig"].expectations == 6 and not report.own
    assert "urn:ambit:rule:membership/members" not in report.idle
    assert "urn:ambit:rule:sharing/shared" in report.idle


def test_the_cases_of_the_demo_hold(tmp_path: Path) -> None:
    report = report_of(copied("ambit.server.demo", tmp_path / "w", "workspace"))
    assert report.holds, (report.failed, report.problems)
    assert sum(verdict.expectations for verdict in report.verdicts.values()) > 50
    for rule in ("assignment/assigned", "assignment/managers", "management/line", "registration/registered"):
        assert f"urn:ambit:rule:{rule}" not in report.idle


def test_a_rule_that_opens_what_is_denied_is_found(workspace: Path) -> None:
    (workspace / "rules" / "visitors.rq").write_text(RULE)
    report = report_of(workspace)
    (failed,) = report.failed
    assert (failed.file, failed.case.name) == ("cases/pages.trig", "visitor")
    assert report.own == {"urn:ambit:rule:visitors/visitors"} <= set(failed.rules)
    assert not report.holds and not report.problems


def test_governance_is_part_of_the_world(workspace: Path) -> None:
    people = workspace / "governance" / "people.ttl"
    people.write_text(people.read_text().replace("org:memberOf my:everyone ;", ""))
    assert {one.case.name for one in report_of(workspace).failed} == {"everyone", "helper"}


BREAK: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a rule": ("rule-invalid", lambda w: (w / "rules" / "x.rq").write_text("SELECT")),
    "governance": ("source-invalid", lambda w: (w / "governance" / "x.ttl").write_text("oops")),
    "a source": ("source-invalid", lambda w: (w / "sources" / "x.ttl").write_text("oops")),
    "a case": ("source-invalid", lambda w: (w / "cases" / "x.trig").write_text("oops")),
    "a case too large": ("too-large", lambda w: (w / "cases" / "x.trig").write_bytes(b" " * 10_000_001)),
    "a folder": ("source-invalid", lambda w: (w / "cases" / "x.trig").mkdir()),
}


@pytest.mark.parametrize("what", BREAK)
def test_what_is_broken_is_a_problem_and_all_else_is_tested(workspace: Path, what: str) -> None:
    code, damage = BREAK[what]
    damage(workspace)
    report = report_of(workspace)
    (problem,) = report.problems
    assert problem.code == code and "x." in problem.message
    assert not report.holds and not report.failed
    assert report.verdicts["cases/pages.trig"].expectations == 6


def test_a_workspace_without_cases_is_not_taken_for_tested(workspace: Path) -> None:
    shutil.rmtree(workspace / "cases")
    with pytest.raises(Invalid, match="no cases"):
        report_of(workspace)


@pytest.mark.filterwarnings("ignore:.*removed in Click 9.0:DeprecationWarning")  # while typer is imported
def test_the_command_ends_as_the_report_does(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from typer import Exit

    from ambit.server.cli.policy.test import command

    before = sorted(workspace.rglob("*"))
    command(workspace, json=True)
    assert json.loads(capsys.readouterr().out)["holds"] is True
    (workspace / "rules" / "visitors.rq").write_text(RULE)
    with pytest.raises(Exit) as ended:
        command(workspace, json=True)
    assert ended.value.exit_code == 1
    said = json.loads(capsys.readouterr().out)
    (failed,) = said["failed"]
    assert said["holds"] is False and said["expectations"] == 6
    assert failed["user"] == "https://example.com/id/visitor" and failed["expected"] == "denied"
    assert {"agents", "purpose", "action", "site", "compartment", "why", "rules", "triples"} <= failed.keys()
    assert "urn:ambit:rule:visitors/visitors" in said["decided"]
    assert sorted(workspace.rglob("*")) == sorted([*before, workspace / "rules" / "visitors.rq"]), (
        "reads only"
    )


@pytest.mark.filterwarnings("ignore:.*removed in Click 9.0:DeprecationWarning")  # while typer is imported
def test_coverage_that_is_asked_for_and_missed_fails_the_command(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer import Exit

    from ambit.server.cli.policy.test import command

    command(workspace, coverage=100, json=True)  # there are no own rules that could be missed
    assert json.loads(capsys.readouterr().out)["coverage"]["percent"] == 100
    (workspace / "rules" / "visitors.rq").write_text(RULE.replace("ambit#Compartment", "ambit#Adequacy"))
    command(workspace, coverage=0)
    said = capsys.readouterr().out
    assert "rules of the workspace: 0 of 1 are covered; never decisive: visitors/visitors" in said
    with pytest.raises(Exit) as ended:
        command(workspace, coverage=1, junit=tmp_path / "out.xml", json=True)
    assert ended.value.exit_code == 1 and b"visitors/visitors" in (tmp_path / "out.xml").read_bytes()
    answer = json.loads(capsys.readouterr().out)
    assert answer["holds"] is True and answer["coverage"]["percent"] == 0
    (own,) = (one for one in answer["coverage"]["rules"] if one["own"])
    assert own["pinned"] == 0 and own["both_sides"] is False
    with pytest.raises(Unavailable, match="cannot be written"):
        command(workspace, junit=tmp_path / "none" / "out.xml")
