"""A world to decide in: Ambit's own terms, a ground, what is given beside it, and what follows from these.

Nothing else is read: no store, no running server.
"""

from collections.abc import Callable, Iterable, Mapping

from ...graph.errors import Invalid, RuleInvalid
from ...graph.terms import NamedNode, Quad, Triple
from ...graph.views.calls import Worker
from ...graph.vocabulary import AMBIT
from ...graph.words import Delta, Placed, Role
from ..deciding.decide import Decider
from ..governance.closure import Closure
from ..governance.governance import INFERRED, SHIPPED, vocabulary
from ..rulebase.rules import Loaded

WORLD = "urn:ambit:case:given"
"""The graph that explanations name for what is given."""


class World:
    """Rules over a ground, whose triples come by the graph that states them; `become` gives it the rest.

    `refused` are the rules that are not in force.
    """

    def __init__(
        self, rules: Loaded, hire: Callable[[], Worker], ground: Mapping[str, Iterable[Triple]] | None = None
    ):
        self._ground = frozenset(
            _placed(triple, graph) for graph, triples in (ground or {}).items() for triple in triples
        )
        self._ground |= {_placed(triple, SHIPPED) for triple in vocabulary()}
        self._held: frozenset[Quad] = frozenset()
        self._revision = 0
        self.decider = Decider(hire(), server_site="", deadline=20, hire=hire)
        self.decider.worker.build([], 0)
        self.become(())
        self.refused: tuple[RuleInvalid, ...] = self.decider.use(rules)

    def become(self, given: Iterable[Triple]) -> None:
        """Makes the world the ground, what is given, and what follows; what was given before is gone."""
        quads = self._ground | {_placed(triple, WORLD) for triple in given}
        stated = {quad.triple for quad in quads}
        quads |= {_placed(triple, INFERRED) for triple in Closure(stated).conclude(stated)}
        out, into = self._held - quads, quads - self._held
        self._held = quads
        self._revision += 1
        governance = Role.GOVERNANCE
        self.decider.on_delta(
            Delta(
                self._revision,
                tuple(Placed(quad, "", governance) for quad in out),
                tuple(Placed(quad, "", governance) for quad in into),
                policy=True,
            )
        )

    def settle(self) -> str:
        """Has the server stand at the world's one server site, and gives it; raises `Invalid`."""
        sites = self.decider.facts.instances(AMBIT.SERVER_SITE)
        if len(sites) != 1:
            named = " ".join(f"`{site}`" for site in sorted(sites)) or "none"
            raise Invalid(f"its world must have one `ambit:ServerSite`, and has {named}")
        (self.decider.server_site,) = sites
        return self.decider.server_site

    def is_like(self, other: "World") -> bool:
        """Whether both have the same governance, and stand at the same site."""
        here, there = self.decider, other.decider
        return here.server_site == there.server_site and frozenset(here.facts) == frozenset(there.facts)

    def close(self) -> None:
        """Ends the worker."""
        self.decider.close()


def _placed(triple: Triple, graph: str) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, NamedNode(graph))
