"""The explorer in Debian's chromium: the journeys of `tests/explorer`, each file of them a test here.

AMBIT_IMAGES=folder has them write the pictures of the docs.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, eventually

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "explorer"
JOURNEYS = sorted(path.name for path in FOLDER.glob("*.spec.ts"))
FINDINGS = "{ findings { nodes { code } } }"
LIST = "prices-2026-11.csv"
MARKUP = """---
title: '<img src=x onerror="document.title=1"> {{7*7}} zebulon'
---
The zebulon page. </script><script>document.title=1</script> <svg onload="document.title=1">
"""
SEARCH = '{ search(text: "zebulon", first: 1) { nodes { label } } }'

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600)]


def missing() -> str | None:
    """What the journeys need and is not there."""
    if shutil.which("chromium") is None:
        return "there is no chromium: `apt-get install chromium`"
    if not (FOLDER / "node_modules" / ".bin" / "playwright").exists():
        return "Playwright is not installed: `make tests/explorer/node_modules/.ready`"
    if not (ROOT / "server" / "ui" / "dist" / "index.html").exists():
        return "the explorer is not built: `make setup`"
    return None


@pytest.fixture(scope="module")
def arrived(demo: Served) -> Iterator[None]:
    """A supplier's list whose prices are in cents, for findings to read; and a page whose texts are markup."""
    arrived = demo.workspace / "supplier" / LIST
    page = demo.workspace / "pages" / "support" / "markup.md"
    shutil.copy(demo.workspace / "arrivals" / LIST, arrived)
    page.write_text(MARKUP, encoding="utf-8")
    try:
        eventually(lambda: demo.data("admin", FINDINGS)["findings"]["nodes"], 60)
        eventually(lambda: "zebulon" in str(demo.data("support_question", SEARCH)), 60)
        yield
    finally:
        arrived.unlink()
        page.unlink()
        eventually(lambda: not demo.data("admin", FINDINGS)["findings"]["nodes"], 60)
        eventually(lambda: "zebulon" not in str(demo.data("support_question", SEARCH)), 60)


@pytest.fixture(scope="module")
def report(
    demo: Served, arrived: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, Any]]]:
    """One run of all journeys: their results by file."""
    folder = tmp_path_factory.mktemp("journeys")
    environment = {
        **os.environ,
        "AMBIT_URL": demo.said["url"],
        "AMBIT_TOKENS": json.dumps(demo.tokens),
        "AMBIT_RESULTS": str(folder / "results"),
        "AMBIT_CHROMIUM": shutil.which("chromium") or "",
        "PLAYWRIGHT_JSON_OUTPUT_FILE": str(folder / "report.json"),
    }
    command = [str(ROOT / "server" / "ui" / "with-node"), sys.executable, "npx", "playwright", "test"]
    done = subprocess.run(
        [*command, "--reporter=json"],
        cwd=FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    file = folder / "report.json"
    assert file.exists(), done.stdout + done.stderr
    told = json.loads(file.read_text(encoding="utf-8"))
    assert not told["errors"], told["errors"]
    return {suite["file"]: list(specs(suite)) for suite in told["suites"]}


def specs(suite: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The journeys of one file."""
    yield from suite.get("specs", ())
    for inner in suite.get("suites", ()):
        yield from specs(inner)


if reason := missing():

    @pytest.mark.parametrize("journey", JOURNEYS)
    def test_the_journeys_end_well(journey: str) -> None:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))

else:

    @pytest.mark.parametrize("journey", JOURNEYS)
    def test_the_journeys_end_well(journey: str, report: dict[str, list[dict[str, Any]]]) -> None:
        ended = report[journey]
        assert ended, "a file without journeys"
        for spec in ended:
            errors = [
                error["message"]
                for test in spec["tests"]
                for result in test["results"]
                for error in result.get("errors", ())
            ]
            assert spec["ok"], "\n".join([spec["title"], *errors])
