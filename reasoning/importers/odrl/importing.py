"""ODRL policies as rules, governance and cases, with a row for each part of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ....graph.errors import Invalid
from ....graph.iris import is_absolute
from ....graph.terms import Triple
from ....graph.vocabulary import AMBIT, DPV, FOAF, SKOS
from ..ruletext import check_names, declared, says, turtle, typed
from ..words import Import, Place, Row, Status
from . import constraints
from .casing import Casing
from .reading import read
from .terms import part_of
from .translate import ALL, Made, Settings, Translation
from .words import Combined, Constraint, Purpose, Rule, Said


@dataclass(frozen=True, slots=True)
class Options:
    """How policies are to be read: `settings` for what they do not say; `base` is what IRIs begin with."""

    settings: Settings = field(default_factory=lambda: Settings("odrl"))
    base: str = "https://example.com/odrl/"
    jurisdiction: str = AMBIT.EU


def import_file(path: Path, options: Options) -> Import:
    """What becomes of a file; raises `SourceInvalid`, `TooLarge`, and `Invalid` for options that do not fit."""
    _check(options)
    said = read(path)
    return import_policies(said, options, Place(path.name))


def _check(options: Options) -> None:
    settings = options.settings
    check_names(settings.family, [a for actions in settings.actions.values() for a in actions])
    iris = (options.base, options.jurisdiction, *settings.targets, *settings.assignees, *settings.profiles)
    for iri in (*iris, *settings.actions):
        if not is_absolute(iri):
            raise Invalid(f"`{iri}` is no absolute IRI", hint="write one such as https://example.com/id/")
    if settings.conflict not in ("", "perm", "prohibit", "invalid"):
        raise Invalid(f"`{settings.conflict}` is no strategy for conflicts", hint="perm, prohibit or invalid")


def import_policies(said: Said, options: Options, place: Place) -> Import:
    """As `import_file`, of what has been read."""
    said = _by_itself(said)
    name = options.settings.family
    part = part_of(options.base, name)
    translation = Translation(said, options.settings, part)
    rows = [*translation.rows, *(Row(Status.LEFT, "policy", what, at, why) for what, at, why in said.left)]
    if not said.policies and not said.left:
        rows.append(Row(Status.LEFT, "file", place.file, place, "there is no ODRL policy in it"))
    casing = Casing(name, options.base, said, list(translation.made), options.settings, options.jurisdiction)
    cases = dict(casing.files())
    kept = casing.made
    files = {made.text.file: made.text.text().encode() for made in kept}
    rows = [_dropped(row, casing) for row in rows]
    if kept:
        triples = set(_governance(said, [*kept, *casing.doubled], part))
        triples |= declared(files.values(), triples)
        files[f"governance/{name}.ttl"] = turtle(triples, f"Imported from {place.file}.")
        files |= cases
    return Import(files, tuple(rows))


def _dropped(row: Row, casing: Casing) -> Row:
    """The row of a rule of which no file was written, or no case that permits it otherwise."""
    if any(row.rule == made.text.file for made in casing.vain):
        return replace(row, status=Status.LEFT, why="whatever it permits is prohibited", rule="")
    if any(row.rule == made.text.file for made in casing.unfound):
        why = "no request was found that it alone opens, and a rule without a case is not put in force"
        return replace(row, status=Status.LEFT, why=why, rule="")
    if any(row.rule == made.text.file for made in casing.needless):
        return replace(row, why="; ".join(filter(None, (row.why, "others permit all that it does"))), rule="")
    parts = [one for one in (*casing.made, *casing.doubled) if one.row == row.rule and row.rule]
    kept = [one for one in parts if one in casing.made]
    more = [row.why]
    if parts and not kept:
        more.append("others prohibit all that it does")
    elif kept and all(one in casing.unopposed for one in kept):
        more.append("nothing of the import permits what it prohibits: it takes away what other rules permit")
    if any(one in casing.unshown for one in kept):
        more.append(
            "no case shows it, for no request was found that it alone prohibits: write one of your own"
        )
    rule = kept[0].text.file if kept else "" if parts else row.rule
    return replace(row, why="; ".join(filter(None, more)), rule=rule)


def _governance(said: Said, made: list[Made], part_of: str) -> Iterator[Triple]:
    """Parts of collections, the people among the assignees, and that the purposes that rules name are purposes.

    Parts are said by a property of the import's own: as `odrl:partOf` they would add to the collections of others.
    """
    for part, whole in said.members:
        yield says(part, part_of, whole)
    groups = {one for m in made for one in m.rule.assignees if one != ALL}
    people = {one for one in groups if one not in said.collections and one not in said.organizations}
    people |= {part for part, whole in said.members if whole in groups and part not in said.collections}
    for person in people:
        yield typed(person, FOAF.PERSON)
    named = {iri for m in made for iri in _purposes(m.rule.constraint)}
    for purpose in named:
        if not purpose.startswith((AMBIT.NAMESPACE, DPV.NAMESPACE)):
            yield says(purpose, SKOS.BROADER, DPV.PURPOSE)


def _by_itself(said: Said) -> Said:
    """The policies with the file's hierarchy of purposes in their own constraints.

    In governance it would open to the narrower purpose what any other rule opens for the wider one.
    """
    narrower: defaultdict[str, set[str]] = defaultdict(set)
    for narrow, wide in said.broader:
        if not narrow.startswith((AMBIT.NAMESPACE, DPV.NAMESPACE)) and not wide.startswith(AMBIT.NAMESPACE):
            narrower[wide].add(narrow)
    below = {wide: _closure(wide, narrower) for wide in narrower}

    def with_below(rule: Rule) -> Rule:
        return replace(rule, constraint=constraints.with_below(rule.constraint, below))

    policies = [replace(one, rules=tuple(map(with_below, one.rules))) for one in said.policies]
    return replace(said, policies=tuple(policies))


def _closure(start: str, following: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """What follows from something at any distance; itself where it stands in a circle."""
    found: set[str] = set()
    todo = [start]
    while todo:
        more = set(following.get(todo.pop(), ())) - found
        found |= more
        todo += more
    return frozenset(found)


def _purposes(constraint: Constraint) -> Iterator[str]:
    if isinstance(constraint, Purpose):
        yield from (*constraint.purposes, *constraint.below)
    for part in constraint.parts if isinstance(constraint, Combined) else ():
        yield from _purposes(part)
