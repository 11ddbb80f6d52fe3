"""What a change adds to what follows, and takes away, against all concluded anew: the same after every step."""

import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import EX, triples

from ambit.graph.terms import BlankNode, Literal, NamedNode, Object, Quad, Subject, Triple
from ambit.graph.vocabulary import AMBIT, ORG, RDF, SKOS, node
from ambit.reasoning.governance.aftermath import Aftermath
from ambit.reasoning.governance.closure import Closure
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.governance.governance import INFERRED, vocabulary

GRAPHS = ("urn:g:files", "urn:g:hr")
MEMBER, UP = node(ORG.MEMBER_OF), node(ORG.SUB_ORGANIZATION_OF)

AXIOMS = [
    ":leads rdfs:subPropertyOf org:memberOf .",
    "org:hasMember owl:inverseOf org:memberOf .",
    ":peer owl:inverseOf :peer .",
    ":peer rdfs:subPropertyOf org:reportsTo .",
    ":under owl:equivalentProperty org:subOrganizationOf . :below rdfs:subPropertyOf :under .",
    ":deputy rdfs:subPropertyOf ambit:memberOfAll . ambit:memberOfAll rdfs:subPropertyOf :near .",
    "ambit:memberOfAll owl:inverseOf :holds .",
    ":Lead rdfs:subClassOf :Staff . :Staff rdfs:subClassOf [ owl:onProperty org:memberOf ; owl:hasValue :n1 ] .",
    ":Guest owl:equivalentClass [ owl:onProperty org:reportsTo ; owl:hasValue :n0 ] .",
    ":Old rdfs:subClassOf :Staff . [ owl:onProperty :age ; owl:hasValue 70 ] rdfs:subClassOf :Old .",
    ":Staff rdfs:subClassOf :Lead .",
    ":Staff rdfs:subClassOf [ owl:onProperty <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ; owl:hasValue :Paid ] . :Paid rdfs:subClassOf :Seen .",
]
NODES: list[Subject] = [*(NamedNode(f"{EX}n{number}") for number in range(5)), BlankNode("b")]
CLASSES = [NamedNode(EX + name) for name in ("Lead", "Staff", "Guest", "Old", "Paid", "Seen")]
LINKS = [
    MEMBER,
    UP,
    *map(node, (ORG.REPORTS_TO, SKOS.BROADER, ORG.HAS_MEMBER, AMBIT.MEMBER_OF_ALL)),
    *(NamedNode(EX + name) for name in ("leads", "peer", "under", "below", "deputy", "near", "holds")),
]
STATED = st.one_of(
    st.builds(Triple, st.sampled_from(NODES), st.sampled_from(LINKS[:4]), st.sampled_from(NODES)),
    st.builds(Triple, st.sampled_from(NODES), st.sampled_from(LINKS), st.sampled_from(NODES)),
    st.builds(Triple, st.sampled_from(NODES), st.just(node(RDF.TYPE)), st.sampled_from(CLASSES)),
    st.builds(
        Triple, st.sampled_from(NODES), st.sampled_from([NamedNode(EX + "age"), MEMBER]), st.just(Literal(70))
    ),
)
STEPS = st.lists(st.lists(st.tuples(STATED, st.sampled_from(GRAPHS)), min_size=1, max_size=4), max_size=10)


