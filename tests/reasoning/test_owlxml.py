"""OWL/XML: what it says in triples, by the standard's mapping, and held against what other tools make of it."""

import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import rdflib
from rdflib.compare import graph_diff, to_isomorphic

sys.path.insert(0, str(Path(__file__).parents[1] / "acceptance"))
from companies import SHARED

from ambit.graph.errors import AmbitError, SourceInvalid, TooLarge
from ambit.graph.rdf.parsing import read_rdf
from ambit.graph.terms import Quad, Triple, to_nquads
from ambit.graph.vocabulary import OWL, RDF
from ambit.reasoning.ontologies.owlxml import read_owlxml
from ambit.reasoning.ontologies.syntaxes import read_ontology

DATA = SHARED / "ontologies"
PERSON = DATA / "ontopia-italy" / "CPV" / "v0.1"
HEAD = (
    '<Ontology xmlns="http://www.w3.org/2002/07/owl#" xml:base="http://x.example/o" ontologyIRI="http://x.example/o">'
    '<Prefix name="x" IRI="http://x.example/o#"/>'
)


def graph(triples: list[Triple]) -> rdflib.Graph:
    data = to_nquads(Quad(*triple) for triple in triples).decode()
    return to_isomorphic(rdflib.Graph().parse(data=data, format="nt"))


def turtle(text: str) -> rdflib.Graph:
    prefixes = (
        "@prefix : <http://x.example/o#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        "<http://x.example/o> a owl:Ontology .\n"
    )
    return to_isomorphic(rdflib.Graph().parse(data=prefixes + text, format="turtle"))


A, B, C = ('<Class IRI="#A"/>', '<Class abbreviatedIRI="x:B"/>', '<Class IRI="http://x.example/o#C"/>')
P, D = '<ObjectProperty IRI="#p"/>', '<DataProperty IRI="#d"/>'
X, Y, Z = (f'<NamedIndividual IRI="#{name}"/>' for name in "ijk")
INT = '<Datatype abbreviatedIRI="xsd:int"/>'
ONE = '<Literal datatypeIRI="http://www.w3.org/2001/XMLSchema#int">1</Literal>'

