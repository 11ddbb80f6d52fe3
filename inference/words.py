"""The words of the inference room: protocols and frozen records, no behaviour.

Nothing here imports the graph room, so that a site process stays lean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""One row of unit length per text."""

SERVER_PARTS = ("openvino", "torch", "tokenizers", "sentence_transformers", "transformers", "optimum")
"""Libraries that live in site processes only; the server imports none of them."""


class Engine(Protocol):
    """A loaded model. `embed` may be called from several threads."""

    @property
    def version(self) -> str:
        """The content hash of the model's source files."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector per text, in order; a vector depends on its text alone, not on its neighbours."""


class Routed(Protocol):
    """What a rule chose: the deployment that takes a call, at one site, running one version."""

    @property
    def deployment(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def version(self) -> str: ...


class Route(Protocol):
    """Asks the rules for one place that may compute on all these compartments; None: nowhere."""

    def __call__(self, compartments: frozenset[str], task: str, /) -> Routed | None: ...


class Embedder(Protocol):
    """What calls a deployment: the sites of this workspace, seen from the server."""

    def version_of(self, routed: Routed) -> str | None:
        """The content hash of the version; None when the deployment does not run it at that site."""

    def embed(self, routed: Routed, texts: Sequence[str], *, timeout: float = 30.0) -> Vectors:
        """The vectors of these texts; raises `Timeout` or `Unavailable`.

        `Unavailable` with the code `site-moved` when the deployment runs elsewhere than at the routed site, or
        another version: then nothing was sent.
        """


@dataclass(frozen=True, slots=True)
class Deployment:
    """One version running at one site."""

    iri: str
    site: str
    version: str
    content_hash: str
    engine: str = "openvino"
    device: str = "CPU"


@dataclass(frozen=True, slots=True)
class SiteDescription:
    """A place of computing and what is deployed there."""

    iri: str
    deployments: tuple[Deployment, ...] = ()


@dataclass(frozen=True, slots=True)
class Present:
    """How a deployment is doing: `load` 0 to 1, `latency` in seconds per call, lately."""

    deployment: str
    load: float
    latency: float


@dataclass(frozen=True, slots=True)
class Passage:
    """Some 160 words that one record says of one entity, within one compartment.

    The entity and the hash of the text are its identity: where several records say the same, it counts once.
    """

    entity: str
    key: str  # SHA-256 of the text
    names: str  # all names of the entity in this record and compartment
    body: str
    title: str | None
    record: str
    graph: str  # the asserted graph it stands in
    heading: str = ""  # the heading that the body stands under, where it is not in the body
    labels: tuple[str, ...] = ()  # the names one by one, the most telling first
    ends: tuple[int, ...] = ()  # where the sentences of the body end, negative for headings

    @property
    def text(self) -> str:
        """What is embedded: a passage is found by the names of its entity and its heading, too."""
        return "\n".join(part for part in (self.names, self.heading, self.body) if part)

    @property
    def fields(self) -> str:
        """What its words are counted in: names and heading count twice, the path of the entity's IRI once."""
        return "\n".join((self.text, self.names, self.heading, _path(self.entity)))


def _path(iri: str) -> str:
    """What an IRI says behind its scheme and authority, as words."""
    rest = iri.partition(":")[2]
    path = rest[2:].partition("/")[2] if rest.startswith("//") else rest
    return unquote(path).replace("_", " ")


Doc: TypeAlias = tuple[str, str]
"""A passage's identity: entity and key."""


@dataclass(frozen=True, slots=True)
class Step:
    """One model execution; times are UTC, ISO 8601."""

    step: str
    task: str
    deployment: str
    site: str
    version: str
    handed: tuple[str, ...]
    count: int
    started: str
    ended: str

    def fields(self, run: str) -> dict[str, Any]:
        """As the ledger's `step` entry holds it."""
        named = {name: getattr(self, name) for name in self.__slots__}
        return {"run": run, **named, "handed": sorted(self.handed)}


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result: the best passage of an entity."""

    entity: str
    label: str | None
    snippet: str
    graph: str  # the asserted graph it stands in
    record: str
    compartment: str
    score: float
    cursor: str


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of results."""

    nodes: tuple[Hit, ...]
    more: bool
