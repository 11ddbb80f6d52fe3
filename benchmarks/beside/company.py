"""A generated company: who belongs to what, who reads which folder, and for what; and its answers in plain Python."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

DEPTH: Final = 8  # groups in groups
PURPOSES: Final = {"service": None, "care": "service", "refund": "care", "audit": None}
"""Each with the broader one."""

OPENED: Final = {"Internal": None, "Personal": "service", "Payment": "refund", "Confidential": "audit"}
"""For each sensitivity the purpose to which, with all narrower ones, it is open; None: to every one."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What is asked about: of one sensitivity, for the members of a group, with an owner and guests."""

    name: str
    sensitivity: str
    group: str
    owner: str
    guest: str


@dataclass(frozen=True, slots=True)
class Asked:
    """May this person read this folder for this purpose?"""

    person: str
    folder: Folder
    purpose: str


@dataclass(frozen=True)
class Company:
    """By relation. `managers` has no circle, groups are a forest eight deep."""

    member: dict[str, tuple[str, ...]]  # person → groups
    parent: dict[str, str]  # group → group
    manager: dict[str, str]
    folders: list[Folder]

    @property
    def relations(self) -> int:
        """How many pairs there are, those of folders with their group, owner, guest and sensitivity included."""
        return (
            sum(map(len, self.member.values())) + len(self.parent) + len(self.manager) + 4 * len(self.folders)
        )

    def groups(self, person: str) -> set[str]:
        """All groups of a person, at any depth."""
        return {above for group in self.member[person] for above in self.up(group)}

    def up(self, group: str) -> Iterator[str]:
        """A group and all that it stands in."""
        at: str | None = group
        while at is not None:
            yield at
            at = self.parent.get(at)

    def line(self, person: str) -> Iterator[str]:
        """Everybody above a person."""
        while person in self.manager:
            person = self.manager[person]
            yield person

    def answer(self, asked: Asked) -> bool:
        """What each decision point must say."""
        folder, person = asked.folder, asked.person
        leads = (
            person in (folder.owner, folder.guest)
            or folder.group in self.groups(person)
            or person in self.line(folder.owner)
        )
        opened = OPENED[folder.sensitivity]
        return leads and (opened is None or opened in wider(asked.purpose))

    @cached_property
    def people_of(self) -> dict[str, list[str]]:
        """The members of each group, at any depth."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for person in self.member:
            for group in self.groups(person):
                found[group].append(person)
        return dict(found)


def wider(purpose: str) -> list[str]:
    """A purpose and all broader ones."""
    above = PURPOSES[purpose]
    return [purpose] if above is None else [purpose, *wider(above)]


def company(people: int, folders: int, *, seed: int = 7) -> Company:
    """A company of that size: each person in three groups, of which each stands in `DEPTH` - 1 others."""
    dice = random.Random(seed)
    tops = max(2, people // 500)
    levels = [[f"g0-{n}" for n in range(tops)]]
    parent: dict[str, str] = {}
    for depth in range(1, DEPTH):
        level = [f"g{depth}-{n}" for n in range(min(len(levels[-1]) * 2, max(4, people // 4)))]
        parent |= {group: levels[-1][n % len(levels[-1])] for n, group in enumerate(level)}
        levels.append(level)
    names = [f"p{n}" for n in range(people)]
    member = {name: tuple(dict.fromkeys(dice.choice(levels[-1]) for _ in range(3))) for name in names}
    manager = {names[n]: names[(n - 1) // 8] for n in range(1, people)}
    groups = [group for level in levels[2:] for group in level]
    made = [
        Folder(
            f"f{n}", dice.choice(list(OPENED)), dice.choice(groups), dice.choice(names), dice.choice(names)
        )
        for n in range(folders)
    ]
    return Company(member, parent, manager, made)


def questions(company: Company, many: int, *, seed: int = 11) -> list[Asked]:
    """Different questions; for half of them a relation leads to the person."""
    dice = random.Random(seed)
    names = list(company.member)
    found: dict[Asked, None] = {}
    while len(found) < many:
        folder = dice.choice(company.folders)
        ways = [folder.owner, folder.guest, *list(company.line(folder.owner))[:2]]
        ways += dice.choices(company.people_of.get(folder.group, [folder.owner]), k=3)
        person = dice.choice(ways) if len(found) % 2 else dice.choice(names)
        found[Asked(person, folder, dice.choice(list(PURPOSES)))] = None
    return list(found)


def each(pairs: dict[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    """A relation pair by pair."""
    return ((one, other) for one, others in pairs.items() for other in others)
