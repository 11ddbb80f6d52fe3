"""A server that starts anew has the views of those who asked before the end, soon after it is ready."""

import time
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from ambit.graph.compartments import clearance_of
from ambit.graph.errors import Unavailable
from ambit.graph.sparql.gate import admit
from ambit.graph.store.commitlog import log_segments
from ambit.graph.terms import Literal
from ambit.graph.vocabulary import AMBIT, node
from ambit.graph.words import Role
from ambit.server.layers import Layers
from ambit.server.settings import read

SYSTEM = frozenset({Role.SYSTEM})


def test_views_are_there_soon_after_a_start(tmp_path: Path) -> None:
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, tmp_path / "workspace", ignore=ignore_patterns("__*"))
    settings = read(tmp_path / "workspace")
    layers = Layers(settings)
    layers.start()
    assert layers.ingested.wait(60)
    compartments = {entry.compartment for entry in layers.owner.entries() if entry.compartment}
    clearance = clearance_of(c for c in compartments if layers.owner.label(c) is not None)
    layers.views.query(clearance, admit("ASK {}"), deadline=30)
    layers.close()
    with pytest.raises(Unavailable):
        layers.views.query(clearance, admit("ASK {}"), deadline=5)
    again = Layers(settings)
    assert not again.views.live()
    again.start()
    ends = time.monotonic() + 30
    while list(again.views.live()) != [clearance.key]:
        assert time.monotonic() < ends
        time.sleep(0.02)
    again.close()
    assert not again.views.live()


def test_administrators_find_that_the_log_lost_the_past(tmp_path: Path) -> None:
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, tmp_path / "workspace", ignore=ignore_patterns("__*"))
    settings = read(tmp_path / "workspace")
    Layers(settings).close()
    ((_, path),) = log_segments(settings.data / "commits")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    for _ in range(2):  # it is told once, and stays
        layers = Layers(settings)
        found = list(layers.owner.match(None, node(AMBIT.CODE), Literal("log-damaged"), SYSTEM))
        layers.close()
        assert len(found) == 1
