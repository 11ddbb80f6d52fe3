"""What is saved together comes into force together: no decision sees a part of it."""

import threading
import time
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from ambit.graph.words import Chain, Delta
from ambit.reasoning.deciding.questions import Question
from ambit.server.layers import Layers
from ambit.server.settings import read

RULES = 24
DENY = (
    "# title: version {version}\n# family: mine{number}\n# effect: deny\n# action: read\n# description: a rule for the test\n"
    "SELECT ?compartment ?actor WHERE {{ ?actor <http://xmlns.com/foaf/0.1/{what}> ?what ."
    " ?compartment <https://w3id.org/ambit#comesFrom> <https://example.com/id/pages> }}\n"
)


@pytest.fixture
def layers(tmp_path: Path) -> Iterator[Layers]:
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, tmp_path / "w", ignore=ignore_patterns("__*"))
    layers = Layers(read(tmp_path / "w"))
    try:
        yield layers
    finally:
        layers.close()


def workspace(layers: Layers) -> Path:
    return layers._definitions._workspace.root


def versions(layers: Layers) -> frozenset[str]:
    """The versions of the test's own rules that are in force."""
    own = [rule for rule in layers.decider.force.rules if rule.family.startswith("mine")]
    return frozenset(rule.title for rule in own) if len(own) in (0, RULES) else frozenset({"too few"})


def save(layers: Layers, version: int, *, what: str = "name", pause: float = 0.0) -> None:
    for number in range(RULES):
        path = workspace(layers) / "rules" / f"rule{number}.rq"
        path.write_text(DENY.format(version=version, number=number, what=what))
        time.sleep(pause)


@pytest.mark.long  # a machine that rests for long between two files makes two savings of them
def test_rules_that_are_saved_together_are_never_seen_mixed_while_decisions_run(layers: Layers) -> None:
    layers.start()
    assert layers.ingest.wait(60)
    ada, seen, ended = (
        Question(Chain("https://example.com/id/ada"), None),
        set[frozenset[str]](),
        threading.Event(),
    )

    def decide() -> None:
        while not ended.is_set():
            seen.add(versions(layers))
            assert not layers.decider.decide(ada).failures

    asking = threading.Thread(target=decide)
    asking.start()
    try:
        for version in range(3):
            save(layers, version, pause=0.01)
            end = time.monotonic() + 60
            while versions(layers) != {f"version {version}"} and time.monotonic() < end:
                time.sleep(0.01)
            assert versions(layers) == {f"version {version}"}
    finally:
        ended.set()
        asking.join()
    assert seen == {frozenset(), *(frozenset({f"version {version}"}) for version in range(3))}


def test_rules_and_governance_that_are_saved_together_are_in_force_from_one_commit_on(layers: Layers) -> None:
    people = workspace(layers) / "governance" / "nicks.ttl"
    seen: list[tuple[bool, bool]] = []

    def look(delta: Delta) -> None:
        with layers.decider.lock:
            there = any(t.predicate.value.endswith("/nick") for t in layers.decider.facts)
            seen.append((there, bool(versions(layers))))

    layers.owner.listen(look)
    save(layers, 0, what="nick")
    people.write_text('<https://example.com/id/ada> <http://xmlns.com/foaf/0.1/nick> "a" .')
    paths = [*(workspace(layers) / "rules").glob("*.rq"), people]
    layers._definitions.changed(*paths)
    assert (True, True) in seen and set(seen) <= {(False, False), (True, True)}
    for path in paths:
        path.unlink()
    layers._definitions.changed(*paths)
    assert seen[-1] == (False, False) and set(seen) <= {(False, False), (True, True)}


def test_a_file_that_is_not_in_force_as_saved_is_counted(layers: Layers) -> None:
    def broken() -> float | None:
        return layers.registry.get_sample_value("ambit_definitions_broken")

    path = workspace(layers) / "rules" / "mine.rq"
    assert broken() == 0
    path.write_text("# title: mine\nSELECT nothing")
    layers._definitions.changed(path)
    assert broken() == 1
    path.unlink()
    layers._definitions.changed(path)
    assert broken() == 0
