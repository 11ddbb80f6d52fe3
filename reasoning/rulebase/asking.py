"""Asking the worker: which rules with which terms, in one batch, and what came back from each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ...graph.errors import AmbitError
from ...graph.terms import Literal, NamedNode, Object, Quad, Triple, to_nquads
from ...graph.views.calls import RuleCall, RuleFailure, RuleRows, Rules
from ...graph.vocabulary import AMBIT, XSD, node
from ..governance.facts import names
from ..governance.moments import Moments
from .binding import Held, held
from .found import Found, Rows
from .planning import ordered, values
from .rules import Rule

REQUEST: Final = "urn:ambit:request"
"""The named graph of a request's facts while it is decided."""

ACTED: Final = frozenset({"permit", "scope", "require", "deny", "ask", "use"})
"""Effects whose rows name an actor."""


DECIDING: Final = ACTED - {"use"} | {"place"}
"""Effects that decide which compartments are held."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is bound in every rule of one question, but for the actor."""

    purpose: str | None
    site: str
    now: datetime
    facts: frozenset[Triple] = frozenset()

    def terms(self) -> dict[str, Object]:
        """By variable; a request without a purpose has `ambit:NoPurpose`."""
        return {
            "purpose": NamedNode(self.purpose or AMBIT.NO_PURPOSE),
            "site": NamedNode(self.site),
            "now": moment(self.now),
            "request": NamedNode(REQUEST),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """One rule, for one actor where its effect names one, or for one site.

    `among` are the compartments asked about, None for all. `of_all` asks for every actor at once; that is only
    for a rule that is indifferent to its actor (`binding`).
    """

    rule: Rule
    actor: str = ""
    site: str = ""
    among: tuple[str, ...] | None = None
    of_all: bool = False

    @property
    def bound(self) -> frozenset[str]:
        """The variables that have a term."""
        names = self.rule.reads
        if self.rule.effect in ACTED and not self.of_all:
            names |= {"actor"}
        return names | {"site"} if self.rule.effect == "place" else names

    @property
    def text(self) -> str:
        """What the worker is asked: the rule in the order that what is bound suggests, about `among` alone.

        A rule that tells a bound compartment from a free one is asked about all; `Said` then has what was asked.
        """
        if self.among is None or held(self.rule.text, "compartment") is not Held.ALWAYS:
            found = ordered(self.rule.text, self.bound)
            return self.rule.text if found is None else "".join(found)
        found = ordered(self.rule.text, self.bound | {"compartment"}, is_among=True)
        if found is None:
            return self.rule.text
        return f"{found[0]}{values('compartment', self.among)} LATERAL {found[1]}"


class Posed(RuleCall):
    """A query as it is put to memory first: its rows are those of `plain`. Its text is made where the worker is asked.

    `columns` are what it projects, `among` the compartments asked about (None: all), `told` the request's facts. `most`
    are the rows that its text is limited to.
    """

    __slots__ = ("_text", "among", "columns", "most", "plain", "told")
    plain: str
    columns: tuple[str, ...]
    among: tuple[str, ...] | None
    told: frozenset[Triple]
    most: int | None
    _text: Callable[[], str]

    def __init__(
        self,
        plain: str,
        columns: tuple[str, ...],
        bindings: Mapping[str, Object],
        told: frozenset[Triple],
        text: Callable[[], str],
        *,
        among: tuple[str, ...] | None = None,
        most: int | None = None,
    ):
        values = (plain, columns, bindings, told, text, among, most)
        names = ("plain", "columns", "bindings", "told", "_text", "among", "most")
        for name, value in zip(names, values, strict=True):
            object.__setattr__(self, name, value)

    @property
    def text(self) -> str:
        """The query as the worker takes it."""
        return self._text()


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule said: pairs of its effect, the time until which they hold; or why it failed.

    `until` is when a rule that names the `times` it looks at may say something else, None where that is not known.
    What it says of a compartment holds for all that are `alike`, where that says which these are.
    """

    asked: Asked
    rows: Sequence[dict[str, Object]] = ()
    failure: str = ""
    until: datetime | None = None
    alike: Mapping[str, frozenset[str]] | None = field(default=None, compare=False)
    _firsts: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def first(self, column: str) -> frozenset[str]:
        """The IRIs in one column."""
        found = self._firsts.get(column)
        if found is None:
            rows = self.rows
            found = rows.iris(column) if isinstance(rows, Rows) else names(self.terms(column))
            if column == "compartment" and self.alike is not None:
                classes = [self.alike[one] for one in found if one in self.alike]
                found = classes[0] if len(classes) == 1 else frozenset[str]().union(*classes)
            self._firsts[column] = found
        return found

    def terms(self, column: str) -> frozenset[Object]:
        """The terms in one column."""
        rows = self.rows
        return (
            rows.terms(column)
            if isinstance(rows, Rows)
            else frozenset(r[column] for r in rows if column in r)
        )

    def again(self, asked: Asked) -> "Said":
        """The same, where the same is asked again."""
        if asked == self.asked:
            return self
        found = replace(self, asked=asked)
        found._firsts.update(self._firsts)
        return found

    def by_compartment(self) -> dict[str, tuple[dict[str, Object], ...]]:
        """The rows of each compartment."""
        found: dict[str, list[dict[str, Object]]] = {}
        for row in self.rows:
            value = row.get("compartment")
            if isinstance(value, NamedNode):
                found.setdefault(value.value, []).append(row)
        return {compartment: tuple(rows) for compartment, rows in found.items()}


def moment(time: datetime) -> Literal:
    """`xsd:dateTime` of a time that knows its zone."""
    return Literal(time.isoformat(), datatype=node(XSD.DATE_TIME))


def ask(
    rules: Rules,
    asked: Sequence[Asked],
    circumstances: Circumstances,
    *,
    deadline: float,
    patch: tuple[bytes, bytes] | None = None,
) -> list[Said]:
    """All in one call; never raises: what fails says so.

    A rule that stands for a broken file fails without being asked.
    """
    return ask_each(rules, [(one, circumstances) for one in asked], deadline=deadline, patch=patch)


def ask_each(
    rules: Rules,
    asked: Sequence[tuple[Asked, Circumstances]],
    *,
    deadline: float,
    patch: tuple[bytes, bytes] | None = None,
) -> list[Said]:
    """As `ask`, each in circumstances of its own; the request's facts are the same in all of them."""
    put = [(one, around) for one, around in asked if not one.rule.failing]
    said = iter(_put(rules, put, deadline, patch) if put else ())
    return [Said(one, failure=one.rule.failing) if one.rule.failing else next(said) for one, _ in asked]


def _put(
    rules: Rules,
    asked: Sequence[tuple[Asked, Circumstances]],
    deadline: float,
    patch: tuple[bytes, bytes] | None,
) -> list[Said]:
    try:
        each = {id(around): around for _, around in asked}
        terms = {key: around.terms() for key, around in each.items()}
        calls = [_posed(one, bindings(one, terms[id(around)]), around.facts) for one, around in asked]
        facts = request_facts(asked[0][1].facts)
        results = rules(calls, facts=facts, patch=patch, deadline=deadline)
        if len(results) != len(calls):
            raise AmbitError("the worker answered another number of rules than it was asked")
        ones = [one for one, _ in asked]
        return [_said(one, call, result) for one, call, result in zip(ones, calls, results, strict=True)]
    except Exception as error:  # a failure of any kind denies, so it is an answer here
        reason = error.message if isinstance(error, AmbitError) else f"{type(error).__name__}: {error}"
        return [Said(one, failure=reason or "failed") for one, _ in asked]


def _posed(one: Asked, bound: Mapping[str, Object], told: frozenset[Triple]) -> Posed:
    return Posed(one.rule.text, one.rule.columns, bound, told, lambda: one.text, among=one.among)


def dated(said: Said, moments: Moments, now: datetime) -> Said:
    """What a rule said, with the time until which it does, where its header tells what that hangs on."""
    times = said.asked.rule.times
    return replace(said, until=moments.after(times, now)) if times and not said.failure else said


def request_facts(facts: Iterable[Triple]) -> bytes:
    """A request's facts as the worker takes them."""
    graph = NamedNode(REQUEST)
    return to_nquads(Quad(t.subject, t.predicate, t.object, graph) for t in facts)


def bindings(one: Asked, terms: Mapping[str, Object]) -> dict[str, Object]:
    """What is bound in a rule: what it reads, and the actor or site it is asked for."""
    bound: dict[str, Object] = {name: terms[name] for name in one.rule.reads}
    if one.rule.effect in ACTED and not one.of_all:
        bound["actor"] = NamedNode(one.actor)
    if one.rule.effect == "place":
        bound["site"] = NamedNode(one.site)
    if one.rule.effect == "approve" and one.actor:  # else it says who all may
        bound["approver"] = NamedNode(one.actor)
    if one.rule.effect == "level" and one.actor:  # else it says how far each may go
        bound["agent"] = NamedNode(one.actor)
    return bound


def _said(one: Asked, call: RuleCall, result: object) -> Said:
    """Rows as mappings; a row that contradicts what was bound means that the rule is not what it seems."""
    if isinstance(result, RuleFailure):
        return Said(one, failure=result.reason or "failed")
    if not isinstance(result, list | Found):
        return Said(one, failure="the worker gave no rows")
    columns = one.rule.columns
    if isinstance(result, list) and any(len(terms) != len(columns) for terms in result):
        return Said(one, failure="the worker gave rows of another width")
    for name, term in call.bindings.items():
        if isinstance(term, NamedNode) and not _is_all(term, name, columns, result):
            return Said(one, failure="a row holds another term than the one bound")
    rows = Rows(columns, result)
    return Said(one, rows=rows if one.among is None else rows.among(one.among))


def _is_all(term: NamedNode, name: str, columns: Sequence[str], rows: RuleRows) -> bool:
    """Whether a column holds one term and no other; what memory found has what was bound in each row."""
    if name not in columns:
        return not rows
    at = columns.index(name)
    return isinstance(rows, Found) or all([row[at] == term for row in rows])