class Kept:
    """Facts with what follows, kept by differences. `check` says whether it is what all anew would be."""

    def __init__(self, stated: Iterable[Triple], kind: type[Facts] = Facts):
        self.stated = {(t, GRAPHS[0]) for t in stated}
        self.closure = Closure(t for t, _ in self.stated)
        begun = self.closure.conclude(t for t, _ in self.stated)
        self.facts = kind(_quad(t, g) for t, g in (*self.stated, *((t, INFERRED) for t in begun)))

    def step(self, out: set[tuple[Triple, str]], into: set[tuple[Triple, str]]) -> Aftermath:
        leaving: dict[Triple, set[str]] = {}
        for triple, graph in out:
            leaving.setdefault(triple, set()).add(graph)
        found = Aftermath(self.closure, self.facts, INFERRED, leaving, {t for t, _ in into})
        gone = [_quad(t, g) for t, g in out] + [_quad(t, INFERRED) for t in found.out]
        come = [_quad(t, g) for t, g in into] + [_quad(t, INFERRED) for t in found.into]
        assert not found.out & found.into
        assert all(INFERRED in self.facts.graphs(t) for t in found.out)
        self.facts.apply(gone, come)
        self.stated = (self.stated - out) | into
        return found

    def flip(self, said: Iterable[tuple[Triple, str]]) -> Aftermath:
        """What is stated goes, what is not comes."""
        chosen = set(said)
        return self.step(chosen & self.stated, chosen - self.stated)

    @property
    def inferred(self) -> set[Triple]:
        return {t for t in self.facts if INFERRED in self.facts.graphs(t)}

    def check(self) -> None:
        assert self.inferred == self.anew()

    def anew(self) -> frozenset[Triple]:
        stated = {t for t, _ in self.stated}
        return Closure(stated).conclude(stated)


def _quad(triple: Triple, graph: str) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph))


def link(start: str, predicate: NamedNode, end: str) -> tuple[Triple, str]:
    return Triple(NamedNode(EX + start), predicate, NamedNode(EX + end)), GRAPHS[0]


@settings(deadline=None)
@given(st.sets(st.sampled_from(AXIOMS)), st.lists(STATED, max_size=12), STEPS)
def test_every_step_comes_to_what_all_anew_would(
    axioms: set[str], begun: Sequence[Triple], steps: Sequence[Sequence[tuple[Triple, str]]]
) -> None:
    kept = Kept([*triples("\n".join(sorted(axioms))), *begun])
    for step in steps:
        kept.flip(step)
        kept.check()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**9))
def test_organisations_that_change_piece_by_piece(seed: int) -> None:
    """Units in layers with diamonds and now and then a circle; people in several of them, and in each other's line."""
    rng = random.Random(seed)
    units = [f"u{number}" for number in range(12)]
    people = [f"p{number}" for number in range(8)]

    def relation() -> tuple[Triple, str]:
        kind = rng.randrange(4)
        if kind == 0:
            return link(rng.choice(people), MEMBER, rng.choice(units))
        if kind == 1:
            low, high = sorted(rng.sample(range(len(units)), 2), reverse=rng.random() < 0.1)
            return link(units[high], rng.choice((UP, MEMBER)), units[low])
        if kind == 2:
            return link(rng.choice(units), node(ORG.HAS_MEMBER), rng.choice((*people, *units)))
        return link(rng.choice(people), node(ORG.REPORTS_TO), rng.choice(people))

    kept = Kept([*vocabulary(), *(relation()[0] for _ in range(20))])
    for _ in range(6):
        gone = rng.sample(sorted((one for one in kept.stated if _is_link(one[0])), key=str), 2)
        kept.flip([*gone, *(relation() for _ in range(rng.randrange(3)))])
        kept.check()


def _is_link(triple: Triple) -> bool:
    return isinstance(triple.subject, NamedNode) and triple.subject.value.startswith(EX)


# -- shapes that hurt (what is counted is what the facts were asked)


class Counted(Facts):
    """Facts that count how often they are looked up."""

    asked = 0

    def ends(self, *args: object) -> object:  # type: ignore[override]
        self.asked += 1
        return super().ends(*args)  # type: ignore[arg-type]

    def starts(self, *args: object) -> object:  # type: ignore[override]
        self.asked += 1
        return super().starts(*args)  # type: ignore[arg-type]


def counted(stated: Iterable[tuple[Triple, str]]) -> Kept:
    return Kept((t for t, _ in stated), Counted)


