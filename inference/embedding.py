"""Embedding at ingest: what has no vector yet is routed by rule, batched by deployment, and computed on at
its site.

A run like any other, with the purpose of indexing: the ledger knows of it before a text leaves, and of each
step after.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np

from ..graph.errors import AmbitError
from ..graph.vocabulary import AMBIT
from .cache import VectorCache
from .index import Index
from .sites import CALL
from .steps import Place, embed, place_of
from .words import Doc, Embedder, Route, Routed, Step

Append = Callable[[str, Mapping[str, Any]], object]
"""`Ledger.append`."""

DRAIN = 512
"""Passages that are sorted by length together."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Work:
    """A passage with the place that may compute on it."""

    compartment: str
    doc: Doc
    text: str
    routed: Routed
    version: str  # content hash


class Embedding:
    """A thread that gives passages their vectors. A site that is down is asked again; no place means no
    vector.
    """

    def __init__(
        self,
        index: Index,
        cache: VectorCache,
        embedder: Embedder,
        route: Route,
        append: Append,
        *,
        patience: float = 60.0,
    ):
        self._index, self._cache, self._embedder = index, cache, embedder
        self._route, self._append, self._patience = route, append, patience
        self._pending: dict[tuple[str, Doc], None] = {}
        self._reroute = False
        self._busy = False
        self._turn = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._follow, name="ambit-embedding", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the call under way."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        if self._thread.is_alive():
            self._thread.join(self._patience)

    def want(self, compartment: str, docs: Iterable[Doc]) -> None:
        """These documents need vectors."""
        with self._turn:
            self._pending.update(dict.fromkeys((compartment, doc) for doc in docs))
            self._turn.notify_all()

    def reroute(self) -> None:
        """The policy or the deployments changed: places are asked for anew."""
        with self._turn:
            self._reroute = True
            self._turn.notify_all()

    @property
    def waiting(self) -> int:
        """How many passages wait for a vector."""
        with self._turn:
            return len(self._pending)

    def settled(self, timeout: float) -> bool:
        """Waits until nothing waits for a vector that has a place."""
        with self._turn:
            return self._turn.wait_for(lambda: not (self._pending or self._reroute or self._busy), timeout)

    def _follow(self) -> None:
        pause = 0.0
        while True:
            with self._turn:
                if pause:
                    self._turn.wait_for(lambda: self._stopping, pause)
                self._turn.wait_for(lambda: self._stopping or self._pending or self._reroute)
                if self._stopping:
                    return
                drained = list(self._pending)[:DRAIN]
                for item in drained:
                    del self._pending[item]
                reroute, self._reroute, self._busy = self._reroute, False, True
            left = drained
            try:
                if reroute:
                    self._place_again()
                left = self._carry_out(drained)
            except Exception as error:
                # a rule, the ledger or a file failed: nothing is embedded without them, and all is tried
                # again
                _log.warning("passages wait for their vectors: %s", error)
            with self._turn:
                self._pending.update(dict.fromkeys(left))
                self._busy = False
                self._turn.notify_all()
            pause = min(max(0.25, pause * 2), 5.0) if left else 0.0

    def _place_again(self) -> None:
        for compartment in self._index.compartments():
            routed = self._route(frozenset({compartment}), AMBIT.EMBEDDING)
            version = self._embedder.version_of(routed) if routed else None
            if routed is None:
                self._index.drop_vectors(compartment)
            elif version is not None:
                self.want(compartment, self._index.missing(compartment, version))

    def _carry_out(self, drained: list[tuple[str, Doc]]) -> list[tuple[str, Doc]]:
        """Embeds what has a place; gives what must be tried again."""
        routes: dict[str, Routed | None] = {}
        works: dict[tuple[Place, str], list[_Work]] = {}
        left = []
        for compartment, doc in drained:
            text = self._index.text(compartment, doc)
            if text is None:
                continue
            if compartment not in routes:
                routes[compartment] = self._route(frozenset({compartment}), AMBIT.EMBEDDING)
            routed = routes[compartment]
            if routed is None:
                continue
            version = self._embedder.version_of(routed)
            if version is None:
                left.append((compartment, doc))
            elif (vector := self._cache.get(version, compartment, doc[1])) is not None:
                self._index.put_vector(compartment, doc, version, vector)
            else:
                work = _Work(compartment, doc, text, routed, version)
                works.setdefault((place_of(routed), version), []).append(work)
        return left + self._run(works.values())

    def _run(self, works: Collection[list[_Work]]) -> list[tuple[str, Doc]]:
        if not works:
            return []
        run = f"urn:ambit:run:{uuid4().hex}"
        who = {"run": run, "user": AMBIT.SERVER, "agents": [], "purpose": AMBIT.INDEXING}
        self._append("request", who)
        left: list[tuple[str, Doc]] = []
        handed: set[str] = set()
        for waiting in works:
            waiting.sort(key=lambda work: -len(work.text))
            calls = [waiting[start : start + CALL] for start in range(0, len(waiting), CALL)]
            for number, call in enumerate(calls):
                staying, moved = self._still_here(call)
                if self._stopping or not self._call(run, staying, handed):
                    left += [(work.compartment, work.doc) for late in calls[number:] for work in late]
                    break
                left += [(work.compartment, work.doc) for work in moved]
        status = "unavailable" if left else "ok"
        compartments = sorted(handed)
        ended = {"run": run, "user": AMBIT.SERVER, "status": status}
        self._append("answer", ended | {"handed": compartments, "touched": compartments})
        return left

    def _still_here(self, call: Sequence[_Work]) -> tuple[list[_Work], list[_Work]]:
        """What still has the place it was routed to and is still there; and what has another place by now."""
        routes: dict[str, Routed | None] = {}
        for compartment in {work.compartment: None for work in call}:
            routes[compartment] = self._route(frozenset({compartment}), AMBIT.EMBEDDING)
        staying: list[_Work] = []
        moved: list[_Work] = []
        for work in call:
            routed = routes[work.compartment]
            if routed is None or self._index.text(work.compartment, work.doc) is None:
                continue
            same = place_of(routed) == place_of(work.routed)
            same = same and self._embedder.version_of(routed) == work.version
            (staying if same else moved).append(work)
        return staying, moved

    def _call(self, run: str, call: Sequence[_Work], handed: set[str]) -> bool:
        """Whether these have their vectors; `handed` gets the compartments of what was sent."""
        if not call:
            return True
        routed, version = call[0].routed, call[0].version
        compartments = {work.compartment for work in call}
        steps: list[Step] = []
        try:
            vectors = embed(
                self._embedder,
                routed,
                [work.text for work in call],
                task=AMBIT.EMBEDDING,
                handed=compartments,
                count=len(call),
                note=steps.append,
                timeout=self._patience,
            )
        except AmbitError as error:
            _log.warning("passages wait for their vectors: %s", error.message)
            return False
        finally:
            for step in steps:
                handed |= compartments
                self._append("step", step.fields(run))
        if self._embedder.version_of(routed) != version:
            return False  # described anew meanwhile: whose vectors these are is not known
        self._cache.put(version, [(work.compartment, work.doc[1]) for work in call], vectors)
        for work, vector in zip(call, vectors, strict=True):
            self._index.put_vector(work.compartment, work.doc, version, np.asarray(vector))
        return True
