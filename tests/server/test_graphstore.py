"""The Graph Store Protocol against a server: names, conditions, bodies, and what nobody may learn or write by it."""

import gzip
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
import rdflib
from liveworld import Live, live
from structlog.testing import capture_logs

from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Role

pytestmark = pytest.mark.timeout(120)
PUBLIC = "https://graphs.example.com"
MINE = f"{PUBLIC}/graphs/"
NOTE = MINE + "note"
DEFAULT = "urn:ambit:default"
TURTLE = {"Content-Type": "text/turtle"}
WRITES = f"""public_url = "{PUBLIC}"
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
ONTOLOGY = """@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
<https://example.com/o> a owl:Ontology . <http://purl.org/dc/terms/title> rdfs:domain <https://example.com/o#Titled> .
<https://example.com/o#Titled> a owl:Class . <http://purl.org/dc/terms/title> a owl:DatatypeProperty .
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    added = {"ambit.toml": WRITES, "rules/writers.rq": WRITERS, "ontology/o.ttl": ONTOLOGY}
    with live(
        tmp_path_factory.mktemp("graphs") / "w",
        added=added,
        body_bytes=100_000,
        body_seconds=1.0,
        write_quads=2_000,
    ) as server:
        yield server


@pytest.fixture(scope="module")
def clients(server: Live) -> Iterator[dict[str, httpx2.Client]]:
    tokens = {
        "ben": server.token(),
        "ada": server.token("https://example.com/id/ada", purposes=[AMBIT.ADMINISTRATION]),
        "stranger": server.token("https://example.com/id/stranger"),
    }
    made = {
        name: httpx2.Client(
            base_url=f"http://127.0.0.1:{server.port}",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=20,
        )
        for name, token in tokens.items()
    }
    yield made
    for client in made.values():
        client.close()


@pytest.fixture
def ben(clients: dict[str, httpx2.Client]) -> Iterator[httpx2.Client]:
    """Who may write below `MINE`; nothing is left there."""
    yield clients["ben"]
    rows = clients["ben"].get(
        "/sparql",
        params={"query": "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"},
        headers={"Accept": "text/csv"},
    )
    for graph in rows.text.split()[1:]:
        if graph.startswith(MINE):
            assert clients["ben"].delete(at(graph)).status_code == 204


def at(graph: str) -> str:
    return "/graphs?default" if graph == DEFAULT else f"/graphs?graph={quote(graph, safe='')}"


def put(client: httpx2.Client, graph: str, text: str, **headers: str) -> httpx2.Response:
    return client.put(at(graph), content=text.encode(), headers={**TURTLE, **headers})


