"""Records against shapes: quarantine, findings, hostile shapes, and a worker that is late or dead."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import checks as c
import pytest

from ambit.graph.errors import SourceInvalid
from ambit.graph.store.owner import Owner
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import MERGED, Role
from ambit.reasoning.findings.findings import findings_iri
from ambit.reasoning.ontologies.entail import entail
from ambit.reasoning.ontologies.ontologies import Texts
from ambit.reasoning.shapes.checking import Case, Checker, Verdict
from ambit.reasoning.shapes.shapes import shapes

ORDER = """:Order a sh:NodeShape ; sh:targetClass :Order ; sh:property
    [ sh:path :total ; sh:minCount 1 ; sh:datatype xsd:decimal ; sh:message "an order has a total" ],
    [ sh:path :note ; sh:severity sh:Warning ; sh:maxLength 5 ],
    [ sh:path :by ; sh:class :Customer ] ."""
BOMB = ':Bomb a sh:NodeShape ; sh:targetClass :Order ; sh:property [ sh:path :note ; sh:pattern "^(a+)+$" ] .'
GOOD = ":o1 a :Order ; :total 5.0 ."
BAD = ':o1 a :Order ; :total "none" .'


@pytest.fixture
def checker() -> Iterator[Checker]:
    checker = Checker(step=0.5)
    yield checker
    checker.close()


@pytest.fixture
def owner(tmp_path: Path, checker: Checker) -> Iterator[Owner]:
    texts = Texts()
    owner = c.store(tmp_path / "data", (entail(texts), shapes(checker, texts)))
    c.commit(owner, c.governance(), c.shapes_file(ORDER), c.ontology(":Sale rdfs:subClassOf :Order ."))
    yield owner
    owner.close()


def test_a_violation_puts_the_whole_record_into_quarantine(owner: Owner) -> None:
    record = c.record("1", GOOD)
    c.commit(owner, record)
    assert c.graphs_of(owner, Role.DATA) == {record.graphs[0].graph: c.label()}
    c.commit(owner, c.record("1", BAD))
    assert not c.graphs_of(owner, Role.DATA, Role.INFERRED)
    assert owner.is_quarantined(record.iri)
    held = {g: where for g, where in c.graphs_of(owner, Role.SYSTEM).items() if "quarantine" in g}
    (where,) = held.values()
    assert where is not None
    assert (where.source, where.sensitivity) == (AMBIT.QUARANTINE, AMBIT.INTERNAL)
    assert where.audience == {AMBIT.ADMINISTRATORS, c.OWNER_OF_SOURCE}
    report = c.found(owner)["shape-datatype"]
    assert report["about"] == [record.iri]
    assert report["focusNode"] == [c.EX + "o1"]
    assert report["resultPath"] == [c.EX + "total"]
    assert report["resultMessage"] == ["an order has a total"]


def test_a_mended_record_leaves_quarantine(owner: Owner) -> None:
    c.commit(owner, c.record("1", BAD))
    c.commit(owner, c.record("1", GOOD))
    assert len(c.graphs_of(owner, Role.DATA)) == 1
    assert not c.found(owner)


def test_a_warning_lets_the_record_in_and_goes_when_it_is_mended(owner: Owner) -> None:
    record = c.record("1", ':o1 a :Order ; :total 5.0 ; :note "too long" .')
    c.commit(owner, record)
    assert len(c.graphs_of(owner, Role.DATA)) == 1
    assert c.found(owner)["shape-max-length"]["value"] == ["too long"]
    assert c.graphs_of(owner, Role.SYSTEM)[findings_iri(record.iri)] == c.label(source=AMBIT.FINDINGS)
    c.commit(owner, c.record("1", GOOD))
    assert not c.found(owner)


def test_findings_go_with_their_record(owner: Owner) -> None:
    record = c.record("1", ':o1 a :Order ; :total 5.0 ; :note "too long" .')
    c.commit(owner, record)
    c.withdraw(owner, record)
    assert not c.found(owner)


def test_values_of_one_label_are_not_told_to_readers_of_another(owner: Owner) -> None:
    """With two labels a finding has the join of both, and still does not say the value."""
    record = c.record("1", ':o1 a :Order ; :total 5.0 ; :note "too long" .')
    payment = c.graph(record.iri + "#payment", ":o1 :card 4 .", c.label(AMBIT.PAYMENT, c.EX + "team/pay"))
    c.commit(owner, type(record)(record.iri, c.SOURCE, (*record.graphs, payment), "x"))
    said = c.found(owner)["shape-max-length"]
    assert "value" not in said
    assert "too long" not in str(said)
    where = c.graphs_of(owner, Role.SYSTEM)[findings_iri(record.iri)]
    assert where is not None
    assert where.sensitivity == AMBIT.PAYMENT
    assert where.audience == {AMBIT.ADMINISTRATORS, c.OWNER_OF_SOURCE}


def test_conclusions_count(owner: Owner) -> None:
    c.commit(owner, c.record("1", ":o1 a :Sale ."))
    assert "shape-min-count" in c.found(owner)


def test_references_are_judged_by_what_the_store_knows(owner: Owner) -> None:
    c.commit(owner, c.record("1", ":anna a :Customer ."))
    c.commit(owner, c.record("2", ":o2 a :Order ; :total 1.0 ; :by :anna ."))
    c.commit(
        owner, c.record("3", ":o3 a :Order ; :total 1.0 ; :by :bert ."), c.record("4", ":bert a :Customer .")
    )
    assert not c.found(owner)
    c.commit(owner, c.record("5", ":o5 a :Order ; :total 1.0 ; :by :o2 ."))
    assert "shape-class" in c.found(owner)


def test_a_large_record_is_given_the_time_to_be_taken_in(tmp_path: Path) -> None:
    """More than a shape may take on one node."""
    texts, checker = Texts(), Checker(step=0.2)
    owner = c.store(tmp_path / "data", (shapes(checker, texts),))
    c.commit(owner, c.shapes_file(ORDER))
    large = c.record("1", GOOD + "".join(f":x{number} :p {number} .\n" for number in range(30_000)))
    c.commit(owner, large)
    assert not owner.is_quarantined(large.iri) and not c.found(owner)
    owner.close()
    checker.close()


def test_a_record_that_no_shape_is_about_is_not_handed_over(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[Case] = []
    check = Checker.check

    def noted(self: Checker, cases: Sequence[Case]) -> list[Verdict]:
        handed.extend(cases)
        return check(self, cases)

    monkeypatch.setattr(Checker, "check", noted)
    c.commit(owner, c.record("1", ":anna :likes :bert ."))
    assert not handed
    c.commit(owner, c.record("2", ':o1 a :Order ; :note "too long" .'))
    assert len(handed) == 1 and c.found(owner)
    c.commit(owner, c.record("2", ":o1 :likes :anna ."))
    assert len(handed) == 1 and not c.found(owner), "what was found goes with what it was about"


def test_a_reference_does_not_make_a_focus_node(owner: Owner) -> None:
    c.commit(owner, c.record("1", GOOD))
    c.commit(owner, c.record("2", ":x :mentions :o1 ."))
    assert not c.found(owner)


def test_a_concluded_type_of_a_reference_makes_none_either(owner: Owner) -> None:
    c.commit(owner, c.ontology(":refunds rdfs:range :Order ."))
    c.commit(owner, c.record("2", ":x :refunds :o1 ."))
    assert not c.found(owner)


def test_a_record_cannot_write_its_own_report(owner: Owner) -> None:
    c.commit(owner, c.record("1", BAD + ' :o1 a ambit:Finding, sh:ValidationResult ; ambit:code "forged" .'))
    for graph in c.graphs_of(owner, Role.SYSTEM):
        types = [t for t in owner.triples(graph) if t.predicate.value.endswith("#type")]
        assert not any(str(t.subject) == f"<{c.EX}o1>" and "Order" not in str(t.object) for t in types)


def test_a_pattern_that_burns_puts_only_its_record_into_quarantine(owner: Owner) -> None:
    c.commit(owner, c.shapes_file(BOMB, "bomb"))
    burning = c.record("1", f':o1 a :Order ; :total 1.0 ; :note "{"a" * 40}!" .')
    begun = time.monotonic()
    c.commit(
        owner,
        c.record("0", ":o0 a :Order ; :total 1.0 ."),
        burning,
        c.record("2", ":o2 a :Order ; :total 1.0 ."),
    )
    assert time.monotonic() - begun < 15
    assert [owner.is_quarantined(f"{c.SOURCE}/orders/{n}") for n in range(3)] == [False, True, False]
    assert c.found(owner)["shape-late"]["sourceShape"] == [c.EX + "Bomb"]


def test_patience_ends_and_what_is_left_is_not_let_in(tmp_path: Path) -> None:
    texts, checker = Texts(), Checker(step=0.3, patience=1.0)
    owner = c.store(tmp_path / "data", (shapes(checker, texts),))
    c.commit(owner, c.shapes_file(BOMB, "bomb"))
    rows = [c.record(f"{n}", f':o{n} a :Order ; :note "{"a" * 40}!" .') for n in range(30)]
    begun = time.monotonic()
    c.commit(owner, *rows)
    assert time.monotonic() - begun < 15
    assert all(owner.is_quarantined(r.iri) for r in rows)
    owner.close()
    checker.close()


def test_a_dead_worker_denies_and_is_replaced(owner: Owner, checker: Checker) -> None:
    c.commit(owner, c.shapes_file(BOMB, "bomb"))
    process = checker._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (process.pid, signal.SIGKILL)).start()
    c.commit(owner, c.record("1", GOOD), c.record("2", ":o2 a :Order ; :total 1.0 ."))
    assert owner.is_quarantined(f"{c.SOURCE}/orders/1")
    assert not owner.is_quarantined(f"{c.SOURCE}/orders/2")
    assert "shape-died" in c.found(owner)


def test_a_shape_that_eats_memory_denies(tmp_path: Path) -> None:
    texts, checker = Texts(), Checker(step=20, memory=400 << 20)
    owner = c.store(tmp_path / "data", (shapes(checker, texts),))
    twice = " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(30))
    query = f"SELECT $this WHERE {{ $this a ?v . BIND('x' AS ?v0) {twice} FILTER(STRLEN(?v30) = 0) }}"
    grow = f':E a sh:NodeShape ; sh:targetClass :Order ; sh:sparql [ sh:select "{query}" ] .'
    c.commit(owner, c.shapes_file(grow))
    c.commit(owner, c.record("1", ":o1 a :Order ."))
    assert owner.is_quarantined(f"{c.SOURCE}/orders/1")
    assert c.found(owner)["shape-died"]["sourceShape"] == [c.EX + "E"]
    owner.close()
    checker.close()


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ("sh:js [ sh:jsFunctionName 'f' ]", "sh:js"),
        ("sh:sparql [ sh:select 'SELECT $this WHERE { SERVICE <http://x/> { $this ?p ?o } }' ]", "SERVICE"),
        (
            r"sh:sparql [ sh:select 'SELECT $this WHERE { S\\u0045RVICE <http://x/> { $this ?p ?o } }' ]",
            "SERVICE",
        ),
        ("sh:sparql [ sh:select 'SELECT $this FROM <http://x/> WHERE { $this ?p ?o }' ]", "FROM"),
        ("sh:rule [ a sh:TripleRule ]", "sh:rule"),
        ("sh:property [ sh:path :p ; sh:pattern '(' ]", "unterminated"),
    ],
)
def test_shapes_that_may_not_be_are_refused_and_the_earlier_ones_stay(
    owner: Owner, shape: str, reason: str
) -> None:
    before = owner.revision
    with pytest.raises(SourceInvalid) as refused:
        c.commit(owner, c.shapes_file(f":X a sh:NodeShape ; sh:targetClass :Order ; {shape} .", "x"))
    assert reason in refused.value.message
    assert owner.revision == before
    c.commit(owner, c.record("1", BAD), c.record("2", ":o2 a :Order ; :total 1.0 ."))
    assert owner.is_quarantined(f"{c.SOURCE}/orders/1")
    assert not owner.is_quarantined(f"{c.SOURCE}/orders/2")


def test_the_worker_opens_nothing(checker: Checker) -> None:
    checker.load("none", ())
    process = checker._process
    assert process is not None
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    (files,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
    assert files.split()[3:5] == ["0", "0"]


def test_governance_files_are_checked_with_the_shipped_shapes(owner: Owner) -> None:
    broken = c.governance()
    turtle = ":robot a ambit:Agent ."
    bad = type(broken)(
        c.GOVERNANCE + "2",
        AMBIT.GOVERNANCE,
        (c.graph(c.GOVERNANCE + "2", turtle, c.label(source=AMBIT.GOVERNANCE), Role.GOVERNANCE),),
    )
    c.commit(owner, bad)
    assert owner.is_quarantined(bad.iri)
    assert not any("robot" in str(q) for q in owner.match(None, None, None, MERGED | {Role.GOVERNANCE}))
