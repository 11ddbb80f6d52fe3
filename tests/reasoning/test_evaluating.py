"""Rules worked out in memory say what the engine says: generated ones over generated worlds, and the shipped ones."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from reference import Company
from test_decide_reference import companies, turtle
from worlds import NOW, World, ask, ex, triples

from ambit.graph.errors import AmbitError
from ambit.graph.sparql.gate import admit
from ambit.graph.terms import Literal, NamedNode, Object, Quad, Triple
from ambit.graph.views.calls import RuleCall
from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import AMBIT, XSD, node
from ambit.reasoning.deciding.ground import plan
from ambit.reasoning.deciding.questions import told_of
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.rulebase.asking import REQUEST, bindings, moment, request_facts
from ambit.reasoning.rulebase.conditions import moment_of
from ambit.reasoning.rulebase.evaluating import Beyond, Work, rows_of

SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
IRIS = ["a", "b", "c", "d"]
PREDICATES = ["p", "q", "r"]
VARIABLES = ["actor", "compartment", "purpose", "x", "y", "z"]
COLUMNS = ("compartment", "actor", "purpose", "x", "now")
LITERALS = [
    Literal("1", datatype=node(XSD.INTEGER)),
    Literal("01", datatype=node(XSD.INTEGER)),
    Literal("1.0", datatype=NamedNode(XSD.NAMESPACE + "decimal")),
    Literal("a"),
    Literal("2026-03-01T12:00:00"),
    Literal("2026-03-01T12:00:00Z", datatype=node(XSD.DATE_TIME)),
    Literal("2026-03-01T13:00:00.000+01:00", datatype=node(XSD.DATE_TIME)),
    Literal("2026-03-01T11:59:59.999999Z", datatype=node(XSD.DATE_TIME)),
    Literal("2026-03-01T12:00:00.0000001Z", datatype=node(XSD.DATE_TIME)),
    Literal("2026-03-01T24:00:00Z", datatype=node(XSD.DATE_TIME)),
    Literal("2026-03-01T12:00:00", datatype=node(XSD.DATE_TIME)),
    Literal("2026-02-30T12:00:00Z", datatype=node(XSD.DATE_TIME)),
    Literal("2026-03-02", datatype=NamedNode(XSD.NAMESPACE + "date")),
]


MORE = """
:g0 ambit:hasRole :clerk . :clerk ambit:isIncompatibleWith :auditor ; ambit:readsSource :s0 ; ambit:readsSensitivity ambit:Internal .
:p1 ambit:hasRole :clerk , :auditor . :t0 ambit:excludes :g1 , :p0 ; ambit:isInFolderAll :t1 ; ambit:isRequestedBy :a0 , :p1 .
:t1 ambit:isApprovedBy :g0 . ambit:Personal ambit:isAbove ambit:Internal ; ambit:needsConsentFor :service ; ambit:isOpenToDecision :advice .
:g2 ambit:isClearedTo ambit:Personal . :p0 a dpv:DataSubject . :s0 ambit:isKeptApartFrom :s1 .
:yes a dpv:Consent ; dpv:hasDataSubject :p0 ; dpv:hasConsentStatus dpv:ConsentGiven ; dpv:hasPurpose :care ;
  ambit:validFrom "2026-02-01T12:00:00+01:00"^^xsd:dateTime ; ambit:expires "2026-03-01T13:00:00.5+01:00"^^xsd:dateTime .
:grant a ambit:Grant , ambit:BreakGlass ; ambit:isGrantedTo :p0 , :g0 ; ambit:grants :g1 , :s1 ; ambit:expires "2026-03-01T13:00:00Z"^^xsd:dateTime .
:late a ambit:Grant ; ambit:isGrantedTo :p1 ; ambit:grants :g2 ; ambit:expires "2026-03-01T13:00:00+01:00"^^xsd:dateTime .
:found a ambit:Adequacy ; ambit:isFoundBy ambit:EU ; ambit:isFoundFor ambit:US ; ambit:expires "2027-01-01T00:00:00Z"^^xsd:dateTime .
"""
"""What wakes the shipped rules that need something."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Keeper]:
    worker = Keeper("decisions")
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


