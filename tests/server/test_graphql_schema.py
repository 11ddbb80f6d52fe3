"""The schema of a view: what it holds, under which names, and nothing of what it does not hold."""

import re
from typing import Any

import pytest
from graphql import get_introspection_query
from graphqlworld import Asking
from seeing import EX, RDF_TYPE, RDFS, XSD, Seeing, shop

from ambit.graph.terms import Literal, NamedNode
from ambit.graph.words import Clearance
from ambit.server.schema import names
from ambit.server.schema.model import INTERFACE_FIELDS, ROOT_FIELDS, TYPES

SH = "http://www.w3.org/ns/shacl#"
FOAF = "http://xmlns.com/foaf/0.1/"


def types(asking: Asking) -> dict[str, dict[str, Any]]:
    """The types of the schema by name."""
    data = asking.data(get_introspection_query())
    return {kind["name"]: kind for kind in data["__schema"]["types"]}


def fields(kind: dict[str, Any]) -> dict[str, str]:
    """The fields of a type, with their types as written."""
    return {field["name"]: written(field["type"]) for field in kind["fields"]}


def written(kind: dict[str, Any]) -> str:
    if kind["kind"] == "NON_NULL":
        return written(kind["ofType"]) + "!"
    if kind["kind"] == "LIST":
        return f"[{written(kind['ofType'])}]"
    return str(kind["name"])


def test_classes_and_properties_become_types_and_fields() -> None:
    found = types(Asking(Seeing(shop())))
    assert fields(found["Customer"]) == {
        "iri": "ID!",
        "label": "String",
        "types": "[ID!]!",
        "classify": "[Classification!]",
        "similar": "[Similar!]",
        "hasOrder": "[Order!]!",
        "name": "String",
        "rdfsLabel": "[String!]!",
        "tag": "[String!]!",
    }
    order = fields(found["Order"])
    assert (order["total"], order["placedBy"], order["placedOn"]) == ("Decimal", "Customer", "Date")
    assert order["quantity"] == "[Integer!]!"
    assert found["Customer"]["description"] == "Who buys."
    name = next(field for field in found["Customer"]["fields"] if field["name"] == "name")
    assert name["description"] == "What they are called."
    assert not {"Class", "FunctionalProperty", "NodeShape"} & found.keys()


def test_the_contract_stands_in_every_schema() -> None:
    empty = types(Asking(Seeing()))
    assert fields(empty["Query"]) == {
        "me": "Me!",
        "entity": "Entity",
        "search": "SearchConnection!",
        "ask": "Answer!",
        "suggest": "[Suggestion!]!",
        "explain": "Explanation!",
        "whoCan": "Holders!",
        "findings": "FindingConnection!",
        "run": "Run",
        "approval": "ApprovalRequest",
        "approvals": "[ApprovalRequest!]!",
        "agent": "AgentRegistration",
        "agents": "[AgentRegistration!]!",
    }
    shown = {name for name in empty if not name.startswith("__")}
    assert shown <= TYPES
    assert fields(empty["Entity"]).keys() == INTERFACE_FIELDS
    assert fields(empty["Query"]).keys() <= ROOT_FIELDS


@pytest.mark.parametrize(
    ("datatypes", "scalar"),
    [
        (["integer"], "Integer"),
        (["integer", "decimal"], "Decimal"),
        (["decimal", "double"], "Float"),
        (["boolean"], "Boolean"),
        (["dateTime"], "DateTime"),
        (["date", "dateTime"], "String"),
        (["integer", "string"], "String"),
        (["anyURI"], "String"),
        (["duration"], "String"),
    ],
)
def test_scalars_follow_the_data(datatypes: list[str], scalar: str) -> None:
    lexical = {"boolean": "true", "date": "2026-01-01", "dateTime": "2026-01-01T00:00:00Z", "duration": "P1D"}
    said: list[tuple[str, str, object]] = [("urn:x", RDF_TYPE, EX + "Thing")]
    for datatype in datatypes:
        literal = Literal(lexical.get(datatype, "1"), datatype=NamedNode(XSD + datatype))
        said.append(("urn:x", EX + "value", literal))
    assert fields(types(Asking(Seeing(said)))["Thing"])["value"] == f"[{scalar}!]!"


def test_a_link_has_the_class_that_all_its_entities_share() -> None:
    said: list[tuple[str, str, object]] = [("urn:a", RDF_TYPE, EX + "A")]
    for place, classes in enumerate((("B", "C"), ("C", "D"))):
        said.append(("urn:a", EX + "shared", f"urn:b:{place}"))
        said += [(f"urn:b:{place}", RDF_TYPE, EX + kind) for kind in classes]
    said += [("urn:a", EX + "mixed", "urn:a"), ("urn:a", EX + "mixed", "urn:b:0")]
    said += [("urn:a", EX + "outside", "urn:elsewhere")]
    found = fields(types(Asking(Seeing(said)))["A"])
    assert (found["shared"], found["mixed"], found["outside"]) == ("[C!]!", "[Entity!]!", "[Entity!]!")


def test_a_declared_range_comes_before_a_smaller_class() -> None:
    said = [*shop(1, 2), *((f"urn:order:000-{o}", RDF_TYPE, EX + "Rush") for o in range(2))]
    assert fields(types(Asking(Seeing(said)))["Customer"])["hasOrder"] == "[Order!]!"