def looked_up(kept: Kept) -> int:
    assert isinstance(kept.facts, Counted)
    asked, kept.facts.asked = kept.facts.asked, 0
    return asked


def all_of(name: str, kept: Kept) -> set[Object]:
    return {
        t.object
        for t in kept.inferred
        if t.subject == NamedNode(EX + name) and t.predicate == node(AMBIT.MEMBER_OF_ALL)
    }


def test_a_circle_of_groups_comes_apart() -> None:
    """Nothing in it holds itself up once nobody outside leads to it."""
    ring = [link(f"g{n}", MEMBER, f"g{(n + 1) % 50}") for n in range(50)]
    kept = counted([*ring, link("ada", MEMBER, "g0"), link("g7", MEMBER, "admins")])
    assert len(all_of("ada", kept)) == 51
    kept.flip([link("ada", MEMBER, "g0")])
    assert not all_of("ada", kept)
    kept.check()
    kept.flip([link("ada", MEMBER, "g8"), ring[3]])
    assert NamedNode(EX + "admins") not in all_of("ada", kept)
    kept.check()


def test_a_diamond_of_a_million_paths_is_walked_by_its_edges() -> None:
    levels = 20
    steps = [
        link(f"g{level}{side}", MEMBER, f"g{level + 1}{other}")
        for level in range(levels)
        for side in "ab"
        for other in "ab"
    ]
    kept = counted([*steps, link("ada", MEMBER, "g0a"), link(f"g{levels}a", MEMBER, "top")])
    assert 2**levels > 10**6
    for changed in (steps[0], steps[-1], link("ada", MEMBER, "g0a"), link("ada", MEMBER, "g0b")):
        looked_up(kept)
        kept.flip([changed])
        assert looked_up(kept) < 100 * levels
        kept.check()
    assert NamedNode(EX + "top") in all_of("ada", kept)
    kept.flip([link("ada", MEMBER, "g0b")])
    assert not all_of("ada", kept)


@pytest.mark.parametrize(
    ("predicate", "depth"),
    [(UP, 1000), (MEMBER, 200), (node(ORG.REPORTS_TO), 100), (node(SKOS.BROADER), 100)],
)
def test_a_chain_a_thousand_deep(predicate: NamedNode, depth: int) -> None:
    """Each step of it is looked at a few times, whatever changes. (All members of members are depth² / 2.)"""
    chain = [link(f"g{n}", predicate, f"g{n + 1}") for n in range(depth)]
    kept = counted([*chain, link("ada", MEMBER, "g0")])
    changes = (link("new", predicate, "g0"), link("new", predicate, "g0"), chain[0], chain[50], chain[50])
    for changed in changes:
        looked_up(kept)
        kept.flip([changed])
        assert looked_up(kept) < 20 * depth
    kept.check()


def test_one_membership_among_many_looks_at_what_it_leads_to() -> None:
    """However many people there are."""
    for people in (20, 2_000):
        units = [link(f"g{n}", UP, f"g{n + 1}") for n in range(8)]
        kept = counted([*units, *(link(f"p{n}", MEMBER, "g0") for n in range(people))])
        kept.flip([link("p7", MEMBER, "g0")])
        assert looked_up(kept) < 100
        found = kept.flip([link("p7", MEMBER, "g0")])
        assert (len(found.into), len(found.out)) == (9, 0)
        kept.check()


# -- what data cannot do


@pytest.mark.parametrize(
    "said",
    [
        ":mallory owl:sameAs :ada .",
        ":follows rdfs:domain foaf:Person .",
        ":follows rdfs:range ambit:Administrators .",
    ],
)
def test_equality_domain_and_range_conclude_nothing(said: str) -> None:
    kept = Kept([t for t, _ in (link("ada", MEMBER, "admins"),)] + triples(":mallory :follows :ada ."))
    before = kept.inferred
    kept.flip((t, GRAPHS[1]) for t in triples(said))
    assert kept.inferred == before
    kept.check()
