"""SPARQL 1.1 Query, feature by feature: for each a small query whose answer the hidden would change."""

from dataclasses import dataclass

from featureworld import CLOSED, OPEN


@dataclass(frozen=True)
class Feature:
    """A feature by its section of the standard; `refused`: the code of a refusal by design; `deviates`: where and why."""

    section: str
    name: str
    text: str
    refused: str = ""
    deviates: str = ""


def _of(section: str, *cases: tuple[str, str]) -> list[Feature]:
    return [Feature(section, name, text) for name, text in cases]


ONE, TWO, HID = f"<{OPEN}one>", f"<{OPEN}two>", f"<{CLOSED}one>"
STR = "FILTER(STRSTARTS(STR(?g), 'https://data.example/'))"

SYNTAX = _of(
    "4 Syntax",
    ("relative IRIs, BASE", "BASE <https://data.example/> SELECT ?o { <ns#ann> <ns#knows> ?o }"),
    (
        "prefixed names, local names with escapes",
        "PREFIX x: <https://data.example/> SELECT ?o { x:ns\\#ann ?p ?o }",
    ),
    ("empty prefix, `a`, `;` and `,`", "SELECT ?s { ?s a :Person ; :knows :bob , ?o }"),
    (
        "literals: all quotes, languages, datatypes",
        """SELECT ?s { { ?s :name "Ann"@en } UNION { ?s :name '''Bob''' }
      UNION { ?s :age "41"^^xsd:integer } UNION { ?s :note \"\"\"a b/c\"\"\" } UNION { ?s :name 'Anne'@fr } }""",
    ),
    (
        "numbers and booleans without quotes",
        "SELECT ?s { { ?s :age 27 } UNION { ?s :flag true } UNION { ?s :score 2.5 } }",
    ),
    ("string escapes and code point escapes", 'SELECT ?s { ?s :name "B\\u006Fb" . FILTER("\\t" != "\\n") }'),
    ("blank nodes: `_:b`, `[]`, property lists", "SELECT ?n { _:b :knows [ :name ?n ] . [] :name ?n }"),
    ("collections", "SELECT ?s ?y { ?s :items ( 1 ?y ) }"),
    ("comments, either variable sign", "SELECT $s # a comment\n{ ?s :age 27 }"),
)
PATTERNS = _of(
    "5 to 8 Patterns",
    ("basic graph patterns, joins", "SELECT * { ?a :knows ?b . ?b :knows ?c . ?b :age ?n }"),
    ("empty group", "SELECT * { }"),
    ("OPTIONAL", "SELECT * { ?a :knows ?b OPTIONAL { ?b :score ?n } }"),
    (
        "OPTIONAL with FILTER on the outside",
        "SELECT * { ?a :age ?n OPTIONAL { ?b :age ?m FILTER(?m < ?n) } }",
    ),
    ("UNION", "SELECT * { { ?s :age ?v } UNION { ?s :score ?v } }"),
    ("FILTER", "SELECT ?s { ?s :age ?n FILTER(?n > 30) }"),
    ("FILTER EXISTS", "SELECT ?s { ?s :age ?n FILTER EXISTS { ?x :knows ?s } }"),
    ("FILTER NOT EXISTS", "SELECT ?s { ?s :name ?n FILTER NOT EXISTS { ?s :knows ?x . ?x :age 99 } }"),
    ("MINUS", "SELECT ?s { ?s :name ?n MINUS { ?s :age 27 } }"),
)
PATHS = _of(
    "9 Property paths",
    ("inverse `^`", "SELECT * { :bob ^:knows ?x }"),
    ("sequence `/`", "SELECT * { :ann :knows/:knows ?x }"),
    ("alternative `|`", "SELECT * { ?s :age|:score ?x }"),
    ("zero or more `*`", "SELECT * { :ann :knows* ?x }"),
    ("one or more `+`", "SELECT * { :ann :knows+ ?x }"),
    ("zero or one `?`", "SELECT * { :ann :knows? ?x }"),
    ("negated `!`", "SELECT * { ?s !:knows ?x }"),
    ("negated set, inverse members", "SELECT * { :bob !(:name|^:knows) ?x }"),
    ("groups of paths", "SELECT * { :ann (:knows/^:knows)+ ?x }"),
)
DATA = _of(
    "10 Assignment",
    ("BIND", "SELECT * { ?s :age ?n BIND(?n * 2 AS ?m) }"),
    ("VALUES in a group", "SELECT * { VALUES ?s { :ann :dan } ?s :age ?n }"),
    (
        "VALUES of several variables, UNDEF",
        "SELECT * { ?s :age ?n VALUES (?s ?n) { (:ann UNDEF) (UNDEF 27) } }",
    ),
    ("VALUES behind the query", "SELECT * { ?s :age ?n } VALUES ?n { 27 99 }"),
)
AGGREGATES = _of(
    "11 Aggregates",
    ("COUNT(*)", "SELECT (COUNT(*) AS ?r) { ?s ?p ?o }"),
    ("COUNT, COUNT DISTINCT", "SELECT (COUNT(?n) AS ?r) (COUNT(DISTINCT ?n) AS ?d) { ?s :age ?n }"),
    ("SUM", "SELECT (SUM(?n) AS ?r) (SUM(DISTINCT ?n) AS ?d) { ?s :age ?n }"),
    ("MIN, MAX", "SELECT (MIN(?n) AS ?r) (MAX(?n) AS ?d) { ?s :age ?n }"),
    ("AVG", "SELECT (AVG(?n) AS ?r) (AVG(DISTINCT ?n) AS ?d) { ?s :age ?n }"),
    ("SAMPLE", "SELECT ?s (SAMPLE(?n) AS ?r) { ?s :age ?n } GROUP BY ?s"),
    (
        "GROUP_CONCAT, SEPARATOR",
        "SELECT ?s (GROUP_CONCAT(?n; SEPARATOR='|') AS ?r) { ?s :age ?n } GROUP BY ?s",
    ),
    ("GROUP BY variables", "SELECT ?n (COUNT(*) AS ?r) { ?s :age ?n } GROUP BY ?n"),
    ("GROUP BY an expression, named", "SELECT ?t (COUNT(*) AS ?r) { ?s :age ?n } GROUP BY (?n > 30 AS ?t)"),
    ("HAVING", "SELECT ?n { ?s :age ?n } GROUP BY ?n HAVING(COUNT(*) > 1)"),
    ("aggregates over nothing", "SELECT (COUNT(*) AS ?r) (SUM(?n) AS ?d) { ?s :salary ?n }"),
)
SUBQUERIES = _of(
    "12 Subqueries",
    ("sub-SELECT with aggregates", "SELECT * { ?s :age ?m { SELECT (MAX(?n) AS ?m) { ?x :age ?n } } }"),
    (
        "sub-SELECT with LIMIT",
        "SELECT * { { SELECT ?s { ?s :age ?n } ORDER BY DESC(?n) LIMIT 1 } ?s :name ?x }",
    ),
)
DATASETS = _of(
    "13 Datasets",
    ("GRAPH with a variable", f"SELECT * {{ GRAPH ?g {{ ?s :knows ?o }} {STR} }}"),
    ("GRAPH with a name", f"SELECT * {{ GRAPH {ONE} {{ ?s :knows ?o }} }}"),
    ("GRAPH with the name of a hidden graph", f"SELECT * {{ GRAPH {HID} {{ ?s ?p ?o }} }}"),
    ("the names of graphs", f"SELECT ?g {{ GRAPH ?g {{ }} {STR} }}"),
    ("FROM", f"SELECT * FROM {TWO} {{ ?s :knows ?o }}"),
    ("FROM, several merged", f"SELECT (COUNT(*) AS ?n) FROM {ONE} FROM {TWO} FROM {HID} {{ ?s :knows ?o }}"),
    ("FROM a hidden graph", f"SELECT * FROM {HID} {{ ?s ?p ?o }}"),
    ("FROM NAMED", f"SELECT * FROM NAMED {TWO} FROM NAMED {HID} {{ GRAPH ?g {{ ?s :knows ?o }} }}"),
    (
        "FROM and FROM NAMED",
        f"SELECT * FROM {ONE} FROM NAMED {TWO} {{ ?s :knows ?o GRAPH ?g {{ ?o :age ?n }} }}",
    ),
)
MODIFIERS = _of(
    "15 Modifiers",
    ("ORDER BY, ASC, DESC", "SELECT ?s ?n { ?s :age ?n FILTER(isIRI(?s)) } ORDER BY DESC(?n) ASC(?s)"),
    ("ORDER BY an expression", "SELECT ?s { ?s :age ?n } ORDER BY (0 - ?n) STR(?s)"),
    ("SELECT *", "SELECT * { ?s :age ?n }"),
    ("SELECT expressions", "SELECT ?s (?n + 1 AS ?m) (?m * 2 AS ?k) { ?s :age ?n }"),
    ("DISTINCT", "SELECT DISTINCT ?n { ?s :age ?n }"),
    ("REDUCED", "SELECT REDUCED ?s { ?s :age ?n }"),
    ("LIMIT, OFFSET", "SELECT ?s { ?s :age ?n } ORDER BY ?n STR(?s) LIMIT 1 OFFSET 1"),
)
FORMS = _of(
    "16 Forms",
    ("CONSTRUCT", "CONSTRUCT { ?b :knownBy ?a } { ?a :knows ?b }"),
    ("CONSTRUCT with blank nodes in the template", "CONSTRUCT { [] :pair ( ?a ?b ) } { ?a :knows ?b }"),
    ("CONSTRUCT WHERE", "CONSTRUCT WHERE { ?a :age ?n }"),
    ("ASK, of what is hidden", "ASK { ?s :salary ?n }"),
    ("ASK, of what is there", "ASK { ?s :age 41 }"),
    ("DESCRIBE a name", "DESCRIBE :ann"),
    ("DESCRIBE what is found", "DESCRIBE ?s { ?s :age 27 }"),
    ("DESCRIBE what is hidden", "DESCRIBE :dan"),
)
_CALLS = {
    "17.3 Operators": "?v = 27|?v != 27|?v < 30|?v > 30|?v <= 27|?v >= 27|?v + 1|?v - 1|?v * 2|?v / 2|- ?v|+ ?v"
    "|! ?v|?v && true|?v || false",
    "17.4.1 Functional forms": "BOUND(?v)|IF(isIRI(?v), 1, 2)|COALESCE(?v + 1, -1)|EXISTS { ?v :age ?n }"
    "|NOT EXISTS { ?v :age ?n }|?v IN (27, :bob)|?v NOT IN (27, :bob)|sameTerm(?v, :bob)",
    "17.4.2 Terms": "isIRI(?v)|isURI(?v)|isBlank(?v)|isLiteral(?v)|isNumeric(?v)|STR(?v)|LANG(?v)|DATATYPE(?v)"
    "|IRI(STR(?v))|URI(STR(?v))|isBlank(BNODE())|STRDT(STR(?v), :t)|STRLANG(STR(?v), 'de')|isIRI(UUID())"
    "|STRLEN(STRUUID())",
    "17.4.3 Strings": "STRLEN(?v)|SUBSTR(?v, 2)|SUBSTR(?v, 1, 2)|UCASE(?v)|LCASE(?v)|STRSTARTS(?v, 'A')"
    "|STRENDS(?v, 'b')|CONTAINS(?v, 'n')|STRBEFORE(?v, 'n')|STRAFTER(?v, 'n')|ENCODE_FOR_URI(?v)|CONCAT(?v, '!')"
    "|langMatches(LANG(?v), 'en')|REGEX(?v, '^a', 'i')|REPLACE(?v, 'n', 'm')",
    "17.4.4 Numbers": "ABS(?v)|ROUND(?v)|CEIL(?v)|FLOOR(?v)|RAND() < 1",
    "17.4.5 Dates": "NOW() = NOW()|YEAR(?v)|MONTH(?v)|DAY(?v)|HOURS(?v)|MINUTES(?v)|SECONDS(?v)|TIMEZONE(?v)|TZ(?v)",
    "17.4.6 Hashes": "MD5(STR(?v))|SHA1(STR(?v))|SHA256(STR(?v))|SHA384(STR(?v))|SHA512(STR(?v))",
    "17.5 Casts": "xsd:boolean(?v)|xsd:double(?v)|xsd:float(?v)|xsd:decimal(?v)|xsd:integer(?v)|xsd:dateTime(?v)"
    "|xsd:string(?v)",
}


