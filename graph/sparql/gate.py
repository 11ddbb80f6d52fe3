"""The gate: what a query text must pass before any engine sees it.

It reads terminals, bounds what is heavy, refuses SERVICE, LOAD and every other update, and finds the dataset
clause. It parses nothing: whether the text is SPARQL, the engine says. Updates have a gate of their own
(`updategate`), which reads their WHERE by this one.

**The engine gets what the gate has read, printed anew, never the original.** Oxigraph has no lexer, it reads
characters by grammar rules: `SERVICEex:g {…}` and `ex:a.b.SERVICE <…> {…}` each hold one prefixed name for
a lexer and a SERVICE for Oxigraph, and it decodes code point escapes late, in strings and IRIs only. So the
printed text has every name as an absolute IRI in angle brackets, white space between all tokens (but a
keyword and its parenthesis), no comment, no PREFIX and no escape that a second decoding would change; only
known keywords are let through. The dataset clause is taken out: it stands in `Admitted.dataset`, and whoever
runs the query must apply it. A BASE stands in front when there is one, since the function IRI needs it. Lines
keep their numbers, columns do not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..errors import QueryRefused, Refused, TooLarge
from ..iris import is_absolute
from .lexer import Token, broken, decode, position, tokens
from .names import Names
from .shape import RDF, Shape

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

CACHED = 8_192  # characters; longer texts are read again each time, so that the cache stays small
KEPT = 8 * CACHED  # of what is admitted: a short text may be a long one once its prefixes are written out
GROWTH = 4  # how many times `Limits.bytes` the printed text may hold, whose prefixes are written out

_FORMS: dict[str, Form] = {"select": "SELECT", "ask": "ASK", "construct": "CONSTRUCT", "describe": "DESCRIBE"}
_UPDATE_WORDS = "add clear copy create delete drop insert load move using with"
_UPDATES = frozenset(_UPDATE_WORDS.split())
_QUERY_WORDS = """
    a abs adjust as asc ask avg base bind bnode bound by ceil coalesce concat construct contains count
    datatype day desc describe distinct encode_for_uri exists false filter floor from graph group group_concat
    haslang haslangdir having hours if in iri isblank isiri isliteral isnumeric istriple isuri lang langdir
    langmatches lateral lcase limit max md5 min minus minutes month named not now object offset optional order
    predicate prefix rand reduced regex replace round sameterm sample seconds select separator sha1 sha256
    sha384 sha512 str strafter strbefore strdt strends strlang strlangdir strlen strstarts struuid subject
    substr sum timezone triple true tz ucase undef union uri uuid values version where year
"""
_WORDS = frozenset(_QUERY_WORDS.split())


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a query may be. How `depth`, `chain` and `patterns` were measured stands in `shape.py`."""

    bytes: int = 1_000_000  # of UTF-8
    tokens: int = 200_000
    depth: int = 128  # brackets of all sorts within each other
    chain: int = 256  # links of operators, filters, groups one after the other, along any path of brackets
    patterns: int = 64  # triple patterns joined; parts planned separately add up by their cubes
    operations: int = 1_000  # of one update
    quads: int = 100_000  # in the templates and data of one update


@dataclass(frozen=True, slots=True)
class Dataset:
    """Graphs asked for, by FROM and FROM NAMED or the protocol's parameters, in order, each once."""

    default: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A query that passed. `text` is what the engine gets."""

    text: str
    form: Form
    dataset: Dataset | None  # of the text; it is no longer in `text`
    uses_graphs: bool  # GRAPH, FROM or FROM NAMED occurs
    terms: frozenset[str]  # every IRI named, and those that `a`, collections and reification stand for
    variable_predicate: bool  # any predicate may be read: a variable, DESCRIBE, a path that negates
    variable_graph: bool  # GRAPH and a variable: it tells which graphs there are


def admit(text: str, *, base: str | None = None, limits: Limits = Limits()) -> Admitted:
    """Read `text` and admit it; relative IRIs are resolved against BASE, else `base` (an absolute IRI).

    Raises `TooLarge` past a limit and `QueryRefused` otherwise (code `query-syntax` where the text is not
    SPARQL), with `line` and `column` in the details.
    """
    if len(text) > limits.bytes:
        raise TooLarge(f"the query has more than {limits.bytes} bytes", details={"limit": "bytes"})
    if len(text) > CACHED:
        return _read(text, base, limits)
    try:
        return _cached(text, base, limits)
    except _Long as long:
        return long.admitted


def _read(text: str, base: str | None, limits: Limits) -> Admitted:
    text = decode(text)
    if len(text.encode()) > limits.bytes:
        raise TooLarge(f"the query has more than {limits.bytes} bytes", details={"limit": "bytes"})
    if base is not None and not is_absolute(base):
        raise QueryRefused(f"the base `{base}` is not an absolute IRI", code="query-syntax")
    return _Reader(text, Names(text, base, GROWTH * limits.bytes), limits).read(tokens(text))


def printed(text: str, limits: Limits = Limits()) -> list[tuple[str, int]]:
    """The pieces of which `admit` makes the engine's text, without `base`, and where in the decoded `text` each was read."""
    (reader := _Reader(text, Names(text, None, GROWTH * limits.bytes), limits)).read(tokens(text))
    return reader.pieces()


