"""A world under rules of its own, and what it comes to: sets and loops, no SPARQL. `yards` generates such worlds.

The rules are of all effects and shapes: groups, wildcards, an exclusion that reaches a thing by several parents, two
paths that hang on time and on purpose, aggregates, OPTIONAL, MINUS, and rows that say nothing of an actor.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worlds import NOW

from ambit.reasoning.rulebase.rules import Rule, parse

_HEAD = """# title: {name}
# family: yard
# effect: {effect}
# action: read
# description: D.
{more}
PREFIX : <https://example.org/>
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT {columns} WHERE {{ {pattern} }}
"""
_RULES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "members",
        "permit",
        "",
        "",
        "?actor a foaf:Person ; ambit:memberOfAll ?group . ?compartment ambit:hasAudience ?group",
    ),
    ("everybody", "permit", "", "", "?actor a foaf:Person . ?compartment ambit:hasAudience ambit:Everybody"),
    ("world", "permit", "", "# public: yes", "?compartment ambit:hasAudience :World"),
    (
        "granted",
        "permit",
        "?now ?until",
        "# reads: now",
        "?grant :to ?actor ; :of ?anchor ; :ends ?until . ?actor a foaf:Person . ?compartment ambit:hasAudience ?anchor"
        " FILTER(?now < ?until)",
    ),
    (
        "opened",
        "permit",
        "?purpose",
        "# reads: purpose",
        "?actor a foaf:Person ; ambit:memberOfAll ?group . ?anchor :openFor ?purpose ; :lentTo ?group ."
        " ?compartment ambit:hasAudience ?anchor",
    ),
    (
        "rare",
        "permit",
        "",
        "",
        "?actor a foaf:Person ; :fancies ?anchor . ?compartment ambit:hasAudience ?anchor ."
        " { SELECT ?anchor (COUNT(?compartment) AS ?n) { ?compartment ambit:hasAudience ?anchor } GROUP BY ?anchor }"
        " FILTER(?n = 1)",
    ),
    (
        "asked",
        "ask",
        "",
        "",
        "?actor a foaf:Person . ?compartment ambit:comesFrom :askable",
    ),
    (
        "served",
        "scope",
        "",
        "",
        "?actor a ambit:Agent ; ambit:readsSource ?source . ?compartment ambit:comesFrom ?source",
    ),
    (
        "excluded",
        "deny",
        "",
        "",
        "?compartment ambit:hasAudience ?anchor . ?anchor :excludes ?group . ?actor ambit:memberOfAll ?group"
        " FILTER NOT EXISTS { ?actor :isSpared ?anchor }",
    ),
    (
        "unlevelled",
        "deny",
        "",
        "",
        "?compartment a :Secret . OPTIONAL { ?actor :level ?level } FILTER(!BOUND(?level))",
    ),
    (
        "trained",
        "require",
        "",
        "# over: <https://example.org/Special>",
        "?compartment :needs ?course . { ?actor :knows ?course } UNION { ?course :isWaived true }",
    ),
    (
        "shunned",
        "require",
        "",
        "# over: <https://example.org/Odd>",
        "?compartment a :Odd . ?actor a foaf:Person MINUS { ?actor :shuns ?compartment }",
    ),
    ("placed", "place", "", "# reads: site", "?site :takes ?source . ?compartment ambit:comesFrom ?source"),
)

AGENTS = ["a0", "a1"]


def rules() -> tuple[Rule, ...]:
    """The yard's rules, as from files."""
    found = []
    for name, effect, columns, more, pattern in _RULES:
        first = "?compartment ?site" if effect == "place" else "?compartment ?actor"
        text = _HEAD.format(
            name=name, effect=effect, more=more or "#   more", columns=f"{first} {columns}", pattern=pattern
        )
        found.append(parse(text, f"/rules/{name}.rq"))
    return tuple(found)


