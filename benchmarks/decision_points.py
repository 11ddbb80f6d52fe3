"""The same questions asked of Ambit, Cedar, Casbin and Rego in one process: `python -m benchmarks.decision_points`.

Needs the extra `bench`. A decision point whose answers differ from those in plain Python ends the run.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from statistics import median
from time import perf_counter

from .beside import cedar, own, pycasbin, rego
from .beside.company import Asked, Company, company, questions
from .figures import Figure, percentile, table, timed

SIZES = ((1_000, 1_000), (20_000, 230_000))
"""People and folders: 7,000 and a million relations."""

ASKED = 2_000
PATIENCE = 20.0
"""Seconds that the questions of one decision point may take; then the rest is left out."""

OTHERS = {
    "cedarpy": ("Cedar (cedarpy, policies and entities parsed once)", cedar.decider),
    "casbin": ("Casbin (FastEnforcer)", pycasbin.decider),
    "regopy": ("Rego (rego-cpp, a bundle built once)", rego.decider),
}


def main() -> None:
    """Prints the tables."""
    for size in SIZES:
        made = company(*size)
        asked = questions(made, ASKED)
        print(table(f"Decision points, {made.relations:,} relations", _figures(made, asked)), flush=True)


def _figures(made: Company, asked: Sequence[Asked]) -> list[Figure]:
    cold, warm, figures = _own(made, asked)
    for module, (name, decider) in OTHERS.items():
        if find_spec(module) is None:
            print(f"{module} is not installed: install the extra `bench`")
            continue
        begun = perf_counter()
        ask = decider(made)
        built = perf_counter() - begun
        runs = _runs(ask, asked, made)
        figures += [
            Figure(f"{name}: built", [built], "s"),
            *_spread(name, runs),
            Figure(f"{name}: cold check of Ambit's over it", [median(cold) / median(runs)], "times"),
            Figure(f"{name}: warm check of Ambit's over it", [median(warm) / median(runs)], "times"),
        ]
    return figures


def _own(made: Company, asked: Sequence[Asked]) -> tuple[list[float], list[float], list[Figure]]:
    begun = perf_counter()
    decider, ask = own.decider(made)
    built = perf_counter() - begun
    try:
        cold, warm = _runs(ask, asked, made), _runs(ask, asked, made)
    finally:
        decider.close()
    figures = [
        Figure("Ambit: built", [built], "s"),
        *_spread("Ambit, each question for the first time", cold),
        *_spread("Ambit, each question again", warm),
    ]
    return cold, warm, figures


def _runs(ask: Callable[[Asked], bool], asked: Sequence[Asked], made: Company) -> list[float]:
    """Milliseconds of each question; raises where an answer is wrong."""
    runs: list[float] = []
    said: list[bool] = []
    begun = perf_counter()
    for one in asked:
        runs.append(1000 * timed(lambda one=one: said.append(ask(one))))  # type: ignore[misc]
        if perf_counter() - begun > PATIENCE:
            break
    wrong = [one for one, answer in zip(asked, said, strict=False) if made.answer(one) != answer]
    if wrong:
        raise AssertionError(f"{len(wrong)} answers are wrong, the first to {wrong[0]}")
    return runs


def _spread(name: str, runs: Sequence[float]) -> list[Figure]:
    return [
        Figure(f"{name}: p50", runs, "ms"),
        Figure(f"{name}: p99", [percentile(runs, 0.99)], "ms"),
    ]


if __name__ == "__main__":
    main()
