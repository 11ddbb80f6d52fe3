"""Conclusions from several records, in commits: in the right compartments, at once, and gone with their premises."""

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
import pytest
from rlworld import World, engine, fact, facts, is_compared, owlrl_says, visible
from test_rl import axioms_of

from ambit.graph.compartments import compartment_of, governance_label
from ambit.graph.errors import Unavailable
from ambit.graph.joints import is_entailed, joint_of
from ambit.graph.rdf.parsing import name_blanks
from ambit.graph.store.owner import Owner
from ambit.graph.store.verify import verify
from ambit.graph.terms import Literal, NamedNode, Triple, from_turtle
from ambit.graph.vocabulary import AMBIT, OWL, RDF, SH, node
from ambit.graph.words import MERGED, Change, Label, Record, RecordGraph, Role
from ambit.reasoning.ontologies.entail import entail
from ambit.reasoning.ontologies.ontologies import ONTOLOGIES, Texts, public_label
from ambit.reasoning.rl.conclude import Conclusions
from ambit.reasoning.rl.terms import Terms

SOURCE = "https://example.org/src"
PUBLIC = public_label(["urn:eu"])
LABELS = [Label(SOURCE, "urn:s", frozenset({"urn:eu"}), frozenset({f"urn:team:{n}"})) for n in range(4)]
PLACES = [compartment_of(label) for label in LABELS]
HOME = compartment_of(PUBLIC)
TYPE = node(RDF.TYPE)
PREFIXES = (
    "@prefix : <http://example.com/> . @prefix owl: <http://www.w3.org/2002/07/owl#> . "
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."
)


def owner_of(folder: Path, limit: int = 10_000) -> Owner:
    governance = governance_label(frozenset({"urn:eu"}))
    concluding = Conclusions(governance, limit=limit)
    return Owner(folder, checks=(entail(Texts()),), governance=governance, concluding=concluding)


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = owner_of(tmp_path / "store")
    yield owner
    owner.close()
    assert verify(tmp_path / "store").problems == ()


def turtle(text: str) -> frozenset[Triple]:
    return frozenset(quad.triple for quad in from_turtle(f"{PREFIXES}\n{text}".encode()))


def ontology(text: str | frozenset[Triple], label: Label = PUBLIC, name: str = "o") -> Record:
    triples = turtle(text) if isinstance(text, str) else text
    iri = ONTOLOGIES + name
    triples = name_blanks(triples, iri)
    digest = str(hash(triples))
    graphs = (RecordGraph(iri, triples, None, Role.ONTOLOGY, label),) if triples else ()
    return Record(iri, AMBIT.ONTOLOGY, graphs, digest)


def said(number: int, where: int | None, text: str | Iterable[Triple]) -> Record:
    triples = turtle(text) if isinstance(text, str) else frozenset(text)
    graph = RecordGraph(
        f"{SOURCE}/{number}#g", triples, None, Role.DATA, LABELS[where] if where is not None else None
    )
    return Record(f"{SOURCE}/{number}", SOURCE, (graph,) if triples else (), str(hash(triples)))


def seen(owner: Owner, *places: int) -> set[str]:
    """What follows from several records, as those see it who read these compartments."""
    cleared = frozenset(PLACES[n] for n in places) | {HOME}
    entries = owner.graphs_of(cleared, frozenset({Role.INFERRED}))
    triples = {t for e in entries if is_entailed(e.graph) for t in owner.triples(e.graph)}
    return {" ".join(name(term) for term in (t.subject, t.predicate, t.object)) for t in triples}


def name(term: object) -> str:
    return str(term).replace("http://example.com/", ":").strip("<>").rpartition("#")[2].rpartition(":")[2]


