"""OpenFGA models, tuples and conditions as they are read, and what is refused or left."""

import json
import re
from pathlib import Path

import pytest

from ambit.graph.errors import AmbitError, Invalid, SourceInvalid, TooLarge
from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import AMBIT
from ambit.reasoning.importers.openfga import casing, cel, celeval, celvalues
from ambit.reasoning.importers.openfga.importing import Options, import_file
from ambit.reasoning.importers.openfga.naming import Names
from ambit.reasoning.importers.openfga.patterns import ALWAYS, NEVER
from ambit.reasoning.importers.openfga.store import read
from ambit.reasoning.importers.openfga.translate import Translation
from ambit.reasoning.importers.openfga.words import Condition, Difference, From, Parameter, Ref, This, Union
from ambit.reasoning.importers.proving import prove
from ambit.reasoning.importers.words import Import, Place, Row, Status

DRIVE = """
model
  schema 1.1
type user
type team
  relations
    define member: [user, team#member]
type shelf
  relations
    define parent: [shelf]
    define keeper: [user, team#member]
    define banned: [user, user:*]
    define reader: [user, team#member with until] or keeper or reader from parent
    define may_open: reader but not banned # the reason for `banned`
condition until(now: timestamp, end: timestamp) {
  now < end
}
"""
TUPLES = """
- {user: "user:ann", relation: member, object: "team:a"}
- {user: "team:a#member", relation: member, object: "team:b"}
- {user: "team:b#member", relation: keeper, object: "shelf:top"}
- {user: "shelf:top", relation: parent, object: "shelf:low"}
- {user: "user:bea", relation: reader, object: "shelf:low"}
- {user: "user:bea", relation: banned, object: "shelf:low"}
- user: "team:a#member"
  relation: reader
  object: "shelf:side"
  condition: {name: until, context: {end: "2027-01-01T00:00:00+01:00"}}
"""
TESTS = """
- name: nested
  check:
    - {user: "user:ann", object: "shelf:low", assertions: {reader: true, may_open: true, keeper: false}}
    - {user: "user:bea", object: "shelf:low", assertions: {reader: true, may_open: false}}
  list_objects:
    - {user: "user:ann", type: shelf, context: {now: "2026-12-31T22:59:59Z"}, assertions: {reader: ["shelf:top", "shelf:low", "shelf:side"]}}
    - {user: "user:ann", type: shelf, context: {now: "2026-12-31T23:00:00Z"}, assertions: {reader: ["shelf:top", "shelf:low"]}}
  list_users:
    - object: shelf:low
      user_filter: [{type: user}]
      assertions: {reader: {users: ["user:ann", "user:bea"]}}
"""
OPTIONS = Options(name="shelves", base="https://example.org/s/", now=frozenset({"now"}))


def indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.strip().splitlines())


def store(model: str = DRIVE, tuples: str = TUPLES, tests: str = TESTS) -> str:
    parts = [f"model: |\n{indented(model)}"]
    parts += [f"{key}:\n{indented(said)}" for key, said in (("tuples", tuples), ("tests", tests)) if said]
    return "".join(parts)


