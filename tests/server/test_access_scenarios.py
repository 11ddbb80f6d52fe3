"""The two interoperability scenarios of AuthZEN, told anew: a shared list of things to do, and records of departments.

Users, roles and rules are those of the scenarios. What has to come out of the first is its table; of the second, what a
few lines of Python say, for every user, record and action.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from accessworld import HEADER, PREFIXES, Api, access

ID = "https://example.com/id/"
TABLES = """@prefix ql: <http://semweb.mmlab.be/ns/ql#> . @prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix rr: <http://www.w3.org/ns/r2rml#> .
my:%(name)ss a ambit:Folder ; ambit:location "%(name)ss" ; ambit:hasJurisdiction ambit:EU %(audience)s .
my:%(name)s-map a rr:TriplesMap ; ambit:comesFrom my:%(name)ss ;
  rml:logicalSource [ rml:source "all.csv" ; rml:referenceFormulation ql:CSV ] ;
  ambit:sensitivity ambit:Internal %(anchors)s ;
  rr:subjectMap [ rr:template "https://example.com/id/%(name)s/{id}" ; rr:class my:%(name)s ] ;
  ambit:says [ foaf:name "{name}" ] .
"""
START = "\nPREFIX ambit: <https://w3id.org/ambit#>\nPREFIX my: <https://example.com/id/>\nPREFIX foaf: <http://xmlns.com/foaf/0.1/>\n"

# -- the list

ROLES = {
    "ravi": ("admin", "evil_genius"),
    "mona": ("editor",),
    "sina": ("editor",),
    "beate": ("viewer",),
    "jens": ("viewer",),
}
OWNERS = {f"do-{number}": f"{user}@list.example" for number, user in enumerate(ROLES, 1)}
STATED = "GRAPH ?request { ?request my:ownerID ?mail ; ambit:asksAbout ?compartment } ?actor my:mail ?mail ."


def allows(name: str, actions: str, where: str, *, reads: bool = False) -> tuple[str, str]:
    columns = "?compartment ?actor ?request" if reads else "?compartment ?actor"
    head = HEADER.format(name, "permit", actions) + ("# reads: request\n" if reads else "")
    return f"rules/{name}.rq", f"{head}{START}SELECT {columns} {{ {where} }}"


OF_LIST = "?compartment ambit:comesFrom my:todos ."
LIST: Mapping[str, str] = dict(
    [
        (
            "governance/list.ttl",
            PREFIXES
            + "\n".join(
                f'my:{user} a foaf:Person ; my:mail "{user}@list.example" ; my:role '
                + ", ".join(f'"{role}"' for role in roles)
                + " ."
                for user, roles in ROLES.items()
            )
            + """
