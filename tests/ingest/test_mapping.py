"""The mapping language: R2RML and RML with label hints, and what it refuses."""

from pathlib import Path

import pytest
from ingestworld import PREFIXES, describe, triples

from ambit.graph.errors import SourceInvalid
from ambit.graph.vocabulary import AMBIT, XSD
from ambit.ingest.mapper import Mapper, by_rows
from ambit.ingest.mappingfile import triples_maps
from ambit.ingest.mappingtext import read_file
from ambit.ingest.sources import Source, Sources
from ambit.ingest.termmaps import lexical, parse_template
from ambit.ingest.words import Cell, TableRow

S = "https://e.org/s/crm"
CUSTOMER = """
map:customer a rr:TriplesMap ;
    rr:logicalTable [ rr:tableName "customer" ] ;
    ambit:sensitivity ambit:Internal ; ambit:countryOf "country" ;
    ambit:anchor [ rr:template "https://e.org/c/{id}" ] ;
    rr:subjectMap [ rr:template "https://e.org/c/{id}" ; rr:class :Customer ] ;
    rr:predicateObjectMap
        [ rr:predicate foaf:name ; rr:objectMap [ rr:column "name" ; rr:language "en" ] ],
        [ rr:predicate :card ; rr:objectMap [ rr:column "card" ] ; ambit:sensitivity ambit:Payment ] .
"""


def _maps(tmp_path: Path, text: str) -> Mapper:
    path = tmp_path / "m.ttl"
    path.write_text(PREFIXES + text)
    maps = triples_maps(read_file(path), S)
    return Mapper(Source(S, "database", tmp_path, "crm.db", maps=tuple(maps)), maps)


def _row(**values: str | None) -> TableRow:
    return TableRow("crm.db customer 1", {k: None if v is None else Cell(v) for k, v in values.items()})


def test_one_row_becomes_record_graphs_with_different_labels(tmp_path: Path) -> None:
    record = _maps(tmp_path, CUSTOMER).record(
        f"{S}/customer/1", _row(id="1", name="Ada", country="de", card="4000 00")
    )
    graphs = {graph.graph.partition("#")[2]: graph for graph in record.graphs}
    assert set(graphs) == {"internal", "payment"}
    assert {t.object.value for t in graphs["payment"].triples} == {"4000 00"}  # type: ignore[union-attr]
    assert "4000 00" not in str(graphs["internal"].triples)
    for name, sensitivity in (("internal", AMBIT.INTERNAL), ("payment", AMBIT.PAYMENT)):
        hints = graphs[name].hints
        assert hints is not None
        assert (hints.sensitivity, hints.countries, hints.anchors) == (
            sensitivity, frozenset({"DE"}), frozenset({"https://e.org/c/1"}),
        )  # fmt: skip


@pytest.mark.parametrize("country", [None, "", " ", "\t"])
def test_a_hint_that_a_row_lacks_opens_nothing(tmp_path: Path, country: str | None) -> None:
    """Without a country the source's own jurisdiction would do, without an anchor its whole audience."""
    text = CUSTOMER.replace('{id}" ] ;\n    rr:subject', '{owner}" ] ;\n    rr:subject')
    record = _maps(tmp_path, text).record(
        f"{S}/customer/1", _row(id="1", name="A", country=country, card=None, owner=None)
    )
    hints = record.graphs[0].hints
    assert hints is not None
    assert hints.countries == {""} and hints.anchors == {f"{S}/customer/1"}


def test_a_jurisdiction_that_only_some_rows_have_is_no_lack(tmp_path: Path) -> None:
    both = 'ambit:jurisdiction [ rr:template "https://w3id.org/ambit#{space}" ] ; ambit:countryOf "country"'
    for text, country, expected in (
        (both, "DE", (frozenset(), {"DE"})),
        (both.partition(" ; ")[0], None, (frozenset(), {""})),
    ):
        mapper = _maps(tmp_path, CUSTOMER.replace('ambit:countryOf "country"', text))
        row = _row(id="1", name="A", country=country, card=None, space=None)
        hints = mapper.record("urn:r", row).graphs[0].hints
        assert hints is not None and (hints.jurisdictions, hints.countries) == expected


