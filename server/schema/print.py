"""SPARQL text of the algebra: the one place where a generated query becomes text, and terms are escaped."""

import re

from ...graph.terms import NamedNode
from .algebra import (
    As,
    By,
    Call,
    Exists,
    Expression,
    Filter,
    Iri,
    Lateral,
    Optional,
    Pattern,
    Select,
    Text,
    Triple,
    Union,
    Values,
    Var,
)

# IRIREF of SPARQL 1.1 §19.8, and absolute, since there is no BASE to resolve it against
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_CODE_POINT = re.compile(r"\\(?=[uU])")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def is_iri(value: str) -> bool:
    """Whether `value` can name anything: an absolute IRI (RFC 3987) that IRIREF can hold."""
    if _IRI.fullmatch(value) is None:
        return False
    try:
        NamedNode(value)
    except ValueError:
        return False
    return True


def is_text(value: str) -> bool:
    """Whether a query can hold `value`: no NUL, no lone surrogate."""
    return _NO_TEXT.search(value) is None


def select(query: Select) -> str:
    """The text of `query`; raises `ValueError` for a term that cannot be written."""
    parts = ["SELECT", *(_projected(item) for item in query.projection), "WHERE", _group(query.where)]
    if query.group:
        parts += ["GROUP BY", *map(_variable, query.group)]
    if query.order:
        parts += ["ORDER BY", *map(_by, query.order)]
    if query.limit is not None:
        parts.append(f"LIMIT {query.limit:d}")
    return " ".join(parts)


def _projected(item: Var | As) -> str:
    if isinstance(item, Var):
        return _variable(item)
    return f"({expression(item.expression)} AS {_variable(item.variable)})"


def _by(key: By) -> str:
    return f"{'DESC' if key.descending else 'ASC'}({expression(key.expression)})"


def _group(where: tuple[Pattern, ...]) -> str:
    return "{ " + " ".join(map(_pattern, where)) + " }"


def _pattern(pattern: Pattern) -> str:
    match pattern:
        case Triple(subject, predicate, value):
            return f"{expression(subject)} {expression(predicate)} {expression(value)} ."
        case Values(variable, terms):
            if any(isinstance(term, Text) and "\\" in term.value for term in terms):
                raise ValueError("a text that cannot be printed as one term")
            return f"VALUES {_variable(variable)} {{ {' '.join(map(expression, terms))} }}"
        case Filter(condition):
            return f"FILTER({expression(condition)})"
        case Optional(where):
            return f"OPTIONAL {_group(where)}"
        case Union(left, right):
            return f"{_group(left)} UNION {_group(right)}"
        case Lateral(group):
            return f"LATERAL {{ {select(group) if isinstance(group, Select) else _pattern(group)} }}"
        case Select():
            return f"{{ {select(pattern)} }}"


def expression(item: Expression) -> str:
    """The text of a term or an expression."""
    match item:
        case Var():
            return _variable(item)
        case Iri(value):
            if not is_iri(value):
                raise ValueError("an IRI that cannot be written")
            return f"<{value}>"
        case Text(value, datatype):
            return _literal(value, datatype)
        case Exists(where, negated):
            return f"{'NOT ' if negated else ''}EXISTS {_group(where)}"
        case Call("!", (inner,)):
            return f"(! {expression(inner)})"
        case Call("COUNT", (inner,)):
            return f"COUNT(DISTINCT {expression(inner)})"
        case Call(("STR" | "ISIRI" | "CONTAINS" | "BOUND" | "MIN") as name, arguments):
            return f"{name}({', '.join(map(expression, arguments))})"
        case Call(operator, arguments):
            return "(" + f" {operator} ".join(map(expression, arguments)) + ")"


def _variable(variable: Var) -> str:
    if _NAME.fullmatch(variable.name) is None:
        raise ValueError("a variable that cannot be written")
    return f"?{variable.name}"


def _literal(value: str, datatype: str | None) -> str:
    if not is_text(value):
        raise ValueError("a text that cannot be written")
    # A backslash before `u` would be a code point escape (§19.2) to whoever decodes those before
    # reading strings, so the text is cut between the two: no reader can take it for one.
    pieces = _CODE_POINT.split(value)
    texts = [piece + "\\" for piece in pieces[:-1]] + [pieces[-1]]
    printed = [f'"{piece.translate(_ESCAPES)}"' for piece in texts]
    whole = printed[0] if len(printed) == 1 else f"CONCAT({', '.join(printed)})"
    if datatype is None:
        return whole
    iri = expression(Iri(datatype))
    return f"{whole}^^{iri}" if len(printed) == 1 else f"STRDT({whole}, {iri})"
