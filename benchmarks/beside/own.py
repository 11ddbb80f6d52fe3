"""The company in Ambit: governance triples and the shipped rules; each folder is a compartment."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from ambit.graph.terms import NamedNode, Quad, Triple
from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import AMBIT, DPV, FOAF, ORG, RDF, SKOS, node
from ambit.graph.words import Chain, Delta, Placed, Role
from ambit.reasoning.deciding.decide import Decider
from ambit.reasoning.deciding.questions import Question
from ambit.reasoning.governance.closure import Closure
from ambit.reasoning.governance.governance import INFERRED, vocabulary
from ambit.reasoning.rulebase.rules import SHIPPED, load

from .company import OPENED, PURPOSES, Asked, Company, each

BASE = "https://example.org/"
FILE = "urn:ambit:governance:file:company"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def decider(company: Company) -> tuple[Decider, Callable[[Asked], bool]]:
    """A decider with its worker, to be closed, and `Decider.check` of one compartment."""
    made = Decider(
        Keeper("decisions"), server_site=BASE + "home", deadline=60, hire=lambda: Keeper("decisions")
    )
    made.worker.build([], 0)
    refused = made.use(load([SHIPPED]))
    assert not refused
    stated = vocabulary() | frozenset(triples(company))
    conclusions = Closure(stated).conclude(stated)
    quads = [Quad(t.subject, t.predicate, t.object, NamedNode(FILE)) for t in stated]
    quads += [Quad(t.subject, t.predicate, t.object, NamedNode(INFERRED)) for t in conclusions]
    made.on_delta(Delta(1, (), [Placed(quad, "", Role.GOVERNANCE) for quad in quads], policy=True))
    return made, lambda asked: made.check(*question(asked)).is_permitted


def question(asked: Asked) -> tuple[Question, str]:
    """What is asked of the decider, and the compartment."""
    return Question(
        Chain(BASE + asked.person), BASE + asked.purpose, now=NOW
    ), BASE + "cell/" + asked.folder.name


def triples(company: Company) -> Iterator[Triple]:
    """What governance states of a company, Ambit's own terms aside."""
    me = _name("home")
    yield Triple(me, node(RDF.TYPE), node(AMBIT.SERVER_SITE))
    yield Triple(me, node(RDF.TYPE), node(AMBIT.SITE))
    yield Triple(me, node(AMBIT.HAS_JURISDICTION), node(AMBIT.EU))
    for purpose, above in PURPOSES.items():
        yield Triple(_name(purpose), node(SKOS.BROADER), _name(above) if above else node(DPV.PURPOSE))
    for sensitivity, opened in OPENED.items():
        if opened:
            yield Triple(_sensitivity(sensitivity), node(AMBIT.IS_OPEN_TO), _name(opened))
    for person in company.member:
        yield Triple(_name(person), node(RDF.TYPE), node(FOAF.PERSON))
    for person, group in each(company.member):
        yield Triple(_name(person), node(ORG.MEMBER_OF), _name(group))
    for group, parent in company.parent.items():
        yield Triple(_name(group), node(ORG.SUB_ORGANIZATION_OF), _name(parent))
    for person, manager in company.manager.items():
        yield Triple(_name(person), node(ORG.REPORTS_TO), _name(manager))
    for folder in company.folders:
        cell = _name("cell/" + folder.name)
        yield Triple(_name(folder.name), node(AMBIT.IS_OWNED_BY), _name(folder.owner))
        yield Triple(_name(folder.name), node(AMBIT.IS_SHARED_WITH), _name(folder.guest))
        yield Triple(cell, node(RDF.TYPE), node(AMBIT.COMPARTMENT))
        yield Triple(cell, node(AMBIT.COMES_FROM), _name("drive"))
        yield Triple(cell, node(AMBIT.HAS_SENSITIVITY), _sensitivity(folder.sensitivity))
        yield Triple(cell, node(AMBIT.HAS_JURISDICTION), node(AMBIT.EU))
        yield Triple(cell, node(AMBIT.HAS_AUDIENCE), _name(folder.group))
        yield Triple(cell, node(AMBIT.HAS_AUDIENCE), _name(folder.name))


def _name(word: str) -> NamedNode:
    return NamedNode(BASE + word)


def _sensitivity(word: str) -> NamedNode:
    return NamedNode(AMBIT.NAMESPACE + word)
