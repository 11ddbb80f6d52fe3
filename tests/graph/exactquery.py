"""Generated queries: forms, modifiers and datasets around generated patterns (SPARQL 1.1 §11, §13, §15, §16).

A query's answer is determined by its dataset. So LIMIT and OFFSET cut only what is counted afterwards or what
is ordered by strings, each of them once; SAMPLE takes from what is one; GROUP_CONCAT is measured, not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from exactdice import Dice
from exactexpressions import any_term, function
from exactpatterns import group, triples, values
from exactterms import EX, RDF, XSD
from exactworld import GRAPHS, NOWHERE, OWN_GRAPHS
from exactwriter import Scope, Writer

from ambit.graph.sparql.gate import Dataset

PROLOGUE = f"PREFIX ex: <{EX}> PREFIX : <{EX}n> PREFIX xsd: <{XSD}> PREFIX rdf: <{RDF}> "


@dataclass(frozen=True)
class Asked:
    """A query, cut where a dataset clause goes; its dataset; and how far its answer is determined."""

    head: str
    tail: str
    clause: Dataset | None = None  # FROM and FROM NAMED
    protocol: Dataset | None = None  # which goes before the clause
    ordered: tuple[str, ...] = ()  # columns whose sequence is determined
    is_set: bool = False  # how often a row comes is not determined
    used: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def dataset(self) -> Dataset | None:
        """The dataset that counts (SPARQL 1.1 Protocol §2.1.4)."""
        return self.protocol if self.protocol is not None else self.clause

    @property
    def text(self) -> str:
        """The whole query."""
        clause = self.clause or Dataset((), ())
        said = [f"FROM <{g}>" for g in clause.default] + [f"FROM NAMED <{g}>" for g in clause.named]
        return " ".join((self.head, *said, self.tail))

    @property
    def bare(self) -> str:
        """Without its dataset clause, for a store that holds nothing but the dataset."""
        return f"{self.head} {self.tail}"


def drawn_query(dice: Dice, size: int = 4) -> Asked:
    """A query of any form."""
    w = Writer(dice)
    w.group = lambda size, scope: group(w, size, scope)
    w.subselect = lambda size, scope: _subselect(w, size, scope)
    w.graphs = [*GRAPHS, *GRAPHS, *GRAPHS, *OWN_GRAPHS]
    size = dice.pick([1, 1, 1, 2, 2, 3, size])
    form = dice.pick(_FORMS)
    head, tail, more = form(w, size)
    clause = _dataset(w, "FROM") if dice.once_in(5) else None
    protocol = _dataset(w, "protocol dataset") if dice.once_in(10) else None
    base = f"BASE <{EX}> " if w.based else ""
    ordered = more if isinstance(more, tuple) else ()
    asked = Asked(base + PROLOGUE + head, tail, clause, protocol, ordered, more == "set", frozenset(w.used))
    return drawn_query(dice) if _is_read_twice(asked.bare) else asked


def _is_read_twice(text: str) -> bool:
    """Whether the engine may read a blank node's label twice, and refuse it: it tries arguments in two ways."""
    calls = ("SUBSTR(", "REPLACE(", "REGEX(")
    return "_:" in text and "EXISTS" in text and any(call in text.upper() for call in calls)


def _dataset(w: Writer, feature: str) -> Dataset | None:
    """Graphs of data, of Ambit's own, and one that is nowhere; sometimes nearly all."""
    some = [GRAPHS, GRAPHS, [*GRAPHS, *OWN_GRAPHS, NOWHERE]]
    least, most = w.dice.pick([(0, 2), (2, 5), (8, 10)])
    default = tuple(w.dice.some(w.dice.pick(some), least, most))
    named = tuple(w.dice.some(w.dice.pick(some), max(least, 0 if default else 1), most))
    if feature == "FROM":
        w.use(*(["FROM"] if default else []), *(["FROM NAMED"] if named else []))
    else:
        w.use(feature)
    return Dataset(default, named)


def _tail(w: Writer, body: str) -> str:
    """With WHERE or without, and sometimes with data behind (§10.2.2)."""
    where = w.dice.pick(["WHERE ", ""])
    return f"{where}{body}"


def _after(w: Writer, scope: Scope) -> str:
    """What may stand behind a query and leaves its answer determined."""
    said = ""
    if w.dice.once_in(5):
        w.use("ORDER BY")
        said += f" ORDER BY {_key(w, scope)}" + (f" {_key(w, scope)}" if w.dice.below(2) else "")
    if w.dice.once_in(10):
        w.use("LIMIT")
        said += w.dice.pick([" LIMIT 5000", " LIMIT 0", " LIMIT 5000", " OFFSET 0 LIMIT 5000"])
    if w.dice.once_in(20):
        said += " " + values(w, 0, scope)[0]
    return said


