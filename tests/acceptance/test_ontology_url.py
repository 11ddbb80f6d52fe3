"""`/ontology/{name}` as an editor of ontologies meets it: by GET and HEAD, negotiated, governed."""

from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest
from served import Served, eventually, token_for

from ambit.graph.rdf.parsing import name_blanks, read_rdf
from ambit.graph.terms import Triple

MEDIA = {
    "text/turtle": "turtle",
    "application/n-triples": "ntriples",
    "application/rdf+xml": "rdfxml",
    "application/ld+json": "jsonld",
}
PROTEGE = "application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09"
OPENED = """# title: Ontologies by URL
# family: ontology
# effect: permit
# action: read
# description: Everybody may read ontologies that are open, also without a token.
# public: yes

PREFIX ambit: <https://w3id.org/ambit#>

SELECT ?compartment ?actor WHERE {
  ?compartment ambit:comesFrom ambit:Ontology ; ambit:hasSensitivity ambit:Open .
}
"""


def get(demo: Served, name: str, who: str | None = "support_refund", **headers: str) -> httpx2.Response:
    asked = {key.replace("_", "-"): value for key, value in headers.items()} | demo.headers(who)
    return demo.http.get(f"/ontology/{name}", headers=asked)


def read(answer: httpx2.Response) -> frozenset[Triple]:
    assert answer.status_code == 200, answer.text
    syntax = MEDIA[answer.headers["content-type"].partition(";")[0]]
    return name_blanks(read_rdf(answer.content, name="answer", syntax=syntax), "urn:o")


def file_of(path: Path) -> frozenset[Triple]:
    return name_blanks(read_rdf(path.read_bytes(), name=path.name), "urn:o")


@pytest.mark.parametrize("media", MEDIA)
def test_an_ontology_is_what_its_file_says_in_every_media_type(demo: Served, media: str) -> None:
    answer = get(demo, "halden", accept=media)
    assert answer.headers["content-type"].startswith(media)
    assert read(answer) == file_of(demo.workspace / "ontology" / "halden.ttl")
    assert answer.headers["ambit-run"].startswith("urn:ambit:run:")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "text/turtle"),
        (PROTEGE, "application/rdf+xml"),
        ("text/turtle;q=0.2, application/n-triples;q=0.8", "application/n-triples"),
        ("application/*;q=0.5, text/turtle;q=0.4", "application/n-triples"),
    ],
)
def test_the_media_type_is_the_one_liked_best(demo: Served, accept: str, media: str) -> None:
    assert get(demo, "halden", accept=accept).headers["content-type"].startswith(media)


@pytest.mark.parametrize("name", ["halden", "core", "there-is-none"])
def test_what_cannot_be_made_is_refused_whatever_is_there(demo: Served, name: str) -> None:
    answer = get(demo, name, accept="text/html, image/png")
    assert answer.status_code == 406 and answer.json()["code"] == "not-acceptable"


def test_head_is_answered_like_get_without_a_body(demo: Served) -> None:
    def stable(headers: Mapping[str, str]) -> dict[str, str]:
        return {k: v for k, v in headers.items() if k not in ("date", "ambit-run")}

    asked = {"accept": PROTEGE} | demo.headers("support_refund")
    head = demo.http.head("/ontology/halden", headers=asked)
    assert head.status_code == 200 and head.content == b""
    assert stable(head.headers) == stable(demo.http.get("/ontology/halden", headers=asked).headers)


def test_ambits_own_ontologies_are_there_by_name(demo: Served) -> None:
    shipped = Path(__file__).parents[2] / "ontology"
    for path in sorted(shipped.glob("*.ttl")):
        assert read(get(demo, path.stem)) == file_of(path)


def test_an_unchanged_ontology_is_not_sent_again(demo: Served) -> None:
    first = get(demo, "halden")
    tag = first.headers["etag"]
    for sent in (tag, f'"other", W/{tag}', "*"):
        again = get(demo, "halden", if_none_match=sent)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert get(demo, "halden", if_none_match='"other"').status_code == 200
    assert get(demo, "halden", accept="application/rdf+xml", if_none_match=tag).status_code == 200
    assert get(demo, "halden", None, if_none_match="*").status_code == 404


def test_only_the_present_version_is_answered(demo: Served) -> None:
    here = get(demo, "halden").headers["content-location"]
    assert demo.http.get(here, headers=demo.headers("support_refund")).status_code == 200
    assert get(demo, "halden?version=0123").status_code == 404


def test_what_may_not_be_read_is_answered_like_what_is_not_there(demo: Served) -> None:
    def said(answer: httpx2.Response) -> tuple[int, bytes, dict[str, str]]:
        headers = {k: v for k, v in answer.headers.items() if k != "date"}
        return answer.status_code, answer.content, headers

    nothing = said(demo.http.get("/nothing"))
    assert nothing[0] == 404
    stranger = token_for(demo.workspace, "https://halden.example/id/people/nobody")
    for token in (None, stranger):
        for name in ("halden", "core", "there-is-none", "..%2fhalden", "halden.ttl"):
            assert said(get(demo, name, token)) == nothing, name
    assert said(get(demo, "there-is-none")) == nothing


def test_the_owner_opens_ontologies_by_a_public_rule(demo: Served) -> None:
    rule = demo.workspace / "rules" / "open-ontologies.rq"
    assert get(demo, "halden", None).status_code == 404
    rule.write_text(OPENED)
    try:
        eventually(lambda: get(demo, "halden", None).status_code == 200)
        assert demo.http.head("/ontology/core", headers={"accept": PROTEGE}).status_code == 200
        customers = demo.sparql(None, "SELECT * { ?c a <https://halden.example/ontology#Customer> }")
        assert customers.json()["results"]["bindings"] == []
    finally:
        rule.unlink()
    eventually(lambda: get(demo, "halden", None).status_code == 404)


def test_other_methods_are_refused(demo: Served) -> None:
    answer = demo.http.put("/ontology/halden", content=b"", headers=demo.headers("admin"))
    assert answer.status_code == 405 and answer.json()["code"] == "method"
