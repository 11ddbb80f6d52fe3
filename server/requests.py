"""A governed request, from identity to the closing line in the ledger.

Order: identity, purpose, decision, the ledger's opening entry, the work on the view, a check that the
right still holds, the ledger's closing entry, the answer. If an entry can't be written, nothing is answered.
A right that goes while the work runs ends that work at once.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import anyio
import orjson
from prometheus_client import Counter, Histogram

from ..graph.compartments import clearance_of
from ..graph.errors import AmbitError, PurposeRefused, Unavailable
from ..graph.gate import Admitted, Dataset, Limits, admit
from ..graph.terms import Object, Triple
from ..graph.vocabulary import AMBIT
from ..graph.words import Chain, Clearance
from ..graph.worker import Answer, Cancellation
from ..reasoning.ontologies import SHAPES
from .identity import Identity, Verifier
from .layers import Layers
from .queries import text_of
from .rights import Right, Rights
from .schema.eyes import Row
from .session import Sessions
from .settings import Settings
from .slots import Slots

T = TypeVar("T")

ATTEMPTS = 3  # an answer made under a right that has changed meanwhile is made anew this often
ANSWERED = Counter("ambit_requests_total", "requests carried out, by outcome", ["outcome"])
SECONDS = Histogram("ambit_request_seconds", "time of a request, identity to closing entry")


class Request:
    """One request under one decision: what it may read, and what it did read."""

    def __init__(self, layers: Layers, settings: Settings, right: Right, run: str):
        self.layers = layers
        self.right = right
        self.question = right.question
        self.decided = right.decision
        self.run = run
        self.cancel = right.cancel
        self.identity = right.identity
        self._settings = settings
        self.touched: set[str] = set()
        self.handed: set[str] = set()
        self.returned: set[Triple] = set()  # what the answer gives as it stands: looked up behind the answer
        self.called: list[str] = []
        self.result = ""  # hash of the answer's bytes

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

    def revision(self) -> str:
        """An opaque token of the last commit that changed this view: a global counter would show hidden commits."""
        last = self.layers.views.revision_of(self.clearance)
        said = f"{self.clearance.key}:{last}".encode()
        return hmac.new(self.layers.secret, said, hashlib.sha256).hexdigest()[:24]

    def headers(self) -> dict[str, str]:
        """What every governed answer carries."""
        return {
            "Ambit-Run": self.run,
            "Ambit-Revision": self.revision(),
            "Cache-Control": "private, no-store",
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
        would bring every named graph into the caller's view.
        """
        owner = self.layers.owner
        held = [
            entry
            for iri in owner.records_of(AMBIT.ONTOLOGY)
            if iri.startswith(SHAPES)
            for entry in owner.record(iri)
            if entry.compartment in self.clearance.compartments
        ]
        if not held:
            return []
        answer = self.layers.views.query(
            clearance_of({entry.compartment for entry in held if entry.compartment}),
            self.admit(text),
            dataset=Dataset(tuple(sorted(entry.graph for entry in held)), ()),
            deadline=self._settings.limits.query_seconds,
            cancel=self.cancel,
        )
        rows: list[Row] = orjson.loads(answer.body)["results"]["bindings"]
        return rows

    def graph(self, name: str) -> bytes | None:
        """What one graph asserts, as N-Triples; None where it is not there, or is not cleared.

        Asked of a view of the graph's compartment alone, for the reason that `shape_rows` gives.
        """
        entry = self.layers.owner.entry(name)
        if entry is None or entry.compartment not in self.clearance.compartments:
            return None
        self.touched.add(entry.compartment)
        return self.layers.views.query(
            clearance_of({entry.compartment}),
            self.admit(text_of("graph")),
            format="nt",
            dataset=Dataset((name,), ()),
            deadline=self._settings.limits.query_seconds,
            cancel=self.cancel,
        ).body

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
        noted in `returned` by whoever puts them into the answer.
        """
        touched = self.layers.usage.touched(self.clearance, query)
        self.touched |= touched
        if computes:
            self.handed |= touched
        return self.layers.views.query(
            self.clearance,
            query,
            format=format,
            dataset=dataset,
            bindings=bindings,
            deadline=self._settings.limits.query_seconds,
            cancel=self.cancel,
        )


class Requests:
    """Opens, carries out and closes requests."""

    def __init__(self, layers: Layers, settings: Settings):
        self.settings = settings
        self.verifier = Verifier(settings)
        self.sessions = Sessions(self.verifier)
        self.limiter = anyio.CapacityLimiter(settings.limits.requests)
        self.slots = Slots(settings.limits.requests)
        self._layers = layers
        self._rights = Rights(layers.decider)

    def carry_out(
        self,
        identity: Identity,
        purpose: str | None,
        work: Callable[[Request], T],
        *,
        text: str,
        cancel: Cancellation,
        action: str = "read",
    ) -> T:
        """What `work` returns under a right that held from its start to its end.

        Raises `PurposeRefused`, what `work` raises, `Unauthenticated` where the token expired meanwhile, or
        `Unavailable` where the ledger takes no entry.
        """
        with SECONDS.time():
            for _ in range(ATTEMPTS):
                lost = Cancellation()  # of this attempt: the client left, or the right is gone
                with cancel.killing(lost.cancel):
                    request = self._open(identity, purpose, text, lost, action)
                    try:
                        with self._rights.watched(request.right):
                            result = work(request)
                    except AmbitError as error:
                        if cancel.is_cancelled or not lost.is_cancelled:
                            self._close(request, error.code)
                            raise
                    except BaseException:
                        self._close(request, "internal")
                        raise
                    else:
                        if self._rights.hold(request.right):
                            self._close(request, "ok")
                            return result
                    self._close(request, "right-changed")
                    identity.check_expiry()
            raise Unavailable("rights kept changing while the answer was made", hint="try again")

    def _open(
        self, identity: Identity, header: str | None, text: str, cancel: Cancellation, action: str
    ) -> Request:
        layers = self._layers
        run = f"urn:ambit:run:{uuid.uuid4().hex}"
        try:
            question, declared = self._rights.question(identity, header, action)
        except PurposeRefused:
            self._refuse(identity, header, text, run)
            raise
        decision = layers.decider.decide(question)
        layers.ledger.append(
            "request",
            {
                "run": run,
                "user": identity.chain.user,
                "agents": list(identity.chain.agents),
                "purpose": question.purpose,
                "declared": declared,
                "decision": decision.iri,
                "rules": list(decision.rules),
                "policy_revision": decision.policy_revision,
                "clearance": decision.clearance.key,
                "request": _hash(text),
            },
            notes=None if identity.anonymous else {"query": text},
        )
        return Request(layers, self.settings, Right(identity, header, question, decision, cancel), run)

    def _refuse(self, identity: Identity, header: str | None, text: str, run: str) -> None:
        """Notes a request whose purpose is refused. The purpose is the caller's text, so its hash stands there."""
        purpose = header if header is not None else " ".join(identity.purposes or ())
        ANSWERED.labels(PurposeRefused.code).inc()
        self._layers.ledger.append(
            "request",
            {
                "run": run,
                "user": identity.chain.user,
                "agents": list(identity.chain.agents),
                "status": PurposeRefused.code,
                "refused": _hash(purpose),
                "request": _hash(text),
            },
            notes=None if identity.anonymous else {"query": text},
        )

    def _close(self, request: Request, outcome: str) -> None:
        ANSWERED.labels(outcome).inc()
        self._layers.ledger.append(
            "answer",
            {
                "run": request.run,
                "status": outcome,
                "touched": sorted(request.touched),
                "handed": sorted(request.handed),
                "result": request.result,
                "deployments": request.called,
            },
        )
        if outcome == "ok":
            self._layers.handing.note(request.run, request.clearance, request.returned, request.touched)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
