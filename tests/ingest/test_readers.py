"""Readers: what they read, and that bad input is a typed error with file and line."""

import os
import time
from pathlib import Path

import pytest

from ambit.graph.errors import AmbitError, SourceInvalid, TooLarge
from ambit.graph.terms import NamedNode
from ambit.graph.vocabulary import XSD
from ambit.ingest.paths import Folder, iri_safe, is_ignored, matches, path_iri
from ambit.ingest.readers import csv, json, markdown, rdf, yaml
from ambit.ingest.words import Cell, TableRow

SOURCE = "https://e.org/s"


def _csv(tmp_path: Path, data: bytes, *needed: str) -> list[TableRow | SourceInvalid]:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    return list(csv.read(os.open(path, os.O_RDONLY), "t.csv", needed))


def test_csv_rows_know_their_line_and_empty_is_null(tmp_path: Path) -> None:
    rows = _csv(tmp_path, b'\xef\xbb\xbfid,name\r\n1,"A\nB"\r\n\r\n2,\r\n', "id", "name")
    assert [row.location for row in rows if isinstance(row, TableRow)] == ["t.csv:2", "t.csv:5"]
    assert rows[0].cells("name") == (Cell("A\nB"),)  # type: ignore[union-attr]
    assert rows[1].cells("name") == ()  # type: ignore[union-attr]


def test_a_row_of_another_length_is_an_error_in_its_place(tmp_path: Path) -> None:
    rows = _csv(tmp_path, b"id,name\n1,a\n2\n3,c,d\n4,e\n", "id")
    assert [isinstance(row, TableRow) for row in rows] == [True, False, False, True]
    assert rows[1].details == {"file": "t.csv", "line": 3}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"id,title\n1,a\n", 1, "lacks the column `name`"),
        (b"", 1, "has no header"),
        (b"name,name\n", 1, "twice"),
        (b'name\n"a\n' + b"b\n" * 100_000, None, "is not CSV"),
        (b"name\na\n\xff\n", 3, "not UTF-8"),
        (b"name\na\x00b\n", 2, "NUL"),
        ("name\na\n".encode("utf-16"), 1, "not UTF-8"),
        (b"name\n" + b"x" * 3_000_000, None, "field larger"),
    ],
)
def test_bad_csv(tmp_path: Path, data: bytes, line: int | None, said: str) -> None:
    with pytest.raises(SourceInvalid, match=said) as refused:
        _csv(tmp_path, data, "name")
    assert refused.value.details["file"] == "t.csv"
    assert line is None or refused.value.details["line"] == line


def test_a_missing_column_is_named_as_field(tmp_path: Path) -> None:
    with pytest.raises(SourceInvalid) as refused:
        _csv(tmp_path, b"sku\n1\n", "price", "sku")
    assert refused.value.details["field"] == "price"


@pytest.mark.parametrize(
    ("read", "data", "line"),
    [
        (json.read, b'{"a": 1,\n "b": }', 2),
        (json.read, b"[" * 100_000, 1),
        (json.read, b"\x89PNG\r\n\x1a\n\x00\x00\x00", 1),
        (yaml.read, b"a: 1\nb: [1, 2\nc: 3\n", 3),
        (yaml.read, b"[" * 100_000, 1),
        (yaml.read, b"a: 1\na: 2\n", 2),
        (yaml.read, b"a: !!python/object/apply:os.system ['true']\n", 1),
        (yaml.read, b"a: 1\n---\nb: 2\n", 2),
        (yaml.read, b"a: *b\n", 1),
        (yaml.read, b"a: 2026-13-77\n", 1),
        (yaml.read, b"? [a, b]\n: 1\n", 1),
    ],
)
def test_bad_documents(read: object, data: bytes, line: int) -> None:
    with pytest.raises(SourceInvalid) as refused:
        read(data, "d")  # type: ignore[operator]
    assert (refused.value.details["file"], refused.value.details["line"]) == ("d", line)


