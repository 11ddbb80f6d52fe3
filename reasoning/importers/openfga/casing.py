"""The cases of an import: what a store's tests assert, and examples of each rule, held against OpenFGA's rules."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ....graph.terms import Literal, Triple
from ..ruletext import CaseText, RuleText, case_file
from ..times import SECOND
from ..words import Place, Row, Status
from . import celvalues
from .evaluate import Thing, World
from .examples import Examples
from .leading import leading
from .naming import Names
from .translate import Translation
from .triples import is_valid, named, persons, triples
from .words import Check, Model, Node, Test, Tuple

MOST_USERS: Final = 24
MOST_OBJECTS: Final = 24
LARGE = 4_000
"""Tuples of a store from which on no examples are looked for in them: it would take minutes."""

MOMENT: Final = 1_767_225_600 * SECOND
"""When examples ask, where a rule reads the time: 2026-01-01, which no clock changes."""

OF_EACH: Final = 3
"""Cases of each rule that are allowed, and that are denied."""


@dataclass(slots=True)
class Casing:
    """Makes cases. `rules` are those that were written, by relation; `now` the parameters that are the time.

    `names` are those of cases: what another import says of the store's own objects changes nothing of these.
    """

    name: str
    model: Model
    names: Names
    people: frozenset[str]
    translation: Translation
    rules: Mapping[Node, RuleText]
    jurisdiction: str
    now: frozenset[str]
    closed: frozenset[Node]
    rows: list[Row] = field(default_factory=list)
    shown: set[Node] = field(default_factory=set)  # those whose rules a case turns on

    def files(self, tuples: Sequence[Tuple], tests: Iterable[Test]) -> Iterator[tuple[str, bytes]]:
        """The files of cases, by their place in a workspace."""
        cases, given = self._examples(tuples)
        if cases:
            yield self._file(
                "", given, cases, "Examples of each rule, in the store's own tuples or in made-up ones."
            )
        for number, test in enumerate(tests, start=1):
            cases, given = self._of_test(test, tuples)
            if cases:
                yield self._file(
                    f"-test-{number}", given, cases, f"What the test {number} of the store asserts."
                )

    def _file(
        self, ending: str, given: Iterable[Triple], cases: list[CaseText], about: str
    ) -> tuple[str, bytes]:
        text = case_file(self.names.base, given, cases, jurisdiction=self.jurisdiction, about=about)
        return f"cases/{self.name}{ending}.trig", text

    def _world(self, tuples: Iterable[Tuple]) -> World:
        return World(self.model, tuples, self.translation.conditions, self.closed)

    def _case(
        self,
        node: Node,
        user: Thing,
        name: str,
        is_allowed: bool,
        *,
        now: str = "",
        shows: bool = False,
        facts: tuple[tuple[str, Literal], ...] = (),
    ) -> CaseText:
        rule = self.rules[node]
        if "now" in rule.reads and not now:
            now = celvalues.literal("timestamp", MOMENT).value
        self.shown |= {node} if shows else set()
        note = f"{user[0]}:{user[1]} {node[1]} {node[0]}:{name}"
        return CaseText(
            self.names.thing(*user),
            rule.actions[0],
            self.names.thing(node[0], name),
            is_allowed,
            note,
            rule=rule.iri if shows else "",
            now=now,
            facts=facts,
        )

    def _turns(self, node: Node, user: Thing, name: str, held: frozenset[tuple[Node, str]]) -> bool:
        """Whether a user has a relation by its rule alone: not where another is for the same action.

        A person may read what is meant for himself by a shipped rule.
        """
        action = self.rules[node].actions[0]
        others = [one for one, rule in self.rules.items() if one != node and action in rule.actions]
        is_own = user == (node[0], name) and action == "read"
        return (
            (node, name) in held
            and not is_own
            and not any((one, name) in held for one in others if one[0] == node[0])
        )

    @property
    def _request(self) -> Mapping[str, object]:
        """What an example's request says: the time."""
        return dict.fromkeys(sorted(self.now), MOMENT)

    # -- examples of each rule

    def _examples(self, tuples: Sequence[Tuple]) -> tuple[list[CaseText], set[Triple]]:
        world = self._world(tuples)
        users = sorted(one for one in named(tuples) if one[0] in self.people)[:MOST_USERS]
        users = users if len(tuples) < LARGE else []
        held = {user: world.holds(user, self._request) for user in users}
        cases: list[CaseText] = []
        given: set[Triple] = set()
        asked: set[Thing] = set()
        things: set[Thing] = set()
        for number, node in enumerate(self.rules, start=1):
            objects = sorted(world.objects.get(node[0], ()))[:MOST_OBJECTS]
            pairs = [(user, name, (node, name) in held[user]) for name in objects for user in users]
            turning = [(user, name) for user, name, _ in pairs if self._turns(node, user, name, held[user])]
            allowed = _spread(turning or [(user, name) for user, name, is_so in pairs if is_so])
            denied = _spread([(user, name) for user, name, is_so in pairs if not is_so])
            cases += [self._case(node, user, name, True, shows=bool(turning)) for user, name in allowed]
            cases += [self._case(node, user, name, False) for user, name in denied]
            asked |= {user for user, _ in (*allowed, *denied)}
            things |= {(node[0], name) for _, name in (*allowed, *denied)}
            if not turning or not denied:
                more, made = self._made_up(node, number, is_allowed=not turning)
                cases += more
                given |= made
        return cases, given | self._given(tuples, asked, things)

    def _given(self, tuples: Iterable[Tuple], users: set[Thing], things: Iterable[Thing]) -> set[Triple]:
        """The users as people, and of some tuples those that say what they have to do with some things."""
        found: set[Triple] = set().union(*(self._person(user) for user in users))
        return found | set(triples(self.model, self.names, leading(tuples, users, things, self.people)))

    def _made_up(self, node: Node, number: int, *, is_allowed: bool) -> tuple[list[CaseText], set[Triple]]:
        """A person who has a relation to a made-up object, and one who has not."""
        thing = f"example-{number}"
        kinds = sorted(self.people)
        for kind in kinds:
            user, other = (kind, f"{thing}-in"), (kind, f"{thing}-out")
            for tuples in Examples(self.model, self.people, self.translation.conditions).of(
                node, user, thing
            ):
                world = self._world(tuples)
                if not self._turns(node, user, thing, world.holds(user, self._request)):
                    continue
                cases = [self._case(node, user, thing, True, shows=True)] if is_allowed else []
                given = set(triples(self.model, self.names, tuples))
                given |= set(persons(self.names, self.people, tuples))
                given |= set(self._person(user)) | set(self._person(other))
                if (node, thing) not in world.holds(other, self._request):
                    cases.append(self._case(node, other, thing, False))
                return cases, given
        other = (kinds[0], f"{thing}-out")
        return [self._case(node, other, thing, False)], set(self._person(other))

    def _person(self, user: Thing) -> Iterator[Triple]:
        blank = Tuple(user[0], user[1], "", "", user[0], user[1], "", {}, Place(""))
        return persons(self.names, self.people, [blank])

    # -- what a test asserts

    def _of_test(self, test: Test, own: Sequence[Tuple]) -> tuple[list[CaseText], set[Triple]]:
        more = [one for one in test.tuples if is_valid(self.model, one)]
        tuples = [*own, *more]
        world = self._world(tuples)
        held: dict[tuple[Thing, str], frozenset[tuple[Node, str]]] = {}
        cases: list[CaseText] = []
        users: set[Thing] = set()
        things: set[Thing] = set()
        for check in test.checks:
            made = self._of_check(check, world, held)
            if isinstance(made, str):
                self.rows.append(Row(Status.LEFT, "assertion", _said(check), check.place, made))
            elif made not in cases:
                cases.append(made)
                users.add(check.user)
                things.add(check.thing)
        if cases:
            what = f"`{test.name}`: {len(cases)} assertions are cases"
            self.rows.append(Row(Status.TRANSLATED, "test", what, test.place))
        return cases, self._given(tuples, users, things)

    def _of_check(
        self, check: Check, world: World, held: dict[tuple[Thing, str], frozenset[tuple[Node, str]]]
    ) -> CaseText | str:
        """The case of an assertion, or why there is none."""
        node = (check.thing[0], check.relation)
        if not world.has(node):
            return "the model has no such relation"
        if check.user[0] not in self.people:
            return f"`{check.user[0]}` is no type of people: see `--people {check.user[0]}`"
        if node not in self.rules:
            return "no rule was written for the relation"
        others = {key: value for key, value in check.context.items() if key not in self.now}
        facts = self._facts(others)
        if facts is None:
            return f"it gives a context of kinds that no rule reads (`{'`, `'.join(sorted(others))}`)"
        times = {value for key, value in check.context.items() if key in self.now and isinstance(value, int)}
        if len(times) > 1:
            return "it gives several times"
        requests = [check.context]
        if not times and "now" in self.rules[node].reads:
            requests.append(
                {**check.context, **self._request}
            )  # it is asked at some time, and must be so then, too
        now = celvalues.literal("timestamp", times.pop()).value if times else ""
        said: list[bool] = []
        for request in requests:
            key = (check.user, context_key(request))
            if key not in held:
                held[key] = world.holds(check.user, request)
            said.append((node, check.thing[1]) in held[key])
        if len(set(said)) > 1:
            return "it gives no time, and the rule reads it"
        if said[0] is not check.is_allowed:
            may = world.holds(check.user, requests[0], surely=False)
            if check.is_allowed and self.translation.found[node].reasons and (node, check.thing[1]) in may:
                return "the rule opens less than the relation"
            return "it is not so by OpenFGA's own rules"
        return self._case(node, check.user, check.thing[1], check.is_allowed, now=now, facts=facts)

    def _facts(self, context: Mapping[str, object]) -> tuple[tuple[str, Literal], ...] | None:
        """A request's context as its properties; None where a value is of a kind that has no literal."""
        every = [pair for c in self.model.conditions.values() for pair in c.parameters.items()]
        kinds = dict(every)
        if any(said != kinds[name] for name, said in every if name in context):
            return None  # of two kinds under one name
        found: list[tuple[str, Literal]] = []
        for name, value in sorted(context.items()):
            kind = kinds[name].item if isinstance(value, tuple) else kinds[name].kind
            if kind not in celvalues.DATATYPES or value == ():
                return None
            for one in value if isinstance(value, tuple) else (value,):
                found.append((self.names.context(name), celvalues.literal(kind, one)))
        return tuple(found)


def context_key(context: Mapping[str, object]) -> str:
    """A text that is equal for equal contexts."""
    return json.dumps(context, sort_keys=True, default=str)


def _said(check: Check) -> str:
    verb = "has" if check.is_allowed else "has not"
    return f"{check.user[0]}:{check.user[1]} {verb} {check.relation} to {check.thing[0]}:{check.thing[1]}"


def _spread(pairs: Sequence[tuple[Thing, str]]) -> list[tuple[Thing, str]]:
    """A few pairs, of different users and objects where there are."""
    chosen: list[tuple[Thing, str]] = []
    seen: defaultdict[object, int] = defaultdict(int)
    while len(chosen) < OF_EACH and len(chosen) < len(pairs):
        best = min((p for p in pairs if p not in chosen), key=lambda p: seen[p[0]] + seen[p[1]])
        chosen.append(best)
        seen[best[0]] += 1
        seen[best[1]] += 1
    return chosen
