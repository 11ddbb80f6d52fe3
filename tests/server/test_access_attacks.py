"""Attacks on the Authorization API: bodies that say two things, ids that look like others, callers who name others."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from accessworld import (
    ADA,
    ADMINISTRATION,
    ALICE,
    BEN,
    BOB,
    GATEWAY,
    HEADER,
    HELPER,
    ID,
    WORLD,
    Api,
    access,
    question,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ambit.graph.errors import Invalid
from ambit.graph.ledger.projection import triples_of
from ambit.graph.terms import Literal, NamedNode, Quad
from ambit.graph.vocabulary import AMBIT, RDF, node
from ambit.reasoning.governance.facts import Facts
from ambit.server.access.naming import Naming, Type
from ambit.server.access.reading import _DECODER, evaluations_of, json_of
from ambit.server.access.words import Evaluation

OPENED = """
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>
SELECT ?compartment ?actor { ?compartment ambit:hasAudience my:archive }"""
ONE, NINE = f"{ID}page/record-1", f"{ID}page/record-9"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("attacks") / "w") as api:
        yield api


def whole(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "cut",
    [
        b'{"subject":{"type":"user","id":"%s","id":"%s"},' % (BOB.encode(), ALICE.encode()),
        b'{"subject":{"type":"user","id":"%s","\\u0069d":"%s"},' % (BOB.encode(), ALICE.encode()),
        b'{"subject":{"type":"user","id":"%s"},"subject":{"type":"user","id":"%s"},'
        % (BOB.encode(), ALICE.encode()),
        b'{"x":{"deep":[{"a":1,"a":2}]},"subject":{"type":"user","id":"%s"},' % ALICE.encode(),
    ],
)
def test_a_member_that_is_named_twice_is_refused(api: Api, cut: bytes) -> None:
    rest = whole(question(ALICE, "read", ONE))[1:].partition(b'"action"')
    answer = api.post("evaluation", cut + rest[1] + rest[2], api.token(ALICE))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"subject":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"a":1e999}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":' + b"9" * 5_000 + b"}",
        b'{"a":"\\ud800"}',
        b'{"\\udc00":1}',
        b'{"a":"\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1}\x00',
        b'{"a":"\x01"}',
    ],
)
def test_json_that_readers_differ_about_is_refused(api: Api, body: bytes) -> None:
    with pytest.raises(Invalid):
        json_of(body)
    answer = api.post("evaluation", body, api.token(ALICE))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_batch_does_not_mix_the_subjects_of_its_items(api: Api) -> None:
    body = {
        **question(ALICE, "write", ONE),
        "evaluations": [{}, {"subject": {"type": "user", "id": BOB}}, {"subject": {"type": "user"}}, {}],
    }
    said = api.ask("evaluations", body, api.token(GATEWAY))["evaluations"]
    assert [one["decision"] for one in said] == [True, False, False, True]
    assert said[2]["context"]["error"]["status"] == 400
    said = api.ask("evaluations", body, api.token(ALICE))["evaluations"]
    assert [one["decision"] for one in said] == [True, False, False, True]  # of bob alice is told nothing


def test_properties_that_contradict_the_graph_change_nothing(api: Api) -> None:
    loud = question(ALICE, "read", NINE)
    loud["resource"]["properties"] = {"sensitivity": "public", "audience": "everybody", "owner": ALICE}
    loud["subject"]["properties"] = {"role": "admin", "memberOf": [str(AMBIT.ADMINISTRATORS)]}
    loud["context"] = {"time": "2000-01-01T00:00:00Z", "clearance": ["*"], "decision": True}
    for token in (api.token(ALICE), api.token(GATEWAY), api.token(ADA, purposes=[ADMINISTRATION])):
        quiet = api.ask("evaluation", question(ALICE, "read", NINE), token)
        assert api.ask("evaluation", loud, token) == quiet
        assert quiet["decision"] is False


def test_a_time_is_taken_from_a_point_that_may_state_it_alone(api: Api) -> None:
    gateway, alice = api.token(GATEWAY), api.token(ALICE)
    for time in ("x", 7, "2025-06-27T18:03", "0001-01-01T00:00+23:00", "9999-12-31T23:59:59-23:00"):
        body = question(ALICE, "read", ONE, context={"time": time})
        assert api.permits(body, alice)
        assert not api.permits(body, gateway), time
    assert api.permits(question(ALICE, "read", ONE, context={"time": "1985-10-26T01:22-07:00"}), gateway)


@pytest.mark.parametrize(
    "id",
    [
        ALICE.replace("a", "а", 1) if "a" in ALICE else ALICE,  # a Cyrillic letter
        ALICE.replace("alice", "аlice"),
        ALICE.replace("alice", "Alice"),
        ALICE.replace("https", "HTTPS"),
        ALICE.replace("example.com", "EXAMPLE.com"),
        ALICE.replace("alice", "%61lice"),
        ALICE.replace("alice", "./alice"),
        *(ALICE + more for more in (" ", "%00", "\x00", "​", "\n", "#", "?", "/", "‮", "*")),
        *(" " + ALICE, f"<{ALICE}>", "alice", "_:b0", "user:*", "*", "", "https://example.com/id/*"),
        "x" * 3_000,
        "urn:" + "x" * 3_000,
    ],
)
def test_an_id_that_looks_like_another_is_another(api: Api, id: str) -> None:
    for token in (api.token(GATEWAY), api.token(ALICE), api.token(ADA, purposes=[ADMINISTRATION])):
        assert not api.permits(question(id, "read", ONE), token)
    for type in ("entity", "record", "graph", "compartment", "page", "user", "agent"):
        assert not api.permits(question(ALICE, "read", id, type=type), api.token(GATEWAY))


def test_short_ids_are_escaped_and_never_decoded(api: Api) -> None:
    gateway = api.token(GATEWAY)

    def permits(user: str, page: str, type: str = "page") -> bool:
        body = question("", "read", page, type=type)
        body["subject"] = {"type": "person", "id": user}
        return api.permits(body, gateway)

    assert permits("alice", "record-1")
    for user in ("Alice", "аlice", "%61lice", "alice%00", "alice ", "./alice", "x/../alice", "*", "", ALICE):
        assert not permits(user, "record-1"), user
    for page in ("../page/record-1", "record%2D1", "record-1#", "record-1 ", "", ONE, "RECORD-1", "record-*"):
        assert not permits("alice", page), page
    for thing in ("page/record-1", "page%2Frecord-1", "./page/record-1"):
        assert not permits("alice", thing, "thing"), thing
    assert not permits("alice", "record-1", "twice")  # a type that governance names twice
    assert not permits("alice", "record-1", "Page")


def test_types_and_actions_that_nobody_knows_are_denied(api: Api) -> None:
    gateway, alice = api.token(GATEWAY), api.token(ALICE)
    for type in ("", "spaceship", "USER", "user ", "urn:x", "x" * 5_000):
        assert not api.permits(question(ALICE, "read", ONE, type=type), gateway)
        body = question(ALICE, "read", ONE)
        body["subject"]["type"] = type
        assert not api.permits(body, gateway)
        assert not api.permits(body, alice)
    for action in ("", "any", "Read", "read ", "fly", "explain", "x" * 5_000, "re\nad", "é", "*"):
        assert not api.permits(question(ALICE, action, ONE), gateway), action


def test_any_action_of_an_administrator_is_recorded_whatever_its_name(api: Api) -> None:
    admin = api.token(ADA, purposes=[ADMINISTRATION])
    for action in ("any", "two words", "x" * 5_000, "<é>", '"', "fly"):
        before = api.server.layers.ledger.size
        assert api.permits(question(ADA, action, ONE), admin), action
        (entry,) = [e for e in api.server.layers.ledger.entries(before) if e.kind == "request"]
        assert entry.fields["permitted"] is True


STRANGE = (f"{ID}password:hunter2", "urn:secret:hunter2", "urn:x:" + "hunter2" * 280)


@pytest.mark.parametrize(
    "path", ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"]
)
def test_no_text_of_a_caller_is_in_the_ledger(api: Api, path: str) -> None:
    """Whoever asks: names that governance does not know, actions, types, ids and properties; notes have them alone."""
    asking = (api.token(GATEWAY), api.token(ALICE), api.token(ADA, purposes=[ADMINISTRATION]))
    helped = {"act": {"sub": STRANGE[0]}, "hunter2": "hunter2\x00\n"}
    users: list[dict[str, Any]] = [{"type": "user", "id": ALICE, "properties": helped}]
    users += [{"type": "user", "id": strange} for strange in (STRANGE[0], ADA, *STRANGE[1:])] + [
        {"type": "hunter2", "id": "hunter2"}
    ]
    before = api.server.layers.ledger.size
    for token in asking:
        for number, user in enumerate(users):
            for action, resource in product(("read", "hunter2"), (ONE, STRANGE[1])):
                body = {
                    "subject": user,
                    "action": {"name": action},
                    "resource": {"type": "entity", "id": resource},
                }
                if number % 2:
                    body["context"] = {"time": "hunter2", "purpose": STRANGE[1], "hunter2": ["hunter2"]}
                api.post(path, body | ({"evaluations": [{}]} if path == "evaluations" else {}), token)
    entries = [e for e in api.server.layers.ledger.entries(before) if "run" in e.fields]
    assert len(entries) >= len(asking) * len(users) * 4
    assert "hunter2" not in str([dict(entry.fields) for entry in entries])


def test_whom_governance_does_not_know_is_one_and_the_same_in_the_ledger(api: Api) -> None:
    before = api.server.layers.ledger.size
    for name in (STRANGE[0], STRANGE[0], STRANGE[1], ALICE):
        api.permits(question(name, "read", ONE), api.token(GATEWAY))
    said = [e.fields["subjects"] for e in api.server.layers.ledger.entries(before) if e.kind == "request"]
    one, again, other, alice = (only for (only,) in said)
    assert one == again != other and alice == ALICE
    assert all(re.fullmatch("urn:ambit:stranger:[0-9a-f]{32}", name) for name in (one, other))


def test_a_denial_about_others_does_not_tell_whom_governance_knows(api: Api) -> None:
    """The entries of one's own run are read by whoever asked."""
    before = api.server.layers.ledger.size
    registered, unknown = {"act": {"sub": HELPER}}, {"act": {"sub": f"{ID}no-such-agent"}}
    care: dict[str, Any] = {"purpose": f"{ID}care"}
    for context in ({}, care):
        for name, properties in ((BOB, registered), (BOB, unknown), (BOB, {}), (STRANGE[0], {})):
            asked = question(name, "write", ONE)
            asked["subject"]["properties"], asked["context"] = properties, context
            assert not api.permits(asked, api.token(GATEWAY))
    said = [dict(e.fields) for e in api.server.layers.ledger.entries(before) if e.kind == "request"]
    assert len(said) == 8 and not any({"for_purpose", "decision"} & entry.keys() for entry in said)
    assert all(name.startswith("urn:ambit:stranger:") for entry in said for name in entry["subjects"])
    alike = {name for entry in said[:3] for name in entry["subjects"][:1]}
    assert len(alike) == 1 and said[3]["subjects"] != said[2]["subjects"]


