"""The labels of what is written: given by name, and held against what was read."""

import pytest
from writecase import MINE, OURS, READS, SEEN_SOURCE, WRITES, outcome, said, values
from writeworld import DEFAULT, SOURCE, Stage, staged

from ambit.graph.compartments import compartment_of
from ambit.graph.errors import Invalid
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Change, Label, Record, RecordGraph
from ambit.reasoning.findings.strictness import is_as_strict
from ambit.server.settings import WritePrefix
from ambit.server.writelabels import WriteLabels


def test_what_was_read_must_not_flow_into_a_wider_graph(told: Stage) -> None:
    request = told.request(READS, [*WRITES, OURS], declassify=())
    copying = f"INSERT {{ GRAPH <{OURS}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    assert outcome(told, request, copying)[0] == "declassify-needed"
    assert outcome(told, request, f"COPY <{MINE}> TO <{OURS}>")[0] == "declassify-needed"
    assert outcome(told, request, f"INSERT DATA {{ GRAPH <{OURS}> {{ <urn:a> <urn:p> 1 }} }}")[0] == ""
    listing = f"INSERT {{ GRAPH <{OURS}> {{ ?g <urn:n> 1 }} }} WHERE {{ GRAPH ?g {{ }} }}"
    assert outcome(told, request, listing)[0] == "declassify-needed", "names of graphs are read as well"
    naming = f"INSERT {{ GRAPH <{OURS}> {{ ?s <urn:q> ?o }} }} WHERE {{ GRAPH <{OURS}> {{ ?s ?p ?o }} }}"
    assert outcome(told, request, naming)[0] == ""
    within = f"WITH <{OURS}> INSERT {{ ?s <urn:q> ?o }} WHERE {{ ?s ?p ?o }}"
    assert outcome(told, request, within)[0] == "", "what it read is what it writes"
    allowed = told.request(READS, [*WRITES, OURS], declassify=[OURS])
    assert outcome(told, allowed, copying)[0] == ""


def test_what_one_operation_read_binds_those_after_it(told: Stage) -> None:
    request = told.request(READS, [*WRITES, OURS], declassify=())
    text = (
        f"INSERT {{ GRAPH <{MINE}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{SEEN_SOURCE}> {{ ?s ?p ?o }} }} ;"
        f"INSERT {{ GRAPH <{OURS}> {{ ?s ?p ?o }} }} USING <{OURS}> WHERE {{ ?s ?p ?o }}"
    )
    assert outcome(told, request, text)[0] == "declassify-needed"


def test_a_label_is_as_strict_as_others_by_sensitivity_audience_and_jurisdiction() -> None:
    def made(sensitivity: str, audience: set[str], *spaces: str) -> Label:
        return Label("urn:s", sensitivity, frozenset(spaces or (AMBIT.EU,)), frozenset(audience))

    team = made(AMBIT.INTERNAL, {"urn:a", "urn:b"})
    strict = [
        team,
        made(AMBIT.INTERNAL, {"urn:a"}),
        made(AMBIT.PERSONAL, {"urn:a"}),
        made(AMBIT.HEALTH, {AMBIT.ADMINISTRATORS}),
        made(AMBIT.INTERNAL, {"urn:b"}, AMBIT.EU, AMBIT.US),
    ]
    loose = [
        made(AMBIT.OPEN, {"urn:a"}),
        made(AMBIT.INTERNAL, {"urn:a", "urn:c"}),
        made(AMBIT.INTERNAL, {AMBIT.EVERYBODY}),
        made(AMBIT.INTERNAL, {AMBIT.ADMINISTRATORS, "urn:c"}),
        made(AMBIT.INTERNAL, {"urn:a"}, AMBIT.US),
    ]
    assert all(is_as_strict(label, [team]) for label in strict)
    assert not any(is_as_strict(label, [team]) for label in loose)
    assert is_as_strict(loose[1], []) and not is_as_strict(strict[1], [team, strict[3]])
    assert is_as_strict(made(AMBIT.OPEN, {"urn:c"}), [made(AMBIT.OPEN, {AMBIT.EVERYBODY})])
    one, other = made(AMBIT.HEALTH, {"urn:a"}), made(AMBIT.PAYMENT, {"urn:a"})
    assert not is_as_strict(one, [other]) and is_as_strict(made(AMBIT.CONFIDENTIAL, {"urn:a"}), [one, other])


def test_labels_are_those_of_the_longest_prefix() -> None:
    def prefix(name: str, audience: str) -> WritePrefix:
        return WritePrefix(prefix=name, sensitivity=AMBIT.OPEN, audience=(audience,))

    eu = frozenset({AMBIT.EU})
    labels = WriteLabels((prefix("urn:a:", "urn:one"), prefix("urn:a:b:", "urn:two")), eu)
    assert labels.of("urn:a:x").audience == {"urn:one"}
    assert labels.of("urn:a:b:x").audience == {"urn:two"}
    strictest = Label(AMBIT.WRITES, AMBIT.CONFIDENTIAL, eu, frozenset({AMBIT.ADMINISTRATORS}))
    assert labels.of("urn:c") == strictest == labels.of(DEFAULT)
    assert labels.compartment("urn:ambit:x") is None
    assert WriteLabels((), frozenset()).compartment(DEFAULT) is None, "no site, no writing"


def test_names_kept_for_writes_are_no_sources() -> None:
    with staged() as stage:
        labels = stage.request([], []).layers.write_labels
        for record, graph in (("urn:mine:r", "urn:source:r#a"), ("urn:source:r", "urn:mine:r#a")):
            made = Record(record, SOURCE, (RecordGraph(graph, frozenset(said("x", 1))),))
            with pytest.raises(Invalid, match="kept for writes"):
                labels.reserve(Change((made,)), stage.owner)
        ours = Record("urn:mine:r", AMBIT.WRITES, (RecordGraph("urn:mine:r", frozenset(said("x", 1))),))
        assert labels.reserve(Change((ours,)), stage.owner).records == (ours,)


def test_at_start_graphs_get_the_label_that_is_configured_now(told: Stage) -> None:
    labels = WriteLabels(
        (WritePrefix(prefix="urn:mine:", sensitivity=AMBIT.OPEN, audience=("urn:new",)),),
        frozenset({AMBIT.EU}),
    )
    labels.settle(told.owner, told.owner.describe, told.owner.commit)
    entry = told.owner.entry(MINE)
    assert entry is not None and entry.compartment == compartment_of(labels.of(MINE))
    assert values(told, MINE) == {"1"}
    assert labels.relabelled(told.owner) == []
