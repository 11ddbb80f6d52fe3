"""N-Quads brought in at once: each named graph a record of a source that lies nowhere else.

Records pass all checks that any record passes: entailment, drift, shapes, governed relations, labels. What does
not differ from what was committed last is skipped, so an interrupted run is simply started again.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from ..graph.errors import Invalid
from ..graph.snapshot import Snapshot
from ..graph.store.bulk import graphs_in
from ..graph.store.owner import Owner
from ..graph.store.written import Written
from ..graph.terms import NamedNode
from ..graph.vocabulary import AMBIT, RDF, node
from ..graph.words import Hints, Record, RecordGraph, Role
from .committing import Committer
from .words import Summary


def bring_in(
    owner: Owner,
    file: Path,
    source: str,
    *,
    followed: frozenset[str],
    told: Callable[[int], None] | None = None,
) -> Summary:
    """Commits each graph of an N-Quads file as a record of `source`; nothing is withdrawn.

    `followed` are the sources that ingest holds against their own place, which would take these records out
    again. `told` hears how many bytes have been read. Raises `Invalid` and `SourceInvalid`; what has been
    committed until then stays.
    """
    if source in followed:
        raise Invalid(
            f"`{source}` is a source that is followed: what does not lie in its place is taken out again",
            hint="describe another source in `governance/`, without a location",
        )
    if not is_standing(owner, source):
        raise Invalid(
            f"nothing in `governance/` says that `{source}` is a source",
            hint="say `a ambit:Source` of it, with a sensitivity, a jurisdiction and an audience",
        )
    committer = Committer(owner)
    summary = committer.summary
    for graphs in graphs_in(file, told=told):
        summary.looked_at += len(graphs)
        for name, said in graphs:
            digest = hashlib.sha256(said.text).hexdigest()[:32]
            if owner.digest(name) == digest:
                continue
            committer.put(_record(name, said, source, digest, file.name))
        committer.flush()
    committer.settle_labels(source)
    return summary


def is_standing(snapshot: Snapshot, source: str) -> bool:
    """Whether governance says of a source that it is one, wherever it may lie: what it brought in stays."""
    said = snapshot.match(NamedNode(source), node(RDF.TYPE), node(AMBIT.SOURCE), frozenset({Role.GOVERNANCE}))
    return any(True for _ in said)


def _record(name: str, said: Written, source: str, digest: str, place: str) -> Record:
    return Record(name, source, (RecordGraph(name, said, Hints(source)),), digest, place)
