"""What a child forked from a keeper does: it runs queries, one at a time, and dies of what goes wrong.

It holds an exact snapshot of the keeper's store (copy on write), one socket, and nothing else (`isolate`).
A deadline is SIGALRM with its default action: it ends the process even inside the engine, which cannot be
interrupted otherwise.
"""

import io
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Variable,
    parse,
)

from ..holding import change, put_in, take_out
from . import frames
from .applying import Failed, carry_out
from .carried import Term, decode_bindings
from .isolate import confine

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

SOLUTIONS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
GRAPHS = {
    "nt": RdfFormat.N_TRIPLES,
    "nq": RdfFormat.N_QUADS,
    "ttl": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "rdfxml": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
    "n3": RdfFormat.N3,
}
GROWTH = 64 * 1024  # KiB a child may have grown by and still be used again

Results = QuerySolutions | QueryBoolean | QueryTriples
Bound = Mapping[Variable, Term]


class _Full(Exception):
    """The answer has more bytes than one may have."""


class _Sheet(io.BytesIO):
    """Collects what the engine serialises, up to a limit of bytes."""

    kind = ""

    def __init__(self, limit: int):
        super().__init__()
        self._left = limit

    def write(self, data: "Buffer", /) -> int:
        written = super().write(data)
        self._left -= written
        if self._left < 0:
            raise _Full
        return written


class _Pieces(_Sheet):
    """Sends what the engine serialises as soon as a piece of it is there; the last is the caller's to send.

    The deadline is the engine's: its clock stands still while whoever asked takes a piece.
    """

    def __init__(self, limit: int, sock: socket.socket, size: int):
        super().__init__(limit)
        self._sock = sock
        self._size = size

    def write(self, data: "Buffer", /) -> int:
        written = super().write(data)
        if self.tell() >= self._size:
            left = max(signal.setitimer(signal.ITIMER_REAL, 0)[0], 0.001)
            frames.send(self._sock, {"kind": self.kind, "more": True, "left": left}, self.getvalue())
            signal.setitimer(signal.ITIMER_REAL, left)
            self.seek(0)
            self.truncate()
        return written


