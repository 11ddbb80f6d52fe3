"""What checks and views may read of the owner's store: a protocol, so that neither imports the store."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from .terms import NamedNode, Object, Quad, Subject, Triple
from .words import GraphEntry, Hints, Label, Role


class Snapshot(Protocol):
    """The owner's store as of its last commit.

    Each call is consistent in itself. What takes several calls and must see one revision stands inside
    `frozen()`, which holds commits off; keep it short. During a check it is the state before the change.
    """

    @property
    def revision(self) -> int:
        """The number of the last commit; 0 when there is none."""

    @property
    def policy_revision(self) -> int:
        """How many commits changed the governance graph."""

    def frozen(self) -> AbstractContextManager[int]:
        """Holds commits off and yields the revision; re-entrant, shared by readers."""

    def entries(self) -> Iterable[GraphEntry]:
        """The catalog: one entry for each named graph that holds a triple."""

    def entry(self, graph: str) -> GraphEntry | None:
        """The catalog's line about one graph."""

    def graphs_of(
        self, compartments: frozenset[str], roles: frozenset[Role], *, without: frozenset[str] = frozenset()
    ) -> Iterable[GraphEntry]:
        """The graphs in these compartments, and in the joints inside of them, that have one of these roles.

        What is read by those who hold the compartments `without` is left out.
        """

    def record(self, iri: str) -> tuple[GraphEntry, ...]:
        """The graphs of one record; empty when it is not there."""

    def digest(self, record: str) -> str | None:
        """The hash of a record's content in its source, as last committed; None when it is not there."""

    def location(self, record: str) -> str | None:
        """The record's file and line or row, for people."""

    def is_quarantined(self, record: str) -> bool:
        """Whether the record's last version stands in quarantine."""

    def records_of(self, source: str) -> Iterable[str]:
        """The IRIs of the records that a source has."""

    def hints(self, graph: str) -> Hints | None:
        """What the mapping said of a graph before the labelling rules spoke."""

    def hinted(self) -> Iterable[tuple[Hints, str | None, Sequence[GraphEntry]]]:
        """All graphs that have hints, those together that have the same and are in one compartment."""

    def triples(self, graph: str) -> list[Triple]:
        """The triples of one graph."""

    def text(self, graph: str) -> bytes:
        """The triples of one graph as N-Triples."""

    def terms(self, graphs: Iterable[str]) -> Mapping[str, int]:
        """How often graphs say each predicate and, after `rdf:type`, each class."""

    def size(self, graph: str, most: int) -> int:
        """How many triples a graph holds; counting ends at `most`."""

    def match(
        self, s: Subject | None, p: NamedNode | None, o: Object | None, roles: frozenset[Role]
    ) -> Iterable[Quad]:
        """The quads of a pattern in the graphs that have one of these roles."""

    def governance(self) -> Iterable[Quad]:
        """All that rules read, by named graph (role GOVERNANCE)."""

    def committed(self, compartments: frozenset[str]) -> frozenset[str]:
        """Those of the compartments that a commit ever changed: in no other one is anything merged."""

    def last_changed(self, compartment: str) -> int:
        """The revision that last changed this compartment; 0 when none did."""

    def changed_since(self, compartments: frozenset[str], revision: int) -> frozenset[str]:
        """Those of these compartments that a later commit changed, by themselves or in a joint of them."""

    def members(self, compartment: str) -> frozenset[str]:
        """The compartments that one must hold to read what stands in this one: itself, or a joint's members."""

    def covered(self, compartments: frozenset[str]) -> frozenset[str]:
        """These compartments and the joints inside of them: all that a clearance reads."""

    def within(self, compartment: str | None, clearance: frozenset[str]) -> bool:
        """Whether a clearance reads what stands in this compartment, which may be a joint."""

    def label(self, compartment: str) -> Label | None:
        """The label whose hash the compartment is."""

    def holding(
        self, triples: Sequence[Triple], said: Mapping[str, Collection[str]], compartments: frozenset[str]
    ) -> frozenset[str]:
        """Those of `compartments` whose merged graphs hold one of the triples, or say what is `said` by subject.

        Of a conclusion from several compartments these are told, never their joint.
        """

    def holders(self, s: Subject, p: NamedNode, o: Object, compartments: frozenset[str]) -> frozenset[str]:
        """Those of `compartments` that have a merged graph which holds the triple (for *handed*)."""
