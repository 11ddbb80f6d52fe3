"""Data like LUBM's: universities, departments, people, courses, publications, in the profile of its generator.

Guo, Pan, Heflin: LUBM: A Benchmark for OWL Knowledge Base Systems (2005): so many of each kind to a department,
so many courses and papers to each person. The generator is ours, and so is what it says of names; terms are
univ-bench's. What the queries need inferred is put beside it: sub-classes, sub-properties and inverses by our own
reasoning over the axioms below, record by record; that departments and groups are of their university, who heads
a department, and who takes courses, by listing.
"""

import random
from collections.abc import Iterator

from ambit.graph.terms import from_nquads, from_turtle
from ambit.graph.words import Label
from ambit.reasoning.ontologies.axioms import Axioms

from .enterprise import RDF_TYPE, Part, Row

UB = "http://swat.cse.lehigh.edu/onto/univ-bench.owl#"
PREFIX = f"PREFIX ub: <{UB}> PREFIX d: <http://www.Department0.University0.edu/> "
ONTOLOGY = f"""@prefix : <{UB}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
:FullProfessor rdfs:subClassOf :Professor . :AssociateProfessor rdfs:subClassOf :Professor .
:AssistantProfessor rdfs:subClassOf :Professor . :Chair rdfs:subClassOf :Professor .
:Professor rdfs:subClassOf :Faculty . :Lecturer rdfs:subClassOf :Faculty .
:Faculty rdfs:subClassOf :Employee . :Employee rdfs:subClassOf :Person .
:ResearchAssistant rdfs:subClassOf :Person . :TeachingAssistant rdfs:subClassOf :Person .
:Student rdfs:subClassOf :Person . :UndergraduateStudent rdfs:subClassOf :Student .
:GraduateStudent rdfs:subClassOf :Person . :GraduateCourse rdfs:subClassOf :Course .
:University rdfs:subClassOf :Organization . :Department rdfs:subClassOf :Organization .
:ResearchGroup rdfs:subClassOf :Organization .
:headOf rdfs:subPropertyOf :worksFor . :worksFor rdfs:subPropertyOf :memberOf .
:undergraduateDegreeFrom rdfs:subPropertyOf :degreeFrom . :mastersDegreeFrom rdfs:subPropertyOf :degreeFrom .
:doctoralDegreeFrom rdfs:subPropertyOf :degreeFrom . :hasAlumnus owl:inverseOf :degreeFrom .
"""
QUERIES = {
    "1": "SELECT ?x { ?x a ub:GraduateStudent . ?x ub:takesCourse d:GraduateCourse0 }",
    "2": "SELECT ?x ?y ?z { ?x a ub:GraduateStudent . ?y a ub:University . ?z a ub:Department . "
    "?x ub:memberOf ?z . ?z ub:subOrganizationOf ?y . ?x ub:undergraduateDegreeFrom ?y }",
    "3": "SELECT ?x { ?x a ub:Publication . ?x ub:publicationAuthor d:AssistantProfessor0 }",
    "4": "SELECT ?x ?n ?e ?t { ?x a ub:Professor . ?x ub:worksFor <http://www.Department0.University0.edu> . "
    "?x ub:name ?n . ?x ub:emailAddress ?e . ?x ub:telephone ?t }",
    "5": "SELECT ?x { ?x a ub:Person . ?x ub:memberOf <http://www.Department0.University0.edu> }",
    "6": "SELECT ?x { ?x a ub:Student }",
    "7": "SELECT ?x ?y { ?x a ub:Student . ?y a ub:Course . d:AssociateProfessor0 ub:teacherOf ?y . "
    "?x ub:takesCourse ?y }",
    "8": "SELECT ?x ?y ?e { ?x a ub:Student . ?y a ub:Department . ?x ub:memberOf ?y . "
    "?y ub:subOrganizationOf <http://www.University0.edu> . ?x ub:emailAddress ?e }",
    "9": "SELECT ?x ?y ?z { ?x a ub:Student . ?y a ub:Faculty . ?z a ub:Course . ?x ub:advisor ?y . "
    "?x ub:takesCourse ?z . ?y ub:teacherOf ?z }",
    "10": "SELECT ?x { ?x a ub:Student . ?x ub:takesCourse d:GraduateCourse0 }",
    "11": "SELECT ?x { ?x a ub:ResearchGroup . ?x ub:subOrganizationOf <http://www.University0.edu> }",
    "12": "SELECT ?x ?y { ?x a ub:Chair . ?y a ub:Department . ?x ub:worksFor ?y . "
    "?y ub:subOrganizationOf <http://www.University0.edu> }",
    "13": "SELECT ?x { ?x a ub:Person . <http://www.University0.edu> ub:hasAlumnus ?x }",
    "14": "SELECT ?x { ?x a ub:UndergraduateStudent }",
}
UNIVERSITIES = 1_000  # that degrees may come from
FACULTY = (
    ("FullProfessor", 7, 10, 15, 20),
    ("AssociateProfessor", 10, 14, 10, 18),
    ("AssistantProfessor", 8, 11, 5, 10),
    ("Lecturer", 5, 7, 0, 5),
)
"""Kind, least and most to a department, least and most publications to each."""


