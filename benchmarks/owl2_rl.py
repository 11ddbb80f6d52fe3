"""The W3C's tests for OWL 2 RL, each through a store: what is committed, what a view then holds, what is found.

`python -m benchmarks.owl2_rl` writes the table of passed and failed to `owl2-rl.md` beside this file. The tests lie
outside of the repository: `AMBIT_SHARED_DATA` names the folder that has `benchmarks/owl2-testcases` in it.
"""

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from companies import SHARED
from pyoxigraph import RdfFormat, Store, parse

from ambit.graph.compartments import compartment_of, governance_label
from ambit.graph.rdf.parsing import name_blanks
from ambit.graph.store.owner import Owner
from ambit.graph.terms import BlankNode, Literal, NamedNode, Quad, Triple, from_turtle
from ambit.graph.vocabulary import AMBIT, OWL, RDF, RDFS
from ambit.graph.words import MERGED, Change, Record, RecordGraph, Role
from ambit.reasoning.ontologies.entail import entail
from ambit.reasoning.ontologies.ontologies import ONTOLOGIES, Texts, public_label
from ambit.reasoning.rl.conclude import Conclusions

SUITE = SHARED / "benchmarks" / "owl2-testcases" / "owl2-approved-tests.rdf"
TABLE = Path(__file__).with_name("owl2-rl.md")
TEST = "http://www.w3.org/2007/OWL/testOntology#"
PUBLIC = public_label([AMBIT.EU])

BY_HAND = {
    "Plus and Minus Zero are Distinct": """:numberOfChildren a owl:DatatypeProperty , owl:FunctionalProperty .
        :Meg :numberOfChildren "0.0"^^xsd:float , "-0.0"^^xsd:float .""",
    "functionality-clash": """:hasAge a owl:DatatypeProperty , owl:FunctionalProperty .
        :a :hasAge 18 , 19 .""",
    "string-integer-clash": """:hasAge a owl:DatatypeProperty ; rdfs:range xsd:integer .
        :a :hasAge "aString" .""",
}
"""What is given in functional syntax alone, which Ambit doesn't read, in Turtle."""

PREFIXES = f"@prefix : <http://example.org/> . @prefix owl: <{OWL.NAMESPACE}> . @prefix rdfs: <{RDFS.NAMESPACE}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."

DECLARED = frozenset(
    OWL.NAMESPACE + name
    for name in [
        "Ontology",
        "Class",
        "ObjectProperty",
        "DatatypeProperty",
        "AnnotationProperty",
        "NamedIndividual",
        "Thing",
        "Restriction",
    ]
) | {RDFS.NAMESPACE + "Class", RDFS.NAMESPACE + "Datatype", RDF.NAMESPACE + "Property"}
"""Kinds that a conclusion may state and that need not follow: declarations, and what everything is."""

_APART = "The rules of OWL 2 RL conclude no `owl:differentFrom`: that two things are the same would clash, and what would clash is found only when it is said."
_SCHEMA = "It follows for axioms, not for data: table 9 is not drawn. In a query a path over `rdfs:subClassOf` and `owl:equivalentClass` says it."
_RANGE = "It follows from what datatypes have in common: table 8 is not drawn."
WHY = {
    (
        "DisjointClasses-001",
        "follows",
    ): "The rules of OWL 2 RL put nothing into a complement: they find what is in both.",
    (
        "DisjointClasses-003",
        "follows",
    ): "The rules of OWL 2 RL put nothing into a complement: they find what is in both.",
    ("New-Feature-DisjointDataProperties-002", "follows"): _APART,
    ("New-Feature-DisjointObjectProperties-001", "follows"): _APART,
    ("owl2-rl-rules-fp-differentFrom", "follows"): _APART,
    ("WebOnt-differentFrom-001", "follows"): _APART,
    (
        "string-integer-clash",
        "inconsistent",
    ): "It clashes by datatypes: table 8 is not drawn. Wrong datatypes are found by shapes and as drift.",
    ("WebOnt-equivalentClass-002", "follows"): _SCHEMA,
    ("WebOnt-equivalentClass-003", "follows"): _SCHEMA,
    (
        "WebOnt-I4.6-005-Direct",
        "follows",
    ): "The conclusion is an annotation; the direct semantics ignores it, and so the test asks for nothing.",
    (
        "WebOnt-I5.26-010",
        "follows",
    ): "The conclusion is a restriction that the ontology doesn't have; no rule of OWL 2 RL makes one.",
    (
        "WebOnt-I5.5-005",
        "follows",
    ): "The conclusion is a class expression that the ontology doesn't have; no rule of OWL 2 RL makes one.",
    ("WebOnt-I5.8-008", "follows"): _RANGE,
    ("WebOnt-I5.8-009", "follows"): _RANGE,
    (
        "WebOnt-imports-011",
        "follows",
    ): "The imported ontology is not in the file of tests, and Ambit fetches no imports: an import counts when its ontology is in the workspace.",
}
"""Why a test fails that does."""


