"""Vectors of texts, each computed where rules allow it: a mixed set is split by place.

All texts go in few calls, grouped by the place that the rules name for what was handed; what has no place is
left out. Before each call it is looked up again where its texts stand, and rules are asked again: what has gone
or has lost its place is not sent, what has another goes there.
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

Held: TypeAlias = Callable[[Key], frozenset[str]]
"""The compartments that hold what an item's text was made of, as it is now; none where a part of it has gone."""

Take: TypeAlias = Callable[[Routed, Sequence[Key], Mapping[str, Vector]], None]
"""Takes what was computed at one place: keys of the items, and the vectors of all texts of the call."""


class Placing(Generic[Key]):
    """One set of texts under way, by item; `held` is asked for what each was made of whenever it may be sent.

    `beside` are texts of no compartment that are needed at every place with them.
    """

    def __init__(
        self,
        texts: Mapping[Key, str],
        held: Held[Key],
        beside: Sequence[str],
        task: str,
        route: Route,
        embedder: Embedder,
        note: Note,
        timeout: float,
    ):
        self._texts, self._held, self._beside = texts, held, beside
        self._task, self._route = task, route
        self._embedder, self._note, self._timeout = embedder, note, timeout

    def carry_out(self, take: Take[Key], missed: Callable[[AmbitError], None] | None = None) -> None:
        """Computes what has a place. Raises `Unavailable` or `Timeout` when a site that was chosen does not
        answer, and what the note raises; with `missed`, which is told instead, the other places are still asked.
        """
        left: Sequence[Key] = list(self._texts)
        for _ in range(ROUNDS):
            moved: list[Key] = []
            for routed, keys in self._grouped(left):
                try:
                    moved += self._at_one_place(routed, list(keys), take)
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

    def _grouped(self, keys: Iterable[Key]) -> list[tuple[Routed, dict[Key, frozenset[str]]]]:
        """The keys that have a place, by it, with what holds them."""
        routes: dict[frozenset[str], Routed | None] = {}
        groups: dict[Place, tuple[Routed, dict[Key, frozenset[str]]]] = {}
        for key in keys:
            compartments = self._held(key)
            if compartments and compartments not in routes:
                routes[compartments] = self._route(compartments, self._task)
            if compartments and (routed := routes[compartments]):
                groups.setdefault(place_of(routed), (routed, {}))[1][key] = compartments
        return list(groups.values())

    def _at_one_place(self, routed: Routed, keys: Sequence[Key], take: Take[Key]) -> list[Key]:
        """Computes these at their place; gives those that this is no longer the place of."""
        vectors: dict[str, Vector] = {}
        done: list[Key] = []
        moved: list[Key] = []
        left = keys
        while left:
            near = self._next(left)
            staying = self._staying(routed, near)
            lost = set(near) - staying.keys()
            moved += [key for key in near if key in lost]
            left = [key for key in left if key not in lost]
            if not staying:
                continue
            texts = dict.fromkeys([*self._beside, *(self._texts[key] for key in staying)])
            call = [text for text in texts if text not in vectors][:CALL]
            if call:
                vectors.update(zip(call, self._embed(routed, call, staying), strict=True))
            if any(text not in vectors for text in self._beside):
                continue
            ready = {key for key in staying if self._texts[key] in vectors}
            done += [key for key in near if key in ready]
            left = [key for key in left if key not in ready]
        if done:
            take(routed, done, vectors)
        return moved

    def _next(self, keys: Iterable[Key]) -> list[Key]:
        """The keys whose texts may go with the next call: all of them that share one."""
        some = set(list(dict.fromkeys(self._texts[key] for key in keys))[:CALL]).union(self._beside)
        return [key for key in keys if self._texts[key] in some]

    def _staying(self, routed: Routed, keys: Iterable[Key]) -> Mapping[Key, frozenset[str]]:
        """Those that this is still the place of, with what holds them now."""
        place = place_of(routed)
        return next((found for now, found in self._grouped(keys) if place_of(now) == place), {})

    def _embed(self, routed: Routed, call: Sequence[str], staying: Mapping[Key, frozenset[str]]) -> Vectors:
        sent = set(call)
        handed = [compartments for key, compartments in staying.items() if self._texts[key] in sent]
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
