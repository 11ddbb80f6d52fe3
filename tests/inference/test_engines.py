"""Both engines give the same vectors, and a vector depends on its text alone."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ambit.graph.errors import Unavailable
from ambit.inference import export as exporting
from ambit.inference.engines import load
from ambit.inference.engines.batches import same_length
from ambit.inference.models import Model, content_hash, find
from ambit.inference.words import Engine

pytestmark = pytest.mark.model

TEXTS = [
    "How long does a refund take?",
    "",
    "ZÜRICH — Straße, naïve café; 日本語のテキスト",
    "x" * 700,
    "SELECT ?s WHERE { ?s ?p ?o } # 4000 0012 3456 7899",
    "refund " * 400,
    "A customer in Berlin asks whether the invoice can be split over two months.\nSecond line\ttabbed.",
    "🙂🙂 ok",
    *[f"ticket {n}: " + "the parcel arrived late and the box was open " * (n % 9) for n in range(40)],
]


@pytest.fixture(scope="module")
def engine(model: Model) -> Engine:
    return load("openvino", model.content_hash, threads=2)


def test_engines_agree(engine: Engine, model: Model) -> None:
    if importlib.util.find_spec("sentence_transformers") is None or model.source is None:
        pytest.skip("the reference needs `pip install 'ambit[torch,demo]'`")
    # a process of its own: torch's memory and threads are not for the other tests
    script = (
        "import sys, json, warnings; warnings.simplefilter('ignore')\n"
        "from ambit.inference.engines import load\n"
        "engine = load('torch', sys.argv[1], threads=1)\n"
        "json.dump(engine.embed(json.load(sys.stdin)).tolist(), sys.stdout)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, model.content_hash],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    reference = np.array(json.loads(said.stdout))
    cosines = (engine.embed(TEXTS) * reference).sum(axis=1)
    assert cosines.min() > 0.99
    assert np.allclose(np.linalg.norm(reference, axis=1), 1, atol=1e-4)


def test_a_vector_depends_on_its_text_alone(engine: Engine) -> None:
    together = engine.embed(TEXTS)
    for position, text in enumerate(TEXTS):
        assert np.array_equal(together[position], engine.embed([text])[0]), text


def test_a_changed_file_is_another_version(model: Model, tmp_path: Path) -> None:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text("{}")
    before = content_hash(tmp_path)
    (tmp_path / "README.md").write_text("a note")
    assert content_hash(tmp_path) == before
    (tmp_path / "1_Pooling" / "config.json").write_text("{ }")
    assert content_hash(tmp_path) != before


def test_what_is_not_exported_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        find("0" * 64, folder=tmp_path)
    assert raised.value.code == "model-missing"
    assert "python -m ambit.inference.export" in raised.value.hint


def test_an_export_appears_whole_or_not_at_all(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if model.source is None:
        pytest.skip("the published files are not here")

    def torn(source: Path, target: Path) -> None:
        (target / "openvino_model.xml").write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "_write_ir", torn)
    with pytest.raises(KeyboardInterrupt):
        exporting.export(model.source, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_pooling_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "modules.json").write_text(
        '[{"type": "x.Transformer"}, {"type": "x.Pooling"}, {"type": "x.Normalize"}]'
    )
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    with pytest.raises(Unavailable, match="mean pooling"):
        exporting.export(tmp_path, tmp_path / "models")


def test_batches_hold_one_length() -> None:
    lengths = [3, 7, 3, 7, 7, 1, 256, 256, 256]
    batches = list(same_length(lengths, tokens=512))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    assert all(len({lengths[position] for position in batch}) == 1 for batch in batches)
    assert all(sum(lengths[position] for position in batch) <= 512 for batch in batches)
