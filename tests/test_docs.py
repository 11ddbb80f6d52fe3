"""The docs held against the code: every code, setting, command and rule is on its page, and every page is true of one."""

import ast
import re
import subprocess
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import ambit.graph.errors as errors
from ambit.server.access.endpoint import PATHS, PREFIX
from ambit.server.problems import BY_CODE, status_of
from ambit.server.settings import ELSEWHERE, Issuer, Limits, Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ROOMS = ("graph", "reasoning", "inference", "ingest", "server")
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
FAMILIES = {"shape-constraint"}
"""Pages that stand for many codes, which are made from the names of constraint components."""


def sources() -> Iterator[ast.Module]:
    """The parsed modules of all rooms."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield ast.parse(path.read_text(encoding="utf-8"))


def texts_in(node: ast.AST | None) -> Iterator[str]:
    """The strings in an expression that can be codes."""
    for found in ast.walk(node) if node is not None else ():
        if isinstance(found, ast.Constant) and isinstance(found.value, str) and CODE.fullmatch(found.value):
            yield found.value


def codes_in(node: ast.AST) -> Iterator[str]:
    """The codes that one node gives: a keyword, an attribute of a class, a name, an entry, a default."""
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant | ast.IfExp):
                yield from texts_in(keyword.value)
            elif keyword.arg == "code" and isinstance(keyword.value, ast.Call):
                yield from texts_in(keyword.value.args[-1])
    elif isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == ["code"]:
        for value in (
            (node.value.body, node.value.orelse) if isinstance(node.value, ast.IfExp) else (node.value,)
        ):
            yield from texts_in(value)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "code" and isinstance(value, ast.Constant):
                yield from texts_in(value)
    elif isinstance(node, ast.Constant) and re.fullmatch(r"(drift|shape)(-[a-z]+)+", str(node.value)):
        yield str(node.value)


def all_codes() -> set[str]:
    """Every code that the rooms' source names."""
    found = {code for module in sources() for node in ast.walk(module) for code in codes_in(node)}
    return found | set(BY_CODE) | FAMILIES


def raised() -> dict[str, set[int]]:
    """By code the HTTP statuses of the classes that it is given to."""
    found: dict[str, set[int]] = {}
    for module in sources():
        for node in ast.walk(module):
            kind = getattr(errors, called(node), None) if called(node) else None
            if isinstance(kind, type) and issubclass(kind, errors.AmbitError):
                codes = set(codes_in(node)) or {kind.code}
                for code in codes:
                    found.setdefault(code, set()).add(status_of(kind("", code=code)))
    return found


