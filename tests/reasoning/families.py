"""What the shipped families add to the reference: folders, exclusion, roles, grants, consent, ladders, sessions … in plain sets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reference import ADEQUATE, Cell, Company

Pairs = set[tuple[str, str]]


@dataclass(frozen=True)
class Span:
    """From when until when something is worth something; None: from ever, or for ever."""

    start: datetime | None
    end: datetime | None

    def holds(self, now: datetime) -> bool:
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


@dataclass(frozen=True)
class Asking:
    """A question, with what the request says of itself and what its session has read."""

    user: str
    agents: tuple[str, ...]
    purpose: str | None
    decision: str | None
    read: frozenset[str]
    has_reason: bool


@dataclass
class Families:
    """The relations that the families read."""

    folders: Pairs
    shared: Pairs  # folders, beside what the company shares
    excluded: Pairs
    roles: Pairs
    role_sources: Pairs
    role_sensitivities: Pairs
    incompatible: Pairs
    grants: set[tuple[str, str, Span]]
    glasses: set[tuple[str, str, Span]]
    needs_consent: Pairs
    subjects: set[str]
    consents: set[tuple[str, str, str, Span]]
    above: Pairs
    cleared_to: Pairs
    decisions: Pairs
    apart: Pairs
    adequate: set[tuple[str, str, Span]]


WIDER_DECISION = {"talk": ["talk", "Advice"], "Advice": ["Advice"], "Execution": ["Execution"]}


def reached(pairs: Pairs, start: str) -> set[str]:
    """What pairs lead to from a thing, in one step or more, the thing itself aside."""
    found: set[str] = set()
    new = {start}
    while new:
        new = {end for one, end in pairs if one in new} - found
        found |= new
    return found - {start}


class Whole:
    """A company with the families in force."""

    def __init__(self, company: Company, families: Families, now: datetime):
        self.company, self.families, self.now = company, families, now

    def cleared(self, asked: Asking) -> set[str]:
        company, chain = self.company, [asked.user, *asked.agents]
        if len(set(chain)) < len(chain) or asked.user in company.agents:
            return set()
        if not all(company.is_standing(agent) for agent in asked.agents):
            return set()
        return {
            cell.name
            for cell in company.cells
            if (company.permits(asked.user, cell) or self.permits(cell, asked))
            and all(company.inherits(agent, cell, asked.purpose) for agent in asked.agents)
            and all(company.is_open(cell, actor, asked.purpose) for actor in chain)
            and not any(self.denies(actor, cell, asked) for actor in chain)
            and self.is_placed(cell)
        }

    # -- what gives

    def permits(self, cell: Cell, asked: Asking) -> bool:
        if asked.user not in self.company.people:
            return False
        granted = self.families.grants if asked.purpose != "flood" or not asked.has_reason else None
        spans = self.families.grants | (
            {one for one in self.families.glasses if one[2].end is not None} if granted is None else set()
        )
        return (
            any(self.leads_by_folder(anchor, asked.user) for anchor in cell.audience)
            or any(self.opens(role, cell) for role in self.roles_of(asked.user))
            or any(
                holder in self.us(asked.user)
                and span.holds(self.now)
                and opened in {*cell.audience, cell.source}
                for holder, opened, span in spans
            )
        )

    def us(self, actor: str) -> set[str]:
        return {actor} | self.company.groups(actor)

    def leads_by_folder(self, anchor: str, user: str) -> bool:
        relations = self.company.owned | self.company.shared | self.company.assigned
        return any(
            folder in self.company.groups(user)
            or any(thing == folder and who in self.us(user) for thing, who in relations)
            for folder in reached(self.families.folders, anchor)
        )

    def roles_of(self, actor: str) -> set[str]:
        return {role for who, role in self.families.roles if who in self.us(actor)}

    def opens(self, role: str, cell: Cell) -> bool:
        return (role, cell.source) in self.families.role_sources and (
            role,
            cell.sensitivity,
        ) in self.families.role_sensitivities

    # -- what takes away

    def denies(self, actor: str, cell: Cell, asked: Asking) -> bool:
        return (
            self.is_excluded(actor, cell)
            or self.lacks_consent(actor, cell, asked.purpose)
            or self.is_torn(actor, cell)
            or self.is_above(actor, cell)
            or self.is_apart(cell, asked.read)
            or self.serves_another(cell, asked.decision)
        )

    def is_excluded(self, actor: str, cell: Cell) -> bool:
        relations = self.company.owned | self.company.shared | self.company.assigned
        there = set(cell.audience).union(*(reached(self.families.folders, one) for one in cell.audience))
        there |= {who for thing, who in relations if thing in there}
        return any(who in self.us(actor) for thing, who in self.families.excluded if thing in there)

    def lacks_consent(self, actor: str, cell: Cell, purpose: str | None) -> bool:
        purposes = {*self.company.wider(purpose), "AnyPurpose"}
        if not any(s == cell.sensitivity and p in purposes for s, p in self.families.needs_consent):
            return False
        subjects = cell.audience & self.families.subjects
        return not subjects or any(
            not any(
                who == subject and status == "given" and p in purposes and span.holds(self.now)
                for who, p, status, span in self.families.consents
            )
            for subject in subjects - {actor}
        )

    def is_torn(self, actor: str, cell: Cell) -> bool:
        held = self.roles_of(actor)
        return any(
            {one, other} <= held and (self.opens(one, cell) or self.opens(other, cell))
            for one, other in self.families.incompatible
        )

    def is_above(self, actor: str, cell: Cell) -> bool:
        if all(cell.sensitivity not in pair for pair in self.families.above):
            return False
        levels = {level for who, level in self.families.cleared_to if who in {*self.us(actor), "Everybody"}}
        return not any(
            level == cell.sensitivity or cell.sensitivity in reached(self.families.above, level)
            for level in levels
        )

    def is_apart(self, cell: Cell, read: Iterable[str]) -> bool:
        parts = {cell.source, cell.sensitivity, *cell.audience}
        apart = self.families.apart | {(other, one) for one, other in self.families.apart}
        return any((one, part) in apart for one in read for part in parts)

    def serves_another(self, cell: Cell, decision: str | None) -> bool:
        kinds = {kind for sensitivity, kind in self.families.decisions if sensitivity == cell.sensitivity}
        return bool(kinds) and not kinds & set(WIDER_DECISION.get(decision or "", ()))

    def is_placed(self, cell: Cell) -> bool:
        found = ADEQUATE | {
            (one, there) for one, there, span in self.families.adequate if span.holds(self.now)
        }
        return all(
            need in self.company.home or any((need, there) in found for there in self.company.home)
            for need in cell.jurisdictions
        )
