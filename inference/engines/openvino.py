"""OpenVINO without layers above it: the exported IR and its tokenizer, half a second to load, a quarter of
torch's memory.
"""

import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

# OpenVINO's import else forks this process to tell Google Analytics of it; nothing leaves a site unasked
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino
from tokenizers import Tokenizer

from ..models import Model
from ..words import Vectors
from .batches import same_length


class OpenVinoEngine:
    """One compiled model with the THROUGHPUT hint: as many streams as cores, and one query runs on one of
    them.

    A second model compiled for LATENCY would make a lone query a millisecond faster and cost 55 MB more.
    """

    def __init__(self, model: Model, *, device: str = "CPU", threads: int = 0):
        self.version = model.content_hash
        self.dimension = model.dimension
        self._tokenizer = Tokenizer.from_file(str(model.folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(model.max_tokens)
        settings: dict[str, Any] = {"PERFORMANCE_HINT": "THROUGHPUT"}
        if threads and device == "CPU":
            settings["INFERENCE_NUM_THREADS"] = threads
        compiled = openvino.Core().compile_model(str(model.folder / "openvino_model.xml"), device, settings)
        self._inputs = [port.any_name for port in compiled.inputs]
        self._queue = openvino.AsyncInferQueue(compiled)
        self._queue.set_callback(self._keep)
        self._turn = threading.Lock()
        self._one = compiled.create_infer_request()
        self._one_turn = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors: the mean over all tokens, as sentence-transformers pools this model
        (1_Pooling/config.json).
        """
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        out = np.zeros((len(rows), self.dimension), np.float32)
        if len(rows) == 1:
            with self._one_turn:
                out[0] = _pool(self._one.infer(self._feed(rows))[0])[0]
            return out
        with self._turn:
            for batch in same_length([len(row) for row in rows]):
                self._queue.start_async(self._feed([rows[position] for position in batch]), (out, batch))
            self._queue.wait_all()
        return out

    def _feed(self, rows: list[list[int]]) -> dict[str, Any]:
        ids = np.array(rows, np.int64)
        ready = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        return {name: ready[name] for name in self._inputs}

    @staticmethod
    def _keep(request: Any, kept: tuple[Vectors, list[int]]) -> None:
        out, batch = kept
        out[batch] = _pool(request.get_output_tensor(0).data)


def _pool(states: Vectors) -> Vectors:
    mean = states.mean(axis=1)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)
