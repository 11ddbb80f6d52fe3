"""The starter's workspace in this process, whose policy a test changes file by file, and requests over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

from ambit.server.layers import Layers
from ambit.server.requests import Requests
from ambit.server.settings import read


@contextmanager
def staged(folder: Path, *, pages: int = 0) -> Iterator[Layers]:
    """The layers, with `pages` more than the starter's; the tests say themselves what was saved, and when."""
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, folder, ignore=ignore_patterns("__*"))
    for number in range(pages):
        (folder / "pages" / f"more-{number}.md").write_text(f"# Page {number}\n\nText {number}.\n")
    layers = Layers(read(folder))
    try:
        layers.ingest.start()
        assert layers.ingest.wait(30)
        layers.ingest.stop()
        yield layers
    finally:
        layers.close()


@contextmanager
def carrying(layers: Layers) -> Iterator[Requests]:
    """Requests; the rules that were saved meanwhile go again."""
    yield Requests(layers, read(rules_of(layers).parent))
    for file in rules_of(layers).glob("*.rq"):
        file.unlink()
        layers._definitions.changed(file)


def rules_of(layers: Layers) -> Path:
    return layers._definitions._workspace.rules


def save(layers: Layers, name: str, text: str) -> None:
    """A rule, in force when this returns."""
    file = rules_of(layers) / name
    file.write_text(text)
    layers._definitions.changed(file)
