"""*As if absent*: a view answers what a graph answers from which all that is hidden was deleted.

The views live through a whole test: each example first replaces the world by a commit, so that what a view holds
came to it now by a build, now by deltas, and limits make it come and go. A case is a world, a clearance and a
query; what is in them is told in `exactworld`, `exactpatterns`, `exactexpressions` and `exactquery`.
"""

from collections.abc import Callable, Iterator

import pytest
from exactdice import Dice
from exactfeatures import QUERY_FEATURES
from exactsetting import SETTINGS
from exactstage import SORTS, Stage, drawn_story
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

SHORT, LONG = 3, 330
SHARE = 3
"""Of how many stories one is told to own views of plain graphs alone, and to no other views."""
CASES = 10_000

Settled = Callable[[Callable[..., None]], Callable[..., None]]


seeds = st.integers(0, 2**48)
"""A story is told by one number: a counterexample is repeated by it, in another process, too."""


@pytest.fixture(
    scope="module", params=[(sort, setting) for setting in SETTINGS for sort in SORTS], ids=" ".join
)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    sort, setting = request.param
    stage = Stage(tmp_path_factory.mktemp("exact"), sort, SETTINGS[setting])
    stage.share = 1 if (sort, setting) == ("own", "plain") else SHARE
    yield stage
    stage.close()


def settled(examples: int) -> Settled:
    """Without shrinking: it would run for minutes on processes that come and go."""
    return settings(
        max_examples=examples, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )


def told(stage: Stage, examples: int) -> Stage:
    """Tells that many generated stories on a stage."""

    @settled(examples)
    @given(seeds)
    def tell(seed: int) -> None:
        stage.tell(drawn_story(Dice(seed), stage.setting))

    tell()
    return stage


def test_a_view_answers_as_if_the_hidden_were_absent(stage: Stage) -> None:
    told(stage, SHORT // stage.share)
    assert stage.cases + stage.large >= SHORT // stage.share * 32
    assert stage.telling > stage.cases / 4, "the hidden would have changed too few answers"


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_view_answers_as_if_the_hidden_were_absent_at_length(stage: Stage) -> None:
    before = stage.cases
    told(stage, LONG // stage.share)
    print(f"{stage.cases - before} cases, {stage.telling} telling, {stage.empty} empty: {stage.used}")
    assert stage.cases + stage.large - before >= CASES // stage.share
    assert stage.telling > stage.cases / 4
    assert stage.large <= stage.cases / 1000
    if stage.share == 1:
        assert stage.seconded > CASES / 100
        assert not QUERY_FEATURES - stage.used.keys(), "features that no query had"
