"""Full collections look at what is new, and at all once more when the process has grown."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from ambit.server.heap import Heap


class Knot:
    """In a cycle with itself: only a collection frees it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def memory() -> Iterator[list[int]]:
    """What the process has, as the heap is told; the collector is as before afterwards."""
    said = [100]
    heap = Heap(lambda: said[0])
    gc.callbacks.append(heap)
    yield said
    gc.callbacks.remove(heap)
    gc.unfreeze()


def test_what_came_through_a_full_collection_is_not_looked_at_again(memory: list[int]) -> None:
    kept = [[number] for number in range(1_000)]
    gc.collect()
    looked_at = {id(one) for one in gc.get_objects()}
    assert not looked_at & set(map(id, kept))
    new = [len(kept)]
    assert id(new) in {id(one) for one in gc.get_objects()}


def test_a_cycle_that_was_set_aside_is_freed_when_the_process_has_grown(memory: list[int]) -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    gc.collect()
    del knot
    gc.collect()
    assert gone() is not None
    memory[0] = 200
    gc.collect()
    assert gone() is None
    knot = Knot()
    gone = weakref.ref(knot)
    gc.collect()
    del knot
    memory[0] = 399
    gc.collect()
    assert gone() is not None


def test_a_cycle_that_came_since_is_freed(memory: list[int]) -> None:
    gc.collect()
    knot = Knot()
    gone = weakref.ref(knot)
    del knot
    gc.collect()
    assert gone() is None


def test_collections_of_the_young_set_nothing_aside(memory: list[int]) -> None:
    gc.collect()
    before = gc.get_freeze_count()
    kept = [[number] for number in range(1_000)]
    gc.collect(1)
    assert gc.get_freeze_count() == before
    assert kept
