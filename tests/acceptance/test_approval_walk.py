"""The walk on the page about approvals, as it stands there: its files, its commands, and what they print."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, ambit, eventually, serve, started_from_starter, token_for

pytestmark = pytest.mark.timeout(120)

PAGE = Path(__file__).parents[2] / "docs" / "approvals.md"
FILE = re.compile(r"^In `([^`]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ID = "https://example.com/id/"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("approvals")
    workspace = started_from_starter(folder / "workspace")
    for name, text in FILE.findall(PAGE.read_text(encoding="utf-8")):
        (workspace / name).parent.mkdir(exist_ok=True)
        (workspace / name).write_text(text, encoding="utf-8")
    server = serve("serve", workspace, log=folder / "log")
    for name in ("cleo", "dan"):
        server.tokens[name] = token_for(workspace, ID + name)
    everything = f"SELECT * {{ <{ID}grade-seven> ?p ?o }}"
    eventually(lambda: server.rows("cleo", everything))
    yield server
    assert server.stop() == 0


def test_its_cases_hold(served: Served) -> None:
    done = ambit("policy", "test", str(served.workspace))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_walk_goes_as_the_page_says(served: Served) -> None:
    (console,) = CONSOLE.findall(PAGE.read_text(encoding="utf-8"))
    steps = [step.split("\n", 1) for step in re.split(r"^\$ ", console, flags=re.MULTILINE) if step]
    assert len(steps) == 10
    known = {
        "$DAN": served.tokens["dan"],
        "$CLEO": served.tokens["cleo"],
        "$CARE": "https://w3id.org/dpv#CustomerCare",
    }
    for command, wanted in steps:
        words = [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', command)]
        assert words.pop(0) == "ambit"
        words = [known.get(word, word) for word in words]
        words = [str(served.workspace / word) if word.endswith(".rq") else word for word in words]
        done = ambit(*words, "--url", served.said["url"])
        printed = (done.stdout + done.stderr).replace("\r\n", "\n")
        pattern = "".join(r"(.|\n)*?" if part == "…" else re.escape(part) for part in re.split("(…)", wanted))
        # a `…` in the page stands for anything, also for the placeholder of a shape itself
        assert re.fullmatch(pattern, printed), f"{command}\n{printed}\n-- and not --\n{wanted}"
        if found := re.search(r"pending: (urn:ambit:governance:act:request:\w+)", printed):
            known["$REQUEST"] = found[1]


def test_the_commands_that_the_walk_does_not_take(served: Served) -> None:
    care = "https://w3id.org/dpv#CustomerCare"

    def said(name: str, *words: str) -> dict[str, Any]:
        token = served.tokens[name]
        done = ambit(
            "approval", *words, "--token", token, "--purpose", care, "--url", served.said["url"], "--json"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    query = served.workspace / "one.graphql"
    query.write_text("query($iri: ID!) { entity(iri: $iri) { label } }", encoding="utf-8")
    why = ("--reason", "for the audit of what we pay")
    variables = json.dumps({"iri": ID + "grade-seven"})
    first = said(
        "dan", "request", ID + "grade-seven", "--graphql", str(query), "--variables", variables, *why
    )
    assert first["state"] == "pending" and 'entity(iri: "…")' in first["query"]
    assert said("cleo", "refuse", first["iri"], *why)["state"] == "refused"
    second = said(
        "dan", "request", ID + "grade-seven", "--graphql", str(query), "--variables", variables, *why
    )
    shown = said("cleo", "show", second["iri"])
    assert [one["request"]["iri"] for one in shown["precedents"]["nodes"]][:1] == [first["iri"]]
    assert {"state": "refused", "count": 1} in shown["precedents"]["outcomes"]
    assert said("dan", "withdraw", second["iri"])["state"] == "withdrawn"
    told = ambit(
        "approval", "show", first["iri"], "--token", served.tokens["cleo"], "--url", served.said["url"]
    )
    assert "refusal by https://example.com/id/cleo: for the audit of what we pay" in told.stdout
    for name, iri in (("dan", ID + "helper"), ("cleo", ID + "nobody")):
        done = ambit(
            "approval", "incident", iri, *why, "--token", served.tokens[name], "--url", served.said["url"]
        )
        assert done.returncode == 1 and "(not-found)" in done.stderr
    ada = token_for(served.workspace, ID + "ada")
    done = ambit("approval", "incident", ID + "helper", *why, "--token", ada, "--url", served.said["url"])
    assert (done.returncode, done.stdout) == (0, f"{ID}helper is at level 0 of autonomy to read\n"), (
        done.stderr
    )
    nothing = ambit("approval", "show", ID + "nobody", "--token", ada, "--url", served.said["url"])
    assert nothing.returncode == 1 and "(not-found)" in nothing.stderr
