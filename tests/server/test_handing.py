"""What answers handed over is noted behind them, whatever one of them holds."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.words import Clearance
from ambit.server.handing import Given, Handing, triples_of

CLEARED = Clearance(frozenset({"urn:c:1", "urn:c:2"}), "key")


class Holding:
    """Stands in for the store: it holds what has a number, and fails at the rest."""

    def holding(
        self, triples: Sequence[Triple], said: Mapping[str, Collection[str]], compartments: frozenset[str]
    ) -> frozenset[str]:
        return frozenset({f"urn:c:{int(str(t.object.value))}" for t in triples}) & compartments  # type: ignore[union-attr]


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
        handing.note(run, "urn:user", CLEARED, given(value), ["urn:c:2"])
    handing.note("urn:run:nothing", "urn:user", CLEARED, Given((), {}), ["urn:c:2"])
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
