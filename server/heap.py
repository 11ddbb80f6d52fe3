"""The interpreter's search for unreachable cycles, kept short: it stops every thread while it lasts.

A server holds the same objects for hours, millions of them: governance, rules, what was decided. A full collection
looks at all of them, a fifth of a second for a small company. So what has come through one is not looked at again
before the process has grown to twice what was left in use when all was last looked at; then all is again, so that what
has become unreachable meanwhile is never more than that. What is in no cycle is freed at once, as ever.
"""

import gc
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

_STATM: Final = Path("/proc/self/statm")
_OLDEST: Final = 2
_GROWN: Final = 2


def _resident() -> int:
    """Kilobytes that the process has in memory now; the most that it has had where the system does not tell."""
    try:
        pages = int(_STATM.read_bytes().split()[1])  # proc_pid_statm(5): the second is what is resident
        return pages * (os.sysconf("SC_PAGESIZE") // 1024)
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Heap:
    """Called by the collector, in whichever thread it runs. By each measure the process may double between two looks.

    Blocks that the interpreter holds go down as they are freed, but tell nothing of their size; memory of the process
    does, but comes back to the system in part at best: it alone would allow for more after each look.
    """

    def __init__(self, *measures: Callable[[], int]):
        self._measures = measures or (sys.getallocatedblocks, _resident)
        self._looks = False
        self._bounds = self._next()

    def _next(self) -> list[int]:
        return [_GROWN * measure() for measure in self._measures]

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        """Before a full collection: whether it looks at all. After it: what is there now is set aside."""
        if info["generation"] != _OLDEST:
            return
        if phase == "stop":
            gc.freeze()
            if self._looks:
                self._looks, self._bounds = False, self._next()
        elif any(measure() >= bound for measure, bound in zip(self._measures, self._bounds, strict=True)):
            self._looks = True
            gc.unfreeze()


def watch() -> None:
    """Looks at all once, and sets it aside from then on."""
    gc.callbacks.append(Heap())
    gc.collect()
