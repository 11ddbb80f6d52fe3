"""Cases held against rules: what does not hold, why, and which rules never mattered.

The ground is a workspace's governance, or nothing; each case file gives a world beside it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ...graph.errors import Invalid, RuleInvalid, SourceInvalid
from ...graph.terms import Triple
from ...graph.views.calls import Worker
from ...graph.vocabulary import AMBIT
from ..deciding.algebra import Weighed, weigh
from ..deciding.decide import HOPS, plan
from ..deciding.delegation import chain_stands
from ..deciding.places import places
from ..deciding.purposes import is_purpose
from ..deciding.questions import Question
from ..deciding.standing import approved
from ..explaining.closing import closing_of
from ..explaining.explain import NOTHING, explain, local_name
from ..rulebase.asking import DECIDING, Asked, Said
from ..rulebase.rules import Loaded, Rule
from .cases import Case, CaseFile
from .coverage import Covered, Tally
from .world import World


@dataclass(frozen=True, slots=True)
class Failed:
    """One expectation that does not hold: a case and one of its compartments."""

    file: str
    case: Case
    compartment: str
    site: str
    why: str
    rules: tuple[str, ...] = ()
    triples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one file; `unshown` are rules that a case says it shows, and does not turn on."""

    expectations: int
    failed: tuple[Failed, ...]
    unshown: tuple[SourceInvalid, ...] = ()