def test_a_conclusion_is_seen_by_whoever_reads_all_premises(owner: Owner) -> None:
    owner.commit(Change((ontology(":partOf a owl:TransitiveProperty ."),)))
    owner.commit(Change((said(1, 0, ":a :partOf :b ."), said(2, 1, ":b :partOf :c ."))))
    assert seen(owner, 0) == seen(owner, 1) == seen(owner, 2, 3) == set()
    assert seen(owner, 0, 1) == {"a partOf c"}
    owner.commit(Change((said(3, 0, ":b :partOf :c ."),)))  # now one compartment suffices
    assert seen(owner, 0) == {"a partOf c"}
    assert seen(owner, 1) == set()
    joint = joint_of({PLACES[0], PLACES[1]})
    assert not [e for e in owner.entries() if e.compartment == joint]
    owner.commit(Change((said(3, None, ":b :partOf :c ."),)))  # nobody reads it any more
    assert seen(owner, 0) == set()
    assert seen(owner, 0, 1) == {"a partOf c"}
    assert {e.compartment for e in owner.entries() if is_entailed(e.graph)} == {joint}
    owner.commit(Change((said(2, 2, ":b :partOf :c ."),)))  # it got another label
    assert (seen(owner, 0, 1), seen(owner, 0, 2)) == (set(), {"a partOf c"})
    owner.commit(Change((said(1, 0, ""),)))
    assert seen(owner, 0, 1, 2, 3) == set()
    assert not [e for e in owner.entries() if is_entailed(e.graph)]


def test_an_axiom_that_not_all_may_read_is_a_premise(owner: Owner) -> None:
    narrow = LABELS[3]
    owner.commit(Change((ontology(":Boss rdfs:subClassOf :Person .", narrow),)))
    owner.commit(Change((said(1, 0, ":a a :Boss ."),)))
    assert seen(owner, 0) == seen(owner, 3) == set()
    assert seen(owner, 0, 3) == {"a type Person"}
    owner.commit(Change((ontology(":Boss rdfs:subClassOf :Person ."),)))
    assert seen(owner, 0, 3) == set(), "with one premise it stands beside the record graph"
    assert owner.match(
        NamedNode("http://example.com/a"), TYPE, NamedNode("http://example.com/Person"), MERGED
    )


def test_what_stands_in_a_compartment_is_not_stored_again(owner: Owner) -> None:
    owner.commit(Change((ontology(":p a owl:TransitiveProperty ; rdfs:domain :Thing ."),)))
    owner.commit(Change((said(1, 0, ":a :p :b . :b :p :c . :a :p :c ."), said(2, 1, ":c :p :d ."))))
    assert seen(owner, 0) == set()
    assert seen(owner, 0, 1) == {"a p d", "b p d"}


def test_an_ontology_with_one_premise_each_stores_nothing(owner: Owner) -> None:
    owner.commit(Change((ontology(":B rdfs:subClassOf :C . :p rdfs:range :B ."),)))
    owner.commit(Change((said(1, 0, ":a :p :b ."),)))
    assert not owner.records_of(AMBIT.ENTAILMENT)
    owner.commit(Change((said(2, 1, ":b owl:sameAs :c ."),)))  # equality needs no axiom
    assert seen(owner, 1) == {"c sameAs b"}
    assert seen(owner, 0, 1) == {"a p c", "c type B", "c type C", "c sameAs b"}


@pytest.mark.parametrize("hidden", [":X rdfs:subClassOf :Y .", ":q a owl:TransitiveProperty ."])
def test_an_ontology_that_one_may_not_read_changes_nothing_of_what_one_may(owner: Owner, hidden: str) -> None:
    owner.commit(Change((ontology(hidden, LABELS[3], "hidden"),)))
    owner.commit(Change((said(1, 0, ":a :p :b . :b owl:sameAs :c ."), said(2, 0, ":d a owl:Nothing ."))))
    assert seen(owner, 0) == set()
    assert findings(owner, 0) == []
    owner.commit(Change((ontology(":W rdfs:subClassOf :V ."),)))
    assert seen(owner, 0) == {"a p c", "c sameAs b"}


@pytest.mark.parametrize("hidden", ["", ":q a owl:TransitiveProperty ."])
def test_rules_of_one_premise_that_no_record_is_drawn_by_are_drawn_always(owner: Owner, hidden: str) -> None:
    public = ":C owl:intersectionOf ( :A :B ) . :U owl:unionOf ( :A :D ) ."
    owner.commit(Change((ontology(public), ontology(hidden, LABELS[3], "hidden"))))
    owner.commit(Change((said(1, 0, ":a a :C . :d a :D ."),)))
    assert seen(owner, 0) == {"a type A", "a type B", "a type U", "d type U"}


def test_without_an_ontology_nothing_follows(owner: Owner) -> None:
    owner.commit(Change((said(1, 0, ":a :p :b . :b owl:sameAs :c ."),)))
    assert not owner.records_of(AMBIT.ENTAILMENT)


