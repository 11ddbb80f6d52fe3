"""The layers of a running server, opened from the ground up and closed the other way."""

import os
import threading
from pathlib import Path

import structlog
from prometheus_client import Gauge

from ..graph.clock import BEHIND, CLOCK
from ..graph.compartments import governance_label, ledger_label
from ..graph.errors import AmbitError, Unavailable
from ..graph.ledger.own import OwnLedgers
from ..graph.provenance.projector import Projector
from ..graph.provenance.usage import Usage
from ..graph.store.owner import Owner
from ..graph.views.asof import PastViews
from ..graph.views.views import Views
from ..graph.views.worker import Keeper
from ..graph.vocabulary import AMBIT
from ..graph.words import Chain
from ..inference.cache import VectorCache
from ..inference.follow import Follower
from ..inference.index import Index
from ..inference.search import Search
from ..inference.sites import Sites, describe_sites
from ..ingest.pipeline import Ingest
from ..reasoning.acts.autonomy import autonomy
from ..reasoning.acts.docket import Docket
from ..reasoning.deciding.decide import Decider
from ..reasoning.deciding.labels import label
from ..reasoning.deciding.places import Route, route
from ..reasoning.deciding.questions import Question
from ..reasoning.findings.drift import drift
from ..reasoning.governance.following import close_governance
from ..reasoning.governance.governance import govern
from ..reasoning.governance.identities import check_identities
from ..reasoning.ontologies.consistency import Reasoner
from ..reasoning.ontologies.entail import entail
from ..reasoning.ontologies.ontologies import Texts, public_label
from ..reasoning.rl.conclude import Conclusions
from ..reasoning.shapes.checking import Checker
from ..reasoning.shapes.shapes import shapes
from .definitions import Definitions
from .gauges import gauges
from .handing import Handing
from .moments import moment_of
from .recall import Recall
from .reporting import Reports
from .schema.cache import SchemaCache
from .schema.execute import Graphql
from .serversite import server_site
from .settings import Settings
from .workspace import Workspace
from .writelabels import WriteLabels

_SECRET = 32
"""Bytes of the key that seals cursors."""

log = structlog.get_logger()


