"""Generated group graph patterns (SPARQL 1.1 §4.2, §5 to §12): composed of each other, bounded by a size."""

from collections.abc import Callable

from exactexpressions import any_term, boolean
from exactterms import FIRST
from exactworld import NOWHERE
from exactwriter import VARIABLES, Scope, Writer

Written = tuple[str, list[str]]
"""A text, and the variables that it may bind."""


def group(w: Writer, size: int, scope: Scope) -> Written:
    """A group in braces. `scope`: variables around it, to be joined with."""
    parts: list[str] = []
    bound: list[str] = []
    for number in range(1 + w.dice.below(max(1, min(size, 3)))):
        choices = _FIRST if number == 0 else _LATER
        element = w.dice.pick(choices) if size > 0 else triples
        part, more = element(w, size - 1, bound or list(scope))
        parts.append(part)
        bound += [name for name in more if name not in bound]
    if w.dice.once_in(5) and size > 0:
        w.use("FILTER")
        parts.insert(w.dice.below(len(parts) + 1), f"FILTER ({_condition(w, bound or scope, size)})")
    return "{ " + " ".join(parts) + " }", list(dict.fromkeys(bound))


def _condition(w: Writer, scope: Scope, size: int) -> str:
    """A condition; half of them hold where they do not fail, so that something is left to compare."""
    said = boolean(w, scope, size - 1)
    if w.dice.below(2):
        return said
    w.use("COALESCE", "!")
    return f"COALESCE(!{said}, true)"


def triples(w: Writer, size: int, scope: Scope) -> Written:
    """Some triple patterns that hang together."""
    if w.patterns <= 0:
        name = w.variable(scope)
        return f"{w.thing()} {w.predicate()} ?{name} .", [name]
    bound: list[str] = []
    parts = []
    label = w.fresh("l")
    for _ in range(w.dice.pick([1, 1, 1, 2])):
        around = bound or list(scope)
        subject, names = _subject(w, around, label)
        bound += names
        lists = [_properties(w, bound or around, label, bound)]
        while w.dice.once_in(7):
            w.use("predicate-object lists")
            lists.append(_properties(w, bound or around, label, bound))
        parts.append(f"{subject} {' ; '.join(lists)} .")
    return " ".join(parts), list(dict.fromkeys(bound))


def _subject(w: Writer, scope: Scope, label: str) -> Written:
    way = w.dice.below(20)
    if way == 9:
        return w.thing(), []
    if way == 10:
        w.use("blank nodes in patterns")
        return f"_:{label}", []
    if way == 11:
        w.use("blank node property lists")
        bound: list[str] = []
        return f"[ {_properties(w, scope, label, bound)} ]", bound
    name = w.variable(scope, bound=9)
    return f"?{name}", [name]


def _properties(w: Writer, scope: Scope, label: str, bound: list[str]) -> str:
    w.patterns -= 1
    way = w.dice.below(12)
    if way < 4:
        verb = w.predicate()
    elif way < 7:
        verb = path(w, 2)
    elif way == 7:
        w.use("a")
        verb = "a"
        if w.dice.below(2):
            return f"a {w.class_()}"
    else:
        w.use("variable predicate")
        name = "p" if w.dice.below(3) else w.variable(scope)
        bound.append(name)
        verb = f"?{name}"
    objects = [_object(w, scope, label, bound)]
    if w.dice.once_in(9):
        w.use("object lists")
        objects.append(_object(w, scope, label, bound))
    return f"{verb} {' , '.join(objects)}"


def _object(w: Writer, scope: Scope, label: str, bound: list[str]) -> str:
    way = w.dice.below(24)
    if way < 19:
        name = (
            w.variable(scope, bound=1 if w.dice.once_in(4) else 4) if w.dice.once_in(3) else _other(w, scope)
        )
        bound.append(name)
        return f"?{name}"
    if way < 20:
        return w.thing()
    if way == 20:
        return w.literal()
    if way == 21:
        w.use("blank nodes in patterns")
        return w.dice.pick([f"_:{label}", "[]"])
    if way == 22:
        w.use("collections")
        members = [_object(w, scope, label, bound) for _ in range(w.dice.below(3))]
        return "( " + " ".join(members) + " )"
    w.use("blank node property lists")
    return f"[ {w.iri(FIRST) if w.dice.below(2) else w.predicate()} {_object(w, scope, label, bound)} ]"


def _other(w: Writer, scope: Scope) -> str:
    """A variable that is not bound yet, if there is one."""
    return w.dice.pick([name for name in VARIABLES if name not in scope] or VARIABLES)


