"""`/ledger/…` against a server of its own: who reads what, proofs that hold, limits, and the command line."""

import base64
import json
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of click's, while typer is imported
    import typer

    from ambit.server.cli import main

sys.path.insert(0, str(Path(__file__).parents[1] / "acceptance"))
from served import Served, eventually, serve, started_from_starter

from ambit.graph.errors import AmbitError
from ambit.graph.ledger.checkpoints import pem_of
from ambit.graph.ledger.heads import Head, is_own, parse_note
from ambit.graph.ledger.merkle import is_consistent, is_included, leaf_hash, tree_hash
from ambit.graph.vocabulary import AMBIT
from ambit.server.identity import ANONYMOUS
from ambit.server.issuer import LocalIssuer

pytestmark = pytest.mark.timeout(120)

ADA, BEN = "https://example.com/id/ada", "https://example.com/id/ben"
HELPER = "https://example.com/id/helper"
TITLES = "SELECT ?title WHERE { ?page <http://purl.org/dc/terms/title> ?title }"
PATHS = ("checkpoint", "entries", "inclusion?index=0", "consistency?from=1")
CLEO = """
<https://example.com/id/cleo> a <http://xmlns.com/foaf/0.1/Person> .
<https://example.com/id/dora> a <http://xmlns.com/foaf/0.1/Person> .
<https://example.com/id/eli> a <http://xmlns.com/foaf/0.1/Person> .
"""


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("doors")
    workspace = started_from_starter(folder / "workspace")
    (workspace / "governance" / "more.ttl").write_text(CLEO)
    served = serve("serve", workspace, log=folder / "log")
    issuer = LocalIssuer(Path(served.said["data"]))

    def token(user: str, *, agents: Sequence[str] = (), purposes: Sequence[str] = ()) -> str:
        return issuer.issue(user, agents=agents, purposes=purposes, audience="ambit", ttl=3600)

    for name in ("ben", "cleo", "dora", "eli", "nobody", "ada"):
        served.tokens[name] = token(f"https://example.com/id/{name}")
    served.tokens["admin"] = token(ADA, purposes=[AMBIT.ADMINISTRATION])
    served.tokens["helped"] = token(BEN, agents=[HELPER])
    served.tokens["unregistered"] = token(BEN, agents=["urn:agent:unknown"])
    yield served
    assert served.stop() == 0


def ask(starter: Served, token: str | None, path: str) -> Any:
    return starter.http.get(f"/ledger/{path}", headers=starter.headers(token))


def head(starter: Served, token: str) -> Head:
    answer = ask(starter, token, "checkpoint")
    assert answer.status_code == 200, answer.text
    return parse_note(answer.content)


@pytest.mark.parametrize("token", [None, "nobody", "unregistered"])
@pytest.mark.parametrize("path", PATHS)
def test_who_has_no_ledger_is_answered_as_if_there_were_none(
    starter: Served, token: str | None, path: str
) -> None:
    answer = ask(starter, token, path)
    absent = starter.http.get("/ledger/absent", headers=starter.headers(token))
    assert answer.status_code == absent.status_code == 404
    assert answer.content == absent.content


def test_each_reads_a_ledger_of_his_own_and_an_administrator_all(starter: Served) -> None:
    ben, whole, ada = head(starter, "ben"), head(starter, "admin"), head(starter, "ada")
    assert is_own(ben.origin) and is_own(ada.origin) and not is_own(whole.origin)
    assert ben.origin != ada.origin and ben.origin.startswith(whole.origin)
    assert head(starter, "helped").origin == ben.origin  # the helper acts for ben
    entries = [json.loads(line) for line in ask(starter, "ben", "entries?count=1000").text.splitlines()]
    assert {entry["fields"].get("user", BEN) for entry in entries} == {BEN}
    assert [entry["n"] for entry in entries] == list(range(len(entries)))
    assert not {"mattered", "policy_revision", "clearance", "note"} & {
        name for e in entries for name in e["fields"]
    }
    every = [json.loads(line) for line in ask(starter, "admin", "entries?count=1000").text.splitlines()]
    assert {"commit", "request"} <= {entry["kind"] for entry in every}
    assert {BEN, ADA, ANONYMOUS} <= {entry["fields"].get("user") for entry in every}
    assert any({"mattered", "policy_revision"} <= entry["fields"].keys() for entry in every)


