"""From what is asked to the algebra of its queries: one query for each page, list level and count.

A page or level is found first (filtered, ordered, cut), and what is said of its entities is joined to it as
rows of subject, predicate and value; those of which one value is expected as columns.
"""

from collections.abc import Sequence

from ...graph.vocabulary import DCTERMS, RDF
from .algebra import (
    As,
    Call,
    Exists,
    Filter,
    Iri,
    Lateral,
    Optional,
    Pattern,
    Select,
    Text,
    Triple,
    Union,
    Values,
    Var,
)
from .algebra import text_of as _text_of
from .model import Property
from .wanted import Wanted
from .window import ENTITY, KEY, Order, Window, beyond, comparable, sort

PARENT, PREDICATE, OBJECT, COUNT = Var("parent"), Var("p"), Var("o"), Var("n")
_SORTED, _ANY, _THING = Var("w"), Var("any"), Var("thing")  # no variable of a filter

ROWS = 100_000
"""Rows that one query may bring; more is refused, whoever hides what."""


def page(kind: str, window: Window, after: tuple[str, Text | None] | None, wanted: Wanted) -> Select:
    """One entity more than the window's page of a class, in order, and what is said of them: ?s ?k ?p ?o."""
    listed = _listed((ENTITY,), _members(kind, window), window, after, window.first + 1)
    ordered = sort(window.order)
    return Select(
        _columns(wanted, ENTITY, *_keyed(window)), (listed, *_said(wanted)), order=ordered, limit=ROWS + 1
    )


def count(kind: str, window: Window) -> Select:
    """How many entities of a class pass the window's filter: ?n."""
    return Select((As(Call("COUNT", (ENTITY,)), COUNT),), _members(kind, window))


def children(parents: Sequence[str], item: Property, window: Window, wanted: Wanted) -> Select:
    """The first of each parent's entities, in order, and what is said of them: ?parent ?s ?k ?p ?o."""
    members = (Triple(PARENT, Iri(item.iri), ENTITY), *_is_entity(), *window.where)
    listed = _listed((PARENT, ENTITY), members, window, None, window.first)
    where = (Values(PARENT, tuple(map(Iri, parents))), Lateral(listed), *_said(wanted))
    return Select(
        _columns(wanted, PARENT, ENTITY, *_keyed(window)), where, order=sort(window.order), limit=ROWS + 1
    )


def entities(iris: Sequence[str], wanted: Wanted) -> Select:
    """What is said of each of `iris`: ?s ?p ?o."""
    where = (Values(ENTITY, tuple(map(Iri, iris))), *_said(wanted))
    return Select(_columns(wanted, ENTITY), where, limit=ROWS + 1)


def existing(iris: Sequence[str], kind: str | None, wanted: Wanted) -> Select:
    """Those of `iris` that anything is said of, or that are of a class, and what is said of them."""
    there: Pattern = Filter(Exists((Triple(ENTITY, _ANY, _THING),)))
    if kind is not None:
        there = Triple(ENTITY, Iri(RDF.TYPE), Iri(kind))
    where = (Values(ENTITY, tuple(map(Iri, iris))), there, *_said(wanted))
    return Select(_columns(wanted, ENTITY), where, limit=ROWS + 1)


def successors(iri: str) -> Select:
    """The entities that replace `iri`, as a rename leaves them: ?s."""
    where = (Triple(ENTITY, Iri(DCTERMS.REPLACES), Iri(iri)), *_is_entity())
    return Select((ENTITY,), where, order=sort(Order()), limit=1)


def _listed(
    head: tuple[Var, ...],
    members: tuple[Pattern, ...],
    window: Window,
    after: tuple[str, Text | None] | None,
    limit: int,
) -> Select:
    order, item = window.order, window.order.item
    further = () if after is None else (Filter(beyond(order, *after)),)
    if item is None:
        return Select(head, (*members, *further), order=sort(order), limit=limit)
    key = _text_of(_SORTED) if item.scalar is None else comparable(item.scalar, _SORTED)
    # the smallest of several values stands for the entity
    valued = (*members, Optional((Triple(ENTITY, Iri(item.iri), _SORTED),)))
    keyed = Select((*head, As(Call("MIN", (key,)), KEY)), valued, group=head)
    return Select((*head, KEY), (keyed, *further), order=sort(order), limit=limit)


def _members(kind: str, window: Window) -> tuple[Pattern, ...]:
    return (Triple(ENTITY, Iri(RDF.TYPE), Iri(kind)), *_is_entity(), *window.where)


def _is_entity() -> tuple[Pattern, ...]:
    """Blank nodes have no IRI to be asked for by, so they are no entities."""
    return (Filter(Call("ISIRI", (ENTITY,))),)


def _said(wanted: Wanted) -> tuple[Pattern, ...]:
    """One row with the columns of each entity, and a row for each value of the other predicates."""
    columns = tuple(
        Optional((Triple(ENTITY, Iri(predicate), Var(name)),)) for name, predicate in wanted.columns.items()
    )
    if not wanted.several:
        return columns
    rows = (Values(PREDICATE, tuple(map(Iri, sorted(wanted.several)))), Triple(ENTITY, PREDICATE, OBJECT))
    return (Lateral(Union(columns, rows)),) if columns else (Optional(rows),)


def _keyed(window: Window) -> tuple[Var, ...]:
    return (KEY,) if window.order.item else ()


def _columns(wanted: Wanted, *head: Var) -> tuple[Var, ...]:
    rows = (PREDICATE, OBJECT) if wanted.several else ()
    return (*head, *map(Var, wanted.columns), *rows)
