"""Acts: what a person's decided request may say in the governance graph, and in what form.

An act is a record of its own. Its graph says what the act's form lets it say of one subject, and who did it, when,
in which run and why. Nothing else gets in: no label, no `ambit:governs`, nothing that is materialised, and no class
but the form's own. What the values must be, the shapes in `shapes/governance.ttl` say.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ...graph.compartments import short_hash
from ...graph.errors import Invalid
from ...graph.iris import is_absolute
from ...graph.terms import Literal, NamedNode, Object, Triple
from ...graph.vocabulary import AMBIT, DCTERMS, PROV, RDF, node
from ...graph.words import Hints, Record, RecordGraph, Role
from ..governance.governance import ACT, UNGOVERNABLE
from ..rulebase.asking import moment

SHORTEST, LONGEST = 10, 1_000
"""Characters of a reason: whoever overrides, approves or refuses says why."""

_IRI: Final = 2_048  # characters of an IRI
_TEXT: Final = 20_000  # characters of a literal
_VALUES: Final = 1_000  # values of an act
_OURS: Final = (AMBIT.NAMESPACE, "urn:ambit:")
_ABOUT_IT: Final = frozenset(
    {PROV.WAS_ATTRIBUTED_TO, PROV.GENERATED_AT_TIME, PROV.WAS_GENERATED_BY, DCTERMS.DESCRIPTION}
)


@dataclass(frozen=True, slots=True)
class Form:
    """What acts of one kind may say: the class of their subject, and its properties. `word` stands in their IRIs."""

    word: str
    kind: str
    properties: frozenset[str]

    def __post_init__(self) -> None:
        """Raises `ValueError` for a form that would say who governs, what is labelled, or what an act is itself."""
        closed = {predicate.value for predicate in UNGOVERNABLE} | _ABOUT_IT | {RDF.TYPE}
        if self.properties & closed:
            raise ValueError(f"a form cannot have {sorted(self.properties & closed)}")


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `iri` is its record and graph; `subject` what it speaks of, mostly itself; `at` knows its zone."""

    form: Form
    iri: str
    subject: str
    said: Mapping[str, Iterable[Object]]
    by: str
    at: datetime
    run: str
    reason: str


def new(form: Form) -> str:
    """The IRI of an act like no other."""
    return f"{ACT}{form.word}:{uuid.uuid4().hex}"


def of_subject(form: Form, subject: str) -> str:
    """The IRI of the act about a subject of which there is one alone: the latest takes the place of those before."""
    return f"{ACT}{form.word}:{short_hash(subject.encode())}"


def is_act(iri: str) -> bool:
    """Whether an IRI names an act."""
    return iri.startswith(ACT)


def record(act: Act) -> Record:
    """The act as it is committed; raises `Invalid` for what its form does not let it say."""
    subject = _named(act.subject, "the subject")
    if act.subject != act.iri and act.subject.startswith(_OURS):
        raise _unfit(f"`{act.subject[:200]}` is a name of Ambit's own")
    triples = {Triple(subject, node(RDF.TYPE), node(act.form.kind))}
    for predicate, values in act.said.items():
        if predicate not in act.form.properties:
            raise _unfit(f"`{predicate}` is nothing that an act of this kind says")
        triples |= {Triple(subject, node(predicate), _checked(value)) for value in values}
    me = _named(act.iri, "an act")
    triples |= {
        Triple(me, node(PROV.WAS_ATTRIBUTED_TO), _named(act.by, "who acts")),
        Triple(me, node(PROV.GENERATED_AT_TIME), moment(act.at)),
        Triple(me, node(PROV.WAS_GENERATED_BY), _named(act.run, "the run")),
        Triple(me, node(DCTERMS.DESCRIPTION), Literal(reason_of(act.reason))),
    }
    if len(triples) > _VALUES:
        raise _unfit(f"an act says {_VALUES} things at most")
    digest = hashlib.sha256("\n".join(sorted(map(str, triples))).encode()).hexdigest()
    graph = RecordGraph(act.iri, frozenset(triples), Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    return Record(act.iri, AMBIT.GOVERNANCE, (graph,), digest)


def withdrawn(iri: str) -> Record:
    """What to commit when an act shall be no more; raises `Invalid` for what is no act."""
    if not is_act(iri):
        raise _unfit(f"`{iri[:200]}` is no act")
    return Record(iri, AMBIT.GOVERNANCE)


def reason_of(text: str) -> str:
    """A reason without the space around it; raises `Invalid` for one that is too short to say why, or too long."""
    reason = text.strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        raise _unfit(
            f"a reason has {SHORTEST} to {LONGEST} characters, and this one has {len(reason)}",
            hint="say in a sentence why: it is kept with the act",
        )
    return reason


def _checked(value: Object) -> Object:
    if isinstance(value, NamedNode):
        return _named(value.value, "a value")
    if isinstance(value, Literal) and len(value.value) <= _TEXT:
        return value
    raise _unfit(f"a value is an IRI, or a text of {_TEXT} characters at most")


def _named(iri: str, what: str) -> NamedNode:
    try:
        if is_absolute(iri) and len(iri) <= _IRI:
            return NamedNode(iri)
    except ValueError:
        pass
    raise _unfit(f"{what} is no IRI: `{iri[:200]}`")


def _unfit(message: str, *, hint: str = "") -> Invalid:
    return Invalid(message, code="invalid-argument", hint=hint)
