"""`/access/explain` and `/access/holders`: what is one's own, and what is for those who may read governance."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from liveworld import BEN, Live, live

from ambit.graph.errors import AmbitError, Invalid
from ambit.graph.rdf.parsing import read_rdf
from ambit.graph.views.cancellation import Cancellation
from ambit.graph.vocabulary import AMBIT, PROV, RDF
from ambit.graph.words import Chain
from ambit.reasoning.rulebase.answering import InMemory
from ambit.server import explaining
from ambit.server.identity import Identity
from ambit.server.issuer import LocalIssuer
from ambit.server.request import Request
from ambit.server.requests import Requests

ID = "https://example.com/id/"
ADA = ID + "ada"
WELCOME = ID + "pages/welcome"
PLAN = ID + "secret/plan"
NOTHING = ID + "secret/nothing"
ADDED = {
    "governance/board.ttl": """
@prefix ambit: <https://w3id.org/ambit#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix my: <https://example.com/id/> .
my:board a org:Organization .
my:cleo a foaf:Person ; org:memberOf my:board .
ambit:Confidential ambit:isOpenTo dpv:AcademicResearch .
""",
    "sources/secret.ttl": """
@prefix ambit: <https://w3id.org/ambit#> .
@prefix my: <https://example.com/id/> .
my:secret a ambit:Folder ; ambit:location "secret" ;
    ambit:hasSensitivity ambit:Confidential ; ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:board .
