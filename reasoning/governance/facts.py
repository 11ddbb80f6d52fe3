"""The governance graph in memory: what look-ups need that no user-written rule is asked for.

There may be a million triples, so that each costs little: an IRI is kept once, as its text, and what stands
alone is kept without a set around it.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeAlias

from ...graph.terms import BlankNode, Literal, NamedNode, Object, Quad, Subject, Triple, to_nquads
from ...graph.vocabulary import RDF
from .moments import Moments

Key: TypeAlias = str | BlankNode | Literal | Triple
"""A term as it is looked up: an IRI as its text, any other as itself."""

_Graphs: TypeAlias = str | frozenset[str]  # the one graph that holds a triple, or several
_Objects: TypeAlias = tuple[Key, _Graphs] | dict[Key, _Graphs]
_Subjects: TypeAlias = Key | set[Key]

_PART: Final = 100_000
"""Triples that are written as N-Quads at once."""


WATCHED: Final = 10_000
"""Subjects that a set of changed ones takes."""


class Facts:
    """Governance triples with the graphs that hold them; not synchronised, its owner locks."""

    def __init__(self, quads: Iterable[Quad] = ()):
        self.moments = Moments()
        self._forward: dict[str, dict[Key, _Objects]] = {}
        self._backward: dict[str, dict[Key, _Subjects]] = {}
        self._size = 0
        self._turn = 0  # grows with each change, after it
        self._turns: defaultdict[str, int] = defaultdict(int)  # the same by predicate
        self._same: dict[Key, Key] = {}  # equal terms are kept once, as far as they are remembered here
        self._names: dict[str, str] = {}  # the same for graphs
        self._went = 0  # triples that went since then
        self._watched: defaultdict[str, list[set[object]]] = defaultdict(list)
        self._instances: dict[str, tuple[int, frozenset[str]]] = {}
        for quad in quads:
            self.add(quad)

    def add(self, quad: Quad) -> bool:
        """Whether the triple was in no graph before."""
        s, p, o = self._kept(quad.subject), quad.predicate.value, self._kept(quad.object)
        is_new = _put(self._forward.setdefault(p, {}), s, o, self._names.setdefault(g := _name(quad), g))
        if is_new:
            subjects = self._backward.setdefault(p, {})
            held = subjects.get(o)
            if held is None:
                subjects[o] = s
            elif isinstance(held, set):
                held.add(s)
            else:
                subjects[o] = {held, s}
            self._size += 1
            if isinstance(o, Literal):
                self.moments.add(quad.triple)
        self._changed(p, s)
        return is_new

    def remove(self, quad: Quad) -> bool:
        """Whether the triple is in no graph any more."""
        s, p, o = key(quad.subject), quad.predicate.value, key(quad.object)
        if not _take(self._forward.get(p, {}), s, o, _name(quad)):
            self._changed(p, s)
            return False
        self._size -= 1
        if isinstance(o, Literal):
            self.moments.remove(quad.triple)
        subjects = self._backward[p]
        held = subjects[o]
        if isinstance(held, set) and len(held) > 1:
            held.discard(s)
        else:
            del subjects[o]
        self._went += 1
        if self._went > self._size:
            self._same, self._names, self._went = {}, {}, 0
        self._changed(p, s)
        return True

    def _changed(self, predicate: str, subject: Key) -> None:
        self._turns[predicate] += 1
        self._turn += 1
        for touched in self._watched.get(predicate, ()):
            if len(touched) < WATCHED:
                touched.add(subject)

    def watch(self, predicates: Iterable[str]) -> set[object]:
        """A set into which come the subjects, as keys, whose triples of some properties change; who asks empties it.

        At `WATCHED` it is full: then any may have changed.
        """
        touched: set[object] = set()
        for predicate in predicates:
            self._watched[predicate].append(touched)
        return touched

    def _kept(self, one: Object) -> Key:
        if isinstance(one, NamedNode):
            iri = one.value
            return self._same.setdefault(iri, iri)
        return self._same.setdefault(one, one)

    def __contains__(self, triple: Triple) -> bool:
        return self._held(*_keys(triple)) is not None

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Triple]:
        for predicate in list(self._forward):
            yield from self.of(predicate)

    def of(self, predicate: str) -> Iterator[Triple]:
        """The triples of one predicate."""
        p = NamedNode(predicate)
        for subject, held in list(self._forward.get(predicate, {}).items()):
            s = term(subject)
            for value in _values(held):
                yield Triple(s, p, term(value))  # type: ignore[arg-type]

    def turns(self, predicates: Iterable[str]) -> tuple[int, ...]:
        """By predicate a number that grows with each change of its triples and of who holds them."""
        return tuple(self._turns.get(predicate, 0) for predicate in predicates)

    def graphs(self, triple: Triple) -> frozenset[str]:
        """The named graphs that hold a triple."""
        return _several(self._held(*_keys(triple)))

    def holds(self, subject: Key, predicate: str, value: Key) -> bool:
        """Whether there is a triple, by its keys."""
        held = self._forward.get(predicate, {}).get(subject)
        return held is not None and (value in held if isinstance(held, dict) else held[0] == value)

    def _held(self, s: Key, p: str, o: Key) -> _Graphs | None:
        held = self._forward.get(p, {}).get(s)
        if held is None:
            return None
        if isinstance(held, dict):
            return held.get(o)
        return held[1] if held[0] == o else None

    def ends(self, subject: Key, predicate: str) -> Collection[Key]:
        """The objects of a subject's predicate, as keys."""
        held = self._forward.get(predicate, {}).get(subject)
        return _values(held) if held is not None else ()

    def starts(self, predicate: str, value: Key) -> Collection[Key]:
        """The subjects whose predicate has this value, as keys."""
        held = self._backward.get(predicate, {}).get(value)
        if held is None:
            return ()
        return frozenset(held) if isinstance(held, set) else (held,)

    def breadth(self, predicate: str, *, start: Key | None = None, end: Key | None = None) -> int:
        """How many terms are read to find those beside `start` or `end`; with neither, the subjects of a predicate."""
        if start is None and end is None:
            return len(self._forward.get(predicate, ()))
        if end is None:
            objects = self._forward.get(predicate, {}).get(start) if start is not None else None
            return len(objects) if isinstance(objects, dict) else int(objects is not None)
        subjects = self._backward.get(predicate, {}).get(end)
        return len(subjects) if isinstance(subjects, set) else int(subjects is not None)

    def objects(self, subject: Subject, predicate: str) -> frozenset[Object]:
        """The objects of a subject's predicate."""
        return frozenset(map(term, self.ends(key(subject), predicate)))

    def subjects(self, predicate: str, value: Object) -> frozenset[Subject]:
        """The subjects whose predicate has this value."""
        return frozenset(map(term, self.starts(predicate, key(value))))  # type: ignore[arg-type]

    def iris(self, subject: str, predicate: str) -> frozenset[str]:
        """The IRIs among the objects of a subject that is an IRI itself."""
        return _iris(self.ends(subject, predicate))

    def iris_to(self, predicate: str, value: str) -> frozenset[str]:
        """The IRIs whose predicate has an IRI as its value."""
        return _iris(self.starts(predicate, value))

    def instances(self, kind: str) -> frozenset[str]:
        """The IRIs of a class's instances, as stated or materialised; made once while nothing changes."""
        turn = self._turn
        kept = self._instances.get(kind)
        if kept is not None and kept[0] == turn:
            return kept[1]
        found = _iris(self.starts(RDF.TYPE, kind))
        if found or kept is not None:
            self._instances[kind] = (turn, found)
        return found

    def values(self, predicate: str) -> frozenset[str]:
        """The IRIs that a predicate leads to, from anywhere."""
        return _iris(list(self._backward.get(predicate, {})))

    def states(self, subject: Subject | None, predicate: str, value: Object | None) -> bool:
        """Whether there is a triple with these terms; None stands for any, in one place at most."""
        if subject is None:
            return value is not None and key(value) in self._backward.get(predicate, {})
        if value is None:
            return key(subject) in self._forward.get(predicate, {})
        return self._held(key(subject), predicate, key(value)) is not None

    def number(self, kind: str) -> int:
        """How many instances a class has."""
        held = self._backward.get(RDF.TYPE, {}).get(kind)
        return len(held) if isinstance(held, set) else int(held is not None)

    def is_a(self, iri: str, kind: str) -> bool:
        """Whether an IRI is stated or materialised to be of a class."""
        return self._held(iri, RDF.TYPE, kind) is not None

    def among(self, iris: Iterable[str], kind: str) -> frozenset[str]:
        """Those of some IRIs that are of a class."""
        held = self._backward.get(RDF.TYPE, {}).get(kind)
        return frozenset(iris).intersection(held if isinstance(held, set) else (held,))

    def told(self, iris: Iterable[str], predicate: str) -> list[Hashable]:
        """What a predicate says of each of some IRIs, as something that is the same where it says the same."""
        of = self._forward.get(predicate, {}).get
        return [
            held[0] if type(held) is tuple else None if held is None else _same(held)
            for held in map(of, iris)
        ]

    def predicates(self) -> Collection[str]:
        """All that were in use at some time."""
        return self._forward.keys()

    def mentions(self, term: Key) -> bool:
        """Whether a term stands in some triple as its subject or object, by its key."""
        is_subject = any(term in held for held in self._forward.values())
        return is_subject or any(term in held for held in self._backward.values())

    def speaks_of(self, term: str) -> bool:
        """Whether a term stands in some triple as its property, or as the class of something."""
        return bool(self._forward.get(term) or self._backward.get(RDF.TYPE, {}).get(term))

    def nquads(self) -> bytes:
        """Everything as the worker holds it: each triple in its graphs, and once in the default graph."""
        return b"".join(self.parts())

    def parts(self) -> Iterator[bytes]:
        """The same, piece by piece."""
        lines = (line for predicate in list(self._forward) for line in self._lines(predicate))
        while part := "".join(islice(lines, _PART)):
            yield part.encode()

    def _lines(self, predicate: str) -> Iterator[str]:
        for subject, held in list(self._forward[predicate].items()):
            begin = f"{_text(subject)} <{predicate}> "
            for value, graphs in list(held.items()) if isinstance(held, dict) else (held,):
                triple = begin + _text(value)
                yield f"{triple} .\n" + "".join(f"{triple} <{g}> .\n" for g in _several(graphs) if g)

    def apply(self, out: Iterable[Quad], into: Iterable[Quad]) -> tuple[bytes, bytes]:
        """Takes quads out and in; what that means for the worker's store, as N-Quads out and in.

        A graph that is written anew goes out whole and comes in whole. What of it stays is not touched, and what
        comes is there before anything goes, so that who reads meanwhile misses no triple that holds before and
        after.
        """
        out, into = _net(out, into)
        come = [(quad, self.add(quad)) for quad in into]
        gone = [(quad, self.remove(quad)) for quad in out]
        return _layout(gone), _layout(come)

    def preview(self, out: Iterable[Quad], into: Iterable[Quad]) -> tuple[bytes, bytes]:
        """What `apply` would give, with nothing applied."""
        leaving: defaultdict[Triple, set[str]] = defaultdict(set)
        out, into = _net(out, into)
        for quad in out:
            leaving[quad.triple].add(_name(quad))
        gone = {t for t, graphs in leaving.items() if self.graphs(t) <= graphs}
        come = {quad.triple for quad in into if quad.triple not in self or quad.triple in gone}
        return (
            to_nquads([*out, *(Quad(t.subject, t.predicate, t.object) for t in gone)]),
            to_nquads([*into, *(Quad(t.subject, t.predicate, t.object) for t in come)]),
        )