def _calls() -> list[Feature]:
    made = []
    for section, calls in _CALLS.items():
        joined = calls.replace("||", "\0")
        for call in joined.split("|"):
            text = call.replace("\0", "||")
            made.append(Feature(section, f"`{text}`", f"SELECT ?p ({text} AS ?r) {{ ?s ?p ?v }}"))
    return made


REFUSED = [
    Feature(
        "Federation",
        "SERVICE, SERVICE SILENT",
        "SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }",
        refused="query-refused",
    )
]
_BARE = "bare Oxigraph does the same"
DEVIATIONS = [
    Feature(
        "9 Property paths",
        "`!()`, the empty set",
        "SELECT * { :ann !() ?x }",
        deviates=f"it is refused; {_BARE}",
    ),
    Feature(
        "9 Property paths",
        "what two members of `|` find",
        "SELECT ?x { :ann (:knows|!:age) ?x }",
        deviates=f"it comes once, instead of twice; {_BARE}",
    ),
    Feature(
        "9 Property paths",
        "an empty path from a term that stands in no triple",
        "SELECT * { :nobody :knows? ?x }",
        deviates=f"nothing, instead of the term itself; {_BARE}",
    ),
    Feature(
        "9 Property paths",
        "an empty path to a term that stands in no triple",
        "SELECT ?x { ?x :knows? :nobody }",
        deviates=f"nothing, instead of the term itself; {_BARE}",
    ),
    Feature(
        "11 Aggregates",
        "GROUP BY (?x AS ?y), a variable named anew",
        "SELECT ?y (COUNT(*) AS ?r) { ?s :age ?x } GROUP BY (?x AS ?y)",
        deviates=f"it is refused, `GROUP BY (COALESCE(?x) AS ?y)` is not; {_BARE}",
    ),
    Feature(
        "11 Aggregates",
        "COUNT of an expression that fails for a row",
        "SELECT (COUNT(?v + 1) AS ?r) { ?s ?p ?v }",
        deviates=f"no count, instead of that of the others; {_BARE}",
    ),
    Feature(
        "15 Modifiers",
        "SELECT ?x ?x, a column twice",
        "SELECT ?s ?s { ?s :age ?n }",
        deviates=f"it is refused; {_BARE}",
    ),
    Feature(
        "13 Datasets",
        "GRAPH ?g around a group that does not use ?g: aggregates, MINUS, BOUND(?g)",
        f"SELECT ?g ?c FROM NAMED {ONE} FROM NAMED {TWO} {{ GRAPH ?g {{ SELECT (COUNT(*) AS ?c) {{ ?s :age ?o }} }} }}",
        deviates=f"?g counts as bound inside, or an aggregate spans all graphs; {_BARE}",
    ),
    Feature(
        "17.4.2 Terms",
        "BNODE(string)",
        "SELECT (BNODE('x') AS ?r) { ?s :age ?n }",
        deviates=f"one node in all solutions, named by the string, instead of one in each; {_BARE}",
    ),
    Feature(
        "17.6 Extensions",
        "a function that is not there",
        "SELECT (:f(?n) AS ?r) { ?s :age ?n }",
        deviates=f"the query fails, instead of the expression; {_BARE}",
    ),
    Feature(
        "17.2 Values",
        "spelling of values: `01`, `1.0`, xsd:int",
        "SELECT (STR(?v) AS ?r) { ?s :score ?v }",
        deviates="the store keeps the value and not its spelling: `1.0e1` is 10, an xsd:int an xsd:integer; "
        + _BARE,
    ),
]
FEATURES = [
    *SYNTAX,
    *PATTERNS,
    *PATHS,
    *DATA,
    *AGGREGATES,
    *SUBQUERIES,
    *DATASETS,
    *MODIFIERS,
    *FORMS,
    *_calls(),
    *REFUSED,
    *DEVIATIONS,
]
