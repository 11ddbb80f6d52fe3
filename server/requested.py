"""Approval requests, as far as a caller may see them: of one's own, and of those that one may answer or has answered.

Whoever may not see a request is told the same as of one that does not exist.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Final

from ..graph.clock import CLOCK
from ..graph.errors import AmbitError, Invalid, NotFound
from ..reasoning.acts.approvals import Answer, Item, State, is_precedent, opened, precedents
from ..reasoning.acts.docket import Entry
from ..reasoning.acts.routing import may_open
from .compartments import compartments_of
from .governing import administers
from .request import Request

LOOKED_AT: Final = 200
"""Requests of others of which a list asks rules who may answer them, and requests alike that are told of."""


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


class Requested:
    """What is seen under one request."""

    def __init__(self, request: Request):
        self._request = request
        self._decider = request.layers.decider
        self._docket = request.layers.docket
        self._routes: tuple[int, dict[str, frozenset[str]]] = (-1, {})  # what the caller may open, by request

    def listed(self, state: str | None, first: int) -> list[Told]:
        """The requests that the caller may see, the latest first; all, or those in one state."""
        if state is not None and state not in set(State):
            raise Invalid(
                f"`{state[:100]}` is no state",
                code="invalid-argument",
                hint=f"states are {', '.join(State)}",
            )
        return list(islice(self._seen(CLOCK.now(), state), first))

    def one(self, iri: str) -> Told | None:
        """One request; None where the caller may see none of this name."""
        entry = self._docket.of(iri)
        return self._told(entry, CLOCK.now()) if entry is not None else None

    def alike(self, iri: str, first: int) -> Alike:
        """What came of the latest requests like one, of those that the caller may see."""
        told, now, me = self.one(iri), CLOCK.now(), self._request.chain.user
        if told is None:
            return Alike((), {})
        among = self._docket.alike(told.item) if self._administers() else self._docket.of_person(me)
        alike = (entry for entry in among if is_precedent(told.item, entry.item, entry.state(now)))
        seen = {one.item.iri: one for entry in islice(alike, LOOKED_AT) if (one := self._told(entry, now))}
        nodes, outcomes = precedents(told.item, [(t.item, t.state) for t in seen.values()], first)
        return Alike(tuple((seen[item.iri], score) for item, _, score in nodes), outcomes)

    def _seen(self, now: datetime, state: str | None) -> Iterator[Told]:
        """What the caller may see, the latest first; all, or what is in one state.

        What was asked for by the caller or answered by the caller is always among them, however many others there are.
        """
        me = self._request.chain.user
        asked = 0
        for entry in self._concerning(me, now):
            if state is not None and entry.state(now) != state:
                continue
            if not _is_of(me, entry):
                asked += 1
                if asked > LOOKED_AT:
                    continue
            if (told := self._told(entry, now)) is not None:
                yield told

    def _concerning(self, me: str, now: datetime) -> Iterator[Entry]:
        """What may concern somebody, the latest first: all of it whom it is told as administrator."""
        if self._administers():
            return self._docket.all()
        waits = (entry for entry in self._docket.waiting(now) if not _is_of(me, entry))
        others = sorted(islice(waits, LOOKED_AT), key=_age, reverse=True) if self._is_in_person() else []
        return merge(self._docket.of_person(me), others, key=_age, reverse=True)

    def _administers(self) -> bool:
        return administers(self._request) and self._is_in_person()

    def _is_in_person(self) -> bool:
        return not self._request.chain.agents

    def need(self, iri: str, now: datetime | None = None) -> Told:
        """One request, as of a time; raises `NotFound` where the caller may see none of this name."""
        entry = self._docket.of(iri)
        told = self._told(entry, now or CLOCK.now()) if entry is not None else None
        if told is None:
            raise NotFound(f"there is no request `{iri[:200]}`")
        return told

    def _told(self, entry: Entry, now: datetime) -> Told | None:
        """A request as the caller may see it; None where it is nothing to the caller.

        That is: who asked (an agent sees what was asked through it and its like), who answered, who may answer,
        and who administers.
        """
        request, item, said = self._request, entry.item, entry.said
        user, agents = request.chain.user, frozenset(request.chain.agents)
        state = entry.state(now)
        is_own = user == item.asker and (not agents or agents == item.agents)
        may_administer = self._administers()
        waits = not agents and user != item.asker and bool(self._may_open(item, now) - opened(said, now))
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

    def _may_open(self, item: Item, now: datetime) -> frozenset[str]:
        """What the caller may open of a request, asked once for each as long as the policy stands."""
        if self._request.cancel.is_cancelled:
            raise AmbitError("nobody waits for this any more", code="cancelled")
        epoch, known = self._routes
        if epoch != self._decider.epoch:
            epoch, known = self._routes = (self._decider.epoch, {})
        if item.iri not in known:
            known[item.iri] = may_open(self._decider, item, self._request.chain.user, now)
        return known[item.iri]

    def _is_seen(self, thing: str) -> bool:
        """Whether the caller may read something of a thing."""
        held = self._request.clearance.compartments
        return any(one in held for one in compartments_of(self._request.layers.owner, thing))


def _is_of(person: str, entry: Entry) -> bool:
    """Whether somebody asked for something, or answered it."""
    return entry.item.asker == person or any(one.by == person for one in entry.said)


def _age(entry: Entry) -> tuple[datetime, str]:
    return entry.item.created, entry.item.iri
