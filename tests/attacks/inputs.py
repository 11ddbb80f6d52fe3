"""Hostile inputs for the SPARQL protocol and the graph store, by group; what each may at most be answered.

`PORT` in a text is the port of a socket that nobody may connect to. GUESSED and SECRET stand in a graph that only
administrators read; whatever is asked by `ben`, SECRET is in no answer. GUESSED is what ben's queries look for: so it
stands in the provenance of ben's own requests, which ben may read.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import quote, urlencode

SECRET = "SECRET-4000-01"
GUESSED = "GUESSED-4000-00"
HIDDEN = "urn:secret:subject"
ABSENT = "urn:absent:subject"
HIDDEN_GRAPH = "https://secret.example/graph"
ABSENT_GRAPH = "https://absent.example/graph"
PUBLIC = "https://graphs.example.com"
MINE = f"{PUBLIC}/graphs/"
NOTE = MINE + "n"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

REFUSED = frozenset({400, 403, 404, 406, 409, 412, 413, 414, 415, 421, 422, 431})
ENDED = REFUSED | {504}  # refused, or ended at its deadline
HARMLESS = frozenset({200, 201, 204})
EITHER = HARMLESS | ENDED


@dataclass(frozen=True)
class Attack:
    """One request, and the statuses that it may have."""

    group: int
    name: str
    expect: frozenset[int]
    method: str = "POST"
    path: str = "/sparql"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    twin: Mapping[str, str] = field(default_factory=dict)  # with these texts replaced it is answered alike
    is_begun: bool = True  # it is a request, so the ledger has an entry; else it is refused before it is one
    is_long: bool = False

    @property
    def id(self) -> str:
        return f"{self.group} {self.name}"


def query(
    group: int,
    name: str,
    text: str,
    expect: frozenset[int] = REFUSED,
    *,
    twin: Mapping[str, str] | None = None,
    is_begun: bool = True,
    is_long: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Attack:
    kind = {"Content-Type": "application/sparql-query", **(headers or {})}
    body = text.encode("utf-8", "surrogatepass")
    path = "/sparql?timeout=0.3" if 504 in expect else "/sparql"
    return Attack(group, name, expect, "POST", path, kind, body, twin or {}, is_begun, is_long)


def form(
    group: int,
    name: str,
    *pairs: tuple[str, str],
    expect: frozenset[int] = REFUSED,
    twin: Mapping[str, str] | None = None,
    is_begun: bool = True,
) -> Attack:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(pairs).encode()
    return Attack(group, name, expect, headers=kind, body=body, twin=twin or {}, is_begun=is_begun)


def update(group: int, name: str, text: str, expect: frozenset[int] = REFUSED) -> Attack:
    kind = {"Content-Type": "application/sparql-update"}
    return Attack(group, name, expect, headers=kind, body=text.encode())


def graph(
    group: int,
    name: str,
    at: str,
    body: bytes | str = b"<urn:a> <urn:p> 1 .",
    *,
    kind: str = "text/turtle",
    expect: frozenset[int] = REFUSED,
    method: str = "PUT",
    headers: Mapping[str, str] | None = None,
    twin: Mapping[str, str] | None = None,
    is_begun: bool = True,
) -> Attack:
    path = at if at.startswith("/") else f"/graphs?graph={quote(at, safe='')}"
    data = body.encode() if isinstance(body, str) else body
    said = {"Content-Type": kind, **(headers or {})}
    return Attack(group, name, expect, method, path, said, data, twin or {}, is_begun)


def attacks() -> Iterator[Attack]:
    """All of them."""
    for some in (
        nested, wide, endless, matching, outbound, hidden, mistaken, written,
        granted, injected, swollen, named, parsed_xml, parsed_json, parsed_turtle,
    ):  # fmt: skip
        yield from some()


def nested() -> Iterator[Attack]:
    """14: each of these ends the process of a bare engine."""
    texts = {
        "braces": "SELECT * {" + "{" * 3000 + "}" * 3000 + "}",
        "parentheses": "SELECT * { ?s ?p ?o FILTER" + "(" * 5000 + "1" + ")" * 5000 + "}",
        "not": "SELECT * { ?s ?p ?o FILTER(" + "!" * 10_000 + "true) }",
        "exists": "SELECT * {" + "FILTER EXISTS {" * 1000 + "}" * 1000 + "}",
        "union": "SELECT * {" + " UNION ".join(["{ ?s ?p ?o }"] * 10_000) + "}",
        "triple terms": "SELECT * { ?s ?p " + "<<( <urn:a> <urn:b> " * 10_000 + "1" + " )>>" * 10_000 + "}",
        "brackets": "SELECT * { ?s ?p " + "[ ?q " * 3000 + "1" + " ]" * 3000 + "}",
        "or": "SELECT * { ?s ?p ?o FILTER(" + " || ".join(["?o = 1"] * 10_000) + ") }",
        "path": "SELECT * { ?s " + "(" * 2000 + "<urn:p>" + ")*" * 2000 + " ?o }",
        "select": "SELECT * {" + "{ SELECT * {" * 1000 + "}}" * 1000 + "}",
        "unclosed": "SELECT * {" * 2000,
    }
    for name, text in texts.items():
        yield query(14, name, text)


def wide() -> Iterator[Attack]:
    """15: planning."""
    for number in (1_000, 10_000):
        text = " . ".join(f"?s{n % 7} ?p{n} ?o{n % 11}" for n in range(number))
        yield query(15, f"{number} patterns", f"SELECT * {{ {text} }}")
    yield query(15, "optional", "SELECT * {" + "OPTIONAL { ?s ?p ?o " * 1000 + "}" * 1000 + "}")
    yield query(15, "lists", "SELECT * { ?s ?p " + "(" * 1000 + ")" * 1000 + "}")
    star = " . ".join(f"?s <urn:p{n}> ?o{n}" for n in range(64))
    yield query(15, "as wide as may be", f"SELECT * {{ {star} }}", EITHER)


def endless() -> Iterator[Attack]:
    """16: work without end, and memory."""
    cross = " . ".join(f"?s{n} ?p{n} ?o{n}" for n in range(12))
    doubled = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))
    three = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o"
    joined = "GROUP_CONCAT(CONCAT(STR(?a), STR(?d), STR(?g)); separator='----------')"
    yield query(16, "cross join", f"SELECT (COUNT(*) AS ?n) {{ {cross} }}", ENDED)
    yield query(
        16,
        "every path",
        "SELECT (COUNT(*) AS ?n) { ?a (<urn:p>|!<urn:p>)* ?b . ?c (<urn:p>|!<urn:p>)* ?d }",
        EITHER,
    )
    yield query(16, "group_concat", f"SELECT ({joined} AS ?x) {{ {three} }}", EITHER)
    yield query(16, "concat doubling", f"SELECT ?x30 {{ BIND('0123456789' AS ?x0) {doubled} }}", ENDED)
    yield query(
        16, "190,000 values", "SELECT * { VALUES ?x { " + "1 " * 190_000 + "} }", EITHER, is_long=True
    )
    yield query(16, "a million values", "SELECT * { VALUES ?x { " + "1 " * 450_000 + "} }", is_long=True)
    yield query(16, "order of all", f"SELECT * {{ {cross} }} ORDER BY ?o1 ?o2 ?o3", ENDED)


def matching() -> Iterator[Attack]:
    """27: regular expressions, growth by replacing, functions by IRI."""
    long = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"
    grown = "'aaaaaaaaaaaaaaaaaaaa'"
    for _ in range(6):
        grown = f"REPLACE({grown}, 'a', 'aaaaaaaaaaaaaaaaaaaaaaaa')"
    texts = {
        "backtracking": f"SELECT * {{ ?s ?p ?o FILTER(REGEX(CONCAT(STR(?o), '{long}'), '^(a+)+$')) }}",
        "counts": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '(((a{1,100}){1,100}){1,100}){1,100}')) }",
        "growing": f"SELECT ({grown} AS ?x) {{}}",
        "a long pattern": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '" + "(a|b)" * 100_000 + "')) }",
        "own function": "SELECT (<http://127.0.0.1:PORT/f>(1) AS ?x) {}",
        "java": "SELECT (<java:java.lang.Runtime>(1) AS ?x) {}",
    }
    for name, text in texts.items():
        yield query(27, name, text, EITHER)


def outbound() -> Iterator[Attack]:
    """17 and 18: calls to elsewhere."""
    places = (
        "<http://127.0.0.1:PORT/>", "<http://169.254.169.254/latest/>", "<http://[::1]:PORT/>",
        "<http://2130706433:PORT/>", "?where",
    )  # fmt: skip
    for place in places:
        for silent in ("", "SILENT "):
            text = f"SELECT * {{ SERVICE {silent}{place} {{ ?s ?p ?o }} }}"
            yield query(17, f"service {silent}{place}", text)
    prefix = "PREFIX ex: <http://127.0.0.1:PORT/> "
    here = "SERVICE <http://127.0.0.1:PORT/> { ?s ?p ?o }"
    yield query(17, "as a prefixed name", prefix + "SELECT * { SERVICEex:g { ?s ?p ?o } }")
    yield query(17, "by code points", "SELECT * { \\u0053ERVICE <http://127.0.0.1:PORT/> { ?s ?p ?o } }")
    yield query(17, "behind a dot", prefix + f"SELECT * {{ ex:a ex:p ex:a.b.{here} }}")
    yield update(17, "in an update", f"INSERT {{ GRAPH <{NOTE}> {{ ?s ?p ?o }} }} WHERE {{ {here} }}")
    for text in (
        "LOAD <http://127.0.0.1:PORT/x.ttl>",
        "LOAD <file:///etc/passwd>",
        f"LOAD SILENT <file:///etc/passwd> INTO GRAPH <{NOTE}>",
        "LOAD <http://127.0.0.1:PORT/> INTO GRAPH <urn:ambit:ledger>",
    ):
        yield update(18, text[:40], text)
        yield query(18, f"as a query: {text[:30]}", text)


def hidden() -> Iterator[Attack]:
    """19, 20 and 21: ways round to what is hidden, and ways to infer it."""
    alike = {HIDDEN: ABSENT, HIDDEN_GRAPH: ABSENT_GRAPH, GUESSED: "OTHER-4000-00"}
    both = "{ { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    texts = {
        19: [
            f"SELECT * FROM <{HIDDEN_GRAPH}> {{ ?s ?p ?o }}",
            f"SELECT * FROM NAMED <{HIDDEN_GRAPH}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
            f"SELECT * FROM <{HIDDEN_GRAPH}> FROM NAMED <urn:ambit:default> {both}",
            f"SELECT * {{ GRAPH <{HIDDEN_GRAPH}> {{ ?s ?p ?o }} }}",
            f"ASK {{ GRAPH <{HIDDEN_GRAPH}> {{}} }}",
            f"SELECT ?g {{ GRAPH ?g {{}} FILTER(?g = <{HIDDEN_GRAPH}>) }}",
        ],
        20: [
            f"DESCRIBE <{HIDDEN}>",
            f"CONSTRUCT {{ ?s <urn:copy> ?o }} WHERE {{ <{HIDDEN}> ?p ?o . ?s a ?c }}",
            f"SELECT * {{ ?a (!<urn:x>|^!<urn:x>)* <{HIDDEN}> }}",
            f"SELECT * {{ <{HIDDEN}> <urn:secret:p>/^<urn:secret:p> ?x }}",
        ],
        21: [
            f"SELECT (COUNT(*) AS ?n) {{ <{HIDDEN}> ?p ?o }}",
            f"ASK {{ FILTER EXISTS {{ <{HIDDEN}> ?p ?o }} }}",
            f"SELECT ?s {{ ?s ?p ?o }} ORDER BY (?s = <{HIDDEN}>) ?s LIMIT 3",
            f"SELECT ?s {{ ?s ?p ?o }} GROUP BY ?s HAVING(SUM(IF(STR(?o) = '{GUESSED}', 1, 0)) > 0)",
            f"SELECT * {{ ?s ?p ?o MINUS {{ <{HIDDEN}> ?p ?x }} }} ORDER BY ?s ?p ?o OFFSET 5 LIMIT 2",
            f"SELECT (IF(EXISTS {{ ?s ?p '{GUESSED}' }}, 1/0, 'no') AS ?x) {{}}",
        ],
    }
    for group, many in texts.items():
        for text in many:
            yield query(group, text.replace(GUESSED, "…"), text, HARMLESS, twin=alike)
    for name in ("default-graph-uri", "named-graph-uri"):
        pairs = (("query", f"SELECT * {both}"), (name, HIDDEN_GRAPH))
        coded = {quote(old, safe=""): quote(new, safe="") for old, new in alike.items()}
        yield form(19, name, *pairs, expect=HARMLESS, twin=coded)
    yield query(19, "every graph", "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", HARMLESS)
    yield query(21, "everything", f"SELECT * {both}", HARMLESS)


def mistaken() -> Iterator[Attack]:
    """22: one thing sent as another."""
    insert = f"INSERT DATA {{ GRAPH <{NOTE}> {{ <urn:a> <urn:p> 1 }} }}"
    yield query(22, "update as a query", insert)
    yield form(22, "update in query", ("query", insert))
    cases = {
        "both": [("query", "ASK {}"), ("update", insert)],
        "two queries": [("query", "ASK {}"), ("query", "SELECT * { ?s ?p ?o }")],
        "two updates": [("update", insert), ("update", insert)],
        "using with a query": [("query", "ASK {}"), ("using-graph-uri", HIDDEN_GRAPH)],
        "none": [("quer", "ASK {}")],
        "too many parameters": [("query", "ASK {}"), *((f"p{n}", "") for n in range(200))],
    }
    for name, pairs in cases.items():
        yield form(22, name, *pairs, is_begun=False)
    path = "/sparql?" + urlencode({"update": insert})
    yield Attack(22, "update by GET", REFUSED, method="GET", path=path, is_begun=False)
    for kind in ("text/plain", "application/json", "multipart/form-data; boundary=x", "application/sparql"):
        yield Attack(
            22, f"as {kind}", REFUSED, headers={"Content-Type": kind}, body=b"ASK {}", is_begun=False
        )
    for method in ("PUT", "DELETE", "PATCH"):
        yield Attack(22, method, frozenset({405}), method=method, is_begun=False)
    foreign = {"Content-Type": "application/sparql-update", "Origin": "https://evil.example"}
    yield Attack(22, "foreign page", frozenset({403}), headers=foreign, body=insert.encode(), is_begun=False)


def written() -> Iterator[Attack]:
    """23: writing what is not one's own."""
    closed = (
        "urn:ambit:labels", "urn:ambit:default", HIDDEN_GRAPH, "urn:ambit:file:governance/people.ttl",
        "https://w3id.org/ambit#", "urn:ambit:run:1",
    )  # fmt: skip
    for name in closed:
        yield update(23, f"insert into {name}", f"INSERT DATA {{ GRAPH <{name}> {{ <urn:a> <urn:p> 1 }} }}")
        where = "DELETE { ?s ?p ?o } INSERT { <urn:a> <urn:p> 1 } WHERE { OPTIONAL { ?s ?p ?o } }"
        yield update(23, f"with {name}", f"WITH <{name}> {where}")
        for verb in ("CLEAR", "DROP", "CREATE"):
            yield update(23, f"{verb.lower()} {name}", f"{verb} GRAPH <{name}>")
        for verb in ("COPY", "MOVE", "ADD"):
            # the default graph is always there; of it ben sees nothing, so nothing is copied
            expect = EITHER if name == "urn:ambit:default" else REFUSED
            text = f"{verb} GRAPH <{name}> TO GRAPH <{MINE}stolen>"
            yield update(23, f"{verb.lower()} from {name}", text, expect)
            yield update(23, f"{verb.lower()} to {name}", f"{verb} GRAPH <{MINE}own> TO GRAPH <{name}>")
    for text in ("DROP ALL", "CLEAR NAMED", "CLEAR DEFAULT", "DROP SILENT ALL", "CLEAR SILENT DEFAULT"):
        yield update(23, text.lower(), text, EITHER)
    stolen = f"INSERT {{ GRAPH <{MINE}stolen> {{ ?s ?p ?o }} }}"
    named_graph = "{ GRAPH ?g { ?s ?p ?o } }"
    yield update(23, "using named", f"{stolen} USING NAMED <{HIDDEN_GRAPH}> WHERE {named_graph}", EITHER)
    yield update(23, "all that is seen", f"{stolen} WHERE {{ {{ ?s ?p ?o }} UNION {named_graph} }}", EITHER)


