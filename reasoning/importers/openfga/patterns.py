"""Who has a relation to an object, as a pattern over governance, and its SPARQL.

A pattern binds `?actor` and the object it is written for. Steps from object to object that may be repeated
are property paths.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ....graph.vocabulary import XSD
from . import celsparql, celvalues
from .cel import Expression, Given
from .naming import Names
from .paths import EMPTY, Path, text
from .paths import size as path_size

REQUEST: Final = "?request"

_LISTED: Final = frozenset({"string", "int", "uint", "bool"})
"""Kinds of which a request may give a list: what it says is of the kind as it stands."""


@dataclass(frozen=True, slots=True)
class Direct:
    """The actors that a predicate leads to."""

    predicate: str


@dataclass(frozen=True, slots=True)
class Everyone:
    """All actors of a class, where a predicate leads to the class."""

    predicate: str
    kind: str


@dataclass(frozen=True, slots=True)
class Via:
    """The actors of another object, to which a path leads."""

    path: Path
    inner: "Pattern"


@dataclass(frozen=True, slots=True)
class When:
    """Those whom named tuples lead to, if what the condition says is so.

    `kind` is a class where the tuple says everybody; `inner` is for a subject that is a userset.
    """

    predicate: str
    condition: str
    expression: Expression
    kind: str = ""
    inner: "Pattern | None" = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Those of one of these."""

    parts: "tuple[Pattern, ...]"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Those of all of these."""

    parts: "tuple[Pattern, ...]"


@dataclass(frozen=True, slots=True)
class Except:
    """Those of the one but not of the other."""

    base: "Pattern"
    minus: "Pattern"


@dataclass(frozen=True, slots=True)
class Never:
    """Nobody."""


@dataclass(frozen=True, slots=True)
class Always:
    """Everybody: stands only for what cannot be said, where it takes away."""


Pattern: TypeAlias = Direct | Everyone | Via | When | AnyOf | AllOf | Except | Never | Always
NEVER: Final = Never()
ALWAYS: Final = Always()


def any_of(parts: Iterable[Pattern]) -> Pattern:
    """Those of one of the parts, each part once."""
    found: dict[Pattern, None] = {}
    for part in parts:
        found |= dict.fromkeys(part.parts if isinstance(part, AnyOf) else (part,))
    found.pop(NEVER, None)
    if ALWAYS in found:
        return ALWAYS
    return NEVER if not found else next(iter(found)) if len(found) == 1 else AnyOf(tuple(found))


def all_of(parts: Iterable[Pattern]) -> Pattern:
    """Those of all of the parts."""
    found: dict[Pattern, None] = {}
    for part in parts:
        found |= dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,))
    found.pop(ALWAYS, None)
    if NEVER in found:
        return NEVER
    return ALWAYS if not found else next(iter(found)) if len(found) == 1 else AllOf(tuple(found))


def but_not(base: Pattern, minus: Pattern) -> Pattern:
    """Those of the one but not of the other; of everybody nobody is taken, for no pattern says who is left."""
    if base == NEVER or minus == ALWAYS:
        return NEVER
    return base if minus == NEVER or base == ALWAYS else Except(base, minus)


def via(path: Path, inner: Pattern) -> Pattern:
    """Those of what a path leads to."""
    if inner in (NEVER, ALWAYS) or path == EMPTY:
        return inner
    return Via(path, inner)


@dataclass(slots=True)
class Writer:
    """Writes patterns; notes what they read beside governance.

    `now` are the parameters that the request's own time stands for.
    """

    names: Names
    now: frozenset[str] = frozenset()
    reads: set[str] = field(default_factory=set)
    _count: int = 0

    def write(self, pattern: Pattern, subject: str, *, takes: bool = False, indent: str = "  ") -> list[str]:
        """The lines of a pattern for an object; `takes` where what it gives is taken away."""
        if isinstance(pattern, Direct):
            return [f"{indent}{subject} <{pattern.predicate}> ?actor ."]
        if isinstance(pattern, Everyone):
            kind = f"<{pattern.kind}>"
            known = (
                "" if takes else f" ?actor a {kind} ."
            )  # from whoever is not known to be one, it is taken, too
            return [f"{indent}{subject} <{pattern.predicate}> {kind} .{known}"]
        if isinstance(pattern, Via):
            other = self._variable("x")
            step = f"{indent}{subject} {text(pattern.path)} {other} ."
            return [step, *self.write(pattern.inner, other, takes=takes, indent=indent)]
        if isinstance(pattern, When):
            return self._when(pattern, subject, takes, indent)
        if isinstance(pattern, AnyOf):
            lines: list[str] = []
            for number, part in enumerate(pattern.parts):
                lines.append(f"{indent}UNION {{" if number else f"{indent}{{")
                lines += self.write(part, subject, takes=takes, indent=indent + "  ")
                lines.append(f"{indent}}}")
            return lines
        if isinstance(pattern, AllOf):
            return [
                line
                for part in pattern.parts
                for line in (
                    f"{indent}{{",
                    *self.write(part, subject, takes=takes, indent=indent + "  "),
                    f"{indent}}}",
                )
            ]
        if isinstance(pattern, Except):
            return [
                f"{indent}{{",
                *self.write(pattern.base, subject, takes=takes, indent=indent + "  "),
                f"{indent}  FILTER NOT EXISTS {{",
                *self.write(pattern.minus, subject, takes=not takes, indent=indent + "    "),
                f"{indent}  }}",
                f"{indent}}}",
            ]
        raise TypeError(pattern)

    def _variable(self, letter: str) -> str:
        self._count += 1
        return f"?{letter}{self._count}"

    def _when(self, pattern: When, subject: str, takes: bool, indent: str) -> list[str]:
        """A named tuple, the values of its condition, and the condition; one without an answer takes away."""
        one = self._variable("t")
        lines = [f"{indent}{subject} <{pattern.predicate}> {one} ."]
        if pattern.kind:
            known = "" if takes else f" ?actor a <{pattern.kind}> ."
            lines.append(f"{indent}{one} <{self.names.subject}> <{pattern.kind}> .{known}")
        elif pattern.inner is None:
            lines.append(f"{indent}{one} <{self.names.subject}> ?actor .")
        else:
            other = self._variable("x")
            lines.append(f"{indent}{one} <{self.names.subject}> {other} .")
            lines += self.write(pattern.inner, other, takes=takes, indent=indent)
        bound: dict[str, celsparql.Scalar | celsparql.Many] = {}
        for name, given in celsparql.parameters(pattern.expression).items():
            bound[name], more = self._value(pattern.condition, given, one, indent)
            lines += more
        expression = celsparql.write(pattern.expression, bound)
        said = f"COALESCE({expression}, true)" if takes else expression
        return [f"{indent}{{", *("  " + line for line in lines), f"{indent}  FILTER({said})", f"{indent}}}"]

    def _value(
        self, condition: str, given: Given, one: str, indent: str
    ) -> tuple[celsparql.Scalar | celsparql.Many, list[str]]:
        """What stands for a parameter: what the tuple stores, else what the request says."""
        value = self._variable("v")
        stored = f"{one} <{self.names.parameter(condition, given.name)}>"
        asked = f"{REQUEST} <{self.names.context(given.name)}>"
        if given.kind == "list":
            datatype = celvalues.DATATYPES[given.item] if given.item in _LISTED else ""
            self.reads |= {"request"} if datatype else set()
            lines = [f"{indent}OPTIONAL {{ {stored} {value} }}"]
            return celsparql.Many(value, f"<{self.names.item}>", asked if datatype else "", datatype), lines
        lines = [f"{indent}OPTIONAL {{ {stored} {value}s }}"]
        if given.name in self.now and given.kind == "timestamp":
            self.reads.add("now")
            lines.append(f"{indent}BIND(COALESCE({value}s, ?now) AS {value})")
            return celsparql.Scalar(value), lines
        self.reads.add("request")
        said = f"{value}r"
        test, cast = _asked(given.kind, said)
        lines += [
            f"{indent}OPTIONAL {{ GRAPH {REQUEST} {{ {asked} {said} }} FILTER({test})",
            f"{indent}  FILTER NOT EXISTS {{ GRAPH {REQUEST} {{ {asked} {value}o }} FILTER(!sameTerm({value}o, {said})) }} }}",
            f"{indent}BIND(COALESCE({value}s, {cast}) AS {value})",
        ]
        return celsparql.Scalar(value), lines


def _asked(kind: str, variable: str) -> tuple[str, str]:
    """Whether a value of a request is of a kind, and the value; times and durations may come as texts."""
    datatype = celvalues.DATATYPES[kind]
    if kind == "timestamp":
        cast = f"<{datatype}>(STR({variable}))"
        return f'TZ({cast}) != ""', cast
    if kind == "duration":
        cast = f"<{datatype}>(STR({variable}))"
        return f"{cast} = {cast}", cast
    if kind == "double":
        numbers = f"<{datatype}>, <{XSD.INTEGER}>, <{XSD.DECIMAL}>"
        return f"DATATYPE({variable}) IN ({numbers})", f"<{datatype}>({variable})"
    return f"DATATYPE({variable}) = <{datatype}>", variable


def size(pattern: Pattern) -> int:
    """How many parts a pattern has."""
    if isinstance(pattern, AnyOf | AllOf):
        return sum(map(size, pattern.parts))
    if isinstance(pattern, Except):
        return size(pattern.base) + size(pattern.minus)
    inner = pattern.inner if isinstance(pattern, Via | When) else None
    steps = path_size(pattern.path) if isinstance(pattern, Via) else 1
    return steps + (size(inner) if inner is not None else 0)
