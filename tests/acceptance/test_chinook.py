"""Chinook: who sees which customers and invoices, and at which site they are computed on, against plain SQL."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from companies import ADMINISTRATION, company, copied, labels, labels_of_cases, needs, token, waiting
from served import Served, eventually

DATA = "relational/chinook/Chinook_Sqlite.sqlite"

pytestmark = [pytest.mark.acceptance, pytest.mark.model, pytest.mark.timeout(180), needs(DATA)]

NAMES = "https://chinook.example/"
CARE = "https://w3id.org/dpv#CustomerCare"
ONTOLOGY = f"PREFIX : <{NAMES}ontology#> PREFIX foaf: <http://xmlns.com/foaf/0.1/> "
ASSIGNED = """WITH RECURSIVE line(id) AS (
    SELECT ? UNION SELECT EmployeeId FROM Employee JOIN line ON Employee.ReportsTo = line.id)
SELECT CustomerId FROM Customer WHERE SupportRepId IN line"""
EEA = ("Austria", "Belgium", "Czech Republic", "Denmark", "Finland", "France", "Germany", "Hungary", "Ireland", "Italy",
       "Netherlands", "Norway", "Poland", "Portugal", "Spain", "Sweden")  # fmt: skip
ALLOWED = {
    "eu": {*EEA, "United Kingdom"},
    "us": {"USA"},
    "ca": {"Canada", "Argentina", "Australia", "Brazil", "Chile", "India"},
}
"""By site the countries whose customers' data it may compute on."""


@dataclass(frozen=True)
class Shop:
    """The served company, its database and what its sites received."""

    served: Served
    database: Path
    received: Path

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as at, at:
            return at.execute(query, values).fetchall()

    def employee(self, number: int, *purposes: str) -> str:
        return token(self.served, f"{NAMES}employee/{number}", *purposes)

    def customers(self, employee: int) -> set[int]:
        """The reference: those assigned to an employee or to somebody in her line."""
        return {number for (number,) in self.sql(ASSIGNED, employee)}

    def seen(self, employee: int, what: str = "Customer") -> set[int]:
        rows = self.served.rows(self.employee(employee), f"{ONTOLOGY} SELECT ?it {{ ?it a :{what} }}")
        return {int(row["it"].rpartition("/")[2]) for row in rows}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Served until all is read and embedded."""
    folder = tmp_path_factory.mktemp("chinook")
    received = folder / "received"
    received.mkdir()
    database = copied(DATA, folder)
    with company("chinook", folder, folder, AMBIT_RECORD_SITES=str(received)) as served:
        made = Shop(served, database, received)
        administrator = made.employee(1, ADMINISTRATION)
        invoices = f"{ONTOLOGY} SELECT ?it {{ ?it a :Invoice }}"
        eventually(
            lambda: len(served.rows(administrator, invoices)) == 412 and waiting(served, administrator) == 0,
            90,
        )
        yield made


def graphql_counts(shop: Shop, employee: int) -> tuple[int, int]:
    data = shop.served.data(
        shop.employee(employee),
        "{ customers(first: 200) { totalCount nodes { iri } } invoices { totalCount } }",
    )
    assert len(data["customers"]["nodes"]) == data["customers"]["totalCount"]
    return data["customers"]["totalCount"], data["invoices"]["totalCount"]


@pytest.mark.parametrize("employee", range(1, 9))
def test_an_employee_sees_the_customers_and_invoices_of_her_line(shop: Shop, employee: int) -> None:
    wanted = shop.customers(employee)
    assert bool(wanted) == (employee < 6), "three agents, their manager and hers; nobody in IT"
    marks = ",".join(map(str, sorted(wanted)))
    invoices = shop.sql(f"SELECT InvoiceId, round(Total, 2) FROM Invoice WHERE CustomerId IN ({marks})")
    assert shop.seen(employee) == wanted
    assert shop.seen(employee, "Invoice") == {number for number, _ in invoices}
    total = f"{ONTOLOGY} SELECT (COALESCE(SUM(?total), 0) AS ?sum) {{ ?it :total ?total }}"
    said = float(shop.served.rows(shop.employee(employee), total)[0]["sum"])
    assert said == pytest.approx(sum(value for _, value in invoices))
    if wanted:
        assert graphql_counts(shop, employee) == (len(wanted), len(invoices))
    else:
        answer = shop.served.graphql(shop.employee(employee), "{ customers { totalCount } }")
        wrong = shop.served.graphql(shop.employee(employee), "{ nonsense { totalCount } }")
        assert str(answer["errors"]).replace("customers", "nonsense") == str(wrong["errors"])


def test_three_agents_share_the_customers_of_24_countries(shop: Shop) -> None:
    agents = [shop.seen(number) for number in (3, 4, 5)]
    assert sum(map(len, agents)) == len(set().union(*agents)) == 59 == len(shop.seen(2))
    countries = f"{ONTOLOGY} SELECT DISTINCT ?country {{ ?it a :Customer ; :country ?country }}"
    assert len(shop.served.rows(shop.employee(2), countries)) == 24
    assert shop.served.rows(shop.employee(7), countries) == []


def test_everybody_reads_names_and_titles_and_nobody_a_colleagues_address(shop: Shop) -> None:
    staff = f"{ONTOLOGY} SELECT ?name ?title {{ ?it foaf:name ?name ; :jobTitle ?title }}"
    home = f"{ONTOLOGY} SELECT ?it {{ ?it a :Employee ; :address ?home }}"
    said = {(row["name"], row["title"]) for row in shop.served.rows(shop.employee(8), staff)}
    assert said == set(shop.sql("SELECT FirstName || ' ' || LastName, Title FROM Employee"))
    assert shop.served.rows(shop.employee(8), home) == []
    purpose = "https://w3id.org/dpv#PersonnelManagement"
    for employee, homes in ((8, {8}), (6, {6, 7, 8}), (2, {2, 3, 4, 5}), (1, set(range(1, 9)))):
        rows = shop.served.rows(shop.employee(employee, purpose), home)
        assert {int(row["it"].rpartition("/")[2]) for row in rows} == homes


def test_contact_data_are_there_to_care_for_a_customer_and_not_otherwise(shop: Shop) -> None:
    mail = f"{ONTOLOGY} SELECT ?mail {{ ?it a :Customer ; :email ?mail }}"
    caring = {row["mail"] for row in shop.served.rows(shop.employee(4, CARE), mail)}
    assert caring == {address for (address,) in shop.sql("SELECT Email FROM Customer WHERE SupportRepId = 4")}
    assert shop.served.rows(shop.employee(4), mail) == []
    assert shop.served.rows(shop.employee(7, CARE), mail) == []


def received(shop: Shop) -> dict[str, str]:
    """By site all texts that it was sent."""
    found: dict[str, list[str]] = {}
    for file in shop.received.iterdir():
        for line in file.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            found.setdefault(call["site"].rpartition("/")[2], []).extend(call["texts"])
    return {site: "\n".join(texts) for site, texts in found.items()}


def texts_by_country(shop: Shop) -> dict[str, set[str]]:
    """Customers' names, and tracks that customers of one country alone bought."""
    names = shop.sql("SELECT Country, FirstName || ' ' || LastName FROM Customer")
    bought = shop.sql(
        """SELECT min(Country), Track.Name FROM Customer JOIN Invoice USING (CustomerId) JOIN InvoiceLine USING (InvoiceId)
        JOIN Track USING (TrackId) WHERE length(Track.Name) > 20 GROUP BY Track.Name HAVING count(DISTINCT Country) = 1"""
    )
    found: dict[str, set[str]] = {}
    for country, text in (*names, *bought):
        found.setdefault(country, set()).add(text)
    return found


