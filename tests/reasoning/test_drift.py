"""Drifts: unknown terms, values outside enumerations, changed datatypes and units, one finding for each."""

import random
from collections.abc import Iterator
from pathlib import Path

import checks as c
import orjson
import pytest

from ambit.graph.store.owner import Owner
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Record, Role
from ambit.reasoning.findings.drift import drift
from ambit.reasoning.findings.drifts import DATATYPE, OUTSIDE, UNIT, UNKNOWN
from ambit.reasoning.findings.findings import findings_iri
from ambit.reasoning.ontologies.entail import entail, stored
from ambit.reasoning.ontologies.ontologies import Texts
from ambit.reasoning.shapes.checking import Checker
from ambit.reasoning.shapes.shapes import shapes

ONTOLOGY = """:Item a owl:Class . :Gadget a owl:Class ; rdfs:subClassOf :Item .
:price a owl:DatatypeProperty . :status a owl:DatatypeProperty .
:colour a owl:ObjectProperty ; rdfs:range :Colour .
:Colour a owl:Class ; owl:equivalentClass [ owl:oneOf ( :red :green ) ] .
:sku a owl:DatatypeProperty . :topic a owl:ObjectProperty .
:sports a skos:Concept ; skos:inScheme :topics . :news skos:topConceptOf :topics . """
SHAPES = """:ItemShape a sh:NodeShape ; sh:targetClass :Item ; sh:property
  [ sh:path :status ; sh:severity sh:Warning ; sh:in ( "available" "on order" ) ],
  [ sh:path :topic ; sh:severity sh:Warning ;
    sh:node [ sh:property [ sh:path skos:inScheme ; sh:hasValue :topics ] ] ],
  [ sh:path :price ; sh:minCount 1 ; sh:datatype xsd:decimal ; sh:minExclusive 0 ] ."""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    texts = Texts()
    owner = c.store(tmp_path / "data", (entail(texts), drift(texts)))
    c.commit(owner, c.governance(), c.ontology(ONTOLOGY), c.shapes_file(SHAPES))
    yield owner
    owner.close()


def row(table: str, number: int, price: str, status: str = "available", kind: str = "Item") -> Record:
    turtle = f':i{table}{number} a :{kind} ; :price {price} ; :status "{status}" .'
    iri = f"{c.SOURCE}/{table}/{number}"
    return Record(iri, c.SOURCE, (c.graph(iri + "#internal", turtle, c.label()),), turtle)


def euros(chance: random.Random) -> str:
    return f"{chance.randrange(300, 25_000) / 100:.2f}"


def evidence(said: dict[str, list[str]]) -> dict[str, object]:
    found: dict[str, object] = orjson.loads(said["evidence"][0])
    return found


def test_what_is_as_it_was_is_no_finding(owner: Owner) -> None:
    chance = random.Random(1)
    for batch in range(5):
        c.commit(owner, *(row("list", 40 * batch + n, euros(chance)) for n in range(40)))
    assert not c.found(owner)


def test_unknown_terms_are_one_finding_each(owner: Owner) -> None:
    rows = [
        c.record(f"{n}", f":i{n} a :Widget ; :weight {n} ; skos:note 'x' ; ambit:text 'y' .")
        for n in range(30)
    ]
    c.commit(owner, *rows[:20])
    c.commit(owner, *rows[20:])
    graphs = [g for g in c.graphs_of(owner, Role.SYSTEM) if g.startswith("urn:ambit:findings:")]
    assert set(graphs) == {
        findings_iri(f"{UNKNOWN} {c.EX}{term} {c.SOURCE}") for term in ("Widget", "weight")
    }
    said = c.found(owner)[UNKNOWN]
    assert len(said["about"]) == evidence(said)["count"] == 30
    assert len(evidence(said)["examples"]) == 5  # type: ignore[arg-type]


def test_a_term_that_an_ontology_comes_to_know_is_no_finding_any_more(owner: Owner) -> None:
    c.commit(owner, c.record("1", ":i1 a :Widget ; :weight 1 ."))
    c.commit(owner, c.ontology(":Widget a owl:Class .", name="widgets"))
    assert c.found(owner)[UNKNOWN]["resultPath"] == [c.EX + "weight"], "the other stays unknown"
    c.commit(owner, c.ontology(":Widget a owl:Class . :weight a owl:DatatypeProperty .", name="widgets"))
    assert not c.found(owner)


def test_a_misspelt_term_of_ambit_is_unknown(owner: Owner) -> None:
    c.commit(owner, c.record("1", ":i1 ambit:txt 'y' ."))
    assert c.found(owner)[UNKNOWN]["resultPath"] == [AMBIT.NAMESPACE + "txt"]


def test_a_finding_goes_with_its_last_record(owner: Owner) -> None:
    c.commit(owner, c.record("1", ":i1 :weight 1 ."), c.record("2", ":i2 :weight 1 ."))
    c.commit(owner, c.record("1", ":i1 :sku 'a' ."))
    assert evidence(c.found(owner)[UNKNOWN])["count"] == 1
    c.withdraw(owner, c.record("2", ""))
    assert not c.found(owner)


