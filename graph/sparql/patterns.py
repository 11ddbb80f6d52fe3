"""The shape of a query: what stays the same when it is asked of another thing, so that a review of one holds for all.

Two queries have one shape when they differ in white space, prefixes, the names of variables and blank nodes, and in
the terms that stand for data alone: subjects of triple patterns, and objects of predicates other than `rdf:type`.
All else counts: predicates, classes, filters with their values, VALUES, LIMIT and OFFSET, graphs and the dataset.
"""

import re
from typing import Final

import orjson

from ..compartments import short_hash
from .gate import Dataset, Limits, told_apart

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*\(?")
DATA: Final = "…"
"""What stands in a shape for a term of data."""


def shape_of(text: str, dataset: Dataset | None = None, limits: Limits | None = None) -> str:
    """The shape of a query, as a text; `dataset` is the protocol's. Raises what `gate.admit` raises."""
    admitted, pieces = told_apart(text, limits or Limits())
    names: dict[str, str] = {}
    said: list[str] = []
    for piece, is_data in pieces:
        if piece.isspace():
            continue
        if piece[0] in "?$" and len(piece) > 1:
            said.append(names.setdefault("?" + piece[1:], f"?v{len(names)}"))
        elif piece.startswith("_:"):
            said.append(names.setdefault(piece, f"_:v{len(names)}"))
        elif is_data:
            said.append(DATA)
        elif _WORD.fullmatch(piece) and piece not in ("a", "true", "false"):
            said.append(piece.upper())
        else:
            said.append(piece)
    for name, one in (("FROM", admitted.dataset), ("DATASET", dataset)):
        if one is not None:
            said += [name, orjson.dumps([one.default, one.named]).decode()]
    return " ".join(said)


def pattern_of(shape: str) -> str:
    """The name of a shape: equal shapes have one."""
    return short_hash(shape.encode())
