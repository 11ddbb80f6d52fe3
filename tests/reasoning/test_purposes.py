"""The purpose of a request, from token and header."""

import pytest
from worlds import ex, triples

from ambit.graph.errors import PurposeRefused
from ambit.graph.terms import NamedNode, Quad
from ambit.graph.vocabulary import AMBIT, DPV
from ambit.graph.words import Chain
from ambit.reasoning.deciding.purposes import HINT, allowed, kept_from, resolve
from ambit.reasoning.governance.closure import Closure
from ambit.reasoning.governance.facts import Facts
from ambit.reasoning.governance.governance import vocabulary

WORLD = """
:care skos:broader dpv:CustomerManagement . :refund skos:broader :care . :stray skos:broader :nothing .
:audit skos:broader ambit:Administration .
:root a foaf:Person ; org:memberOf :admins . :admins org:memberOf ambit:Administrators .
:helper a ambit:Agent ; ambit:isRegisteredFor :care . :other a ambit:Agent ; ambit:isRegisteredFor :refund .
"""
STATED = vocabulary() | frozenset(triples(WORLD))
FACTS = Facts(
    Quad(t.subject, t.predicate, t.object, NamedNode("urn:g"))
    for t in STATED | Closure(STATED).conclude(STATED)
)
ADA, ROOT = Chain(ex("ada")), Chain(ex("root"))
HELPER, BOTH = Chain(ex("ada"), (ex("helper"),)), Chain(ex("ada"), (ex("helper"), ex("other")))
CARE, REFUND, STRAY, AUDIT = ex("care"), ex("refund"), ex("stray"), ex("audit")


@pytest.mark.parametrize(
    ("claimed", "header", "chain", "expected"),
    [
        (None, None, ADA, (None, False)),
        ((), None, ADA, (None, False)),
        ((CARE,), None, ADA, (CARE, False)),
        ((CARE, REFUND), None, ADA, (None, False)),
        ((CARE, REFUND), REFUND, ADA, (REFUND, False)),
        ((CARE,), REFUND, ADA, (REFUND, False)),
        ((DPV.PURPOSE,), REFUND, ADA, (REFUND, False)),
        (None, CARE, ADA, (CARE, True)),
        (None, CARE, HELPER, (CARE, True)),
        (None, REFUND, BOTH, (REFUND, True)),
        ((AMBIT.ADMINISTRATION,), None, ROOT, (AMBIT.ADMINISTRATION, False)),
        (None, AUDIT, ROOT, (AUDIT, True)),
    ],
)
def test_resolves(
    claimed: tuple[str, ...] | None, header: str | None, chain: Chain, expected: tuple[str | None, bool]
) -> None:
    assert resolve(claimed, header, chain, FACTS) == expected


@pytest.mark.parametrize(
    ("claimed", "header", "chain"),
    [
        ((REFUND,), CARE, ADA),
        ((), CARE, ADA),
        (None, STRAY, ADA),
        (None, "no iri", ADA),
        (None, "", ADA),
        ((STRAY,), None, ADA),
        (None, AMBIT.ANY_PURPOSE, ADA),
        (None, AMBIT.NO_PURPOSE, ADA),
        (None, AMBIT.ADMINISTRATION, ADA),
        ((AMBIT.ADMINISTRATION,), None, ADA),
        ((DPV.PURPOSE,), AUDIT, ADA),
        (None, DPV.PURPOSE, HELPER),
        (None, CARE, BOTH),
        (None, CARE, Chain(ex("ada"), (ex("unheard-of"),))),
    ],
)
def test_refuses(claimed: tuple[str, ...] | None, header: str | None, chain: Chain) -> None:
    with pytest.raises(PurposeRefused) as refused:
        resolve(claimed, header, chain, FACTS)
    assert refused.value.hint == HINT, "the reason would tell what stands in governance"


@pytest.mark.parametrize(
    ("purpose", "chain", "actor"),
    [
        (None, HELPER, None),
        (REFUND, BOTH, None),
        (CARE, BOTH, ex("other")),
        (AUDIT, ROOT, None),
        (AUDIT, ADA, ADA.user),
        (AUDIT, Chain(ROOT.user, HELPER.agents), ex("helper")),
    ],
)
def test_the_first_who_may_not_act_for_a_purpose(
    purpose: str | None, chain: Chain, actor: str | None
) -> None:
    assert kept_from(purpose, chain, FACTS) == actor
    assert allowed(frozenset({chain.user}), chain.agents, purpose, FACTS) == (
        frozenset({chain.user}) if actor is None else frozenset()
    )
