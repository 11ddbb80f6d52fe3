"""Liveness, readiness, metrics."""

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from ..graph.errors import NotFound
from .governed import carry_out
from .layers import Layers
from .request import Request
from .requests import Requests


class Health:
    """`/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, layers: Layers, requests: Requests):
        self._layers = layers
        self._requests = requests

    async def live(self, http: HttpRequest) -> Response:
        """The process answers."""
        return JSONResponse({"status": "alive"})

    async def ready(self, http: HttpRequest) -> Response:
        """200 once the first revision is served; models load behind it."""
        ready = self._layers.ready.is_set()
        body = {"status": "ready" if ready else "starting"}
        return JSONResponse(body, status_code=200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def metrics(self, http: HttpRequest) -> Response:
        """Prometheus' text format; for those who may `operate`, unless the settings open it."""
        if not self._requests.settings.open_metrics:
            await carry_out(http, self._requests, _may_operate, text="metrics", action="operate")
        return Response(
            generate_latest(REGISTRY) + generate_latest(self._layers.registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )


def _may_operate(request: Request) -> None:
    if not request.clearance.compartments:
        raise NotFound("there is nothing at this path")
