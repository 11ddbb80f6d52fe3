"""A policy as a workspace's folder, a revision of it or a server has it, and what another would change.

What people may do depends on compartments. They are those of a server, where one of the two sides is what is in force
there or a data folder is named; else those that the cases give, each file of them a world.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..graph.errors import AmbitError, Invalid
from ..graph.snapshot import Snapshot
from ..graph.store.past import Past, frames_until
from ..graph.terms import NamedNode, Triple
from ..graph.views.worker import Keeper
from ..graph.vocabulary import AMBIT, FOAF
from ..graph.words import Label
from ..reasoning.cases import cases
from ..reasoning.cases.cases import CaseFile
from ..reasoning.cases.difference import Difference, difference
from ..reasoning.cases.world import World
from ..reasoning.governance import governance
from ..reasoning.governance.facts import Facts
from ..reasoning.rulebase import recorded
from ..reasoning.rulebase.asking import DECIDING
from ..reasoning.rulebase.rules import Loaded, Rule
from .definitions import MADE, SOURCES
from .policy import ground, reviewed_rules
from .reviewing import Reviewer
from .workspace import Workspace

FILES = (governance.FILE, SOURCES)
"""What the records of the workspace's own files begin with."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules, what the workspace's files say as governance, and what stands beside that.

    `beside` is None where it is not known: what a server has of labels, governed relations and acts.
    """

    name: str
    rules: Loaded
    ground: Mapping[str, frozenset[Triple]]
    cases: Mapping[str, CaseFile] = field(default_factory=dict)
    beside: frozenset[Triple] | None = None
    problems: tuple[AmbitError, ...] = ()
    notes: tuple[str, ...] = ()  # rules that no case shows


@dataclass(frozen=True, slots=True)
class Compared:
    """What two policies make different in one world."""

    world: str
    found: Difference
    labels: Mapping[str, Label]  # of the compartments in it
    members: Mapping[str, frozenset[str]]  # of each group, among the people who are looked at


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that is told of two policies."""

    worlds: tuple[Compared, ...]
    problems: tuple[AmbitError, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def is_sure(self) -> bool:
        """Whether all could be read and asked."""
        return not self.problems and not any(one.found.failures for one in self.worlds)

    @property
    def is_same(self) -> bool:
        """Whether nobody gains or loses anything."""
        return not any(one.found.groups for one in self.worlds)


def of_folder(root: Path, name: str) -> Policy:
    """The policy that lies in a folder; what does not read is a problem."""
    files = Workspace(root)
    stated, problems = ground(files)
    found: dict[str, CaseFile] = {}
    for path in sorted(files.cases.rglob("*.trig")) if files.cases.is_dir() else ():
        place = path.relative_to(root).as_posix()
        try:
            found[place] = cases.read(path.read_bytes(), place)
        except OSError as error:
            problems.append(Invalid(f"`{place}` cannot be read: {error.strerror}"))
        except AmbitError as problem:
            problems.append(problem)
    reviewed = reviewed_rules(files, stated, problems, Reviewer(files, refuses=False))
    notes = tuple(problem.message for problem in reviewed.unshown)
    return Policy(name, reviewed.loaded, stated, found, None, tuple(problems), notes)


def of_data(data: Path, name: str) -> Policy:
    """What is in force in a data folder, read from its commit log: also beside a running server."""
    past = Past(frames_until(data / "commits"))
    try:
        if not past.record(recorded.RECORD):
            raise Invalid(f"`{data}` holds no rules", hint="serve it once, or name another data folder")
        return in_force(
            name,
            [t for entry in past.record(recorded.RECORD) for t in past.triples(entry.graph)],
            _stated(past, of_files=True),
            _stated(past, of_files=False),
        )
    finally:
        past.close()


def in_force(
    name: str, rule_triples: Iterable[Triple], files: Iterable[Triple], beside: Iterable[Triple]
) -> Policy:
    """The policy that a server has in force, from its record of rules and its governance."""
    loaded = recorded.restore(rule_triples)
    return Policy(
        name,
        loaded,
        {governance.FILE + "in-force": frozenset(files)},
        beside=frozenset(beside),
    )


def _stated(snapshot: Snapshot, *, of_files: bool) -> frozenset[Triple]:
    """What governance states, conclusions and Ambit's own terms aside: in files of the workspace, or beside them."""
    kept: set[Triple] = set()
    for quad in snapshot.governance():
        graph = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""
        if graph not in MADE and graph.startswith(FILES) is of_files:
            kept.add(quad.triple)
    return frozenset(kept)


def compare(old: Policy, new: Policy, now: datetime, beside: frozenset[Triple] | None = None) -> Comparison:
    """What `new` in the place of `old` lets people do, and no more. Raises `Invalid` where there is no world.

    `beside` is what a server has in governance beside its files; else that of a side that has it.
    """
    begun = time.monotonic()
    known = next((one for one in (beside, old.beside, new.beside) if one is not None), None)
    given = {"the server's data": known} if known is not None else _cases(old, new)
    if not given:
        raise Invalid(
            "there are no compartments to compare on",
            hint="name a data folder with `--data`, a server with `--url`, or write cases",
        )
    problems = [*old.problems, *new.problems]
    before = World(old.rules, lambda: Keeper("policies"), old.ground)
    try:
        after = World(new.rules, lambda: Keeper("policies"), new.ground)
        try:
            problems += [*before.refused, *after.refused]
            worlds = tuple(_compared(name, one, before, after, now) for name, one in given.items())
        finally:
            after.close()
    finally:
        before.close()
    notes = _notes(old, new)
    return Comparison(worlds, tuple(problems), notes, time.monotonic() - begun)


def _cases(old: Policy, new: Policy) -> dict[str, frozenset[Triple]]:
    """The worlds that cases give: those of the new policy, and files that only the old one has."""
    return {name: file.given for name, file in sorted({**old.cases, **new.cases}.items())}


def _compared(name: str, given: frozenset[Triple], before: World, after: World, now: datetime) -> Compared:
    for world in (before, after):
        world.become(given)
        try:
            world.settle()
        except Invalid as problem:
            raise Invalid(f"{name}: {problem.message}", hint=problem.hint) from None
    found = difference(before, after, now)
    facts = [world.decider.facts for world in (before, after)]
    told = {compartment for group in found.groups for compartment in group.compartments}
    labels = {iri: _label(iri, facts) for iri in told}
    return Compared(name, found, labels, _members(facts))


def _label(iri: str, facts: Iterable[Facts]) -> Label:
    """What some governance says of a compartment."""

    def values(predicate: str) -> frozenset[str]:
        return frozenset[str]().union(*(known.iris(iri, predicate) for known in facts))

    return Label(
        " ".join(sorted(values(AMBIT.COMES_FROM))),
        " ".join(sorted(values(AMBIT.HAS_SENSITIVITY))),
        values(AMBIT.HAS_JURISDICTION),
        values(AMBIT.HAS_AUDIENCE),
    )


def _members(facts: Iterable[Facts]) -> dict[str, frozenset[str]]:
    """The people in each group, at any depth, in either world."""
    found: dict[str, set[str]] = {}
    for known in facts:
        for person in known.instances(FOAF.PERSON):
            for group in known.iris(person, AMBIT.MEMBER_OF_ALL):
                found.setdefault(group, set()).add(person)
    return {group: frozenset(members) for group, members in found.items()}


def _notes(old: Policy, new: Policy) -> tuple[str, ...]:
    """What differs and is not compared, and rules that a server refuses until a case shows them."""
    told = [*dict.fromkeys((*old.notes, *new.notes))]
    for effect, what in (
        ("label", "labelling rules differ: data may get other labels, which are not compared"),
        ("rank", "ranking rules differ: another deployment may take a call, which is not compared"),
        ("use", "rules differ on who may have which deployment compute, which is not compared"),
    ):
        if _texts(old, effect) != _texts(new, effect):
            told.append(what)
    asked = {rule.iri for one in (old, new) for rule in one.rules.rules if _asks_who_comes_between(rule)}
    told += [
        f"`{iri}` looks at the agents of a request, and is asked as if there were none"
        for iri in sorted(asked)
    ]
    if _governed(old) != _governed(new):
        told.append("which source governs which relation differs: what that brings or takes is not compared")
    return tuple(told)


def _asks_who_comes_between(rule: Rule) -> bool:
    """Whether a rule's answer may hang on the agents that a request comes through."""
    return rule.effect in DECIDING and "request" in rule.reads and AMBIT.IS_USED_THROUGH in rule.terms


def _texts(policy: Policy, effect: str) -> set[tuple[str, str]]:
    return {(rule.iri, rule.source) for rule in policy.rules.rules if rule.effect == effect}


def _governed(policy: Policy) -> set[Triple]:
    stated = frozenset[Triple]().union(*policy.ground.values())
    return {triple for triple in stated if triple.predicate.value == AMBIT.GOVERNS}
