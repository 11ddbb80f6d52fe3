"""How much of governance in memory is looked at: each look counts, and so does all that it gives."""

from collections.abc import Iterator, Sized

import pytest

from ambit.graph.terms import Triple
from ambit.reasoning.governance.facts import Facts


class Looked:
    """Counts while a test runs."""

    def __init__(self, patch: pytest.MonkeyPatch):
        self.count = 0
        for name in ("ends", "starts", "_held", "values", "instances"):
            patch.setattr(Facts, name, self._counting(getattr(Facts, name)))
        patch.setattr(Facts, "of", self._gone_through(Facts.of))

    def _counting(self, look: object) -> object:
        def looked(*args: object) -> object:
            found = look(*args)  # type: ignore[operator]
            self.count += max(1, len(found)) if isinstance(found, Sized) and not isinstance(found, str) else 1
            return found

        return looked

    def _gone_through(self, look: object) -> object:
        def looked(*args: object) -> Iterator[Triple]:
            self.count += 1
            for found in look(*args):  # type: ignore[operator]
                self.count += 1
                yield found

        return looked
