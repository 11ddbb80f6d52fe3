"""Records that are in no compartment are told of, and no longer when their label is complete."""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ingestworld import describe, labelled, write
from structlog.testing import capture_logs

from ambit.graph.snapshot import Snapshot
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, RDF, SH, node
from ambit.graph.words import Change, Hints, Label, Record, RecordGraph, Role
from ambit.ingest import committing
from ambit.ingest.pipeline import Ingest
from ambit.ingest.unlabelled import place_of_unlabelled
from ambit.reasoning.findings.findings import Finding, findings_iri, misplaced, owners_record

LISTS = """
<https://e.org/s/lists> a ambit:Folder ; ambit:location "lists" .
map:row a rr:TriplesMap ;
    rml:logicalSource [ rml:source "*.csv" ] ; ambit:countryOf "country" ;
    rr:subjectMap [ rr:template "https://e.org/x/{id}" ] ; ambit:says [ foaf:name "{name}" ] .
"""
COVERED = {"DE"}
FILE = "urn:ambit:governance:file:x"


def by_country(change: Change, snapshot: Snapshot) -> Change:
    """Labels as `ingestworld` gives them, but for data of a country that is not covered."""
    done = labelled(change, snapshot)

    def give(graph: RecordGraph) -> RecordGraph:
        is_strange = graph.hints is not None and graph.role is Role.DATA and graph.hints.countries - COVERED
        return dataclasses.replace(graph, label=None) if is_strange else graph

    return Change(tuple(dataclasses.replace(r, graphs=tuple(map(give, r.graphs))) for r in done.records))


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data", checks=[by_country])
    owner.commit(Change((covered("DE"),)))
    yield owner
    owner.close()


def told(owner: Owner) -> list[str]:
    found = owner.match(None, node(SH.RESULT_MESSAGE), None, frozenset({Role.SYSTEM}))
    return [quad.object.value for quad in found if isinstance(quad.object, Literal)]


def test_what_a_label_lacks_is_told_once_for_all_records(tmp_path: Path, owner: Owner) -> None:
    describe(tmp_path, LISTS)
    rows = write(tmp_path, "lists/a.csv", "id,name,country\n1,A,Germany\n2,B,Germanny\n3,C,Germanny\n4,D,\n")
    with capture_logs() as logs:
        Ingest(owner, tmp_path).scan_once()
    unread = [message for message in told(owner) if message.startswith("nobody reads")]
    assert len(unread) == 2
    assert any(
        "2 of the records" in message and "finds a country that no jurisdiction covers" in message
        for message in unread
    )
    assert any("1 of the records" in message and "finds no country" in message for message in unread)
    said = [quad.object for quad in owner.match(None, None, None, frozenset({Role.SYSTEM}))]
    assert logs and not any("ermann" in str(one).lower() for one in (said, logs)), "values are not told"
    rows.write_text("id,name,country\n1,A,Germany\n2,B,DEU\n3,C,de\n")
    Ingest(owner, tmp_path).scan_once()
    assert told(owner) == []


SOURCE = "https://e.org/s/lists"
ADA, BEN = "https://e.org/ada", "https://e.org/ben"
SAID = Hints(SOURCE, AMBIT.INTERNAL, frozenset({AMBIT.US}), frozenset(), frozenset({ADA}))
STRAY = dataclasses.replace(SAID, countries=frozenset({"Germanny"}))