class Writer:
    """Writes rules: what may stand in one, more of what is read in memory than of what is not."""

    def __init__(self, dice: Random):
        self._dice = dice

    def rule(self) -> str:
        """A whole one."""
        columns = " ".join(f"?{name}" for name in COLUMNS)
        return f"PREFIX : <{ex('')}>\nSELECT {columns} ?request WHERE {{ {self._group(2)} }}"

    def _group(self, depth: int) -> str:
        parts = [self._element(depth) for _ in range(self._dice.choice([1, 2, 2, 3]))]
        parts += [f"FILTER{self._filter(depth)}" for _ in range(self._dice.choice([0, 0, 1, 2]))]
        if self._dice.random() < 0.3:
            self._dice.shuffle(parts)
        return " ".join(parts)

    def _element(self, depth: int) -> str:
        sort = self._dice.random()
        if sort < 0.55 or not depth:
            return f"{self._term()} {self._verb()} {self._term()} ."
        if sort < 0.75:
            branches = [self._group(depth - 1) for _ in range(self._dice.choice([1, 2, 2, 3]))]
            return " UNION ".join(f"{{ {branch} }}" for branch in branches)
        if sort < 0.88:
            return (
                f"OPTIONAL {{ {self._group(self._dice.choice([0, 0, 1])) if depth > 1 else self._triple()} }}"
            )
        if sort < 0.97:
            return f"GRAPH ?request {{ {self._triple()} }}"
        return self._dice.choice(
            ["BIND(:a AS ?z)", "VALUES ?x { :a :b }", f"{{ SELECT ?x {{ {self._triple()} }} }}"]
        )

    def _triple(self) -> str:
        return f"{self._term()} :{self._dice.choice(PREDICATES)} {self._term()}"

    def _term(self) -> str:
        if self._dice.random() < 0.8:
            return "?" + self._dice.choice(VARIABLES)
        return f":{self._dice.choice(IRIS)}"

    def _verb(self) -> str:
        p, q = (f":{self._dice.choice(PREDICATES)}" for _ in "pq")
        paths = [
            f"{p}?",
            f"{p}*",
            f"{p}+",
            f"{p}/{q}",
            f"{p}|{q}",
            f"^{p}",
            f"{p}?/{q}",
            f"({p}|{q})?",
            f"^({p}/{q})*",
        ]
        return self._dice.choice(paths) if self._dice.random() < 0.25 else p

    def _filter(self, depth: int) -> str:
        if self._dice.random() < 0.4:
            return f" {self._dice.choice(['', 'NOT '])}EXISTS {{ {self._group(max(depth - 1, 0))} }}"
        return f"({self._expression(2)})"

    def _expression(self, depth: int) -> str:
        one = "?" + self._dice.choice([*VARIABLES, "now"])
        other = self._dice.choice(["?" + self._dice.choice([*VARIABLES, "now"]), ":a", ":b"])
        sort = self._dice.randrange(9 if depth else 3)
        if sort < 2:
            return f"{one} {self._dice.choice(['=', '!=', '=', '!=', '<', '<=', '>', '>='])} {other}"
        if sort == 2:
            return self._dice.choice([f"BOUND({one})", f"BOUND({one})", "true", "false"])
        if sort == 3:
            return f"!({self._expression(depth - 1)})"
        if sort == 4:
            return f"COALESCE({self._expression(depth - 1)}, {self._dice.choice(['true', 'false'])})"
        if sort == 5:
            return f"{self._dice.choice(['', 'NOT '])}EXISTS {{ {self._group(0)} }}"
        if sort == 6 and self._dice.random() < 0.3:
            return f'STR({one}) = "{ex("a")}"'
        sign = self._dice.choice(["||", "&&"])
        return f"({self._expression(depth - 1)}) {sign} {self._expression(depth - 1)}"


