"""The interpreter's search for unreachable cycles, kept short: it stops every thread while it lasts.

A server holds the same objects for hours, millions of them: governance, rules, what was decided. A full collection
looks at all of them, a fifth of a second for a small company. So what has come through one is not looked at again
before the process has grown to twice its memory; then all is, so that what has become unreachable meanwhile is
never more than what is in use. What is in no cycle is freed at once, as ever.
"""

import gc
import resource
from collections.abc import Callable
from typing import Final

_OLDEST: Final = 2
_GROWN: Final = 2


def _most() -> int:
    """The most memory that this process has had, in the system's unit."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Heap:
    """Called by the collector, in whichever thread it runs."""

    def __init__(self, memory: Callable[[], int] = _most):
        self._memory = memory
        self._bound = _GROWN * memory()

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        """Before a full collection: whether it looks at all. After it: what is there now is set aside."""
        if info["generation"] != _OLDEST:
            return
        if phase == "stop":
            gc.freeze()
        elif (memory := self._memory()) >= self._bound:
            self._bound = _GROWN * memory
            gc.unfreeze()


def watch() -> None:
    """Looks at all once, and sets it aside from then on."""
    gc.callbacks.append(Heap())
    gc.collect()