def test_what_customers_bought_is_computed_where_their_law_allows(shop: Shop) -> None:
    for field in ("customers", "invoices"):
        query = (
            f'{{ {field}(first: 200) {{ nodes {{ iri classify(labels: ["rock", "opera"]) {{ label }} }} }} }}'
        )
        answer = shop.served.graphql(shop.employee(2), query)
        assert "errors" not in answer and all(node["classify"] for node in answer["data"][field]["nodes"])
        used = {one.rpartition("/")[2] for one in answer["extensions"]["ambit"]["deployments"]}
        assert used == set(ALLOWED)
    sent = received(shop)
    assert set(sent) == set(ALLOWED)
    by_country = texts_by_country(shop)
    assert set(by_country) == set().union(*ALLOWED.values()) and sum(map(len, by_country.values())) > 300
    for site, text in sent.items():
        for country, values in by_country.items():
            there = {value for value in values if value in text}
            assert there == (values if country in ALLOWED[site] else set()), (site, country)


def test_the_cases_speak_of_compartments_as_they_are(shop: Shop) -> None:
    said, there = labels_of_cases("chinook"), labels(shop.served, shop.employee(1, ADMINISTRATION))
    assert len(said) > 5 and said <= there, said - there


def test_no_contact_data_were_sent_anywhere(shop: Shop) -> None:
    whole = "\n".join(received(shop).values())
    mails = [mail for (mail,) in shop.sql("SELECT Email FROM Customer UNION SELECT Email FROM Employee")]
    assert len(mails) == 67 and not [mail for mail in mails if mail in whole]


def test_a_query_of_one_agent_finds_only_her_invoices(shop: Shop) -> None:
    search = '{ search(text: "symphony and piano sonata", first: 200) { nodes { iri types } } }'
    mine = {number for (number,) in shop.sql("SELECT InvoiceId FROM Invoice JOIN Customer USING (CustomerId) WHERE SupportRepId = 3")}  # fmt: skip
    nodes = shop.served.data(shop.employee(3), search)["search"]["nodes"]
    found = {int(n["iri"].rpartition("/")[2]) for n in nodes if n["iri"].startswith(f"{NAMES}invoice/")}
    assert found and found <= mine


def test_an_explanation_names_the_assignment_in_the_database(shop: Shop) -> None:
    (customer,) = shop.sql("SELECT min(CustomerId) FROM Customer WHERE SupportRepId = 5")[0]
    why = "query W($iri: ID!) { explain(iri: $iri) { permitted rules triples } }"
    for employee, rule in ((5, "assigned"), (2, "managers")):
        said = shop.served.data(shop.employee(employee), why, iri=f"{NAMES}customer/{customer}")["explain"]
        assert said["permitted"] and any(rule in one for one in said["rules"]), said
        assert any("isAssignedTo" in triple for triple in said["triples"])


def test_a_customer_given_to_another_agent_moves_with_all_that_is_hers(shop: Shop) -> None:
    customer = min(shop.customers(3))
    mine = {number for (number,) in shop.sql("SELECT InvoiceId FROM Invoice WHERE CustomerId = ?", customer)}
    assert customer in shop.seen(3) and mine <= shop.seen(3, "Invoice")
    shop.sql("UPDATE Customer SET SupportRepId = 4 WHERE CustomerId = ?", customer)
    try:
        eventually(lambda: customer in shop.seen(4))
        assert customer not in shop.seen(3) and not mine & shop.seen(3, "Invoice")
        assert mine <= shop.seen(4, "Invoice") and shop.seen(4) == shop.customers(4)
    finally:
        shop.sql("UPDATE Customer SET SupportRepId = 3 WHERE CustomerId = ?", customer)
    eventually(lambda: shop.seen(3) == shop.customers(3))
