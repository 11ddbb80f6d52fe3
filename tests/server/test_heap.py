"""Full collections look at what is new, and at all once more when the process has grown."""

import gc
import weakref
from collections.abc import Callable, Iterator

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


@pytest.mark.parametrize("others", [[], [lambda: 100]], ids=["one measure", "two"])
def test_what_a_look_has_freed_does_not_count_for_the_next(others: list[Callable[[], int]]) -> None:
    kept, more = [weakref.ref(Knot())], [0]
    heap = Heap(*others, lambda: 100 + (more[0] if kept[-1]() is not None else 0))
    gc.callbacks.append(heap)
    try:
        for _ in range(3):
            knot = Knot()
            kept.append(weakref.ref(knot))
            more[0] = 0
            gc.collect()
            assert kept[-1]() is knot
            del knot
            more[0] = 100
            gc.collect()
            assert kept[-1]() is None, "it had grown to twice what the look before had left"
    finally:
        gc.callbacks.remove(heap)
        gc.unfreeze()


def test_the_process_is_measured() -> None:
    heap = Heap()
    assert all(bound > 2 * 1_000 for bound in heap._bounds)


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
