"""Operations: what is asked comes back under its response keys, in order, by few queries."""

import pytest
from graphqlworld import Asking
from seeing import EX, RDF_TYPE, RDFS, XSD, Seeing, shop

from ambit.graph.errors import Timeout
from ambit.graph.terms import Literal, NamedNode
from ambit.server.schema import eyes as words
from ambit.server.schema.cache import SchemaCache
from ambit.server.schema.execute import Graphql

NAMES = "{ customers(first: %d, after: %s) { nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor } } }"


@pytest.fixture
def shopping() -> Asking:
    return Asking(Seeing(shop()))


def test_a_list_with_nested_lists_in_order(shopping: Asking) -> None:
    data = shopping.data(
        "{ customers(first: 2) { totalCount nodes { iri name tag hasOrder(first: 2) { total quantity } } } }"
    )
    assert data == {
        "customers": {
            "totalCount": 4,
            "nodes": [
                {
                    "iri": f"urn:customer:00{c}",
                    "name": f"Customer 00{c}",
                    "tag": ["a", f"t{c}"],
                    "hasOrder": [{"total": f"{c}.{o + 1}", "quantity": [o]} for o in range(2)],
                }
                for c in range(2)
            ],
        }
    }


@pytest.mark.parametrize("customers", [1, 10, 60])
def test_queries_do_not_grow_with_rows(customers: int) -> None:
    asking = Asking(Seeing(shop(customers, 5)))
    query = "{ customers(first: 50) { totalCount nodes { name hasOrder { total placedOn quantity } } } }"
    assert asking.cost(query) == 3


def test_aliases_fragments_directives_and_typenames_keep_their_keys_and_order(shopping: Asking) -> None:
    data = shopping.data(
        """query ($no: Boolean = false) {
          c: customer(iri: "urn:customer:001") {
            z: name __typename ...More a: name
            gone: name @include(if: $no) kept: label @skip(if: $no)
            some: hasOrder(first: 1) { total } others: hasOrder(first: 1, orderBy: {total: desc}) { t: total }
          }
          __typename
        }
        fragment More on Customer { types ... on Entity { iri } some: hasOrder(first: 1) { iri } }
        """
    )
    assert list(data) == ["c", "__typename"]
    assert list(data["c"].items()) == [
        ("z", "Customer 001"),
        ("__typename", "Customer"),
        ("types", [EX + "Customer"]),
        ("iri", "urn:customer:001"),
        ("some", [{"iri": "urn:order:001-0", "total": "1.1"}]),
        ("a", "Customer 001"),
        ("kept", "Label 001"),
        ("others", [{"t": "1.3"}]),
    ]


def test_an_entity_comes_as_its_most_specific_type(shopping: Asking) -> None:
    data = shopping.data(
        """{
          known: entity(iri: "urn:order:002-1") { __typename iri ... on Order { total placedBy { name } } ... on Customer { name } }
          untyped: entity(iri: "https://acme.example/shop#hasOrder") { __typename types }
          object: entity(iri: "https://acme.example/shop#nothing") { iri }
          absent: entity(iri: "urn:nobody") { iri }
          wrong: customer(iri: "urn:order:002-1") { iri }
        }"""
    )
    assert data == {
        "known": {
            "__typename": "Order",
            "iri": "urn:order:002-1",
            "total": "2.2",
            "placedBy": {"name": "Customer 002"},
        },
        "untyped": {"__typename": "Resource", "types": []},
        "object": None,
        "absent": None,
        "wrong": None,
    }


