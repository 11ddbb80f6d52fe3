"""The label of what writes make: configured by a graph's name, so that it never tells whether a graph is there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..graph.compartments import compartment_of, is_complete
from ..graph.errors import Invalid
from ..graph.snapshot import Snapshot
from ..graph.vocabulary import AMBIT
from ..graph.words import DEFAULT, Change, Label, Record, Role
from ..reasoning.ontologies.entail import stored
from .settings import WritePrefix

OWN = "urn:ambit:"
"""Names of Ambit's own graphs: of these writes have the default graph alone."""


class WriteLabels:
    """Labels by the longest prefix that a graph's name begins with, else that of the default graph.

    `jurisdictions` are those of the server's site. Without one a label is not complete, and nobody writes.
    """

    def __init__(self, prefixes: Iterable[WritePrefix], jurisdictions: frozenset[str]):
        self._labels = {
            one.prefix: Label(
                AMBIT.WRITES,
                one.sensitivity,
                frozenset(one.jurisdictions) or jurisdictions,
                frozenset(one.audience),
            )
            for one in prefixes
        }
        self._strictest = Label(
            AMBIT.WRITES, AMBIT.CONFIDENTIAL, jurisdictions, frozenset({AMBIT.ADMINISTRATORS})
        )
        self._default = self._labels.get(DEFAULT, self._strictest)
        self._compartments = {label: compartment_of(label) for label in self.all}
        self._longest = sorted(self._labels.keys() - {DEFAULT}, key=len, reverse=True)

    def of(self, graph: str) -> Label:
        """The label that a graph of this name has once a write has made it."""
        prefix = self._prefix(graph)
        return self._default if prefix is None else self._labels[prefix]

    def compartment(self, graph: str) -> str | None:
        """The compartment of a graph of this name; None for names that writes never have."""
        if graph.startswith(OWN) and graph != DEFAULT:
            return None
        return self._compartments.get(self.of(graph))

    def asked(self, graph: str) -> frozenset[str]:
        """The compartments that one must have a right to for writing a graph of this name; none: nobody writes it.

        A name that is not kept for writes may be a source's, and a refusal would tell that it is: so it is
        written by those alone who may write what is strictest, whatever label the default graph has been given.
        """
        compartment = self.compartment(graph)
        if compartment is None:
            return frozenset()
        if graph == DEFAULT or self._prefix(graph) is not None:
            return frozenset({compartment})
        return frozenset({compartment, self._compartments.get(self._strictest, "")})

    @property
    def all(self) -> tuple[Label, ...]:
        """Every label that a write can give."""
        return tuple(filter(is_complete, (self._strictest, self._default, *self._labels.values())))

    @property
    def compartments(self) -> frozenset[str]:
        """Every compartment that graphs made by writes stand in."""
        return frozenset(self._compartments.values())

    def reserve(self, change: Change, snapshot: Snapshot) -> Change:
        """The check that keeps sources from names that are kept for writes.

        Else a refusal to write would tell that a source has a graph of that name. Raises `Invalid`.
        """
        for record in change.records:
            if record.source == AMBIT.WRITES:
                continue
            names = (record.iri, *(g.graph for g in record.graphs if g.role in (Role.DATA, Role.ONTOLOGY)))
            for name in names:
                prefix = self._prefix(name)
                if prefix is not None:
                    raise Invalid(
                        f"the record `{record.iri}` is refused: names that begin with `{prefix}` are kept for writes",
                        hint="give the source other names, or change `writes` in ambit.toml",
                        code="record-refused",
                        details={"record": record.iri, "location": record.location},
                    )
        return change

    def relabelled(self, snapshot: Snapshot) -> Sequence[Record]:
        """The graphs made by writes that have another label than is configured now, as they are to be committed."""
        found = []
        for iri in snapshot.records_of(AMBIT.WRITES):
            record = stored(snapshot, iri)
            label = self.of(iri)
            if any(graph.label != label for graph in record.graphs):
                found.append(replace(record, graphs=tuple(replace(g, label=label) for g in record.graphs)))
        return found

    def settle(
        self,
        snapshot: Snapshot,
        describe: Callable[[Iterable[Label]], None],
        commit: Callable[[Change], object],
    ) -> None:
        """At start: makes the labels known to rules, and gives them to what was written under others."""
        describe(self.all)
        if records := self.relabelled(snapshot):
            commit(Change(tuple(records), activity="relabel"))

    def _prefix(self, name: str) -> str | None:
        return next((prefix for prefix in self._longest if name.startswith(prefix)), None)
