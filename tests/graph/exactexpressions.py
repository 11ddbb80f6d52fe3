"""Generated expressions: every operator and function of SPARQL 1.1 §17, with arguments that often fit.

What differs from one evaluation to the next (`RAND`, `NOW`, `UUID`, `STRUUID`) stands only in expressions whose
value is the same each time.
"""

from collections.abc import Callable

from exactterms import NUMBERS, STRINGS, THINGS, XSD
from exactwriter import Scope, Writer

CASTS = ("boolean", "double", "float", "decimal", "integer", "dateTime", "string")
Wanted = Callable[[Writer, Scope, int], str]


def any_term(w: Writer, scope: Scope, size: int) -> str:
    """An expression of any kind."""
    if size <= 0 or w.dice.below(3) == 0:
        return w.var(scope) if w.dice.below(4) else w.dice.pick([w.thing, w.literal, w.time])()
    return w.dice.pick(_ANY)(w, scope, size - 1)


def boolean(w: Writer, scope: Scope, size: int) -> str:
    """A condition."""
    if size <= 0:
        way = w.dice.below(3)
        if way == 0:
            return _call(
                w, w.dice.pick(("isIRI", "isURI", "isBlank", "isLiteral", "isNumeric")), w.var(scope)
            )
        return _bound(w, scope, size) if way == 1 else _compared(w, scope, 0)
    return w.dice.pick(_BOOLEANS)(w, scope, size - 1)


def number(w: Writer, scope: Scope, size: int) -> str:
    """A number; only such divisions as come out even in binary, so that no sum depends on its order."""
    if size <= 0 or w.dice.below(4) == 0:
        return w.var(scope) if w.dice.below(3) else w.spelled(w.dice.pick(NUMBERS))
    return w.dice.pick(_NUMBERS)(w, scope, size - 1)


def text(w: Writer, scope: Scope, size: int) -> str:
    """A string, with or without a language."""
    if size <= 0 or w.dice.below(4) == 0:
        way = w.dice.below(4)
        if way == 0:
            return w.spelled(w.dice.pick(STRINGS))
        return w.var(scope) if way == 1 else _call(w, "STR", w.var(scope))
    return w.dice.pick(_TEXTS)(w, scope, size - 1)


def moment(w: Writer, scope: Scope, size: int) -> str:
    """A date and time."""
    if w.dice.below(2):
        return w.var(scope)
    return w.time() if w.dice.below(3) else f"xsd:dateTime({text(w, scope, size)})"


def _call(w: Writer, name: str, *arguments: str) -> str:
    w.use(name.upper())
    spelled = name if w.dice.below(3) else w.dice.pick([name.lower(), name.upper()])
    return f"{spelled}({', '.join(arguments)})"


def _one(name: str, argument: Wanted) -> Wanted:
    return lambda w, scope, size: _call(w, name, argument(w, scope, size))


def _two(name: str, first: Wanted, second: Wanted) -> Wanted:
    return lambda w, scope, size: _call(w, name, first(w, scope, size), second(w, scope, size))


def _operator(w: Writer, sign: str, *sides: str) -> str:
    w.use(sign)
    return f"({sides[0]} {sign} {sides[1]})"


# conditions


def _compared(w: Writer, scope: Scope, size: int) -> str:
    side = w.dice.pick((any_term, number, text, moment))
    return _operator(
        w, w.dice.pick(("=", "!=", "<", ">", "<=", ">=")), side(w, scope, size), side(w, scope, size)
    )


def _joined(w: Writer, scope: Scope, size: int) -> str:
    return _operator(w, w.dice.pick(("&&", "||")), boolean(w, scope, size), boolean(w, scope, size))


def _not(w: Writer, scope: Scope, size: int) -> str:
    w.use("!")
    return f"(!{boolean(w, scope, size)})"


def _bound(w: Writer, scope: Scope, size: int) -> str:
    w.use("BOUND")
    return f"BOUND({w.var(scope)})"


def _in(w: Writer, scope: Scope, size: int) -> str:
    word = w.dice.pick(("IN", "NOT IN"))
    w.use(word)
    members = ", ".join(any_term(w, scope, 0) for _ in range(w.dice.below(4)))
    return f"({any_term(w, scope, size)} {word} ({members}))"


def _exists(w: Writer, scope: Scope, size: int) -> str:
    word = w.dice.pick(("EXISTS", "NOT EXISTS"))
    w.use(word)
    return f"({word} {w.group(size, scope)[0]})"


def _regex(w: Writer, scope: Scope, size: int) -> str:
    pattern = w.dice.pick(['"x"', '"^x$"', '"[a-c ]+"', '"."', '"^(1|2)"', '"b/c"'])
    flags = w.dice.pick(["", ', "i"', ', "s"', ', "ix"'])
    w.use("REGEX")
    return f"REGEX({text(w, scope, size)}, {pattern}{flags})"


def _truth(w: Writer, scope: Scope, size: int) -> str:
    w.use("effective boolean value")
    return any_term(w, scope, size)


def _language(w: Writer, scope: Scope, size: int) -> str:
    w.use("LANG")
    return _call(w, "LANGMATCHES", f"LANG({w.var(scope)})", w.dice.pick(['"en"', '"*"', '"EN-gb"', '"fr"']))