DISJOINT = ":Man owl:disjointWith :Machine ."


def findings(owner: Owner, *places: int) -> list[dict[str, object]]:
    cleared = frozenset(PLACES[n] for n in places) | {
        HOME,
        compartment_of(governance_label(frozenset({"urn:eu"}))),
    }
    found = []
    for entry in owner.graphs_of(cleared, frozenset({Role.SYSTEM})):
        triples = owner.triples(entry.graph)
        for t in triples:
            if t.predicate.value == AMBIT.CODE and isinstance(t.object, Literal):
                values = {v.predicate.value: v.object for v in triples if v.subject == t.subject}
                evidence, message = values[AMBIT.EVIDENCE], values[SH.RESULT_MESSAGE]
                assert isinstance(evidence, Literal) and isinstance(message, Literal)
                found.append(
                    {"code": t.object.value, "message": message.value, **orjson.loads(evidence.value)}
                )
    return found


def test_a_contradiction_is_a_finding_for_whoever_reads_all_of_it(owner: Owner) -> None:
    owner.commit(Change((ontology(DISJOINT),)))
    owner.commit(Change((said(1, 0, ":x a :Man ."), said(2, 1, ":x a :Machine ."))))
    assert findings(owner, 0) == findings(owner, 1, 2) == []
    (found,) = findings(owner, 0, 1)
    ex, owl = "http://example.com/", OWL.NAMESPACE
    assert found == {
        "code": "data-inconsistent",
        "message": f"`{ex}x` is of two classes that are disjoint",
        "rule": "cax-dw",
        "axioms": [f"<{ex}Man> <{owl}disjointWith> <{ex}Machine> ."],
        "triples": [f"<{ex}x> <{RDF.TYPE}> <{ex}Machine> .", f"<{ex}x> <{RDF.TYPE}> <{ex}Man> ."],
    }
    assert owner.triples(f"{SOURCE}/1#g"), "the data is kept"
    owner.commit(Change((said(2, 1, ":y a :Machine ."),)))
    assert findings(owner, 0, 1) == []
    owner.commit(Change((said(2, 1, ":x a :Machine ."),)))
    owner.commit(Change((ontology(""),)))
    assert findings(owner, 0, 1) == []


def test_a_contradiction_is_told_with_the_axiom_that_its_reader_may_read(owner: Owner) -> None:
    apart = "[] a owl:AllDisjointClasses ; owl:members (:Man :Machine) ."
    narrow = ontology(DISJOINT, LABELS[1], "one"), ontology(apart, LABELS[2], "other")
    owner.commit(Change((*narrow, said(1, 0, ":x a :Man , :Machine ."))))
    assert findings(owner, 0) == findings(owner, 1, 2) == []
    for place, rule in ((1, "cax-dw"), (2, "cax-adc")):
        (found,) = findings(owner, 0, place)
        assert found["rule"] == rule
    assert len(findings(owner, 0, 1, 2)) == 2


def test_contradictions_that_one_may_not_read_hide_none_that_one_may(owner: Owner) -> None:
    owner.commit(Change((ontology(DISJOINT),)))
    owner.commit(Change((said(9, 3, "".join(f":h{n} a :Man , :Machine ." for n in range(230))),)))
    owner.commit(Change((said(1, 0, ":x a :Man , :Machine ."), said(2, 3, ":z a :Man , :Machine ."))))
    (found,) = without_limit(findings(owner, 0))
    assert "com/x" in str(found["message"])
    assert len(without_limit(findings(owner, 3))) == 200
    (told,) = [found for found in findings(owner) if found["code"] == "entailment-limit"]
    assert "200 contradictions" in str(told["message"])
    assert told["contradictions"] == 200
    owner.commit(Change((said(9, 3, ""),)))
    owner.commit(Change((said(3, 3, ":y a :Man , :Machine ."),)))
    assert len(without_limit(findings(owner, 3))) == 1


def without_limit(found: list[dict[str, object]]) -> list[dict[str, object]]:
    return [one for one in found if one["code"] != "entailment-limit"]


