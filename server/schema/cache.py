"""Schemas by what they are made of: equal views share one, an unchanged view keeps its own."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from .eyes import Eyes
from .facts import read
from .model import Model
from .modelling import model

K = TypeVar("K")
V = TypeVar("V")


class Latest(Generic[K, V]):
    """A map that keeps what was used last; safe among threads."""

    def __init__(self, keep: int):
        self._keep = keep
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> V:
        """Keeps `value`, unless another thread was faster: then that one's."""
        with self._lock:
            kept = self._kept.setdefault(key, value)
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
            return kept


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
