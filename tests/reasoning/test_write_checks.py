"""What checks do not do over a write: no label is made anew, and nothing drifts."""

from pathlib import Path

from ambit.graph.compartments import label_triples
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Change, Label, Record, RecordGraph
from ambit.reasoning.findings.drift import drift
from ambit.reasoning.governance.following import stated_quads
from ambit.reasoning.ontologies.ontologies import Texts

LABEL = Label(AMBIT.WRITES, AMBIT.INTERNAL, frozenset({AMBIT.EU}), frozenset({"urn:team"}))
SAID = frozenset({Triple(NamedNode("urn:s"), NamedNode("urn:unknown"), Literal(1))})
WRITE = Change((Record("urn:g", AMBIT.WRITES, (RecordGraph("urn:g", SAID, label=LABEL),)),))


def test_a_label_that_is_known_is_no_change_of_governance(tmp_path: Path) -> None:
    """Else every write would have every record of the store labelled anew."""
    owner = Owner(tmp_path)
    try:
        out, into = stated_quads(WRITE, owner)
        assert not out and {quad.triple for quad in into} == set(label_triples(LABEL))
        owner.describe([LABEL])
        assert stated_quads(WRITE, owner) == (frozenset(), frozenset())
    finally:
        owner.close()


def test_what_callers_write_does_not_drift(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    try:
        assert drift(Texts())(WRITE, owner) is WRITE
        source = Change((Record("urn:r", "urn:source", (RecordGraph("urn:r#a", SAID, label=LABEL),)),))
        assert len(drift(Texts())(source, owner).records) > 1, "an unknown term is a finding for a source"
    finally:
        owner.close()
