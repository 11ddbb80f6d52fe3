"""One evaluation: what is asked for, what of it is there for the caller, and whether the subject holds all of that.

    decision = parts ∩ there ≠ ∅  and  parts ∩ there ⊆ held by the subject for the action

`parts` are the compartments of the resource. What is *there* for who asks about himself is what he may read, or
do this with: so a part that he may not know of takes nothing away. For who asks about others it is what he may
ask about: an enforcement point's sources, or what rules open for the action `evaluate`.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import structlog

from ...graph.compartments import clearance_of
from ...graph.errors import Invalid
from ...graph.ledger.others import HASHED
from ...reasoning.deciding.questions import ACTIONS, Decision, Failure, Question, Verdict, name_of
from .asking import EVALUATE, Asked, Asker, asked_of, chain_of, hashed, recorded, stated_in
from .known import Cold, Known
from .naming import COMPARTMENT, GRAPH, RECORD, Naming, Type
from .reading import canonical
from .seats import SEAT, Seat
from .weighing import weight_of
from .words import Evaluation

log = structlog.get_logger()

DENIED: Final = "not permitted, or not there"
NOWHERE: Final = frozenset[str | None]()
_TRIPLES: Final = 100_000
"""Triples about one thing that are gone through; of what has more, nobody is told anything."""
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#-]{0,99}")
"""Names of actions that the ledger takes."""

Parts = frozenset[str | None]

_TOLD: Final = 1_600
_NAME: Final = 8
"""Bytes of what is told of one question, near enough, and of each name in it: names themselves are kept elsewhere."""


@dataclass(frozen=True, slots=True)
class Held:
    """Which of some compartments a question holds, and what rules had to do with these."""

    compartments: frozenset[str]
    rules: tuple[str, ...] = ()
    mattered: tuple[str, ...] = ()
    until: datetime | None = None
    failures: tuple[Failure, ...] = ()
    verdict: Callable[[str], Verdict] | None = None

    def of(self, compartments: frozenset[str]) -> "Held":
        """The same of some of them alone, with the rules that gave or took these."""
        if self.verdict is None:
            return replace(self, compartments=self.compartments & compartments)
        verdicts = [self.verdict(one) for one in compartments]
        return replace(
            self,
            compartments=self.compartments & compartments,
            rules=tuple(sorted({rule for one in verdicts for rule in one.rules})),
            mattered=tuple(sorted({rule for one in verdicts for rule in one.mattered})),
            verdict=None,
        )

    def ending(self, until: datetime | None) -> "Held":
        """The same until another time."""
        return self if until == self.until else replace(self, until=until)

    def failing(self, failures: tuple[Failure, ...]) -> "Held":
        """The same, where something else failed, too."""
        return replace(self, failures=tuple(dict.fromkeys((*self.failures, *failures)))) if failures else self


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The answer to one question, and what the ledger is told; `place` is the resource, with its parts."""

    permitted: bool
    said: Mapping[str, Any]
    entry: Mapping[str, Any]
    until: datetime | None = None
    place: tuple[str, str, Parts] | None = None
    failures: tuple[Failure, ...] = ()


