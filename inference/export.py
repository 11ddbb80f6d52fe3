"""Exports a sentence-transformers model to OpenVINO IR, once: `python -m ambit.inference.export [FOLDER]`.

Only what this room can carry out exactly is exported: mean pooling, then unit length.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..graph.errors import AmbitError, Unavailable
from .models import content_hash, models_folder, packaged_model


def export(source: Path, folder: Path) -> Path:
    """Exports the model in `source` into `folder/<content hash>` and gives that path; does nothing if it is
    there.

    Raises `Unavailable` when a library is missing or the model pools otherwise.
    """
    version = content_hash(source)
    target = folder / version
    if (target / "ambit.json").is_file():
        return target
    described = {"source": str(source), "content_hash": version, **_shape(source)}
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    try:
        _write_ir(source, work)
        shutil.copy2(source / "tokenizer.json", work / "tokenizer.json")
        (work / "ambit.json").write_text(json.dumps(described, indent=1), encoding="utf-8")
        work.chmod(0o755)
        try:
            work.replace(target)
        except OSError:
            # another export of the same content was first
            if not (target / "ambit.json").is_file():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def _shape(source: Path) -> dict[str, int]:
    modules = [module["type"].rpartition(".")[2] for module in _json(source / "modules.json")]
    pooling = _json(source / "1_Pooling" / "config.json")
    chosen = {name for name, value in pooling.items() if name.startswith("pooling_mode_") and value is True}
    if modules != ["Transformer", "Pooling", "Normalize"] or chosen != {"pooling_mode_mean_tokens"}:
        raise Unavailable(
            f"the model in `{source}` does not end in mean pooling and unit length",
            hint="choose a model as all-MiniLM-L6-v2 is built",
            code="model-unsupported",
        )
    limit = _json(source / "sentence_bert_config.json")["max_seq_length"]
    return {"dimension": pooling["word_embedding_dimension"], "max_tokens": limit}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write_ir(source: Path, target: Path) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from optimum.intel import OVModelForFeatureExtraction
    except ImportError as error:
        raise Unavailable(
            "exporting needs optimum-intel and torch",
            hint="run `pip install 'ambit[torch]'`",
            code="extra-missing",
        ) from error
    model = OVModelForFeatureExtraction.from_pretrained(str(source), export=True, compile=False)
    model.save_pretrained(str(target))


def main(arguments: list[str] | None = None) -> int:
    """The command; prints the folder of the exported model."""
    parser = argparse.ArgumentParser(prog="python -m ambit.inference.export", description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, help="a model folder (default: the demo's model)")
    parser.add_argument("--models", type=Path, help="where exported models lie (default: AMBIT_MODELS)")
    given = parser.parse_args(arguments)
    try:
        print(export(given.source or packaged_model(), given.models or models_folder()))
    except AmbitError as error:
        print(f"{error.message}: {error.hint}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