def key(term: Object) -> Key:
    """A term as it is looked up."""
    return term.value if isinstance(term, NamedNode) else term


def names(terms: Iterable[Object]) -> frozenset[str]:
    """The IRIs among some terms."""
    return frozenset(term.value for term in terms if isinstance(term, NamedNode))


def _keys(triple: Triple) -> tuple[Key, str, Key]:
    return key(triple.subject), triple.predicate.value, key(triple.object)


def term(key: Key) -> Object:
    """The term that is looked up by a key."""
    return NamedNode(key) if isinstance(key, str) else key


def _put(objects: dict[Key, _Objects], s: Key, o: Key, graph: str) -> bool:
    """Whether the object is new to the subject."""
    held = objects.get(s)
    if held is None:
        objects[s] = (o, graph)
        return True
    if isinstance(held, tuple):
        if held[0] == o:
            objects[s] = (held[0], _with(held[1], graph))
            return False
        objects[s] = {held[0]: held[1], o: graph}
        return True
    graphs = held.get(o)
    held[o] = graph if graphs is None else _with(graphs, graph)
    return graphs is None


def _take(objects: dict[Key, _Objects], s: Key, o: Key, graph: str) -> bool:
    """Whether no graph holds the object any more that one did."""
    held = objects.get(s)
    graphs = held.get(o) if isinstance(held, dict) else held[1] if held is not None and held[0] == o else None
    if held is None or graphs is None:
        return False
    left = _several(graphs) - {graph}
    if left:
        rest: _Graphs = next(iter(left)) if len(left) == 1 else left
        if isinstance(held, dict):
            held[o] = rest
        else:
            objects[s] = (held[0], rest)
        return False
    if isinstance(held, dict) and len(held) > 1:
        del held[o]
    else:
        del objects[s]
    return True


