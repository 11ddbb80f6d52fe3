"""The process that checks records against shapes: `python -m ambit.reasoning.shapes.checker <memory>`.

Shapes are written by users, and what they say runs: a regular expression can burn for ever, SPARQL can ask
for more memory than there is. So pySHACL is here and nowhere else: after its start this process has no file
and no socket to open and a limit of memory, and it is killed when it is late.

In: JSON lines, `{"shapes": [triple…]}` or `{"records": [{"own": [triple…], "others": [triple…]}…]}`.
Out: JSON lines. After shapes: `{"shapes": [name…]}` or `{"refused": [{"shape", "reason"}…]}`. For records, in
their order: `{"read": true}` when one is taken in, `{"at": n}` before shape number n is tried on it, and
`{"found": [result…]}` when it is through.
"""

import ctypes
import logging
import os
import re
import resource
import signal
import sys
from collections import defaultdict
from typing import Any, Final, TypeAlias

import orjson
import rdflib
from pyshacl.pytypes import SHACLExecutor
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import RDF, SH
from rdflib.term import BNode, Literal, Node, URIRef

TARGETS: Final = {
    SH.targetClass: "class",
    SH.targetNode: "node",
    SH.targetSubjectsOf: "subject",
    SH.targetObjectsOf: "object",
}
REFUSED: Final = frozenset({SH.target, SH.rule, SH.expression})
"""Advanced features, which run code of their own; `sh:js…` is told by its name."""

_REMOTE = re.compile(r"\b(SERVICE|LOAD|FROM)\b", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_QUERIES = frozenset({SH.select, SH.ask, SH.construct, SH.update})
_EXECUTOR = SHACLExecutor()
_Triple: TypeAlias = tuple[Node, Node, Node]


class Loaded:
    """Shapes made ready once: by what they target, so that a record meets only those that concern it."""

    def __init__(self, triples: list[list[Any]]):
        graph = rdflib.Graph()
        for s, p, o in triples:
            graph.add((_node(s), _node(p), _node(o)))
        self.refused = _refusals(graph)
        self.shapes: list[Shape] = []
        self._by: dict[tuple[str, Node], list[int]] = defaultdict(list)
        if not self.refused:
            self._prepare(graph)

    def _prepare(self, graph: rdflib.Graph) -> None:
        """Numbers the shapes that have targets, and tries each shape once on nothing."""
        try:
            shapes = list(ShapesGraph(graph).shapes)
        except Exception as error:
            self.refused.append({"shape": "", "reason": _said(error)})
            return
        empty = rdflib.Graph(bind_namespaces="none")
        for shape in shapes:
            try:
                shape.validate(_EXECUTOR, empty, focus=[URIRef("urn:ambit:nobody")])
            except Exception as error:
                self.refused.append({"shape": _name(shape), "reason": _said(error)})
        for shape in shapes:
            number = len(self.shapes)
            found = {(kind, o) for p, kind in TARGETS.items() for o in graph.objects(shape.node, p)}
            found |= {("class", c) for c in shape.implicit_class_targets()}
            if found and not shape.deactivated:
                self.shapes.append(shape)
                for target in found:
                    self._by[target].append(number)

    def tasks(self, own: list[_Triple], others: list[_Triple]) -> list[tuple[int, Node]]:
        """Which shape is to be tried on which node of a record.

        A focus node is what the record asserts something of. A mere reference is none, whatever is concluded
        of it (`rdfs:range`) or known from other records: those say what else holds of it.
        """
        spoken_of = {s for s, _, _ in own}
        found: dict[tuple[int, Node], None] = {}
        for s, p, o in (*own, *(t for t in others if t[0] in spoken_of)):
            wanted = [(("class", o), s)] if p == RDF.type else []
            wanted += [(("node", s), s), (("subject", p), s), (("object", p), o)]
            for target, focus in wanted:
                for number in self._by.get(target, ()):
                    found[number, focus] = None
        return sorted(found, key=lambda task: task[0])


def _refusals(graph: rdflib.Graph) -> list[dict[str, str]]:
    """Features that a shape may not use: code, and queries that reach outside."""
    refused = []
    for s, p, o in graph:
        named = str(s) if isinstance(s, URIRef) else ""
        terms = [term for term in (p, o) if isinstance(term, URIRef) and term.startswith(str(SH))]
        for term in terms:
            local = term.removeprefix(str(SH))
            if term in REFUSED or local.lower().startswith("js"):
                refused.append({"shape": named, "reason": f"`sh:{local}` is not supported"})
        if p in _QUERIES:
            text = _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16) % 0x110000), str(o))
            word = _REMOTE.search(text)
            if word:
                reason = f"a query in a shape may not say `{word[1].upper()}`"
                refused.append({"shape": named, "reason": reason})
    return refused


