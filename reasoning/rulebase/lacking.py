"""Which rules cannot say anything of some terms: governance lacks a triple that each of their rows needs.

A look at the index takes a microsecond where to ask the worker takes hundreds. Only patterns that every row
must meet are looked at, so that a rule which is not asked would have given nothing, at any time.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...graph.terms import NamedNode, Object
from ...graph.vocabulary import RDF, node
from .groups import Element, Group, Pattern, Union
from .parsing import read
from .tokens import Token

if TYPE_CHECKING:
    from ..governance.facts import Facts


def lacks(text: str, terms: Mapping[str, Object], facts: "Facts") -> bool:
    """Whether a rule has no row for some terms, whatever the time and the request: it needs a triple that is not there."""
    query = read(text)
    return query is not None and query.is_plain and _is_impossible(query.where, terms, facts)


def demanded(text: str) -> frozenset[str]:
    """The predicates and classes of which each row of a rule needs a triple; a path counts for none."""
    query = read(text)
    return _demanded(query.where) if query is not None and query.is_plain else frozenset()


def _demanded(group: Group) -> frozenset[str]:
    found: set[str] = set()
    for element in group.elements:
        if isinstance(element, Pattern) and element.predicate:
            is_typing = element.predicate == RDF.TYPE and element.object.kind == "iri"
            found.add(element.object.text if is_typing else element.predicate)
        elif isinstance(element, Union):
            found |= frozenset.intersection(*(_demanded(branch) for branch in element.branches))
    return frozenset(found)


def _is_impossible(group: Group, terms: Mapping[str, Object], facts: "Facts") -> bool:
    return any(_lacks(element, terms, facts) for element in group.elements)


def _lacks(element: Element, terms: Mapping[str, Object], facts: "Facts") -> bool:
    if isinstance(element, Pattern) and element.predicate:
        start, end = _term(element.subject, terms), _term(element.object, terms)
        if (start is None and end is None) or not isinstance(start, NamedNode | None):
            return False
        return not facts.states(start, element.predicate, end)
    if isinstance(element, Union):
        return all(_is_impossible(branch, terms, facts) for branch in element.branches)
    return False


def _term(token: Token, terms: Mapping[str, Object]) -> Object | None:
    """What a place of a pattern holds; None where that is open, or a literal."""
    if token.kind == "iri":
        return node(token.text)
    return terms.get(token.text) if token.kind == "var" else None
