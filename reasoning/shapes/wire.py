"""Triples as JSON, for the pipe between the server and the worker that checks shapes.

An IRI is `"<iri"`, a blank node `"_name"`, a literal `[lexical, datatype, language]`. Quoted triples do not
travel: SHACL has no word for them.
"""

from collections.abc import Iterable
from typing import TypeAlias

from ...graph.terms import BlankNode, Literal, NamedNode, Object, Triple

Term: TypeAlias = str | list[str | None]


def term_out(term: Object) -> Term | None:
    """A term as JSON; None for a quoted triple."""
    if isinstance(term, NamedNode):
        return "<" + term.value
    if isinstance(term, BlankNode):
        return "_" + term.value
    if isinstance(term, Literal):
        return [term.value, term.datatype.value, term.language]
    return None


def term_in(term: Term) -> Object:
    """The term that JSON stands for; raises `ValueError` when it stands for none."""
    if isinstance(term, list):
        value, datatype, language = term
        if language:
            return Literal(value or "", language=language)
        return Literal(value or "", datatype=NamedNode(datatype) if datatype else None)
    return NamedNode(term[1:]) if term.startswith("<") else BlankNode(term[1:])


def triples_out(triples: Iterable[Triple]) -> list[list[Term]]:
    """Triples as JSON, without those that quote one."""
    found = []
    for t in triples:
        s, p, o = term_out(t.subject), term_out(t.predicate), term_out(t.object)
        if s is not None and p is not None and o is not None:
            found.append([s, p, o])
    return found
