"""The four people of the demo whose tokens are printed, and what to try with them."""

from collections.abc import Mapping

from ..issuer import LocalIssuer

BASE = "https://halden.example"
AGENT = f"{BASE}/agent/support"
SPECIALIST = f"{BASE}/people/support-3"
VISITOR = f"{BASE}/people/visitor"
ADMIN = f"{BASE}/people/engineering-lead"
REFUND = f"{BASE}/purpose/refund-handling"
QUESTION = f"{BASE}/purpose/product-question"
ADMINISTRATION = "https://w3id.org/ambit#Administration"
DAY = 86_400


def tokens(issuer: LocalIssuer, audience: str) -> dict[str, str]:
    """A day's tokens by name: one administrator, one specialist's agent under two purposes, one agent without rights."""

    def made(subject: str, purpose: str, *agents: str) -> str:
        return issuer.issue(subject, agents=agents, purposes=[purpose], audience=audience, ttl=DAY)

    return {
        "admin": made(ADMIN, ADMINISTRATION),
        "support_refund": made(SPECIALIST, REFUND, AGENT),
        "support_question": made(SPECIALIST, QUESTION, AGENT),
        "no_rights": made(VISITOR, QUESTION, AGENT),
    }


def commands(url: str, folder: str, issued: Mapping[str, str]) -> dict[str, str]:
    """Commands to paste, by what they show. They expect the tokens in the environment."""
    graphql = f"curl -s {url}/graphql -H 'Content-Type: application/json'"
    as_refund = '-H "Authorization: Bearer $support_refund"'
    as_question = '-H "Authorization: Bearer $support_question"'
    return {
        "tokens": "; ".join(f"export {name}={token}" for name, token in issued.items()),
        "payment data, to handle a refund": (
            f'{graphql} {as_refund} -d \'{{"query": "{{ customers(first: 3) {{ nodes {{ name cardNumber iban }} }} }}"}}\''
        ),
        "the same for a product question: no such field": (
            f'{graphql} {as_question} -d \'{{"query": "{{ customers(first: 3) {{ nodes {{ name cardNumber iban }} }} }}"}}\''
        ),
        "tickets classified where they may be computed on": (
            f'{graphql} {as_refund} -d \'{{"query": "{{ tickets(first: 20) {{ nodes {{ iri subject '
            'classify(labels: [\\"refund\\", \\"technical problem\\", \\"praise\\"]) { label score } } } }"}\''
        ),
        "how long a refund takes": (
            f'{graphql} {as_question} -d \'{{"query": "{{ search(text: \\"how long does a refund take\\", first: 3) '
            "{ nodes { label snippet } } }\"}'"
        ),
        "count in SPARQL what may be seen": (
            f"curl -s {url}/sparql {as_question} -H 'Content-Type: application/sparql-query' -H 'Accept: text/csv' "
            "-d 'SELECT ?class (COUNT(?thing) AS ?n) WHERE { ?thing a ?class } GROUP BY ?class ORDER BY DESC(?n)'"
        ),
        "a page appears": f"cp {folder}/arrivals/returns-in-winter.md {folder}/pages/support/",
        "a supplier's list arrives, in cents": f"cp {folder}/arrivals/prices-2026-11.csv {folder}/supplier/",
        "what was found": f'ambit findings --url {url} --token "$admin"',
        "what the rules must, and must not, allow": f"ambit policy test {folder}",
        "the ledger, the log and the store agree": f"ambit verify {folder}",
    }
