"""What the rules say of some compartments, asked about these alone; agrees with the clearance of each question."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...graph.vocabulary import AMBIT
from ..rulebase.asking import Asked, Said
from .algebra import weigh
from .ground import Ground, ground_of, plan
from .hearing import Hearing
from .questions import Failure, Question, Verdict
from .standing import until_of


def verdicts(hearing: Hearing, wanted: Sequence[tuple[Question, str]], hops: int) -> list[Verdict]:
    """One for each question and compartment, in order, by one batch of rules.

    The request's facts must be the same in all questions. Raises what asking raises.
    """
    about: dict[Question, dict[str, None]] = {}
    for question, compartment in wanted:
        about.setdefault(question, {})[compartment] = None
    asked: list[tuple[Asked, Question]] = []
    grounds: dict[Question, _Part] = {}
    with hearing.lock:
        for question, compartments in about.items():
            grounds[question] = _Part(hearing, question, tuple(compartments), hops)
            asked += [(one, question) for one in grounds[question].asked]
    said = iter(hearing.said_each(asked))
    found: dict[tuple[Question, str], Verdict] = {}
    for question, part in grounds.items():
        own = [next(said) for _ in part.asked]
        found.update(((question, c), verdict) for c, verdict in part.weigh(hearing, own))
    return [found[question, compartment] for question, compartment in wanted]


class _Part:
    """One question with the compartments that it is about: what is asked, and what that comes to."""

    def __init__(self, hearing: Hearing, question: Question, compartments: tuple[str, ...], hops: int):
        self._question = question
        self._compartments = compartments
        self._ground: Ground = ground_of(hearing, question, hops)
        facts = hearing.facts
        self._known = frozenset(c for c in compartments if facts.is_a(c, AMBIT.COMPARTMENT))
        self._fields = {
            rule.iri: frozenset(c for c in self._known if rule.over is None or facts.is_a(c, rule.over))
            for rule in self._ground.rules
            if rule.effect == "require"
        }
        self.asked: list[Asked] = []
        if self._known and self._ground.broken is None:
            rules = [rule for rule in self._ground.rules if self._fields.get(rule.iri, True)]
            self.asked = plan(question, rules, hearing.server_site, self._known)

    def weigh(self, hearing: Hearing, said: Sequence[Said]) -> Iterable[tuple[str, Verdict]]:
        """The verdict on each compartment."""
        rows = [one.by_compartment() for one in said]
        for compartment in self._compartments:
            own = [
                replace(one, rows=by.get(compartment, ()))
                for one, by in zip(said, rows, strict=True)
                if compartment in self._fields.get(one.asked.rule.iri, self._known)
            ]
            yield compartment, self._verdict(hearing, compartment, own)

    def _verdict(self, hearing: Hearing, compartment: str, said: Sequence[Said]) -> Verdict:
        question, ground = self._question, self._ground
        if ground.broken is not None:
            return Verdict(
                question,
                compartment,
                False,
                ground.policy_revision,
                failures=(ground.broken,),
                epoch=ground.epoch,
            )
        held, gave, mattered = weigh(
            said,
            question.chain.agents,
            known=self._known & {compartment},
            fields=self._fields,
            approved=ground.opened,
        )
        until, sure = until_of(said, ground.ends)
        verdict = Verdict(
            question,
            compartment,
            compartment in held,
            ground.policy_revision,
            gave,
            until if sure else question.now,
            tuple(Failure(one.asked.rule.iri, one.failure) for one in said if one.failure),
            ground.epoch,
            mattered,
        )
        key = hearing.key(question, compartment)
        hearing.keep(key, ground.epoch, question.now, said, verdict, *ground.ends)
        return verdict
