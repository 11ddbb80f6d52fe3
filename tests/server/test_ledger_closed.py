"""Without its entry nothing is answered: a full disk, a kill between the decision and the ledger; and what counts as before."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from ambit.graph.compartments import clearance_of, compartment_of, ledger_label
from ambit.graph.errors import NotFound, Unavailable
from ambit.graph.ledger.runs import provenance_label
from ambit.graph.store.verify import verify
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.vocabulary import AMBIT
from ambit.graph.words import Chain
from ambit.server.identity import ANONYMOUS, Identity
from ambit.server.layers import Layers
from ambit.server.ledgers import audit_of
from ambit.server.request import Request
from ambit.server.requests import Requests
from ambit.server.settings import read

ADA = Identity(Chain("https://example.com/id/ada"), (AMBIT.ADMINISTRATION,), None)
BEN = Identity(Chain("https://example.com/id/ben"), (), None)

CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_ledger_closed as here

layers = here.Layers(here.read(Path(sys.argv[2])))
requests = here.Requests(layers, here.read(Path(sys.argv[2])))
stage, append = sys.argv[3], layers.ledger.append

def dying(kind, fields, notes=None):
    if kind == stage:
        os.kill(os.getpid(), signal.SIGKILL)
    return append(kind, fields, notes)

layers.ledger.append = dying
print("asked", flush=True)
requests.carry_out(here.BEN, None, lambda request: print("worked", flush=True), text="t", cancel=here.Cancellation())
print("answered", flush=True)
"""


def starter(folder: Path) -> Path:
    with as_file(files("ambit.server.starter")) as source:
        copytree(source, folder, ignore=ignore_patterns("__*"))
    return folder


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Requests]:
    folder = starter(tmp_path_factory.mktemp("closed") / "workspace")
    layers = Layers(read(folder))
    layers.ingest.start()
    assert layers.ingest.wait(30)
    layers.ingest.stop()
    yield Requests(layers, read(folder))
    layers.close()


@pytest.mark.parametrize("written", [0, 1], ids=["opening", "closing"])
def test_a_full_disk_answers_nothing(
    requests: Requests, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    worked: list[str] = []
    left = [written]
    ledger = requests._layers.ledger

    def full(file: int, data: bytes) -> None:
        if not left[0]:
            os.write(file, data[: len(data) // 2])
            raise OSError(28, "No space left on device")
        left[0] -= 1
        os.write(file, data)

    def work(request: Request) -> str:
        worked.append(request.run)
        return "the answer"

    before = ledger.size
    with monkeypatch.context() as patch:
        patch.setattr("ambit.graph.ledger.ledger.write_all", full)
        with pytest.raises(Unavailable, match="No space") as refused:
            requests.carry_out(BEN, None, work, text="t", cancel=Cancellation())
    assert refused.value.code == "ledger-unwritable"
    assert len(worked) == written  # before the opening entry nothing is even begun
    assert ledger.size == before + written
    assert requests.carry_out(BEN, None, work, text="t", cancel=Cancellation()) == "the answer"


def test_an_answer_speaks_of_the_ledger_up_to_its_own_opening_entry(requests: Requests) -> None:
    layers = requests._layers
    layers.owner.describe([provenance_label(BEN.chain.user, layers.jurisdictions)])

    def work(request: Request) -> tuple[int, int]:
        late = {"run": request.run, "user": BEN.chain.user, "handed": ["urn:c:1"]}
        layers.ledger.append("handed", late)  # of this user, and while the answer is made
        return audit_of(request).leaves.size, request.opened

    def asked(identity: Identity, purpose: str | None = None) -> tuple[int, int]:
        return requests.carry_out(identity, purpose, work, text="t", cancel=Cancellation(), action="audit")

    whole, opened = asked(ADA, AMBIT.ADMINISTRATION)
    assert whole == opened + 1
    before = layers.own_ledgers.of(BEN.chain.user, layers.ledger.size).size
    assert [asked(BEN)[0] - before for _ in range(3)] == [1, 4, 7]


def test_nobody_has_a_ledger_whatever_rules_open(requests: Requests) -> None:
    layers = requests._layers
    label = provenance_label(ANONYMOUS, layers.jurisdictions)
    layers.owner.describe([label])

    def opened(*compartments: str) -> Callable[[Request], int]:
        """As if rules had cleared these."""

        def work(request: Request) -> int:
            request.decided = replace(request.decided, clearance=clearance_of(compartments))
            return audit_of(request).leaves.size

        return work

    def ask(identity: Identity, work: Callable[[Request], int]) -> int:
        return requests.carry_out(identity, None, work, text="t", cancel=Cancellation(), action="audit")

    whole, own = compartment_of(ledger_label(layers.jurisdictions)), compartment_of(label)
    nobody = Identity(Chain(ANONYMOUS), (), None)
    for cleared in ((whole,), (own,), (whole, own), ()):
        with pytest.raises(NotFound):
            ask(nobody, opened(*cleared))
    assert ask(BEN, opened(whole)) == layers.ledger.size - 1  # all but its own answer
    with pytest.raises(NotFound):
        ask(BEN, opened(own))  # the runs of another are no ledger of his


@pytest.mark.long
@pytest.mark.parametrize(("stage", "said"), [("request", "asked\n"), ("answer", "asked\nworked\n")])
def test_a_kill_before_the_entry_answers_nothing(tmp_path: Path, stage: str, said: str) -> None:
    folder = starter(tmp_path / "workspace")
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(folder), stage],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (-signal.SIGKILL, said), ran.stderr
    layers = Layers(read(folder))
    kinds = [entry.kind for entry in layers.ledger.entries() if entry.kind in ("request", "answer")]
    assert kinds == (["request"] if stage == "answer" else [])
    layers.close()
    assert verify(folder / ".ambit").problems == ()
