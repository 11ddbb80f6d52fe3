"""`ambit policy test`: rules and governance held against cases, from files alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ...workspace import Workspace
from ..options import Json, settings_of
from ..printing import as_json as print_json
from ..printing import err, out
from ..targets import writing

if TYPE_CHECKING:
    from ....reasoning.cases.trial import Failed
    from ...policy import Report


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace whose cases are run")] = Path(),
    coverage: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="fail if fewer rules in a hundred would be missed by a case"),
    ] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="count the shipped rules, too")] = False,
    junit: Annotated[Path | None, typer.Option(help="write JUnit XML into this file")] = None,
    json: Json = False,
) -> None:
    """Run the cases of a workspace: what must, and what must not, be allowed. Reads files only.

    A rule is covered if, without it, an expectation that holds would not.
    """
    from ...junit import junit as as_junit
    from ...policy import test  # imports that the other commands need not wait for

    settings = settings_of(workspace, None)
    with err.status("testing"):
        report = test(Workspace(settings.workspace), refuses_unshown=settings.rules_without_case == "refuse")
    reached = report.percent(shipped=shipped)
    if junit is not None:
        with writing(junit):
            junit.write_bytes(as_junit(report, minimum=coverage, shipped=shipped))
    if json:
        print_json(_as_json(report, reached, shipped))
    else:
        _print(report, shipped)
    if coverage is not None and reached < coverage:
        err.print(f"coverage is {reached:.1f} %, and {coverage:g} % are asked for", markup=False)
    if not report.holds or (coverage is not None and reached < coverage):
        raise typer.Exit(1)


def _as_json(report: "Report", reached: float, shipped: bool) -> dict[str, object]:
    return {
        "holds": report.holds,
        "expectations": sum(verdict.expectations for verdict in report.verdicts.values()),
        "failed": [_failed_as_json(one) for one in report.failed],
        "problems": [{"code": p.code, "detail": p.message, "hint": p.hint} for p in report.problems],
        "decided": report.decided,
        "never_decisive": report.idle,
        "coverage": {
            "percent": round(reached, 2),
            "counts_shipped": shipped,
            "rules": [
                {
                    "rule": one.rule,
                    "effect": one.effect,
                    "own": one.rule in report.own,
                    "permitting": one.permitting,
                    "denying": one.denying,
                    "pinned": one.pinned,
                    "bounded": one.bounded,
                    "both_sides": one.is_two_sided,
                }
                for one in report.coverage
            ],
        },
    }


def _failed_as_json(one: "Failed") -> dict[str, object]:
    question = one.case.question
    return {
        "file": one.file,
        "case": one.case.name,
        "note": one.case.note,
        "expected": "allowed" if one.case.is_allowed else "denied",
        "user": question.chain.user or None,
        "agents": question.chain.agents,
        "purpose": question.purpose,
        "action": question.action,
        "site": one.site,
        "compartment": one.compartment,
        "why": one.why,
        "rules": one.rules,
        "triples": one.triples,
    }


def _print(report: "Report", shipped: bool) -> None:
    for problem in report.problems:
        out.print(f"problem: {problem.message}", markup=False)
        if problem.hint:
            out.print(f"  hint: {problem.hint}", markup=False)
    for name, verdict in report.verdicts.items():
        held = verdict.expectations - len(verdict.failed)
        out.print(f"{name}: {held} of {verdict.expectations} hold", markup=False)
        for one in verdict.failed:
            _print_failed(one)
    _print_coverage(report, shipped)


def _print_failed(one: "Failed") -> None:
    question = one.case.question
    wanted, is_now = ("allowed", "denied") if one.case.is_allowed else ("denied", "allowed")
    note = f" ({one.case.note})" if one.case.note else ""
    out.print(f"  {one.case.name}{note}: expected {wanted}, is {is_now}", markup=False)
    if not one.case.is_placing:
        actors = " for ".join([*reversed(question.chain.agents), question.chain.user])
        out.print(f"    actor: {actors}", markup=False)
        out.print(f"    purpose: {question.purpose or 'none'}", markup=False)
        out.print(f"    action: {question.action}", markup=False)
    out.print(f"    site: {one.site}", markup=False)
    out.print(f"    compartment: {one.compartment}", markup=False)
    out.print(f"    why: {one.why}", markup=False)
    for rule in one.rules:  # the triples that make them hold are in the JSON
        out.print(f"    rule: {rule}", markup=False)


def _print_coverage(report: "Report", shipped: bool) -> None:
    """A line for each rule that counts; the workspace's own come first."""
    shown = report.counted(shipped=shipped)
    table = Table(box=None, pad_edge=False)
    table.add_column("rule")
    table.add_column("effect")
    for name in ("permits", "denies", "pinned", "bounded"):
        table.add_column(name, justify="right")
    for one in sorted(shown, key=lambda one: (one.rule not in report.own, one.rule)):
        counts = (one.permitting, one.denying, one.pinned, one.bounded)
        table.add_row(_short(one.rule), one.effect, *map(str, counts))
    if shown:
        out.print(table)
    for what, known in (("rules of the workspace", True), ("shipped rules", False)):
        of = [one for one in report.coverage if (one.rule in report.own) is known]
        if of:
            pinned = sum(bool(one.pinned) for one in of)
            idle = [_short(one.rule) for one in of if not one.decided]
            names = f"; never decisive: {', '.join(idle)}" if idle else ""
            out.print(f"{what}: {pinned} of {len(of)} are covered{names}", markup=False)


def _short(rule: str) -> str:
    return escape(rule.removeprefix("urn:ambit:rule:"))