class Evaluator:
    """Asks the rules for callers of the API."""

    def __init__(self, known: Known):
        self.known = known
        self.decider = known.decider
        self.owner = known.owner

    def hasty(self) -> "Evaluator":
        """The same, for who must not wait: it raises `Cold` where something has to be looked up."""
        return Evaluator(self.known.hasty())

    def naming(self) -> Naming:
        """The types of the governance as it is now."""
        return self.known.of_policy("naming", lambda: Naming(self.decider.facts))

    def evaluate(self, asker: Asker, item: Evaluation | Invalid) -> Evaluated:
        """What is no question, and whatever fails, denies; raises nothing but `Cold`."""
        if isinstance(item, Invalid):
            return _unfit(item)
        place: tuple[str, str, Parts] | None = None
        try:
            type = self.naming().type(item.resource.type)
            iri = type.iri(item.resource.id) if type is not None else None
            if type is not None and iri is not None:
                place = type.kind, iri, self.parts(type, iri)
            told = self._evaluate(asker, item, place[2] if place is not None else None)
        except Cold:
            raise
        except Exception:  # a failure of any kind denies, so it is an answer here
            log.exception("an evaluation failed")
            told = _told(asker, item, None, False, failures=(Failure(EVALUATE, "failed"),))
        entry = {**told.entry, **described(item)}
        if told.permitted and item.action.name in self._actions():
            entry["action"] = item.action.name
        return Evaluated(told.permitted, told.said, entry, told.until, place, told.failures)

    def _actions(self) -> frozenset[str]:
        """The actions that a rule in force names, as far as the ledger takes them."""

        def named() -> frozenset[str]:
            actions = {action for rule in self.decider.force.rules for action in rule.actions}
            return frozenset(action for action in actions if _WORD.fullmatch(action))

        return self.known.worked_out("actions", named)

    def _subjects(self, asked: Asked, seat: Seat | None, permitted: bool) -> Sequence[str]:
        """Whom a question is about, as the ledger names them: names that a caller made up are texts of the caller's."""
        chain = asked.question.chain
        if asked.is_own:  # proven by a token
            return [chain.user, *chain.agents]
        if not permitted:
            return hashed(chain)
        if seat is not None and seat.subjects is not None:
            return seat.subjects
        found = self.known.of_policy(("names", chain), lambda: recorded(chain, self.decider.facts))
        if seat is not None and self.decider.epoch == seat.epoch:
            seat.subjects = tuple(found)
        return found

    def _evaluate(self, asker: Asker, item: Evaluation, parts: Parts | None) -> Evaluated:
        """What is told of a resource with these parts; the same of each that has them, where nothing is stated."""
        seat = self._seat(asker, item)
        if seat is not None and parts is not None:
            found = self.known.verdict((seat, parts), asker.now)
            if isinstance(found, Evaluated):
                return found
        asked = seat.at(asker.now) if seat is not None else asked_of(self.known, self.naming(), asker, item)
        if asked is None or parts is None:
            return _told(asker, item, asked, False, subjects=self._unasked(asker, item, parts))
        permitted, held, there = self.judge(asker, asked, item, parts, seat)
        decision = self._name(asked.question, held)
        subjects = self._subjects(asked, seat, permitted) if asked.is_own or there else ()
        told = _told(
            asker, item, asked, permitted, held=held, there=there, decision=decision, subjects=subjects
        )
        if seat is not None:
            takes = _TOLD + _NAME * (len(there) + len(held.rules) + len(held.mattered))
            self.known.note_verdict(seat.epoch, (seat, parts), told, asker.now, told.until, bytes=takes)
        return told

    def _unasked(self, asker: Asker, item: Evaluation, parts: Parts | None) -> Sequence[str]:
        """Whom a question is about for a purpose that this chain may not name: the entry is that of a denial."""
        chain = chain_of(self.naming(), asker, item.subject)
        if chain is None or chain == asker.chain or parts is None:
            return ()
        return hashed(chain) if self.universe(asker).compartments & self._members(parts) else ()

    def _members(self, parts: Parts) -> frozenset[str]:
        """The compartments that parts are made of."""
        return frozenset(one for part in parts if part is not None for one in self.owner.members(part))

    def _seat(self, asker: Asker, item: Evaluation) -> Seat | None:
        """Of a question with which nothing is stated, and for which no session counts; else None."""
        subject, action = item.subject, item.action
        if subject.properties or action.properties or item.resource.properties or item.context:
            return None
        if self.known.has_sessions:
            return None
        # by the standing itself: what a policy of before made of the caller finds nothing of this one
        key = "seat", asker.standing, asker.stated, asker.point is None, subject.type, subject.id, action.name
        epoch = self.decider.epoch

        def make() -> Seat:
            asked = asked_of(self.known, self.naming(), asker, item)
            return Seat(asked, epoch, SEAT + weight_of(subject.type, subject.id, action.name))

        return self.known.worked_out(key, make)

    def _name(self, question: Question, held: Held) -> str:
        """The IRI of what was decided."""
        force = self.decider.force
        return name_of(question, question.site, clearance_of(held.compartments), held.rules, force.hashes)

    def judge(
        self, asker: Asker, asked: Asked, item: Evaluation, parts: Parts, seat: Seat | None = None
    ) -> tuple[bool, Held, frozenset[str]]:
        """Whether a question holds what is there of some parts, what it holds of that and why, and what is there."""
        owner = self.owner
        known = frozenset(part for part in parts if part is not None)
        members = self._members(parts)
        question = asked.question
        passing = asker.now if self.known.has_sessions else None  # what was read counts from the next moment
        if asked.is_own:
            own = read = self._held(question, members, seat)
            if question.action != "read":
                read = self._held(replace(question, action="read"), members, seat)
            held, there = own, own.compartments | read.compartments
            until = _first(own.until, read.until, passing)
            held = held.failing(read.failures)
        else:
            about = self._about(asker, seat)
            there = about.compartments & members
            if seat is None and asker.point is not None:
                stated = asker.point.facts(stated_in(item), there)
                question = replace(question, facts=question.facts | stated) if stated else question
            held = self._held(question, there, seat)
            until = _first(held.until, about.until, passing)
            held = held.failing(about.failures)
        seen = frozenset(part for part in known if owner.within(part, there))
        permitted = bool(seen) and all(owner.within(part, held.compartments) for part in seen)
        if not asked.is_own and None in parts:  # what nobody may read nobody may do anything with
            permitted = False
        # of a part that is not there no rule is named, nor of what it is made of
        return permitted, held.of(self._members(seen)).ending(until), there

    def _about(self, asker: Asker, seat: Seat | None) -> Held:
        if seat is None or asker.point is None:
            return self.universe(asker)
        if (covered := seat.covered) is None:
            covered = self.universe(asker).compartments
            seat.covered = covered if self.decider.epoch == seat.epoch else None
        return Held(covered, until=asker.point.until)

    def universe(self, asker: Asker) -> Held:
        """The compartments about which a caller may ask for others, until when, and what failed."""
        decider, point = self.decider, asker.point
        if point is not None:
            covered = self.known.of_policy(("covers", asker.standing), lambda: point.covers(decider.facts))
            return Held(covered, until=point.until)
        question = Question(asker.chain, asker.purpose, EVALUATE, decider.server_site, asker.now)
        decision = self.known.decided(question)
        return Held(decision.clearance.compartments, until=decision.until, failures=decision.failures)

    def parts(self, type: Type, iri: str) -> Parts:
        """The compartments (or joints) of what an IRI names; None among them for what has no label."""
        return self.known.of_revision((type.kind, iri), lambda: self._parts(type, iri))

    def _parts(self, type: Type, iri: str) -> Parts:
        owner = self.owner
        if type.kind == COMPARTMENT:
            return frozenset({iri}) if owner.label(iri) is not None else NOWHERE
        if type.kind == GRAPH:
            entry = owner.entry(iri)
            return frozenset({entry.compartment}) if entry is not None else NOWHERE
        if type.kind == RECORD:
            return frozenset(entry.compartment for entry in owner.record(iri))
        return owner.places(iri, _TRIPLES)

    def _held(self, question: Question, compartments: frozenset[str], seat: Seat | None = None) -> Held:
        if not compartments:
            return Held(compartments)
        if question.facts and self.decider.force.reads_request:  # nobody else asks with the same facts
            self.known.need_to_wait()
            return _of(self.decider.checks([(question, one) for one in sorted(compartments)]))
        decision = self._decided(question, seat)
        got = compartments & decision.clearance.compartments
        return Held(got, until=decision.until, failures=decision.failures, verdict=decision.verdict)

    def _decided(self, question: Question, seat: Seat | None) -> Decision:
        if seat is None:
            return self.known.decided(question)
        decider = self.decider
        return seat.decided(
            question.action, question.now, lambda: self.known.decided(question), lambda: decider.epoch
        )


