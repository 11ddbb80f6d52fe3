"""Decisions over the demo company's governance graph: `python -m benchmarks.decisions`."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ambit.graph.words import Chain
from ambit.reasoning.deciding.questions import Question
from ambit.server.demo.company import write
from ambit.server.demo.tokens import AGENT, REFUND, SPECIALIST
from ambit.server.layers import Layers
from ambit.server.settings import read

from .figures import Figure, table, timed


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "halden")
        layers = Layers(read(Path(folder) / "halden"))
        try:
            layers.ingest.scan_once()
            print(table("Decisions", _figures(layers)))
        finally:
            layers.close()


def _figures(layers: Layers) -> list[Figure]:
    question = Question(Chain(SPECIALIST, (AGENT,)), REFUND, "read", "", datetime.now(UTC))
    held = len(layers.decider.decide(question).clearance.compartments)
    warm = [1000 * timed(lambda: layers.decider.decide(question)) for _ in range(2_000)]
    cold = []
    for number in range(1, 9):
        other = replace(question, chain=Chain(f"{SPECIALIST[:-1]}{number}"))
        cold.append(1000 * timed(lambda asked=other: layers.decider.decide(asked)))  # type: ignore[misc]
    return [
        Figure(f"a decision with a warm clearance ({held} compartments)", warm, "ms", "0.1 ms"),
        Figure("a decision from cold", cold, "ms"),
    ]


if __name__ == "__main__":
    main()
