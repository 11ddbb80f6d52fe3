"""What follows anew and what follows no more when governance changes: only what the change leads to is looked at.

Exactly the difference between two closures (`Closure.conclude`), as long as the axioms stay. A conclusion from one
triple goes when no way back from it ends at a triple that is stated. Of a transitive relation all is reached again
for those from whom a changed step can be reached; so diamonds, circles and what is supported several times need no
counting (see docs/decisions/closure-by-difference.md).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from ...graph.terms import NamedNode, Object, Subject, Triple
from ...graph.vocabulary import RDF, node
from .closure import RELATIONS, Closure, Relation, reach
from .facts import Facts, Key, key, term


class Aftermath:
    """What a change does to what follows: `out` and `into`.

    `facts` are as before it, with all that follows from what they state in the graph `inferred`. `leaving` are the
    stated triples that graphs lose, with these graphs; `coming` the stated triples that graphs get.
    """

    def __init__(
        self,
        closure: Closure,
        facts: Facts,
        inferred: str,
        leaving: Mapping[Triple, Collection[str]],
        coming: Collection[Triple],
    ):
        self._closure = closure
        self._facts = facts
        self._inferred = inferred
        self._leaving = leaving
        self._coming = coming
        went = [t for t in leaving if not self._is_stated(t)]
        came = [t for t in coming if not facts.graphs(t) - {inferred}]
        new = self._forward(came)
        self._known: dict[Triple, bool] = dict.fromkeys(new, True)
        asked = self._forward(went) | new
        edges = [t for t in asked if (t in facts) != self._is_known(t)]
        self._ways = {relation.name: _Ways(relation, facts, edges) for relation in RELATIONS}
        self._leads = dict(found for ways in self._ways.values() for found in ways.changed())
        asked |= self._leads.keys()
        self.out, self.into = set[Triple](), set[Triple]()
        for triple in asked:
            before, after = inferred in facts.graphs(triple), self._is_inferred(triple)
            if before != after:
                (self.into if after else self.out).add(triple)

    def _is_stated(self, triple: Triple) -> bool:
        """Whether a graph states a triple after the change."""
        return triple in self._coming or bool(
            self._facts.graphs(triple) - {self._inferred} - frozenset(self._leaving.get(triple, ()))
        )

    def _is_inferred(self, triple: Triple) -> bool:
        """Whether a triple follows and is not stated, after the change."""
        if self._is_stated(triple):
            return False
        leads = self._leads.get(triple)
        if leads is None:
            ways = self._ways.get(triple.predicate.value)
            leads = ways is not None and ways.lead(triple)
        return leads or self._is_known(triple)

    def _is_known(self, triple: Triple) -> bool:
        """Whether a triple is stated or follows from one that is, transitive relations aside."""
        if triple not in self._known:
            self._known[triple] = self._leads_back(triple)
        return self._known[triple]

    def _leads_back(self, triple: Triple) -> bool:
        seen, todo = {triple}, [triple]
        while todo:
            here = todo.pop()
            if self._is_stated(here):
                return True
            for premise in self._closure.premises(here, self._types_of):
                if premise not in seen:
                    seen.add(premise)
                    todo.append(premise)
        return False

    def _types_of(self, subject: Subject) -> Iterable[Object]:
        """The classes of a subject before the change: what follows from new ones is known without asking."""
        return map(term, self._facts.ends(key(subject), RDF.TYPE))

    def _forward(self, triples: Iterable[Triple]) -> set[Triple]:
        """The triples and what follows from them, transitive relations aside."""
        seen = set(triples)
        todo = list(seen)
        while todo:
            for conclusion in self._closure.step(todo.pop()):
                if conclusion not in seen:
                    seen.add(conclusion)
                    todo.append(conclusion)
        return seen


class _Ways:
    """One transitive relation over steps that change. `edges`: triples that are or are not there any more."""

    def __init__(self, relation: Relation, facts: Facts, edges: Iterable[Triple]):
        self._relation = relation
        self._facts = facts
        self._gone: set[tuple[Key, str, Key]] = set()
        self._up: defaultdict[Key, set[Key]] = defaultdict(set)
        self._begins: set[Key] = set()
        self._reached: dict[Key, set[Key]] = {}
        for t in edges:
            if t.predicate.value in relation.edges:
                self._change(key(t.subject), t.predicate.value, key(t.object), is_there=t not in facts)

    def _change(self, start: Key, predicate: str, end: Key, *, is_there: bool) -> None:
        ends = self._up[start]  # where nothing comes, it is known that something changes
        if not is_there:
            self._gone.add((start, predicate, end))
            return
        ends.add(end)
        if predicate == self._relation.of:
            self._begins.add(start)

    def changed(self) -> Iterator[tuple[Triple, bool]]:
        """What the relation leads to after the change and is not there, or the other way round; whether it leads."""
        name = node(self._relation.name)
        for start in self._affected():
            if not isinstance(start, str):
                continue
            ends = self._ends(start)
            for end in ends ^ set(self._facts.ends(start, self._relation.name)):
                yield Triple(NamedNode(start), name, term(end)), end in ends

    def lead(self, triple: Triple) -> bool:
        """Whether the relation holds after the change."""
        start, end = key(triple.subject), key(triple.object)
        if not isinstance(start, str):
            return False
        self._reached[start] = self._reach(start)
        return end in self._ends(start)

    def _ends(self, start: str) -> set[Key]:
        """What the relation leads to from a start, after the change: things that have a name."""
        if not self._has_relation(start):
            return set()
        ends: set[Key] = {end for end in self._reach(start) if isinstance(end, str)}
        return ends if self._relation.is_own else ends - {start}

    def _has_relation(self, start: Key) -> bool:
        of = self._relation.of
        return start in self._begins or any(
            (start, of, end) not in self._gone for end in self._facts.ends(start, of)
        )

    def _affected(self) -> Iterator[Key]:
        """From where a changed step can be reached, before the change or after it; the nearest first.

        Where a new step leads there, its own beginning is such a one: below it old steps are enough.
        """
        seen = dict.fromkeys(self._up)
        todo = list(seen)
        for here in todo:
            yield here
            for start in self._below(here):
                if start not in seen:
                    seen[start] = None
                    todo.append(start)

    def _below(self, end: Key) -> Iterator[Key]:
        for predicate in self._relation.edges:
            yield from self._facts.starts(predicate, end)

    def _above(self, start: Key) -> Iterator[Key]:
        """One step up, after the change."""
        yield from self._up.get(start, ())
        for predicate in self._relation.edges:
            for end in self._facts.ends(start, predicate):
                if (start, predicate, end) not in self._gone:
                    yield end

    def _reach(self, start: Key) -> set[Key]:
        """All that is reached in one step or more, after the change; kept where it may be asked for again."""
        if start in self._reached:
            return self._reached[start]
        seen = reach(start, self._above, self._reached)
        if next(self._below(start), None) is not None:
            self._reached[start] = seen
        return seen
