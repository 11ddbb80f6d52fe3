"""The cases of an import: requests for which each rule matters, by what ODRL says of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, product
from math import prod
from typing import Final
from urllib.parse import quote

from ....graph.terms import Triple
from ....graph.vocabulary import AMBIT, DPV, FOAF
from ..ruletext import CaseText, case_file, says, typed
from ..times import SECOND, time
from . import constraints
from .requests import Asked, Request, administers, named, speaks_of_administration
from .terms import part_of
from .translate import ALL, Made, Settings, names_of
from .words import Combined, Rule, Said

MOMENT: Final = 1_767_225_600 * SECOND
"""When cases ask where no rule says a time: 2026-01-01."""

TRIES: Final = 20_000

ALWAYS: Final = Combined("and", ())
"""The constraint of a rule that has none."""

PLAIN, APPROVED, PROHIBITED = "", "-approved", "-prohibited"
_ABOUT: Final = {
    PLAIN: "Requests for which each rule matters.",
    APPROVED: "Requests whose duties somebody approved.",
    PROHIBITED: "Requests of administrators, who may do what is not prohibited.",
}
"""What the files of cases are about, by the ending of their names."""


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
    unopposed: list[Made] = field(default_factory=list)  # prohibitions of what nothing here permits
    doubled: list[Made] = field(default_factory=list)  # prohibitions that others say word for word
    unshown: list[Made] = field(default_factory=list)  # prohibitions that no case turns on
    _is_cut: bool = False
    _is_administration_spoken_of: bool = False
    _members: set[tuple[str, str]] = field(default_factory=set)
    _people: set[str] = field(default_factory=set)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The files of cases, by their place in a workspace."""
        self._members = set(self.said.members)
        listed: dict[str, list[Asked]] = {ending: [] for ending in _ABOUT}
        for one in self.made:
            self._invent(one.rule)
        for one in [made for made in self.made if made.text.effect != "deny"]:
            self._keep_or_drop(one)
        for one in [made for made in reversed(self.made) if made.text.effect == "deny"]:
            self._drop_doubled(one)
        self._is_administration_spoken_of = any(
            speaks_of_administration(rule) for one in self.made for rule in (one.rule, *one.over)
        )
        for one in self.made:
            found = self._prohibited(one) if one.text.effect == "deny" else self._permitted(one)
            for ending, asked in found:
                listed[ending] += [asked] if asked not in listed[ending] else []
        for ending, about in _ABOUT.items():
            if listed[ending]:
                yield self._file(ending, listed[ending], about)

    def _file(self, ending: str, listed: list[Asked], about: str) -> tuple[str, bytes]:
        own = part_of(self.base, self.name)
        given = {typed(user, FOAF.PERSON) for user in (*self._people, self._own("person/stranger"))}
        given |= {says(part, own, whole) for part, whole in self._members - set(self.said.members)}
        for one in listed:
            given |= set(self._standing_in(one.request.asset))
            given |= {typed(one.request.purpose, DPV.PURPOSE)} if one.request.purpose else set()
            given |= set(administers(one.request)) if ending == PROHIBITED else set()
        cases = [self._case(one) for one in listed]
        text = case_file(self.base, given, cases, jurisdiction=self.jurisdiction, about=about)
        return f"cases/{self.name}{ending}.trig", text

    def _asset(self, asset: str) -> str:
        """What stands in cases for an asset: of cases' own, so that no other import says anything of it."""
        return f"{self.base}{self.name}/case/{quote(asset, safe='')}"

    def _standing_in(self, asset: str) -> Iterator[Triple]:
        """That it is a part of the asset, and of all that the asset is a part of: rules say of both the same."""
        own = part_of(self.base, self.name)
        for whole in (asset, *(whole for part, whole in self._members if part == asset)):
            yield says(self._asset(asset), own, whole)

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
        purposes, times = named(rule.constraint)
        for other in self.made:
            more = named(other.rule.constraint)
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

    def _case(self, asked: Asked) -> CaseText:
        request, is_allowed = asked.request, asked.is_allowed
        names = names_of((request.action,), self.settings)
        return CaseText(
            request.user,
            names[0],
            self._asset(request.asset),
            is_allowed,
            f"{'may' if is_allowed else 'may not'} {names[0]}",
            rule=asked.rule,
            purpose=request.purpose,
            now=time(request.now).value,
            is_approved=asked.is_approved,
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

    def _drop_doubled(self, made: Made) -> None:
        """Takes a prohibition away that another says as a whole, for the same or more: no case could turn on it."""
        if any(_says_all(one, made) for one in self.made if one is not made):
            self.made.remove(made)
            self.doubled.append(made)

    def _permitted(self, made: Made) -> Iterator[tuple[str, Asked]]:
        """Somebody who may by this rule alone, the same where it does not hold, and a stranger."""
        shown = self._turning(made)
        if shown is not None and made.is_asked:
            yield APPROVED, Asked(shown, True, made.text.iri, True)
            yield PLAIN, Asked(shown, False)
        elif shown is not None:
            yield PLAIN, Asked(shown, True, made.text.iri)
        for request in self._requests(made.rule):
            if not self._is_open(request) and not self._covers(made.rule, request, True):
                yield PLAIN, Asked(request, False)
                break
        other = shown or next(self._requests(made.rule), None)
        if other is not None:
            for away in (replace(other, user=self._own("person/stranger")), self._away(other)):
                if not self._is_open(away):
                    yield PLAIN, Asked(away, False)

    def _away(self, request: Request) -> Request:
        """The same for something that no rule is about."""
        return replace(request, asset=self._own("asset/other"))

    def _prohibited(self, made: Made) -> Iterator[tuple[str, Asked]]:
        """Somebody who might but for this rule: whom another permits it, at once or by approval, or else an administrator."""
        iri = made.text.iri
        first = approved = administered = None
        for request in self._requests(made.rule):
            if self._prohibits(request) != [made]:
                continue
            first = first or request
            permits = self._permits(request)
            if any(not one.is_asked for one in permits):
                yield PLAIN, Asked(request, False, iri)
                return
            if request.purpose and permits:
                approved = approved or request
            administered = administered or self._administered(request, made)
        if approved is not None:
            yield APPROVED, Asked(approved, False, iri, True)
            return
        if first is not None:
            self.unopposed.append(made)
        if administered is not None:
            yield PROHIBITED, Asked(administered, False, iri)
            away = self._away(administered)
            if not self._prohibits(away):
                yield PROHIBITED, Asked(away, True)
            return
        self.unshown.append(made)
        if first is not None:
            yield PLAIN, Asked(first, False)

    def _administered(self, request: Request, made: Made) -> Request | None:
        """The request as an administrator makes it; a purpose of its own stays where the prohibition needs it.

        None where rules speak of administrators or administration, and would say another thing then.
        """
        if self._is_administration_spoken_of:
            return None
        plain = replace(request, purpose=AMBIT.ADMINISTRATION)
        if self._prohibits(plain) == [made]:
            return plain
        return request if request.purpose else None


def _says_all(one: Made, other: Made) -> bool:
    """Whether a prohibition is of all that another is of, whoever asks for what and when."""
    mine, its = one.rule, other.rule
    return (
        one.text.effect == "deny"
        and set(one.text.actions) >= set(other.text.actions)
        and set(mine.targets) >= set(its.targets)
        and (ALL in mine.assignees or set(mine.assignees) >= set(its.assignees))
        and mine.constraint in (its.constraint, ALWAYS)
        and one.over in ((), other.over)
    )