def _key(w: Writer, scope: Scope) -> str:
    inner = any_term(w, scope, 1)
    return w.dice.pick([f"ASC({inner})", f"DESC({inner})", w.var(scope), f"({inner})"])


def _select(w: Writer, size: int) -> tuple[str, str, object]:
    body, bound = group(w, size, ())
    word = w.dice.pick(["", "", "DISTINCT ", "REDUCED "])
    w.use("SELECT", *([word.strip()] if word else []))
    head = "SELECT " + word + _projection(w, bound)
    return head, _tail(w, body) + _after(w, bound), "set" if word == "REDUCED " else None


def _computed(w: Writer, size: int) -> tuple[str, str, object]:
    """Much computed over little that is matched, so that functions meet values."""
    part, bound = triples(w, 0, ("a",))
    more = ""
    if w.dice.below(2):
        inner, optional = triples(w, 0, bound)
        w.use("OPTIONAL")
        more, bound = f" OPTIONAL {{ {inner} }}", list(dict.fromkeys([*bound, *optional]))
    w.use("SELECT", "SELECT expressions")
    columns = [f"({function(w, bound, 2)} AS ?{w.fresh()})" for _ in range(4)]
    kept = " ".join(f"?{name}" for name in w.dice.some(bound, 0, 2))
    return f"SELECT {kept} {' '.join(columns)}", _tail(w, f"{{ {part}{more} }}"), None


def _projection(w: Writer, bound: Sequence[str]) -> str:
    if w.dice.below(3) == 0 or not bound:
        w.use("SELECT *")
        return "*"
    columns = [f"?{name}" for name in w.dice.some(bound, 1, 3)]
    for _ in range(w.dice.below(3)):
        w.use("SELECT expressions")
        columns.append(f"({any_term(w, bound, 2)} AS ?{w.fresh()})")
    return " ".join(columns)


def _paged(w: Writer, size: int) -> tuple[str, str, object]:
    """Ordered by strings, each row once: any page of it is determined."""
    body, bound = group(w, size, ())
    names = [w.fresh("k") for _ in range(min(2, max(1, len(bound))))]
    columns = [f"(COALESCE(STR({w.var(bound)}), '-') AS ?{name})" for name in names]
    keys = [w.dice.pick([f"?{name}", f"DESC(?{name})", f"ASC(?{name})"]) for name in names]
    w.use("SELECT", "DISTINCT", "ORDER BY", "LIMIT", "OFFSET", "COALESCE", "STR", "SELECT expressions")
    page = w.dice.pick(["", " LIMIT 3", " LIMIT 4 OFFSET 1", " OFFSET 2"])
    head = "SELECT DISTINCT " + " ".join(columns)
    return head, f"{_tail(w, body)} ORDER BY {' '.join(keys)}{page}", tuple(names)


def _counted(w: Writer, size: int) -> tuple[str, str, object]:
    """A page that is not ordered has a size."""
    inner, _ = _plain_select(w, size, ())
    w.use("SELECT", "sub-SELECT", "COUNT", "LIMIT", "OFFSET")
    page = w.dice.pick(["LIMIT 2", "LIMIT 3 OFFSET 1", "OFFSET 2"])
    return "SELECT (COUNT(*) AS ?n)", f"{{ {{ {inner} {page} }} }}", None


def _plain_select(w: Writer, size: int, scope: Scope) -> tuple[str, list[str]]:
    body, bound = group(w, size, scope)
    if w.dice.below(3) == 0 or not bound:
        return f"SELECT {w.dice.pick(['', 'DISTINCT '])}* {body}", bound
    kept = w.dice.some(bound, 1, 2)
    columns = [f"?{name}" for name in kept]
    if w.dice.below(2):
        made = w.fresh()
        columns.append(f"({any_term(w, bound, 1)} AS ?{made})")
        kept.append(made)
    return f"SELECT {w.dice.pick(['', 'DISTINCT '])}{' '.join(columns)} WHERE {body}", kept


def _subselect(w: Writer, size: int, scope: Scope) -> tuple[str, list[str]]:
    if w.dice.below(2):
        return _plain_select(w, size, scope)
    head, tail, bound = _grouped(w, size, scope, outer=False)
    return f"{head} {tail}", bound


def _aggregated(w: Writer, size: int) -> tuple[str, str, object]:
    w.use("SELECT")
    head, tail, _ = _grouped(w, size, (), outer=True)
    return head, tail, None


