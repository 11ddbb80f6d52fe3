"""A served workspace, as a stranger meets it: a process, a line of JSON, HTTP."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from commands import ambit

STARTS_WITHIN = 90  # seconds; a bound for a hanging start, not a measurement


@dataclass
class Served:
    """A running server and what it printed when it was ready."""

    process: subprocess.Popen[bytes]
    said: Mapping[str, Any]
    log: Path
    http: httpx2.Client = field(init=False)
    tokens: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = dict(self.said.get("tokens", {}))
        self.http = httpx2.Client(base_url=self.said["url"], timeout=60, trust_env=False)

    @property
    def workspace(self) -> Path:
        return Path(self.said["workspace"])

    def headers(self, token: str | None, purpose: str | None = None) -> dict[str, str]:
        made = {} if token is None else {"Authorization": f"Bearer {self.tokens.get(token, token)}"}
        return made | ({"Ambit-Purpose": purpose} if purpose else {})

    def graphql(self, token: str | None, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers=self.headers(token)
        )
        body: dict[str, Any] = answer.json()
        return body

    def data(self, token: str | None, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.graphql(token, query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def sparql(self, token: str | None, query: str, purpose: str | None = None) -> httpx2.Response:
        return self.http.post(
            "/sparql",
            content=query.encode(),
            headers={**self.headers(token, purpose), "Content-Type": "application/sparql-query"},
        )

    def rows(self, token: str | None, query: str) -> list[dict[str, str]]:
        answer = self.sparql(token, query)
        assert answer.status_code == 200, answer.text
        bindings = answer.json()["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in bindings]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.http.close()
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def started_from_starter(folder: Path) -> Path:
    """The workspace that `ambit init` makes, without a model: so no site is started for it."""
    made = ambit("init", str(folder))
    assert made.returncode == 0, made.stderr
    (folder / "governance" / "model.ttl").unlink(missing_ok=True)
    return folder


def token_for(workspace: Path, subject: str, *options: str) -> str:
    """A token of the workspace's local issuer."""
    made = ambit("token", str(workspace), "--subject", subject, *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def serve(
    command: str,
    folder: Path,
    *options: str,
    log: Path,
    env: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> Served:
    """Starts `ambit command folder --port 0 --json` and waits for its line."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [
                python,
                "-m",
                "ambit",
                command,
                str(folder),
                "--port",
                "0",
                "--json",
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
        )
    atexit.register(process.kill)  # a test that fails half-way leaves no server behind
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    text = b""
    end = time.monotonic() + STARTS_WITHIN
    while not text.endswith(b"\n"):
        text += process.stdout.read() or b""
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            process.wait()
            process.stdout.close()
            raise AssertionError(f"no line from the server; its log ends: {log.read_text()[-3000:]}")
        time.sleep(0.02)
    return Served(process, json.loads(text), log)


def eventually(holds: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What `holds` returns once it is true; it is asked until then."""
    end = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.1)
