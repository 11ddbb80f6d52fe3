"""Axioms and expressions of OWL/XML as triples: OWL 2 Mapping to RDF Graphs, §2.

Where the standard leaves an order open, that of the OWL API is taken: a name before an expression.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from ...graph.terms import BlankNode, Literal, NamedNode, Object, Triple
from ...graph.vocabulary import OWL, RDF, RDFS, XSD
from .owlelements import Document, Element

Node: TypeAlias = NamedNode | BlankNode
_Plain: TypeAlias = tuple[Node, str, Object]

_NAMES: Final = frozenset({"Class", "Datatype", "ObjectProperty", "DataProperty", "AnnotationProperty"})
_INDIVIDUALS: Final = frozenset({"NamedIndividual", "AnonymousIndividual"})
_SUBJECTS: Final = frozenset({"IRI", "AbbreviatedIRI", "AnonymousIndividual"})
_DECLARED: Final = {
    "Class": OWL.CLASS,
    "Datatype": RDFS.DATATYPE,
    "ObjectProperty": OWL.OBJECT_PROPERTY,
    "DataProperty": OWL.DATATYPE_PROPERTY,
    "AnnotationProperty": OWL.ANNOTATION_PROPERTY,
    "NamedIndividual": OWL.NAMED_INDIVIDUAL,
}
_LISTED: Final = {  # expression → the type of its node, and the property of its list
    "ObjectIntersectionOf": ("Class", "intersectionOf"),
    "ObjectUnionOf": ("Class", "unionOf"),
    "ObjectOneOf": ("Class", "oneOf"),
    "DataIntersectionOf": ("Datatype", "intersectionOf"),
    "DataUnionOf": ("Datatype", "unionOf"),
    "DataOneOf": ("Datatype", "oneOf"),
}
_COMPLEMENTS: Final = {"ObjectComplementOf": "complementOf", "DataComplementOf": "datatypeComplementOf"}
_RESTRICTED: Final = {
    "SomeValuesFrom": "someValuesFrom",
    "AllValuesFrom": "allValuesFrom",
    "HasValue": "hasValue",
}
_CARDINAL: Final = {"MinCardinality": "min", "MaxCardinality": "max", "ExactCardinality": ""}
_PAIRS: Final = {  # axioms of two arguments → their property
    "SubClassOf": RDFS.SUB_CLASS_OF,
    "SubObjectPropertyOf": RDFS.SUB_PROPERTY_OF,
    "SubDataPropertyOf": RDFS.SUB_PROPERTY_OF,
    "SubAnnotationPropertyOf": RDFS.SUB_PROPERTY_OF,
    "InverseObjectProperties": OWL.INVERSE_OF,
    "DatatypeDefinition": OWL.EQUIVALENT_CLASS,
    **{f"{kind}PropertyDomain": RDFS.DOMAIN for kind in ("Object", "Data", "Annotation")},
    **{f"{kind}PropertyRange": RDFS.RANGE for kind in ("Object", "Data", "Annotation")},
}
_CHAINED: Final = {  # axioms of many arguments → the property between one and the next
    "EquivalentClasses": OWL.EQUIVALENT_CLASS,
    "EquivalentObjectProperties": OWL.EQUIVALENT_PROPERTY,
    "EquivalentDataProperties": OWL.EQUIVALENT_PROPERTY,
    "SameIndividual": OWL.SAME_AS,
}
_APART: Final = {  # axioms of two → their property; of more → the type of a node, and its list's
    "DisjointClasses": ("disjointWith", "AllDisjointClasses", "members"),
    "DisjointObjectProperties": ("propertyDisjointWith", "AllDisjointProperties", "members"),
    "DisjointDataProperties": ("propertyDisjointWith", "AllDisjointProperties", "members"),
    "DifferentIndividuals": ("differentFrom", "AllDifferent", "distinctMembers"),
}
_TYPED: Final = {
    f"{kind}{what}Property": f"{kind}Property"
    for what in ("Object", "Data")
    for kind in (
        "Functional",
        "InverseFunctional",
        "Reflexive",
        "Irreflexive",
        "Symmetric",
        "Asymmetric",
        "Transitive",
    )
    if what == "Object" or kind == "Functional"
}


def _owl(local: str) -> str:
    return OWL.NAMESPACE + local


class Axioms:
    """One document on its way into triples."""

    def __init__(self, document: Document):
        self._document = document
        self._triples: list[Triple] = []
        root = document.root
        iri = root.attributes.get("ontologyIRI")
        self._ontology: Node = document.named(iri, root) if iri else document.blank()

    def triples(self) -> list[Triple]:
        """All that the document says. Raises `Misread`."""
        root = self._document.root
        self._say(self._ontology, RDF.TYPE, NamedNode(OWL.ONTOLOGY))
        if version := root.attributes.get("versionIRI"):
            self._say(self._ontology, OWL.VERSION_IRI, self._document.named(version, root))
        for child in root.children:
            if child.name == "Import":
                self._say(self._ontology, OWL.IMPORTS, self._document.named(child.text.strip(), child))
            elif child.name == "Annotation":
                self._annotate(self._ontology, [child])
            elif child.name != "Prefix":
                self._axiom(child)
        return self._triples

    # -- axioms

    def _axiom(self, axiom: Element) -> None:
        notes = [child for child in axiom.children if child.name == "Annotation"]
        rest = [child for child in axiom.children if child.name != "Annotation"]
        if axiom.name in _APART:
            self._apart(axiom, rest, notes)
        elif axiom.name.startswith("Negative"):
            self._negative(axiom, rest, notes)
        else:
            for triple in self._stated(axiom, rest):
                self._say(*triple)
                if notes:
                    self._reify(triple, notes)

    def _stated(self, axiom: Element, rest: Sequence[Element]) -> list[_Plain]:
        """The triples of an axiom that is no node of its own; each bears its annotations."""
        name, node = axiom.name, self._node
        if name in _PAIRS:
            first, second = _exactly(axiom, rest, 2)
            if first.name == "ObjectPropertyChain":
                chain = self._list([node(part) for part in first.children])
                return [(node(second), OWL.PROPERTY_CHAIN_AXIOM, chain)]
            return [(node(first), _PAIRS[name], node(second))]
        if name in _CHAINED:
            nodes = [node(part) for part in _several(axiom, rest)]
            pairs = pairwise(nodes)
            return [
                (b, _CHAINED[name], a)
                if isinstance(a, BlankNode) and isinstance(b, NamedNode)
                else (a, _CHAINED[name], b)
                for a, b in pairs
            ]
        if name in _TYPED:
            (one,) = _exactly(axiom, rest, 1)
            return [(node(one), RDF.TYPE, NamedNode(_owl(_TYPED[name])))]
        return _OTHERS[name](self, axiom, rest) if name in _OTHERS else _refused(axiom)

    def _declaration(self, axiom: Element, rest: Sequence[Element]) -> list[_Plain]:
        (one,) = _exactly(axiom, rest, 1)
        if one.name not in _DECLARED:
            raise one.refuse("cannot be declared")
        return [(self._document.iri(one), RDF.TYPE, NamedNode(_DECLARED[one.name]))]

    def _membership(self, axiom: Element, rest: Sequence[Element]) -> list[_Plain]:
        kind, one = _exactly(axiom, rest, 2)
        return [(self._node(one), RDF.TYPE, self._node(kind))]

    def _relation(self, axiom: Element, rest: Sequence[Element]) -> list[_Plain]:
        prop, s, o = _exactly(axiom, rest, 3)
        if prop.name == "ObjectInverseOf":
            (prop,), s, o = _exactly(prop, prop.children, 1), o, s
        return [(self._node(s), self._document.iri(prop).value, self._value(o))]

    def _union(self, axiom: Element, rest: Sequence[Element]) -> list[_Plain]:
        first, *others = _several(axiom, rest)
        return [(self._node(first), _owl("disjointUnionOf"), self._list([self._node(o) for o in others]))]

    def _key(self, axiom: Element, rest: Sequence[Element]) -> list[_Plain]:
        first, *others = _several(axiom, rest)
        return [(self._node(first), _owl("hasKey"), self._list([self._node(o) for o in others]))]

    def _apart(self, axiom: Element, rest: Sequence[Element], notes: Sequence[Element]) -> None:
        between, kind, members = _APART[axiom.name]
        nodes = [self._node(part) for part in _several(axiom, rest)]
        if len(nodes) == 2:
            triple: _Plain = (nodes[0], _owl(between), nodes[1])
            self._say(*triple)
            if notes:
                self._reify(triple, notes)
            return
        self._annotate(self._typed(kind, **{members: self._list(nodes)}), notes)

    def _negative(self, axiom: Element, rest: Sequence[Element], notes: Sequence[Element]) -> None:
        targets = {
            "NegativeObjectPropertyAssertion": "targetIndividual",
            "NegativeDataPropertyAssertion": "targetValue",
        }
        if axiom.name not in targets:
            _refused(axiom)
        prop, s, o = _exactly(axiom, rest, 3)
        said = {
            "sourceIndividual": self._node(s),
            "assertionProperty": self._node(prop),
            targets[axiom.name]: self._value(o),
        }
        self._annotate(self._typed("NegativePropertyAssertion", **said), notes)

    # -- annotations

    def _annotate(self, about: Node, notes: Sequence[Element]) -> None:
        for note in notes:
            nested = [child for child in note.children if child.name == "Annotation"]
            prop, value = _exactly(note, [c for c in note.children if c.name != "Annotation"], 2)
            triple: _Plain = (about, self._document.iri(prop).value, self._value(value))
            self._say(*triple)
            if nested:
                self._reify(triple, nested, "Annotation")

    def _reify(self, triple: _Plain, notes: Sequence[Element], kind: str = "Axiom") -> None:
        s, p, o = triple
        said = {"annotatedSource": s, "annotatedProperty": NamedNode(p), "annotatedTarget": o}
        self._annotate(self._typed(kind, **said), notes)

    # -- expressions

    def _value(self, element: Element) -> Object:
        return self._document.literal(element) if element.name == "Literal" else self._node(element)

    def _node(self, element: Element) -> Node:
        """The node of an entity, an individual, or an expression, whose triples are said."""
        name = element.name
        if name in _NAMES or name in _SUBJECTS or name in _INDIVIDUALS:
            return self._document.individual(element)
        if name in _LISTED:
            kind, members = _LISTED[name]
            return self._typed(kind, **{members: self._list([self._value(c) for c in element.children])})
        if name in _COMPLEMENTS:
            (one,) = _exactly(element, element.children, 1)
            kind = "Class" if name == "ObjectComplementOf" else "Datatype"
            return self._typed(kind, **{_COMPLEMENTS[name]: self._node(one)})
        if name == "ObjectInverseOf":
            (one,) = _exactly(element, element.children, 1)
            found = self._document.blank()
            self._say(found, OWL.INVERSE_OF, self._node(one))
            return found
        if name == "DatatypeRestriction":
            return self._facets(element)
        return self._restriction(element)

    def _restriction(self, element: Element) -> Node:
        kind = element.name.removeprefix("Object").removeprefix("Data")
        parts = element.children
        if kind in _RESTRICTED:
            *props, filler = _several(element, parts)
            said = {_RESTRICTED[kind]: self._value(filler)}
            if len(props) > 1:
                return self._typed(
                    "Restriction", onProperties=self._list(list(map(self._node, props))), **said
                )
            return self._typed("Restriction", onProperty=self._node(props[0]), **said)
        if element.name == "ObjectHasSelf":
            (one,) = _exactly(element, parts, 1)
            truth = Literal("true", datatype=NamedNode(XSD.BOOLEAN))
            return self._typed("Restriction", onProperty=self._node(one), hasSelf=truth)
        if kind not in _CARDINAL or not parts:
            _refused(element)
        number = element.attributes.get("cardinality", "").strip()
        if not number.isdecimal():
            raise element.refuse("has no cardinality")
        count = Literal(number, datatype=NamedNode(XSD.NON_NEGATIVE_INTEGER))
        qualified = "Qualified" if len(parts) > 1 else ""
        counted = f"{_CARDINAL[kind]}{qualified}Cardinality"
        said = {counted[0].lower() + counted[1:]: count, "onProperty": self._node(parts[0])}
        if qualified:
            _exactly(element, parts, 2)
            said["onClass" if element.name.startswith("Object") else "onDataRange"] = self._node(parts[1])
        return self._typed("Restriction", **said)

    def _facets(self, element: Element) -> Node:
        datatype, *facets = _several(element, element.children)
        nodes: list[Object] = []
        for facet in facets:
            (value,) = _exactly(facet, facet.children, 1)
            found = self._document.blank()
            self._say(
                found,
                self._document.named(facet.attributes.get("facet", ""), facet).value,
                self._value(value),
            )
            nodes.append(found)
        return self._typed("Datatype", onDatatype=self._node(datatype), withRestrictions=self._list(nodes))

    # -- triples

    def _say(self, s: Node, p: str, o: Object) -> None:
        self._triples.append(Triple(s, NamedNode(p), o))

    def _typed(self, kind: str, **said: Object) -> BlankNode:
        """A new node of a kind of OWL's, with properties of OWL's."""
        found = self._document.blank()
        self._say(found, RDF.TYPE, NamedNode(_DECLARED["Datatype"] if kind == "Datatype" else _owl(kind)))
        for local, value in said.items():
            self._say(found, _owl(local), value)
        return found

    def _list(self, members: Sequence[Object]) -> Node:
        """An RDF list."""
        head: Node = NamedNode(RDF.NIL)
        for member in reversed(members):
            found = self._document.blank()
            self._say(found, RDF.FIRST, member)
            self._say(found, RDF.REST, head)
            head = found
        return head


_OTHERS: Final[dict[str, Callable[[Axioms, Element, Sequence[Element]], list[_Plain]]]] = {
    "Declaration": Axioms._declaration,
    "ClassAssertion": Axioms._membership,
    "ObjectPropertyAssertion": Axioms._relation,
    "DataPropertyAssertion": Axioms._relation,
    "AnnotationAssertion": Axioms._relation,
    "DisjointUnion": Axioms._union,
    "HasKey": Axioms._key,
}


def _exactly(element: Element, parts: Sequence[Element], count: int) -> Sequence[Element]:
    if len(parts) != count:
        raise element.refuse(f"has {len(parts)} parts, not {count}")
    return parts


def _several(element: Element, parts: Sequence[Element]) -> Sequence[Element]:
    if len(parts) < 2:
        raise element.refuse("has too few parts")
    return parts


def _refused(element: Element) -> list[_Plain]:
    raise element.refuse("is not read")
