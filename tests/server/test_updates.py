"""SPARQL 1.1 Update over HTTP and the command line, against a server of its own, and what is hostile in it."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "acceptance"))
from served import Served, ambit, eventually, serve, started_from_starter, token_for

pytestmark = pytest.mark.timeout(120)

NOTE = "https://example.com/notes/1"
TITLE = "http://purl.org/dc/terms/title"
DIRECT = {"Content-Type": "application/sparql-update"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SETTINGS = """
[[writes]]
prefix = "https://example.com/notes/"
sensitivity = "https://w3id.org/ambit#Internal"
audience = ["https://example.com/id/everyone"]

[[writes]]
prefix = "https://example.com/board/"
sensitivity = "https://w3id.org/ambit#Internal"
audience = ["https://example.com/id/board"]
"""
SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix org: <http://www.w3.org/ns/org#> . @prefix ex: <urn:> .
ex:NoteShape a sh:NodeShape ; sh:targetClass ex:Note ;
    sh:property [ sh:path ex:text ; sh:minCount 1 ; sh:message "a note has a text" ] ,
                [ sh:path ex:by ; sh:class org:Organization ] .
"""


def documented_rule() -> str:
    """The rule that the page of the workspace shows."""
    page = (Path(__file__).parents[2] / "docs" / "workspace.md").read_text(encoding="utf-8")
    return page.partition("```sparql\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("updates")
    workspace = started_from_starter(folder / "workspace")
    (workspace / "ambit.toml").write_text(SETTINGS)
    (workspace / "shapes" / "notes.ttl").write_text(SHAPE)
    (workspace / "rules" / "writes").mkdir()
    (workspace / "rules" / "writes" / "members.rq").write_text(documented_rule())
    served = serve("serve", workspace, log=folder / "log")
    served.tokens["ben"] = token_for(workspace, "https://example.com/id/ben")
    served.tokens["stranger"] = token_for(workspace, "https://example.com/id/nobody")
    served.tokens["ada"] = token_for(
        workspace, "https://example.com/id/ada", "--purpose", "https://w3id.org/ambit#Administration"
    )
    eventually(lambda: len(served.rows("ben", f"SELECT * {{ ?p <{TITLE}> ?t }}")) == 2)
    yield served
    assert served.stop() == 0


@pytest.fixture(autouse=True)
def emptied(starter: Served) -> None:
    assert updated(starter, "ada", "DROP ALL").status_code == 204


def updated(starter: Served, token: str | None, text: str, **parameters: Any) -> httpx2.Response:
    return starter.http.post(
        "/sparql", params=parameters, content=text.encode(), headers={**starter.headers(token), **DIRECT}
    )


def note(starter: Served, text: str = "<urn:a> <urn:p> 1") -> None:
    answer = updated(starter, "ben", f"INSERT DATA {{ GRAPH <{NOTE}> {{ {text} }} }}")
    assert answer.status_code == 204, answer.text


def notes(starter: Served, who: str = "ben") -> list[dict[str, str]]:
    return starter.rows(who, "SELECT ?g ?s ?o { GRAPH ?g { ?s <urn:p> ?o } } ORDER BY ?g ?s ?o")


# -- the protocol


def test_the_two_forms_of_the_update_operation(starter: Served) -> None:
    text = f"INSERT DATA {{ GRAPH <{NOTE}> {{ <urn:a> <urn:p> 1 }} }}"
    answer = updated(starter, "ben", text)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["ambit-run"].startswith("urn:ambit:run:")
    assert answer.headers["cache-control"] == "private, no-store"
    first = answer.headers["ambit-revision"]
    form = urlencode({"update": text.replace("1 }", "2 }")})
    answer = starter.http.post("/sparql", content=form, headers={**starter.headers("ben"), **FORM})
    assert answer.status_code == 204 and answer.headers["ambit-revision"] != first
    assert [row["o"] for row in notes(starter)] == ["1", "2"]


def test_the_protocols_dataset(starter: Served) -> None:
    note(starter)
    text = f"INSERT {{ GRAPH <{NOTE}> {{ ?s <urn:q> ?o }} }} WHERE {{ ?s ?p ?o }}"
    assert updated(starter, "ben", text, **{"using-graph-uri": NOTE}).status_code == 204
    assert len(starter.rows("ben", "SELECT * { ?s <urn:q> ?o }")) == 1
    named = f"INSERT {{ GRAPH <{NOTE}> {{ ?s <urn:r> ?g }} }} WHERE {{ GRAPH ?g {{ ?s <urn:p> ?o }} }}"
    form = urlencode({"update": named, "using-named-graph-uri": NOTE})
    answer = starter.http.post("/sparql", content=form, headers={**starter.headers("ben"), **FORM})
    assert answer.status_code == 204
    assert [row["g"] for row in starter.rows("ben", "SELECT ?g { ?s <urn:r> ?g }")] == [NOTE]
    for own in (f"WITH <{NOTE}> {text}", text.replace("WHERE", f"USING <{NOTE}> WHERE")):
        answer = updated(starter, "ben", own, **{"using-graph-uri": NOTE})
        assert (answer.status_code, answer.json()["code"]) == (400, "query-refused")


@pytest.mark.parametrize(
    "pairs",
    [
        [("update", "CLEAR ALL"), ("update", "CLEAR ALL")],
        [("update", "CLEAR ALL"), ("query", "ASK {}")],
        [("using-graph-uri", "urn:a")],
        [("query", "CLEAR ALL")],
        [("query", "ASK {}"), ("using-named-graph-uri", "urn:a")],
        [("update", "CLEAR ALL"), ("default-graph-uri", "urn:a")],
        [("update", "ASK {}")],
        [("update", "CLEAR")],
    ],
)
def test_what_is_not_one_update_is_refused(starter: Served, pairs: list[tuple[str, str]]) -> None:
    note(starter)
    for answer in (
        starter.http.post("/sparql", content=urlencode(pairs), headers={**starter.headers("ada"), **FORM}),
        starter.http.get("/sparql", params=pairs, headers=starter.headers("ada")),
    ):
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"] in ("query-refused", "query-syntax")
    assert len(notes(starter)) == 1


def test_an_update_by_get_or_in_two_places_is_refused(starter: Served) -> None:
    note(starter)
    head = starter.headers("ada")
    answers = [
        starter.http.get("/sparql", params={"update": "CLEAR ALL"}, headers=head),
        updated(starter, "ada", "CLEAR ALL", update="CLEAR ALL"),
        updated(starter, "ada", "CLEAR ALL", query="ASK {}"),
        starter.http.post("/sparql", content=b"CLEAR ALL # \xff", headers={**head, **DIRECT}),
        starter.sparql("ada", "CLEAR ALL"),
    ]
    assert [answer.status_code for answer in answers] == [400] * 5
    assert len(notes(starter)) == 1


def test_the_command_carries_an_update_out(starter: Served, tmp_path: Path) -> None:
    file = tmp_path / "note.ru"
    file.write_text(f"INSERT DATA {{ GRAPH <{NOTE}> {{ <urn:a> <urn:p> 'by hand' }} }}")
    env = {"AMBIT_URL": starter.said["url"], "AMBIT_TOKEN": starter.tokens["ben"]}
    done = ambit("update", str(file), "--json", env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["run"].startswith("urn:ambit:run:")
    assert [row["o"] for row in notes(starter)] == ["by hand"]
    refused = ambit("update", "-", stdin="CLEAR DEFAULT", env=env)
    assert refused.returncode == 1 and "write-refused" in refused.stderr


# -- rules decide, shapes are held


def test_rules_say_who_writes(starter: Served) -> None:
    note(starter)
    for token in ("stranger", None):
        answer = updated(starter, token, f"INSERT DATA {{ GRAPH <{NOTE}> {{ <urn:a> <urn:p> 2 }} }}")
        assert (answer.status_code, answer.json()["code"]) == (403, "write-refused")
    for text in (
        "INSERT DATA { <urn:a> <urn:p> 2 }",
        "INSERT DATA { GRAPH <urn:other> { <urn:a> <urn:p> 2 } }",
    ):
        assert updated(starter, "ben", text).status_code == 403
        assert updated(starter, "ada", text).status_code == 204
    assert {row["g"] for row in notes(starter, "ada")} == {NOTE, "urn:ambit:default", "urn:other"}
    assert {row["g"] for row in notes(starter, "ben")} == {NOTE}


def test_a_source_and_what_is_ambits_is_never_written(starter: Served) -> None:
    found = [
        row["g"] for row in starter.rows("ada", "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g")
    ]
    kinds = {"/".join(g.split("/")[:4]) if "://" in g else ":".join(g.split(":")[:3]): g for g in found}
    assert {"urn:ambit:governance", "urn:ambit:provenance", "urn:ambit:rules"} <= kinds.keys()
    assert any("pages" in g for g in kinds.values())
    for graph in (*kinds.values(), "urn:ambit:ledger"):
        for token in ("ada", "ben"):
            for text in (
                "CLEAR SILENT GRAPH <G>",
                "INSERT DATA { GRAPH <G> { <urn:me> <urn:owns> <urn:x> } }",
            ):
                answer = updated(starter, token, text.replace("<G>", f"<{graph}>"))
                assert (answer.status_code, answer.json()["code"]) == (403, "write-refused"), graph
    answer = updated(starter, "ada", "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }")
    assert (answer.status_code, answer.json()["code"]) == (403, "write-refused")


def test_nobody_grants_rights_by_writing(starter: Served) -> None:
    """Triples of the relations that rules read, written where one may write, decide nothing."""
    granting = """PREFIX org: <http://www.w3.org/ns/org#> PREFIX ambit: <https://w3id.org/ambit#>
    INSERT DATA { GRAPH <https://example.com/notes/grant> {
      <https://example.com/id/ben> org:memberOf ambit:Administrators , <https://example.com/id/board> .
      <https://example.com/id/everyone> ambit:isOwnedBy <https://example.com/id/ben> .
      ambit:Writes ambit:governs org:memberOf .
      ?X a ambit:Compartment } }""".replace("?X", "<urn:ambit:compartment:0>")
    assert updated(starter, "ben", granting).status_code == 204
    board = "INSERT DATA { GRAPH <https://example.com/board/1> { <urn:a> <urn:p> 1 } }"
    assert updated(starter, "ben", board).status_code == 403
    assert updated(starter, "ada", board).status_code == 204
    assert notes(starter, "ben") == []
    head = {**starter.headers("ben"), "Ambit-Purpose": "https://w3id.org/ambit#Administration"}
    assert starter.http.get("/sparql", params={"query": "ASK {}"}, headers=head).status_code == 403


def test_a_shape_refuses_with_what_the_caller_may_see(starter: Served) -> None:
    text = f"INSERT DATA {{ GRAPH <{NOTE}> {{ <urn:n> a <urn:Note> ; <urn:text> 'x' }} }}"
    assert updated(starter, "ben", text.replace("; <urn:text> 'x'", "")).status_code == 422
    answer = updated(starter, "ben", text.replace("; <urn:text> 'x'", ""))
    assert answer.json()["code"] == "shape-violation"
    (result,) = answer.json()["results"]
    assert (result["message"], result["focus"], result["path"]) == (
        "a note has a text",
        "<urn:n>",
        "urn:text",
    )
    assert starter.rows("ben", "SELECT * { ?s a <urn:Note> }") == []
    assert starter.rows("ada", "SELECT * { GRAPH ?g { <urn:n> ?p ?o } }") == [], "nor in quarantine"
    assert updated(starter, "ben", text).status_code == 204


def test_a_shape_does_not_tell_what_hidden_entities_are(starter: Served) -> None:
    """Governance says that one of these is an organization, to administrators alone."""
    text = f"INSERT DATA {{ GRAPH <{NOTE}> {{ <urn:n> a <urn:Note> ; <urn:text> 'x' ; <urn:by> <WHO> }} }}"
    for name in ("everyone", "nothing"):
        who = f"https://example.com/id/{name}"
        assert updated(starter, "ben", text.replace("WHO", who)).status_code == 422
        assert updated(starter, "ada", text.replace("WHO", who)).status_code == (
            204 if name == "everyone" else 422
        )
        updated(starter, "ada", f"DROP SILENT GRAPH <{NOTE}>")


def test_what_was_read_from_the_board_stays_there(starter: Served) -> None:
    assert (
        updated(
            starter, "ada", "INSERT DATA { GRAPH <https://example.com/board/1> { <urn:s> <urn:p> 1 } }"
        ).status_code
        == 204
    )
    copying = f"COPY <https://example.com/board/1> TO <{NOTE}>"
    answer = updated(starter, "ben", copying)
    absent = updated(starter, "ben", copying.replace("board/1", "board/2"))
    assert answer.status_code == absent.status_code == 404
    assert answer.json()["detail"].replace("board/1", "board/2") == absent.json()["detail"]
    assert updated(starter, "ada", copying).status_code == 204, "administrators may declassify"


def test_the_ledger_knows_what_was_done(starter: Served) -> None:
    note(starter)
    answer = updated(starter, "ben", f"WITH <{NOTE}> INSERT {{ ?s <urn:q> 2 }} WHERE {{ ?s <urn:p> 1 }}")
    run = answer.headers["ambit-run"]
    files = (Path(starter.said["data"]) / "ledger").rglob("*")
    lines = [line for file in files if file.is_file() for line in file.read_bytes().splitlines()]
    said = [line.decode(errors="replace") for line in lines if run.encode() in line]
    assert any('"actions":["write"]' in line for line in said), "the answer's entry"
    attributed = "SELECT ?r ?u { GRAPH ?g { ?r <http://www.w3.org/ns/prov#generated> <N> . <N> <http://www.w3.org/ns/prov#wasAttributedTo> ?u } }"
    row = {"r": run, "u": "https://example.com/id/ben"}
    eventually(lambda: row in starter.rows("ben", attributed.replace("<N>", f"<{NOTE}>")))
    assert any(NOTE in line and "https://example.com/id/ben" in line for line in said), "the commit's entry"


# -- hostile texts


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address that a server must not be made to call, and what came in."""
    import socket

    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.2)
    stop = threading.Event()

    def listen() -> None:
        while not stop.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            heard.append(b"a call")
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/", heard
    stop.set()
    thread.join()
    listening.close()


HOSTILE = [
    "LOAD <URL>",
    "LOAD SILENT <URL> INTO GRAPH <https://example.com/notes/1>",
    "LOAD <file:///etc/passwd>",
    "LOAD SILENT <file:///etc/passwd> INTO GRAPH <urn:ambit:ledger>",
    "INSERT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }",
    "INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <URL> { ?s ?p ?o } }",
    "INSERT { ?s ?p ?o } WHERE { VALUES ?u { <URL> } SERVICE ?u { ?s ?p ?o } }",
    "INSERT DATA { <urn:a> <urn:p> 1 } ; LOAD SILENT <URL>",
    "DELETE { ?s ?p ?o } WHERE { SELECT * { SERVICE SILENT <URL> { ?s ?p ?o } } }",
    "INSERT DATA { GRAPH <https://example.com/notes/1> { <urn:a> <urn:p> <<( <urn:a> <urn:b> 1 )>> } }",
    "INSERT DATA { GRAPH <https://example.com/notes/1> { <urn:a> <urn:p> "
    + "[ <urn:p> " * 3_000
    + "1"
    + "]" * 3_000
    + " } }",
    "INSERT {} WHERE " + "{" * 3_000 + "}" * 3_000,
    "INSERT {} WHERE { " + "FILTER EXISTS {" * 900 + "}" * 900 + " }",
    "INSERT {} WHERE { {} " + "UNION {} " * 10_000 + "}",
    "CLEAR ALL ; " * 5_000,
    "PREFIX ambit: <urn:ambit:> CLEAR GRAPH ambit:governance ; DROP ALL #",
    "BASE <urn:ambit:default/../> INSERT DATA { GRAPH <x> { <a> <b> <c> } }",
    "INSERT DATA { GRAPH <urn:a> } ; DROP ALL ; #> { <urn:a> <urn:p> 1 } }",
    'INSERT DATA { GRAPH <https://example.com/notes/1> { <urn:a> <urn:p> "x\' } ; DROP ALL #" } ; }',
    "INSERT { GRAPH <https://example.com/notes/1> { <urn:a> <urn:f> ?x } } WHERE { BIND(<urn:evil:function>(1) AS ?x) ",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_refused_and_call_nobody(
    starter: Served, listener: tuple[str, list[bytes]], text: str
) -> None:
    note(starter)
    url, heard = listener
    answer = updated(starter, "ben", text.replace("URL", url))
    assert answer.status_code in (400, 403, 413), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(notes(starter)) == 1 and heard == []


@pytest.mark.parametrize(
    "text",
    [
        '"x\\" } UNION { GRAPH <urn:secret> {?s ?p ?o} } #"',
        "'''x' } ; DROP ALL ; #'''",
        r'"\u0022 } } ; DROP ALL #"',
        r'"\\u0022 } } ; DROP ALL #"',
        r'"ends with \\"',
        '"=cmd|calc"',
        '"\u2028"',
    ],
)
def test_what_looks_like_an_update_inside_a_literal_is_one(starter: Served, text: str) -> None:
    if text.startswith(r'"\u0022'):  # the escape is decoded first: what stands there is another update
        assert (
            updated(
                starter, "ben", f"INSERT DATA {{ GRAPH <{NOTE}> {{ <urn:a> <urn:p> {text} }} }}"
            ).status_code
            == 204
        )
        assert [row["o"] for row in notes(starter)] in ([], [""])
        return
    note(starter, f"<urn:a> <urn:p> {text}")
    value = starter.rows("ben", f"SELECT ?o {{ VALUES ?o {{ {text} }} }}")[0]["o"]
    assert [row["o"] for row in notes(starter)] == [value]


def test_a_heavy_update_ends_in_time_and_holds_up_nobody(starter: Served) -> None:
    note(starter)
    heavy = [
        "INSERT { GRAPH <N> { <urn:a> <urn:n> ?n } } WHERE { SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p . ?q ?r ?s } }",
        "INSERT { GRAPH <N> { <urn:a> <urn:n> ?x } } WHERE { BIND('xxxxxxxxxxxxxxxx' AS ?x0) "
        + " ".join(f"BIND(CONCAT(?x{n},?x{n}) AS ?x{n + 1})" for n in range(29))
        + " BIND(STRLEN(?x29) AS ?x) }",
    ]
    answers: list[httpx2.Response] = []

    def send(text: str) -> None:
        head = {**starter.headers("ben"), **DIRECT, "Prefer": "wait=2"}
        with httpx2.Client(base_url=starter.said["url"], timeout=60, trust_env=False) as http:
            answers.append(
                http.post("/sparql", content=text.replace("<N>", f"<{NOTE}>").encode(), headers=head)
            )

    threads = [threading.Thread(target=send, args=(text,)) for text in heavy]
    begins = time.monotonic()
    for thread in threads:
        thread.start()
    assert updated(starter, "ada", "INSERT DATA { <urn:a> <urn:p> 1 }").status_code == 204
    for thread in threads:
        thread.join()
    assert time.monotonic() - begins < 20
    assert {answer.status_code for answer in answers} <= {400, 403, 413, 504}, [a.text for a in answers]
    note(starter, "<urn:after> <urn:p> 3")


@pytest.mark.parametrize(("path", "prefer"), [("/sparql", "wait=1"), ("/sparql?timeout=1", "")])
def test_a_chain_of_copies_takes_no_longer_than_its_sender_would_wait(
    starter: Served, path: str, prefer: str
) -> None:
    data = " ".join(f"<urn:s{n}> <urn:p> {n} ." for n in range(2_000))
    a, b = NOTE + "/a", NOTE + "/b"
    chain = "".join(f" ; COPY <{a}> TO <{b}> ; COPY <{b}> TO <{a}>" for _ in range(200))
    head = {**starter.headers("ben"), **DIRECT, "Prefer": prefer}
    begins = time.monotonic()
    with httpx2.Client(base_url=starter.said["url"], timeout=60, trust_env=False) as http:
        text = f"INSERT DATA {{ GRAPH <{a}> {{ {data} }} }}{chain}"
        assert http.post(path, content=text.encode(), headers=head).status_code == 504
    assert time.monotonic() - begins < 6, "limits.query_seconds are 8"


def test_names_that_only_look_alike_are_other_graphs(starter: Served) -> None:
    names = [
        NOTE,
        NOTE + "/",
        NOTE.replace("notes", "Notes"),
        NOTE.replace("/1", "/%31"),
        NOTE.replace("/1", "/x/../1"),
        NOTE + "\u0065\u0301",
        NOTE + "\u00e9",
    ]
    answers = {
        name: updated(starter, "ben", f"INSERT DATA {{ GRAPH <{name}> {{ <urn:a> <urn:p> 1 }} }}").status_code
        for name in names
    }
    assert answers == {name: 403 if "Notes" in name else 204 for name in names}
    assert {row["g"] for row in notes(starter)} == set(names) - {names[2]}
