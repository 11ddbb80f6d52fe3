"""Sources held against the store: what happened while nobody watched, and what goes wrong."""

import csv
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ingestworld import PAGES, describe, findings, owner_of, said, write

from ambit.graph.store.owner import Owner
from ambit.graph.words import Role
from ambit.ingest import committing, pipeline
from ambit.ingest.pipeline import Ingest
from ambit.ingest.words import Progress

S = "https://e.org/s/pages"
TABLE = """
<https://e.org/s/lists> a ambit:Folder ; ambit:location "lists" .
map:item ambit:comesFrom <https://e.org/s/lists> ; rml:logicalSource [ rml:source "*.csv" ; rml:referenceFormulation ql:CSV ] ;
    rr:subjectMap [ rr:template "https://e.org/i/{sku}" ; rr:class :Item ] ;
    rr:predicateObjectMap [ rr:predicate :price ; rr:objectMap [ rml:reference "price" ; rr:datatype xsd:decimal ] ] .
"""
CRM = """
<https://e.org/s/crm> a ambit:Database ; ambit:location "crm.db" .
map:customer ambit:comesFrom <https://e.org/s/crm> ; rr:logicalTable [ rr:tableName "customer" ] ;
    rr:subjectMap [ rr:template "https://e.org/c/{id}" ] ;
    rr:predicateObjectMap [ rr:predicate foaf:name ; rr:objectMap [ rr:column "name" ] ] .
map:ticket ambit:comesFrom <https://e.org/s/crm> ; rr:logicalTable [ rr:tableName "ticket" ] ;
    rr:subjectMap [ rr:template "https://e.org/t/{id}" ] ;
    rr:predicateObjectMap [ rr:predicate :raisedBy ; rr:objectMap [ rr:parentTriplesMap map:customer ;
        rr:joinCondition [ rr:child "who" ; rr:parent "mail" ] ] ] .
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    describe(tmp_path, PAGES)
    write(tmp_path, "pages/a.md", "# A\n[b](b.md)\n")
    write(tmp_path, "pages/b.md", "---\nid: the-b\n---\n# B\n")
    return tmp_path


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    with owner_of(tmp_path / "data") as found:
        yield found


def _titles(owner: Owner) -> set[str]:
    return {title for _, _, title in said(owner, of="title")}


def test_pages_come_once_and_link_to_each_other_by_id(root: Path, owner: Owner) -> None:
    summary = Ingest(owner, root).scan_once()
    assert (summary.committed, summary.problems) == (2, [])
    assert said(owner, of="references") == {(f"{S}/a", "references", f"{S}/the-b")}
    assert {entry.graph for entry in owner.record(f"{S}/a.md")} == {f"{S}/a.md#open"}
    revision = owner.revision
    assert Ingest(owner, root).scan_once().committed == 0
    assert owner.revision == revision


def test_what_happened_while_the_server_was_down(root: Path, owner: Owner) -> None:
    Ingest(owner, root).scan_once()
    write(root, "pages/a.md", "# Changed\n")
    write(root, "pages/sub/new.md", "# New\n")
    (root / "pages/b.md").unlink()
    summary = Ingest(owner, root).scan_once()
    assert (summary.committed, summary.withdrawn) == (2, 1)
    assert _titles(owner) == {"Changed", "New"}


def test_a_rename_is_one_commit_and_keeps_its_history(root: Path, owner: Owner) -> None:
    ingest = Ingest(owner, root)
    ingest.scan_once()
    (root / "pages/a.md").rename(root / "pages/a2.md")
    revision = owner.revision
    ingest.scan_once()
    assert owner.revision == revision + 1
    assert said(owner, of="replaces") == {(f"{S}/a2", "replaces", f"{S}/a")}
    assert not owner.record(f"{S}/a.md")
    (root / "pages/a2.md").rename(root / "pages/a3.md")
    Ingest(owner, root).scan_once()
    write(root, "pages/a3.md", "# Other words\n")
    Ingest(owner, root).scan_once()
    replaced = {(f"{S}/a3", "replaces", f"{S}/a2"), (f"{S}/a2", "replaces", f"{S}/a")}
    assert said(owner, of="replaces") == replaced and "Other words" in _titles(owner)
    (root / "pages/b.md").rename(root / "pages/c.md")
    ingest = Ingest(owner, root)
    ingest.scan_once()
    assert said(owner, of="replaces") == replaced, "a page with an id keeps its IRI"
    assert _titles(owner) == {"Other words", "B"}


def test_a_page_gets_an_id_and_those_that_link_to_it_follow(root: Path, owner: Owner) -> None:
    ingest = Ingest(owner, root)
    ingest.scan_once()
    write(root, "pages/b.md", "---\nid: https://e.org/b\n---\n# B\n")
    one = ingest._reconcilers[S]
    one.changed(["b.md"], committer := committing.Committer(owner), lambda _: None)  # type: ignore[union-attr]
    assert committer.summary.committed >= 2
    assert said(owner, of="references") == {(f"{S}/a", "references", "https://e.org/b")}


def test_a_file_that_does_not_read_keeps_its_last_good_state(root: Path, owner: Owner) -> None:
    write(root, "pages/data.ttl", "<> <https://e.org/o#p> 1 .\n")
    ingest = Ingest(owner, root)
    ingest.scan_once()
    good = said(owner)
    write(root, "pages/data.ttl", "<> <https://e.org/o#p> 2 .\n<> nonsense\n")
    write(root, "pages/a.md", b"\x89PNG\r\n\x1a\n\x00\x00")
    summary = ingest.scan_once()
    assert said(owner) == good
    assert [p.error.details.get("line") for p in summary.problems] == [1, 2]
    told = findings(owner)
    assert [code for code, _ in told] == ["source-invalid"] * 2
    assert "pages/a.md:1" in told[0][1] and "pages/data.ttl:2" in told[1][1]
    revision = owner.revision
    ingest.scan_once()
    assert owner.revision == revision, "the same problem is told once"
    write(root, "pages/data.ttl", "<> <https://e.org/o#p> 1 .\n")
    write(root, "pages/a.md", "# A\n[b](b.md)\n")
    ingest.scan_once()
    assert findings(owner) == [] and said(owner) == good


def test_a_missing_or_emptied_folder_withdraws_nothing(root: Path, owner: Owner) -> None:
    Ingest(owner, root).scan_once()
    (root / "pages").rename(root / "elsewhere")
    for _ in range(2):
        Ingest(owner, root).scan_once()
        assert _titles(owner) == {"A", "B"}
        assert [code for code, _ in findings(owner)] == ["source-unavailable"]
        (root / "pages").mkdir(exist_ok=True)  # an unmounted folder is empty
    (root / "pages").rmdir()
    (root / "elsewhere").rename(root / "pages")
    Ingest(owner, root).scan_once()
    assert findings(owner) == []


def test_a_source_no_longer_described_leaves_unless_a_description_is_broken(root: Path, owner: Owner) -> None:
    describe(root, TABLE, "sources/lists.ttl")
    write(root, "lists/p.csv", "sku,price\n1,2\n")
    Ingest(owner, root).scan_once()
    (root / "sources/all.ttl").unlink()
    broken = describe(root, "nonsense", "sources/broken.ttl")
    Ingest(owner, root).scan_once()
    assert _titles(owner) == {"A", "B"} and [code for code, _ in findings(owner)] == ["source-invalid"]
    broken.unlink()
    Ingest(owner, root).scan_once()
    assert _titles(owner) == set() and said(owner, of="price")
    assert findings(owner) == [], "what is not there has no problem"
    shutil.rmtree(root / "sources")
    Ingest(owner, root).scan_once()
    assert said(owner, of="price"), "a workspace that lost its descriptions loses no data"


def test_rows_of_a_list(root: Path, owner: Owner) -> None:
    describe(root, TABLE, "sources/lists.ttl")
    path = write(root, "lists/p.csv", "sku,price\n1,2\n2,x\n2,3\nx y/z,4\n")
    ingest = Ingest(owner, root)
    ingest.scan_once()
    base = "https://e.org/s/lists/p.csv"
    there = {f"{base}/1", f"{base}/2", f"{base}/2;2", f"{base}/x%20y%2Fz"}
    assert set(owner.records_of("https://e.org/s/lists")) == there
    path.write_text("sku,price\n1,2\n2,x,too long\n,5\n")
    summary = ingest.scan_once()
    assert len(summary.problems) == 2
    assert set(owner.records_of("https://e.org/s/lists")) == there, (
        "which row is broken is not known: all stay"
    )
    path.write_text("sku\n1\n")
    (problem,) = ingest.scan_once().problems
    assert problem.error.details["field"] == "price" and len(findings(owner)) == 1
    path.write_text("sku,price\n1,7\n")
    ingest.scan_once()
    assert said(owner, of="price") == {("https://e.org/i/1", "price", "7")} and findings(owner) == []
    path.rename(root / "lists/q.csv")
    ingest.scan_once()
    assert list(owner.records_of("https://e.org/s/lists")) == ["https://e.org/s/lists/q.csv/1"]


def _crm(root: Path) -> sqlite3.Connection:
    at = sqlite3.connect(root / "crm.db")
    at.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, mail TEXT)")
    at.execute("CREATE TABLE ticket (id INTEGER PRIMARY KEY, who TEXT)")
    at.execute("CREATE TABLE unmapped (x)")
    at.executemany("INSERT INTO customer VALUES (?, ?, ?)", [(1, "Ada", "a"), (2, "Bob", "b")])
    at.execute("INSERT INTO ticket VALUES (7, 'a')")
    at.commit()
    return at


def test_a_database_with_a_join(root: Path, owner: Owner) -> None:
    describe(root, CRM, "sources/crm.ttl")
    at = _crm(root)
    ingest = Ingest(owner, root)
    assert ingest.scan_once().committed == 5
    assert said(owner, of="raisedBy") == {("https://e.org/t/7", "raisedBy", "https://e.org/c/1")}
    at.execute("UPDATE customer SET mail = 'a' WHERE id = 2")
    at.execute("DELETE FROM customer WHERE id = 1")
    at.commit()
    summary = ingest.scan_once()
    assert (summary.committed, summary.withdrawn) == (1, 1), (
        "the ticket's row has not changed, its parent has"
    )
    assert said(owner, of="raisedBy") == {("https://e.org/t/7", "raisedBy", "https://e.org/c/2")}
    at.execute("ALTER TABLE ticket RENAME COLUMN who TO whom")
    at.execute("UPDATE customer SET name = 'Robert'")
    at.commit()
    (problem,) = ingest.scan_once().problems
    assert problem.error.details["field"] == "ticket.who"
    assert said(owner, of="raisedBy") and ("https://e.org/c/2", "name", "Robert") in said(owner)
    at.close()
    (root / "crm.db").unlink()
    ingest.scan_once()
    assert said(owner, of="raisedBy") and "source-unavailable" in [code for code, _ in findings(owner)]


def test_one_refused_record_does_not_stop_the_others(root: Path, owner: Owner) -> None:
    for number in range(12):
        write(root, f"pages/n{number:02}.md", f"# {'refuse me' if number in (3, 8) else number}\n")
    summary = Ingest(owner, root).scan_once()
    assert len(summary.problems) == 2 and [code for code, _ in findings(owner)] == ["record-refused"] * 2
    assert len(_titles(owner)) == 12


def test_commits_are_bounded_and_progress_is_told(root: Path, owner: Owner) -> None:
    with (write(root, "lists/p.csv", "")).open("w", newline="") as file:
        csv.writer(file).writerows([("sku", "price"), *((str(n), str(n)) for n in range(450))])
    describe(root, TABLE, "sources/lists.ttl")
    told: list[Progress] = []
    sizes: list[int] = []
    Ingest(
        owner, root, on_progress=told.append, on_committed=lambda done: sizes.append(len(done.delta.into))
    ).scan_once()
    assert len(sizes) == 4 and max(sizes) <= committing.BATCH * 10
    assert {p.source for p in told if p.done} == {S, "https://e.org/s/lists"}


def test_links_out_of_the_folder_are_refused_and_told(root: Path, owner: Owner) -> None:
    write(root, "secret.md", "# Secret\n")
    (root / "pages/leak.md").symlink_to(root / "secret.md")
    os.mkfifo(root / "pages/pipe.md")
    Ingest(owner, root).scan_once()
    assert _titles(owner) == {"A", "B"} and len(findings(owner)) == 2


def test_a_page_cannot_write_what_governs(root: Path, owner: Owner) -> None:
    """A source's file ends in data graphs of its own names, whatever it says."""
    write(root, "pages/x.ttl", "<urn:ambit:rules> <https://e.org/o#p> <urn:ambit:governance:labels> .")
    write(root, "pages/x.trig", "<urn:ambit:governance:labels> { <a:b> <a:c> <a:d> }")
    write(root, "pages/y.md", "---\nid: urn:ambit:governance:labels\n---\n")
    Ingest(owner, root).scan_once()
    graphs = {entry.graph for entry in owner.entries() if entry.source == S}
    assert graphs and all(graph.startswith(S + "/") for graph in graphs)
    assert {entry.role for entry in owner.entries() if entry.source == S} == {Role.DATA}


