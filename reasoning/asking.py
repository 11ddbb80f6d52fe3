"""Asking the worker: which rules with which terms, in one batch, and what came back from each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..graph.errors import AmbitError
from ..graph.terms import Literal, NamedNode, Object, Quad, Triple, to_nquads
from ..graph.views.calls import RuleCall, RuleFailure, Rules
from ..graph.vocabulary import AMBIT, XSD, node
from .rules import Rule

REQUEST: Final = "urn:ambit:request"
"""The named graph of a request's facts while it is decided."""

ACTED: Final = frozenset({"permit", "scope", "require", "deny", "ask", "use"})
"""Effects whose rows name an actor."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is bound in every rule of one question, but for the actor."""

    purpose: str | None
    site: str
    now: datetime
    facts: frozenset[Triple] = frozenset()

    def terms(self) -> dict[str, Object]:
        """By variable; a request without a purpose has `ambit:NoPurpose`."""
        return {
            "purpose": NamedNode(self.purpose or AMBIT.NO_PURPOSE),
            "site": NamedNode(self.site),
            "now": moment(self.now),
            "request": NamedNode(REQUEST),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule, for one actor where its effect names one, or for one site."""

    rule: Rule
    actor: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule said: pairs of its effect, the time until which they hold; or why it failed.

    `until` is when a rule that names the `times` it looks at may say something else, None where that is not known.
    """

    asked: Asked
    rows: tuple[dict[str, Object], ...] = ()
    failure: str = ""
    until: datetime | None = None

    def first(self, column: str) -> frozenset[str]:
        """The IRIs in one column."""
        values = (row.get(column) for row in self.rows)
        return frozenset(value.value for value in values if isinstance(value, NamedNode))


def moment(time: datetime) -> Literal:
    """`xsd:dateTime` of a time that knows its zone."""
    return Literal(time.isoformat(), datatype=node(XSD.DATE_TIME))


def ask(
    rules: Rules,
    asked: Sequence[Asked],
    circumstances: Circumstances,
    *,
    deadline: float,
    patch: tuple[bytes, bytes] | None = None,
) -> list[Said]:
    """All in one call; never raises: what fails says so.

    A rule that stands for a broken file fails without being asked.
    """
    failing = [Said(one, failure=one.rule.failing) for one in asked if one.rule.failing]
    asked = [one for one in asked if not one.rule.failing]
    if not asked:
        return failing
    try:
        terms = circumstances.terms()
        calls = [RuleCall(one.rule.text, bindings(one, terms)) for one in asked]
        facts = request_facts(circumstances.facts)
        results = rules(calls, facts=facts, patch=patch, deadline=deadline)
        if len(results) != len(calls):
            raise AmbitError("the worker answered another number of rules than it was asked")
        said = [_said(one, call, result) for one, call, result in zip(asked, calls, results, strict=True)]
        return said + failing
    except Exception as error:  # a failure of any kind denies, so it is an answer here
        reason = error.message if isinstance(error, AmbitError) else f"{type(error).__name__}: {error}"
        return [Said(one, failure=reason or "failed") for one in asked] + failing


def request_facts(facts: Iterable[Triple]) -> bytes:
    """A request's facts as the worker takes them."""
    graph = NamedNode(REQUEST)
    return to_nquads(Quad(t.subject, t.predicate, t.object, graph) for t in facts)


def bindings(one: Asked, terms: Mapping[str, Object]) -> dict[str, Object]:
    """What is bound in a rule: what it reads, and the actor or site it is asked for."""
    bound: dict[str, Object] = {name: terms[name] for name in one.rule.reads}
    if one.rule.effect in ACTED:
        bound["actor"] = NamedNode(one.actor)
    if one.rule.effect == "place":
        bound["site"] = NamedNode(one.site)
    if one.rule.effect == "approve" and one.actor:  # else it says who all may
        bound["approver"] = NamedNode(one.actor)
    return bound


def _said(one: Asked, call: RuleCall, result: object) -> Said:
    """Rows as mappings; a row that contradicts what was bound means that the rule is not what it seems."""
    if isinstance(result, RuleFailure):
        return Said(one, failure=result.reason or "failed")
    if not isinstance(result, list):
        return Said(one, failure="the worker gave no rows")
    rows: list[dict[str, Object]] = []
    for values in result:
        row = {name: value for name, value in zip(one.rule.columns, values, strict=True) if value is not None}
        if any(row.get(n, term) != term for n, term in call.bindings.items() if isinstance(term, NamedNode)):
            return Said(one, failure="a row holds another term than the one bound")
        rows.append(row)
    return Said(one, rows=tuple(rows))
