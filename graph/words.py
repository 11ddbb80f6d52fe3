"""The words of the graph room: frozen records, no behaviour.

IRIs are plain `str` wherever they only name something; RDF terms appear where triples are carried.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from .terms import Quad, Triple

DEFAULT = "urn:ambit:default"
"""The record graph of what is written outside `GRAPH`."""


class Role(StrEnum):
    """What a named graph is for, which decides how a view shows it."""

    DATA = "data"  # what a record says: in the default graph's merge, and by name
    ONTOLOGY = "ontology"  # the workspace's ontologies: like data
    INFERRED = "inferred"  # conclusions, from one graph beside it or from several: like data, never asserted
    GOVERNANCE = "governance"  # what rules read: by name only
    SYSTEM = "system"  # rules, findings, quarantine, provenance, Ambit's ontology: by name only


MERGED = frozenset({Role.DATA, Role.ONTOLOGY, Role.INFERRED})


@dataclass(frozen=True, slots=True)
class Label:
    """All that rules may ask of data. Equal labels are one compartment."""

    source: str
    sensitivity: str
    jurisdictions: frozenset[str]
    audience: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hints:
    """What a mapping says of a graph before the labelling rules have spoken."""

    source: str
    sensitivity: str | None = None
    jurisdictions: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()  # ISO 3166-1 alpha-2
    anchors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RecordGraph:
    """A named graph as it shall be: what one record says under one label. Replaced whole."""

    graph: str
    triples: Set[Triple]
    hints: Hints | None = None
    role: Role = Role.DATA
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One unit of a source as it shall be; without graphs it is withdrawn."""

    iri: str
    source: str
    graphs: tuple[RecordGraph, ...] = ()
    digest: str = ""  # of the content in the source, to skip what has not changed
    location: str = ""  # file and line or row, for people
    replaces: str | None = None  # the record that this one was before a rename
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit shall do: records, each replaced whole.

    `labels` are made known although no graph of the change may have them. `seen`: compartments that may have a say in what becomes of it, because whoever asked may read them; None:
    all.
    """

    records: tuple[Record, ...]
    actor: str = "https://w3id.org/ambit#Server"
    activity: str = "ingest"
    seen: frozenset[str] | None = None
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Patch:
    """What leaves and enters a graph that holds what follows from many records together.

    It may be read by whoever may read all `members` (compartments). The graph is a record of its own.
    """

    graph: str
    source: str
    members: frozenset[str]
    out: frozenset[Triple] = frozenset()
    into: frozenset[Triple] = frozenset()
    role: Role = Role.INFERRED


class Placed(NamedTuple):
    """A quad together with the compartment and role of its graph, as a delta carries it."""

    quad: Quad
    compartment: str
    role: Role


@dataclass(frozen=True, slots=True)
class Delta:
    """What one commit took out and put in.

    `holders` names, for each removed triple that some merged graph still holds, the compartments that do:
    a view drops it from its merge only when it holds none of them.
    """

    revision: int
    out: Sequence[Placed] = ()
    into: Sequence[Placed] = ()
    holders: dict[Triple, frozenset[str]] = field(default_factory=dict)
    policy: bool = False  # the governance graph changed


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit came to."""

    revision: int
    policy_revision: int
    delta: Delta
    quarantined: tuple[str, ...] = ()  # IRIs of records


class GraphEntry(NamedTuple):
    """The catalog's line about a named graph in the store."""

    graph: str
    role: Role
    record: str
    source: str
    compartment: str | None  # None: no complete label, so nobody reads it; it may be a joint (see `joints`)


@dataclass(frozen=True, slots=True)
class Clearance:
    """The set of compartments that a request may read; `key` is the hash of the set."""

    compartments: frozenset[str]
    key: str


@dataclass(frozen=True, slots=True)
class Chain:
    """A user and the agents acting for that user, nearest to the user first."""

    user: str
    agents: tuple[str, ...] = ()
