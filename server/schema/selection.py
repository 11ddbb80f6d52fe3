"""What one operation asks of an entity: response keys in order, aliases, fragments and directives resolved.

graphql-core collects the fields of each selection set (GraphQL §6.3.2); what comes out here is all that
reading and projecting need, so nothing of graphql-core runs once per row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graphql import FragmentDefinitionNode, GraphQLObjectType, InlineFragmentNode
from graphql.execution.executor import Executor
from graphql.execution.values import get_argument_values

from ...graph.vocabulary import AMBIT, DCTERMS, FOAF, RDF, RDFS, SKOS
from .model import EntityType, Model, Property
from .paging import page
from .wanted import Wanted, together
from .window import Window, window

LABELS = (RDFS.LABEL, SKOS.PREF_LABEL, DCTERMS.TITLE, FOAF.NAME)
"""Where an entity's label is looked for, the first that is there."""

TEXTS = (AMBIT.TEXT, *LABELS)
"""What of an entity is read to a model."""

Details: TypeAlias = list[Any]
"""graphql-core's FieldDetailsList: the nodes that ask for one response key."""


@dataclass(frozen=True, slots=True)
class Typename:
    key: str


@dataclass(frozen=True, slots=True)
class Own:
    """`iri`, `label` or `types`."""

    key: str
    what: str


@dataclass(frozen=True, slots=True)
class Value:
    key: str
    item: Property


@dataclass(frozen=True, slots=True)
class Classify:
    key: str
    labels: tuple[str, ...]
    shape: "ClassificationShape"


@dataclass(frozen=True, slots=True)
class Link:
    key: str
    item: Property
    window: Window | None
    shapes: "Shapes"


@dataclass(frozen=True, slots=True)
class Nearest:
    """`similar`: response key to field of `Similar`, and what is asked of the entities under such a key."""

    key: str
    first: int
    parts: tuple[tuple[str, str], ...]
    entities: Mapping[str, "Shapes"]

    @property
    def wanted(self) -> Wanted:
        """All that must be read of the entities."""
        names = {name for _, name in self.parts}
        own = frozenset(LABELS if "label" in names else ()) | frozenset(
            {RDF.TYPE} if "types" in names else ()
        )
        return together([*(shapes.wanted for shapes in self.entities.values()), Wanted(several=own)])


Field: TypeAlias = Typename | Own | Value | Classify | Link | Nearest


@dataclass(frozen=True, slots=True)
class ClassificationShape:
    """Response key to field of `Classification`."""

    fields: tuple[tuple[str, str], ...]

    def of(self, iri: str, label: str, score: float) -> dict[str, object]:
        said = {"__typename": "Classification", "iri": iri, "label": label, "score": score}
        return {key: said[name] for key, name in self.fields}


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields asked of entities of one type, and the predicates that hold them."""

    fields: tuple[Field, ...]
    wanted: Wanted
    links: tuple[Link, ...] = ()
    classify: tuple[Classify, ...] = ()
    nearest: tuple[Nearest, ...] = ()


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is asked of entities whose type is `fixed`, or depends on each of them."""

    fixed: str | None
    otherwise: Shape
    named: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def wanted(self) -> Wanted:
        """All that must be read, the classes too where they decide the type."""
        shapes = [self.otherwise.wanted, *(shape.wanted for shape in self.named.values())]
        return together(shapes if self.fixed else [*shapes, Wanted(several=frozenset({RDF.TYPE}))])

    def of(self, name: str) -> Shape:
        return self.named.get(name, self.otherwise)