def granted() -> Iterator[Attack]:
    """24: to grant oneself what rules read."""
    me, administrators = "<https://example.com/id/ben>", "<https://w3id.org/ambit#Administrators>"
    for relation in (
        "https://w3id.org/ambit#isOwnedBy",
        "https://w3id.org/ambit#memberOfAll",
        "http://www.w3.org/ns/org#memberOf",
        "http://www.w3.org/2002/07/owl#sameAs",
        "http://www.w3.org/2000/01/rdf-schema#subPropertyOf",
    ):
        said = f"?x <{relation}> {me} . {me} <{relation}> {administrators}"
        yield update(
            24, relation, f"INSERT {{ GRAPH <{MINE}own> {{ {said} }} }} WHERE {{ ?x ?p ?o }}", EITHER
        )


def injected() -> Iterator[Attack]:
    """25, 26 and 29: out of literals and IRIs, and into formats."""
    tail = "} UNION { GRAPH <urn:ambit:default> { ?s ?p ?o } } #"
    texts = (
        f'x" {tail}', "x\\u0022 " + tail, f"x''' {tail}", "x\\\\", "x\\u005c\\u0022 " + tail, "\\uD800",
        "x\\U00000022 " + tail,
    )  # fmt: skip
    for number, text in enumerate(texts):
        yield query(25, f"literal {number}", f'SELECT * {{ ?s ?p "{text}" }}', EITHER)
        yield query(25, f"long literal {number}", f"SELECT * {{ ?s ?p '''{text}''' }}", EITHER)
    for iri in ("urn:a> } ; DROP ALL ; #", "urn:a\\u003e } ; DROP ALL ; #", "urn:a\\u0020b", "a b"):
        yield query(26, f"iri {iri}", f"SELECT * {{ <{iri}> ?p ?o }}", EITHER)
        yield graph(26, f"graph {iri}", iri, is_begun=False)
    yield query(26, "hostile base", "BASE <http://127.0.0.1:PORT/> SELECT * { <x> ?p ?o }", HARMLESS)
    yield query(26, "prefix of ours", "PREFIX ambit: <urn:x:> SELECT * { ?s a ambit:Compartment }", HARMLESS)
    yield query(26, "nul", "SELECT * { ?s ?p '\0' }", EITHER)
    yield query(26, "surrogate", "SELECT * { ?s ?p '\ud800' }", is_begun=False)
    bound = (
        "('=cmd|/C calc!A0' AS ?a) ('\\u0001\\u0008' AS ?b) ('\u2028</script>' AS ?c)"
        " ('a\\r\\nSet-Cookie: x=1' AS ?d)"
    )
    for media in (
        "text/csv",
        "text/tab-separated-values",
        "application/sparql-results+xml",
        "application/sparql-results+json",
    ):
        yield query(29, media, f"SELECT {bound} {{}}", EITHER, headers={"Accept": media})


