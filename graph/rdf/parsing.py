"""RDF texts from outside, read into triples with blank nodes that keep their names between readings."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from ..errors import SourceInvalid, TooLarge
from ..terms import Object, Subject
from .jsonldguard import EXPANDED, IN_FORCE
from .rdfguard import guard

SYNTAXES: Final = {
    "turtle": RdfFormat.TURTLE,
    "rdfxml": RdfFormat.RDF_XML,
    "ntriples": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
}
"""Syntaxes that `read_rdf` knows; TriG and N-Quads are not among them, and JSON-LD may name no graph."""

_TWINS = 6  # blank nodes alike and linked: RDFC-1.0 tries every order of them, and 7 already take a second
_XML = re.compile(rb"^\xef\xbb\xbf?\s*<(\?xml|rdf:RDF|!DOCTYPE|!--)", re.IGNORECASE)
_JSON = re.compile(rb"\{|\[\s*\{")
"""An object, or an array of them; Turtle may begin with a bracket, too, but not with a brace after it."""
_SUBSET = re.compile(
    rb"[^<]*+(?>(?><\?.*?\?>)|(?><!--.*?-->)|\s)*+<!DOCTYPE[^\[>]*+\[(?>.*?\]\s*+>)", re.DOTALL
)
_QUOTED = re.compile(rb"(<!ENTITY\s+[^\s%'\"<>]+\s+)'([^'\"]*)'(?=\s*>)")
"""An entity in single quotes: XML 1.0 §2.3 allows them, the engine does not. Its length stays, and so do lines."""
_NAMED = re.compile(r"'([^']{3,})'")


def syntax_of(data: bytes) -> str:
    """`rdfxml`, `jsonld` or `turtle`, by what a text begins with: an `.owl` file may be any of them."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if _JSON.match(head):
        return "jsonld"
    return "rdfxml" if _XML.match(b"\xef\xbb\xbf" + head) else "turtle"


def read_rdf(
    data: bytes,
    *,
    name: str,
    syntax: str | None = None,
    base: str | None = None,
    most: int | None = None,
    hint: str = IN_FORCE,
) -> list[Triple]:
    """The triples of a text; without `syntax` it is told from the content.

    Raises `SourceInvalid` with `file` = `name` and, where the parser knows them, `line` and `column`
    (from 1) and `hint`, and `TooLarge`, also for more than `most` triples. Nothing is fetched: `owl:imports` is a triple like another.
    """
    chosen = syntax or syntax_of(data)
    guard(data, name=name, syntax=chosen, base=base, hint=hint)  # some texts end the parser's process
    if chosen == "rdfxml" and (subset := _SUBSET.match(data)):
        data = _QUOTED.sub(rb'\1"\2"', subset[0]) + data[subset.end() :]
    quads = _read(data, SYNTAXES[chosen], name, base, most, hint)
    for quad in quads:
        if not isinstance(quad.graph_name, DefaultGraph):
            raise _naming(name, quad.graph_name)
    return [quad.triple for quad in quads]


def read_trig(data: bytes, *, name: str, hint: str) -> list[Quad]:
    """The quads of a text in TriG; raises like `read_rdf`, with `hint` where it does not parse."""
    guard(data, name=name, syntax="turtle")
    return _read(data, RdfFormat.TRIG, name, None, None, hint)


def _read(
    data: bytes, syntax: RdfFormat, name: str, base: str | None, most: int | None, hint: str
) -> list[Quad]:
    """What the parser makes of a guarded text, within bounds, and of RDF 1.1 only."""
    quads: list[Quad] = []
    room = EXPANDED
    try:
        for quad in parse(data, format=syntax, base_iri=base):
            room -= _size(quad.subject) + len(quad.predicate.value) + _size(quad.object)
            if room < 0:
                raise _swollen(name)
            if isinstance(quad.object, Literal) and quad.object.direction is not None:
                raise _invalid(name, "a text has a base direction, and only RDF 1.1 is read", hint)
            if most is not None and len(quads) == most:
                raise TooLarge(f"`{name}` holds more than {most} triples", details={"file": name})
            quads.append(quad)
    except SyntaxError as error:
        line = error.lineno or _line_of(error.msg or "", data)
        raise _invalid(name, error.msg or str(error), hint, line, error.offset) from error
    except (ValueError, OSError, UnicodeError) as error:
        raise _invalid(name, str(error), hint) from error
    return quads