def generated(dice: Random, most: int) -> list[Triple]:
    """Triples of few terms; some objects are literals, of which the engine knows values."""
    terms: list[Object] = [NamedNode(ex(name)) for name in IRIS]
    odd = dice.random() < 0.5
    return [
        Triple(
            NamedNode(ex(dice.choice(IRIS))),
            NamedNode(ex(dice.choice(PREDICATES))),
            dice.choice(LITERALS) if odd and dice.random() < 0.3 else dice.choice(terms),
        )
        for _ in range(dice.randint(1, most))
    ]


def here(
    text: str,
    columns: Sequence[str],
    bound: Mapping[str, Object],
    among: Sequence[str] | None,
    work: Work,
) -> set[tuple[Object | None, ...]] | None:
    """The rows that are worked out in memory; None where that is beyond it."""
    try:
        return set(rows_of(text, columns, bound, among, work))
    except Beyond:
        return None


def agree(worker: Keeper, dice: Random, rules: int) -> tuple[int, int]:
    """A world and some rules: how many were worked out, and how many of these say something."""
    facts = Facts(Quad(t.subject, t.predicate, t.object, NamedNode("urn:g")) for t in generated(dice, 12))
    told = frozenset(generated(dice, 4))
    worker.build(facts.parts(), 1)
    calls, found = [], []
    for _ in range(rules):
        try:
            text = admit(Writer(dice).rule()).text
        except AmbitError:
            continue
        names = dice.choice(
            [
                ["actor"],
                ["actor", "compartment"],
                ["actor", "purpose"],
                ["actor", "purpose", "compartment"],
                [],
            ]
        )
        bound: dict[str, Object] = {name: NamedNode(ex(dice.choice(IRIS))) for name in names}
        bound |= {"now": moment(NOW), "request": NamedNode(REQUEST)}
        own = here(text, COLUMNS, bound, None, Work(facts, told))
        if own is not None:
            found.append((text, bound, own))
            calls.append(RuleCall(text, bound))
    for (text, bound, own), rows in zip(
        found, worker.rules(calls, facts=request_facts(told), deadline=60), strict=True
    ):
        assert isinstance(rows, list), (text, rows)
        theirs = {tuple(row[:-1]) for row in rows}
        assert plain(own) == plain(theirs), (text, bound, sorted(map(str, facts)), sorted(map(str, told)))
    return len(found), sum(bool(own) for _, _, own in found)


def plain(rows: set[tuple[Object | None, ...]]) -> set[tuple[object, ...]]:
    """Rows with times as moments: the engine writes these in a form of its own."""
    return {tuple(moment_of(v) if is_time(v) else str(v) for v in row) for row in rows}


def is_time(value: Object | None) -> bool:
    return isinstance(value, Literal) and value.datatype == node(XSD.DATE_TIME) and value.value[-1:] in "Z0"


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(st.integers(0, 10**9))
def test_generated_rules_say_what_the_engine_says(worker: Keeper, seed: int) -> None:
    answered, _ = agree(worker, Random(seed), 8)
    event(f"{answered} of 8 worked out")


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=20_000, deadline=None, suppress_health_check=SLOW)
@given(st.integers(0, 10**9))
def test_generated_rules_say_what_the_engine_says_for_long(worker: Keeper, seed: int) -> None:
    agree(worker, Random(seed), 12)


def test_what_is_generated_is_often_worked_out_and_says_something(worker: Keeper) -> None:
    """Else the test above shows little."""
    counts = [agree(worker, Random(seed), 10) for seed in range(60)]
    assert sum(answered for answered, _ in counts) > 150
    assert sum(something for _, something in counts) > 30


