"""`/ledger/…`: heads, entries and proofs of the ledger that the caller may read.

The action is `audit`. Whom rules let audit the ledger's own compartment, reads all of it; everybody else who is
known reads the entries of his own runs, as if there were no others. An answer speaks of the ledger up to and
including the entry that opened its own request.
"""

from collections.abc import Callable, Mapping

import anyio
import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ..graph.compartments import compartment_of, ledger_label
from ..graph.errors import NotFound
from ..graph.ledger.checkpoints import fingerprint, pem_of
from ..graph.ledger.heads import Head, origin_of, verifier_key
from ..graph.ledger.leaves import whole
from ..graph.ledger.runs import provenance_label, runs_anchor
from ..graph.vocabulary import AMBIT
from .audit import Audit, unfit
from .governed import carry_out
from .layers import Layers
from .request import Request
from .requests import Requests

LONGEST = 2_048
"""Characters of a run's name."""
TEXT, LINES, JSON, PEM = "text/plain", "application/x-ndjson", "application/json", "application/x-pem-file"

Make = Callable[[Audit], tuple[bytes, str]]
"""What makes an answer's bytes, and says their media type."""


class LedgerDoors:
    """The ledger's questions, each answered under one decision."""

    def __init__(self, layers: Layers, requests: Requests):
        self._layers = layers
        self._requests = requests

    async def checkpoint(self, http: HttpRequest) -> Response:
        """A signed head: of `size` entries, or of all."""
        size = _number(_query(http, "size"), "size")
        return await self._answer(http, lambda audit: (audit.head(size).note(), TEXT))

    async def entries(self, http: HttpRequest) -> Response:
        """The exact bytes of `count` entries from number `from` on, one on each line."""
        query = _query(http, "from", "count")
        start, count = _number(query, "from"), _number(query, "count")
        first, most = start or 0, 100 if count is None else count
        return await self._answer(http, lambda audit: (b"".join(audit.lines(first, most)), LINES))

    async def inclusion(self, http: HttpRequest) -> Response:
        """That the entries of a `run`, or the one at `index`, are in the tree of the first `size`."""
        query = _query(http, "run", "index", "size")
        if ("run" in query) == ("index" in query):
            raise unfit("neither `run` nor `index` is named, or both are", "name one of them")
        run, index, size = query.get("run"), _number(query, "index"), _number(query, "size")
        if run is not None and not 0 < len(run) <= LONGEST:
            raise unfit("`run` is no name of a run", "name it as `Ambit-Run` does")
        return await self._answer(http, lambda audit: (orjson.dumps(audit.inclusion(run, index, size)), JSON))

    async def consistency(self, http: HttpRequest) -> Response:
        """That the tree of the first `from` entries is the start of that of the first `to`."""
        query = _query(http, "from", "to")
        if "from" not in query:
            raise unfit("`from` is missing", "name the size of the earlier tree, from 1 on")
        first, second = _number(query, "from") or 0, _number(query, "to")
        return await self._answer(http, lambda audit: (orjson.dumps(audit.consistency(first, second)), JSON))

    async def key(self, http: HttpRequest) -> Response:
        """The public key: for everybody, and no request that is entered."""
        key = self._layers.ledger.key
        origin, pem = origin_of(key), pem_of(key)
        headers = {"Vary": "Accept"}
        if JSON not in http.headers.get("accept", ""):
            return Response(pem, media_type=PEM, headers=headers)
        said = {"origin": origin, "fingerprint": fingerprint(key), "verifier": verifier_key(origin, key)}
        return Response(orjson.dumps(said | {"pem": pem.decode()}), media_type=JSON, headers=headers)

    async def _answer(self, http: HttpRequest, make: Make) -> Response:
        def work(request: Request) -> Response:
            audit = audit_of(request)
            body, media = make(audit)
            headers = request.headers() | {"Ambit-Ledger-Size": str(audit.leaves.size)}
            return Response(request.answer(body), headers=headers, media_type=media)

        identity = self._requests.sessions.identify(http)
        if not identity.anonymous:
            await anyio.to_thread.run_sync(self._make_known, identity.chain.user)
        text = f"{http.url.path}?{http.url.query}"
        response = await carry_out(http, self._requests, work, text=text, action="audit")
        response.headers["Vary"] = "Authorization, Ambit-Purpose, Cookie"
        return response

    def _make_known(self, user: str) -> None:
        """Lets rules know of a user's runs before there is one: this request may be the first."""
        label = provenance_label(user, self._layers.jurisdictions)
        if self._layers.owner.label(compartment_of(label)) is None:
            self._layers.owner.describe([label])


def audit_of(request: Request) -> Audit:
    """The ledger that the decision lets the caller read; raises `NotFound` where there is none.

    Nobody reads as `ambit:Anonymous`: those runs are nobody's own.
    """
    layers, cleared, user = request.layers, request.clearance.compartments, request.chain.user
    key, size = layers.ledger.key, request.opened + 1

    def sign(origin: str, count: int, root: bytes) -> Head:
        return layers.ledger.sign(origin, count, root, size)

    all_of_it = compartment_of(ledger_label(layers.jurisdictions))
    own = {compartment for compartment in cleared if _is_own(request, compartment)}
    if request.identity.anonymous or not (own or all_of_it in cleared):
        raise NotFound("there is nothing at this path")
    read = {all_of_it} & cleared or own
    request.touched |= read
    request.handed |= read
    if all_of_it in cleared:
        return Audit(origin_of(key), whole(layers.ledger, size), sign)
    return Audit(origin_of(key, user), layers.own_ledgers.of(user, size), sign)


def _is_own(request: Request, compartment: str) -> bool:
    label, anchor = request.layers.owner.label(compartment), runs_anchor(request.chain.user)
    return label is not None and label.source == AMBIT.PROVENANCE and anchor in label.audience


def _query(http: HttpRequest, *names: str) -> Mapping[str, str]:
    """The query's parameters; raises `Invalid` for one that the question does not have, or has twice."""
    found = http.query_params
    for name, _ in found.multi_items():
        if name not in names:
            raise unfit(f"`{name[:100]}` is not asked for here", f"ask with {', '.join(names)}")
        if len(found.getlist(name)) > 1:
            raise unfit(f"`{name}` is given twice", "give it once")
    return dict(found)


def _number(query: Mapping[str, str], name: str) -> int | None:
    said = query.get(name)
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= 15):
        raise unfit(f"`{name}` is no number", "give a whole number from 0 on")
    return int(said)
