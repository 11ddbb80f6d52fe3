"""Ledger entries as PROV-O: which triples an entry comes to. Nothing is read or written here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from ..terms import Literal, NamedNode, Quad, Triple
from ..vocabulary import AMBIT, PROV, RDF, XSD, node
from .others import as_asker_sees
from .segments import Entry

_HASH = 16
"""Characters of a question's hash in its name, which its run makes unique."""

KINDS = frozenset({"request", "answer", "step", "handed", "evaluation"})
"""The entries that speak of a run."""

_TEXTS: Final = {"query": AMBIT.QUERY_TEXT, "reason": AMBIT.REASON}
"""What a note holds, by the property that says it of the run."""


Spo: TypeAlias = tuple[NamedNode, NamedNode, NamedNode | Literal]
"""Subject, predicate and object: to take a `Triple` apart again takes longer than all else about it."""


def triples_of(entry: Entry, texts: Mapping[str, str]) -> list[Triple]:
    """What an entry says of its run; `texts` are its note, as far as it was not purged."""
    return [Triple(*spo) for spo in _said_by(entry, texts)]


def quads_of(entry: Entry, texts: Mapping[str, str], graph: NamedNode) -> list[Quad]:
    """The same, in a graph."""
    return [Quad(s, p, o, graph) for s, p, o in _said_by(entry, texts)]


def _said_by(entry: Entry, texts: Mapping[str, str]) -> Iterable[Spo]:
    said = _Said(as_asker_sees(entry.fields))
    if entry.kind == "request":
        return _request(entry, said, texts)
    if entry.kind == "answer":
        return _answer(entry, said)
    if entry.kind == "step":
        return _step(entry, said)
    if entry.kind == "evaluation":
        return _evaluation(said)
    if entry.kind == "handed":  # looked up behind the answer
        return said.link(NamedNode(said.one("run")), AMBIT.HANDED, "handed")
    return ()


class _Said:
    """An entry's fields as terms."""

    def __init__(self, fields: Mapping[str, Any]):
        self._fields = fields

    def one(self, name: str) -> str:
        """A field's IRI; empty when it is not there."""
        value = self._fields.get(name)
        return value if isinstance(value, str) else ""

    def link(self, subject: NamedNode, predicate: str, name: str) -> Iterator[Spo]:
        """The IRIs of a field as objects."""
        value = self._fields.get(name)
        for iri in [value] if isinstance(value, str) else value or []:
            if iri:
                yield subject, node(predicate), NamedNode(iri)

    def truth(self, subject: NamedNode, predicate: str, name: str) -> Iterator[Spo]:
        """A field that is true or false as a literal."""
        value = self._fields.get(name)
        if isinstance(value, bool):
            said = "true" if value else "false"
            yield subject, node(predicate), Literal(said, datatype=node(XSD.BOOLEAN))

    def texts(self, subject: NamedNode, predicate: str, name: str) -> Iterator[Spo]:
        """The words of a field as literals."""
        for word in self._fields.get(name) or ():
            yield subject, node(predicate), Literal(word)

    def value(self, subject: NamedNode, predicate: str, name: str, datatype: str) -> Iterator[Spo]:
        """A field as a literal."""
        value = self._fields.get(name)
        if value is not None and value != "":
            yield subject, node(predicate), Literal(str(value), datatype=node(datatype))


def _request(entry: Entry, said: _Said, texts: Mapping[str, str]) -> Iterator[Spo]:
    run, user = NamedNode(said.one("run")), NamedNode(said.one("user"))
    yield run, node(RDF.TYPE), node(PROV.ACTIVITY)
    yield run, node(RDF.TYPE), node(AMBIT.RUN)
    yield run, node(PROV.STARTED_AT_TIME), _time(entry.at)
    yield run, node(AMBIT.USER), user
    yield run, node(PROV.WAS_ASSOCIATED_WITH), user
    for predicate in (AMBIT.AGENT_ROLE, PROV.WAS_ASSOCIATED_WITH):
        yield from said.link(run, predicate, "agents")
    yield from _chain(user, entry.fields.get("agents") or ())
    yield from said.link(run, AMBIT.PURPOSE, "purpose")
    if said.one("asked"):  # a run that is one evaluation, begun and ended by this entry
        yield from _evaluation(said)
        yield from said.value(run, AMBIT.RESULT_HASH, "result", XSD.STRING)
        yield run, node(PROV.ENDED_AT_TIME), _time(entry.at)
    else:
        yield from _decided(run, said)
    yield from said.value(run, AMBIT.STATUS, "status", XSD.STRING)  # of one that was refused at once
    yield from said.link(run, AMBIT.SERVES_DECISION, "serves")
    for name, predicate in _TEXTS.items():
        if name in texts:
            yield run, node(predicate), Literal(texts[name])