@pytest.mark.parametrize(
    ("hints", "sensitivity", "jurisdictions", "audience"),
    [
        ([SAID], AMBIT.INTERNAL, {AMBIT.US}, {ADA}),
        ([dataclasses.replace(SAID, sensitivity=None)], AMBIT.CONFIDENTIAL, {AMBIT.US}, {ADA}),
        ([STRAY], AMBIT.INTERNAL, {AMBIT.US, AMBIT.CA}, {ADA}),
        ([dataclasses.replace(SAID, jurisdictions=frozenset())], AMBIT.INTERNAL, {AMBIT.CA}, {ADA}),
        (
            [dataclasses.replace(SAID, anchors=frozenset())],
            AMBIT.INTERNAL,
            {AMBIT.US},
            {AMBIT.ADMINISTRATORS},
        ),
        (
            [
                dataclasses.replace(STRAY, jurisdictions=frozenset({AMBIT.EU})),
                dataclasses.replace(SAID, sensitivity=AMBIT.PAYMENT, anchors=frozenset({ADA, BEN})),
            ],
            AMBIT.PAYMENT,
            {AMBIT.EU, AMBIT.US, AMBIT.CA},
            {ADA},
        ),
        (
            [SAID, dataclasses.replace(SAID, anchors=frozenset({BEN}))],
            AMBIT.INTERNAL,
            {AMBIT.US},
            {AMBIT.ADMINISTRATORS},
        ),
    ],
)
def test_what_is_said_of_them_is_as_strict_as_all_of_them(
    tmp_path: Path, hints: list[Hints], sensitivity: str, jurisdictions: set[str], audience: set[str]
) -> None:
    owner = Owner(tmp_path / "bare")
    here = NamedNode("https://e.org/office")
    governed = frozenset(
        {
            Triple(here, node(RDF.TYPE), node(AMBIT.SERVER_SITE)),
            Triple(here, node(AMBIT.HAS_JURISDICTION), node(AMBIT.CA)),
            Triple(NamedNode(SOURCE), node(AMBIT.IS_OWNED_BY), NamedNode(BEN)),
        }
    )
    graphs = [
        RecordGraph(f"https://e.org/x/{n}#g", frozenset({Triple(here, node(RDF.TYPE), here)}), one)
        for n, one in enumerate(hints)
    ]
    try:
        owner.commit(
            Change(
                (
                    Record(FILE, AMBIT.GOVERNANCE, (RecordGraph(FILE, governed, None, Role.GOVERNANCE),)),
                    *(Record(graph.graph.removesuffix("#g"), SOURCE, (graph,)) for graph in graphs),
                )
            )
        )
        place = place_of_unlabelled(owner, SOURCE)
    finally:
        owner.close()
    assert place.label == Label(AMBIT.FINDINGS, sensitivity, frozenset(jurisdictions), frozenset(audience))


def covered(*countries: str) -> Record:
    """Governance that says which countries the EU covers."""
    said = frozenset(
        Triple(NamedNode(AMBIT.EU), node(AMBIT.COVERS_COUNTRY), Literal(one)) for one in countries
    )
    label = Label(AMBIT.GOVERNANCE, AMBIT.INTERNAL, frozenset({AMBIT.EU}), frozenset({AMBIT.ADMINISTRATORS}))
    graph = RecordGraph(FILE, said, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE, label)
    return Record(FILE, AMBIT.GOVERNANCE, (graph,), "+".join(countries))


def again(owner: Owner) -> Record:
    """The one record of the lists, to be labelled anew."""
    (record,) = owner.records_of("https://e.org/s/lists")
    (entry,) = owner.record(record)
    graph = RecordGraph(entry.graph, frozenset(owner.triples(entry.graph)), owner.hints(entry.graph))
    return Record(record, "https://e.org/s/lists", (graph,), owner.digest(record) or "")


def test_a_finding_goes_soon_after_governance_completes_the_label(tmp_path: Path, owner: Owner) -> None:
    describe(tmp_path, LISTS)
    write(tmp_path, "lists/a.csv", "id,name,country\n1,A,France\n")
    Ingest(owner, tmp_path).scan_once()
    ingest = Ingest(owner, tmp_path)  # what an earlier one told is taken up
    ingest.start()
    COVERED.add("FR")
    try:
        assert ingest.wait(60) and told(owner)
        owner.commit(Change((covered("DE", "FR"), again(owner))))
        end = time.monotonic() + 30
        while told(owner):
            assert time.monotonic() < end, "it stands"
            time.sleep(0.05)
    finally:
        COVERED.discard("FR")
        ingest.stop()


def test_a_finding_that_is_withdrawn_as_it_gets_another_label_does_not_come_back(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def owned(by: str) -> Record:
        said = frozenset({Triple(NamedNode(SOURCE), node(AMBIT.IS_OWNED_BY), NamedNode(by))})
        graph = RecordGraph(FILE + "-owned", said, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
        return Record(FILE + "-owned", AMBIT.GOVERNANCE, (graph,), by)

    found = [Finding("source-invalid", f"it does not read: {n}", ("urn:r",)) for n in range(2)]
    for n, finding in enumerate(found):
        owner.commit(Change((owners_record(f"urn:about:{n}", [finding], SOURCE, owner),)))
    owner.commit(Change((owned(BEN),)))
    asked: list[Snapshot] = []

    def read(snapshot: Snapshot, *among: object) -> list[Record]:
        made = list(misplaced(snapshot, *among))  # type: ignore[arg-type]
        if not asked:
            owner.commit(Change((Record(findings_iri("urn:about:0"), AMBIT.FINDINGS),)))
        asked.append(snapshot)
        return made

    monkeypatch.setattr(committing, "misplaced", read)
    committing.settle_findings((), owner)
    assert told(owner) == ["it does not read: 1"]
    entry = owner.entry(findings_iri("urn:about:1"))
    label = owner.label(entry.compartment) if entry and entry.compartment else None
    assert label and label.audience == {AMBIT.ADMINISTRATORS, BEN}
