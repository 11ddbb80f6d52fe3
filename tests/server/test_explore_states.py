"""What the explorer reads by several queries is of one state of the view."""

from typing import Any

import pytest
from seeing import EX
from writeworld import Stage

from ambit.graph.terms import NamedNode, Triple
from ambit.graph.views.worker import Answer
from ambit.server import exploring
from ambit.server.explore import of_one_state
from ambit.server.request import ATTEMPTS, Request

HUB, LINK = "urn:e:hub", EX + "knows"


def tell(stage: Stage, others: int) -> None:
    links = [Triple(NamedNode(HUB), NamedNode(LINK), NamedNode(f"urn:e:{n}")) for n in range(others)]
    stage.tell({"urn:source:0": links})


def expand(request: Request) -> dict[str, Any]:
    return exploring.expand(request, HUB, LINK, "out", 50, None)


@pytest.mark.parametrize(("commits", "times"), [(0, 1), (1, 2), (99, ATTEMPTS)])
def test_a_page_and_its_total_are_of_one_state(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, commits: int, times: int
) -> None:
    tell(stage, 1)
    request = stage.request(["urn:source:0"], [])
    query, told, read = stage.views.query, [1], list[dict[str, Any]]()

    def late(*given: Any, **how: Any) -> Answer:
        answer = query(*given, **how)
        if len(told) <= commits:
            told.append(len(told) + 1)
            tell(stage, told[-1])
        return answer

    def reading(request: Request) -> dict[str, Any]:
        read.append(expand(request))
        return read[-1]

    monkeypatch.setattr(stage.views, "query", late)
    found = of_one_state(request, reading)
    assert len(read) == times and found is read[-1]
    if times < ATTEMPTS:
        assert found["total"] == len(found["nodes"]) == 1 + commits
