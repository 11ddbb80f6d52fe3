"""Generated companies under the shipped rules: what they are made of by a seeded generator, and as Turtle.

Whatever draws may be given as the generator: a seed's for runs of many, hypothesis's for one that shrinks.
"""

from datetime import timedelta
from random import Random
from typing import Any

from families import WIDER_DECISION, Asking, Families, Pairs, Span
from reference import CA, EU, PURPOSES, US, Cell, Company
from worlds import EX, NOW

from ambit.graph.vocabulary import AMBIT

PEOPLE = ["p0", "p1", "p2", "p3"]
GROUPS = ["g0", "g1", "g2"]
AGENTS = ["a0", "a1"]
THINGS = ["t0", "t1"]
FOLDERS, ROLES, ACTORS = ["f0", "f1"], ["r0", "r1"], [*PEOPLE, *GROUPS]
SOURCES = ["s0", "s1", "Ontology", "Provenance"]
SENSITIVITIES = ["Open", "Internal", "Personal", "Payment", "Odd"]
KINDS = ["Personal", "Payment", "Internal", "Odd"]
APART = ["s0", "s1", "Personal", "Internal", "t0", "g0", "Everybody"]
HOUR = timedelta(hours=1)
AMBIT_NAMES = {"Open", "Internal", "Personal", "Payment", "Ontology", "Provenance", "Everybody", EU, US, CA}


def company(random: Random) -> Company:
    """What the rules of before the families look at."""
    spaces = [EU, US, CA]
    labels = {
        Cell(
            "",
            random.choice(SOURCES),
            random.choice([*SENSITIVITIES, "Internal", "Internal"]),
            _subset(random, spaces, 1, 2),
            _subset(random, [*PEOPLE, *GROUPS, *THINGS, "Everybody"], 1, 2),
        ): None
        for _ in range(random.randint(1, 8))
    }
    return Company(
        people=set(_subset(random, PEOPLE, 2, 4)),
        agents=set(_subset(random, AGENTS, 1, 2)),
        member=pairs(random, ACTORS, GROUPS, 8, 3),
        unit=pairs(random, GROUPS, GROUPS, 3),
        reports=pairs(random, PEOPLE, PEOPLE, 6),
        owned=pairs(random, THINGS, ACTORS, 6) | pairs(random, AGENTS, ACTORS, 6, 2),
        shared=pairs(random, THINGS, ACTORS, 3),
        assigned=pairs(random, THINGS, ACTORS, 3),
        registered=pairs(random, AGENTS, ["care", "refund", "service"], 4),
        sources=pairs(random, AGENTS, ["s0", "s1"], 4, 2),
        sensitivities=pairs(random, AGENTS, SENSITIVITIES, 10, 4),
        expired=set(random.choice([[], *([a] for a in AGENTS)])),
        opened=pairs(random, ["Personal", "Payment"], ["care", "refund", "service"], 3),
        home=_subset(random, spaces, 1, 3) if random.random() < 0.3 else frozenset(spaces),
        cells=[
            Cell(f"c{number}", c.source, c.sensitivity, c.jurisdictions, c.audience)
            for number, c in enumerate(labels)
        ],
    )


def families(random: Random) -> Families:
    """What the families look at; what takes away is rare: else little would be left to agree on."""
    sources = ["s0", "s1"]
    return Families(
        folders=pairs(random, [*THINGS, *FOLDERS, "p0"], [*FOLDERS, "g0"], 5, 2),
        shared=pairs(random, FOLDERS, ACTORS, 4, 1),
        excluded=_rarely(random, [*THINGS, *FOLDERS, *GROUPS, "Everybody"], [*ACTORS, "a0"], 3),
        roles=pairs(random, ACTORS, ROLES, 6, 2),
        role_sources=pairs(random, ROLES, sources, 4, 2),
        role_sensitivities=pairs(random, ROLES, SENSITIVITIES, 6, 3),
        incompatible=_rarely(random, ROLES, ROLES, 1),
        grants=_dated(random, 3, ACTORS, [*THINGS, *sources]),
        glasses=_dated(random, 3, ACTORS, [*THINGS, *sources]),
        needs_consent=_rarely(random, KINDS, ["care", "service", "AnyPurpose"], 2),
        subjects=set(_subset(random, [*THINGS, "p0"], 0, 3)),
        consents=_dated(
            random, 4, [*THINGS, "p0"], ["care", "service", "AnyPurpose"], ["given", "withdrawn"]
        ),
        above=_rarely(random, KINDS, KINDS, 2),
        cleared_to=pairs(random, [*ACTORS, *AGENTS, "Everybody"], KINDS, 5),
        decisions=_rarely(random, KINDS, ["Advice", "talk"], 1),
        apart=_rarely(random, APART, APART, 2),
        adequate=_dated(random, 5, [EU, US, CA], [EU, US, CA]),
    )


def asking(random: Random, user: str = "") -> Asking:
    """A question of a user, with what the request says of itself."""
    return Asking(
        user,
        random.choice([(), (), ("a0",), ("a0", "a1")]),
        random.choice(list(PURPOSES)),
        random.choice([None, *WIDER_DECISION]),
        _subset(random, APART, 0, 1),
        random.random() < 0.5,
    )


