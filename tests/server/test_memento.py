"""`Accept-Datetime` (RFC 7089) against a server: what may be seen today, as it was then."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "acceptance"))
from served import Served, ambit, eventually, serve, started_from_starter, token_for

from ambit.server.moments import http_date

pytestmark = pytest.mark.timeout(120)

TITLES = "SELECT ?title WHERE { ?page <http://purl.org/dc/terms/title> ?title } ORDER BY ?title"


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("asof")
    workspace = started_from_starter(folder / "workspace")
    served = serve("serve", workspace, log=folder / "log")
    served.tokens["ben"] = token_for(workspace, "https://example.com/id/ben")
    served.tokens["stranger"] = token_for(workspace, "https://example.com/id/nobody")
    eventually(lambda: len(served.rows("ben", TITLES)) == 2)
    yield served
    assert served.stop() == 0


def as_of(starter: Served, when: str, who: str = "ben") -> tuple[int, dict[str, str], list[str]]:
    head = starter.headers(who) | {"Accept-Datetime": when}
    answer = starter.http.get("/sparql", params={"query": TITLES}, headers=head)
    rows = answer.json()["results"]["bindings"] if answer.status_code == 200 else []
    return answer.status_code, dict(answer.headers), [row["title"]["value"] for row in rows]


def next_second() -> datetime:
    """The beginning of a second that has passed, so that nothing more is committed in it."""
    time.sleep(1.1)
    return datetime.now(UTC).replace(microsecond=0)


def test_a_page_reads_as_it_did(starter: Served) -> None:
    then = next_second()
    time.sleep(1.1)
    page = starter.workspace / "pages" / "welcome.md"
    text = page.read_text()
    page.write_text(text.replace("title: Welcome", "title: Welcome back"))
    eventually(lambda: {"title": "Welcome back"} in starter.rows("ben", TITLES))
    now = next_second()
    status, headers, titles = as_of(starter, http_date(then))
    assert (status, titles) == (200, ["How we work", "Welcome"])
    assert headers["memento-datetime"] == http_date(then), "the time of a commit would tell of hidden ones"
    assert "Accept-Datetime" in headers["vary"]
    assert as_of(starter, http_date(now))[2] == ["How we work", "Welcome back"]
    assert as_of(starter, http_date(then), "stranger")[2] == []
    assert as_of(starter, "Thu, 01 Jan 1998 00:00:00 GMT")[2] == [], (
        "before the first commit there is nothing"
    )
    assert as_of(starter, http_date(now + timedelta(days=9)))[2] == ["How we work", "Welcome back"]
    arguments = ["--url", starter.said["url"], "--token", starter.tokens["ben"], "--format", "csv"]
    said = ambit("query", "-", *arguments, "--as-of", then.isoformat(), stdin=TITLES)
    assert said.stdout.split() == ["title", "How", "we", "work", "Welcome"]


@pytest.mark.parametrize(
    "when",
    [
        "",
        "yesterday",
        "2026-11-28T09:30:00Z",
        "Sat, 31 Feb 2026 00:00:00 GMT",
        "Sat, 28 Nov 2026 09:30:00 CET",
        "x" * 5000,
    ],
)
def test_what_is_no_time_is_refused(starter: Served, when: str) -> None:
    status, headers, _ = as_of(starter, when)
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert "memento-datetime" not in headers


def test_what_has_no_past_refuses_to_be_asked_for_one(starter: Served) -> None:
    head = starter.headers("ben") | {"Accept-Datetime": "Thu, 01 Jan 1998 00:00:00 GMT"}
    asked = {"query": "{ me { iri } }"}
    turtle = head | {"Content-Type": "text/turtle"}
    for answer in (
        starter.http.get("/graphs?default", headers=head),
        starter.http.get("/graphs/a", headers=head),
        starter.http.put("/graphs?default", content="<urn:a> <urn:b> 1 .", headers=turtle),
        starter.http.post("/graphs", content="<urn:a> <urn:b> 1 .", headers=turtle),
        starter.http.delete("/graphs?default", headers=head),
        starter.http.get("/graphql", params=asked, headers=head),
        starter.http.post("/graphql", json=asked, headers=head),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "query-refused"), answer.request.url
        assert "of the present" in answer.json()["detail"] and "Accept-Datetime" in answer.json()["hint"]


def test_an_update_is_of_the_present(starter: Served) -> None:
    head = starter.headers("ben") | {
        "Accept-Datetime": "Thu, 01 Jan 1998 00:00:00 GMT",
        "Content-Type": "application/sparql-update",
    }
    answer = starter.http.post("/sparql", content=b"INSERT DATA { <urn:a> <urn:b> <urn:c> }", headers=head)
    assert answer.status_code == 400
    assert "of the present" in answer.text