@pytest.mark.parametrize(
    "order", ["", "orderBy: {name: desc}", "orderBy: {quantity: asc}", "orderBy: {iri: desc}"]
)
def test_pages_meet_without_gap_or_overlap(order: str) -> None:
    said = shop(7, 2)
    said.append(("urn:customer:900", RDF_TYPE, EX + "Customer"))  # nothing to order by
    said.append(("urn:customer:901", RDF_TYPE, EX + "Customer"))
    for c in range(5):
        said.append((f"urn:customer:00{c}", EX + "quantity", c // 2))
    asking = Asking(Seeing(said))
    argument = f", {order}" if order else ""
    whole = asking.data("{ customers(first: 100%s) { nodes { iri } } }" % argument)["customers"]["nodes"]  # noqa: UP031  (braces)
    assert len(whole) == 9
    seen, after = [], None
    while True:
        query = "query ($after: String) { customers(first: 2, after: $after%s) { edges { node { iri } } pageInfo { hasNextPage endCursor } } }"
        page = asking.data(query % argument, after=after)["customers"]
        seen += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("total: {gt: 2.2}", ["002-2", "003-0", "003-1", "003-2"]),
        ('total: {gt: "2.2", lt: "3.2"}', ["002-2", "003-0"]),
        ("quantity: {in: [1, 2]}, total: {lt: 1}", ["000-1", "000-2"]),
        ('placedBy: {eq: "urn:customer:003"}', ["003-0", "003-1", "003-2"]),
        ('placedBy: {in: ["urn:customer:003", "x> }"]}, quantity: {eq: 0}', ["003-0"]),
        ('placedOn: {gt: "2026-01-02"}', [f"00{c}-2" for c in range(4)]),
        ('iri: {in: ["urn:order:001-1", "urn:nothing"]}', ["001-1"]),
        ('iri: {eq: "not an iri"}', []),
        ("quantity: {in: []}", []),
        ("total: {exists: false}", []),
        ("total: {exists: true}, quantity: {gt: 1}", [f"00{c}-2" for c in range(4)]),
    ],
)
def test_filters(shopping: Asking, condition: str, expected: list[str]) -> None:
    data = shopping.data("{ orders(filter: {%s}) { totalCount nodes { iri } } }" % condition)["orders"]  # noqa: UP031  (braces)
    assert [node["iri"] for node in data["nodes"]] == [f"urn:order:{order}" for order in expected]
    assert data["totalCount"] == len(expected)


def test_a_filtered_list_is_ordered(shopping: Asking) -> None:
    query = "{ orders(first: 2, filter: {quantity: {lt: 2}}, orderBy: {total: desc}) { nodes { total } } }"
    assert shopping.data(query)["orders"]["nodes"] == [{"total": "3.2"}, {"total": "3.1"}]


def test_texts_are_compared_whatever_their_language() -> None:
    said = shop(3, 0)
    said.append(("urn:customer:002", EX + "tag", Literal("größer", language="de")))
    asking = Asking(Seeing(said))
    for condition in ('{eq: "größer"}', '{contains: "öß"}', '{gt: "gr"  lt: "h"}', '{in: ["größer", "x"]}'):
        nodes = asking.data("{ customers(filter: {tag: %s}) { nodes { iri } } }" % condition)["customers"][  # noqa: UP031  (braces)
            "nodes"
        ]
        assert nodes == [{"iri": "urn:customer:002"}], condition


def test_nested_lists_are_filtered_ordered_and_cut_for_each_parent(shopping: Asking) -> None:
    data = shopping.data(
        "{ customers { nodes { hasOrder(first: 1, filter: {quantity: {lt: 2}}, orderBy: {total: desc}) { total } } } }"
    )
    assert [node["hasOrder"] for node in data["customers"]["nodes"]] == [
        [{"total": f"{c}.2"}] for c in range(4)
    ]


def test_an_entity_under_several_parents_is_whole_under_each() -> None:
    said = shop(3, 1)
    said += [(f"urn:customer:00{c}", EX + "hasOrder", "urn:order:000-0") for c in (1, 2)]
    data = Asking(Seeing(said)).data("{ customers { nodes { hasOrder { iri total quantity } } } }")
    first = {"iri": "urn:order:000-0", "total": "0.1", "quantity": [0]}
    assert [node["hasOrder"][0] for node in data["customers"]["nodes"]] == [first] * 3
    assert [len(node["hasOrder"]) for node in data["customers"]["nodes"]] == [1, 2, 2]


