"""The content hash of the model on this machine, written into a workspace's governance: a version is immutable."""

from pathlib import Path

from ..graph.errors import AmbitError
from ..inference.models import content_hash, packaged_model

TEXT = """# The version of the model that is installed here, by the hash of its files: another model is another version.
<{version}> <https://w3id.org/ambit#contentHash> "{content}" .
"""


def write_version(governance: Path, version: str) -> bool:
    """Writes `model.ttl` into a governance folder; False where no model is installed, and nothing is written."""
    try:
        content = content_hash(packaged_model())
    except AmbitError:
        return False
    (governance / "model.ttl").write_text(TEXT.format(version=version, content=content), encoding="utf-8")
    return True
