"""Site processes: what each is sent, how it ends, and that the server stays free of model runtimes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from inference_world import EU, US, ByPrefix, Place, described

from ambit.graph.errors import Timeout, Unavailable
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT
from ambit.inference import wire
from ambit.inference.classify import classify
from ambit.inference.models import Model
from ambit.inference.sites import Sites, describe_sites
from ambit.inference.words import SERVER_PARTS, Deployment, SiteDescription, Step


@pytest.fixture(scope="module")
def sites(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    started = Sites(
        [described(EU, model.content_hash), described(US, model.content_hash)],
        threads=1,
        record=tmp_path_factory.mktemp("received"),
    )
    started.start()
    assert started.wait(60), started.failures()
    yield started
    started.stop()


def received(sites: Sites, site: str) -> list[str]:
    """The texts that a site wrote down."""
    file = sites.record_file(site)
    assert file is not None
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [text for line in lines for text in json.loads(line)["texts"]]


@pytest.mark.model
def test_a_site_receives_its_own_rows_only(sites: Sites) -> None:
    items = {
        f"urn:ticket:{space}:{n}": (f"{space} ticket {n}", frozenset({f"urn:{space}:{n}"}))
        for space in ("eu", "us")
        for n in range(20)
    }
    steps: list[Step] = []
    texts = {key: text for key, (text, _) in items.items()}
    held = {key: compartments for key, (_, compartments) in items.items()}
    said = classify(texts, held.__getitem__, ["refund", "delivery"], ByPrefix(), sites, note=steps.append)
    assert len(said.found) == 40
    assert {step.site for step in steps} == {EU.site, US.site}
    labels = {"refund", "delivery"}
    for space, site in (("eu", EU.site), ("us", US.site)):
        own = {text for text, _ in items.values() if text.startswith(space)}
        assert set(received(sites, site)) - labels == own
        file = sites.record_file(site)
        assert file is not None
        whole = file.read_text(encoding="utf-8")
        assert "urn:ticket" not in whole
        assert {key for line in whole.splitlines() for key in json.loads(line)} == {
            "site",
            "task",
            "deployment",
            "texts",
        }


@pytest.mark.model
def test_vectors_come_back_as_they_are(sites: Sites) -> None:
    rows = sites.embed(EU, ["one text", "another", "one text"])
    assert rows.shape == (3, 384)
    assert np.array_equal(rows[0], rows[2])
    assert not np.array_equal(rows[0], rows[1])
    assert np.array_equal(rows, sites.embed(US, ["one text", "another", "one text"]))


@pytest.mark.model
def test_without_the_token_nothing_is_said(sites: Sites) -> None:
    port = sites._clients[EU.site]._port
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        wire.send(connection, {"token": "guessed"})
        with pytest.raises(EOFError):
            wire.receive(connection)
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        wire.send(connection, {"task": "embed", "deployment": EU.deployment, "texts": ["x"]})
        with pytest.raises(EOFError):
            wire.receive(connection)


@pytest.mark.model
def test_a_dead_site_is_started_again(sites: Sites) -> None:
    before = sites.pids()[US.site]
    os.kill(before, signal.SIGKILL)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            sites.embed(US, ["are you there"])
            break
        except Unavailable:
            time.sleep(0.1)
    assert sites.pids()[US.site] != before
    assert sites.embed(US, ["yes"]).shape == (1, 384)


@pytest.mark.model
def test_a_late_answer_is_a_timeout(sites: Sites) -> None:
    with pytest.raises(Timeout) as raised:
        sites.embed(EU, ["word " * 200] * 64, timeout=0.01)
    assert raised.value.code == "site-late"
    assert sites.embed(EU, ["and it goes on"]).shape == (1, 384)


def test_what_is_nowhere_is_unavailable() -> None:
    with pytest.raises(Unavailable) as raised:
        Sites().embed(Place("urn:deployment:none", EU.site), ["x"])
    assert raised.value.code == "site-down"


@pytest.mark.parametrize(
    "chosen", [Place(EU.deployment, US.site), Place(EU.deployment, EU.site, "urn:version:other")]
)
def test_what_rules_chose_elsewhere_is_not_sent(tmp_path: Path, chosen: Place) -> None:
    sites = Sites([described(EU, "0" * 64)], models=tmp_path, record=tmp_path)
    sites.start()
    try:
        end = time.monotonic() + 30
        while not sites.failures() and time.monotonic() < end:
            time.sleep(0.05)
        assert (sites.version_of(EU), sites.version_of(chosen)) == ("0" * 64, None)
        with pytest.raises(Unavailable) as raised:
            sites.embed(chosen, ["not for here"])
        assert raised.value.code == "site-moved"
        assert received(sites, EU.site) == []
    finally:
        sites.stop()


def test_while_processes_follow_a_move_nothing_is_sent_to_the_old_site(tmp_path: Path) -> None:
    there = Place(EU.deployment, US.site)
    sites = Sites([described(EU, "0" * 64)], models=tmp_path)
    sites.start()
    try:
        with pytest.raises(Unavailable, match="does not run"):
            sites.embed(there, ["x"])  # rules know already, processes do not
        sites.use([described(there, "0" * 64)])
        with pytest.raises(Unavailable, match="does not run"):
            sites.embed(EU, ["x"])  # routed before the move, sent after it
        assert sites.version_of(there) == "0" * 64
    finally:
        sites.stop()


def test_a_model_that_is_not_exported_is_told(tmp_path: Path) -> None:
    sites = Sites([described(EU, "0" * 64)], models=tmp_path)
    sites.start()
    try:
        end = time.monotonic() + 30
        while not sites.failures() and time.monotonic() < end:
            time.sleep(0.05)
        assert "python -m ambit.inference.export" in sites.failures()[EU.deployment]
        with pytest.raises(Unavailable) as raised:
            sites.embed(EU, ["x"])
        assert raised.value.code == "model-missing"
    finally:
        sites.stop()


def test_a_site_ends_with_its_server(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from ambit.inference.sites import Sites\n"
        "from ambit.inference.words import Deployment, SiteDescription\n"
        "sites = Sites([SiteDescription('urn:s', (Deployment('urn:d', 'urn:s', 'urn:v', '0' * 64),))])\n"
        "sites.start()\n"
        "while not sites.failures(): time.sleep(0.05)\n"
        "print(sites.pids()['urn:s'], flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        site = int(server.stdout.readline())
        assert is_alive(site)
        server.kill()
    end = time.monotonic() + 10
    while is_alive(site) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_alive(site)


def is_alive(pid: int) -> bool:
    """Whether a process runs (one that has ended and was not waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_server_imports_no_model_runtime() -> None:
    script = (
        "import sys\n"
        "from ambit.inference import classify, follow, search, sites\n"
        f"print([name for name in {SERVER_PARTS!r} if name in sys.modules])\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_site_process_holds_no_graph() -> None:
    script = "import sys, ambit.inference.site\nprint('pyoxigraph' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def triple(s: str, p: str, o: str, literal: bool = False) -> Triple:
    """A triple of IRIs, or with a plain text."""
    return Triple(NamedNode(s), NamedNode(p), Literal(o) if literal else NamedNode(o))


def test_sites_are_what_governance_says() -> None:
    governance = [
        triple("urn:d1", AMBIT.DEPLOYS, "urn:v"),
        triple("urn:d1", AMBIT.RUNS_AT, "urn:eu"),
        triple("urn:d2", AMBIT.DEPLOYS, "urn:v"),
        triple("urn:d2", AMBIT.RUNS_AT, "urn:us"),
        triple("urn:d2", AMBIT.ENGINE, "torch", literal=True),
        triple("urn:d2", AMBIT.DEVICE, "CUDA", literal=True),
        triple("urn:d3", AMBIT.DEPLOYS, "urn:v-without-hash"),
        triple("urn:d3", AMBIT.RUNS_AT, "urn:eu"),
        triple("urn:v", AMBIT.CONTENT_HASH, "ab12", literal=True),
        triple("urn:empty", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", AMBIT.SITE),
    ]
    assert describe_sites(governance) == (
        SiteDescription("urn:eu", (Deployment("urn:d1", "urn:eu", "urn:v", "ab12"),)),
        SiteDescription("urn:us", (Deployment("urn:d2", "urn:us", "urn:v", "ab12", "torch", "CUDA"),)),
    )


@pytest.mark.parametrize(
    "more",
    [
        triple("urn:d", AMBIT.RUNS_AT, "urn:us"),
        triple("urn:d", AMBIT.DEPLOYS, "urn:w"),
        triple("urn:v", AMBIT.CONTENT_HASH, "cd34", literal=True),
        triple("urn:d", AMBIT.ENGINE, "torch", literal=True),
        triple("urn:d", AMBIT.DEVICE, "CUDA", literal=True),
    ],
    ids=lambda said: said.predicate.value.rpartition("#")[2],
)
def test_a_deployment_that_files_contradict_is_nowhere(more: Triple) -> None:
    stated = [
        triple("urn:d", AMBIT.DEPLOYS, "urn:v"),
        triple("urn:d", AMBIT.RUNS_AT, "urn:eu"),
        triple("urn:d", AMBIT.ENGINE, "openvino", literal=True),
        triple("urn:d", AMBIT.DEVICE, "CPU", literal=True),
        triple("urn:v", AMBIT.CONTENT_HASH, "ab12", literal=True),
        triple("urn:w", AMBIT.CONTENT_HASH, "ab12", literal=True),
    ]
    assert len(describe_sites([*stated, *stated])) == 1
    assert describe_sites([*stated, more]) == describe_sites([more, *stated]) == ()
