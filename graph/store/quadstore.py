"""The owner's quads on disk: the one place that opens an Oxigraph store with a path.

Oxigraph promises repeatable read: a read sees the state as of its beginning. It has one transaction for
adding many quads and one for each removal. So a commit removes first and then adds everything at once, the
commit's number with it. A kill in between leaves the old number, and the commit is applied again from the
log, which comes to the same: what it takes out and what it puts in have nothing in common. For the same
reason many quads may go in as files of their own (`bulk_extend`), which is twice as fast and no transaction.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import orjson
from pyoxigraph import QuerySolutions, RdfFormat, Store, parse

from ..errors import Unavailable
from ..holding import apart, load
from ..terms import BlankNode, DefaultGraph, Literal, NamedNode, Object, Quad, Subject, Triple, to_nquads
from ..vocabulary import RDF, XSD

CATALOG = NamedNode("urn:ambit:catalog")
"""The graph of the store's own book-keeping; it is in no view."""

_PLAIN = frozenset({NamedNode(XSD.STRING), NamedNode(RDF.LANG_STRING)})
_NUMBER = NamedNode("urn:ambit:catalog:number")
_PROJECTED = NamedNode("urn:ambit:catalog:projected")


def respelled(triples: Sequence[frozenset[Triple]]) -> list[frozenset[Triple]]:
    """Each set as the store gives it back: it keeps values of XSD types, not their spelling.

    What the log says must be what the store holds, and `007` written again is no change of `7`.
    """
    values = {o for said in triples for t in said if not isinstance(o := t.object, NamedNode | BlankNode)}
    spellings = _spellings(value for value in values if not _is_plain(value))
    if not spellings:
        return list(triples)
    return [
        frozenset(Triple(t.subject, t.predicate, spellings.get(t.object, t.object)) for t in said)
        if any(t.object in spellings for t in said)
        else said
        for said in triples
    ]


def _spellings(values: Iterable[Object]) -> dict[Object, Object]:
    """Those values that the engine spells otherwise, with its spelling: what it makes of each is asked of it."""
    asked = dict(enumerate(values))
    scratch = Store()
    scratch.extend(Quad(NamedNode(f"urn:{n}"), CATALOG, value, DefaultGraph()) for n, value in asked.items())
    given = ((asked[int(quad.subject.value[4:])], quad.object) for quad in scratch)
    return {value: stored for value, stored in given if value != stored}


def _exactly(value: Object | None, found: Iterator[Quad]) -> Iterator[Quad]:
    """The quads whose object is this one, if one was asked for.

    The engine gives more from a disk (pyoxigraph 0.5.13): where a number's last byte is 255, also those up to
    the next such number. SPARQL on a disk, and a store in memory, are not touched by it.
    """
    stored = value
    with readable():
        for quad in found:
            if value is not None and quad.object != stored:
                stored = _spellings((value,)).get(value, value)
                if quad.object != stored:
                    continue
            yield quad