@pytest.mark.parametrize(
    ("turtle", "term"),
    [
        (':i1 a :Item ; :status "on consignment" .', "status"),
        (':i1 a :Gadget ; :status "on consignment" .', "status"),
        (":i1 :colour :blue .", "colour"),
        (":i1 a :Item ; :topic :gossip .", "topic"),
    ],
)
def test_a_value_outside_its_enumeration(owner: Owner, turtle: str, term: str) -> None:
    c.commit(owner, c.record("1", turtle))
    said = c.found(owner)[OUTSIDE]
    assert said["resultPath"] == [c.EX + term]
    assert len(evidence(said)["values"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "turtle",
    [':i1 a :Item ; :status "on order" ; :topic :news, :sports ; :colour :red .', ':p1 :status "whatever" .'],
)
def test_a_value_within_it_or_of_another_class(owner: Owner, turtle: str) -> None:
    c.commit(owner, c.record("1", turtle))
    assert not c.found(owner)


def test_a_changed_datatype(owner: Owner) -> None:
    chance = random.Random(2)
    c.commit(owner, *(row("list", n, euros(chance)) for n in range(40)))
    c.commit(owner, *(row("new", n, f'"{euros(chance)} EUR"') for n in range(7)), row("new", 99, "5"))
    assert set(c.found(owner)) == {DATATYPE}
    told = evidence(c.found(owner)[DATATYPE])
    assert (told["count"], told["values"], told["earlier"]) == (7, ["text"], {"number": 40})


def cents(chance: random.Random, table: str, count: int) -> list[Record]:
    return [row(table, n, str(chance.randrange(300, 25_000))) for n in range(count)]


def test_amounts_in_cents(owner: Owner) -> None:
    chance = random.Random(3)
    c.commit(owner, *(row("list", n, euros(chance)) for n in range(40)))
    c.commit(owner, *cents(chance, "new", 40))
    assert set(c.found(owner)) == {UNIT}
    said = c.found(owner)[UNIT]
    told = evidence(said)
    assert told["count"] == 40
    assert told["earlier values"] == 40
    assert 50 < told["ratio"] < 200  # type: ignore[operator]
    assert told["whole numbers"] is True
    assert said["resultPath"] == [c.EX + "price"]
    where = c.graphs_of(owner, Role.SYSTEM)[findings_iri(f"{UNIT} {c.EX}price {c.SOURCE}")]
    assert where is not None
    assert where.audience == {AMBIT.ADMINISTRATORS, c.OWNER_OF_SOURCE}


def test_a_long_list_in_cents_is_one_finding_and_no_history(owner: Owner) -> None:
    """What drifted does not become the measure for what follows, also not after a restart."""
    chance = random.Random(4)
    c.commit(owner, *(row("list", n, euros(chance)) for n in range(60)))
    rows = cents(chance, "new", 500)
    for start in range(0, 500, 100):
        c.commit(owner, *rows[start : start + 100])
    assert evidence(c.found(owner)[UNIT])["count"] == 500
    texts = Texts()
    owner._checks = (entail(texts), drift(texts))
    c.commit(owner, *cents(chance, "newer", 50))
    assert evidence(c.found(owner)[UNIT])["count"] == 550


def test_a_list_mended_ends_the_finding(owner: Owner) -> None:
    chance = random.Random(5)
    c.commit(owner, *(row("list", n, euros(chance)) for n in range(40)))
    c.commit(owner, *cents(chance, "new", 40))
    c.commit(owner, row("new", 1, "20000"))  # one more in cents, alone: it stays with the others
    assert evidence(c.found(owner)[UNIT])["count"] == 40
    c.commit(owner, *(row("new", n, euros(chance)) for n in range(40)))
    assert not c.found(owner)


def test_growing_keys_are_no_drift(owner: Owner) -> None:
    c.commit(owner, *(c.record(f"{n}", f":i{n} :sku {n} .") for n in range(1, 60)))
    c.commit(owner, *(c.record(f"{n}", f":i{n} :sku {n} .") for n in range(5000, 5050)))
    assert not c.found(owner)


def test_a_few_rich_orders_are_no_drift(owner: Owner) -> None:
    chance = random.Random(6)
    c.commit(owner, *(row("list", n, euros(chance)) for n in range(40)))
    c.commit(owner, *(row("list", n, "9000.00" if n == 77 else euros(chance)) for n in range(70, 90)))
    assert not c.found(owner)


def test_values_within_the_range_so_far_are_no_drift(owner: Owner) -> None:
    c.commit(owner, *(row("list", n, "900.50" if n % 5 == 0 else f"{n % 9 + 1}.50") for n in range(40)))
    c.commit(owner, *(row("new", n, f"{300 + n}.0") for n in range(20)))
    assert not c.found(owner)


def test_the_suppliers_list(tmp_path: Path) -> None:
    """Cents, a new status and two broken rows: two findings with evidence, and two rows in quarantine."""
    texts, checker = Texts(), Checker()
    owner = c.store(tmp_path / "data", (entail(texts), drift(texts), shapes(checker, texts)))
    c.commit(owner, c.governance(), c.ontology(ONTOLOGY), c.shapes_file(SHAPES))
    chance = random.Random(7)
    c.commit(owner, *(row("may", n, euros(chance)) for n in range(40)))
    june = [
        row(
            "june",
            n,
            "-1.0" if n == 21 else str(chance.randrange(300, 25_000)) + ".0",
            "on consignment" if n % 9 == 4 else "on order",
        )
        for n in range(40)
    ]
    june[7] = c.record("7", ':ijune7 a :Item ; :status "available" .')
    c.commit(owner, *june)
    codes = c.found(owner)
    assert {code for code in codes if code.startswith("drift")} == {UNIT, OUTSIDE}
    assert evidence(codes[OUTSIDE])["values"] == ["on consignment"]
    quarantined = {r.iri for r in june if owner.is_quarantined(r.iri)}
    assert quarantined == {june[7].iri, june[21].iri}
    assert {code for code in codes if code.startswith("shape")} == {"shape-min-count", "shape-min-exclusive"}
    c.commit(owner, stored(owner, june[21].iri), stored(owner, june[1].iri))  # as when a label changes
    assert {code: evidence(said) for code, said in c.found(owner).items() if code.startswith("drift")} == {
        code: evidence(said) for code, said in codes.items() if code.startswith("drift")
    }
    owner.close()
    checker.close()