def _grouped(w: Writer, size: int, scope: Scope, *, outer: bool) -> tuple[str, str, list[str]]:
    """Groups with aggregates (§11): without keys, by variables, by expressions with or without a name."""
    body, bound = group(w, size, scope)
    keys, names = [], []
    if w.dice.below(4) and bound:
        w.use("GROUP BY")
        for name in w.dice.some(bound, 1, 2):
            if w.dice.once_in(3):
                made = w.fresh()
                w.use("GROUP BY expression")
                keys.append(f"(COALESCE({any_term(w, bound, 1)}) AS ?{made})")  # a bare variable is refused
                names.append(made)
            elif w.dice.once_in(4):
                w.use("GROUP BY expression")
                keys.append(f"STR(?{name})")
            else:
                keys.append(f"?{name}")
                names.append(name)
    columns, made = [f"?{name}" for name in names], list(names)
    for _ in range(1 + w.dice.below(2)):
        made.append(w.fresh())
        columns.append(f"({_aggregate(w, bound, names, outer=outer)} AS ?{made[-1]})")
    tail = _tail(w, body) + (f" GROUP BY {' '.join(keys)}" if keys else "")
    if w.dice.once_in(3):
        w.use("HAVING")
        tail += f" HAVING ({_aggregate(w, bound, names, outer=outer)} {w.dice.pick(['>', '<=', '!='])} 1)"
    if keys and names and outer and w.dice.once_in(4):
        w.use("ORDER BY")
        tail += f" ORDER BY DESC(COUNT(*)) ?{names[0]}"
    return "SELECT " + " ".join(columns), tail, made


def _aggregate(w: Writer, bound: Scope, names: Sequence[str], *, outer: bool) -> str:
    """One aggregate whose value no order changes."""
    distinct = w.dice.pick(["", "DISTINCT "])
    name = w.dice.pick(["COUNT", "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"])
    w.use(name, *([f"{name} DISTINCT"] if distinct else []))
    var = f"?{w.dice.pick(bound)}" if bound else "1"
    if name == "COUNT":
        return f"COUNT({distinct}{w.dice.pick(['*', var, var, f'STR({var})'])})"
    if name == "SUM":
        return f"SUM({distinct}{w.dice.pick([var, f'xsd:integer({var})', f'STRLEN(STR({var}))'])})"
    if name == "AVG":
        said = f"AVG({distinct}{w.dice.pick([var, f'STRLEN(STR({var}))'])})"
        return said if outer else f"FLOOR({said})"
    if name in ("MIN", "MAX"):
        inner = w.dice.pick([f"COALESCE(STR({var}), '-')", f"STRLEN(STR({var}))", f"xsd:integer({var})"])
        return f"{name}({distinct}{inner})"
    if name == "SAMPLE":
        return f"SAMPLE({distinct}{w.dice.pick([*(f'?{name}' for name in names), '7'])})"
    separator = w.dice.pick(["", "; SEPARATOR = ', '"])
    return f"STRLEN(GROUP_CONCAT({distinct}STR({var}){separator}))"


def _ask(w: Writer, size: int) -> tuple[str, str, object]:
    w.use("ASK")
    return "ASK", _tail(w, group(w, size, ())[0]), None


def _describe(w: Writer, size: int) -> tuple[str, str, object]:
    w.use("DESCRIBE")
    if w.dice.below(3) == 0:
        return f"DESCRIBE {w.thing()} <{w.dice.pick(GRAPHS)}>", "", None
    body, bound = group(w, size, ())
    if not bound:
        return f"DESCRIBE {w.thing()}", _tail(w, body), None
    what = w.dice.pick(["*", " ".join(f"?{name}" for name in w.dice.some(bound, 1, 2)), w.thing()])
    return f"DESCRIBE {what}", f"WHERE {body}", None


def _construct(w: Writer, size: int) -> tuple[str, str, object]:
    w.use("CONSTRUCT")
    if w.dice.below(5) == 0:
        w.use("CONSTRUCT WHERE")
        said = " ".join(
            f"{w.var(())} {w.predicate()} {w.dice.pick([w.var(()), w.thing()])} ."
            for _ in range(1 + w.dice.below(2))
        )
        return "CONSTRUCT", f"WHERE {{ {said} }}", None
    body, bound = group(w, size, ())
    lines = [_line(w, bound) for _ in range(1 + w.dice.below(2))]
    return f"CONSTRUCT {{ {' '.join(lines)} }}", f"WHERE {body}{_after(w, bound)}", None


def _line(w: Writer, bound: Scope) -> str:
    """A triple of a template; with blank nodes and collections, which are new for each solution (§16.2.1)."""
    nodes = [lambda: w.var(bound, bound=20)] * 3 + [w.thing, lambda: "_:t", lambda: "[]"]
    subject = w.dice.pick(nodes)()
    if w.dice.once_in(5):
        w.use("collections")
        return f"{subject} {w.predicate()} ( {w.var(bound)} {w.literal()} ) ."
    verb = w.var(bound) if w.dice.once_in(5) else w.predicate()
    return f"{subject} {verb} {w.dice.pick([*nodes, w.literal])()} ."


_FORMS = (
    [_select] * 8
    + [_computed] * 4
    + [_paged, _counted, _aggregated, _aggregated, _aggregated, _ask, _describe, _construct]
)