def test_a_permit_about_others_tells_who_asked_no_more_of_them(tmp_path: Path) -> None:
    """The main ledger names whom governance knows, and the rules; the caller's own ledger and provenance do not."""
    opened = HEADER.format("Opened", "permit", "read") + "# public: yes\n" + OPENED
    with access(tmp_path / "w", {**WORLD, "rules/opened.rq": opened}) as api:
        ledger, two = api.server.layers.ledger, f"{ID}page/record-2"
        before = ledger.size
        single = [question(name, "read", two) for name in (ALICE, STRANGE[0])]
        assert all(api.permits(asked, api.token(GATEWAY)) for asked in single)
        batch = {"evaluations": single}
        assert all(
            one["decision"] for one in api.ask("evaluations", batch, api.token(GATEWAY))["evaluations"]
        )
        assert api.permits(question(ALICE, "read", two), api.token(ALICE))

        def evaluations(entries: Iterable[Any]) -> list[dict[str, Any]]:
            fields = ({**entry["fields"], "kind": entry["kind"]} for entry in entries)
            return [said for said in fields if "asked" in said]

        whole = evaluations(
            {"fields": dict(e.fields), "kind": e.kind} for e in ledger.entries(before)
        )  # the last is the caller's own
        assert [said["subjects"][0] == ALICE for said in whole] == [True, False, True, False, True]
        assert "urn:ambit:rule:membership/members" in whole[0]["rules"]
        assert "urn:ambit:rule:membership/members" not in whole[1]["rules"]

        leaves = api.server.layers.own_ledgers.of(GATEWAY, ledger.size)
        told = evaluations(map(json.loads, leaves.bodies(range(leaves.size))))
        assert len(told) == 4 and ALICE not in str(told)
        assert told[0].keys() == told[1].keys() and told[2].keys() == told[3].keys()
        assert all(re.fullmatch("urn:ambit:stranger:[0-9a-f]{32}", *said["subjects"]) for said in told)
        assert not any({"rules", "decision"} & said.keys() for said in told)
        assert whole[1]["subjects"] == told[1]["subjects"] == told[3]["subjects"] != told[0]["subjects"]
        own = api.server.layers.own_ledgers.of(ALICE, ledger.size)
        (mine,) = evaluations(map(json.loads, own.bodies(range(own.size))))
        assert mine["subjects"] == [ALICE] and mine["rules"] and mine["decision"]

        spoken = [t for e in ledger.entries(before) for t in triples_of(e, {})]
        named = {t.object.value for t in spoken if t.predicate == node(AMBIT.EVALUATED_FOR)}  # type: ignore[union-attr]
        assert named == {ALICE, *told[0]["subjects"], *told[1]["subjects"]}
        by = [t.subject for t in spoken if t.predicate == node(AMBIT.DECISION_ROLE)]
        assert len([one for one in by if mine["run"] in str(one)]) == len(by) == 1


