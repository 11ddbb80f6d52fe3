"""A workspace's rules and governance held against its cases, from files alone: also beside a running server."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..graph.errors import AmbitError, Invalid, SourceInvalid
from ..graph.terms import Triple
from ..graph.views.worker import Keeper
from ..reasoning.cases import cases
from ..reasoning.cases.cases import Case
from ..reasoning.cases.coverage import Covered
from ..reasoning.cases.trial import Failed, Trial, Verdict
from ..reasoning.governance import governance
from ..reasoning.ontologies.ontologies import SUFFIXES
from ..reasoning.ontologies.syntaxes import read_ontology
from ..reasoning.rulebase import rules
from ..reasoning.rulebase.review import Missing, Reviewed, mentioned
from .definitions import SOURCES
from .reviewing import Reviewer
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a workspace's cases, file by file, and how far they hold each rule that can decide."""

    verdicts: Mapping[str, Verdict]
    cases: Mapping[str, tuple[Case, ...]]  # by file, as `verdicts`
    problems: tuple[AmbitError, ...]  # files that cannot be read, rules that are refused
    coverage: tuple[Covered, ...]
    own: frozenset[str]  # the rules of the workspace

    @property
    def failed(self) -> tuple[Failed, ...]:
        """The expectations that do not hold."""
        return tuple(one for verdict in self.verdicts.values() for one in verdict.failed)

    @property
    def holds(self) -> bool:
        """Whether all expectations hold, and all files could be read."""
        return not self.failed and not self.problems

    @property
    def idle(self) -> tuple[str, ...]:
        """The rules that were never decisive."""
        return tuple(sorted(one.rule for one in self.coverage if not one.decided))

    @property
    def decided(self) -> Mapping[str, int]:
        """In how many expectations each rule was decisive."""
        return {one.rule: one.decided for one in self.coverage}

    def counted(self, *, shipped: bool) -> tuple[Covered, ...]:
        """The workspace's own rules, or all."""
        return tuple(one for one in self.coverage if shipped or one.rule in self.own)

    def percent(self, *, shipped: bool) -> float:
        """How many of them in a hundred an expectation would miss; all, where there are none."""
        counted = self.counted(shipped=shipped)
        return 100.0 * sum(bool(one.pinned) for one in counted) / len(counted) if counted else 100.0


def test(files: Workspace, *, refuses_unshown: bool = True) -> Report:
    """Runs all cases; raises `Invalid` where there are none. `refuses_unshown`: a rule needs a case that shows it."""
    stated, problems = ground(files)
    reviewer = Reviewer(files, refuses=refuses_unshown)
    reviewed = reviewed_rules(files, stated, problems, reviewer)
    if any(reviewer.problems.values()):
        # which rules such a file shows is not known: it is told, and not they
        refuses_unshown = False
        reviewed = reviewed_rules(files, stated, [], Reviewer(files, refuses=False))
    trial = Trial(reviewed.loaded, lambda: Keeper("cases"), stated)
    try:
        problems += trial.refused
        problems += reviewed.unshown if refuses_unshown else ()
        verdicts, found = _run(trial, files, problems)
        own = {rule.iri for rule in trial.rules if files.rules in Path(rule.path).parents}
        return Report(verdicts, found, tuple(problems), trial.coverage, frozenset(own))
    finally:
        trial.close()


def reviewed_rules(
    files: Workspace,
    stated: Mapping[str, Iterable[Triple]],
    problems: list[AmbitError],
    reviewer: Reviewer,
) -> Reviewed:
    """The workspace's rules and the shipped ones, after the review; what cannot be read for it is a problem."""
    loaded = rules.load([rules.SHIPPED, files.rules])
    return reviewer.review(loaded, _missing(files, stated, problems))


def ground(files: Workspace) -> tuple[dict[str, frozenset[Triple]], list[AmbitError]]:
    """What the workspace's owner writes as governance, by record; files that do not read are problems."""
    stated: dict[str, frozenset[Triple]] = {}
    problems: list[AmbitError] = []
    for folder, kind in ((files.governance, governance.FILE), (files.sources, SOURCES)):
        for path in sorted(folder.glob("*.ttl")):
            try:
                record = governance.governance_record(path, kind=kind)
                stated |= {graph.graph: frozenset(graph.triples) for graph in record.graphs}
            except AmbitError as problem:
                problems.append(problem)
    return stated, problems


def _missing(files: Workspace, stated: Mapping[str, Iterable[Triple]], problems: list[AmbitError]) -> Missing:
    """What neither governance nor the workspace's ontologies name; one that cannot be read is a problem."""
    found = [triple for triples in stated.values() for triple in triples]
    for path in sorted(p for p in files.ontology.glob("*") if p.suffix in SUFFIXES):
        name = path.relative_to(files.root).as_posix()
        try:
            found += read_ontology(path.read_bytes(), name=name, base=f"urn:ambit:ontology:{path.stem}")
        except OSError as error:
            problems.append(SourceInvalid(f"`{name}` cannot be read: {error.strerror}"))
        except AmbitError as problem:
            problems.append(problem)
    return lambda wanted: wanted - mentioned(found, wanted)


def _run(
    trial: Trial, files: Workspace, problems: list[AmbitError]
) -> tuple[dict[str, Verdict], dict[str, tuple[Case, ...]]]:
    """A verdict for each file of cases, and these; one that cannot be run is a problem."""
    found = sorted(files.cases.rglob("*.trig"))
    if not found:
        raise Invalid(
            f"no cases in `{files.cases}`", hint="write one: `ambit init` makes a workspace with an example"
        )
    verdicts: dict[str, Verdict] = {}
    held: dict[str, tuple[Case, ...]] = {}
    for path in found:
        name = path.relative_to(files.root).as_posix()
        try:
            file = cases.read(path.read_bytes(), name)
            verdicts[name] = trial.run(file)
            problems += verdicts[name].unshown
            held[name] = file.cases
        except OSError as error:
            problems.append(SourceInvalid(f"`{name}` cannot be read: {error.strerror}"))
        except AmbitError as problem:
            problems.append(problem)
    return verdicts, held
