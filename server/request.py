"""One request under one decision: what it may read, and what it did read."""

import hashlib
import hmac
from collections.abc import Collection, Generator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

import orjson

from ..graph.compartments import clearance_of
from ..graph.sparql.gate import Admitted, Dataset, Limits, admit
from ..graph.terms import Object, Triple
from ..graph.views.worker import Answer, Piece
from ..graph.vocabulary import AMBIT
from ..graph.words import Chain, Clearance
from ..reasoning.ontologies.ontologies import SHAPES
from . import settings
from .layers import Layers
from .moments import as_logged
from .queries import text_of
from .rights import Right
from .schema.eyes import Row

ATTEMPTS = 3
"""How often is read what commits change meanwhile: a graph that moves, a page and its count."""


class Request:
    """The request while it is carried out."""

    def __init__(
        self,
        layers: Layers,
        settings: settings.Settings,
        right: Right,
        run: str,
        *,
        opened: int = 0,
        seconds: float | None = None,
    ):
        self.layers = layers
        self.right = right
        self.question = right.question
        self.decided = right.decision
        self.run = run
        self.opened = opened  # the number of its opening entry in the ledger
        self.cancel = right.cancel
        self.identity = right.identity
        self._settings = settings
        limit = settings.limits.query_seconds
        self._seconds = limit if seconds is None else min(seconds, limit)  # for each query
        self.touched: set[str] = set()
        self.handed: set[str] = set()
        # what the answer gives as it stands, looked up behind the answer: triples, and predicates by subject
        self.returned: set[Triple] = set()
        self.said: dict[str, Collection[str]] = {}
        self.called: list[str] = []
        self.states: set[int] = set()  # of its view, that queries have seen since somebody cleared it
        self.wrote = False  # something is committed for it
        self.written: dict[str, str] = {}  # what it did, by graph: write, create, delete
        self.result = ""  # hash of the answer's bytes
        # the last commit that changed its view before it read anything
        self.since = layers.views.revision_of(self.clearance)

    @property
    def clearance(self) -> Clearance:
        """The compartments that this request may read."""
        return self.decided.clearance

    @property
    def chain(self) -> Chain:
        """The user and the agents acting for that user."""
        return self.question.chain

    @property
    def purpose(self) -> str | None:
        """Why the request is made."""
        return self.question.purpose

    @property
    def decision(self) -> str:
        """The decision's IRI."""
        return self.decided.iri

    @property
    def workspace(self) -> Path:
        """The folder that the user owns: places in it are told from there."""
        return self._settings.workspace

    @property
    def limits(self) -> settings.Limits:
        """How much one request may ask for."""
        return self._settings.limits

    @property
    def seconds(self) -> float:
        """How long each of its queries, and an update as a whole, may take."""
        return self._seconds

    def revision(self) -> str:
        """An opaque token of the last commit that changed this view: a global counter would show hidden commits.

        It is taken before anything is read, or after a commit of the request's own: nothing that was read is older.
        """
        said = f"{self.clearance.key}:{self.since}".encode()
        return hmac.new(self.layers.secret, said, hashlib.sha256).hexdigest()[:24]

    def renew(self) -> None:
        """Has `revision` be that of now: after a commit of its own."""
        self.since = self.layers.views.revision_of(self.clearance)

    def headers(self) -> dict[str, str]:
        """What every governed answer carries."""
        return {
            "Ambit-Run": self.run,
            "Ambit-Revision": self.revision(),
            "Cache-Control": "private, no-store",
            **({"Ambit-Frameworks": " ".join(found)} if (found := self.decided.frameworks) else {}),
        }

    def admit(self, text: str) -> Admitted:
        """`text` past the gate; raises `QueryRefused` or `TooLarge`."""
        return admit(text, limits=Limits(bytes=self._settings.limits.query_bytes))

    def answer(self, body: bytes) -> bytes:
        """Notes the hash of the answer's bytes for the ledger, and passes them on."""
        self.result = hashlib.sha256(body).hexdigest()
        return body

    def rows(
        self, text: str, bindings: Mapping[str, Object] | None = None, *, computes: bool = False
    ) -> list[Row]:
        """The solutions of a SELECT of the server's own, terms bound to variables that it projects."""
        answer = self.query(self.admit(text), bindings=bindings, computes=computes)
        rows: list[Row] = orjson.loads(answer.body)["results"]["bindings"]
        return rows

    def shape_rows(self, text: str) -> list[Row]:
        """The solutions of a SELECT over the cleared shapes.

        They are asked of a view of their own, which all callers with the same shapes share: asked by name they
        would bring every named graph into the caller's view. Asked again where shapes came, went or moved meanwhile.
        """
        rows: list[Row] = []
        for _ in range(ATTEMPTS):
            places = self._shapes()
            if not places:
                return []
            answer = self.layers.views.query(
                clearance_of(places.values()),
                self.admit(text),
                dataset=Dataset(tuple(sorted(places)), ()),
                deadline=self._seconds,
                cancel=self.cancel,
            )
            rows = orjson.loads(answer.body)["results"]["bindings"]
            if self._shapes() == places:
                break
        return rows

    def _shapes(self) -> dict[str, str]:
        """The graphs of the cleared shapes, each with its compartment."""
        owner = self.layers.owner
        return {
            entry.graph: entry.compartment
            for iri in owner.records_of(AMBIT.ONTOLOGY)
            if iri.startswith(SHAPES)
            for entry in owner.record(iri)
            if entry.compartment and entry.compartment in self.clearance.compartments
        }

    def graph(self, name: str) -> bytes | None:
        """What one graph asserts, as N-Triples; None where it is not there, or is not cleared.

        Asked of a view of the graph's compartment alone, for the reason that `shape_rows` gives. Where it is not
        found there, it has moved to another meanwhile, or is gone.
        """
        owner = self.layers.owner
        for _ in range(ATTEMPTS):
            entry = owner.entry(name)
            if (
                entry is None
                or entry.compartment is None
                or not owner.within(entry.compartment, self.clearance.compartments)
            ):
                return None
            members = owner.members(entry.compartment)
            self.touched |= members
            body = self.layers.views.query(
                clearance_of(members),
                self.admit(text_of("graph")),
                format="nt",
                dataset=Dataset((name,), ()),
                deadline=self._seconds,
                cancel=self.cancel,
            ).body
            if body:
                return body
        return None

    def query(
        self,
        query: Admitted,
        *,
        format: str = "json",
        dataset: Dataset | None = None,
        bindings: Mapping[str, Object] | None = None,
        computes: bool = False,
    ) -> Answer:
        """`query` on the caller's view, within the limits.

        Values that a query `computes` count as all that its plan touched; those that stand in the graph are
        noted in `returned` or `said` by whoever puts them into the answer.
        """
        self._note(self.layers.usage.touched(self.clearance, query), computes=computes)
        answer = self.layers.views.query(
            self.clearance,
            query,
            format=format,
            dataset=dataset,
            bindings=bindings,
            deadline=self._seconds,
            cancel=self.cancel,
        )
        self.states.add(answer.revision)
        if answer.revision > self.since:
            self._note(self._come(query, answer.revision), computes=computes)
        return answer

    def stream(
        self,
        query: Admitted,
        *,
        format: str,
        dataset: Dataset | None = None,
        moment: datetime | None = None,
    ) -> Generator[Piece, None, None]:
        """Like `query`, piece by piece; all its values count as computed. As of a moment, if one is given."""
        if moment is not None:
            # what stood where then nobody looks up: all that is cleared counts
            self.touched |= self.clearance.compartments
            self.handed |= self.clearance.compartments
            return self.layers.past.stream(
                self.clearance,
                query,
                as_logged(moment),
                format=format,
                dataset=dataset,
                deadline=self._seconds,
                cancel=self.cancel,
                subject=self.identity.chain.user,
            )
        self._note(self.layers.usage.touched(self.clearance, query), computes=True)
        pieces = self.layers.views.stream(
            self.clearance,
            query,
            format=format,
            dataset=dataset,
            deadline=self._seconds,
            cancel=self.cancel,
        )
        return self._noted(query, pieces)

    def _noted(self, query: Admitted, pieces: Generator[Piece, None, None]) -> Generator[Piece, None, None]:
        """The pieces; what they touched is noted with the first, for all are of what its child then held."""
        with closing(pieces):
            first = next(pieces)
            if first.revision > self.since:
                self._note(self._come(query, first.revision), computes=True)
            yield first
            yield from pieces

    def _come(self, query: Admitted, revision: int) -> frozenset[str]:
        """What a query touched besides: its view was of this revision, newer than the look before it.

        Where the view has changed once more, what was there then may be gone, and what changed counts as touched.
        """
        layers = self.layers
        with layers.owner.frozen():  # all that the view had is counted
            touched = layers.usage.touched(self.clearance, query)
            if layers.views.revision_of(self.clearance) > revision:
                touched |= layers.owner.changed_since(self.clearance.compartments, self.since)
        return touched

    def _note(self, touched: frozenset[str], *, computes: bool) -> None:
        self.touched |= touched
        if computes:
            self.handed |= touched
