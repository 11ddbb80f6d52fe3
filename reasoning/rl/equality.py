"""Equality: what is said of one is said of all that is the same, as far as few things are.

n things that are the same are n² facts, and of each of these follows something for every other thing: n³ look-ups. So
of a clique of more than `MOST_SAME` things nothing is concluded. A clique is what the links inside one set of
compartments hold together: links of which a reader does not know take no conclusion away.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from .joins import Index
from .sets import Sets, join
from .terms import CLASH, LISTED, SAME, Fact

MOST_SAME: Final = 16
"""Things that are the same of which something is concluded."""

Row: TypeAlias = Iterable[tuple[int, Sets]]


class Equality:
    """The rules eq-sym, eq-trans, eq-rep-s, eq-rep-p and eq-rep-o over an index.

    `steps`: the property of steps of each transitive one, which follows from its steps and is not replaced itself.
    `looked`: is told of the facts that were looked at beside conclusions.
    """

    def __init__(self, index: Index, steps: dict[int, int], looked: Callable[[int], None]):
        self.is_cut = False
        self._index = index
        self._steps = steps
        self._whole = {step: p for p, step in steps.items()}
        self._looked = looked
        self._said: dict[int, set[int]] = defaultdict(set)  # by subject, and by object, the predicates
        self._said_of: dict[int, set[int]] = defaultdict(set)
        self._up: dict[
            int, int
        ] = {}  # a forest of all that ever was the same: its trees are cliques, or larger
        self._sizes: dict[int, int] = {}
        self._large: set[tuple[int, int]] = set()
        self._small: set[tuple[int, int]] = set()
        self._kept: dict[int, list[tuple[int, Sets]]] = {}  # of what is the same as a term, what counts

    def note(self, fact: Fact) -> None:
        """A fact is held."""
        p, s, o = fact
        self._said[s].add(p)
        self._said_of[o].add(p)
        if p == SAME:
            self._small.clear()
            self._kept.clear()
            one, other = self._root(s), self._root(o)
            if one != other:
                self._up[one] = other
                self._sizes[other] = self._sizes.get(one, 1) + self._sizes.get(other, 1)

    def forget(self) -> None:
        """Facts went: what was too large may be no more."""
        self._large.clear()
        self._kept.clear()

    def bounded(self, s: int, o: int, sets: Sets) -> Sets:
        """Of the sets of a link those in which both its ends have few that are the same."""
        if self._is_small(s) and self._is_small(o):
            return sets
        return tuple(m for m in sets if not (self._is_large(s, m) or self._is_large(o, m)))

    def replace(self, p: int, s: int, o: int, sets: Sets) -> None:
        """What is said of one is said of the other."""
        sink, forth, back = self._index.sink, self._index.forth, self._index.back
        if p in (CLASH, LISTED):
            return
        if p == SAME:
            sets = self.bounded(s, o, sets)
            if not sets:
                return
            sink(SAME, o, s, sets)
            for other, found in self._same(s):  # the two ways that are left follow the other way round
                sink(SAME, o, other, join(sets, found))
            for other, found in self._same(o):
                sink(SAME, s, other, join(sets, found))
            for q in self._replaced(self._said, s):
                for other, found in forth[q].get(s, {}).items():
                    sink(q, o, other, join(sets, found))
            for q in self._replaced(self._said_of, s):
                for other, found in back[q].get(s, {}).items():
                    sink(q, other, o, join(sets, found))
            self._rename(s, o, sets)
        elif self._is_replaced(p):
            for other, found in self._same(s):
                sink(p, other, o, join(sets, found))
            for other, found in self._same(o):
                sink(p, s, other, join(sets, found))
        if self._is_replaced(p):
            for other, found in self._same(self._whole.get(p, p)):
                sink(self._steps.get(other, other), s, o, join(sets, found))

    def doubt(self, p: int, s: int, o: int) -> None:
        """What of all that is held may rest on a fact, be its clique large or small."""
        sink, forth, back = self._index.sink, self._index.forth, self._index.back
        if p in (CLASH, LISTED):
            return
        if p == SAME:
            sink(SAME, o, s, None)
            for q in self._both(self._said, s, o):
                for other in self._shared(forth[q].get(s), forth[q].get(o)):
                    sink(q, o, other, None)
            for q in self._both(self._said_of, s, o):
                for other in self._shared(back[q].get(s), back[q].get(o)):
                    sink(q, other, o, None)
            self._rename(s, o, None)
        if self._is_replaced(p):
            same = forth[SAME]
            for other in self._shared(same.get(s), back[p].get(o)):
                sink(p, other, o, None)
            for other in self._shared(same.get(o), forth[p].get(s)):
                sink(p, s, other, None)
            for other in same.get(self._whole.get(p, p), ()):
                sink(self._steps.get(other, other), s, o, None)

    def derive(self, p: int, s: int, o: int) -> Iterable[Sets]:
        """What suffices for a fact since something else is the same as one of its terms."""
        if not self._is_replaced(p):
            return
        index = self._index
        if p == SAME and (turned := index.get((SAME, o, s))) is not None:
            yield turned
        for place, term in enumerate((self._whole.get(p, p), s, o)):
            row = index.back[SAME].get(term, {})
            self._looked(len(row))
            for other, same in row.items():
                replaced = [p, s, o]
                replaced[place] = self._steps.get(other, other) if place == 0 else other
                sets = index.get((replaced[0], replaced[1], replaced[2]))
                if sets is not None:
                    yield join(sets, same)

    def _rename(self, p: int, q: int, sets: Sets | None) -> None:
        """A property is the same as another."""
        for s, row in self._index.forth.get(self._steps.get(p, p), {}).items():
            for o, found in row.items():
                self._index.sink(self._steps.get(q, q), s, o, None if sets is None else join(sets, found))

    def _is_replaced(self, p: int) -> bool:
        return p not in self._steps and p not in (CLASH, LISTED)

    def _replaced(self, said: dict[int, set[int]], term: int) -> list[int]:
        return [q for q in said.get(term, ()) if q != SAME and self._is_replaced(q)]

    def _both(self, said: dict[int, set[int]], one: int, other: int) -> list[int]:
        return [q for q in said.get(one, set()) & said.get(other, set()) if self._is_replaced(q)]

    def _shared(self, one: dict[int, Sets] | None, other: dict[int, Sets] | None) -> list[int]:
        """What stands in both rows, by way of the shorter."""
        if not one or not other:
            return []
        short, long = (one, other) if len(one) <= len(other) else (other, one)
        self._looked(len(short))
        return [term for term in short if term in long]

    # -- cliques

    def _same(self, term: int) -> Row:
        """What is the same as a term, by links of cliques that are small."""
        row = self._index.forth[SAME].get(term)
        if row is None:
            return ()
        if self._is_small(term):
            return row.items()
        if term not in self._kept:
            self._looked(len(row))
            bounded = ((other, self.bounded(term, other, found)) for other, found in row.items())
            self._kept[term] = [(other, sets) for other, sets in bounded if sets]
        return self._kept[term]

    def _is_small(self, term: int) -> bool:
        return self._sizes.get(self._root(term), 1) <= MOST_SAME

    def _root(self, term: int) -> int:
        up = self._up
        while (above := up.get(term)) is not None:
            higher = up.get(above)
            if higher is None:
                return above
            up[term] = term = higher
        return term

    def _is_large(self, term: int, mask: int) -> bool:
        """Whether more than `MOST_SAME` hang together by links that these compartments suffice for."""
        key = (term, mask)
        if key in self._large:
            return True
        if key in self._small or self._is_small(term):
            return False
        found, fresh = {term}, [term]
        while fresh and len(found) <= MOST_SAME:
            one = fresh.pop()
            for rows in (self._index.forth[SAME], self._index.back[SAME]):
                row = rows.get(one, {})
                self._looked(len(row))
                new = [o for o, sets in row.items() if o not in found and any(k & mask == k for k in sets)]
                found.update(new)
                fresh += new
        is_large = len(found) > MOST_SAME
        self.is_cut = self.is_cut or is_large
        (self._large if is_large else self._small).update((one, mask) for one in found)
        return is_large
