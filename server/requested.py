"""Approval requests, as far as a caller may see them: of one's own, and of those that one may answer or has answered.

Whoever may not see a request is told the same as of one that does not exist.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..graph.clock import CLOCK
from ..graph.errors import AmbitError, Invalid, NotFound
from ..reasoning.acts.approvals import (
    Answer,
    Item,
    State,
    answers,
    item_of,
    items,
    opened,
    precedents,
    state_of,
)
from ..reasoning.acts.routing import may_open
from .compartments import compartments_of
from .governing import administers
from .request import Request

LOOKED_AT: Final = 200
"""Requests of others that wait, of which a list asks rules who may answer them, the latest first."""


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
        self._routes: tuple[int, dict[str, frozenset[str]]] = (-1, {})  # what the caller may open, by request

    def listed(self, state: str | None, first: int) -> list[Told]:
        """The requests that the caller may see, the latest first; all, or those in one state."""
        if state is not None and state not in set(State):
            raise Invalid(
                f"`{state[:100]}` is no state",
                code="invalid-argument",
                hint=f"states are {', '.join(State)}",
            )
        found: list[Told] = []
        for told in self._seen(CLOCK.now()):
            if len(found) >= first:
                break
            if state is None or told.state == state:
                found.append(told)
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

    def _seen(self, now: datetime) -> Iterator[Told]:
        """What was asked for by the caller or answered by the caller is always among them, however many others there are."""
        facts, me = self._decider.facts, self._request.chain.user
        asked = 0
        for item in items(facts):
            said = answers(facts, item)
            if item.asker != me and all(one.by != me for one in said):
                if state_of(item, said, now) is not State.PENDING and not administers(self._request):
                    continue  # it waits for nobody
                asked += 1
                if asked > LOOKED_AT:
                    continue
            told = self._told(item, now)
            if told is not None:
                yield told

    def _pending(self, now: datetime) -> list[Item]:
        facts = self._decider.facts
        return [item for item in items(facts) if state_of(item, answers(facts, item), now) is State.PENDING]

    def need(self, iri: str, now: datetime | None = None) -> Told:
        """One request, as of a time; raises `NotFound` where the caller may see none of this name."""
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
