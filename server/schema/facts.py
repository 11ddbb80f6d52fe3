"""What a view says of itself: classes with instances, properties seen on them, what ontology and shapes add.

Read by the named queries beside this file, through the caller's eyes; so nothing hidden can be among it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from ...graph.vocabulary import OWL, RDF, RDFS, SH
from .eyes import Eyes, Row

META = (RDF.NAMESPACE, RDFS.NAMESPACE, OWL.NAMESPACE, SH.NAMESPACE)
"""Vocabularies that speak of vocabularies: their classes are no types."""

SILENT = (RDF.NAMESPACE, OWL.NAMESPACE, SH.NAMESPACE)
"""Vocabularies whose properties are no fields."""

LARGEST = 1_000
"""Types in one schema; beyond it those with most instances."""


@dataclass(slots=True)
class Seen:
    """One property on the instances of one class."""

    datatypes: set[str] = field(default_factory=set)
    linked: bool = False
    targets: dict[str, int] = field(default_factory=dict)
    typed: int = 0


@dataclass(slots=True)
class Told:
    """What ontologies and shapes say; the first in the order of the alphabet where they say it twice."""

    descriptions: dict[str, str] = field(default_factory=dict)
    ranges: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    parents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    functional: set[str] = field(default_factory=set)
    single: set[tuple[str, str]] = field(default_factory=set)
    shaped: dict[tuple[str, str], str] = field(default_factory=dict)  # class and property to description
    shaped_targets: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    prefixes: dict[str, str] = field(default_factory=dict)  # namespace to prefix


@dataclass(slots=True)
class Facts:
    """All facts of one view."""

    instances: dict[str, int]
    seen: dict[tuple[str, str], Seen]
    told: Told


@cache
def text(name: str) -> str:
    """The named query."""
    return (files(__package__) / "queries" / f"{name}.rq").read_text("utf-8")


def read(eyes: Eyes) -> Facts:
    """The facts of the caller's view: seven queries."""
    counted = {row["class"]["value"]: int(row["instances"]["value"]) for row in eyes.select(text("classes"))}
    shown = sorted((-count, iri) for iri, count in counted.items() if not iri.startswith(META))[:LARGEST]
    instances = {iri: -count for count, iri in shown}
    return Facts(instances, _seen(eyes, instances), _told(eyes))


def _seen(eyes: Eyes, instances: dict[str, int]) -> dict[tuple[str, str], Seen]:
    seen: dict[tuple[str, str], Seen] = defaultdict(Seen)
    for row in eyes.select(text("properties")):
        key = _key(row)
        if key[0] in instances and not key[1].startswith(SILENT):
            if "datatype" in row:
                seen[key].datatypes.add(row["datatype"]["value"])
            else:
                seen[key].linked = True
    for row in eyes.select(text("targets")):
        if (key := _key(row)) in seen and row["target"]["value"] in instances:
            seen[key].targets[row["target"]["value"]] = int(row["entities"]["value"])
    for row in eyes.select(text("typed")):
        if (key := _key(row)) in seen:
            seen[key].typed = int(row["entities"]["value"])
    return dict(seen)


def _key(row: Row) -> tuple[str, str]:
    return row["class"]["value"], row["property"]["value"]


def _told(eyes: Eyes) -> Told:
    told = Told()
    # a definition before a comment, English and unmarked texts before others
    for row in _ordered(eyes.select(text("terms")), "about", "value"):
        term, about, value = (row[name]["value"] for name in ("term", "about", "value"))
        if about == RDF.TYPE:
            told.functional.add(term)
        elif about == RDFS.RANGE:
            told.ranges[term].add(value)
        elif about == RDFS.SUB_CLASS_OF:
            told.parents[term].add(value)
        else:
            told.descriptions.setdefault(term, value)
    for row in _ordered(eyes.shapes(text("shapes")), "class", "property", "description"):
        key = _key(row)
        if row.get("most", {}).get("value") in ("0", "1"):
            told.single.add(key)
        if "target" in row:
            told.shaped_targets[key].add(row["target"]["value"])
        if "description" in row:
            told.shaped.setdefault(key, row["description"]["value"])
    for row in _ordered(eyes.select(text("prefixes")), "namespace", "prefix"):
        told.prefixes.setdefault(row["namespace"]["value"], row["prefix"]["value"])
    return told


def _ordered(rows: Sequence[Row], *names: str) -> list[Row]:
    """`rows` in an order that no engine decides: definitions first, then English, then by text."""

    def key(row: Row) -> tuple[object, ...]:
        said = [row.get(name, {}) for name in names]
        foreign = [term.get("xml:lang", "en").partition("-")[0].lower() != "en" for term in said]
        comment = row.get("about", {}).get("value") == RDFS.COMMENT
        return comment, foreign, [term.get("value", "") for term in said]

    return sorted(rows, key=key)
