"""An owner and its views, beside the world in which the hidden was deleted; and the comparing of both."""

import os
import resource
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

from exactanswers import FORMATS, GRAPH_FORMATS, Row, Said, multiset, said, sequence
from exactdice import Dice
from exactquery import Asked, drawn_query
from exactrdflib import MOST, is_easy, rdflib_said
from exactsetting import HOME, PLAIN, Setting
from exactworld import COMPARTMENTS, World, drawn_change, drawn_clearance, drawn_world
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat
from viewsorts import RULES

from ambit.graph.compartments import clearance_of
from ambit.graph.errors import QueryRefused, TooLarge
from ambit.graph.sparql.gate import admit
from ambit.graph.store.owner import Owner
from ambit.graph.views.views import Views
from ambit.graph.words import Change, Clearance

EVERYBODY = clearance_of({*COMPARTMENTS, HOME})
SORTS = tuple(RULES)
"""The sorts of views (DESIGN §3.2); one suite runs over all of them."""

Asks = list[tuple[Clearance, Asked]]
Story = list[tuple[Change, Asks]]


ANSWER = 32_000_000
"""Bytes of an answer that are compared: of rows as Python has them bare would need gigabytes."""


QUERY_MEMORY = 512_000_000
"""Bytes that one query may take."""


def views_of(sort: str, owner: Owner) -> Views:
    """Views of one sort, fewer at once than there are clearances."""
    return Views(owner, limit=6, rule=RULES[sort], answer=ANSWER, query_memory=QUERY_MEMORY)


class Stage:
    """One owner's views of one sort, and what has been compared."""

    def __init__(self, folder: Path, sort: str = "own", setting: Setting = PLAIN, second: int = 1):
        """`second`: of how many cases one may be shown to rdflib, too."""
        self.setting = setting
        self.owner = setting.owner(folder)
        self.views = views_of(sort, self.owner)
        self.owner.listen(self.views.on_delta)
        self.world = setting.world()
        self.share = 1  # of how many stories it is told one
        self.cases = 0
        self.empty = 0  # answers without a row
        self.telling = 0  # answers that all data together would not have given
        self.second = second
        self.seconded = 0  # answers that rdflib gave, too
        self.large = 0  # answers that are left out, for they are too large
        self.used: Counter[str] = Counter()

    def tell(self, story: Story) -> None:
        """Commits and asks, as the story goes."""
        for change, asks in story:
            self.owner.commit(change)
            self.world.take(change)
            for clearance, asked in asks:
                self.check(clearance, asked)

    def check(self, clearance: Clearance, asked: Asked) -> None:
        """One case: the view's answer is that of bare Oxigraph over what is left when the hidden is deleted."""
        known = self.world.blanks()
        got = self.answer(clearance, asked)
        if got is None:
            self.large += 1
            return
        expected = self.reference(clearance, asked)
        where = f"{asked.text}\nprotocol: {asked.protocol}\nclearance: {sorted(clearance.compartments)}"
        assert got.kind == expected.kind, where
        assert got.columns == expected.columns, where
        ours, theirs = multiset(got.rows, known), multiset(expected.rows, known)
        if asked.is_set:
            ours, theirs = Counter(set(ours)), Counter(set(theirs))
        assert ours == theirs, f"{where}\ntoo many: {ours - theirs}\nmissing: {theirs - ours}"
        assert sequence(got.rows, asked.ordered) == sequence(expected.rows, asked.ordered), where
        self.ask_rdflib(clearance, asked, theirs)
        self.cases += 1
        self.empty += not expected.rows
        self.telling += differs(self.world, asked, expected)
        self.used.update(asked.used)

    def ask_rdflib(self, clearance: Clearance, asked: Asked, expected: Counter[Row]) -> None:
        """A second opinion, where there is one and it comes soon."""
        store = self.world.store(clearance, asked.dataset)
        if self.cases % self.second or not is_easy(asked) or max(len(store), expected.total()) > MOST:
            return
        second = multiset(rdflib_said(store, asked).rows, self.world.blanks())
        assert second == expected, f"rdflib says otherwise\n{asked.text}\n{second}\n{expected}"
        self.seconded += 1

    def reference(self, clearance: Clearance, asked: Asked) -> Said:
        """What bare Oxigraph says of the dataset, over what is left."""
        return bare(self.world, clearance, asked)

    def answer(self, clearance: Clearance, asked: Asked) -> Said | None:
        """What the view says, in one format or another; None where that is too much."""
        admitted = admit(asked.text)
        is_graph = admitted.form in ("CONSTRUCT", "DESCRIBE")
        formats = list(GRAPH_FORMATS if is_graph else FORMATS)
        format = formats[self.cases % len(formats)]
        how = {"format": format, "dataset": asked.protocol, "deadline": 30.0}
        try:
            answer = self.views.query(clearance, admitted, **how)  # type: ignore[arg-type]
        except TooLarge:
            return None
        except QueryRefused as error:
            if error.code != "query-failed" or not breaks_down(self.world, clearance, asked):
                raise
            return None
        assert answer.revision == self.views.revision_of(clearance)
        return said(answer.kind, answer.body, format)

    def close(self) -> None:
        """Ends the views and closes the store."""
        self.views.close()
        self.owner.close()


