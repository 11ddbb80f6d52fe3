"""The past is made from the log alone, and is what the store was."""

from pathlib import Path

import pytest
from storeworld import change, graph_of, label, record, triple

from ambit.graph.errors import Unavailable
from ambit.graph.store.commitlog import log_segments
from ambit.graph.store.owner import Owner
from ambit.graph.store.past import Past, frames_until
from ambit.graph.words import Role


def test_each_revision_is_as_it_was(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    seen = []
    for number, where in enumerate("aabba"):
        shared = [triple("shared"), triple("x", str(number))]
        owner.commit(
            change(
                record("r", shared, label(where)),
                record(f"s{number % 3}", [triple("y")] * (number < 3), None),
            )
        )
        entries = sorted(owner.entries(), key=str)
        triples = {e.graph: set(owner.triples(e.graph)) for e in entries}
        labels = {e.compartment: owner.label(e.compartment) for e in entries if e.compartment}
        seen.append((owner.revision, owner.policy_revision, entries, triples, labels))
    for revision, policy_revision, entries, triples, labels in seen:
        past = Past(frames_until(tmp_path / "commits", revision))
        assert (past.revision, past.policy_revision) == (revision, policy_revision)
        assert sorted(past.entries(), key=str) == entries
        assert {e.graph: set(past.triples(e.graph)) for e in entries} == triples
        assert {c: past.label(c) for c in labels} == labels
        assert past.graphs_of(frozenset(labels), frozenset(Role)) != []
        past.close()
    names = Past(frames_until(tmp_path / "commits"), catalog_only=True)
    assert sorted(names.entries(), key=str) == seen[-1][2]
    assert names.triples(graph_of("r")) == []
    assert Past(frames_until(tmp_path / "commits", 0)).entries() == []
    owner.close()


def test_a_part_that_was_purged_is_not_in_the_past(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    owner.commit(
        change(record("r", [triple("secret")], label("a")), record("s", [triple("open")], label("b")))
    )
    owner.close()
    ((_, path),) = log_segments(tmp_path / "commits")
    whole = next(iter(frames_until(tmp_path / "commits")))
    blanked = whole._replace(body=whole.body.replace(b"secret", b"------"))
    assert path.exists()
    past = Past([blanked])
    assert past.triples(graph_of("r")) == []
    assert past.triples(graph_of("s")) == [triple("open")]


def test_behind_a_gap_there_is_no_past(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    for value in "123":
        owner.commit(change(record("r", [triple("x", value)], label("a"))))
    owner.close()
    ((_, path),) = log_segments(tmp_path / "commits")
    path.write_bytes(path.read_bytes()[:-10])
    owner = Owner(tmp_path)
    owner.commit(change(record("r", [triple("x", "4")], label("a"))))
    owner.close()
    with pytest.raises(Unavailable):
        Past(frames_until(tmp_path / "commits", 4))
