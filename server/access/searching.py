"""Searches: which subjects, resources or actions an evaluation would permit (AuthZEN 1.0 §8).

What is found is judged exactly as an evaluation is, so that each result evaluates to a permit. Who may ask for
nobody else finds himself alone.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from ...graph.errors import TooLarge
from ...graph.terms import NamedNode
from ...graph.vocabulary import AMBIT
from ...graph.words import Role
from ...reasoning.deciding.purposes import allowed
from ...reasoning.deciding.questions import ACTIONS, Failure, Question
from .asking import Asked, Asker, agents_of, asked_of, question_of_anybody, stated_in
from .evaluating import Evaluator, Parts, described
from .naming import COMPARTMENT, GRAPH, RECORD, USER, Type
from .pages import Begun
from .words import Action, Entity, Evaluation

_ASSERTED: Final = frozenset({Role.DATA, Role.ONTOLOGY})
_ANYBODY: Final = "urn:ambit:anybody"
_GRAPHS: Final = 20_000
"""Graphs that are gone through for the entities that they speak of."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page: results, their ids for the next page's beginning, and what the ledger is told.

    `state` is a hash of what this page depends on; `handed` are the compartments of resources that were told;
    `failures` are what failed, and denied.
    """

    results: Sequence[dict[str, Any]]
    last: str = ""
    has_more: bool = False
    state: str = ""
    handed: frozenset[str] = frozenset()
    until: datetime | None = None
    entry: dict[str, Any] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()


class Searcher:
    """Finds what an `Evaluator` permits."""

    def __init__(self, evaluator: Evaluator):
        self._evaluator = evaluator
        self._decider = evaluator.decider
        self._owner = evaluator.owner

    def subjects(self, asker: Asker, item: Evaluation, begun: Begun) -> Found:
        """The users for whom an evaluation is a permit; of one who asks for himself alone, himself."""
        naming = self._evaluator.naming()
        type = naming.type(item.subject.type)
        if type is None or type.kind != USER:
            return _none(item, "subject")
        users, until, failures = self._users(asker, item)
        ids = sorted(id for user in users if (id := type.id(user)) is not None)
        told = [{"type": item.subject.type, "id": id} for id in ids]
        return _page(item, "subject", told, ids, begun, until, failures)

    def actions(self, asker: Asker, item: Evaluation, begun: Begun) -> Found:
        """The actions of the server, and those that a rule names which gives something, that are permitted.

        An action that only rules name of which the asker may not know is not told.
        """
        names = {action for rule in self._decider.force.rules for action in rule.actions} - {"any"}
        found, until, failures = [], None, list[Failure]()
        for name in (*ACTIONS, *sorted(names - set(ACTIONS))):
            one = self._evaluator.evaluate(asker, replace(item, action=Action(name)))
            given = one.entry.get("rules", ())
            failures += one.failures
            if one.permitted and (name in ACTIONS or self._is_named(name, given)):
                found.append(name)
                until = _first(until, one.until)
        ids = sorted(found)
        return _page(item, "action", [{"name": name} for name in ids], ids, begun, until, failures)

    def resources(self, asker: Asker, item: Evaluation, begun: Begun) -> Found:
        """The resources of one type for which an evaluation is a permit, in the order of their ids."""
        evaluator, naming = self._evaluator, self._evaluator.naming()
        type, asked = naming.type(item.resource.type), asked_of(evaluator.known, naming, asker, item)
        if type is None or asked is None:
            return _none(item, "resource")
        held, until, failures = self._held(asker, asked, item)
        found: list[str] = []
        handed: set[str] = set()
        has_more = False
        judged = cache(lambda parts: evaluator.judge(asker, asked, item, parts))
        for id, parts in self._candidates(type, held, begun.after):
            permitted, got, there = judged(parts)
            until = _first(until, got.until)
            failures += got.failures
            if not permitted:
                continue
            if has_more := len(found) == begun.limit:
                break
            found.append(id)
            handed |= there & got.compartments
        results = [{"type": item.resource.type, "id": id} for id in found]
        changes = max((self._owner.last_changed(one) for one in self._owner.covered(held)), default=0)
        state = _hash([*sorted(held), str(changes)])
        last = found[-1] if found else begun.after or ""
        entry = _entry(item, "resource", results)
        failed = tuple(dict.fromkeys(failures))
        return Found(results, last, has_more, state, frozenset(handed), until, entry, failed)

    def _users(
        self, asker: Asker, item: Evaluation
    ) -> tuple[Iterable[str], datetime | None, Iterable[Failure]]:
        """Who would be permitted, as IRIs, until when, and what failed."""
        evaluator, naming = self._evaluator, self._evaluator.naming()
        kind, resource = naming.type(item.resource.type), item.resource
        iri = kind.iri(resource.id) if kind is not None else None
        if kind is None or iri is None:
            return (), None, ()
        parts = evaluator.parts(kind, iri)
        members = frozenset(one for part in parts if part for one in self._owner.members(part))
        about = evaluator.universe(asker)
        there = about.compartments & members
        if not there:  # about others nothing may be asked here
            me = self._myself(asker, item)
            one = evaluator.evaluate(asker, me) if me is not None else None
            failed = (*about.failures, *(one.failures if one is not None else ()))
            is_found = one is not None and one.permitted
            return (asker.chain.user,) if is_found else (), one.until if one is not None else None, failed
        if None in parts:
            return (), None, about.failures
        question = self._for_anybody(asker, item, there)
        if question is None:
            return (), None, about.failures
        needed = {
            one
            for part in parts
            if part and self._owner.within(part, there)
            for one in self._owner.members(part)
        }
        answers = [self._decider.holders(question, one) for one in sorted(needed)]
        users = frozenset.intersection(*(answer.users for answer in answers)) - {AMBIT.ANONYMOUS}
        users = allowed(users, question.chain.agents, question.purpose, self._decider.facts)
        if evaluator.known.has_sessions:  # what each has read counts, too
            users = frozenset(user for user in users if self._is_permitted(asker, item, user))
        failed = (*about.failures, *(failure for answer in answers for failure in answer.failures))
        return users, _first(about.until, *(answer.until for answer in answers)), failed

    def _is_permitted(self, asker: Asker, item: Evaluation, user: str) -> bool:
        type = self._evaluator.naming().type(item.subject.type)
        id = type.id(user) if type is not None else None
        if id is None:
            return False
        subject = replace(item.subject, id=id)
        return self._evaluator.evaluate(asker, replace(item, subject=subject)).permitted

    def _myself(self, asker: Asker, item: Evaluation) -> Evaluation | None:
        """The question for the caller alone; None where the type has no id for the caller."""
        type = self._evaluator.naming().type(item.subject.type)
        id = type.id(asker.chain.user) if type is not None else None
        return None if id is None else replace(item, subject=Entity(item.subject.type, id))

    def _for_anybody(self, asker: Asker, item: Evaluation, there: frozenset[str]) -> Question | None:
        """The question whose user is open; None where its agents or its purpose are none."""
        agents = agents_of(self._evaluator.naming(), item.subject.properties.get("act"))
        if agents is None:
            return None
        question = question_of_anybody(self._evaluator.known, asker, item, _ANYBODY, agents)
        if question is None:
            return None
        stated = asker.point.facts(stated_in(item), there) if asker.point is not None else frozenset()
        return replace(question, facts=question.facts | stated)

    def _is_named(self, action: str, rules: Iterable[str]) -> bool:
        given = frozenset(rules)
        return any(r.iri in given and action in r.actions for r in self._decider.force.rules)

    def _held(
        self, asker: Asker, asked: Asked, item: Evaluation
    ) -> tuple[frozenset[str], datetime | None, list[Failure]]:
        """The compartments in which resources may be found, until when, and what failed."""
        stated = asker.point.facts(stated_in(item), ()) if asker.point is not None else frozenset()
        question = (
            asked.question if asked.is_own else replace(asked.question, facts=asked.question.facts | stated)
        )
        decision = self._decider.decide(question)
        held = decision.clearance.compartments
        if asked.is_own:
            return held, decision.until, list(decision.failures)
        about = self._evaluator.universe(asker)
        failed = [*decision.failures, *about.failures]
        return held & about.compartments, _first(decision.until, about.until), failed

    def _candidates(self, type: Type, held: frozenset[str], after: str | None) -> Iterator[tuple[str, Parts]]:
        """Ids and parts of what may be found, in the order of their ids, behind one of them."""
        ids = {id: iri for iri in self._iris(type, held) if (id := type.id(iri)) is not None}
        for id in sorted(ids):
            if after is None or id > after:
                yield id, self._evaluator.parts(type, ids[id])

    def _iris(self, type: Type, held: frozenset[str]) -> frozenset[str]:
        if type.kind == COMPARTMENT:
            return held
        entries = self._owner.graphs_of(held, _ASSERTED)
        if type.kind == GRAPH:
            return frozenset(entry.graph for entry in entries)
        if type.kind == RECORD:
            return frozenset(entry.record for entry in entries)
        if len(entries) > _GRAPHS:
            raise TooLarge(
                f"more than {_GRAPHS} graphs speak of entities that may be found", hint="search for records"
            )
        subjects = (t.subject for entry in entries for t in self._owner.triples(entry.graph))
        return frozenset(subject.value for subject in subjects if isinstance(subject, NamedNode))


def _page(
    item: Evaluation,
    what: str,
    results: Sequence[dict[str, Any]],
    ids: Sequence[str],
    begun: Begun,
    until: datetime | None,
    failures: Iterable[Failure] = (),
) -> Found:
    """A page of what is known whole."""
    start = bisect_right(ids, begun.after) if begun.after is not None else 0
    end = start + begun.limit
    last = ids[end - 1] if start < end <= len(ids) else begun.after or ""
    shown = results[start:end]
    entry, failed = _entry(item, what, shown), tuple(dict.fromkeys(failures))
    return Found(shown, last, end < len(ids), _hash(ids), until=until, entry=entry, failures=failed)


def _none(item: Evaluation, what: str) -> Found:
    return Found((), entry=_entry(item, what, ()))


def _entry(item: Evaluation, what: str, results: Sequence[object]) -> dict[str, Any]:
    return described(item) | {"searched": what, "count": len(results)}


def _hash(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _first(*ends: datetime | None) -> datetime | None:
    return min((end for end in ends if end is not None), default=None)
