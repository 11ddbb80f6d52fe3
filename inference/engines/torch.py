"""sentence-transformers on torch, CPU or CUDA: the reference that the OpenVINO engine is compared with."""

import os
import threading
from collections.abc import Sequence

import numpy as np

from ...graph.errors import Unavailable
from ..models import Model
from ..words import Vectors
from .batches import same_length

os.environ.setdefault("HF_HUB_OFFLINE", "1")

try:
    import torch
    from sentence_transformers import SentenceTransformer
except ImportError as error:
    raise Unavailable(
        "the torch engine is not installed", hint="run `pip install 'ambit[torch]'`", code="extra-missing"
    ) from error


class TorchEngine:
    """`device` is `CPU`, `CUDA` or a torch device such as `cuda:1`."""

    def __init__(self, model: Model, *, device: str = "CPU", threads: int = 0):
        if model.source is None:
            raise Unavailable(
                f"the published files of model `{model.content_hash[:12]}` are not on this machine",
                hint="install the model's package, or export it again from its folder",
                code="model-missing",
            )
        if threads:
            torch.set_num_threads(threads)
        self.version = model.content_hash
        self.dimension = model.dimension
        self._limit = model.max_tokens
        self._model = SentenceTransformer(str(model.source), device=device.lower())
        self._turn = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors; texts of one length in tokens go together, so that nothing is padded."""
        out = np.zeros((len(texts), self.dimension), np.float32)
        tokens = self._model.tokenizer(list(texts), truncation=True)["input_ids"] if texts else []
        lengths = [min(len(ids), self._limit) for ids in tokens]
        with self._turn, torch.inference_mode():
            for batch in same_length(lengths, tokens=16_384):
                chosen = [texts[position] for position in batch]
                out[batch] = self._model.encode(
                    chosen, batch_size=len(chosen), normalize_embeddings=True, show_progress_bar=False
                )
        return out
