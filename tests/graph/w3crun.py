"""The W3C's query tests through a governed view: a test's data as one caller's, much else hidden beside it."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from exactanswers import Row, Said, multiset, row_of, said
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    Store,
    serialize,
)
from storeworld import SOURCE, label
from w3csuite import RDF, Entry, iri_of, path_of, triples_of

from ambit.graph.compartments import clearance_of, compartment_of
from ambit.graph.errors import AmbitError
from ambit.graph.sparql.gate import Admitted, Dataset, admit
from ambit.graph.store.owner import Owner
from ambit.graph.terms import Triple
from ambit.graph.views.views import Views
from ambit.graph.words import Change, Label, Record, RecordGraph

MINE = label("mine")
HIDDEN = [label("theirs"), label("others")]
CLEARANCE = clearance_of({compartment_of(MINE)})
DEFAULT = "urn:w3c:default"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"


@dataclass(frozen=True)
class Verdict:
    """What became of a test: `passed`, `spelled` (passed, but for how a value is spelled), `failed`."""

    test: Entry
    verdict: str
    why: str = ""


class Governed:
    """One owner and its views; the data of one test after the other."""

    def __init__(self, store: Path, suite: Path):
        self._suite = suite
        self._owner = Owner(store)
        self._views = Views(self._owner, limit=4)
        self._owner.listen(self._views.on_delta)
        self._there: set[str] = set()

    def close(self) -> None:
        """Ends the views and closes the store."""
        self._views.close()
        self._owner.close()

    def judge(self, test: Entry) -> Verdict:
        """Runs one test."""
        text = test.query.read_text(encoding="utf-8")
        if "Syntax" in test.kind:
            return self._syntax(test, text)
        try:
            return self._evaluated(test, text)
        except AmbitError as error:
            return Verdict(test, "failed", f"{error.code}: {error.message}")

    def _syntax(self, test: Entry, text: str) -> Verdict:
        wanted = test.kind.startswith("Positive")
        try:
            admitted = admit(text, base=iri_of(self._suite, test.query))
            self._views.query(CLEARANCE, admitted, format=_format(admitted), deadline=30)
        except AmbitError as error:
            if wanted and "custom function" in error.message:
                return Verdict(test, "passed", "it is read; its function is not there")
            return Verdict(test, "failed" if wanted else "passed", f"{error.code}: {error.message}")
        return Verdict(test, "passed" if wanted else "failed", "" if wanted else "it is taken")

    def _evaluated(self, test: Entry, text: str) -> Verdict:
        admitted = admit(text, base=iri_of(self._suite, test.query))
        named = dict(test.graphs)
        if admitted.dataset is not None:  # the files that FROM names
            for iri in (*admitted.dataset.default, *admitted.dataset.named):
                named.setdefault(iri, path_of(self._suite, iri))
        default = [q for path in test.data for q in triples_of(self._suite, path)]
        graphs = {name: triples_of(self._suite, path) for name, path in named.items()}
        self._give(default, graphs)
        dataset = None
        if admitted.dataset is None and (graphs or admitted.uses_graphs):
            dataset = Dataset((DEFAULT,), tuple(graphs))
        got = self._ask(test, admitted, dataset)
        expected = _expected(test, self._suite)
        ours = _comparable(got)
        if _agree(ours, _comparable(expected), test):
            return Verdict(test, "passed")
        if _agree(ours, _comparable(_stored(expected)), test):
            return Verdict(test, "spelled")
        is_csv = test.result is not None and test.result.suffix == ".csv"  # which tells no terms
        if not is_csv and ours != _comparable(bare := self._bare(admitted, dataset, default, graphs)):
            return Verdict(test, "failed", f"bare Oxigraph says otherwise: {bare}, the view {got}")
        return Verdict(test, "failed", f"expected {expected.rows[:4]}, got {got.rows[:4]}, as bare Oxigraph")

    def _give(self, default: Iterable[Quad], graphs: dict[str, list[Quad]]) -> None:
        """One commit: the test's data under one label, and under others much that must not be told."""
        mine = {DEFAULT: list(default), **graphs}
        records = [_record(name, [q.triple for q in quads], MINE) for name, quads in mine.items()]
        said = [q.triple for quads in mine.values() for q in quads]
        for number, where in enumerate(HIDDEN):
            noise = [
                Triple(s.subject, p.predicate, o.object)
                for s, p, o in zip(said, said[number:] + said, said[1 + number :] + said, strict=False)
            ]
            noise += [Triple(NamedNode(f"urn:x{n}"), t.predicate, t.object) for n, t in enumerate(said)]
            noise += said[number::2]
            records.append(_record(f"urn:w3c:noise{number}", noise, where))
        now = {record.iri for record in records}
        gone = [Record(iri, SOURCE) for iri in sorted(self._there - now)]
        self._owner.commit(Change((*records, *gone)))
        self._there = now

    def _ask(self, test: Entry, admitted: Admitted, dataset: Dataset | None) -> Said:
        format = "csv" if test.result is not None and test.result.suffix == ".csv" else _format(admitted)
        answer = self._views.query(CLEARANCE, admitted, format=format, dataset=dataset, deadline=30)
        if format == "csv":
            return _csv(answer.body)
        return said(answer.kind, answer.body, format)

    def _bare(
        self, admitted: Admitted, dataset: Dataset | None, default: list[Quad], graphs: dict[str, list[Quad]]
    ) -> Said:
        wanted = dataset or admitted.dataset
        store = Store()
        for name, quads in {DEFAULT: default, **graphs}.items():
            if wanted is None or name in wanted.default:
                store.extend(Quad(q.subject, q.predicate, q.object) for q in quads)
            if wanted is not None and name in wanted.named:
                store.extend(Quad(q.subject, q.predicate, q.object, NamedNode(name)) for q in quads)
        results = store.query(admitted.text)
        if isinstance(results, QueryTriples):
            return said("graph", results.serialize(format=RdfFormat.N_TRIPLES) or b"", "nt")
        return said("solutions", results.serialize(format=QueryResultsFormat.JSON) or b"", "json")