def said(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def graph_of(server: Live, role: Role, part: str = "") -> str:
    return next(e.graph for e in server.layers.owner.entries() if e.role is role and part in e.graph)


def test_a_graph_is_made_replaced_added_to_and_deleted(ben: httpx2.Client) -> None:
    assert put(ben, NOTE, "<urn:a> <urn:p> 1 .").status_code == 201
    assert put(ben, NOTE, "<urn:a> <urn:p> 2 , <> .").status_code == 204
    assert ben.post(at(NOTE), content=b"<urn:b> <urn:p> 3 .", headers=TURTLE).status_code == 204
    found = rdflib.Graph().parse(data=ben.get(at(NOTE)).content)
    assert {str(o) for o in found.objects()} == {"2", "3", NOTE}, "relative to the graph's own name"
    answer = ben.delete(at(NOTE))
    assert (answer.status_code, answer.content) == (204, b"")
    assert said(ben.get(at(NOTE))) == said(ben.delete(at(NOTE))) == (404, "not-found")
    answer = ben.post(at(NOTE), content=b"<urn:b> <urn:p> 3 .", headers=TURTLE)
    assert answer.status_code == 201 and answer.headers["ambit-run"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of itself
@pytest.mark.parametrize(
    ("media", "form"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
    ],
)
def test_each_syntax_is_read_and_written(ben: httpx2.Client, media: str, form: str) -> None:
    want = rdflib.Graph().parse(data='<urn:a> <urn:p> "x"@en , 5 , [ <urn:q> <urn:b> ] .', format="turtle")
    body = want.serialize(format=form, encoding="utf-8")
    answer = ben.put(at(NOTE), content=body, headers={"Content-Type": f"{media}; charset=UTF-8"})
    assert answer.status_code == 201
    got = ben.get(at(NOTE), headers={"Accept": media})
    assert got.headers["content-type"].partition(";")[0] == media
    assert set(got.headers["vary"].split(", ")) == {"Accept", "Authorization", "Ambit-Purpose"}
    assert rdflib.Graph().parse(data=got.content, format=form).isomorphic(want)
    head = ben.head(at(NOTE), headers={"Accept": media})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type"):
        assert head.headers[name] == got.headers[name]
    assert said(ben.get(at(NOTE), headers={"Accept": "text/csv"})) == (406, "not-acceptable")


def test_the_default_graph_is_one_of_its_own(clients: dict[str, httpx2.Client]) -> None:
    ada, ben = clients["ada"], clients["ben"]
    assert put(ada, DEFAULT, "<urn:a> <urn:p> 1 .").status_code == 201
    assert ada.get("/graphs?default").text == ada.get(f"/graphs?graph={DEFAULT}").text
    assert said(ben.get("/graphs?default")) == (404, "not-found")
    for refused in (put(ben, DEFAULT, "<urn:a> <urn:p> 1 ."), ben.delete("/graphs?default")):
        assert refused.status_code in (403, 404)
    assert ada.delete("/graphs?default").status_code == 204
    assert said(ada.get("/graphs?default")) == (404, "not-found")


def test_a_url_below_graphs_is_the_graph_of_that_name(server: Live, ben: httpx2.Client) -> None:
    assert ben.put("/graphs/note", content=b"<> <urn:p> 1 .", headers=TURTLE).status_code == 201
    assert ben.get("/graphs/note").text == ben.get(at(NOTE)).text
    assert f"<{NOTE}>" in ben.get("/graphs/note", headers={"Accept": "application/n-triples"}).text
    spoofed = ben.put("/graphs/other", content=b"<> <urn:p> 1 .", headers={**TURTLE, "Host": "evil.example"})
    assert said(spoofed) == (421, "misdirected")
    for host in (f"localhost:{server.port}", "graphs.example.com"):
        assert ben.get("/graphs/note", headers={"Host": host}).text == ben.get(at(NOTE)).text
    assert ben.put("/graphs/caf%C3%A9/%25", content=b"<> <urn:p> 1 .", headers=TURTLE).status_code == 400
    assert ben.put("/graphs/caf%C3%A9/a%2520b", content=b"<> <urn:p> 1 .", headers=TURTLE).status_code == 201
    assert ben.get(at(f"{MINE}caf\u00e9/a%20b")).status_code == 200, "decoded once"
    assert ben.get("/graphs/caf%C3%A9%2Fa%2520b").status_code == 200, "an escaped slash is one"
    for path in (
        "note/",
        "Note",
        "note%20",
        "%6Eote?x=1",
        "../note",
        "a/%2e%2e/note",
        "%FF",
        "",
        "a%00",
        "n%EF%BF%BDte",
    ):
        answer = ben.get(f"/graphs/{path}")
        assert answer.status_code in (400, 404), path
    assert ben.get("/graphs/%6Eote").status_code == 200


def test_a_post_to_the_store_makes_a_graph_of_a_new_name(ben: httpx2.Client) -> None:
    answers = [ben.post("/graphs", content=b"<> <urn:p> 1 .", headers=TURTLE) for _ in range(2)]
    places = [answer.headers["location"] for answer in answers]
    assert [answer.status_code for answer in answers] == [201, 201] and len(set(places)) == 2
    for place in places:
        answer = ben.get(place.removeprefix(PUBLIC), headers={"Accept": "application/n-triples"})
        assert place.startswith(MINE) and f"<{place}>" in answer.text
    assert ben.post("/graphs", content=b"", headers=TURTLE).status_code == 400
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        assert ben.request(method, "/graphs", headers=TURTLE).status_code == 400, method


def test_tags_hold_for_the_content_and_conditions_are_kept(ben: httpx2.Client) -> None:
    put(ben, NOTE, "<urn:a> <urn:p> 1 .")
    turtle, triples = ben.get(at(NOTE)), ben.get(at(NOTE), headers={"Accept": "application/n-triples"})
    tag = turtle.headers["etag"]
    assert tag != triples.headers["etag"] and tag.startswith('"')
    for match in (tag, f'"x", W/{tag}', "*"):
        answer = ben.get(at(NOTE), headers={"If-None-Match": match})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert said(ben.get(at(NOTE), headers={"If-Match": '"x"'})) == (412, "precondition-failed")
    assert put(ben, NOTE, "<urn:a> <urn:p> 1 .").status_code == 204
    assert ben.get(at(NOTE)).headers["etag"] == tag, "the same content"
    for condition in ({"If-None-Match": "*"}, {"If-Match": '"x"'}, {"If-Match": f"W/{tag}"}):
        assert said(put(ben, NOTE, "<urn:a> <urn:p> 2 .", **condition)) == (412, "precondition-failed")
    assert put(ben, NOTE, "<urn:a> <urn:p> 2 .", **{"If-Match": triples.headers["etag"]}).status_code == 204
    assert said(ben.delete(at(NOTE), headers={"If-Match": tag})) == (412, "precondition-failed")
    assert put(ben, NOTE + "2", "<urn:a> <urn:p> 2 .", **{"If-Match": "*"}).status_code == 412
    assert put(ben, NOTE + "2", "<urn:a> <urn:p> 2 .", **{"If-None-Match": "*"}).status_code == 201


def test_a_write_gives_the_tag_for_the_next(ben: httpx2.Client) -> None:
    made = put(ben, NOTE, "<urn:a> <urn:p> 1 , [ <urn:q> 2 ] .", **{"If-None-Match": "*"})
    assert made.headers["ambit-tag"] == ben.get(at(NOTE)).headers["etag"]
    same = put(ben, NOTE, "<urn:a> <urn:p> 1 , [ <urn:q> 2 ] .", **{"If-Match": made.headers["ambit-tag"]})
    assert same.headers["ambit-tag"] == made.headers["ambit-tag"]
    more = {**TURTLE, "If-Match": same.headers["ambit-tag"]}
    added = ben.post(at(NOTE), content="<urn:b> <urn:p> 3 .", headers=more)
    assert added.headers["ambit-tag"] == ben.get(at(NOTE)).headers["etag"] != made.headers["ambit-tag"]
    assert said(put(ben, NOTE, "<urn:c> <urn:p> 4 .", **more)) == (412, "precondition-failed")
    gone = put(ben, NOTE, "", **{"If-Match": added.headers["ambit-tag"]})
    assert gone.status_code == 204 and "ambit-tag" not in gone.headers, (
        "there is no graph that it could be of"
    )
    assert ben.get(at(NOTE)).status_code == 404 and put(ben, NOTE, "").status_code == 204
    new = ben.post("/graphs", content="<urn:a> <urn:p> 1 .", headers=TURTLE)
    assert new.headers["ambit-tag"] == ben.get(at(new.headers["location"])).headers["etag"]
    assert not any("etag" in answer.headers for answer in (made, added, new)), "no body is kept byte for byte"


def test_a_graph_that_is_named_by_host_and_port_is_warned_of_once(tmp_path: Path) -> None:
    rule = WRITES.replace(f'public_url = "{PUBLIC}"', "").replace(MINE, "http://127.0.0.1:")
    with (
        live(tmp_path / "w", added={"ambit.toml": rule, "rules/writers.rq": WRITERS}) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=20) as client,
        capture_logs() as logged,
    ):
        client.headers["Authorization"] = f"Bearer {server.token()}"
        for name in ("a", "b"):
            made = client.put(f"/graphs/{name}", content="<urn:a> <urn:p> 1 .", headers=TURTLE)
            assert made.status_code == 201
        warned = [entry["graph"] for entry in logged if "public_url" in entry["event"]]
        assert warned == [f"http://127.0.0.1:{server.port}/graphs/a"]


@pytest.mark.parametrize("tag", ['"*-ttl"', '"*-x"', '"*"', '"*-ttl", "x"'])
def test_a_quoted_star_is_a_tag_like_others(ben: httpx2.Client, tag: str) -> None:
    put(ben, NOTE, "<urn:a> <urn:p> 1 .")
    assert said(put(ben, NOTE, "<urn:a> <urn:p> 2 .", **{"If-Match": tag})) == (412, "precondition-failed")
    assert put(ben, NOTE, "<urn:a> <urn:p> 2 .", **{"If-None-Match": tag}).status_code == 204


def test_of_two_writers_with_one_tag_one_wins(ben: httpx2.Client) -> None:
    put(ben, NOTE, "<urn:a> <urn:p> 0 .")
    tag = ben.get(at(NOTE)).headers["etag"]
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda n=n: answers.append(
                put(ben, NOTE, f"<urn:a> <urn:p> {n} .", **{"If-Match": tag}).status_code
            )
        )
        for n in range(1, 5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [204, 412, 412, 412]


def test_a_body_that_stops_half_way_changes_nothing(server: Live, ben: httpx2.Client) -> None:
    put(ben, NOTE, "<urn:a> <urn:p> 1 .")
    before = ben.get(at(NOTE)).text
    line = f"PUT {at(NOTE)} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {server.token()}\r\n"
    for length, end in (
        ("Content-Length: 500", b"<urn:b> <urn:p> 2 .\n"),
        ("Transfer-Encoding: chunked", b"5\r\n<urn:"),
    ):
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(f"{line}Content-Type: text/turtle\r\n{length}\r\n\r\n".encode() + end)
        assert ben.get(at(NOTE)).text == before
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(f"{line}Content-Type: text/turtle\r\nContent-Length: 500\r\n\r\n<urn:b>".encode())
        sock.settimeout(10)
        assert b" 408 " in sock.recv(65_536), "it is not waited for beyond the time set"
    assert ben.get(at(NOTE)).text == before


@pytest.mark.parametrize(
    "query",
    [
        "graph=file:///etc/passwd",
        "graph=FILE:/etc/passwd",
        "graph=_:b",
        "graph=note",
        "graph=",
        "graph=%2Fgraphs%2Fnote",
        "graph=urn:a&default",
        "default=1",
        "default&default",
        "graph=urn:a&graph=urn:b",
        "graph=http%3A%2F%2Fa%2F..%2Fb",
        "graph=http%3A%2F%2Fa%20b",
        "graph=urn:a%3E%20%7D%20;%20DROP%20ALL%20;%20%23",
        "graph=urn:%FF",
        "graph=urn:" + "a" * 2048,
        "Default",
        "foo=bar",
        "&",
    ],
)
def test_what_names_no_graph_is_refused(ben: httpx2.Client, query: str) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        answer = ben.request(method, f"/graphs?{query}", headers=TURTLE, content=b"<urn:a> <urn:p> 1 .")
        assert said(answer) == (400, "invalid-argument"), method


@pytest.mark.parametrize(
    "kind",
    [
        "application/trig",
        "application/n-quads",
        "text/plain",
        "multipart/form-data",
        "text/turtle;charset=utf-16",
        "",
    ],
)
def test_bodies_of_other_kinds_are_415(ben: httpx2.Client, kind: str) -> None:
    body = f"<urn:a> <urn:p> <urn:b> <{DEFAULT}> ."
    for method in ("PUT", "POST"):
        answer = ben.request(method, at(NOTE), headers={"Content-Type": kind}, content=body.encode())
        assert said(answer) == (415, "media-type")
    assert ben.get(at(NOTE)).status_code == 404


def test_hostile_bodies_are_refused_and_nothing_is_written(ben: httpx2.Client) -> None:
    laughs = '<!DOCTYPE r [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY {n} "{("&" + p + ";") * 10}">' for p, n in zip("abcdefghi", "bcdefghij", strict=False)
    )
    cases = {
        "text/turtle": [b"<urn:a> <urn:p> ", b"GRAPH <urn:x> { <urn:a> <urn:b> <urn:c> }", b"\xff\xfe<\0", b"<urn:a> <urn:p> <<( " * 50_00,
                        b"[" * 90_000, b"<urn:a> <urn:p> '\xff' ."],
        "application/ld+json": [
            b'{"@context": "http://127.0.0.1:9/c", "@id": "urn:a", "urn:p": 1}',
            b'{"@graph": [{"@id": "urn:a", "urn:p": 1}], "@id": "urn:ambit:default"}',
            b'{"urn:p":' * 9_000,
        ],
        "application/rdf+xml": [
            f"{laughs}]><r>&j;</r>".encode(),
            b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        ],
        "application/n-triples": [f"<urn:a> <urn:p> <urn:b> <{DEFAULT}> .".encode()],
    }  # fmt: skip
    for kind, bodies in cases.items():
        for body in bodies:
            for graph in (NOTE, DEFAULT):
                answer = ben.put(at(graph), content=body, headers={"Content-Type": kind})
                assert answer.status_code in (400, 403, 413), body[:60]
                assert "root:" not in answer.text
    packed = gzip.compress(b"<urn:a> <urn:p> 1 .\n" * 100_000)
    answer = ben.put(at(NOTE), content=packed, headers={**TURTLE, "Content-Encoding": "gzip"})
    assert said(answer) == (415, "media-type")
    assert said(put(ben, NOTE, "<urn:a> <urn:p> 1 ." + " " * 100_000)) == (413, "too-large")
    assert ben.get(at(NOTE)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "text"), [("text/turtle", "<urn:a> <urn:p> "), ("application/ld+json", '{"urn:p"')]
)
def test_a_body_that_does_not_parse_is_told_as_one(ben: httpx2.Client, kind: str, text: str) -> None:
    for send in (ben.put, ben.post):
        answer = send(at(NOTE), content=text, headers={"Content-Type": kind})
        assert said(answer) == (400, "source-invalid")
        assert answer.json()["hint"] == "nothing was written: mend the body"
        assert (answer.json()["file"], answer.json()["line"]) == ("the body", 1)