class Layers:
    """Everything that holds state, by the name of its room. `start` brings the sources in."""

    def __init__(self, settings: Settings):
        """Opens what must stand before the first request; raises `Unavailable` where the folder is in use or damaged."""
        workspace = Workspace(settings.workspace)
        site, jurisdictions = server_site(workspace)
        limits = settings.limits
        self.ready = threading.Event()
        self.ingested = threading.Event()
        self._stopping = threading.Event()
        self._policy = threading.Event()  # rules or governance changed, and with them places
        self._checker = Checker()
        self.decider = Decider(Keeper("decisions"), server_site=site, hire=lambda: Keeper("decisions"))
        texts = Texts()
        self.write_labels = WriteLabels(settings.writes, jurisdictions)
        self.writing = threading.Lock()  # of an update that another overtook, while it is made anew
        closing = close_governance(self.decider.facts_at)
        self.owner = Owner(
            settings.data,
            checks=(
                self.write_labels.reserve,
                entail(texts),
                drift(texts),
                shapes(self._checker, texts),
                govern,
                check_identities(),
                closing,
                autonomy(self.decider),
                label(self.decider),
                # once more: classes of compartments may depend on new labels
                closing,
            ),
            durable=settings.is_durable,
            governance=governance_label(jurisdictions),
            concluding=Conclusions(governance_label(jurisdictions), limit=limits.conclusions),
        )
        self.ledger = self.owner.ledger
        if not settings.trust_clock:
            self._go_on_from_ledger()
        self.jurisdictions = jurisdictions
        self.own_ledgers = OwnLedgers(self.ledger)
        self.secret = sealing_key(settings.data)
        self.decider.start(self.owner)
        self.docket = Docket(self.decider)
        self.decider.listen(self._policy.set)
        self.owner.listen(self.decider.on_delta)
        # so that rules can say who may audit, and who may read what labels there are
        self.owner.describe([ledger_label(jurisdictions), governance_label(jurisdictions)])
        self.views = Views(
            self.owner,
            limit=limits.views,
            memory=limits.view_bytes,
            query_memory=limits.query_memory,
            answer=limits.result_bytes,
            folder=settings.data / "views",
        )
        self.owner.listen(self.views.on_delta)
        self.past = PastViews(
            self.owner,
            settings.data / "commits",
            memory=limits.view_bytes,
            query_memory=limits.query_memory,
            answer=limits.result_bytes,
        )
        self.usage = Usage(self.owner)
        self.owner.listen(self.usage.on_delta)
        self.projector = Projector(self.owner, lambda: jurisdictions)
        self.projector.listen(self.views.on_delta)
        self.projector.listen(self.usage.on_delta)
        self.sites = Sites(
            threads=settings.site_threads, models=settings.models, record=settings.record_sites
        )
        self.index = Index()
        self.search = Search(self.index, self.sites)
        self.follower = Follower(
            self.owner,
            self.index,
            VectorCache(settings.data / "vectors"),
            self.sites,
            self._route_indexing,
            self.ledger.append,
        )
        self.owner.listen(self.follower.on_delta)
        self.registry = gauges(
            self.owner,
            self.views,
            self.projector,
            self.follower,
            self.sites,
            durable=settings.is_durable,
        )
        self.graphql = Graphql(SchemaCache(), self.secret)
        self.recall = Recall(self.owner, self.decider, jurisdictions, settings.session_hours)
        self._reasoner = Reasoner()
        self.handing = Handing(self.owner, self.ledger.append)
        reports = Reports(self.owner, workspace.root)
        broken = Gauge(
            "ambit_definitions_broken", "files that are not in force as saved", registry=self.registry
        )
        broken.set_function(lambda: float(len(reports.broken)))
        for path, problem in self.owner.damage:
            reports(path, problem)
        self._definitions = Definitions(
            workspace,
            self.decider,
            self.owner.revise,
            self.owner,
            public_label(jurisdictions),
            reports,
            self._reasoner,
            refuses_unshown=settings.rules_without_case == "refuse",
        )
        folders = ("ontology", "shapes", "rules", "cases", "governance", "sources")
        self.ingest = Ingest(
            self.owner,
            workspace.root,
            locations=settings.locations,
            on_file=dict.fromkeys(folders, self._definitions.changed),
        )
        self.ingest.look_again(self._definitions.load())
        self.write_labels.settle(self.owner, self.owner.describe, self.owner.commit)

    def start(self) -> None:
        """Starts what works behind the requests: projector, sites, index, ingest."""
        self.usage.start()
        self.projector.start()
        self.handing.start()
        threading.Thread(target=self._follow_ledger, name="ambit-own-ledgers", daemon=True).start()
        self.follower.start()
        threading.Thread(target=self._keep_sites, name="ambit-sites", daemon=True).start()
        self.ready.set()
        self.views.warm()
        self.ingest.start()
        threading.Thread(target=self._wait_for_sources, name="ambit-ingested", daemon=True).start()

    def close(self) -> None:
        """Ends everything; what was acknowledged is on disk."""
        self._stopping.set()
        self._policy.set()
        for part, end in (
            ("ingest", self.ingest.stop),
            ("follower", self.follower.stop),
            ("sites", self.sites.stop),
            ("handing", self.handing.stop),
            ("projector", self.projector.stop),
            ("usage", self.usage.stop),
            ("views", self.views.close),
            ("past", self.past.close),
            ("decisions", lambda: self.decider.worker.close()),
            ("checker", self._checker.close),
            ("reasoner", self._reasoner.close),
            ("owner", self.owner.close),
        ):
            try:
                end()
            except (AmbitError, OSError, RuntimeError) as error:
                log.warning("a part did not end well", part=part, reason=str(error))

    def _go_on_from_ledger(self) -> None:
        """Has time not be before the ledger's last entry: what had ended then has ended."""
        last = next(self.ledger.entries(max(self.ledger.head()[0] - 1, 0)), None)
        if last is None:
            return
        CLOCK.not_before(moment_of(last.at))
        if CLOCK.behind() > BEHIND:
            log.error(
                "the machine's clock is behind the ledger: time goes on from its last entry",
                seconds=round(CLOCK.behind()),
                last=last.at,
                hint="set the clock; if the ledger's times are the wrong ones, start once with `trust_clock`",
            )

    def _route_indexing(self, compartments: frozenset[str], task: str) -> Route | None:
        """Embedding at ingest is placed by rule like everything else: a run of the server's own."""
        question = Question(
            Chain(AMBIT.SERVER), AMBIT.INDEXING, "read", self.decider.server_site, CLOCK.now()
        )
        return route(self.decider, compartments, task, question, self.sites.facts())

    def _keep_sites(self) -> None:
        """Starts and stops sites as governance describes them."""
        described = None
        while not self._stopping.is_set():
            self._policy.clear()
            now = describe_sites(self.owner.governance())
            if now != described:
                described = now
                self.sites.use(now)
            self.follower.embedding.reroute()  # a place may have come or gone with any rule or relation
            self._policy.wait()

    def _follow_ledger(self) -> None:
        """Keeps users' own ledgers up, so that no answer from one takes the longer the more others have asked."""
        while not self._stopping.wait(0.5):
            try:
                self.own_ledgers.catch_up()
            except AmbitError as error:
                log.error("users' own ledgers are not kept up", reason=error.message)
                return

    def _wait_for_sources(self) -> None:
        while not self._stopping.is_set():
            if self.ingest.wait(0.5) and self.follower.settled(0.5):  # found by words; vectors come behind
                self.ingested.set()
                return


def sealing_key(data: Path) -> bytes:
    """The key that seals cursors and revisions: made once, readable by its owner alone. Raises `Unavailable`."""
    file = data / "keys" / "secret"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = file.read_bytes()
        if len(found) != _SECRET:
            raise Unavailable(
                f"`{file}` is not the key that seals cursors",
                hint="put it back from a backup, or take it away: a new one is made, and cursors of the old one end",
                code="key-invalid",
            ) from None
        return found
    with os.fdopen(handle, "wb") as out:
        out.write(os.urandom(_SECRET))
    return file.read_bytes()
