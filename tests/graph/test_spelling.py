"""The store keeps values, not spellings: what is logged is what it holds."""

from pathlib import Path

import pytest
from storeworld import label

from ambit.graph.store.owner import Owner
from ambit.graph.store.verify import verify
from ambit.graph.terms import BlankNode, Literal, NamedNode, Triple
from ambit.graph.vocabulary import XSD
from ambit.graph.words import Change, Record, RecordGraph, Role

SPELLINGS = [
    ("007", XSD.INTEGER),
    ("12.50", XSD.DECIMAL),
    ("1", XSD.BOOLEAN),
    ("2026-11-21T05:00:00.000+00:00", XSD.DATE_TIME),
    ("1.0E0", XSD.DOUBLE),
    ("nonsense", XSD.INTEGER),
    ("plain", XSD.STRING),
]


def _change(spelling: str, datatype: str) -> Change:
    value = Literal(spelling, datatype=NamedNode(datatype))
    triples = {
        Triple(NamedNode("urn:s"), NamedNode("urn:p"), value),
        Triple(BlankNode("b"), NamedNode("urn:q"), Literal("x", language="en")),
    }
    graph = RecordGraph("urn:source:r#g", frozenset(triples), None, Role.DATA, label("1"))
    return Change((Record("urn:source:r", "urn:source", (graph,), "digest"),))


@pytest.mark.parametrize(("spelling", "datatype"), SPELLINGS, ids=str)
def test_a_spelling_of_a_value_is_no_change_and_verifies(
    tmp_path: Path, spelling: str, datatype: str
) -> None:
    owner = Owner(tmp_path / "data")
    first = owner.commit(_change(spelling, datatype))
    again = owner.commit(_change(spelling, datatype))
    assert first.revision == again.revision == 1, "the same again is no commit"
    owner.close()
    assert verify(tmp_path / "data").problems == ()