LITERAL_RULES = [
    "?compartment :p ?x . ?actor :q ?x",
    "?actor :q ?x . ?compartment :p+ ?x",
    "?compartment :p ?x . ?actor :q ?y",
    "?compartment :p ?x . ?actor :q ?y FILTER(?x = ?y)",
    "?compartment :p ?x . ?actor :q ?y FILTER(?x != ?y || ?x = :a)",
    "?compartment :p ?x . ?actor :q ?y FILTER(!COALESCE(?y < ?x, false))",
    "?compartment :p ?x . ?actor :q ?y FILTER(?x >= ?now)",
    "?compartment :p ?now . ?actor :q ?y",
    "?compartment :p ?z . ?actor :q ?y FILTER NOT EXISTS { ?actor :q ?z }",
    "?compartment :p ?z . ?actor :q ?y . GRAPH ?request { :a :p ?z }",
    "?compartment :p ?z . ?actor :q ?y . GRAPH ?request { :a :p ?x }",
]


def test_what_is_equal_by_value_is_left_to_the_engine(worker: Keeper) -> None:
    """Each literal beside each: what is worked out says the same, or it is not worked out."""
    decided = 0
    for one in LITERALS:
        for other in LITERALS:
            said = [
                Triple(NamedNode(ex("a")), NamedNode(ex("p")), one),
                Triple(NamedNode(ex("b")), NamedNode(ex("q")), other),
            ]
            facts, told = Facts(Quad(t.subject, t.predicate, t.object) for t in said), frozenset(said[:1])
            worker.build(facts.parts(), 1)
            columns = " ".join(f"?{name}" for name in COLUMNS)
            texts = [
                admit(f"PREFIX : <{ex('')}>\nSELECT {columns} ?request WHERE {{ {rule} }}").text
                for rule in LITERAL_RULES
            ]
            bound: dict[str, Object] = {"now": moment(NOW), "request": NamedNode(REQUEST)}
            calls = [RuleCall(text, bound) for text in texts]
            for text, rows in zip(
                texts, worker.rules(calls, facts=request_facts(told), deadline=60), strict=True
            ):
                own = here(text, COLUMNS, bound, None, Work(facts, told))
                assert isinstance(rows, list)
                if own is not None:
                    decided += 1
                    assert plain(own) == plain({tuple(row[:-1]) for row in rows}), (text, one, other)
    assert decided > 100


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(companies, st.integers(0, 10**9))
def test_shipped_rules_say_what_the_engine_says_of_generated_companies(
    world: World, company: Company, seed: int
) -> None:
    """Of all compartments, and of some."""
    dice = Random(seed)
    world.become(triples(turtle(company) + MORE))
    decider = world.decider
    cells = sorted(decider.facts.instances(AMBIT.COMPARTMENT))
    question = ask(
        dice.choice(["p0", "p1"]), "a0", "a1", purpose=dice.choice(["care", "refund", AMBIT.ADMINISTRATION])
    )
    around = decider.circumstances(question)
    asked = [
        one
        for action in ("read", "approve", "audit")
        for among in (None, cells[:1], cells[1:4])
        for one in plan(
            question, [r for r in decider.force.rules if r.is_for(action)], decider.server_site, among
        )
    ]
    bound = [bindings(one, around.terms()) for one in asked]
    rows = decider.worker.rules(
        [RuleCall(one.text, terms) for one, terms in zip(asked, bound, strict=True)],
        facts=request_facts(told_of(question)),
        deadline=60,
    )
    worked_out = 0
    for one, terms, said in zip(asked, bound, rows, strict=True):
        work = Work(decider.facts, told_of(question))
        own = here(one.rule.text, one.rule.columns, terms, one.among, work)
        assert isinstance(said, list), one.rule.iri
        worked_out += own is not None
        at = one.rule.columns.index("compartment")
        cleared = {row for row in map(tuple, said) if one.among is None or row[at].value in one.among}
        if own is not None:
            assert plain({row for row in own if one.among is None or row[at].value in one.among}) == plain(
                cleared
            ), one
    assert worked_out > 0.9 * len(asked)