def _with(graphs: _Graphs, graph: str) -> _Graphs:
    return graphs if graphs == graph else _several(graphs) | {graph}


def _several(graphs: _Graphs | None) -> frozenset[str]:
    if graphs is None:
        return frozenset()
    return frozenset((graphs,)) if isinstance(graphs, str) else graphs


def _same(held: _Objects) -> Hashable:
    """What is the same for the same objects."""
    if isinstance(held, tuple):
        return held[0]
    return frozenset(held) if len(held) > 1 else next(iter(held))


def _values(held: _Objects) -> Collection[Key]:
    return tuple(held) if isinstance(held, dict) else held[:1]


def _iris(keys: Iterable[Key]) -> frozenset[str]:
    return frozenset(one for one in keys if isinstance(one, str))


def _text(one: Key) -> str:
    return f"<{one}>" if isinstance(one, str) else str(one)


def _net(out: Iterable[Quad], into: Iterable[Quad]) -> tuple[list[Quad], list[Quad]]:
    """What goes and does not come back, and what comes and was not there."""
    gone, come = dict.fromkeys(out), dict.fromkeys(into)
    return [quad for quad in gone if quad not in come], [quad for quad in come if quad not in gone]


def _name(quad: Quad) -> str:
    return quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""


def _layout(quads: Iterable[tuple[Quad, bool]]) -> bytes:
    """Named quads as they are, and a copy in the default graph where that has changed."""
    result: list[Quad] = []
    for quad, merged in quads:
        result.append(quad)
        if merged:
            result.append(Quad(quad.subject, quad.predicate, quad.object))
    return to_nquads(result)
