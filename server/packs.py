"""Regulatory packs that come with Ambit: folders laid out like a workspace, copied into one."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..graph.errors import Invalid
from ..reasoning.rulebase import rules

PACKS: Final = rules.SHIPPED.parent / "packs"
_README: Final = "README.md"
_ABOUT: Final = re.compile(r"^# .+\n+(?P<about>[^\n]+)")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack: its name, a sentence about it, and its files by their place in a workspace."""

    name: str
    about: str
    files: tuple[str, ...]


def packs() -> Iterator[Pack]:
    """All packs, by name."""
    for folder in sorted(path for path in PACKS.iterdir() if path.is_dir()):
        files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != _README)
        about = _ABOUT.match((folder / _README).read_text(encoding="utf-8"))
        yield Pack(
            folder.name,
            about["about"] if about else "",
            tuple(path.relative_to(folder).as_posix() for path in files),
        )


def add(name: str, workspace: Path, *, force: bool = False) -> Pack:
    """Copies a pack into a workspace, governance first and rules last; raises `Invalid`.

    A file that is there and says something else is only written over by `force`.
    """
    pack = next((one for one in packs() if one.name == name), None)
    if pack is None:
        known = ", ".join(one.name for one in packs())
        raise Invalid(f"there is no pack `{name}`", hint=f"there are {known}")
    for place in pack.files:
        target = workspace / place
        if not force and target.exists() and target.read_bytes() != (PACKS / name / place).read_bytes():
            raise Invalid(
                f"`{target}` is there already, and is another",
                hint="write over it with `--force`",
                code="target-exists",
            )
    for place in sorted(pack.files, key=lambda place: (place.startswith("rules/"), place)):
        target = workspace / place
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.new")
        shutil.copyfile(PACKS / name / place, draft)
        draft.replace(target)
    return pack