def _format(admitted: Admitted) -> str:
    return "nt" if admitted.form in ("CONSTRUCT", "DESCRIBE") else "json"


def _record(name: str, triples: Sequence[Triple], where: Label) -> Record:
    graph = RecordGraph(name, frozenset(triples), None, label=where)
    return Record(f"{SOURCE}/{name}", SOURCE, (graph,) if triples else (), str(hash(tuple(triples))))


def _comparable(answer: Said) -> Counter[Row]:
    return multiset(answer.rows, frozenset())


def _agree(ours: Counter[Row], theirs: Counter[Row], test: Entry) -> bool:
    return ours == theirs or (test.is_lax and set(ours) == set(theirs) and ours <= theirs)


def _csv(body: bytes) -> Said:
    """Rows of values alone; blank nodes are written as such."""
    head, *rows = csv.reader(io.StringIO(body.decode()))
    cells = [
        tuple(
            sorted(
                (name, ("bnode" if v.startswith("_:") else "literal", v, "", ""))
                for name, v in zip(head, row, strict=True)
            )
        )
        for row in rows
    ]
    return Said("solutions", tuple(head), tuple(cells))


def _expected(test: Entry, suite: Path) -> Said:
    path = test.result
    assert path is not None, test.name
    body = path.read_bytes()
    match path.suffix:
        case ".srx":
            return said("solutions", body, "xml")
        case ".srj":
            return said("solutions", body, "json")
        case ".tsv":
            return said("solutions", body, "tsv")
        case ".csv":
            return _csv(body)
    quads = triples_of(suite, path)
    if any(q.predicate.value == RDF + "type" and q.object == NamedNode(RS + "ResultSet") for q in quads):
        return _of_result_set(quads)
    return said("graph", serialize((q.triple for q in quads), format=RdfFormat.N_TRIPLES) or b"", "nt")


def _of_result_set(quads: list[Quad]) -> Said:
    """Results written as RDF (DAWG's result-set vocabulary)."""
    store = Store()
    store.extend(quads)

    def all(subject: object, name: str) -> list[object]:
        return [q.object for q in store.quads_for_pattern(subject, NamedNode(RS + name), None)]

    (root,) = [
        q.subject
        for q in quads
        if q.predicate.value == RDF + "type" and q.object == NamedNode(RS + "ResultSet")
    ]
    for truth in all(root, "boolean"):
        return Said("boolean", (), ((("", ("", truth.value, "", "")),),))
    lines = []
    for solution in all(root, "solution"):
        bindings = [(all(b, "variable")[0].value, all(b, "value")[0]) for b in all(solution, "binding")]
        lines.append(row_of(bindings))
    return Said("solutions", tuple(v.value for v in all(root, "resultVariable")), tuple(lines))


def _stored(answer: Said) -> Said:
    """An answer as it would come back from the store, which keeps values and not their spelling."""
    rows = tuple(tuple((name, _respelled(cell)) for name, cell in row) for row in answer.rows)
    return Said(answer.kind, answer.columns, rows)


def _respelled(cell: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    kind, value, language, datatype = cell
    if kind not in ("literal", "typed-literal") or not datatype:
        return cell
    store = Store()
    a = NamedNode("urn:a")
    store.add(Quad(a, a, Literal(value, datatype=NamedNode(datatype))))
    (quad,) = store
    return (kind, quad.object.value, language, quad.object.datatype.value)
