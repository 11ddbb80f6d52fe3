"""What the workspace's owner writes as text: governance, sources, ontologies, shapes, rules.

Each file becomes a record, or a rule in force, within a second of its saving. A file that does not read
keeps its last good version, and is a problem that findings name.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from pathlib import Path

import structlog

from ..graph.errors import AmbitError
from ..graph.snapshot import Snapshot
from ..graph.vocabulary import AMBIT
from ..graph.words import Change, Label, Record
from ..reasoning.acts import autonomy
from ..reasoning.deciding.decide import Decider
from ..reasoning.deciding.labels import altered
from ..reasoning.governance import governance
from ..reasoning.ontologies.consistency import Reasoner
from ..reasoning.ontologies.entail import stored
from ..reasoning.ontologies.ontologies import ONTOLOGIES
from ..reasoning.rulebase import recorded, rules
from ..reasoning.rulebase.waiting import BEFORE, held_back
from .judging import Judging
from .reporting import Reports
from .reviewing import Reviewer, missing_from
from .texts import KEPT, WorkspaceTexts
from .workspace import Workspace

log = structlog.get_logger()

Make = Callable[[Snapshot], tuple[Record, ...]]
"""What to commit, made under the writer's lock."""

Bringing = Callable[[Callable[[int | None], None]], bool]
"""A commit that tells the revision it is about to make, or that it comes to nothing; and whether all came in."""

SOURCES = "urn:ambit:governance:source:"
"""What the record of a file in `sources/` begins with: descriptions of sources are governance."""


MADE = frozenset(
    {governance.INFERRED, governance.SHIPPED, governance.VOCABULARY, recorded.RECORD, autonomy.RECORD}
)
"""Records of definitions that no file of the workspace stands for."""


