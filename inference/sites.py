"""The sites of a workspace: one process for each place of computing where something is deployed."""

import threading
import time
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from ..graph.errors import Unavailable
from ..graph.terms import Literal, NamedNode, Object, Quad, Triple
from ..graph.vocabulary import AMBIT, XSD
from .client import SiteClient
from .steps import place_of
from .words import Deployment, Present, Routed, SiteDescription, Vectors

CALL = 64
"""Texts in one call at most: between two calls another thread's query gets its turn."""

_TOLD = frozenset({AMBIT.DEPLOYS, AMBIT.RUNS_AT, AMBIT.CONTENT_HASH, AMBIT.ENGINE, AMBIT.DEVICE})


def describe_sites(governance: Iterable[Quad | Triple]) -> tuple[SiteDescription, ...]:
    """The sites that have deployments, as governance says.

    A deployment has exactly one site, version, content hash, and at most one engine and device, over all of
    governance; where files contradict each other no order among them decides, and it is left out.
    """
    said: dict[tuple[str, str], set[Object]] = {}
    for quad in governance:
        if isinstance(quad.subject, NamedNode) and quad.predicate.value in _TOLD:
            said.setdefault((quad.subject.value, quad.predicate.value), set()).add(quad.object)

    def only(subject: str, predicate: str, default: str = "") -> str:
        values = said.get((subject, predicate), {Literal(default)})
        value = next(iter(values)) if len(values) == 1 else None
        return value.value if isinstance(value, NamedNode | Literal) else ""

    sites: dict[str, list[Deployment]] = {}
    for iri in sorted(subject for subject, predicate in said if predicate == AMBIT.DEPLOYS):
        site, version = only(iri, AMBIT.RUNS_AT), only(iri, AMBIT.DEPLOYS)
        content = only(version, AMBIT.CONTENT_HASH)
        engine, device = only(iri, AMBIT.ENGINE, "openvino"), only(iri, AMBIT.DEVICE, "CPU")
        if site and version and content and engine and device:
            sites.setdefault(site, []).append(Deployment(iri, site, version, content, engine, device))
    return tuple(SiteDescription(site, tuple(found)) for site, found in sorted(sites.items()))


class Sites:
    """Starts, keeps and stops site processes, and calls their deployments. Thread-safe.

    `threads` bounds the cores of each site (0: all); with `record`, a folder, each site writes what it
    received into `record_file(site)`; `models` is where exported models lie.
    """

    def __init__(
        self,
        descriptions: Iterable[SiteDescription] = (),
        *,
        threads: int = 0,
        record: Path | None = None,
        models: Path | None = None,
    ):
        self._threads, self._record, self._models = threads, record, models
        if record is not None:
            record.mkdir(parents=True, exist_ok=True)  # a site that can't write it answers nothing
        self._clients: dict[str, SiteClient] = {}
        self._deployments: dict[str, tuple[Deployment, SiteClient]] = {}
        self._lock = threading.Lock()
        self._wanted = tuple(descriptions)

    def start(self) -> None:
        """Starts the processes; models load behind this call."""
        self.use(self._wanted)

    def use(self, descriptions: Iterable[SiteDescription]) -> None:
        """Starts what is new or described otherwise, stops what is gone."""
        wanted = {described.iri: described for described in descriptions}
        gone: list[SiteClient] = []
        with self._lock:
            for iri, client in list(self._clients.items()):
                if wanted.get(iri) != client.description:
                    gone.append(self._clients.pop(iri))
            for iri, described in wanted.items():
                if iri not in self._clients:
                    record = self.record_file(iri)
                    self._clients[iri] = SiteClient(
                        described, threads=self._threads, record=record, models=self._models
                    )
                    self._clients[iri].start()
            self._deployments = {
                d.iri: (d, client)
                for client in self._clients.values()
                for d in client.description.deployments
            }
        for client in gone:
            client.stop()

    def stop(self) -> None:
        """Ends all processes."""
        self.use(())

    def record_file(self, site: str) -> Path | None:
        """Where this site writes what it receives, one JSON object a line; None when it does not."""
        return self._record / f"{sha256(site.encode()).hexdigest()[:16]}.jsonl" if self._record else None

    def version_of(self, routed: Routed) -> str | None:
        """The content hash of the version; None when the deployment does not run it at that site."""
        found = self._deployments.get(routed.deployment)
        return found[0].content_hash if found and _runs(found[0]) == place_of(routed) else None

    def embed(self, routed: Routed, texts: Sequence[str], *, timeout: float = 30.0) -> Vectors:
        """The vectors of at most `CALL` texts. Raises `Unavailable` or `Timeout`.

        Where rules chose one site and the deployment runs at another, as while processes follow a change of
        governance, nothing is sent: `site-moved`.
        """
        found = self._deployments.get(routed.deployment)
        if found is None:
            raise Unavailable(f"the deployment `{routed.deployment}` is at no site", code="site-down")
        described, client = found
        if _runs(described) != place_of(routed):
            raise Unavailable(
                f"the deployment `{routed.deployment}` does not run `{routed.version}` at `{routed.site}`",
                hint="try again",
                code="site-moved",
            )
        return client.embed(described, texts, timeout)

    def ready(self, deployment: str) -> bool:
        """Whether the deployment's model is loaded."""
        found = self._deployments.get(deployment)
        return found is not None and found[1].ready(deployment)

    def wait(self, timeout: float) -> bool:
        """Waits until every deployment is loaded; false when the time was not enough."""
        end = time.monotonic() + timeout
        while not all(self.ready(deployment) for deployment in list(self._deployments)):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def failures(self) -> dict[str, str]:
        """Why deployments could not be loaded, by IRI."""
        return {iri: why for client in list(self._clients.values()) for iri, why in client.failures().items()}

    def pids(self) -> dict[str, int]:
        """The processes, by site."""
        return {iri: client.pid for iri, client in list(self._clients.items()) if client.pid}

    def present(self) -> list[Present]:
        """Present load and latency of all deployments."""
        return [present for client in list(self._clients.values()) for present in client.present()]

    def facts(self) -> frozenset[Triple]:
        """The same as the request's facts that `rank` rules read."""
        decimal = NamedNode(XSD.DECIMAL)
        return frozenset(
            Triple(
                NamedNode(present.deployment), NamedNode(predicate), Literal(f"{value:.6f}", datatype=decimal)
            )
            for present in self.present()
            for predicate, value in ((AMBIT.LOAD, present.load), (AMBIT.LATENCY, present.latency))
        )


def _runs(described: Deployment) -> tuple[str, str, str]:
    return described.iri, described.site, described.version
