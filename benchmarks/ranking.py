"""How well `search` ranks: `python -m benchmarks.ranking`.

The data lies outside of the repository: `AMBIT_SHARED_DATA` names its folder.

Sixty questions to a company's handbook (`ranking.tsv`: question, and the pages that answer it), and the paraphrased
questions of COVID-QA to its FAQ. Recall@n: the share of questions with a right page among the first n;
nDCG@10 with one relevant page.
"""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from companies import SHARED

from ambit.graph.compartments import clearance_of
from ambit.inference.index import Index
from ambit.inference.models import content_hash, find, packaged_model
from ambit.inference.passages import of_entity
from ambit.inference.search import Search
from ambit.inference.sites import CALL, Sites
from ambit.inference.words import Deployment, Passage, SiteDescription, Step
from ambit.ingest.readers.markdown import read

from .figures import Figure, table
from .search import There, route

HOME = "https://example.com/pages/"
COMPARTMENT = "urn:ambit:compartment:0"
DEPTH = 10

Asked = tuple[str, frozenset[str]]  # question and the right entities


def page(entity: str, title: str, text: str) -> list[Passage]:
    """The passages of one page, as the index has them."""
    record = f"{entity}#record"
    return list(of_entity(record, entity, {title: (0, record)}, {text: record}))


def handbook(data: Path) -> tuple[list[list[Passage]], list[Asked]]:
    """The pages of the handbook, and what is asked of them."""
    root = data / "enterprise-docs" / "sourcegraph-handbook" / "content"
    pages = []
    for file in sorted(root.rglob("*.md")):
        relative = file.relative_to(root).as_posix()
        found = read(file.read_bytes(), relative, relative, HOME).item.value
        pages.append(page(HOME + relative.removesuffix(".md"), found["title"], found["text"]))
    lines = (Path(__file__).parent / "ranking.tsv").read_text(encoding="utf-8").splitlines()
    asked = [line.split("\t") for line in lines]
    return pages, [
        (question, frozenset(HOME + stem for stem in stems.split("|"))) for question, stems in asked
    ]


def faq(data: Path) -> tuple[list[list[Passage]], list[Asked]]:
    """The entries of COVID-QA's FAQ, and other people's words for their questions."""
    root = data / "text-evals" / "covid-qa"
    with (root / "faq_covidbert.csv").open(encoding="utf-8", newline="") as file:
        entries = {row["question"]: row["answer"] for row in csv.DictReader(file)}
    iris = {question: f"{HOME}faq/{number}" for number, question in enumerate(entries)}
    with (root / "eval_question_similarity_en.csv").open(encoding="utf-8", newline="") as file:
        pairs = [row for row in csv.DictReader(file) if row["similar"] == "1" and row["question_1"] in iris]
    pages = [page(iris[question], question, answer) for question, answer in entries.items()]
    return pages, [(row["question_2"], frozenset({iris[row["question_1"]]})) for row in pairs]


def filled(pages: Iterable[Sequence[Passage]], sites: Sites, version: str) -> Index:
    """An index of these pages with all vectors."""
    index = Index()
    waiting: list[Passage] = []
    for passages in pages:
        if passages:
            index.put(passages[0].record, COMPARTMENT, passages)
            waiting += passages
    waiting.sort(key=lambda passage: -len(passage.text))
    for start in range(0, len(waiting), CALL):
        some = waiting[start : start + CALL]
        for passage, vector in zip(some, sites.embed(There(), [p.text for p in some]), strict=True):
            index.put_vector(COMPARTMENT, (passage.entity, passage.key), version, vector)
    return index


def ranked(search: Search, asked: Sequence[Asked], *, vectors: bool) -> list[int | None]:
    """For each question the place of the first right entity, from 0; None beyond `DEPTH`."""
    places: list[int | None] = []
    for question, right in asked:
        steps: list[Step] = []
        way = route if vectors else None
        hits = search.search(clearance_of([COMPARTMENT]), question, DEPTH, route=way, note=steps.append)
        assert bool(steps) == vectors
        places.append(next((place for place, hit in enumerate(hits.nodes) if hit.entity in right), None))
    return places


def figures(what: str, places: Sequence[int | None]) -> list[Figure]:
    """Recall and nDCG in percent."""
    count = len(places)
    said = [Figure(f"{what}: questions", [count], "")]
    for depth in (1, 3):
        within = sum(place is not None and place < depth for place in places)
        said.append(Figure(f"{what}: recall@{depth}", [100 * within / count], "%"))
    gain = sum(1 / math.log2(2 + place) for place in places if place is not None)
    return [*said, Figure(f"{what}: nDCG@{DEPTH}", [100 * gain / count], "%")]


def measure(data: Path) -> list[Figure]:
    """Both sets, by words and vectors and by words alone."""
    version = find(content_hash(packaged_model())).content_hash
    sites = Sites([SiteDescription("urn:site", (Deployment("urn:d", "urn:site", "urn:v", version),))])
    sites.start()
    try:
        assert sites.wait(120), sites.failures()
        said = []
        for name, (pages, asked) in (("handbook", handbook(data)), ("COVID-QA", faq(data))):
            search = Search(filled(pages, sites, version), sites)
            said += figures(name, ranked(search, asked, vectors=True))
            said += figures(f"{name}, words alone", ranked(search, asked, vectors=False))[1:]
        return said
    finally:
        sites.stop()


def main() -> None:
    """Prints the table."""
    if not SHARED.is_dir():
        print(f"## Ranking\n\nnot measured: no data in {SHARED}; AMBIT_SHARED_DATA names its folder\n")
        return
    print(table("Ranking", measure(SHARED)))


if __name__ == "__main__":
    main()