AXIOMS = {
    f"<Declaration>{A}</Declaration><Declaration>{D}</Declaration>": ":A a owl:Class . :d a owl:DatatypeProperty .",
    f"<SubClassOf>{A}{B}</SubClassOf>": ":A rdfs:subClassOf :B .",
    f"<EquivalentClasses>{A}{B}{C}</EquivalentClasses>": ":A owl:equivalentClass :B . :B owl:equivalentClass :C .",
    f"<EquivalentClasses><ObjectUnionOf>{A}{B}</ObjectUnionOf>{C}</EquivalentClasses>": (
        ":C owl:equivalentClass [ a owl:Class ; owl:unionOf ( :A :B ) ] ."
    ),
    f"<DisjointClasses>{A}{B}</DisjointClasses>": ":A owl:disjointWith :B .",
    f"<DisjointClasses>{A}{B}{C}</DisjointClasses>": "[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) .",
    f"<DisjointUnion>{A}{B}{C}</DisjointUnion>": ":A owl:disjointUnionOf ( :B :C ) .",
    f"<HasKey>{A}{P}{D}</HasKey>": ":A owl:hasKey ( :p :d ) .",
    f"<SubObjectPropertyOf><ObjectPropertyChain>{P}{P}</ObjectPropertyChain>{P}</SubObjectPropertyOf>": (
        ":p owl:propertyChainAxiom ( :p :p ) ."
    ),
    f"<SubClassOf>{A}<DataMaxCardinality cardinality='2'>{D}{INT}</DataMaxCardinality></SubClassOf>": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :d ; owl:onDataRange xsd:int ;"
        ' owl:maxQualifiedCardinality "2"^^xsd:nonNegativeInteger ] .'
    ),
    f"<SubClassOf>{A}<ObjectExactCardinality cardinality='1'>{P}</ObjectExactCardinality></SubClassOf>": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ;"
        ' owl:cardinality "1"^^xsd:nonNegativeInteger ] .'
    ),
    f"<SubClassOf>{A}<ObjectSomeValuesFrom><ObjectInverseOf>{P}</ObjectInverseOf>{B}</ObjectSomeValuesFrom></SubClassOf>": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty [ owl:inverseOf :p ] ; owl:someValuesFrom :B ] ."
    ),
    f"<SubClassOf>{A}<ObjectHasSelf>{P}</ObjectHasSelf></SubClassOf>": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:hasSelf true ] ."
    ),
    f"<DataPropertyRange>{D}<DatatypeRestriction>{INT}<FacetRestriction "
    f"facet='http://www.w3.org/2001/XMLSchema#minInclusive'>{ONE}</FacetRestriction></DatatypeRestriction>"
    "</DataPropertyRange>": (
        ":d rdfs:range [ a rdfs:Datatype ; owl:onDatatype xsd:int ;"
        ' owl:withRestrictions ( [ xsd:minInclusive "1"^^xsd:int ] ) ] .'
    ),
    f"<FunctionalDataProperty>{D}</FunctionalDataProperty>": ":d a owl:FunctionalProperty .",
    f"<SameIndividual>{X}{Y}{Z}</SameIndividual>": ":i owl:sameAs :j . :j owl:sameAs :k .",
    f"<ClassAssertion>{A}<AnonymousIndividual nodeID='a'/></ClassAssertion><ObjectPropertyAssertion>{P}"
    f"<AnonymousIndividual nodeID='a'/>{X}</ObjectPropertyAssertion>": "[ a :A ; :p :i ] .",
    f"<ObjectPropertyAssertion><ObjectInverseOf>{P}</ObjectInverseOf>{X}{Y}</ObjectPropertyAssertion>": ":j :p :i .",
    f"<NegativeDataPropertyAssertion>{D}{X}{ONE}</NegativeDataPropertyAssertion>": (
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :i ; owl:assertionProperty :d ;"
        ' owl:targetValue "1"^^xsd:int .'
    ),
    f"<SubClassOf><Annotation><AnnotationProperty abbreviatedIRI='rdfs:comment'/><Literal xml:lang='de'>warum"
    f"</Literal></Annotation>{A}{B}</SubClassOf>": (
        ":A rdfs:subClassOf :B . [] a owl:Axiom ; owl:annotatedSource :A ; owl:annotatedProperty rdfs:subClassOf ;"
        ' owl:annotatedTarget :B ; rdfs:comment "warum"@de .'
    ),
    "<AnnotationAssertion><AnnotationProperty abbreviatedIRI='rdfs:label'/><IRI>#A</IRI>"
    "<Literal>a &lt; b</Literal></AnnotationAssertion>": ':A rdfs:label "a < b" .',
    "<Import>http://169.254.169.254/o</Import>": "<http://x.example/o> owl:imports <http://169.254.169.254/o> .",
}


@pytest.mark.parametrize("axiom", AXIOMS)
def test_an_axiom_says_what_the_standard_maps_it_to(axiom: str) -> None:
    said = graph(read_owlxml(f"{HEAD}{axiom}</Ontology>".encode(), name="o"))
    _, ours, theirs = graph_diff(said, turtle(AXIOMS[axiom]))
    assert (set(ours), set(theirs)) == (set(), set())


