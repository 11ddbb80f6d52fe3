"""The closure of a generated enterprise under OWL 2 RL, beside owlrl, and what one triple more or less costs.

Side by side are the two closures in memory, from the same triples; at the smaller sizes what both conclude is
compared. One triple is committed: checks, closure, log, ledger and store included.
"""

import multiprocessing
import random
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter

import owlrl
import rdflib

from ambit.graph.compartments import governance_label
from ambit.graph.store.owner import Owner
from ambit.graph.terms import BlankNode, Literal, NamedNode, Quad, Triple, from_turtle, to_nquads
from ambit.graph.vocabulary import AMBIT, OWL, RDF
from ambit.graph.words import Change, Label, Record, RecordGraph, Role
from ambit.reasoning.ontologies.entail import entail
from ambit.reasoning.ontologies.ontologies import ONTOLOGIES, Texts, public_label
from ambit.reasoning.rl.axioms import rules
from ambit.reasoning.rl.conclude import Conclusions
from ambit.reasoning.rl.engine import Engine
from ambit.reasoning.rl.sets import FREE
from ambit.reasoning.rl.terms import Terms

from .figures import Figure, percentile, table, timed

EX = "https://example.org/"
TRIPLES = 100_000
SIZES = (500, 1_000, 2_000, TRIPLES)
"""Triples that owlrl closes; the last as long as `PATIENCE` seconds last."""
PATIENCE = 600.0
COMPARED = 1_000
ONES = 200
"""Commits of one triple more, and as many of one less."""

ONTOLOGY = """
@prefix : <https://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:Employee rdfs:subClassOf :Person . :Manager rdfs:subClassOf :Employee . :Person rdfs:subClassOf :Party .
:Customer rdfs:subClassOf :Party . :Unit rdfs:subClassOf :Group . :Contact owl:unionOf (:Customer :Employee) .
:worksIn rdfs:domain :Employee ; rdfs:range :Unit ; rdfs:subPropertyOf :memberOf .
:manages rdfs:subPropertyOf :oversees ; owl:inverseOf :managedBy . :siteOf rdfs:subPropertyOf :locatedIn .
:partOf a owl:TransitiveProperty ; owl:inverseOf :hasPart . :locatedIn a owl:TransitiveProperty .
:memberOf owl:propertyChainAxiom (:memberOf :partOf) . :basedIn owl:propertyChainAxiom (:worksIn :unitSite) .
:orderedBy owl:propertyChainAxiom (:lineOf :placedBy) . :lineOf owl:inverseOf :hasLine .
:knows a owl:SymmetricProperty . :reports a owl:AsymmetricProperty .
:email a owl:InverseFunctionalProperty . :Order owl:hasKey (:site :number) .
:placedBy a owl:FunctionalProperty ; rdfs:range :Customer ; owl:inverseOf :placed .
:OpenOrder owl:equivalentClass [ owl:intersectionOf (:Order [ owl:onProperty :state ; owl:hasValue :open ]) ] .
:LedUnit owl:equivalentClass [ owl:onProperty :managedBy ; owl:someValuesFrom :Manager ] .
:Line rdfs:subClassOf [ owl:onProperty :lineOf ; owl:allValuesFrom :Order ] .
:Order rdfs:subClassOf [ owl:onProperty :shippedTo ; owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .
:Customer owl:disjointWith :Unit .
"""
"""Thirty-one axioms, of each kind at least one."""

LABELS = [
    Label(EX + "crm", AMBIT.INTERNAL, frozenset({AMBIT.EU}), frozenset({f"{EX}team/{n}"})) for n in range(4)
]


def ontology() -> list[Triple]:
    """The axioms."""
    return [quad.triple for quad in from_turtle(ONTOLOGY.encode())]


def enterprise(count: int) -> list[Triple]:
    """Units, sites, employees, orders and their lines."""
    return list(islice(dict.fromkeys(_said(count, random.Random(7))), count))