def pairs(random: Random, left: list[str], right: list[str], most: int, least: int = 0) -> Pairs:
    """A few pairs; some may be drawn twice."""
    return {(random.choice(left), random.choice(right)) for _ in range(random.randint(least, most))}


def _rarely(random: Random, left: list[str], right: list[str], most: int) -> Pairs:
    return pairs(random, left, right, most, 1) if random.randint(0, 2) == 2 else set()


def _subset(random: Random, words: list[str], least: int, most: int) -> frozenset[str]:
    return frozenset(random.sample(words, random.randint(least, most)))


def _dated(random: Random, most: int, *parts: list[str]) -> set[Any]:
    """A few tuples, valid for a span."""
    return {
        (
            *map(random.choice, parts),
            Span(
                random.choice([None, NOW - HOUR, NOW, NOW + HOUR]),
                random.choice([None, NOW + HOUR, NOW, NOW - HOUR]),
            ),
        )
        for _ in range(random.randint(0, most))
    }


def name(word: str) -> str:
    return f"ambit:{word}" if word in AMBIT_NAMES else f":{word}"


def turtle(company: Company) -> str:
    """The world as Turtle; `service` is the purpose below which `care` and `refund` stand."""
    lines = [":service skos:broader dpv:Purpose . :care skos:broader :service . :refund skos:broader :care ."]
    lines += [":other skos:broader dpv:Purpose . :flood skos:broader ambit:Emergency ."]
    lines += [f":{p} a foaf:Person ." for p in company.people]
    lines += [f":{a} a ambit:Agent ." for a in company.agents]
    lines += [f":{a} ambit:expires '2026-02-01T00:00:00Z'^^xsd:dateTime ." for a in company.expired]
    relations = {
        "org:memberOf": company.member,
        "org:subOrganizationOf": company.unit,
        "org:reportsTo": company.reports,
        "ambit:isOwnedBy": company.owned,
        "ambit:isSharedWith": company.shared,
        "ambit:isAssignedTo": company.assigned,
        "ambit:isRegisteredFor": company.registered,
        "ambit:readsSource": company.sources,
        "ambit:readsSensitivity": company.sensitivities,
        "ambit:isOpenTo": company.opened,
    }
    lines += [f"{name(s)} {p} {name(o)} ." for p, relation in relations.items() for s, o in relation]
    lines += [f":home a ambit:ServerSite ; ambit:hasJurisdiction {', '.join(map(name, company.home))} ."]
    for cell in company.cells:
        lines.append(
            f":{cell.name} a ambit:Compartment ; ambit:comesFrom {name(cell.source)} ;"
            f" ambit:hasSensitivity {name(cell.sensitivity)} ;"
            f" ambit:hasJurisdiction {', '.join(map(name, cell.jurisdictions))} ;"
            f" ambit:hasAudience {', '.join(map(name, cell.audience))} ."
        )
    return "\n".join(lines)


def written(found: Families) -> str:
    """The families' relations as Turtle."""
    relations = {
        "ambit:isInFolder": found.folders,
        "ambit:excludes": found.excluded,
        "ambit:hasRole": found.roles,
        "ambit:readsSource": found.role_sources,
        "ambit:readsSensitivity": found.role_sensitivities,
        "ambit:isIncompatibleWith": found.incompatible,
        "ambit:needsConsentFor": found.needs_consent,
        "ambit:isAbove": found.above,
        "ambit:isClearedTo": found.cleared_to,
        "ambit:isOpenToDecision": found.decisions,
        "ambit:isKeptApartFrom": found.apart,
    }
    lines = [f"{named(s)} {p} {named(o)} ." for p, pairs in relations.items() for s, o in pairs]
    lines += [f":{subject} a dpv:DataSubject ." for subject in found.subjects]
    lines += [":talk a ambit:DecisionKind ; skos:broader ambit:Advice ."]
    for kind, made in (("Grant", found.grants), ("BreakGlass", found.glasses)):
        lines += [
            f"[] a ambit:{kind} ; ambit:isGrantedTo {named(to)} ; ambit:grants {named(what)} {valid(span)} ."
            for to, what, span in made
        ]
    lines += [
        f"[] a dpv:Consent ; dpv:hasDataSubject {named(who)} ; dpv:hasPurpose {named(purpose)} ;"
        f" dpv:hasConsentStatus dpv:ConsentGiven{', dpv:ConsentWithdrawn' * (status != 'given')} {valid(span)} ."
        for who, purpose, status, span in found.consents
    ]
    lines += [
        f"[] a ambit:Adequacy ; ambit:isFoundBy {named(one)} ; ambit:isFoundFor {named(other)} {valid(span)} ."
        for one, other, span in found.adequate
    ]
    return "\n".join(lines)


def named(word: str) -> str:
    return f"ambit:{word}" if word in ("Advice", "AnyPurpose") else name(word)


def valid(span: Span) -> str:
    said = {"ambit:validFrom": span.start, "ambit:expires": span.end}
    return "".join(f"; {p} '{t.isoformat()}'^^xsd:dateTime " for p, t in said.items() if t is not None)


def iri(word: str) -> str:
    return AMBIT.NAMESPACE + word if word in (*AMBIT_NAMES, *WIDER_DECISION) and word != "talk" else EX + word
