"""How figures are taken and written: medians with their spread, one table for each benchmark."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table: what was measured, the runs, their unit, and the target where there is one."""

    what: str
    runs: Sequence[float]
    unit: str
    target: str = ""

    def row(self) -> str:
        """The line, as Markdown: median, least and most of the runs."""
        middle, least, most = statistics.median(self.runs), min(self.runs), max(self.runs)
        return f"| {self.what} | {middle:.3g} {self.unit} | {least:.3g} – {most:.3g} | {len(self.runs)} | {self.target} |"


HEAD = "| what | median | spread | runs | target |\n|---|---|---|---|---|"


def table(title: str, figures: Sequence[Figure]) -> str:
    """A section of `RESULTS.md`."""
    return "\n".join((f"## {title}", "", HEAD, *(figure.row() for figure in figures), ""))


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call of `work` takes."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


def percentile(runs: Sequence[float], share: float) -> float:
    """The value below which `share` of the runs lie (nearest rank)."""
    ranked = sorted(runs)
    return ranked[min(len(ranked) - 1, round(share * (len(ranked) - 1)))]


def pss(pid: int) -> int:
    """Proportional set size of a process in bytes (proc(5), smaps_rollup); 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
