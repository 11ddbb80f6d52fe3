"""What keeps a compartment closed, in words: for those alone who may read governance and rules."""

from ..deciding.decide import HOPS, Decider, plan
from ..deciding.delegation import chain_stands
from ..deciding.questions import Question
from ..deciding.standing import approved
from ..rulebase.asking import Said
from .explain import local_name


def closing_of(decider: Decider, question: Question, compartment: str) -> list[tuple[str, str]]:
    """What keeps a compartment closed, in words, with the rule that does; for those who own the rules."""
    broken, _ = chain_stands(question.chain, question.now, decider.facts, HOPS)
    if broken is not None:
        return [(f"the chain holds nothing: {broken}", "")]
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
        over = not rule.over or decider.facts.is_a(compartment, rule.over)
        if over and (said.failure or not is_given):
            return [(f"`{actor}` does not meet a requirement ({said.failure or what})", rule.iri)]
    elif rule.effect == "deny" and (said.failure or is_given):
        return [(f"denied to `{actor}` ({said.failure or what})", rule.iri)]
    elif said.failure:
        return [(f"`{rule.iri}` failed ({said.failure})", rule.iri)]
    return []