class Definitions:
    """The workspace's definitions, held against what is committed."""

    def __init__(
        self,
        workspace: Workspace,
        decider: Decider,
        revise: Callable[[Callable[[Snapshot], Change]], object],
        snapshot: Snapshot,
        public: Label,
        report: Reports,
        reasoner: Reasoner,
        *,
        refuses_unshown: bool,
    ):
        self._workspace = workspace
        self._decider = decider
        self._revise = revise
        self._snapshot = snapshot
        self._public = public
        self._report = report
        self._texts = WorkspaceTexts(workspace, public)
        self._judging = Judging(reasoner, snapshot, report.judged)
        self._reviewer = Reviewer(workspace, refuses=refuses_unshown)
        self._waits_for_terms = False  # whether a rule was refused that new governance may do right
        self._refused: dict[str, AmbitError] = {}  # by the last commits, by record
        self._unread: set[str] = set()  # files of governance that cannot be read, or came to be refused
        self._incomplete: frozenset[str] = frozenset()  # files saved together, of which one is refused
        self._lock = threading.Lock()

    def load(self) -> tuple[Path, ...]:
        """Everything as it lies in the workspace; what has gone since the last start is withdrawn.

        Gives the paths to look at again once changes are followed: what is written just now, and what may
        change until then.
        """
        with self._lock:
            self._report.forget()
            earlier = [
                t
                for entry in self._snapshot.record(recorded.RECORD)
                for t in self._snapshot.triples(entry.graph)
            ]
            stood = recorded.restore(earlier)
            self._decider.use(stood)
            found = [*governance.shipped(), *self._read_governance(), *self._texts.look()]
            self._load_rules(found, saved=self._all_files(stood))
            there = any(iri.startswith(ONTOLOGIES) for iri in self._snapshot.records_of(AMBIT.ONTOLOGY))
            self._bring_texts(found, self._gone(found, AMBIT.GOVERNANCE, AMBIT.ONTOLOGY), waits=there)
            if self._note_refused([record for record in found if record.source == AMBIT.GOVERNANCE]):
                self._decider.use(stood)
                self._load_rules(saved=self._all_files(stood))
            self._bring_rules()
            return (self._workspace.ontology, self._workspace.shapes, *self._texts.unsettled)

    def _all_files(self, stood: rules.Loaded) -> frozenset[str]:
        """What counts as saved together at a start: all that may have been while nobody looked, or waited already."""
        if not stood.rules:
            return frozenset()  # the first start
        paths = {rule.path.removesuffix(BEFORE) for rule in stood.rules}
        own = frozenset(path for path in paths if not Path(path).is_relative_to(rules.SHIPPED))
        return own.union(map(str, self._workspace.rules.rglob("*.rq")), self._unread)

    def changed(self, *paths: Path) -> Collection[Path]:
        """Takes in files that were saved, or have gone, together; gives the paths to look at again, soon.

        Rules and governance that were saved together come into force together.
        """
        with self._lock:
            for path in paths:
                if not path.exists():
                    self._report(path, None)  # what is not there has no problem
            folders = {path.relative_to(self._workspace.root).parts[0] for path in paths}
            again: Collection[Path] = ()
            brought: list[Record] = []
            if folders & {"governance", "sources"}:
                found = self._read_governance()
                brought = [*self._differing(found), *self._gone(found, AMBIT.GOVERNANCE)]
            if folders & {"ontology", "shapes"}:
                texts = self._texts.look()
                self._bring_texts(texts, self._gone(texts, AMBIT.ONTOLOGY), waits=True)
                again = tuple(self._texts.unsettled)
            if folders & {"rules", "cases"} or self._waits_for_terms or self._incomplete:
                self._load_rules(brought, self._bringing(brought), frozenset(map(str, paths)))
                self._bring_rules()
            elif brought:
                self._bring_all(brought)
                self._note_refused(brought)
            return again

    def _bringing(self, brought: Sequence[Record]) -> Bringing | None:
        """How rules come into force with governance; None where they come alone."""
        if not brought:
            return None

        def bring(announce: Callable[[int | None], None]) -> bool:
            def make(snapshot: Snapshot) -> tuple[Record, ...]:
                announce(snapshot.revision + 1)
                return tuple(brought)

            self._bring_all(brought, make, failed=partial(announce, None))
            return not self._refused

        return bring

    def _bring_texts(self, found: Sequence[Record], gone: Sequence[Record], *, waits: bool) -> None:
        """Ontologies and shapes, and what else comes with them, in one commit.

        What cannot be true together with the rest stays as it was, where that is known in time. What is wrong
        with a file is a finding, until a save is good.
        """
        brought = self._differing(found)
        untrue = self._judging.refused(brought, gone, waits=waits)
        self._bring([record for record in found if record.iri not in untrue], gone)
        self._judging.follow_up(anew=any(record.iri in self._refused for record in brought))
        refused = self._refused | untrue
        for record in found:
            path = Path(record.location)
            if path.parent in (self._workspace.ontology, self._workspace.shapes):
                self._report(path, refused.get(record.iri))
                if record.iri in refused:
                    self._texts.forget(path)
        for path, problem in self._texts.problems.items():
            self._report(path, problem)

    def _read_governance(self) -> list[Record]:
        found = []
        self._unread.clear()
        for folder, kind in (
            (self._workspace.governance, governance.FILE),
            (self._workspace.sources, SOURCES),
        ):
            for path in sorted(folder.glob("*.ttl")):
                try:
                    found.append(governance.governance_record(path, kind=kind))
                    self._report(path, None)
                except AmbitError as problem:
                    self._unread.add(str(path))
                    found.append(Record(kind + path.stem, AMBIT.GOVERNANCE, location=KEPT))
                    self._report(path, problem)
        return found

    def _gone(self, found: Iterable[Record], *sources: str) -> list[Record]:
        """Withdrawals for committed definitions that no file stands for any more."""
        there = {record.iri for record in found} | MADE
        return [
            Record(iri, source)
            for source in sources
            for iri in self._snapshot.records_of(source)
            if iri not in there and not iri.startswith(governance.ACT)
        ]

    def _bring(self, found: Iterable[Record], gone: Iterable[Record]) -> None:
        """One commit of what differs; what can't be committed is reported, and `_refused`."""
        self._bring_all((*self._differing(found), *gone))

    def _bring_all(
        self,
        records: Sequence[Record],
        make: Make | None = None,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        """One commit of all; where that `failed`, which is told first, each alone."""
        self._refused.clear()
        if not records or self._try(make or (lambda snapshot: tuple(records))) is None:
            return
        failed()
        for record in records:  # one of them can't be committed: the others go on without it
            self._bring_alone(record)

    def _note_refused(self, brought: Sequence[Record]) -> bool:
        """Whether governance was refused as it was committed; its files stay known until they are read again."""
        found = {record.location for record in brought if record.iri in self._refused}
        self._unread |= found
        return bool(found)

    def _bring_alone(self, record: Record, make: Make | None = None) -> None:
        problem = self._try(make or (lambda snapshot: (record,)))
        if problem is not None:
            log.warning("a definition is refused", record=record.iri, reason=problem.message)
            self._refused[record.iri] = problem
            if record.location:
                self._report(Path(record.location), problem)

    def _differing(self, found: Iterable[Record]) -> list[Record]:
        """The records that say something else than what is committed."""
        return [
            record
            for record in found
            if record.location != KEPT
            and (not record.digest or record.digest != self._snapshot.digest(record.iri))
        ]

    def _try(self, make: Make) -> AmbitError | None:
        try:
            self._revise(lambda snapshot: Change(make(snapshot), activity="define"))
        except AmbitError as problem:
            return problem
        return None

    def _load_rules(
        self,
        brought: Sequence[Record] = (),
        bring: Bringing | None = None,
        saved: frozenset[str] = frozenset(),
    ) -> None:
        """Puts the rules in force that pass; `brought` is committed with them by `bring`, or else after that.

        Of files that were `saved` together nothing opens more while something among them is refused that may
        take away, or governance.
        """
        loaded = self._decider.taken(rules.load([rules.SHIPPED, self._workspace.rules]))
        reviewed = self._reviewer.review(loaded, missing_from(self._snapshot, brought))
        self._waits_for_terms = reviewed.undeclared
        decider, loaded = self._decider, reviewed.loaded
        lost = {one.path for one in loaded.broken if one.closes is not None} | self._unread
        held = frozenset[str]().union(*(files for files in (self._incomplete, saved) if files & lost))
        cautious = partial(held_back, loaded, in_force=decider.force.rules)
        if bring is None:
            refused = decider.use(cautious(held))
        else:
            refused = decider.use_with(cautious(held), bring, cautious(held | saved | self._incomplete))
            if self._note_refused(brought):
                held |= saved | self._incomplete
        looked_at = {*self._workspace.rules.rglob("*.rq"), *map(Path, held | self._incomplete)}
        self._incomplete = held
        broken = {str(problem.details.get("file", "")): problem for problem in refused}
        unshown = {str(problem.details.get("file", "")): problem for problem in reviewed.unshown}
        for path in sorted(path for path in looked_at if path.is_relative_to(self._workspace.rules)):
            self._report(path, broken.get(str(path), unshown.get(str(path))))
        for path, case_problem in self._reviewer.problems.items():
            self._report(path, case_problem)
        for problem in reviewed.unshown:
            log.warning("a rule is in force that no case shows", reason=problem.message)
        closing = {rule.path: rule for rule in self._decider.force.rules if rule.failing}
        for place, problem in broken.items():
            if Path(place).is_relative_to(rules.SHIPPED):
                raise problem  # a requirement that is not in force would open what it closes
            said = {"file": place, "line": problem.details.get("line"), "reason": problem.message}
            if rule := closing.get(place):  # findings are closed with all else: this line has to be enough
                log.error(
                    "a broken rule closes all that it might take away, until its file is mended or removed",
                    **said,
                    closes=_closed_by(rule),
                    actions=sorted(rule.actions),
                )
            else:
                log.warning("rule refused", **said)

    def _bring_rules(self) -> None:
        """The rules in force as resources, for queries and explanations."""
        label = Label(
            AMBIT.RULES, AMBIT.INTERNAL, self._public.jurisdictions, frozenset({AMBIT.ADMINISTRATORS})
        )
        standing = [rule for rule in self._decider.force.rules if not rule.failing]
        own = recorded.record(standing, label)
        made: tuple[Record, ...] | None = None

        def make(snapshot: Snapshot) -> Change:
            # here, where no commit comes between: what is withdrawn meanwhile must not come back as it was read
            nonlocal made
            relabelled = altered(self._decider, snapshot) if snapshot.revision else ()
            levels = autonomy.levels(self._decider)
            made = (*self._differing([own, levels]), *relabelled)
            return Change(made, activity="define")

        self._refused.clear()
        try:
            self._revise(make)
        except AmbitError:
            if made is None:
                raise  # a labelling rule failed
            for record in made:
                self._bring_alone(record, None if record.iri in MADE else partial(_as_it_is, record.iri))


def _as_it_is(iri: str, snapshot: Snapshot) -> tuple[Record, ...]:
    """A record to be committed again, if it is still there."""
    return (stored(snapshot, iri),) if snapshot.record(iri) else ()


def _closed_by(rule: rules.Rule) -> str:
    """What stays closed while a rule stands for a broken file."""
    if rule.effect == "label":
        return "what comes in: it has no label"
    return f"`{rule.over}`" if rule.over else "everything, findings too"