def path(w: Writer, size: int) -> str:
    """A property path (§9) of each kind."""
    way = w.dice.below(9) if size > 0 else 0
    if way == 0:
        return w.predicate()
    if way == 1:
        w.use("path: inverse")
        return f"^{_closed(w, size)}"
    if way == 2:
        w.use("path: sequence")
        return f"{_closed(w, size)}/{_closed(w, size)}"
    if way == 3:
        w.use("path: alternative")
        return f"{_closed(w, size)}|{_closed(w, size)}"
    if way < 7:
        sign, name = [("*", "zero or more"), ("+", "one or more"), ("?", "zero or one")][way - 4]
        w.use(f"path: {name}")
        return _closed(w, size) + sign
    if way == 7:
        w.use("path: negated")
        return f"!{w.dice.pick([w.predicate(), 'a'])}"
    w.use("path: negated set")
    members = [w.dice.pick(["", "^"]) + w.predicate() for _ in range(1 + w.dice.below(3))]
    if any(member.startswith("^") for member in members):
        w.use("path: negated inverse")
    return "!(" + "|".join(members) + ")"


def _closed(w: Writer, size: int) -> str:
    inner = path(w, size - 1)
    return (
        inner
        if inner[-1].isalnum() and inner[0] not in "!^" and "/" not in inner and "|" not in inner
        else f"({inner})"
    )


def _optional(w: Writer, size: int, scope: Scope) -> Written:
    w.use("OPTIONAL")
    inner, bound = group(w, size, scope)
    return f"OPTIONAL {inner}", bound


def _union(w: Writer, size: int, scope: Scope) -> Written:
    w.use("UNION")
    branches, bound = [], []
    for _ in range(2 + w.dice.below(2)):
        inner, names = group(w, size, scope)
        branches.append(inner)
        bound += names
    return " UNION ".join(branches), list(dict.fromkeys(bound))


def _minus(w: Writer, size: int, scope: Scope) -> Written:
    w.use("MINUS")
    return f"MINUS {group(w, size, scope)[0]}", []


def _bind(w: Writer, size: int, scope: Scope) -> Written:
    w.use("BIND")
    name = w.fresh()
    if w.dice.once_in(12):
        w.use("BNODE")
        return f"BIND(BNODE() AS ?{name})", [name]
    return f"BIND({any_term(w, scope, size)} AS ?{name})", [name]


def values(w: Writer, size: int, scope: Scope) -> Written:
    """Inline data (§10) of one or two variables."""
    w.use("VALUES")
    names = list(dict.fromkeys(w.variable(scope, bound=3) for _ in range(1 + w.dice.below(2))))
    rows = [[_datum(w) for _ in names] for _ in range(w.dice.pick([3, 2, 1, 4, 0]))]
    if len(names) == 1 and w.dice.below(2):
        return f"VALUES ?{names[0]} {{ {' '.join(row[0] for row in rows)} }}", names
    lines = " ".join("(" + " ".join(row) + ")" for row in rows)
    return f"VALUES ({' '.join('?' + name for name in names)}) {{ {lines} }}", names


def _datum(w: Writer) -> str:
    way = w.dice.below(5)
    if way == 4:
        w.use("UNDEF")
        return "UNDEF"
    return w.dice.pick([w.literal, w.predicate])() if way == 3 else w.thing()


def _graph(w: Writer, size: int, scope: Scope) -> Written:
    inner, bound = ("{ }", []) if w.dice.once_in(6) else group(w, size, scope)
    if not bound:
        w.use("GRAPH of no pattern")
    if w.dice.below(3):
        w.use("GRAPH ?g")
        name = w.dice.pick(["g", "g", w.variable(scope)])
        return f"GRAPH ?{name} {inner}", [*bound, name]
    w.use("GRAPH <g>")
    return f"GRAPH <{w.dice.pick([*w.graphs, NOWHERE])}> {inner}", bound


def _nested(w: Writer, size: int, scope: Scope) -> Written:
    w.use("nested groups")
    return group(w, size, scope)


def _subselect(w: Writer, size: int, scope: Scope) -> Written:
    w.use("sub-SELECT")
    inner, bound = w.subselect(size, scope)
    return f"{{ {inner} }}", bound


Element = Callable[[Writer, int, Scope], Written]
_FIRST: list[Element] = [triples] * 7 + [_graph, _graph, _union, _nested, _subselect, values]
_LATER: list[Element] = [
    triples,
    triples,
    triples,
    _optional,
    _optional,
    _optional,
    _minus,
    _minus,
    _bind,
    _bind,
    _union,
    values,
    _graph,
    _graph,
    _subselect,
]