def test_digests_follow_what_is_said(tmp_path: Path) -> None:
    mapper = _maps(tmp_path, CUSTOMER)
    first = mapper.record("urn:r", _row(id="1", name="A", country="DE", card="1"))
    assert first.digest == mapper.record("urn:r", _row(id="1", name="A", country="DE", card="1")).digest
    assert first.digest != mapper.record("urn:r", _row(id="1", name="A", country="US", card="1")).digest
    assert first.digest != mapper.record("urn:r", _row(id="1", name="B", country="DE", card="1")).digest
    other = _maps(tmp_path, CUSTOMER.replace("ambit:Payment", "ambit:Personal"))
    assert first.digest != other.record("urn:r", _row(id="1", name="A", country="DE", card="1")).digest


def test_terms(tmp_path: Path) -> None:
    mapper = _maps(
        tmp_path,
        """map:t rr:logicalTable [ rr:tableName "t" ] ;
        rr:subjectMap [ rr:column "b" ; rr:termType rr:BlankNode ] ;
        rr:predicateObjectMap
            [ rr:predicate :template ; rr:objectMap [ rr:template "{a}/{b}" ; rr:termType rr:Literal ] ],
            [ rr:predicate :iri ; rr:objectMap [ rr:template "https://e.org/{a}" ] ],
            [ rr:predicate :base ; rr:objectMap [ rr:column "b" ; rr:termType rr:IRI ] ],
            [ rr:predicate :when ; rr:objectMap [ rr:column "w" ; rr:datatype xsd:dateTime ] ],
            [ rr:predicate :con ; rr:object "x", :y ; rr:predicateMap [ rr:constant :con2 ] ] .""",
    )
    row = _row(a="a b/é{", b="k", w="2026-01-02 03:04:05")
    first = mapper.record("urn:r", row)
    said = {(t.predicate.value.partition("#")[2], str(t.object)) for t in triples(first)}
    assert said == {
        ("template", '"a b/é{/k"'),
        ("iri", "<https://e.org/a%20b%2Fé%7B>"),
        ("base", f"<{S}/k>"),
        ("when", f'"2026-01-02T03:04:05"^^<{XSD.DATE_TIME}>'),
        ("con", '"x"'), ("con", "<https://e.org/o#y>"), ("con2", '"x"'), ("con2", "<https://e.org/o#y>"),
    }  # fmt: skip
    assert triples(first) == triples(mapper.record("urn:other", row)), (
        "one value is one blank node, each time"
    )


def test_a_value_that_is_no_iri_names_row_and_column(tmp_path: Path) -> None:
    text = CUSTOMER.replace('rr:column "name" ; rr:language "en"', 'rr:column "name" ; rr:termType rr:IRI')
    with pytest.raises(SourceInvalid) as refused:
        _maps(tmp_path, text).record("urn:r", _row(id="1", name="http://a b", country="DE", card=None))
    assert refused.value.details == {"file": "crm.db customer 1", "field": "name"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ambit:sensitivity ambit:Internal", "ambit:sensitivty ambit:Internal", "sensitivty"),
        ("ambit:sensitivity ambit:Payment", "ambit:anchor :x", "anchor"),
        ("ambit:sensitivity ambit:Internal", 'ambit:sensitivity "internal"', "no IRI"),
        ("rr:class :Customer", "rr:graph :g", "graph"),
        ('rr:column "name" ;', 'rr:column "name" ; rr:template "{name}" ;', "needs one of"),
        ('rr:language "en"', 'rr:language "not a language"', "language"),
        ('rr:language "en"', "rr:termType rr:BlankNode ; rr:datatype xsd:string", "datatype"),
        (
            'rr:template "https://e.org/c/{id}" ; rr:class',
            'rr:template "https://e.org/c/{id" ; rr:class',
            "brace",
        ),
        ('rr:logicalTable [ rr:tableName "customer" ]', "rr:logicalTable [ ]", "rml:source"),
        ('rr:logicalTable [ rr:tableName "customer" ] ;', "", "neither"),
        ('rr:tableName "customer"', 'rr:tableName "customer" ; rr:sqlQuery "SELECT 1"', "both"),
        ('rr:tableName "customer"', 'rml:source "x.xml"', "reference formulation"),
        ('[ rr:column "card" ]', "[ rr:parentTriplesMap map:none ]", "no triples map"),
        ("rr:predicate :card ;", "", "without a predicate"),
        ("rr:subjectMap [", "rr:subjectMap [ rr:termType rr:Literal ;", "term type"),
    ],
)
def test_a_broken_mapping_names_file_subject_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in CUSTOMER
    with pytest.raises(SourceInvalid) as refused:
        _maps(tmp_path, CUSTOMER.replace(old, new))
    assert said in refused.value.message + refused.value.hint
    assert refused.value.details == {
        "file": str(tmp_path / "m.ttl"),
        "subject": "https://e.org/map/customer",
        "line": (PREFIXES + CUSTOMER).split("\n").index("map:customer a rr:TriplesMap ;") + 1,
    }


