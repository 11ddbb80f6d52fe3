"""SPARQL 1.1 Update, operation by operation, as somebody who may write a part of what there is."""

from dataclasses import dataclass

from featureworld import CLOSED, OPEN


@dataclass(frozen=True)
class Operation:
    """An operation by its section; `bare` is what bare Oxigraph is told, whose default graph is not a merge.

    `refused`: the status of a refusal by design.
    """

    section: str
    name: str
    text: str
    bare: str = ""
    refused: int = 0


ONE, TWO, NEW, HID = f"<{OPEN}one>", f"<{OPEN}two>", f"<{OPEN}new>", f"<{CLOSED}one>"
BOTH = f"USING {ONE} USING {TWO}"


def _of(section: str, *cases: tuple[str, ...]) -> list[Operation]:
    return [Operation(section, *case) for case in cases]


OPERATIONS = [
    *_of(
        "3.1 Graph update",
        ("INSERT DATA", f"INSERT DATA {{ GRAPH {ONE} {{ :eva :age 5 }} GRAPH {NEW} {{ :eva :age 6 }} }}"),
        ("INSERT DATA into the default graph", "INSERT DATA { :eva :age 5 }"),
        (
            "INSERT DATA with blank nodes",
            f"INSERT DATA {{ GRAPH {ONE} {{ _:n :name 'N' ; :knows _:n , [] }} }}",
        ),
        ("DELETE DATA", f"DELETE DATA {{ GRAPH {TWO} {{ :bob :age 27 . :bob :age 28 }} }}"),
        (
            "DELETE and INSERT",
            "DELETE { GRAPH ?g { ?s :age ?n } } INSERT { GRAPH ?g { ?s :old ?n } } "
            "WHERE { GRAPH ?g { ?s :age ?n } }",
        ),
        (
            "DELETE alone",
            f"DELETE {{ GRAPH {ONE} {{ ?s :knows ?o }} }} WHERE {{ GRAPH {ONE} {{ ?s :knows ?o }} }}",
        ),
        (
            "INSERT with blank nodes in the template",
            f"INSERT {{ GRAPH {NEW} {{ [] :of ?s }} }} WHERE {{ GRAPH {TWO} {{ ?s :age ?n }} }}",
        ),
        (
            "INSERT from the merge",
            f"INSERT {{ GRAPH {NEW} {{ ?s :has ?n }} }} WHERE {{ ?s :age ?n }}",
            f"INSERT {{ GRAPH {NEW} {{ ?s :has ?n }} }} {BOTH} WHERE {{ ?s :age ?n }}",
        ),
        ("WITH", f"WITH {TWO} DELETE {{ ?s :age ?n }} INSERT {{ ?s :age 1 }} WHERE {{ ?s :age ?n }}"),
        (
            "USING",
            f"INSERT {{ GRAPH {NEW} {{ ?s :has ?n }} }} USING {TWO} USING {HID} WHERE {{ ?s :age ?n }}",
        ),
        (
            "USING NAMED",
            f"INSERT {{ GRAPH {NEW} {{ ?s :in ?g }} }} USING NAMED {TWO} USING NAMED {HID} "
            "WHERE { GRAPH ?g { ?s :age ?n } }",
        ),
        ("DELETE WHERE", "DELETE WHERE { GRAPH ?g { ?s :knows ?o } }"),
        ("CLEAR GRAPH", f"CLEAR GRAPH {ONE}"),
        ("CLEAR DEFAULT", "INSERT DATA { :a :b 1 } ; CLEAR DEFAULT"),
        ("CLEAR NAMED", "INSERT DATA { :a :b 1 } ; CLEAR NAMED"),
        ("CLEAR ALL", "CLEAR ALL"),
        ("LOAD", "LOAD <http://127.0.0.1:1/x.ttl>", "", 400),
    ),
    *_of(
        "3.2 Graph management",
        ("CREATE", f"CREATE GRAPH {NEW}"),
        ("CREATE of what is there", f"CREATE SILENT GRAPH {ONE}"),
        ("DROP GRAPH", f"DROP GRAPH {TWO}"),
        ("DROP of what is not there, SILENT", f"DROP SILENT GRAPH {NEW}"),
        ("DROP DEFAULT", "INSERT DATA { :a :b 1 } ; DROP DEFAULT"),
        ("DROP NAMED", "DROP NAMED"),
        ("DROP ALL", "DROP ALL"),
        ("COPY", f"COPY {ONE} TO {TWO}"),
        ("COPY to the default graph", f"COPY {ONE} TO DEFAULT"),
        ("MOVE", f"MOVE {ONE} TO {NEW}"),
        ("ADD", f"ADD {ONE} TO {TWO}"),
    ),
    *_of(
        "3 Requests",
        (
            "several operations, one whole",
            f"INSERT DATA {{ GRAPH {NEW} {{ :a :b 1 }} }} ; DELETE WHERE {{ GRAPH {NEW} "
            f"{{ ?s ?p 1 }} }} ; INSERT DATA {{ GRAPH {NEW} {{ :a :b 2 }} }}",
        ),
        (
            "PREFIX between operations",
            f"INSERT DATA {{ GRAPH {NEW} {{ :a :b 1 }} }} ; PREFIX : <urn:y:> "
            f"INSERT DATA {{ GRAPH {NEW} {{ :a :b 2 }} }}",
            f"INSERT DATA {{ GRAPH {NEW} {{ :a :b 1 . <urn:y:a> <urn:y:b> 2 }} }}",  # bare Oxigraph cannot read it
        ),
    ),
]
"""What names a hidden graph to write it is refused like what names one that is not there; the tests of writes show it."""
