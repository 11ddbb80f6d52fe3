"""Answers made comparable: rows as a multiset, blank nodes that the data does not name told by where they stand."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

Cell = tuple[str, str, str, str]
"""Kind, value, language, datatype of a term."""
Row = tuple[tuple[str, Cell], ...]
"""Columns and cells; what is unbound is not there."""

FORMATS = {"json": QueryResultsFormat.JSON, "xml": QueryResultsFormat.XML, "tsv": QueryResultsFormat.TSV}
GRAPH_FORMATS = {"nt": RdfFormat.N_TRIPLES, "ttl": RdfFormat.TURTLE}
BLANK = "bnode"


@dataclass(frozen=True)
class Said:
    """An answer: its kind, its columns, and its rows in order."""

    kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def said(kind: str, body: bytes, format: str) -> Said:
    """An answer as it was written."""
    if kind == "graph":
        triples = parse(body, format=GRAPH_FORMATS[format])
        return Said(
            "graph", ("s", "p", "o"), tuple(row_of(zip("spo", q.triple, strict=True)) for q in triples)
        )
    if format == "json":
        return of_json(json.loads(body))
    results = parse_query_results(body, format=FORMATS[format])
    if isinstance(results, QueryBoolean):
        return Said("boolean", (), ((("", ("", str(bool(results)).lower(), "", "")),),))
    assert isinstance(results, QuerySolutions)
    names = tuple(variable.value for variable in results.variables)
    return Said("solutions", names, tuple(row_of(zip(names, row, strict=True)) for row in results))


def of_json(read: Mapping[str, object]) -> Said:
    match read:
        case {"boolean": bool(truth)}:
            return Said("boolean", (), ((("", ("", str(truth).lower(), "", "")),),))
        case {"head": {"vars": [*names]}, "results": {"bindings": [*rows]}}:
            return Said("solutions", tuple(map(str, names)), tuple(_of_bindings(row) for row in rows))
    raise ValueError(read)


def _of_bindings(row: Mapping[str, Mapping[str, str]]) -> Row:
    return tuple(
        sorted(
            (name, (term["type"], term["value"], term.get("xml:lang", ""), term.get("datatype", "")))
            for name, term in row.items()
        )
    )


def row_of(cells: Iterable[tuple[str, object]]) -> Row:
    """Names and terms as a row."""
    return tuple(sorted((name, _cell(term)) for name, term in cells if term is not None))


def _cell(term: object) -> Cell:
    match term:
        case NamedNode():
            return ("uri", term.value, "", "")
        case BlankNode():
            return (BLANK, term.value, "", "")
        case Literal():
            datatype = term.datatype.value
            plain = term.language or datatype.endswith("XMLSchema#string")
            return ("literal", term.value, term.language or "", "" if plain else datatype)
        case Triple():
            return ("triple", str(term), "", "")
    raise TypeError(term)


def multiset(rows: Iterable[Row], known: frozenset[str]) -> Counter[Row]:
    """The rows with their numbers. Blank nodes that are `known` keep their labels, others are told apart by
    the rows they stand in, to any depth: two answers that are the same but for such labels come to the same.
    """
    rows = list(rows)
    colours: dict[str, str] = {
        cell[1]: "" for row in rows for _, cell in row if cell[0] == BLANK and cell[1] not in known
    }
    for _ in range(8 if colours else 0):
        seen: dict[str, list[str]] = {label: [] for label in colours}
        for row in rows:
            whole = str(_coloured(row, colours))
            for column, cell in row:
                if cell[0] == BLANK and cell[1] in colours:
                    seen[cell[1]].append(f"{column} {whole}")
        shades = {label: str(sorted(where)) for label, where in seen.items()}
        names = {shade: f"#{number}" for number, shade in enumerate(sorted(set(shades.values())))}
        new = {label: names[shade] for label, shade in shades.items()}
        if len(set(new.values())) == len(set(colours.values())):
            colours = new
            break
        colours = new
    return Counter(_coloured(row, colours) for row in rows)


def _coloured(row: Row, colours: Mapping[str, str]) -> Row:
    return tuple(
        (column, (BLANK, colours.get(cell[1], cell[1]), "", "") if cell[0] == BLANK else cell)
        for column, cell in row
    )


def sequence(rows: Iterable[Row], columns: Iterable[str]) -> list[tuple[Cell | None, ...]]:
    """What stands in these columns, row by row."""
    return [tuple(dict(row).get(column) for column in columns) for row in rows]