""",
    "secret/plan.md": "# The plan\n\nBuy the other one.\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("why") / "ws", added=ADDED) as served:
        yield served


def ask(
    server: Live,
    path: str = "explain",
    *,
    user: str = BEN,
    purpose: str | None = None,
    accept: str = "application/json",
    content: bytes | None = None,
    media: str = "application/json",
    **asked: Any,
) -> httpx2.Response:
    token = server.token(user, purposes=[purpose] if purpose else [])
    return httpx2.post(
        f"http://127.0.0.1:{server.port}/access/{path}",
        content=json.dumps(asked) if content is None else content,
        headers={"Authorization": f"Bearer {token}", "Content-Type": media, "Accept": accept},
        timeout=30,
        trust_env=False,
    )


def as_ada(server: Live, path: str = "explain", **asked: Any) -> Any:
    content = json.dumps(asked).encode()
    answer = ask(server, path, user=ADA, purpose=AMBIT.ADMINISTRATION, content=content)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_ones_own_is_explained_and_stands_in_the_ledger(server: Live) -> None:
    before = server.entries()
    answer = ask(server, iri=WELCOME)
    said = answer.json()
    assert answer.status_code == 200 and said["permitted"] and said["before"] is None
    assert any("memberOf" in line for line in said["triples"])
    assert not said["absent"] and not said["closed"] and not said["changes"]
    (opened,) = server.said("request", before)
    assert opened["run"] == answer.headers["ambit-run"] and opened["user"] == BEN
    assert server.said("answer", before)[0]["status"] == "ok"


def test_it_is_the_same_as_graphql_tells(server: Live) -> None:
    query = "query W($iri: ID!) { explain(iri: $iri) { permitted sentence rules triples missing before absent closed changes { adds } } }"
    answer = httpx2.post(
        f"http://127.0.0.1:{server.port}/graphql",
        json={"query": query, "variables": {"iri": WELCOME}},
        headers={"Authorization": f"Bearer {server.token()}"},
        trust_env=False,
    )
    assert answer.json()["data"]["explain"] == ask(server, iri=WELCOME).json()


@pytest.mark.parametrize(
    "media", ["text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml"]
)
def test_an_explanation_is_rdf(server: Live, media: str) -> None:
    answer = ask(server, iri=WELCOME, accept=media)
    assert answer.headers["content-type"].partition(";")[0] == media
    triples = read_rdf(answer.content, name="it", syntax=SYNTAX[media])
    said = {(t.predicate.value, getattr(t.object, "value", "")) for t in triples}
    plain = ask(server, iri=WELCOME).json()
    assert (RDF.TYPE, AMBIT.EXPLANATION) in said and (AMBIT.PERMITTED, "true") in said
    assert (PROV.WAS_GENERATED_BY, answer.headers["ambit-run"]) in said
    assert {rule for predicate, rule in said if predicate == AMBIT.DECIDED_BY} == set(plain["rules"])
    assert len([1 for t in triples if t.predicate.value == AMBIT.CITES]) == len(plain["triples"])
    records = {line.rpartition(" <")[2].removesuffix("> .") for line in plain["triples"]}
    assert {record for predicate, record in said if predicate == PROV.HAD_PRIMARY_SOURCE} == records


SYNTAX = {
    "text/turtle": "turtle",
    "application/ld+json": "jsonld",
    "application/n-triples": "ntriples",
    "application/rdf+xml": "rdfxml",
}


@pytest.mark.parametrize("accept", ["application/json", "text/turtle"])
def test_hidden_reads_like_absent(server: Live, accept: str) -> None:
    told = [ask(server, iri=iri, accept=accept) for iri in (PLAN, NOTHING)]
    bodies = [
        one.text.replace(one.headers["ambit-run"].rpartition(":")[2], "RUN").replace(iri, "IT")
        for one, iri in zip(told, (PLAN, NOTHING), strict=True)
    ]
    assert bodies[0] == bodies[1] and told[0].headers.keys() == told[1].headers.keys()
    assert told[0].headers["ambit-revision"] == told[1].headers["ambit-revision"]


REFUSED = [
    {"user": ADA},
    {"user": BEN},
    {"agents": [ID + "helper"]},
    {"purpose": "https://w3id.org/dpv#AcademicResearch"},
    {"adds": "<urn:a> <urn:b> <urn:c> ."},
    {"removes": "this is no Turtle"},
    {"adds": f"<{BEN}> <http://www.w3.org/ns/org#memberOf> <{ID}board> ."},
]


@pytest.mark.parametrize("more", REFUSED)
def test_what_is_anothers_is_refused_the_same_whatever_it_is(server: Live, more: dict[str, Any]) -> None:
    told = [
        ask(server, user=user, content=json.dumps({"iri": iri, **more}).encode())
        for iri in (WELCOME, PLAN, NOTHING, "no iri")
        for user in (BEN, ADA)  # whose purpose it is not
    ]
    told += [ask(server, "holders", iri=iri) for iri in (WELCOME, PLAN, NOTHING)]
    assert {one.status_code for one in told} == {403}
    assert len({one.text for one in told}) == 1 and told[0].json()["code"] == "explanation-refused"


def test_an_agent_is_refused_also_for_an_administrator(server: Live) -> None:
    issuer = LocalIssuer(server.settings.data)
    token = issuer.issue(ADA, agents=[ID + "helper"], ttl=600, purposes=[AMBIT.ADMINISTRATION])
    answer = httpx2.post(
        f"http://127.0.0.1:{server.port}/access/holders",
        json={"iri": WELCOME},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 403 and answer.json()["code"] == "explanation-refused"


def test_administrators_are_told_what_keeps_it_closed_and_what_would_open_it(server: Live) -> None:
    said = as_ada(server, iri=PLAN, user=BEN)
    assert not said["permitted"]
    assert any("no rule permits it to `ben`" in line for line in said["closed"])
    assert said["changes"]
    assert said["sentence"] == "ben may not read this."
    assert as_ada(server, iri=NOTHING, user=BEN)["sentence"] == "Nothing that you may know of has this name."
    said = as_ada(server, iri=PLAN, user=ID + "cleo")
    assert "https://w3id.org/dpv#AcademicResearch" in [change["missing"] for change in said["changes"]]


def test_what_if_is_decided_over_and_nothing_is_committed(server: Live) -> None:
    member = f"<{BEN}> <http://www.w3.org/ns/org#memberOf> <{ID}board> ."
    asked = {"iri": PLAN, "user": BEN, "purpose": "https://w3id.org/dpv#AcademicResearch", "adds": member}
    epoch, revision = server.layers.decider.epoch, server.layers.owner.revision
    said = as_ada(server, **asked)
    assert said["permitted"] and said["before"] is False
    assert any("memberOf" in line and "urn:ambit:supposed" in line for line in said["triples"])
    who = as_ada(server, "holders", **asked)
    assert who == {"users": sorted([BEN, ID + "cleo"]), "whole": sorted([BEN, ID + "cleo"])}
    assert not ask(server, iri=PLAN).json()["permitted"]
    assert (server.layers.decider.epoch, server.layers.owner.revision) == (epoch, revision)
    del asked["adds"]
    asked["removes"] = f"<{ID}cleo> <http://www.w3.org/ns/org#memberOf> <{ID}board> ."
    who = as_ada(server, "holders", **asked)
    assert who == {"users": [], "whole": []}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"adds": "this is no Turtle"}, "source-invalid"),
        ({"adds": "".join(f"<urn:a:{n}> <urn:b> <urn:c> .\n" for n in range(200))}, "too-large"),
        ({"adds": "#" * 200_000}, "invalid-argument"),
        ({"action": "dance"}, "invalid-argument"),
        ({"user": "ben"}, "invalid-argument"),
        ({"user": "urn:a b"}, "invalid-argument"),
        ({"purpose": "care"}, "invalid-argument"),
        ({"agents": ["x"]}, "invalid-argument"),
        ({"agents": "urn:x"}, "invalid-argument"),
        ({"agents": ["urn:x"] * 17}, "invalid-argument"),
        ({"iri": 3}, "invalid-argument"),
        ({"iri": ""}, "invalid-argument"),
        ({"iri": "not an iri"}, "invalid-argument"),
        ({"iri": "pages/welcome"}, "invalid-argument"),
        ({"iri": "urn:" + "x" * 3_000}, "invalid-argument"),
        ({"more": 1}, "invalid-argument"),
    ],
)
def test_what_does_not_fit_is_said(server: Live, more: dict[str, Any], code: str) -> None:
    content = json.dumps({"iri": WELCOME, **more}).encode()
    answer = ask(server, user=ADA, purpose=AMBIT.ADMINISTRATION, content=content)
    assert answer.status_code in (400, 413) and answer.json()["code"] == code


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"x" * 400_000, "application/json", 413),
    ],
)
def test_a_body_is_one_json_object(server: Live, content: bytes, media: str, status: int) -> None:
    assert ask(server, content=content, media=media).status_code == status


def test_nobody_is_told_nothing(server: Live) -> None:
    answer = httpx2.post(
        f"http://127.0.0.1:{server.port}/access/explain", json={"iri": WELCOME}, trust_env=False
    )
    assert answer.status_code == 200 and not answer.json()["permitted"]
    assert answer.json()["sentence"] == "Nothing that you may know of has this name."


@pytest.mark.parametrize("adds", ["", f"<{BEN}> <http://www.w3.org/ns/org#memberOf> <{ID}board> ."])
@pytest.mark.parametrize("verb", [explaining.why, explaining.who_can])
def test_it_ends_when_the_client_leaves(
    server: Live, monkeypatch: pytest.MonkeyPatch, verb: Callable[..., object], adds: str
) -> None:
    """Of all batches of rules that it takes none is asked after the first, in the midst of which the client left."""
    requests, cancel, asked = Requests(server.layers, server.settings), Cancellation(), list[int]()
    decider, told, here = server.layers.decider, InMemory.answered, threading.get_ident()

    def answered(*args: Any) -> Any:
        if threading.get_ident() == here:
            asked.append(len(args))
            cancel.cancel()
        return told(*args)

    def work(request: Request) -> object:
        monkeypatch.setattr(InMemory, "answered", answered)
        decider._turn()  # nothing is known any more
        return verb(request, PLAN, "read", explaining.About(f"{ID}cleo", adds=adds))

    with pytest.raises(AmbitError) as failed:
        requests.carry_out(
            Identity(Chain(ADA), (AMBIT.ADMINISTRATION,), None),
            None, work, text="a text", cancel=cancel, action="explain",
        )  # fmt: skip
    assert failed.value.code == "cancelled" and len(asked) == 1


def test_what_is_no_iri_is_said_also_of_ones_own(server: Live) -> None:
    answer = ask(server, iri="not an iri")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-argument")
    assert "https://" in answer.json()["hint"]


@pytest.mark.parametrize("more", [{}, {"user": BEN}, {"user": BEN, "adds": "<urn:nosuch> a <urn:a> ."}])
def test_a_purpose_that_is_none_is_refused_as_a_request_is(server: Live, more: dict[str, Any]) -> None:
    content = json.dumps({"iri": WELCOME, "purpose": "urn:nosuch", **more}).encode()
    for path in ("explain", "holders"):
        answer = ask(server, path, user=ADA, purpose=AMBIT.ADMINISTRATION, content=content)
        assert (answer.status_code, answer.json()["code"]) == (403, "purpose-refused")
    query = '{{ {}(iri: "{}", purpose: "urn:nosuch") {{ {} }} }}'
    for name, field in (("explain", "permitted"), ("whoCan", "users")):
        told = in_graphql(server, query.format(name, WELCOME, field), ADA, AMBIT.ADMINISTRATION)
        assert told["errors"][0]["extensions"]["code"] == "purpose-refused"


def test_a_purpose_counts_where_what_is_supposed_makes_it_one(server: Live) -> None:
    broader = (
        "<urn:nosuch> <http://www.w3.org/2004/02/skos/core#broader> <https://w3id.org/dpv#AcademicResearch> ."
    )
    asked = {"iri": PLAN, "user": ID + "cleo", "purpose": "urn:nosuch", "adds": broader}
    assert as_ada(server, **asked)["permitted"]
    said = as_ada(server, **{**asked, "iri": WELCOME, "user": BEN})
    assert said["permitted"] and said["before"] is False, "today its purpose would be refused"
    assert as_ada(server, "holders", **asked)["users"] == [ID + "cleo"]


def test_for_a_purpose_that_one_may_not_act_for_nothing_is_permitted(server: Live) -> None:
    asked = {"iri": WELCOME, "user": BEN, "purpose": AMBIT.ADMINISTRATION}
    said = as_ada(server, **asked)
    why_not = "`ben` may not act for the purpose `Administration`"
    assert not said["permitted"] and said["closed"] == [why_not] and said["sentence"] == f"{why_not}."
    assert said["changes"]
    for change in said["changes"]:
        turtle = {name: "\n".join(change[name]) for name in ("adds", "removes")}
        told = as_ada(server, **{**asked, **turtle, "purpose": change["missing"] or asked["purpose"]})
        assert told["permitted"], change
    assert as_ada(server, iri=WELCOME, user=ADA, purpose=AMBIT.ADMINISTRATION)["permitted"]
    assert as_ada(server, "holders", **asked)["users"] == [ADA]
    assert BEN in as_ada(server, "holders", iri=WELCOME)["users"]
    asked["adds"] = f"<{BEN}> <http://www.w3.org/ns/org#memberOf> <{AMBIT.ADMINISTRATORS}> ."
    said = as_ada(server, **asked)
    assert said["permitted"] and said["before"] is False
    assert as_ada(server, "holders", **asked)["users"] == [ADA, BEN]


def test_an_agent_acts_for_what_it_is_registered_for(server: Live) -> None:
    asked = {"iri": WELCOME, "user": ADA, "agents": [ID + "helper"]}
    care, research = ("https://w3id.org/dpv#" + name for name in ("CustomerCare", "AcademicResearch"))
    assert as_ada(server, **asked, purpose=care)["permitted"]
    assert ADA in as_ada(server, "holders", **asked, purpose=care)["users"]
    said = as_ada(server, **asked, purpose=research)
    assert not said["permitted"]
    assert said["closed"] == ["`helper` is not registered for the purpose `AcademicResearch`"]
    assert as_ada(server, "holders", **asked, purpose=research) == {"users": [], "whole": []}


def test_actions_that_rules_name_are_explained(server: Live) -> None:
    token = server.token()
    for name, text in OWN_RULES.items():
        server.save(name, text)
    try:
        said = ask(server, iri=WELCOME, action="can_share").json()
        assert said["permitted"] and any("can-share" in rule for rule in said["rules"])
        assert BEN in as_ada(server, "holders", iri=WELCOME, action="can_share")["users"]
        research = "https://w3id.org/dpv#AcademicResearch"
        assert not ask(server, iri=PLAN, purpose=research).json()["permitted"]
        said = ask(server, iri=PLAN, purpose=research, action="can_share").json()
        assert said["permitted"], "what is given is explained, whether or not it may be read"
        hidden, unknown = (ask(server, iri=WELCOME, action=name) for name in ("can_burn", "can_dance"))
        assert hidden.status_code == unknown.status_code == 400
        assert hidden.text.replace("can_burn", "can_dance") == unknown.text
        assert "can_" not in unknown.json()["hint"], "names that a search for actions would not tell"
        body = {"subject": {"type": "user", "id": BEN}, "resource": {"type": "entity", "id": WELCOME}}
        answer = httpx2.post(
            f"http://127.0.0.1:{server.port}/access/v1/search/action",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        named = {one["name"] for one in answer.json()["results"]}
        assert "can_share" in named and "can_burn" not in named
        said = as_ada(server, iri=WELCOME, action="can_burn", user=BEN)
        assert not said["permitted"] and said["sentence"] == "ben may not can_burn this." and said["closed"]
        content = json.dumps({"iri": WELCOME, "action": "can_dance"}).encode()
        for path in ("explain", "holders"):
            told = ask(server, path, user=ADA, purpose=AMBIT.ADMINISTRATION, content=content).json()
            assert told["code"] == "invalid-argument" and "can_burn, can_share" in told["hint"]
        told = in_graphql(server, f'{{ explain(iri: "{WELCOME}", action: "can_share") {{ permitted }} }}')
        assert told["data"] == {"explain": {"permitted": True}}
    finally:
        for name in OWN_RULES:
            server.save(name, None)


OWN_RULE = """# title: T
# family: mine
# effect: {effect}
# action: {action}
# description: for the test
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX my: <https://example.com/id/>
SELECT {columns} {{ ?compartment ambit:comesFrom ?source . {body} }}"""
OWN_RULES = {
    "can-share.rq": OWN_RULE.format(
        effect="permit", action="can_share", columns="?compartment ?actor", body="?actor a foaf:Person"
    ),
    "can-burn.rq": OWN_RULE.format(
        effect="permit",
        action="can_burn",
        columns="?compartment ?actor",
        body="?actor a foaf:Person FILTER(?actor = my:cleo)",
    ),
}


def in_graphql(server: Live, query: str, user: str = BEN, purpose: str | None = None) -> Any:
    answer = httpx2.post(
        f"http://127.0.0.1:{server.port}/graphql",
        json={"query": query},
        headers={"Authorization": f"Bearer {server.token(user, purposes=[purpose] if purpose else [])}"},
        trust_env=False,
    )
    return answer.json()


@pytest.mark.filterwarnings("ignore:.*removed in Click 9.0:DeprecationWarning")  # while typer is imported
def test_who_may_has_no_form_as_rdf() -> None:
    from ambit.server.cli.explain import command

    for format in ("ttl", "jsonld"):
        with pytest.raises(Invalid) as refused:
            command("urn:x", who=True, format=format)
        assert refused.value.message == "`--who` has no form as RDF"
    with pytest.raises(Invalid) as refused:
        command("urn:x", format="turtles")
    assert refused.value.message == "`turtles` is no format of an explanation"