def test_a_body_names_nobody_whom_the_token_does_not(api: Api) -> None:
    helped = api.token(BEN, agents=[HELPER])
    for headers in ({}, {"X-On-Behalf-Of": ALICE}, {"X-Forwarded-User": ALICE}, {"X-User": ALICE}):
        answer = api.post("evaluation", question(ALICE, "read", ONE), helped, headers)
        assert answer.json()["decision"] is False
        assert api.post("evaluation", question(ALICE, "read", ONE), None, headers).status_code == 401
    for token in ("Bearer", "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "x" * 20_000):
        assert api.post("evaluation", question(ALICE, "read", ONE), token).status_code == 401


def test_an_answer_of_one_is_not_given_to_another(api: Api) -> None:
    """What is kept for a body is kept for who asked it, under the purpose that it was asked for."""
    body = whole(question(ALICE, "read", ONE))
    alice, bob, gateway = api.token(ALICE), api.token(BOB), api.token(GATEWAY)
    for _ in range(3):
        assert api.permits(body, gateway) and api.permits(body, alice)
        assert not api.permits(body, bob)
    marketing = api.token(ALICE, purposes=["https://w3id.org/dpv#Marketing"])
    named = {"Ambit-Purpose": "https://w3id.org/dpv#CustomerCare"}
    assert api.post("evaluation", body, alice, named).status_code == 200
    assert api.post("evaluation", body, marketing, named).status_code == 403


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abé\"\\", max_size=3), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text('abé"\\', max_size=3), JSON, max_size=4), st.booleans())
def test_what_json_says_is_read_as_it_is(said: dict[str, Any], ascii: bool) -> None:
    assert json_of(json.dumps(said, ensure_ascii=ascii).encode()) == said


