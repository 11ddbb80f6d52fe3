"""What an entry says to who asked about others: nothing that tells whether governance knows them."""

from collections.abc import Mapping
from typing import Any, Final

HASHED: Final = "hashed"
"""The field of an evaluation that permitted something to another than who asked: hashes in the place of `subjects`."""
_TELLING: Final = ("rules", "decision")
"""Whom governance knows and whom not, others give something to; the decision's name is made from the rules."""


def as_asker_sees(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of an entry, with hashes for names where it permitted something to another than who asked."""
    if HASHED not in fields:
        return fields
    told = {name: value for name, value in fields.items() if name not in _TELLING}
    return told | {"subjects": fields[HASHED]}
