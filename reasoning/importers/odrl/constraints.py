"""Constraints, asked in two ways: whether they surely hold, and whether they may.

A permission needs what surely holds, a prohibition stands where it may. What cannot be asked surely does not
hold, and may.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from ....graph.vocabulary import AMBIT, SKOS
from ..times import time
from .words import Combined, Constraint, Purpose, Time, Unknown

Answer: TypeAlias = "bool | str"
"""Yes, no, or the SPARQL expression that says."""


def ask(constraint: Constraint, surely: bool) -> Answer:
    """How a rule asks for a constraint."""
    if isinstance(constraint, Unknown):
        return not surely
    if isinstance(constraint, Purpose):
        return _purpose(constraint, surely)
    if isinstance(constraint, Time):
        return _time(constraint, surely)
    if constraint.how == "xone":
        return _one_of(constraint.parts, surely)
    return _joined(constraint.how, [ask(part, surely) for part in constraint.parts])


def _joined(how: str, parts: Iterable[Answer]) -> Answer:
    """`and` or `or` of answers, without those that are known."""
    enough = how == "or"
    found: list[str] = []
    for part in parts:
        if isinstance(part, str):
            found.append(part)
        elif part is enough:
            return enough
    if not found:
        return not enough
    return found[0] if len(found) == 1 else "(" + (" || " if enough else " && ").join(found) + ")"


def _not(answer: Answer) -> Answer:
    return f"(!{answer})" if isinstance(answer, str) else not answer


def _one_of(parts: tuple[Constraint, ...], surely: bool) -> Answer:
    """One holds, and of the others none."""
    return _joined(
        "or",
        [
            _joined(
                "and",
                [
                    ask(one, surely),
                    *(_not(ask(other, not surely)) for n, other in enumerate(parts) if n != number),
                ],
            )
            for number, one in enumerate(parts)
        ],
    )


def _purpose(constraint: Purpose, surely: bool) -> Answer:
    """A permission is for a purpose itself, a prohibition for narrower ones, too; a request without one has none."""
    listed, all_of_them = (
        ", ".join(f"<{iri}>" for iri in some)
        for some in (constraint.purposes, (*constraint.purposes, *constraint.below))
    )
    is_none = f"(?purpose = <{AMBIT.NO_PURPOSE}>)"
    exact = f"(?purpose IN ({listed}))"
    wider = f"?purpose <{SKOS.BROADER_TRANSITIVE}> ?wider FILTER(?wider IN ({all_of_them}))"
    within = f"((?purpose IN ({all_of_them})) || EXISTS {{ {wider} }})"
    if constraint.is_in:
        if surely:
            return within if constraint.narrower else exact
        return f"({is_none} || {within})"
    if surely:
        return f"(!{is_none} && !{within})"
    return f"(!{within if constraint.narrower else exact})"


def _time(constraint: Time, surely: bool) -> Answer:
    sign, at = bound(constraint, surely)
    return f"(?now {sign} {time(at)})"


def bound(constraint: Time, surely: bool) -> tuple[str, int]:
    """The comparison and the nanoseconds to compare with: the edge that surely, or that maybe, is the one."""
    moment, op = constraint.moment, constraint.operator
    if op in ("lt", "gteq"):
        edge, sign = moment.begins, "<" if op == "lt" else ">="
    elif moment.is_day:
        edge, sign = moment.ends, "<" if op == "lteq" else ">="
    else:
        edge, sign = moment.ends, "<=" if op == "lteq" else ">"
    early = surely is (op in ("lt", "lteq"))
    return sign, edge[0] if early else edge[1]


def with_below(constraint: Constraint, narrower: Mapping[str, frozenset[str]]) -> Constraint:
    """The constraint with what is narrower than the purposes that it names, at any distance."""
    if isinstance(constraint, Combined):
        return replace(constraint, parts=tuple(with_below(part, narrower) for part in constraint.parts))
    if not isinstance(constraint, Purpose):
        return constraint
    below = frozenset[str]().union(*(narrower.get(one, ()) for one in constraint.purposes))
    return replace(constraint, below=tuple(sorted(below - set(constraint.purposes))))


def unknown(constraint: Constraint) -> tuple[str, ...]:
    """What of a constraint cannot be asked."""
    if isinstance(constraint, Unknown):
        return (constraint.why,)
    if isinstance(constraint, Combined):
        return tuple(dict.fromkeys(why for part in constraint.parts for why in unknown(part)))
    if isinstance(constraint, Time):
        moment = constraint.moment
        if moment.begins[0] != moment.begins[1]:
            return ("a time names no zone, so its edge is as wide as all of them",)
    return ()


def reads(constraint: Constraint) -> frozenset[str]:
    """What of a request a constraint asks for."""
    if isinstance(constraint, Combined):
        return frozenset[str]().union(*map(reads, constraint.parts))
    return frozenset(
        {"purpose"} if isinstance(constraint, Purpose) else {"now"} if isinstance(constraint, Time) else ()
    )


def holds(constraint: Constraint, purpose: str, now: int, surely: bool) -> bool:
    """Whether a constraint surely, or maybe, holds of a request; by this, cases are made. No purpose is empty."""
    if isinstance(constraint, Unknown):
        return not surely
    if isinstance(constraint, Time):
        sign, at = bound(constraint, surely)
        return {"<": now < at, "<=": now <= at, ">": now > at, ">=": now >= at}[sign]
    if isinstance(constraint, Purpose):
        exact = purpose in constraint.purposes
        within = exact or purpose in constraint.below
        if constraint.is_in:
            return (within if constraint.narrower else exact) if surely else (not purpose or within)
        return bool(purpose) and not within if surely else not (within if constraint.narrower else exact)
    parts = [holds(part, purpose, now, surely) for part in constraint.parts]
    if constraint.how == "and":
        return all(parts)
    if constraint.how == "or":
        return any(parts)
    others = [holds(part, purpose, now, not surely) for part in constraint.parts]
    return any(
        one and not any(other for n, other in enumerate(others) if n != number)
        for number, one in enumerate(parts)
    )
