"""Acts of governance: what they may say, and what never counts of what they say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ambit.graph.errors import Invalid
from ambit.graph.snapshot import Snapshot
from ambit.graph.terms import BlankNode, Literal, NamedNode, Quad, Triple
from ambit.graph.vocabulary import AMBIT, DCTERMS, ORG, PROV, RDF, node
from ambit.graph.words import Change, GraphEntry, Record, RecordGraph, Role
from ambit.reasoning.acts.acts import Act, Form, is_act, new, of_subject, record, withdrawn
from ambit.reasoning.governance.governance import ACT, UNGOVERNABLE, _declared

HIRED = Form("hired", AMBIT.AGENT, frozenset({AMBIT.IS_OWNED_BY}))
ADA = "https://example.org/ada"
HELPER = "https://example.org/helper"


def act(**changed: object) -> Act:
    iri = new(HIRED)
    made = Act(
        HIRED,
        iri,
        HELPER,
        {AMBIT.IS_OWNED_BY: [NamedNode(ADA)]},
        ADA,
        datetime(2026, 3, 1, tzinfo=UTC),
        "urn:ambit:run:1",
        "she needs help with refunds",
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_an_act_says_what_it_is_and_who_did_it_when_and_why() -> None:
    made = record(act())
    (graph,) = made.graphs
    assert is_act(made.iri) and graph.graph == made.iri and graph.role is Role.GOVERNANCE
    assert made.source == AMBIT.GOVERNANCE and graph.label is None and graph.hints is not None
    said = {(str(t.subject.value), t.predicate.value, t.object.value) for t in graph.triples}  # type: ignore[union-attr]
    assert said == {
        (HELPER, RDF.TYPE, AMBIT.AGENT),
        (HELPER, AMBIT.IS_OWNED_BY, ADA),
        (made.iri, PROV.WAS_ATTRIBUTED_TO, ADA),
        (made.iri, PROV.WAS_GENERATED_BY, "urn:ambit:run:1"),
        (made.iri, PROV.GENERATED_AT_TIME, "2026-03-01T00:00:00+00:00"),
        (made.iri, DCTERMS.DESCRIPTION, "she needs help with refunds"),
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"said": {ORG.MEMBER_OF: [NamedNode(AMBIT.ADMINISTRATORS)]}},
        {"said": {AMBIT.GOVERNS: [NamedNode(ORG.MEMBER_OF)]}},
        {"said": {AMBIT.IS_OWNED_BY: [BlankNode("b")]}},
        {"said": {AMBIT.IS_OWNED_BY: [Literal("x" * 20_001)]}},
        {"said": {AMBIT.IS_OWNED_BY: [NamedNode(f"urn:x:{n}") for n in range(1_000)]}},
        {"subject": AMBIT.ADMINISTRATORS},
        {"subject": "urn:ambit:compartment:1"},
        {"subject": "no iri"},
        {"subject": "https://example.org/" + "x" * 2_048},
        {"by": ""},
        {"reason": "because"},
        {"reason": "   because    "},
        {"reason": "x" * 1_001},
    ],
)
def test_an_act_says_nothing_beside_its_form(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        record(act(**changed))
    assert refused.value.code == "invalid-argument"


@pytest.mark.parametrize(
    "predicate", sorted({p.value for p in UNGOVERNABLE} | {RDF.TYPE, PROV.WAS_ATTRIBUTED_TO})
)
def test_no_form_can_say_who_governs_or_what_is_labelled(predicate: str) -> None:
    with pytest.raises(ValueError, match="cannot have"):
        Form("bad", AMBIT.AGENT, frozenset({predicate}))


def test_only_acts_are_withdrawn_as_acts() -> None:
    iri = of_subject(HIRED, HELPER)
    assert withdrawn(iri) == Record(iri, AMBIT.GOVERNANCE)
    assert iri == of_subject(HIRED, HELPER) != of_subject(HIRED, ADA)
    with pytest.raises(Invalid):
        withdrawn("urn:ambit:governance:file:people")


class _Held(Snapshot):
    """A snapshot of one governance graph."""

    def __init__(self, graph: str, governed: str = ORG.MEMBER_OF):
        self._graph = graph
        self._governed = governed

    def match(self, *asked: object) -> list[Quad]:  # type: ignore[override]
        return [Quad(NamedNode("urn:hr"), node(AMBIT.GOVERNS), node(self._governed), NamedNode(self._graph))]

    def entry(self, graph: str) -> GraphEntry:
        return GraphEntry(graph, Role.GOVERNANCE, graph, AMBIT.GOVERNANCE, None)


@pytest.mark.parametrize(
    ("name", "counts"), [("urn:ambit:governance:file:people", True), (ACT + "hired:1", False)]
)
def test_what_an_act_says_of_who_governs_never_counts(name: str, counts: bool) -> None:
    """Neither of one that is there nor of one that comes, whatever became of the form."""
    assert bool(_declared(_Held(name), Change(()))) is counts
    triple = Triple(NamedNode("urn:crm"), node(AMBIT.GOVERNS), node(ORG.MEMBER_OF))
    coming = Record(name, AMBIT.GOVERNANCE, (RecordGraph(name, {triple}, role=Role.GOVERNANCE),))
    assert bool(_declared(_Held(name), Change((coming,)))) is counts


@pytest.mark.parametrize("predicate", [AMBIT.LEVEL, AMBIT.AUTONOMY_OF])
def test_no_source_governs_how_far_an_agent_may_go(predicate: str) -> None:
    assert not _declared(_Held("urn:ambit:governance:file:people", predicate), Change(()))
