"""The cases of an import: requests for which each rule matters, by what ODRL says of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from math import prod
from typing import Final

from ....graph.vocabulary import FOAF
from ..ruletext import CaseText, case_file, says, typed
from ..times import SECOND, time
from . import constraints
from .terms import part_of
from .translate import ALL, Made, Settings, names_of
from .words import Combined, Constraint, Purpose, Rule, Said, Time

MOMENT: Final = 1_767_225_600 * SECOND
"""When cases ask where no rule says a time: 2026-01-01."""

TRIES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what, with which action, why (empty: for no purpose) and when."""

    user: str
    asset: str
    action: str
    purpose: str
    now: int


@dataclass(slots=True)
class Casing:
    """Makes cases of what was made."""

    name: str
    base: str
    said: Said
    made: list[Made]
    settings: Settings
    jurisdiction: str
    needless: list[Made] = field(default_factory=list)  # what others permit, too
    unfound: list[Made] = field(default_factory=list)  # of which not all requests were tried
    vain: list[Made] = field(default_factory=list)  # what is prohibited wherever it permits
    _is_cut: bool = False
    _members: set[tuple[str, str]] = field(default_factory=set)
    _people: set[str] = field(default_factory=set)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The files of cases, by their place in a workspace."""
        self._members = set(self.said.members)
        cases: list[CaseText] = []
        approved: list[CaseText] = []
        for one in self.made:
            self._invent(one.rule)
        for one in [made for made in self.made if made.text.effect != "deny"]:
            self._keep_or_drop(one)
        for one in self.made:
            some, more = self._prohibited(one) if one.text.effect == "deny" else self._permitted(one)
            cases += [case for case in some if case not in cases]
            approved += [case for case in more if case not in approved]
        given = {typed(user, FOAF.PERSON) for user in (*self._people, self._own("person/stranger"))}
        own = part_of(self.base, self.name)
        given |= {says(part, own, whole) for part, whole in self._members - set(self.said.members)}
        for ending, listed, about in (
            ("", cases, "Requests for which each rule matters."),
            ("-approved", approved, "Requests whose duties somebody approved."),
        ):
            if listed:
                text = case_file(self.base, given, listed, jurisdiction=self.jurisdiction, about=about)
                yield f"cases/{self.name}{ending}.trig", text

    def _own(self, name: str) -> str:
        return self.base + name

    def _invent(self, rule: Rule) -> None:
        """Somebody in each collection that is an assignee and has nobody, and somebody for everybody."""
        for one in rule.assignees:
            if one == ALL:
                self._people.add(self._own("person/somebody"))
            elif self._is_collection(one):
                if not any(whole == one for _, whole in self._members):
                    self._members.add((self._own(f"person/member-of-{len(self._people) + 1}"), one))
                self._people |= {
                    part for part, whole in self._members if whole == one and not self._is_collection(part)
                }
            else:
                self._people.add(one)
        for one in rule.targets:
            if one in self.said.collections and not any(whole == one for _, whole in self._members):
                self._members.add((self._own(f"asset/part-of-{len(self._members) + 1}"), one))

    def _is_collection(self, iri: str) -> bool:
        return iri in self.said.collections or iri in self.said.organizations

    # -- what ODRL says

    def _is_part(self, part: str, wholes: Iterable[str], deep: bool) -> bool:
        """Whether something is one of some things or a part of one; `deep`: also a part of parts."""
        found, step = {part}, {part}
        while step:
            step = {whole for one, whole in self._members if one in step} - found
            found |= step
            if not deep:
                break
        return bool(found & set(wholes))

    def _covers(self, rule: Rule, request: Request, surely: bool) -> bool:
        return (
            request.action in rule.actions
            and self._is_part(request.asset, rule.targets, not surely)
            and (ALL in rule.assignees or self._is_part(request.user, rule.assignees, not surely))
            and constraints.holds(rule.constraint, request.purpose, request.now, surely)
        )

    def _permits(self, request: Request) -> list[Made]:
        return [m for m in self.made if m.text.effect != "deny" and self._covers(m.rule, request, True)]

    def _prohibits(self, request: Request) -> list[Made]:
        return [
            m
            for m in self.made
            if m.text.effect == "deny"
            and self._covers(m.rule, request, False)
            and not any(self._covers(one, request, True) for one in m.over)
        ]

    def _is_open(self, request: Request) -> bool:
        return any(not m.is_asked for m in self._permits(request)) and not self._prohibits(request)

    # -- requests

    def _requests(self, rule: Rule) -> Iterator[Request]:
        """Requests that may be of a rule, those nearest to it first."""
        users = [u for one in rule.assignees for u in self._users(one)]
        assets = [*rule.targets, *(part for part, whole in sorted(self._members) if whole in rule.targets)]
        purposes, times = _named(rule.constraint)
        for other in self.made:
            more = _named(other.rule.constraint)
            purposes, times = purposes + more[0], times + more[1]
        purposes = ["", *dict.fromkeys(purposes), self._own("purpose/other")]
        moments = [MOMENT, *dict.fromkeys(at + away for at in times for away in (0, -SECOND, SECOND))]
        actions = dict.fromkeys((*rule.named, *rule.actions))
        choices = (dict.fromkeys(assets), dict.fromkeys(users), actions, purposes, moments)
        self._is_cut = prod(map(len, choices)) > TRIES
        for asset, user, action, purpose, now in islice(product(*choices), TRIES):
            if action in rule.actions:
                yield Request(user, asset, action, purpose, now)

    def _users(self, assignee: str) -> list[str]:
        if assignee == ALL:
            return [*sorted(self._people - {self._own("person/somebody")}), self._own("person/somebody")]
        parts = sorted(
            part for part, whole in self._members if whole == assignee and not self._is_collection(part)
        )
        return parts if self._is_collection(assignee) else [assignee]

    def _case(
        self, request: Request, is_allowed: bool, made: Made | None = None, *, is_approved: bool = False
    ) -> CaseText:
        names = names_of((request.action,), self.settings)
        return CaseText(
            request.user,
            names[0],
            request.asset,
            is_allowed,
            f"{'may' if is_allowed else 'may not'} {names[0]}",
            rule=made.text.iri if made else "",
            purpose=request.purpose,
            now=time(request.now).value,
            is_approved=is_approved,
        )

    def _turning(self, made: Made) -> Request | None:
        """A request that a permission opens alone; one that is asked for has a purpose, and opens nothing by itself."""
        for request in self._requests(made.rule):
            if made.is_asked and not request.purpose:
                continue
            permits = [one for one in self._permits(request) if made.is_asked or not one.is_asked]
            if permits == [made] and not self._prohibits(request):
                return request
        return None

    def _keep_or_drop(self, made: Made) -> None:
        """Takes a permission away that no case can turn on: a rule that no case shows is not put in force."""
        if self._turning(made) is None:
            self.made.remove(made)
            if self._is_cut:
                self.unfound.append(made)
                return
            permitted = [one for one in self._requests(made.rule) if self._covers(made.rule, one, True)]
            is_vain = all(self._prohibits(one) for one in permitted)
            (self.vain if is_vain else self.needless).append(made)

    def _permitted(self, made: Made) -> tuple[list[CaseText], list[CaseText]]:
        """Somebody who may by this rule alone, the same where it does not hold, and a stranger."""
        cases: list[CaseText] = []
        approved: list[CaseText] = []
        shown = self._turning(made)
        if shown is not None and made.is_asked:
            approved.append(self._case(shown, True, made, is_approved=True))
            cases.append(self._case(shown, False))
        elif shown is not None:
            cases.append(self._case(shown, True, made))
        for request in self._requests(made.rule):
            if not self._is_open(request) and not self._covers(made.rule, request, True):
                cases.append(self._case(request, False))
                break
        other = shown or next(self._requests(made.rule), None)
        if other is not None:
            for away in (
                Request(self._own("person/stranger"), other.asset, other.action, other.purpose, other.now),
                Request(other.user, self._own("asset/other"), other.action, other.purpose, other.now),
            ):
                if not self._is_open(away):
                    cases.append(self._case(away, False))
        return cases, approved

    def _prohibited(self, made: Made) -> tuple[list[CaseText], list[CaseText]]:
        """Somebody who might but for this rule; else somebody whom it is about."""
        hit: Request | None = None
        for request in self._requests(made.rule):
            if self._prohibits(request) == [made]:
                hit = hit or request
                if any(not m.is_asked for m in self._permits(request)):
                    return [self._case(request, False, made)], []
        return ([self._case(hit, False)] if hit is not None else []), []


def _named(constraint: Constraint) -> tuple[list[str], list[int]]:
    """The purposes and the times that a constraint names."""
    if isinstance(constraint, Purpose):
        return list(constraint.purposes), []
    if isinstance(constraint, Time):
        return [], [*constraint.moment.begins, *constraint.moment.ends]
    purposes: list[str] = []
    times: list[int] = []
    for part in constraint.parts if isinstance(constraint, Combined) else ():
        more = _named(part)
        purposes, times = purposes + more[0], times + more[1]
    return purposes, times