def called(node: ast.AST) -> str:
    """What a node calls by a plain name; empty when it calls nothing so."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def pages() -> dict[str, str]:
    """The pages of error codes by their stem."""
    found = (DOCS / "errors").glob("*.md")
    return {path.stem: path.read_text(encoding="utf-8") for path in found if path.stem != "README"}


def test_every_error_code_has_a_page_and_every_page_a_code() -> None:
    codes = all_codes()
    assert {"token-expired", "graphql-syntax", "drift-changed-unit", "shape-late", "timeout"} <= codes
    assert sorted(codes - set(pages())) == []
    assert sorted(set(pages()) - codes) == []


def test_the_table_of_codes_lists_each_page_once() -> None:
    table = (DOCS / "errors" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[`([a-z-]+)`\]\(\1\.md\) \|", table, re.MULTILINE)
    assert sorted(listed) == sorted(pages())


def test_a_page_names_its_code_its_status_and_what_to_do() -> None:
    for code, text in pages().items():
        assert text.startswith(f"# `{code}`: "), code
        assert "**What to do.**" in text, code
        assert re.search(r"^HTTP status: (none: \w|\d{3})", text, re.MULTILINE), code


def test_the_status_on_a_page_is_that_of_the_answer() -> None:
    statuses = raised()
    assert statuses["too-large"] == {413} and statuses["misdirected"] == {421}
    for code, text in pages().items():
        said = text.partition("HTTP status: ")[2].partition("\n")[0]
        if code in statuses and not said.startswith("none"):
            wanted = {200, 400} if "in `errors`" in said else statuses[code]
            assert {int(found) for found in re.findall(r"\b\d{3}\b", said)} == wanted, code


def settings_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The names of a record's settings, those inside of others with a dot."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings_of(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_every_setting_and_its_variable_is_on_the_page_of_the_server() -> None:
    page = (DOCS / "server.md").read_text(encoding="utf-8")
    names = list(settings_of(Settings))
    assert {"port", "limits.query_seconds", *(f"limits.{name}" for name in Limits.model_fields)} <= set(names)
    rows = {
        found[0]: found[1]
        for found in re.findall(r"^\| `([a-z_.]+)` \| `(AMBIT_\w+)` \|", page, re.MULTILINE)
    }
    wanted = {n: "AMBIT_" + n.upper().replace(".", "__") for n in names if n != "workspace"}
    assert rows == wanted
    assert all(f"`{name}`" in page for name in Issuer.model_fields)


def test_every_variable_that_is_read_anywhere_is_known_to_the_settings() -> None:
    settings = {f"AMBIT_{name.upper()}" for name in Settings.model_fields}
    named = {
        name.partition("__")[0]
        for room in (*ROOMS, "benchmarks", "tests")
        for path in (ROOT / room).rglob("*")
        if path.suffix in (".py", ".ts", ".mjs") and "node_modules" not in path.parts
        for name in re.findall(
            r"""(?:environ[^\n]{0,20}["']|process\.env\.|envvar=")(AMBIT_\w+)""",
            path.read_text(encoding="utf-8"),
        )
    }
    assert {"AMBIT_TOKEN", "AMBIT_KILL_LOG", "AMBIT_W3C_TESTS"} <= named
    assert named - settings - ELSEWHERE == set()


def test_every_command_is_on_the_page_of_the_server() -> None:
    page = (DOCS / "server.md").read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of click's, while typer is imported
        from ambit.server.cli.main import app
    modules = (command.callback.__module__ for command in app.registered_commands if command.callback)
    commands = {module.rpartition(".")[2] for module in modules}
    commands |= {str(group.name) for group in app.registered_groups}
    assert {"demo", "serve", "verify"} <= commands
    assert set(re.findall(r"^\| `ambit ([a-z]+)[ `]", page, re.MULTILINE)) == commands


def test_every_path_of_the_server_is_on_its_page() -> None:
    page = (DOCS / "server.md").read_text(encoding="utf-8")
    tree = ast.parse((ROOT / "server" / "app.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == "Route"]
    paths = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    assert {"/sparql", "/readyz"} <= paths
    below = {PREFIX + path for path in PATHS}
    assert set(re.findall(r"^\| `(/[a-z0-9./{}:-]*)` \|", page, re.MULTILINE)) == paths | {"/graphql"} | below


def test_every_shipped_rule_is_on_the_page_of_reasoning() -> None:
    page = (DOCS / "reasoning.md").read_text(encoding="utf-8")
    folder = ROOT / "reasoning" / "rules"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.rq")}
    assert "sensitivity/open.rq" in files
    assert set(re.findall(r"^\| `([a-z]+/[a-z-]+\.rq)` \|", page, re.MULTILINE)) == files


@pytest.mark.parametrize("page", sorted({ROOT / "README.md", *DOCS.rglob("*.md")}), ids=lambda p: p.name)
def test_what_a_page_links_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            place, _, heading = target.partition("#")
            linked = (page.parent / place).resolve() if place else page
            assert linked.exists(), target
            if heading and linked.suffix == ".md":
                assert heading in headings(linked), target


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on GitHub."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#\s]+)\)", index))
    pages = {path.relative_to(DOCS).as_posix() for path in (*DOCS.glob("*.md"), *DOCS.glob("decisions/*.md"))}
    assert sorted(pages - {"README.md", "decisions/README.md"} - linked) == []


def test_a_decision_is_dated_and_at_most_forty_lines_long() -> None:
    found = sorted((DOCS / "decisions").glob("*.md"))
    assert found
    for page in found:
        text = page.read_text(encoding="utf-8")
        assert re.search(r"^\d{4}-\d{2}-\d{2}$", text, re.MULTILINE), page.name
        assert len(text.splitlines()) <= 40, page.name


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme and "make test" in readme


def test_the_list_of_packages_is_that_of_the_folders() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
        "packages"
    ]
    folders = {
        ".".join(("ambit", *path.parent.relative_to(ROOT).parts))
        for room in (*ROOMS, "ontology", "shapes")
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert sorted(listed) == sorted({"ambit", *folders})


def test_no_file_names_a_place_on_the_machine_it_was_written_on() -> None:
    places = re.compile(rb"(?<![\w.~])/(?:work|tmp/probe|home/[a-z]+|Users/[A-Za-z]+)/")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if tracked.returncode:
        pytest.skip("this is no checkout of the repository")
    for name in filter(None, tracked.stdout.decode().split("\0")):
        file = ROOT / name
        if file.is_file():
            found = places.search(file.read_bytes())
            assert found is None, f"{name}: {found}"
