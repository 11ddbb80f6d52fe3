"""The workspace: what a user owns, everything in it watched."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one workspace (DESIGN: contract with the outside)."""

    root: Path

    @property
    def ontology(self) -> Path:
        """Domain ontologies, as Protégé writes them."""
        return self.root / "ontology"

    @property
    def shapes(self) -> Path:
        """Domain shapes."""
        return self.root / "shapes"

    @property
    def rules(self) -> Path:
        """Domain rules."""
        return self.root / "rules"

    @property
    def sources(self) -> Path:
        """Sources, mappings, label hints."""
        return self.root / "sources"

    @property
    def governance(self) -> Path:
        """People, groups, agents, purposes, sites, deployments."""
        return self.root / "governance"

    @property
    def cases(self) -> Path:
        """Policy cases: read when they are tested, never watched."""
        return self.root / "cases"


def is_workspace(root: Path) -> bool:
    """Whether there is something in a folder that makes it a workspace: its settings, or one of its folders."""
    files = Workspace(root)
    folders = (files.governance, files.sources, files.ontology, files.shapes, files.rules, files.cases)
    return (root / "ambit.toml").exists() or any(folder.is_dir() for folder in folders)