def _steady(w: Writer, scope: Scope, size: int) -> str:
    """What is not the same twice, in a condition that is."""
    name, said = w.dice.pick(
        [
            ("RAND", "(RAND() < 1)"),
            ("RAND", "(RAND() >= 0.0)"),
            ("NOW", "(NOW() = NOW())"),
            ("NOW", '(NOW() > "2001-01-01T00:00:00Z"^^xsd:dateTime)'),
            ("UUID", "isIRI(UUID())"),
            ("UUID", "(STRLEN(STR(UUID())) = 45)"),
            ("STRUUID", "(STRLEN(STRUUID()) = 36)"),
            ("BNODE", "isBlank(BNODE())"),
            ("BNODE", "sameTerm(BNODE('x'), BNODE('x'))"),
            ("BNODE", "(BNODE() = BNODE())"),
        ]
    )
    w.use(name)
    return said


def _if(of: Wanted) -> Wanted:
    return lambda w, scope, size: _call(
        w, "IF", boolean(w, scope, size), of(w, scope, size), of(w, scope, size)
    )


def _coalesce(of: Wanted) -> Wanted:
    return lambda w, scope, size: _call(
        w, "COALESCE", *(of(w, scope, size) for _ in range(1 + w.dice.below(3)))
    )


def _cast(w: Writer, scope: Scope, size: int) -> str:
    name = w.dice.pick(CASTS)
    w.use(f"xsd:{name}()")
    spelled = f"xsd:{name}" if w.dice.below(4) else f"<{XSD}{name}>"
    return f"{spelled}({w.dice.pick((any_term, number, text))(w, scope, size)})"


# numbers


def _sum(w: Writer, scope: Scope, size: int) -> str:
    return _operator(w, w.dice.pick(("+", "-", "*")), number(w, scope, size), number(w, scope, size))


def _half(w: Writer, scope: Scope, size: int) -> str:
    return _operator(w, "/", number(w, scope, size), w.dice.pick(("2", "4.0", "0.5e0", "0", "0e0")))


def _signed(w: Writer, scope: Scope, size: int) -> str:
    sign = w.dice.pick(("-", "+"))
    w.use("unary " + sign)
    return f"({sign} {number(w, scope, size)})"


# strings and terms


def _concat(w: Writer, scope: Scope, size: int) -> str:
    return _call(w, "CONCAT", *(text(w, scope, size) for _ in range(w.dice.below(4))))


def _substr(w: Writer, scope: Scope, size: int) -> str:
    count = w.dice.pick([[], ["1"], ["2"], ["100"]])
    return _call(w, "SUBSTR", text(w, scope, size), w.dice.pick(["1", "2", "9"]), *count)


def _replace(w: Writer, scope: Scope, size: int) -> str:
    flags = w.dice.pick([[], ['"i"']])
    pattern, by = w.dice.pick([('"x"', '"y"'), ('"(.)b"', '"$1_"'), ('"[0-9]"', '""'), ('"a"', '"\\\\$"')])
    return _call(w, "REPLACE", text(w, scope, size), pattern, by, *flags)


def _strlang(w: Writer, scope: Scope, size: int) -> str:
    return _call(w, "STRLANG", text(w, scope, size), w.dice.pick(['"en"', '"de"', '"en-GB"']))


def _strdt(w: Writer, scope: Scope, size: int) -> str:
    return _call(w, "STRDT", text(w, scope, size), w.dice.pick(["xsd:integer", "ex:own", "xsd:decimal"]))


def _made_iri(w: Writer, scope: Scope, size: int) -> str:
    name = w.dice.pick(("IRI", "URI"))
    if w.based and w.dice.below(2):
        w.use("BASE")
        return _call(w, name, w.dice.pick(['"n0"', '"../x"', '"#f"']))
    return _call(w, name, w.dice.pick([f'"{THINGS[0].value}"', '"urn:x"', w.var(scope)]))


def _hash(w: Writer, scope: Scope, size: int) -> str:
    return _call(w, w.dice.pick(("MD5", "SHA1", "SHA256", "SHA384", "SHA512")), text(w, scope, size))


_BOOLEANS: list[Wanted] = [
    _compared,
    _compared,
    _compared,
    _compared,
    _joined,
    _joined,
    _not,
    _in,
    _in,
    _exists,
    _exists,
    _exists,
    _regex,
    _truth,
    _language,
    _steady,
    _bound,
    _two("sameTerm", any_term, any_term),
    _two("CONTAINS", text, text),
    _two("STRSTARTS", text, text),
    _two("STRENDS", text, text),
    *(_one(name, any_term) for name in ("isIRI", "isURI", "isBlank", "isLiteral", "isNumeric")),
    _if(boolean),
    _coalesce(boolean),
]
_NUMBERS: list[Wanted] = [
    _sum,
    _sum,
    _half,
    _signed,
    _cast,
    *(_one(name, number) for name in ("ABS", "CEIL", "FLOOR", "ROUND")),
    *(_one(name, moment) for name in ("YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS")),
    _one("STRLEN", text),
    _if(number),
    _coalesce(number),
]
_TEXTS: list[Wanted] = [
    _concat,
    _substr,
    _replace,
    _strlang,
    _hash,
    _one("STR", any_term),
    *(_one(name, text) for name in ("LCASE", "UCASE", "ENCODE_FOR_URI")),
    _two("STRBEFORE", text, text),
    _two("STRAFTER", text, text),
    _one("LANG", any_term),
    _one("TZ", moment),
    _if(text),
]
_ANY: list[Wanted] = [
    boolean,
    number,
    number,
    text,
    text,
    _cast,
    _strdt,
    _made_iri,
    _one("DATATYPE", any_term),
    _one("TIMEZONE", moment),
    _if(any_term),
    _coalesce(any_term),
]


def function(w: Writer, scope: Scope, size: int) -> str:
    """An expression that is some function or operator, each as often as the others."""
    return w.dice.pick(_ALL)(w, scope, size)


_ALL = list(dict.fromkeys([*_BOOLEANS, *_NUMBERS, *_TEXTS, *_ANY]))
