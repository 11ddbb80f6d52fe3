"""`ambit policy diff`: what a change would give and take, told before it goes live, beside the running server."""

import json
import subprocess
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from commands import ambit
from served import Served

RULE = """# title: Refunds
# family: refunds
# effect: permit
# action: read
# description: All of support may read what refunds need.
# reads: purpose

PREFIX ambit: <https://w3id.org/ambit#>

SELECT ?compartment ?actor ?purpose WHERE {
  ?actor ambit:memberOfAll <https://halden.example/team/support> .
  ?compartment ambit:comesFrom <https://halden.example/source/crm> ; ambit:hasSensitivity ambit:Payment .
  FILTER(?purpose = <https://halden.example/purpose/refund-handling>)
}
"""

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def folders(demo: Served, tmp_path: Path) -> tuple[Path, Path]:
    """The policy as it is, and with one rule more."""
    for name in ("old", "new"):
        copytree(demo.workspace, tmp_path / name, ignore=ignore_patterns(".ambit", "pages", "*.csv", "*.db"))
    (tmp_path / "new" / "rules" / "refund.rq").write_text(RULE)
    return tmp_path / "old", tmp_path / "new"


def diff(*said: object, status: int) -> dict[str, Any]:
    done = ambit("policy", "diff", *map(str, said), "--json")
    assert done.returncode == status, (done.stdout, done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_change_is_told_the_same_from_the_server_its_data_folder_and_two_folders(
    demo: Served, folders: tuple[Path, Path]
) -> None:
    old, new = folders
    data, token = demo.said["data"], demo.tokens["admin"]
    by_url = diff(demo.said["url"], new, "--token", token, status=1)
    by_data = diff(data, new, status=1)
    by_both = diff(old, new, "--data", data, status=1)
    (world,) = by_url["worlds"]
    assert [one["worlds"] for one in (by_data, by_both)] == [[world]] * 2
    assert world["gained"] and not world["lost"] and not by_url["problems"]
    for change in world["changes"]:
        assert change["rules"] == ["urn:ambit:rule:refunds/refund"] and change["actions"] == ["read"]
        assert change["purposes"] == ["https://halden.example/purpose/refund-handling"]
        for iri in change["compartments"]:
            assert world["compartments"][iri]["sensitivity"] == "https://w3id.org/ambit#Payment"


def test_what_is_in_force_is_what_lies_in_the_folder(demo: Served, folders: tuple[Path, Path]) -> None:
    old, new = folders
    assert diff(demo.said["data"], old, status=0)["same"] is True
    (world,) = diff(new, old, "--url", demo.said["url"], "--token", demo.tokens["admin"], status=1)["worlds"]
    assert not world["gained"] and world["lost"]


def test_it_is_told_in_words(demo: Served, folders: tuple[Path, Path]) -> None:
    old, new = folders
    told = ambit("policy", "diff", str(old), str(new), "--data", demo.said["data"])
    assert told.returncode == 1, told.stderr
    lines = told.stdout.splitlines()
    assert lines[1].startswith("  + 8 of 9 people in support gain read of 200 compartments, 175 each,")
    assert lines[1].endswith("for refund-handling, by refunds/refund")
    assert any("crm, Payment, EU, for" in line for line in lines)
    assert lines[-1].startswith("compared in ")


def test_without_a_server_the_worlds_of_the_cases_are_compared(folders: tuple[Path, Path]) -> None:
    old, new = folders
    found = {world["world"]: world for world in diff(old, new, status=1)["worlds"]}
    assert set(found) == {"cases/people.trig", "cases/places.trig", "cases/support.trig"}
    assert found["cases/support.trig"]["gained"] and not found["cases/people.trig"]["gained"]


def test_trouble_is_told_apart_from_a_difference(demo: Served, folders: tuple[Path, Path]) -> None:
    old, new = folders
    assert diff(old, "no-such-revision", "--workspace", old, status=2)["code"] == "invalid"
    assert (
        diff(demo.said["url"], new, "--token", demo.tokens["support_refund"], status=2)["code"] == "invalid"
    )
    (new / "rules" / "broken.rq").write_text("# title: broken\n")
    answer = diff(old, new, status=2)
    assert [problem["code"] for problem in answer["problems"]] == ["rule-invalid"]
    for name in ("old", "new"):
        for path in (old.parent / name / "cases").iterdir():
            path.unlink()
    assert "no compartments" in diff(old, new, status=2)["detail"]


def test_revisions_of_git_are_read_by_name(folders: tuple[Path, Path]) -> None:
    old, _ = folders

    def git(*said: str) -> None:
        named = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *named, "-C", str(old.parent), *said], check=True, capture_output=True)

    git("init", "-q")
    git("add", "old")
    git("commit", "-qm", "old")
    assert diff("HEAD", old, "--workspace", old, status=0)["same"] is True
    (old / "rules" / "refund.rq").write_text(RULE)
    assert diff("HEAD", old, "--workspace", old, status=1)["same"] is False
    git("add", "old")
    git("commit", "-qm", "new")
    both = diff("HEAD~1", "HEAD", "--workspace", old, status=1)
    assert both["worlds"] == diff("HEAD~1:old", "HEAD:old", "--workspace", old.parent, status=1)["worlds"]
    (old / "rules" / "link.rq").symlink_to("refund.rq")
    git("add", "old")
    git("commit", "-qm", "a link")
    assert "is a link" in diff("HEAD~1", "HEAD", "--workspace", old, status=2)["detail"]
