"""What all parts of a generated query share: choices, names, and how terms are spelled."""

from collections.abc import Callable, Sequence

from exactdice import Dice
from exactterms import CLASSES, EX, LITERALS, PREDICATES, RDF, THINGS, TIMES, XSD

from ambit.graph.terms import Literal, NamedNode

VARIABLES = ("a", "b", "c", "d")
Scope = Sequence[str]


class Writer:
    """Writes one query. `used` collects the features of SPARQL that it has, as `exactfeatures` names them."""

    def __init__(self, dice: Dice):
        self.dice = dice
        self.used: set[str] = set()
        self.group: Callable[[int, Scope], tuple[str, list[str]]]  # a group graph pattern in braces
        self.subselect: Callable[[int, Scope], tuple[str, list[str]]]
        self.based = dice.once_in(4)  # names are spelled relative to BASE
        self.graphs: Sequence[str] = ()  # named graphs that GRAPH may name
        self.patterns = 6  # triple patterns that may match anything; what is joined multiplies
        self._fresh = 0

    def use(self, *features: str) -> None:
        """Notes features."""
        self.used.update(features)

    def fresh(self, stem: str = "v") -> str:
        """A name that stands nowhere else in the query."""
        self._fresh += 1
        return f"{stem}{self._fresh}"

    def variable(self, scope: Scope, *, bound: int = 5) -> str:
        """A variable's name; all but one in `bound` times one that is in scope."""
        if scope and not self.dice.once_in(bound):
            return self.dice.pick(scope)
        return self.dice.pick(VARIABLES)

    def var(self, scope: Scope, *, bound: int = 5) -> str:
        """A variable, with either sign (§4.1.3)."""
        return ("$" if self.dice.once_in(8) else "?") + self.variable(scope, bound=bound)

    # names

    def iri(self, term: NamedNode) -> str:
        """An IRI in one of the ways to spell it (§4.1.1)."""
        iri = term.value
        for prefix, namespace in (("xsd:", XSD), ("rdf:", RDF)):
            if iri.startswith(namespace):
                return prefix + iri.removeprefix(namespace)
        if not iri.startswith(EX):
            return f"<{iri}>"
        way, local = self.dice.below(6), iri.removeprefix(EX)
        if way == 1 and local[0] == "n":
            return ":" + local[1:]
        if way == 2 and self.based:
            self.use("BASE")
            return f"<{self.dice.pick(['', './', '../ns/', '/ns/'])}{local}>"
        if way == 3:
            self.use("code point escape")
            return f"<{iri[:-1]}\\u{ord(iri[-1]):04X}>"
        if way == 4:
            return f"<{iri}>"
        return "ex:" + local

    def thing(self) -> str:
        """A thing's name."""
        return self.iri(self.dice.pick(THINGS))

    def predicate(self) -> str:
        """A predicate's name; `a` for rdf:type where that may stand."""
        return self.iri(self.dice.pick(PREDICATES))

    def class_(self) -> str:
        """A class's name."""
        return self.iri(self.dice.pick(CLASSES))

    # literals

    def literal(self) -> str:
        """Any literal of the data."""
        return self.spelled(self.dice.pick(LITERALS))

    def time(self) -> str:
        """A date, time or duration."""
        return self.spelled(self.dice.pick(TIMES))

    def spelled(self, term: Literal) -> str:
        """A literal in one of the ways to spell it (§4.1.2)."""
        datatype = term.datatype.value
        short = datatype.removeprefix(XSD)
        if self.dice.below(2) and (
            (short == "integer" and term.value.lstrip("-").isdigit() and len(term.value) < 10)
            or (short == "decimal" and len(term.value) < 5)
            or (short == "boolean" and term.value == "true")
        ):
            self.use("short literals")
            return term.value
        text = self.quoted(term.value)
        if term.language:
            return f"{text}@{term.language}"
        if datatype == XSD + "string":
            return text
        return f"{text}^^{self.iri(term.datatype)}"

    def quoted(self, value: str) -> str:
        """A string in one of the four quotations, with what must be escaped and some that need not."""
        escaped = value.replace("\\", "\\\\").replace("\t", "\\t")
        quote = self.dice.pick(['"', "'", '"""', "'''"])
        if len(quote) == 1:
            escaped = escaped.replace("\n", "\\n")
        else:
            self.use("long strings")
        escaped = escaped.replace(quote[0], "\\" + quote[0])
        if escaped and escaped[0].isalnum() and self.dice.once_in(6):
            self.use("code point escape")
            escaped = f"\\u{ord(escaped[0]):04X}" + escaped[1:]
        return f"{quote}{escaped}{quote}"
