"""The terms of ODRL 2.2 that are read, and which action includes which (ODRL Vocabulary & Expression, §3)."""

from collections.abc import Iterable, Mapping
from typing import Final

NAMESPACE: Final = "http://www.w3.org/ns/odrl/2/"
CC: Final = "http://creativecommons.org/ns#"


def odrl(name: str) -> str:
    """A term of ODRL's own namespace."""
    return NAMESPACE + name


def part_of(base: str, family: str) -> str:
    """What says in governance that something is part of a collection of one import; no other import writes it."""
    return f"{base}{family}/partOf"


KINDS: Final = frozenset(
    map(odrl, ("Policy", "Set", "Offer", "Agreement", "Request", "Ticket", "Privacy", "Assertion"))
)
RULES: Final = ("permission", "prohibition", "obligation")
SHARED: Final = frozenset({"target", "assignee", "assigner", "action", "constraint", "function", "relation"})
"""What may be said of a policy in the place of each of its rules (Information Model, §2.7.1)."""

POLICY: Final = frozenset(
    {
        *RULES,
        *SHARED,
        "duty",
        "uid",
        "profile",
        "inheritFrom",
        "conflict",
        "inheritAllowed",
        "inheritRelation",
    }
)
RULE: Final = frozenset({"target", "assignee", "assigner", "action", "constraint", "duty", "uid", "remedy"})
CONSTRAINT: Final = frozenset({"leftOperand", "operator", "rightOperand", "dataType", "uid"})
LOGICAL: Final = ("and", "or", "xone", "andSequence")
LEFT_OPERANDS: Final = frozenset(
    [
        "absolutePosition",
        "absoluteSize",
        "absoluteSpatialPosition",
        "absoluteTemporalPosition",
        "count",
        "dateTime",
        "delayPeriod",
        "deliveryChannel",
        "device",
        "elapsedTime",
        "event",
        "fileFormat",
        "industry",
        "language",
        "media",
        "meteredTime",
        "payAmount",
        "percentage",
        "product",
        "purpose",
        "recipient",
        "relativePosition",
        "relativeSize",
        "relativeSpatialPosition",
        "relativeTemporalPosition",
        "resolution",
        "spatial",
        "spatialCoordinates",
        "system",
        "systemDevice",
        "timeInterval",
        "unitOfCount",
        "version",
        "virtualLocation",
    ]
)
OPERATORS: Final = frozenset(
    ["eq", "gt", "gteq", "hasPart", "isA", "isAllOf", "isAnyOf", "isNoneOf", "isPartOf", "lt", "lteq", "neq"]
)

_USE: Final = """acceptTracking aggregate annotate anonymize archive attribute compensate concurrentUse delete derive
    digitize distribute ensureExclusivity execute grantUse include index inform install modify move nextPolicy
    obtainConsent play present print read reproduce reviewPolicy stream synchronize textToSpeech transform translate
    uninstall watermark"""
_CC: Final = (
    "Attribution CommercialUse DerivativeWorks Distribution Notice Reproduction ShareAlike Sharing SourceCode"
)

INCLUDED_IN: Final[Mapping[str, str]] = {
    **{odrl(name): odrl("use") for name in _USE.split()},
    **{CC + name: odrl("use") for name in _CC.split()},
    odrl("display"): odrl("play"),
    odrl("extract"): odrl("reproduce"),
    odrl("give"): odrl("transfer"),
    odrl("sell"): odrl("transfer"),
}
"""`odrl:includedIn`, as the vocabulary says."""


def below(action: str, more: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """An action and all that it includes, at any depth; `more` are pairs that a file says itself."""
    pairs = [*INCLUDED_IN.items(), *more]
    found = {action}
    grows = True
    while grows:
        new = {narrow for narrow, wide in pairs if wide in found} - found
        found |= new
        grows = bool(new)
    return tuple(sorted(found))
