"""Approvals asked for, answered and ended: each verb of one request, told as far as its caller may see it.

Whoever may not see a request is told the same as of one that does not exist. What may be asked for is what `explain`
may speak of: what would be the caller's own once an approval stood. Of all else the answer is that of what is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ..graph.clock import CLOCK
from ..graph.errors import Invalid, NotFound, TooLarge
from ..graph.snapshot import Snapshot
from ..graph.sparql.patterns import pattern_of
from ..graph.terms import NamedNode, Object
from ..graph.vocabulary import AMBIT
from ..reasoning import approvals
from ..reasoning.acts import Act, Form, new, reason_of
from ..reasoning.approvals import Answer, Item, State, answers, item_of, items, opened, precedents, state_of
from ..reasoning.asking import Asked
from ..reasoning.questions import ACTIONS, Question
from ..reasoning.routing import may_open, routing
from .compartments import compartments_of
from .governing import administers, need_in_person, need_person, perform, refused
from .request import Request

ANSWERED_WITHIN: Final = timedelta(days=7)
"""How long a request waits for an answer."""

DAYS, MOST_DAYS = 30, 365
"""How long an approval holds unless its approver says otherwise, and at most."""

THINGS, WAITING = 20, 100
"""Things that one request may be for, and requests of one person that may wait at a time."""

LOOKED_AT: Final = 500
"""Requests that a list looks at, the latest first: for each of them rules are asked who may answer it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A request as its reader may see it; `may_answer` where the reader is one of those whom it waits for."""

    item: Item
    state: State
    answers: tuple[Answer, ...]
    concerns: tuple[str, ...]
    sources: tuple[str, ...]
    sensitivities: tuple[str, ...]
    may_answer: bool


@dataclass(frozen=True, slots=True)
class Alike:
    """What came of requests that are like one: the most alike, and how many came out how."""

    nodes: tuple[tuple[Told, int], ...]
    outcomes: Mapping[State, int]


class Approving:
    """The verbs, for one request."""

    def __init__(self, request: Request):
        self._request = request
        self._decider = request.layers.decider

    # -- asking

    def ask(self, things: Sequence[str], reason: str, action: str, shape: str) -> Told:
        """Asks for an approval of what `action` needs on `things`; of one shape of query, or of any (empty).

        Who has asked for the same already gets that request. Raises `NotFound` where nothing waits for an approval.
        """
        if action not in ACTIONS:
            raise _unfit(f"`{action[:100]}` is not an action", f"actions are {', '.join(ACTIONS)}")
        if not 1 <= len(things) <= THINGS:
            raise _unfit(f"an approval is asked for 1 to {THINGS} things", "name them by their IRIs")
        reason_of(reason)
        pattern = pattern_of(shape) if shape else ""
        made = ""

        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            nonlocal made
            user = need_person(self._request)
            item = self._wanted(user, things, action, pattern, shape, now)
            mine = [one for one in self._pending(now) if one.asker == user]
            made = next((one.iri for one in mine if one.asked == item.asked), "")
            if made:
                return []
            if len(mine) >= WAITING:
                raise TooLarge(f"{WAITING} of your requests wait already", hint="withdraw some of them")
            made = item.iri
            return [self._act(approvals.REQUEST, made, item.said(), reason, now)]

        perform(self._request, acts)
        return self._need(made)

    def _wanted(
        self, user: str, things: Sequence[str], action: str, pattern: str, shape: str, now: datetime
    ) -> Item:
        """What is asked for; raises `NotFound` where an approval would open nothing of it."""
        request = self._request
        if request.purpose is None:
            raise _unfit("an approval is for a purpose", "name one by `Ambit-Purpose`")
        found = {thing: frozenset(compartments_of(request.layers.owner, thing)) for thing in things}
        question = replace(request.question, action=action, now=now, pattern=pattern)
        closed = self._closed(question)
        wanted = {thing: places & closed for thing, places in found.items() if places & closed}
        if not wanted:
            raise NotFound(
                "there is nothing of these names that waits for an approval",
                hint="`explain` says what an approval would open",
            )
        compartments = frozenset[str]().union(*wanted.values())
        return Item(
            new(approvals.REQUEST),
            user,
            frozenset(request.chain.agents),
            request.purpose,
            action,
            compartments,
            frozenset(wanted),
            "",
            now,
            now + ANSWERED_WITHIN,
            pattern,
            shape,
            self._asking(question, compartments),
        )

    def _asking(self, question: Question, compartments: frozenset[str]) -> frozenset[str]:
        """The rules that ask for an approval of some compartments."""
        rules = [rule for rule in self._decider.rules_for(question.action) if rule.effect == "ask"]
        said = self._decider.said([Asked(rule, question.chain.user) for rule in rules], question)
        return frozenset(one.asked.rule.iri for one in said if one.first("compartment") & compartments)

    def _closed(self, question: Question) -> frozenset[str]:
        """What a question does not hold, and would if every approval stood; what one may not read is not written."""
        decide = self._decider.decide
        closed = self._decider.possible(question) - decide(question).clearance.compartments
        if question.action != "read":
            closed &= decide(replace(question, action="read")).clearance.compartments
        return closed

    # -- answering

    def approve(self, iri: str, reason: str, days: int = DAYS) -> Told:
        """Opens what the caller may open of a pending request; raises `NotFound`, `Refused` and `Invalid`."""
        if not 1 <= days <= MOST_DAYS:
            raise _unfit(f"an approval holds 1 to {MOST_DAYS} days", "approve anew when it has lapsed")

        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            item, mine = self._answerable(iri, now)
            waiting = item.compartments - opened(answers(self._decider.facts, item), now)
            form, opens = approvals.APPROVAL, waiting & mine.keys()
            if not opens:  # only who administers comes here
                form, opens = approvals.OVERRIDE, waiting
            rules = frozenset[str]().union(*(mine.get(one, ()) for one in opens))
            said = item.alike(now + timedelta(days=days)) | {
                AMBIT.IS_GRANTED_TO: [NamedNode(item.asker)],
                AMBIT.APPROVES: [NamedNode(one) for one in sorted(opens)],
                AMBIT.DECIDED_BY: [NamedNode(rule) for rule in sorted(rules)],
                AMBIT.ANSWERS: [NamedNode(item.iri)],
            }
            return [self._act(form, new(form), said, reason, now)]

        perform(self._request, acts)
        return self._need(iri)

    def refuse(self, iri: str, reason: str) -> Told:
        """Says no to a pending request; raises what `approve` raises."""

        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            item, _ = self._answerable(iri, now)
            said: dict[str, Iterable[Object]] = {AMBIT.ANSWERS: [NamedNode(item.iri)]}
            return [self._act(approvals.REFUSAL, new(approvals.REFUSAL), said, reason, now)]

        perform(self._request, acts)
        return self._need(iri)

    def _answerable(self, iri: str, now: datetime) -> tuple[Item, Mapping[str, frozenset[str]]]:
        """A pending request that the caller may answer, and what of it rules let the caller open, with these."""
        user = need_in_person(self._request)
        told = self._need(iri, now)
        if told.item.asker == user:
            raise refused("nobody answers a request of their own")
        mine = routing(self._decider, told.item, user, now)
        if not told.may_answer:
            raise refused(f"the request is {told.state}, and waits for no answer of yours")
        return told.item, mine

    def withdraw(self, iri: str, reason: str) -> Told:
        """Ends a pending request of the caller's own; raises what `approve` raises."""

        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            user = need_person(self._request)
            told = self._need(iri, now)
            if told.item.asker != user:
                raise refused("a request is withdrawn by the one who asked")
            if told.state is not State.PENDING:
                raise refused(f"the request is {told.state}, and cannot be withdrawn")
            said: dict[str, Iterable[Object]] = {AMBIT.ANSWERS: [NamedNode(iri)]}
            return [self._act(approvals.WITHDRAWAL, new(approvals.WITHDRAWAL), said, reason, now)]

        perform(self._request, acts)
        return self._need(iri)

    def revoke(self, iri: str, reason: str) -> Told:
        """Ends every approval of a request; in force when it returns. Raises what `approve` raises.

        It may be ended by the one who asked, by those who answered it, and by those who might answer it now.
        """

        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            need_in_person(self._request)
            told = self._need(iri, now)
            given = [a.iri for a in told.answers if a.kind in ("approval", "override") and not a.revoked]
            if not given:
                raise refused(f"the request is {told.state}, and nothing of it is open")
            said: dict[str, Iterable[Object]] = {AMBIT.REVOKES: [NamedNode(one) for one in given]}
            return [self._act(approvals.REVOCATION, new(approvals.REVOCATION), said, reason, now)]

        perform(self._request, acts)
        return self._need(iri)

    # -- reading

    def listed(self, state: str | None, first: int) -> list[Told]:
        """The requests that the caller may see, the latest first; all, or those in one state."""
        if state is not None and state not in set(State):
            raise _unfit(f"`{state[:100]}` is no state", f"states are {', '.join(State)}")
        found: list[Told] = []
        for told in self._seen(CLOCK.now()):
            if state is None or told.state == state:
                found.append(told)
            if len(found) == first:
                break
        return found

    def one(self, iri: str) -> Told | None:
        """One request; None where the caller may see none of this name."""
        item = item_of(self._decider.facts, iri)
        return self._told(item, CLOCK.now()) if item is not None else None

    def alike(self, iri: str, first: int) -> Alike:
        """What came of requests like one, of those that the caller may see."""
        seen = {told.item.iri: told for told in self._seen(CLOCK.now())}
        told = self.one(iri)
        if told is None:
            return Alike((), {})
        nodes, outcomes = precedents(told.item, [(t.item, t.state) for t in seen.values()], first)
        return Alike(tuple((seen[item.iri], score) for item, _, score in nodes), outcomes)

    def _seen(self, now: datetime) -> Iterable[Told]:
        latest = list(items(self._decider.facts))[:LOOKED_AT]
        return (told for item in latest if (told := self._told(item, now)) is not None)

    def _pending(self, now: datetime) -> list[Item]:
        facts = self._decider.facts
        return [item for item in items(facts) if state_of(item, answers(facts, item), now) is State.PENDING]

    def _need(self, iri: str, now: datetime | None = None) -> Told:
        item = item_of(self._decider.facts, iri)
        told = self._told(item, now or CLOCK.now()) if item is not None else None
        if told is None:
            raise NotFound(f"there is no request `{iri[:200]}`")
        return told

    def _told(self, item: Item, now: datetime) -> Told | None:
        """A request as the caller may see it; None where it is nothing to the caller.

        That is: who asked (an agent sees what was asked through it and its like), who answered, who may answer,
        and who administers.
        """
        request, facts = self._request, self._decider.facts
        user, agents = request.chain.user, frozenset(request.chain.agents)
        said = answers(facts, item)
        state = state_of(item, said, now)
        is_own = user == item.asker and (not agents or agents == item.agents)
        may_administer = administers(request) and not agents
        waits = False if agents or user == item.asker else bool(may_open(self._decider, item, user, now))
        is_seen = is_own or waits or may_administer
        if not is_seen and (agents or user not in {one.by for one in said}):
            return None
        held = request.clearance.compartments
        labels = [label for one in item.compartments & held if (label := request.layers.owner.label(one))]
        return Told(
            item,
            state,
            said,
            tuple(sorted(thing for thing in item.concerns if is_own or self._is_seen(thing))),
            tuple(sorted({label.source for label in labels})),
            tuple(sorted({label.sensitivity for label in labels})),
            state is State.PENDING and user != item.asker and (waits or may_administer),
        )

    def _is_seen(self, thing: str) -> bool:
        """Whether the caller may read something of a thing."""
        held = self._request.clearance.compartments
        return any(one in held for one in compartments_of(self._request.layers.owner, thing))

    def _act(
        self, form: Form, iri: str, said: Mapping[str, Iterable[Object]], reason: str, now: datetime
    ) -> Act:
        return Act(form, iri, iri, said, self._request.chain.user, now, self._request.run, reason)


def _unfit(message: str, hint: str) -> Invalid:
    return Invalid(message, code="invalid-argument", hint=hint)
