"""What the decision point says of itself (AuthZEN 1.0 §9), to everybody: where its endpoints are."""

from typing import Final

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from .endpoint import JSON, PREFIX

SECONDS: Final = 3_600
"""Seconds for which a client may keep it."""


class Metadata:
    """`/.well-known/authzen-configuration`: the same for everybody, as long as the server runs."""

    def __init__(self, base: str):
        """`base` is the identifier of the decision point: its URL, without a slash at the end."""
        self._body = orjson.dumps(
            {
                "policy_decision_point": base,
                "access_evaluation_endpoint": f"{base}{PREFIX}/evaluation",
                "access_evaluations_endpoint": f"{base}{PREFIX}/evaluations",
                "search_subject_endpoint": f"{base}{PREFIX}/search/subject",
                "search_resource_endpoint": f"{base}{PREFIX}/search/resource",
                "search_action_endpoint": f"{base}{PREFIX}/search/action",
            }
        )

    async def answer(self, http: HttpRequest) -> Response:
        """The document (§9.2.2)."""
        headers = {"Cache-Control": f"public, max-age={SECONDS}"}
        return Response(self._body, headers=headers, media_type=JSON)
