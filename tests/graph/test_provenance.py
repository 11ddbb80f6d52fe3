"""From ledger entries to PROV-O: complete, idempotent, without a revision, and never with a purged text."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from storeworld import change, label, record, triple

from ambit.graph.compartments import compartment_of
from ambit.graph.ledger.runs import PREFIX, provenance_graph, provenance_label
from ambit.graph.provenance import projector as projecting
from ambit.graph.provenance.projector import Projector
from ambit.graph.store.ahead import AheadQuads
from ambit.graph.store.owner import Owner
from ambit.graph.store.verify import verify
from ambit.graph.terms import Literal, NamedNode, Quad, Subject
from ambit.graph.vocabulary import AMBIT, PROV, RDF
from ambit.graph.words import Delta, Role

ADA, AGENT, EU = "https://example.org/ada", "https://example.org/agent", frozenset({AMBIT.EU})
SYSTEM = frozenset({Role.SYSTEM})


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data")
    yield owner
    owner.close()


def projector(owner: Owner, **settings: float) -> Projector:
    return Projector(owner, lambda: EU, **settings)  # type: ignore[arg-type]


def ask(owner: Owner, run: str, user: str = ADA) -> None:
    owner.ledger.append(
        "request",
        {
            "run": run,
            "user": user,
            "agents": [AGENT],
            "purpose": AMBIT.INDEXING,
            "decision": "urn:ambit:decision:d",
            "rules": ["urn:ambit:rule:permit/membership"],
            "policy_revision": 3,
        },
        notes={"query": "SELECT the secret"},
    )


def answer(owner: Owner, run: str) -> None:
    owner.ledger.append(
        "step",
        {
            "run": run,
            "step": f"{run}:step:1",
            "task": AMBIT.EMBEDDING,
            "deployment": "urn:deployment",
            "site": "urn:site",
            "version": "urn:version",
            "count": 2,
            "handed": ["urn:ambit:compartment:1"],
            "started": "2026-01-01T00:00:00.000Z",
            "ended": "2026-01-01T00:00:01.000Z",
        },
    )
    owner.ledger.append(
        "answer",
        {"run": run, "status": "ok", "handed": ["urn:ambit:compartment:1"], "touched": [], "result": "ab"},
    )


def said(owner: Owner, subject: str) -> set[tuple[str, str]]:
    return {
        (q.predicate.value, q.object.value)
        for q in owner.match(NamedNode(subject), None, None, SYSTEM)
        if isinstance(q.object, NamedNode | Literal)
    }


def test_a_run_tells_who_for_whom_why_by_which_rules_with_what_where(owner: Owner) -> None:
    ask(owner, "urn:run:1")
    answer(owner, "urn:run:1")
    projector(owner).flush()
    run = said(owner, "urn:run:1")
    assert {
        (RDF.TYPE, AMBIT.RUN),
        (RDF.TYPE, PROV.ACTIVITY),
        (AMBIT.USER, ADA),
        (AMBIT.AGENT_ROLE, AGENT),
        (PROV.WAS_ASSOCIATED_WITH, AGENT),
        (AMBIT.PURPOSE, AMBIT.INDEXING),
        (AMBIT.DECISION_ROLE, "urn:ambit:decision:d"),
        (AMBIT.HANDED, "urn:ambit:compartment:1"),
        (AMBIT.STEP_ROLE, "urn:run:1:step:1"),
        (AMBIT.STATUS, "ok"),
        (AMBIT.RESULT_HASH, "ab"),
        (AMBIT.QUERY_TEXT, "SELECT the secret"),
    } <= run
    assert {PROV.STARTED_AT_TIME, PROV.ENDED_AT_TIME} <= {p for p, _ in run}
    assert said(owner, "urn:ambit:decision:d") == {  # no policy revision: it counts hidden commits
        (RDF.TYPE, AMBIT.DECISION),
        (AMBIT.DECIDED_BY, "urn:ambit:rule:permit/membership"),
    }
    assert (PROV.ACTED_ON_BEHALF_OF, ADA) in said(owner, AGENT)
    assert {
        (AMBIT.DEPLOYMENT_ROLE, "urn:deployment"),
        (AMBIT.SITE_ROLE, "urn:site"),
        (AMBIT.VERSION, "urn:version"),
        (AMBIT.TASK_ROLE, AMBIT.EMBEDDING),
        (AMBIT.COUNT, "2"),
    } <= said(owner, "urn:run:1:step:1")


def test_each_user_has_a_compartment_whose_label_rules_can_read(owner: Owner) -> None:
    ask(owner, "urn:run:1")
    ask(owner, "urn:run:2", user="https://example.org/bob")
    projector(owner).flush()
    entries = {e.graph: e for e in owner.entries() if e.graph.startswith(PREFIX)}
    assert len(entries) == 2
    day = next(iter(owner.ledger.entries())).at[:10]
    mine = entries[provenance_graph(day, ADA)]
    assert mine.role is Role.SYSTEM
    assert mine.compartment == compartment_of(provenance_label(ADA, EU))
    assert owner.label(mine.compartment) == provenance_label(ADA, EU)
    assert owner.last_changed(mine.compartment) == 0


def test_projecting_raises_no_revision_once_a_user_is_known(owner: Owner) -> None:
    one = projector(owner)
    ask(owner, "urn:run:1")
    one.flush()
    before = owner.revision, owner.policy_revision
    ask(owner, "urn:run:2")
    answer(owner, "urn:run:1")
    one.flush()
    assert (owner.revision, owner.policy_revision) == before
    assert said(owner, "urn:run:2")


def test_projecting_again_changes_nothing_and_views_hear_only_what_is_new(owner: Owner) -> None:
    heard: list[Delta] = []
    one = projector(owner)
    one.listen(heard.append)
    ask(owner, "urn:run:1")
    one.flush()
    assert [d.revision for d in heard] == [owner.revision]
    assert {p.role for p in heard[0].into} == {Role.SYSTEM}
    graphs = {e.graph: set(owner.triples(e.graph)) for e in owner.entries() if e.graph.startswith(PREFIX)}
    from ambit.graph.store.projecting import Projection

    owner.project(Projection(0), [])
    one.flush()
    assert len(heard) == 1
    assert graphs == {
        e.graph: set(owner.triples(e.graph)) for e in owner.entries() if e.graph.startswith(PREFIX)
    }


@pytest.mark.parametrize("portion", [1, 7, 100_000])
def test_portions_come_to_the_same(monkeypatch: pytest.MonkeyPatch, owner: Owner, portion: int) -> None:
    for number in range(4):
        ask(owner, f"urn:run:{number}", user=f"https://example.org/{number % 2}")
    for number in range(4):
        answer(owner, f"urn:run:{number}")
    monkeypatch.setattr(projecting, "PORTION", portion)
    writes = []
    project = owner.project
    monkeypatch.setattr(owner, "project", lambda *given: (writes.append(given[0].count), project(*given)))
    projector(owner).flush()
    assert owner.projected() == writes[-1] >= 12 and writes == sorted(set(writes))
    assert len(writes) >= 12 if portion == 1 else len(writes) < 12
    for number in range(4):
        assert {(AMBIT.STATUS, "ok"), (AMBIT.QUERY_TEXT, "SELECT the secret")} <= said(
            owner, f"urn:run:{number}"
        )


def test_a_run_that_a_restart_cut_in_two_stands_in_one_graph(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    ask(owner, "urn:run:1")
    projector(owner).flush()
    owner.close()
    owner = Owner(tmp_path)
    answer(owner, "urn:run:1")
    projector(owner).flush()
    assert (AMBIT.STATUS, "ok") in said(owner, "urn:run:1")
    assert len([e for e in owner.entries() if e.graph.startswith(PREFIX)]) == 1
    owner.close()
    assert verify(tmp_path).problems == ()


def test_a_purged_text_is_not_projected_and_the_ledger_still_verifies(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    ask(owner, "urn:run:1")
    (entry, *_) = owner.ledger.entries()
    owner.ledger.notes.purge(entry.at[:10])
    projector(owner).flush()
    assert AMBIT.QUERY_TEXT not in {p for p, _ in said(owner, "urn:run:1")}
    owner.close()
    assert verify(tmp_path).problems == ()


def test_days_whose_time_is_over_leave_the_store_and_stay_in_the_ledger(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    heard: list[Delta] = []
    one = projector(owner, keep_days=-1)
    one.listen(heard.append)
    ask(owner, "urn:run:1")
    one.flush()
    one.expire()
    assert said(owner, "urn:run:1") == set()
    assert [bool(d.out) for d in heard] == [False, True]
    assert next(iter(owner.ledger.entries())).kind == "request"
    owner.close()
    assert verify(tmp_path).problems == ()


def test_a_run_is_found_within_two_seconds_while_commits_go_on(owner: Owner) -> None:
    one = projector(owner)
    one.start()
    ask(owner, "urn:run:1")
    until = time.monotonic() + 2
    value = 0
    while not said(owner, "urn:run:1") and time.monotonic() < until:
        owner.commit(change(record("r", [triple("x", str(value := value + 1))], label("a"))))
    assert said(owner, "urn:run:1")
    one.stop()


def test_no_relation_to_a_user_leads_to_their_runs() -> None:
    """A manager, an owner or a colleague is led to by the user's IRI: the anchor of runs is another."""
    assert ADA not in provenance_label(ADA, EU).audience
    assert provenance_label(ADA, EU).audience != provenance_label("urn:user:other", EU).audience


