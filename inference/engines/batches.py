"""Batches of texts with the same number of tokens: nothing is padded, so a vector depends on its text alone.

Padding changes the last bits of a vector with the length of its neighbours; then the ranking of what somebody
may see would hang, however little, on what they may not see.
"""

from collections.abc import Iterator, Sequence

TOKENS = 1024
"""Tokens in a batch at most: larger ones are no faster on a CPU, and a lone query waits longer behind them.
"""


def same_length(lengths: Sequence[int], *, tokens: int = TOKENS) -> Iterator[list[int]]:
    """The positions of texts in batches of equal length, the longest first."""
    order = sorted(range(len(lengths)), key=lambda position: -lengths[position])
    batch: list[int] = []
    for position in order:
        length = lengths[position]
        if batch and (length != lengths[batch[0]] or (len(batch) + 1) * length > tokens):
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
