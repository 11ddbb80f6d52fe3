"""Until when what was decided stands: expiries, what rules say, and the approvals that stand."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ...graph.terms import Literal, NamedNode
from ...graph.vocabulary import AMBIT, PROV, SKOS
from ..governance.facts import Facts, names
from ..rulebase.asking import Said
from .questions import Question

_NEVER = datetime.min.replace(tzinfo=UTC)
_ZONE = timedelta(hours=14)  # the earliest that a time without a zone can be (XML Schema 1.1-2, 3.3.7.4)


def earliest(facts: Facts, subject: str) -> datetime | None:
    """The first of a thing's expiries; one that cannot be read has passed."""
    values = facts.objects(NamedNode(subject), AMBIT.EXPIRES)
    return min((time_of(value) for value in values), default=None)


def time_of(value: object) -> datetime:
    """The moment of an `xsd:dateTime`, the earliest possible where it names no zone; else long ago."""
    if not isinstance(value, Literal):
        return _NEVER
    try:
        time = datetime.fromisoformat(value.value)
        return time if time.tzinfo else time.replace(tzinfo=UTC) - _ZONE
    except (ValueError, OverflowError):
        return _NEVER


def until_of(said: Iterable[Said], expiries: Iterable[datetime | None]) -> tuple[datetime | None, bool]:
    """Until when answers hold, and whether that is known.

    A rule that reads `?now` says so by the times it names in its header, or by `?until`; one that gave no row or
    projects none has not said when it would give another.
    """
    ends = [end for end in expiries if end is not None]
    sure = True
    for one in said:
        if one.until is not None and not one.failure:
            ends.append(one.until)
            ends += map(time_of, one.terms("until"))
        elif "now" in one.asked.rule.reads and not one.failure:
            if not one.rows or "until" not in one.asked.rule.columns:
                sure = False
            ends += map(time_of, one.terms("until"))
    return min(ends, default=None), sure


def is_ended(facts: Facts, approval: str) -> bool:
    """Whether an approval was revoked, or the request that it answers in part refused or withdrawn as a whole."""
    return bool(facts.subjects(AMBIT.REVOKES, NamedNode(approval))) or any(
        facts.is_a(one, kind)
        for request in facts.iris(approval, AMBIT.ANSWERS)
        for one in names(facts.subjects(AMBIT.ANSWERS, NamedNode(request)))
        for kind in (AMBIT.REFUSAL, AMBIT.WITHDRAWAL)
    )


def _fits(question: Question, approval: str, facts: Facts) -> bool:
    """Whether an approval stands for such a request; its person, purpose and time aside."""
    me = NamedNode(approval)
    agents = facts.iris(approval, AMBIT.IS_USED_THROUGH)
    is_answer = bool(facts.objects(me, AMBIT.ANSWERS))
    actions = facts.objects(me, AMBIT.ACTION)
    patterns = facts.objects(me, AMBIT.PATTERN)
    return (
        (agents == frozenset(question.chain.agents) or not (agents or is_answer))
        and (not actions or Literal(question.action) in actions)
        and (not patterns or Literal(question.pattern) in patterns)
        and not is_ended(facts, approval)
        and question.chain.user not in facts.iris(approval, PROV.WAS_ATTRIBUTED_TO)
    )


def stands(question: Question, approval: str, facts: Facts) -> bool:
    """Whether an approval stands for a request: its person, its purpose or a narrower one, and its time."""
    if question.purpose is None:
        return False
    end = earliest(facts, approval)
    purposes = facts.iris(question.purpose, SKOS.BROADER_TRANSITIVE) | {question.purpose}
    return (
        question.chain.user in facts.iris(approval, AMBIT.IS_GRANTED_TO)
        and bool(purposes & facts.iris(approval, AMBIT.IS_FOR))
        and (end is None or question.now < end)
        and _fits(question, approval, facts)
    )


def reviewed(question: Question, compartments: frozenset[str], facts: Facts) -> frozenset[str]:
    """The shapes of queries for which alone an approval of some compartments stands."""
    given = facts.subjects(AMBIT.IS_GRANTED_TO, NamedNode(question.chain.user or AMBIT.ANONYMOUS))
    return frozenset(
        shape.value
        for approval in names(given)
        if facts.is_a(approval, AMBIT.APPROVAL) and facts.iris(approval, AMBIT.APPROVES) & compartments
        for shape in facts.objects(NamedNode(approval), AMBIT.PATTERN)
        if isinstance(shape, Literal) and stands(replace(question, pattern=shape.value), approval, facts)
    )


def approved(question: Question, facts: Facts) -> tuple[frozenset[str], datetime | None]:
    """The compartments that standing approvals open for the purpose or a wider one, and until when.

    One that has agents stands for these agents alone, one that answers a request for those of the request; one
    that has actions or a pattern for these alone. What was revoked, what is part of a request that was refused or
    withdrawn, and what somebody approved for themselves, stands for nothing.
    """
    if question.purpose is None:
        return frozenset(), None
    opened: set[str] = set()
    ends: list[datetime] = []
    given = facts.subjects(AMBIT.IS_GRANTED_TO, NamedNode(question.chain.user or AMBIT.ANONYMOUS))
    for approval in names(given):
        if facts.is_a(approval, AMBIT.APPROVAL) and stands(question, approval, facts):
            end = earliest(facts, approval)
            opened |= facts.iris(approval, AMBIT.APPROVES)
            ends += [end] if end is not None else []
    return frozenset(opened), min(ends, default=None)