# -- followed


def _eventually(check: Callable[[], bool], seconds: float = 5.0) -> float:
    began = time.monotonic()
    while not check():
        assert time.monotonic() - began < seconds, "it did not happen"
        time.sleep(0.005)
    return time.monotonic() - began


@pytest.fixture
def followed(root: Path, owner: Owner) -> Iterator[Ingest]:
    describe(root, CRM, "sources/crm.ttl")
    _crm(root).close()
    ingest = Ingest(owner, root)
    ingest.start()
    assert ingest.wait(20)
    yield ingest
    ingest.stop()


def test_a_change_is_committed_soon(root: Path, owner: Owner, followed: Ingest) -> None:
    times = []
    for number in range(5):
        write(root, "pages/a.md", f"# Version {number}\n")
        times.append(_eventually(lambda number=number: f"Version {number}" in _titles(owner)))
    assert sorted(times)[2] < 0.3


def test_create_change_rename_delete_are_followed(root: Path, owner: Owner, followed: Ingest) -> None:
    write(root, "pages/n.md", "# New\n")
    _eventually(lambda: "New" in _titles(owner))
    write(root, "pages/.n.md.swp", "# Half\n")
    temporary = write(root, "pages/n.md~tmp~", "# Saved by renaming\n")
    temporary.rename(root / "pages/n.md")
    _eventually(lambda: "Saved by renaming" in _titles(owner))
    (root / "pages/n.md").rename(root / "pages/m.md")
    _eventually(lambda: (f"{S}/m", "replaces", f"{S}/n") in said(owner))
    write(root, "outside/o/x.md", "# From outside\n")
    (root / "outside/o").rename(root / "pages/o")
    _eventually(lambda: "From outside" in _titles(owner))
    shutil.rmtree(root / "pages/o")
    _eventually(lambda: "From outside" not in _titles(owner))
    (root / "pages/m.md").unlink()
    _eventually(lambda: _titles(owner) == {"A", "B"})


