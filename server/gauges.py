"""What a running server shows of itself: counts that Prometheus asks for."""

from prometheus_client import CollectorRegistry, Gauge, Info

from ..graph.clock import CLOCK
from ..graph.provenance.projector import Projector
from ..graph.store.owner import Owner
from ..graph.views.views import Views
from ..inference.follow import Follower
from ..inference.sites import Sites


def gauges(
    owner: Owner, views: Views, projector: Projector, follower: Follower, sites: Sites, *, durable: bool
) -> CollectorRegistry:
    """A registry of its own for each server, read when asked."""
    registry = CollectorRegistry()
    mode = Info("ambit_durability", "which promise holds when power is cut", registry=registry)
    mode.info({"mode": "durable" if durable else "fast"})

    def waiting() -> float:
        return follower.embedding.waiting + (
            0 if follower.settled(0) and follower.embedding.settled(0) else 1
        )

    for name, text, read in (
        ("ambit_revision", "commits so far", lambda: float(owner.revision)),
        (
            "ambit_policy_revision",
            "commits that changed the governance graph",
            lambda: float(owner.policy_revision),
        ),
        ("ambit_views_live", "views kept alive", lambda: float(len(views.live()))),
        ("ambit_view_bytes", "memory that live views take", lambda: float(sum(views.live().values()))),
        ("ambit_passages_waiting", "passages that wait for a vector and have a place", waiting),
        ("ambit_sites_running", "processes of sites", lambda: float(len(sites.pids()))),
        ("ambit_clock_behind_seconds", "by which the machine's clock was set back", CLOCK.behind),
        ("ambit_ledger_entries", "entries of the ledger", lambda: float(owner.ledger.head()[0])),
        (
            "ambit_provenance_waiting",
            "entries of the ledger that provenance does not have yet",
            lambda: float(projector.waiting()),
        ),
    ):
        Gauge(name, text, registry=registry).set_function(read)
    return registry