class Trial:
    """Rules over a ground, asked case by case. `ground` are triples by the graph that states them."""

    def __init__(
        self, rules: Loaded, hire: Callable[[], Worker], ground: Mapping[str, Iterable[Triple]] | None = None
    ):
        self._world = World(rules, hire, ground)
        self._decider = self._world.decider
        self._tally = Tally()
        self.refused: tuple[RuleInvalid, ...] = self._world.refused

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that can be decisive in a case."""
        return tuple(rule for rule in self._decider.force.rules if rule.effect in DECIDING)

    @property
    def coverage(self) -> tuple[Covered, ...]:
        """What the cases so far say of each of these."""
        return self._tally.of((rule.iri, rule.effect) for rule in self.rules)

    @property
    def decided(self) -> Mapping[str, int]:
        """In how many expectations each of these was decisive."""
        return {one.rule: one.decided for one in self.coverage}

    def run(self, file: CaseFile) -> Verdict:
        """Holds every expectation of a file against the rules; raises `SourceInvalid` for a world that is none."""
        self._world.become(file.given)
        known = self._decider.facts.instances(AMBIT.COMPARTMENT)
        self._stand(file)
        failed: list[Failed] = []
        unshown: list[SourceInvalid] = []
        for case in file.cases:
            for name in case.compartments:
                if name not in known:
                    raise file.source.invalid_case(
                        case.name,
                        f" names `{name}`, which is no compartment of its world",
                        "give it in `:given` as an `ambit:Compartment` with its label",
                    )
            self._purposeful(file, case)
            opened = self._opened(case)
            turns = self._count(case)
            unshown += [self._unshown(file, case, rule) for rule in case.shows if rule not in turns]
            failed += [
                self._failed(file, case, name)
                for name in case.compartments
                if (name in opened) != case.is_allowed
            ]
        return Verdict(sum(len(case.compartments) for case in file.cases), tuple(failed), tuple(unshown))

    def close(self) -> None:
        """Ends the worker."""
        self._world.close()

    def _stand(self, file: CaseFile) -> None:
        try:
            self._world.settle()
        except Invalid as problem:
            raise SourceInvalid(
                f"`{file.path}`: {problem.message}",
                hint="governance names one, or else `:given`: reading is computing there",
                details={"file": file.path},
            ) from None

    def _purposeful(self, file: CaseFile, case: Case) -> None:
        """Raises `SourceInvalid` for a purpose that neither the taxonomy, nor the world, nor a rule names."""
        purpose, facts = case.question.purpose, self._decider.facts
        if purpose is None or is_purpose(purpose, facts) or facts.mentions(purpose):
            return
        if not any(purpose in rule.terms for rule in self._decider.force.rules):
            raise file.source.invalid_case(
                case.name,
                f" names the purpose `{purpose}`, which nothing knows",
                "name a purpose of the taxonomy, or give it in `:given` as one that is narrower",
            )

    # -- expectations

    def _opened(self, case: Case) -> frozenset[str]:
        """The compartments that a case's question opens."""
        if not case.is_placing:
            return self._decider.decide(case.question).clearance.compartments
        found = places(self._decider, case.compartments, case.question)
        return frozenset(name for name, sites in found.items() if case.question.site in sites)

    def _unshown(self, file: CaseFile, case: Case, rule: str) -> SourceInvalid:
        """Says that a case does not show a rule that it says it shows."""
        there = any(one.iri == rule for one in self._decider.force.rules)
        why = "comes out the same without it" if there else "no such rule is in force"
        return file.source.invalid_case(
            case.name,
            f" shows `{rule}`, and {why}",
            "a case shows the rules without which one of its expectations would not hold",
        )

    def _count(self, case: Case) -> frozenset[str]:
        """What each rule has to do with the expectations of a case; gives those that one of them turns on."""
        turns: frozenset[str] = frozenset()
        if case.is_placing:
            said = self._placing(case.question)
            for name in case.compartments:
                turns |= self._tally.see(said, name, partial(_placed_there, name), case.is_allowed)
            return turns
        question, facts = case.question, self._decider.facts
        if chain_stands(question.chain, question.now, facts, HOPS)[0] is not None:
            return turns  # whatever rules say
        rules = self._decider.rules_for(question.action)
        said = self._decider.said(plan(question, rules, self._decider.server_site), question)
        known = facts.instances(AMBIT.COMPARTMENT)
        fields = {rule.iri: facts.instances(rule.over) & known if rule.over else known for rule in rules}
        opened, _ = approved(question, facts)
        for name in case.compartments:
            weighed = partial(
                weigh, agents=question.chain.agents, known=frozenset({name}), fields=fields, approved=opened
            )
            turns |= self._tally.see(said, name, weighed, case.is_allowed)
        return turns

    def _placing(self, question: Question) -> list[Said]:
        rules = self._decider.force.of("place", question.action)
        return self._decider.said([Asked(rule, site=question.site) for rule in rules], question)

    def _failed(self, file: CaseFile, case: Case, compartment: str) -> Failed:
        """Why an expectation does not hold."""
        site = case.question.site or self._decider.server_site
        if case.is_placing:
            said = [one for one in self._placing(case.question) if compartment in one.first("compartment")]
            why = _placed_by(said) if said else f"no rule places it at `{local_name(site)}`"
            return Failed(file.path, case, compartment, site, why, tuple(one.asked.rule.iri for one in said))
        told = explain(self._decider, case.question, [compartment])
        if told.permitted:
            return Failed(file.path, case, compartment, site, told.sentence, told.rules, told.triples)
        closing = closing_of(self._decider, case.question, compartment)
        why = "; ".join(what for what, _ in closing)
        if told.sentence != NOTHING:
            why = f"{why}. {told.sentence}"
        rules = tuple(sorted({rule for _, rule in closing if rule}))
        return Failed(file.path, case, compartment, site, why, rules)


def _placed_by(said: Iterable[Said]) -> str:
    return " ".join(f"{one.asked.rule.title}: {one.asked.rule.description}" for one in said)


def _placed_there(compartment: str, said: Sequence[Said]) -> Weighed:
    """What place rules, asked for one site, say of a compartment; a failing one leaves no site."""
    failed = [one.asked.rule.iri for one in said if one.failure]
    gave = [one.asked.rule.iri for one in said if compartment in one.first("compartment")]
    if failed or not gave:
        return Weighed(frozenset(), (), tuple(failed))
    return Weighed(frozenset({compartment}), tuple(gave), tuple(gave))
