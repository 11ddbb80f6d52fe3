"""Cases held against rules: what does not hold, why, and which rules never mattered.

A world is Ambit's own terms, the ground it stands on (a workspace's governance, or nothing), what a case file
gives, and what follows from these. Nothing else is read: no store, no running server.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ..graph.errors import RuleInvalid, SourceInvalid
from ..graph.terms import NamedNode, Quad, Triple
from ..graph.views.calls import Worker
from ..graph.vocabulary import AMBIT
from ..graph.words import Delta, Placed, Role
from .asking import Asked, Said
from .cases import Case, CaseFile
from .closure import Closure
from .decide import HOPS, Decider, plan
from .explain import NOTHING, explain, local_name
from .governance import INFERRED, SHIPPED, vocabulary
from .places import places
from .questions import Question
from .rules import Loaded, Rule
from .standing import approved, chain_stands

WORLD: Final = "urn:ambit:case:given"
"""The graph that explanations name for what a case file gives."""

DECIDING: Final = frozenset({"permit", "scope", "require", "deny", "ask", "place"})


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
    """What came of one file."""

    expectations: int
    failed: tuple[Failed, ...]


class Trial:
    """Rules over a ground, asked case by case. `ground` are triples by the graph that states them."""

    def __init__(
        self, rules: Loaded, hire: Callable[[], Worker], ground: Mapping[str, Iterable[Triple]] | None = None
    ):
        self._ground = frozenset(
            _placed(triple, graph) for graph, triples in (ground or {}).items() for triple in triples
        )
        self._ground |= {_placed(triple, SHIPPED) for triple in vocabulary()}
        self._held: frozenset[Quad] = frozenset()
        self._revision = 0
        self._decider = Decider(hire(), server_site="", deadline=20, hire=hire)
        self._decider.worker.build([], 0)
        self._become(())
        self.refused: tuple[RuleInvalid, ...] = self._decider.use(rules)
        self.decided: Counter[str] = Counter()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that can be decisive in a case."""
        return tuple(rule for rule in self._decider.force.rules if rule.effect in DECIDING)

    def run(self, file: CaseFile) -> Verdict:
        """Holds every expectation of a file against the rules; raises `SourceInvalid` for a world that is none."""
        self._become(file.given)
        known = self._decider.facts.instances(AMBIT.COMPARTMENT)
        self._decider.server_site = self._server_site(file)
        failed: list[Failed] = []
        for case in file.cases:
            for name in case.compartments:
                if name not in known:
                    raise SourceInvalid(
                        f"`{file.path}`: case `{case.name}` names `{name}`, which is no compartment of its world",
                        hint="give it in `:given` as an `ambit:Compartment` with its label",
                        details={"file": file.path},
                    )
            opened = self._opened(case)
            failed += [
                self._failed(file, case, name)
                for name in case.compartments
                if (name in opened) != case.is_allowed
            ]
        return Verdict(sum(len(case.compartments) for case in file.cases), tuple(failed))

    def close(self) -> None:
        """Ends the worker."""
        self._decider.close()

    # -- the world

    def _become(self, given: Iterable[Triple]) -> None:
        """Makes the world the ground, what is given, and what follows."""
        quads = self._ground | {_placed(triple, WORLD) for triple in given}
        stated = {quad.triple for quad in quads}
        quads |= {_placed(triple, INFERRED) for triple in Closure(stated).conclude(stated)}
        out, into = self._held - quads, quads - self._held
        self._held = quads
        self._revision += 1
        governance = Role.GOVERNANCE
        self._decider.on_delta(
            Delta(
                self._revision,
                tuple(Placed(quad, "", governance) for quad in out),
                tuple(Placed(quad, "", governance) for quad in into),
                policy=True,
            )
        )

    def _server_site(self, file: CaseFile) -> str:
        sites = self._decider.facts.instances(AMBIT.SERVER_SITE)
        if len(sites) != 1:
            named = " ".join(f"`{site}`" for site in sorted(sites)) or "none"
            raise SourceInvalid(
                f"`{file.path}`: its world must have one `ambit:ServerSite`, and has {named}",
                hint="governance names one, or else `:given`: reading is computing there",
                details={"file": file.path},
            )
        return next(iter(sites))

    # -- expectations

    def _opened(self, case: Case) -> frozenset[str]:
        """The compartments that a case's question opens."""
        if not case.is_placing:
            decision = self._decider.decide(case.question)
            self.decided.update(decision.mattered)
            return decision.clearance.compartments
        found = places(self._decider, case.compartments, case.question)
        opened = frozenset(name for name, sites in found.items() if case.question.site in sites)
        for one in self._placing(case.question):
            self.decided[one.asked.rule.iri] += bool(one.failure or one.first("compartment") & opened)
        return opened

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
        closing = _closing(self._decider, case.question, compartment)
        why = "; ".join(what for what, _ in closing)
        if told.sentence != NOTHING:
            why = f"{why}. {told.sentence}"
        rules = tuple(sorted({rule for _, rule in closing if rule}))
        return Failed(file.path, case, compartment, site, why, rules)


def _placed_by(said: Iterable[Said]) -> str:
    return " ".join(f"{one.asked.rule.title}: {one.asked.rule.description}" for one in said)


def _placed(triple: Triple, graph: str) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph))


def _closing(decider: Decider, question: Question, compartment: str) -> list[tuple[str, str]]:
    """What keeps a compartment closed, in words, with the rule that does; for those who own the rules."""
    stands, _, why = chain_stands(question.chain, question.now, decider.facts, HOPS)
    if not stands:
        return [(f"the chain holds nothing: {why}", "")]
    rules = [rule for rule in decider.force.rules if rule.is_for(question.action)]
    said = decider.said(plan(question, rules, decider.server_site), question)
    gave = [one for one in said if compartment in one.first("compartment")]
    opened, _ = approved(question, decider.facts)
    found: list[tuple[str, str]] = []
    if not any(one.asked.rule.effect == "permit" for one in gave):
        asks = [one.asked.rule for one in gave if one.asked.rule.effect == "ask"]
        if not asks:
            found.append((f"no rule permits it to `{local_name(question.chain.user)}`", ""))
        elif compartment not in opened:
            found += [(f"{rule.title}: it waits for an approval", rule.iri) for rule in asks]
    for agent in question.chain.agents:
        if not any(one.asked.rule.effect == "scope" and one.asked.actor == agent for one in gave):
            found.append((f"no scope lets the agent `{local_name(agent)}` inherit it", ""))
    for one in said:
        found += _taken(one, one in gave, compartment, decider)
    if not any(one.asked.rule.effect == "place" for one in gave):
        site = local_name(question.site or decider.server_site)
        found.append((f"no rule places it at `{site}`", ""))
    return found or [("nothing closes it now: ask again", "")]


def _taken(said: Said, is_given: bool, compartment: str, decider: Decider) -> list[tuple[str, str]]:
    """What a requirement, a denial or a failing rule takes away."""
    rule, actor = said.asked.rule, local_name(said.asked.actor or said.asked.site)
    what = f"{rule.title}: {rule.description}"
    if rule.effect == "require":
        over = compartment in decider.facts.instances(rule.over) if rule.over else True
        if over and (said.failure or not is_given):
            return [(f"`{actor}` does not meet a requirement ({said.failure or what})", rule.iri)]
    elif rule.effect == "deny" and (said.failure or is_given):
        return [(f"denied to `{actor}` ({said.failure or what})", rule.iri)]
    elif said.failure:
        return [(f"`{rule.iri}` failed ({said.failure})", rule.iri)]
    return []
