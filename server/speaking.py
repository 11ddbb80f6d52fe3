"""GraphQL's way to a governed request: the transport hands work over, and gets data and headers back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest

from .eyes import Reading
from .governed import carry_out
from .patterns import Pattern
from .request import Request
from .requests import Requests
from .schema.eyes import Eyes

Work = Callable[[Eyes], dict[str, Any]]
Shape = Callable[[], str]
Answering = Callable[[HttpRequest, str, Work, Shape], Awaitable[tuple[dict[str, Any], Mapping[str, str]]]]


def speak(requests: Requests) -> Answering:
    """The function that carries out one GraphQL operation under one decision."""

    async def answering(
        http: HttpRequest, text: str, work: Work, shape: Shape
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        def whole(request: Request) -> tuple[dict[str, Any], Mapping[str, str]]:
            result = work(Reading(request))
            request.answer(orjson.dumps(result, default=str))
            return result, request.headers()

        return await carry_out(http, requests, whole, text=text, pattern=Pattern(shape))

    return answering