@pytest.mark.parametrize("token", ["ben", "admin"])
def test_proofs_hold_over_entries_and_heads(starter: Served, token: str) -> None:
    before = head(starter, token)
    run = ask(starter, token, "entries").headers["ambit-run"]
    proof = ask(starter, token, f"inclusion?run={run}").json()
    now = parse_note(proof["checkpoint"].encode())
    kinds = [json.loads(entry["entry"])["kind"] for entry in proof["entries"]]
    assert kinds[:2] == ["request", "answer"] and now.size == proof["size"] > before.size
    for entry in proof["entries"]:
        path = [bytes.fromhex(part) for part in entry["proof"]]
        assert is_included(leaf_hash(entry["entry"].encode()), entry["index"], now.size, path, now.root)
    grown = ask(starter, token, f"consistency?from={before.size}&to={now.size}").json()
    path = [bytes.fromhex(part) for part in grown["proof"]]
    assert is_consistent(before.size, now.size, before.root, now.root, path)
    lines = ask(starter, token, "entries?count=1000").content.splitlines()
    assert tree_hash([leaf_hash(line) for line in lines[: now.size]]) == now.root
    # the answer speaks of the ledger up to its own opening entry, which is the last
    assert json.loads(lines[-1])["kind"] == "request"
    assert parse_note(ask(starter, token, f"checkpoint?size={before.size}").content).root == before.root


def test_the_key_is_everybodys_and_signs_every_ledger(starter: Served) -> None:
    said = ask(starter, None, "key")
    assert said.headers["content-type"] == "application/x-pem-file" and "PUBLIC KEY" in said.text
    told = starter.http.get("/ledger/key", headers={"Accept": "application/json"}).json()
    assert told["pem"] == said.text
    name, id, key = told["verifier"].split("+", 2)
    note = head(starter, "admin")
    assert (name, bytes.fromhex(id)) == note.signatures[0][:2]
    assert base64.b64decode(key)[1:] == base64.b64decode(said.text.split("-----")[2])[-32:]


def test_a_proof_of_nothing_in_particular_says_what_is_missing(starter: Served) -> None:
    assert ask(starter, "ben", "consistency?to=2").json()["detail"] == "`from` is missing"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("inclusion", 400),
        ("inclusion?index=0&run=urn:x", 400),
        ("inclusion?index=-1", 400),
        ("inclusion?index=1e3", 400),
        ("inclusion?index=99999999999999999999", 400),
        ("inclusion?index=٣", 400),
        ("inclusion?index=100000", 404),
        ("inclusion?run=", 400),
        ("inclusion?run=" + "x" * 2_049, 400),
        ("inclusion?run=urn:ambit:run:absent", 404),
        ("inclusion?index=0&size=0", 404),
        ("inclusion?index=0&size=100000", 400),
        ("consistency", 400),
        ("consistency?from=0", 400),
        ("consistency?from=3&to=2", 400),
        ("consistency?from=100000", 400),
        ("entries?count=0", 400),
        ("entries?count=1001", 400),
        ("entries?from=100000", 200),
        ("checkpoint?size=100000", 400),
        ("checkpoint?size=1&size=1", 400),
        ("checkpoint?user=https://example.com/id/ada", 400),
    ],
)
def test_questions_out_of_bounds_are_refused(starter: Served, path: str, status: int) -> None:
    answer = ask(starter, "ben", path)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.content == b""
    else:
        assert answer.json()["code"] == ("invalid-argument" if status == 400 else "not-found")


def test_a_run_of_another_is_not_there(starter: Served) -> None:
    run = starter.sparql("ben", TITLES).headers["ambit-run"]
    others, absent = ask(starter, "ada", f"inclusion?run={run}"), ask(starter, "ada", "inclusion?run=urn:no")
    assert others.status_code == absent.status_code == 404
    assert others.content == absent.content
    assert ask(starter, "ben", f"inclusion?run={run}").status_code == 200
    assert ask(starter, "admin", f"inclusion?run={run}").status_code == 200


def story(starter: Served, user: str, others: int) -> list[str]:
    """What a user is told who asks the same things, while others ask `others` things in between."""
    told = []

    def noise() -> None:
        for _ in range(others):
            starter.sparql("ada", TITLES)
            ask(starter, "admin", "checkpoint")
            starter.sparql(None, TITLES)

    def note(answer: Any) -> None:
        told.append(f"{answer.status_code} {answer.headers.get('ambit-ledger-size')} {answer.text}")
        noise()

    noise()
    for path in (*PATHS, "entries?from=2&count=3"):
        note(ask(starter, user, path))
    run = starter.sparql(user, TITLES).headers["ambit-run"]
    for path in (f"inclusion?run={run}", "inclusion?index=7", "consistency?from=5", "entries?count=1000"):
        note(ask(starter, user, path))
    return told


