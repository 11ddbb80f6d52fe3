"""The algebra and the shipped rules again, slow and obviously right: sets and recursion, no SPARQL."""

from dataclasses import dataclass, field

EU, US, CA = "EU", "US", "CA"
ADEQUATE = {(EU, CA)}
PURPOSES = {
    "care": "service",
    "refund": "care",
    "service": None,
    "other": None,
    "flood": None,  # an emergency
    None: None,
}  # the broader one


@dataclass(frozen=True)
class Cell:
    """A compartment."""

    name: str
    source: str
    sensitivity: str
    jurisdictions: frozenset[str]
    audience: frozenset[str]


@dataclass
class Company:
    """A generated world, by relation."""

    people: set[str]
    agents: set[str]
    member: set[tuple[str, str]]
    unit: set[tuple[str, str]]
    reports: set[tuple[str, str]]
    owned: set[tuple[str, str]]
    shared: set[tuple[str, str]]
    assigned: set[tuple[str, str]]
    registered: set[tuple[str, str]]
    sources: set[tuple[str, str]]
    sensitivities: set[tuple[str, str]]
    expired: set[str]
    opened: set[tuple[str, str]]
    home: frozenset[str]
    cells: list[Cell] = field(default_factory=list)

    def groups(self, actor: str, seen: frozenset[str] = frozenset()) -> set[str]:
        found: set[str] = set()
        for who, group in self.member | (self.unit if seen else set()):
            if who == actor and group not in seen:
                found |= {group} | self.groups(group, seen | {group})
        return found

    def managers(self, person: str, seen: frozenset[str] = frozenset()) -> set[str]:
        found: set[str] = set()
        for who, manager in self.reports:
            if who == person and manager not in seen:
                found |= {manager} | self.managers(manager, seen | {manager})
        return found

    def leads(self, anchor: str, user: str) -> bool:
        """Whether a relation leads from an anchor to a person."""
        us = {user} | self.groups(user)
        line = {
            p for p in self.people | {w for w, _ in self.reports} if user in self.managers(p) and p != user
        }
        if anchor in us or anchor == "Everybody":
            return True
        for relation in (self.owned, self.shared, self.assigned):
            if any(thing == anchor and who in us for thing, who in relation):
                return True
        by_line = self.owned | self.assigned
        return anchor in line or any(thing == anchor and who in line for thing, who in by_line)

    def wider(self, purpose: str | None) -> list[str]:
        return [] if purpose is None else [purpose, *self.wider(PURPOSES[purpose])]

    def is_open(self, cell: Cell, actor: str, purpose: str | None) -> bool:
        if cell.sensitivity in ("Open", "Internal"):
            return True
        return any((cell.sensitivity, p) in self.opened for p in self.wider(purpose))

    def is_standing(self, agent: str) -> bool:
        owners = {who for thing, who in self.owned if thing == agent}
        return agent in self.agents and bool(owners & self.people) and agent not in self.expired

    def inherits(self, agent: str, cell: Cell, purpose: str | None) -> bool:
        if cell.source == "Ontology" and cell.sensitivity == "Open":
            return True
        fits = purpose is None or any((agent, p) in self.registered for p in self.wider(purpose))
        if cell.source == "Provenance":
            return fits
        return (
            fits and (agent, cell.source) in self.sources and (agent, cell.sensitivity) in self.sensitivities
        )

    def is_placed(self, cell: Cell) -> bool:
        return all(j in self.home or any((j, h) in ADEQUATE for h in self.home) for j in cell.jurisdictions)

    def permits(self, user: str, cell: Cell) -> bool:
        if user not in self.people:
            return False
        if cell.source == "Ontology" and cell.sensitivity == "Open":
            return True
        return any(self.leads(anchor, user) for anchor in cell.audience)

    def cleared(self, user: str, agents: list[str], purpose: str | None) -> set[str]:
        chain = [user, *agents]
        if len(agents) > 8 or len(set(chain)) < len(chain) or user in self.agents:
            return set()
        if not all(self.is_standing(agent) for agent in agents):
            return set()
        return {
            cell.name
            for cell in self.cells
            if self.permits(user, cell)
            and all(self.inherits(agent, cell, purpose) for agent in agents)
            and all(self.is_open(cell, actor, purpose) for actor in chain)
            and self.is_placed(cell)
        }
