"""The closure of facts under rules, kept while facts come and go.

Each fact has the smallest sets of compartments that suffice for it. Adding is semi-naive: a fact joins with those
that are there, once. Taking out is delete and rederive (Gupta, Mumick, Subrahmanian 1993): all that may rest on what
goes is doubted, taken out, and what still follows is put back. What is concluded is sound at any time; it is complete
but for larger sets beyond `sets.MOST`, and for what a limit left out: of conclusions, equality, or steps.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator

from .assertions import Asserted, Assertions
from .equality import Equality
from .joins import Index, Key, Ready, backward, trigger
from .rules import Rule
from .sets import Sets, bits, merge, single
from .terms import CLASH, LISTED, SAME, Fact, Terms
from .transitive import by_steps

MOST_CLASHES = 200  # of one rule, held for one set of compartments: whoever has so many looks for one mistake
STEPS, STEPS_OF_A_FACT = 1, 20
"""Conclusions that one change may try, new or not: for each that may be held, and for each fact that comes or goes."""


class Engine:
    """Facts, what is asserted of them, and what follows. `change` is undone by `undo` until `keep` is called.

    `equality`: whether what is said of one is said of all that is the same; without it, equality costs nothing, and
    the first two things that are the same set `found_same`. `limit`: conclusions that are held at most; then
    `limited` is set and no more are drawn. `crowded` is set when clashes are left out. `is_lost`: a change took out
    more than it has steps for; then the engine is no good any more, and what follows has to be drawn anew.
    """

    def __init__(self, rules: Iterable[Rule], terms: Terms, *, equality: bool, limit: int):
        self.terms = terms
        self.is_lost = self.crowded = self.found_same = False
        self._limit = limit
        self._is_short = False
        self._left = STEPS * limit
        self.equality = equality
        self._index = Index(self._infer)
        self._base = Assertions()
        self._size = 0
        self._clashes: Counter[tuple[int, int]] = Counter()  # by rule and set
        self._pending: dict[Fact, Sets] = {}
        self._queue: deque[Fact] = deque()
        self._doubted: dict[Fact, set[int]] = {}
        self._doubts: list[tuple[Fact, int]] = []
        self._mask = 0
        self._found: list[Sets] = []
        self._old: dict[Fact, Sets | None] = {}
        stepped, self._steps = by_steps(rules, terms)
        self._whole = {step: p for p, step in self._steps.items()}
        self._same = Equality(self._index, self._steps, self._worked)
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

    @property
    def limited(self) -> bool:
        """Whether something that follows was left out."""
        return self._is_short or self._same.is_cut

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
        self._left = STEPS * self._limit
        self._same.forget()
        for fact, bit in out:
            self._left += STEPS_OF_A_FACT
            entry = self._entry(fact)
            if self._base.take(entry, bit) and bit in (self._index.get(entry) or ()):
                self._doubt_one(entry, bit)
        self._delete()
        if self.is_lost:
            return
        for fact, bit in into:
            self._left += STEPS_OF_A_FACT
            entry = self._entry(fact)
            if self._base.give(entry, bit):
                self._infer(*entry, (bit,))
        self._run()

    def _worked(self, steps: int) -> None:
        self._left -= steps

    def keep(self) -> None:
        """What was changed stays."""
        self._old.clear()
        self._base.keep()

    def undo(self) -> None:
        """All is as it was when `keep` was called last."""
        for fact, sets in self._old.items():
            self._set(fact, sets)
        self._same.forget()
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
            self._same.note(fact)
        elif fact[0] == SAME:
            self.found_same = True

    # -- adding

    def _infer(self, p: int, s: int, o: int, sets: Sets | None) -> None:
        """A conclusion, to be joined with what is there when its turn comes."""
        self._left -= 1
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
        for fact, news in self._links():
            self._follow(fact, news)
        while self._queue:
            fact = self._queue.popleft()
            self._follow(fact, self._enter(fact))

    def _follow(self, fact: Fact, news: Sets) -> None:
        """What follows from news, while there are steps left."""
        if news and self._left > 0:
            self._fire(fact, news)
        elif news:
            self._is_short = True

    def _links(self) -> list[tuple[Fact, Sets]]:
        """What is said to be the same comes first, and all at once: so cliques show their size."""
        links = [fact for fact in self._queue if fact[0] == SAME] if self.equality else []
        return [(fact, news) for fact in links if (news := self._enter(fact))]

    def _enter(self, fact: Fact) -> Sets:
        """Takes in what waits for its turn, if it may be held; gives what of its sets is news."""
        sets, held = self._pending.pop(fact, ()), self._index.get(fact)
        if fact[0] == CLASH:
            sets = self._uncrowded(fact, sets, held or ())
        elif fact[0] == SAME and self.equality:
            kept = self._same.bounded(fact[1], fact[2], sets)
            sets = sets if kept is sets else merge(kept, self._own(fact, sets))[0]
        merged, news = (sets, sets) if held is None else merge(held, sets)
        if news and held is None and fact not in self._base.held and self._is_full():
            self._is_short = True
            return ()
        if news:
            self._old.setdefault(fact, held)
            self._set(fact, merged)
        return news

    def _own(self, fact: Fact, sets: Sets) -> Sets:
        """The sets of those that assert a fact."""
        asserted = self._base.held.get(fact, 0)
        return tuple(m for m in sets if single(m) & asserted)

    def _is_full(self) -> bool:
        return self._left <= 0 or self._size - len(self._base.held) >= self._limit

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
        if self.equality and sets is not None:
            self._same.replace(p, s, o, sets)
        elif self.equality:
            self._same.doubt(p, s, o)

    # -- taking out

    def _delete(self) -> None:
        """Doubts all that may rest on what went, takes it out, and puts back what still follows."""
        self._index.sink = self._doubt
        while self._doubts and self._left > 0:
            fact, self._mask = self._doubts.pop()
            self._fire(fact, None)
        self.is_lost = bool(self._doubts)
        if self.is_lost:
            return
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
        self._left -= 1
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
            self._found += self._same.derive(p, s, o)
        return self._found
