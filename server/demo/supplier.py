"""The supplier's price lists: a good one, and one in cents with a status that nobody has seen."""

import csv
import io
import random

PARTS = ["rotor", "lamp", "filter", "gasket", "sensor", "cable", "lens", "fan", "probe", "tray"]
SIZES = ["small", "standard", "large", "sealed"]
HEADER = ("sku", "name", "price", "status")
Line = tuple[str, str, str, str]


def price_list(chance: random.Random) -> list[Line]:
    """Forty items with prices in euros."""
    lines = []
    for number, (part, size) in enumerate((part, size) for part in PARTS for size in SIZES):
        price = f"{chance.randrange(300, 25_000) / 100:.2f}"
        lines.append(
            (f"HX-{1000 + number}", f"{part}, {size}", price, chance.choice(["available", "on order"]))
        )
    return lines


def next_list(chance: random.Random, last: list[Line]) -> list[Line]:
    """A month later: other items, prices in cents by mistake, a new status, and two rows that can't be used."""
    lines: list[Line] = []
    for number, (_, name, price, status) in enumerate(last):
        cents = str(round(float(price) * 100 * chance.uniform(0.98, 1.06)))
        lines.append(
            (f"HX-{2000 + number}", f"{name}, new", cents, "on consignment" if number % 9 == 4 else status)
        )
    lines[7] = (lines[7][0], lines[7][1], "", lines[7][3])
    lines[21] = (lines[21][0], lines[21][1], "-1", lines[21][3])
    return lines


def as_csv(lines: list[Line]) -> str:
    """The lines as CSV with a header (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(lines)
    return text.getvalue()
