"""What follows from governance, against each sentence of it applied to everything until nothing more comes."""

from collections.abc import Iterable, Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st
from worlds import EX, triples

from ambit.graph.terms import BlankNode, Literal, NamedNode, Object, Triple
from ambit.graph.vocabulary import AMBIT, ORG, OWL, RDF, RDFS, SKOS, node
from ambit.reasoning.governance.closure import Closure

TYPE = node(RDF.TYPE)
IS = NamedNode("urn:is")
"""Being of a class that may have no name: it is not told, and leads to what is."""

MADE = {
    AMBIT.MEMBER_OF_ALL: (ORG.MEMBER_OF, ORG.SUB_ORGANIZATION_OF),
    AMBIT.REPORTS_TO_ALL: (ORG.REPORTS_TO,),
    AMBIT.IS_IN_FOLDER_ALL: (AMBIT.IS_IN_FOLDER,),
    SKOS.BROADER_TRANSITIVE: (SKOS.BROADER,),
}
PROPERTIES = [
    *map(node, (ORG.MEMBER_OF, ORG.SUB_ORGANIZATION_OF, ORG.REPORTS_TO, SKOS.BROADER, AMBIT.MEMBER_OF_ALL)),
    *(NamedNode(EX + name) for name in ("holds", "leads", "near")),
]
THINGS = [*(NamedNode(f"{EX}n{number}") for number in range(4)), BlankNode("thing")]
CLASSES = [NamedNode(EX + name) for name in ("Lead", "Staff", "Guest")]
RESTRICTIONS = [BlankNode("first"), BlankNode("second")]
VALUES = [*THINGS[:2], Literal(70)]


def said(subjects: list[Object], predicates: Iterable[NamedNode], objects: list[Object]) -> st.SearchStrategy:  # type: ignore[type-arg]
    return st.builds(
        Triple, st.sampled_from(subjects), st.sampled_from(list(predicates)), st.sampled_from(objects)
    )


AXIOM = st.one_of(
    said(
        [*PROPERTIES, BlankNode("property")],
        map(node, (OWL.INVERSE_OF, RDFS.SUB_PROPERTY_OF, OWL.EQUIVALENT_PROPERTY)),
        [*PROPERTIES, TYPE, BlankNode("property")],
    ),
    said(
        [*CLASSES, *RESTRICTIONS],
        map(node, (RDFS.SUB_CLASS_OF, OWL.EQUIVALENT_CLASS)),
        [*CLASSES, *RESTRICTIONS],
    ),
)
RESTRICTED = st.lists(
    st.tuples(st.sampled_from([*PROPERTIES, TYPE]), st.sampled_from([*VALUES, *CLASSES])), max_size=2
).map(
    lambda found: [
        Triple(kind, node(predicate), term)
        for kind, (on, value) in zip(RESTRICTIONS, found, strict=False)
        for predicate, term in ((OWL.ON_PROPERTY, on), (OWL.HAS_VALUE, value))
    ]
)
FACT = st.one_of(
    said(THINGS, PROPERTIES, [*THINGS, Literal(70)]), said(THINGS, [TYPE], [*CLASSES, *RESTRICTIONS])
)


