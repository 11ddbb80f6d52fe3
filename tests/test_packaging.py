"""The wheel holds what the packages need and the explorer's bundle, nothing else, and serves when it is installed."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "acceptance"))
from served import serve

ROOT = Path(__file__).parents[1]
ROOMS = ("graph", "inference", "ingest", "ontology", "reasoning", "server", "shapes")
UI = Path("server", "ui")
BUNDLE = UI / "dist"
ALONE = {"PYTHONPATH": ""}
PAGE = '<!doctype html><title>Ambit</title><script type="module" src="/assets/index-a1.js"></script>'


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to build from, so that no build folder stays here; with a stand-in where no bundle has been built."""
    source = tmp_path_factory.mktemp("wheel") / "source"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(source)], check=True)
    for room in ROOMS:  # what is not committed yet counts, too
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / room, source / room, dirs_exist_ok=True, ignore=ignored)
    for name in ("pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, source)
    if not (source / BUNDLE / "index.html").exists():
        (source / BUNDLE / "assets").mkdir(parents=True)
        (source / BUNDLE / "index.html").write_text(PAGE)
        (source / BUNDLE / "assets" / "index-a1.js").write_text("")
    return source


def build(source: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    options = ["-q", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(source)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    done = build(source, folder)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_file_of_a_room_is_in_the_wheel(names: set[str]) -> None:
    wanted = {
        f"ambit/{path.relative_to(ROOT).as_posix()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in (".py", ".ttl", ".rq", ".toml", ".md")
        and "migrations" not in path.parts
        and not (path.is_relative_to(ROOT / UI) and path.name != "__init__.py")
        and path.is_file()
    }
    wanted = {name for name in wanted if "/node_modules/" not in name}
    assert len(wanted) > 300
    assert wanted <= names, sorted(wanted - names)[:10]


def test_the_bundle_is_in_the_wheel_and_its_sources_are_not(source: Path, names: set[str]) -> None:
    built = {
        f"ambit/{path.relative_to(source).as_posix()}"
        for path in (source / BUNDLE).rglob("*")
        if path.is_file()
    }
    assert "ambit/server/ui/dist/index.html" in built and len(built) > 1
    assert {name for name in names if name.startswith("ambit/server/ui/")} == {
        *built,
        "ambit/server/ui/__init__.py",
    }


@pytest.mark.parametrize("lost", ["index.html", "assets"])
def test_a_wheel_without_the_bundle_is_refused(source: Path, tmp_path: Path, lost: str) -> None:
    there, away = source / BUNDLE / lost, source / f"away-{lost}"
    there.rename(away)
    try:
        done = build(source, tmp_path)
    finally:
        away.rename(there)
    assert done.returncode != 0
    assert "`make setup`" in done.stderr and not list(tmp_path.glob("*.whl"))


def test_the_wheel_in_a_fresh_environment_serves_the_explorer(
    wheel: Path, source: Path, tmp_path: Path
) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    install = ["install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True)
    # what it depends on is here already; a line in a .pth adds the folder, not the editable install in it
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = subprocess.run(
        [str(python), "-c", "import ambit; print(ambit.__file__)"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **ALONE},
        check=False,
    )
    assert Path(where.stdout.strip()).is_relative_to(site), where
    workspace = tmp_path / "workspace"
    subprocess.run([str(home / "bin" / "ambit"), "init", str(workspace)], check=True, capture_output=True)
    (workspace / "governance" / "model.ttl").unlink(missing_ok=True)
    served = serve("serve", workspace, log=tmp_path / "log", python=str(python), env=ALONE)
    try:
        page = served.http.get("/")
        assert page.status_code == 200
        assert page.content == (source / BUNDLE / "index.html").read_bytes()
        assert "script-src 'self'" in page.headers["content-security-policy"]
    finally:
        assert served.stop() == 0


def test_nothing_else_is_in_the_wheel(names: set[str]) -> None:
    tops = {name.split("/")[1] for name in names if name.startswith("ambit/")}
    assert tops == {"__init__.py", "__main__.py", "py.typed", *ROOMS}
