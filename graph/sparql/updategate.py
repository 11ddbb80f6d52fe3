"""The gate for updates: a text is cut into operations, and the engine gets no more than their WHEREs.

What is written is read here, over the gate's own tokens (`templates`), and filled in by us; each WHERE passes
the gate for queries (`gate.admit_where`) as a SELECT of the variables that its templates name. So no text of
an update, but only its reading, reaches an engine, and no engine is ever asked to update anything.

Static rules of SPARQL 1.1 Update (§3.1, §19.6, notes of §19.8): no variables in data, no blank nodes in what
is deleted, no label of a blank node in two WHEREs or in two INSERT DATA, no GRAPH within GRAPH. LOAD and
SERVICE are refused, with SILENT, too: that hides failures, not refusals.
"""

from collections.abc import Iterable

from ..errors import QueryRefused, Refused, TooLarge
from ..iris import is_absolute
from ..terms import BlankNode, NamedNode
from ..words import DEFAULT
from .confines import confined_to
from .cursor import Cursor
from .gate import GROWTH, Admitted, Dataset, Limits, admit_where
from .lexer import Token, broken, decode, position, tokens
from .names import Names
from .templates import Budget, Template
from .updates import Clear, Create, Modify, Operation, Pattern, Transfer, Update, Var, Where

_QUERIES = ("select", "ask", "construct", "describe")
_NOWHERE = "none"  # a variable for templates without one


_USUAL = Limits()


def admit_update(text: str, *, base: str | None = None, limits: Limits = _USUAL) -> Update:
    """Read `text` and admit it; relative IRIs are resolved against BASE, else `base` (an absolute IRI).

    Raises `TooLarge` past a limit and `QueryRefused` otherwise (code `query-syntax` where the text is not
    SPARQL), with `line` and `column` in the details.
    """
    if len(text) > limits.bytes or len((text := decode(text)).encode()) > limits.bytes:
        raise TooLarge(f"the update has more than {limits.bytes} bytes", details={"limit": "bytes"})
    if base is not None and not is_absolute(base):
        raise QueryRefused(f"the base `{base}` is not an absolute IRI", code="query-syntax")
    read: list[Token] = []
    for token in tokens(text):
        read.append(token)
        if len(read) > 2 * limits.tokens:
            raise TooLarge("the update has too many tokens", details={"limit": "tokens"})
    reader = _Reader(text, read, base, limits)
    try:
        return reader.read()
    except Refused as error:
        error.details = position(text, reader.cursor.peek()[2]) | error.details
        raise


