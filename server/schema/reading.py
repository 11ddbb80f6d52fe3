"""Carries a plan out: rows of a level straight into finished JSON, then the levels below it.

Trees hold response keys and are handed through by the executor; nothing of graphql-core runs per row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ...graph.errors import TooLarge
from ...graph.vocabulary import RDF
from . import plan, print
from .algebra import Select
from .classifying import Classifying
from .eyes import Eyes, Near, Row, Term
from .limits import Limits
from .model import Model
from .paging import MOST
from .scalars import reader_of
from .selection import LABELS, Classify, Field, Link, Nearest, Own, Shape, Shapes, Typename, Value
from .wanted import Wanted

Tree = dict[str, object]
Spoken = Mapping[str, list[Term]]
"""What is said of one entity, by predicate."""
Way = Callable[[str, str, Spoken], object]
Read = Callable[[str], object]
CHUNK = 2_000  # entities named in one query


@dataclass(slots=True)
class Level:
    """Rows by entity, in the order they came: what each predicate says of it."""

    said: dict[str, dict[str, list[Term]]] = field(default_factory=dict)
    keys: dict[str, Term] = field(default_factory=dict)  # the sort keys, where the order has one
    children: dict[str, list[str]] = field(default_factory=dict)  # by parent
    told_under: dict[str, str | None] = field(default_factory=dict)  # the one parent whose rows count

    def take(self, rows: Iterable[Row], wanted: Wanted) -> None:
        """Adds rows of ?parent ?s ?k ?c… ?p ?o; under several parents an entity is told of once."""
        columns = wanted.columns.items()
        for row in rows:
            iri = row["s"]["value"]
            parent = row["parent"]["value"] if "parent" in row else None
            if parent is not None:
                listed = self.children.setdefault(parent, [])
                if not listed or listed[-1] != iri:
                    listed.append(iri)
            if self.told_under.setdefault(iri, parent) != parent:
                continue
            said = self.said.setdefault(iri, {})
            if "k" in row:
                self.keys[iri] = row["k"]
            if "p" in row:
                said.setdefault(row["p"]["value"], []).append(row["o"])
                continue
            for name, predicate in columns:
                if name in row and row[name] not in said.setdefault(predicate, []):
                    said[predicate].append(row[name])


class Reader:
    """Reads for one operation, within its limits."""

    def __init__(self, eyes: Eyes, model: Model, limits: Limits, classifying: Classifying):
        self._eyes = eyes
        self._model = model
        self._limits = limits
        self._classifying = classifying
        self._queries = 0
        self._compared = 0
        self.told: dict[str, set[str]] = {}  # what went into trees: predicates by entity, all their values
        self.linked: list[tuple[str, str, Term]] = []  # and single links

    def rows(self, query: Select, *, counts: bool = False) -> Sequence[Row]:
        """The rows of one query; raises `TooLarge` for more queries or rows than an operation may have."""
        self._queries += 1
        if self._queries > self._limits.queries:
            raise TooLarge(
                f"the operation needs more than {self._limits.queries} queries",
                hint="ask for fewer fields at a time",
            )
        rows = (self._eyes.counted if counts else self._eyes.select)(print.select(query))
        if len(rows) > plan.ROWS:
            raise TooLarge(f"a list has more than {plan.ROWS} values", hint="ask for less with `first`")
        return rows

    def entities(self, iris: Iterable[str], wanted: Wanted) -> Level:
        """What is said of `iris`; those of which nothing is said are there, too."""
        level = Level({iri: {} for iri in sorted(set(iris))})
        if wanted:
            for chunk in _chunks(list(level.said)):
                level.take(self.rows(plan.entities(chunk, wanted)), wanted)
        return level

    def existing(self, iris: Iterable[str], kind: str | None, wanted: Wanted) -> Level:
        """What is said of those of `iris` that are there."""
        level = Level()
        for chunk in _chunks(sorted({iri for iri in iris if print.is_iri(iri)})):
            level.take(self.rows(plan.existing(chunk, kind, wanted)), wanted)
        return level

    def successor(self, iri: str) -> str | None:
        """The entity that replaces `iri`: a renamed file is found by its old name, too."""
        rows = self.rows(plan.successors(iri)) if print.is_iri(iri) else ()
        return rows[0]["s"]["value"] if rows else None

    def label(self, iri: str) -> str | None:
        """The label of one entity."""
        level = self.entities([iri], Wanted(several=frozenset(LABELS))) if print.is_iri(iri) else Level()
        return label_of(level.said.get(iri, {}))

    def trees(self, level: Level, iris: Iterable[str], shapes: Shapes) -> dict[str, Tree]:
        """A finished tree for each of `iris`, the levels below included."""
        made: dict[str, Tree] = {}
        # by identity: a field is asked for once in a shape
        linked: dict[int, tuple[Link | Nearest, list[str]]] = {}
        ways = {name: _ways(shape) for name, shape in shapes.named.items()}
        otherwise = _ways(shapes.otherwise)
        for iri in iris:
            said = level.said[iri]
            self.told.setdefault(iri, set()).update(said)
            name = shapes.fixed or self.type_of(said)
            shape = shapes.of(name)
            made[iri] = {key: way(name, iri, said) for key, way in ways.get(name, otherwise)}
            for item in shape.classify:
                self._classifying.want(made[iri], item, [(iri, said)])
            below: tuple[Link | Nearest, ...] = (*shape.links, *shape.nearest)
            for link in below:
                linked.setdefault(id(link), (link, []))[1].append(iri)
        for link, parents in linked.values():
            if isinstance(link, Nearest):
                self._compare(link, parents, made)
            else:
                self._follow(link, level, parents, made)
        return made

    def type_of(self, said: Spoken) -> str:
        """The name of the most specific type among an entity's classes."""
        classes = [term["value"] for term in said.get(RDF.TYPE, ())]
        known = [iri for iri in classes if iri in self._model.rank]
        if not known:
            return "Resource"
        return self._model.by_class[min(known, key=self._model.rank.__getitem__)].name

    def _follow(self, link: Link, level: Level, parents: Sequence[str], made: Mapping[str, Tree]) -> None:
        """Reads the entities that one field leads to, for all parents, and hangs them in."""
        wanted = link.shapes.wanted
        if link.window is None:
            chosen = {iri: _first_entity(level.said[iri].get(link.item.iri, ())) for iri in parents}
            below = self.entities([child for child in chosen.values() if child], wanted)
            trees = self.trees(below, below.said, link.shapes)
            for iri, child in chosen.items():
                made[iri][link.key] = trees[child] if child else None
            return
        below = Level()
        for chunk in _chunks(parents) if link.window.first else ():
            below.take(self.rows(plan.children(chunk, link.item, link.window, wanted)), wanted)
        trees = self.trees(below, below.said, link.shapes)
        for iri, listed in below.children.items():
            made[iri][link.key] = [trees[child] for child in listed]
            self.linked += [(iri, link.item.iri, {"type": "uri", "value": child}) for child in listed]

    def _compare(self, item: Nearest, iris: Sequence[str], made: Mapping[str, Tree]) -> None:
        """Finds the entities like those of `iris`, for all at once, and hangs them in."""
        self._compared += len(iris)
        if self._compared > MOST:
            raise TooLarge(
                f"the operation compares more than {MOST} entities", hint="ask for fewer entities at a time"
            )
        found = self._eyes.similar(iris, item.first)
        level = self.existing({near.iri for others in found.values() for near in others}, None, item.wanted)
        trees = {key: self.trees(level, level.said, shapes) for key, shapes in item.entities.items()}
        if not trees:
            for iri, said in level.said.items():
                self.told.setdefault(iri, set()).update(said)
        for iri, others in found.items():
            made[iri][item.key] = [
                {
                    key: _said_of(near, name, level.said[near.iri], trees.get(key, {}))
                    for key, name in item.parts
                }
                for near in others
                if near.iri in level.said
            ]


