"""A store with the checks of this room, and small records for their tests."""

from collections.abc import Iterable
from pathlib import Path

from ambit.graph.rdf.parsing import name_blanks, read_rdf
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode
from ambit.graph.vocabulary import AMBIT, SH
from ambit.graph.words import Change, Hints, Label, Record, RecordGraph, Role
from ambit.reasoning.ontologies.ontologies import public_label

EX = "http://example.com/"
SOURCE = "https://example.com/source/sales"
OWNER_OF_SOURCE = EX + "people/olga"
PREFIXES = f"""
@prefix : <{EX}> .
@prefix ambit: <{AMBIT.NAMESPACE}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <{SH.NAMESPACE}> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PUBLIC = public_label({AMBIT.EU})
GOVERNANCE = "urn:ambit:governance:file:sources"


def label(sensitivity: str = AMBIT.INTERNAL, *audience: str, source: str = SOURCE) -> Label:
    return Label(source, sensitivity, frozenset({AMBIT.EU}), frozenset(audience or {EX + "team/sales"}))


def graph(name: str, turtle: str, where: Label, role: Role = Role.DATA) -> RecordGraph:
    triples = name_blanks(read_rdf((PREFIXES + turtle).encode(), name=name, syntax="turtle"), name)
    hints = Hints(where.source, where.sensitivity, where.jurisdictions, anchors=where.audience)
    return RecordGraph(name, triples, hints, role, where)


def record(key: str, turtle: str, where: Label | None = None, *, digest: str = "") -> Record:
    """A row of the table `sales`."""
    iri = f"{SOURCE}/orders/{key}"
    return Record(iri, SOURCE, (graph(iri + "#internal", turtle, where or label()),), digest or turtle, key)


def ontology(turtle: str, where: Label = PUBLIC, name: str = "sales") -> Record:
    iri = f"urn:ambit:ontology:{name}"
    return Record(iri, AMBIT.ONTOLOGY, (graph(iri, turtle, where, Role.ONTOLOGY),), turtle)


def shapes_file(turtle: str, name: str = "sales") -> Record:
    iri = f"urn:ambit:shapes:{name}"
    return Record(iri, AMBIT.ONTOLOGY, (graph(iri, turtle, PUBLIC, Role.SYSTEM),), turtle)


def governance() -> Record:
    """What governance says of the source."""
    turtle = f"<{SOURCE}> a ambit:Source ; ambit:isOwnedBy <{OWNER_OF_SOURCE}> ."
    where = label(AMBIT.INTERNAL, AMBIT.ADMINISTRATORS, source=AMBIT.GOVERNANCE)
    return Record(GOVERNANCE, AMBIT.GOVERNANCE, (graph(GOVERNANCE, turtle, where, Role.GOVERNANCE),))


def commit(owner: Owner, *records: Record) -> None:
    owner.commit(Change(records))


def withdraw(owner: Owner, record: Record) -> None:
    commit(owner, Record(record.iri, record.source))


def graphs_of(owner: Owner, *roles: Role) -> dict[str, Label | None]:
    """The graphs in the store with these roles, and their labels."""
    entries = [e for e in owner.entries() if e.role in roles]
    return {e.graph: owner.label(e.compartment) if e.compartment else None for e in entries}


def found(owner: Owner) -> dict[str, dict[str, list[str]]]:
    """The findings in the store: code → short predicate → values as text, of the last with that code."""
    findings: dict[str, dict[str, list[str]]] = {}
    for entry in owner.entries():
        if entry.role is Role.SYSTEM and entry.graph.startswith(
            ("urn:ambit:findings:", "urn:ambit:quarantine:")
        ):
            about: dict[object, dict[str, list[str]]] = {}
            for t in owner.triples(entry.graph):
                name = t.predicate.value.rpartition("#")[2].rpartition("/")[2]
                text = t.object.value if isinstance(t.object, NamedNode | Literal) else str(t.object)
                about.setdefault(t.subject, {}).setdefault(name, []).append(text)
            findings |= {said["code"][0]: said for said in about.values() if "code" in said}
    return findings


def store(folder: Path, checks: Iterable[object]) -> Owner:
    return Owner(folder, checks=tuple(checks))  # type: ignore[arg-type]