@contextmanager
def readable() -> Iterator[None]:
    """What the engine raises where its files are damaged, by name: `Unavailable`. No path is told but a file's name."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise _unreadable("cannot be read", error) from error


def _unreadable(how: str, error: Exception) -> Unavailable:
    said = " ".join(word.rpartition("/")[2] for word in str(error).split()).rstrip(".")
    return Unavailable(
        f"the store {how}: {said}",
        hint="look at the disk; if `ambit verify` names nothing but the store, move the folder `store` away: "
        "the next start makes it anew from the commit log",
        code="store-unreadable",
    )


def _is_plain(term: Object) -> bool:
    return isinstance(term, Literal) and term.datatype in _PLAIN


BULK = 10_000
"""Quads from which on a commit is put in as files."""


def goes_in_as_files(count: int) -> bool:
    """Whether so many quads at once are put in as files, which are on disk at once."""
    return count >= BULK


class QuadStore:
    """Quads in named graphs; the default graph stays empty."""

    def __init__(self, folder: Path, *, read_only: bool = False):
        """`read_only`: no file is changed or made; what the engine's own log holds is read with the rest.

        Raises `Unavailable`.
        """
        self._folder, self._read_only = folder, read_only
        try:
            if not read_only:
                self._store = Store(str(folder))
            else:  # where there is none yet it is empty
                made = (folder / "CURRENT").exists()
                self._store = Store.read_only(str(folder)) if made else Store()
        except (OSError, RuntimeError) as error:
            raise _unreadable(f"in `{folder}` cannot be opened", error) from error

    def triples(self, graph: str) -> list[Triple]:
        """The triples of one graph. Raises `Unavailable` where the files are damaged."""
        with readable():
            return [q.triple for q in self._store.quads_for_pattern(None, None, None, NamedNode(graph))]

    def quads(self, graph: str) -> list[Quad]:
        """The quads of one graph. Raises `Unavailable` where the files are damaged."""
        with readable():
            return list(self._store.quads_for_pattern(None, None, None, NamedNode(graph)))

    def text(self, graph: str) -> bytes:
        """The triples of one graph as N-Triples, written by the engine; other threads go on meanwhile."""
        return self._store.dump(format=RdfFormat.N_TRIPLES, from_graph=NamedNode(graph)) or b""

    def size(self, graph: str, most: int) -> int:
        """How many triples one graph holds; counting ends at `most`."""
        found = self._store.quads_for_pattern(None, None, None, NamedNode(graph))
        return sum(1 for _ in islice(found, most))

    def match(self, s: Subject | None, p: NamedNode | None, o: Object | None) -> Iterator[Quad]:
        """The quads of a pattern in any graph, the catalog included."""
        return _exactly(o, self._store.quads_for_pattern(s, p, o, None))

    def pattern(
        self, s: Subject | None, p: NamedNode | None, o: Object | None, g: NamedNode | DefaultGraph | None
    ) -> Iterator[Quad]:
        """The quads of a pattern; what it binds decides which of the store's orders is read."""
        return _exactly(o, self._store.quads_for_pattern(s, p, o, g))

    def graphs_holding(self, triples: Iterable[Triple]) -> set[str]:
        """The graphs that hold one of these triples, which have no blank nodes; other threads go on meanwhile."""
        rows = "".join(f"({t.subject} {t.predicate} {t.object})" for t in triples)
        return self._names(f"SELECT DISTINCT ?g {{ VALUES (?s ?p ?o) {{{rows}}} GRAPH ?g {{ ?s ?p ?o }} }}")

    def graphs_saying(self, subjects: Iterable[NamedNode], predicates: Iterable[NamedNode]) -> set[str]:
        """The graphs that say something with one of the predicates of one of the subjects."""
        s, p = " ".join(map(str, subjects)), " ".join(map(str, predicates))
        return self._names(
            f"SELECT DISTINCT ?g {{ VALUES ?p {{{p}}} VALUES ?s {{{s}}} GRAPH ?g {{ ?s ?p ?o }} }}"
        )

    def terms(self, graphs: Iterable[str]) -> Counter[str]:
        """How often graphs say each predicate and, after `rdf:type`, each class; other threads go on meanwhile."""
        names = " ".join(str(NamedNode(graph)) for graph in graphs)
        found: Counter[str] = Counter()
        for said in ("?s ?t ?o", f"?s <{RDF.TYPE}> ?t"):
            rows = self._store.query(
                f"SELECT ?t (COUNT(*) AS ?n) {{ VALUES ?g {{{names}}} GRAPH ?g {{ {said} }} }} GROUP BY ?t"
            )
            for row in rows if isinstance(rows, QuerySolutions) else ():
                if isinstance(row["t"], NamedNode):
                    found[row["t"].value] += int(row["n"].value)
        return found

    def _names(self, query: str) -> set[str]:
        found = self._store.query(query)
        if not isinstance(found, QuerySolutions):
            raise TypeError("a SELECT has solutions")
        return {row["g"].value for row in found}

    def holds_only(self, graph: str, quads: Collection[Quad]) -> bool:
        """Whether a graph holds none but these; it is not read further than to one that is not."""
        held = set(quads)
        return all(q in held for q in self._store.quads_for_pattern(None, None, None, NamedNode(graph)))

    def graphs(self) -> Iterator[str]:
        """The names of the graphs that hold a quad or once did."""
        with readable():
            for name in self._store.named_graphs():
                if isinstance(name, NamedNode):
                    yield name.value

    def number(self) -> tuple[int, int]:
        """The revision and the policy revision of the last commit that is in; zeros in a new store."""
        revision, policy = max(self._said(_NUMBER), default=[0, 0])
        return revision, policy

    def projected(self) -> int:
        """How many ledger entries have been projected."""
        return max(self._said(_PROJECTED), default=[0])[0]

    def apply(
        self,
        out: Iterable[Quad],
        into: Sequence[Quad],
        number: tuple[int, int],
        old: tuple[int, int],
        text: bytes = b"",
    ) -> None:
        """One commit; `text` are more quads to put in, as N-Quads that the store itself spelled.

        Raises `OSError`; then it may be in by half, and the log has it whole.
        """
        if text:
            self._load(text + to_nquads(into))
            into = ()
        self._change(out, into, _state(_NUMBER, list(number)), _state(_NUMBER, list(old)))

    def project(self, out: Iterable[Quad], into: Sequence[Quad], count: int, old: int) -> None:
        """Quads that are no commit's, and how many ledger entries have become quads with them."""
        self._change(out, into, _state(_PROJECTED, [count]), _state(_PROJECTED, [old]))

    def _change(self, out: Iterable[Quad], into: Sequence[Quad], new: Quad, old: Quad) -> None:
        for quad in out:
            self._store.remove(quad)
        if goes_in_as_files(len(into)):
            self._store.bulk_extend(into)
            self._store.extend([new])
        else:
            self._store.extend([*into, new])
        if old != new:
            self._store.remove(old)  # last, so that there is a number at any moment: the highest counts

    def _load(self, text: bytes) -> None:
        """Puts N-Quads in, many as files; blank nodes, which loading would rename, quad by quad."""
        if not goes_in_as_files(text.count(b"\n")):
            load(self._store, text)
            return
        plain, rest = apart(text)
        self._store.bulk_load(plain, format=RdfFormat.N_QUADS, lenient=True)
        if rest:
            self._store.bulk_extend(parse(rest, format=RdfFormat.N_QUADS))

    def __contains__(self, quad: Quad) -> bool:
        return quad in self._store

    def close(self) -> None:
        """Flushes, and closes the files: Oxigraph does so when the last reference goes. Raises `OSError`."""
        try:
            if not self._read_only:
                self._store.flush()
        finally:
            del self._store

    def reopen(self) -> None:
        """Opens the files anew: after a failed write the engine takes no more. Nobody else may be reading.

        Raises `OSError`; then the store can be read, and not be written.
        """
        del self._store
        try:
            self._store = Store(str(self._folder))
        except Exception:
            self._store = Store.read_only(str(self._folder))
            raise

    def flush(self) -> None:
        """Puts what is written on disk."""
        self._store.flush()

    def _said(self, predicate: NamedNode) -> Iterator[list[int]]:
        with readable():
            for quad in self._store.quads_for_pattern(CATALOG, predicate, None, CATALOG):
                assert isinstance(quad.object, Literal)  # noqa: S101 — we wrote it
                yield orjson.loads(quad.object.value)


def _state(predicate: NamedNode, value: list[int]) -> Quad:
    return Quad(CATALOG, predicate, Literal(orjson.dumps(value).decode()), CATALOG)
