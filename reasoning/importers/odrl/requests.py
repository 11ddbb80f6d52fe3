"""The requests that cases are about, and what must come of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from ....graph.terms import Triple
from ....graph.vocabulary import AMBIT, DPV, FOAF, ORG, SKOS
from ..ruletext import says, typed
from .words import Combined, Constraint, Purpose, Rule, Time


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what, with which action, why (empty: for no purpose) and when."""

    user: str
    asset: str
    action: str
    purpose: str
    now: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What must come of a request; `rule` is that without which it would be otherwise."""

    request: Request
    is_allowed: bool
    rule: str = ""
    is_approved: bool = False


def named(constraint: Constraint) -> tuple[list[str], list[int]]:
    """The purposes and the times that a constraint names."""
    if isinstance(constraint, Purpose):
        return list(constraint.purposes), []
    if isinstance(constraint, Time):
        return [], [*constraint.moment.begins, *constraint.moment.ends]
    purposes: list[str] = []
    times: list[int] = []
    for part in constraint.parts if isinstance(constraint, Combined) else ():
        more = named(part)
        purposes, times = purposes + more[0], times + more[1]
    return purposes, times


def speaks_of_administration(rule: Rule) -> bool:
    """Whether a rule says another thing of whoever is an administrator, or asks for the purpose of administration."""
    purposes, _ = named(rule.constraint)
    return AMBIT.ADMINISTRATORS in rule.assignees or not {AMBIT.ADMINISTRATION, DPV.PURPOSE}.isdisjoint(
        purposes
    )


def administers(request: Request) -> Iterator[Triple]:
    """That the user of a request is an administrator, and that its purpose is one of administration."""
    yield typed(request.user, FOAF.PERSON)
    yield says(request.user, ORG.MEMBER_OF, AMBIT.ADMINISTRATORS)
    if request.purpose != AMBIT.ADMINISTRATION:
        yield says(request.purpose, SKOS.BROADER, AMBIT.ADMINISTRATION)
