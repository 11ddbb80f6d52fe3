"""The application in one list: routes, handlers, middleware."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from ..graph.errors import AmbitError
from . import problems
from .graphql import route as graphql_route
from .health import Health
from .hosts import SameHost
from .layers import Layers
from .requests import Requests
from .settings import Settings
from .sparql import SparqlEndpoint
from .speaking import speak


def build(settings: Settings, layers: Layers, port: int) -> Starlette:
    """The server's ASGI application over open layers; `port` is the one that it listens on."""
    requests = Requests(layers, settings)
    health = Health(layers, requests)
    return Starlette(
        routes=[
            Route("/healthz", health.live, methods=["GET"]),
            Route("/readyz", health.ready, methods=["GET"]),
            Route("/metrics", health.metrics, methods=["GET"]),
            Route("/sparql", SparqlEndpoint(requests).answer, methods=["GET", "POST"]),
            graphql_route(layers.graphql, speak(requests)),
        ],
        exception_handlers={
            AmbitError: problems.on_ambit_error,
            HTTPException: problems.on_http_error,
            Exception: problems.on_unexpected,
        },
        middleware=[Middleware(SameHost, host=settings.host, port=port)],
    )
