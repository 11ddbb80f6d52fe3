"""Levels after a commit: counted for those alone whose record it touches, and the same as if all had been counted."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from house import House
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_autonomy import SAYS, stated
from worlds import ex

from ambit.graph.terms import NamedNode, Triple
from ambit.graph.views.calls import RuleCall
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Hints, Record, RecordGraph, Role
from ambit.reasoning.acts import tracks
from ambit.reasoning.acts.autonomy import RECORD, levels
from ambit.reasoning.rulebase.asking import Posed
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse

AGENTS, REQUESTS, DAYS = ("bot0", "bot1", "bot2"), 5, ("01", "03")
NAMES = [f"{agent}-{number}" for agent in AGENTS for number in range(REQUESTS)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("tracks"))
    yield house
    house.close()


def act(name: str, turtle: str) -> Record:
    """A record of governance, as acts are; withdrawn where it says nothing."""
    iri = f"urn:ambit:governance:act:test:{name}"
    said: frozenset[Triple] = frozenset(stated(turtle))  # type: ignore[arg-type]
    graph = RecordGraph(iri, said, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    return Record(iri, AMBIT.GOVERNANCE, (graph,) if said else (), digest=turtle)


def at(day: str) -> str:
    return f'prov:generatedAtTime "2026-01-{day}T00:00:00Z"^^xsd:dateTime'


def approval(name: str, agent: str, *, parts: str = ":c0", day: str = "01", kind: str = "Approval") -> Record:
    return act(
        f"approval-{name}",
        f":v{name} a ambit:{kind} ; ambit:answers :r{name} ; ambit:isUsedThrough :{agent} ; ambit:isGrantedTo :p{name} ;"
        f' ambit:approves {parts} ; ambit:action "read" ; {at(day)} .',
    )


def beginning() -> list[Record]:
    """Three agents, of whom each has one approval less than it takes, just enough, and more."""
    asked = [act(f"request-{name}", f":r{name} ambit:asksFor :c0 .") for name in NAMES]
    given = [approval(name, name[:4], day="02") for name in NAMES if name[-1] in "012"]
    return [*(act(agent, f":{agent} a ambit:Agent .") for agent in AGENTS), *asked, *given]


steps = st.one_of(
    st.builds(lambda a, there: act(a, f":{a} a ambit:Agent ." if there else ""), st.sampled_from(AGENTS), st.booleans()),
    st.builds(
        approval,
        st.sampled_from(NAMES),
        st.sampled_from(AGENTS),
        parts=st.sampled_from([":c0", ":c1", ":c0, :c1"]),
        day=st.sampled_from(DAYS),
        kind=st.sampled_from(["Approval", "Approval", "Override"]),
    ),
    st.builds(lambda n: act(f"approval-{n}", ""), st.sampled_from(NAMES)),
    st.builds(
        lambda n, parts: act(f"request-{n}", f":r{n} ambit:asksFor {parts} ."), st.sampled_from(NAMES), st.sampled_from([":c0", ":c0, :c1"])
    ),
    st.builds(
        lambda n, kind: act(f"no-{n}", f":no{n} a ambit:{kind} ; ambit:answers :r{n} ." if kind else ""),
        st.sampled_from(NAMES),
        st.sampled_from(["Refusal", "Withdrawal", ""]),
    ),
    st.builds(
        lambda n, there: act(f"revocation-{n}", f":w{n} ambit:revokes :v{n} ." if there else ""), st.sampled_from(NAMES), st.booleans()
    ),
    st.builds(
        lambda a, there: act(f"incident-{a}", f':i{a} a ambit:Incident ; ambit:isIncidentOf :{a} ; ambit:action "read" ; {at("02")} .' if there else ""),
        st.sampled_from(AGENTS),
        st.booleans(),
    ),
)  # fmt: skip


def start(house: House) -> None:
    """The beginning, whatever was before."""
    first = {record.iri: record for record in beginning()}
    gone = [
        Record(iri, AMBIT.GOVERNANCE)
        for iri in house.owner.records_of(AMBIT.GOVERNANCE)
        if "act:test:" in iri and iri not in first
    ]
    house.commit(*gone, *first.values())


def kept(house: House) -> frozenset[Triple]:
    return frozenset(t for entry in house.owner.record(RECORD) for t in house.owner.triples(entry.graph))


def counted(house: House) -> frozenset[Triple]:
    return frozenset(t for graph in levels(house.decider).graphs for t in graph.triples)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(steps, min_size=1, max_size=2, unique_by=lambda one: one.iri), max_size=8))
def test_what_is_kept_is_what_a_count_of_all_would_give(
    house: House, commits: Sequence[Sequence[Record]]
) -> None:
    start(house)
    assert kept(house) == counted(house) != frozenset()
    for records in commits:
        house.commit(*records)
        assert kept(house) == counted(house)


def gives_levels(query: RuleCall) -> bool:
    return isinstance(query, Posed) and query.columns == ("agent", "doing", "level")


@pytest.fixture
def asked(house: House, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """For each call of a rule that gives levels: the agent that was asked about, and how many rows came."""
    start(house)
    found: list[tuple[str, int]] = []
    rules = house.decider.rules

    def noted(queries: Sequence[RuleCall], **how: Any) -> Any:
        results = rules(queries, **how)
        for query, rows in zip(queries, results, strict=True):
            if not gives_levels(query):
                continue
            agent = query.bindings.get("agent")
            name = agent.value if isinstance(agent, NamedNode) else ""
            found.append((name, len(rows) if isinstance(rows, list) else -1))
        return results

    monkeypatch.setattr(house.decider, "rules", noted)
    return found


def test_a_commit_counts_for_those_alone_whose_record_it_touches(
    house: House, asked: list[tuple[str, int]]
) -> None:
    house.commit(approval("bot0-3", "bot0", day="02"))
    assert asked == [(ex("bot0"), 1)]
    asked.clear()
    house.commit(act("no-bot1-0", ":n a ambit:Refusal ; ambit:answers :rbot1-0 ."))
    assert asked == [(ex("bot1"), 0)], "its level is gone"
    asked.clear()
    house.commit(
        act("revocation-bot2-0", ":w ambit:revokes :vbot2-0 ."), approval("bot0-4", "bot0", day="02")
    )
    assert asked == [(ex("bot0"), 1), (ex("bot2"), 0)]
    asked.clear()
    house.commit(act("request-new", ":rnew ambit:asksFor :c0 ."))
    assert asked == [], "nothing was approved through anybody"


def test_a_rule_of_a_workspace_is_asked_of_all(house: House, asked: list[tuple[str, int]]) -> None:
    shipped = load([SHIPPED]).rules
    mine = parse(SAYS.format("", "3"), "/mine/one.rq")
    assert house.decider.use(Loaded((*shipped, mine))) == ()
    try:
        house.commit(approval("bot0-3", "bot0", day="02"))
        assert {agent for agent, _ in asked} == {""}
        assert kept(house) == counted(house)
    finally:
        assert house.decider.use(Loaded(shipped)) == ()
        house.commit(Record(RECORD, AMBIT.GOVERNANCE))


def test_of_many_agents_all_are_counted_at_once(
    house: House, asked: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracks, "MOST", 1)
    house.commit(approval("bot0-3", "bot0", day="02"), approval("bot1-3", "bot1", day="02"))
    assert [agent for agent, _ in asked] == [""]
    assert kept(house) == counted(house)


def test_where_a_rule_failed_all_is_counted_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    start(house)
    rules = house.decider.rules

    def fails(queries: Sequence[RuleCall], **how: Any) -> Any:
        if any(map(gives_levels, queries)):
            raise OSError("for the test")
        return rules(queries, **how)

    monkeypatch.setattr(house.decider, "rules", fails)
    house.commit(approval("bot0-3", "bot0", day="02"))
    assert kept(house) == frozenset()
    monkeypatch.setattr(house.decider, "rules", rules)
    house.commit(approval("bot0-4", "bot0", day="02"))
    assert kept(house) == counted(house) and len({t.subject for t in kept(house)}) == 3


def test_the_shipped_rule_reads_nothing_that_does_not_lead_to_its_agent() -> None:
    assert tracks.counts_apart([rule for rule in load([SHIPPED]).rules if rule.effect == "level"])
