"""Rules as resources of the graph: one system record, to be queried and explained, and there after a restart."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ...graph.errors import RuleInvalid
from ...graph.terms import Literal, NamedNode, Triple
from ...graph.vocabulary import AMBIT, DCTERMS, RDF, XSD, node
from ...graph.words import Label, Record, RecordGraph, Role
from .rules import Loaded, Rule, parse

RECORD: Final = "urn:ambit:rules"


def record(rules: Iterable[Rule], label: Label) -> Record:
    """The record of some rules, with its label."""
    triples: set[Triple] = set()
    for rule in rules:
        me = NamedNode(rule.iri)
        triples.add(Triple(me, node(RDF.TYPE), node(AMBIT.RULE)))
        values = [
            (DCTERMS.TITLE, rule.title),
            (DCTERMS.DESCRIPTION, rule.description),
            (DCTERMS.SOURCE, rule.path),
            (AMBIT.FAMILY, rule.family),
            (AMBIT.EFFECT, rule.effect),
            (AMBIT.QUERY, rule.source),
            *((AMBIT.ACTION, action) for action in rule.actions),
            *((AMBIT.READS, circumstance) for circumstance in rule.reads),
            *([(AMBIT.FRAMEWORK, rule.framework)] if rule.framework else []),
        ]
        triples |= {Triple(me, node(predicate), Literal(value)) for predicate, value in values}
        if rule.over:
            triples.add(Triple(me, node(AMBIT.IS_OVER), NamedNode(rule.over)))
        if rule.public:
            triples.add(Triple(me, node(AMBIT.PUBLIC), Literal("true", datatype=node(XSD.BOOLEAN))))
    graph = RecordGraph(RECORD, frozenset(triples), role=Role.SYSTEM, label=label)
    return Record(RECORD, AMBIT.RULES, (graph,))


def restore(triples: Iterable[Triple]) -> Loaded:
    """The rules that stood in force, from their record: earlier versions of files that broke meanwhile."""
    texts: dict[str, dict[str, str]] = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, Literal):
            texts.setdefault(triple.subject.value, {})[triple.predicate.value] = triple.object.value
    rules: list[Rule] = []
    refused: list[RuleInvalid] = []
    for iri, values in texts.items():
        if AMBIT.QUERY in values and DCTERMS.SOURCE in values:
            try:
                rule = parse(values[AMBIT.QUERY], values[DCTERMS.SOURCE])
                rules.append(replace(rule, iri=iri))  # its file may have had another place
            except RuleInvalid as error:
                refused.append(error)
    return Loaded(tuple(rules), tuple(refused))