def test_a_writer_who_pauses_is_not_read_half(root: Path, owner: Owner, followed: Ingest) -> None:
    """As Protégé saves: truncate, stream, an old time."""
    seen = set()
    with (root / "pages/a.md").open("w") as file:
        for part in ("# Whole", "\n\nfirst", "\n\nlast\n"):
            file.write(part)
            file.flush()
            time.sleep(0.15)
            seen |= _titles(owner)
    os.utime(root / "pages/a.md", (1, 1))
    _eventually(lambda: "Whole" in _titles(owner))
    assert seen == {"A", "B"}
    assert any("last" in text for _, _, text in said(owner, of="text"))


def test_a_row_is_followed(root: Path, owner: Owner, followed: Ingest) -> None:
    at = sqlite3.connect(root / "crm.db")
    at.execute("INSERT INTO customer VALUES (3, 'Cy', 'c')")
    at.commit()
    _eventually(lambda: ("https://e.org/c/3", "name", "Cy") in said(owner))
    at.close()
    copy = root / "copy.db"
    shutil.copy(root / "crm.db", copy)
    with sqlite3.connect(copy) as other:
        other.execute("UPDATE customer SET name = 'Di' WHERE id = 3")
    other.close()
    copy.rename(root / "crm.db")
    _eventually(lambda: ("https://e.org/c/3", "name", "Di") in said(owner))