def test_aliases_cannot_explode() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    with pytest.raises(SourceInvalid, match="expands"):
        yaml.read("\n".join(levels).encode(), "d")


def test_yaml_is_read_as_data() -> None:
    text = (
        b"base: &b {x: 1}\nada: {<<: *b, y: 2.5, on: 2026-01-02, no: false, 1: ~, at: 2026-01-02 03:04:05}\n"
    )
    ada = yaml.read(text, "d")["ada"]
    assert {k: str(v) for k, v in ada.items()} == {
        "x": "1", "y": "2.5", "true": "2026-01-02", "false": "False", "1": "None", "at": "2026-01-02 03:04:05",
    }  # fmt: skip


def _page(text: str, relative: str = "a/b.md", ids: dict[str, str] | None = None) -> dict[str, object]:
    found: dict[str, object] = markdown.read(
        text.encode(), relative, relative, SOURCE, (ids or {}).get
    ).item.value
    return found


def test_a_page() -> None:
    page = _page(
        "---\ntags: [x]\n---\n# The **title** #\n\nSee [one](../c.md#x), [two](d), [up](../), [web](https://w.org/a?b),\n"
        "[out](../../z.md), ![image](i.png), [mail](mailto:a@b), [file](x.pdf), [with id](/k.md).\n"
        "<script>alert(1)</script>\n```\n# no [link](q.md)\n```\n\n- *item* `code` snake_case_name\n\n[ref]: e.md\n",
        ids={"k.md": "https://e.org/kept"},
    )
    assert page["title"] == "The title"
    assert page["iri"] == f"{SOURCE}/a/b"
    assert page["links"] == [
        f"{SOURCE}/c", f"{SOURCE}/a/d", f"{SOURCE}/index", "https://w.org/a?b", "https://e.org/kept", f"{SOURCE}/a/e",
    ]  # fmt: skip
    text = str(page["text"])
    assert "See one, two" in text and "item code snake_case_name" in text
    assert "alert" not in text and "image" not in text and "](" not in text


@pytest.mark.parametrize(
    ("given", "iri"),
    [
        ("https://e.org/x", "https://e.org/x"),
        ("travel policy", f"{SOURCE}/travel%20policy"),
        ("12", f"{SOURCE}/12"),
        ("[a]", f"{SOURCE}/a/b"),
    ],
)
def test_an_id_names_the_page(given: str, iri: str) -> None:
    assert _page(f"---\nid: {given}\ntitle: 5\n---\n")["iri"] == iri


def test_links_as_people_write_them() -> None:
    page = _page("[a](https://w.org/^{x}?q=100%s) [b](https://[nope) [c](https://w.org/é%20|)\n")
    assert page["links"] == ["https://w.org/%5E%7Bx%7D?q=100%25s", "https://%5Bnope", "https://w.org/é%20%7C"]
    for link in page["links"]:  # type: ignore[attr-defined]
        NamedNode(link)


def test_rules_that_look_like_front_matter_are_text() -> None:
    assert "words" in str(_page("---\nwords\n---\nmore\n")["text"])
    assert _page("---\nnever closed\n")["title"] == "b"


def test_a_broken_front_matter_names_its_line() -> None:
    with pytest.raises(SourceInvalid) as refused:
        _page("---\na: 1\nb: [\n---\ntext\n")
    assert refused.value.details["line"] in (3, 4)


def test_a_stray_control_character_is_no_binary_file() -> None:
    assert "ab" in str(_page("# t\n" + "words " * 50 + "a\x03b\n")["text"])
    for data in (b"\x89PNG\r\n\x1a\n\x00", b"# t\n" + b"\x01\x02\x03" * 10, b"\xff\xfe#\x00"):
        with pytest.raises(SourceInvalid, match="is not a text"):
            markdown.read(data, "x.md", "x.md", SOURCE)


