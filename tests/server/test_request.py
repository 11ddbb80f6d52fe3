"""What a request says of what it read: its revision, whatever is committed meanwhile."""

from writecase import MINE, N, hold, me
from writeworld import Stage

from ambit.graph.terms import Literal, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.server.request import Request
from ambit.server.writes import put_graph, update

VALUES = "SELECT ?v { <urn:held> <urn:p> ?v }"


def held(request: Request) -> set[str]:
    return {row["v"]["value"] for row in request.rows(VALUES)}


# -- revisions


def test_what_was_read_before_a_commit_and_after_it_has_two_revisions(told: Stage) -> None:
    hold(told, MINE, AMBIT.WRITES, 1)
    first = me(told)
    assert held(first) == {"1"}
    hold(told, MINE, AMBIT.WRITES, 2)
    second = me(told)
    assert held(second) == {"2"}
    assert first.headers()["Ambit-Revision"] == first.revision() != second.revision()


def test_who_has_written_is_given_the_revision_of_the_own_commit(told: Stage) -> None:
    for write in (
        lambda request: put_graph(request, MINE, [Triple(N("urn:a"), N("urn:p"), Literal("put"))]),
        lambda request: update(request, "INSERT DATA { <urn:a> <urn:p> 5 }"),
    ):
        request = me(told)
        before = request.revision()
        write(request)
        assert before != request.revision() == me(told).revision()
