"""How the store of a view is changed: in the keeper by deltas, in a child by a patch or a request's facts."""

from collections.abc import Iterable

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, parse


def load(store: Store, data: bytes) -> None:
    """Adds N-Quads of a build.

    The engine's own loading is twice as fast as `put_in`, but renames blank nodes; so what has any goes the
    other way, and a text that only looks like one is no more than slow.
    """
    plain, rest = apart(data)
    store.load(plain, format=RdfFormat.N_QUADS, lenient=True)
    if rest:
        put_in(store, rest)


def apart(data: bytes) -> tuple[bytes, bytes]:
    """Lines of N-Quads without blank nodes, and those that have some or look as if they had."""
    if b"_:" not in data:
        return data, b""
    plain: list[bytes] = []
    rest: list[bytes] = []
    for line in data.splitlines(keepends=True):
        (rest if b"_:" in line else plain).append(line)
    return b"".join(plain), b"".join(rest)


def put_in(store: Store, data: bytes) -> None:
    """Adds N-Quads; `parse` and `extend` keep the labels of blank nodes, which `load` would change."""
    store.extend(parse(data, format=RdfFormat.N_QUADS))


def take_out(store: Store, quads: Iterable[Quad]) -> None:
    """Removes quads, and each named graph that is left without one.

    The engine keeps an emptied graph by name, and `GRAPH ?g {}` would tell that there was one.
    """
    graphs = set()
    for quad in quads:
        store.remove(quad)
        graphs.add(quad.graph_name)
    for graph in graphs:
        if isinstance(graph, DefaultGraph):
            continue
        if next(iter(store.quads_for_pattern(None, None, None, graph)), None) is None:
            store.remove_graph(graph)


def change(store: Store, out: bytes, into: bytes) -> None:
    """Takes the N-Quads of `out` from the store, then puts those of `into` in."""
    take_out(store, parse(out, format=RdfFormat.N_QUADS))
    put_in(store, into)


def anew(store: Store) -> Store:
    """A store with the same quads and nothing of what was taken out: the engine keeps that, and looks through it."""
    made = Store()
    made.extend(store)
    return made