def test_more_values_than_expected_multiply_nothing() -> None:
    said = [*shop(1, 1), ("urn:customer:000", EX + "name", '"Another'), ("urn:order:000-0", EX + "total", 9)]
    data = Asking(Seeing(said)).data("{ customers { nodes { name tag hasOrder { total quantity } } } }")
    assert data["customers"]["nodes"] == [
        {"name": "Another", "tag": ["a", "t0"], "hasOrder": [{"total": "0.1", "quantity": [0]}]}
    ]


def test_an_entity_is_found_by_its_old_name() -> None:
    said = [*shop(1, 1), ("urn:customer:000", "http://purl.org/dc/terms/replaces", "urn:customer:old")]
    asking = Asking(Seeing(said))
    assert asking.data('{ entity(iri: "urn:customer:old") { iri } }') == {
        "entity": {"iri": "urn:customer:000"}
    }
    assert asking.data('{ customer(iri: "urn:customer:old") { iri } }') == {"customer": None}


def test_blank_nodes_are_no_entities() -> None:
    said = [*shop(1, 1), ("_:b", RDF_TYPE, EX + "Customer"), ("urn:customer:000", EX + "hasOrder", "_:b")]
    data = Asking(Seeing(said)).data("{ customers { totalCount nodes { iri hasOrder { iri } } } }")
    assert data["customers"] == {
        "totalCount": 1,
        "nodes": [{"iri": "urn:customer:000", "hasOrder": [{"iri": "urn:order:000-0"}]}],
    }


def test_values_that_a_scalar_cannot_hold_are_null() -> None:
    double = NamedNode(XSD + "double")
    said = [
        ("urn:x:1", RDF_TYPE, EX + "Gauge"),
        ("urn:x:1", EX + "level", Literal("INF", datatype=double)),
        ("urn:x:1", EX + "level", Literal("1.5", datatype=double)),
        ("urn:x:1", EX + "open", True),
    ]
    data = Asking(Seeing(said)).data("{ gauges { nodes { level open } } }")
    assert data["gauges"]["nodes"] == [{"level": [1.5], "open": [True]}]


def test_labels_prefer_english_and_rdfs(shopping: Asking) -> None:
    said = [*shop(1, 0), ("urn:customer:000", RDFS + "label", Literal("Beschriftung", language="de"))]
    assert Asking(Seeing(said)).data("{ customers { nodes { label } } }")["customers"]["nodes"] == [
        {"label": "Label 000"}
    ]


def test_everything_to_classify_goes_to_the_model_at_once(shopping: Asking) -> None:
    data = shopping.data(
        """{
          customers { nodes { classify(labels: ["x", "y"]) { l: label score __typename } }
                      all: classify(labels: ["x", "y"]) { iri label } }
          order(iri: "urn:order:000-0") { classify(labels: ["x", "y"]) { label } }
          other: customer(iri: "urn:customer:000") { classify(labels: ["z"]) { score } }
        }"""
    )
    assert [labels for _, labels in shopping.eyes.classified] == [("x", "y"), ("z",)]
    texts, _ = shopping.eyes.classified[0]
    assert sorted(texts) == [f"urn:customer:00{c}" for c in range(4)]
    assert texts["urn:customer:001"] == [
        words.Said(RDFS + "label", {"type": "literal", "value": "Label 001"})
    ]
    assert data["customers"]["nodes"][3]["classify"] == [
        {"l": "x", "score": 1.0, "__typename": "Classification"},
        {"l": "y", "score": 0.9, "__typename": "Classification"},
    ]
    assert data["customers"]["all"][2:4] == [
        {"iri": "urn:customer:001", "label": label} for label in ("x", "y")
    ]
    assert data["order"]["classify"] is None  # no text: nothing to read to a model
    assert data["other"]["classify"] == [{"score": 1.0}]


