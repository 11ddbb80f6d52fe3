"""Which rules an evaluation names: those that gave or took the resource asked about, and no others."""

from collections.abc import Iterator
from typing import Any

import pytest
from accessworld import ADA, ADMINISTRATION, BOB, HEADER, ID, WORLD, Api, access, evaluator, page, question

from ambit.graph.words import Chain
from ambit.reasoning.deciding.questions import Question

ONE, TWO, THREE, NINE = (f"{ID}page/record-{number}" for number in (1, 2, 3, 9))
CLEO = f"{ID}cleo"
DENY = """
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>
SELECT ?compartment ?actor {{ ?actor a <http://xmlns.com/foaf/0.1/Person> . ?compartment ambit:hasAudience my:{} }}"""
ADDED = {
    **WORLD,
    "rules/frozen.rq": HEADER.format("Frozen", "deny", "read") + DENY.format("archive"),
    "rules/sealed.rq": HEADER.format("Sealed", "deny", "read") + DENY.format("vault"),
    "hidden/record-3.md": page("record-3", "Of which Bob knows nothing."),
}
GAVE = [
    "urn:ambit:rule:membership/members",
    "urn:ambit:rule:residency/adequate",
    "urn:ambit:rule:sensitivity/open",
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("reasons") / "w", ADDED) as api:
        yield api


def reasons(api: Api, subject: str, resource: str) -> Any:
    """What an administrator is told."""
    admin = api.token(ADA, purposes=[ADMINISTRATION])
    return api.ask("evaluation", question(subject, "read", resource), admin)


def test_a_permit_names_what_gave_the_resource_and_not_what_gave_others(api: Api) -> None:
    said = api.ask("evaluation", question(BOB, "read", ONE), api.token(BOB))
    rules = said["context"]["reason_user"]["rules"]
    assert rules == GAVE
    explained = api.http.post(
        "/access/explain", json={"iri": ONE}, headers={"Authorization": f"Bearer {api.token(BOB)}"}
    ).json()
    assert sorted(explained["rules"]) == rules
    assert reasons(api, BOB, ONE)["context"]["reason_admin"] == {"rules": rules, "failures": []}
    everything = evaluator(api).decider.decide(Question(Chain(BOB), None))
    assert set(everything.rules) > set(rules), "others gave something else"


def test_a_denial_names_what_denied_this_resource(api: Api) -> None:
    for subject, resource, took in ((BOB, TWO, "frozen"), (CLEO, NINE, "sealed")):
        said = reasons(api, subject, resource)
        assert said["decision"] is False
        assert said["context"]["reason_admin"]["rules"] == [f"urn:ambit:rule:mine/{took}"]
    said = reasons(api, BOB, NINE)  # whom nothing permits it
    assert (said["decision"], said["context"]["reason_admin"]["rules"]) == (False, [])


def test_the_ledger_names_the_same(api: Api) -> None:
    ledger = api.server.layers.ledger
    before = ledger.size
    reasons(api, BOB, ONE)
    reasons(api, BOB, TWO)
    given, denied = (entry.fields for entry in ledger.entries(before) if entry.kind == "request")
    assert given["rules"] == given["mattered"] == GAVE
    assert denied["mattered"] == ["urn:ambit:rule:mine/frozen"] and "rules" not in denied


def test_of_what_is_not_there_for_who_asks_no_rule_is_named(api: Api) -> None:
    """A part that is hidden, or a resource, reads as if it did not exist, also to who administers."""
    mine = [api.ask("evaluation", question(BOB, "read", one), api.token(BOB)) for one in (ONE, THREE)]
    assert mine[0] == mine[1] and mine[0]["decision"] is True
    assert reasons(api, ADA, NINE) == reasons(api, ADA, f"{ID}page/none")
    assert reasons(api, ADA, NINE)["context"]["reason_admin"]["rules"] == []