BLANK = st.sampled_from(["", "", "", " ", "\n\t"])
SCALAR = st.sampled_from(
    ['"x"', '":"', '" :"', '"\\":"', '"\\ud800"', "1", "-0", "0.5", "1.0", "1e400", "18446744073709551616", "null", "NaN", "ü"]
)  # fmt: skip


@st.composite
def written(draw: st.DrawFn, depth: int = 2) -> str:
    """An object as somebody may write it: with blanks anywhere, and members named twice."""
    pairs = []
    for _ in range(draw(st.integers(0, 3))):
        value = draw(written(depth - 1)) if depth and draw(st.booleans()) else draw(SCALAR)
        name = draw(st.sampled_from(["a", "b", ":", "é"]))
        pairs.append(f'{draw(BLANK)}"{name}"{draw(BLANK)}:{draw(BLANK)}{value}{draw(BLANK)}')
    return "{" + ",".join(pairs) + "}"


@given(written())
@example('{"a":1,"a":2}')
@example('{"a":1,"b" :1,"a":2}')
@example('{"a":":","b" :1}')
@example('{"a": 18446744073709551616}')
@example('{"a": 1e400}')
@settings(max_examples=2_000, deadline=None)
def test_what_is_read_quickly_is_what_the_strict_reader_gives(text: str) -> None:
    def strictly() -> object:
        said = _DECODER.decode(text)
        json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair is no text
        return said

    def outcome(read: Callable[[], object]) -> str:
        try:
            return repr(read())
        except ValueError:  # JSON that is none, and half a surrogate pair
            return "refused"
        except Invalid:
            return "refused"

    assert outcome(lambda: json_of(text.encode())) == outcome(strictly)