def test_a_shape_of_a_wider_class_says_what_is_single() -> None:
    said: list[tuple[str, str, object]] = [
        (EX + "Rush", RDFS + "subClassOf", EX + "Order"),
        ("urn:r", RDF_TYPE, EX + "Rush"),
        ("urn:r", EX + "total", 3),
        ("urn:s", SH + "targetClass", EX + "Order"),
        ("urn:s", SH + "property", "urn:p"),
        ("urn:p", SH + "path", EX + "total"),
        ("urn:p", SH + "maxCount", 1),
    ]
    assert fields(types(Asking(Seeing(said)))["Rush"])["total"] == "Integer"


def test_equal_names_take_their_prefix_both() -> None:
    other = "https://other.example/crm/"
    said: list[tuple[str, str, object]] = [
        ("urn:1", RDF_TYPE, EX + "Customer"),
        ("urn:2", RDF_TYPE, other + "Customer"),
        ("urn:3", RDF_TYPE, EX + "Run"),
        ("urn:4", RDF_TYPE, EX + "ItConnection"),
        ("urn:4", RDF_TYPE, EX + "It"),
        ("urn:5", RDF_TYPE, EX + "Items"),
        ("urn:6", RDF_TYPE, EX + "Item"),
        ("urn:1", EX + "name", '"x'),
        ("urn:1", FOAF + "name", '"x'),
        ("urn:1", EX + "iri", '"x'),
        ("urn:1", EX + "first-name", '"x'),
        ("urn:1", EX + "firstName", '"x'),
    ]
    found = types(Asking(Seeing(said)))
    assert {"ShopCustomer", "CrmCustomer", "ShopRun", "ShopItConnection", "It"} <= found.keys()
    # `items` would be of both, with a prefix, too
    assert len([name for name in found if re.fullmatch("ShopItems?[0-9a-f]{6}", name)]) == 2
    assert {"shopName", "foafName", "shopIri"} <= fields(found["ShopCustomer"]).keys()
    assert len([name for name in fields(found["ShopCustomer"]) if name.startswith("shopFirstName")]) == 2


@pytest.mark.parametrize(
    ("local", "singular", "plural"),
    [
        ("Customer", "customer", "customers"),
        ("Company", "company", "companies"),
        ("Day", "day", "days"),
        ("Address", "address", "addresses"),
        ("Box", "box", "boxes"),
        ("Customers", "customers", "customerses"),
        ("URLPart", "urlPart", "urlParts"),
        ("order_item", "orderItem", "orderItems"),
        ("Größe", "groe", "groes"),
        ("2nd", "n2nd", "n2nds"),
    ],
)
def test_names_of_root_fields(local: str, singular: str, plural: str) -> None:
    name = names.lower(names.type_name(EX + local))
    assert (name, names.plural(name)) == (singular, plural)


def test_a_name_without_letters_is_a_name_all_the_same() -> None:
    assert names.type_name("https://x.example/数").startswith("Term")
    assert names.field_name("https://x.example/数") != names.field_name("https://x.example/字")


def test_names_declared_by_the_workspace_come_first() -> None:
    said: list[tuple[str, str, object]] = [
        ("urn:o", SH + "declare", "_:d"),
        ("_:d", SH + "prefix", '"acme'),
        ("_:d", SH + "namespace", '"' + EX),
        ("urn:1", RDF_TYPE, EX + "Run"),
    ]
    assert "AcmeRun" in types(Asking(Seeing(said)))


def test_many_hostile_class_names_still_make_a_schema() -> None:
    locals_ = [
        "__schema",
        "a b",
        "x>y",
        "Query",
        "query",
        "String",
        "me",
        "Me",
        "类",
        "-",
        "a-b",
        "a_b",
        "aB",
        "1",
    ]
    said = [
        (f"urn:{n}", RDF_TYPE, f"https://h.example/{n}#{name.replace(' ', '%20').replace('>', '%3E')}")
        for n, name in enumerate(locals_)
    ]
    found = types(Asking(Seeing(said)))
    made = [kind for kind in found.values() if kind["kind"] == "OBJECT" and kind["interfaces"]]
    assert len(made) == len(locals_) + 1  # and Resource


def test_facts_are_read_again_only_when_the_view_changes() -> None:
    asking = Asking(Seeing(shop()))
    asking.data("{ __typename }")
    read = len(asking.eyes.queries)
    asking.data("{ __typename }")
    assert len(asking.eyes.queries) == read
    asking.eyes.store.extend(Seeing([("urn:new", RDF_TYPE, EX + "Supplier")]).store)
    asking.eyes.token = "r2"
    assert "Supplier" in types(asking)
    assert len(asking.eyes.queries) == 2 * read


def test_equal_views_share_one_schema() -> None:
    asking = Asking(Seeing(shop()))
    asking.data("{ __typename }")
    asking.eyes.token = "r2"
    asking.data("{ __typename }")
    cache = asking.graphql._schemas
    assert len(cache._by_view._kept) == 2
    assert len(cache._by_model._kept) == 1


def test_a_schema_belongs_to_its_clearance() -> None:
    asking = Asking(Seeing(shop()))
    asking.data("{ customers { totalCount } }")
    narrow = Seeing()
    narrow.clearance = Clearance(frozenset(), "narrow")  # its view's revision may read the same
    asking.eyes = narrow
    assert asking.codes("{ customers { totalCount } }") == ["graphql-validation"]
