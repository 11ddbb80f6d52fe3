"""A workspace whose pages, rows and rules others ask about, and a client of the Authorization API."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from liveworld import Live, live

from ambit.server.access.evaluating import Evaluator
from ambit.server.access.known import Known

ID = "https://example.com/id/"
ADA, BEN, HELPER = f"{ID}ada", f"{ID}ben", f"{ID}helper"
GATEWAY, MUTE, PAST = f"{ID}gateway", f"{ID}mute", f"{ID}past"
ALICE, BOB = f"{ID}alice", f"{ID}bob"
ADMINISTRATION = "https://w3id.org/ambit#Administration"
PREFIXES = """@prefix ambit: <https://w3id.org/ambit#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> . @prefix my: <https://example.com/id/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
GOVERNANCE = (
    PREFIXES
    + """
my:office a org:Organization . my:archive a org:Organization . my:vault a org:Organization .
my:alice a foaf:Person ; org:memberOf my:office ; my:edits my:office .
my:bob a foaf:Person ; org:memberOf my:office ; my:role "admin" .
my:cleo a foaf:Person ; org:memberOf my:office, my:vault .

my:gateway a ambit:EnforcementPoint ; ambit:enforces my:records, my:old, my:mixed ;
    ambit:states my:status, my:statedRole, my:soft, ambit:StatedTime .
my:mute a ambit:EnforcementPoint ; ambit:enforces my:records, my:old .
my:past a ambit:EnforcementPoint ; ambit:enforces my:records ; ambit:expires "2020-01-01T00:00:00Z"^^xsd:dateTime .
my:status a ambit:StatedProperty ; ambit:statedOf "resource" ; ambit:statedAs "status" .
my:statedRole a ambit:StatedProperty ; ambit:statedOf "subject" ; ambit:statedAs "role" .
my:soft a ambit:StatedProperty ; ambit:statedOf "action" ; ambit:statedAs "soft" .

my:person a ambit:NamedType ; ambit:typeName "person" ; ambit:standsFor "user" ; ambit:idPrefix "https://example.com/id/" .
my:page a ambit:NamedType ; ambit:typeName "page" ; ambit:standsFor "entity" ; ambit:idPrefix "https://example.com/id/page/" .
my:twice a ambit:NamedType ; ambit:typeName "twice" ; ambit:standsFor "entity" ; ambit:idPrefix "https://example.com/id/page/" .
my:thing a ambit:NamedType ; ambit:typeName "thing" ; ambit:standsFor "entity" ; ambit:idPrefix "https://example.com/id/" .
my:again a ambit:NamedType ; ambit:typeName "twice" ; ambit:standsFor "entity" ; ambit:idPrefix "https://example.com/id/other/" .
"""
)
SOURCES = (
    PREFIXES
    + """
my:records a ambit:Folder ; ambit:location "records" ; ambit:hasSensitivity ambit:Internal ;
    ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:office .
my:old a ambit:Folder ; ambit:location "old" ; ambit:hasSensitivity ambit:Internal ;
    ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:office, my:archive .
my:hidden a ambit:Folder ; ambit:location "hidden" ; ambit:hasSensitivity ambit:Internal ;
    ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:vault .
"""
)
HEADER = "# title: {}\n# family: mine\n# effect: {}\n# action: {}\n# description: for the test\n"
PROLOGUE = """# reads: request

PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>
"""
RULES = {
    "editors": HEADER.format("Editors", "permit", "write")
    + """
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>
SELECT ?compartment ?actor { ?actor my:edits ?anchor . ?compartment ambit:hasAudience ?anchor }""",
    "archived": HEADER.format("Archived", "deny", "write")
    + PROLOGUE
    + """SELECT ?compartment ?actor ?request {
  GRAPH ?request { ?request my:status "archived" ; ambit:asksAbout ?compartment }
  FILTER NOT EXISTS { ?actor my:role "admin" }
  FILTER NOT EXISTS { GRAPH ?request { ?request my:statedRole "admin" } } }""",
    "archivists": HEADER.format("Archivists", "permit", "write")
    + PROLOGUE
    + """SELECT ?compartment ?actor ?request {
  ?actor a <http://xmlns.com/foaf/0.1/Person> .
  { ?actor my:role "admin" } UNION { GRAPH ?request { ?request my:statedRole "admin" } }
  { GRAPH ?request { ?request my:status "archived" ; ambit:asksAbout ?compartment } }
  UNION { ?compartment ambit:hasAudience my:archive } }""",
    "soft": HEADER.format("Soft deletion", "permit", "delete retire")
    + PROLOGUE
    + """SELECT ?compartment ?actor ?request {
  GRAPH ?request { ?request my:soft true ; ambit:asksAbout ?compartment }
  ?actor my:edits ?anchor . ?compartment ambit:hasAudience ?anchor }""",
    "borrow": HEADER.format("Borrowing", "permit", "borrow")
    + """
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>
SELECT ?compartment ?actor { ?actor my:edits ?anchor . ?compartment ambit:hasAudience ?anchor }""",
    "secretly": HEADER.format("Secretly", "permit", "secretly")
    + """
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>
SELECT ?compartment ?actor { ?actor my:role "nobody" . ?compartment ambit:hasAudience my:office }""",
}


