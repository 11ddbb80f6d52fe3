"""`search` over some 5,000 passages in 50 compartments of which one may read half: `python -m benchmarks.search`."""

import random
import time
from hashlib import sha256

import numpy as np

from ambit.graph.compartments import clearance_of
from ambit.graph.vocabulary import AMBIT
from ambit.inference.index import Index
from ambit.inference.models import content_hash, find, packaged_model
from ambit.inference.search import Search
from ambit.inference.sites import Sites
from ambit.inference.words import Deployment, Passage, Routed, SiteDescription, Step

from .embedding import passages
from .figures import Figure, table

COUNT, COMPARTMENTS = 5_000, 50


class There:
    """Every call goes to the one deployment."""

    deployment, site, version = "urn:d", "urn:site", "urn:v"


def route(compartments: frozenset[str], task: str, /) -> Routed:
    """A route without rules: what they cost is measured with the decisions."""
    assert task == AMBIT.EMBEDDING
    return There()


def fill(index: Index, version: str) -> tuple[list[str], float]:
    """Passages with random unit vectors, since their content does not change the time; seconds for the words."""
    random_ = np.random.default_rng(3)
    texts = passages(COUNT)
    started, took = time.perf_counter(), 0.0
    for number, text in enumerate(texts):
        compartment, entity = f"urn:ambit:compartment:{number % COMPARTMENTS:032d}", f"urn:page:{number // 3}"
        key = sha256(text.encode()).hexdigest()
        passage = Passage(entity, key, "", text, None, f"urn:r:{number}", f"urn:g:{number}")
        started = time.perf_counter()
        index.put(f"urn:r:{number}", compartment, [passage])
        took += time.perf_counter() - started
        vector = random_.normal(size=384)
        index.put_vector(
            compartment, (entity, key), version, (vector / np.linalg.norm(vector)).astype(np.float32)
        )
    return texts, took


def measure() -> list[Figure]:
    """Search over half of an index, with its query embedded at a site, and by words alone."""
    version = find(content_hash(packaged_model())).content_hash
    sites = Sites([SiteDescription("urn:site", (Deployment("urn:d", "urn:site", "urn:v", version),))])
    sites.start()
    try:
        assert sites.wait(120), sites.failures()
        index = Index()
        texts, took = fill(index, version)
        search = Search(index, sites)
        clearance = clearance_of(index.compartments()[::2])
        random_ = random.Random(5)
        whole, words = [], []
        for turn in range(120):
            query = " ".join(random_.sample(random_.choice(texts).split(), k=7))
            for kept, asked in ((whole, route), (words, None)):
                started = time.perf_counter()
                steps: list[Step] = []
                hits = search.search(clearance, query, 10, route=asked, note=steps.append)
                if turn >= 20:
                    kept.append(time.perf_counter() - started)
                assert len(hits.nodes) == 10 and bool(steps) == (asked is not None)
        return [
            Figure(
                f"search over {COUNT} passages, half of them permitted",
                [1000 * t for t in whole],
                "ms",
                "p50 40 ms",
            ),
            Figure("the same by words alone", [1000 * t for t in words], "ms"),
            Figure("taking up a passage", [1000 * took / COUNT], "ms"),
        ]
    finally:
        sites.stop()


def main() -> None:
    """Prints the table."""
    print(table("Search", measure()))


if __name__ == "__main__":
    main()
