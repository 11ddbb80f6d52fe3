"""The application in one list: routes, handlers, middleware."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from ..graph.errors import AmbitError
from . import problems
from .access.doorway import Doorway
from .access.endpoint import ALL, PATHS, PREFIX, Access
from .access.metadata import Metadata
from .bundle import Bundle
from .explore import Explore
from .graphql import route as graphql_route
from .graphstore import METHODS, GraphStore
from .health import Health
from .hosts import SafeHeaders, SameHost
from .layers import Layers
from .ledgers import LedgerDoors
from .ontology import OntologyEndpoint
from .requests import Requests
from .settings import Settings
from .signin import SignIn
from .sparql import SparqlEndpoint
from .speaking import speak
from .stopping import Stopping
from .why import Why


def build(settings: Settings, layers: Layers, port: int) -> Starlette:
    """The server's ASGI application over open layers; `port` is the one that it listens on.

    `state.end_requests` ends what it carries out.
    """
    requests = Requests(layers, settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = settings.public_url or f"http://{host}:{port}"
    health = Health(layers, requests)
    explore = Explore(requests)
    store = GraphStore(requests, base)
    ledger = LedgerDoors(layers, requests)
    bundle = Bundle()
    why = Why(requests)
    access = Access(layers, requests)
    sign_in = SignIn(requests.sessions, requests.verifier)
    app = Starlette(
        routes=[
            Route(f"{PREFIX}/{{path:path}}", access, methods=ALL),
            Route("/healthz", health.live, methods=["GET"]),
            Route("/readyz", health.ready, methods=["GET"]),
            Route("/metrics", health.metrics, methods=["GET"]),
            Route("/sparql", SparqlEndpoint(requests, base).answer, methods=["GET", "POST"]),
            Route("/graphs", store.indirect, methods=METHODS),
            Route("/graphs/{name:path}", store.direct, methods=METHODS),
            Route("/.well-known/authzen-configuration", Metadata(base).answer, methods=["GET"]),
            Route("/ontology/{name}", OntologyEndpoint(requests).answer, methods=["GET", "HEAD"]),
            Route("/session", sign_in.answer, methods=["GET", "POST", "DELETE"]),
            Route("/explore/node", explore.node, methods=["POST"]),
            Route("/explore/expand", explore.expand, methods=["POST"]),
            Route("/explore/links", explore.links, methods=["POST"]),
            Route("/explore/vocabulary", explore.vocabulary, methods=["POST"]),
            Route("/access/explain", why.explain, methods=["POST"]),
            Route("/access/holders", why.holders, methods=["POST"]),
            Route("/ledger/checkpoint", ledger.checkpoint, methods=["GET"]),
            Route("/ledger/entries", ledger.entries, methods=["GET"]),
            Route("/ledger/inclusion", ledger.inclusion, methods=["GET"]),
            Route("/ledger/consistency", ledger.consistency, methods=["GET"]),
            Route("/ledger/key", ledger.key, methods=["GET"]),
            Route("/", bundle.page, methods=["GET"]),
            Route("/assets/{name}", bundle.asset, methods=["GET"]),
            graphql_route(layers.graphql, speak(requests)),
        ],
        exception_handlers={
            AmbitError: problems.on_ambit_error,
            HTTPException: problems.on_http_error,
            Exception: problems.on_unexpected,
        },
        middleware=[
            Middleware(SafeHeaders),
            Middleware(Stopping),
            Middleware(SameHost, host=settings.host, port=port, public=settings.public_url),
            Middleware(Doorway, method="POST", doors={f"{PREFIX}{path}": access for path in PATHS}),
        ],
    )
    app.state.end_requests = requests.slots.end
    return app