class _Reader:
    """One reading of one text."""

    def __init__(self, text: str, read: list[Token], base: str | None, limits: Limits):
        self.cursor = Cursor(text, read)
        self._limits = limits
        self._names = Names(text, base, GROWTH * limits.bytes)
        self._budget = Budget(limits.quads, GROWTH * limits.bytes, limits.depth)
        self._data_labels: set[str] = set()
        self._where_labels: set[str] = set()
        self._has_dataset = False
        self._written: set[str] = set()

    def read(self) -> Update:
        """All operations (rules 29 and 30)."""
        operations: list[Operation] = []
        self._prologue()
        while self.cursor.peek()[0]:
            if len(operations) == self._limits.operations:
                raise TooLarge(
                    f"the update has more than {self._limits.operations} operations",
                    details={"limit": "operations"},
                )
            operations.append(self._operation())
            if self.cursor.peek()[0]:
                self.cursor.expect(";")
            self._prologue()
        return Update(tuple(operations), frozenset(self._written), self._has_dataset)

    def _prologue(self) -> None:
        """BASE and PREFIX, which hold for all that follows (rule 4)."""
        cursor = self.cursor
        while cursor.is_word("base", "prefix"):
            _, word, _ = cursor.take()
            if word.lower() == "base":
                self._names.set_base(self._kind("iri"))
                continue
            prefix = self._kind("name")[1]
            if prefix.count(":") != 1 or not prefix.endswith(":"):
                raise broken(f"`{prefix[:40]}` is no prefix", cursor.text, cursor.peek()[2])
            self._names.declare(prefix, self._kind("iri"))

    def _kind(self, *kinds: str) -> Token:
        """The next token, of one of these kinds."""
        if self.cursor.peek()[0] not in kinds:
            raise self.cursor.unexpected()
        return self.cursor.take()

    def _operation(self) -> Operation:
        cursor = self.cursor
        kind, text, start = cursor.peek()
        word = text.lower() if kind == "word" else ""
        if word in _QUERIES:
            raise QueryRefused(f"`{text}` is refused: a query is not an update")
        if word == "load":
            raise QueryRefused(
                f"`{text}` is refused: nothing is fetched for an update",
                hint="what lies elsewhere comes in through a source: describe it in the workspace's sources",
            )
        if word in ("insert", "delete", "with"):
            return self._modify()
        if word not in ("clear", "drop", "create", "copy", "move", "add"):
            raise broken(f"`{text[:40]}` begins no update", cursor.text, start)
        cursor.take()
        silent = cursor.accept("silent")
        if word in ("clear", "drop"):
            return Clear(self._graph_or_word(), silent)
        if word == "create":
            if not cursor.accept("graph"):
                raise cursor.unexpected()
            return Create(self._target(), silent)
        source = self._graph_or_default(is_target=word == "move")
        if not cursor.accept("to"):
            raise cursor.unexpected()
        target = self._graph_or_default(is_target=True)
        return Transfer(
            "copy" if word == "copy" else "move" if word == "move" else "add", source, target, silent
        )

    # graphs

    def _iri(self) -> str:
        iri = self._names.absolute(self._kind("iri", "name"))
        self._budget.spend(0, len(iri))
        try:
            return NamedNode(iri).value
        except ValueError:
            raise broken(f"`{iri[:80]}` is no IRI", self.cursor.text, self.cursor.peek()[2]) from None

    def _target(self) -> str:
        graph = self._iri()
        self._written.add(graph)
        return graph

    def _graph_or_word(self) -> str:
        """GraphRefAll (rule 47)."""
        cursor = self.cursor
        if cursor.accept("graph"):
            return self._target()
        if not cursor.is_word("default", "named", "all"):
            raise cursor.unexpected()
        word = cursor.take()[1].lower()
        if word == "default":
            self._written.add(DEFAULT)
            return DEFAULT
        return word

    def _graph_or_default(self, *, is_target: bool) -> str:
        """GraphOrDefault (rule 45)."""
        if self.cursor.accept("default"):
            graph = DEFAULT
        else:
            self.cursor.accept("graph")
            graph = self._iri()
        if is_target:
            self._written.add(graph)
        return graph

    # INSERT and DELETE

    def _modify(self) -> Modify:
        """Rules 38 to 44."""
        cursor = self.cursor
        default = DEFAULT
        with_graph = None
        if cursor.accept("with"):
            default = with_graph = self._iri()
            self._has_dataset = True
        delete: tuple[Pattern, ...] = ()
        insert: tuple[Pattern, ...] = ()
        deletes = cursor.accept("delete")
        if deletes:
            if with_graph is None and cursor.accept("data"):
                return Modify(delete=self._template(default, variables=False, blanks=False)[0])
            if with_graph is None and cursor.is_word("where"):
                return self._delete_where()
            delete, _ = self._template(default, variables=True, blanks=False)
        if cursor.accept("insert"):
            if with_graph is None and not deletes and cursor.accept("data"):
                return self._insert_data()
            insert, _ = self._template(default, variables=True, blanks=True)
        elif not deletes:
            raise cursor.unexpected()
        return Modify(delete, insert, self._where(delete, insert, with_graph))

    def _insert_data(self) -> Modify:
        insert, labels = self._template(DEFAULT, variables=False, blanks=True)
        self._once(labels, self._data_labels, "INSERT DATA")
        return Modify(insert=insert)

    def _template(
        self, default: str, *, variables: bool, blanks: bool
    ) -> tuple[tuple[Pattern, ...], set[str]]:
        template = Template(
            self.cursor,
            self._names,
            self._budget,
            NamedNode(default),
            variables=variables,
            blanks=blanks,
        )
        found = template.read()
        self._written.update(p.graph.value for p in found if isinstance(p.graph, NamedNode))
        return found, template.labels

    def _delete_where(self) -> Modify:
        """What is matched is what is deleted (§3.1.3.3); outside of GRAPH it is matched in the merge."""
        cursor = self.cursor
        cursor.take()
        begins = cursor.at
        delete, _ = self._template(DEFAULT, variables=True, blanks=False)
        group = cursor.all[begins : cursor.at]
        reads = confined_to(group, self._names)
        return Modify(delete=delete, where=Where(self._admit(delete, (), group), reads=reads))

    def _where(
        self, delete: tuple[Pattern, ...], insert: tuple[Pattern, ...], with_graph: str | None
    ) -> Where:
        cursor = self.cursor
        default: dict[str, None] = {}
        named: dict[str, None] = {}
        is_using = False
        while cursor.accept("using"):
            is_using = self._has_dataset = True
            chosen = named if cursor.accept("named") else default
            chosen[self._iri()] = None
        if not cursor.accept("where"):
            raise cursor.unexpected()
        group = self._group()
        query = self._admit(delete, insert, group)
        dataset = Dataset(tuple(default), tuple(named)) if is_using else None
        reads = confined_to(group, self._names)
        if reads is None and dataset is not None:
            reads = frozenset((*dataset.default, *dataset.named))
        elif reads is None and with_graph is not None and not query.uses_graphs:
            reads = frozenset((with_graph,))
        return Where(query, dataset, with_graph, reads)

    def _group(self) -> list[Token]:
        """The tokens of a group, spaces included, with its braces."""
        cursor = self.cursor
        if not cursor.is_sign("{"):
            raise cursor.unexpected()
        begins, depth = cursor.at, 0
        labels: set[str] = set()
        while True:
            kind, text, _ = cursor.take()
            if kind == "sign" and text in "{}":
                depth += 1 if text == "{" else -1
                if not depth:
                    break
            elif kind == "blank":
                labels.add(text)
        self._once(labels, self._where_labels, "WHERE")
        group = list(cursor.all[begins : cursor.at])
        while group[-1][0] == "space":
            group.pop()
        return group

    def _admit(
        self, delete: tuple[Pattern, ...], insert: tuple[Pattern, ...], group: Iterable[Token]
    ) -> Admitted:
        """The WHERE as a SELECT; without new blank nodes one solution is as good as two that are equal."""
        slots = [s for p in (*delete, *insert) for s in (p.subject, p.predicate, p.object, p.graph)]
        variables = sorted({slot.name for slot in slots if isinstance(slot, Var)}) or [_NOWHERE]
        makes = any(isinstance(slot, BlankNode) for slot in slots)
        select = f"SELECT {'' if makes else 'DISTINCT '}{' '.join(f'?{name}' for name in variables)} "
        spent = GROWTH * self._limits.bytes - self._budget.characters
        admitted = admit_where(
            self.cursor.text, select, group, self._names, limits=self._limits, printed=spent
        )
        self._budget.spend(0, len(admitted.text))
        return admitted

    def _once(self, labels: set[str], seen: set[str], where: str) -> None:
        """A label stands for one blank node, which does not outlive its operation (§19.6)."""
        if again := sorted(labels & seen):
            raise broken(
                f"`{again[0][:40]}` stands in two operations' {where}",
                self.cursor.text,
                self.cursor.peek()[2],
                "give each blank node a label of its own",
            )
        seen |= labels
