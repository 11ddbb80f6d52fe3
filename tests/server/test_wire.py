"""What is answered beside the application: bytes that are no HTTP, and requests that a stopping server cuts off."""

import asyncio
import json
import socket

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from ambit.server.stopping import Stopping
from ambit.server.wire import Protocol


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    "text",
    [b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nA: b\r\nContent-Length: x\r\n\r\n"],
)
def test_what_is_no_http_is_answered_by_a_problem_document(text: bytes) -> None:
    async def play() -> bytes:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(silent, http=Protocol, lifespan="off", log_config=None)
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server._serve(sockets=[listener]))
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(text)
            answer = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            await writer.wait_closed()
            server.should_exit = server.force_exit = True
            await serving
            return answer

    head, _, body = asyncio.run(play()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and b"content-type: application/problem+json" in head
    assert f"content-length: {len(body)}".encode() in head
    assert (json.loads(body)["status"], json.loads(body)["code"]) == (400, "invalid")


def test_a_request_that_is_cut_off_is_answered_unless_its_answer_has_begun() -> None:
    async def begins(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(60)

    async def cut(app: Stopping, method: str = "GET") -> list[Message]:
        given: list[Message] = []

        async def send(message: Message) -> None:
            given.append(message)

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        task = asyncio.ensure_future(app({"type": "http", "method": method}, receive, send))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return given

    start, body = asyncio.run(cut(Stopping(silent)))
    assert start["status"] == 503 and json.loads(body["body"])["code"] == "unavailable"
    assert (b"content-type", b"application/problem+json") in start["headers"]
    assert "written" not in json.loads(body["body"])["detail"]
    _, body = asyncio.run(cut(Stopping(silent), "PUT"))
    assert "may be written or not" in json.loads(body["body"])["detail"], "its thread goes on"
    assert [message["type"] for message in asyncio.run(cut(Stopping(begins)))] == ["http.response.start"]
