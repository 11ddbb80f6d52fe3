"""In which order a rule's patterns are asked, by what is bound: printed as a chain of LATERAL.

The engine orders a rule's patterns without knowing what is bound, and joins unions by reading all that their
branches could say: over a large graph that takes seconds. So patterns are put into an order here that goes
from what is bound to what hangs on it, inside of unions, too. `A LATERAL { B }` is `A . B` with the
solutions of A bound in B (SPARQL-dev SEP-0006); it says the same where B has no filter, OPTIONAL or BIND whose
outcome hangs on what is bound around it. What may hang on that is left in the order of its file.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from ...graph.terms import NamedNode
from ...graph.vocabulary import RDF
from .groups import Block, Element, Filter, Group, Inner, Pattern, Union, Unread
from .parsing import read
from .tokens import Token

_MOST: Final = 10**12


@lru_cache(maxsize=4096)
def ordered(text: str, bound: frozenset[str], *, is_among: bool = False) -> tuple[str, str] | None:
    """A rule's query up to where its group begins, and the rest; None where its order is not to be changed.

    `bound` are variables that have a term from the start. `is_among`: something stands before the rest that
    gives one its terms, so that the rest must begin with what can stand behind LATERAL.
    """
    query = read(text)
    if query is None or not query.is_plain:
        return None
    try:
        rest = _printed(query.where, bound, bound, frozenset())
    except Unread:
        return None
    if is_among and not rest.startswith("{"):
        return None
    return f"{query.head} WHERE {{ ", f"{rest} }} {query.tail}"


def _printed(group: Group, bound: frozenset[str], given: frozenset[str], around: frozenset[str]) -> str:
    """What stands between a group's braces, in order.

    `bound` are the variables that have terms when it is asked; of these SPARQL itself knows only those `given`
    from the start. `around` are variables that patterns around the group may bind.
    """
    _check(group, given, around)
    text: list[str] = []
    run: list[Element] = []
    later: list[tuple[Inner | Block, frozenset[str]]] = []  # with the variables that they alone may bind
    known, before = bound, given
    for element in group.elements:
        if isinstance(element, Inner | Block) and element.kind in ("OPTIONAL", "bind"):
            later.append((element, element.variables() - before))
            continue
        if any(element.variables() & own for _, own in later):
            text += [_chain(run, known, given, around, group), *(one.source for one, _ in later)]
            known = known.union(*map(always, run))
            run, later = [], []
        run.append(element)
        before = before | always(element)
    text += [_chain(run, known, given, around, group), *(one.source for one, _ in later)]
    within = given.union(*map(always, group.elements))
    beside = around.union(*(element.variables() for element in group.elements))
    return " ".join(filter(None, (*text, *(_filter(f, within, beside) for f in group.filters))))


def _chain(
    run: list[Element], known: frozenset[str], given: frozenset[str], around: frozenset[str], group: Group
) -> str:
    """A run of patterns that are joined, the cheapest first."""
    texts: list[str] = []
    left = list(run)
    while left:
        element = min(left, key=lambda e: cost(e, known))
        left.remove(element)
        beside = around.union(*(other.variables() for other in group.elements if other is not element))
        texts.append(_element(element, known, given, beside))
        known = known | always(element)
    return " LATERAL ".join(f"{{ {text} }}" for text in texts)


def _element(element: Element, known: frozenset[str], given: frozenset[str], beside: frozenset[str]) -> str:
    if isinstance(element, Union):
        return " UNION ".join(f"{{ {_printed(b, known, given, beside)} }}" for b in element.branches)
    if isinstance(element, Inner) and not is_simple(element.group):
        raise Unread
    if isinstance(element, Block) and element.kind == "select":
        raise Unread
    return element.source


def is_simple(group: Group) -> bool:
    """Whether a group is triple patterns and nothing else."""
    return not group.filters and all(isinstance(element, Pattern) for element in group.elements)


def _filter(filter: Filter, given: frozenset[str], around: frozenset[str]) -> str:
    """A filter with its groups in order: what the solutions always bind is given in them."""
    return " ".join(
        part if isinstance(part, str) else f"{{ {_printed(part, given, given, around)} }}"
        for part in filter.parts
    )


def _check(group: Group, given: frozenset[str], around: frozenset[str]) -> None:
    """Raises `Unread` where what a group says may hang on terms that its own patterns do not bind."""
    own = given
    for element in group.elements:
        is_bound = isinstance(element, Inner | Block) and element.kind in ("OPTIONAL", "bind")
        if is_bound and element.variables() & around - own:
            raise Unread
        own = own | always(element)
    for filter in group.filters:
        if filter.variables() & around - own:
            raise Unread


def always(element: Element) -> frozenset[str]:
    """The variables that an element binds in each of its solutions."""
    if isinstance(element, Pattern):
        return element.variables()
    if isinstance(element, Union):
        return frozenset.intersection(*(_bound_by(branch) for branch in element.branches))
    if isinstance(element, Inner) and element.kind == "GRAPH":
        return _bound_by(element.group)
    return frozenset()


def _bound_by(group: Group) -> frozenset[str]:
    return frozenset[str]().union(*map(always, group.elements))


def cost(element: Element, known: frozenset[str]) -> int:
    """About how many solutions are looked at; a store finds what hangs on a subject sooner than the other way."""
    if isinstance(element, Pattern):
        return _pattern_cost(element, known)
    if isinstance(element, Union):
        return _union_cost(element, known & element.variables())
    if isinstance(element, Inner):
        return 5
    return 1 if element.kind == "values" else 1000


@lru_cache(maxsize=4096)  # else the time doubles with each group inside of another
def _union_cost(union: Union, known: frozenset[str]) -> int:
    return min(sum(_group_cost(branch, known) for branch in union.branches), _MOST)


def _pattern_cost(pattern: Pattern, known: frozenset[str]) -> int:
    start, end = (_is_known(term, known) for term in (pattern.subject, pattern.object))
    if start and end:
        rows = 1
    elif start:
        rows = 10
    elif end:
        rows = 1_000_000 if pattern.predicate == RDF.TYPE else 1_000
    else:
        rows = 10_000_000
    return rows if pattern.predicate else rows * 5


def _group_cost(group: Group, known: frozenset[str]) -> int:
    rows, total, left = 1, 1, list(group.elements)
    while left:
        element = min(left, key=lambda e: cost(e, known))
        left.remove(element)
        rows = min(rows * cost(element, known), _MOST)
        total += rows
        known = known | always(element)
    return min(total, _MOST)


def _is_known(term: Token, known: frozenset[str]) -> bool:
    return term.kind != "var" or term.text in known


def values(variable: str, iris: Iterable[str]) -> str:
    """A block that binds a variable to some IRIs; raises `ValueError` for what is no IRI."""
    return f"{{ VALUES ?{variable} {{ {' '.join(_iris(iris))} }} }}"


def _iris(iris: Iterable[str]) -> Iterator[str]:
    return (str(NamedNode(iri)) for iri in iris)