def _said(count: int, rng: random.Random) -> Iterator[Triple]:
    units = max(10, count // 1_000)
    for unit in range(1, units):
        yield _triple(f"unit/{unit}", "partOf", f"unit/{(unit - 1) // 4}")
        yield _triple(f"unit/{unit}", "unitSite", f"site/{unit % 50}")
    for site in range(50):
        yield _triple(f"site/{site}", "siteOf", f"city/{site % 10}")
        yield _triple(f"city/{site % 10}", "locatedIn", f"land/{site % 3}")
    for number in range(count):
        person, order = f"person/{number}", f"order/{number}"
        yield _triple(person, "worksIn", f"unit/{rng.randrange(units)}")
        yield _triple(person, "email", Literal(f"{number - (number % 200 == 199)}@example.org"))
        yield _triple(person, "reports", f"person/{number // 8 if number else -1}")
        if number % 20 == 0:
            yield _triple(person, "a", "Manager")
            yield _triple(person, "manages", f"unit/{rng.randrange(units)}")
        if number % 3 == 0:
            yield _triple(person, "knows", f"person/{rng.randrange(number + 1)}")
        yield _triple(order, "a", "Order")
        yield _triple(order, "site", Literal(str(number % 5)))
        yield _triple(order, "number", Literal(str(number - 5 * (number % 100 == 99))))
        yield _triple(order, "placedBy", f"customer/{rng.randrange(number // 5 + 1)}")
        yield _triple(order, "state", "open" if number % 4 == 0 else "done")
        for line in range(2):
            yield _triple(f"{order}/{line}", "a", "Line")
            yield _triple(f"{order}/{line}", "lineOf", order)
            yield _triple(f"{order}/{line}", "amount", Literal(str(rng.randrange(1_000))))


def _triple(s: str, p: str, o: str | Literal) -> Triple:
    predicate = NamedNode(RDF.TYPE) if p == "a" else NamedNode(EX + p)
    return Triple(NamedNode(EX + s), predicate, NamedNode(EX + o) if isinstance(o, str) else o)


def closed(facts: Iterable[Triple]) -> tuple[Engine, Terms]:
    """The closure, with all that it takes from triples on."""
    terms = Terms()
    made = rules(dict.fromkeys(ontology(), FREE), terms)
    engine = Engine(made, terms, equality=True, limit=10**8)
    ids = terms.id
    engine.change((), (((ids(t.predicate), ids(t.subject), ids(t.object)), 1) for t in facts))
    return engine, terms


def owlrl_closed(data: bytes) -> rdflib.Graph:
    """The same by owlrl, from N-Triples."""
    graph = rdflib.Graph().parse(data=data, format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return graph


def ntriples(facts: Iterable[Triple]) -> bytes:
    """The axioms and some facts."""
    return to_nquads(Quad(t.subject, t.predicate, t.object) for t in (*ontology(), *facts))


def compare(facts: list[Triple]) -> int:
    """How many conclusions about things both draw, which are the same; owlrl's keys are wrong and left out."""
    wanted = {line for s, p, o in owlrl_closed(ntriples(facts)) if (line := _line(str(s), str(p), str(o)))}
    engine, terms = closed(facts)
    found = set()
    for (p, s, o), _ in engine.facts():
        named = terms.of[s], terms.of[p], terms.of[o]
        if (
            isinstance(named[0], NamedNode)
            and isinstance(named[1], NamedNode)
            and not isinstance(named[2], BlankNode)
        ):
            line = _line(*(term.value for term in named))  # type: ignore[attr-defined]
            found |= {line} if line else set()
    assert found == wanted, (sorted(found - wanted)[:5], sorted(wanted - found)[:5])
    return len(found)


def _line(s: str, p: str, o: str) -> str:
    """A conclusion as it is compared; empty for what is not."""
    if not s.startswith(EX) or s == o:
        return ""
    if p == RDF.TYPE:
        return f"{s} a {o}" if o.startswith(EX) and "/" in s.removeprefix(EX) else ""
    is_ours = p.startswith(EX) or (p == OWL.SAME_AS and "/" in s.removeprefix(EX))
    return f"{s} {p} {o}" if is_ours else ""


def owlrl_seconds(facts: list[Triple]) -> tuple[float, bool]:
    """How long owlrl takes in a process of its own, and whether it came to an end."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_owlrl, args=(ntriples(facts), theirs))
    child.start()
    is_done = ours.poll(PATIENCE + 60)
    seconds = ours.recv() if is_done else PATIENCE
    child.kill()
    child.join()
    return float(seconds), is_done


def _owlrl(data: bytes, out: "multiprocessing.connection.Connection") -> None:
    graph = rdflib.Graph().parse(data=data, format="nt")
    out.send(timed(lambda: owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)))


def ones(folder: Path, facts: list[Triple]) -> tuple[list[float], list[float]]:
    """Milliseconds of commits that add a triple, and of commits that take it out again, beside all others."""
    governance = governance_label(frozenset({AMBIT.EU}))
    owner = Owner(
        folder,
        checks=(entail(Texts()),),
        governance=governance,
        concluding=Conclusions(governance),
    )
    iri = f"{ONTOLOGIES}enterprise"
    axioms = RecordGraph(iri, frozenset(ontology()), None, Role.ONTOLOGY, public_label([AMBIT.EU]))
    records = [Record(iri, AMBIT.ONTOLOGY, (axioms,), "d")]
    by_record: dict[str, list[Triple]] = {}
    for t in facts:
        assert isinstance(t.subject, NamedNode)
        by_record.setdefault("/".join(t.subject.value.removeprefix(EX).split("/")[:2]), []).append(t)
    records += [_record(name, said, hash(name)) for name, said in by_record.items()]
    owner.commit(Change(tuple(records)))
    added, removed = [], []
    rng = random.Random(3)
    for number in range(ONES):
        one = _triple(f"person/{rng.randrange(1_000)}", *_more(rng, number))
        for said, runs in (([one], added), ([], removed)):
            change = Change((_record("more", said, number),))
            runs.append(1_000 * timed(partial(owner.commit, change)))
    owner.close()
    return added, removed


def _more(rng: random.Random, number: int) -> tuple[str, str | Literal]:
    """A predicate and a value that something follows from."""
    made: list[tuple[str, str | Literal]] = [
        ("worksIn", f"unit/{rng.randrange(100)}"),
        ("manages", f"unit/{rng.randrange(100)}"),
        ("knows", f"person/{rng.randrange(1_000)}"),
        ("email", Literal(f"{rng.randrange(1_000)}@example.org")),
    ]
    return made[number % len(made)]


def _record(name: str, said: Iterable[Triple], number: int) -> Record:
    graph = RecordGraph(EX + name + "#g", frozenset(said), None, Role.DATA, LABELS[number % len(LABELS)])
    return Record(EX + name, EX + "crm", (graph,) if graph.triples else (), str(number))


def run() -> list[Figure]:
    """The figures."""
    small = [t for t in enterprise(COMPARED) if not str(t.predicate).endswith("/number>")]
    print(f"{compare(small):,} triples of the closure of {len(small):,} are what owlrl has, too")
    facts = enterprise(TRIPLES)
    own = [timed(lambda: closed(facts)) for _ in range(5)]
    made = closed(facts)[0]
    name = f"{TRIPLES:,} triples"
    conclusions = sum(1 for _ in made.facts()) - TRIPLES
    figures = [Figure(f"closure of {name}, {conclusions:,} conclusions", own, "s")]
    for size in SIZES:
        seconds, is_done = owlrl_seconds(facts[:size] if size < TRIPLES else facts)
        said = "owlrl" if is_done else "owlrl, stopped before its end"
        figures.append(Figure(f"{said}, {size:,} triples", [seconds], "s"))
        if size == TRIPLES:
            how = "times faster than owlrl" + ("" if is_done else ", at least")
            figures.append(Figure(f"{how}, {name}", [seconds / s for s in own], "×", "20 ×"))
    with tempfile.TemporaryDirectory() as folder:
        begun = perf_counter()
        added, removed = ones(Path(folder), facts)
        print(f"commits took {perf_counter() - begun:.0f} s")
    for what, runs in (("one triple more", added), ("one triple less", removed)):
        figures.append(Figure(f"{what} beside {name}: commit", runs, "ms", "20 ms"))
        figures.append(Figure(f"{what} beside {name}: p95", [percentile(runs, 0.95)], "ms", "20 ms"))
    return figures


def main() -> None:
    """Prints the table."""
    print(table("Entailment", run()))


if __name__ == "__main__":
    main()
