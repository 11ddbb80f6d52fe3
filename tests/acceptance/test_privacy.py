"""What a person asked is for that person, whoever manages them; what nobody may see leaves no trace."""

import json
import subprocess
import sys

import pytest
from served import Served, eventually

pytestmark = [pytest.mark.model, pytest.mark.timeout(240)]


def _token(demo: Served, subject: str, *options: str) -> str:
    command = [
        sys.executable,
        "-m",
        "ambit",
        "token",
        str(demo.workspace),
        "--subject",
        subject,
        "--json",
    ]
    made = subprocess.run([*command, *options], capture_output=True, check=True)
    return str(json.loads(made.stdout)["token"])


def test_a_manager_reads_no_runs_of_the_team(demo: Served) -> None:
    run = demo.sparql(
        "support_refund", "SELECT ?c WHERE { ?c a <https://halden.example/ontology#Customer> }"
    ).headers["Ambit-Run"]
    asked = f"SELECT * WHERE {{ GRAPH ?g {{ <{run}> ?p ?o }} }}"
    eventually(lambda: demo.rows("support_refund", asked))
    lead = _token(demo, "https://halden.example/people/support-lead")
    assert demo.rows(lead, "SELECT (COUNT(*) AS ?n) WHERE { ?c ?p ?o }") != [{"n": "0"}]
    assert demo.rows(lead, asked) == []
    query = "query R($iri: ID!) { run(iri: $iri) { iri } }"
    assert demo.data(lead, query, iri=run) == {"run": None}


def test_an_anonymous_request_leaves_no_text_behind(demo: Served) -> None:
    notes = demo.workspace / ".ambit" / "ledger" / "notes"
    marker = "zebra-crossing-4711"
    demo.sparql(None, f"SELECT * WHERE {{ ?s ?p '{marker}' }}")
    demo.sparql("support_question", f"SELECT * WHERE {{ ?s ?p '{marker}-mine' }}")
    kept = "".join(path.read_text() for path in notes.glob("*.jsonl"))
    assert f"{marker}-mine" in kept
    assert f"{marker}'" not in kept


def test_the_data_folder_is_its_owners_alone(demo: Served) -> None:
    assert (demo.workspace / ".ambit").stat().st_mode & 0o077 == 0
