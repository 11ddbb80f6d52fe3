"""The features of SPARQL 1.1 Query that generated queries must have had, named as the writer notes them."""

QUERY_FEATURES = frozenset(
    name.strip()
    for line in """
    SELECT; ASK; CONSTRUCT; CONSTRUCT WHERE; DESCRIBE; SELECT *; SELECT expressions; DISTINCT; REDUCED
    FROM; FROM NAMED; protocol dataset; GRAPH ?g; GRAPH <g>; BASE; code point escape; long strings; short literals
    blank nodes in patterns; blank node property lists; collections; object lists; predicate-object lists; a
    variable predicate; nested groups; OPTIONAL; UNION; MINUS; FILTER; BIND; VALUES; UNDEF; sub-SELECT
    path: inverse; path: sequence; path: alternative; path: zero or more; path: one or more; path: zero or one
    path: negated; path: negated set; path: negated inverse
    COUNT; SUM; MIN; MAX; AVG; SAMPLE; GROUP_CONCAT; COUNT DISTINCT; SUM DISTINCT; MIN DISTINCT; MAX DISTINCT
    AVG DISTINCT; SAMPLE DISTINCT; GROUP_CONCAT DISTINCT; GROUP BY; GROUP BY expression; HAVING
    ORDER BY; LIMIT; OFFSET; EXISTS; NOT EXISTS; effective boolean value
    =; !=; <; >; <=; >=; &&; ||; !; +; -; *; /; unary +; unary -; IN; NOT IN
    BOUND; IF; COALESCE; SAMETERM; ISIRI; ISURI; ISBLANK; ISLITERAL; ISNUMERIC; STR; LANG; DATATYPE; IRI; URI
    BNODE; STRDT; STRLANG; UUID; STRUUID; STRLEN; SUBSTR; UCASE; LCASE; STRSTARTS; STRENDS; CONTAINS; STRBEFORE
    STRAFTER; ENCODE_FOR_URI; CONCAT; LANGMATCHES; REGEX; REPLACE; ABS; ROUND; CEIL; FLOOR; RAND; NOW; YEAR; MONTH
    DAY; HOURS; MINUTES; SECONDS; TIMEZONE; TZ; MD5; SHA1; SHA256; SHA384; SHA512
    xsd:boolean(); xsd:double(); xsd:float(); xsd:decimal(); xsd:integer(); xsd:dateTime(); xsd:string()
    """.strip().splitlines()
    for name in line.split(";")
)
