"""What would get into an entry that is no name, code, number or time, and what becomes of texts beside it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ambit.graph.ledger.ledger import Ledger
from ambit.graph.ledger.segments import fields_of, refuse_values, segments
from ambit.graph.ledger.tampering import Reading

NASTY: dict[str, Any] = {
    "a line's end": "urn:a\nurn:b",
    "a carriage return": "urn:a\rurn:b",
    "another entry": '0","n":7}\n{"at":"',
    "a quote": 'urn:a"b',
    "a backslash": "urn:a\\u000a",
    "a brace": "urn:{a}",
    "a space": "Ada Lovelace",
    "a zero": "urn:\x00",
    "an escape": "urn:\x1b[2J",
    "long": "x" * 2_049,
    "ten megabytes": "x" * 10_000_000,
    "half a character": "urn:\ud800",
    "deep": [["urn:a", {"urn:b": ["a b"]}]],
    "in a key": {"a b": 1},
    "in a set": {"urn:a", "a b"},
    "bytes": b"urn:a",
    "a moment": datetime(2026, 1, 1, tzinfo=UTC),
    "an object": object(),
}


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY.keys())
def test_no_value_gets_into_an_entry(tmp_path: Path, value: object) -> None:
    ledger = Ledger(tmp_path / "ledger", tmp_path / "keys")
    with pytest.raises(ValueError, match="ledger entry"):
        ledger.append("request", {"run": "urn:r", "reason": value})
    assert ledger.append("request", {"run": "urn:r"}) == 0
    ledger.close()
    ((_, path),) = segments(tmp_path / "ledger")
    assert path.read_bytes().count(b"\n") == 1


@pytest.mark.parametrize("kind", ["", "a b", 'x","n":1}', "request\n", "réquest"])
def test_no_kind_is_more_than_a_word(tmp_path: Path, kind: str) -> None:
    ledger = Ledger(tmp_path / "ledger", tmp_path / "keys")
    with pytest.raises(ValueError, match="kind of a ledger entry"):
        ledger.append(kind, {"run": "urn:r"})
    assert ledger.size == 0
    ledger.close()


values = st.recursive(
    st.none()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=12)
    | st.sampled_from(["urn:a", "é:ü", "{", "\\", "\x7f"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=6), values, max_size=4))
@settings(max_examples=60)
@example({"a": "{}"})
@example({"a": {"b": {}}})
def test_the_quick_look_at_bytes_refuses_what_the_look_at_each_value_does(fields: dict[str, Any]) -> None:
    def refused(look: Any) -> bool:
        try:
            look(fields)
        except ValueError:
            return True
        return False

    assert refused(fields_of) == refused(refuse_values)


def test_secrets_stay_out_and_can_be_purged_while_all_verifies(tmp_path: Path) -> None:
    secret = 'card 4000 0012 3456 7899, a\nline, "n":7}' + "x" * 10_000_000
    ledger = Ledger(tmp_path / "ledger", tmp_path / "keys")
    ledger.append("request", {"run": "urn:r"}, notes={"query": secret})
    (entry,) = ledger.entries()
    assert ledger.notes.of_day(entry.at[:10]) == {entry.fields["note"]: {"query": secret}}
    ledger.notes.purge(entry.at[:10], {str(entry.fields["note"])})
    ledger.close()
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"4000 0012" not in everything and len(everything) < 10_000
    reading = Reading(tmp_path / "ledger", tmp_path / "keys")
    assert [e.number for e in reading] == [0] and reading.problems == []


def test_an_entry_is_one_line_of_json_for_readers_of_bytes(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger", tmp_path / "keys")
    ledger.append("request", {"run": "urn:a\u2028b\u0085c"})  # line ends for some, and allowed in IRIs
    ledger.close()
    ((_, path),) = segments(tmp_path / "ledger")
    (line,) = path.read_bytes().splitlines()
    assert json.loads(line[65:])["fields"] == {"run": "urn:a\u2028b\u0085c"}
