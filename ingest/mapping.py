"""The mapping language in Python: R2RML's triples maps, RML's logical sources, label hints beside them.

R2RML: https://www.w3.org/TR/r2rml/ · RML: https://rml.io/specs/rml/
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .termmaps import TermMap


@dataclass(frozen=True, slots=True)
class LogicalSource:
    """Where rows come from: a table, a query, or the items of the files that a pattern names."""

    table: str | None = None
    query: str | None = None
    files: str | None = None
    formulation: str = ""  # CSV, JSONPath or Markdown
    iterator: str = ""
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """A reference to what another triples map makes (R2RML §8): pairs of child and parent references."""

    parent: str
    conditions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PredicateObjectMap:
    """Predicates and objects of a row's subject, and the sensitivity of what it says, if it is another."""

    predicates: tuple[TermMap, ...]
    objects: tuple[TermMap, ...] = ()
    joins: tuple[Join, ...] = ()
    sensitivity: str | None = None


@dataclass(frozen=True, slots=True)
class LabelHints:
    """What a triples map says of the label of its rows."""

    sensitivity: str | None = None
    countries: tuple[str, ...] = ()  # references
    jurisdictions: tuple[TermMap, ...] = ()
    anchors: tuple[TermMap, ...] = ()


@dataclass(frozen=True, slots=True)
class TriplesMap:
    """What is said of each row of a logical source."""

    iri: str  # or the name of a blank node, for messages
    source: str
    rows: LogicalSource
    subject: TermMap
    classes: tuple[str, ...] = ()
    predicates: tuple[PredicateObjectMap, ...] = ()
    hints: LabelHints = field(default_factory=LabelHints)
    file: str = ""

    @property
    def joins(self) -> Iterator[Join]:
        """Its references to other triples maps."""
        return (join for one in self.predicates for join in one.joins)

    def references(self) -> frozenset[str]:
        """All that it reads of a row."""
        maps = [self.subject, *self.hints.jurisdictions, *self.hints.anchors]
        for one in self.predicates:
            maps += (*one.predicates, *one.objects)
        read = {reference for each in maps for reference in each.references}
        return frozenset(
            read | set(self.hints.countries) | {child for join in self.joins for child, _ in join.conditions}
        )


def local_name(iri: str) -> str:
    """What stands after the last `#`, `/` or `:`."""
    return iri.rstrip("/#").replace("#", "/").replace(":", "/").rpartition("/")[2]