def test_references_are_the_base_cut_off_as_the_owl_api_writes_them() -> None:
    text = HEAD.replace('base="http://x.example/o"', 'base="http://x.example/o/v"')
    text += (
        '<Declaration><Class IRI="/A"/></Declaration><Declaration><Class IRI=""/></Declaration></Ontology>'
    )
    declared = {t.subject.value for t in read_owlxml(text.encode(), name="o")[1:]}  # type: ignore[union-attr]
    assert declared == {"http://x.example/o/v/A", "http://x.example/o/v"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{HEAD}\n<DLSafeRule/></Ontology>", 2, "`DLSafeRule` is not read"),
        (f"{HEAD}\n<x:a xmlns:x='urn:x'/></Ontology>", 2, "`a` is no element of OWL"),
        (f"{HEAD}\n\n<SubClassOf>{A}</SubClassOf></Ontology>", 3, "has 1 parts, not 2"),
        (f"{HEAD}\n<Declaration><Class abbreviatedIRI='no:A'/></Declaration></Ontology>", 2, "no prefix"),
        (f"{HEAD}\n<Declaration><Class/></Declaration></Ontology>", 2, "names nothing"),
        (f"{HEAD}\n<Declaration>{A}", 2, "does not parse"),
        (f"{HEAD}\n<SubClassOf>{A}<ObjectMinCardinality>{P}</ObjectMinCardinality></SubClassOf></Ontology>", 2, "no cardinality"),
        (f"<!DOCTYPE Ontology SYSTEM 'http://127.0.0.1:1/owl.dtd'>\n{HEAD}</Ontology>", 1, "external DTD"),
        (f"<!DOCTYPE Ontology [\n<!ENTITY f SYSTEM 'file:///etc/passwd'>]>{HEAD}</Ontology>", 2, "outside itself"),
        (f"<!DOCTYPE Ontology [\n<!ENTITY % f SYSTEM 'http://127.0.0.1:1/'> %f;]>{HEAD}</Ontology>", 2, "outside"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(SourceInvalid) as refused:
        read_ontology(text.encode(), name="o.owl", base="urn:o")
    assert said in refused.value.message and refused.value.details == {"file": "o.owl", "line": line}


def test_hostile_xml_is_refused_before_it_expands() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE Ontology [<!ENTITY l0 "lol">{laughs}]>{HEAD}<Import>&l9;</Import></Ontology>'
    deep = f"{HEAD}<SubClassOf>{'<ObjectComplementOf>' * 100_000}"
    for hostile in (text, deep):
        with pytest.raises((SourceInvalid, TooLarge)):
            read_ontology(hostile.encode(), name="o.owl", base="urn:o")


def test_a_prolog_of_many_comments_is_read_in_time() -> None:
    text = b"<!-- x -->" * 100_000 + b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    began = time.process_time()
    assert read_ontology(text, name="o.owl", base="urn:o") == []
    assert time.process_time() - began < 20


def test_entities_in_single_quotes_are_read() -> None:
    text = (
        "<?xml version='1.0'?><!-- <!DOCTYPE --><!DOCTYPE rdf:RDF [ <!ENTITY e 'urn:e#' >\n]>\n"
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="&e;">'
        "<rdf:Description rdf:about=\"&e;a\"><e:p><![CDATA[<!ENTITY e 'kept'>]]></e:p></rdf:Description></rdf:RDF>"
    )
    (triple,) = read_ontology(text.encode(), name="o.rdf", base="urn:o")
    assert str(triple) == "<urn:e#a> <urn:e#p> \"<!ENTITY e 'kept'>\""


# -- real files


needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the ontologies are not there: {DATA}")


@needs_data
def test_person_in_owl_xml_says_what_its_twin_in_n_triples_says() -> None:
    """The twin declares a datatype that the OWL/XML does not declare; all else is the same."""
    said = graph(read_owlxml((PERSON / "person.owl").read_bytes(), name="person.owl"))
    twin = graph(read_rdf((PERSON / "person.nt").read_bytes(), name="person.nt", syntax="ntriples"))
    both, ours, theirs = graph_diff(said, twin)
    assert len(both) == 266 and not len(ours)
    assert [str(s) for s in theirs.subjects()] == ["http://www.w3.org/2001/XMLSchema#date"]


@needs_data
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("owlapi-samples/TestParser07.rdf", 12),
        ("owlapi-samples/owlxml_anonloop.owx", 5),
        ("owlapi-samples/annotatedpropertychain.ttl.rdf", 14),
        ("ontopia-italy/CPV/v0.1/person.owl", 266),
        ("../benchmarks/owl2-testcases/owl2-approved-tests.rdf", 5950),
        ("owlapi-samples/extraBlankNodes.owl", "1` is in functional syntax, which is not read"),
        ("ontopia-italy/CPV/v0.1/person.ofn", "1` is in functional syntax, which is not read"),
        ("owlapi-samples/primer.turtle.rdf", "84` does not parse"),
        ("ontopia-italy/DCAT/DCAT-AP_IT.ttl", "178` does not parse"),
        ("ontopia-italy/DCAT/DCAT-AP_IT.rdf", "107` does not parse"),
        ("w3c-dcat/dcat3-external.ttl", "24` does not parse"),
    ],
)  # fmt: skip
def test_files_that_strict_parsers_stumble_on_are_read_or_refused_with_their_line(
    place: str, said: int | str
) -> None:
    (path, *_) = [*DATA.glob(place), DATA / place]
    try:
        found: int | str = len(read_ontology(path.read_bytes(), name=path.name, base="urn:o"))
    except AmbitError as error:
        found = error.message if str(said) in error.message else f"{error.message} ({error.hint})"
    assert found == said or str(said) in str(found)