class Selecting:
    """Turns collected fields into shapes, for one operation."""

    def __init__(self, executor: Executor[Any], model: Model, conditions: frozenset[str]):
        self._executor = executor
        self._model = model
        self._conditions = conditions  # the types that fragments of the document name

    def arguments(self, owner: GraphQLObjectType, details: Details) -> dict[str, Any]:
        """The coerced arguments of one field; raises `GraphQLError`."""
        first = details[0]
        definition = owner.fields[first.node.name.value]
        return get_argument_values(
            definition, first.node, self._executor.variable_values, first.fragment_variable_values
        )

    def root_arguments(self, details: Details) -> dict[str, Any]:
        """The coerced arguments of a root field; raises `GraphQLError`."""
        owner = self._executor.schema.query_type
        assert owner is not None  # noqa: S101  (every schema has one)
        return self.arguments(owner, details)

    def fields(self, name: str, details: Details) -> tuple[GraphQLObjectType, dict[str, Details]]:
        """What `details` select on the object type `name`: response key to nodes."""
        owner = self._executor.schema.get_type(name)
        assert isinstance(owner, GraphQLObjectType)  # noqa: S101  (named by the model that made the schema)
        return owner, self._executor.collect_subfields(owner, details).grouped_field_set

    def shapes(self, target: str | None, details: Details) -> Shapes:
        """What `details` select on entities of the class `target`, or of any."""
        kind = self._model.by_class.get(target or "")
        if kind is not None:
            return Shapes(kind.name, self._shape(kind.name, kind, details))
        named = {
            name: self._shape(name, self._model.by_name[name], details)
            for name in sorted(self._conditions & self._model.by_name.keys())
        }
        return Shapes(None, self._shape("Resource", None, details), named)

    def classification(self, details: Details) -> ClassificationShape:
        """What `details` select on `Classification`."""
        _, grouped = self.fields("Classification", details)
        return ClassificationShape(tuple((key, _name(nodes)) for key, nodes in grouped.items()))

    def _shape(self, name: str, kind: EntityType | None, details: Details) -> Shape:
        owner, grouped = self.fields(name, details)
        properties = {item.name: item for item in kind.properties} if kind else {}
        fields = tuple(self._field(key, nodes, owner, properties) for key, nodes in grouped.items())
        links = tuple(item for item in fields if isinstance(item, Link))
        classify = tuple(item for item in fields if isinstance(item, Classify))
        nearest = tuple(item for item in fields if isinstance(item, Nearest))
        return Shape(fields, together(map(_wanted, fields)), links, classify, nearest)

    def _field(
        self, key: str, details: Details, owner: GraphQLObjectType, properties: Mapping[str, Property]
    ) -> Field:
        name = _name(details)
        if name == "__typename":
            return Typename(key)
        if name == "classify":
            labels = self.arguments(owner, details)["labels"]
            return Classify(key, tuple(labels), self.classification(details))
        if name == "similar":
            return self._nearest(key, details, owner)
        if name in ("iri", "label", "types"):
            return Own(key, name)
        item = properties[name]
        if item.scalar is not None:
            return Value(key, item)
        target = self._model.by_class.get(item.target or "")
        cut = window(self.arguments(owner, details), target) if item.many else None
        return Link(key, item, cut, self.shapes(item.target, details))

    def _nearest(self, key: str, details: Details, owner: GraphQLObjectType) -> Nearest:
        _, grouped = self.fields("Similar", details)
        parts = tuple((below, _name(nodes)) for below, nodes in grouped.items())
        entities = {below: self.shapes(None, grouped[below]) for below, name in parts if name == "entity"}
        return Nearest(key, page(self.arguments(owner, details).get("first"), 10), parts, entities)


def conditions(definitions: Iterable[Any]) -> frozenset[str]:
    """The names of the types that fragments in a document are for; the document is not nested deeply."""
    found: set[str] = set()
    waiting = list(definitions)
    while waiting:
        node = waiting.pop()
        if isinstance(node, FragmentDefinitionNode | InlineFragmentNode) and node.type_condition:
            found.add(node.type_condition.name.value)
        if (selected := getattr(node, "selection_set", None)) is not None:
            waiting.extend(selected.selections)
    return frozenset(found)


def _name(details: Details) -> str:
    name: str = details[0].node.name.value
    return name


def _wanted(field: Field) -> Wanted:
    match field:
        case Own(_, "label"):
            return Wanted(several=frozenset(LABELS))
        case Own(_, "types"):
            return Wanted(several=frozenset({RDF.TYPE}))
        case Classify():
            return Wanted(several=frozenset(TEXTS))
        case Value(_, property) if property.many:
            return Wanted(several=frozenset({property.iri}))
        case Value(_, property) | Link(_, property, None):
            return Wanted(single=frozenset({property.iri}))
        case _:
            return Wanted()
