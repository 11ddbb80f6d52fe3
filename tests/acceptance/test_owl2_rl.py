"""The W3C's tests for OWL 2 RL: the page that tells which are passed is true, and explains each that is not."""

import pytest
from companies import needs

from benchmarks.owl2_rl import TABLE, WHY, results, table

pytestmark = [pytest.mark.acceptance, needs("benchmarks/owl2-testcases")]


def test_the_table_of_passed_and_failed_is_true_and_each_failure_is_explained() -> None:
    found = results()
    failed = {(one.case, one.kind) for one in found if not one.passed}
    assert failed == WHY.keys(), [one for one in found if (one.case, one.kind) in failed ^ WHY.keys()]
    assert TABLE.read_text(encoding="utf-8") == table(found)
