"""`ambit policy import`: what it writes goes into a workspace whose cases then hold, and nothing is written over."""

import json
import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from ambit.graph.errors import AmbitError, Invalid
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.importers.words import Import
from ambit.server import importing, policy
from ambit.server.workspace import Workspace

STORE = """
model: |
  model
    schema 1.1
  type user
  type team
    relations
      define member: [user]
  type page
    relations
      define reader: [user, team#member]
      define writer: [user with fits]
  condition fits(m: map<string>) {
    m["a"] == "b"
  }
tuples:
  - {user: "user:ann", relation: member, object: "team:a"}
  - {user: "team:a#member", relation: reader, object: "page:p"}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The starter, as `ambit init` copies it."""
    with as_file(files("ambit.server.starter")) as found:
        shutil.copytree(found, tmp_path / "w", ignore=shutil.ignore_patterns("__*"))
    return tmp_path / "w"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "store.fga.yaml").write_text(STORE)
    return tmp_path / "store.fga.yaml"


Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A command in this process: its status, and what it printed, as JSON where it was asked for that."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of click's, while typer is imported
        from ambit.server.cli.main import app

    def run(*arguments: object) -> tuple[int, Any]:
        status = app(["policy", "import", *map(str, arguments)], standalone_mode=False)
        text = capsys.readouterr().out
        return int(status or 0), json.loads(text) if "--json" in arguments else text

    return run


def test_an_import_is_part_of_the_workspace_and_all_its_rules_are_covered(
    run: Run, workspace: Path, store: Path
) -> None:
    status, said = run("openfga", store, "--out", workspace, "--action", "read=reader", "--json")
    assert status == 0 and said["written"] and said["expectations"] == 4
    assert (said["narrowed"], said["left"]) == (0, 2)
    report = policy.test(Workspace(workspace))
    assert report.holds, (report.failed, report.problems)
    assert {one.rule for one in report.coverage if one.is_two_sided} >= {
        "urn:ambit:rule:openfga/page-reader",
        "urn:ambit:rule:openfga/team-member",
    }
    assert report.percent(shipped=False) == 100


def test_what_is_left_is_told_with_its_line(run: Run, store: Path) -> None:
    _, said = run("openfga", store, "--dry-run", "--json")
    left = [
        (row["kind"], row["what"], row["file"], row["line"])
        for row in said["parts"]
        if row["status"] == "left"
    ]
    assert left == [
        ("relation", "`writer` of `page`", "store.fga.yaml", 12),
        ("condition", "`fits`", "store.fga.yaml", 13),
    ]
    assert said["written"] == []
    _, text = run("openfga", store, "--dry-run")
    assert "left: condition `fits` (store.fga.yaml:13)" in text and "nothing was written" in text


def test_nothing_is_written_over_unless_it_is_said(run: Run, workspace: Path, store: Path) -> None:
    run("openfga", store, "--out", workspace)
    rule = workspace / "rules" / "openfga" / "page-reader.rq"
    before = rule.read_text()
    store.write_text(
        STORE.replace("define reader: [user, team#member]", "define viewer: [user]")
        .replace("relation: reader", "relation: viewer")
        .replace("team:a#member", "user:bob")
    )
    with pytest.raises(Invalid) as error:
        run("openfga", store, "--out", workspace)
    assert error.value.code == "target-exists" and rule.read_text() == before
    run("openfga", store, "--out", workspace, "--force")
    assert not rule.exists() and (rule.parent / "page-viewer.rq").exists()
    assert policy.test(Workspace(workspace)).holds


def test_a_strict_import_that_leaves_something_writes_nothing(workspace: Path, store: Path, run: Run) -> None:
    status, said = run("openfga", store, "--out", workspace, "--strict", "--json")
    assert status == 1 and said["written"] == []
    assert not (workspace / "governance" / "openfga.ttl").exists()


def test_an_import_that_is_not_proven_writes_nothing(tmp_path: Path) -> None:
    made = Import({"rules/x/y.rq": b"# title: x\n", "governance/x.ttl": b""}, ())
    with pytest.raises(AmbitError):
        importing.carry_out(made, "x", AMBIT.EU, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_where_to_write_must_be_said(run: Run, store: Path) -> None:
    with pytest.raises(Invalid, match="where to write"):
        run("openfga", store)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--people", "robot"),
        ("--action", "read"),
        ("--action", "read=nothing"),
        ("--iri", "robot=https://example.org/"),
        ("--iri", "user=not an iri"),
        ("--base", "here/"),
        ("--name", "../x"),
        ("--now", "when"),
        ("--jurisdiction", "EU"),
    ],
)
def test_options_that_do_not_fit_are_refused(run: Run, store: Path, wrong: tuple[str, str]) -> None:
    with pytest.raises(Invalid):
        run("openfga", store, "--dry-run", *wrong)


def test_cases_lie_where_the_server_stands(run: Run, workspace: Path, store: Path) -> None:
    sites = workspace / "governance" / "sites.ttl"
    sites.write_text(sites.read_text().replace("ambit:EU", "ambit:US"))
    assert importing.jurisdiction_of(workspace) == AMBIT.US
    run("openfga", store, "--out", workspace)
    assert (
        b"hasJurisdiction <https://w3id.org/ambit#US>" in (workspace / "cases" / "openfga.trig").read_bytes()
    )


POLICY = """@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix : <https://example.org/> .
:deal a odrl:Set ; odrl:permission [ odrl:action odrl:display ; odrl:target :data ;
  odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:eq ; odrl:rightOperand :study ] ] ,
  [ odrl:action odrl:print ; odrl:target :data ; odrl:duty [ odrl:action odrl:compensate ] ] .
"""


