"""The W3C's ODRL policies of licences, each imported: what becomes a rule, what is narrowed, what is left and why.

`python -m benchmarks.odrl_licences` writes the table to `odrl-licences.md` beside this file. The policies lie outside
of the repository: `AMBIT_SHARED_DATA` names the folder that has `ontologies/w3c-odrl-licences` in it.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from companies import SHARED

from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.importers.odrl.importing import Options, import_file
from ambit.reasoning.importers.odrl.translate import Settings
from ambit.reasoning.importers.proving import prove
from ambit.reasoning.importers.words import Status

PLACE = "ontologies/w3c-odrl-licences"
POLICIES = SHARED / PLACE
TABLE = Path(__file__).with_name("odrl-licences.md")
NAMED = Settings("licence", targets=("https://example.com/id/work",), assignees=(AMBIT.EVERYBODY,))
"""A licence is for whoever has the work: both are named where it is put in force."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One file: what became of its parts as it stands, and once it is said of what it is and for whom."""

    name: str
    alone: Counter[str]
    named: Counter[str]
    expectations: int
    why: tuple[str, ...]


def results() -> list[Imported]:
    """All files, in the order of their names; each import is held against its own cases."""
    return [_imported(path) for path in sorted(POLICIES.rglob("*.ttl"))]


def _imported(path: Path) -> Imported:
    alone = import_file(path, Options(Settings("licence")))
    named = import_file(path, Options(NAMED))
    held = prove(named, lambda: Keeper("cases"), jurisdiction=AMBIT.EU) if named.files else 0
    why = dict.fromkeys(row.why for row in named.rows if row.status is not Status.TRANSLATED)
    return Imported(
        path.relative_to(POLICIES).as_posix(),
        Counter(row.status.value for row in alone.rows),
        Counter(row.status.value for row in named.rows),
        held,
        tuple(why),
    )


def table(found: list[Imported]) -> str:
    """The page."""
    alone, named = Counter[str](), Counter[str]()
    for one in found:
        alone.update(one.alone)
        named.update(one.named)
    lines = [
        "# The W3C's ODRL policies of licences",
        "",
        "`python -m benchmarks.odrl_licences` writes this page. Each file is imported twice: as it stands, and with `--target` and `--assignee everybody`, for a licence names neither the work nor who has it.",
        "A part is a permission, a prohibition or an obligation, or a file that has none. What is narrowed or left opens less than the licence, never more, and is listed with why; the expectations are the import's own cases, all of which hold.",
        "",
        f"{len(found)} files. As they stand: {_sum(alone)}. With a target and an assignee: {_sum(named)}; {sum(one.expectations for one in found)} expectations hold.",
        "",
        "| file | translated | narrowed | left | expectations | why not whole |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {one.named['translated']} | {one.named['narrowed']} | {one.named['left']} | {one.expectations} | {'; '.join(one.why).replace('|', chr(92) + '|')} |"
        for one in found
    ]
    return "\n".join(lines) + "\n"


def _sum(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[status.value]} {status.value}" for status in Status)


def main() -> None:
    """Writes the page."""
    found = results()
    TABLE.write_text(table(found), encoding="utf-8")
    print(f"{len(found)} files, {sum(one.expectations for one in found)} expectations hold: {TABLE}")


if __name__ == "__main__":
    main()
