"""The purpose of a request: the most that its token may ask for, and the one that it chose."""

from collections.abc import Collection
from typing import Final

from ...graph.errors import PurposeRefused
from ...graph.vocabulary import AMBIT, DPV, SKOS
from ...graph.words import Chain
from ..governance.facts import Facts

HINT: Final = (
    "name by its IRI a purpose of the taxonomy that your token and your registration allow, or a narrower one"
)
"""One for all reasons why: which of them it is would tell what stands in governance."""


def resolve(
    claimed: Collection[str] | None, header: str | None, chain: Chain, governance: Facts
) -> tuple[str | None, bool]:
    """The purpose, or None, and whether it is only declared: named by the request and proven by no token.

    `claimed` is the token's claim `purposes`, None where it has none; `header` is `Ambit-Purpose`. A request
    may choose a claimed purpose or a narrower one; without a claim a person may name any, an agent only those
    it is registered for. Raises `PurposeRefused`.
    """
    if header is not None:
        purpose = header.strip()
    elif claimed is not None and len(set(claimed)) == 1:
        purpose = next(iter(claimed))
    else:
        return None, False
    proven = claimed is not None
    if (
        not is_purpose(purpose, governance)
        or (claimed is not None and not widths(purpose, governance) & set(claimed))
        or kept_from(purpose, Chain(chain.user) if proven else chain, governance) is not None
    ):
        raise PurposeRefused(f"`{purpose}` is not a purpose that this request may name", hint=HINT)
    return purpose, not proven


def kept_from(purpose: str | None, chain: Chain, governance: Facts) -> str | None:
    """The first of a chain who may not act for a purpose that no token claims, or None."""
    if purpose is None:
        return None
    me = frozenset({chain.user})
    if not allowed(me, (), purpose, governance):
        return chain.user
    return next((agent for agent in chain.agents if not allowed(me, (agent,), purpose, governance)), None)


def allowed(
    users: frozenset[str], agents: Collection[str], purpose: str | None, governance: Facts
) -> frozenset[str]:
    """Those of some users who may act, through some agents, for a purpose that no token claims."""
    if purpose is None:
        return users
    wider = widths(purpose, governance)
    if any(not wider & governance.iris(agent, AMBIT.IS_REGISTERED_FOR) for agent in agents):
        return frozenset()
    if AMBIT.ADMINISTRATION in wider:
        return frozenset(user for user in users if is_administrator(user, governance))
    return users


def widths(purpose: str, governance: Facts) -> frozenset[str]:
    """A purpose and all broader ones: what is open for one of them is open for it."""
    try:
        return governance.iris(purpose, SKOS.BROADER_TRANSITIVE) | {purpose}
    except ValueError:  # no IRI
        return frozenset({purpose})


def is_purpose(purpose: str, governance: Facts) -> bool:
    """Whether the taxonomy knows it: `dpv:Purpose` or what stands below."""
    return purpose == DPV.PURPOSE or governance.holds(purpose, SKOS.BROADER_TRANSITIVE, DPV.PURPOSE)


def is_administrator(user: str, governance: Facts) -> bool:
    """Whether a user is a member of `ambit:Administrators`, at any depth."""
    try:
        return AMBIT.ADMINISTRATORS in governance.iris(user, AMBIT.MEMBER_OF_ALL)
    except ValueError:
        return False
