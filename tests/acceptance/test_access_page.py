"""What the page of the Authorization API shows is what comes: each command as it stands there, on the demo."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from served import Served

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
SHOWN = re.compile(r"^```\n\$ (?P<command>curl .*?)\n(?P<answer>\{[^\n]*)\n```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "{…}"


def examples() -> list[tuple[str, str]]:
    """Each command with the answer that stands below it."""
    return [(found["command"], found["answer"]) for found in SHOWN.finditer(PAGE.read_text("utf-8"))]


def test_every_command_of_the_page_is_one_of_these() -> None:
    assert len(examples()) == PAGE.read_text("utf-8").count("\n$ ") == 4


@pytest.mark.parametrize("number", range(len(examples())))
def test_the_answer_is_the_one_that_is_shown(demo: Served, number: int) -> None:
    command, answer = examples()[number]
    said = subprocess.run(
        ["bash", "-c", command.replace("http://127.0.0.1:7575", str(demo.said["url"]))],
        env={**os.environ, **demo.tokens, "no_proxy": "*"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()
    assert re.fullmatch(re.escape(answer).replace(re.escape(LEFT_OUT), r"\{.*\}"), said), said
