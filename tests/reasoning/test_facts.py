"""The governance graph in memory against a plain set of quads, and what is seen of it while a commit comes in."""

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from ambit.graph.terms import BlankNode, Literal, NamedNode, Quad, Triple
from ambit.graph.vocabulary import RDF, node
from ambit.reasoning.governance.facts import Facts

TERMS = [NamedNode(f"urn:t:{number}") for number in range(3)]
GRAPHS = [NamedNode(f"urn:g:{number}") for number in range(3)]
SUBJECTS = [*TERMS, BlankNode("b")]
OBJECTS = [*SUBJECTS, Literal("urn:t:0"), Literal('a"\n\\é', language="en")]
PREDICATES = [*TERMS[:1], node(RDF.TYPE)]
QUADS = st.sets(
    st.builds(Quad, *map(st.sampled_from, (SUBJECTS, PREDICATES, OBJECTS, GRAPHS))),
    max_size=20,
)


class Watched(Facts):
    """Facts that note which triples were ever missed of some that shall stay."""

    stays: frozenset[Triple] = frozenset()
    missed: frozenset[Triple] = frozenset()

    def add(self, quad: Quad) -> bool:
        return self._looked(super().add(quad))

    def remove(self, quad: Quad) -> bool:
        return self._looked(super().remove(quad))

    def _looked(self, changed: bool) -> bool:
        self.missed |= {
            t
            for t in self.stays
            if t not in self or t.object not in self.objects(t.subject, t.predicate.value)
        }
        return changed


def held(data: bytes) -> set[Quad]:
    return set(parse(data, format=RdfFormat.N_QUADS))


@given(QUADS, QUADS, QUADS)
def test_a_commit_comes_to_what_it_says_and_hides_nothing_that_stays(
    before: set[Quad], out: set[Quad], into: set[Quad]
) -> None:
    """`out` is of what is held; a graph that is written anew stands in `out` and `into` with all its triples."""
    out &= before
    after = (before - out) | into
    facts = Watched(before)
    worker = held(facts.nquads())
    seen = facts.preview(out, into)
    facts.stays = frozenset({q.triple for q in before} & {q.triple for q in after})
    told = facts.apply(out, into)
    assert not facts.missed
    assert set(facts) == {q.triple for q in after}
    assert all(facts.graphs(t) == {q.graph_name.value for q in after if q.triple == t} for t in facts)
    wanted = held(Facts(after).nquads())
    for gone, come in (seen, told):
        assert (worker - held(gone)) | held(come) == wanted


@given(st.lists(st.tuples(QUADS, QUADS), max_size=4))
def test_every_look_up_is_that_of_a_plain_set(commits: list[tuple[set[Quad], set[Quad]]]) -> None:
    facts, held_now = Facts(), set[Quad]()
    for said, into in commits:
        out = said & held_now
        facts.apply(out, into)
        held_now = (held_now - (out - into)) | into
        plain = {quad.triple for quad in held_now}
        assert set(facts) == plain
        assert len(facts) == len(plain)
        assert held(facts.nquads()) == held_now | {Quad(t.subject, t.predicate, t.object) for t in plain}
        for p in PREDICATES:
            iris = {t.object.value for t in plain if t.predicate == p and isinstance(t.object, NamedNode)}
            assert facts.values(p.value) == iris
            assert set(facts.of(p.value)) == {t for t in plain if t.predicate == p}
            for s in SUBJECTS:
                assert facts.states(s, p.value, None) == any(
                    (t.subject, t.predicate) == (s, p) for t in plain
                )
                assert all(facts.states(s, p.value, o) == (Triple(s, p, o) in plain) for o in OBJECTS)
                assert facts.objects(s, p.value) == {
                    t.object for t in plain if (t.subject, t.predicate) == (s, p)
                }
            for o in OBJECTS:
                assert facts.states(None, p.value, o) == any((t.predicate, t.object) == (p, o) for t in plain)
                assert facts.subjects(p.value, o) == {
                    t.subject for t in plain if (t.predicate, t.object) == (p, o)
                }
        for kind in TERMS:
            wanted = {t.subject.value for t in plain if _types(t, kind) and isinstance(t.subject, NamedNode)}
            assert facts.instances(kind.value) == wanted
            assert facts.number(kind.value) == sum(_types(t, kind) for t in plain)
            assert facts.speaks_of(kind.value) == any(t.predicate == kind or _types(t, kind) for t in plain)
            assert all(facts.is_a(s.value, kind.value) == (s.value in wanted) for s in TERMS)


def _types(triple: Triple, kind: NamedNode) -> bool:
    return triple.predicate == node(RDF.TYPE) and triple.object == kind


def test_instances_are_gathered_once_while_nothing_changes() -> None:
    """Each decision asks for all compartments."""
    quad = Quad(TERMS[0], node(RDF.TYPE), TERMS[1], GRAPHS[0])
    facts = Facts([quad])
    first = facts.instances(TERMS[1].value)
    assert facts.instances(TERMS[1].value) is first
    facts.apply([quad], [])
    assert not facts.instances(TERMS[1].value)


def test_an_iri_is_kept_once() -> None:
    """However many triples name it: with a million of them that is what memory goes into."""
    facts = Facts(Quad(s, p, o, GRAPHS[0]) for s in TERMS for p in PREDICATES for o in TERMS)
    keys = [one for p in PREDICATES for s in TERMS for one in facts.ends(s.value, p.value)]
    keys += [one for p in PREDICATES for o in TERMS for one in facts.starts(p.value, o.value)]
    assert len(keys) == 36
    assert len({id(one) for one in keys}) == len(TERMS)


def test_what_is_remembered_of_terms_that_went_is_forgotten() -> None:
    facts = Facts()
    for number in range(100):
        quad = Quad(NamedNode(f"urn:n:{number}"), TERMS[0], TERMS[1], NamedNode(f"urn:h:{number}"))
        facts.apply([], [quad])
        facts.apply([quad], [])
    assert len(facts._same) + len(facts._names) < 20
