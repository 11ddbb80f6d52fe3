"""Conclusions with one premise: against owlrl over the same graph, and as graphs beside their premises."""

import hypothesis.strategies as st
import owlrl
import rdflib
from hypothesis import given, settings

from ambit.graph.rdf.parsing import name_blanks, read_rdf
from ambit.graph.terms import BlankNode, NamedNode, Triple
from ambit.graph.vocabulary import OWL, RDF, RDFS
from ambit.reasoning.ontologies.axioms import Axioms

EX = "http://example.com/"
TYPE = f"<{RDF.TYPE}>"
CLASSES = [f"<{EX}C{n}>" for n in range(4)]
PROPERTIES = [f"<{EX}p{n}>" for n in range(4)]
THINGS = [f"<{EX}t{n}>" for n in range(4)]
VALUES = [*THINGS, '"word"', f'"5"^^<{rdflib.XSD.integer}>']

classes, properties, things = (st.sampled_from(names) for names in (CLASSES, PROPERTIES, THINGS))
values = st.sampled_from(VALUES)


ABOVE = {"above": f"<{RDFS.SUB_CLASS_OF}>", "same": f"<{OWL.EQUIVALENT_CLASS}>"}


def line(*terms: str) -> str:
    return " ".join(terms) + " ."


between_names = st.one_of(
    st.builds(lambda a, b: line(a, f"<{RDFS.SUB_CLASS_OF}>", b), classes, classes),
    st.builds(lambda a, b: line(a, f"<{OWL.EQUIVALENT_CLASS}>", b), classes, classes),
    st.builds(lambda a, b: line(a, f"<{RDFS.SUB_PROPERTY_OF}>", b), properties, properties),
    st.builds(lambda a, b: line(a, f"<{OWL.EQUIVALENT_PROPERTY}>", b), properties, properties),
    st.builds(lambda a, b: line(a, f"<{OWL.INVERSE_OF}>", b), properties, properties),
    st.builds(lambda a: line(a, TYPE, f"<{OWL.SYMMETRIC_PROPERTY}>"), properties),
    st.builds(lambda a, b: line(a, f"<{RDFS.DOMAIN}>", b), properties, classes),
    st.builds(lambda a, b: line(a, f"<{RDFS.RANGE}>", b), properties, classes),
)
with_values = st.builds(
    lambda number, how, c, p, v: "\n".join(
        [
            line(f"_:r{number}", TYPE, f"<{OWL.RESTRICTION}>"),
            line(f"_:r{number}", f"<{OWL.ON_PROPERTY}>", p),
            line(f"_:r{number}", f"<{OWL.HAS_VALUE}>", v),
            line(f"_:r{number}", f"<{RDFS.SUB_CLASS_OF}>", c)
            if how == "below"
            else line(c, ABOVE[how], f"_:r{number}"),
        ]
    ),
    st.integers(0, 99),
    st.sampled_from(["above", "below", "same"]),
    classes,
    properties,
    values,
)
ontologies = st.lists(st.one_of(between_names, with_values), max_size=8)
records = st.lists(
    st.one_of(
        st.builds(lambda s, c: line(s, TYPE, c), things, classes),
        st.builds(lambda s, p, o: line(s, p, o), things, properties, values),
    ),
    min_size=1,
    max_size=6,
)


def parsed(lines: list[str]) -> frozenset[Triple]:
    return name_blanks(read_rdf("\n".join(lines).encode(), name="test", syntax="ntriples"), "urn:test")


def owlrl_says(ontology: list[str], record: list[str]) -> set[str]:
    """What owlrl concludes from a record and an ontology, in the record's vocabulary, as N-Triples.

    owlrl derives more (reflexive, `owl:Thing`, about the axioms themselves): what is compared is triples
    whose predicate is one of ours or `rdf:type` with one of our classes, and whose subject is a resource.
    """
    graph = rdflib.Graph().parse(data="\n".join(ontology + record), format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, rdfs_closure=False).expand(graph)
    found = set()
    for s, p, o in graph:
        if isinstance(s, rdflib.URIRef) and s.n3() in THINGS:
            ours = p.n3() in PROPERTIES or (p == rdflib.RDF.type and o.n3() in CLASSES)
            if ours:
                found.add(" ".join(term.n3() for term in (s, p, o)))
    return found


def in_n3(triples: frozenset[Triple]) -> set[str]:
    graph = rdflib.Graph().parse(data="\n".join(f"{t} ." for t in triples), format="nt")
    return {" ".join(term.n3() for term in triple) for triple in graph}


@settings(max_examples=150, deadline=None)
@given(ontologies, records)
def test_concludes_what_owlrl_concludes(ontology: list[str], record: list[str]) -> None:
    asserted = parsed(record)
    concluded = Axioms.from_triples(parsed(ontology)).conclude(asserted)
    assert not concluded & asserted
    assert in_n3(concluded | asserted) == owlrl_says(ontology, record)


@settings(max_examples=100, deadline=None)
@given(ontologies, records)
def test_each_conclusion_has_one_premise(ontology: list[str], record: list[str]) -> None:
    """The closure of a record is the union of its triples' closures: else a label could be crossed."""
    axioms = Axioms.from_triples(parsed(ontology))
    asserted = parsed(record)
    alone = frozenset(c for t in asserted for c in axioms.conclude([t]))
    assert axioms.conclude(asserted) == alone - asserted


def test_axioms_in_data_mean_nothing() -> None:
    said = parsed([line(CLASSES[0], f"<{RDFS.SUB_CLASS_OF}>", CLASSES[1]), line(THINGS[0], TYPE, CLASSES[0])])
    assert Axioms().conclude(said) == frozenset()


def test_memberships_in_nameless_classes_are_not_given_out() -> None:
    ontology = parsed(
        [
            line("_:r", f"<{OWL.ON_PROPERTY}>", PROPERTIES[0]),
            line("_:r", f"<{OWL.HAS_VALUE}>", THINGS[1]),
            line("_:r", f"<{RDFS.SUB_CLASS_OF}>", CLASSES[0]),
        ]
    )
    concluded = Axioms.from_triples(ontology).conclude(parsed([line(THINGS[0], PROPERTIES[0], THINGS[1])]))
    assert concluded == {Triple(NamedNode(EX + "t0"), NamedNode(RDF.TYPE), NamedNode(EX + "C0"))}
    assert not any(isinstance(t.object, BlankNode) for t in concluded)
