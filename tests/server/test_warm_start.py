"""A server that starts anew has the views of those who asked before the end, soon after it is ready."""

import time
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from ambit.graph.compartments import clearance_of
from ambit.graph.errors import Unavailable
from ambit.graph.sparql.gate import admit
from ambit.server.layers import Layers
from ambit.server.settings import read


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
