"""The exported model, or the reason why a test is skipped."""

import pytest

from ambit.graph.errors import Unavailable
from ambit.inference.models import EXPORT_HINT, Model, content_hash, find, packaged_model


@pytest.fixture(scope="session")
def model() -> Model:
    """The demo's model, exported."""
    try:
        return find(content_hash(packaged_model()))
    except Unavailable as error:
        pytest.skip(f"{error.message}: {EXPORT_HINT}")
