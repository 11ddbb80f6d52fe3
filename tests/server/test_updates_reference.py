"""Updates of generated worlds against bare Oxigraph on the physically filtered data.

The reference deletes what is hidden, gives bare Oxigraph one operation at a time with the merge as its default
graph, and makes the merge anew after each. Slow, and obviously right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, QuerySolutions, Store
from writeworld import DEFAULT, SYSTEM, Stage, canonical, of_graphs

from ambit.graph.errors import AmbitError
from ambit.graph.terms import BlankNode, Literal, NamedNode, Quad, Triple
from ambit.server import updates
from ambit.server.writes import update

N = NamedNode
SOURCE_GRAPHS = [f"urn:source:{record}#{part}" for record in range(4) for part in "ab"]
SEEN_SOURCES = [graph for graph in SOURCE_GRAPHS if int(graph[11]) % 2 == 0]
MINE = [f"urn:mine:{number}" for number in range(3)]
OURS = ["urn:ours:0", "urn:ours:1"]
SECRET = ["urn:secret:0", "urn:secret:1"]
PLAIN = [f"urn:n{number}" for number in (0, 1, 2, 9)]  # terms that may come to name a graph
GRAPHS = [*SOURCE_GRAPHS, *MINE, *OURS, *SECRET, DEFAULT, SYSTEM]
SEEN = [*SEEN_SOURCES, *MINE, *OURS, *PLAIN, DEFAULT, SYSTEM]
"""Team 0 reads its sources, writes `urn:mine:`, the default graph and what has no prefix, reads `urn:ours:`."""
WRITABLE = [*MINE, *PLAIN[:1], DEFAULT]

XSD = "http://www.w3.org/2001/XMLSchema#"
NODES: list[NamedNode | BlankNode] = [N("urn:n0"), N("urn:n1"), N("urn:n2"), BlankNode("b0"), BlankNode("b1")]
PREDICATES = [N("urn:p0"), N("urn:p1"), N("urn:p2")]
VALUES = [Literal("x"), Literal("x", language="en"), Literal("1", datatype=N(XSD + "integer"))]
NAMES = [N("urn:mine:0"), N("urn:mine:1"), N("urn:ours:0"), N("urn:secret:0"), N(SEEN_SOURCES[0])]

triples = st.builds(
    Triple,
    st.sampled_from(NODES),
    st.sampled_from(PREDICATES),
    st.sampled_from([*NODES, *VALUES, *NAMES[:2]]),
)
worlds = st.dictionaries(
    st.sampled_from(GRAPHS), st.lists(triples, min_size=1, max_size=5), min_size=6, max_size=14
)


@dataclass(frozen=True)
class Step:
    """One operation: what an update says, what bare Oxigraph is told, and what may make it fail.

    In the texts `{D` opens and `D}` ends what stands outside of GRAPH.
    """

    text: str
    absent: str | None = None  # fails where this graph is not there
    exists: str | None = None  # fails where this one is
    each: str = ""  # for all graphs that may be written, or all but the default one
    matches: str = ""  # a pattern whose ?g are graphs that it would write
    other: str = ""  # what bare Oxigraph is told in the place of `text`

    @property
    def governed(self) -> str:
        return self.text.replace("{D", "").replace("D}", "")

    @property
    def bare(self) -> str:
        text = (self.other or self.text).replace("{D", f"GRAPH <{DEFAULT}> {{").replace("D}", "}")
        return text.replace(" DEFAULT", f" GRAPH <{DEFAULT}>")


TEMPLATES = [
    "{D ?s P0 ?o D}",
    "GRAPH <W0> { ?s P1 ?o }",
    "GRAPH <W0> { ?o P0 ?s } {D ?s P0 ?s D}",
    "GRAPH <W0> { ?s P2 'new', ?o } GRAPH <W1> { NODE P0 ?o }",
    "GRAPH <W1> { ?o ?s ?o . ?s P0 <urn:n0> }",  # no predicate is a blank node or literal
]
INSERTS = [*TEMPLATES, "{D ?s P0 _:b . _:b P1 [] D}", "GRAPH <W0> { ?s P2 ( ?o _:b ) }"]
WHERES = [
    "{ ?s P0 ?o }",
    "{ ?s ?p ?o FILTER(isBlank(?s)) }",
    "{ ?s P0 ?o OPTIONAL { ?o P1 ?v } }",
    "{ GRAPH <G0> { ?s ?p ?o } }",
    "{ GRAPH ?h { ?s P1 ?o } FILTER NOT EXISTS { ?o P0 ?s } }",
    "{ ?s P0|P1 ?x . ?x ^P1? ?o }",
    "{ SELECT ?s (MAX(?v) AS ?o) { ?s ?p ?v FILTER(isLiteral(?v)) } GROUP BY ?s }",
    "{ ?s P0 ?z MINUS { ?z P1 ?s } }",
    "{ VALUES (?s ?o) { (NODE 'v') (<urn:n9> UNDEF) } }",
    "{}",
]


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """One operation of any kind."""
    target = draw(st.sampled_from(WRITABLE))
    source = draw(st.sampled_from([*SEEN, *SECRET, "urn:nowhere", *SOURCE_GRAPHS]))
    silent = draw(st.sampled_from(["", "SILENT "]))
    name, other = (" DEFAULT" if graph == DEFAULT else f" GRAPH <{graph}>" for graph in (target, source))
    absent = None if silent else target
    match draw(st.integers(0, 11)):
        case 0:
            return Step(f"{draw(st.sampled_from(['CLEAR', 'DROP']))} {silent}{name}", absent=absent)
        case 1:
            word = draw(st.sampled_from(["NAMED", "ALL"]))
            return Step(f"{draw(st.sampled_from(['CLEAR', 'DROP']))} {silent}{word}", each=word)
        case 2 if target != DEFAULT:
            return Step(f"CREATE {silent}GRAPH <{target}>", exists=None if silent else target)
        case 3:
            verb = draw(st.sampled_from(["COPY", "ADD"]))
            return Step(f"{verb} {silent}{other} TO{name}", absent=None if silent else source)
        case 4:
            moved = draw(st.sampled_from(WRITABLE))
            word = " DEFAULT" if moved == DEFAULT else f" <{moved}>"
            return Step(f"MOVE {silent}{word} TO{name}", absent=None if silent else moved)
        case 5:
            said = " . ".join(
                f"{t.subject} {t.predicate} {t.object}" for t in draw(st.lists(triples, max_size=3))
            )
            said = said.replace("_:b", "_:x")
            return Step(f"INSERT DATA {{ {{D {said} D}} GRAPH <{target}> {{ {said} }} }}")
        case 6:
            held = draw(st.lists(triples, max_size=3))
            said = " . ".join(f"{t.subject} {t.predicate} {t.object}" for t in held if "_:" not in str(t))
            return Step(f"DELETE DATA {{ {{D {said} D}} GRAPH <{target}> {{ {said} }} }}")
        case 7:
            pattern = f"GRAPH <{target}> {{ ?s P0 ?o }}"
            if draw(st.booleans()):
                return fill(draw, f"DELETE WHERE {{ {pattern} }}")
            # matched in the merge, deleted from the default graph
            full = f"DELETE {{ {pattern} {{D ?o ?q ?r D}} }} WHERE {{ {pattern} ?o ?q ?r }}"
            return fill(draw, f"DELETE WHERE {{ {pattern} ?o ?q ?r }}", bare=full)
        case 8:
            pattern = draw(st.sampled_from(["?s P0 ?o", "NODE ?p ?o", "?s ?p 'x'"]))
            return fill(
                draw, f"DELETE WHERE {{ GRAPH ?g {{ {pattern} }} }}", f"{{ GRAPH ?g {{ {pattern} }} }}"
            )
        case _:
            return modify(draw)


def modify(draw: st.DrawFn) -> Step:
    """DELETE and INSERT, some with WITH or USING, some whose graph is found by the WHERE."""
    where = draw(st.sampled_from(WHERES))
    insert, delete = draw(st.sampled_from([*INSERTS, ""])), draw(st.sampled_from([*TEMPLATES, ""]))
    sort = draw(st.integers(0, 5))
    front = using = matches = ""
    if sort == 0:
        front = f"WITH <{draw(st.sampled_from(WRITABLE))}> "
        insert, delete = (text.replace("{D", "").replace("D}", "") for text in (insert, delete))
    elif sort == 1:
        named = draw(st.lists(st.sampled_from([*GRAPHS, "urn:nowhere"]), max_size=3))
        default = draw(
            st.lists(
                st.sampled_from([*GRAPHS, "urn:nowhere"]), max_size=1 if "_:" in insert else 3, unique=True
            )
        )
        using = "".join(f"USING <{g}> " for g in default) + "".join(f"USING NAMED <{g}> " for g in named)
    elif sort == 2:
        where = draw(st.sampled_from(["{ GRAPH ?g { ?s P0 ?o } }", "{ ?s P0 ?o . ?x P1 ?g }"]))
        insert, delete = draw(st.sampled_from([("GRAPH ?g { ?s P1 ?o }", ""), ("", "GRAPH ?g { ?s P0 ?o }")]))
        matches = where
    parts = (f"DELETE {{ {delete} }} " if delete else "") + (
        f"INSERT {{ {insert} }} " if insert or not delete else ""
    )
    return fill(draw, f"{front}{parts}{using}WHERE {where}", matches)


def fill(draw: st.DrawFn, text: str, matches: str = "", bare: str = "") -> Step:
    """A step whose places hold terms."""
    first, second, third = draw(st.permutations(PREDICATES))
    terms = {
        "P0": str(first),
        "P1": str(second),
        "P2": str(third),
        "NODE": str(draw(st.sampled_from(NODES[:3]))),
        "W0": draw(st.sampled_from(WRITABLE)),
        "W1": draw(st.sampled_from(WRITABLE)),
        "G0": draw(st.sampled_from([*SEEN, *SECRET])),
    }
    for place, term in terms.items():
        text, matches, bare = (one.replace(place, term) for one in (text, matches, bare))
    return Step(text, matches=matches, other=bare)


def may_write(graph: str) -> bool:
    """Whether team 0 writes a graph of this name."""
    return graph in WRITABLE or graph in PLAIN


class Reference:
    """What bare Oxigraph makes of the steps, over the graphs that are left when the hidden ones are deleted."""

    def __init__(self, world: Mapping[str, list[Triple]]):
        self.store = Store()
        for graph, said in world.items():
            if graph in SEEN:
                self.store.extend(Quad(t.subject, t.predicate, t.object, N(graph)) for t in said)
        self.refused = False
        self.failed = ""
        self._settle()

    def take(self, step: Step) -> None:
        """One step; what may not be is noted, and ends it."""
        graphs = self.graphs()
        if step.absent is not None and step.absent not in graphs and step.absent != DEFAULT:
            self.failed = "not-found"
        elif step.exists is not None and step.exists in graphs:
            self.failed = "graph-exists"
        elif step.each:
            for graph in {*WRITABLE, *PLAIN}:
                if graph != DEFAULT or step.each == "ALL":
                    self.store.update(f"CLEAR SILENT GRAPH <{graph}>")
        else:
            if step.matches:
                found = self.store.query(f"SELECT DISTINCT ?g WHERE {step.matches}")
                assert isinstance(found, QuerySolutions)
                names = {row["g"] for row in found}
                self.refused |= any(isinstance(g, NamedNode) and not may_write(g.value) for g in names)
            before = {quad for quad in self.store if quad.graph_name != DefaultGraph()}
            self.store.add_graph(N(DEFAULT))
            if "MOVE SILENT" in step.text or "COPY SILENT" in step.text:
                _, source = step.bare.split(" TO ")[0].split(" SILENT ")
                if source.strip().removeprefix("GRAPH ").strip(" <>") not in {*graphs, DEFAULT}:
                    return self._settle()
            self.store.update(step.bare)
            after = {quad for quad in self.store if quad.graph_name != DefaultGraph()}
            changed = {quad.graph_name for quad in before ^ after}
            self.refused |= any(isinstance(g, NamedNode) and not may_write(g.value) for g in changed)
        return self._settle()

    def graphs(self) -> set[str]:
        """The graphs that hold a triple."""
        return {quad.graph_name.value for quad in self.store if isinstance(quad.graph_name, NamedNode)}

    def quads(self) -> Iterator[Quad]:
        """What stands in named graphs."""
        return (quad for quad in self.store if isinstance(quad.graph_name, NamedNode))

    def _settle(self) -> None:
        """The merge anew, and no empty graphs."""
        self.store.clear_graph(DefaultGraph())
        for graph in list(self.store.named_graphs()):
            if next(iter(self.store.quads_for_pattern(None, None, None, graph)), None) is None:
                self.store.remove_graph(graph)
        self.store.extend(
            Quad(quad.subject, quad.predicate, quad.object)
            for quad in list(self.quads())
            if quad.graph_name != N(SYSTEM)
        )


def is_like_bare(
    stage: Stage, world: Mapping[str, list[Triple]], chosen: list[Step], *, by_child: bool
) -> None:
    """The whole comparison of one update on one world; `by_child`: also where it has no WHERE."""
    stage.tell(world)
    before = stage.quads()
    reference = Reference(world)
    for step in chosen:
        if not reference.failed:
            reference.take(step)
    # a label stands for one blank node in one operation
    text = " ;\n".join(step.governed.replace("_:x", f"_:x{n}x") for n, step in enumerate(chosen))
    request = stage.request(SEEN, WRITABLE)
    try:
        with pytest.MonkeyPatch.context() as patch:
            if by_child:
                patch.setattr(updates, "is_direct", lambda _: False)
            update(request, text)
    except AmbitError as error:
        allowed = {reference.failed} | ({"write-refused"} if reference.refused else set())
        assert error.code in allowed - {""}, (error.code, error.message, text)
        assert stage.quads() == before, "whole or not at all"
        return
    assert not reference.failed and not reference.refused, (reference.failed, text)
    after = stage.quads()
    hidden = [graph for graph in GRAPHS if graph not in SEEN]
    assert of_graphs(after, hidden) == of_graphs(before, hidden)
    assert canonical(of_graphs(after, SEEN)) == canonical(reference.quads()), text


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds, chosen=st.lists(steps(), min_size=1, max_size=3), by_child=st.booleans())
def test_an_update_does_what_bare_oxigraph_does_without_the_hidden_data(
    stage: Stage, world: dict[str, list[Triple]], chosen: list[Step], by_child: bool
) -> None:
    is_like_bare(stage, world, chosen, by_child=by_child)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds, chosen=st.lists(steps(), min_size=1, max_size=4), by_child=st.booleans())
def test_many_updates_do_what_bare_oxigraph_does(
    stage: Stage, world: dict[str, list[Triple]], chosen: list[Step], by_child: bool
) -> None:
    is_like_bare(stage, world, chosen, by_child=by_child)
