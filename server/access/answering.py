"""Whole answers: one decision or several under one semantics, or one page of a search; with what the ledger is told.

An answer that is short is kept for the same caller and the same body, as long as neither governance, nor rules, nor
data have changed, and no longer than its rules said: so what is asked again and again asks no rules.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

import orjson

from ...graph.clock import CLOCK
from ...graph.errors import AmbitError
from ...reasoning.deciding.claims import Claims
from ..identity import Identity
from ..requests import failed_of
from .asking import Asker, asker_of
from .evaluating import Evaluated, Evaluator
from .known import Cold
from .naming import Type
from .pages import Begun, Pages, told
from .reading import (
    action_search_of,
    evaluation_of,
    evaluations_of,
    json_of,
    resource_search_of,
    subject_search_of,
)
from .searching import Found, Searcher
from .words import DENY_ON_FIRST_DENY, PERMIT_ON_FIRST_PERMIT, Evaluation, Evaluations, Search

Finder: TypeAlias = Callable[[Asker, Evaluation, Begun], Found]

_KEPT: Final = 20_000
"""Answers that are kept; past that all are forgotten."""
_KEPT_BYTES: Final = 64_000_000
"""What these may take; past that all are forgotten, too. One that takes a hundredth of it alone is not kept."""
_SHORT: Final = 4_096
"""Bytes of a body whose answer is kept."""


_ANSWER, _ENTRY, _NAMED = 1_500, 1_000, 60
"""Bytes that an answer takes, each of its entries, and each name in a list of these."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came: who asks, with which purpose, what it says of itself, where, and the body."""

    identity: Identity
    purpose: str | None
    stated: Claims
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, the entries of its run, and by what it was made: the policy's epoch and the revision of the data.

    `until`: the answer has to be made anew from then on; in the past where it was good for that moment alone.
    `opening` and `closing` are fields of the run's own entries. `places` are resources with their parts as found.
    `gives` is what it opens or tells of: what has been permitted, or found; empty where it gives nothing.
    """

    body: bytes
    entries: Sequence[Mapping[str, Any]]
    opening: Mapping[str, Any]
    closing: Mapping[str, Any]
    made: datetime
    until: datetime | None
    epoch: int
    revision: int
    places: tuple[tuple[str, str, frozenset[str | None]], ...] = ()
    is_single: bool = False
    is_found: bool = False  # by a search
    gives: tuple[object, ...] = ()

    @property
    def is_momentary(self) -> bool:
        """Whether it was good for the moment alone at which it was made: nobody has said until when it holds."""
        return self.until is not None and self.until <= self.made


class Answerer:
    """Makes answers, and says whether one still is what it was."""

    def __init__(self, evaluator: Evaluator, pages: Pages, *, most: int):
        self._evaluator, self._hasty = evaluator, evaluator.hasty()
        self._decider, self._owner = evaluator.decider, evaluator.owner
        self._pages, self._most = pages, most
        searcher = Searcher(evaluator)
        self._searches: dict[str, tuple[Callable[[Mapping[str, Any]], Search], Finder]] = {
            "/search/subject": (subject_search_of, searcher.subjects),
            "/search/resource": (resource_search_of, searcher.resources),
            "/search/action": (action_search_of, searcher.actions),
        }
        self._kept: dict[Sent, Answer] = {}
        self._bytes = 0  # of them

    def kept(self, sent: Sent) -> Answer | None:
        """The answer to the same question, where nothing has changed that it could depend on. Waits for nobody."""
        found = self._kept.get(sent)
        if found is None or (found.epoch, found.revision) != (self._decider.epoch, self._owner.revision):
            return None
        return found if found.until is None or found.made <= CLOCK.now() < found.until else None

    def answer(self, sent: Sent) -> Answer:
        """The answer by the policy of one moment.

        Raises `Invalid` and `TooLarge` for a body that does not fit, `PurposeRefused` for the caller's purpose.
        """
        said = json_of(sent.body)
        if sent.path in self._searches:
            read, find = self._searches[sent.path]
            search = read(said)
            bound = _bound(sent, search.asked)
            begun = self._pages.begin(search.page, bound)
            return self._decider.settled(lambda: self._search(sent, search, find, begun, bound))
        asked = evaluation_of(said) if sent.path == "/evaluation" else evaluations_of(said, self._most)
        if asked.is_single and isinstance(asked.items[0], Exception):
            raise asked.items[0]
        made = self._decider.settled(lambda: self._evaluate(self._evaluator, sent, asked))
        return self._keep(sent, made)

    @property
    def revision(self) -> int:
        """The revision of the data now; waits for nobody."""
        return self._owner.revision

    def stands(self, answer: Answer) -> bool:
        """Whether an answer may leave now; asks no rules, and may wait for a commit."""
        if not self.is_of_now(answer):
            return False
        if answer.revision == self._owner.revision:
            return True
        if answer.is_found:
            return False  # a search may have looked at anything
        return all(self._evaluator.parts(Type(kind), iri) == parts for kind, iri, parts in answer.places)

    def is_of_now(self, answer: Answer) -> bool:
        """Whether the policy is that of the answer, and its time is not over; waits for nobody."""
        if answer.epoch != self._decider.epoch:
            return False
        return answer.until is None or answer.is_momentary or CLOCK.now() < answer.until

    def at_once(self, sent: Sent) -> Answer | None:
        """The answer to an evaluation from what is known; None where something has to be looked up or refused."""
        if sent.path != "/evaluation" or len(sent.body) > _SHORT:
            return None
        try:
            made = self._evaluate(self._hasty, sent, evaluation_of(json_of(sent.body)))
        except (Cold, AmbitError):
            return None
        return self._keep(sent, made)

    def _keep(self, sent: Sent, made: Answer) -> Answer:
        if len(sent.body) > _SHORT or not (made.until is None or made.made < made.until):
            return made
        takes = _weight(sent, made)
        if takes > _KEPT_BYTES // 100:
            return made
        if len(self._kept) >= _KEPT or self._bytes + takes > _KEPT_BYTES:
            self._kept, self._bytes = {}, 0
        self._kept[sent] = made
        self._bytes += takes
        return made

    def _evaluate(self, evaluator: Evaluator, sent: Sent, asked: Evaluations) -> Answer:
        epoch, revision = self._decider.epoch, self._owner.revision
        asker = asker_of(evaluator.known, sent.identity, sent.purpose, sent.stated)
        done: list[Evaluated] = []
        for item in asked.items:
            one = evaluator.evaluate(asker, item)
            done.append(one)
            if one.permitted is _ENDS.get(asked.semantics):
                break
        said = [one.said for one in done]
        body = orjson.dumps(said[0] if asked.is_single else {"evaluations": said})
        places = tuple(one.place for one in done if one.place is not None)
        until = min((one.until for one in done if one.until is not None), default=None)
        entries = [one.entry for one in done]
        permitted = tuple(one.permitted for one in done)
        gives = permitted if any(permitted) else ()
        made = self._made(asker, body, entries, {}, until, epoch, revision, places, asked.is_single, gives)
        failed = failed_of(failure for one in done for failure in one.failures)
        return replace(made, opening={**made.opening, **failed}) if failed else made

    def _search(self, sent: Sent, search: Search, find: Finder, begun: Begun, bound: str) -> Answer:
        epoch, revision = self._decider.epoch, self._owner.revision
        asker = asker_of(self._evaluator.known, sent.identity, sent.purpose, sent.stated)
        found = find(asker, search.evaluation, begun)
        token = self._pages.next(begun, found.last, found.state, bound) if found.has_more else ""
        changed = begun.after is not None and begun.state != found.state
        page = told(token, found.results, has_changed=changed)
        body = orjson.dumps({"page": page, "results": list(found.results)})
        handed = {"touched": sorted(found.handed), "handed": sorted(found.handed)}
        made = self._made(asker, body, [found.entry], handed, found.until, epoch, revision)
        failed = failed_of(found.failures)
        gives = tuple(map(orjson.dumps, found.results))
        return replace(made, is_found=True, gives=gives, opening={**made.opening, **failed})

    def _made(
        self,
        asker: Asker,
        body: bytes,
        entries: Sequence[Mapping[str, Any]],
        closing: Mapping[str, Any],
        until: datetime | None,
        epoch: int,
        revision: int,
        places: tuple[tuple[str, str, frozenset[str | None]], ...] = (),
        is_single: bool = False,
        gives: tuple[object, ...] = (),
    ) -> Answer:
        opening = {
            "user": asker.chain.user,
            "agents": list(asker.chain.agents),
            "purpose": asker.purpose,
            "declared": asker.declared,
            "policy_revision": self._decider.policy_revision,
        }
        return Answer(
            body,
            entries,
            opening,
            closing,
            asker.now,
            until,
            epoch,
            revision,
            places,
            is_single,
            gives=gives,
        )


def _weight(sent: Sent, made: Answer) -> int:
    """About how many bytes an answer takes with what was sent."""
    told = sum(len(of) for one in made.entries for of in one.values() if isinstance(of, list))
    texts = len(sent.body) + len(made.body) + len(sent.purpose or "") + len(sent.stated.reason or "")
    return _ANSWER + texts + _ENTRY * len(made.entries) + _NAMED * told


_ENDS: Final = {DENY_ON_FIRST_DENY: False, PERMIT_ON_FIRST_PERMIT: True}


def _bound(sent: Sent, asked: bytes) -> str:
    """What a token of a page is bound to: who asks, for which purpose, where, and what."""
    chain, stated = sent.identity.chain, sent.stated
    who = [chain.user, chain.agents, sent.identity.purposes, sent.purpose, sent.path]
    who += [stated.decision, stated.reason]
    return orjson.dumps(who).decode() + asked.decode()