def told_apart(text: str, limits: Limits = Limits()) -> tuple[Admitted, list[tuple[str, bool]]]:
    """What `admit` gives, and the pieces of its text, each with whether it is a term that stands for data."""
    text = decode(text)
    reader = _Reader(text, Names(text, None, GROWTH * limits.bytes), limits)
    admitted = reader.read(tokens(text))
    return admitted, reader.told_apart()


def admit_where(
    text: str, select: str, group: Iterable[Token], names: Names, *, limits: Limits, printed: int
) -> Admitted:
    """The WHERE of an update's operation as a SELECT: `select` (of ours), then the tokens of its group.

    `names` are those declared in front of it, `printed` the characters that the update's other parts hold.
    Raises what `admit` raises.
    """
    reader = _Reader(text, names, limits, printed)
    group = iter(group)
    first = next(group)
    front = ((kind, lexeme, first[2]) for kind, lexeme, _ in tokens(select))
    return reader.read((*front, ("word", "WHERE", first[2]), first, *group))


class _Long(Exception):
    """What is admitted is too long to be kept: the cache keeps no exceptions."""

    def __init__(self, admitted: Admitted):
        super().__init__()
        self.admitted = admitted


@lru_cache(maxsize=512)
def _cached(text: str, base: str | None, limits: Limits) -> Admitted:
    admitted = _read(text, base, limits)
    named = () if admitted.dataset is None else (*admitted.dataset.default, *admitted.dataset.named)
    if len(admitted.text) + sum(map(len, (*admitted.terms, *named))) > KEPT:
        raise _Long(admitted)
    return admitted