def test_everything_deleted_while_watching_leaves(root: Path, owner: Owner, followed: Ingest) -> None:
    for path in (root / "pages").iterdir():
        path.unlink()
    _eventually(lambda: _titles(owner) == set())
    assert findings(owner) == []


def test_a_folder_that_comes_back_is_watched_again(
    root: Path, owner: Owner, followed: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "pages").rename(root / "away")
    _eventually(lambda: "source-unavailable" in [code for code, _ in findings(owner)])
    assert _titles(owner) == {"A", "B"}
    write(root, "pages/z.md", "# Z\n")
    write(root, "pages/a.md", "# A\n")
    _eventually(lambda: _titles(owner) == {"A", "Z"})
    assert findings(owner) == []
    write(root, "pages/a.md", "# A again\n")
    _eventually(lambda: _titles(owner) == {"A again", "Z"})
    write(root, "away/a.md", "# Not ours\n")
    time.sleep(0.4)
    assert _titles(owner) == {"A again", "Z"}


def test_lost_notifications_are_made_up_for(
    root: Path, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SWEEP", 0.3)
    monkeypatch.setattr(pipeline, "TICK", 0.1)
    ingest = Ingest(owner, root)
    monkeypatch.setattr(ingest._watch, "follow", lambda folders: [])
    ingest.start()
    ingest.wait(20)
    write(root, "pages/a.md", "# Unnoticed\n")
    (root / "pages/b.md").unlink()
    _eventually(lambda: _titles(owner) == {"Unnoticed"})
    ingest.stop()


def test_a_new_source_and_other_files_of_the_workspace(root: Path, owner: Owner) -> None:
    seen: list[str] = []
    (root / "rules").mkdir()

    def see(*paths: Path) -> tuple[Path, ...]:
        seen.extend(path.name for path in paths)
        return ()

    ingest = Ingest(owner, root, on_file={"rules": see, "sources": see})
    ingest.start()
    ingest.wait(20)
    write(root, "lists/p.csv", "sku,price\n1,2\n")
    write(root, "rules/permit/a.rq", "# a rule")
    write(root, "rules/.b.rq", "# hidden")
    describe(root, TABLE, "sources/lists.ttl")
    _eventually(lambda: bool(said(owner, of="price")))
    _eventually(lambda: {"lists.ttl", "a.rq"} <= set(seen) or {"lists.ttl", "permit"} <= set(seen))
    assert ".b.rq" not in seen
    write(root, "lists/p.csv", "sku,price\n1,3\n")
    _eventually(lambda: said(owner, of="price") == {("https://e.org/i/1", "price", "3")})
    describe(root, TABLE.replace(":price ;", ":cost ;"), "sources/lists.ttl")
    _eventually(lambda: said(owner, of="cost") == {("https://e.org/i/1", "cost", "3")})
    ingest.stop()


def test_files_that_were_saved_together_are_told_together(root: Path, owner: Owner) -> None:
    told: list[set[str]] = []

    def see(*paths: Path) -> tuple[Path, ...]:
        told.append({path.name for path in paths})
        return ()

    ingest = Ingest(owner, root, on_file=dict.fromkeys(("rules", "governance"), see))
    ingest._settled(
        {root / "rules/a.rq": False, root / "governance/a.ttl": False, root / "pages/a.md": False}
    )
    assert told == [{"a.rq", "a.ttl"}]


def test_a_commit_that_fails_for_now_is_tried_again(
    root: Path, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ambit.graph.errors import Unavailable

    monkeypatch.setattr(pipeline, "RETRY", 0.1)
    monkeypatch.setattr(pipeline, "TICK", 0.05)
    commit, failed = owner.commit, []

    def flaky(change):  # type: ignore[no-untyped-def]
        if len(failed) < 2:
            failed.append(change)
            raise Unavailable("the checker is being restarted")
        return commit(change)

    monkeypatch.setattr(owner, "commit", flaky)
    ingest = Ingest(owner, root)
    ingest.start()
    _eventually(lambda: _titles(owner) == {"A", "B"})
    ingest.stop()
    assert len(failed) == 2
