"""Hostile inputs against one live server: each is refused or harmless, and the same server answers on.

`AMBIT_ATTACK_TABLE=FILE` has the table written: input, status, alive, time.
"""

import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from inputs import GUESSED, HIDDEN, HIDDEN_GRAPH, MINE, PUBLIC, SECRET, Attack, attacks

sys.path.insert(0, str(Path(__file__).parents[1] / "acceptance"))
from served import Served, eventually, serve, started_from_starter, token_for

pytestmark = pytest.mark.timeout(300)
TABLE = os.environ.get("AMBIT_ATTACK_TABLE")
SETTINGS = f"""public_url = "{PUBLIC}"
[[writes]]
prefix = "{MINE}"
sensitivity = "https://w3id.org/ambit#Internal"
audience = ["https://example.com/id/everyone"]
"""
WRITERS = """# title: Writers
# family: writes
# effect: permit
# action: write create delete
# description: Members of a group write the graphs that are meant for it.
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
SELECT ?compartment ?actor WHERE {
  ?actor a foaf:Person ; ambit:memberOfAll ?group .
  ?compartment ambit:comesFrom ambit:Writes ; ambit:hasAudience ?group .
}
"""
PROBE = "SELECT ?p { ?p <http://purl.org/dc/terms/title> 'Welcome' }"


@dataclass
class Row:
    """One line of the table."""

    attack: Attack
    status: int
    alive: bool
    seconds: float


@dataclass
class Target:
    """The server, a socket that nobody may connect to, and what was seen."""

    served: Served
    trap: socket.socket
    ledger: Path
    rows: list[Row] = field(default_factory=list)

    def send(self, attack: Attack, swap: bool = False) -> httpx2.Response:
        trap = str(self.trap.getsockname()[1])

        def said(text: str) -> str:
            text = text.replace("PORT", trap)
            for old, new in attack.twin.items() if swap else ():
                text = text.replace(old, new)
            return text

        body = attack.body
        if len(body) < 100_000:
            body = said(body.decode("latin-1")).encode("latin-1")
        headers = {**self.served.headers("ben"), **attack.headers}
        try:
            return self.served.http.request(attack.method, said(attack.path), headers=headers, content=body)
        except (httpx2.ReadError, httpx2.RemoteProtocolError):
            if 504 not in attack.expect:
                raise
            # the time came amid an answer that had begun: it is broken off, and nobody takes it for whole
            return httpx2.Response(504, json={"code": "broken-off"})

    def entries(self) -> int:
        return sum(path.read_bytes().count(b"\n") for path in self.ledger.glob("*.jsonl"))

    def is_alive(self) -> bool:
        return self.served.process.poll() is None and len(self.served.rows("ben", PROBE)) >= 1


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("attacks")
    workspace = started_from_starter(folder / "workspace")
    (workspace / "ambit.toml").write_text(SETTINGS)
    (workspace / "rules" / "writers.rq").write_text(WRITERS)
    served = serve("serve", workspace, log=folder / "log")
    served.tokens["ben"] = token_for(workspace, "https://example.com/id/ben")
    administration = "https://w3id.org/ambit#Administration"
    served.tokens["ada"] = token_for(workspace, "https://example.com/id/ada", "--purpose", administration)
    eventually(lambda: served.rows("ben", PROBE))
    for name in (HIDDEN_GRAPH, "urn:ambit:default"):
        made = served.http.put(
            "/graphs",
            params={"graph": name},
            content=f"<{HIDDEN}> <urn:secret:p> '{SECRET}' , '{GUESSED}' .".encode(),
            headers={**served.headers("ada"), "Content-Type": "text/turtle"},
        )
        assert made.status_code == 201, made.text
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.05)
        found = Target(served, trap, workspace / ".ambit" / "ledger" / "segments")
        yield found
    if TABLE:
        write_table(Path(TABLE), found.rows)
    assert served.stop() == 0


