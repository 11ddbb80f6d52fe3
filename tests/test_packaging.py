"""The wheel holds what the packages need, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("graph", "inference", "ingest", "ontology", "reasoning", "server", "shapes")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel that is built from a copy, so that no build folder stays here."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(source)], check=True)
    for room in ROOMS:  # what is not committed yet counts, too
        subprocess.run(["cp", "-r", str(ROOT / room), str(source)], check=True)
    subprocess.run(["cp", str(ROOT / "pyproject.toml"), str(source)], check=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
    ]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    return set(zipfile.ZipFile(next(folder.glob("*.whl"))).namelist())


def test_every_file_of_a_room_is_in_the_wheel(names: set[str]) -> None:
    wanted = {
        f"ambit/{path.relative_to(ROOT).as_posix()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file()
        and path.suffix in (".py", ".ttl", ".rq", ".toml", ".md")
        and "migrations" not in path.parts
    }
    assert len(wanted) > 300
    assert wanted <= names, sorted(wanted - names)[:10]


def test_nothing_else_is_in_the_wheel(names: set[str]) -> None:
    tops = {name.split("/")[1] for name in names if name.startswith("ambit/")}
    assert tops == {"__init__.py", "py.typed", *ROOMS}