class _Reader:
    """One reading of one text. `_wants` is what the next token must be, by the token before it."""

    def __init__(self, text: str, names: Names, limits: Limits, printed: int = 0):
        self._text, self._limits = text, limits
        self._names, self._own_base = names, False
        self._wants = self._prefix = ""
        self._calling = False  # a keyword stands directly before: Oxigraph does not read `COALESCE (`
        self._form: Form | None = None
        self._shape = Shape(depth=limits.depth, chain=limits.chain, patterns=limits.patterns)
        self._default: dict[str, None] = {}
        self._named: dict[str, None] = {}
        self._from = self._graph = False
        self._terms: set[str] = set()
        self._out: list[str] = []
        self._starts: list[int] = []  # where in the text each of these was read
        self._data: set[int] = set()  # which of these stand for data
        self._at = 0
        self._length = printed

    def read(self, read: Iterable[Token]) -> Admitted:
        left, most = self._limits.tokens, GROWTH * self._limits.bytes
        token: Token = ("", "", 0)
        try:
            for token in read:
                self._at = token[2]
                if token[0] == "space":
                    self._calling = False
                    if lines := token[1].count("\n"):
                        self._print("\n" * lines)
                    continue
                left -= 1
                self._token(token)
                if left < 0 or self._length > most:
                    limit = "tokens" if left < 0 else "bytes"
                    raise TooLarge(f"the query has too many {limit}", details={"limit": limit})
            token = ("", "", len(self._text))
            if self._wants or self._form is None:
                raise QueryRefused("the query ends before it has begun", code="query-syntax")
            self._shape.end()
        except Refused as error:
            error.details = position(self._text, token[2]) | error.details
            raise
        return self._admitted(self._form)

    def _admitted(self, form: Form) -> Admitted:
        base = self._names.base
        front = "" if base is None or self._own_base else f"BASE <{base}> "
        return Admitted(
            text=front + " ".join(self._out),
            form=form,
            dataset=Dataset(tuple(self._default), tuple(self._named)) if self._from else None,
            uses_graphs=self._from or self._graph,
            terms=frozenset(self._terms | self._shape.implied),
            variable_predicate=self._shape.variable_predicate or form == "DESCRIBE",
            variable_graph=self._shape.variable_graph,
        )

    def _token(self, token: Token) -> None:
        kind, text, _ = token
        calling, self._calling = self._calling, False
        if self._wants:
            self._declared(token)
        elif kind == "word":
            self._word(token)
        elif self._form is None:
            raise broken(f"`{text[:40]}` begins no query", self._text, token[2])
        elif kind in ("iri", "name"):
            self._iri(self._names.absolute(token))
        elif kind == "sign":
            self._shape.sign(text)
            if text == "(" and calling:
                self._out[-1] += text
            else:
                self._print(text)
        else:
            self._note_data()
            if kind != "language":
                self._shape.term("signed" if kind == "number" and text[0] in "+-" else kind)
            self._print(_harmless(text) if kind == "string" else text)

    def _word(self, token: Token) -> None:
        _, text, start = token
        word = text.lower()
        if word in ("base", "prefix", "version") and self._form is None:
            self._wants = word
            return
        self._known(word, token)
        if self._form is None:
            if word not in _FORMS:
                raise broken(f"`{text[:40]}` begins no query", self._text, start)
            self._form = _FORMS[word]
        elif word == "from":
            if self._shape.depth:
                raise broken("`FROM` stands only in front of the outer WHERE", self._text, start)
            self._from, self._wants = True, "graph or named"
            return
        elif word == "graph":
            self._graph = True
        self._shape.word(word)
        self._calling = True
        self._print(word if word in ("true", "false") else text)

    def _known(self, word: str, token: Token) -> None:
        """Refuse what is no keyword of a query; `a` alone is one in lower case only (§19.8, note 1)."""
        _, text, start = token
        if word == "service":
            raise QueryRefused(
                f"`{text[:40]}` is refused: no query calls another endpoint",
                hint="an endpoint is a source: describe it in the workspace's sources",
            )
        if word in _UPDATES:
            raise QueryRefused(f"`{text[:40]}` is refused: an update is not a query")
        if word not in _WORDS or (word == "a" and text != "a"):
            raise broken(f"`{text[:40]}` is no keyword of a query", self._text, start)
        if word in ("base", "prefix", "version"):
            raise broken(f"`{text[:40]}` stands only in front of a query", self._text, start)

    def _declared(self, token: Token) -> None:
        """What follows BASE, PREFIX, VERSION and FROM."""
        wants, self._wants = self._wants, ""
        kind, text, start = token
        if wants == "base" and kind == "iri":
            self._names.set_base(token)
            self._own_base = True
            self._print(f"BASE <{self._names.base}>")
        elif wants == "prefix" and kind == "name" and text.endswith(":") and text.count(":") == 1:
            self._prefix, self._wants = text, "namespace"
        elif wants == "namespace" and kind == "iri":
            self._names.declare(self._prefix, token)
        elif wants == "version" and kind == "string":
            return
        elif wants == "graph or named" and kind == "word" and text.lower() == "named":
            self._wants = "named"
        elif wants in ("graph or named", "named") and kind in ("iri", "name"):
            (self._named if wants == "named" else self._default)[self._names.absolute(token)] = None
        else:
            raise broken(f"`{text[:40]}` cannot stand here", self._text, start)

    def _iri(self, iri: str) -> None:
        self._terms.add(iri)
        self._note_data()
        self._shape.term("type" if iri == RDF + "type" else "iri")
        self._print(f"<{iri}>")

    def pieces(self) -> list[tuple[str, int]]:
        """What is printed, one space between each two, with where in the text it was read."""
        return list(zip(self._out, self._starts, strict=True))

    def told_apart(self) -> list[tuple[str, bool]]:
        """What is printed, with whether it stands for data."""
        return [(piece, at in self._data) for at, piece in enumerate(self._out)]

    def _note_data(self) -> None:
        if self._shape.holds_data:
            self._data.add(len(self._out))

    def _print(self, text: str) -> None:
        self._out.append(text)
        self._starts.append(self._at)
        self._length += len(text) + 1


def _harmless(string: str) -> str:
    r"""An escaped backslash before a `u` stays one, whether the engine decodes before or after it lexes."""
    return string.replace("\\u", "\\\\u0075").replace("\\U", "\\\\u0055")
