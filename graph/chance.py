"""Chance in a forked child: the engine's random numbers go on from the keeper's, and so are every child's.

Two children of one keeper gave the same UUID(), RAND() and BNODE(): two updates would make one entity of two.
The engine's generator draws a new seed from the system after 64 KiB, so that much is drawn in the child.
"""

import re

from pyoxigraph import BlankNode

_CHANCE = re.compile(r"\b(?:UUID|STRUUID|RAND|BNODE)\b", re.IGNORECASE)
_DRAWS = (1 << 16) // 16 + 64  # a blank node's name takes 16 bytes


def reseed_for(text: str) -> None:
    """Gives this process random numbers of its own, if `text` asks for any; 2 ms."""
    if _CHANCE.search(text):
        for _ in range(_DRAWS):
            BlankNode()
