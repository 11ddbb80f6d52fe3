"""The examples as their owner wrote them, without their data: descriptions read, and cases hold."""

from pathlib import Path

import pytest

from ambit.ingest.sources import Sources
from ambit.server import policy
from ambit.server.settings import read
from ambit.server.workspace import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"


def names() -> list[str]:
    return sorted(path.parent.name for path in EXAMPLES.glob("*/ambit.toml"))


def test_there_are_examples_and_each_tells_how_to_start_it() -> None:
    assert names() == ["chinook", "handbook"]
    for name in names():
        assert f"ambit serve examples/{name}" in (EXAMPLES / name / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_descriptions_and_mappings_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = EXAMPLES / name
    monkeypatch.setenv("AMBIT_LOCATIONS__SHARED", "/lake")
    described = Sources(workspace / "sources", workspace, read(workspace).locations).read()
    assert described.sources and not any(described.problems.values()), described.problems
    assert all(source.location.is_relative_to("/lake") for source in described.sources.values())


@pytest.mark.parametrize("name", names())
def test_cases_hold(name: str) -> None:
    report = policy.test(Workspace(EXAMPLES / name))
    assert report.holds, (report.failed, report.problems)
    for file, verdict in report.verdicts.items():
        assert verdict.expectations >= 15, file
