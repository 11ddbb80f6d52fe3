"""Schemas by what they are made of: equal views share one, an unchanged view keeps its own."""

from collections.abc import Callable
from typing import Generic, TypeVar

from ..latest import Latest
from .eyes import Eyes
from .facts import read
from .model import Model
from .modelling import model

V = TypeVar("V")


class SchemaCache(Generic[V]):
    """What is built from a model, by model; in front by clearance and revision: facts are read once."""

    def __init__(self, keep: int = 64):
        self._by_view: Latest[tuple[str, str], V] = Latest(8 * keep)
        self._by_model: Latest[Model, V] = Latest(keep)

    def of(self, eyes: Eyes, build: Callable[[Model], V]) -> V:
        """What `build` makes of the caller's view; raises what `Eyes.select` does."""
        view = (eyes.clearance.key, eyes.revision())  # read before the facts: they may only be newer
        known = self._by_view.get(view)
        if known is not None:
            return known
        found = model(read(eyes))
        built = self._by_model.get(found)
        if built is None:
            built = self._by_model.put(found, build(found))
        return self._by_view.put(view, built)
