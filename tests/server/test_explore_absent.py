"""*As if absent*, in the explorer: every answer on a governed view is that over a store without what is hidden."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest
from exploreworld import CLASSES, ENTITIES, PROPERTIES, Stage, Told, staged, worlds
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from seeing import EX, RDF_TYPE

from ambit.graph.errors import Invalid
from ambit.server import exploring
from ambit.server.request import Request

NAMES = [*ENTITIES, *CLASSES, *PROPERTIES, "urn:e:old", "urn:e:mentioned", "urn:e:nothing", "no IRI"]


@pytest.fixture(scope="module")
def stages() -> Iterator[tuple[Stage, Stage]]:
    """One that is told all, one that is told what is cleared."""
    with staged() as governed, staged() as filtered:
        yield governed, filtered


def answers(request: Request, stage: Stage) -> Iterator[bytes]:
    """All that the explorer can ask of so small a world, as bytes; the stage's own folder is no part of an answer."""

    def said(answer: Any) -> bytes:
        body = orjson.dumps(answer)
        assert str(stage.folder).encode() not in body, "a place is told from the workspace on"
        return body

    yield said(exploring.vocabulary(request))
    yield said(exploring.links(request, NAMES))
    for name in NAMES:
        yield said(exploring.node(request, name))
        for property in (*PROPERTIES, RDF_TYPE):
            for direction in ("out", "in"):
                after = None
                for _ in range(len(NAMES)):
                    page = exploring.expand(request, name, property, direction, 1, after)  # type: ignore[arg-type]
                    yield said(page)
                    if (after := page["next"]) is None:
                        break
    yield b" ".join(sorted(compartment.encode() for compartment in request.handed))


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(worlds, st.sets(st.integers(0, 2)))
def test_the_hidden_might_as_well_not_be_there(
    stages: tuple[Stage, Stage], world: Sequence[Told], cleared: set[int]
) -> None:
    governed, filtered = stages
    governed.tell(world)
    filtered.tell(told for told in world if told[1] in cleared)
    seen = list(answers(governed.request(cleared), governed))
    assert seen == list(answers(filtered.request(cleared), filtered))


def test_what_a_node_says_names_its_sources_and_what_follows(stages: tuple[Stage, Stage]) -> None:
    stage, _ = stages
    both = ("urn:e:0", EX + "name", '"a')
    stage.tell(
        [
            (0, 0, False, [both, ("urn:e:0", EX + "knows", "urn:e:1")]),
            (1, 0, True, [both, ("urn:e:1", EX + "knows", "urn:e:0")]),
            (2, 1, False, [both, ("urn:e:1", EX + "knows", "urn:e:0")]),
        ]
    )
    request = stage.request([0])
    found = exploring.node(request, "urn:e:0")
    assert found is not None and not found["truncated"]
    said = {triple["predicate"]["iri"]: triple for triple in found["triples"]}
    assert [source["graph"] for source in said[EX + "name"]["sources"]] == [
        "urn:source/0#0",
        "urn:ambit:inferred:1-0",
    ]
    assert said[EX + "name"]["sources"][0] == {
        "graph": "urn:source/0#0",
        "record": "urn:source/0",
        "source": "urn:source",
        "location": "list.csv row 0",
    }
    assert not said[EX + "name"]["inferred"]
    assert found["groups"] == [
        {"property": {"iri": EX + "knows", "label": None}, "direction": direction, "count": 1}
        for direction in ("out", "in")
    ]
    (other,) = [t for t in (exploring.node(request, "urn:e:1") or {})["triples"]]
    assert other["inferred"], "who asserts it is hidden"
    assert request.handed == request.clearance.compartments


def test_a_node_that_was_renamed_is_found_by_its_old_name(stages: tuple[Stage, Stage]) -> None:
    stage, _ = stages
    stage.tell([(0, 0, False, [("urn:e:0", "http://purl.org/dc/terms/replaces", "urn:e:old")])])
    assert (exploring.node(stage.request([0]), "urn:e:old") or {})["iri"] == "urn:e:0"
    assert exploring.node(stage.request([1]), "urn:e:old") is None


def test_what_is_only_linked_to_is_a_node(stages: tuple[Stage, Stage]) -> None:
    stage, _ = stages
    stage.tell([(0, 0, False, [("urn:e:0", EX + "knows", "urn:e:mentioned")])])
    found = exploring.node(stage.request([0]), "urn:e:mentioned")
    assert found is not None and found["triples"] == []
    assert [(group["direction"], group["count"]) for group in found["groups"]] == [("in", 1)]


def test_a_long_list_comes_in_pages_and_a_cursor_is_its_callers_own(stages: tuple[Stage, Stage]) -> None:
    stage, _ = stages
    stage.tell([(0, 0, False, [("urn:e:0", EX + "knows", f"urn:n:{n:03}") for n in range(450)])])
    request, listed, after = stage.request([0]), [], None
    for _ in range(3):
        page = exploring.expand(request, "urn:e:0", EX + "knows", "out", 200, after)
        assert page["total"] == 450
        listed += [node["iri"] for node in page["nodes"]]
        after = page["next"] or after
    assert listed == [f"urn:n:{n:03}" for n in range(450)] and page["next"] is None
    for asked in (
        (stage.request([0], "urn:user:eve"), "urn:e:0", EX + "knows", "out"),
        (request, "urn:e:1", EX + "knows", "out"),
        (request, "urn:e:0", EX + "name", "out"),
        (request, "urn:e:0", EX + "knows", "in"),
    ):
        with pytest.raises(Invalid):
            exploring.expand(*asked, 200, after)  # type: ignore[arg-type]
    shown = exploring.node(request, "urn:e:0")
    assert shown is not None and shown["truncated"] is False and len(shown["triples"]) == 450


def test_a_node_with_very_much_to_say_is_cut_and_says_so(stages: tuple[Stage, Stage]) -> None:
    stage, _ = stages
    stage.tell([(0, 0, False, [("urn:e:0", EX + "knows", n) for n in range(600)])])
    shown = exploring.node(stage.request([0]), "urn:e:0")
    assert shown is not None and shown["truncated"] and len(shown["triples"]) == exploring.TRIPLES
