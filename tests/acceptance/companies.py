"""Real companies: the workspaces of `examples/`, served over copies of data that lie outside of the repository."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from served import Served, serve

from ambit.server.issuer import LocalIssuer

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("AMBIT_SHARED_DATA") or ROOT.parent / "shared" / "data").absolute()
ADMINISTRATION = "https://w3id.org/ambit#Administration"


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
def company(name: str, folder: Path, **env: str) -> Iterator[Served]:
    """The example of this name, served from a copy of its workspace with its data below `folder`."""
    shutil.copytree(ROOT / "examples" / name, folder / name, ignore=shutil.ignore_patterns(".ambit"))
    env |= {"AMBIT_LOCATIONS__SHARED": str(folder)}
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