@dataclass(frozen=True)
class Case:
    """One test: what is given, and for each thing that is asked of it the graph that it is about."""

    name: str
    premise: frozenset[Triple]
    asked: tuple[tuple[str, frozenset[Triple]], ...]


@dataclass(frozen=True)
class Result:
    """What one question of one test came to."""

    case: str
    kind: str
    passed: bool
    said: str


def cases() -> Iterator[Case]:
    """The tests whose profile is RL."""
    said: dict[object, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    for quad in parse(_entities(SUITE.read_bytes()), format=RdfFormat.RDF_XML):
        said[quad.subject][quad.predicate.value.removeprefix(TEST)].append(quad.object)
    for values in said.values():
        if NamedNode(f"{TEST}RL") not in values["profile"]:
            continue
        name = _text(values, "identifier") or ""
        kinds = {str(kind)[1:-1].removeprefix(TEST) for kind in values[RDF.TYPE]}
        given = BY_HAND.get(name)
        premise = _turtle(given) if given else _rdfxml(_text(values, "rdfXmlPremiseOntology") or "")
        asked: list[tuple[str, frozenset[Triple]]] = []
        if "PositiveEntailmentTest" in kinds:
            asked.append(("follows", _rdfxml(_text(values, "rdfXmlConclusionOntology") or "")))
        if "NegativeEntailmentTest" in kinds:
            asked.append(("does not follow", _rdfxml(_text(values, "rdfXmlNonConclusionOntology") or "")))
        if "ConsistencyTest" in kinds:
            asked.append(("consistent", frozenset()))
        if "InconsistencyTest" in kinds:
            asked.append(("inconsistent", frozenset()))
        yield Case(name, premise, tuple(asked))


def results() -> list[Result]:
    """What each question of each test comes to."""
    found = []
    for case in sorted(cases(), key=lambda case: case.name.lower()):
        with tempfile.TemporaryDirectory() as folder:
            view, findings = _held(case.premise, Path(folder))
        for kind, graph in case.asked:
            if kind in ("consistent", "inconsistent"):
                passed = bool(findings) == (kind == "inconsistent")
                found.append(Result(case.name, kind, passed, ", ".join(findings)))
            else:
                missing = _missing(view, graph)
                passed = (not missing) == (kind == "follows")
                found.append(Result(case.name, kind, passed, " ".join(missing) if not passed else ""))
    return found


def table(found: list[Result]) -> str:
    """The table, as it stands in `owl2-rl.md`."""
    passed = sum(one.passed for one in found)
    lines = [
        "# The W3C's tests for OWL 2 RL",
        "",
        "`python -m benchmarks.owl2_rl` writes this page. Each test whose profile is RL is committed as one public ontology and asked of the view that holds it;",
        "*consistent* and *inconsistent* ask whether there is a finding `data-inconsistent`. Declarations in a conclusion (`a owl:Class`) need not follow, nor that something is an",
        "`owl:Thing`; blank nodes in it may be anything. Three tests are given in functional syntax alone and were put into Turtle by hand.",
        "",
        f"{len({one.case for one in found})} tests ask {len(found)} questions; {passed} are passed, {len(found) - passed} failed.",
        "",
        "| test | asked | | why |",
        "|---|---|---|---|",
    ]
    for one in found:
        why = "" if one.passed else WHY.get((one.case, one.kind), "not explained")
        lines.append(f"| {one.case} | {one.kind} | {'passed' if one.passed else '**failed**'} | {why} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes the table."""
    found = results()
    TABLE.write_text(table(found), encoding="utf-8")
    print(f"{sum(one.passed for one in found)} of {len(found)} passed: {TABLE}")


def _held(premise: frozenset[Triple], folder: Path) -> tuple[Store, list[str]]:
    """What a view of the ontology holds, and the rules by which something in it clashes."""
    governance = governance_label(frozenset({AMBIT.EU}))
    owner = Owner(
        folder,
        checks=(entail(Texts()),),
        governance=governance,
        concluding=Conclusions(governance),
    )
    iri = f"{ONTOLOGIES}test"
    graph = RecordGraph(iri, name_blanks(premise, iri), None, Role.ONTOLOGY, PUBLIC)
    owner.commit(Change((Record(iri, AMBIT.ONTOLOGY, (graph,), "d"),)))
    view, cleared = Store(), frozenset({compartment_of(PUBLIC)})
    for entry in owner.graphs_of(cleared, MERGED):
        view.extend(Quad(t.subject, t.predicate, t.object) for t in owner.triples(entry.graph))
    codes = []
    for entry in owner.graphs_of(cleared, frozenset({Role.SYSTEM})):
        evidence = [t for t in owner.triples(entry.graph) if t.predicate.value == AMBIT.EVIDENCE]
        codes += [rule for t in evidence for rule in re.findall(r'"rule":"([^"]+)"', t.object.value)]  # type: ignore[union-attr]
    owner.close()
    return view, sorted(set(codes))


def _missing(view: Store, graph: frozenset[Triple]) -> list[str]:
    """What of a graph does not hold; all of its triples with blank nodes together, for these may be anything."""
    wanted = [
        t
        for t in graph
        if not (
            t.predicate.value == RDF.TYPE and isinstance(t.object, NamedNode) and t.object.value in DECLARED
        )
    ]
    plain = [t for t in wanted if not any(isinstance(term, BlankNode) for term in (t.subject, t.object))]
    missing = [
        f"{t.subject} {t.predicate} {t.object} ." for t in plain if not view.query(f"ASK {{ {_pattern(t)} }}")
    ]
    rest = " ".join(_pattern(t) for t in wanted if t not in plain)
    if rest and not view.query(f"ASK {{ {rest} }}"):
        missing.append(rest)
    return missing


def _pattern(t: Triple) -> str:
    return (
        " ".join(
            f"?{x.value}" if isinstance(x, BlankNode) else str(x) for x in (t.subject, t.predicate, t.object)
        )
        + " ."
    )


def _text(values: dict[str, list[object]], name: str) -> str | None:
    return next((v.value for v in values.get(name, ()) if isinstance(v, Literal)), None)


def _rdfxml(text: str) -> frozenset[Triple]:
    quads = parse(_entities(text.encode()), format=RdfFormat.RDF_XML, base_iri="http://example.org/")
    return frozenset(quad.triple for quad in quads)


def _turtle(text: str) -> frozenset[Triple]:
    return frozenset(quad.triple for quad in from_turtle(f"{PREFIXES}\n{text}".encode()))


def _entities(data: bytes) -> bytes:
    """Entities in double quotes, as Oxigraph wants them; XML allows both."""
    return re.sub(rb"<!ENTITY\s+(\w+)\s+'([^']*)'\s*>", rb'<!ENTITY \1 "\2">', data)


if __name__ == "__main__":
    main()
