"""A generated enterprise: people, teams, customers, products, orders, tickets and documents as labelled record graphs.

Everything follows from a seed. A record is a few lines of N-Quads under one label, or two: what a person earns
lies apart from who the person is. Labels make some hundreds of compartments: five sources, the team
that a record belongs to, and its sensitivity.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from ambit.graph.terms import from_nquads
from ambit.graph.words import Label, Record, RecordGraph

BASE = "https://example.org/"
P = BASE + "v#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
XSD = "http://www.w3.org/2001/XMLSchema#"
LEVELS = ("public", "internal", "confidential")
PER_PERSON = 164.7
"""Triples of the whole for each person, as the kinds are mixed below."""

_LIST = (
    "battery bracket cable carton casing clamp cooler display fan filter frame gauge handle hinge housing lamp "
    "lever meter motor nozzle panel pedal pump relay roller rotor screen sensor shaft shelf socket spring switch "
    "tank tap timer tray tube valve wheel broken late missing loud leaking wrong urgent refund return offer"
)
_WORDS = _LIST.split()


@dataclass(frozen=True, slots=True)
class Part:
    """What one record says under one label: N-Triples lines without their ends, and the graph's name."""

    graph: str
    label: Label
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the enterprise."""

    record: str
    source: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are of each kind."""

    people: int

    @property
    def teams(self) -> int:
        return max(5, min(100, self.people // 50))

    @property
    def customers(self) -> int:
        return 2 * self.people

    @property
    def products(self) -> int:
        return max(20, self.people // 5)

    @property
    def orders(self) -> int:
        return 8 * self.people

    @property
    def tickets(self) -> int:
        return 5 * self.people

    @property
    def documents(self) -> int:
        return 2 * self.people


def size_of(triples: int) -> Size:
    """The enterprise that comes to about so many triples."""
    return Size(max(20, round(triples / PER_PERSON)))


def rows(triples: int, *, seed: int = 1) -> Iterator[Row]:
    """The records of an enterprise of about `triples` triples, kind by kind."""
    made = _Maker(size_of(triples), random.Random(seed))
    yield from made.teams()
    yield from made.people()
    yield from made.products()
    yield from made.customers()
    yield from made.orders()
    yield from made.tickets()
    yield from made.documents()


def nquads(row: Row) -> str:
    """A record as N-Quads."""
    return "".join(f"{line} <{part.graph}> .\n" for part in row.parts for line in part.lines)


def record_of(row: Row) -> Record:
    """A record as a change takes it."""
    graphs = []
    for part in row.parts:
        data = "".join(f"{line} .\n" for line in part.lines).encode()
        triples = frozenset(quad.triple for quad in from_nquads(data))
        graphs.append(RecordGraph(part.graph, triples, label=part.label))
    return Record(row.record, row.source, tuple(graphs), "d")


def labels(rows_: Iterator[Row]) -> set[Label]:
    """The labels that stand on the records."""
    return {part.label for row in rows_ for part in row.parts}


class _Maker:
    """Makes one kind after the other; each refers to those before it."""

    def __init__(self, size: Size, chance: random.Random):
        self._size = size
        self._chance = chance

    def teams(self) -> Iterator[Row]:
        for number in range(self._size.teams):
            team = f"{BASE}team/{number}"
            lines = [_type(team, "Team"), _text(team, "name", f"Team {number}")]
            if number:
                lines.append(_link(team, "partOf", f"team/{(number - 1) // 3}"))
            yield self._row("hr", f"team/{number}", 0, "public", lines)

    def people(self) -> Iterator[Row]:
        for number in range(self._size.people):
            person, team = f"{BASE}person/{number}", number % self._size.teams
            lines = [
                _type(person, "Person"),
                _text(person, "name", f"{self._word()} {self._word()} {number}"),
                _text(person, "mail", f"p{number}@example.org"),
                _link(person, "memberOf", f"team/{team}"),
                _text(person, "title", self._word()),
                _whole(person, "floor", self._chance.randrange(12)),
            ]
            lines += [_link(person, "knows", f"person/{self._any(self._size.people)}") for _ in range(2)]
            if number:
                lines.append(_link(person, "reportsTo", f"person/{number // 8}"))
            pay = [
                _whole(person, "salary", 30_000 + self._chance.randrange(90_000)),
                self._day(person, "since"),
            ]
            row = self._row("hr", f"person/{number}", team, "internal", lines)
            apart = self._part("hr", f"person/{number}", team, "confidential", pay)
            yield Row(row.record, row.source, (*row.parts, apart))

    def products(self) -> Iterator[Row]:
        for number in range(self._size.products):
            product = f"{BASE}product/{number}"
            lines = [
                _type(product, "Product"),
                _text(product, "name", f"{self._word()} {self._word()}"),
                _whole(product, "price", 1 + self._chance.randrange(5_000)),
                _link(product, "owner", f"team/{number % self._size.teams}"),
                _text(product, "group", _WORDS[number % 12]),
            ]
            yield self._row("shop", f"product/{number}", 0, "public", lines)

    def customers(self) -> Iterator[Row]:
        for number in range(self._size.customers):
            customer, team = f"{BASE}customer/{number}", self._any(self._size.teams)
            lines = [
                _type(customer, "Customer"),
                _text(customer, "name", f"{self._word()} & {self._word()} {number}"),
                _text(customer, "country", self._chance.choice(("DE", "FR", "NL", "US", "JP"))),
                _link(customer, "agent", f"person/{team + self._size.teams * self._any(8)}"),
                _text(customer, "phone", f"+00 {self._chance.randrange(10**9):09d}"),
                _text(customer, "street", f"{self._word()} street {self._any(200)}"),
                _whole(customer, "rating", self._any(6)),
                self._day(customer, "since"),
                _link(customer, "memberOf", f"segment/{number % 20}"),
            ]
            yield self._row("crm", f"customer/{number}", team, LEVELS[1 + number % 2], lines)

    def orders(self) -> Iterator[Row]:
        for number in range(self._size.orders):
            order = f"{BASE}order/{number}"
            lines = [
                _type(order, "Order"),
                _link(order, "customer", f"customer/{self._any(self._size.customers)}"),
                _link(order, "product", f"product/{self._any(self._size.products)}"),
                _link(order, "soldBy", f"person/{self._any(self._size.people)}"),
                _whole(order, "quantity", 1 + self._any(20)),
                _whole(order, "total", self._any(20_000)),
                _text(order, "number", f"A-{number:08d}"),
                _text(order, "state", self._chance.choice(("open", "sent", "paid", "returned"))),
                self._day(order, "placed"),
                self._day(order, "due"),
            ]
            yield self._row("shop", f"order/{number}", number % self._size.teams, "internal", lines)

    def tickets(self) -> Iterator[Row]:
        for number in range(self._size.tickets):
            ticket = f"{BASE}ticket/{number}"
            lines = [
                _type(ticket, "Ticket"),
                _link(ticket, "about", f"order/{self._any(self._size.orders)}"),
                _link(ticket, "assignee", f"person/{self._any(self._size.people)}"),
                _text(ticket, "subject", " ".join(self._word() for _ in range(5))),
                _text(ticket, "state", self._chance.choice(("open", "waiting", "closed"))),
                _whole(ticket, "urgency", self._any(5)),
                self._day(ticket, "opened"),
            ]
            if number % 3 == 0:
                lines.append(_text(ticket, "answer", " ".join(self._word() for _ in range(12))))
            yield self._row(
                "desk", f"ticket/{number}", self._any(self._size.teams), LEVELS[1 + number % 2], lines
            )

    def documents(self) -> Iterator[Row]:
        for number in range(self._size.documents):
            document, team = f"{BASE}document/{number}", self._any(self._size.teams)
            lines = [
                _type(document, "Document"),
                _text(document, "name", f"{self._word()} {self._word()} {number}"),
                _link(document, "author", f"person/{self._any(self._size.people)}"),
                _link(document, "folder", f"team/{team}"),
                _text(document, "body", " ".join(self._word() for _ in range(25))),
                self._day(document, "changed"),
            ]
            lines += [
                _link(document, "mentions", f"customer/{self._any(self._size.customers)}") for _ in range(2)
            ]
            if number:
                lines.append(_link(document, "cites", f"document/{self._any(number)}"))
            yield self._row("wiki", f"document/{number}", team, LEVELS[number % 3], lines)

    def _row(self, source: str, name: str, team: int, level: str, lines: list[str]) -> Row:
        part = self._part(source, name, team, level, lines)
        return Row(f"{BASE}{source}/{name}", part.label.source, (part,))

    def _part(self, source: str, name: str, team: int, level: str, lines: list[str]) -> Part:
        audience = f"{BASE}team/{team}" if level != "public" else f"{BASE}everybody"
        label = Label(BASE + source, f"{BASE}{level}", frozenset({"urn:eu"}), frozenset({audience}))
        return Part(f"{BASE}{source}/{name}#{level}", label, tuple(lines))

    def _any(self, many: int) -> int:
        return int(self._chance.random() * many)

    def _word(self) -> str:
        return _WORDS[int(self._chance.random() * len(_WORDS))]

    def _day(self, subject: str, name: str) -> str:
        day = f"20{20 + self._any(7)}-{1 + self._any(12):02d}-{1 + self._any(28):02d}"
        return f'<{subject}> <{P}{name}> "{day}"^^<{XSD}date>'


def _type(subject: str, name: str) -> str:
    return f"<{subject}> <{RDF_TYPE}> <{P}{name}>"


def _link(subject: str, name: str, target: str) -> str:
    return f"<{subject}> <{P}{name}> <{BASE}{target}>"


def _text(subject: str, name: str, value: str) -> str:
    return f'<{subject}> <{P}{name}> "{value}"'


def _whole(subject: str, name: str, value: int) -> str:
    return f'<{subject}> <{P}{name}> "{value}"^^<{XSD}integer>'


def queries() -> dict[str, str]:
    """The ten shapes, by name."""
    prefix = f"PREFIX : <{P}> PREFIX b: <{BASE}> "
    shapes = {
        "one entity": f"SELECT ?p ?o {{ <{BASE}person/17> ?p ?o }}",
        "star": f"SELECT ?n ?m ?t ?f {{ ?x :memberOf <{BASE}team/3> ; :name ?n ; :mail ?m ; :title ?t ; :floor ?f }}",
        "chain of joins": f"SELECT ?t ?c {{ ?t :assignee <{BASE}person/23> ; :about ?o . ?o :customer ?c . "
        "?c :agent ?a . ?a :memberOf ?m }",
        "optional": f"SELECT ?n ?s {{ ?x a :Person ; :memberOf <{BASE}team/2> ; :name ?n OPTIONAL {{ ?x :salary ?s }} }}",
        "count by group": "SELECT ?s (COUNT(*) AS ?n) (SUM(?v) AS ?sum) { ?o :state ?s ; :total ?v } GROUP BY ?s",
        "not exists": f"SELECT (COUNT(*) AS ?n) {{ ?c a :Customer ; :agent ?a . ?a :memberOf <{BASE}team/1> "
        'FILTER NOT EXISTS { ?o :customer ?c ; :state "returned" } }',
        "path of any length": f"SELECT (COUNT(?x) AS ?n) {{ ?x :reportsTo+ <{BASE}person/2> }}",
        "order and limit": "SELECT ?o ?v { ?o a :Order ; :total ?v } ORDER BY DESC(?v) ?o LIMIT 20",
        "many rows": "SELECT ?t ?a { ?t :assignee ?a }",
        "text filter": 'SELECT ?t { ?t :subject ?s FILTER CONTAINS(?s, "refund offer") }',
    }
    return {name: prefix + text for name, text in shapes.items()}
