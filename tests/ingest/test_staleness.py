"""What is stale is what the next scan would change, and telling so changes nothing."""

import sqlite3
from pathlib import Path

from ingestworld import PAGES, describe, labelled, write

from ambit.graph.store.owner import Owner
from ambit.graph.store.past import Past, frames_until
from ambit.ingest.pipeline import Ingest
from ambit.ingest.staleness import compare

PEOPLE = """
<https://e.org/s/db> a ambit:Database ; ambit:location "people.db" ; ambit:hasSensitivity ambit:Open .
map:person a rr:TriplesMap ; rr:logicalTable [ rr:tableName "person" ] ;
    rr:subjectMap [ rr:template "https://e.org/id/person/{id}" ; rr:class foaf:Person ] ;
    rr:predicateObjectMap [ rr:predicate foaf:name ; rr:objectMap [ rr:column "name" ] ] .
"""


def scanned(root: Path, data: Path) -> int:
    owner = Owner(data, checks=(labelled,))
    Ingest(owner, root).scan_once()
    revision = owner.revision
    owner.close()
    return revision


def stale(root: Path, data: Path) -> dict[str, str]:
    catalog = Past(frames_until(data / "commits"), catalog_only=True)
    found = compare(catalog, root)
    assert found.records > 0
    return {one.record.removeprefix("https://e.org/s/"): one.how for one in found.stale}


def test_files_that_changed_came_went_or_broke_are_stale(tmp_path: Path) -> None:
    root, data = tmp_path / "workspace", tmp_path / "data"
    describe(root, PAGES)
    for name in ("same", "changes", "goes", "breaks"):
        write(root, f"pages/{name}.md", f"# {name}\n")
    scanned(root, data)
    assert stale(root, data) == {}
    write(root, "pages/changes.md", "# changed\n")
    write(root, "pages/new.md", "# new\n")
    write(root, "pages/breaks.md", b"# \xff\n")
    (root / "pages" / "goes.md").unlink()
    expected = {"changes": "changed", "new": "new", "goes": "gone", "breaks": "unreadable"}
    found = stale(root, data)
    assert {name.rpartition("/")[2].removesuffix(".md"): how for name, how in found.items()} == expected
    assert stale(root, data) == found, "telling changes nothing"
    scanned(root, data)
    assert list(stale(root, data).values()) == ["unreadable"]


def test_rows_that_changed_came_or_went_are_stale_also_beside_a_writer(tmp_path: Path) -> None:
    root, data = tmp_path / "workspace", tmp_path / "data"
    describe(root, PEOPLE)
    with sqlite3.connect(root / "people.db") as db:
        db.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)")
        db.executemany("INSERT INTO person VALUES (?, ?)", [(1, "Ada"), (2, "Ben"), (3, "Cleo")])
    db.close()
    scanned(root, data)
    owner = Owner(data)  # a server has the folder
    assert stale(root, data) == {}
    with sqlite3.connect(root / "people.db") as db:
        db.execute("UPDATE person SET name = 'Bo' WHERE id = 2")
        db.execute("DELETE FROM person WHERE id = 3")
        db.execute("INSERT INTO person VALUES (4, 'Dora')")
    db.close()
    assert {name[-1]: how for name, how in stale(root, data).items()} == {
        "2": "changed",
        "3": "gone",
        "4": "new",
    }
    owner.close()


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    root, data = tmp_path / "workspace", tmp_path / "data"
    describe(root, PAGES + '<https://e.org/s/more> a ambit:Folder ; ambit:location "more" .')
    write(root, "pages/one.md", "# one\n")
    write(root, "more/two.md", "# two\n")
    scanned(root, data)
    (root / "more" / "two.md").unlink()
    (root / "more").rmdir()
    assert stale(root, data) == {"more": "unreadable"}
