"""The tutorial, followed literally: its files are written, its commands run in order, and its output is what comes."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(240)

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED = re.compile(r"Save this as `([^`]+)`:\s*\Z")
HOLDS_WITHIN = 40  # seconds until what was saved is in force, on a machine that does much else
URL = "http://127.0.0.1:7575"


@dataclass(frozen=True)
class Step:
    """A file to save, or a command with what it prints."""

    line: int
    file: str = ""
    text: str = ""
    command: str = ""


def steps(page: str) -> Iterator[Step]:
    """What a page says to do, in its order."""
    for fence in FENCE.finditer(page):
        line = page.count("\n", 0, fence.start()) + 1
        saved = SAVED.search(page[: fence.start()])
        if saved:
            yield Step(line, file=saved[1], text=fence["text"])
        elif fence["kind"] == "console":
            for part in re.split(r"^\$ ", fence["text"], flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield Step(line, text=output, command=command)
                line += part.count("\n")


def fits(shown: str, printed: str) -> bool:
    """Whether some output is what the page shows, where `…` stands for anything."""
    pattern = "".join(".*" if part == "…" else re.escape(part) for part in re.split("(…)", shown.strip()))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


class Reader:
    """Somebody with two terminals: one with a shell, one where the server runs."""

    def __init__(self, folder: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        bin = folder / "bin"
        bin.mkdir()
        command = bin / "ambit"
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ambit "$@"\n')
        command.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AMBIT_")}
        self.env = kept | {
            "PATH": f"{bin}:{os.environ['PATH']}",
            "AMBIT_PORT": str(port),
            "AMBIT_URL": self.url,
            "COLUMNS": "200",
        }
        self.place = folder / "home"
        self.place.mkdir()
        self.shell = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.place, env=self.env, text=True
        )
        self.server: subprocess.Popen[bytes] | None = None
        self.log = folder / "log"

    def save(self, file: str, text: str) -> None:
        path = self.place / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def serve(self, command: str) -> str:
        """Starts the server as the page says, and gives back what it prints first."""
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=self.place, env=self.env, stdout=log, stderr=log
            )
        return ""

    def type(self, command: str) -> str:
        """What a command prints; its status is there for the next one, as in any shell."""
        assert self.shell.stdin is not None and self.shell.stdout is not None
        mark = "--done--"
        with tempfile.NamedTemporaryFile(dir=self.folder) as output:
            self.shell.stdin.write(
                f"{{ (exit $STATUS)\n{command}\n}} > {output.name} 2>&1; STATUS=$?; echo {mark}\n"
            )
            self.shell.stdin.flush()
            assert self.shell.stdout.readline().strip() == mark
            return Path(output.name).read_text().replace(self.url, URL)

    def printed(self, step: Step) -> str:
        """What a step's command prints; asked again until it is what the page shows, as files are watched."""
        if step.command.startswith("ambit serve "):
            self.serve(step.command)
        end = time.monotonic() + HOLDS_WITHIN
        while True:
            if step.command.startswith("ambit serve "):
                said = self.log.read_text().partition("\n")[0].replace(self.url, URL)
            else:
                said = self.type(step.command)
            is_asking = re.search(r"\bambit (serve|query|explain|findings) ", step.command)
            if fits(step.text, said) or not is_asking or time.monotonic() > end:
                return said
            time.sleep(0.2)

    def leave(self) -> None:
        assert self.shell.stdin is not None and self.shell.stdout is not None
        self.shell.stdin.close()
        self.shell.wait(timeout=10)
        self.shell.stdout.close()
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            assert self.server.wait(timeout=30) == 0


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path)
    yield reader
    reader.leave()


def test_the_tutorial_can_be_followed_to_the_letter(reader: Reader) -> None:
    done = 0
    for step in steps(PAGE.read_text(encoding="utf-8")):
        if step.file:
            reader.save(step.file, step.text)
            continue
        said = reader.printed(step)
        assert fits(step.text, said), (
            f"line {step.line}: $ {step.command}\n{said}\n-- the page shows --\n{step.text}"
        )
        done += 1
    assert done > 20, "the page was read"
    assert "Traceback" not in reader.log.read_text()


def test_every_block_of_the_page_is_followed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    kinds = [fence["kind"] for fence in FENCE.finditer(page)]
    assert 2 * len(kinds) == len(re.findall("^```", page, re.MULTILINE))
    found = list(steps(page))
    assert len([step for step in found if step.file]) == len([kind for kind in kinds if kind != "console"])
    assert len([step for step in found if step.command]) == len(re.findall(r"^\$ ", page, re.MULTILINE))


@pytest.mark.parametrize(
    ("shown", "printed", "is_so"),
    [
        ("a\nb\n", "a\nb", True),
        ("a\nb\n", "a\nc", False),
        ("a …\n", "a whatever\nmore", True),
        ("a\n…\nc\n", "a\nb\nb\nc", True),
        ("a\n…\nc\n", "a\nb\nb", False),
        ("", "oops", False),
        ("a.c", "abc", False),
    ],
)
def test_dots_stand_for_anything_and_nothing_else_does(shown: str, printed: str, is_so: bool) -> None:
    assert fits(shown, printed) is is_so