def _said_of(near: Near, name: str, said: Spoken, trees: Mapping[str, Tree]) -> object:
    """A field of `Similar`."""
    match name:
        case "__typename":
            return "Similar"
        case "label":
            return label_of(said)
        case "types":
            return _classes(said)
        case "entity":
            return trees.get(near.iri)
        case _:
            return getattr(near, name)


def _ways(shape: Shape) -> list[tuple[str, Way]]:
    """For each response key how its value comes from an entity's type, IRI and what is said of it."""
    return [(item.key, _way(item)) for item in shape.fields]


def _way(item: Field) -> Way:
    match item:
        case Value(_, property):
            return partial(
                _values if property.many else _one, property.iri, reader_of(property.scalar or "String")
            )
        case Own(_, "iri"):
            return lambda name, iri, said: iri
        case Own(_, "label"):
            return lambda name, iri, said: label_of(said)
        case Own():
            return lambda name, iri, said: _classes(said)
        case Typename():
            return lambda name, iri, said: name
        case Link(_, property) if property.many:
            return lambda name, iri, said: []
        case Link() | Classify() | Nearest():  # filled in later, at their place among the keys
            return lambda name, iri, said: None


def _values(predicate: str, read: Read, name: str, iri: str, said: Spoken) -> list[object]:
    found = [read(term["value"]) for term in _sorted(said.get(predicate, ()))]
    return [value for value in found if value is not None]


def _one(predicate: str, read: Read, name: str, iri: str, said: Spoken) -> object:
    terms = said.get(predicate)
    if terms is None:
        return None
    if len(terms) == 1 and terms[0]["type"] == "literal":  # nearly always, and this runs for every cell
        return read(terms[0]["value"])
    return next(iter(_values(predicate, read, name, iri, said)), None)


def _classes(said: Spoken) -> list[str]:
    return sorted({term["value"] for term in said.get(RDF.TYPE, ()) if term["type"] == "uri"})


def label_of(said: Spoken) -> str | None:
    """The first label there is: by predicate, then unmarked and English texts before others, then by text."""
    for predicate in LABELS:
        texts = [term for term in said.get(predicate, ()) if term["type"] == "literal"]
        if texts:
            return min(texts, key=lambda term: (not _own(term), term["value"], term.get("xml:lang", "")))[
                "value"
            ]
    return None


def _own(term: Term) -> bool:
    return term.get("xml:lang", "en").partition("-")[0].lower() == "en"


def _sorted(terms: Sequence[Term]) -> list[Term]:
    """In an order that no engine decides; blank nodes are no values."""
    named = [term for term in terms if term["type"] in ("literal", "uri")]
    if len(named) < 2:
        return named
    return sorted(named, key=lambda term: (term["value"], term.get("datatype", ""), term.get("xml:lang", "")))


def _first_entity(terms: Sequence[Term]) -> str | None:
    return min((term["value"] for term in terms if term["type"] == "uri"), default=None)


def _chunks(iris: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(iris), CHUNK):
        yield iris[start : start + CHUNK]