def test_both_names_of_rml_read_alike(tmp_path: Path) -> None:
    old = """<#p> rml:logicalSource [ rml:source "p.json" ; rml:referenceFormulation ql:JSONPath ; rml:iterator "$.p[*]" ] ;
        rr:subjectMap [ rr:template "https://e.org/{id}" ] ;
        rr:predicateObjectMap [ rr:predicate :n ; rr:objectMap [ rml:reference "n" ] ] ."""
    new = "@prefix new: <http://w3id.org/rml/> ." + old.replace("rml:", "new:").replace(
        "rr:", "new:"
    ).replace("ql:", "new:")
    made = []
    for text in (old, new):
        path = tmp_path / "m.ttl"
        path.write_text(PREFIXES + text)
        (one,) = triples_maps(read_file(path), S)
        made.append((one.rows, one.subject, one.predicates))
    assert made[0] == made[1]


def test_templates() -> None:
    template = parse_template(r"a\{b{c}{d e}\\z")
    assert (template.texts, template.references) == (("a{b", "", "\\z"), ("c", "d e"))
    for broken in ("a}", "{a", "{}", "a{b}}"):
        with pytest.raises(ValueError):
            parse_template(broken)


@pytest.mark.parametrize(
    ("cell", "datatype", "text"),
    [
        (Cell("1e-05", XSD.DOUBLE), XSD.DECIMAL, "0.00001"),
        (Cell("3.0", XSD.DOUBLE), XSD.INTEGER, "3"),
        (Cell("3.5", XSD.DOUBLE), XSD.INTEGER, "3.5"),
        (Cell("abc"), XSD.DECIMAL, "abc"),
        (Cell("2026-01-02"), XSD.DATE_TIME, "2026-01-02T00:00:00"),
        (Cell("2026-01-02 00:00:00"), XSD.DATE, "2026-01-02"),
        (Cell(" x "), XSD.STRING, " x "),
        (Cell("soon"), XSD.DATE_TIME, "soon"),
    ],
)
def test_lexical_forms(cell: Cell, datatype: str, text: str) -> None:
    assert lexical(cell, datatype) == text


def test_sources_of_several_files(tmp_path: Path) -> None:
    describe(tmp_path, '<https://e.org/a> a ambit:Folder ; ambit:location "a" .', "sources/a.ttl")
    describe(
        tmp_path, CUSTOMER.replace("a rr:TriplesMap", "ambit:comesFrom <https://e.org/a>"), "sources/m.ttl"
    )
    broken = describe(tmp_path, '<https://e.org/b> a ambit:Folder ; ambit:location "b" .', "sources/b.ttl")
    sources = Sources(tmp_path / "sources", tmp_path)
    said = sources.read()
    assert {s: [len(by_rows(one.maps)), len(one.maps)] for s, one in said.sources.items()} == {
        "https://e.org/a": [1, 1],  # its own, and so not that of pages
        "https://e.org/b": [1, 1],  # that of pages
    }
    broken.write_text("<https://e.org/b> a")
    said = sources.read()
    assert set(said.sources) == {"https://e.org/a", "https://e.org/b"}, "what it said before stays in force"
    assert said.problems[broken] is not None
    broken.write_text(PREFIXES + '<https://e.org/a> a ambit:Folder ; ambit:location "b" .')
    assert "twice" in str(sources.read().problems[broken])
