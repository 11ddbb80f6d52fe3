"""What a triples map says in short, the names of countries, and locations by name."""

from pathlib import Path

import pytest
from ingestworld import PREFIXES, describe

from ambit.graph.errors import SourceInvalid
from ambit.graph.terms import Literal, NamedNode
from ambit.graph.vocabulary import AMBIT, XSD
from ambit.ingest.countries import code_of
from ambit.ingest.mapper import Mapper
from ambit.ingest.mappingfile import triples_maps
from ambit.ingest.mappingtext import read_file
from ambit.ingest.sources import Source, Sources
from ambit.ingest.words import Cell, TableRow

S = "https://e.org/s/crm"
HEAD = """
map:customer a rr:TriplesMap ;
    rr:logicalTable [ rr:tableName "customer" ] ;
    ambit:sensitivity ambit:Internal ; ambit:anchor ANCHOR ;
    rr:subjectMap [ rr:template "https://e.org/c/{id}" ; rr:class :Customer ] ;
"""
LONG = (
    HEAD.replace("ANCHOR", '[ rr:template "https://e.org/c/{id}" ]')
    + """    rr:predicateObjectMap
        [ rr:predicate foaf:name ; rr:objectMap [ rr:template "{first} {last}" ; rr:termType rr:Literal ] ],
        [ rr:predicate foaf:nick ; rr:objectMap [ rr:column "nick" ; rr:language "en" ] ],
        [ rr:predicate :total ; rr:objectMap [ rr:column "total" ; rr:datatype xsd:decimal ] ],
        [ rr:predicate :since ; rr:objectMap [ rr:column "since" ] ],
        [ rr:predicate :boss ; rr:objectMap [ rr:template "https://e.org/p/{boss}" ] ],
        [ rr:predicate :kind ; rr:object :Private ],
        [ rr:predicate :same ; rr:objectMap [ rr:parentTriplesMap map:customer ] ],
        [ rr:predicate :card ; rr:objectMap [ rr:column "card" ] ; ambit:sensitivity ambit:Payment ] .
"""
)
SHORT = (
    HEAD.replace("ANCHOR", '"<https://e.org/c/{id}>"')
    + """    ambit:says [
        foaf:name "{first} {last}" ; foaf:nick "{nick}"@en ; :total "{total}"^^xsd:decimal ; :since "{since}" ;
        :boss "<https://e.org/p/{boss}>" ; :kind :Private ; :same [ rr:parentTriplesMap map:customer ] ] ;
    ambit:says [ ambit:sensitivity ambit:Payment ; :card "{card}" ] .
"""
)
ROW = {"id": "1", "first": "Ada", "last": "L", "nick": "A", "total": "2.50", "boss": "b c", "card": "4000 00"}


def _maps(tmp_path: Path, text: str) -> Mapper:
    path = tmp_path / "m.ttl"
    path.write_text(PREFIXES + text)
    maps = triples_maps(read_file(path), S)
    return Mapper(Source(S, "database", tmp_path, "crm.db", maps=tuple(maps)), maps)


def _row() -> TableRow:
    values: dict[str, Cell | None] = {name: Cell(value) for name, value in ROW.items()}
    return TableRow("crm.db customer 1", values | {"since": Cell("2020-01-01", XSD.DATE)})


def test_what_is_said_in_short_is_what_is_said_at_length(tmp_path: Path) -> None:
    short, long = (_maps(tmp_path, text).record("urn:r", _row()) for text in (SHORT, LONG))
    assert short == long
    by_name = {graph.graph.partition("#")[2]: graph for graph in short.graphs}
    assert {t.object for t in by_name["payment"].triples} == {Literal("4000 00")}
    said = {t.object for t in by_name["internal"].triples}
    assert {Literal("Ada L"), Literal("A", language="en"), NamedNode("https://e.org/p/b%20c")} <= said


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("ambit:sensitivty ambit:Payment ; :card \"{card}\"", "no property"),
        ("ambit:anchor :team ; :card \"{card}\"", "inside of"),
        ("ambit:countryOf \"country\" ; :card \"{card}\"", "inside of"),
        ('ambit:sensitivity "Payment" ; :card "{card}"', "no IRI"),
        ("rr:column \"card\"", "no property"),
        (':card "card"', "reads nothing"),
        (':card "{card"', "brace"),
        (':card "<{card}>"^^xsd:integer', "makes IRIs"),
        (':card [ rr:colum "card" ]', "colum"),
        ('ambit:sensitivity "Payment", ambit:Payment ; :card "{card}"', "several values"),
    ],
)  # fmt: skip
def test_what_is_misspelt_is_refused_and_opens_nothing(tmp_path: Path, says: str, reason: str) -> None:
    text = HEAD.replace("ANCHOR", ":team") + f"    ambit:says [ {says} ] ."
    with pytest.raises(SourceInvalid, match=reason) as refused:
        _maps(tmp_path, text)
    assert "m.ttl:12" in str(refused.value), "it names file and line"


def test_an_anchor_in_short_is_an_iri(tmp_path: Path) -> None:
    for anchor in ('"{id}"', '"https://e.org/c/{id}"'):
        with pytest.raises(SourceInvalid, match="makes no IRI"):
            _maps(tmp_path, HEAD.replace("ANCHOR", anchor) + '    ambit:says [ :card "{card}" ] .')


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("Germany", "DE"), ("GERMANY", "DE"), ("USA", "US"), ("U.S.A.", "US"),
        ("Czech Republic", "CZ"), ("The Netherlands", "NL"), ("Cote d’Ivoire", "CI"), ("Côte d'Ivoire", "CI"),
        ("United Kingdom", "GB"), ("Germanny", "Germanny"), ("xz", "XZ"), ("", ""), ("Europe", "Europe"),
    ],
)  # fmt: skip
def test_countries_by_code_and_name(said: str, code: str) -> None:
    assert code_of(said) == code


def test_a_row_is_of_the_country_that_it_names(tmp_path: Path) -> None:
    text = SHORT.replace("ambit:sensitivity ambit:Internal ;", 'ambit:countryOf "nick" ;')
    row = TableRow("crm.db customer 1", {**_row().values, "nick": Cell(" Czech Republic ")})
    hints = _maps(tmp_path, text).record("urn:r", row).graphs[0].hints
    assert hints is not None and hints.countries == {"CZ"}


def test_a_location_may_begin_with_a_name_of_the_settings(tmp_path: Path) -> None:
    described = describe(tmp_path, '<https://e.org/a> a ambit:Folder ; ambit:location "{lake}/a/b" .')
    lakes = {"lake": tmp_path / "lake"}
    source = Sources(tmp_path / "sources", tmp_path, lakes).read().sources["https://e.org/a"]
    assert (source.location, source.place) == (tmp_path / "lake" / "a" / "b", "{lake}/a/b")
    moved = Sources(tmp_path / "sources", tmp_path, {"lake": Path("../else")}).read()
    assert moved.sources["https://e.org/a"].location == tmp_path / "../else/a/b"
    said = Sources(tmp_path / "sources", tmp_path, {"pond": tmp_path}).read()
    problem = said.problems[described]
    assert not said.sources and problem is not None
    assert "{lake}/a/b" in problem.message and "[locations]" in problem.hint


def test_the_property_of_the_shorthand_is_a_term() -> None:
    assert AMBIT.SAYS == "https://w3id.org/ambit#says"