def written(folder: Path, text: str, name: str = "store.fga.yaml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def imported(folder: Path, text: str, options: Options = OPTIONS, name: str = "store.fga.yaml") -> Import:
    return import_file(written(folder, text, name), options)


def rows(made: Import, status: Status) -> list[Row]:
    return [row for row in made.rows if row.status is status]


def proved(made: Import) -> int:
    return prove(made, lambda: Keeper("cases"), jurisdiction=AMBIT.EU)


def test_a_store_becomes_rules_triples_and_cases_that_hold(tmp_path: Path) -> None:
    made = imported(tmp_path, store())
    assert proved(made) > 30
    assert {path for path in made.files if path.startswith("rules/")} == {
        f"rules/shelves/{stem}.rq"
        for stem in ("team-member", "shelf-keeper", "shelf-banned", "shelf-reader", "shelf-may_open")
    }
    assert rows(made, Status.LEFT) == []
    assert {row.kind for row in rows(made, Status.NARROWED)} == {"wildcard"}
    (test,) = [row for row in made.rows if row.kind == "test"]
    assert test.what == "`nested`: 11 assertions are cases" and test.place.line == 30


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    first, second = imported(tmp_path, store()), imported(tmp_path, store())
    assert dict(first.files) == dict(second.files) and first.rows == second.rows


def test_each_rule_is_shown_by_a_case_that_turns_on_it(tmp_path: Path) -> None:
    for text in (store(), store(tuples="", tests="")):
        made = imported(tmp_path, text)
        cases = b"".join(data for path, data in made.files.items() if path.endswith(".trig")).decode()
        for row in made.rows:
            if row.kind == "relation" and row.rule:
                assert f"ambit:shows <urn:ambit:rule:shelves/{Path(row.rule).stem}>" in cases
        proved(made)


def test_a_case_that_is_not_so_stops_an_import(tmp_path: Path) -> None:
    made = imported(tmp_path, store())
    rule = made.files["rules/shelves/shelf-keeper.rq"]
    wrong = rule.replace(b"shelf~keeper~team~of~member", b"shelf~parent~shelf")
    with pytest.raises(AmbitError, match=r"\(user:\S+ keeper shelf:\S+\): ") as error:
        proved(Import({**made.files, "rules/shelves/shelf-keeper.rq": wrong}, made.rows))
    assert error.value.code == "import-unproven"
    open_to_all = rule.partition(b"SELECT")[0] + (
        b"SELECT ?compartment ?actor WHERE { ?compartment a <https://w3id.org/ambit#Compartment> FILTER(?actor = ?actor) }"
    )
    with pytest.raises(AmbitError, match="a rule is refused"):
        proved(Import({**made.files, "rules/shelves/shelf-keeper.rq": open_to_all}, made.rows))


def test_a_large_store_has_made_up_examples_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casing, "LARGE", 3)
    made = imported(tmp_path, store(tests=""))
    cases = made.files["cases/shelves.trig"].decode()
    assert "user/ann" not in cases and "user/example-1-in" in cases and proved(made) >= 10


def test_relations_stand_for_actions(tmp_path: Path) -> None:
    options = Options(name="shelves", actions={"reader": ("read", "view")}, now=frozenset({"now"}))
    made = imported(tmp_path, store(tests=""), options)
    assert b"# action: reader read view\n" in made.files["rules/shelves/shelf-reader.rq"]
    assert b"# action: keeper\n" in made.files["rules/shelves/shelf-keeper.rq"]
    assert proved(made) > 10


def test_actions_of_ambits_own_are_given_only_where_it_is_said(tmp_path: Path) -> None:
    model = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define declassify: [user]\n    define any: [user]\n"
    made = imported(tmp_path, model, Options(), "model.fga")
    assert not [path for path in made.files if path.endswith(".rq")]
    assert [row.what for row in rows(made, Status.LEFT)] == ["`declassify` of `doc`", "`any` of `doc`"]
    made = imported(tmp_path, model, Options(actions={"declassify": ("declassify",)}), "model.fga")
    assert next(iter(made.files)) == "rules/openfga/doc-declassify.rq"
    with pytest.raises(Invalid):
        imported(tmp_path, model, Options(actions={"any": ("any",)}), "model.fga")


def test_the_json_of_a_model_says_the_same_as_its_text(tmp_path: Path) -> None:
    text = """model
  schema 1.1
type user
type doc
  relations
    define parent: [doc]
    define owner: [user, user:*, doc#owner with fits] or (owner from parent but not blocked)
    define blocked: [user]
condition fits(a: int, b: list<string>) {
  a > 1 && "}" in b
}
"""
    this, owner = {"this": {}}, {"relation": "owner"}
    document = {
        "schema_version": "1.1",
        "type_definitions": [
            {"type": "user", "relations": {}},
            {
                "type": "doc",
                "relations": {
                    "parent": this,
                    "owner": {
                        "union": {
                            "child": [
                                this,
                                {
                                    "difference": {
                                        "base": {
                                            "tupleToUserset": {
                                                "tupleset": {"relation": "parent"},
                                                "computedUserset": owner,
                                            }
                                        },
                                        "subtract": {"computedUserset": {"relation": "blocked"}},
                                    }
                                },
                            ]
                        }
                    },
                    "blocked": this,
                },
                "metadata": {
                    "relations": {
                        "parent": {"directly_related_user_types": [{"type": "doc"}]},
                        "owner": {
                            "directly_related_user_types": [
                                {"type": "user"},
                                {"type": "user", "wildcard": {}},
                                {"type": "doc", "relation": "owner", "condition": "fits"},
                            ]
                        },
                        "blocked": {"directly_related_user_types": [{"type": "user"}]},
                    }
                },
            },
        ],
        "conditions": {
            "fits": {
                "name": "fits",
                "expression": 'a > 1 && "}" in b',
                "parameters": {
                    "a": {"type_name": "TYPE_NAME_INT"},
                    "b": {
                        "type_name": "TYPE_NAME_LIST",
                        "generic_types": [{"type_name": "TYPE_NAME_STRING"}],
                    },
                },
            }
        },
    }
    said = read(written(tmp_path, text, "m.fga")).model
    given = read(written(tmp_path, json.dumps(document, indent=1), "m.json")).model
    assert said.types["doc"].relations["owner"].rewrite == Union(
        (
            This(),
            Difference(From("owner", "parent"), said.types["doc"].relations["owner"].rewrite.parts[1].minus),
        )  # type: ignore[union-attr]
    )
    for name in ("parent", "owner", "blocked"):
        one, other = said.types["doc"].relations[name], given.types["doc"].relations[name]
        assert (one.rewrite, one.refs) == (other.rewrite, other.refs)
    assert said.types["doc"].relations["owner"].refs[2] == Ref("doc", "owner", condition="fits")
    one, other = said.conditions["fits"], given.conditions["fits"]
    assert (one.parameters, one.expression) == (other.parameters, other.expression)


