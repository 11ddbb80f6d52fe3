"""Countries: the ISO 3166-1 alpha-2 code for what a row calls its country, from `countries.csv`."""

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

_WORD: Final = re.compile(r"\w+")


def code_of(text: str) -> str:
    """The code of a country given by its alpha-2 or alpha-3 code or an English name; else the text as it is.

    Case, accents, dots and a leading "the" do not matter. What is no country stays what it is: unless a
    jurisdiction covers just that, nobody reads the row.
    """
    return _codes().get(_folded(text), text.upper() if len(text) == 2 else text)


@cache
def _codes() -> dict[str, str]:
    """Codes by each name of a line: alpha-2, alpha-3, names."""
    lines = (files(__package__) / "countries.csv").read_text(encoding="utf-8").splitlines()
    return {_folded(name): line[:2] for line in lines for name in line.split(";")}


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace(".", "").replace("&", " and "))
    words = _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
    return " ".join(word for word in words if word != "the")
