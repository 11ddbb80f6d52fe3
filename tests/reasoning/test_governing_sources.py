"""What a source may say where governance lets it govern a relation, and what it may not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from checks import SOURCE, commit

from ambit.graph.store.owner import Owner
from ambit.graph.terms import NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, FOAF, ORG, OWL, RDF, RDFS, node
from ambit.graph.words import Hints, Record, RecordGraph, Role
from ambit.reasoning.governance.governance import ACT, govern

EX = "https://example.org/"
FILE = "urn:ambit:governance:file:sources"
PREDICATES = (ORG.MEMBER_OF, RDF.TYPE, RDFS.SUB_PROPERTY_OF, OWL.INVERSE_OF, AMBIT.IS_GRANTED_TO)


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data", checks=(govern,))
    triples = {Triple(NamedNode(SOURCE), node(AMBIT.GOVERNS), node(predicate)) for predicate in PREDICATES}
    graph = RecordGraph(FILE, triples, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    commit(owner, Record(FILE, AMBIT.GOVERNANCE, (graph,)))
    yield owner
    owner.close()


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "counts"),
    [
        (EX + "ann", ORG.MEMBER_OF, EX + "sales", True),
        (EX + "ann", RDF.TYPE, FOAF.PERSON, True),
        (EX + "grant", AMBIT.IS_GRANTED_TO, EX + "ann", True),
        (ACT + "approval:1", AMBIT.IS_GRANTED_TO, EX + "mallory", False),
        (EX + "follows", RDFS.SUB_PROPERTY_OF, AMBIT.MEMBER_OF_ALL, False),
        (EX + "follows", OWL.INVERSE_OF, ORG.HAS_MEMBER, False),
        (AMBIT.ANONYMOUS, RDF.TYPE, FOAF.PERSON, False),
        (EX + "ann", RDF.TYPE, AMBIT.AGENT, False),
    ],
)
def test_what_a_record_says_counts_or_does_not(
    owner: Owner, subject: str, predicate: str, value: str, counts: bool
) -> None:
    said = Triple(NamedNode(subject), node(predicate), NamedNode(value))
    iri = f"{SOURCE}/1"
    commit(owner, Record(iri, SOURCE, (RecordGraph(iri + "#all", {said}, Hints(SOURCE)),), "1"))
    assert any(quad.triple == said for quad in owner.governance()) == counts
