"""Policy cases as JUnit XML, as build servers read it: a suite for each file, a test for each expectation.

Files that cannot be read and rules that are refused are errors of a suite `problems`; with a coverage that is asked
for, each rule that it counts is a test of a suite `coverage`.
"""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..reasoning.cases.cases import Case
from ..reasoning.cases.trial import Failed
from .policy import Report

_UNSAID: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2) cannot say."""


def junit(report: Report, *, minimum: float | None = None, shipped: bool = False) -> bytes:
    """The document; where `minimum` percent of coverage are missed, rules that are not pinned fail."""
    suites = Element("testsuites", name="ambit policy test")
    for name, verdict in report.verdicts.items():
        failed = {(one.case.is_allowed, one.case.name, one.compartment): one for one in verdict.failed}
        suite = _suite(suites, name)
        for case in report.cases[name]:
            for compartment in case.compartments:
                _expectation(
                    suite, name, case, compartment, failed.get((case.is_allowed, case.name, compartment))
                )
        _count(suite)
    if report.problems:
        suite = _suite(suites, "problems")
        for problem in report.problems:
            said = f"{problem.message}\n{problem.hint}" if problem.hint else problem.message
            _mark(_test(suite, "problems", problem.code), "error", problem.message, problem.code, said)
        _count(suite)
    if minimum is not None:
        _coverage(suites, report, minimum, shipped)
    _count(suites)
    indent(suites)
    text: str = tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _expectation(suite: Element, file: str, case: Case, compartment: str, failed: Failed | None) -> None:
    wanted, is_now = ("allowed", "denied") if case.is_allowed else ("denied", "allowed")
    note = f" ({case.note})" if case.note else ""
    test = _test(suite, file, f"{case.name}{note}: {compartment} is {wanted}")
    if failed is not None:
        body = [failed.why, *(f"rule: {rule}" for rule in failed.rules), *failed.triples]
        _mark(test, "failure", f"expected {wanted}, is {is_now}", wanted, "\n".join(body))


def _coverage(suites: Element, report: Report, minimum: float, shipped: bool) -> None:
    reached = report.percent(shipped=shipped)
    suite = _suite(suites, "coverage")
    for one in report.counted(shipped=shipped):
        test = _test(suite, "coverage", one.rule)
        if not one.pinned and reached < minimum:
            said = f"no expectation would miss it; {reached:.1f} % are covered, {minimum:g} % are asked for"
            _mark(test, "failure", said, "coverage", said)
    _count(suite)


def _suite(suites: Element, name: str) -> Element:
    return SubElement(suites, "testsuite", name=_said(name))


def _test(suite: Element, file: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=_said(file), name=_said(name))


def _mark(test: Element, kind: str, message: str, sort: str, text: str) -> None:
    SubElement(test, kind, message=_said(message), type=_said(sort)).text = _said(text)


def _count(above: Element) -> None:
    """The numbers that a suite, and all suites together, say of themselves."""
    for what, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        above.set(what, str(_number(above.iter(tag))))


def _number(found: Iterable[Element]) -> int:
    return sum(1 for _ in found)


def _said(text: str) -> str:
    return _UNSAID.sub("\N{REPLACEMENT CHARACTER}", text)
