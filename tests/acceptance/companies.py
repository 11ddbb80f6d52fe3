"""Real companies: the workspaces of `examples/`, served over copies of data that lie outside of the repository."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from served import Served, serve

from ambit.graph.terms import from_turtle
from ambit.graph.vocabulary import AMBIT
from ambit.server.issuer import LocalIssuer

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("AMBIT_SHARED_DATA") or ROOT.parent / "shared" / "data").absolute()
ADMINISTRATION = AMBIT.ADMINISTRATION
ASPECTS = (AMBIT.COMES_FROM, AMBIT.HAS_SENSITIVITY, AMBIT.HAS_JURISDICTION, AMBIT.HAS_AUDIENCE)
LABELS = f"""SELECT ?c ?p ?o {{ GRAPH ?g {{ ?c a <{AMBIT.COMPARTMENT}> ; ?p ?o }}
FILTER(?p IN ({", ".join(f"<{aspect}>" for aspect in ASPECTS)})) }}"""


def needs(place: str) -> pytest.MarkDecorator:
    """Skips where the data of a company is not there, and says how to point to it."""
    return pytest.mark.skipif(
        not (SHARED / place).exists(), reason=f"no `{place}` in {SHARED}: AMBIT_SHARED_DATA names its folder"
    )


def copied(place: str, below: Path) -> Path:
    """A copy of data that a test may change, at the same place below a folder."""
    there = below / place
    if (SHARED / place).is_dir():
        shutil.copytree(SHARED / place, there)
    else:
        there.parent.mkdir(parents=True)
        shutil.copy(SHARED / place, there)
    for path in (there, *there.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)
    return there


@contextmanager
def company(name: str, folder: Path, data: Path, **env: str) -> Iterator[Served]:
    """The example of this name, served from a copy of its workspace in `folder`, with what is below `data`.

    What an earlier one left in `folder` is taken up.
    """
    left_out = shutil.ignore_patterns(".ambit")
    shutil.copytree(ROOT / "examples" / name, folder / name, ignore=left_out, dirs_exist_ok=True)
    env |= {"AMBIT_LOCATIONS__SHARED": str(data)}
    served = serve("serve", folder / name, log=folder / "log", env=env)
    try:
        yield served
    finally:
        code = served.stop()
    assert code == 0, "it ends well"


def token(served: Served, subject: str, *purposes: str) -> str:
    """A token as `ambit token` makes it."""
    return LocalIssuer(Path(served.said["data"])).issue(subject, purposes=purposes)


def waiting(served: Served, administrator: str) -> float:
    """Passages that wait for a vector."""
    metrics = served.http.get("/metrics", headers=served.headers(administrator)).text
    found = re.search(r"^ambit_passages_waiting (\S+)$", metrics, re.MULTILINE)
    assert found, metrics
    return float(found[1])


def labels(served: Served, administrator: str) -> set[frozenset[tuple[str, str]]]:
    """The labels of all compartments, as rules see them."""
    return _labels((row["c"], row["p"], row["o"]) for row in served.rows(administrator, LABELS))


def labels_of_cases(name: str) -> set[frozenset[tuple[str, str]]]:
    """The labels that the cases of an example speak of."""
    said = []
    for file in sorted((ROOT / "examples" / name / "cases").glob("*.trig")):
        given = [quad.triple for quad in from_turtle(file.read_bytes()) if "given" in str(quad.graph_name)]
        said += [
            (file.stem + str(t.subject), t.predicate.value, t.object.value)
            for t in given
            if t.predicate.value in ASPECTS
        ]  # type: ignore[union-attr]
    return _labels(said)


def _labels(said: Iterable[tuple[str, str, str]]) -> set[frozenset[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for compartment, aspect, value in said:
        found.setdefault(compartment, set()).add((aspect, value))
    return {frozenset(label) for label in found.values()}
