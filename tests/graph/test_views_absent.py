"""*As if absent*: a view answers what a graph answers from which all that is hidden was deleted.

The views live through the whole test: each example first replaces the world by a commit, so that what a view
holds came to it now by a build, now by deltas, and limits make it come and go.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from viewworld import (
    Asked,
    Deleted,
    changes,
    clearances,
    multiset,
    nameless,
    queries,
    rdflib_answer,
    worlds,
)

from ambit.graph.gate import Dataset, admit
from ambit.graph.store import Owner
from ambit.graph.views import Views
from ambit.graph.words import Change, Clearance, Record

Records = tuple[Record, ...]
Step = tuple[list[Record], list[tuple[Clearance, Asked]]]

stories = st.lists(
    st.tuples(changes, st.lists(st.tuples(clearances, queries()), min_size=3, max_size=6)),
    min_size=2,
    max_size=4,
)


class Stage:
    """The owner and its views, beside the world in which the hidden was deleted."""

    def __init__(self, folder: Path):
        self.owner = Owner(folder)
        self.views = Views(self.owner, limit=5)
        self.owner.listen(self.views.on_delta)
        self.deleted = Deleted()

    def commit(self, change: Change) -> None:
        self.owner.commit(change)
        self.deleted.take(change)

    def check(self, clearance: Clearance, asked: Asked) -> None:
        admitted = admit(asked.text)
        dataset = Dataset(asked.default, asked.named) if asked.by_protocol else None
        form = "nt" if admitted.form in ("CONSTRUCT", "DESCRIBE") else "json"
        answer = self.views.query(clearance, admitted, format=form, dataset=dataset, deadline=20)
        said = multiset(answer.kind, answer.body)
        assert said == self.deleted.answer(clearance, asked), (asked.text, sorted(clearance.compartments))
        assert answer.revision == self.views.revision_of(clearance)
        if asked.is_easy and not asked.has_dataset:
            assert nameless(said) == nameless(rdflib_answer(self.deleted.store(clearance, asked), asked))

    def close(self) -> None:
        self.views.close()
        self.owner.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("absent"))
    yield stage
    stage.close()


def _tell(stage: Stage, world: Records, story: list[Step]) -> None:
    stage.commit(Change(world))
    for change, asks in story:
        stage.commit(Change(tuple(change)))
        for clearance, asked in asks:
            stage.check(clearance, asked)


def _settled(examples: int) -> settings:
    """Without shrinking: it would run for minutes on processes that come and go."""
    return settings(
        max_examples=examples, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )


@_settled(40)
@given(worlds, stories)
def test_a_view_answers_as_if_the_hidden_were_absent(stage: Stage, world: Records, story: list[Step]) -> None:
    _tell(stage, world, story)


@pytest.mark.long
@pytest.mark.timeout(3600)
@_settled(3_000)
@given(worlds, stories)
def test_a_view_answers_as_if_the_hidden_were_absent_at_length(
    stage: Stage, world: Records, story: list[Step]
) -> None:
    _tell(stage, world, story)
