"""Writes the demo company's workspace: fixed files copied, tables and lists generated from the seed."""

import csv
import random
import shutil
import sqlite3
from importlib.resources import as_file, files
from pathlib import Path

from ...graph.errors import Invalid
from ..versions import write_version
from .customers import SCHEMA, tables
from .people import Person, people
from .supplier import as_csv, next_list, price_list

SEED = 20260105
MARK = "ambit.toml"
"""The file by which a folder is known as a workspace that was written before."""


def write(folder: Path, seed: int = SEED) -> bool:
    """Makes the workspace in `folder`; False if one is there already, which is then left as it is.

    The same seed gives the same bytes. Raises `Invalid` where the folder holds something else.
    """
    if (folder / MARK).exists():
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(
            f"`{folder}` holds something that is not the demo company",
            hint="name another folder: `ambit demo DIR`",
        )
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    with as_file(files("ambit.server.demo") / "workspace") as fixed:
        shutil.copytree(fixed, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MARK))
    write_version(folder / "governance", "https://halden.example/model/minilm-1")
    _write_people(folder / "people" / "people.csv", people(chance))
    _write_database(folder / "crm.db", chance)
    prices = price_list(chance)
    for name, lines in (
        ("supplier/prices-2026-10.csv", prices),
        ("arrivals/prices-2026-11.csv", next_list(chance, prices)),
    ):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(as_csv(lines), encoding="utf-8", newline="")
    with as_file(files("ambit.server.demo") / "workspace" / MARK) as mark:
        shutil.copyfile(mark, folder / MARK)  # last: a folder without it was not finished
    return True


def _write_people(file: Path, staff: list[Person]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(Person.__slots__)
        writer.writerows([getattr(person, name) for name in Person.__slots__] for person in staff)


def _write_database(file: Path, chance: random.Random) -> None:
    database = sqlite3.connect(file)
    with database:
        database.executescript(SCHEMA)
        for table, rows in tables(chance).items():
            marks = ", ".join("?" * len(rows[0]))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  (names are ours)
    database.close()
