"""Whether the ontologies together can be true, and which classes can have no instance: HermiT, where Java is.

HermiT comes with owlready2, and is started as a process of its own for each judgement. It is given N-Triples
that were read and are written anew, without `owl:imports`: no text of a user's reaches it, nothing is fetched.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ...graph.terms import Quad, Triple, to_nquads
from ...graph.vocabulary import OWL

JVM: Final = (
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError"),
    *(f"-D{scheme}.proxyHost=127.0.0.1" for scheme in ("http", "https", "ftp")),
    *(f"-D{scheme}.proxyPort=9" for scheme in ("http", "https", "ftp")),
)
"""A small program that runs for seconds: no second compiler, no threads for garbage; and no way out."""

_CONSISTENT: Final = "is satisfiable."
_INCONSISTENT: Final = re.compile(r"InconsistentOntologyException|is not satisfiable|is unsatisfiable")
_NAMED: Final = re.compile(r"^\t(\S+)\s*$")
"""A line of `-U`, without prefixes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What HermiT says. `consistent` is None where it could not tell; `reason` says why, unless it was ended."""

    consistent: bool | None
    unsatisfiable: tuple[str, ...] = ()
    reason: str = ""


class Judgement:
    """One run of HermiT: consistency first, then the classes, each as soon as it is known."""

    def __init__(
        self, process: subprocess.Popen[str], folder: "tempfile.TemporaryDirectory[str]", seconds: float
    ):
        self._process, self._folder = process, folder
        self._lines: list[str] = []
        self._told = threading.Event()
        self._done = threading.Event()
        self._late = self._cancelled = False
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()
        threading.Thread(target=self._listen, name="ambit-hermit", daemon=True).start()

    def is_consistent(self, patience: float) -> bool | None:
        """Whether it is; None while that is not known after `patience` seconds, or cannot be known."""
        self._told.wait(patience)
        return self._consistent()

    def verdict(self) -> Verdict:
        """The whole verdict, at the deadline at last."""
        self._done.wait()
        consistent = self._consistent()
        if consistent and self._process.returncode:
            consistent = None  # it was ended before it was through
        named = [found[1] for line in self._lines if (found := _NAMED.match(line))]
        classes = tuple(sorted({iri for iri in named if not iri.startswith(OWL.NAMESPACE)}))
        return Verdict(consistent, classes if consistent else (), self._reason(consistent))

    def cancel(self) -> None:
        """Ends it: what it judges is no longer asked for."""
        self._cancelled = True
        self._process.kill()
        self._done.wait()

    def _reason(self, consistent: bool | None) -> str:
        """Why it could not tell; nothing where it could, or was not to."""
        if self._late:
            return "it took too long"
        if consistent or self._cancelled:
            return ""
        said = next((line.strip() for line in self._lines if "Exception" in line), "")
        return said or ("" if consistent is False else "it ended without a word")

    def _consistent(self) -> bool | None:
        for line in list(self._lines):
            if _INCONSISTENT.search(line):
                return False
            if line.rstrip().endswith(_CONSISTENT):
                return True
        return None

    def _end(self) -> None:
        self._late = True
        self._process.kill()

    def _listen(self) -> None:
        """Gathers what it says; the first line that decides wakes who waits for it."""
        with self._process as process, self._folder:
            for line in process.stdout or ():
                self._lines.append(line)
                if self._consistent() is not None:
                    self._told.set()
                    break
            for line in process.stdout or ():
                self._lines.append(line)
        self._timer.cancel()
        self._told.set()
        self._done.set()


class Reasoner:
    """HermiT, one run at a time: a new one ends the last.

    `deadline`: seconds of one run. `memory`: bytes of its heap. `java`: the program, found on PATH.
    """

    def __init__(self, *, deadline: float = 60.0, memory: int = 512 << 20, java: str | None = None):
        self._java = java if java is not None else shutil.which("java")
        self._deadline, self._memory = deadline, memory
        self._running: Judgement | None = None
        self._lock = threading.Lock()

    @property
    def is_there(self) -> bool:
        """Whether there is Java, and HermiT."""
        return bool(self._java) and _class_path() is not None

    def judge(self, triples: Iterable[Triple]) -> Judgement | None:
        """Starts to judge these axioms; None where there is no Java, or it does not start."""
        path = _class_path()
        if not self._java or path is None:
            return None
        with self._lock:
            if self._running is not None:
                self._running.cancel()
            folder = tempfile.TemporaryDirectory(prefix="ambit-hermit-")
            file = Path(folder.name) / "ontologies.nt"
            file.write_bytes(to_nquads(Quad(*t) for t in triples if t.predicate.value != OWL.IMPORTS))
            try:
                process = self._start(path, file)
            except OSError:
                folder.cleanup()
                return None
            self._running = Judgement(process, folder, self._deadline)
            return self._running

    def close(self) -> None:
        """Ends what is running."""
        with self._lock:
            if self._running is not None:
                self._running.cancel()

    def _start(self, path: str, file: Path) -> subprocess.Popen[str]:
        hermit = ["-cp", path, "org.semanticweb.HermiT.cli.CommandLine"]
        asked = ["-N", "-k", "-U", "--ignoreUnsupportedDatatypes", file.as_uri()]
        heap = f"-Xmx{self._memory >> 20}m"
        command = [
            sys.executable,
            "-m",
            f"{__package__}.hermit",
            str(int(self._deadline) + 1),
            str(self._java),
        ]
        return subprocess.Popen(
            [*command, heap, f"-Djava.io.tmpdir={file.parent}", *JVM, *hermit, *asked],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=file.parent,
            env={
                k: v for k, v in os.environ.items() if k.startswith(("LANG", "LC_", "PYTHON")) or k == "PATH"
            },
            text=True,
            errors="replace",
        )


def follow(judgement: Judgement, tell: Callable[[Verdict], None]) -> None:
    """Has `tell` called with the verdict once it is there, in a thread of its own."""
    threading.Thread(target=lambda: tell(judgement.verdict()), name="ambit-verdict", daemon=True).start()


def _class_path() -> str | None:
    """Where HermiT lies in the installed owlready2, which need not be imported for it."""
    found = find_spec("owlready2")
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "hermit"
    return os.pathsep.join((str(folder), str(folder / "HermiT.jar"))) if folder.is_dir() else None
