"""Runs and findings read back from the caller's view, as the records that GraphQL shows."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ..graph.terms import NamedNode
from ..graph.vocabulary import AMBIT, DCTERMS, PROV, RDF, SH
from .queries import text_of
from .request import Request
from .schema.eyes import Finding, Row, Run, Step

Values = dict[str, list[str]]


def run_of(request: Request, iri: str) -> Run | None:
    """The run as its provenance tells it; None when there is none, or it is not the caller's to read."""
    try:
        run = NamedNode(iri)
    except ValueError:
        return None
    said = _values(request.rows(text_of("run"), {"run": run}), lambda row: row["run"]["value"]).get(iri)
    if said is None or AMBIT.RUN not in said.get(RDF.TYPE, ()):
        return None
    steps = _values(request.rows(text_of("steps"), {"run": run}), lambda row: row["step"]["value"])
    rules = {row["rule"]["value"] for row in request.rows(text_of("decided"), {"run": run})}
    return Run(
        iri=iri,
        user=_first(said, AMBIT.USER),
        agents=tuple(sorted(said.get(AMBIT.AGENT_ROLE, ()))),
        purpose=_first(said, AMBIT.PURPOSE),
        decision=_first(said, AMBIT.DECISION_ROLE),
        rules=tuple(sorted(rules)),
        handed=tuple(sorted(said.get(AMBIT.HANDED, ()))),
        started=_first(said, PROV.STARTED_AT_TIME),
        ended=_first(said, PROV.ENDED_AT_TIME),
        steps=tuple(
            sorted((_step(step, values) for step, values in steps.items()), key=lambda s: s.started or "")
        ),
    )


def findings(request: Request) -> Sequence[Finding]:
    """All findings that the caller may see, newest first."""
    said = _values(request.rows(text_of("findings"), {}), lambda row: row["finding"]["value"])
    found = [_finding(iri, values) for iri, values in said.items()]
    return sorted(found, key=lambda finding: (finding.created or "", finding.iri), reverse=True)


def _step(iri: str, said: Values) -> Step:
    count = _first(said, AMBIT.COUNT)
    return Step(
        iri=iri,
        task=_first(said, AMBIT.TASK_ROLE),
        deployment=_first(said, AMBIT.DEPLOYMENT_ROLE),
        site=_first(said, AMBIT.SITE_ROLE),
        version=_first(said, AMBIT.VERSION),
        count=int(count) if count else None,
        handed=tuple(sorted(said.get(AMBIT.HANDED, ()))),
        started=_first(said, PROV.STARTED_AT_TIME),
        ended=_first(said, PROV.ENDED_AT_TIME),
    )


def _finding(iri: str, said: Values) -> Finding:
    return Finding(
        iri=iri,
        code=_first(said, AMBIT.CODE) or "",
        message=_first(said, SH.RESULT_MESSAGE) or "",
        severity=_first(said, SH.RESULT_SEVERITY) or "",
        about=_first(said, AMBIT.ABOUT) or "",
        focus=_first(said, SH.FOCUS_NODE),
        path=_first(said, SH.RESULT_PATH),
        value=_first(said, SH.VALUE),
        evidence=tuple(sorted(said.get(AMBIT.EVIDENCE, ()))),
        created=_first(said, DCTERMS.CREATED),
        cursor=iri,
    )


def _values(rows: Iterable[Row], key: Callable[[Row], str]) -> Mapping[str, Values]:
    found: dict[str, Values] = {}
    for row in rows:
        values = found.setdefault(key(row), {}).setdefault(row["predicate"]["value"], [])
        if (value := row["value"]["value"]) not in values:
            values.append(value)
    return found


def _first(said: Values, predicate: str) -> str | None:
    return min(said.get(predicate, ()), default=None)
