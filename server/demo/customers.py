"""The customers of Halden Instruments with their orders, payments and tickets, as tables."""

import random
from datetime import date, timedelta
from typing import Any

Row = tuple[Any, ...]

PLACES = {
    "DE": ["Leipzig", "Bremen", "Ulm", "Kassel"],
    "FR": ["Lille", "Nantes", "Dijon"],
    "NL": ["Utrecht", "Delft"],
    "SE": ["Lund", "Umea"],
    "ES": ["Girona", "Vigo"],
    "PL": ["Gdynia", "Torun"],
    "US": ["Dayton", "Boise", "Tucson", "Albany", "Mobile"],
    "CA": ["Halifax", "Regina", "Kelowna"],
}
KINDS = {
    "laboratory": ["Analytics", "Laboratories", "Materials Lab"],
    "school": ["College", "Technical School"],
}
HOSPITAL = ["General Hospital", "Children's Clinic", "Heart Centre"]
OPENINGS = [
    (
        "Refund not arrived",
        "We sent the {item} back in {month} and the refund has not arrived on our account yet.",
    ),
    (
        "Wrong item in the box",
        "We ordered a {item} and the box held something else. Please tell us how to return it.",
    ),
    (
        "Display stays dark",
        "The display of our {item} stays dark after the last update. Restarting did not help.",
    ),
    ("How to calibrate", "How often does the {item} need calibration, and which reference should we use?"),
    (
        "Invoice lacks order number",
        "The invoice for the {item} of {month} lacks our order number, so we cannot book it.",
    ),
    ("Delivery late", "The {item} was promised for {month} and nobody could tell us where it is."),
    ("Thank you", "The {item} works very well and your colleague on the phone was a great help."),
    (
        "Card charged twice",
        "Our card was charged twice for the {item}. Please pay one of the two amounts back.",
    ),
    ("Spare part", "Is there a spare lid for the {item}, and can we fit it ourselves?"),
    ("Noise in readings", "Since {month} the {item} shows noise in the lower range. A video is on its way."),
]
ITEMS = [
    "centrifuge",
    "spectrometer",
    "incubator",
    "pipette set",
    "microscope",
    "balance",
    "pH meter",
    "pulse oximeter",
]
MONTHS = ["January", "March", "May", "June", "September", "October"]
FIRST_DAY = date(2026, 1, 5)


def tables(chance: random.Random, *, count: int = 200, specialists: int = 8) -> dict[str, list[Row]]:
    """Rows by table, in the column order of `SCHEMA`. Cards begin with 4000 00, IBANs with ZZ00."""
    customers = [_customer(chance, number, specialists) for number in range(1, count + 1)]
    orders: list[Row] = []
    payments: list[Row] = []
    tickets: list[Row] = []
    for customer in customers:
        for _ in range(chance.randrange(1, 6)):
            order = len(orders) + 1
            placed = FIRST_DAY + timedelta(days=chance.randrange(280))
            total = f"{chance.randrange(4_000, 900_000) / 100:.2f}"
            status = chance.choice(["open", "shipped", "returned", "closed", "closed"])
            orders.append((order, customer[0], placed.isoformat(), total, status))
            if status != "open":
                paid = placed + timedelta(days=chance.randrange(1, 20))
                method = chance.choice(["card", "card", "transfer"])
                card = customer[7] if method == "card" else None
                payments.append((len(payments) + 1, order, total, method, card, paid.isoformat()))
        for _ in range(chance.choice([0, 1, 1, 2])):
            subject, body = chance.choice(OPENINGS)
            body = body.format(item=chance.choice(ITEMS), month=chance.choice(MONTHS))
            opened = FIRST_DAY + timedelta(days=chance.randrange(300))
            state = chance.choice(["new", "waiting", "solved"])
            tickets.append((len(tickets) + 1, customer[0], opened.isoformat(), subject, body, state))
    return {"customers": customers, "orders": orders, "payments": payments, "tickets": tickets}


def _customer(chance: random.Random, number: int, specialists: int) -> Row:
    country = chance.choice(["DE", "DE", "FR", "NL", "SE", "ES", "PL", "US", "US", "US", "CA"])
    town = chance.choice(PLACES[country])
    if country == "US" and chance.random() < 0.4:
        segment, name, legal_space = "hospital", f"{town} {chance.choice(HOSPITAL)}", "USHealth"
    else:
        segment = chance.choice(list(KINDS))
        name, legal_space = f"{town} {chance.choice(KINDS[segment])}", None
    card = f"4000 00{chance.randrange(100):02d} {chance.randrange(10_000):04d} {chance.randrange(10_000):04d}"
    iban = (
        f"ZZ00 {chance.randrange(10_000):04d} {chance.randrange(10_000):04d} {chance.randrange(10_000):04d}"
    )
    email = f"buying{number}@{town.lower()}.example"
    assigned = f"support-{1 + number % specialists}"
    return (number, f"{name} {number}", email, country, segment, legal_space, assigned, card, iban)


SCHEMA = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, country TEXT NOT NULL, segment TEXT NOT NULL,
    legal_space TEXT, assigned_to TEXT NOT NULL, card_number TEXT, iban TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, placed_on TEXT NOT NULL,
    total TEXT NOT NULL, status TEXT NOT NULL);
CREATE TABLE payments (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders, amount TEXT NOT NULL,
    method TEXT NOT NULL, card_number TEXT, paid_on TEXT NOT NULL);
CREATE TABLE tickets (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, opened_on TEXT NOT NULL,
    subject TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL);
"""
