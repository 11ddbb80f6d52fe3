"""What answers handed over is noted behind them, whatever one of them holds and whatever is committed since."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest
from writecase import OURS, hold, me
from writeworld import Stage, compartments

from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Clearance
from ambit.server.handing import Given, Handing, triples_of

CLEARED = Clearance(frozenset({"urn:c:1", "urn:c:2"}), "key")


class Holding:
    """Stands in for the store: it holds what has a number, and fails at the rest."""

    def holding(
        self, triples: Sequence[Triple], said: Mapping[str, Collection[str]], compartments: frozenset[str]
    ) -> frozenset[str]:
        return frozenset({f"urn:c:{int(str(t.object.value))}" for t in triples}) & compartments  # type: ignore[union-attr]

    def changed_since(self, compartments: frozenset[str], revision: int) -> frozenset[str]:
        return frozenset()


def given(value: str) -> Given:
    return Given([Triple(NamedNode("urn:s"), NamedNode("urn:p"), Literal(value))], {})


def noted(*answers: tuple[str, str]) -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = []

    def append(kind: str, fields: Mapping[str, Any]) -> None:
        assert kind == "handed"
        if fields["run"] == "urn:run:unwritable":
            raise OSError("disk full")
        entries.append(fields)

    handing = Handing(Holding(), append)  # type: ignore[arg-type]
    handing.start()
    for run, value in answers:
        handing.note(run, "urn:user", CLEARED, given(value), ["urn:c:2"], 1)
    handing.note("urn:run:nothing", "urn:user", CLEARED, Given((), {}), ["urn:c:2"], 1)
    handing.stop()
    return entries


def test_what_is_cleared_and_holds_a_value_was_handed_over() -> None:
    assert noted(("urn:run:1", "1"), ("urn:run:9", "9")) == [
        {"run": "urn:run:1", "user": "urn:user", "handed": ["urn:c:1"]}
    ]


def test_what_cannot_be_looked_up_counts_as_all_that_was_touched() -> None:
    assert noted(("urn:run:x", "x")) == [{"run": "urn:run:x", "user": "urn:user", "handed": ["urn:c:2"]}]


def test_an_entry_that_cannot_be_written_holds_no_other_up() -> None:
    assert [e["run"] for e in noted(("urn:run:unwritable", "1"), ("urn:run:1", "1"))] == ["urn:run:1"]


@pytest.mark.parametrize("goes", [True, False])
def test_what_is_gone_when_it_is_looked_up_was_handed_over_all_the_same(told: Stage, goes: bool) -> None:
    """That holds of what changed where the answer may have been read; what else it touched is not told."""
    hold(told, OURS, AMBIT.WRITES, "given")
    request = me(told)
    request.rows("SELECT ?v { <urn:held> <urn:p> ?v }")
    if goes:
        hold(told, OURS, AMBIT.WRITES)
    entries: list[Mapping[str, Any]] = []
    handing = Handing(told.owner, lambda kind, fields: entries.append(fields))
    handing.start()
    was = Given([Triple(NamedNode("urn:held"), NamedNode("urn:p"), Literal("given"))], {})
    handing.note(request.run, "urn:user", request.clearance, was, request.touched, request.since)
    handing.stop()
    assert request.touched > compartments(OURS)
    assert [entry["handed"] for entry in entries] == [sorted(compartments(OURS))]


def test_values_become_triples_and_blank_nodes_are_none() -> None:
    said = [
        ("urn:s", "urn:p", {"type": "literal", "value": "x", "xml:lang": "en"}),
        ("urn:s", "urn:p", {"type": "bnode", "value": "b"}),
        ("urn:s", "urn:p", {"type": "uri", "value": "urn:o"}),
    ]
    assert list(triples_of(said)) == [
        Triple(NamedNode("urn:s"), NamedNode("urn:p"), Literal("x", language="en")),
        Triple(NamedNode("urn:s"), NamedNode("urn:p"), NamedNode("urn:o")),
    ]
