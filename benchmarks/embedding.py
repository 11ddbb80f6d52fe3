"""Batched embedding through a site against a bare OpenVINO loop, one query, and memory: `python -m benchmarks.embedding`.

The bare loop is the best we know of: THROUGHPUT hint, an `AsyncInferQueue`, texts sorted by length, 32 a batch, padded.
Both run on the same texts, in turns, in the same run.
"""

import random
import time
from collections.abc import Callable, Sequence

import numpy as np

from ambit.inference.models import Model, content_hash, find, packaged_model
from ambit.inference.sites import CALL, Sites
from ambit.inference.words import Deployment, SiteDescription

from .figures import Figure, pss, table

ROUNDS = 4
QUERY = "how long does a refund take for a customer in canada"


class There:
    """The deployment of one of the sites."""

    version = "urn:v"

    def __init__(self, number: int):
        self.deployment, self.site = f"urn:d:{number}", f"urn:site:{number}"


def passages(count: int, seed: int = 7) -> list[str]:
    """English-like passages: most of 160 words, some shorter."""
    random_ = random.Random(seed)
    vocabulary = [
        w for w in (packaged_model() / "vocab.txt").read_text().split() if w.isalpha() and len(w) > 2
    ]
    lengths = [160 if random_.random() < 0.7 else random_.randint(8, 159) for _ in range(count)]
    return [" ".join(random_.choices(vocabulary[:9000], k=length)) for length in lengths]


def bare_loop(model: Model) -> Callable[[Sequence[str]], np.ndarray]:
    """OpenVINO and nothing else."""
    import openvino
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model.folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(model.max_tokens)
    settings = {"PERFORMANCE_HINT": "THROUGHPUT"}
    compiled = openvino.Core().compile_model(str(model.folder / "openvino_model.xml"), "CPU", settings)
    queue = openvino.AsyncInferQueue(compiled)

    def embed(texts: Sequence[str]) -> np.ndarray:
        rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        out = np.zeros((len(rows), model.dimension), np.float32)

        def keep(request, kept):  # type: ignore[no-untyped-def]
            batch, mask = kept
            sums = (request.get_output_tensor(0).data * mask[:, :, None]).sum(axis=1)
            out[batch] = sums / np.linalg.norm(sums, axis=1, keepdims=True)

        queue.set_callback(keep)
        order = sorted(range(len(rows)), key=lambda position: -len(rows[position]))
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            ids = np.zeros((len(batch), len(rows[batch[0]])), np.int64)
            mask = np.zeros_like(ids)
            for line, position in enumerate(batch):
                ids[line, : len(rows[position])] = rows[position]
                mask[line, : len(rows[position])] = 1
            feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            queue.start_async(feed, (batch, mask.astype(np.float32)))
        queue.wait_all()
        return out

    return embed


def measure(count: int = 256) -> list[Figure]:
    """Texts through a site against a loop over OpenVINO alone, in turns; three sites and their memory."""
    model = find(content_hash(packaged_model()))
    described = [
        SiteDescription(
            f"urn:site:{n}", (Deployment(f"urn:d:{n}", f"urn:site:{n}", "urn:v", model.content_hash),)
        )
        for n in range(3)
    ]
    sites = Sites(described)
    sites.start()
    try:
        assert sites.wait(120), sites.failures()
        texts = sorted(passages(count), key=len, reverse=True)
        bare = bare_loop(model)

        def through_site(texts: Sequence[str]) -> np.ndarray:
            calls = [texts[start : start + CALL] for start in range(0, len(texts), CALL)]
            return np.concatenate([sites.embed(There(0), call) for call in calls])

        times: dict[str, list[float]] = {"bare": [], "site": []}
        for turn in range(ROUNDS + 1):
            for name, embed in (("bare", bare), ("site", through_site)):
                started = time.perf_counter()
                rows = embed(texts)
                if turn:  # the first round warms
                    times[name].append(time.perf_counter() - started)
                assert rows.shape == (count, model.dimension)
        assert np.allclose(bare(texts[:40]), through_site(texts[:40]), atol=1e-3)
        queries = []
        for _ in range(100):
            started = time.perf_counter()
            sites.embed(There(0), [QUERY])
            queries.append(time.perf_counter() - started)
        for n in (1, 2):
            sites.embed(There(n), texts[:CALL])
        ratios = [bare_time / site_time for bare_time, site_time in zip(*times.values(), strict=True)]
        return [
            Figure("bare OpenVINO loop", [count / took for took in times["bare"]], "passages/s"),
            Figure("through a site", [count / took for took in times["site"]], "passages/s"),
            Figure("site over bare, round by round", ratios, "times", "at least 0.85"),
            Figure("one query through a site", [1000 * took for took in queries], "ms"),
            Figure("three sites, memory (PSS)", [sum(pss(p) for p in sites.pids().values()) / 1e9], "GB"),
        ]
    finally:
        sites.stop()


def main() -> None:
    """Prints the table."""
    print(table("Embedding at a site", measure()))


if __name__ == "__main__":
    main()
