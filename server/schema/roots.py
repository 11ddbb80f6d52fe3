"""The work of each root field: planned by what is selected, read, and handed over finished."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from graphql.execution.executor import Executor

from ...graph.vocabulary import XSD
from . import plan
from .algebra import Text
from .classifying import Classifying
from .cursors import Cursors, Place
from .eyes import Eyes, Term
from .limits import Limits
from .model import EntityType, Model
from .pages import Page, asked
from .reading import Level, Reader, Tree
from .selection import Details, Selecting, Shapes
from .window import Window, window


class Work(ABC):
    """A value that finishes itself."""

    @abstractmethod
    def finish(self, executor: Executor[Any], details: Details) -> object:
        """The finished sub-tree of what `details` select; raises `AmbitError` or `GraphQLError`."""


class Operation:
    """The value of `Query` for one operation: what its root fields share."""

    def __init__(
        self, eyes: Eyes, model: Model, limits: Limits, cursors: Cursors, conditions: frozenset[str]
    ):
        self.eyes = eyes
        self.model = model
        self.cursors = cursors
        self.classifying = Classifying(eyes)
        self.reader = Reader(eyes, model, limits, self.classifying)
        self._conditions = conditions
        self._selecting: Selecting | None = None

    def selecting(self, executor: Executor[Any]) -> Selecting:
        """What turns the executor's collected fields into shapes."""
        if self._selecting is None:
            self._selecting = Selecting(executor, self.model, self._conditions)
        return self._selecting

    def work(self, name: str) -> Work:
        """The work of a generated root field."""
        kind, several = self.model.roots[name]
        return Several(self, kind) if several else Single(self, kind)

    def entity(self, iri: str) -> Work:
        """The work of `entity`."""
        return Renamed(self, iri)

    def entities(self, iris: Sequence[str]) -> Callable[[str], Work]:
        """The works of many entities, which are read together."""
        return Entities(self, iris).of

    def label(self, iri: str) -> str | None:
        """The label of one entity."""
        return self.reader.label(iri)


class Single(Work):
    """`customer(iri:)`."""

    def __init__(self, operation: Operation, kind: EntityType):
        self._operation = operation
        self._kind = kind

    def finish(self, executor: Executor[Any], details: Details) -> object:
        reader, selecting = self._operation.reader, self._operation.selecting(executor)
        iri = selecting.root_arguments(details)["iri"]
        shapes = selecting.shapes(self._kind.iri, details)
        level = reader.existing([iri], self._kind.iri, shapes.wanted)
        return reader.trees(level, level.said, shapes).get(iri)


class Entities:
    """Entities of any type, read together by the first that is finished."""

    def __init__(self, operation: Operation, iris: Sequence[str]):
        self._operation = operation
        self._iris = iris
        self._read: list[tuple[Details, dict[str, Tree]]] = []

    def of(self, iri: str) -> Work:
        """The work of one of them."""
        return OneOf(self, iri)

    def trees(self, executor: Executor[Any], details: Details) -> dict[str, Tree]:
        """Their finished trees for one selection; graphql-core gives equal selections the same object."""
        for known, trees in self._read:
            if known is details:
                return trees
        reader = self._operation.reader
        shapes = self._operation.selecting(executor).shapes(None, details)
        level = reader.existing(self._iris, None, shapes.wanted)
        trees = reader.trees(level, level.said, shapes)
        self._read.append((details, trees))
        return trees


class OneOf(Work):
    """One of several entities."""

    def __init__(self, together: Entities, iri: str):
        self._together = together
        self._iri = iri

    def finish(self, executor: Executor[Any], details: Details) -> object:
        return self._together.trees(executor, details).get(self._iri)


class Renamed(Work):
    """`entity(iri:)`: the entity, or the one that replaces it."""

    def __init__(self, operation: Operation, iri: str):
        self._operation = operation
        self._iri = iri

    def finish(self, executor: Executor[Any], details: Details) -> object:
        found = Entities(self._operation, [self._iri]).trees(executor, details)
        if not found and (successor := self._operation.reader.successor(self._iri)) is not None:
            found = Entities(self._operation, [successor]).trees(executor, details)
        return next(iter(found.values()), None)


class Several(Work):
    """`customers(…)`: one page of a class."""

    def __init__(self, operation: Operation, kind: EntityType):
        self._operation = operation
        self._kind = kind

    def finish(self, executor: Executor[Any], details: Details) -> object:
        operation, kind = self._operation, self._kind
        selecting = operation.selecting(executor)
        arguments = selecting.root_arguments(details)
        cut = window(arguments, kind)
        bound = self._bound(cut)
        after = arguments.get("after")
        place = None if after is None else operation.cursors.open(after, bound)
        page = asked(selecting, kind, details)
        level, more = self._read(page, cut, place)
        total = self._count(cut) if page.counts else 0

        def cursor(iri: str) -> str:
            return operation.cursors.seal(Place(iri, _key(level.keys.get(iri))), bound)

        def trees(shapes: Shapes) -> dict[str, Tree]:
            return operation.reader.trees(level, level.said, shapes)

        return page.tree(level, trees, cursor, operation.classifying, (more, after is not None, total))

    def _read(self, page: Page, cut: Window, place: Place | None) -> tuple[Level, bool]:
        level = Level()
        if not page.reads:
            return level, False
        after = None if place is None else (place.iri, None if place.key is None else Text(*place.key))
        level.take(
            self._operation.reader.rows(plan.page(self._kind.iri, cut, after, page.wanted)), page.wanted
        )
        more = len(level.said) > cut.first
        level.said = dict(list(level.said.items())[: cut.first])
        return level, more

    def _count(self, cut: Window) -> int:
        rows = self._operation.reader.rows(plan.count(self._kind.iri, cut), counts=True)
        return int(rows[0]["n"]["value"])

    def _bound(self, cut: Window) -> str:
        """The actors, their purpose and the list: another's cursor opens nothing."""
        eyes = self._operation.eyes
        said: list[Any] = [eyes.chain.user, list(eyes.chain.agents), eyes.purpose, self._kind.iri, cut.said]
        return orjson.dumps(said).decode()


def _key(term: Term | None) -> tuple[str, str | None] | None:
    if term is None:
        return None
    datatype = term.get("datatype")
    return term["value"], None if datatype == XSD.STRING else datatype