my:todo-app a ambit:EnforcementPoint ; ambit:enforces my:todos, my:users ; ambit:states my:ownerID .
my:ownerID a ambit:StatedProperty ; ambit:statedOf "resource" ; ambit:statedAs "ownerID" .
my:t-user a ambit:NamedType ; ambit:typeName "user" ; ambit:standsFor "user" ; ambit:idPrefix "https://example.com/id/" .
my:t-todo a ambit:NamedType ; ambit:typeName "todo" ; ambit:standsFor "entity" ; ambit:idPrefix "https://example.com/id/todo/" .
my:t-card a ambit:NamedType ; ambit:typeName "card" ; ambit:standsFor "entity" ; ambit:idPrefix "https://example.com/id/user/" .
""",
        ),
        (
            "sources/todo.ttl",
            PREFIXES + TABLES % {"name": "todo", "anchors": "", "audience": "; ambit:hasAudience my:list"},
        ),
        (
            "sources/user.ttl",
            PREFIXES + TABLES % {"name": "user", "anchors": "", "audience": "; ambit:hasAudience my:list"},
        ),
        ("todos/all.csv", "id,name\n" + "".join(f"{one},{one}\n" for one in ("list", *OWNERS))),
        ("users/all.csv", "id,name\n" + "".join(f"{mail},x\n" for mail in OWNERS.values())),
        allows("viewers", "can_read_todos", f"?actor my:role ?any . {OF_LIST}"),
        allows("readers", "can_read_user", "?actor my:role ?any . ?compartment ambit:comesFrom my:users ."),
        allows(
            "makers",
            "can_create_todo",
            f'?actor my:role ?role FILTER(?role IN ("editor", "admin", "evil_genius")) {OF_LIST}',
        ),
        allows(
            "owners",
            "can_update_todo can_delete_todo",
            f'?actor my:role ?role FILTER(?role IN ("editor", "admin", "evil_genius")) {OF_LIST} {STATED}',
            reads=True,
        ),
        allows("geniuses", "can_update_todo", f'?actor my:role "evil_genius" . {OF_LIST}'),
        allows("admins", "can_delete_todo", f'?actor my:role "admin" . {OF_LIST}'),
    ]
)

TABLE = {  # by user: the list read, made longer; others' and own things changed; others' and own taken away
    "ravi": (True, True, True, True, True, True),
    "mona": (True, True, False, True, False, True),
    "sina": (True, True, False, True, False, True),
    "beate": (True, False, False, False, False, False),
    "jens": (True, False, False, False, False, False),
}


@pytest.fixture(scope="module")
def todo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("todo") / "w", LIST) as api:
        yield api


def thing(name: str) -> dict[str, Any]:
    return {"type": "todo", "id": name, "properties": {"ownerID": OWNERS.get(name, "")}}


def own_of(user: str) -> str:
    return next(one for one, mail in OWNERS.items() if mail.startswith(user))


@pytest.mark.parametrize("user", ROLES)
def test_the_table_of_the_list(todo: Api, user: str) -> None:
    app, other = todo.token(f"{ID}todo-app"), "do-2" if user == "ravi" else "do-1"
    asked = [
        ("can_read_todos", thing("list")),
        ("can_create_todo", thing("list")),
        ("can_update_todo", thing(other)),
        ("can_update_todo", thing(own_of(user))),
        ("can_delete_todo", thing(other)),
        ("can_delete_todo", thing(own_of(user))),
    ]
    items = [{"action": {"name": action}, "resource": resource} for action, resource in asked]
    subject = {"subject": {"type": "user", "id": user}}
    alone = [todo.permits({**subject, **item}, app) for item in items]
    assert tuple(alone) == TABLE[user]
    said = todo.ask("evaluations", {**subject, "evaluations": items}, app)
    assert [one["decision"] for one in said["evaluations"]] == alone
    for mail in OWNERS.values():
        card = {"type": "card", "id": mail}
        assert todo.permits({**subject, "action": {"name": "can_read_user"}, "resource": card}, app)


def test_what_the_list_s_application_does_not_state_gives_nothing(todo: Api) -> None:
    bare = {"type": "todo", "id": own_of("mona")}
    question = {"subject": {"type": "user", "id": "mona"}, "action": {"name": "can_update_todo"}}
    assert not todo.permits({**question, "resource": bare}, todo.token(f"{ID}todo-app"))
    stated = {**question, "resource": thing(own_of("mona"))}
    assert todo.permits(stated, todo.token(f"{ID}todo-app"))
    assert not todo.permits(stated, todo.token(f"{ID}mona"))


# -- the records

USERS = {
    "anna": ("manager", "sales"),
    "boris": ("employee", "legal"),
    "chiara": ("contractor", "legal"),
    "david": ("manager", "finance"),
    "emre": ("employee", "finance"),
    "fanny": ("contractor", "accounting"),
}
DEPARTMENTS = ("legal", "accounting", "sales", "finance", "legal")
RECORDS = {
    str(number): (DEPARTMENTS[number % 5], list(USERS)[number * number % 6]) for number in range(201, 221)
}
ACTIONS = ("view", "edit", "delete")


def may(user: str, action: str, record: str) -> bool:
    """The scenario's six rules."""
    (role, department), (of, owner) = USERS[user], RECORDS[record]
    is_manager = role == "manager"
    if user == owner:
        return True
    if action == "view":
        return is_manager or department == of
    return action == "edit" and is_manager and department == of