def test_nothing_is_parsed_for_who_may_not_write(clients: dict[str, httpx2.Client]) -> None:
    for graph in (NOTE, "https://example.com/none", DEFAULT):
        refusals = {
            (answer.status_code, answer.json()["detail"])
            for text in ("<urn:a> <urn:p> 1 .", "<urn:a> <urn:p>", "[" * 1_000)
            for send in (clients["stranger"].put, clients["stranger"].post)
            for answer in [send(at(graph), content=text, headers=TURTLE)]
        }
        assert refusals == {(403, f"the graph `{graph}` is not yours to write")}


def test_a_body_holds_no_more_triples_than_one_may_write(ben: httpx2.Client) -> None:
    text = "<urn:a> <urn:p> 1 .\n" * 2_001
    refused = put(ben, NOTE, text)
    assert said(refused) == (413, "too-large")
    assert "limits.write_quads" in refused.json()["hint"] and "--bulk" in refused.json()["hint"]
    assert put(ben, NOTE, text[20:]).status_code == 201


def test_a_sources_graph_is_read_and_never_written(server: Live, ben: httpx2.Client) -> None:
    graph = graph_of(server, Role.DATA, "welcome")
    before = ben.get(at(graph))
    assert before.status_code == 200 and "Welcome" in before.text
    shared = [
        put(ben, graph, "<urn:a> <urn:p> 1 ."),
        ben.post(at(graph), content=b"<urn:a> <urn:p> 1 .", headers=TURTLE),
    ]
    hidden = [
        put(ben, graph_of(server, Role.GOVERNANCE), "<urn:a> <urn:p> 1 ."),
        put(ben, "urn:ambit:labels", "<urn:a> <urn:p> 1 ."),
    ]
    absent = [put(ben, "https://elsewhere.example/g", "<urn:a> <urn:p> 1 .")]
    for answer in (*shared, *hidden, *absent):
        assert said(answer) == (403, "write-refused")
    assert ben.delete(at(graph)).status_code == 403
    assert ben.get(at(graph)).text == before.text


