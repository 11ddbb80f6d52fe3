"""Writes under rules that change: decided at the commit, and never made twice."""

from collections.abc import Iterator
from importlib.resources import as_file, files
from shutil import copytree, ignore_patterns

import pytest
from policystage import carrying, save

from ambit.graph.errors import Refused
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import DEFAULT, Chain
from ambit.server.identity import Identity
from ambit.server.layers import Layers
from ambit.server.request import Request
from ambit.server.requests import Requests
from ambit.server.settings import read
from ambit.server.writes import update

ADA = Identity(Chain("https://example.com/id/ada"), (AMBIT.ADMINISTRATION,), None)
DENY = """# title: T
# family: mine
# effect: deny
# action: {}
# description: for the test

PREFIX ambit: <https://w3id.org/ambit#>
SELECT ?compartment ?actor {{ ?compartment a ambit:Compartment . ?actor a <http://xmlns.com/foaf/0.1/Person> }}
"""


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layers]:
    folder = tmp_path_factory.mktemp("writes") / "workspace"
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, folder, ignore=ignore_patterns("__*"))
    layers = Layers(read(folder))
    layers.usage.start()
    yield layers
    layers.close()


@pytest.fixture
def requests(layers: Layers) -> Iterator[Requests]:
    with carrying(layers) as made:
        yield made


def deny(layers: Layers, action: str) -> None:
    save(layers, f"{action}.rq", DENY.format(action))


def test_a_write_is_made_once_though_the_right_goes_behind_it(layers: Layers, requests: Requests) -> None:
    attempts: list[Request] = []

    def work(request: Request) -> None:
        attempts.append(request)
        update(request, "INSERT DATA { [] <urn:p> 1 }")
        deny(layers, "read")

    requests.carry_out(ADA, None, work, text="a text", cancel=Cancellation())
    assert len(attempts) == 1 and attempts[0].wrote
    assert len(layers.owner.triples(DEFAULT)) == 1


def test_a_right_to_write_that_went_before_the_commit_writes_nothing(
    layers: Layers, requests: Requests
) -> None:
    before = layers.owner.triples(DEFAULT)

    def work(request: Request) -> None:
        deny(layers, "write")
        update(request, "INSERT DATA { <urn:s> <urn:late> 1 }")

    with pytest.raises(Refused) as caught:
        requests.carry_out(ADA, None, work, text="a text", cancel=Cancellation())
    assert caught.value.code == "write-refused" and layers.owner.triples(DEFAULT) == before


def test_labels_that_writes_can_give_are_known_from_the_start(layers: Layers) -> None:
    for label in layers.write_labels.all:
        assert layers.owner.label(layers.write_labels._compartments[label]) == label
