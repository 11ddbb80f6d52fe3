"""What a server shows of itself."""

from pathlib import Path

import pytest

from ambit.server.layers import Layers
from ambit.server.settings import read


@pytest.mark.parametrize("mode", ["fast", "durable"])
def test_the_promise_that_holds_when_power_is_cut_is_shown(tmp_path: Path, mode: str) -> None:
    (tmp_path / "ambit.toml").write_text(f'durability = "{mode}"')
    layers = Layers(read(tmp_path))
    try:
        assert layers.registry.get_sample_value("ambit_durability_info", {"mode": mode}) == 1.0
        assert layers.registry.get_sample_value("ambit_revision") is not None
        waiting = layers.ledger.size - layers.owner.projected()
        assert layers.registry.get_sample_value("ambit_provenance_waiting") == waiting
    finally:
        layers.close()
