"""Query texts that several tests of the gate share: good ones, and ones that hide a call to an endpoint."""

EX = "http://example.org/"
PREFIX = f"PREFIX ex: <{EX}> "

GOOD = [
    "SELECT * WHERE { ?s ?p ?o }",
    "select distinct ?s where{?s<http://example.org/p>?o}",
    "SELECT ?s { ?s ex:p ex:b . ?s a|ex:p ?o ; ex:p ?x , ?y . FILTER NOT EXISTS { ?s ex:q 1 } }",
    "SELECT (COUNT(*)AS?n){?s ex:p+ ?o}GROUP BY ?o HAVING(COUNT(*)>0)ORDER BY DESC(?n)LIMIT 5 OFFSET 0",
    "ASK { GRAPH ?g { ex:a ex:p ex:b } }",
    "CONSTRUCT { ?s ex:q ?o } WHERE { ?s ex:p ?o }",
    "CONSTRUCT WHERE { ?s ex:p ?o }",
    "DESCRIBE ex:a",
    "SELECT ('it\\'s' AS ?x) {}",
    'SELECT ("""long "quoted" \n line\\"""" AS ?x) (\'\'\'it\'s\'\'\' AS ?y) {}',
    'SELECT ("a"@en-GB AS ?x) ("1"^^ex:t AS ?y) ("\\\\u0041" AS ?z) ("\\\\U00000041\\\\" AS ?w) {}',
    "SELECT (ex:a\\,b%20c AS ?x) (ex:1-2.3 AS ?y) (ex:a.b AS ?z) (ex: AS ?w) {}",
    "SELECT ?x (?x+1 AS ?y) (?x -1 AS ?z) (1.5e3*-2 AS ?w) (.5 AS ?v) { VALUES ?x { 1 2 UNDEF } }",
    "SELECT * { VALUES (?x ?y) { (1 ex:a) (UNDEF 'b') } FILTER(?x < 2 && ?x>0||!false) }",
    "SELECT * { ?s (^ex:p/ex:p)|!(ex:q|^a) ?o . ?s ex:p? ?x . ?s ex:p* ?y }",
    "SELECT * { ?s ex:p ?o LATERAL { SELECT * { ?o ex:q ?z } LIMIT 1 } }",
    "SELECT * { { ?s ex:p ?o } UNION { ?o ex:p ?s } MINUS { ?s ex:q ?o } OPTIONAL { ?s ex:r ?t } }",
    "SELECT * { [] ex:p [ ex:p ( 1 2 ) ] . ( 1 ) ex:p () . _:b.c ex:p _:d }",
    "SELECT * { BIND(<<( ex:a ex:p 1 )>> AS ?t) << ?s ex:p ?o >> ex:q ?x . ?s ex:p ?o ~ ?r {| ex:q 1 |} }",
    "SELECT (GROUP_CONCAT(?x; SEPARATOR=', ') AS ?c) {}",
    "SELECT (IF(BOUND(?x), STRLEN(STR(?x)), COALESCE(?y, 1)) AS ?z) {}",
    "SELECT ?service ('SERVICE <x>' AS ?y) { # SERVICE <x> {}\n BIND(<http://x/#SERVICE> AS ?z) }",
    """SELECT (ABS(-1) AS ?a) (CEIL(1.5) AS ?b) (CONCAT('a', "b") AS ?c) (COALESCE(?x,1) AS ?d)
    (SUBSTR("abc", 2, 1) AS ?f) (REPLACE("abc", "b", "d", "i") AS ?g) (STRDT("1", ex:t) AS ?h)
    (ENCODE_FOR_URI("a b") AS ?j) (LANG("a"@en) AS ?k) (sameTerm(1, 1) AS ?l) (isNumeric(1) AS ?m)
    (STRLANG("a", "de") AS ?o) (STRBEFORE("a-b", "-") AS ?p) (UCASE("a") AS ?q) (SHA256("") AS ?n)
    (IRI("x:y") AS ?e) (YEAR(NOW()) AS ?i) (TRIPLE(ex:a, ex:b, 1) AS ?r) {}""",
    "SELECT * { ?s ex:p true.FILTER(true) }",
    "SELECT $x { $x ex:p ?b . FILTER(?x IN (ex:a, ex:b) && REGEX(STR(?x), '(a+)+$')) }",
]

HIDDEN = [  # the engine calls the endpoint when it gets these texts
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { sErViCe<URL>{} }",
    "SELECT * { SERVICE SILENT <URL> {} }",
    "SELECT * { SERVICESILENT<URL>{} }",
    "PREFIX e: <URL> SELECT * { SERVICEe: {} }",
    "PREFIX e: <URL> PREFIX SERVICEe: <a:> SELECT * { SERVICEe:x {} }",
    "PREFIX : <URL> PREFIX service: <a:> SELECT * { service:x {} }",
    "PREFIX e: <URL> PREFIX serviceSILENTe: <a:> SELECT * { serviceSILENTe:x {} }",
    "PREFIX e: <a:> SELECT * { OPTIONAL { e:a e:b e:c.d.SERVICE <URL> {} } }",
    "SELECT * { VALUES ?u { <URL> } SERVICE ?u {} }",
    'SELECT * { BIND("a\\u005C" AS ?x) SERVICE <URL> {} BIND("" AS ?y) }',
    "SELECT * { FILTER(1<2)SERVICE<URL>{} FILTER(3>2) }",
    "SELECT * { FILTER EXISTS { SERVICE <URL> {} } }",
    "SELECT * { { SELECT * { SERVICE <URL> {} } } }",
    "SELECT * { # \r SERVICE <URL> {}\n }",
]