def page(name: str, more: str = "") -> str:
    return f"---\nid: {ID}page/{name}\n---\n# {name}\n\nText. {more}\n"


WORLD: Mapping[str, str] = {
    "governance/access.ttl": GOVERNANCE,
    "sources/access.ttl": SOURCES,
    "records/record-1.md": page("record-1"),
    "records/record-3.md": page("record-3"),
    "records/record-4.md": page("record-4"),
    "old/record-2.md": page("record-2"),
    "hidden/record-9.md": page("record-9"),
    **{f"rules/{name}.rq": text for name, text in RULES.items()},
}


class Api:
    """Somebody who asks."""

    def __init__(self, server: Live):
        self.server = server
        self.url = f"http://127.0.0.1:{server.port}"
        self.http = httpx2.Client(base_url=self.url, timeout=60, trust_env=False)

    def token(
        self, subject: str, *, agents: Sequence[str] = (), purposes: Sequence[str] | None = None
    ) -> str:
        from ambit.server.issuer import LocalIssuer

        issuer = LocalIssuer(self.server.settings.data)
        more = {} if purposes is None else {"purposes": purposes}
        return issuer.issue(subject, agents=agents, ttl=600, **more)

    def post(
        self, path: str, body: object, token: str | None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = {"Content-Type": "application/json", **(headers or {})}
        if token is not None:
            head["Authorization"] = f"Bearer {token}"
        return self.http.post(f"/access/v1/{path}", content=content, headers=head)

    def ask(self, path: str, body: object, token: str, **headers: str) -> Any:
        """The body of an answer that has to be one."""
        answer = self.post(path, body, token, headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    def permits(self, body: object, token: str, **headers: str) -> bool:
        said = self.ask("evaluation", body, token, **headers)
        assert isinstance(said["decision"], bool)
        return bool(said["decision"])


def question(
    subject: str, action: str, resource: str, *, type: str = "entity", **more: Any
) -> dict[str, Any]:
    """A question by IRIs; `more` are members of the top level."""
    return {
        "subject": {"type": "user", "id": subject},
        "action": {"name": action},
        "resource": {"type": type, "id": resource},
        **more,
    }


@contextmanager
def access(folder: Path, added: Mapping[str, str] = WORLD, **limits: float) -> Iterator[Api]:
    """A server over the world."""
    with live(folder, added=added, **limits) as server:
        api = Api(server)
        try:
            yield api
        finally:
            api.http.close()


def evaluator(api: Api) -> Evaluator:
    """One that waits for what is not known, in this process."""
    layers = api.server.layers
    return Evaluator(Known(layers.decider, layers.owner, layers.recall))
