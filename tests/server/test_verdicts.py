"""Findings follow from the last verdict, whichever thread is the first to have its commit."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from ambit.reasoning.findings.findings import Finding
from ambit.reasoning.ontologies.consistency import Verdict
from ambit.server.judging import Judging


class Held:
    """A judgement whose verdict comes when it is let go."""

    def __init__(self) -> None:
        self.may_come = threading.Event()

    def verdict(self) -> Verdict:
        assert self.may_come.wait(60)
        return Verdict(False)


class Empty:
    """A reasoner, and what it reads: no ontology is in force."""

    is_there, ontologies = True, ()

    def in_force(self, *asked: object) -> "Empty":
        return self

    def location(self, record: str) -> None:
        return None

    def match(self, *pattern: object) -> list[object]:
        return []


def judging(report: Callable[[Sequence[Finding]], None]) -> tuple[Judging, Held]:
    """One that waits for a verdict on what was in force before."""
    empty: Any = Empty()
    made, held = Judging(empty, empty, report), Held()
    made._texts = empty
    made._running = held  # type: ignore[assignment]
    made.follow_up(anew=False)
    return made, held


def verdict_thread() -> threading.Thread:
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "ambit-verdict")
    return thread


def test_a_verdict_that_comes_behind_a_later_one_is_dropped() -> None:
    said: list[list[str]] = []
    made, held = judging(lambda findings: said.append([finding.code for finding in findings]))
    waiting = verdict_thread()
    made.follow_up(anew=True)  # no ontology is left: nothing can be wrong
    held.may_come.set()
    waiting.join(60)
    assert said == [[]]
    assert not made._inconsistent, "or nothing that cannot be true would be refused"


def test_a_verdict_that_waits_for_its_commit_is_not_overtaken() -> None:
    said: list[list[str]] = []
    commits, may_commit = threading.Event(), threading.Event()

    def report(findings: Sequence[Finding]) -> None:
        if findings:
            commits.set()
            assert may_commit.wait(60)
        said.append([finding.code for finding in findings])

    made, held = judging(report)
    waiting = verdict_thread()
    held.may_come.set()
    assert commits.wait(60)
    later = threading.Thread(target=made.follow_up, kwargs={"anew": True}, daemon=True)
    later.start()
    later.join(0.2)
    may_commit.set()
    for thread in (waiting, later):
        thread.join(60)
    assert said == [["ontology-inconsistent"], []]
    assert not made._inconsistent
