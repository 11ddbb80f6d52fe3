"""The governance graph in memory against a plain set of quads, and what is seen of it while a commit comes in."""

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.reasoning.facts import Facts

TERMS = [NamedNode(f"urn:t:{number}") for number in range(3)]
GRAPHS = [NamedNode(f"urn:g:{number}") for number in range(3)]
QUADS = st.sets(st.builds(Quad, *(st.sampled_from(TERMS),) * 3, st.sampled_from(GRAPHS)), max_size=12)


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