def rows(universities: int = 1, *, seed: int = 0) -> Iterator[Row]:
    """The records of some universities, about 130,000 triples each with what follows; a label to a department."""
    chance = random.Random(seed)
    axioms = Axioms.from_triples(quad.triple for quad in from_turtle(ONTOLOGY.encode()))
    for number in range(universities):
        home = f"http://www.University{number}.edu"
        yield _row(
            axioms, home, "public", [_is(home, "University"), _text(home, "name", f"University{number}")]
        )
        for place in range(chance.randint(15, 25)):
            name = f"http://www.Department{place}.University{number}.edu"
            for subject, lines in _Department(name, home, chance).records():
                yield _row(axioms, subject, name, lines)


def queries() -> dict[str, str]:
    """The fourteen, by number."""
    return {f"LUBM {number}": PREFIX + text for number, text in QUERIES.items()}


def _row(axioms: Axioms, subject: str, place: str, lines: list[str]) -> Row:
    stated = frozenset(quad.triple for quad in from_nquads("".join(f"{line} .\n" for line in lines).encode()))
    said = tuple(
        f"{t.subject} {t.predicate} {t.object}" for t in (*stated, *axioms.conclude(stated) - stated)
    )
    label = Label(UB, "urn:internal", frozenset({"urn:eu"}), frozenset({f"urn:{place}"}))
    return Row(subject, UB, (Part(f"{subject}#said", label, said),))


