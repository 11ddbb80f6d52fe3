"""An explanation as RDF: what is asked, the verdict, the rules, and each statement with the record that it stands in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ...graph.terms import Literal, NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, DCTERMS, PROV, RDF, RDFS, XSD, node
from ..deciding.questions import Question
from .candidates import Change
from .explain import Explanation

_ME: Final = "urn:ambit:explanation:"


@dataclass(frozen=True, slots=True)
class Told:
    """An explanation with all that a request is told of it.

    `before` is the verdict without what was supposed; None where nothing was. `closed` says what keeps a thing
    closed, and `changes` what would open it: for those alone who may read governance.
    """

    about: str
    question: Question
    explanation: Explanation
    before: bool | None = None
    closed: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


def graph_of(told: Told, run: str) -> frozenset[Triple]:
    """The triples of an explanation that a run made; its name is the run's."""
    me = NamedNode(_ME + run.rpartition(":")[2])
    question, said = told.question, told.explanation
    found: set[Triple] = set()

    def say(predicate: str, *values: Object) -> None:
        found.update(Triple(me, node(predicate), value) for value in values)

    say(RDF.TYPE, node(AMBIT.EXPLANATION))
    say(PROV.WAS_GENERATED_BY, NamedNode(run))
    say(DCTERMS.SUBJECT, *_iris([told.about]))
    say(AMBIT.ACTION, Literal(question.action))
    say(AMBIT.USER, *_iris([question.chain.user]))
    say(AMBIT.AGENT_ROLE, *_iris(question.chain.agents))
    say(AMBIT.PURPOSE, *_iris([question.purpose or ""]))
    say(AMBIT.PERMITTED, Literal(str(said.permitted).lower(), datatype=node(XSD.BOOLEAN)))
    say(RDFS.COMMENT, Literal(said.sentence))
    say(AMBIT.DECIDED_BY, *_iris(said.rules))
    say(AMBIT.MISSING, *_iris(said.missing))
    say(AMBIT.ABSENT, *map(Literal, said.absent))
    say(AMBIT.CLOSED_BY, *map(Literal, told.closed))
    for number, cited in enumerate(said.cited):
        statement = NamedNode(f"{me.value}:{number}")
        say(AMBIT.CITES, statement)
        say(PROV.WAS_DERIVED_FROM, NamedNode(cited.record))
        found.update(_statement(statement, cited.triple))
        found.add(Triple(statement, node(PROV.HAD_PRIMARY_SOURCE), NamedNode(cited.record)))
    for number, change in enumerate(told.changes):
        one = NamedNode(f"{me.value}:change:{number}")
        say(AMBIT.CHANGE_ROLE, one)
        found.update(_change(one, change))
    return frozenset(found)


def json_of(told: Told) -> dict[str, object]:
    """The same as JSON; triples are lines of N-Quads, those of changes of N-Triples."""
    said = told.explanation
    return {
        "permitted": said.permitted,
        "before": told.before,
        "sentence": said.sentence,
        "rules": said.rules,
        "triples": said.triples,
        "missing": said.missing,
        "absent": said.absent,
        "closed": told.closed,
        "changes": [change_of(change) for change in told.changes],
    }


def change_of(change: Change) -> Mapping[str, object]:
    """A change as JSON; a purpose to ask for, or an approval, stands in `missing`."""
    return {"adds": change.added, "removes": change.removed, "missing": change.missing}


def _change(one: NamedNode, change: Change) -> Iterator[Triple]:
    yield Triple(one, node(RDF.TYPE), node(AMBIT.CHANGE))
    if change.missing is not None:
        yield Triple(one, node(AMBIT.MISSING), NamedNode(change.missing))
    for predicate, triples in ((AMBIT.ADDS, change.adds), (AMBIT.REMOVES, change.removes)):
        for number, triple in enumerate(sorted(triples, key=str)):
            statement = NamedNode(f"{one.value}:{predicate.rpartition('#')[2]}:{number}")
            yield Triple(one, node(predicate), statement)
            yield from _statement(statement, triple)


def _statement(statement: NamedNode, triple: Triple) -> Iterator[Triple]:
    """A triple as RDF 1.1 describes one (RDF Schema 1.1 §5.3)."""
    yield Triple(statement, node(RDF.TYPE), node(RDF.STATEMENT))
    yield Triple(statement, node(RDF.SUBJECT), triple.subject)
    yield Triple(statement, node(RDF.PREDICATE), triple.predicate)
    yield Triple(statement, node(RDF.OBJECT), triple.object)


def _iris(values: Sequence[str]) -> list[NamedNode]:
    """Those that are IRIs."""
    found: list[NamedNode] = []
    for value in values:
        try:
            found += [NamedNode(value)] if value else []
        except ValueError:  # what was asked about is the caller's text
            continue
    return found
