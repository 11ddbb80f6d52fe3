"""Places: at which sites data may be computed on, and which deployment takes a call."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from ...graph.terms import Literal, NamedNode, Triple
from ...graph.vocabulary import AMBIT
from ..governance.facts import Facts
from ..rulebase.asking import Asked, Said
from .decide import Decider
from .questions import Question


@dataclass(frozen=True, slots=True)
class Route:
    """The deployment that takes a call: one place for all that is handed to it."""

    deployment: str
    site: str
    version: str
    cost: Decimal
    rule: str


def places(decider: Decider, compartments: Iterable[str], question: Question) -> Mapping[str, frozenset[str]]:
    """For each compartment the sites where it may be computed on; a failing place rule leaves no site.

    Never raises.
    """
    wanted = frozenset(compartments)
    try:
        return decider.settled(lambda: _places(decider, wanted, question))
    except Exception:  # deciding never raises; what fails denies
        return {compartment: frozenset() for compartment in wanted}


def _places(decider: Decider, wanted: frozenset[str], question: Question) -> Mapping[str, frozenset[str]]:
    key = ("place", question.purpose, question.action, decider.kept_facts(question))
    kept = decider.kept(key, question.now)
    if not isinstance(kept, dict):
        epoch = decider.epoch
        sites = decider.facts.instances(AMBIT.SITE) | decider.facts.instances(AMBIT.SERVER_SITE)
        rules = [rule for rule in decider.force.of("place", question.action)]
        said = decider.said([Asked(rule, site=site) for rule in rules for site in sorted(sites)], question)
        kept = _by_compartment(said)
        decider.keep(key, epoch, question.now, said, kept)
    return {compartment: frozenset(kept.get(compartment, ())) for compartment in wanted}


def _by_compartment(said: Iterable[Said]) -> dict[str, set[str]]:
    said = list(said)
    if any(one.failure for one in said):
        return {}
    found: dict[str, set[str]] = {}
    for one in said:
        for compartment in one.first("compartment"):
            found.setdefault(compartment, set()).add(one.asked.site)
    return found


def route(
    decider: Decider,
    compartments: Iterable[str],
    task: str,
    question: Question,
    facts: Iterable[Triple] = (),
    *,
    without: frozenset[str] = frozenset(),
) -> Route | None:
    """The cheapest deployment for a task that the user may have compute, at a site allowed for every compartment
    handed over; None: nowhere.

    `facts` are the deployments' present load and latency; `without` are deployments that did not answer.
    Several rank rules add up. Never raises.
    """
    wanted = frozenset(compartments)
    if not wanted:
        return None
    try:
        asked = replace(question, facts=question.facts | frozenset(facts))
        return decider.settled(lambda: _route(decider, wanted, task, asked, without))
    except Exception:  # deciding never raises; what fails denies
        return None


def route_question(
    decider: Decider, cleared: Iterable[str], task: str, question: Question, facts: Iterable[Triple] = ()
) -> Route | None:
    """Where a question's own text is computed on, which stands in no compartment: where most of what its asker
    may read could go.

    Of sites that may take equally many compartments the cheapest deployment decides, as `route` ranks them.
    Never raises.
    """
    held, known = frozenset(cleared), frozenset(facts)
    try:
        return decider.settled(lambda: _route_question(decider, held, task, question, known))
    except Exception:  # deciding never raises; what fails denies
        return None


def _route_question(
    decider: Decider, cleared: frozenset[str], task: str, question: Question, facts: frozenset[Triple]
) -> Route | None:
    by_site: dict[str, set[str]] = {}
    deployed = _sites(decider.facts, task, usable(decider, question))
    for compartment, sites in places(decider, cleared, question).items():
        for site in sites & deployed:
            by_site.setdefault(site, set()).add(compartment)
    most = max(map(len, by_site.values()), default=0)
    wanted = {frozenset(found) for found in by_site.values() if len(found) == most}
    routes = [route(decider, compartments, task, question, facts) for compartments in wanted]
    return min((found for found in routes if found), key=_dearness, default=None)


def usable(decider: Decider, question: Question) -> frozenset[str]:
    """The deployments that the user of a question may have compute; agents inherit that. What fails gives none."""
    user = question.chain.user or AMBIT.ANONYMOUS
    rules = decider.force.of("use", question.action)
    said = decider.said([Asked(rule, actor=user) for rule in rules], question)
    return frozenset[str]().union(*(one.first("deployment") for one in said))


def _sites(known: Facts, task: str, deployments: Iterable[str]) -> frozenset[str]:
    """The sites with one of some deployments that takes a task."""
    runs = (_runs(known, deployment, task) for deployment in deployments)
    return frozenset(found[0] for found in runs if found)


def _route(
    decider: Decider, wanted: frozenset[str], task: str, question: Question, without: frozenset[str]
) -> Route | None:
    allowed = frozenset.intersection(*_places(decider, wanted, question).values())
    known = decider.facts
    may = usable(decider, question)
    said = decider.said([Asked(rule) for rule in decider.force.of("rank", question.action)], question)
    if any(one.failure for one in said):
        return None
    costs = _costs(said)
    routes = [
        Route(deployment, *found, cost, rule)
        for deployment, (cost, rule) in costs.items()
        if deployment in may - without
        and (found := _runs(known, deployment, task)) is not None
        and found[0] in allowed
    ]
    return min(routes, key=_dearness, default=None)


def _dearness(route: Route) -> tuple[Decimal, str]:
    return route.cost, route.deployment


def _runs(known: Facts, deployment: str, task: str) -> tuple[str, str] | None:
    """The site and version of a deployment that takes a task.

    None where governance as a whole names several sites, versions, hashes, engines or devices: which of them
    holds would hang on the order of files, and what is called must be what was decided.
    """
    sites, versions = (
        known.objects(NamedNode(deployment), predicate) for predicate in (AMBIT.RUNS_AT, AMBIT.DEPLOYS)
    )
    if len(sites) != 1 or len(versions) != 1:
        return None
    (site,), (version,) = sites, versions
    if not isinstance(site, NamedNode) or not isinstance(version, NamedNode):
        return None
    single = (
        (version, AMBIT.CONTENT_HASH),
        *((NamedNode(deployment), p) for p in (AMBIT.ENGINE, AMBIT.DEVICE)),
    )
    if any(len(known.objects(subject, predicate)) > 1 for subject, predicate in single):
        return None
    return (site.value, version.value) if task in known.iris(version.value, AMBIT.SUPPORTS) else None


def _costs(said: Iterable[Said]) -> dict[str, tuple[Decimal, str]]:
    """By deployment the sum of its costs, and the rule that said the most of it."""
    costs: dict[str, list[tuple[Decimal, str]]] = {}
    for one in said:
        for row in one.rows:
            deployment, cost = row.get("deployment"), row.get("cost")
            if isinstance(deployment, NamedNode) and isinstance(cost, Literal):
                try:
                    value = Decimal(cost.value)
                except InvalidOperation:
                    continue
                if value.is_finite():
                    costs.setdefault(deployment.value, []).append((value, one.asked.rule.iri))
    return {d: (sum((c for c, _ in parts), Decimal(0)), max(parts)[1]) for d, parts in costs.items()}