@settings(deadline=None, max_examples=300)
@given(st.lists(AXIOM, max_size=6), RESTRICTED, st.lists(FACT, max_size=12))
@example(
    # what is the inverse of something may also come from elsewhere
    triples("org:memberOf owl:inverseOf :holds . :leads rdfs:subPropertyOf :holds ."),
    [],
    triples(":n0 :leads :n1 . :n1 org:memberOf :n2 ."),
)
@example(
    triples(":holds owl:inverseOf org:memberOf . :Lead rdfs:subClassOf _:first ."),
    triples("_:first owl:onProperty :holds ; owl:hasValue :n1 ."),
    triples(":n0 a :Lead ."),
)
@example(
    triples(":holds owl:inverseOf org:memberOf . :near owl:inverseOf :holds ."),
    [],
    triples(":n0 :near :n1 . :n2 org:memberOf :n0 ."),
)
@example(
    triples(":holds owl:inverseOf org:memberOf ; rdfs:subPropertyOf :near ."),
    [],
    triples(":n0 org:memberOf :n1 ."),
)
@example(
    triples(":holds owl:inverseOf org:memberOf , org:reportsTo ."), [], triples(":n0 org:memberOf :n1 .")
)
@example(
    triples(f"<{RDF.TYPE}> owl:inverseOf :holds . :Lead rdfs:subClassOf :Staff ."),
    [],
    triples(":n0 a :Lead ."),
)
def test_all_that_follows_and_nothing_else(
    axioms: list[Triple], restricted: list[Triple], facts: list[Triple]
) -> None:
    stated = {*axioms, *restricted, *facts}
    assert Closure(stated).conclude(stated) == everything(stated) - stated


# -- by the book


def everything(stated: set[Triple]) -> set[Triple]:
    """The axioms are those that are stated; transitive relations lead to nothing further."""
    classes = above(stated, RDFS.SUB_CLASS_OF, OWL.EQUIVALENT_CLASS)
    properties = above(stated, RDFS.SUB_PROPERTY_OF, OWL.EQUIVALENT_PROPERTY)
    inverses = pairs(stated, OWL.INVERSE_OF)
    inverses |= {(end, start) for start, end in inverses}
    on, has = dict(pairs(stated, OWL.ON_PROPERTY)), dict(pairs(stated, OWL.HAS_VALUE))
    values = [(kind, on[kind], has[kind]) for kind in on.keys() & has.keys()]

    def step(s: Object, p: Object, o: Object) -> Iterator[tuple[Object, Object, Object]]:
        yield from ((s, wider, o) for narrow, wider in properties if narrow == p)
        yield from ((o, other, s) for one, other in inverses if one == p and not isinstance(o, Literal))
        if p == TYPE and not isinstance(o, Literal):
            yield s, IS, o
        yield from ((s, IS, kind) for kind, of, value in values if (of, value) == (p, o))
        yield from ((s, IS, wide) for narrow, wide in classes if (p, o) == (IS, narrow))
        yield from ((s, of, value) for kind, of, value in values if (p, o) == (IS, kind))
        if p == IS and isinstance(o, NamedNode):
            yield s, TYPE, o

    known: set[tuple[Object, Object, Object]] = {(t.subject, t.predicate, t.object) for t in stated}
    while more := {found for one in known for found in step(*one) if isinstance(found[1], NamedNode)} - known:
        known |= more
    follows = {Triple(s, p, o) for s, p, o in known if p != IS}  # type: ignore[arg-type]
    return follows | set(transitive(follows))


def transitive(known: set[Triple]) -> Iterator[Triple]:
    for made, edges in MADE.items():
        links = set[tuple[Object, Object]]().union(*(pairs(known, edge) for edge in edges))
        has = {start for start, _ in pairs(known, edges[0])}
        for start, end in joined(links):
            is_named = isinstance(start, NamedNode) and isinstance(end, NamedNode)
            if start in has and is_named and (start != end or made == AMBIT.MEMBER_OF_ALL):
                yield Triple(start, node(made), end)


def above(stated: set[Triple], below: str, same: str) -> set[tuple[Object, Object]]:
    alike = pairs(stated, same)
    return joined(pairs(stated, below) | alike | {(end, start) for start, end in alike})


def joined(links: set[tuple[Object, Object]]) -> set[tuple[Object, Object]]:
    found = set(links)
    while more := {(a, d) for a, b in found for c, d in links if b == c} - found:
        found |= more
    return found


def pairs(known: set[Triple], predicate: str) -> set[tuple[Object, Object]]:
    return {(t.subject, t.object) for t in known if t.predicate == node(predicate)}
