"""Ontology and shapes files as records; conclusions in the store as ontologies come, change and go."""

from collections.abc import Iterator
from pathlib import Path

import checks as c
import pytest

from ambit.graph.errors import SourceInvalid
from ambit.graph.rdf.parsing import name_blanks, read_rdf
from ambit.graph.store.owner import Owner
from ambit.graph.vocabulary import AMBIT, RDF
from ambit.graph.words import Record, Role
from ambit.reasoning.ontologies.axioms import Axioms
from ambit.reasoning.ontologies.entail import conclusions_graph, entail
from ambit.reasoning.ontologies.ontologies import Texts, ontology_record, shapes_record
from ambit.reasoning.shapes.checking import Checker
from ambit.reasoning.shapes.shapes import shapes


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = c.store(tmp_path / "data", (entail(Texts()),))
    yield owner
    owner.close()


def concluded(owner: Owner) -> set[str]:
    return {str(t) for g in c.graphs_of(owner, Role.INFERRED) for t in owner.triples(g)}


def is_a(thing: str, kind: str) -> str:
    return f"<{c.EX}{thing}> <{RDF.TYPE}> <{c.EX}{kind}>"


def test_conclusions_stand_beside_their_premise_with_its_label(owner: Owner) -> None:
    c.commit(owner, c.ontology(":A rdfs:subClassOf :B . :p rdfs:range :C ."))
    record = c.record("1", ":x a :A .", c.label(AMBIT.PAYMENT, c.EX + "team/pay"))
    other = c.graph(record.iri + "#open", ":x :p :y .", c.label(AMBIT.OPEN))
    c.commit(owner, type(record)(record.iri, c.SOURCE, (*record.graphs, other)))
    assert c.graphs_of(owner, Role.INFERRED) == {
        conclusions_graph(record.graphs[0].graph): c.label(AMBIT.PAYMENT, c.EX + "team/pay"),
        conclusions_graph(other.graph): c.label(AMBIT.OPEN),
    }
    assert concluded(owner) == {is_a("x", "B"), is_a("y", "C")}
    c.withdraw(owner, record)
    assert not concluded(owner)


def test_a_changed_ontology_changes_what_is_concluded_in_the_same_commit(owner: Owner) -> None:
    rows = [c.record(f"{n}", f":x{n} a :{'A' if n < 3 else 'Z'} .") for n in range(6)]
    c.commit(owner, *rows)
    before = owner.revision
    c.commit(owner, c.ontology(":A rdfs:subClassOf :B ."))
    assert concluded(owner) == {is_a(f"x{n}", "B") for n in range(3)}
    assert owner.revision == before + 1
    (delta,) = owner.changes(before)
    assert {p.quad.subject.value for p in delta.into if p.role is Role.INFERRED} == {  # type: ignore[union-attr]
        c.EX + f"x{n}" for n in range(3)
    }
    assert not [p for p in (*delta.into, *delta.out) if p.role is Role.DATA]
    assert owner.location(rows[0].iri) == rows[0].location
    assert owner.digest(rows[0].iri) == rows[0].digest
    c.commit(owner, c.ontology(":A rdfs:subClassOf :C ."))
    assert concluded(owner) == {is_a(f"x{n}", "C") for n in range(3)}
    c.withdraw(owner, c.ontology(""))
    assert not concluded(owner)


def test_a_new_label_in_an_ontology_leaves_all_conclusions_as_they_are(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    c.commit(
        owner, c.ontology(":A rdfs:subClassOf :B ."), *(c.record(f"{n}", f":x{n} a :A .") for n in range(6))
    )
    drawn: list[int] = []
    draw = Axioms.conclude
    monkeypatch.setattr(Axioms, "conclude", lambda self, triples: drawn.append(1) or draw(self, triples))
    c.commit(owner, c.ontology(":A rdfs:subClassOf :B ; rdfs:label 'a' ."))
    assert len(drawn) == 1, "of the ontology itself"
    c.commit(owner, c.ontology(":A rdfs:subClassOf :C ; rdfs:label 'a' ."))
    assert concluded(owner) == {is_a(f"x{n}", "C") for n in range(6)}


def test_a_refused_change_of_the_ontology_leaves_the_old_axioms(tmp_path: Path) -> None:
    def refuse(change: object, snapshot: object) -> object:
        if any("/C>" in str(t) for r in change.records for g in r.graphs for t in g.triples):  # type: ignore[attr-defined]
            raise SourceInvalid("no")
        return change

    owner = c.store(tmp_path / "data", (entail(Texts()), refuse))
    c.commit(owner, c.ontology(":A rdfs:subClassOf :B ."))
    with pytest.raises(SourceInvalid):
        c.commit(owner, c.ontology(":A rdfs:subClassOf :C ."))
    c.commit(owner, c.record("1", ":x a :A ."))
    assert concluded(owner) == {is_a("x", "B")}
    owner.close()


def test_nothing_follows_from_an_ontology_that_not_everybody_reads(owner: Owner) -> None:
    c.commit(owner, c.ontology(":A rdfs:subClassOf :B .", c.label(AMBIT.OPEN, source=AMBIT.ONTOLOGY)))
    c.commit(owner, c.record("1", ":x a :A ."))
    assert not concluded(owner)


def test_only_the_workspace_has_ontologies(owner: Owner) -> None:
    iri = c.SOURCE + "/ontology"
    said = c.graph(iri, ":A rdfs:subClassOf :B .", c.PUBLIC, Role.ONTOLOGY)
    c.commit(owner, Record(iri, c.SOURCE, (said,)), c.record("1", ":x a :A ."))
    assert not concluded(owner)


def test_nothing_follows_from_axioms_in_a_record(owner: Owner) -> None:
    c.commit(owner, c.record("0", ":A rdfs:subClassOf :B ."), c.record("1", ":x a :A ."))
    assert not concluded(owner)


def test_governance_has_no_conclusions(owner: Owner) -> None:
    """`rdfs:domain` in an ontology must not make anybody a member of anything that rules read."""
    c.commit(owner, c.ontology("ambit:isOwnedBy rdfs:range ambit:Agent ; rdfs:domain ambit:Site ."))
    c.commit(owner, c.governance())
    assert not concluded(owner)
    assert [t for t in owner.governance() if "Site" in str(t)] == []


RDF_XML = b"""<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#">
<rdf:Description rdf:about="http://example.com/A"><rdfs:subClassOf rdf:resource="http://example.com/B"/></rdf:Description>
</rdf:RDF>"""


def ontology_of(name: str, data: bytes | str) -> Record:
    return ontology_record(Path(name), c.PUBLIC, data if isinstance(data, bytes) else data.encode())


def test_files_are_read_by_their_content() -> None:
    first = ontology_of("a.owl", RDF_XML)
    second = ontology_of("b.owl", c.PREFIXES + ":A rdfs:subClassOf :B .")
    assert first.graphs[0].triples == second.graphs[0].triples
    assert (first.iri, first.graphs[0].role) == ("urn:ambit:ontology:a", Role.ONTOLOGY)
    shape = shapes_record(Path("b.owl"), c.PUBLIC, RDF_XML)
    assert (shape.iri, shape.graphs[0].role) == ("urn:ambit:shapes:b", Role.SYSTEM)
    assert ontology_of("our own/ä b.owl", RDF_XML).iri == "urn:ambit:ontology:%C3%A4%20b"


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"@prefix : <http://x/> .\n\n:a :b .", 3), (b"\x00\x01\x02", 1), (b"<rdf:RDF", 1)],
)
def test_a_file_that_does_not_parse_is_named_with_its_line(data: bytes, line: int | None) -> None:
    with pytest.raises(SourceInvalid) as refused:
        ontology_of("broken.owl", data)
    assert refused.value.details["file"] == "broken.owl"
    assert refused.value.details.get("line") == line


