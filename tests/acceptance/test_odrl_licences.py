"""The W3C's ODRL policies of licences: all go through, and the page that tells what became of them is true."""

import pytest
from companies import needs

from benchmarks.odrl_licences import PLACE, TABLE, results, table

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600), needs(PLACE)]


def test_all_licences_go_through_and_the_table_is_true() -> None:
    found = results()
    assert len(found) == 60
    assert all(sum(one.named.values()) for one in found)
    assert TABLE.read_text(encoding="utf-8") == table(found)
    for one in found:  # whatever is not whole is explained
        assert one.why or one.named.keys() == {"translated"}, one.name