@needs_data
def test_the_real_ontologies_are_read_and_what_is_not_is_said() -> None:
    read, refused = 0, []
    for path in sorted((DATA / "obo-via-oak").rglob("*.*"))[:80] + sorted(
        (DATA / "owlapi-samples").glob("*.*")
    ):
        if path.suffix in (".ttl", ".owl", ".rdf", ".ofn", ".obo", ".owx"):
            try:
                read_ontology(path.read_bytes(), name=path.name, base="urn:o")
                read += 1
            except AmbitError as error:
                refused.append((path.suffix, error.hint))
    assert read > 60
    hint = "save it as Turtle or RDF/XML: in Protégé, File > Save as…"
    assert all(said == hint for suffix, said in refused if suffix in (".ofn", ".obo"))


def hermit() -> str | None:
    """The class path of the OWL API that comes with HermiT; None without Java."""
    found = find_spec("owlready2")
    if shutil.which("java") is None or found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "hermit"
    return os.pathsep.join((str(folder), str(folder / "HermiT.jar")))


KINDS = ("Class", "NamedIndividual", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
DECLARED = {*(OWL.NAMESPACE + kind for kind in KINDS), RDF.NAMESPACE + "List"}


def undeclared(triples: list[Triple], others: list[Triple]) -> list[Triple]:
    """Without the ontology's own node, and declarations that only one writer makes."""
    held = set(others)
    return [
        t
        for t in triples
        if t in held
        or t.predicate.value != RDF.TYPE
        or getattr(t.object, "value", "") not in DECLARED | {OWL.ONTOLOGY}
    ]


@needs_data
@pytest.mark.long
@pytest.mark.skipif(hermit() is None, reason="the OWL API needs Java")
@pytest.mark.parametrize(
    "place",
    [
        *("classic-via-jena/pizza.owl.rdf", "classic-via-jena/food.owl", "owlapi-samples/koala.owl"),
        *(f"owlapi-samples/{n}.rdf" for n in ("HasKey", "DataOneOf", "ObjectQualifiedCardinality")),
        *(f"owlapi-samples/{n}.rdf" for n in ("DatatypeRestriction", "ObjectHasSelf", "TestParser06")),
        "ontopia-italy/CPV/CPV-AP_IT.ttl",
    ],
)  # fmt: skip
def test_what_the_owl_api_writes_as_owl_xml_says_what_it_writes_as_turtle(place: str, tmp_path: Path) -> None:
    path = DATA / place
    said = [
        t
        for t in read_ontology(path.read_bytes(), name=place, base="urn:o")
        if t.predicate.value != OWL.IMPORTS
    ]
    (tmp_path / "in.nt").write_bytes(to_nquads(Quad(*triple) for triple in said))
    for syntax, name in (("owl", "out.owl"), ("nt", "out.ttl")):
        subprocess.run(
            ["java", "-cp", hermit() or "", "Save", str(tmp_path / "in.nt"), syntax, str(tmp_path / name)],
            check=True, capture_output=True, timeout=100,
        )  # fmt: skip
    xml = read_ontology((tmp_path / "out.owl").read_bytes(), name="out.owl", base="urn:o")
    ttl = read_ontology((tmp_path / "out.ttl").read_bytes(), name="out.ttl", base="urn:o")
    _, ours, theirs = graph_diff(graph(undeclared(xml, ttl)), graph(undeclared(ttl, xml)))
    assert (sorted(ours), sorted(theirs)) == ([], [])


@pytest.mark.parametrize(
    ("head", "each"),
    [
        ('ontologyIRI="http://x/LONG">', '<Declaration><Class IRI="#A"/></Declaration>'),
        (
            'ontologyIRI="http://x/"><Prefix name="p" IRI="http://x/LONG"/>',
            '<Declaration><Class abbreviatedIRI="p:A"/></Declaration>',
        ),
        ('ontologyIRI="http://x/LONG">', '<Declaration xml:base="a"><Class IRI="http://y/A"/></Declaration>'),
    ],
    ids=["base", "prefix", "bases"],
)
def test_short_forms_of_long_names_are_bounded(head: str, each: str) -> None:
    text = (
        '<Ontology xmlns="http://www.w3.org/2002/07/owl#" '
        + head.replace("LONG", "a" * 1_000_000)
        + each * 400
    )
    with pytest.raises(SourceInvalid, match="300 million characters"):
        read_owlxml((text + "</Ontology>").encode(), name="long.owx")