@pytest.mark.parametrize(
    "piece",
    ["[a](" + "x" * 2600, "[a]: " + "x" * 2700 + "\n", "*a ", "<!-- ", "#  ", "[", "[a](b(", "# \t" * 3],
)
def test_no_page_is_slow(piece: str) -> None:
    """A megabyte takes about a second; with patterns that go back and try again it takes far longer."""
    began = time.process_time()
    _page("# " + piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 6


def test_rdf_files(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbf<> <u:p> [ <u:q> "1" ], [ <u:q> "2" ] .'
    once, again = (rdf.read(text, "x.ttl", f"{SOURCE}/x.ttl") for _ in range(2))
    assert once == again and len(once) == 4
    assert rdf.read(text, "x.ttl", f"{SOURCE}/y.ttl").isdisjoint(once)
    for name, data in (
        ("x.trig", b"<u:g> { <u:a> <u:b> <u:c> }"),
        ("x.ttl", b"<u:a> <u:b> <<( <u:a> <u:b> 1 )>> ."),
    ):
        with pytest.raises(AmbitError):
            rdf.read(data, name, SOURCE)
    with pytest.raises(SourceInvalid) as refused:
        rdf.read(b"<u:a> <u:b> .\n", "x.nt", SOURCE)
    assert refused.value.details["line"] == 1


def test_json_ld_files() -> None:
    text = b'\xef\xbb\xbf{"@context": {"p": "urn:p"}, "@id": "", "p": [{"urn:q": "1"}, {"urn:q": "2"}, {"@id": "z"}]}'
    once, again = (rdf.read(text, "x.jsonld", f"{SOURCE}/x.jsonld") for _ in range(2))
    assert once == again and len(once) == 5
    assert {t.subject for t in once if isinstance(t.subject, NamedNode)} == {NamedNode(f"{SOURCE}/x.jsonld")}
    assert NamedNode(f"{SOURCE}/z") in {t.object for t in once}
    assert rdf.read(text, "x.jsonld", f"{SOURCE}/y.jsonld").isdisjoint(once)
    for data in (b'{"@context": "http://127.0.0.1:1/"}', b'{"@id": "urn:g", "@graph": [{"urn:p": 1}]}'):
        with pytest.raises(SourceInvalid) as refused:
            rdf.read(data, "x.jsonld", SOURCE)
        assert refused.value.details["file"] == "x.jsonld"


def test_nothing_outside_the_folder_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    root = tmp_path / "in"
    (root / "sub").mkdir(parents=True)
    (root / "a.md").write_text("a")
    (root / "inside.md").symlink_to(root / "a.md")
    (root / "outside.md").symlink_to(secret)
    (root / "dir").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.md")
    (root / ".hidden.md").write_text("h")
    (root / "b.md~").write_text("h")
    folder = Folder(root)
    assert list(folder.files()) == ["a.md", "inside.md", "outside.md", "pipe.md"]
    assert folder.read("inside.md") == b"a"
    for name in ("outside.md", "pipe.md", "../secret.md", "dir/secret.md", "sub"):
        with pytest.raises(SourceInvalid):
            folder.read(name)
    with pytest.raises(TooLarge):
        folder.read("a.md", limit=0)


def test_names() -> None:
    assert path_iri(SOURCE + "/", "a b/ü\n#.md") == f"{SOURCE}/a%20b/ü%0A%23.md"
    assert iri_safe("../é;\udcff") == "..%2Fé%3B%FF"
    assert (
        is_ignored("a/.git/x")
        and is_ignored("x.md.swp")
        and is_ignored("~$x.csv")
        and not is_ignored("a/x.md")
    )
    assert matches("**/*.md", "a/b/c.md") and matches("**/*.md", "c.md") and not matches("*.md", "a/c.md")
    assert matches("a?.csv", "ab.csv") and not matches("a?.csv", "a/.csv") and not matches("a.csv", "axcsv")
    assert XSD.DATE.endswith("date")