def test_a_conclusion_by_ones_own_compartment_stands_beside_any_number_of_others(owner: Owner) -> None:
    owner.commit(Change((ontology(":p a owl:TransitiveProperty ."),)))
    for n in range(1, 10):
        label = Label(SOURCE, "urn:s", frozenset({"urn:eu"}), frozenset({f"urn:other:{n}"}))
        graph = RecordGraph(
            f"{SOURCE}/o{n}#g", turtle(f":a :p :m{n} . :m{n} :p :z ."), None, Role.DATA, label
        )
        owner.commit(Change((Record(f"{SOURCE}/o{n}", SOURCE, (graph,), "d"),)))
    owner.commit(Change((said(1, 0, ":a :p :mine . :mine :p :z ."),)))
    assert seen(owner, 0) == {"a p z"}


def test_two_values_of_a_functional_property_are_told(owner: Owner) -> None:
    owner.commit(Change((ontology(":born a owl:FunctionalProperty ."),)))
    owner.commit(Change((said(1, 0, ':x :born "1970" .'), said(2, 1, ':x :born "1971" .'))))
    assert findings(owner, 0) == []
    (found,) = findings(owner, 0, 1)
    assert found["rule"] == "prp-fp"
    assert len(found["triples"]) == 2  # type: ignore[arg-type]


def unwritable(*_: object) -> None:
    raise Unavailable("no room", code="ledger-unwritable")