class _Department:
    """One department: its people first, for courses and papers go by them."""

    def __init__(self, name: str, university: str, chance: random.Random):
        self._name, self._university, self._chance = name, university, chance
        self._courses: dict[str, list[str]] = {"Course": [], "GraduateCourse": []}
        self._papers: list[tuple[str, list[str]]] = []
        self._staff: list[str] = []
        self._teaching: list[str] = []

    def records(self) -> Iterator[tuple[str, list[str]]]:
        """The subject and the lines of each record."""
        self_lines = [
            _is(self._name, "Department"),
            _text(self._name, "name", self._name.split(".")[1]),
            _link(self._name, "subOrganizationOf", self._university),
        ]
        yield self._name, self_lines
        for number in range(self._chance.randint(10, 20)):
            group = f"{self._name}/ResearchGroup{number}"
            yield (
                group,
                [
                    _is(group, "ResearchGroup"),
                    _link(group, "subOrganizationOf", self._name),
                    _link(group, "subOrganizationOf", self._university),  # it is transitive
                ],
            )
        people = list(self._faculty())
        yield from people
        yield from self._students(
            "UndergraduateStudent", self._chance.randint(8, 14) * len(people), "Course", 2, 4
        )
        yield from self._students(
            "GraduateStudent", self._chance.randint(3, 4) * len(people), "GraduateCourse", 1, 3
        )
        for kind, names in self._courses.items():
            for name in names:
                yield name, [_is(name, kind), _text(name, "name", name.rsplit("/", 1)[1])]
        for paper, authors in self._papers:
            lines = [_is(paper, "Publication"), _text(paper, "name", paper.rsplit("/", 1)[1])]
            yield paper, lines + [_link(paper, "publicationAuthor", author) for author in authors]

    def _faculty(self) -> Iterator[tuple[str, list[str]]]:
        for kind, least, most, few, many in FACULTY:
            for number in range(self._chance.randint(least, most)):
                person = f"{self._name}/{kind}{number}"
                lines = [*self._person(person, kind), _link(person, "worksFor", self._name)]
                lines += [_text(person, "researchInterest", f"Research{self._chance.randrange(30)}")]
                for degree in ("undergraduate", "masters", "doctoral"):
                    lines.append(_link(person, f"{degree}DegreeFrom", self._somewhere()))
                for course in ("Course", "GraduateCourse") if kind != "Lecturer" else ("Course",):
                    lines += [
                        _link(person, "teacherOf", self._course(course))
                        for _ in range(self._chance.randint(1, 2))
                    ]
                if kind == "FullProfessor" and number == 0:
                    lines += [_link(person, "headOf", self._name), _is(person, "Chair")]
                papers = [f"{person}/Publication{n}" for n in range(self._chance.randint(few, many))]
                self._papers += [(paper, [person]) for paper in papers]
                if kind != "Lecturer":
                    self._staff.append(person)
                yield person, lines

    def _students(
        self, kind: str, many: int, course: str, least: int, most: int
    ) -> Iterator[tuple[str, list[str]]]:
        is_graduate = kind == "GraduateStudent"
        for number in range(many):
            person = f"{self._name}/{kind}{number}"
            lines = [
                *self._person(person, kind),
                _link(person, "memberOf", self._name),
                _is(person, "Student"),
            ]
            taken = self._chance.sample(
                self._courses[course], min(self._chance.randint(least, most), len(self._courses[course]))
            )
            lines += [_link(person, "takesCourse", one) for one in taken]
            if is_graduate or self._chance.random() < 0.2:
                lines.append(_link(person, "advisor", self._chance.choice(self._staff)))
            if is_graduate:
                lines.append(_link(person, "undergraduateDegreeFrom", self._somewhere()))
                if self._chance.random() < 0.25:
                    lines += [
                        _is(person, "TeachingAssistant"),
                        _link(person, "teachingAssistantOf", self._chance.choice(self._courses["Course"])),
                    ]
                elif self._chance.random() < 0.3:
                    lines.append(_is(person, "ResearchAssistant"))
                for _ in range(self._chance.randint(0, 5)):
                    self._chance.choice(self._papers)[1].append(person)
            yield person, lines

    def _person(self, person: str, kind: str) -> list[str]:
        name = person.rsplit("/", 1)[1]
        return [
            _is(person, kind),
            _text(person, "name", name),
            _text(person, "emailAddress", f"{name}@{self._name.removeprefix('http://www.')}"),
            _text(person, "telephone", "xxx-xxx-xxxx"),
        ]

    def _course(self, kind: str) -> str:
        name = f"{self._name}/{kind}{len(self._courses[kind])}"
        self._courses[kind].append(name)
        return name

    def _somewhere(self) -> str:
        return f"http://www.University{self._chance.randrange(UNIVERSITIES)}.edu"


def _is(subject: str, kind: str) -> str:
    return f"<{subject}> <{RDF_TYPE}> <{UB}{kind}>"


def _link(subject: str, name: str, target: str) -> str:
    return f"<{subject}> <{UB}{name}> <{target}>"


def _text(subject: str, name: str, value: str) -> str:
    return f'<{subject}> <{UB}{name}> "{value}"'
