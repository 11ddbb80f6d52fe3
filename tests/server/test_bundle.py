"""The explorer's page and files: headers, caching, compression, names that are no paths, and no bundle at all."""

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.testclient import TestClient

from ambit.graph.errors import AmbitError
from ambit.server import problems
from ambit.server.bundle import Bundle

SCRIPT = b"export const drawn = 1;\n" * 50


def client(folder: Path) -> TestClient:
    bundle = Bundle(folder)
    routes = [Route("/", bundle.page), Route("/assets/{name}", bundle.asset)]
    handlers = {AmbitError: problems.on_ambit_error, HTTPException: problems.on_http_error}
    return TestClient(Starlette(routes=routes, exception_handlers=handlers))


@pytest.fixture
def built(tmp_path: Path) -> TestClient:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "index.html").write_text('<!doctype html><script src="/assets/index-a1.js"></script>')
    (folder / "assets" / "index-a1.js").write_bytes(SCRIPT)
    (folder / "assets" / "worker-b2.js").write_bytes(b"x")
    (folder / "assets" / "font-c3.woff2").write_bytes(b"wOF2")
    return client(folder)


def test_the_page_lets_nothing_else_in(built: TestClient) -> None:
    for path in ("/", "/assets/index-a1.js"):
        answer = built.get(path)
        assert answer.status_code == 200
        said = dict(
            part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
        )
        assert (
            said["default-src"]
            == said["base-uri"]
            == said["form-action"]
            == said["frame-ancestors"]
            == "'none'"
        )
        assert (
            said["script-src"] == said["style-src"] == said["connect-src"] == said["worker-src"] == "'self'"
        )
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def test_the_page_is_asked_for_anew_and_its_files_never(built: TestClient) -> None:
    page = built.get("/")
    assert page.headers["cache-control"] == "no-cache"
    again = built.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == page.headers["etag"]
    assert built.get("/", headers={"If-None-Match": '"other"'}).status_code == 200
    asset = built.get("/assets/index-a1.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-type"].startswith("text/javascript")


def test_what_shrinks_is_sent_compressed_to_whom_takes_it(built: TestClient) -> None:
    with built.stream("GET", "/assets/index-a1.js", headers={"Accept-Encoding": "br, gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(answer.iter_raw())) == SCRIPT
    for accepted in ("identity", "gzip;q=0", ""):
        plain = built.get("/assets/index-a1.js", headers={"Accept-Encoding": accepted})
        assert "content-encoding" not in plain.headers and plain.content == SCRIPT
        assert plain.headers["etag"] != answer.headers["etag"], "they are not the same bytes"
    assert "content-encoding" not in built.get("/assets/font-c3.woff2").headers


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/nothing.js",
        "/assets/../secret.txt",
        "/assets/..%2Fsecret.txt",
        "/assets/%2e%2e",
        "/x",
    ],
)
def test_nothing_but_the_bundles_files_is_there(built: TestClient, path: str) -> None:
    answer = built.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_without_a_bundle_the_page_says_how_to_build_it(tmp_path: Path) -> None:
    answer = client(tmp_path / "dist").get("/")
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.count("\n") == 1 and "`make setup`" in answer.text
