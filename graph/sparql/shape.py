"""How heavy a query is for the engine, told from its tokens alone: nesting, chains, and what is joined.

Nothing is parsed. A stack of brackets with a little state says whether the next term is a subject, a
predicate or an object; of a text that is not SPARQL the numbers mean nothing, and the engine refuses it.

Measured with pyoxigraph 0.5.13 in child processes, on two busy cores, with a stack of 2 MB, a quarter of
the usual one:

- Chains (UNION, FILTER, BIND, `||`, `+`, `/` and the like) become trees as deep as the chain is long, walked
  by recursion: 1,000 links of BIND, MINUS or VALUES and 4,000 of `||` end the process, 256 of any do not.
  A link is an operator or a bracket beside others; what brackets hold inside is added, the longest of it.
- Planning grows with the third to fourth power of the number of patterns joined: 64 triple patterns about
  one subject took 0.3 to 0.8 s, 128 took 7 s, 64 OPTIONALs beside each other 0.4 s, 128 groups 5 s. Scopes
  that are planned by themselves add up. Hence the bound on the sum of the cubes, each scope counting once
  (a half or a quarter, where that was cheap) in the one around it; at the bound planning takes about 1 s.
- Names outside of patterns (projections, templates) cost the square of their number: 4,000 took 0.07 s.
"""

from dataclasses import dataclass
from enum import Enum, auto

from ..errors import QueryRefused, TooLarge

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
CLAUSE_NAMES = 4_096  # names in projections, groupings, orders and templates


class Place(Enum):
    """What a term at this point of a bracket would be."""

    SUBJECT = auto()
    PREDICATE = auto()
    OBJECT = auto()
    DONE = auto()  # a whole triple pattern stands
    CONSTRAINT = auto()  # after FILTER or BIND, until its bracket closes
    CLAUSE = auto()  # after SELECT, GRAPH, VALUES and the like, until a brace opens


class Kind(Enum):
    """What a bracket encloses."""

    TOP = auto()
    GROUP = auto()
    TEMPLATE = auto()
    DATA = auto()
    EXPRESSION = auto()
    LIST = auto()  # a collection
    PATH = auto()
    NODE = auto()  # [ … ], << … >>, {| … |}


@dataclass(slots=True)
class Frame:
    """One open bracket."""

    kind: Kind
    close: str
    place: Place
    alone: float = -1.0  # planned by itself, and counts this much in the scope around it; -1: joined with it
    links: int = 0  # operators, and brackets one after the other
    reach: int = 0  # of the deepest bracket inside
    weight: float = 0.0  # triple patterns joined here
    pending: float = 0.0  # of the group just closed, until we know that no UNION follows
    word: str = ""  # the last keyword
    classes: bool = False  # objects of the predicate at hand are classes, or may be
    template: bool = False


