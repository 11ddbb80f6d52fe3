"""A small HTTP client for the commands that ask a running server."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx2
import orjson

from ...graph.errors import AmbitError, Unavailable
from .printing import err

URL = "http://127.0.0.1:7575"


def post(
    url: str,
    path: str,
    *,
    token: str | None,
    purpose: str | None,
    content: bytes,
    media: str,
    accept: str,
) -> httpx2.Response:
    """One request; a problem document becomes the `AmbitError` that it describes."""
    say_who(token)
    said = {"Content-Type": media, "Accept": accept}
    return _sent("POST", url, path, token=token, purpose=purpose, headers=said, content=content)


@contextmanager
def streamed(
    url: str,
    path: str,
    *,
    token: str | None,
    purpose: str | None,
    content: bytes,
    media: str,
    accept: str,
    as_of: str | None = None,
) -> Iterator[httpx2.Response]:
    """Like `post`, as of a time where an HTTP date is given, but the answer has not been read.

    One that breaks off raises `Unavailable`.
    """
    say_who(token)
    said = {"Content-Type": media, "Accept": accept} | ({"Accept-Datetime": as_of} if as_of else {})
    headers = _headers(said, token, purpose)
    begun = False
    try:
        with (
            httpx2.Client(timeout=60, trust_env=False) as http,
            http.stream("POST", f"{url}{path}", content=content, headers=headers) as response,
        ):
            begun = not response.is_error
            if not begun:
                response.read()
                raise _error(response)
            yield response
    except httpx2.HTTPError as error:
        if begun:
            raise Unavailable(
                f"the answer broke off: {error}", hint="what was printed is not all: ask again, or for less"
            ) from None
        raise _nobody(url, error) from None


@cache
def say_who(token: str | None) -> None:
    """Says once where nobody's token is shown: what nobody may see looks like what is not there."""
    if not token:
        err.print("no token: asking as nobody (`--token`, AMBIT_TOKEN)")


def get(
    url: str,
    path: str,
    asked: Mapping[str, str | int],
    *,
    token: str | None,
    purpose: str | None,
    accept: str = "*/*",
) -> httpx2.Response:
    """One reading, the question in the query string."""
    where = f"{path}?{urlencode(asked)}" if asked else path
    return _sent("GET", url, where, token=token, purpose=purpose, headers={"Accept": accept})


def _sent(
    method: str,
    url: str,
    path: str,
    *,
    token: str | None,
    purpose: str | None,
    headers: dict[str, str],
    content: bytes | None = None,
) -> httpx2.Response:
    headers = _headers(headers, token, purpose)
    try:
        response = httpx2.request(
            method, f"{url}{path}", content=content, headers=headers, timeout=60, trust_env=False
        )
    except httpx2.HTTPError as error:
        raise _nobody(url, error) from None
    if response.is_error:
        raise _error(response)
    return response


def _headers(said: Mapping[str, str], token: str | None, purpose: str | None) -> dict[str, str]:
    identity = {"Authorization": f"Bearer {token}"} if token else {}
    return {**said, **identity, **({"Ambit-Purpose": purpose} if purpose else {})}


def _nobody(url: str, error: Exception) -> Unavailable:
    return Unavailable(f"no server answers at {url}: {error}", hint="start one with `ambit serve`")


def graphql(
    url: str, query: str, variables: Mapping[str, Any], *, token: str | None, purpose: str | None
) -> Any:
    """The `data` of a GraphQL answer; its first error is raised."""
    answer = post_graphql(url, query, variables, token=token, purpose=purpose).json()
    if answer.get("errors"):
        raise _first_error(answer)
    return answer["data"]


def post_graphql(
    url: str, query: str, variables: Mapping[str, Any], *, token: str | None, purpose: str | None
) -> httpx2.Response:
    """A GraphQL answer that holds something; one of nothing but errors is raised.

    A part that failed beside others that did not is in the answer.
    """
    body = orjson.dumps({"query": query, "variables": dict(variables)})
    media = "application/json"
    response = post(url, "/graphql", token=token, purpose=purpose, content=body, media=media, accept=media)
    answer = response.json()
    if answer.get("errors") and not answer.get("data"):
        raise _first_error(answer)
    return response


def _first_error(answer: Mapping[str, Any]) -> AmbitError:
    """The first error of a GraphQL answer that has some."""
    first = answer["errors"][0]
    said = first.get("extensions", {})
    return AmbitError(first["message"], code=said.get("code", "graphql"), hint=said.get("hint", ""))


def _error(response: httpx2.Response) -> AmbitError:
    try:
        body = response.json()
        known = {"type", "title", "status", "code", "detail", "hint"}
        details = {key: value for key, value in body.items() if key not in known}
        return AmbitError(body["detail"], code=body["code"], hint=body.get("hint", ""), details=details)
    except (ValueError, KeyError, TypeError):
        return AmbitError(f"the server answered {response.status_code}", code="http")