OWNS = "?actor a foaf:Person . ?compartment ambit:hasAudience ?actor ."
IN = "?actor my:department ?department . ?compartment ambit:hasAudience ?department ."
OFFICE: Mapping[str, str] = dict(
    [
        (
            "governance/office.ttl",
            PREFIXES
            + "\n".join(
                f'my:{user} a foaf:Person ; my:role "{role}" ; my:department my:{department} .'
                for user, (role, department) in USERS.items()
            )
            + """
my:desk a ambit:EnforcementPoint ; ambit:enforces my:records .
my:t-user a ambit:NamedType ; ambit:typeName "user" ; ambit:standsFor "user" ; ambit:idPrefix "https://example.com/id/" .
my:t-record a ambit:NamedType ; ambit:typeName "record" ; ambit:standsFor "entity" ; ambit:idPrefix "https://example.com/id/record/" .
""",
        ),
        (
            "sources/record.ttl",
            PREFIXES
            + TABLES
            % {
                "name": "record",
                "audience": "",
                "anchors": '; ambit:anchor "<https://example.com/id/{owner}>" , "<https://example.com/id/{of}>"',
            },
        ),
        (
            "records/all.csv",
            "id,name,of,owner\n" + "".join(f"{r},R,{of},{owner}\n" for r, (of, owner) in RECORDS.items()),
        ),
        allows("own", "view edit delete", OWNS),
        allows("department", "view", IN),
        allows(
            "managers-view", "view", '?actor my:role "manager" . ?compartment ambit:comesFrom my:records .'
        ),
        allows("managers-edit", "edit", f'?actor my:role "manager" . {IN}'),
    ]
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with access(tmp_path_factory.mktemp("office") / "w", OFFICE) as api:
        yield api


def entity(type: str, id: str) -> dict[str, str]:
    return {"type": type, "id": id}


def all_of(api: Api, what: str, body: dict[str, Any], token: str) -> list[Any]:
    """What a search finds, page by page."""
    found: list[Any] = []
    page: dict[str, Any] = {"limit": 3}
    while True:
        said = api.ask(f"search/{what}", {**body, "page": page}, token)
        assert len(said["results"]) <= 3
        found += said["results"]
        if not said["page"]["next_token"]:
            return found
        page = {"token": said["page"]["next_token"]}


def test_searches_find_what_evaluations_permit_and_the_rules_say(office: Api) -> None:
    desk = office.token(f"{ID}desk")
    for action, user in product(ACTIONS, USERS):
        expected = [r for r in sorted(RECORDS) if may(user, action, r)]
        body = {"subject": entity("user", user), "action": {"name": action}}
        assert all_of(office, "resource", {**body, "resource": {"type": "record"}}, desk) == [
            entity("record", r) for r in expected
        ]
        items = [{"resource": entity("record", r)} for r in sorted(RECORDS)]
        said = office.ask("evaluations", {**body, "evaluations": items}, desk)
        assert [one["decision"] for one in said["evaluations"]] == [r in expected for r in sorted(RECORDS)]
    for user, record in product(USERS, list(RECORDS)[:7]):
        body = {"subject": entity("user", user), "resource": entity("record", record)}
        given = [one["name"] for one in all_of(office, "action", body, desk)]
        assert [one for one in given if one in ACTIONS] == sorted(
            action for action in ACTIONS if may(user, action, record)
        )
    for action, record in product(ACTIONS, list(RECORDS)[:5]):
        body = {"action": {"name": action}, "resource": entity("record", record)}
        given = [one["id"] for one in all_of(office, "subject", {**body, "subject": {"type": "user"}}, desk)]
        assert given == sorted(user for user in USERS if may(user, action, record))


def test_who_asks_for_himself_finds_himself(office: Api) -> None:
    for user in ("boris", "anna"):
        token = office.token(f"{ID}{user}")
        for record in list(RECORDS)[:6]:
            body = {"action": {"name": "view"}, "resource": entity("record", record)}
            found = all_of(office, "subject", {**body, "subject": {"type": "user"}}, token)
            assert found == ([entity("user", user)] if may(user, "view", record) else [])
        mine = {"subject": entity("user", user), "action": {"name": "view"}, "resource": {"type": "record"}}
        expected = [entity("record", r) for r in sorted(RECORDS) if may(user, "view", r)]
        assert all_of(office, "resource", mine, token) == expected
        other = {**mine, "subject": entity("user", "david")}
        assert all_of(office, "resource", other, token) == []
