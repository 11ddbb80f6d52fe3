"""An update carried out in a child, on its copy of the caller's view (SPARQL 1.1 Update §3 and §4).

Each operation sees what those before it did. The store holds the merge of the permitted graphs as its default
graph and each permitted graph by name; a write changes a named graph, and with it the merge, in which a triple
stays as long as another merged graph holds it. What all operations come to is the delta. Nothing here decides
what may be written: the server looks at `named` and at the delta.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeGuard

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    Store,
    serialize,
)
from pyoxigraph import RdfFormat as Format

DEFAULT = "urn:ambit:default"

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TAGGED = {NamedNode(_RDF + "langString"), NamedNode(_RDF + "dirLangString")}

Ask: TypeAlias = Callable[[Store, str, list[NamedNode], list[NamedNode] | None], object]
Solution: TypeAlias = Mapping[str, Any]
Heed: TypeAlias = Callable[[], None]


class Failed(Exception):
    """An operation that fails (`code`: `absent`, `exists`, `many`, `full`), and what it is about: a graph, or how many there may be."""

    def __init__(self, code: str, about: str = ""):
        super().__init__(code)
        self.code = code
        self.about = about


def _unheeded() -> None:
    """A child needs not look: it is killed."""


def carry_out(
    store: Store, plan: bytes, ask: Ask, answer: int, heed: Heed = _unheeded
) -> tuple[dict[str, Any], bytes]:
    """All operations of a plan (`updates.encode`): the reply's head, and the delta as N-Quads, out then into.

    `ask` answers a query over a dataset, `answer` are the most bytes of a delta; `heed` is called before each
    operation and each quad, and ends the work by raising. Raises `Failed` and what the engine and `heed` raise.
    """
    said = json.loads(plan)
    work = _Work(store, said, ask, heed)
    for operation in said["operations"]:
        work.do(operation)
    out, into = (serialize(quads, format=Format.N_QUADS) or b"" for quads in (work.out, work.into))
    if len(out) + len(into) > answer:
        raise Failed("full")
    return {"kind": "changed", "cut": len(out), "named": sorted(work.named)}, out + into


class _Work:
    """The state of one update: the store as it is by now, and the delta."""

    def __init__(self, store: Store, plan: dict[str, Any], ask: Ask, heed: Heed):
        self.out: set[Quad] = set()
        self.into: set[Quad] = set()
        self.named: set[str] = set()
        self._store, self._ask, self._heed = store, ask, heed
        self._written = set(plan["written"])
        self._unmerged = frozenset(plan["unmerged"])
        self._salt, self._made, self._most = plan["salt"], 0, plan["most"]

    def do(self, operation: dict[str, Any]) -> None:
        """One operation."""
        self._heed()
        match operation["do"]:
            case "modify":
                self._modify(operation)
            case "clear":
                self._clear(operation["graph"], silent=operation["silent"])
            case "create":
                self._create(operation["graph"], silent=operation["silent"])
            case verb:
                self._transfer(verb, operation["source"], operation["target"], silent=operation["silent"])
        if len(self.out) + len(self.into) > self._most:
            raise Failed("many", str(self._most))

    # whole graphs

    def _clear(self, graph: str, *, silent: bool) -> None:
        if graph in ("named", "all"):
            for name in sorted(self._written):
                if self._is_there(name) and (graph == "all" or name != DEFAULT):
                    self._empty(name)
        elif self._is_there(graph):
            self._empty(graph)
        elif not silent and graph != DEFAULT:
            raise Failed("absent", graph)

    def _create(self, graph: str, *, silent: bool) -> None:
        self.named.add(graph)
        if not silent and (graph == DEFAULT or self._is_there(graph)):
            raise Failed("exists", graph)

    def _transfer(self, verb: str, source: str, target: str, *, silent: bool) -> None:
        """COPY, MOVE and ADD (§3.2.3 to §3.2.5); of a graph to itself they do nothing."""
        if not self._is_there(source) and source != DEFAULT:
            if not silent:
                raise Failed("absent", source)
            return
        if source == target:
            self.named.add(target)
            return
        name = NamedNode(target)
        moved = [Quad(q.subject, q.predicate, q.object, name) for q in self._quads(source)]
        self.named.add(target)
        if verb != "add":
            self._empty(target)
        self._put(moved)
        if verb == "move":
            self._empty(source)

    def _empty(self, graph: str) -> None:
        self.named.add(graph)
        self._take(self._quads(graph))

    def _quads(self, graph: str) -> list[Quad]:
        return list(self._store.quads_for_pattern(None, None, None, NamedNode(graph)))

    def _is_there(self, graph: str) -> bool:
        return self._store.contains_named_graph(NamedNode(graph))

    # INSERT and DELETE

    def _modify(self, operation: dict[str, Any]) -> None:
        delete = [_template(quad) for quad in operation["delete"]]
        insert = [_template(quad) for quad in operation["insert"]]
        out: set[Quad] = set()
        into: set[Quad] = set()
        for solution in self._solutions(operation["where"]):
            out.update(self._filled(delete, solution, {}))
            into.update(self._filled(insert, solution, {}))
            if len(out) + len(into) > self._most:
                raise Failed("many", str(self._most))
        for quad in (*out, *into):
            self.named.add(quad.graph_name.value)  # type: ignore[union-attr]
        self._take(self._spelt(out))
        self._put(self._spelt(into))

    def _solutions(self, where: dict[str, Any] | None) -> Iterable[Solution]:
        if where is None:
            return [{}]
        text = where["text"]
        if where["default"] is None:
            found: object = self._store.query(text)
        else:
            default = [NamedNode(iri) for iri in where["default"]]
            named = None if where["named"] is None else [NamedNode(iri) for iri in where["named"]]
            found = self._ask(self._store, text, default, named)
        if not isinstance(found, QuerySolutions):
            raise TypeError("a WHERE is a SELECT")
        names = [variable.value for variable in found.variables]
        return (dict(zip(names, solution, strict=True)) for solution in found)

    def _filled(
        self, template: list[list[Any]], solution: Solution, made: dict[str, BlankNode]
    ) -> Iterator[Quad]:
        """The quads that a solution makes of a template; what would be no RDF 1.1 is left out (§3.1.3).

        `made` are the new blank nodes of this solution; those that the WHERE has found keep their names.
        """
        for slots in template:
            terms = [self._term(slot, solution, made) for slot in slots]
            subject, predicate, value, graph = terms
            if (
                isinstance(subject, NamedNode | BlankNode)
                and isinstance(predicate, NamedNode)
                and _is_object(value)
                and isinstance(graph, NamedNode)
            ):
                yield Quad(subject, predicate, value, graph)

    def _term(self, slot: Any, solution: Solution, made: dict[str, BlankNode]) -> object:
        if not isinstance(slot, tuple):
            return slot
        kind, name = slot
        if kind == "?":
            return solution.get(name)
        if name not in made:
            made[name] = self._new()
        return made[name]

    def _new(self) -> BlankNode:
        self._made += 1
        return BlankNode(f"w{self._salt}n{self._made}")

    def _spelt(self, quads: Iterable[Quad]) -> Iterable[Quad]:
        """The quads as a store gives them back: it keeps values of XSD types, not their spelling."""
        scratch = Store()
        scratch.extend(quads)
        return scratch

    # the store and the delta

    def _take(self, quads: Iterable[Quad]) -> None:
        graphs = set()
        for quad in quads:
            self._heed()
            if quad not in self._store:
                continue
            self._store.remove(quad)
            graphs.add(quad.graph_name)
            if quad in self.into:
                self.into.discard(quad)
            else:
                self.out.add(quad)
            if not self._is_merged_still(quad):
                self._store.remove(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()))
        for graph in graphs:
            if next(iter(self._store.quads_for_pattern(None, None, None, graph)), None) is None:
                self._store.remove_graph(graph)

    def _is_merged_still(self, quad: Quad) -> bool:
        if quad.graph_name.value in self._unmerged:  # type: ignore[union-attr]
            return True  # what it holds never was in the merge by it
        return any(
            isinstance(other.graph_name, NamedNode) and other.graph_name.value not in self._unmerged
            for other in self._store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        )

    def _put(self, quads: Iterable[Quad]) -> None:
        for quad in quads:
            self._heed()
            graph = quad.graph_name.value  # type: ignore[union-attr]
            self._written.add(graph)
            if quad in self._store:
                continue
            self._store.add(quad)
            if graph not in self._unmerged:
                self._store.add(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()))
            if quad in self.out:
                self.out.discard(quad)
            else:
                self.into.add(quad)


def _is_object(term: object) -> TypeGuard[NamedNode | BlankNode | Literal]:
    """Whether RDF 1.1 has it: a literal without a base direction, and with a tag where its datatype wants one.

    The engine computes others (STRLANGDIR, STRDT), and then refuses to read back what it has written.
    """
    if isinstance(term, Literal):
        return term.direction is None and (term.language is not None or term.datatype not in _TAGGED)
    return isinstance(term, NamedNode | BlankNode)


def _template(slots: list[list[str]]) -> list[Any]:
    """A template's quad: terms, and for variables and new blank nodes their kind and name."""
    return [_slot(slot) for slot in slots]


def _slot(slot: list[str]) -> Any:
    match slot:
        case ["<", iri]:
            return NamedNode(iri)
        case ['"', value, "@", language]:
            return Literal(value, language=language)
        case ['"', value, "^", datatype]:
            return Literal(value, datatype=NamedNode(datatype))
        case [kind, name]:
            return (kind, name)
    raise ValueError("no slot")