def _naming(name: str, graph: NamedNode | BlankNode) -> SourceInvalid:
    """The error of a JSON-LD text with a graph of its own: what it merely quotes would be said, were it merged."""
    said = f"the graph `{graph.value[:200]}`" if isinstance(graph, NamedNode) else "a graph of its own"
    return SourceInvalid(
        f"`{name}` puts triples into {said}, which a file cannot do",
        hint="put no `@id` and no property beside `@graph`, and use no `@container` of `@graph`",
        details={"file": name},
    )


def _size(term: Subject | Object) -> int:
    return len(term.value if not isinstance(term, Triple) else str(term))


def _swollen(name: str) -> TooLarge:
    return TooLarge(
        f"`{name}` holds more than {EXPANDED // 1_000_000} million characters once its short forms are written out",
        hint="split it into several files",
        details={"file": name},
    )


def _line_of(message: str, data: bytes) -> int | None:
    """The line of what a message quotes: of RDF/XML the engine does not tell one."""
    found = _NAMED.search(message)
    at = data.find(found[1].encode()) if found else -1
    return data.count(b"\n", 0, at) + 1 if at >= 0 else None


def _invalid(
    name: str, message: str, hint: str, line: int | None = None, column: int | None = None
) -> SourceInvalid:
    """The error of a text that does not parse."""
    place = f"{name}:{line}" if line else name
    details: dict[str, object] = {"file": name}
    if line:
        details |= {"line": line} | ({"column": column} if column else {})
    return SourceInvalid(
        f"`{place}` does not parse: {_lowered(message)}".rstrip("."),
        hint=hint,
        details=details,
    )


def _lowered(message: str) -> str:
    """A sentence without its capital, unless that begins an abbreviation."""
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]


def name_blanks(triples: Iterable[Triple], record: str) -> frozenset[Triple]:
    """The same triples with blank nodes named by `record` and their canonical name (RDFC-1.0).

    Two readings of an unchanged text give equal sets, and two records never share a blank node. RDFC-1.0
    is exponential in blank nodes that look alike: a text built to exploit that is numbered in its own
    order instead, which is as right and only less stable.
    """
    found = list(dict.fromkeys(triples))
    blanks = list(dict.fromkeys(b for t in found for b in (t.subject, t.object) if isinstance(b, BlankNode)))
    if not blanks:
        return frozenset(found)
    ours = {blank: BlankNode(f"n{number}") for number, blank in enumerate(blanks)}
    found = [_renamed(t, ours) for t in found]
    if _linked_twins(found) <= _TWINS:
        dataset = Dataset(Quad(*t) for t in found)
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        found = [quad.triple for quad in dataset]
    prefix = hashlib.sha256(record.encode()).hexdigest()[:16]
    names = {
        b: BlankNode(f"b{prefix}{b.value}")
        for t in found
        for b in (t.subject, t.object)
        if isinstance(b, BlankNode)
    }
    return frozenset(_renamed(t, names) for t in found)


def _renamed(triple: Triple, names: dict[BlankNode, BlankNode]) -> Triple:
    """The triple with its blank nodes (not those inside a quoted triple) renamed."""
    s, p, o = triple.subject, triple.predicate, triple.object
    subject = names[s] if isinstance(s, BlankNode) else s
    value: Object = names[o] if isinstance(o, BlankNode) else o
    return Triple(subject, p, value)


def _linked_twins(triples: Iterable[Triple]) -> int:
    """How many blank nodes share their first-degree hash (RDFC-1.0 §4.6) and touch another blank node."""
    seen: dict[BlankNode, list[str]] = defaultdict(list)
    linked: set[BlankNode] = set()
    for t in triples:
        s, o = t.subject, t.object
        if isinstance(s, BlankNode):
            other = o if isinstance(o, NamedNode | Literal) else ("self" if o == s else "blank")
            seen[s].append(f"s {t.predicate} {other}")
        if isinstance(o, BlankNode) and o != s:
            seen[o].append(f"o {t.predicate} {s if isinstance(s, NamedNode) else 'blank'}")
        if isinstance(s, BlankNode) and isinstance(o, BlankNode):
            linked |= {s, o}
    looks = {blank: "\n".join(sorted(lines)) for blank, lines in seen.items()}
    count = Counter(looks.values())
    return sum(1 for blank in linked if count[looks[blank]] > 1)