def test_a_commit_that_fails_leaves_nothing(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    owner.commit(Change((ontology(":p a owl:TransitiveProperty ."), said(1, 0, ":a :p :b ."))))
    for change in (
        Change((ontology(":q a owl:TransitiveProperty ."),)),
        Change((ontology(""),)),
        Change((said(2, 0, ":b :p :c ."),)),
        Change((said(1, 0, ""),)),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(owner, "_write_ledger", unwritable)
            with pytest.raises(Unavailable, match="no room"):
                owner.commit(change)
    owner.commit(Change((said(3, 0, ":c :p :d ."),)))
    assert seen(owner, 0) == set()
    owner.commit(Change((said(2, 0, ":b :p :c ."),)))
    assert seen(owner, 0) == {"a p c", "b p d", "a p d"}


def test_what_a_failed_commit_said_is_forgotten(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    owner.commit(Change((ontology(":p a owl:TransitiveProperty ."), said(1, 0, ":a :p :b ."))))
    with monkeypatch.context() as patched:
        patched.setattr(owner, "_write_ledger", unwritable)
        for change in (Change((said(2, 0, ":b :p :c ."),)), Change((said(1, 0, ""),))):
            with pytest.raises(Unavailable, match="no room"):
                owner.commit(change)
    owner.commit(Change((said(3, 0, ":c :p :d ."),)))
    assert seen(owner, 0) == set()
    owner.commit(Change((said(4, 1, ":b :p :e ."),)))
    assert seen(owner, 0, 1) == {"a p e"}


def test_a_limit_is_told_to_administrators_and_all_that_is_drawn_follows(tmp_path: Path) -> None:
    owner = owner_of(tmp_path, limit=50)
    owner.commit(Change((ontology(":p a owl:TransitiveProperty ."),)))
    owner.commit(Change((said(1, 0, "".join(f":n{i} :p :n{i + 1} ." for i in range(40))),)))
    drawn = seen(owner, 0)
    assert 0 < len(drawn) < 60
    assert all(int(line.split()[0][1:]) < int(line.split()[2][1:]) for line in drawn)
    assert [found["code"] for found in findings(owner)] == ["entailment-limit"]
    owner.commit(Change((said(1, 0, ":n1 :p :n2 . :n2 :p :n3 ."),)))
    assert seen(owner, 0) == {"n1 p n3"}
    owner.close()
    owner = owner_of(tmp_path, limit=50)
    owner.commit(Change((said(1, 0, ":n1 :p :n2 . :n2 :p :n4 ."),)))
    assert seen(owner, 0) == {"n1 p n4"}
    assert findings(owner) == [], "all are drawn again"
    owner.close()
    assert verify(tmp_path).problems == ()


def test_what_is_taken_out_beyond_the_steps_of_a_commit_is_drawn_anew(tmp_path: Path) -> None:
    owner = owner_of(tmp_path, limit=10_000)
    owner.commit(Change((ontology(":C rdfs:subClassOf :D ."),)))
    chains = ["".join(f":n{k}x{i} owl:sameAs :n{k}x{i + 1} ." for i in range(15)) for k in range(12)]
    for number, links in enumerate(chains):
        owner.commit(Change((said(number, 0, links),)))
    kept = seen(owner, 0)
    assert len(kept) == 12 * (16 * 15 - 15)
    owner.commit(Change(tuple(said(number, 0, "") for number in range(1, 12))))
    assert seen(owner, 0) == {line for line in kept if line.startswith("n0x")}
    owner.close()
    assert verify(tmp_path).problems == ()


def test_blank_nodes_of_data_are_told_and_nameless_classes_are_not(owner: Owner) -> None:
    owner.commit(
        Change(
            (ontology(":p a owl:TransitiveProperty . [ owl:intersectionOf (:A :B) ] rdfs:subClassOf :C ."),)
        )
    )
    owner.commit(Change((said(1, 0, ":a a :A ; :p :b ."), said(2, 1, ":a a :B . :b :p [] ."))))
    told = seen(owner, 0, 1)
    assert "a type C" in told
    assert len([line for line in told if line.startswith("a p _:") or " p " in line]) == 1
    assert len([line for line in told if " type " in line]) == 1


def merged(owner: Owner, clearance: int) -> set[Triple]:
    places = frozenset(PLACES[n] for n in range(4) if clearance >> n & 1) | {HOME}
    return {t for e in owner.graphs_of(places, MERGED) for t in owner.triples(e.graph) if is_compared(t)}


def told_twice(owner: Owner) -> list[tuple[Triple, frozenset[str]]]:
    """Conclusions stored for a set although a smaller one, or an assertion in it, suffices."""
    held: dict[Triple, list[frozenset[str]]] = {}
    for e in owner.entries():
        if e.role in MERGED and e.compartment:
            for t in owner.triples(e.graph):
                held.setdefault(t, []).append(owner.members(e.compartment))
    twice = []
    for e in owner.entries():
        if is_entailed(e.graph) and e.compartment:
            mine = owner.members(e.compartment)
            for t in owner.triples(e.graph):
                if sum(other <= mine for other in held[t]) > 1:
                    twice.append((t, mine))
    return twice


def live(seed: int, folder: Path) -> None:
    """Records and ontologies come, change and go; the server starts again; each clearance sees what follows."""
    rng = random.Random(seed)
    axioms = axioms_of(rng)
    owner = owner_of(folder, limit=1_000_000)
    private: list[Record] = []
    for number, (compartment, triples) in enumerate(axioms.private):
        private.append(ontology(triples, LABELS[compartment], f"narrow{number}"))
    owner.commit(Change((ontology(frozenset(axioms.public)), *private)))
    held: dict[int, tuple[int, list[Triple]]] = {}
    for step in range(5):
        records = []
        for number in rng.sample(range(6), 2):
            triples = list(dict.fromkeys(facts(rng, rng.randrange(6), equal=rng.random() < 0.3)))
            held[number] = (rng.randrange(4), triples)
            records.append(said(number, held[number][0], triples))
        if step == 3:
            axioms.add()  # perhaps a private one, which then is no part of the store
            axioms.private = axioms.private[: len(private)]
            records.append(ontology(frozenset(axioms.public)))
        owner.commit(Change(tuple(records)))
        if step == 2:
            owner.close()
            owner = owner_of(folder, limit=1_000_000)
    terms, flat = Terms(), [(t, c) for c, triples in held.values() for t in triples]
    fresh = engine(axioms, terms)
    fresh.change((), [(fact(terms, t), 1 << c) for t, c in flat])
    for clearance in range(16):
        wanted, clashes = visible(fresh, terms, clearance)
        assert merged(owner, clearance) == wanted, (seed, clearance)
        cleared = [n for n in range(4) if clearance >> n & 1]
        assert bool(findings(owner, *cleared)) == clashes, (seed, clearance)
    assert told_twice(owner) == [], seed
    (says,) = owlrl_says([World.left(axioms, flat, 15)])
    assert merged(owner, 15) == says[0], seed
    owner.close()
    assert verify(folder).problems == (), seed


def test_each_clearance_reads_what_follows_from_it(tmp_path: Path) -> None:
    for seed in range(4):
        live(seed, tmp_path / str(seed))


@pytest.mark.long
def test_each_clearance_reads_what_follows_from_it_for_long(tmp_path: Path) -> None:
    for seed in range(1000, 1200):
        live(seed, tmp_path / str(seed))
