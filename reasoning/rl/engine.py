"""The closure of facts under rules, kept while facts come and go.

Each fact has the smallest sets of compartments that suffice for it. Adding is semi-naive: a fact joins with those
that are there, once. Taking out is delete and rederive (Gupta, Mumick, Subrahmanian 1993): all that may rest on what
goes is doubted, taken out, and what still follows is put back. What is concluded is sound at any time; it is complete
but for larger sets beyond `sets.MOST`, and for what a limit left out.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator

from .assertions import Asserted, Assertions
from .joins import Index, Key, Ready, backward, trigger
from .rules import Rule
from .sets import Sets, bits, join, merge, single
from .terms import CLASH, LISTED, SAME, Fact, Terms
from .transitive import by_steps

MOST_CLASHES = 200  # of one rule, held for one set of compartments: whoever has so many looks for one mistake


class Engine:
    """Facts, what is asserted of them, and what follows. `change` is undone by `undo` until `keep` is called.

    `equality`: whether what is said of one is said of all that is the same; without it, equality costs nothing, and
    the first two things that are the same set `found_same`. `limit`: conclusions that are held at most; then
    `limited` is set and no more are drawn. `crowded` is set when clashes are left out.
    """

    def __init__(self, rules: Iterable[Rule], terms: Terms, *, equality: bool, limit: int):
        self.terms = terms
        self.limited = self.crowded = self.found_same = False
        self._limit = limit
        self.equality = equality
        self._index = Index(self._infer)
        self._base = Assertions()
        self._size = 0
        self._clashes: Counter[tuple[int, int]] = Counter()  # by rule and set
        self._said: dict[int, set[int]] = defaultdict(set)  # by subject, and by object, the predicates
        self._said_of: dict[int, set[int]] = defaultdict(set)
        self._pending: dict[Fact, Sets] = {}
        self._queue: deque[Fact] = deque()
        self._doubted: dict[Fact, set[int]] = {}
        self._doubts: list[tuple[Fact, int]] = []
        self._mask = 0
        self._found: list[Sets] = []
        self._old: dict[Fact, Sets | None] = {}
        stepped, self._steps = by_steps(rules, terms)
        self._whole = {step: p for p, step in self._steps.items()}
        self._compile(stepped)
        for rule in stepped:
            if not rule.body and rule.head is not None:
                self._infer(*rule.head, rule.sets)
        self._run()
        self.keep()

    def _compile(self, rules: Iterable[Rule]) -> None:
        """Files the rules by what they wait for and by what they conclude; each is made ready when it is needed."""
        waiting: dict[Key, list[tuple[Rule, int]]] = defaultdict(list)
        heads: dict[Key, list[Rule]] = defaultdict(list)
        for rule in rules:
            for position, (p, _, o) in enumerate(rule.body):
                waiting[(p, o) if o >= 0 else p].append((rule, position))
            if rule.head is None:
                heads[CLASH, self.terms.id(rule)].append(rule)
            else:
                heads[(rule.head[0], rule.head[2]) if rule.head[2] >= 0 else rule.head[0]].append(rule)
        index, terms = self._index, self.terms
        self._triggers = Ready(waiting, lambda made: trigger(*made, index, terms))
        self._heads = Ready(heads, lambda rule: backward(rule, index, terms))

    # -- what is asked

    def sets(self, fact: Fact) -> Sets | None:
        """What suffices for a fact; None when it does not hold."""
        return self._index.get(fact)

    def asserted(self, fact: Fact) -> int:
        """The compartments that assert a fact, as one mask."""
        return self._base.held.get(self._entry(fact), 0)

    def facts(self) -> Iterator[tuple[Fact, Sets]]:
        """All that holds, but for what only the reasoner has a name for; clashes are among it."""
        for p, rows in self._index.forth.items():
            if p not in self._whole and p != LISTED:
                for s, row in rows.items():
                    for o, sets in row.items():
                        yield (p, s, o), sets

    def changed(self) -> Iterator[tuple[Fact, Sets | None, int]]:
        """The facts that `change` touched, with what sufficed before and who asserted them."""
        entries = {(self._whole.get(p, p), s, o) for p, s, o in self._base.before}
        for fact in {*self._old, *entries}:
            if fact[0] not in self._whole and fact[0] != LISTED:
                entry = self._entry(fact)
                before = self._old[fact] if fact in self._old else self._index.get(fact)
                yield fact, before, self._base.before.get(entry, self._base.held.get(entry, 0))

    # -- what is done

    def change(self, out: Asserted, into: Asserted) -> None:
        """Takes assertions out and puts others in, with all that follows."""
        for fact, bit in out:
            entry = self._entry(fact)
            if self._base.take(entry, bit) and bit in (self._index.get(entry) or ()):
                self._doubt_one(entry, bit)
        self._delete()
        for fact, bit in into:
            entry = self._entry(fact)
            if self._base.give(entry, bit):
                self._infer(*entry, (bit,))
        self._run()

    def keep(self) -> None:
        """What was changed stays."""
        self._old.clear()
        self._base.keep()

    def undo(self) -> None:
        """All is as it was when `keep` was called last."""
        for fact, sets in self._old.items():
            self._set(fact, sets)
        self._base.undo()
        self.keep()

    def _entry(self, fact: Fact) -> Fact:
        """Where a fact comes in: one of a transitive property is a step."""
        step = self._steps.get(fact[0])
        return fact if step is None else (step, fact[1], fact[2])

    def _set(self, fact: Fact, sets: Sets | None) -> None:
        if fact[0] == CLASH:
            self._clashes.subtract((fact[1], mask) for mask in self._index.get(fact) or ())
            self._clashes.update((fact[1], mask) for mask in sets or ())
        if sets is None:
            self._size -= self._index.get(fact) is not None
            self._index.drop(fact)
            return
        self._size += self._index.get(fact) is None
        self._index.put(fact, sets)
        if self.equality:
            self._said[fact[1]].add(fact[0])
            self._said_of[fact[2]].add(fact[0])
        elif fact[0] == SAME:
            self.found_same = True

    # -- adding

    def _infer(self, p: int, s: int, o: int, sets: Sets | None) -> None:
        """A conclusion, to be joined with what is there when its turn comes."""
        if p == SAME and (s == o or s in self.terms.literals or o in self.terms.literals):
            return
        assert sets is not None  # noqa: S101 — in this mode all is asked
        fact = (p, s, o)
        held = self._index.get(fact)
        if held is not None and (held is sets or not merge(held, sets)[1]):
            return
        waiting = self._pending.get(fact)
        if waiting is None:
            self._pending[fact] = sets
            self._queue.append(fact)
        elif waiting is not sets:
            self._pending[fact] = merge(waiting, sets)[0]

    def _run(self) -> None:
        while self._queue:
            fact = self._queue.popleft()
            sets = self._pending.pop(fact)
            held = self._index.get(fact)
            sets = self._uncrowded(fact, sets, held or ()) if fact[0] == CLASH else sets
            merged, news = (sets, sets) if held is None else merge(held, sets)
            if not news:
                continue
            if (
                held is None
                and fact not in self._base.held
                and self._size - len(self._base.held) >= self._limit
            ):
                self.limited = True
                continue
            self._old.setdefault(fact, held)
            self._set(fact, merged)
            self._fire(fact, news)

    def _uncrowded(self, clash: Fact, sets: Sets, held: Sets) -> Sets:
        """The sets for which one more clash of a rule is held; what others may read takes no place."""
        new = [mask for mask in sets if not any(k & mask == k for k in held)]
        left = [mask for mask in new if self._clashes[clash[1], mask] < MOST_CLASHES]
        self.crowded |= len(left) < len(new)
        return tuple(left)

    def _fire(self, fact: Fact, sets: Sets | None) -> None:
        """All that follows from a fact in one step, together with what is there."""
        p, s, o = fact
        for run in self._triggers.of(p):
            run(s, o, sets)
        for run in self._triggers.of((p, o)):
            run(s, o, sets)
        if self.equality:
            self._replace(p, s, o, sets)

    def _replace(self, p: int, s: int, o: int, sets: Sets | None) -> None:
        """eq-sym, eq-trans, eq-rep-s, eq-rep-p, eq-rep-o: what is said of one is said of the other.

        A transitive property is left out: it follows from its steps, which are not.
        """
        sink, forth, back = self._index.sink, self._index.forth, self._index.back
        if p in (CLASH, LISTED):
            return
        if p == SAME:
            sink(SAME, o, s, sets)
            for q in [q for q in self._said.get(s, ()) if self._is_replaced(q)]:
                for other, found in forth[q].get(s, {}).items():
                    sink(q, o, other, None if sets is None else join(sets, found))
            for q in [q for q in self._said_of.get(s, ()) if self._is_replaced(q)]:
                for other, found in back[q].get(s, {}).items():
                    sink(q, other, o, None if sets is None else join(sets, found))
            self._rename(s, o, sets)
        if self._is_replaced(p):
            same = forth[SAME]
            for other, found in same.get(s, {}).items():
                sink(p, other, o, None if sets is None else join(sets, found))
            for other, found in same.get(o, {}).items():
                sink(p, s, other, None if sets is None else join(sets, found))
            for other, found in same.get(self._whole.get(p, p), {}).items():
                sink(self._steps.get(other, other), s, o, None if sets is None else join(sets, found))

    def _rename(self, p: int, q: int, sets: Sets | None) -> None:
        """A property is the same as another."""
        for s, row in self._index.forth.get(self._steps.get(p, p), {}).items():
            for o, found in row.items():
                self._index.sink(self._steps.get(q, q), s, o, None if sets is None else join(sets, found))

    def _is_replaced(self, p: int) -> bool:
        return p not in self._steps and p not in (CLASH, LISTED)

    # -- taking out

    def _delete(self) -> None:
        """Doubts all that may rest on what went, takes it out, and puts back what still follows."""
        self._index.sink = self._doubt
        while self._doubts:
            fact, self._mask = self._doubts.pop()
            self._fire(fact, None)
        doubted, self._doubted = self._doubted, {}
        for fact, masks in doubted.items():
            held = self._index.get(fact)
            assert held is not None  # noqa: S101 — only what holds is doubted
            self._old.setdefault(fact, held)
            self._set(fact, tuple(m for m in held if m not in masks) or None)
        self._index.sink = self._collect
        found = {fact: self._derive(fact) for fact in doubted}
        self._index.sink = self._infer
        for fact, derived in found.items():
            for sets in derived:
                self._infer(*fact, sets)
        self._run()

    def _doubt(self, p: int, s: int, o: int, _: Sets | None) -> None:
        """A conclusion from what is doubted: each set that could have come from it is doubted, too."""
        fact = (p, s, o)
        for mask in self._index.get(fact) or ():
            if mask & self._mask == self._mask and not self._base.held.get(fact, 0) & single(mask):
                self._doubt_one(fact, mask)

    def _doubt_one(self, fact: Fact, mask: int) -> None:
        masks = self._doubted.setdefault(fact, set())
        if mask not in masks:
            masks.add(mask)
            self._doubts.append((fact, mask))

    def _collect(self, p: int, s: int, o: int, sets: Sets | None) -> None:
        if sets is not None:
            self._found.append(sets)

    def _derive(self, fact: Fact) -> list[Sets]:
        """What suffices for a fact by one step from what is left."""
        p, s, o = fact
        self._found = [(1 << n,) for n in bits(self._base.held.get(fact, 0))]
        for run in (*self._heads.of(p), *self._heads.of((p, s if p == CLASH else o))):
            run(s, o)
        if self.equality:
            self._derive_same(p, s, o)
        return self._found

    def _derive_same(self, p: int, s: int, o: int) -> None:
        """What suffices for a fact since something else is the same as one of its terms."""
        if not self._is_replaced(p):
            return
        index = self._index
        if p == SAME:
            self._found += [sets for sets in (index.get((SAME, o, s)),) if sets is not None]
        for place, term in enumerate((self._whole.get(p, p), s, o)):
            for other, same in index.back[SAME].get(term, {}).items():
                replaced = [p, s, o]
                replaced[place] = self._steps.get(other, other) if place == 0 else other
                sets = index.get((replaced[0], replaced[1], replaced[2]))
                if sets is not None:
                    self._found.append(join(sets, same))