def test_what_a_graph_says_nothing_of_is_looked_up_once(
    monkeypatch: pytest.MonkeyPatch, owner: Owner
) -> None:
    ask(owner, "urn:run:0")
    projector(owner).flush()  # from here on the graph is there
    for number in range(1, 11):
        ask(owner, f"urn:run:{number}")
    looked: list[str] = []
    pattern, contains = AheadQuads.pattern, AheadQuads.__contains__

    def patterned(self: AheadQuads, s: Subject | None, *more: Any) -> Iterator[Quad]:
        looked.append("pattern")
        return pattern(self, s, *more)

    def contained(self: AheadQuads, quad: Quad) -> bool:
        looked.append("quad")
        return contains(self, quad)

    monkeypatch.setattr(AheadQuads, "pattern", patterned)
    monkeypatch.setattr(AheadQuads, "__contains__", contained)
    projector(owner).flush()
    monkeypatch.undo()
    # ten runs, their agent and their decision; of these two each of what is said, which is there already
    assert looked.count("pattern") == 12
    assert looked.count("quad") == 3
    for number in range(11):
        assert {(RDF.TYPE, AMBIT.RUN), (AMBIT.QUERY_TEXT, "SELECT the secret")} <= said(
            owner, f"urn:run:{number}"
        )


def test_of_a_run_that_is_there_by_half_listeners_hear_the_other_half(owner: Owner) -> None:
    heard: list[Delta] = []
    one = projector(owner)
    one.listen(heard.append)
    ask(owner, "urn:run:1")
    one.flush()
    (whole,) = heard
    graph = whole.into[0].quad.graph_name
    taken = [placed.quad for placed in whole.into if placed.quad.subject == NamedNode("urn:run:1")][::2]
    owner._quads.project(taken, [], 0, owner.projected())  # as a kill between two writes might leave it
    one.flush()
    assert {placed.quad for placed in heard[1].into} == set(taken)
    assert len(taken) > 2 and {quad.graph_name for quad in taken} == {graph}
