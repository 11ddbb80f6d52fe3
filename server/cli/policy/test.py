"""`ambit policy test`: rules and governance held against cases, from files alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...workspace import Workspace
from ..options import Json, settings_of
from ..printing import as_json as print_json
from ..printing import err, out

if TYPE_CHECKING:
    from ....reasoning.trial import Failed
    from ...policy import Report


def command(
    workspace: Annotated[Path, typer.Argument(help="the workspace whose cases are run")] = Path(),
    json: Json = False,
) -> None:
    """Run the cases of a workspace: what must, and what must not, be allowed. Reads files only."""
    from ...policy import test  # imports that the other commands need not wait for

    files = Workspace(settings_of(workspace, None).workspace)
    with err.status("testing"):
        report = test(files)
    if json:
        print_json(_as_json(report))
    else:
        _print(report)
    if not report.holds:
        raise typer.Exit(1)


def _as_json(report: "Report") -> dict[str, object]:
    return {
        "holds": report.holds,
        "expectations": sum(verdict.expectations for verdict in report.verdicts.values()),
        "failed": [_failed_as_json(one) for one in report.failed],
        "problems": [{"code": p.code, "detail": p.message, "hint": p.hint} for p in report.problems],
        "decided": report.decided,
        "never_decisive": report.idle,
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


def _print(report: "Report") -> None:
    for problem in report.problems:
        out.print(f"problem: {problem.message}", markup=False)
        if problem.hint:
            out.print(f"  hint: {problem.hint}", markup=False)
    for name, verdict in report.verdicts.items():
        held = verdict.expectations - len(verdict.failed)
        out.print(f"{name}: {held} of {verdict.expectations} hold", markup=False)
        for one in verdict.failed:
            _print_failed(one)
    _print_idle(report)


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


def _print_idle(report: "Report") -> None:
    """How many rules decided something, and which did not; the workspace's own come first."""
    shipped = report.decided.keys() - report.own
    for what, known in (("rules of the workspace", report.own), ("shipped rules", shipped)):
        idle = [iri.removeprefix("urn:ambit:rule:") for iri in report.idle if iri in known]
        if known:
            names = f"; never decisive: {', '.join(idle)}" if idle else ""
            out.print(f"{what}: {len(known) - len(idle)} of {len(known)} decided{names}", markup=False)