def test_a_model_that_fails_leaves_its_fields_null_and_says_so(
    shopping: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(texts: object, labels: object) -> dict[str, list[words.Score]]:
        raise Timeout("the site was late")

    monkeypatch.setattr(shopping.eyes, "classify", late)
    response = shopping.response(
        '{ customers(first: 1) { nodes { name classify(labels: ["x"]) { label } } } }'
    )
    assert response["data"]["customers"]["nodes"] == [{"name": "Customer 000", "classify": None}]
    assert [error["extensions"]["code"] for error in response["errors"]] == ["timeout"]


def test_entities_of_a_search_are_read_together(shopping: Asking) -> None:
    def hit(iri: str, place: int) -> words.Hit:
        return words.Hit(iri, iri, (), "…", "urn:source", 1.0 / (place + 1), f"c{place}")

    iris = ["urn:customer:001", "urn:order:001-0", "urn:nowhere"]
    shopping.eyes.hits = words.Hits(tuple(hit(iri, place) for place, iri in enumerate(iris)), True)
    query = """{ search(text: "x") { nodes { iri score entity { __typename label ... on Order { total } } }
                                     edges { cursor } pageInfo { hasNextPage endCursor } } }"""
    found = shopping.data(query)["search"]
    assert [node["entity"] for node in found["nodes"]] == [
        {"__typename": "Customer", "label": "Label 001"},
        {"__typename": "Order", "label": None, "total": "1.1"},
        None,
    ]
    assert found["pageInfo"] == {"hasNextPage": True, "endCursor": "c2"}
    assert shopping.cost(query) == 1


def test_the_fixed_fields_speak_of_the_request(shopping: Asking) -> None:
    response = shopping.response(
        """{ me { iri actors purpose } run(iri: "urn:ambit:run:1") { user agents steps { site count } }
             no: run(iri: "urn:ambit:run:2") { user }
             explain(iri: "urn:x") { permitted sentence missing } findings { totalCount nodes { code } } }"""
    )
    assert response == {
        "data": {
            "me": {
                "iri": "urn:user:ada",
                "actors": ["urn:user:ada", "urn:agent:helper"],
                "purpose": "urn:purpose:support",
            },
            "run": {
                "user": "urn:user:ada",
                "agents": ["urn:agent:helper"],
                "steps": [{"site": "urn:site:eu", "count": 3}],
            },
            "no": None,
            "explain": {"permitted": False, "sentence": "read urn:x", "missing": ["a purpose"]},
            "findings": {"totalCount": 1, "nodes": [{"code": "drift"}]},
        },
        "extensions": {
            "ambit": {
                "run": "urn:ambit:run:1",
                "revision": "r1",
                "purpose": "urn:purpose:support",
                "decision": "urn:ambit:decision:1",
                "deployments": [],
            }
        },
    }


def test_a_cursor_is_good_for_its_actors_and_its_list_alone(shopping: Asking) -> None:
    cursor = shopping.data(NAMES % (2, "null"))["customers"]["pageInfo"]["endCursor"]
    assert shopping.data(NAMES % (2, f'"{cursor}"'))["customers"]["nodes"] == [
        {"name": "Customer 002"},
        {"name": "Customer 003"},
    ]
    other = Asking(Seeing(shop(), user="urn:user:eve"))
    assert other.codes(NAMES % (2, f'"{cursor}"')) == ["cursor-invalid"]
    assert shopping.codes(f'{{ orders(after: "{cursor}") {{ nodes {{ iri }} }} }}') == ["cursor-invalid"]
    changed = f'{{ customers(after: "{cursor}", orderBy: {{name: asc}}) {{ nodes {{ iri }} }} }}'
    assert shopping.codes(changed) == ["cursor-invalid"]
    unknown = shopping.response(NAMES % (2, '"never"'))["errors"]
    for place in range(len(cursor)):
        flipped = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert shopping.response(NAMES % (2, f'"{flipped}"'))["errors"] == unknown, place
    for odd in ("", "=", "ü", "A" * 5_000, cursor + "=", cursor + "A"):
        assert shopping.response(NAMES % (2, f'"{odd}"'))["errors"] == unknown, odd


def test_the_key_of_cursors_is_long_enough() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Graphql(SchemaCache(), b"short")