_TRIPLES = frozenset((Kind.GROUP, Kind.TEMPLATE, Kind.NODE))
_LINKS = frozenset(("||", "&&", "+", "-", "*", "/", "|", "!", "^", "=", "!=", "<", ">", "<=", ">=", "?"))
_CLAUSES = frozenset(
    ("select", "where", "graph", "values", "group", "having", "order", "limit", "offset", "from", "describe")
)
_ALONE = {"optional": 1.0, "lateral": 1.0, "union": 0.25, "minus": 0.25, "exists": 0.25}
_PAIRS = {"{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
_CLOSERS = frozenset(_PAIRS.values())


class Shape:
    """Takes the tokens one by one; raises `TooLarge` or `QueryRefused`; the gate adds the place."""

    def __init__(self, *, depth: int, chain: int, patterns: int):
        self._depth, self._chain, self._patterns = depth, chain, patterns
        self._stack = [Frame(Kind.TOP, "", Place.CLAUSE)]
        self._cost, self._names = 0.0, 0
        self.implied: set[str] = set()  # IRIs that the notation stands for
        self.variable_predicate = self.variable_graph = False

    @property
    def depth(self) -> int:
        """Open brackets."""
        return len(self._stack) - 1

    @property
    def holds_data(self) -> bool:
        """Whether a term at this point stands for data: the subject of a pattern, or an object that is no class."""
        frame = self._stack[-1]
        in_pattern = frame.kind in (Kind.GROUP, Kind.NODE) and not frame.template
        return in_pattern and (
            frame.place is Place.SUBJECT or (frame.place is Place.OBJECT and not frame.classes)
        )

    def word(self, word: str) -> None:
        """A keyword, in lower case."""
        frame = self._stack[-1]
        if word in ("a", "true", "false"):
            if word == "a":
                self.implied.add(RDF + "type")
            self.term("type" if word == "a" else "word")
            return
        if frame.pending:
            self._settle(frame, union=word == "union")
        if frame.kind in _TRIPLES:
            if word in _CLAUSES:
                frame.place = Place.CLAUSE
                if word == "select" and frame.alone < 0:
                    frame.alone = 0.5
            elif word in ("filter", "bind"):
                frame.place = Place.CONSTRAINT
            elif word in ("union", "optional", "minus", "lateral"):
                frame.place = Place.SUBJECT
        frame.word = word

    def term(self, kind: str) -> None:
        """An IRI, variable, blank node, literal, or a bracket that stands for one; `type` where it is rdf:type."""
        frame = self._stack[-1]
        if frame.pending:
            self._settle(frame)
        place = frame.place
        self.variable_graph |= kind == "var" and frame.word == "graph"
        if kind == "signed":  # `?x +1` is a sum
            self._link(frame)
        if frame.kind is Kind.EXPRESSION or frame.kind is Kind.DATA:
            return
        if frame.kind in _TRIPLES:
            if place is Place.OBJECT:
                frame.place = Place.DONE
                self._pattern(frame, 1)
            elif place is Place.PREDICATE:
                frame.place = Place.OBJECT
                frame.classes = kind not in ("iri", "var")
                if kind == "var":
                    self.variable_predicate = True
            elif place is Place.SUBJECT:
                frame.place = Place.PREDICATE
        elif frame.kind is Kind.LIST:
            self._pattern(frame, 2)
        elif frame.kind is Kind.PATH and kind == "var":
            self.variable_predicate = True
        if place is Place.CLAUSE or frame.kind is Kind.TEMPLATE or frame.template:
            self._name(frame)

    def sign(self, sign: str) -> None:
        """A bracket, separator or operator."""
        if sign in _PAIRS:
            self._open(sign)
            return
        if sign in _CLOSERS:
            self._shut(sign)
            return
        frame = self._stack[-1]
        if frame.pending:
            self._settle(frame)
        if sign in _LINKS:
            self._operator(frame, sign)
        elif frame.kind in _TRIPLES:
            if sign == ".":
                frame.place = Place.SUBJECT
            elif sign == ";":
                frame.place = Place.PREDICATE
            elif sign == ",":
                frame.place = Place.OBJECT
            elif sign == "~":
                self.implied.add(RDF + "reifies")
                self._pattern(frame, 1)

    def end(self) -> None:
        """The text is over."""
        if self.depth:
            raise QueryRefused(f"`{self._stack[-1].close}` is missing at the end", code="query-syntax")
        top = self._stack[0]
        self._settle(top)
        self._scope(top)

    def _operator(self, frame: Frame, sign: str) -> None:
        self._link(frame)
        path = frame.kind is Kind.PATH or (
            frame.kind in _TRIPLES and frame.place in (Place.PREDICATE, Place.OBJECT)
        )
        if not path:
            return
        if sign in ("*", "?", "!"):  # a path that may be empty, or is anything but
            self.variable_predicate = True
        elif sign in ("/", "|") and frame.kind is not Kind.PATH:
            frame.place = Place.PREDICATE
        if sign == "/":
            self._pattern(frame, 1)

    def _open(self, sign: str) -> None:
        frame = self._stack[-1]
        if frame.pending and sign != "{|":
            self._settle(frame)
        if frame.kind is not Kind.DATA:
            self._link(frame)
        kind, place, alone = Kind.NODE, Place.SUBJECT, -1.0
        if frame.kind is Kind.DATA:
            kind = Kind.DATA
        elif sign == "{":
            kind, alone = self._braces(frame)
        elif sign == "(":
            kind, place = self._parens(frame), Place.OBJECT
        elif sign in ("[", "{|"):
            place = Place.PREDICATE
        if sign in ("<<", "{|"):
            self.implied.add(RDF + "reifies")
            self._pattern(frame, 1)
        template = kind is Kind.TEMPLATE or (frame.template and kind is not Kind.GROUP)
        self._stack.append(Frame(kind, _PAIRS[sign], place, alone, template=template))
        if len(self._stack) - 1 > self._depth:
            raise TooLarge(f"brackets are nested more than {self._depth} deep", details={"limit": "depth"})

    def _braces(self, frame: Frame) -> tuple[Kind, float]:
        word, frame.word = frame.word, ""
        if word == "values":
            return Kind.DATA, -1.0
        if word == "construct" and frame.kind is Kind.TOP:
            return Kind.TEMPLATE, -1.0
        return Kind.GROUP, _ALONE.get(word, -1.0)

    def _parens(self, frame: Frame) -> Kind:
        if frame.kind is Kind.PATH or (frame.kind in _TRIPLES and frame.place is Place.PREDICATE):
            return Kind.PATH
        if frame.kind is Kind.LIST or (
            frame.kind in _TRIPLES and frame.place in (Place.SUBJECT, Place.OBJECT)
        ):
            self.implied.update((RDF + "first", RDF + "rest", RDF + "nil"))
            return Kind.LIST
        return Kind.EXPRESSION

    def _shut(self, sign: str) -> None:
        frame = self._stack[-1]
        if frame.close != sign:
            expected = f"`{frame.close}`" if frame.close else "nothing"
            raise QueryRefused(f"`{sign}` closes what is not open: {expected} would", code="query-syntax")
        if frame.pending:
            self._settle(frame)
        self._stack.pop()
        around = self._stack[-1]
        around.reach = max(around.reach, frame.links + frame.reach)
        self._bound(around)
        if frame.kind is Kind.GROUP:
            self._group_closed(frame, around)
            return
        around.weight += frame.weight
        if around.place is Place.CONSTRAINT:
            around.place = Place.SUBJECT
        elif sign != "|}" and frame.kind not in (Kind.TEMPLATE, Kind.DATA, Kind.EXPRESSION):
            self.term("bracket")
        elif frame.kind is Kind.DATA and sign == "}" and around.kind in _TRIPLES:
            around.place = Place.SUBJECT

    def _group_closed(self, frame: Frame, around: Frame) -> None:
        if frame.alone >= 0:
            self._scope(frame)
            around.weight += frame.alone
        else:
            around.pending = frame.weight
        if around.kind in _TRIPLES:
            around.place = Place.SUBJECT

    def _settle(self, frame: Frame, *, union: bool = False) -> None:
        """The group before is joined with its surroundings, or is the first branch of a UNION."""
        pending, frame.pending = frame.pending, 0.0
        if union:
            self._charge(pending)
            frame.weight += 1.0
        else:
            frame.weight += pending

    def _scope(self, frame: Frame) -> None:
        self._charge(frame.weight)

    def _charge(self, weight: float) -> None:
        self._cost += weight**3
        if self._cost > self._patterns**3:
            raise TooLarge(
                f"more is joined than {self._patterns} triple patterns", details={"limit": "patterns"}
            )

    def _pattern(self, frame: Frame, count: int) -> None:
        if frame.template or frame.kind in (Kind.TEMPLATE, Kind.EXPRESSION):
            return
        frame.weight += count
        if frame.weight > self._patterns:
            self._charge(frame.weight)

    def _name(self, frame: Frame) -> None:
        self._names += 1
        if self._names > CLAUSE_NAMES:
            raise TooLarge("too many names stand outside of patterns", details={"limit": "names"})
        if frame.word == "describe":
            self._link(frame)

    def _link(self, frame: Frame) -> None:
        frame.links += 1
        self._bound(frame)

    def _bound(self, frame: Frame) -> None:
        if frame.links + frame.reach > self._chain:
            raise TooLarge(f"a chain has more than {self._chain} links", details={"limit": "chain"})
