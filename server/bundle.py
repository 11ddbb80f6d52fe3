"""`/` and `/assets/{name}`: the explorer's bundle from the package's data, with headers that let nothing else in.

The bundle knows nothing of any workspace, so it is for everybody; what it shows, it asks for as its reader.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response

from ..graph.errors import NotFound

INDEX = "index.html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}
MISSING = "the explorer is not built here: `make setup` builds it\n"
COMPRESSED = (".css", ".html", ".js", ".json", ".svg")


@dataclass(frozen=True, slots=True)
class _File:
    media: str
    etag: str
    body: bytes
    packed: bytes | None

    @classmethod
    def of(cls, name: str, body: bytes) -> "_File":
        media = mimetypes.guess_type(name)[0] or "application/octet-stream"
        media = "text/javascript" if name.endswith(".js") else media
        packed = gzip.compress(body, mtime=0) if name.endswith(COMPRESSED) else None
        return cls(media, hashlib.sha256(body).hexdigest()[:32], body, packed)


class Bundle:
    """The files of one build, read once: names are looked up, never joined to a path."""

    def __init__(self, folder: Traversable | None = None):
        folder = folder if folder is not None else files("ambit.server.ui") / "dist"
        index, assets = folder / INDEX, folder / "assets"
        self._index = _File.of(INDEX, index.read_bytes()) if index.is_file() else None
        self._assets = (
            {file.name: _File.of(file.name, file.read_bytes()) for file in assets.iterdir() if file.is_file()}
            if assets.is_dir()
            else {}
        )

    async def page(self, http: HttpRequest) -> Response:
        """The explorer's one page; without a bundle the line that says how to build it."""
        if self._index is None:
            return PlainTextResponse(MISSING, 503, {**HEADERS, "Cache-Control": "no-store"})
        return _response(http, self._index, "no-cache")

    async def asset(self, http: HttpRequest) -> Response:
        """A file of the bundle, whose name holds the hash of its content."""
        file = self._assets.get(http.path_params["name"])
        if file is None:
            raise NotFound("there is nothing at this path")
        return _response(http, file, "public, max-age=31536000, immutable")


def _response(http: HttpRequest, file: _File, caching: str) -> Response:
    packed = file.packed if _takes_gzip(http.headers.get("accept-encoding", "")) else None
    etag = f'"{file.etag}-gzip"' if packed is not None else f'"{file.etag}"'
    headers = {**HEADERS, "Cache-Control": caching, "ETag": etag}
    known = {tag.strip().removeprefix("W/") for tag in http.headers.get("if-none-match", "").split(",")}
    if etag in known:
        return Response(status_code=304, headers=headers)
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(packed if packed is not None else file.body, headers=headers, media_type=file.media)


def _takes_gzip(accepted: str) -> bool:
    for item in accepted.lower().split(","):
        name, _, weight = item.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
