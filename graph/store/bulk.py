"""N-Quads brought in by the million: a file cut into records, a graph each, that need not be read term by term."""

import queue
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, parse, serialize

from ..errors import AmbitError, SourceInvalid
from ..rdf.parsing import name_blanks
from .written import Written

FIRST = 4_000_000
"""Bytes read at first: about 25,000 quads, which become one commit. Nothing is committed while they are read."""

BLOCK = 32_000_000
"""Bytes read at once later, by doubling: of many small commits the engine merges the files again."""

LINE = 1_000_000
"""Most bytes of one line."""

_GRAPH = re.compile(rb"<([^<>\"]*)>[ \t]*\.[ \t]*\r?\n?\Z")
_NEWER = (b"<<", b"--ltr", b"--rtl")
"""What a line with something newer than RDF 1.1 has, be it in a text, an IRI or a comment."""
_TOKEN = re.compile(
    rb'"(?:[^"\\\n\r]++|\\.)*+"?|<(?:[^<>"{}|^`\\\x00-\x20]++|\\[uU])*+>|#[^\n\r]*'
    rb"|(?P<term><<)|(?P<direction>@[A-Za-z0-9-]*--)"
)

Graphs = list[tuple[str, Written]]


def graphs_in(path: Path, *, told: Callable[[int], None] | None = None) -> Iterator[Graphs]:
    """The named graphs of an N-Quads file, block by block, each whole and as the store spells it.

    The quads of a graph stand together, as whatever writes one graph after the other leaves them. Blank nodes
    belong to their graph: what two graphs share becomes two. `told` hears how many bytes have been read.
    Raises `SourceInvalid` with `file` and `line`.
    """
    reader = _Reader(path)
    ahead: queue.Queue[Graphs | AmbitError | OSError | None] = queue.Queue(1)
    stopped = threading.Event()

    def hand(item: Graphs | AmbitError | OSError | None) -> None:
        while not stopped.is_set():
            try:
                return ahead.put(item, timeout=0.1)
            except queue.Full:
                continue

    def read() -> None:
        try:
            for graphs in reader.blocks():
                hand(graphs)
            hand(None)
        except (AmbitError, OSError) as error:
            hand(error)

    thread = threading.Thread(target=read, name="ambit-bulk", daemon=True)
    thread.start()  # one block is read while another is committed: the engine lets both go on
    try:
        while (item := ahead.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
            if told is not None:
                told(reader.read)
    finally:
        stopped.set()
        thread.join()


class _Reader:
    """One reading of a file: where it is, and which graphs it has seen."""

    def __init__(self, path: Path):
        self.read = 0  # bytes
        self._path = path
        self._line = 1  # the next block's first
        self._seen: set[str] = set()
        self._size = min(FIRST, BLOCK)

    def blocks(self) -> Iterator[Graphs]:
        """The graphs, some at a time."""
        with self._path.open("rb") as file:
            rest = b""
            while block := self._next(file):
                whole, rest = _cut(rest + block)
                if whole:
                    yield self._graphs(whole)
            if rest:
                yield self._graphs(rest)

    def _next(self, file: IO[bytes]) -> bytes:
        block = file.read(self._size)
        self._size = min(2 * self._size, BLOCK)
        if block and not block.endswith(b"\n"):
            tail = file.readline(LINE)
            if len(tail) == LINE:
                raise self._invalid(f"a line has more than {LINE:,} bytes", block.count(b"\n") + 1)
            block += tail
        self.read += len(block)
        return block

    def _graphs(self, block: bytes) -> Graphs:
        if newer := _newer(block):
            raise self._invalid(*newer, "only RDF 1.1 is read")
        scratch = Store()
        try:
            scratch.bulk_load(block, format=RdfFormat.N_QUADS)
        except SyntaxError as error:
            raise self._invalid(f"it does not parse: {error.msg}", error.lineno or 1) from None
        if next(iter(scratch.quads_for_pattern(None, None, None, DefaultGraph())), None) is not None:
            raise self._invalid("a quad has no graph", None, "each named graph becomes a record")
        found = []
        for name in scratch.named_graphs():
            if not isinstance(name, NamedNode):
                raise self._invalid("a graph is a blank node", None, "name it by an IRI")
            if name.value in self._seen:
                raise self._invalid(
                    f"the graph `{name.value}` goes on after another began",
                    None,
                    "write each graph in one place",
                )
            self._seen.add(name.value)
            found.append((name.value, Written(_text(scratch, name))))
        self._line += block.count(b"\n")
        return found

    def _invalid(self, reason: str, line: int | None, hint: str = "") -> SourceInvalid:
        at = self._line + (line or 1) - 1
        place = f"{self._path.name}:{at}" if line else f"{self._path.name}, from line {at}"
        return SourceInvalid(f"`{place}`: {reason}", hint=hint, details={"file": self._path.name, "line": at})


def _newer(block: bytes) -> tuple[str, int] | None:
    """What of a block is not RDF 1.1, and in which of its lines; looked for before the parser, which nesting ends."""
    found = {said: block.find(said) for said in _NEWER}  # each is looked for once past a line
    while (at := min((place for place in found.values() if place >= 0), default=-1)) >= 0:
        start, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
        end = len(block) if end < 0 else end
        for token in _TOKEN.finditer(block, start, end):
            if token.lastgroup:
                what = "a triple term" if token.lastgroup == "term" else "a base direction"
                return f"it has {what}", block.count(b"\n", 0, start) + 1
        found.update({said: block.find(said, end) for said, place in found.items() if 0 <= place < end})
    return None


def _text(scratch: Store, name: NamedNode) -> bytes:
    text = scratch.dump(format=RdfFormat.N_TRIPLES, from_graph=name) or b""
    if b"_:" not in text:
        return text
    triples = (quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES))
    return serialize(name_blanks(triples, name.value), format=RdfFormat.N_TRIPLES) or b""


def _cut(block: bytes) -> tuple[bytes, bytes]:
    """A block without its last graph, of which there may be more to come, and that graph."""
    end = len(block)
    last = _graph_of(block[block.rfind(b"\n", 0, end - 1) + 1 :])
    while end:
        start = block.rfind(b"\n", 0, end - 1) + 1
        if _graph_of(block[start:end]) != last:
            break
        end = start
    return block[:end], block[end:]


def _graph_of(line: bytes) -> bytes | None:
    found = _GRAPH.search(line)
    return found[1] if found else None