def kept(target: Target) -> dict[str, str]:
    """What must be after the attacks as it was before: what is hidden from ben, and what rules read.

    Provenance grows with each request, and a label gets its lines when a graph first has it.
    """
    grows = (MINE, "urn:ambit:prov", "urn:ambit:governance:labels")
    rows = target.served.rows("ada", "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    return {row["g"]: row["n"] for row in rows if not row["g"].startswith(grows)}


def test_each_input_is_refused_or_harmless_and_the_server_answers_on(target: Target) -> None:
    """One test for all: a server that died under one of them would hide what the next ones do."""
    before = kept(target)
    assert before[HIDDEN_GRAPH] == before["urn:ambit:default"] == "2"
    wrong = [line for attack in attacks() if not attack.is_long for line in carried_out(target, attack)]
    assert wrong == []
    after = kept(target)
    assert {name: after.get(name) for name in before} == before
    held = f"SELECT * {{ {{ ?s ?p '{GUESSED}' }} UNION {{ GRAPH ?g {{ ?s ?p '{GUESSED}' }} }} }}"
    assert target.served.rows("ben", held) == []
    everything = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    assert SECRET not in target.served.sparql("ben", everything).text
    assert SECRET in target.served.sparql("ada", everything).text
    with pytest.raises(TimeoutError):
        target.trap.accept()


@pytest.mark.long
def test_large_inputs(target: Target) -> None:
    wrong = [line for attack in attacks() if attack.is_long for line in carried_out(target, attack)]
    assert wrong == []


def carried_out(target: Target, attack: Attack) -> list[str]:
    """What is wrong with the answer to one input."""
    before, began = target.entries(), time.monotonic()
    answer = target.send(attack)
    seconds = time.monotonic() - began
    alive = target.is_alive()
    target.rows.append(Row(attack, answer.status_code, alive, seconds))
    wrong = {
        f"{answer.status_code} {answer.text[:200]}": answer.status_code not in attack.expect,
        "no code": answer.status_code >= 400 and not answer.json()["code"],
        "it gave the secret": SECRET in answer.text,
        "it told of the machine": "root:x:" in answer.text or "Traceback" in answer.text,
        "the server does not answer on": not alive,
        # the probe leaves two entries, the input two of its own
        "nothing in the ledger": attack.is_begun and target.entries() - before < 4,
        "hidden is answered otherwise than absent": bool(attack.twin)
        and not is_alike(target, attack, answer),
    }
    return [f"{attack.id}: {what}" for what, so in wrong.items() if so]


def is_alike(target: Target, attack: Attack, answer: httpx2.Response) -> bool:
    twin = target.send(attack, swap=True)
    told = answer.text
    for old, new in attack.twin.items():
        told = told.replace(old, new)
    return (twin.status_code, twin.text) == (answer.status_code, told)


def raw(target: Target, head: str, *pieces: bytes) -> bytes:
    """What comes back for bytes sent as they are; nothing where the server hangs up or waits for more."""
    port = int(target.served.said["url"].rpartition(":")[2])
    line = head.replace("HOST", f"127.0.0.1:{port}").replace("TOKEN", target.served.tokens["ben"])
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.settimeout(3)
        try:
            sock.sendall(line.encode())
            for piece in pieces:
                sock.sendall(piece)
            return sock.recv(65_536)
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            return b""


SPARQL = (
    "POST /sparql HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer TOKEN\r\n"
    "Content-Type: application/sparql-query\r\n"
)


def test_requests_that_are_no_http_end_their_connection_alone(target: Target) -> None:
    chunked = "Transfer-Encoding: chunked\r\n"
    cases = [
        raw(target, SPARQL + chunked + "\r\n", b"5\r\nASK {\r\n", b"zz\r\n"),
        raw(target, SPARQL + "Content-Length: 6\r\nContent-Length: 7\r\n\r\n", b"ASK {}"),
        raw(target, SPARQL + "Content-Length: -1\r\n\r\n", b"ASK {}"),
        raw(target, SPARQL + "Content-Length: 6\r\n" + chunked + "\r\n", b"0\r\n\r\n"),
        raw(target, "GET /sparql HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n"),
        raw(target, "GET /sparql HTTP/1.1\r\n\r\n"),
        raw(target, "\0\0\0\0\r\n\r\n"),
        raw(target, f"GET /sparql?query={'x' * 2_000_000} HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        raw(target, f"GET /sparql?query={'x' * 5_000_000} HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        raw(target, "GET /graphs/a/../../sparql HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        raw(
            target, "GET http://evil.example/sparql?query=ASK%20%7B%7D HTTP/1.1\r\nHost: evil.example\r\n\r\n"
        ),
        raw(target, SPARQL + "".join(f"X-{n}: yyyy\r\n" for n in range(10_000)) + "\r\n"),
    ]
    for number, answer in enumerate(cases):
        assert not answer or answer.split()[1].startswith(b"4"), (number, answer[:200])
        assert SECRET.encode() not in answer
    assert target.is_alive()


def test_clients_that_never_end_cost_others_nothing(target: Target) -> None:
    """Bodies that never end, answers that nobody reads: and the next one is answered meanwhile."""
    port = int(target.served.said["url"].rpartition(":")[2])
    head = SPARQL.replace("HOST", f"127.0.0.1:{port}").replace("TOKEN", target.served.tokens["ben"])
    endless = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    unread = f"Content-Length: {len(endless)}\r\n\r\n{endless}"
    unsent = "Transfer-Encoding: chunked\r\n\r\n5\r\nASK {\r\n"
    held = []
    for end in (unread, unsent, unread, unsent, unread, unsent):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall((head + end).encode())
        held.append(sock)
    began = time.monotonic()
    for _ in range(5):
        assert target.is_alive()
    assert time.monotonic() - began < 10
    for sock in held:
        sock.close()
    assert target.is_alive()


def write_table(path: Path, rows: list[Row]) -> None:
    """The rows by group, as Markdown."""
    lines = ["| group | input | status | alive | ms |", "|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: row.attack.group):
        name = row.attack.name.replace("|", "\\|").replace("\n", " ")
        alive = "yes" if row.alive else "no"
        lines.append(f"| {row.attack.group} | `{name}` | {row.status} | {alive} | {row.seconds * 1000:.0f} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
