"""The one step of a build that pyproject.toml cannot say: a wheel without the explorer's bundle is refused."""

import re
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

BUNDLE = Path(__file__).parent / "server" / "ui" / "dist"
LINKED = re.compile(r'(?:src|href)="/(assets/[^"]+)"')


def lacking(bundle: Path) -> list[str]:
    """The files that the bundle's page needs and that are not there."""
    page = bundle / "index.html"
    if not page.is_file():
        return ["index.html"]
    linked = LINKED.findall(page.read_text(encoding="utf-8"))
    return [name for name in linked or ["assets"] if not (bundle / name).exists()]


class WithBundle(build_py):
    """Copies the packages, once the bundle is whole. An editable install reads the folder as it is, whenever it is built."""

    def run(self) -> None:
        """Raises `SetupError` with the command that builds the bundle."""
        missing = lacking(BUNDLE)
        if missing and not self.editable_mode:
            raise SetupError(
                f"the explorer's bundle lacks {', '.join(missing)}: run `make setup`, which builds it"
            )
        super().run()

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """All but this file, which lies in the folder that is the package `ambit`."""
        found = super().find_package_modules(package, package_dir)
        return [module for module in found if module[:2] != ("ambit", "setup")]


setup(cmdclass={"build_py": WithBundle})
