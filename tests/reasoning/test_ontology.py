"""Ambit's own ontology: its style, its consistency, and that code and Turtle name the same terms."""

import io
import shutil
from pathlib import Path

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS

from ambit.graph.vocabulary import AMBIT

# pySHACL 0.40 still calls what rdflib 7.6 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:Dataset.*deprecated:DeprecationWarning")

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "ontology").glob("*.ttl"))
ours = rdflib.Namespace(AMBIT.NAMESPACE)


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    graph = rdflib.Graph()
    for file in FILES:
        graph.parse(file)
    return graph


def style_report(data: rdflib.Graph) -> tuple[bool, str]:
    from pyshacl import validate

    conforms, _, text = validate(data, shacl_graph=str(ROOT / "shapes" / "style.ttl"), inference="none")
    return conforms, text


def test_follows_the_style_guide(ontology: rdflib.Graph) -> None:
    conforms, text = style_report(ontology)
    assert conforms, text


DEFINED = "rdfs:isDefinedBy core: ; skos:prefLabel 'x'@en ; skos:definition 'Something or other.'@en ."


@pytest.mark.parametrize(
    ("turtle", "complaint"),
    [
        ("ambit:Thing a owl:Class ; rdfs:isDefinedBy core: ; skos:prefLabel 'x'@en .", "one definition"),
        (f"ambit:thing a owl:Class ; {DEFINED}", "UpperCamel"),
        (f"ambit:owner a owl:ObjectProperty ; {DEFINED}", "is a verb"),
        ("ambit:Stray a owl:Class .", "says where it is defined"),
    ],
)
def test_the_style_guide_finds(turtle: str, complaint: str) -> None:
    prefixes = (
        f"@prefix ambit: <{AMBIT.NAMESPACE}> . @prefix owl: <{OWL}> . @prefix rdfs: <{RDFS}> ."
        f" @prefix skos: <{SKOS}> . @prefix core: <https://w3id.org/ambit/core> ."
    )
    conforms, text = style_report(rdflib.Graph().parse(data=prefixes + turtle, format="turtle"))
    assert not conforms
    assert complaint in text


def test_code_and_turtle_name_the_same_terms(ontology: rdflib.Graph) -> None:
    in_code = {value for name, value in vars(AMBIT).items() if name.isupper() and name != "NAMESPACE"}
    in_turtle = {str(term) for term in ontology.subjects(RDFS.isDefinedBy) if str(term).startswith(ours)}
    assert in_code == in_turtle


def test_every_term_used_is_declared(ontology: rdflib.Graph) -> None:
    used = {str(t) for triple in ontology for t in triple if str(t).startswith(AMBIT.NAMESPACE)}
    assert used <= {str(term) for term in ontology.subjects(RDFS.isDefinedBy)}


def test_purposes_lead_to_the_top(ontology: rdflib.Graph) -> None:
    top = rdflib.URIRef("https://w3id.org/dpv#Purpose")
    for purpose in ontology.subjects(SKOS.broader):
        assert top in set(ontology.transitive_objects(purpose, SKOS.broader)), purpose


def hermit(graph: rdflib.Graph) -> list[object]:
    """The unsatisfiable classes; raises `OwlReadyInconsistentOntologyError`."""
    import owlready2

    world = owlready2.World()
    text = graph.serialize(format="nt", encoding="utf-8")
    loaded = world.get_ontology("https://w3id.org/ambit/all#").load(fileobj=io.BytesIO(text))
    with loaded:
        owlready2.sync_reasoner_hermit(world, debug=0)
    return list(world.inconsistent_classes())


@pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java, which is not installed here")
def test_is_consistent(ontology: rdflib.Graph) -> None:
    import owlready2

    assert hermit(ontology) == []
    both = ontology + rdflib.Graph()
    both.add((ours.EU, RDF.type, ours.Sensitivity))  # a sensitivity is no jurisdiction
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        hermit(both)