def without_names(text: str, user: str) -> str:
    """An answer without what names the user, the run and the moment, and without the hashes over these."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", text.replace(f"id/{user}", "id/<user>"))
    text = re.sub(r"— \S+ [A-Za-z0-9+/=]+", "<signature>", text)
    text = re.sub(r"(?m)^[A-Za-z0-9+/]{43}=$|(?<=\\n)[A-Za-z0-9+/]{43}=(?=\\n)", "<root>", text)
    return re.sub(r"\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b", "<hash>", text)


def test_the_same_story_is_told_the_same_whatever_others_do(starter: Served) -> None:
    quiet = [without_names(text, "cleo") for text in story(starter, "cleo", 0)]
    loud = [without_names(text, "dora") for text in story(starter, "dora", 2)]
    assert quiet == loud
    assert "<signature>" in quiet[0] and "<hash>" in quiet[1]


class Commands:
    """`ambit` in this process: starting one for each command would take longer than all else here."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]):
        self._capture = capture

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """The status of a command, and what it prints."""
        self._capture.readouterr()
        try:
            main.app(arguments, standalone_mode=False)
            status = 0
        except typer.Exit as ended:
            status = ended.exit_code
        except AmbitError as error:
            return 1, error.code
        return status, self._capture.readouterr().out.decode()


