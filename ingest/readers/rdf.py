"""RDF files as they are: Turtle, N-Triples, RDF/XML, JSON-LD."""

import codecs
from pathlib import PurePosixPath
from typing import Final

from ...graph.errors import SourceInvalid
from ...graph.rdf.parsing import name_blanks, read_rdf, syntax_of
from ...graph.rdf.rdfguard import guard
from ...graph.terms import Triple

SUFFIXES: Final = {".ttl": "turtle", ".nt": "ntriples", ".rdf": "", ".owl": "", ".jsonld": "jsonld"}
"""By ending; where it says nothing, the content tells."""

DATASETS: Final = (".trig", ".nq")
"""Formats that are refused: they name graphs, and that is not theirs to do."""


def read(data: bytes, name: str, iri: str) -> frozenset[Triple]:
    """The triples of a file, relative IRIs and blank nodes named by its IRI.

    Raises `SourceInvalid` and `TooLarge`, with the file and where it is known the line.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending in DATASETS:
        raise SourceInvalid(
            f"`{name}` is in a format that sources cannot have", hint="use Turtle", details={"file": name}
        )
    syntax = SUFFIXES.get(ending) or syntax_of(data)
    guard(data, name=name, syntax=syntax)
    text = data.removeprefix(codecs.BOM_UTF8)
    return name_blanks(read_rdf(text, name=name, syntax=syntax, base=iri), iri)
