"""What an answer handed over, looked up behind it: where the triples stand that it gave.

An answer's closing entry in the ledger says at once what was touched, what a model was given, and what was computed;
values that were given as they stand get an entry of their own as soon as they are looked up.
"""

import queue
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import structlog

from ..graph.snapshot import Snapshot
from ..graph.terms import NamedNode, Triple
from ..graph.words import Clearance
from .schema.eyes import Term
from .terms import term_of

log = structlog.get_logger()

WAITING = 200
"""Answers that may wait to be looked up; then the one who asks next waits for one."""

Append = Callable[[str, Mapping[str, object]], object]


@dataclass(frozen=True, slots=True)
class Given:
    """What one answer gave as it stands: triples, and the predicates by subject whose values it gave."""

    triples: Collection[Triple]
    said: Mapping[str, Collection[str]]


Answered = tuple[str, str, Clearance, Given, frozenset[str], int]


class Handing:
    """Looks up one answer after the other, in a thread of its own."""

    def __init__(self, snapshot: Snapshot, append: Append):
        self._snapshot = snapshot
        self._append = append
        self._waiting: queue.Queue[Answered | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._follow, name="ambit-handing", daemon=True)

    def start(self) -> None:
        """Begins to look up."""
        self._thread.start()

    def stop(self) -> None:
        """Looks up what waits, and ends."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def note(
        self, run: str, user: str, clearance: Clearance, given: Given, touched: Iterable[str], since: int
    ) -> None:
        """Takes what the answer of `run`, which is that user's, gave as it stands in the graph.

        Of what was `touched`, that counts as handed over, too, which a commit after `since` has changed: what
        was given may stand there no more. Where nothing can be looked up, all of it does.
        """
        if given.triples or given.said:
            self._waiting.put((run, user, clearance, given, frozenset(touched), since))

    def _follow(self) -> None:
        while (answered := self._waiting.get()) is not None:
            try:
                self._look_up(*answered)
            except Exception:  # this thread goes on, whatever one answer holds: others wait for their turn
                log.exception("what an answer handed over is not noted", run=answered[0])

    def _look_up(
        self,
        run: str,
        user: str,
        clearance: Clearance,
        given: Given,
        touched: frozenset[str],
        since: int,
    ) -> None:
        try:
            found = self._snapshot.holding(list(given.triples), given.said, clearance.compartments)
            # looked at behind that, so that no commit comes between
            found |= self._snapshot.changed_since(touched, since)
        except Exception:
            log.exception("what an answer handed over cannot be looked up", run=run)
            found = touched
        if found:
            self._append("handed", {"run": run, "user": user, "handed": sorted(found)})


def triples_of(said: Iterable[tuple[str, str, Term]]) -> Iterator[Triple]:
    """Entity, predicate and value as triples; those with blank nodes are no values of an answer."""
    for subject, predicate, value in said:
        if value["type"] != "bnode":
            yield Triple(NamedNode(subject), NamedNode(predicate), term_of(value))
