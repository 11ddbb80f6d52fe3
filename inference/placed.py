"""Vectors of texts, each computed where rules allow it: a mixed set is split by place.

All texts go in few calls, grouped by the place that the rules name for what was handed; what has no place is
left out. Rules are asked again before each call: what has lost its place is not sent, what has another goes
there.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

from ..graph.errors import AmbitError, Unavailable
from .sites import CALL
from .steps import Note, Place, embed, place_of
from .vectors import Vector
from .words import Embedder, Route, Routed, Vectors

ROUNDS = 5
"""How often what is left is grouped anew while places change."""

Key = TypeVar("Key", bound=Hashable)


Take: TypeAlias = Callable[[Routed, Sequence[Key], Mapping[str, Vector]], None]
"""Takes what was computed at one place: keys of the items, and the vectors of all texts of the call."""


class Placing(Generic[Key]):
    """One set of texts under way: each item is a text and the compartments that hold what it was made of.

    `beside` are texts of no compartment that are needed at every place with them.
    """

    def __init__(
        self,
        items: Mapping[Key, tuple[str, frozenset[str]]],
        beside: Sequence[str],
        task: str,
        route: Route,
        embedder: Embedder,
        note: Note,
        timeout: float,
    ):
        self._items, self._beside, self._task, self._route = items, beside, task, route
        self._embedder, self._note, self._timeout = embedder, note, timeout

    def carry_out(self, take: Take[Key], missed: Callable[[AmbitError], None] | None = None) -> None:
        """Computes what has a place. Raises `Unavailable` or `Timeout` when a site that was chosen does not
        answer, and what the note raises; with `missed`, which is told instead, the other places are still asked.
        """
        left: Sequence[Key] = list(self._items)
        for _ in range(ROUNDS):
            moved: list[Key] = []
            for routed, keys in self._grouped(left):
                try:
                    moved += self._at_one_place(routed, keys, take)
                except AmbitError as error:
                    if missed is None:
                        raise
                    missed(error)
            if not moved:
                return
            left = moved
        raise Unavailable(
            "places kept changing while texts were computed on", hint="try again", code="site-moved"
        )

    def _grouped(self, keys: Iterable[Key]) -> list[tuple[Routed, list[Key]]]:
        """The keys that have a place, by it."""
        routes: dict[frozenset[str], Routed | None] = {}
        groups: dict[Place, tuple[Routed, list[Key]]] = {}
        for key in keys:
            compartments = self._items[key][1]
            if compartments not in routes:
                routes[compartments] = self._route(compartments, self._task)
            if routed := routes[compartments]:
                groups.setdefault(place_of(routed), (routed, []))[1].append(key)
        return list(groups.values())

    def _at_one_place(self, routed: Routed, keys: Sequence[Key], take: Take[Key]) -> list[Key]:
        """Computes these at their place; gives those that this is no longer the place of."""
        vectors: dict[str, Vector] = {}
        done: list[Key] = []
        left = keys
        while left:
            staying = self._staying(routed, left)
            if not staying:
                break
            texts = dict.fromkeys([*self._beside, *(self._items[key][0] for key in staying)])
            call = [text for text in texts if text not in vectors][:CALL]
            if call:
                vectors.update(zip(call, self._embed(routed, call, staying), strict=True))
            if any(text not in vectors for text in self._beside):
                continue
            ready = {key for key in staying if self._items[key][0] in vectors}
            done += [key for key in staying if key in ready]
            left = [key for key in left if key not in ready]
        if done:
            take(routed, done, vectors)
        return list(left)

    def _staying(self, routed: Routed, keys: Iterable[Key]) -> list[Key]:
        place = place_of(routed)
        return [key for now, found in self._grouped(keys) if place_of(now) == place for key in found]

    def _embed(self, routed: Routed, call: Sequence[str], keys: Iterable[Key]) -> Vectors:
        sent = set(call)
        handed = [self._items[key][1] for key in keys if self._items[key][0] in sent]
        return embed(
            self._embedder,
            routed,
            call,
            task=self._task,
            handed=frozenset().union(*handed),
            count=len(handed),
            note=self._note,
            timeout=self._timeout,
        )