@dataclass
class Yard:
    """One world: relations by name, and of each compartment its source, its anchors and its kinds."""

    people: set[str]
    relations: dict[str, set[tuple[str, str]]]
    sources: dict[str, str]
    kinds: dict[str, set[str]]
    grants: list[tuple[str, str, timedelta]]  # to whom, of what, until how long after NOW
    approvals: list[tuple[str, str, str]] = field(default_factory=list)  # to whom, what, for which purpose

    def has(self, relation: str, subject: str, value: str) -> bool:
        return (subject, value) in self.relations[relation]

    def groups(self, actor: str) -> set[str]:
        found: set[str] = set()
        todo = [g for who, g in self.relations["memberOf"] if who == actor]
        while todo:
            group = todo.pop()
            if group not in found:
                found.add(group)
                todo += [
                    up
                    for r in ("memberOf", "subOrganizationOf")
                    for who, up in self.relations[r]
                    if who == group
                ]
        return found

    def anchors(self, compartment: str) -> set[str]:
        return {anchor for what, anchor in self.relations["hasAudience"] if what == compartment}

    def permits(self, user: str, compartment: str, purpose: str | None, now: datetime) -> bool:
        anchors = self.anchors(compartment)
        if "World" in anchors:
            return True
        if user not in self.people:
            return False
        groups = self.groups(user)
        if "Everybody" in anchors or groups & anchors:
            return True
        if any(who == user and what in anchors and now < NOW + end for who, what, end in self.grants):
            return True
        if purpose and any(
            self.has("openFor", a, purpose) and any(self.has("lentTo", a, g) for g in groups) for a in anchors
        ):
            return True
        holding = {a: sum(1 for _, b in self.relations["hasAudience"] if a == b) for a in anchors}
        if any(self.has("fancies", user, a) and holding[a] == 1 for a in anchors):
            return True
        return self.sources[compartment] == "askable" and (user, compartment, purpose) in self.approvals

    def is_denied(self, actor: str, compartment: str) -> bool:
        groups = self.groups(actor)
        for anchor in self.anchors(compartment):
            if any(self.has("excludes", anchor, g) for g in groups) and not self.has(
                "isSpared", actor, anchor
            ):
                return True
        return "Secret" in self.kinds[compartment] and not any(
            who == actor for who, _ in self.relations["level"]
        )

    def meets(self, actor: str, compartment: str) -> bool:
        kinds = self.kinds[compartment]
        if "Special" in kinds:
            courses = {c for what, c in self.relations["needs"] if what == compartment}
            if not any(self.has("knows", actor, c) or self.has("isWaived", c, "true") for c in courses):
                return False
        return "Odd" not in kinds or (actor in self.people and not self.has("shuns", actor, compartment))

    def holds(
        self, user: str, agents: list[str], purpose: str | None, site: str, now: datetime, compartment: str
    ) -> bool:
        chain = [user, *agents]
        if len(set(chain)) < len(chain) or user in AGENTS:
            return False
        source = self.sources[compartment]
        return (
            self.permits(user, compartment, purpose, now)
            and all(self.has("readsSource", agent, source) for agent in agents)
            and all(self.meets(actor, compartment) for actor in chain)
            and not any(self.is_denied(actor, compartment) for actor in chain)
            and self.has("takes", site, source)
        )

    def turtle(self) -> str:
        """The world as Turtle."""
        lines = [f":{p} a foaf:Person ." for p in self.people]
        lines += [f":{a} a ambit:Agent ; ambit:isOwnedBy :owner ." for a in AGENTS]
        lines += [":owner a foaf:Person ."]
        for relation, pairs in self.relations.items():
            for subject, value in pairs:
                lines.append(f"{_term(subject)} {_PROPERTIES.get(relation, ':' + relation)} {_term(value)} .")
        for compartment, source in self.sources.items():
            kinds = "".join(f" , :{kind}" for kind in self.kinds[compartment])
            lines.append(f":{compartment} a ambit:Compartment{kinds} ; ambit:comesFrom :{source} .")
        for number, (who, what, end) in enumerate(self.grants):
            ends = (NOW + end).isoformat()
            lines.append(f':grant{number} :to :{who} ; :of :{what} ; :ends "{ends}"^^xsd:dateTime .')
        for number, (who, what, purpose) in enumerate(self.approvals):
            lines.append(
                f":yes{number} a ambit:Approval ; ambit:isGrantedTo :{who} ; ambit:approves :{what} ; ambit:isFor :{purpose} ."
            )
        lines.append(":home a ambit:ServerSite .")
        return "\n".join(lines)


_PROPERTIES = {
    "memberOf": "org:memberOf",
    "subOrganizationOf": "org:subOrganizationOf",
    "hasAudience": "ambit:hasAudience",
    "readsSource": "ambit:readsSource",
}


def _term(value: str) -> str:
    return {"Everybody": "ambit:Everybody", "true": "true"}.get(value, f":{value}")
