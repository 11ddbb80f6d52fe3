"""Agents registered, revoked and reinstated: each verb of one request, told as far as its caller may know.

Who administers registers agents and knows them all; whoever owns one knows it, and may end it. To everybody else an
agent is not there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from ..graph.clock import CLOCK
from ..graph.errors import Invalid, NotFound
from ..graph.iris import is_absolute
from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode
from ..graph.vocabulary import AMBIT, FOAF
from ..graph.words import Record
from ..reasoning.acts.acts import Act, of_subject, reason_of, withdrawn
from ..reasoning.acts.approvals import REVOCATION
from ..reasoning.acts.registrations import (
    AGENT,
    Registration,
    Standing,
    is_written_by_hand,
    registration,
    registrations,
    revocations,
    standing,
)
from ..reasoning.deciding.purposes import is_purpose
from .governing import administers, need_in_person, perform, refused
from .request import Request

DAYS, MOST_DAYS = 365, 3_650
"""How long a registration holds unless its author says otherwise, and at most."""

LONGEST: Final = 200  # characters of a name


@dataclass(frozen=True, slots=True)
class Registered:
    """An agent as its reader may know it."""

    registration: Registration
    standing: Standing


class Registering:
    """The verbs, for one request."""

    def __init__(self, request: Request):
        self._request = request
        self._facts = request.layers.decider.facts

    def register(
        self,
        agent: str,
        purposes: Sequence[str],
        sources: Sequence[str],
        sensitivities: Sequence[str],
        reason: str,
        *,
        owner: str | None = None,
        label: str = "",
        days: int = DAYS,
    ) -> Registered:
        """Registers an agent, or says anew what it may inherit; in force when it returns.

        Raises `Refused` for who does not administer, and `Invalid` for what governance does not know.
        """
        if not 1 <= days <= MOST_DAYS:
            raise _unfit(
                f"a registration holds 1 to {MOST_DAYS} days", "register the agent anew before it ends"
            )
        if len(label) > LONGEST:
            raise _unfit(f"a name has {LONGEST} characters at most", "say more in the reason")
        reason_of(reason)

        def acts(snapshot: Snapshot, now: datetime) -> list[Act | Record]:
            user = self._need_administrator()
            told = Registration(
                agent,
                label.strip(),
                frozenset({owner or user}),
                frozenset(purposes),
                frozenset(sources),
                frozenset(sensitivities),
                now + timedelta(days=days),
            )
            self._check(told)
            return [self._act(of_subject(AGENT, agent), agent, told, reason, now)]

        perform(self._request, acts)
        return self._need(agent)

    def revoke(self, agent: str, reason: str) -> Registered:
        """Ends a registration, whatever it says; in force when it returns. Raises `NotFound` and `Invalid`."""

        def acts(snapshot: Snapshot, now: datetime) -> list[Act | Record]:
            user = need_in_person(self._request)
            if self._need(agent).standing is Standing.REVOKED:
                return []
            iri = of_subject(REVOCATION, agent)
            said = {AMBIT.REVOKES: [NamedNode(agent)]}
            return [Act(REVOCATION, iri, iri, said, user, now, self._request.run, reason_of(reason))]

        perform(self._request, acts)
        return self._need(agent)

    def reinstate(self, agent: str) -> Registered:
        """Withdraws the revocations of an agent; raises `Refused`, and `Invalid` where one is written in a file."""

        def acts(snapshot: Snapshot, now: datetime) -> list[Act | Record]:
            self._need_administrator()
            told = self._need(agent)
            ended = revocations(self._facts, agent)
            if told.standing is Standing.REVOKED and not ended:
                raise _unfit(f"`{agent}` is revoked in a file of governance", "take it out there")
            return [withdrawn(iri) for iri in sorted(ended)]

        perform(self._request, acts)
        return self._need(agent)

    def listed(self, first: int) -> list[Registered]:
        """The agents that the caller may know, by name."""
        if self._request.chain.agents:
            return []
        now, owner = CLOCK.now(), None if administers(self._request) else self._request.chain.user
        found = islice(registrations(self._facts, owner), first)
        return [Registered(told, standing(self._facts, told, now)) for told in found]

    def one(self, agent: str) -> Registered | None:
        """One agent; None where the caller may know none of this name."""
        told = registration(self._facts, agent) if is_absolute(agent) else None
        if told is None or not self._is_known(told):
            return None
        return Registered(told, standing(self._facts, told, CLOCK.now()))

    def _need(self, agent: str) -> Registered:
        told = self.one(agent)
        if told is None:
            raise NotFound(f"there is no agent `{agent[:200]}`")
        return told

    def _is_known(self, told: Registration) -> bool:
        if self._request.chain.agents:
            return False
        return self._request.chain.user in told.owners or administers(self._request)

    def _need_administrator(self) -> str:
        user = need_in_person(self._request)
        if not administers(self._request):
            raise refused(
                "agents are registered for the purpose administration",
                f"administrators ask with `--purpose {AMBIT.ADMINISTRATION}` (the header `Ambit-Purpose`); a token"
                f" that names its purposes has to name it: `ambit token … --purpose {AMBIT.ADMINISTRATION}`",
            )
        return user

    def _check(self, told: Registration) -> None:
        """Raises `Invalid` for what names nothing that governance knows: a slip would open less, or later more."""
        facts, agent = self._facts, told.agent
        if not is_absolute(agent) or facts.is_a(agent, FOAF.PERSON):
            raise _unfit(f"`{agent[:200]}` can be no agent", "give the agent an IRI of its own")
        if is_written_by_hand(facts, agent):
            raise _unfit(f"`{agent}` is registered in a file of governance", "change it there")
        if not (told.purposes and told.sources and told.sensitivities):
            raise _unfit(
                "an agent has a purpose, a source and a sensitivity at least", "name them by their IRIs"
            )
        for owner in told.owners:
            if not facts.is_a(owner, FOAF.PERSON):
                raise _unfit(f"`{owner[:200]}` is no person", "an agent is owned by a person")
        for purpose in told.purposes:
            if not is_purpose(purpose, facts):
                raise _unfit(f"`{purpose[:200]}` is no purpose", "purposes stand below `dpv:Purpose`")
        self._need_known(told.sources, self._is_source, "source")
        self._need_known(told.sensitivities, lambda name: facts.is_a(name, AMBIT.SENSITIVITY), "sensitivity")

    def _is_source(self, name: str) -> bool:
        """Whether something comes from it, or governance describes it."""
        kinds = (AMBIT.SOURCE, AMBIT.FOLDER, AMBIT.DATABASE, AMBIT.SYSTEM_SOURCE)
        return self._facts.states(None, AMBIT.COMES_FROM, NamedNode(name)) or any(
            self._facts.is_a(name, kind) for kind in kinds
        )

    @staticmethod
    def _need_known(names: Iterable[str], is_known: Callable[[str], bool], what: str) -> None:
        for name in names:
            if not is_known(name):
                raise _unfit(f"`{name[:200]}` is no {what} that governance knows", "name it by its IRI")

    def _act(self, iri: str, subject: str, told: Registration, reason: str, now: datetime) -> Act:
        return Act(AGENT, iri, subject, told.said(), self._request.chain.user, now, self._request.run, reason)


def _unfit(message: str, hint: str) -> Invalid:
    return Invalid(message, code="invalid-argument", hint=hint)
