"""Weaknesses planted into a copy of the package, to see that the suite catches each.

A plant is one small change of one file. Its old text must stand there exactly once: where the code has moved on, the
plant has to follow, or it would prove nothing. `python exactplants.py CASES` prints a table of all.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import ambit

HERE = Path(__file__).parent
ROOT = Path(ambit.__path__[0]).resolve()
SEED = "0"
COPIED = ("graph", "reasoning")


@dataclass(frozen=True)
class Plant:
    """A weakness: in which file which text becomes which other."""

    name: str
    file: str
    old: str
    new: str
    sort: str = "own"
    setting: str = "plain"


PLANTS = [
    Plant(
        "the default graph counts what two graphs say twice",
        "graph/views/child.py",
        "return store.query(text.decode(), substitutions={**bound})",
        "return store.query(text.decode(), substitutions={**bound}, use_default_graph_as_union=True)",
    ),
    Plant(
        "a delta is lost where it touches two compartments",
        "graph/layout.py",
        "for compartment in sorted(self.within(clearance)):",
        "for compartment in sorted(self.within(clearance))[:1]:",
    ),
    Plant(
        "blank nodes are renamed when a delta comes in",
        "graph/holding.py",
        "    store.extend(parse(data, format=RdfFormat.N_QUADS))",
        "    store.load(data, format=RdfFormat.N_QUADS)",
    ),
    Plant(
        "blank nodes are renamed when a view is built",
        "graph/holding.py",
        'if b"_:" not in data:',
        "if True:",
    ),
    Plant(
        "FROM is ignored",
        "graph/views/views.py",
        "        wanted = dataset if dataset is not None else query.dataset\n\n        def ask",
        "        wanted = dataset\n\n        def ask",
    ),
    Plant(
        "the protocol's dataset is ignored",
        "graph/views/views.py",
        "        wanted = dataset if dataset is not None else query.dataset\n\n        def ask",
        "        wanted = query.dataset\n\n        def ask",
    ),
    Plant(
        "a removed triple stays in the merge because a hidden graph holds it",
        "graph/layout.py",
        "if not any(self._members[holder] <= clearance for holder in holders):",
        "if not holders:",
    ),
    Plant(
        "a removed triple stays in the merge because a system graph holds it",
        "graph/store/commits.py",
        "if entry is not None and entry.role in MERGED and entry.compartment is not None:",
        "if entry is not None and entry.compartment is not None:",
    ),
    Plant(
        "a removed triple leaves the merge although another permitted graph holds it",
        "graph/layout.py",
        "if not any(self._members[holder] <= clearance for holder in holders):",
        "if True:",
    ),
    Plant(
        "an emptied graph is still listed by GRAPH ?g {}",
        "graph/holding.py",
        "            store.remove_graph(graph)",
        "            pass",
    ),
    Plant(
        "a record that got another label stays in its old view",
        "graph/store/commits.py",
        "same = entry is not None and after is not None and _place(entry) == _place(after)",
        "same = entry is not None and after is not None",
    ),
    Plant(
        "a child of before a commit serves after it",
        "graph/views/process.py",
        "            superseded, self._idle = self._idle, []\n            self._outbox",
        "            superseded: list[Leased] = []\n            self._outbox",
    ),
    Plant(
        "system graphs are in the default graph",
        "graph/words.py",
        "MERGED = frozenset({Role.DATA, Role.ONTOLOGY, Role.INFERRED})",
        "MERGED = frozenset({Role.DATA, Role.ONTOLOGY, Role.INFERRED, Role.SYSTEM})",
    ),
    Plant(
        "graphs reached by name only are missing after a late fill",
        "graph/views/view.py",
        "self._owner.graphs_of(self.clearance.compartments, _ALL)",
        "self._owner.graphs_of(self.clearance.compartments, MERGED)",
    ),
    Plant(
        "named graphs do not follow commits",
        "graph/views/view.py",
        "            self._is_fed_graphs = True",
        "            self._is_fed_graphs = False",
    ),
    Plant(
        "the clearance counts when a view is built, not when a delta comes",
        "graph/views/view.py",
        "parcels.cut(self.clearance.compartments,",
        "parcels.cut(parcels.compartments,",
    ),
    Plant(
        "a dataset's default graphs are a list, not a merge",
        "graph/views/child.py",
        "    if len(default) < 2:",
        "    if True:",
    ),
    Plant(
        "a graph of a dataset that is not there counts as an empty one",
        "graph/views/child.py",
        "named = [graph for graph in dict.fromkeys(named) if store.contains_named_graph(graph)]",
        "named = [*dict.fromkeys(named)]",
    ),
    Plant(
        "the gate does not tell that a query uses graphs",
        "graph/sparql/gate.py",
        "            self._graph = True",
        "            self._graph = False",
    ),
    Plant(
        "the gate keeps the base to itself",
        "graph/sparql/gate.py",
        'self._print(f"BASE <{self._names.base}>")',
        'self._print("")',
    ),
    Plant(
        "a conclusion is seen by whoever reads one of its premises, when a view is built",
        "graph/joints.py",
        "joint for c in own for joint in self._by_first.get(c, ()) if self._members[joint] <= own",
        "joint for c in own for joint in self._by_first.get(c, ())",
        setting="concluded",
    ),
    Plant(
        "a conclusion is seen by whoever reads one of its premises, when a delta comes",
        "graph/layout.py",
        "return frozenset(c for c in self.compartments if self._members[c] <= clearance)",
        "return frozenset(c for c in self.compartments if self._members[c] & clearance)",
        setting="concluded",
    ),
    Plant(
        "a conclusion stays when its premise goes",
        "graph/store/patches.py",
        "        out = [q for q in _quads(leaving, name) if q in quads]",
        "        out: list[Quad] = []",
        setting="concluded",
    ),
    Plant(
        "a conclusion that goes counts as one that is still held",
        "graph/store/commits.py",
        "            if quad in gone:",
        "            if False:",
        setting="concluded",
    ),
    Plant(
        "a child that holds one private part serves another clearance",
        "graph/views/process.py",
        "child = next((idle for idle in reversed(self._idle) if idle.part is part), None)",
        "child = next(reversed(self._idle), None)",
        sort="shared",
    ),
    Plant(
        "a private part is not read again after a commit",
        "graph/views/shared.py",
        "                        self._forget(private)\n        super()",
        "                        pass\n        super()",
        sort="shared",
    ),
    Plant(
        "what follows from a common and a private part together is missing",
        "graph/views/shared.py",
        "graphs = self._owner.graphs_of(common | private, MERGED, without=common)",
        "graphs = self._owner.graphs_of(private, MERGED)",
        sort="shared",
        setting="concluded",
    ),
]


@dataclass(frozen=True)
class Outcome:
    """What a run on a copy came to."""

    cases: int
    caught: bool
    why: str


def copied(folder: Path, plant: Plant | None) -> Path:
    """A copy of the package with the plant, in a folder to be put in front of the path."""
    package = folder / "ambit"
    package.mkdir(parents=True)
    for entry in ROOT.iterdir():
        if entry.name in COPIED:
            shutil.copytree(entry, package / entry.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif entry.is_dir() and (entry / "__init__.py").exists():
            (package / entry.name).symlink_to(entry)
    shutil.copy(ROOT / "__init__.py", package)
    if plant is not None:
        path = package / plant.file
        text = path.read_text()
        found = text.count(plant.old)
        assert found == 1, (
            f"`{plant.old}` stands {found} times in {plant.file}: the plant must follow the code"
        )
        path.write_text(text.replace(plant.old, plant.new))
    return folder


def tried(
    folder: Path, plant: Plant | None, *, cases: int, sort: str = "own", setting: str = "plain"
) -> Outcome:
    """Runs the suite on a copy until a plant is caught, for so many cases at most; by the plant's sort and setting."""
    if plant is not None:
        sort, setting = plant.sort, plant.setting
    path = os.pathsep.join((str(copied(folder, plant)), str(HERE)))
    done = subprocess.run(
        [sys.executable, str(HERE / "exactrun.py"), sort, setting, str(cases), SEED],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": path},
    )
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        return Outcome(0, True, done.stderr[-2000:])
    said = json.loads(lines[-1])
    return Outcome(said["cases"], said["caught"], said["why"])


def table(cases: int) -> str:
    """Each weakness, and after how many cases that agreed the first one did not; as Markdown."""
    lines = ["| planted | sort of view | setting | cases before it was caught |", "|---|---|---|---|"]
    for plant in (None, *PLANTS):
        with tempfile.TemporaryDirectory() as folder:
            outcome = tried(Path(folder), plant, cases=cases)
        told = str(outcome.cases) if outcome.caught else f"not within {outcome.cases}"
        said = (plant.name, plant.sort, plant.setting) if plant else ("nothing", "own", "plain")
        lines.append(f"| {' | '.join(said)} | {told} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(int(sys.argv[1])))
