"""Generated input is the same at every run of `make test`, and new at every run of `make long`.

Test files run side by side, and those that share the served demo company in one process: it is started once.
"""

import os

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling, Scheduling

settings.register_profile("steady", derandomize=True)
settings.register_profile("searching", derandomize=False, print_blob=True)
settings.load_profile("steady")

# rules that tests write in passing have no cases; what is refused for that is tested where it is said
os.environ["AMBIT_RULES_WITHOUT_CASE"] = "warn"


class _Together(LoadFileScheduling):
    """Whole files, and as one those that ask for the fixture `demo`."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "demo" if "demo: Served" in (self.config.rootpath / file).read_text(encoding="utf-8") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling | None:
    return _Together(config, log) if config.getoption("dist") == "loadfile" else None
