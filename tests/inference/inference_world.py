"""Places, routes and an embedder for tests of the inference room."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ambit.graph.errors import Unavailable
from ambit.graph.words import Clearance
from ambit.inference.index import Index
from ambit.inference.words import Deployment, Passage, Routed, SiteDescription, Vectors


@dataclass(frozen=True)
class Place:
    """What a rule chose."""

    deployment: str
    site: str
    version: str = "urn:version"


EU, US = Place("urn:deployment:eu", "urn:site:eu"), Place("urn:deployment:us", "urn:site:us")


def described(place: Place, model_hash: str, engine: str = "openvino") -> SiteDescription:
    """A site with that one deployment."""
    deployment = Deployment(place.deployment, place.site, place.version, model_hash, engine)
    return SiteDescription(place.site, (deployment,))


@dataclass
class ByPrefix:
    """A route by the name of the compartments: all `urn:eu:` to the EU, all `urn:us:` to the US, mixed
    nowhere.
    """

    asked: list[tuple[frozenset[str], str]] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)

    def __call__(self, compartments: frozenset[str], task: str, /) -> Place | None:
        self.asked.append((compartments, task))
        for prefix, place in (("urn:eu:", EU), ("urn:us:", US)):
            if all(c.startswith(prefix) for c in compartments) and place.site not in self.closed:
                return place
        return None


@dataclass
class Hashing:
    """An embedder in this process: unit vectors of word counts. It counts what it is sent; no model is needed
    to rank.
    """

    version: str = "v1"
    sent: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    then: Callable[[], object] = lambda: None  # done once texts have arrived

    def version_of(self, routed: Routed) -> str | None:
        return self.version

    def embed(self, routed: Routed, texts: Sequence[str], *, timeout: float = 30.0) -> Vectors:
        if routed.deployment in self.down:
            raise Unavailable(f"the deployment `{routed.deployment}` is down")
        self.sent.append((routed.deployment, tuple(texts)))
        self.then()
        return np.stack([hashed(text) for text in texts])


def hashed(text: str) -> Vectors:
    """A unit vector that depends on the text's words alone."""
    out = np.full(16, 0.01)
    for word in text.casefold().split():
        out[sum(word.encode()) % 16] += 1
    return np.asarray(out / np.linalg.norm(out), np.float32)


@dataclass(frozen=True)
class Unit:
    """What one record says of one entity in one compartment: names, a text, and whether that has a vector."""

    compartment: str
    entity: str
    names: tuple[str, ...] = ()
    body: str = ""
    embedded: bool = True

    def passage(self, number: int) -> Passage:
        """The passage of record `number`."""
        joined = " · ".join(self.names)
        title = self.names[0] if self.names else None
        record, graph = f"urn:r{number:03}", f"urn:g{number:03}"
        made = Passage(self.entity, "", joined, self.body, title, record, graph, "", self.names)
        return replace(made, key=made.text)


def indexed(units: Mapping[int, Unit], gone: Iterable[int] = ()) -> Index:
    """An index that these records were put into, and that some were taken out of again."""
    index = Index()
    for number, unit in units.items():
        index.put(f"urn:r{number:03}", unit.compartment, [unit.passage(number)])
    for number in gone:
        if number in units:
            index.retract(f"urn:r{number:03}", units[number].compartment)
    left = {number: unit for number, unit in units.items() if number not in gone}
    for number, unit in left.items():
        if unit.embedded:
            made = unit.passage(number)
            index.put_vector(unit.compartment, (made.entity, made.key), "v1", hashed(made.text))
    return index


def clearance(compartments: Iterable[str]) -> Clearance:
    """A clearance of these."""
    held = frozenset(compartments)
    return Clearance(held, "+".join(sorted(held)))