BROKEN = {
    "no model": ("type user\n", 1, "`model` belongs"),
    "a schema of before": ("model\n  schema 1.0\ntype user\n", 2, "has schema `1.0`"),
    "a module": ("module x\ntype user\n", 1, "is a module"),
    "a type twice": ("model\n  schema 1.1\ntype user\ntype user\n", 4, "twice"),
    "a mixture": (DRIVE.replace("or keeper or", "or keeper and"), 13, "mixes"),
    "a type that is not there": (DRIVE.replace("[shelf]", "[rack]"), 10, "names the type `rack`"),
    "a relation that is not there": (DRIVE.replace("reader but", "writer but"), 14, "refers to `writer`"),
    "a condition that is not there": (DRIVE.replace("with until", "with since"), 13, "names the condition"),
    "a way by usersets": (DRIVE.replace("parent: [shelf]", "parent: [shelf#reader]"), 13, "goes by `parent`"),
    "a way by everybody": (DRIVE.replace("parent: [shelf]", "parent: [shelf:*]"), 13, "goes by `parent`"),
    "direct types twice": (DRIVE.replace("[user, user:*]", "[user] or [user]"), 12, "twice"),
    "an end amid a condition": (DRIVE.replace("\n}", ""), 17, "ends inside a condition"),
    "a parameter of no type": (DRIVE.replace("end: timestamp", "end: year"), 15, "`year`"),
    "a sign of another language": (DRIVE.replace("but not", "& not"), 14, "`&`"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_model_that_makes_no_sense_is_refused_with_its_line(tmp_path: Path, case: str) -> None:
    text, line, said = BROKEN[case]
    with pytest.raises(SourceInvalid, match=said) as error:
        imported(tmp_path, text, OPTIONS, "model.fga")
    assert error.value.details["line"] == line


HOSTILE = {
    "an alias": ("a: &x [1]\nb: *x\n", SourceInvalid, "alias"),
    "a tag": ("model: !!python/object:os.system {a: 1}\n", SourceInvalid, "tag"),
    "a key twice": ("model: a\nmodel: b\n", SourceInvalid, "twice"),
    "two documents": ("model: a\n---\nmodel: b\n", SourceInvalid, "second document"),
    "depth": ("tuples: " + "[" * 100_000, TooLarge, "deeper"),
    "size": ("# " + "x" * 4_000_000, TooLarge, "more than"),
    "values": ("tuples: [" + "1," * 500_000 + "1]", TooLarge, "more than 400000 values"),
    "parentheses": (
        store("model\n schema 1.1\ntype user\n relations\n  define a: " + "(" * 10_000),
        TooLarge,
        "deeper",
    ),
    "a file elsewhere": ("model_file: ../../etc/passwd\n", SourceInvalid, "outside of its folder"),
    "an unknown key": ("model: x\nmodell: y\n", SourceInvalid, "`modell`"),
    "not UTF-8": ("model: \udcff", SourceInvalid, "UTF-8"),
    "a text where a mapping belongs": ("- model\n", SourceInvalid, "must be a mapping"),
    "an object of no type": (
        store(tuples="- {user: 'user:a', relation: reader, object: shelf}", tests=""),
        SourceInvalid,
        "type:id",
    ),
    "an id with a space": (
        store(tuples="- {user: 'user:a b', relation: reader, object: 'shelf:a'}", tests=""),
        SourceInvalid,
        "type:id",
    ),
    "a context of another kind": (
        store(
            tuples="- {user: 'team:a#member', relation: reader, object: 'shelf:a', condition: {name: until, context: {end: soon}}}",
            tests="",
        ),
        SourceInvalid,
        "`timestamp` belongs",
    ),
    "one relationship under two conditions": (
        store(
            tuples=TUPLES
            + "- {user: 'team:a#member', relation: reader, object: 'shelf:side', condition: {name: until}}\n",
            tests="",
        ),
        SourceInvalid,
        "another condition",
    ),
    "an assertion that is neither": (
        store(tests="- check: [{user: 'user:a', object: 'shelf:a', assertions: {reader: maybe}}]"),
        SourceInvalid,
        "asserts neither",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_input_is_refused(tmp_path: Path, case: str) -> None:
    text, kind, said = HOSTILE[case]
    path = tmp_path / "store.fga.yaml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(kind, match=said):
        import_file(path, OPTIONS)


def test_names_become_iris_that_nothing_can_break_out_of(tmp_path: Path) -> None:
    tuples = "- {user: 'user:a>.{}<\"\\b', relation: keeper, object: 'shelf:ü/..%2F@'}\n"
    made = imported(tmp_path, store(tuples=tuples, tests=""))
    text = made.files["governance/shelves.ttl"].decode()
    assert "<https://example.org/s/user/a%3E.%7B%7D%3C%22%5Cb>" in text
    assert "<https://example.org/s/shelf/%C3%BC%2F..%252F%40>" in text
    assert proved(made) > 10


def test_objects_that_would_have_one_name_are_refused(tmp_path: Path) -> None:
    prefixes = {"user": "https://example.org/x/", "team": "https://example.org/x/"}
    options = Options(name="shelves", prefixes=prefixes)
    tuples = "- {user: 'user:a', relation: member, object: 'team:a'}\n"
    with pytest.raises(SourceInvalid, match="would have one name"):
        imported(tmp_path, store(tuples=tuples, tests=""), options)


def test_tuples_that_openfga_does_not_read_are_left(tmp_path: Path) -> None:
    tuples = """
- {user: "user:ann", relation: parent, object: "shelf:a"}
- {user: "user:ann", relation: writer, object: "shelf:a"}
- {user: "user:*", relation: keeper, object: "shelf:a"}
"""
    made = imported(tmp_path, store(tuples=tuples, tests=""))
    left = rows(made, Status.LEFT)
    assert [(row.kind, row.place.line) for row in left] == [("tuple", 19), ("tuple", 20), ("tuple", 21)]
    assert b"shelf:a" not in made.files["governance/shelves.ttl"]


CIRCLE = """
model
  schema 1.1
type user
type doc
  relations
    define parent: [doc]
    define member: [user]
    define reader: [user] or (member and reader from parent)
    define blocked: [user] or (member and blocked from parent)
    define plain: member but not blocked
    define through: [user with address] or member
    define only: [user with address]
    define but: member but not only
condition address(ip: ipaddress) {
  ip.in_cidr("10.0.0.0/8")
}
"""


def test_what_no_rule_can_say_is_closed_and_listed(tmp_path: Path) -> None:
    made = imported(tmp_path, CIRCLE, Options(), "model.fga")
    found = {row.what.split("`")[1]: (row.status, row.why) for row in made.rows if row.kind == "relation"}
    assert found["member"] == (Status.TRANSLATED, "")
    assert found["reader"][0] is Status.NARROWED and "refers to itself inside" in found["reader"][1]
    assert found["through"][0] is Status.NARROWED and "`address` cannot be said" in found["through"][1]
    for name in ("plain", "only", "but"):
        assert found[name][0] is Status.LEFT, name
    assert not any("plain" in path or "but" in path for path in made.files)
    (condition,) = [row for row in made.rows if row.kind == "condition"]
    assert (condition.status, condition.place.line) == (Status.LEFT, 15)
    assert proved(made) > 5


def test_what_is_not_known_is_taken_away(tmp_path: Path) -> None:
    model = read(written(tmp_path, CIRCLE, "model.fga")).model
    found = Translation(model, Names("https://example.org/"), frozenset({"user"})).found
    assert found["doc", "but"].below == NEVER and found["doc", "only"].above == ALWAYS
    assert found["doc", "plain"].below == NEVER and found["doc", "blocked"].above == ALWAYS


def test_a_test_that_openfga_would_fail_becomes_no_case(tmp_path: Path) -> None:
    tests = "- check: [{user: 'user:bea', object: 'shelf:low', assertions: {may_open: true}}]"
    left = rows(imported(tmp_path, store(tests=tests)), Status.LEFT)
    assert [row.why for row in left] == ["it is not so by OpenFGA's own rules"]


LEVELS = """
model
  schema 1.1
type user
type doc
  relations
    define reader: [user with enough]
condition enough(level: int, least: int, tags: list<string>) {
  level >= least && "a" in tags
}
"""


def test_a_context_of_a_request_is_part_of_a_case(tmp_path: Path) -> None:
    tuples = "- {user: 'user:ann', relation: reader, object: 'doc:d', condition: {name: enough, context: {least: 3}}}"
    tests = """
- check:
    - {user: "user:ann", object: "doc:d", context: {level: 3, tags: [b, a]}, assertions: {reader: true}}
    - {user: "user:ann", object: "doc:d", context: {level: 2, tags: [a]}, assertions: {reader: false}}
    - {user: "user:ann", object: "doc:d", context: {level: 3, tags: [b]}, assertions: {reader: false}}
    - {user: "user:ann", object: "doc:d", assertions: {reader: false}}
    - {user: "user:ann", object: "doc:d", context: {level: 3, tags: []}, assertions: {reader: false}}
"""
    made = imported(tmp_path, store(LEVELS, tuples, tests), Options())
    assert [row.place.line for row in rows(made, Status.LEFT)] == [19]  # a request cannot say an empty list
    assert b"context#level> 3 " in made.files["cases/openfga-test-1.trig"].replace(
        b'"3"^^<http://www.w3.org/2001/XMLSchema#integer>', b"3"
    )
    assert proved(made) >= 6
    said = made.files["governance/openfga.ttl"].decode()
    assert 'context#level> <https://w3id.org/ambit#statedAs> "level"' in said
    assert 'statedAs> "least"' in said


# -- conditions

KINDS = {
    "s": Parameter("string"),
    "i": Parameter("int"),
    "u": Parameter("uint"),
    "d": Parameter("double"),
    "t": Parameter("timestamp"),
    "l": Parameter("duration"),
    "b": Parameter("bool"),
    "ls": Parameter("list", "string"),
    "m": Parameter("map", "string"),
}


def expression(text: str) -> cel.Expression:
    return cel.read(Condition("c", KINDS, text, Place("x")))


@pytest.mark.parametrize(
    "text",
    [
        "i / 2 > 1",
        "i % 2 == 0",
        "i > 1.0",
        "d > 1",
        "u > 1",
        "s.matches('a')",
        "m['a'] == 'b'",
        "'a' in m",
        "ls[0] == 'a'",
        "ls.exists(x, x == 'a')",
        "size(ls) > 0",
        "s == null",
        "b < true",
        "u - 1u > 0u",
        "unknown == 1",
        "timestamp(s) < t",
        "b'a' == b'a'",
        "has(m.a)",
        "i",
        "i ==",
        "s == '\\q'",
        "(" * 100 + "b" + ")" * 100,
        "!" * 100 + "b",
    ],
)
def test_what_sparql_does_not_say_exactly_is_not_read(text: str) -> None:
    with pytest.raises(cel.Inexpressible):
        expression(text)


def test_values_are_read_as_go_reads_them() -> None:
    assert celvalues.duration("1h30m0.5s") == 5_400_500_000_000
    assert celvalues.duration("-1.5ms") == -1_500_000
    assert [celvalues.duration(text) for text in ("", "1", "h", "1h x", "9999999h")] == [None] * 5
    assert celvalues.moment("1970-01-01T00:00:01.000000001Z") == 1_000_000_001
    assert celvalues.moment("1970-01-01T01:00:00+01:00") == 0
    assert [
        celvalues.moment(text) for text in ("1970-01-01", "1970-01-01T00:00:00", "1970-02-30T00:00:00Z")
    ] == [None] * 3
    assert str(celvalues.literal("timestamp", -1)).startswith('"1969-12-31T23:59:59.999999999Z"')
    assert str(celvalues.literal("duration", -1_500_000_000)).startswith('"-PT1.5S"')


def test_one_side_that_suffices_decides() -> None:
    assert celeval.evaluate(expression("i > 1 || b"), {"b": True}) is True
    assert celeval.evaluate(expression("i > 1 && b"), {"b": False}) is False
    for text in ("i > 1 || b", "!(i > 1)", "i + 9223372036854775807 > 0"):
        with pytest.raises(celeval.Undecided):
            celeval.evaluate(
                expression(text), {"b": False} if "b" in text else {"i": 1} if "+" in text else {}
            )


BOTS = """
model
  schema 1.1
type user
type bot
type folder
  relations
    define viewer: [user, bot, bot:*]
type doc
  relations
    define parent: [folder]
    define barred: [user, bot]
    define owner: [user]
    define runner: [bot]
    define viewer: [user] or viewer from parent
    define can_read: viewer but not barred
    define can_keep: owner but not barred
    define both: viewer and owner
"""
BOT_TUPLES = """
- {user: "user:anne", relation: viewer, object: "folder:f"}
- {user: "bot:7", relation: viewer, object: "folder:f"}
- {user: "folder:f", relation: parent, object: "doc:1"}
- {user: "user:anne", relation: owner, object: "doc:1"}
"""


def test_types_that_are_no_people_are_listed_where_something_is_open_to_them(tmp_path: Path) -> None:
    made = imported(tmp_path, store(BOTS, BOT_TUPLES, ""), Options(name="bots"))
    hint = "see `--people bot --people user`"
    lost = {row.what: row.status for row in made.rows if hint in row.why}
    assert lost == {
        "`viewer` of `folder`": Status.NARROWED,
        "`barred` of `doc`": Status.NARROWED,
        "`runner` of `doc`": Status.LEFT,
        "`viewer` of `doc`": Status.NARROWED,
        "`can_read` of `doc`": Status.NARROWED,
        "bot:7 viewer folder:f": Status.NARROWED,
    }
    (one,) = [row for row in made.rows if row.kind == "tuple"]
    assert one.place.line == 21
    (many,) = [row for row in made.rows if row.kind == "tuples"]
    assert many.what == "3 tuples are triples"
    assert proved(made) >= 10


def test_nothing_is_listed_where_all_types_of_subjects_are_people(tmp_path: Path) -> None:
    options = Options(name="bots", people=frozenset({"user", "bot"}))
    made = imported(tmp_path, store(BOTS, BOT_TUPLES, ""), options)
    assert "no people" not in "".join(row.why for row in made.rows)
    assert b"case/bot/7" in made.files["cases/bots.trig"] and proved(made) >= 10
    made = imported(tmp_path, store(BOTS, BOT_TUPLES, ""), Options(name="bots", people=frozenset({"bot"})))
    assert "user:anne viewer folder:f" in {row.what for row in rows(made, Status.NARROWED)}


def test_an_assertion_is_left_for_what_is_wrong_with_it(tmp_path: Path) -> None:
    model = """
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user, user with odd]
    define can_read: viewer
condition odd(m: map<string>) {
  m["a"] == "b"
}
"""
    tuples = """
- {user: "user:anne", relation: viewer, object: "doc:1"}
- {user: "user:bob", relation: viewer, object: "doc:1", condition: {name: odd}}
"""
    tests = """
- name: wrong
  check:
    - {user: "user:anne", object: "doc:1", assertions: {can_read: false}}
    - {user: "user:bob", object: "doc:1", context: {m: {a: b}}, assertions: {can_read: true}}
    - {user: "user:bob", object: "doc:1", assertions: {can_read: true}}
    - {user: "user:carl", object: "doc:1", assertions: {can_read: true}}
"""
    made = imported(tmp_path, store(model, tuples, tests), Options(name="docs"))
    assert {row.what: row.status for row in made.rows}["`can_read` of `doc`"] is Status.NARROWED
    assert [row.why.partition(" (")[0] for row in made.rows if row.kind == "assertion"] == [
        "it is not so by OpenFGA's own rules",
        "it gives a context of kinds that no rule reads",
        "the rule opens less than the relation",
        "it is not so by OpenFGA's own rules",
    ]


def test_cases_hold_the_tuples_that_lead_to_their_users_alone(tmp_path: Path) -> None:
    many = "".join(f'- {{user: "user:u{n}", relation: member, object: "team:a"}}\n' for n in range(60))
    made = imported(tmp_path, store(tuples=TUPLES + many))
    text = made.files["cases/shelves-test-1.trig"].decode()
    assert "case/user/ann>" in text and "case/user/u1>" not in text
    assert "relation#shelf~parent~shelf" in text and "https://example.org/s/user/" not in text
    named = re.findall(r"tuple#\w{8,}", text)
    assert named and not set(named) & set(
        re.findall(r"tuple#\w{8,}", made.files["governance/shelves.ttl"].decode())
    )
    assert proved(made) > 30
