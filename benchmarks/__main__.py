"""All benchmarks, one after the other: `make bench`. What they print belongs into RESULTS.md."""

import importlib
import sys

NAMES = (
    "demo",
    "decisions",
    "checks",
    "decision_points",
    "governance",
    "ledger",
    "view_query",
    "view_sorts",
    "graphql",
    "embedding",
    "search",
    "ranking",
    "handbook",
    "explorer",
    "ontology",
    "shapes",
    "bulk",
    "start",
    "hostile",
    "entailment",
    "authzen",
)

for name in sys.argv[1:] or NAMES:
    importlib.import_module(f"benchmarks.{name}").main()