@given(st.dictionaries(st.text("abc", max_size=3), JSON, min_size=1, max_size=4), st.data())
@settings(max_examples=200)
def test_a_member_named_twice_anywhere_is_found(said: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(said)))
    twice = json.dumps(said)[:-1] + f", {json.dumps(name)}: null}}"
    deep = "[" * 3 + twice + "]" * 3
    for text in (twice, f'{{"x": {deep}}}'):
        with pytest.raises(Invalid):
            json_of(text.encode())


@pytest.mark.parametrize("depth", [200, 300, 498, 499, 960, 972, 990])
@pytest.mark.parametrize("opens, closes", [(b"[", b"]"), (b'{"a":', b"}")])
def test_what_is_nested_is_answered_or_refused(api: Api, depth: int, opens: bytes, closes: bytes) -> None:
    """Whatever is read is written again for the ledger, from deeper in the stack."""
    nested = opens * depth + b"1" * (closes == b"}") + closes * depth
    body = whole(question(ALICE, "read", ONE))[:-1] + b',"context":{"x":' + nested + b"}}"
    answer = api.post("evaluation", body, api.token(ALICE))
    assert answer.status_code == (200 if depth < 499 else 400), answer.text


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_short_ids_never_name_one_thing(one: str, other: str) -> None:
    type = Type("entity", "https://example.com/x/")
    first, second = type.iri(one), type.iri(other)
    if one != other and first is not None:
        assert first != second
    if first is not None:
        assert type.id(first) == one


@given(st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from(["user", "entity", "king"]), st.sampled_from(["urn:a:", "b"])), max_size=4))  # fmt: skip
def test_a_type_is_one_only_where_governance_says_it_whole_and_once(said: list[tuple[str, str, str]]) -> None:
    def triples(number: int, name: str, kind: str, prefix: str) -> Iterator[Quad]:
        subject = NamedNode(f"urn:type:{number}")
        graph = NamedNode("urn:g")
        yield Quad(subject, node(RDF.TYPE), node(AMBIT.NAMED_TYPE), graph)
        yield Quad(subject, node(AMBIT.TYPE_NAME), Literal(name), graph)
        yield Quad(subject, node(AMBIT.STANDS_FOR), Literal(kind), graph)
        yield Quad(subject, node(AMBIT.ID_PREFIX), Literal(prefix), graph)

    naming = Naming(Facts(quad for number, one in enumerate(said) for quad in triples(number, *one)))
    for name in "xy":
        mine = [(kind, prefix) for n, kind, prefix in said if n == name]
        sound = len(mine) == 1 and mine[0][0] != "king" and mine[0][1] != "b"
        assert naming.type(name) == (Type(*mine[0]) if sound else None)


def test_null_in_an_item_is_as_if_it_were_not_there() -> None:
    """What is asked for a narrower purpose is not asked for a wider one because an item says `null` (section 11.5)."""
    one = {"subject": {"type": "user", "id": "ann"}, "action": {"name": "read"}}
    given = {**one, "resource": {"type": "entity", "id": "a"}, "context": {"purpose": "urn:narrow"}}
    item = {"resource": {"type": "entity", "id": "b"}, "context": None, "subject": None}
    (asked,) = evaluations_of({**given, "evaluations": [item]}, 10).items
    assert isinstance(asked, Evaluation)
    assert (asked.subject.id, asked.resource.id, asked.context["purpose"]) == ("ann", "b", "urn:narrow")
