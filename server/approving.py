"""Approvals asked for, answered and ended: each verb of one request, told as far as its caller may see it.

Whoever may not see a request is told the same as of one that does not exist. What may be asked for is what `explain`
may speak of: what would be the caller's own once an approval stood. Of all else the answer is that of what is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ..graph.errors import Invalid, NotFound, TooLarge
from ..graph.snapshot import Snapshot
from ..graph.sparql.patterns import pattern_of
from ..graph.terms import NamedNode, Object
from ..graph.vocabulary import AMBIT
from ..reasoning.acts import approvals
from ..reasoning.acts.acts import Act, Form, new, reason_of
from ..reasoning.acts.approvals import Item, State, opened
from ..reasoning.acts.routing import routing
from ..reasoning.deciding.questions import ACTIONS, Question
from ..reasoning.rulebase.asking import Asked
from .compartments import compartments_of
from .governing import administers, need_in_person, need_person, perform, refused
from .requested import Requested, Told

ANSWERED_WITHIN: Final = timedelta(days=7)
"""How long a request waits for an answer."""

DAYS, MOST_DAYS = 30, 365
"""How long an approval holds unless its approver says otherwise, and at most."""

THINGS, WAITING = 20, 100
"""Things that one request may be for, and requests of one person that may wait at a time."""

_ANEW: Final = (
    "only a pending request is answered: whoever still needs it asks anew (`ambit approval request`)"
)


class Approving(Requested):
    """The verbs, for one request: those that read, and these."""

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
            mine = [entry.item for entry in self._docket.waiting(now, user)]
            made = next((one.iri for one in mine if one.asked == item.asked), "")
            if made:
                return []
            if len(mine) >= WAITING:
                raise TooLarge(f"{WAITING} of your requests wait already", hint="withdraw some of them")
            made = item.iri
            return [self._act(approvals.REQUEST, made, item.said(), reason, now)]

        perform(self._request, acts)
        return self.need(made)

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
            told, mine = self._answerable(iri, now)
            item = told.item
            waiting = item.compartments - opened(told.answers, now)
            form, opens = approvals.APPROVAL, waiting & mine.keys()
            if not opens:
                if not administers(self._request):
                    raise refused(
                        "what you may open of the request is open already",
                        "the rest waits for those to whom the rules that ask for it give the answer",
                    )
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
        return self.need(iri)

    def refuse(self, iri: str, reason: str) -> Told:
        """Says no to a pending request; raises what `approve` raises."""

        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            self._answerable(iri, now)
            said: dict[str, Iterable[Object]] = {AMBIT.ANSWERS: [NamedNode(iri)]}
            return [self._act(approvals.REFUSAL, new(approvals.REFUSAL), said, reason, now)]

        perform(self._request, acts)
        return self.need(iri)

    def _answerable(self, iri: str, now: datetime) -> tuple[Told, Mapping[str, frozenset[str]]]:
        """A pending request that the caller may answer, and what of it rules let the caller open, with these."""
        user = need_in_person(self._request)
        told = self.need(iri, now)
        if told.item.asker == user:
            raise refused(
                "nobody answers a request of their own",
                "those answer it whom the rules that ask for it name; the one who asked may withdraw it",
            )
        mine = routing(self._decider, told.item, user, now)
        if not told.may_answer:
            hint = (
                "those answer it whom the rules that ask for it name"
                if told.state is State.PENDING
                else _ANEW
            )
            raise refused(f"the request is {told.state}, and waits for no answer of yours", hint)
        return told, mine

    def withdraw(self, iri: str, reason: str) -> Told:
        """Ends a pending request of the caller's own; raises what `approve` raises."""

        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            user = need_person(self._request)
            told = self.need(iri, now)
            if told.item.asker != user:
                raise refused(
                    "a request is withdrawn by the one who asked",
                    "whoever may answer it refuses it instead, or revokes what is open of it",
                )
            if told.state is not State.PENDING:
                raise refused(
                    f"the request is {told.state}, and cannot be withdrawn",
                    "only what is pending is withdrawn; what is open is closed by `ambit approval revoke`",
                )
            said: dict[str, Iterable[Object]] = {AMBIT.ANSWERS: [NamedNode(iri)]}
            return [self._act(approvals.WITHDRAWAL, new(approvals.WITHDRAWAL), said, reason, now)]

        perform(self._request, acts)
        return self.need(iri)

    def revoke(self, iri: str, reason: str) -> Told:
        """Ends every approval of a request; in force when it returns. Raises what `approve` raises.

        It may be ended by the one who asked, by those who answered it, and by those who might answer it now.
        """

        def acts(snapshot: Snapshot, now: datetime) -> list[Act]:
            need_in_person(self._request)
            told = self.need(iri, now)
            given = [a.iri for a in told.answers if a.kind in approvals.GIVING and not a.revoked]
            if not given:
                raise refused(
                    f"the request is {told.state}, and nothing of it is open",
                    "there is nothing to end; a request that is pending is refused, or withdrawn by who asked",
                )
            said: dict[str, Iterable[Object]] = {AMBIT.REVOKES: [NamedNode(one) for one in given]}
            return [self._act(approvals.REVOCATION, new(approvals.REVOCATION), said, reason, now)]

        perform(self._request, acts)
        return self.need(iri)

    def _act(
        self, form: Form, iri: str, said: Mapping[str, Iterable[Object]], reason: str, now: datetime
    ) -> Act:
        return Act(form, iri, iri, said, self._request.chain.user, now, self._request.run, reason)


def _unfit(message: str, hint: str) -> Invalid:
    return Invalid(message, code="invalid-argument", hint=hint)
