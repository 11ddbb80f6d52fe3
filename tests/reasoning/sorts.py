"""Which hard sorts generated worlds are of, so that a run can tell how many of each it had."""

from collections.abc import Iterator

from families import Families, Whole, reached
from madecompanies import PEOPLE
from reference import Company
from yard import Yard

WILDCARD = "a wildcard"
BUT = "a wildcard but for some"
PARENT = "excluded by one parent, permitted by another"
WAYS = "excluded in several ways"
SPARED = "excluded and spared"
PATHS = "two conditional paths"
CIRCLE = "a circle of groups"
BOUND = "users at a chunk's bound"
PAST = "users one past a chunk's bound"
SILENT = "a rule that names nobody"


def of_yard(yard: Yard, chunk: int) -> set[str]:
    """The sorts of a yard whose users are asked about in chunks."""
    return set(_of_yard(yard)) | _bounds(len(yard.people - {"a0"}) + 1, chunk)


def _of_yard(yard: Yard) -> Iterator[str]:
    for cell in yard.sources:
        anchors = yard.anchors(cell)
        has_wildcard = bool(anchors & {"Everybody", "World"})
        if has_wildcard:
            yield WILDCARD
        if "Odd" in yard.kinds[cell] and any(yard.has("shuns", p, cell) for p in yard.people):
            yield SILENT
        for person in yard.people:
            groups = yard.groups(person)
            barred = {a for a in anchors if any(yard.has("excludes", a, g) for g in groups)}
            out = {a for a in barred if not yard.has("isSpared", person, a)}
            if barred - out:
                yield SPARED
            if has_wildcard and out:
                yield BUT
            if out and (anchors - out) & (groups | {"Everybody", "World"}):
                yield PARENT
            if len(out) > 1 or any(_ways(yard, person, a) > 1 for a in out):
                yield WAYS
            lent = any(
                yard.has("lentTo", a, g) and any(yard.has("openFor", a, p) for p in ("care", "sale"))
                for a in anchors
                for g in groups
            )
            if lent and any(who == person and what in anchors for who, what, _ in yard.grants):
                yield PATHS
    if any(group in yard.groups(group) for group in ("g0", "g1", "g2", "g3")):
        yield CIRCLE


def _ways(yard: Yard, person: str, anchor: str) -> int:
    """By how many of a person's own memberships something excludes the person."""
    own = {group for who, group in yard.relations["memberOf"] if who == person}
    return sum(any(yard.has("excludes", anchor, g) for g in {group} | yard.groups(group)) for group in own)


def _bounds(users: int, chunk: int) -> set[str]:
    return {BOUND} if users % chunk == 0 else {PAST} if users > chunk and users % chunk == 1 else set()


def of_company(whole: Whole, chunk: int) -> set[str]:
    """The sorts of a company under the shipped rules."""
    company, families = whole.company, whole.families
    return set(_of_company(whole, company, families)) | _bounds(len(company.people) + 1, chunk)


def _of_company(whole: Whole, company: Company, families: Families) -> Iterator[str]:
    relations = company.owned | company.shared | company.assigned
    for cell in company.cells:
        anchors = set(cell.audience)
        if "Everybody" in anchors:
            yield WILDCARD
        parents = {anchor: {anchor} | reached(families.folders, anchor) for anchor in anchors}
        for person in company.people:
            us = whole.us(person)
            barred = {t for t, who in families.excluded if who in us}
            out = {
                place
                for above in parents.values()
                for place in above | {who for thing, who in relations if thing in above}
                if place in barred
            }
            if not out:
                continue
            if "Everybody" in anchors:
                yield BUT
            if company.permits(person, cell) or any(whole.leads_by_folder(a, person) for a in anchors):
                yield PARENT
            if len(out) > 1 or sum(t in out and who in us for t, who in families.excluded) > 1:
                yield WAYS
        opened = anchors | {cell.source}
        for person in PEOPLE:
            dated = {what for who, what, _ in families.grants if who in whole.us(person) and what in opened}
            broken = {what for who, what, _ in families.glasses if who in whole.us(person) and what in opened}
            if dated and broken:
                yield PATHS
    if any(group in company.groups(group) for group in ("g0", "g1", "g2")):
        yield CIRCLE