def swollen() -> Iterator[Attack]:
    """28: sizes."""
    yield query(28, "body of 2 MB", "ASK {} #" + "x" * 2_000_000, is_begun=False)
    yield query(28, "body of 129 MB", "ASK {} #" + "x" * 129_000_000, is_begun=False, is_long=True)
    kind = {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"}
    bomb = gzip.compress(b"ASK {} " + b" " * 10_000_000)
    yield Attack(28, "gzip bomb", REFUSED, headers=kind, body=bomb, is_begun=False)
    many = ",".join(f"a/{n};q=0.{n % 9}" for n in range(4_000))
    yield query(28, "4,000 media types", "ASK {}", EITHER, headers={"Accept": many})
    yield query(
        28, "4,000 preferences", "ASK {}", HARMLESS, headers={"Prefer": ",".join(["wait=1;x=y"] * 4_000)}
    )
    headers = {f"X-{n}": "y" * 40 for n in range(3_000)}
    yield query(28, "3,000 headers", "ASK {}", frozenset({431}), headers=headers, is_begun=False)


def named() -> Iterator[Attack]:
    """30, 31 and 32: names of graphs."""
    alike = {quote(HIDDEN_GRAPH, safe=""): quote(ABSENT_GRAPH, safe=""), HIDDEN_GRAPH: ABSENT_GRAPH}
    for name in (
        "urn:ambit:labels", "urn:ambit:Labels", "urn:ambit:default", "URN:ambit:default", "urn:ambit:default/",
        "urn:ambit:file:governance/people.ttl", HIDDEN_GRAPH, HIDDEN_GRAPH + "/", HIDDEN_GRAPH.upper(),
        HIDDEN_GRAPH.replace("graph", "gr%61ph"), "https://secret.example/cafe\u0301", "https://secret.example/caf\xe9",
    ):  # fmt: skip
        for method in ("PUT", "POST", "DELETE"):
            twin = alike if name == HIDDEN_GRAPH else {}
            yield graph(30, f"{method} {name}", name, method=method, twin=twin)
    for method in ("PUT", "POST", "DELETE"):
        yield graph(30, f"{method} default", "/graphs?default", method=method)
    for name in ("file:///etc/passwd", "_:b", "relative", "https://a/../b"):
        for method in ("GET", "PUT"):
            yield graph(31, f"{method} {name}", name, method=method, is_begun=False)
    yield graph(31, "both", f"/graphs?graph={quote(NOTE, safe='')}&default", is_begun=False)
    for host in ("evil.example", "graphs.example.com@evil.example", "127.0.0.1"):
        yield graph(31, f"host {host}", "/graphs/n", headers={"Host": host}, is_begun=False)
    for path in ("..%2f..%2fetc%2fpasswd", "%2e%2e/n", "%00", "%FF", "n?graph=urn:x"):
        yield graph(31, f"path {path}", f"/graphs/{path}", is_begun=False)
    other = f"<urn:a> <urn:p> <urn:b> <{HIDDEN_GRAPH}> ."
    for kind in ("text/turtle", "application/n-triples"):
        yield graph(32, f"quads as {kind}", NOTE, other, kind=kind)
        yield graph(32, f"trig as {kind}", NOTE, f"<{HIDDEN_GRAPH}> {{ <urn:a> <urn:p> 1 }}", kind=kind)
    for kind in ("application/trig", "application/n-quads", "text/plain", ""):
        yield graph(32, f"of the type `{kind}`", NOTE, other, kind=kind, is_begun=False)
    text = json.dumps({"@id": HIDDEN_GRAPH, "@graph": [{"@id": "urn:a", "urn:p": "1"}]})
    yield graph(32, "json-ld of another graph", NOTE, text, kind="application/ld+json")


def parsed_xml() -> Iterator[Attack]:
    """45, as bodies of the graph store."""

    def xml(name: str, declared: str, said: str, expect: frozenset[int] = REFUSED) -> Attack:
        inner = f'<rdf:Description rdf:about="urn:a"><p xmlns="urn:">{said}</p></rdf:Description>'
        text = f'<!DOCTYPE r {declared}><rdf:RDF xmlns:rdf="{RDF}">{inner}</rdf:RDF>'
        return graph(45, name, NOTE, text, kind="application/rdf+xml", expect=expect)

    for levels in (8, 9, 30):
        names = [f"e{level}" for level in range(levels + 1)]
        entities = f'<!ENTITY {names[0]} "lol">' + "".join(
            f'<!ENTITY {after} "{("&" + before + ";") * 10}">' for before, after in pairwise(names)
        )
        yield xml(f"{levels} levels of laughs", f"[{entities}]", f"&{names[-1]};")
    yield xml("external file", '[<!ENTITY x SYSTEM "file:///etc/passwd">]', "&x;")
    yield xml("external http", '[<!ENTITY x SYSTEM "http://127.0.0.1:PORT/x">]', "&x;")
    yield xml("external parameter", '[<!ENTITY % x SYSTEM "http://127.0.0.1:PORT/x"> %x;]', "1")
    yield xml("external dtd", 'SYSTEM "http://127.0.0.1:PORT/x.dtd"', "1", EITHER)
    yield graph(45, "100,000 levels", NOTE, "<a>" * 100_000, kind="application/rdf+xml")


def parsed_json() -> Iterator[Attack]:
    """46."""
    contexts = {
        "http": '"http://127.0.0.1:PORT/c"',
        "file": '"file:///etc/passwd"',
        "import": '{"@import": "http://127.0.0.1:PORT/c"}',
        "list": '["http://127.0.0.1:PORT/c", {}]',
        "scoped": '{"T": {"@id": "urn:T", "@context": "http://127.0.0.1:PORT/c"}}',
    }
    for name, context in contexts.items():
        text = f'{{"@context": {context}, "@id": "urn:a", "@type": "T", "urn:p": "x"}}'
        expect = EITHER if name == "scoped" else REFUSED
        yield graph(46, f"context by {name}", NOTE, text, kind="application/ld+json", expect=expect)
    deep = '{"urn:p":' * 10_000 + "1" + "}" * 10_000
    yield graph(46, "10,000 levels", NOTE, deep, kind="application/ld+json")
    lists = '{"urn:p":' + "[" * 100_000 + "]" * 100_000 + "}"
    yield graph(46, "100,000 lists", NOTE, lists, kind="application/ld+json")


def parsed_turtle() -> Iterator[Attack]:
    """47 and 48."""
    bodies = {
        "triple terms": b"<urn:a> <urn:p> " + b"<<( <urn:a> <urn:p> " * 100_000,
        "brackets": b"<urn:a> <urn:p> " + b"[ <urn:p> " * 100_000,
        "lists": b"<urn:a> <urn:p> " + b"(" * 100_000,
        "iri of 1 MB": b"<urn:" + b"a" * 1_000_000 + b"> <urn:p> 1 .",
        "utf-16": "<urn:a> <urn:p> 1 .".encode("utf-16"),
        "nul": b"<urn:a> <urn:p> '\0' .\0",
        "invalid utf-8": b"<urn:a> <urn:p> '\xff\xfe' .",
        "a text without an end": b"<urn:a> <urn:p> '''" + b"x" * 500_000,
    }
    for name, body in bodies.items():
        for kind in ("text/turtle", "application/n-triples"):
            expect = EITHER if name == "iri of 1 MB" else REFUSED
            yield graph(47, f"{name} as {kind}", NOTE, body, kind=kind, expect=expect)
    yield graph(47, "byte order mark", NOTE, b"\xef\xbb\xbf<urn:a> <urn:p> 1 .", expect=EITHER)
    large = b"<urn:a> <urn:p> '" + b"x" * 11_000_000 + b"' ."
    yield graph(47, "11 MB", NOTE, large, is_begun=False)
    yield graph(48, "blank nodes", NOTE, "_:b0 <urn:p> _:b0 . _:genid <urn:p> 1 .", expect=HARMLESS)
    ours = "@prefix ambit: <urn:x:> . @prefix ambit: <https://w3id.org/ambit#> . <urn:a> a ambit:Administrators ."
    yield graph(48, "prefix of ours", NOTE, ours, expect=EITHER)
    quads = "<urn:a> <urn:p> <urn:b> <urn:ambit:labels> ."
    yield graph(48, "quads", "/graphs?default", quads, kind="application/n-quads", is_begun=False)
