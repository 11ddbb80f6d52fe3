"""Approval requests at hand, as governance tells them: by who asked, who answered, what waits, and what is alike.

Everything is read once; after that what a commit touched is read anew, and nothing else. So no list grows slower by
what others have asked, and who looks for one request reads that one.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Final, TypeAlias

from ...graph.vocabulary import AMBIT, DCTERMS, PROV, RDF
from ..deciding.decide import Decider
from ..governance.facts import WATCHED, Facts
from .approvals import REQUEST, Answer, Item, State, answers, is_settled, item_of, items, state_of

Key: TypeAlias = tuple[str, str]
_Place: TypeAlias = tuple[datetime, str]

_TELLING: Final = frozenset(
    {RDF.TYPE, PROV.WAS_ATTRIBUTED_TO, PROV.GENERATED_AT_TIME, DCTERMS.DESCRIPTION}
) | {
    *REQUEST.properties,
    AMBIT.ANSWERS,
    AMBIT.APPROVES,
    AMBIT.REVOKES,
}
"""What a request and what was said to it consist of."""
_PART: Final = 100
"""Entries of a list that are gone through before commits are let in again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A request, with what was said to it."""

    item: Item
    said: tuple[Answer, ...]

    def state(self, now: datetime) -> State:
        """What became of it, at a time."""
        return state_of(self.item, self.said, now)


class Docket:
    """The requests of a decider's governance; thread-safe. Lists are as of when each part of them is reached."""

    def __init__(self, decider: Decider):
        self._decider = decider
        self._facts: Facts | None = None
        self._touched: set[object] = set()
        self._entries: dict[str, Entry] = {}
        self._lists: defaultdict[Key, list[_Place]] = defaultdict(list)
        self._about: defaultdict[str, set[str]] = defaultdict(
            set
        )  # requests that an answer or a revocation is about

    def of(self, iri: str) -> Entry | None:
        """One request; None where there is none of this name."""
        with self._decider.lock:
            self._read()
            return self._entries.get(iri)

    def all(self) -> Iterator[Entry]:
        """All requests, the latest first."""
        return self._latest(("all", ""))

    def of_person(self, iri: str) -> Iterator[Entry]:
        """What somebody asked for or answered, the latest first."""
        return self._latest(("asker", iri), ("author", iri))

    def alike(self, item: Item) -> Iterator[Entry]:
        """The requests of the same shape, or with a compartment in common, the latest first; `item` is among them."""
        keys = [("compartment", one) for one in sorted(item.compartments)]
        return self._latest(*keys, *([("pattern", item.pattern)] if item.pattern else []))

    def waiting(self, now: datetime, asker: str = "") -> Iterator[Entry]:
        """What waits for an answer, of one asker or of all; that which expires last comes first."""
        for expires, entry in self._walk(("waiting", asker)):
            if expires <= now:
                return
            yield entry

    # -- lists

    def _latest(self, *keys: Key) -> Iterator[Entry]:
        """Several lists as one, each entry once."""
        before = ""
        for _, entry in merge(
            *map(self._walk, keys), key=lambda one: (one[0], one[1].item.iri), reverse=True
        ):
            if entry.item.iri != before:
                yield entry
            before = entry.item.iri

    def _walk(self, key: Key) -> Iterator[tuple[datetime, Entry]]:
        """One list from its end."""
        place: _Place | None = None
        while True:
            with self._decider.lock:
                self._read()
                held = self._lists.get(key, [])
                end = len(held) if place is None else bisect_left(held, place)
                part = held[max(0, end - _PART) : end]
                found = [(at, self._entries[iri]) for at, iri in reversed(part)]
            if not part:
                return
            yield from found
            place = part[0]

    # -- reading; always under the decider's lock

    def _read(self) -> None:
        """Reads anew what was touched since."""
        facts = self._decider.facts
        is_other = facts is not self._facts
        if is_other:
            self._facts, self._touched = facts, facts.watch(_TELLING)
        if is_other or len(self._touched) >= WATCHED:  # nobody has looked for long
            self._touched.clear()
            self._entries, self._lists, self._about = {}, defaultdict(list), defaultdict(set)
            for item in items(facts):
                self._put(item.iri, facts)
        touched, found = [one for one in self._touched if isinstance(one, str)], set[str]()
        self._touched.clear()
        for one in touched:
            found |= self._about.pop(one, set()) | _requests(one, facts)
            found |= {one} & self._entries.keys()
        for iri in found:
            self._put(iri, facts)

    def _put(self, iri: str, facts: Facts) -> None:
        if (old := self._entries.pop(iri, None)) is not None:
            self._each(old, _take)
        item = item_of(facts, iri)
        if item is None:
            return
        entry = self._entries[iri] = Entry(item, answers(facts, item))
        self._each(entry, insort)
        for answer in entry.said:
            for one in (answer.iri, *facts.iris_to(AMBIT.REVOKES, answer.iri)):
                self._about[one].add(iri)

    def _each(self, entry: Entry, change: Callable[[list[_Place], _Place], None]) -> None:
        """Changes each of the lists in which an entry stands, at its place."""
        item = entry.item
        made, ends = (item.created, item.iri), (item.expires, item.iri)
        for key in _keys(entry):
            change(self._lists[key], ends if key[0] == "waiting" else made)
            if not self._lists[key]:
                del self._lists[key]


def _keys(entry: Entry) -> Iterator[Key]:
    """The lists in which an entry stands."""
    item = entry.item
    yield from (("all", ""), ("asker", item.asker))
    yield from (("author", by) for by in {answer.by for answer in entry.said})
    yield from (("compartment", one) for one in item.compartments)
    if item.pattern:
        yield "pattern", item.pattern
    if not is_settled(item, entry.said):
        yield from (("waiting", ""), ("waiting", item.asker))


def _requests(one: str, facts: Facts) -> set[str]:
    """The requests that a subject is, answers, or whose answers it revokes."""
    said: Iterable[str] = (one, *facts.iris(one, AMBIT.REVOKES))
    found = {request for answer in said for request in facts.iris(answer, AMBIT.ANSWERS)}
    return found | ({one} if facts.is_a(one, AMBIT.APPROVAL_REQUEST) else set())


def _take(held: list[_Place], place: _Place) -> None:
    del held[bisect_left(held, place)]