def test_absent_and_hidden_read_the_same(server: Live, clients: dict[str, httpx2.Client]) -> None:
    graph, stranger = graph_of(server, Role.DATA, "welcome"), clients["stranger"]
    for method in ("GET", "DELETE", "PUT"):
        answers = [
            stranger.request(method, at(name), content=b"<urn:a> <urn:p> 1 .", headers=TURTLE)
            for name in (graph, graph.replace("welcome", "nothing"))
        ]
        bodies = [a.text.replace("welcome", "nothing") for a in answers]
        assert answers[0].status_code == answers[1].status_code >= 400 and bodies[0] == bodies[1], method
    assert stranger.get(at(graph), headers={"If-None-Match": "*"}).status_code == 404


def test_conclusions_are_not_there(
    server: Live, ben: httpx2.Client, clients: dict[str, httpx2.Client]
) -> None:
    beside = graph_of(server, Role.INFERRED)
    shown = ben.get("/sparql", params={"query": f"ASK {{ GRAPH <{beside}> {{ ?s a ?o }} }}"})
    assert shown.json()["boolean"] is True, "it is there, and to be seen"
    for client in (ben, clients["ada"]):
        assert said(client.get(at(beside))) == (404, "not-found")


def test_blank_nodes_of_two_graphs_are_not_the_same(ben: httpx2.Client) -> None:
    put(ben, NOTE, "_:b <urn:p> 1 .")
    put(ben, NOTE + "2", "_:b <urn:q> 2 .")
    asked = ben.get("/sparql", params={"query": "ASK { ?b <urn:p> ?x ; <urn:q> ?y }"})
    assert asked.json()["boolean"] is False
    text = ben.get(at(NOTE)).text
    assert put(ben, NOTE, text).status_code == 204 and ben.get(at(NOTE)).text == text


def test_each_request_is_in_the_ledger(server: Live, ben: httpx2.Client) -> None:
    before = server.entries()
    put(ben, NOTE, "<urn:a> <urn:p> 1 .")
    ben.get(at(NOTE))
    ben.get(at(NOTE + "2"))
    ben.delete(at(NOTE))
    assert [entry["status"] for entry in server.said("answer", before)] == ["ok", "ok", "not-found", "ok"]
    assert len(server.said("request", before)) == 4


def test_other_methods_and_origins_are_refused(ben: httpx2.Client) -> None:
    for path in ("/graphs", "/graphs/note"):
        answer = ben.request("PATCH", path)
        assert said(answer) == (405, "method") and "PUT" in answer.headers["allow"]
    assert said(ben.delete(at(NOTE), headers={"Origin": "https://evil.example"})) == (403, "foreign-origin")
