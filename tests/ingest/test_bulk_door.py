"""N-Quads through `ambit ingest --bulk`: labels, what is refused, what stays."""

from pathlib import Path

import pytest
from ingestworld import PAGES, describe, owner_of, said, write

from ambit.graph.errors import Invalid, SourceInvalid
from ambit.graph.terms import NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, RDF, node
from ambit.graph.words import Change, Hints, Record, RecordGraph, Role
from ambit.ingest.bulk import bring_in
from ambit.ingest.pipeline import Ingest

SOURCE = "https://e.org/s/dump"
LINES = "".join(f'<urn:s{n}> <urn:p> "{n}" <urn:g{n}> .\n' for n in range(450))


def governed(*sources: str) -> Change:
    """Governance that says what is a source."""
    is_source = frozenset(Triple(NamedNode(s), node(RDF.TYPE), node(AMBIT.SOURCE)) for s in sources)
    graph = RecordGraph("urn:ambit:governance:file:s", is_source, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    return Change((Record("urn:ambit:governance:file:s", AMBIT.GOVERNANCE, (graph,) if sources else ()),))


def test_each_graph_is_a_record_once(tmp_path: Path) -> None:
    file = write(tmp_path, "all.nq", LINES)
    with owner_of(tmp_path / "data") as owner:
        owner.commit(governed(SOURCE))
        assert bring_in(owner, file, SOURCE, followed=frozenset()).committed == 450
        assert len(said(owner)) == 450
        assert all(e.compartment for e in owner.entries() if e.role is Role.DATA)
        revision = owner.revision
        again = bring_in(owner, file, SOURCE, followed=frozenset())
        assert (again.looked_at, again.committed, owner.revision) == (450, 0, revision)
        write(tmp_path, "all.nq", LINES.replace('"7"', '"seven"').replace('"8"', '"refuse me"'))
        third = bring_in(owner, file, SOURCE, followed=frozenset())
        assert (third.committed, [p.about for p in third.problems]) == (1, ["urn:g8"])
        assert {("urn:s7", "urn:p", "seven"), ("urn:s8", "urn:p", "8")} <= said(owner)


def test_what_was_brought_in_stays_while_governance_speaks_of_its_source(tmp_path: Path) -> None:
    file = write(tmp_path, "all.nq", LINES)
    describe(tmp_path, PAGES)
    write(tmp_path, "pages/a.md", "# A\n")
    with owner_of(tmp_path / "data") as owner:
        owner.commit(governed(SOURCE))
        bring_in(owner, file, SOURCE, followed=frozenset())
        ingest = Ingest(owner, tmp_path)
        assert ingest.followed() == {"https://e.org/s/pages"}
        assert ingest.scan_once().withdrawn == 0
        owner.commit(governed())
        assert ingest.scan_once().withdrawn == 450


def test_what_is_followed_or_unknown_or_broken_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "all.nq", LINES + "broken\n")
    with owner_of(tmp_path / "data") as owner:
        with pytest.raises(Invalid, match="nothing in `governance/`"):
            bring_in(owner, file, SOURCE, followed=frozenset())
        owner.commit(governed(SOURCE))
        with pytest.raises(Invalid, match="is followed"):
            bring_in(owner, file, SOURCE, followed=frozenset({SOURCE}))
        with pytest.raises(SourceInvalid, match=r"all\.nq:451"):
            bring_in(owner, file, SOURCE, followed=frozenset())