def bare(world: World, clearance: Clearance, asked: Asked) -> Said:
    """What bare Oxigraph says of what the clearance leaves of a world."""
    return said(*serialized(world.store(clearance, asked.dataset).query(asked.bare)))


def differs(world: World, asked: Asked, expected: Said) -> bool:
    """Whether all data together would have given another answer; one with more rows is not read to its end."""
    results = world.store(EVERYBODY, asked.dataset).query(asked.bare)
    if not isinstance(results, QueryBoolean):
        rows = sum(1 for _ in islice(results, len(expected.rows) + 1))
        if rows > len(expected.rows):
            return True
    return bare(world, EVERYBODY, asked) != expected


def breaks_down(world: World, clearance: Clearance, asked: Asked) -> bool:
    """Whether the bare engine, too, dies of a query with as much memory as a query on a view has, in a process of its own."""
    child = os.fork()
    if not child:
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + QUERY_MEMORY, held + QUERY_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            serialized(world.store(clearance, asked.dataset).query(asked.bare))
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def serialized(results: object) -> tuple[str, bytes, str]:
    """Kind, body and format of what the engine says."""
    if isinstance(results, QueryTriples):
        return "graph", results.serialize(format=RdfFormat.N_TRIPLES) or b"", "nt"
    assert isinstance(results, QuerySolutions | QueryBoolean)
    return "solutions", results.serialize(format=QueryResultsFormat.JSON) or b"", "json"


def drawn_story(
    dice: Dice, setting: Setting = PLAIN, *, steps: int = 3, clearances: int = 2, queries: int = 4
) -> Story:
    """A world, then changes of it, and after each of them some clearances that ask some queries each."""
    world, story = setting.world(), []
    for step in range(1 + steps):
        change = drawn_change(dice, world) if step else drawn_world(dice)
        change = setting.change(change)
        if setting.first is not None and not step:
            change = replace(change, records=(*setting.first.records, *change.records))
        world.take(change)
        asks = []
        for _ in range(clearances):
            clearance = setting.clearance(drawn_clearance(dice))
            asks += [(clearance, _telling(dice, setting, world, clearance)) for _ in range(queries)]
        story.append((change, asks))
    return story


def _telling(dice: Dice, setting: Setting, world: World, clearance: Clearance) -> Asked:
    """A query; two of three times the first of four that all the data together would answer otherwise."""
    asked = _wanted(dice, setting)
    for _ in range(0 if dice.once_in(3) else 3):
        if _rows(world, clearance, asked) != _rows(world, EVERYBODY, asked):
            break
        asked = _wanted(dice, setting)
    return asked


def _wanted(dice: Dice, setting: Setting) -> Asked:
    while not setting.wants(asked := drawn_query(dice)):
        pass
    return asked


def _rows(world: World, clearance: Clearance, asked: Asked) -> Counter[Row]:
    return multiset(bare(world, clearance, asked).rows, world.blanks())