@pytest.fixture
def ambit(
    starter: Served, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Commands:
    monkeypatch.setenv("AMBIT_URL", str(starter.said["url"]))
    monkeypatch.setenv("AMBIT_TOKEN", starter.tokens["ben"])
    return Commands(capfdbinary)


def test_the_command_line_keeps_heads_and_proves_from_them(
    starter: Served, ambit: Commands, tmp_path: Path
) -> None:
    kept, key, grown = tmp_path / "kept.note", tmp_path / "key.pem", tmp_path / "grown.json"
    assert ambit("ledger", "checkpoint", "--out", str(kept))[0] == 0
    assert ambit("ledger", "key", "--out", str(key))[0] == 0
    status, said = ambit(
        *("ledger", "consistency", "--checkpoint", str(kept), "--key", str(key), "--out", str(grown))
    )
    size = parse_note(kept.read_bytes()).size
    assert (status, f"with that of {size} entries" in said) == (0, True), said
    assert json.loads(grown.read_bytes())["from"] == size
    for index in ("0", str(size - 1)):
        assert ambit("ledger", "inclusion", "--index", index, "--key", str(key))[0] == 0
    assert json.loads(ambit("ledger", "checkpoint", "--size", "1", "--json")[1])["size"] == 1
    other = tmp_path / "other.note"
    other.write_bytes(ask(starter, "cleo", "checkpoint").content)
    assert ambit("ledger", "consistency", "--checkpoint", str(other)) == (1, "proof-invalid")
    strange = tmp_path / "strange.pem"
    strange.write_bytes(pem_of(Ed25519PrivateKey.generate().public_key()))
    assert ambit("ledger", "inclusion", "--index", "0", "--key", str(strange)) == (1, "proof-invalid")
    assert ambit("ledger", "inclusion", "--index", "0", "--run", "urn:x") == (1, "invalid")
    status, said = ambit(
        "verify", str(starter.workspace), "--checkpoint", str(kept), "--checkpoint", str(other)
    )
    assert (status, said[:6]) == (0, "clean:"), said


def test_a_data_folder_is_read_beside_its_server(starter: Served, ambit: Commands) -> None:
    data = ("--data", str(starter.said["data"]))
    whole = parse_note(ambit("ledger", "checkpoint", *data)[1].encode())
    own = parse_note(ambit("ledger", "checkpoint", *data, "--user", BEN)[1].encode())
    assert own.origin == head(starter, "ben").origin and whole.origin == head(starter, "admin").origin
    assert ask(starter, "ben", f"checkpoint?size={own.size}").content == own.note()
    assert ask(starter, "admin", f"checkpoint?size={whole.size}").content == whole.note()
    status, said = ambit("ledger", "inclusion", *data, "--user", BEN, "--index", "0", "--json")
    assert (status, json.loads(said)["entries"][0]["index"]) == (0, 0)
    _, said = ambit("ledger", "entries", *data, "--from", "1", "--count", "2")
    assert [json.loads(line)["n"] for line in said.splitlines()] == [1, 2]
    assert said == ask(starter, "admin", "entries?from=1&count=2").text
    assert ambit("ledger", "entries", "--data", str(starter.workspace)) == (1, "no-data")
    assert ambit("ledger", "checkpoint", "--user", BEN) == (1, "invalid")


def test_a_head_of_another_part_of_the_same_ledger_is_no_sign_of_a_change(
    starter: Served, ambit: Commands, tmp_path: Path
) -> None:
    data, user = ("--data", str(starter.said["data"])), ("--user", BEN)
    own, whole = tmp_path / "own.note", tmp_path / "whole.note"
    head(starter, "ben")  # so that there is something of Ben's
    assert ambit("ledger", "checkpoint", *data, *user, "--out", str(own))[0] == 0
    assert ambit("ledger", "consistency", *data, *user, "--checkpoint", str(own))[0] == 0
    assert ambit("ledger", "checkpoint", *data, "--size", "1", "--out", str(whole))[0] == 0
    for kept, asked, said in ((own, (), "that user's token"), (whole, user, "may audit it")):
        with pytest.raises(AmbitError) as caught:
            main.app(
                ["ledger", "consistency", *data, *asked, "--checkpoint", str(kept)], standalone_mode=False
            )
        assert caught.value.code == "proof-invalid" and said in caught.value.hint
        assert "nothing here shows" in caught.value.hint


@pytest.mark.parametrize(
    "command",
    [("checkpoint",), ("key",), ("entries",), ("inclusion", "--index", "0"), ("consistency", "--from", "1")],
)
def test_a_file_that_cannot_be_written_is_named(
    starter: Served, ambit: Commands, tmp_path: Path, command: tuple[str, ...]
) -> None:
    kept = tmp_path / "kept" / "answer"
    data = () if command == ("key",) else ("--data", str(starter.said["data"]))
    assert ambit("ledger", *command, *data, "--out", str(kept)) == (1, "target-unwritable")
    kept.parent.mkdir()
    assert ambit("ledger", *command, *data, "--out", str(kept))[0] == 0 and kept.read_bytes()


def test_entries_are_fetched_page_by_page_to_where_they_began(
    starter: Served, ambit: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ambit.server.cli.auditing.COUNT", 3)
    monkeypatch.setenv("AMBIT_TOKEN", starter.tokens["eli"])
    for _ in range(5):
        head(starter, "eli")

    def numbers(*arguments: str) -> list[int]:
        return [json.loads(line)["n"] for line in ambit("ledger", "entries", *arguments)[1].splitlines()]

    assert numbers() == list(range(11))
    assert numbers("--from", "2", "--count", "4") == [2, 3, 4, 5]


EVE = "https://example.com/id/eve"
PROV = "http://www.w3.org/ns/prov#wasAttributedTo"


def updated(starter: Served, text: str) -> Any:
    head = starter.headers("admin") | {"Content-Type": "application/sparql-update"}
    return starter.http.post("/sparql", content=text.encode(), headers=head)


def run_graph(starter: Served, run: str) -> str:
    """The provenance graph that a run stands in, once it does."""
    query = f"SELECT ?g {{ GRAPH ?g {{ <{run}> a <{AMBIT.RUN}> }} }}"
    return eventually(lambda: starter.rows("admin", query))[0]["g"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "text",
    [
        "DELETE WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}",
        "DELETE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}",
        "WITH <{graph}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
        "INSERT DATA {{ GRAPH <{graph}> {{ <{run}> <{prov}> <{eve}> }} }}",
        "CLEAR GRAPH <{graph}>",
        "DROP GRAPH <{graph}>",
        "MOVE GRAPH <{graph}> TO <https://example.com/g>",
        "COPY DEFAULT TO <{graph}>",
    ],
)
def test_an_administrator_cannot_write_provenance(starter: Served, text: str) -> None:
    run = starter.sparql("ben", TITLES).headers["ambit-run"]
    graph = run_graph(starter, run)
    said = f"SELECT ?p ?o {{ GRAPH <{graph}> {{ <{run}> ?p ?o }} }} ORDER BY ?p ?o"
    eventually(lambda: any(row["p"].endswith("endedAtTime") for row in starter.rows("admin", said)))
    before = starter.rows("admin", said)
    absent = "https://example.com/not-mine/graph"
    refused = updated(starter, text.format(graph=graph, run=run, prov=PROV, eve=EVE))
    assert 400 <= refused.status_code < 500, refused.text
    if "MOVE" not in text and "COPY" not in text:
        other = updated(starter, text.format(graph="urn:ambit:absent", run=run, prov=PROV, eve=EVE))
        assert refused.text.replace(graph, absent) == other.text.replace("urn:ambit:absent", absent)
    assert starter.rows("admin", said) == before


def test_what_is_said_of_a_run_elsewhere_is_no_provenance(starter: Served) -> None:
    run = starter.sparql("ben", TITLES).headers["ambit-run"]
    graph = run_graph(starter, run)
    forged = f"INSERT DATA {{ GRAPH <https://example.com/g> {{ <{run}> <{PROV}> <{EVE}> ; <{AMBIT.USER}> <{EVE}> }} }}"
    assert updated(starter, forged).status_code == 204
    where = starter.rows("admin", f"SELECT ?g {{ GRAPH ?g {{ <{run}> ?p <{EVE}> }} }}")
    assert {row["g"] for row in where} == {"https://example.com/g"} != {graph}
    told = starter.data("ben", "query ($iri: ID!) { run(iri: $iri) { user } }", iri=run)
    assert told == {"run": {"user": BEN}}
    every = ask(starter, "admin", f"inclusion?run={run}").json()["entries"]
    assert EVE not in "".join(entry["entry"] for entry in every)