def test_blank_nodes_keep_their_names_and_poison_does_not_hold_us_up() -> None:
    turtle = (c.PREFIXES + ":a :b [ :c 1 ; :d [ :c 2 ] ], ( 1 2 3 ) .").encode()
    moved = (c.PREFIXES + ":a :b ( 1 2 3 ), [ :d [ :c 2 ] ; :c 1 ] .").encode()
    first, second = (name_blanks(read_rdf(t, name="t"), "urn:r") for t in (turtle, moved))
    assert first == second
    assert not first & name_blanks(read_rdf(turtle, name="t"), "urn:other")
    pairs = [(a, b) for a in range(14) for b in range(14) if a != b]
    poison = "\n".join(f"_:n{a} <http://x/p> _:n{b} ." for a, b in pairs).encode()
    assert len(name_blanks(read_rdf(poison, name="t", syntax="ntriples"), "urn:r")) == len(pairs)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Owner]:
    """A store whose changes are held against shapes."""
    checker, texts = Checker(), Texts()
    owner = c.store(tmp_path / "held", (entail(texts), shapes(checker, texts)))
    yield owner
    owner.close()
    checker.close()


LABELLED = (
    ":Labelled a sh:NodeShape ; sh:targetClass owl:Class ;"
    " sh:property [ sh:path rdfs:label ; sh:minCount 1 ; sh:message 'a class has a label' ] ."
)


def test_an_ontology_that_breaks_a_shape_is_refused_and_its_last_version_stays(held: Owner) -> None:
    c.commit(held, c.shapes_file(LABELLED), c.ontology(":A a owl:Class ; rdfs:label 'a' ."))
    with pytest.raises(SourceInvalid) as refused:
        c.commit(held, c.ontology(":A a owl:Class ; rdfs:label 'a' . :B a owl:Class ."))
    assert refused.value.code == "ontology-refused" and refused.value.details["focus"] == [c.EX + "B"]
    assert "a class has a label" in refused.value.message
    assert len(held.triples("urn:ambit:ontology:sales")) == 2 and not c.found(held)


def test_a_warning_lets_an_ontology_in_and_is_a_finding(held: Owner) -> None:
    warning = LABELLED.replace("sh:minCount 1", "sh:minCount 1 ; sh:severity sh:Warning")
    c.commit(held, c.shapes_file(warning), c.ontology(":B a owl:Class ."))
    assert c.found(held)["shape-min-count"]["focusNode"] == [c.EX + "B"]
    c.commit(held, c.ontology(":B a owl:Class ; rdfs:label 'b' ."))
    assert not c.found(held)


def test_an_ontology_is_not_blamed_for_the_save_of_another(held: Owner) -> None:
    c.commit(held, c.ontology(":x a :K . :B a owl:Class .", name="old"))
    c.commit(held, c.shapes_file(LABELLED))
    c.commit(held, c.ontology(":K rdfs:subClassOf :L ."))  # what is concluded of the old one changes
    assert is_a("x", "L") in concluded(held)


def test_shapes_of_data_cost_an_ontology_nothing(held: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    c.commit(held, c.shapes_file(LABELLED.replace("owl:Class", ":Customer")))
    asked: list[int] = []
    monkeypatch.setattr(Checker, "check", lambda self, cases: asked.append(len(cases)) or [])
    c.commit(held, c.ontology(":B a owl:Class ."))
    assert not asked