def check(loaded: Loaded, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of one record; `others` are its conclusions, and types of entities it refers to."""
    graph = rdflib.Graph(bind_namespaces="none")
    own, others = ([(_node(s), _node(p), _node(o)) for s, p, o in record[k]] for k in ("own", "others"))
    for triple in (*own, *others):
        graph.add(triple)
    _say({"read": True})
    results = []
    for number, focus in loaded.tasks(own, others):
        shape = loaded.shapes[number]
        _say({"at": number})
        try:
            _, reports = shape.validate(_EXECUTOR, graph, focus=[focus])
        except MemoryError:
            raise
        except Exception as error:
            results.append({"failed": _said(error), "focus": _term(focus), "shape": _name(shape)})
            continue
        results += [_result(report[2], shape) for report in reports]
    return results


def _result(parts: list[tuple[Any, Any, Any]], shape: Shape) -> dict[str, Any]:
    """A validation result of pySHACL (`[(node, predicate, term or (graph, term))…]`) as JSON."""
    values: dict[Any, list[Any]] = defaultdict(list)
    for _, p, o in parts:
        values[p].append(o[1] if isinstance(o, tuple) else o)

    def one(p: URIRef) -> Any:
        return _term(values[p][0]) if values[p] else None

    path = one(SH.resultPath)
    return {
        "focus": one(SH.focusNode),
        "path": path if isinstance(path, str) and path.startswith("<") else None,
        "value": one(SH.value),
        "severity": str(values[SH.resultSeverity][0]),
        "component": str(values[SH.sourceConstraintComponent][0]),
        "shape": _name(shape),
        "said": [str(m) for m in sorted(values[SH.resultMessage], key=str)],
        "own": bool(list(shape.sg.graph.objects(values[SH.sourceShape][0], SH.message))),
    }


def _node(term: Any) -> Any:
    if isinstance(term, list):
        value, datatype, language = term
        if language:
            return Literal(value, lang=language)
        return Literal(value, datatype=URIRef(datatype), normalize=False)
    return URIRef(term[1:]) if term[0] == "<" else BNode(term[1:])


def _term(node: Any) -> Any:
    if isinstance(node, Literal):
        return [str(node), str(node.datatype or rdflib.XSD.string), node.language]
    return ("<" if isinstance(node, URIRef) else "_") + str(node)


def _name(shape: Shape) -> str:
    return str(shape.node) if isinstance(shape.node, URIRef) else ""


def _said(error: Exception) -> str:
    """The first line of what an error says."""
    return (str(getattr(error, "message", "") or error) or type(error).__name__).strip().splitlines()[0]


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(message) + b"\n")
    sys.stdout.buffer.flush()


def confine(memory: int) -> None:
    """Opens no file or socket any more, takes at most `memory` bytes, dies with the server.

    What the libraries import late has to be there before: one check is run ahead.
    """
    shape, a, plain = "_s", "<" + str(RDF.type), str(rdflib.XSD.string)
    ahead = Loaded(
        [
            [shape, a, "<" + str(SH.NodeShape)],
            [shape, "<" + str(SH.targetNode), "<urn:ambit:nobody"],
            [shape, "<" + str(SH.sparql), "_q"],
            ["_q", "<" + str(SH.select), ["SELECT $this WHERE { $this ?p ?o }", plain, None]],
        ]
    )
    check_quietly(ahead)
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() == 1:
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def check_quietly(loaded: Loaded) -> None:
    """One check without a word, of a node that the shape finds fault with."""
    graph = rdflib.Graph(bind_namespaces="none")
    graph.add((URIRef("urn:ambit:nobody"), RDF.type, URIRef("urn:ambit:nothing")))
    for shape in loaded.shapes:
        _, reports = shape.validate(_EXECUTOR, graph, focus=[URIRef("urn:ambit:nobody")])
        for report in reports:
            _result(report[2], shape)


def main() -> None:
    """Reads requests until there are none."""
    logging.disable()
    confine(int(sys.argv[1]))
    loaded = Loaded([])
    _say({"ready": True})
    for line in sys.stdin.buffer:
        request = orjson.loads(line)
        if "shapes" in request:
            loaded = Loaded(request["shapes"])
            _say(
                {"refused": loaded.refused}
                if loaded.refused
                else {"shapes": [_name(s) for s in loaded.shapes]}
            )
        else:
            for record in request["records"]:
                _say({"found": check(loaded, record)})


if __name__ == "__main__":
    try:
        main()
    except MemoryError:
        os._exit(70)