def _of(verdicts: Sequence[Verdict]) -> Held:
    """What verdicts on several compartments come to together."""
    return Held(
        frozenset(one.compartment for one in verdicts if one.is_permitted),
        until=_first(*(one.until for one in verdicts)),
        failures=tuple(dict.fromkeys(failure for one in verdicts for failure in one.failures)),
        verdict={one.compartment: one for one in verdicts}.__getitem__,
    )


def _told(
    asker: Asker,
    item: Evaluation,
    asked: Asked | None,
    permitted: bool,
    *,
    held: Held | None = None,
    there: Iterable[str] = (),
    decision: str = "",
    subjects: Sequence[str] = (),
    failures: tuple[Failure, ...] = (),
) -> Evaluated:
    held = held or Held(frozenset(), failures=failures)
    there = sorted(there)
    said: dict[str, Any] = {"decision": permitted}
    if asker.may_know:
        failed = [{"rule": failure.rule, "reason": failure.reason} for failure in held.failures]
        said["context"] = {"reason_admin": {"rules": list(held.mattered), "failures": failed}}
    elif asked is not None and asked.is_own and permitted:
        said["context"] = {"reason_user": {"rules": list(held.rules)}}
    elif not permitted:
        said["context"] = {"reason_user": {"403": DENIED}}
    entry: dict[str, Any] = {
        "permitted": permitted,
        "compartments": there,
        "mattered": list(held.mattered),
        "failed": sorted({failure.rule for failure in held.failures}),
    }
    if permitted:
        entry |= {"rules": list(held.rules)}
    if subjects:
        entry["subjects"] = list(subjects)
    if asked is not None and subjects and (asked.is_own or permitted):
        if not asked.is_own:  # what the caller's own ledger and provenance say in the place of names
            entry[HASHED] = hashed(asked.question.chain)
        entry |= {"for_purpose": asked.question.purpose} if asked.question.purpose else {}
        entry |= {"decision": decision} if decision else {}
    until = asker.now if held.failures else held.until  # what failed is asked again
    return Evaluated(permitted, said, entry, until, failures=held.failures)


def described(item: Evaluation) -> dict[str, Any]:
    """What the ledger says of any question: its hash, and the action where it is one of the server's own.

    Other names are the caller's text: the note of the run has them.
    """
    subject, action, resource = item.subject, item.action, item.resource
    said = canonical(
        {
            "subject": (subject.type, subject.id, subject.properties),
            "action": (action.name, action.properties),
            "resource": (resource.type, resource.id, resource.properties),
            "context": item.context,
        }
    )
    entry: dict[str, Any] = {"asked": hashlib.sha256(said).hexdigest()}
    return entry | ({"action": action.name} if action.name in ACTIONS else {})


def _unfit(error: Invalid) -> Evaluated:
    """The answer to what is no question: a denial that says what is wrong with it (§7.2.1)."""
    said = {"decision": False, "context": {"error": {"status": 400, "message": error.message}}}
    return Evaluated(False, said, {"permitted": False, "status": error.code})


def _first(*ends: datetime | None) -> datetime | None:
    return min((end for end in ends if end is not None), default=None)
