"""Runs and findings read back from the caller's view, as the records that GraphQL shows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import orjson

from ..graph.terms import NamedNode, from_nquads
from ..graph.vocabulary import AMBIT, DCTERMS, PROV, RDF, SH
from ..graph.words import Role
from .queries import text_of
from .request import Request
from .schema.eyes import Finding, Row, Run, Step

Values = dict[str, list[str]]

CLASH: Final = "data-inconsistent"
ASSERTED: Final = frozenset({Role.DATA, Role.ONTOLOGY})


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
    found = [_placed(request, one) if one.code == CLASH else one for one in found]
    return sorted(found, key=lambda finding: (finding.created or "", finding.iri), reverse=True)


def _placed(request: Request, clash: Finding) -> Finding:
    """A clash with the caller's records that say its triples: what is to be mended, looked up as it is now."""
    evidence = [orjson.loads(text) for text in clash.evidence]
    told = [triple for one in evidence for triple in one.get("triples", ())]
    records = sorted({record for triple in told for record in _records(request, triple)})
    if not records:
        return clash
    said = tuple(orjson.dumps({**one, "records": records}).decode() for one in evidence)
    return replace(clash, about=records[0], evidence=said)


def _records(request: Request, triple: str) -> Iterator[str]:
    """The records within the clearance that assert a triple (N-Triples); none for what only follows."""
    owner, clearance = request.layers.owner, request.clearance.compartments
    try:
        (asked,) = from_nquads(triple.encode())
    except (SyntaxError, ValueError):
        return
    for quad in owner.match(asked.subject, asked.predicate, asked.object, ASSERTED):
        entry = owner.entry(quad.graph_name.value) if isinstance(quad.graph_name, NamedNode) else None
        if entry is not None and entry.compartment and owner.within(entry.compartment, clearance):
            members = owner.members(entry.compartment)
            request.touched |= members
            request.handed |= members
            yield entry.record


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