def test_an_odrl_policy_is_part_of_the_workspace(run: Run, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "deal.ttl").write_text(POLICY)
    more = ("--assignee", "everybody", "--action", "read=display", "--conflict", "prohibit")
    status, said = run("odrl", tmp_path / "deal.ttl", "--out", workspace, "--name", "deal", *more, "--json")
    assert status == 0 and (said["translated"], said["narrowed"], said["left"]) == (1, 1, 0)
    report = policy.test(Workspace(workspace))
    assert report.holds, (report.failed, report.problems)
    assert report.percent(shipped=False) == 100
    action = [
        line
        for line in (workspace / "rules/deal/p1-permission-1.rq").read_text().splitlines()
        if "action" in line
    ]
    action += [
        line
        for line in (workspace / "rules/deal/p1-permission-2.rq").read_text().splitlines()
        if "action" in line
    ]
    assert "# action: display read" in action
    run(
        "odrl",
        tmp_path / "deal.ttl",
        "--out",
        workspace,
        "--name",
        "deal",
        "--target",
        "https://example.org/x",
        "--force",
    )
    assert (
        not list((workspace / "rules" / "deal").glob("*.rq"))
        and not (workspace / "cases/deal-approved.trig").exists()
    )


@pytest.mark.parametrize(
    "wrong", [("--conflict", "maybe"), ("--target", "here"), ("--action", "any=play"), ("--name", "A")]
)
def test_options_of_odrl_that_do_not_fit_are_refused(
    run: Run, tmp_path: Path, wrong: tuple[str, str]
) -> None:
    (tmp_path / "deal.ttl").write_text(POLICY)
    with pytest.raises(Invalid):
        run("odrl", tmp_path / "deal.ttl", "--dry-run", *wrong)


def covered(workspace: Path) -> float:
    """How many of the workspace's rules its cases cover, all of which hold."""
    report = policy.test(Workspace(workspace))
    assert report.holds, (report.failed, report.problems)
    return report.percent(shipped=False)


def test_cases_of_several_imports_of_the_same_hold_beside_each_other(
    run: Run, workspace: Path, store: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more.fga.yaml"
    more.write_text(STORE + '  - {user: "user:bob", relation: reader, object: "page:p"}\n')
    tested = tmp_path / "tested.fga.yaml"
    tested.write_text(
        STORE
        + "tests:\n  - check:\n"
        + '      - {user: "user:bob", object: "page:p", assertions: {reader: false}}\n'
        + '      - {user: "user:ann", object: "page:p", assertions: {reader: true}}\n'
    )
    for name, file in (("small", store), ("small2", store), ("tested", tested), ("more", more)):
        run("openfga", file, "--out", workspace, "--name", name, "--action", "read=reader")
        assert covered(workspace) == 100, name
    text = (
        POLICY.replace(":deal a odrl:Set", ":deal a odrl:Set ; odrl:conflict odrl:prohibit")
        + ":no a odrl:Set ; odrl:prohibition [ odrl:action odrl:display ; odrl:target :other , :songs ] ."
    )
    (tmp_path / "deal.ttl").write_text(text)
    (tmp_path / "ban.ttl").write_text(
        text.partition(":deal")[0]
        + ":ban a odrl:Set ; odrl:prohibition [ odrl:action odrl:use ; odrl:target :data ] ."
    )
    for name, file in (("deal", "deal.ttl"), ("deal2", "deal.ttl"), ("ban", "ban.ttl")):
        more_said = ("--assignee", "everybody", "--action", "read=display")
        run("odrl", tmp_path / file, "--out", workspace, "--name", name, *more_said)
        assert covered(workspace) == 100, name


def test_cases_of_prohibitions_go_with_them(run: Run, workspace: Path, tmp_path: Path) -> None:
    ban = (
        POLICY.partition(":deal")[0]
        + ":b a odrl:Set ; odrl:prohibition [ odrl:action odrl:play ; odrl:target :s ] ."
    )
    (tmp_path / "ban.ttl").write_text(ban)
    _, text = run("odrl", tmp_path / "ban.ttl", "--out", workspace, "--name", "ban")
    assert "prohibition prohibition" not in text
    assert "narrowed: prohibition 1 of <https://example.org/b> (play)" in text
    assert covered(workspace) == 100 and (workspace / "cases/ban-prohibited.trig").exists()
    (tmp_path / "ban.ttl").write_text(POLICY)
    run(
        "odrl",
        tmp_path / "ban.ttl",
        "--out",
        workspace,
        "--name",
        "ban",
        "--assignee",
        "everybody",
        "--force",
    )
    assert not (workspace / "cases/ban-prohibited.trig").exists() and covered(workspace) == 100


def test_a_strict_import_fails_for_whom_it_does_not_open(run: Run, tmp_path: Path) -> None:
    bots = STORE.replace("type team", "type bot\n  type team").replace(
        "[user, team#member]", "[user, bot, team#member]"
    )
    bots = (
        bots.partition("      define writer")[0]
        + "tuples:\n  - {user: 'bot:7', relation: reader, object: 'page:p'}\n"
    )
    (tmp_path / "bot.fga.yaml").write_text(bots)
    status, text = run("openfga", tmp_path / "bot.fga.yaml", "--dry-run", "--strict")
    assert (
        status == 1 and "narrowed: tuple bot:7 reader page:p" in text and "--people bot --people user" in text
    )
    status, text = run(
        "openfga", tmp_path / "bot.fga.yaml", "--dry-run", "--strict", "--people", "user", "--people", "bot"
    )
    assert status == 0
