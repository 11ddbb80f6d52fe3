"""Model runtimes behind one protocol; each is imported only in its own file, and only in a site process."""

from pathlib import Path

from ...graph.errors import Unavailable
from ..models import find
from ..words import Engine


def load(
    engine: str, content_hash: str, *, device: str = "CPU", threads: int = 0, folder: Path | None = None
) -> Engine:
    """The engine named `openvino` or `torch` with the model of this hash.

    `threads` bounds the cores it uses (0: all). Raises `Unavailable` with the command that brings what is
    missing.
    """
    model = find(content_hash, folder=folder)
    if engine == "openvino":
        from .openvino import OpenVinoEngine

        return OpenVinoEngine(model, device=device, threads=threads)
    if engine == "torch":
        from .torch import TorchEngine

        return TorchEngine(model, device=device, threads=threads)
    raise Unavailable(
        f"there is no engine `{engine}`", hint="use `openvino` or `torch`", code="engine-unknown"
    )
