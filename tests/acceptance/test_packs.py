"""The refund agent under each regulatory pack, as docs/packs.md tells it: its files are saved, its table is what comes."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from commands import ambit
from served import Served, eventually
from test_bad_input import put

from ambit.server import policy
from ambit.server.workspace import Workspace

PAGE = (Path(__file__).parents[2] / "docs" / "packs.md").read_text(encoding="utf-8")
QUESTION = re.search(r"^```sparql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]  # type: ignore[index]
TABLE = {
    row[0]: (row[1].split(), row[2].strip())
    for row in re.findall(r"^\| ([a-z][a-z, ]+?) \| ([a-zA-Z ]+?) \| ([a-z]*) ?\|$", PAGE, re.MULTILINE)
}


def texts(pack: str) -> list[str]:
    """The Turtle that the page has below a pack's heading."""
    below = PAGE.split(f"### {pack}\n")[1].split("\n#")[0]
    return re.findall(r"^```turtle\n(.*?)^```", below, re.MULTILINE | re.DOTALL)


def seen(demo: Served) -> tuple[list[str], str]:
    """What the refund agent sees of customers, and under which regulations."""
    answer = demo.sparql("support_refund", QUESTION)
    rows = answer.json()["results"]["bindings"] if answer.status_code == 200 else []
    names = {re.split("[/#]", row["what"]["value"])[-1] for row in rows}
    ordered = [name for name in ("name", "email", "cardNumber") if name in names]
    return ordered, answer.headers.get("Ambit-Frameworks", "")


@contextmanager
def added(demo: Served, pack: str) -> Iterator[None]:
    """A pack in the demo's workspace, and gone again."""
    before = {path for path in demo.workspace.rglob("*") if path.is_file()}
    made = ambit("policy", "pack", "add", pack, str(demo.workspace))
    assert made.returncode == 0, made.stderr
    try:
        yield
    finally:
        new = {path for path in demo.workspace.rglob("*") if path.is_file()} - before
        for path in sorted(path for path in new if path.parts[-2] in (pack, "governance", "cases")):
            path.unlink()
        (demo.workspace / "rules" / pack).rmdir()


def test_the_table_is_there() -> None:
    assert {"no pack", "gdpr", "hipaa", "classification"} <= TABLE.keys() and len(TABLE) == 8


@pytest.mark.timeout(300)
@pytest.mark.parametrize("pack", ["gdpr", "hipaa", "classification"])
def test_the_same_question_under_a_pack_and_without(demo: Served, pack: str) -> None:
    steps = [row for row in TABLE if row.startswith(pack)]
    eventually(lambda: seen(demo) == TABLE["no pack"], 60)
    with added(demo, pack), ExitStack() as saved:
        eventually(lambda: seen(demo) == TABLE[pack], 60)
        assert len(steps) == len(texts(pack)) + 1
        for step, text in zip(steps[1:], texts(pack), strict=True):
            saved.enter_context(put(demo.workspace / "governance" / "record.ttl", text.encode()))
            eventually(lambda step=step: seen(demo) == TABLE[step], 60)
        report = policy.test(Workspace(demo.workspace))
        assert not report.verdicts[f"cases/{pack}.trig"].failed and not report.problems
        (mine, *_) = demo.rows("support_refund", QUESTION.replace("DISTINCT ?what", "?customer"))
        explained = ambit(
            *("explain", mine["customer"], "--url", demo.said["url"]),
            *("--token", demo.tokens["support_refund"]),
        )
        laws = TABLE[steps[-1]][1]
        assert (f"Under: {laws}." in explained.stdout) == bool(laws), explained.stdout
    eventually(lambda: seen(demo) == TABLE["no pack"], 60)


def test_packs_are_listed_and_not_written_over(tmp_path: Path) -> None:
    listed = ambit("policy", "pack", "list")
    assert all(f"{name}: " in listed.stdout for name in ("gdpr", "hipaa", "classification"))
    assert "rules/gdpr/basis.rq" in listed.stdout
    folder = tmp_path / "w"
    assert ambit("init", str(folder)).returncode == 0
    for _ in range(2):  # a second time it says the same
        assert ambit("policy", "pack", "add", "gdpr", str(folder)).returncode == 0
    assert ambit("policy", "test", str(folder), "--coverage", "100").returncode == 0
    file = folder / "governance" / "gdpr.ttl"
    file.write_text(file.read_text() + "# mine\n")
    again = ambit("policy", "pack", "add", "gdpr", str(folder))
    assert again.returncode != 0 and "is there already" in again.stderr and "# mine" in file.read_text()
    assert ambit("policy", "pack", "add", "gdpr", str(folder), "--force").returncode == 0
    assert "# mine" not in file.read_text()
    assert "there is no pack" in ambit("policy", "pack", "add", "../gdpr", str(folder)).stderr
