"""What the ontologies and shapes in force know: terms, and the values that a property may have."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from ... import ontology
from ...graph.rdf.parsing import read_rdf
from ...graph.terms import NamedNode, Object, Subject, Triple
from ...graph.vocabulary import AMBIT, DCAT, DCTERMS, DPV, FOAF, ORG, OWL, PROV, RDF, RDFS, SH, SKOS, XSD
from ..ontologies.ontologies import InForce

WELL_KNOWN: Final = (
    *(v.NAMESPACE for v in (RDF, RDFS, OWL, SKOS, DCTERMS, FOAF, ORG, PROV, DCAT, SH, XSD, DPV)),
    "http://schema.org/",
    "https://schema.org/",
    "http://www.w3.org/2006/time#",
    "http://www.w3.org/ns/odrl/2/",
)
"""Namespaces whose terms need no ontology in the workspace."""

_CLASSES: Final = frozenset({OWL.CLASS, RDFS.CLASS})
_HAS_VALUE: Final = SH.NAMESPACE + "hasValue"


@dataclass(frozen=True, slots=True)
class Enumeration:
    """The values that a property may have: of instances of a class, or of anything."""

    of_class: str | None
    values: frozenset[Object]
    named_by: str  # the shape, class or scheme that says so


class Known:
    """Terms and enumerations of an ontology, looked up by IRI."""

    def __init__(self, in_force: InForce):
        graph = _Graph((*in_force.ontologies, *in_force.shapes))
        self._terms = {t.subject.value for t in in_force.ontologies if isinstance(t.subject, NamedNode)}
        self._enumerations: dict[str, list[Enumeration]] = defaultdict(list)
        for prop, values, named_by in _ranges(graph):
            self._enumerations[prop].append(Enumeration(None, values, named_by))
        for prop, found in _shaped(graph):
            self._enumerations[prop].append(found)

    def knows(self, term: str) -> bool:
        """Whether some ontology has the term: the workspace's, Ambit's, or a well-known one."""
        if term.startswith(AMBIT.NAMESPACE):
            return term in _shipped()
        return term in self._terms or term.startswith(WELL_KNOWN)

    def outside(self, predicate: str, value: Object, classes: Iterable[str]) -> Enumeration | None:
        """The enumeration that does not have this value of this property; None when all that apply do."""
        found = self._enumerations.get(predicate)
        if not found:
            return None
        held = set(classes)
        for enumeration in found:
            if (
                enumeration.of_class is None or enumeration.of_class in held
            ) and value not in enumeration.values:
                return enumeration
        return None


class _Graph:
    """Triples by subject and predicate."""

    def __init__(self, triples: Iterable[Triple]):
        self.about: dict[Object, dict[str, list[Object]]] = defaultdict(lambda: defaultdict(list))
        self.members: dict[Object, set[Object]] = defaultdict(set)
        for t in triples:
            self.about[t.subject][t.predicate.value].append(t.object)
            if t.predicate.value in (SKOS.IN_SCHEME, SKOS.TOP_CONCEPT_OF):
                self.members[t.object].add(t.subject)
            elif t.predicate.value == SKOS.HAS_TOP_CONCEPT:
                self.members[t.subject].add(t.object)

    def all(self, subject: Object, predicate: str) -> list[Object]:
        """The objects of a subject and predicate."""
        return self.about[subject][predicate] if subject in self.about else []

    def listed(self, head: Object) -> frozenset[Object]:
        """The members of an RDF list; a list that bites its own tail ends there."""
        values: set[Object] = set()
        seen: set[Object] = set()
        while head not in seen and self.all(head, RDF.FIRST):
            seen.add(head)
            values.update(self.all(head, RDF.FIRST))
            head = next(iter(self.all(head, RDF.REST)), head)
        return frozenset(values)


def _ranges(graph: _Graph) -> list[tuple[str, frozenset[Object], str]]:
    """Properties whose range is a class or data range with `owl:oneOf`."""
    found = []
    for subject, said in list(graph.about.items()):
        for range_ in said.get(RDFS.RANGE, ()):
            for enumerated in (range_, *graph.all(range_, OWL.EQUIVALENT_CLASS)):
                for head in graph.all(enumerated, OWL.ONE_OF):
                    if isinstance(subject, NamedNode):
                        found.append((subject.value, graph.listed(head), _name(range_) or subject.value))
    return found


def _shaped(graph: _Graph) -> list[tuple[str, Enumeration]]:
    """Property shapes with `sh:in`, or with concepts of a scheme, below a shape with a target."""
    found = []
    for shape in list(graph.about):
        targets = _targets(graph, shape)
        for prop in (shape, *graph.all(shape, SH.PROPERTY)) if targets else ():
            for path in graph.all(prop, SH.PATH):
                if isinstance(path, NamedNode):
                    for values, scheme in _values(graph, prop):
                        named_by = scheme or _name(prop) or _name(shape)
                        found += [(path.value, Enumeration(t, values, named_by)) for t in targets]
    return found


def _targets(graph: _Graph, shape: Subject | Object) -> list[str | None]:
    """The classes that a shape targets; None for any other target, and nothing when it has none or is off."""
    if any(str(o).startswith('"true"') for o in graph.all(shape, SH.DEACTIVATED)):
        return []
    targets: list[str | None] = [_name(c) for c in graph.all(shape, SH.TARGET_CLASS)]
    if graph.all(shape, SH.PROPERTY) and any(_name(c) in _CLASSES for c in graph.all(shape, RDF.TYPE)):
        targets.append(_name(shape))
    others = (SH.TARGET_NODE, SH.TARGET_SUBJECTS_OF, SH.TARGET_OBJECTS_OF)
    return targets + [None for p in others if graph.all(shape, p)][:1]


def _values(graph: _Graph, prop: Object) -> list[tuple[frozenset[Object], str]]:
    """The enumerations that a property shape states: the values, and the scheme if it is one."""
    found = [(graph.listed(head), "") for head in graph.all(prop, SH.IN)]
    for nested in (prop, *graph.all(prop, SH.NODE)):
        for inner in graph.all(nested, SH.PROPERTY):
            if any(_name(p) == SKOS.IN_SCHEME for p in graph.all(inner, SH.PATH)):
                for scheme in graph.all(inner, _HAS_VALUE):
                    found.append((frozenset(graph.members[scheme]), _name(scheme)))
    return found


def _name(term: Object) -> str:
    return term.value if isinstance(term, NamedNode) else ""


@cache
def _shipped() -> frozenset[str]:
    """The terms of Ambit's own ontology."""
    return frozenset(
        t.subject.value
        for file in files(ontology).iterdir()
        if file.name.endswith(".ttl")
        for t in read_rdf(file.read_bytes(), name=file.name)
        if isinstance(t.subject, NamedNode)
    )
