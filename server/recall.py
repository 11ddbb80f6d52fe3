"""What users have read of what governance keeps apart: the session of a request, as far as rules may ask for it.

A session is all that one user asks, through whichever agents and with whichever tokens: another token is no way
around what has been read. It is forgotten when nothing of what is kept apart has been read for some hours. What
has been read is a system record in the store, committed before the answer leaves, so a restart forgets nothing.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ..graph.clock import CLOCK
from ..graph.compartments import short_hash
from ..graph.store.owner import Owner
from ..graph.terms import NamedNode, Triple
from ..graph.vocabulary import AMBIT, node
from ..graph.words import Change, Label, Record, RecordGraph, Role
from ..reasoning.deciding.claims import Claims
from ..reasoning.deciding.decide import Decider
from ..reasoning.deciding.questions import Question
from ..reasoning.deciding.standing import time_of
from ..reasoning.rulebase.asking import moment

SESSION: Final = "urn:ambit:session:"
"""What the record of a session begins with; a hash of the user's IRI follows."""

_SWEPT: Final = 100  # sessions that are over, withdrawn with one commit
_SYSTEM: Final = frozenset({Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Read:
    """What a user has read, until when that counts."""

    terms: frozenset[str]
    until: datetime


class Recall:
    """The sessions of a server; thread-safe. What is read counts for `hours`, and for twice that at most."""

    def __init__(self, owner: Owner, decider: Decider, jurisdictions: frozenset[str], hours: float):
        self._owner = owner
        self._decider = decider
        self._label = Label(
            AMBIT.PROVENANCE, AMBIT.INTERNAL, jurisdictions, frozenset({AMBIT.ADMINISTRATORS})
        )
        self._last = timedelta(hours=hours)
        self._lock = threading.Lock()
        self._walls: tuple[int, Mapping[str, frozenset[str]]] = (-2, {})
        self._sessions = self._load()
        owner.describe([self._label])  # a compartment that comes with the first session would be a new policy

    def read(self, user: str | None) -> frozenset[str]:
        """What of that which is kept apart now a user has read in this session."""
        walls = self._apart()
        if not walls:
            return frozenset()
        found = self._sessions.get(_session(user))
        return found.terms & walls.keys() if found is not None and CLOCK.now() < found.until else frozenset()

    def take(
        self, question: Question, stated: Claims, compartments: Iterable[str], *, is_written: bool
    ) -> bool:
        """Notes what a request has read. False where its answer must not be given, and is to be made anew.

        That is where it read of two things that are kept apart, or of one and another request of the session of the
        other meanwhile. Then one of them, the first by name, is noted, so that the next attempt finds the other closed. Whom rules would let read whatever had been read before, as administrators, of them nothing is noted.
        What `is_written` is noted whole: it cannot be made anew. Raises what `commit` raises.
        """
        walls = self._apart()
        if not walls:
            return True
        read = {part for one in set(compartments) for part in self._owner.members(one)}
        labels = [self._owner.label(part) for part in read]
        sides = {part for label in labels if label is not None for part in _parts(label)} & walls.keys()
        if not sides or self._is_spared(question, stated, read, walls):
            return True
        user = question.chain.user
        with self._lock:
            before = self.read(user)
            if is_written:
                self._note(user, before | sides)
                return True
            kept = set(before)
            for side in sorted(sides):
                if not walls[side] & kept:
                    kept.add(side)
            self._note(user, frozenset(kept))
            return sides <= kept

    def _is_spared(
        self, question: Question, stated: Claims, read: set[str], walls: Mapping[str, frozenset[str]]
    ) -> bool:
        """Whether a request may read what it has, whatever had been read before."""
        asked = replace(question, facts=stated.triples(walls))
        return read <= self._decider.decide(asked).clearance.compartments

    def _apart(self) -> Mapping[str, frozenset[str]]:
        """What is kept apart, and from what, as governance says now."""
        decider = self._decider
        with decider.lock:
            epoch, speaks = decider.epoch, decider.facts.speaks_of(AMBIT.IS_KEPT_APART_FROM)
        if not speaks:
            return {}
        kept, walls = self._walls
        if kept != epoch:
            found: dict[str, set[str]] = {}
            for quad in self._owner.match(
                None, node(AMBIT.IS_KEPT_APART_FROM), None, frozenset({Role.GOVERNANCE})
            ):
                one, other = quad.subject, quad.object
                if isinstance(one, NamedNode) and isinstance(other, NamedNode):
                    found.setdefault(one.value, set()).add(other.value)
                    found.setdefault(other.value, set()).add(one.value)
            walls = {term: frozenset(others) for term, others in found.items()}
            self._walls = (epoch, walls)
        return walls

    def _note(self, user: str | None, terms: frozenset[str]) -> None:
        """Has a session hold what was read, for as long as that counts; one commit where it does not yet."""
        name, now = _session(user), CLOCK.now()
        held = self._sessions.get(name)
        if held is not None and terms <= held.terms and now + self._last <= held.until:
            return
        earlier = held.terms if held is not None and now < held.until else frozenset()
        session = Read(earlier | terms, now + 2 * self._last)
        over = [one for one, read in self._sessions.items() if read.until <= now and one != name][:_SWEPT]
        gone = tuple(Record(one, AMBIT.PROVENANCE) for one in over)
        self._owner.commit(Change((self._record(name, user, session), *gone), activity="recall"))
        self._sessions[name] = session
        for one in over:
            del self._sessions[one]

    def _record(self, name: str, user: str | None, session: Read) -> Record:
        me = NamedNode(name)
        triples = {Triple(me, node(AMBIT.HAS_READ), NamedNode(term)) for term in session.terms}
        triples.add(Triple(me, node(AMBIT.EXPIRES), moment(session.until)))
        triples.add(Triple(me, node(AMBIT.USER), NamedNode(user or AMBIT.ANONYMOUS)))
        graph = RecordGraph(name, frozenset(triples), role=Role.SYSTEM, label=self._label)
        return Record(name, AMBIT.PROVENANCE, (graph,))

    def _load(self) -> dict[str, Read]:
        """The sessions as they were noted before the server last started."""
        terms: dict[str, set[str]] = {}
        for quad in self._owner.match(None, node(AMBIT.HAS_READ), None, _SYSTEM):
            if isinstance(quad.graph_name, NamedNode) and isinstance(quad.object, NamedNode):
                terms.setdefault(quad.graph_name.value, set()).add(quad.object.value)
        found: dict[str, Read] = {}
        for name, read in terms.items():
            ends = self._owner.match(NamedNode(name), node(AMBIT.EXPIRES), None, _SYSTEM)
            found[name] = Read(frozenset(read), max(time_of(quad.object) for quad in ends))
        return found


def _session(user: str | None) -> str:
    return SESSION + short_hash((user or AMBIT.ANONYMOUS).encode())


def _parts(label: Label) -> frozenset[str]:
    """What of a label can be kept apart."""
    return frozenset({label.source, label.sensitivity}) | label.audience
