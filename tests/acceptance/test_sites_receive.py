"""What each site was sent, read from the sites' own records: nothing that its law does not allow, no payment data."""

import json
import re
import sqlite3
from pathlib import Path

import pytest
from served import Served, eventually

pytestmark = [pytest.mark.model, pytest.mark.timeout(180)]

CLASSIFY = '{ FIELD(first: 100) { nodes { classify(labels: ["refund", "technical problem", "praise"]) { label } } } }'
ASKED = "4000 00"
"""What somebody asks the company in another test: a question is sent, and is no data of the company's."""
ALLOWED = {"eu": {"eu"}, "us": {"us"}, "us-hospital": {"us", "hospital"}}
"""Legal spaces whose data may be computed on at a site."""


@pytest.fixture(scope="module")
def received(demo: Served, record: Path) -> dict[str, list[str]]:
    """The texts that each site of the demo company has received, all vectors made and tickets classified."""
    eventually(lambda: len(read(record)) == 3 and settled(demo), 90)
    for token in ("support_refund", "support_question", "admin"):
        for field in ("tickets", "customers", "payments"):
            demo.graphql(token, CLASSIFY.replace("FIELD", field))
        demo.graphql(token, '{ search(text: "card charged twice", first: 20) { nodes { label } } }')
    said = demo.graphql("support_refund", CLASSIFY.replace("FIELD", "tickets"))
    assert said["extensions"]["ambit"]["deployments"], "tickets were classified"
    return read(record) | {"workspace": [str(demo.workspace)]}


def read(record: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in record.iterdir():
        for line in file.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            found.setdefault(call["site"].rpartition("/")[2], []).extend(call["texts"])
    return found


def settled(served: Served) -> bool:
    """No passage that has a place waits for its vector."""
    metrics = served.http.get("/metrics", headers=served.headers("admin")).text
    waiting = re.search(r"^ambit_passages_waiting (\S+)$", metrics, re.MULTILINE)
    return waiting is not None and float(waiting[1]) == 0


def rows(received: dict[str, list[str]], query: str) -> list[tuple[str, ...]]:
    database = sqlite3.connect(Path(received["workspace"][0]) / "crm.db")
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


SPACE = "CASE WHEN segment = 'hospital' THEN 'hospital' WHEN country = 'US' THEN 'us' WHEN country = 'CA' THEN 'ca' ELSE 'eu' END"


def by_space(received: dict[str, list[str]], what: str, table: str) -> dict[str, set[str]]:
    """The values of a column by legal space; a value that stands in more than one space tells nothing."""
    found: dict[str, set[str]] = {}
    for space, value in rows(received, f"SELECT {SPACE}, {what} FROM {table}"):
        found.setdefault(space, set()).add(value)
    return {
        space: values - set().union(*(other for name, other in found.items() if name != space))
        for space, values in found.items()
    }


def test_every_site_was_sent_something(received: dict[str, list[str]]) -> None:
    assert set(received) == {"eu", "us", "us-hospital", "workspace"}
    names = by_space(received, "name", "customers")
    for site, space in (("eu", "eu"), ("us", "us"), ("us-hospital", "hospital")):
        assert names[space] & set(received[site]), (
            "names of its own customers, else the tests below test nothing"
        )


@pytest.mark.parametrize("site", ALLOWED)
@pytest.mark.parametrize(
    ("what", "table"),
    [
        ("name", "customers"),
        ("email", "customers"),
        ("body", "tickets JOIN customers ON customers.id = tickets.customer_id"),
    ],
    ids=["names", "addresses", "tickets"],
)
def test_no_site_received_what_its_law_does_not_allow(
    received: dict[str, list[str]], site: str, what: str, table: str
) -> None:
    whole = "\n".join(received[site])
    for space, values in by_space(received, what, table).items():
        if space not in ALLOWED[site]:
            assert values, "there is something that could have been sent"
            sent = sorted(value for value in values if re.search(rf"{re.escape(value)}(?!\d)", whole))
            assert not sent, f"{space} reached {site}: {sent[:3]}"


@pytest.mark.parametrize("site", ALLOWED)
def test_payment_data_were_sent_nowhere(received: dict[str, list[str]], site: str) -> None:
    cards = [card for (card,) in rows(received, "SELECT card_number FROM customers")]
    ibans = [iban for (iban,) in rows(received, "SELECT iban FROM customers")]
    assert len(cards) == len(ibans) == 200
    whole = "\n".join(text for text in received[site] if text != ASKED)
    assert not [value for value in (*cards, *ibans) if value in whole]
    assert "4000 00" not in whole and "ZZ00" not in whole


def test_canadian_texts_were_sent_nowhere(received: dict[str, list[str]]) -> None:
    names = by_space(received, "name", "customers")["ca"]
    sent = {text for site in ALLOWED for text in received[site]}
    assert len(names) > 3 and not names & sent
