"""The command line, as somebody meets it who has the starter workspace and nothing else."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from served import Served, ambit, eventually, serve, started_from_starter, token_for

pytestmark = pytest.mark.timeout(120)

COMMANDS = (
    *("demo", "init", "serve", "site", "token", "query", "explain", "findings", "ingest", "verify"),
    *("backup", "restore"),
)
BEN = "https://example.com/id/ben"
TITLES = "SELECT ?title WHERE { ?page <http://purl.org/dc/terms/title> ?title } ORDER BY ?title"
ADMINISTRATION = "https://w3id.org/ambit#Administration"
WELCOME = "https://example.com/id/pages/welcome"


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("cli")
    workspace = started_from_starter(folder / "workspace")
    served = serve("serve", workspace, log=folder / "log")
    served.tokens["ben"] = token_for(workspace, BEN)
    eventually(lambda: len(served.rows("ben", TITLES)) == 2)
    yield served
    assert served.stop() == 0


def asked(
    starter: Served, command: str, *arguments: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """A command that asks the running server, as Ben."""
    return ambit(
        command, "--url", starter.said["url"], "--token", starter.tokens["ben"], *arguments, stdin=stdin
    )


def test_every_command_has_help_and_every_option_says_what_it_is_for() -> None:
    whole = ambit("--help")
    assert whole.returncode == 0 and whole.stderr == ""
    assert set(COMMANDS) <= set(re.findall(r"\w+", whole.stdout))
    with ThreadPoolExecutor(2) as pool:
        helps = list(pool.map(lambda command: ambit(command, "--help", env={"COLUMNS": "200"}), COMMANDS))
    for command, said in zip(COMMANDS, helps, strict=True):
        assert said.returncode == 0 and "Usage:" in said.stdout, command
        options = [line for line in said.stdout.splitlines() if re.match(r"^[\s│*]*--\w", line)]
        assert options, command
        for line in options:
            assert re.sub(r"--[\w-]+|\b[A-Z]+\b|[│*,]", " ", line).split(), f"{command}: {line}"


NOBODY = "http://127.0.0.1:1"
WRONG = {  # names in braces are folders that the test makes
    "a folder in use": ["init", "{full}"],
    "a folder that cannot be made": ["init", "/proc/ambit"],
    "a folder below a file": ["init", "{binary}/workspace"],
    "the demo over a folder in use": ["demo", "{full}"],
    "no workspace": ["serve", "{none}"],
    "a folder that is none": ["serve", "{bare}"],
    "a wrong setting": ["serve", "{wrong}"],
    "no workspace to ingest": ["ingest", "{none}", "--once"],
    "ingest for ever": ["ingest", "{full}"],
    "nothing to verify": ["verify", "{full}"],
    "nothing to back up": ["backup", "{none}", "--workspace", "{full}"],
    "no backup to restore": ["restore", "{full}", "{none}"],
    "two points to restore": ["restore", "{full}", "{none}", "--at", "2026-11-28", "--revision", "1"],
    "a time that is none": ["restore", "{full}", "{none}", "--at", "noon"],
    "a subject that is none": ["token", "{full}", "--subject", "ben"],
    "no such query file": ["query", "{none}"],
    "a query that is no text": ["query", "{binary}"],
    "a query without an end": ["query", "/dev/zero"],
    "no server to query": ["query", "-", "--url", NOBODY],
    "no server to explain": ["explain", WELCOME, "--url", NOBODY],
    "an explanation in no format": ["explain", WELCOME, "--format", "pdf"],
    "nothing to suppose": ["explain", WELCOME, "--what-if", "{none}"],
    "a supposition without an end": ["explain", WELCOME, "--without", "/dev/zero"],
    "no server for findings": ["findings", "--url", NOBODY],
    "a site without a secret": ["site", "urn:site", "--deployment", "urn:d=00"],
    "a site with a deployment of nothing": [
        "site",
        "urn:site",
        "--deployment",
        "urn:d",
        "--secret",
        "s" * 16,
    ],
}


def prepared(folder: Path, arguments: list[str]) -> list[str]:
    """The arguments, with what they name made."""
    names = {name: folder / name for name in ("full", "bare", "wrong", "none", "binary")}
    for name in ("full", "bare", "wrong"):
        names[name].mkdir()
    (names["full"] / "governance").mkdir()
    (names["full"] / "notes.txt").write_text("mine")
    (names["wrong"] / "ambit.toml").write_text("port = 99999")
    names["binary"].write_bytes(bytes(range(256)))
    return [argument.format(**names) for argument in arguments]


@pytest.mark.parametrize("what", WRONG)
def test_a_command_that_fails_says_so_once(tmp_path: Path, what: str) -> None:
    arguments = prepared(tmp_path, WRONG[what])
    said = ambit(*arguments, "--json", stdin="ASK {}", env={"AMBIT_SITE_TOKEN": ""})
    assert said.returncode == 1, said.stderr
    (line,) = said.stdout.splitlines()
    body = json.loads(line)
    assert body["code"] and body["detail"] and "hint" in body
    assert said.stderr.count("error (") == 1 and "Traceback" not in said.stderr
    assert body["detail"] in said.stderr.replace("\\[", "[")


def test_without_json_a_failure_is_one_message_for_people(tmp_path: Path) -> None:
    """Here without the help of a process that has Ambit imported."""
    words = [sys.executable, "-m", "ambit", "serve", str(tmp_path / "none")]
    said = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1 and said.stdout == ""
    first, hint = said.stderr.splitlines()
    assert first.startswith("error (no-workspace): ") and hint.startswith("  hint: ")


def test_the_version_is_that_of_the_package() -> None:
    said = ambit("--version")
    assert said.returncode == 0 and said.stdout == f"ambit {version('ambit')}\n"
    module = [sys.executable, "-m", "ambit", "--version"]
    assert subprocess.run(module, capture_output=True, text=True, check=True).stdout == said.stdout


def test_who_shows_no_token_is_told_so(starter: Served) -> None:
    url, free = ("--url", starter.said["url"]), {"AMBIT_TOKEN": ""}
    told = "no token: asking as nobody (`--token`, AMBIT_TOKEN)\n"
    assert ambit("findings", *url, env=free).stderr == told
    assert ambit("query", "-", *url, stdin="ASK {}", env=free).stderr == told
    update = ambit("update", "-", *url, stdin="INSERT DATA { <urn:a> <urn:b> 1 }", env=free)
    assert update.returncode == 1 and update.stderr.startswith(told)
    assert ambit("ledger", "entries", *url, env=free).stderr.startswith(told)
    assert asked(starter, "findings").stderr == ambit("ledger", "key", *url, env=free).stderr == ""


@pytest.mark.parametrize(
    "words", [["query", "-"], ["findings"], ["findings", "--json"], ["ledger", "entries"], ["query", "none"]]
)
def test_a_reader_that_leaves_ends_a_command_without_a_word(starter: Served, words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    options = ["--url", starter.said["url"], "--token", starter.tokens["ben"]]
    with os.fdopen(write, "wb") as left:
        said = subprocess.run(
            [sys.executable, "-m", "ambit", *words, *options],
            input=TITLES.encode(),
            stdout=left,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    if words == ["query", "none"]:  # what went wrong is told elsewhere
        assert said.returncode == 1 and said.stderr.startswith(b"error (invalid)")
    else:
        assert (said.returncode, said.stderr) == (-signal.SIGPIPE, b"")


def test_a_command_whose_output_is_closed_does_its_work_and_tells_what_fails(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[bytes]:
        line = 'exec "$0" -m ambit "$@" >&-'
        return subprocess.run(["sh", "-c", line, sys.executable, *words], capture_output=True, timeout=60)

    made = run("init", str(tmp_path / "w"))
    assert (
        made.returncode == 0 and b"Traceback" not in made.stderr and (tmp_path / "w" / "governance").is_dir()
    )
    wrong = run("token", "--user", "x")
    assert wrong.returncode == 2 and b"No such option" in wrong.stderr


def test_graphql_takes_no_format(starter: Served) -> None:
    for option in (["--format", "csv"], ["--accept", "text/csv"]):
        said = asked(starter, "query", "-", "--graphql", *option, stdin="{ me { iri } }")
        assert said.returncode == 1 and "an answer to GraphQL is JSON" in said.stderr


def test_serve_prints_one_line_of_json_and_nothing_else(starter: Served, tmp_path: Path) -> None:
    workspace = started_from_starter(tmp_path / "w")
    other = serve("serve", workspace, log=tmp_path / "log")
    assert set(other.said) == {"url", "workspace", "data", "pid"}
    assert other.said["pid"] == other.process.pid
    assert other.sparql(None, "ASK {}").status_code == 200
    stdout = other.process.stdout
    assert stdout is not None
    other.process.send_signal(2)
    assert other.process.wait(timeout=30) == 0
    assert stdout.read() in (b"", None), "one line, then silence"
    stdout.close()
    other.http.close()
    assert "Traceback" not in other.log.read_text()


def test_a_query_is_read_from_a_file_and_from_standard_input(starter: Served, tmp_path: Path) -> None:
    file = tmp_path / "titles.rq"
    file.write_text(TITLES)
    from_file = asked(starter, "query", str(file), "--json")
    from_stdin = asked(starter, "query", "-", "--json", stdin=TITLES)
    assert from_file.returncode == from_stdin.returncode == 0, from_file.stderr
    assert from_file.stdout == from_stdin.stdout and from_file.stdout.count("\n") == 1
    rows = json.loads(from_file.stdout)["results"]["bindings"]
    assert [row["title"]["value"] for row in rows] == ["How we work", "Welcome"]
    table = asked(starter, "query", str(file), "--accept", "text/csv")
    assert table.stdout.split() == ["title", "How", "we", "work", "Welcome"]


def test_graphql_is_known_by_its_suffix_or_by_an_option(starter: Served, tmp_path: Path) -> None:
    search = '{ search(text: "expenses are paid back", first: 1) { nodes { label snippet } } }'
    file = tmp_path / "search.graphql"
    file.write_text(search)
    from_file = asked(starter, "query", str(file), "--json")
    from_stdin = asked(starter, "query", "-", "--graphql", "--json", stdin=search)
    for said in (from_file, from_stdin):
        assert said.returncode == 0, said.stderr
        (node,) = json.loads(said.stdout)["data"]["search"]["nodes"]
        assert node["label"] == "How we work"
        assert "ten working days" in node["snippet"]


def test_a_query_that_is_refused_fails(starter: Served) -> None:
    said = asked(starter, "query", "-", "--json", stdin="SELECT * WHERE {")
    assert said.returncode == 1
    assert json.loads(said.stdout)["code"] == "query-syntax"
    broken = asked(starter, "query", "-", "--graphql", "--json", stdin="{ nothing }")
    assert broken.returncode == 1, "an answer of nothing but errors is no success"
    assert json.loads(broken.stdout)["code"] == "graphql-validation"


def test_explain_names_rule_and_triples_or_tells_nothing(starter: Served) -> None:
    plain = asked(starter, "explain", WELCOME)
    assert plain.returncode == 0 and "rule: urn:ambit:rule:" in plain.stdout
    said = json.loads(asked(starter, "explain", WELCOME, "--json").stdout)
    assert said["permitted"] and any("memberOf" in triple for triple in said["triples"])
    stranger = token_for(starter.workspace, "https://example.com/id/nobody")
    told = [
        ambit("explain", iri, "--url", starter.said["url"], "--token", stranger, "--json").stdout
        for iri in (WELCOME, "https://example.com/id/pages/nothing")
    ]
    assert told[0] == told[1] and not json.loads(told[0])["permitted"]


def test_explain_is_for_administrators_also_of_others_and_of_what_would_be(
    starter: Served, tmp_path: Path
) -> None:
    ada = token_for(starter.workspace, "https://example.com/id/ada", "--purpose", ADMINISTRATION)

    def told(*arguments: str, token: str = ada) -> subprocess.CompletedProcess[str]:
        return ambit("explain", WELCOME, "--url", starter.said["url"], "--token", token, *arguments)

    eve = "https://example.com/id/eve"
    why_not = told("--user", eve)
    assert "closed: no rule permits it to `eve`" in why_not.stdout
    assert (
        f"+ <{eve}> <http://www.w3.org/ns/org#memberOf> <https://example.com/id/everyone> ." in why_not.stdout
    )
    supposed = tmp_path / "more.ttl"
    supposed.write_text(
        f"<{eve}> a <http://xmlns.com/foaf/0.1/Person> ; <http://www.w3.org/ns/org#memberOf> <https://example.com/id/everyone> ."
    )
    what_if = told("--user", eve, "--what-if", str(supposed))
    assert "As it is: not permitted. As supposed: permitted." in what_if.stdout
    assert "urn:ambit:supposed" in what_if.stdout
    assert told("--who").stdout.split() == ["https://example.com/id/ada", BEN]
    assert eve in told("--who", "--what-if", str(supposed)).stdout
    assert told("--who", "--without", str(supposed)).stdout.split() == ["https://example.com/id/ada", BEN]
    rdf = told("--format", "ttl", token=starter.tokens["ben"])
    assert rdf.returncode == 0 and "a ambit:Explanation" in rdf.stdout
    for more in (["--user", eve], ["--who"], ["--what-if", str(supposed)]):
        refused = told(*more, "--json", token=starter.tokens["ben"])
        assert refused.returncode == 1 and json.loads(refused.stdout)["code"] == "explanation-refused"


def test_findings_are_listed_for_those_who_may_see_them(starter: Served) -> None:
    assert "no findings" in asked(starter, "findings").stdout
    broken = starter.workspace / "governance" / "broken.ttl"
    broken.write_text("<urn:a> <urn:b> ")
    ada = token_for(starter.workspace, "https://example.com/id/ada", "--purpose", ADMINISTRATION)
    options = ("--url", starter.said["url"], "--token", ada)
    try:
        nodes = eventually(lambda: json.loads(ambit("findings", *options, "--json").stdout))
        assert nodes[0]["code"] == "source-invalid" and "broken.ttl:1" in nodes[0]["message"]
        assert "broken.ttl" in ambit("findings", *options).stdout
        assert json.loads(asked(starter, "findings", "--json").stdout) == []
    finally:
        broken.unlink()


def test_a_second_server_on_the_same_data_is_refused(starter: Served) -> None:
    for command in (
        ["serve", str(starter.workspace), "--port", "0"],
        ["ingest", str(starter.workspace), "--once"],
    ):
        said = ambit(*command, "--json")
        assert said.returncode == 1
        body = json.loads(said.stdout)
        assert body["code"] == "folder-locked" and str(starter.said["data"]) in body["detail"]
        assert body["hint"]
    assert len(starter.rows("ben", TITLES)) == 2


def test_a_taken_port_is_refused(starter: Served, tmp_path: Path) -> None:
    workspace = started_from_starter(tmp_path / "w")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = ambit("serve", str(workspace), "--port", str(port), "--json")
    assert said.returncode == 1
    body = json.loads(said.stdout)
    assert body["code"] == "unavailable" and str(port) in body["detail"] and "--port" in body["hint"]


def test_ingest_once_brings_everything_in_without_a_server(tmp_path: Path) -> None:
    workspace = started_from_starter(tmp_path / "w")
    first = ambit("ingest", str(workspace), "--once", "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["committed"] == 2
    again = json.loads(ambit("ingest", str(workspace), "--once", "--json").stdout)
    assert again["committed"] == 0 and again["looked_at"] == 2
    verified = ambit("verify", str(workspace), "--json")
    assert verified.returncode == 0 and json.loads(verified.stdout)["clean"]
    (workspace / "pages" / "bad.md").write_bytes(bytes(range(256)))
    (workspace / "pages" / "welcome.md").unlink()
    third = json.loads(ambit("ingest", str(workspace), "--once", "--json").stdout)
    assert third["withdrawn"] == 1 and "bad.md" in json.dumps(third["problems"])
    for_people = ambit("ingest", str(workspace), "--once").stdout.splitlines()
    assert for_people[0] == "records looked at: 1; committed: 0; withdrawn: 0; problems: 1"
    assert for_people[1].startswith("problem: ") and "bad.md" in for_people[1]


def test_verify_beside_a_server_and_names_a_flipped_byte(starter: Served, tmp_path: Path) -> None:
    beside = ambit("verify", str(starter.workspace), "--json")
    assert beside.returncode == 0, beside.stdout
    said = json.loads(beside.stdout)
    assert said["clean"] and said["live"] and said["entries"] > 3

    workspace = started_from_starter(tmp_path / "w")
    assert ambit("ingest", str(workspace), "--once").returncode == 0
    whole = tmp_path / "whole"
    shutil.copytree(workspace, whole)
    ledger = [file for file in (workspace / ".ambit" / "ledger" / "segments").iterdir()]
    segment = max(ledger, key=lambda file: file.stat().st_size)
    data = bytearray(segment.read_bytes())
    for place in (len(data) // 3, len(data) // 2, len(data) - 40):
        spoiled = bytearray(data)
        spoiled[place] ^= 1
        segment.write_bytes(spoiled)
        found = ambit("verify", str(workspace), "--json")
        assert found.returncode == 1, place
        (line,) = found.stdout.splitlines()
        problems = json.loads(line)["problems"]
        assert any(re.search(r"\d", problem["record"]) for problem in problems), problems
    plain = ambit("verify", str(workspace))
    assert plain.returncode == 1
    assert problems[0]["record"] in plain.stdout and "NOT as it was written" in plain.stdout
    segment.write_bytes(data)
    assert ambit("verify", str(workspace)).returncode == 0
    assert ambit("verify", str(whole)).returncode == 0


def test_a_backup_beside_the_server_is_restored_whole_and_to_a_time(starter: Served, tmp_path: Path) -> None:
    workspace, backup = str(starter.workspace), str(tmp_path / "backup")
    made = ambit("backup", backup, "--workspace", workspace, "--json")
    assert made.returncode == 0, made.stderr
    said = json.loads(made.stdout)
    assert said["revision"] > 1 and said["backup"] == backup
    over = ambit("backup", backup, "--workspace", workspace, "--json")
    assert (over.returncode, json.loads(over.stdout)["code"]) == (1, "target-exists")
    checked = json.loads(ambit("verify", workspace, "--data", backup, "--json").stdout)
    assert (checked["clean"], checked["backup"], checked["stale"]) == (True, True, [])
    whole, earlier = tmp_path / "whole", tmp_path / "earlier"
    restored = ambit("restore", backup, os.path.relpath(whole))
    assert f"`ambit serve WORKSPACE --data {whole}`" in restored.stdout, restored.stderr
    now = datetime.now(UTC).isoformat()
    for point in (["--at", now], ["--revision", str(said["revision"])]):
        shutil.rmtree(earlier, ignore_errors=True)
        restored = ambit("restore", backup, str(earlier), *point, "--json")
        assert json.loads(restored.stdout)["revision"] == said["revision"], restored.stderr
    assert ambit("restore", backup, str(tmp_path / "none"), "--at", "2001-01-01").returncode == 1
    other = serve("serve", starter.workspace, "--data", str(whole), log=tmp_path / "log")
    other.tokens["ben"] = token_for(starter.workspace, BEN, "--data", str(whole))
    assert other.rows("ben", TITLES) == starter.rows("ben", TITLES)
    assert other.stop() == 0
    assert ambit("verify", workspace, "--data", str(whole)).returncode == 0
