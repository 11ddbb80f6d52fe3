"""The terms that generated data and generated queries are made of."""

from exactdice import Dice

from ambit.graph.terms import BlankNode, Literal, NamedNode, Object, Triple

EX = "http://example.org/ns/"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

THINGS = [NamedNode(f"{EX}n{number}") for number in range(3)] + [NamedNode(EX + "ü%20b")]
PREDICATES = [NamedNode(f"{EX}p{number}") for number in range(3)]
TYPE = NamedNode(RDF + "type")
CLASSES = [NamedNode(EX + "C0"), NamedNode(EX + "C1")]
FIRST, REST, NIL = (NamedNode(RDF + name) for name in ("first", "rest", "nil"))
BLANKS = [BlankNode("b0"), BlankNode("b1"), BlankNode("c0ffee")]
"""Of all graphs: what keeps their labels lets them meet, what renames them does not."""


def typed(value: str, datatype: str) -> Literal:
    """A literal of an XSD datatype."""
    return Literal(value, datatype=NamedNode(XSD + datatype))


# sums of these are exact in any order: whole numbers, halves and quarters
NUMBERS = [
    typed("1", "integer"),
    typed("2", "integer"),
    typed("01", "integer"),
    typed("-7", "integer"),
    typed("1.5", "decimal"),
    typed("1.0", "decimal"),
    typed("2.5E-1", "double"),
    typed("1", "double"),
    typed("0.5", "float"),
    typed("5", "int"),
    typed("NaN", "double"),
    typed("INF", "double"),
    typed("-INF", "double"),
]
TIMES = [
    typed("2024-02-29T12:30:15.5Z", "dateTime"),
    typed("2024-02-29T12:30:15.50+00:00", "dateTime"),
    typed("2024-02-29T14:30:15-08:00", "dateTime"),
    typed("2024-02-29T12:30:15", "dateTime"),
    typed("2024-02-29", "date"),
    typed("2023-12-31+02:00", "date"),
    typed("24:00:00", "time"),
    typed("PT36H", "dayTimeDuration"),
    typed("P1Y2M", "duration"),
    typed("2024", "gYear"),
]
STRINGS = [
    Literal("x"),
    Literal("X"),
    Literal(""),
    Literal("x", language="en"),
    Literal("x", language="EN"),
    Literal("x", language="en-GB"),
    Literal("chat", language="fr"),
    Literal("a b/c?d=e&f"),
    Literal('say "hi"\\\n\ttab \U0001f600 é'),
    Literal("10"),
    Literal("2.5"),
]
OTHERS = [
    typed("true", "boolean"),
    typed("0", "boolean"),
    typed("x", "integer"),
    typed("2024-02-30", "date"),
    typed("9223372036854775808", "integer"),
    typed("1.0000000000000000000000001", "decimal"),
    typed("0AFF", "hexBinary"),
    Literal("x", datatype=NamedNode(EX + "own")),
    Literal("<b>x</b>", datatype=NamedNode(RDF + "HTML")),
]
LITERALS = [*NUMBERS, *TIMES, *STRINGS, *OTHERS]

# what many graphs say; the rest few say
SHARED = [
    Triple(THINGS[0], PREDICATES[0], THINGS[1]),
    Triple(THINGS[1], PREDICATES[0], THINGS[2]),
    Triple(THINGS[1], PREDICATES[1], BLANKS[0]),
    Triple(BLANKS[0], PREDICATES[0], THINGS[0]),
    Triple(THINGS[0], PREDICATES[1], NUMBERS[2]),
    Triple(THINGS[2], PREDICATES[1], STRINGS[4]),
    Triple(THINGS[2], TYPE, CLASSES[0]),
]


def drawn_triples(dice: Dice, own: str) -> list[Triple]:
    """One thing that a graph says; `own` names the blank nodes that are its alone."""
    kind = dice.below(14)
    if kind < 2:
        return [dice.pick(SHARED)]
    subject = dice.pick([*THINGS, *BLANKS, BlankNode(own)])
    if kind < 4:
        return [Triple(subject, TYPE, dice.pick(CLASSES))]
    if kind == 4:
        return _list(dice, subject, own)
    objects: list[Object] = [*THINGS, *BLANKS, BlankNode(own), *CLASSES]
    chosen: Object = dice.pick(LITERALS) if kind < 8 else dice.pick(objects)
    return [Triple(subject, dice.pick(PREDICATES), chosen)]


def _list(dice: Dice, subject: NamedNode | BlankNode, own: str) -> list[Triple]:
    """A collection of one or two members."""
    members = dice.some([THINGS[0], NUMBERS[0], STRINGS[0]], 1, 2)
    cells = [BlankNode(f"{own}l{number}") for number in range(len(members))]
    said = [Triple(subject, dice.pick(PREDICATES), cells[0])]
    for number, member in enumerate(members):
        after = cells[number + 1] if number + 1 < len(cells) else NIL
        said += [Triple(cells[number], FIRST, member), Triple(cells[number], REST, after)]
    return said