def serve(sock: socket.socket, store: Store, *, memory: int, parent: int, answer: int) -> NoReturn:
    """Answers what comes in over `sock` until it closes; never returns. `answer`: most bytes of one."""
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        confine(sock.fileno(), memory=memory, parent=parent)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        while True:
            head, body, _ = frames.receive(sock)
            begun = time.perf_counter()
            if head["do"] == "query":
                reply, data = _query(sock, store, head, body, answer)
            elif head["do"] == "update":
                reply, data = _update(store, head, body, answer)
            else:
                reply, data = _rules(sock, store, head, body, answer)
            reply["took"] = time.perf_counter() - begun
            reply["last"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > GROWTH
            frames.send(sock, reply, data)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if reply["last"]:
                break
    except BaseException:  # noqa: S110 - whatever it was, the server sees the socket close
        pass
    finally:
        os._exit(0)


def _query(
    sock: socket.socket, store: Store, head: frames.Head, body: bytes, answer: int
) -> tuple[frames.Head, bytes]:
    """The whole answer, or its last piece where `piece` says that it is wanted in pieces of so many bytes."""
    text, bindings, beside = _cut(body, head["cuts"])
    if beside:
        put_in(store, beside)  # of one clearance only: a child is never lent to another afterwards
    (bound,) = decode_bindings(bindings, 1)
    dataset = head["dataset"]

    def ask() -> Results:
        if dataset is None:
            return store.query(text.decode(), substitutions={**bound})
        default, named = ([NamedNode(iri) for iri in graphs] for graphs in dataset)
        return _ask_dataset(store, text.decode(), bound, default, named)

    size = head.get("piece")
    sheet = _Sheet(min(answer, head.get("most", answer))) if size is None else _Pieces(answer, sock, size)
    signal.setitimer(signal.ITIMER_REAL, head["seconds"])
    return _guarded(ask, head["format"], head["format"], sheet)


def _update(store: Store, head: frames.Head, body: bytes, answer: int) -> tuple[frames.Head, bytes]:
    """Changes this child's copy of the view, so that it is of no use to anybody afterwards."""

    def ask(store: Store, text: str, default: list[NamedNode], named: list[NamedNode] | None) -> Results:
        if named is None:
            return store.query(text, default_graph=[*default])
        return _ask_dataset(store, text, {}, default, named)

    signal.setitimer(signal.ITIMER_REAL, head["seconds"])
    try:
        return carry_out(store, body, ask, answer)
    except Failed as failed:
        return {"error": failed.code, "message": failed.about}, b""
    except SyntaxError as error:
        return {"error": "syntax", "message": str(error)}, b""
    except (OSError, RuntimeError, ValueError) as error:
        return {"error": "engine", "message": str(error)}, b""


def _ask_dataset(
    store: Store, text: str, bound: Bound, default: list[NamedNode], named: list[NamedNode]
) -> Results:
    """A query over the dataset given (SPARQL 1.1 §13.2), whatever the text's own clause says.

    The engine would count a triple of two default graphs twice, and take a graph that is not there for an
    empty one that is. Hence: absent graphs go, and several default graphs are merged in a store of their own.
    """
    named = [graph for graph in dict.fromkeys(named) if store.contains_named_graph(graph)]
    default = [graph for graph in dict.fromkeys(default) if store.contains_named_graph(graph)]
    if len(default) < 2:
        return store.query(text, default_graph=[*default], named_graphs=[*named], substitutions={**bound})
    merge = Store()
    for graph in default:
        merge.extend(
            Quad(quad.subject, quad.predicate, quad.object)
            for quad in store.quads_for_pattern(None, None, None, graph)
        )
    for graph in named:
        merge.extend(store.quads_for_pattern(None, None, None, graph))
    return merge.query(text, default_graph=DefaultGraph(), named_graphs=[*named], substitutions={**bound})


def _rules(
    sock: socket.socket, store: Store, head: frames.Head, body: bytes, answer: int
) -> tuple[frames.Head, bytes]:
    """Each query's answer as a frame of its own, so that the server knows at which one a child died.

    A query may take half of what is left of the deadline, if others come after it: one that never ends
    fails alone. `facts` lie in the store for this call only.
    """
    facts, out, into, bindings, *texts = _cut(body, head["cuts"])
    ends = time.monotonic() + head["seconds"]
    signal.setitimer(signal.ITIMER_REAL, head["seconds"])
    change(store, out, into)
    added = [quad for quad in parse(facts, format=RdfFormat.N_QUADS) if quad not in store]
    store.extend(added)
    for number, bound in enumerate(decode_bindings(bindings, len(texts)), start=1):
        left = max(ends - time.monotonic(), 0.001)
        signal.setitimer(signal.ITIMER_REAL, left if number == len(texts) else left / 2)
        reply, data = _guarded(_asking(store, texts[number - 1], bound), "json", "nt", _Sheet(answer))
        frames.send(sock, reply, data)
    signal.setitimer(signal.ITIMER_REAL, max(ends - time.monotonic(), 0.001))
    take_out(store, added)
    return {"kind": "done"}, b""


def _asking(store: Store, text: bytes, bound: Bound) -> Callable[[], Results]:
    return lambda: store.query(text.decode(), substitutions={**bound})


def _cut(body: bytes, lengths: list[int]) -> list[bytes]:
    """The parts that a body was put together from."""
    parts, start = [], 0
    for length in lengths:
        parts.append(body[start : start + length])
        start += length
    return parts


def _guarded(
    ask: Callable[[], Results], solutions: str, graphs: str, sheet: _Sheet
) -> tuple[frames.Head, bytes]:
    """An answer in the format asked for, or what was wrong with the query."""
    try:
        _write(ask(), solutions, graphs, sheet)
    except SyntaxError as error:
        return {"error": "syntax", "message": str(error)}, b""
    except _Full:
        return {"error": "full", "message": "the answer is too large"}, b""
    except LookupError:
        return {"error": "format", "message": ""}, b""
    except (OSError, RuntimeError, ValueError) as error:
        return {"error": "engine", "message": str(error)}, b""
    return {"kind": sheet.kind}, sheet.getvalue()


def _write(results: Results, solutions: str, graphs: str, sheet: _Sheet) -> None:
    if isinstance(results, QueryTriples):
        sheet.kind = "graph"
        results.serialize(sheet, format=GRAPHS[graphs])
    else:
        sheet.kind = "boolean" if isinstance(results, QueryBoolean) else "solutions"
        results.serialize(sheet, format=SOLUTIONS[solutions])