def _decided(by: NamedNode, said: _Said) -> Iterator[Spo]:
    yield from said.link(by, AMBIT.DECISION_ROLE, "decision")
    if said.one("decision"):
        # one node for all runs that were decided alike: it is named by the hash of what it was made from. The
        # policy revision stays in the ledger: it counts commits that those who may read the run may not see
        decision = NamedNode(said.one("decision"))
        yield decision, node(RDF.TYPE), node(AMBIT.DECISION)
        yield from said.link(decision, AMBIT.DECIDED_BY, "rules")
        yield from said.texts(decision, AMBIT.FRAMEWORK, "frameworks")


def _evaluation(said: _Said) -> Iterator[Spo]:
    """A question that another asked, named by its run and its own hash; what had no form is in the ledger alone."""
    if not said.one("asked"):
        return
    run = NamedNode(said.one("run"))
    evaluation = NamedNode(f"{run.value}:{said.one('asked')[:_HASH]}")
    yield run, node(AMBIT.EVALUATION_ROLE), evaluation
    yield evaluation, node(RDF.TYPE), node(AMBIT.EVALUATION)
    yield from said.value(evaluation, AMBIT.EVALUATED_ACTION, "action", XSD.STRING)
    yield from said.link(evaluation, AMBIT.EVALUATED_FOR, "subjects")
    yield from said.truth(evaluation, AMBIT.IS_PERMITTED, "permitted")
    yield from _decided(evaluation, said)


def _chain(user: NamedNode, agents: Iterable[str]) -> Iterator[Spo]:
    principal = user
    for agent in agents:
        yield NamedNode(agent), node(PROV.ACTED_ON_BEHALF_OF), principal
        principal = NamedNode(agent)


def _answer(entry: Entry, said: _Said) -> Iterator[Spo]:
    run = NamedNode(said.one("run"))
    yield run, node(PROV.ENDED_AT_TIME), _time(entry.at)
    yield from said.link(run, AMBIT.HANDED, "handed")
    yield from said.link(run, AMBIT.TOUCHED, "touched")
    yield from said.value(run, AMBIT.RESULT_HASH, "result", XSD.STRING)
    yield from said.value(run, AMBIT.STATUS, "status", XSD.STRING)
    for written in said.link(run, PROV.GENERATED, "written"):
        yield written
        if isinstance(written[2], NamedNode):
            yield written[2], node(PROV.WAS_ATTRIBUTED_TO), NamedNode(said.one("user"))


def _step(entry: Entry, said: _Said) -> Iterator[Spo]:
    run, step = NamedNode(said.one("run")), NamedNode(said.one("step"))
    yield run, node(AMBIT.STEP_ROLE), step
    yield step, node(RDF.TYPE), node(PROV.ACTIVITY)
    yield step, node(RDF.TYPE), node(AMBIT.STEP)
    yield from said.link(step, AMBIT.TASK_ROLE, "task")
    yield from said.link(step, AMBIT.DEPLOYMENT_ROLE, "deployment")
    yield from said.link(step, AMBIT.SITE_ROLE, "site")
    yield from said.link(step, AMBIT.VERSION, "version")
    yield from said.link(step, AMBIT.HANDED, "handed")
    yield from said.value(step, AMBIT.COUNT, "count", XSD.INTEGER)
    yield from said.value(step, PROV.STARTED_AT_TIME, "started", XSD.DATE_TIME)
    yield from said.value(step, PROV.ENDED_AT_TIME, "ended", XSD.DATE_TIME)


def _time(at: str) -> Literal:
    return Literal(at, datatype=node(XSD.DATE_TIME))
