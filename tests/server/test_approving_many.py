"""Among thousands of requests each verb reads as little of governance as among a few."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import pytest
from approvalworld import (
    APPROVE,
    CARE,
    FILES,
    ID,
    LISTED,
    PAY,
    QUERY,
    REFUSE,
    REVOKE,
    SHOWN,
    WITHDRAW,
    People,
)
from liveworld import Live, live

from ambit.graph.clock import CLOCK
from ambit.graph.terms import NamedNode, Object
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Change, Record
from ambit.reasoning.acts import approvals
from ambit.reasoning.acts.acts import Act, Form, new, record
from ambit.reasoning.acts.approvals import Item
from ambit.reasoning.governance.facts import Facts

PART = 1_000
RUN = "urn:ambit:run:test"
PRECEDENTS = "query($iri: ID!) { approval(iri: $iri) { precedents { nodes { score } outcomes { count } } } }"
ADMINISTRATION = "https://w3id.org/ambit#Administration"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("many") / "ws", added=FILES) as served:
        yield served


@pytest.fixture(scope="module")
def people(server: Live) -> People:
    return People(server)


def requests(server: Live, count: int, pattern: str) -> None:
    """So many more requests of Ben's for payroll; of three one is refused by Cleo, one approved, and one waits."""
    pay = pay_of(server)
    now = CLOCK.now()
    for start in range(0, count, PART):
        records: list[Record] = []
        for number in range(start, min(count, start + PART)):
            made = now - timedelta(seconds=number % 1_000)
            item = Item(
                new(approvals.REQUEST), ID + "ben", frozenset(), CARE, "read", frozenset({pay}), frozenset({PAY}),
                "", made, made + timedelta(days=7), pattern, "SELECT *",
            )  # fmt: skip
            records.append(said(approvals.REQUEST, item.iri, item, "ben"))
            if number % 3:
                form = (approvals.REFUSAL, approvals.APPROVAL)[number % 3 - 1]
                records.append(said(form, new(form), item, "cleo"))
        server.layers.owner.commit(Change(tuple(records), ID + "ben", RUN))


def said(form: Form, iri: str, item: Item, by: str) -> Record:
    tells: dict[str, Iterable[Object]] = {AMBIT.ANSWERS: [NamedNode(item.iri)]}
    if form is approvals.REQUEST:
        tells = item.said()
    elif form is approvals.APPROVAL:
        opened = [NamedNode(one) for one in sorted(item.compartments)]
        tells |= item.alike(item.expires) | {
            AMBIT.IS_GRANTED_TO: [NamedNode(item.asker)],
            AMBIT.APPROVES: opened,
        }
    return record(Act(form, iri, iri, tells, ID + by, item.created, RUN, "one of very many"))


def pay_of(server: Live) -> str:
    """The compartment of payroll."""
    facts = server.layers.decider.facts
    (found,) = facts.iris_to(AMBIT.COMES_FROM, ID + "payroll")
    return found


class Looked:
    """How often governance in memory is looked at, by all threads; what gives a set counts by its size."""

    def __init__(self, patch: pytest.MonkeyPatch):
        self.count = 0
        for name in ("ends", "starts", "instances", "iris", "subjects", "objects", "_held"):
            patch.setattr(Facts, name, self._counting(getattr(Facts, name)))

    def _counting(self, look: Callable[..., object]) -> Callable[..., object]:
        def looked(*args: object) -> object:
            found = look(*args)
            self.count += len(found) if isinstance(found, frozenset | tuple) else 1
            return found

        return looked

    def during(self, work: Callable[[], object]) -> int:
        before = self.count
        work()
        return self.count - before


@pytest.mark.parametrize(
    "before, more",
    [(400, 800), pytest.param(0, 10_000, marks=[pytest.mark.long, pytest.mark.timeout(1_200)])],
)
def test_thousands_of_requests_of_others_cost_nobody_a_look(
    server: Live, people: People, monkeypatch: pytest.MonkeyPatch, before: int, more: int
) -> None:
    looked = Looked(monkeypatch)
    number = 0

    def verbs() -> dict[str, int]:
        nonlocal number
        asked: list[str] = []
        number += 1
        query = QUERY(PAY) + f" LIMIT {number}"
        told = {
            "ask": looked.during(lambda: asked.append(people.ask("dan", PAY, query=query)["iri"])),
            "ask again": looked.during(lambda: people.ask("dan", PAY, query=query)),
            "show": looked.during(lambda: people.told("dan", SHOWN, iri=asked[0])),
            "absent": looked.during(lambda: people.told("eve", SHOWN, iri=asked[0])),
            "list own": looked.during(lambda: people.told("dan", LISTED)),
            "list pending": looked.during(lambda: people.told("dan", LISTED, state="pending")),
            "list of an owner": looked.during(lambda: people.told("cleo", LISTED)),
            "list of all": looked.during(lambda: people.told("ada", LISTED, purpose=ADMINISTRATION)),
            "precedents": looked.during(
                lambda: people.told("ada", PRECEDENTS, iri=asked[0], purpose=ADMINISTRATION)
            ),
            "approve": looked.during(lambda: people.told("cleo", APPROVE, iri=asked[0])),
            "revoke": looked.during(lambda: people.told("cleo", REVOKE, iri=asked[0])),
        }
        number += 1
        query = QUERY(PAY) + f" LIMIT {number}"
        for verb, who, deed in (("refuse", "cleo", REFUSE), ("withdraw", "dan", WITHDRAW)):
            iri = people.ask("dan", PAY, query=query)["iri"]
            told[verb] = looked.during(lambda who=who, deed=deed, iri=iri: people.told(who, deed, iri=iri))  # type: ignore[misc]
        return told

    requests(server, before, "one")
    verbs()  # what is read once
    few = verbs()
    requests(server, more, "one")
    people.told("dan", LISTED)  # reads what has come
    many = verbs()
    # what is kept of decisions differs; who walked over all requests would look more often than there are
    assert {verb: many[verb] for verb in many if many[verb] > few[verb] + more // 2} == {}
