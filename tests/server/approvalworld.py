"""A workspace in which something waits for approvals: payroll, of which Cleo is the owner; the board's pages nobody may ask for."""

from typing import Any

import httpx2
from liveworld import Live

ID = "https://example.com/id/"
CARE = "https://w3id.org/dpv#CustomerCare"
BILLING = "https://w3id.org/dpv#PaymentManagement"
HEAD = """
@prefix ambit: <https://w3id.org/ambit#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix my: <https://example.com/id/> .
"""
ASK = """# title: Payroll
# family: payroll
# effect: ask
# action: read write
# description: Whoever works here may read payroll once its owner has approved it.

PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>

SELECT ?compartment ?actor WHERE {
  ?actor ambit:memberOfAll my:everyone .
  ?compartment ambit:comesFrom my:payroll .
}
"""
CASE = """
@prefix : <https://example.org/case/> .
@prefix ambit: <https://w3id.org/ambit#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix my: <https://example.com/id/> .
:given {
  :pay a ambit:Compartment ; ambit:comesFrom my:payroll ; ambit:hasSensitivity ambit:Internal ;
    ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:pay .
  :yes a ambit:Approval ; ambit:isGrantedTo my:dan ; ambit:isFor dpv:CustomerCare ; ambit:approves :pay .
}
:allowed {
  :q1 ambit:user my:dan ; ambit:purpose dpv:CustomerCare ; ambit:cleared :pay ; ambit:shows <urn:ambit:rule:payroll/payroll> .
}
"""
FILES = {
    "sources/closed.ttl": HEAD
    + """
my:payroll a ambit:Folder ; ambit:location "payroll" ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:pay .
my:board a ambit:Folder ; ambit:location "board" ; ambit:hasSensitivity ambit:Internal ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:directors .
""",
    "governance/more.ttl": HEAD
    + """
my:cleo a foaf:Person ; org:memberOf my:everyone ; org:reportsTo my:ada .
my:dan a foaf:Person ; org:memberOf my:everyone ; org:reportsTo my:ben .
my:eve a foaf:Person .
my:pay ambit:isOwnedBy my:cleo .
my:helper ambit:isRegisteredFor dpv:PaymentManagement ; ambit:readsSource my:payroll .
""",
    "rules/payroll.rq": ASK,
    "cases/payroll.trig": CASE,
    "payroll/dan.md": "---\nid: https://example.com/id/pay-of-dan\n---\n# Pay of Dan\n\nGrade seven.\n",
    "payroll/eve.md": "---\nid: https://example.com/id/pay-of-eve\n---\n# Pay of Eve\n\nGrade nine.\n",
    "board/plan.md": "---\nid: https://example.com/id/plan\n---\n# The plan\n\nBuy the competitor.\n",
}
PAY, OTHER_PAY, PLAN, ABSENT = ID + "pay-of-dan", ID + "pay-of-eve", ID + "plan", ID + "nothing"
WHY = "the customer asks what we pay"

QUERY = "SELECT ?p ?o {{ <{}> ?p ?o }}".format
WIDER = f"SELECT ?s ?p ?o {{ ?s ?p ?o . FILTER(STRSTARTS(STR(?s), '{ID}pay')) }}"

TOLD = """{ iri state asker agents purpose action reason query concerns sources sensitivities mayAnswer expires rules
  answers { iri kind by reason revoked expires rules } }"""


class People:
    """Who asks the server, each by name."""

    def __init__(self, server: Live):
        self._server = server

    def _headers(self, name: str, purpose: str | None, agents: tuple[str, ...]) -> dict[str, str]:
        from ambit.server.issuer import LocalIssuer

        token = LocalIssuer(self._server.settings.data).issue(
            ID + name, ttl=600, agents=[ID + agent for agent in agents]
        )
        return {"Authorization": f"Bearer {token}"} | ({"Ambit-Purpose": purpose} if purpose else {})

    def rows(
        self,
        name: str,
        query: str,
        *,
        purpose: str | None = CARE,
        agents: tuple[str, ...] = (),
        path: str = "",
    ) -> int:
        """How many solutions somebody gets."""
        response = httpx2.post(
            f"http://127.0.0.1:{self._server.port}/sparql{path}",
            content=query.encode(),
            headers=self._headers(name, purpose, agents) | {"Content-Type": "application/sparql-query"},
            timeout=60,
            trust_env=False,
        )
        assert response.status_code == 200, response.text
        return len(response.json()["results"]["bindings"])

    def graphql(
        self,
        name: str,
        text: str,
        *,
        purpose: str | None = CARE,
        agents: tuple[str, ...] = (),
        **variables: Any,
    ) -> dict[str, Any]:
        """The whole response."""
        response = httpx2.post(
            f"http://127.0.0.1:{self._server.port}/graphql",
            json={"query": text, "variables": variables},
            headers=self._headers(name, purpose, agents),
            timeout=60,
            trust_env=False,
        )
        answer: dict[str, Any] = response.json()
        return answer

    def told(self, name: str, text: str, **asked: Any) -> Any:
        """The one field of a response without errors."""
        answer = self.graphql(name, text, **asked)
        assert "errors" not in answer, answer["errors"]
        return next(iter(answer["data"].values()))

    def code(self, name: str, text: str, **asked: Any) -> tuple[str, str]:
        """Code and message of the first error."""
        error = self.graphql(name, text, **asked)["errors"][0]
        return error["extensions"]["code"], error["message"]

    def ask(self, name: str, *things: str, query: str | None = None, **asked: Any) -> Any:
        """Requests an approval."""
        return self.told(name, ASKING, iris=list(things), sparql=query, **asked)


ASKING = (
    "mutation($iris: [ID!]!, $sparql: String, $reason: String! = \"" + WHY + "\", $action: String! = \"read\") {"
    " requestApproval(iris: $iris, reason: $reason, sparql: $sparql, action: $action) " + TOLD + "}"
)  # fmt: skip


def deciding(field: str) -> str:
    """The mutation that answers a request."""
    return (
        'mutation($iri: ID!, $reason: String! = "as agreed with the team") {'
        f" {field}(request: $iri, reason: $reason) {TOLD} }}"
    )


APPROVE, REFUSE, WITHDRAW, REVOKE = map(deciding, ("approve", "refuse", "withdrawRequest", "revokeApproval"))
LISTED = "query($state: ApprovalState, $like: ID) { approvals(state: $state, similarTo: $like) " + TOLD + "}"
SHOWN = "query($iri: ID!) { approval(iri: $iri) " + TOLD + "}"
