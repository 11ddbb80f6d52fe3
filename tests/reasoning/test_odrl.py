"""ODRL policies as they are read: what becomes a rule, what is narrowed, what is left, what is refused."""

import json
from pathlib import Path

import pytest

from ambit.graph.errors import AmbitError, Invalid, SourceInvalid, TooLarge
from ambit.graph.rdf.parsing import read_trig
from ambit.graph.terms import Literal
from ambit.graph.views.worker import Keeper
from ambit.graph.vocabulary import AMBIT, XSD, node
from ambit.reasoning.importers.odrl import terms
from ambit.reasoning.importers.odrl.importing import Options, import_file
from ambit.reasoning.importers.odrl.moments import moment
from ambit.reasoning.importers.odrl.translate import ALL, Settings
from ambit.reasoning.importers.proving import prove
from ambit.reasoning.importers.times import SECOND
from ambit.reasoning.importers.words import Import, Status
from ambit.reasoning.rulebase.rules import parse

PREFIXES = """@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix : <https://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
"""
WHO = "odrl:target :data ; odrl:assignee :ann"


def imported(folder: Path, text: str, name: str = "p.ttl", **said: object) -> Import:
    path = folder / name
    path.write_text(text if name.endswith((".json", ".rdf")) else PREFIXES + text)
    settings = Settings("odrl", **said)  # type: ignore[arg-type]
    return import_file(path, Options(settings, base="https://example.org/odrl/"))


def proved(made: Import) -> int:
    return prove(made, lambda: Keeper("cases"), jurisdiction=AMBIT.EU)


def statuses(made: Import) -> list[tuple[str, str]]:
    return [(row.status.value, row.kind) for row in made.rows]


def why(made: Import) -> str:
    return "\n".join(row.why for row in made.rows)


def rule(made: Import, name: str) -> str:
    return made.files[f"rules/odrl/{name}.rq"].decode()


AGREEMENT = f"""
:deal a odrl:Agreement ; odrl:conflict odrl:prohibit ;
  odrl:permission [ odrl:action odrl:use ; {WHO} ;
    odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ; odrl:rightOperand :research ] ,
      [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lt ; odrl:rightOperand "2026-06-01T00:00:00Z"^^xsd:dateTime ] ] ;
  odrl:permission [ odrl:action odrl:play ; odrl:target :films ; odrl:assignee :club ; odrl:duty [ odrl:action odrl:attribute ] ] ;
  odrl:prohibition [ odrl:action odrl:distribute ; {WHO} ; odrl:remedy [ odrl:action odrl:anonymize ] ] ;
  odrl:obligation [ odrl:action odrl:delete ; {WHO} ] .
:films a odrl:AssetCollection . :film odrl:partOf :films . :club a odrl:PartyCollection . :bea odrl:partOf :club .
"""


def test_a_policy_becomes_rules_whose_cases_hold(tmp_path: Path) -> None:
    made = imported(tmp_path, AGREEMENT)
    assert proved(made) > 8
    assert sorted(statuses(made)) == [
        ("left", "obligation"),
        ("narrowed", "permission"),
        ("narrowed", "prohibition"),
        ("translated", "permission"),
    ]
    permissions = {line for name in (1, 2) for line in rule(made, f"p1-permission-{name}").splitlines()}
    assert {"# effect: permit", "# effect: ask", "# reads: purpose now"} <= permissions
    assert "# effect: deny" in rule(made, "p1-prohibition-1")
    assert {row.place.line for row in made.rows} == {4}
    cases = made.files["cases/odrl.trig"] + made.files["cases/odrl-approved.trig"]
    for name in made.files:
        if name.endswith(".rq"):
            assert f"ambit:shows <urn:ambit:rule:odrl/{Path(name).stem}>".encode() in cases


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    first, second = imported(tmp_path, AGREEMENT), imported(tmp_path, AGREEMENT)
    assert dict(first.files) == dict(second.files) and first.rows == second.rows


def test_an_action_covers_what_it_includes(tmp_path: Path) -> None:
    text = f":p a odrl:Set ; odrl:permission [ odrl:action odrl:play, :sing ; {WHO} ] . :hum odrl:includedIn :sing ."
    made = imported(tmp_path, text, actions={terms.odrl("display"): ("read",)})
    (line,) = [one for one in rule(made, "p1-permission-1").splitlines() if one.startswith("# action")]
    assert line == "# action: display read play https://example.org/hum https://example.org/sing"
    assert proved(made) >= 2


def test_ambits_own_actions_are_given_only_where_it_is_said(tmp_path: Path) -> None:
    made = imported(tmp_path, f":p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; {WHO} ] .")
    assert "# action: http://www.w3.org/ns/odrl/2/read\n" in rule(made, "p1-permission-1")


def test_the_inclusions_of_the_vocabulary_are_whole() -> None:
    assert terms.below(terms.odrl("play"), ()) == (terms.odrl("display"), terms.odrl("play"))
    assert len(terms.below(terms.odrl("use"), ())) == len(terms.INCLUDED_IN) - 2 + 1
    assert set(terms.below(":a", [(":b", ":a"), (":a", ":b")])) == {":a", ":b"}


LEFT = {
    "no target": ("odrl:permission [ odrl:action odrl:use ; odrl:assignee :ann ]", "`--target`"),
    "no assignee": ("odrl:permission [ odrl:action odrl:use ; odrl:target :data ]", "`--assignee`"),
    "no action": (f"odrl:permission [ {WHO} ]", "it has no action"),
    "a target that is a text": (
        'odrl:permission [ odrl:action odrl:use ; odrl:target "data" ; odrl:assignee :ann ]',
        "is a text",
    ),
    "a refined target": (
        "odrl:permission [ odrl:action odrl:use ; odrl:assignee :ann ; odrl:target [ odrl:source :data ; odrl:refinement [] ] ]",
        "no IRI",
    ),
    "a count": (
        f"odrl:permission [ odrl:action odrl:use ; {WHO} ; odrl:constraint [ odrl:leftOperand odrl:count ; odrl:operator odrl:lt ; odrl:rightOperand 3 ] ]",
        "`count` cannot be asked",
    ),
    "a sequence": (
        f"odrl:permission [ odrl:action odrl:use ; {WHO} ; odrl:constraint [ odrl:andSequence ( [] [] ) ] ]",
        "in which order",
    ),
    "a refined action": (
        f"odrl:permission [ {WHO} ; odrl:action [ rdf:value odrl:print ; odrl:refinement [ odrl:leftOperand odrl:resolution ; odrl:operator odrl:lteq ; odrl:rightOperand 1200 ] ] ]",
        "`resolution` cannot be asked",
    ),
    "a profile": (
        f"odrl:profile :p ; odrl:permission [ odrl:action odrl:use ; {WHO} ]",
        "profile <https://example.org/p>",
    ),
    "an ancestor that is not here": (
        f"odrl:inheritFrom :other ; odrl:permission [ odrl:action odrl:use ; {WHO} ]",
        "not in the file",
    ),
    "an unknown property": (
        f"odrl:permission [ odrl:action odrl:use ; {WHO} ; odrl:mood odrl:good ]",
        "`odrl:mood` is no part",
    ),
    "a prohibition in a permission": (
        f"odrl:permission [ odrl:action odrl:use ; {WHO} ; odrl:prohibition [ odrl:action odrl:sell ] ]",
        "no part of a permission",
    ),
    "a conflict by default": (
        f"odrl:permission [ odrl:action odrl:use ; {WHO} ] ; odrl:prohibition [ odrl:action odrl:play ; {WHO} ]",
        "such a policy is void",
    ),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_is_not_clear_opens_nothing_and_is_listed(tmp_path: Path, case: str) -> None:
    text, said = LEFT[case]
    made = imported(tmp_path, f":p a odrl:Set ; {text} .")
    assert ("left", "permission") in statuses(made) and said in why(made)
    assert not [name for name in made.files if "permission" in name]


@pytest.mark.parametrize("kind", ["Offer", "Request", "Ticket", "Assertion"])
def test_what_nobody_agreed_on_is_not_in_force(tmp_path: Path, kind: str) -> None:
    text = f":p a odrl:{kind} ; odrl:permission [ odrl:action odrl:use ; {WHO} ] ."
    assert statuses(imported(tmp_path, text)) == [("left", "permission")]
    accepted = imported(tmp_path, text, offers=True)
    assert statuses(accepted) == [("translated" if kind == "Offer" else "left", "permission")]


UNCLEAR = {
    "no target": ("odrl:action odrl:play ; odrl:assignee :ann", "it stands for all targets"),
    "no assignee": ("odrl:action odrl:play ; odrl:target :data", "it stands for everybody"),
    "a count": (
        f"odrl:action odrl:play ; {WHO} ; odrl:constraint [ odrl:leftOperand odrl:count ; odrl:operator odrl:gt ; odrl:rightOperand 3 ]",
        "`count`",
    ),
    "an unknown property": (f"odrl:action odrl:play ; {WHO} ; odrl:mood odrl:good", "`odrl:mood`"),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_a_prohibition_that_is_not_clear_stands(tmp_path: Path, case: str) -> None:
    text, said = UNCLEAR[case]
    made = imported(
        tmp_path,
        f":p a odrl:Set ; odrl:conflict odrl:prohibit ; odrl:permission [ odrl:action odrl:use ; {WHO} ] ; odrl:prohibition [ {text} ] .",
    )
    assert statuses(made) == [("translated", "permission"), ("narrowed", "prohibition")] and said in why(made)
    assert b"ambit:shows <urn:ambit:rule:odrl/p1-prohibition-1>" in made.files["cases/odrl.trig"]
    assert proved(made) >= 3


def test_a_prohibition_of_no_action_is_of_all_and_what_it_leaves_nothing_of_is_told(tmp_path: Path) -> None:
    text = f":p a odrl:Set ; odrl:conflict odrl:prohibit ; odrl:permission [ odrl:action odrl:use ; {WHO} ] ; odrl:prohibition [ {WHO} ] ."
    made = imported(tmp_path, text)
    assert statuses(made) == [("left", "permission"), ("narrowed", "prohibition")]
    assert "whatever it permits is prohibited" in why(made) and proved(made) >= 1


def test_a_permission_that_others_contain_needs_no_rule(tmp_path: Path) -> None:
    text = f":p a odrl:Set ; odrl:permission [ odrl:action odrl:play ; {WHO} ] , [ odrl:action odrl:display , odrl:play ; {WHO} ] ."
    made = imported(tmp_path, text)
    assert statuses(made) == [("translated", "permission")] * 2 and "others permit all" in why(made)
    assert len([name for name in made.files if name.endswith(".rq")]) == 1 and proved(made) >= 2


def test_rules_are_inherited_and_circles_are_not_followed(tmp_path: Path) -> None:
    text = f"""
    :child a odrl:Set ; odrl:inheritFrom :parent ; odrl:conflict odrl:prohibit ; odrl:permission [ odrl:action odrl:use ; {WHO} ] .
    :parent a odrl:Set ; odrl:prohibition [ odrl:action odrl:sell, odrl:play ; {WHO} ] .
    """
    made = imported(tmp_path, text)
    assert "# effect: deny" in rule(made, "p1-prohibition-1-of-p2") and proved(made) >= 3
    made = imported(
        tmp_path, text.replace(":parent a odrl:Set ;", ":parent a odrl:Set ; odrl:inheritFrom :child ;")
    )
    assert "in a circle" in why(made)


def test_what_a_policy_says_for_all_its_rules_counts(tmp_path: Path) -> None:
    made = imported(
        tmp_path,
        f":p a odrl:Set ; {WHO} ; odrl:permission [ odrl:action odrl:play ] , [ odrl:action odrl:print ] .",
    )
    assert statuses(made) == [("translated", "permission")] * 2 and proved(made) >= 3
    made = imported(
        tmp_path,
        ":p a odrl:Set ; odrl:permission [ odrl:action odrl:play ; odrl:assignee :ann ] . :data odrl:hasPolicy :p .",
    )
    assert statuses(made) == [("translated", "permission")]


def test_targets_and_assignees_are_filled_in_where_it_is_said(tmp_path: Path) -> None:
    text = ':p a odrl:Set ; odrl:permission [ odrl:action odrl:play ; odrl:target "a text" ] .'
    made = imported(tmp_path, text, targets=("https://example.org/data",), assignees=(ALL,))
    assert statuses(made) == [("translated", "permission")] and proved(made) >= 2


def test_duties_of_a_policy_go_with_its_permissions(tmp_path: Path) -> None:
    made = imported(
        tmp_path,
        f":p a odrl:Policy ; odrl:duty [ odrl:action odrl:attribute ] ; odrl:permission [ odrl:action odrl:play ; {WHO} ] .",
    )
    assert statuses(made) == [("narrowed", "permission")] and "# effect: ask" in rule(made, "p1-permission-1")


def test_a_day_is_as_wide_as_all_zones(tmp_path: Path) -> None:
    day = moment(Literal("1970-01-02", datatype=node(XSD.DATE)))
    assert day is not None and day.is_day
    hour = 3_600 * SECOND
    assert day.begins == (10 * hour, 38 * hour) and day.ends == (34 * hour, 62 * hour)
    assert moment(Literal("1970-01-02Z", datatype=node(XSD.DATE))).begins == (24 * hour, 24 * hour)  # type: ignore[union-attr]
    assert moment(Literal("1970-01-01T14:00:00", datatype=node(XSD.DATE_TIME))).begins == (0, 28 * hour)  # type: ignore[union-attr]
    assert moment(Literal("1970-13-02", datatype=node(XSD.DATE))) is None
    text = f':p a odrl:Set ; odrl:permission [ odrl:action odrl:play ; {WHO} ; odrl:constraint [ odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ; odrl:rightOperand "2026-12-31"^^xsd:date ] ] .'
    made = imported(tmp_path, text)
    assert statuses(made) == [("narrowed", "permission")] and '?now < "2026-12-31T10:00:00Z"' in rule(
        made, "p1-permission-1"
    )
    assert proved(made) >= 2


DOCUMENT = {
    "@context": "http://www.w3.org/ns/odrl.jsonld",
    "@type": "Set",
    "uid": "https://example.org/p",
    "permission": [
        {
            "target": "https://example.org/data",
            "assignee": "https://example.org/ann",
            "action": "display",
            "constraint": [
                {
                    "and": [
                        {
                            "leftOperand": "purpose",
                            "operator": "eq",
                            "rightOperand": {"@id": "https://example.org/care"},
                        },
                        {
                            "leftOperand": "dateTime",
                            "operator": "lt",
                            "rightOperand": {"@value": "2027-01-01T00:00:00Z", "@type": "xsd:dateTime"},
                        },
                    ]
                }
            ],
        }
    ],
}


def test_json_ld_is_read_with_odrls_context_and_rdf_xml_too(tmp_path: Path) -> None:
    made = imported(tmp_path, json.dumps(DOCUMENT), "p.json")
    assert statuses(made) == [("translated", "permission")] and proved(made) > 3
    assert "?purpose IN (<https://example.org/care>)" in rule(made, "p1-permission-1")
    xml = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:odrl="http://www.w3.org/ns/odrl/2/">
      <odrl:Set rdf:about="https://example.org/p"><odrl:permission rdf:parseType="Resource">
        <odrl:action rdf:resource="http://www.w3.org/ns/odrl/2/play"/><odrl:target rdf:resource="https://example.org/d"/>
        <odrl:assignee rdf:resource="https://example.org/ann"/></odrl:permission></odrl:Set></rdf:RDF>"""
    assert statuses(imported(tmp_path, xml, "p.rdf")) == [("translated", "permission")]


HOSTILE = {
    "Turtle that is none": ("p.ttl", ":p a odrl:Set", SourceInvalid, "does not parse"),
    "a key twice": ("p.json", '{"@id": "a:b", "@id": "a:c"}', SourceInvalid, "twice"),
    "a context from elsewhere": (
        "p.json",
        '{"@context": "https://example.com/c", "@id": "a:b"}',
        AmbitError,
        ".",
    ),
    "depth": ("p.json", '{"a":' * 20_000 + "1" + "}" * 20_000, AmbitError, "."),
    "size": ("p.ttl", "# " + "x" * 4_000_000, TooLarge, "more than"),
    "a rule that is a text": (
        "p.ttl",
        ':p a odrl:Set ; odrl:permission "all" .',
        SourceInvalid,
        "no thing of its own",
    ),
    "rules without end": (
        "p.ttl",
        ":p a odrl:Set ; odrl:permission " + ", ".join("[]" for _ in range(1_001)) + " .",
        TooLarge,
        "more than 1000 rules",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_input_is_refused(tmp_path: Path, case: str) -> None:
    name, text, kind, said = HOSTILE[case]
    with pytest.raises(kind, match=said):
        imported(tmp_path, text, name)


def test_constraints_that_refer_to_themselves_end(tmp_path: Path) -> None:
    text = f":p a odrl:Set ; odrl:permission [ odrl:action odrl:play ; {WHO} ; odrl:constraint :c ] . :c odrl:or :c , :d . :d odrl:and :c , :d ."
    made = imported(tmp_path, text)
    assert statuses(made) == [("left", "permission")] and "nest deeper" in why(made)


def test_a_file_without_a_policy_says_so(tmp_path: Path) -> None:
    made = imported(tmp_path, ":a :b :c .")
    assert statuses(made) == [("left", "file")] and made.files == {}
    cc = "<https://example.org/l> a <http://creativecommons.org/ns#License> ; <http://creativecommons.org/ns#permits> :x ."
    assert "ccREL" in why(imported(tmp_path, cc))


@pytest.mark.parametrize(
    "wrong",
    [
        {"conflict": "maybe"},
        {"targets": ("data",)},
        {"assignees": ("ann",)},
        {"profiles": frozenset({"p"})},
        {"actions": {terms.odrl("play"): ("any",)}},
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        imported(tmp_path, ":a :b :c .", **wrong)


def test_no_iri_breaks_out_of_a_rule(tmp_path: Path) -> None:
    text = "<https://example.org/x,y> a odrl:Set ; odrl:permission [ odrl:action <https://example.org/a,b> , odrl:play ; odrl:target <https://example.org/d#%3E> ; odrl:assignee :ann ] ."
    made = imported(tmp_path, text)
    assert [row.status for row in made.rows] == [Status.NARROWED] and "cannot be named" in why(made)
    assert "# action: play display\n" in rule(made, "p1-permission-1") or "# action: display play\n" in rule(
        made, "p1-permission-1"
    )
    assert proved(made) >= 2


def test_no_name_of_a_file_breaks_out_of_a_comment(tmp_path: Path) -> None:
    """Turtle writes a slash as an escape, which a name may hold."""
    eve = "<urn:eve> <http:\\u002f\\u002fwww.w3.org\\u002fns\\u002forg#memberOf> <urn:all> . #"
    made = imported(tmp_path, AGREEMENT, f"x\n{eve}.ttl")
    for name, text in made.files.items():
        assert "urn:eve" not in str(read_trig(text, name=name, hint="")) if not name.endswith(".rq") else True
    assert b"urn:eve" in made.files["governance/odrl.ttl"]  # in the comment


@pytest.mark.parametrize("gap", ["\u2028", "\u2029", "\u0085"], ids=ascii)
def test_no_policys_name_writes_lines_into_a_header(tmp_path: Path, gap: str) -> None:
    named = f"<http://example.org/x{gap}#public:yes{gap}z>"
    try:
        made = imported(tmp_path, AGREEMENT.replace(":deal a", f"{named} a"))
    except AmbitError:
        return
    for name, text in made.files.items():
        if name.endswith(".rq"):
            assert not parse(text.decode(), name).public


def test_no_file_says_that_anything_is_narrower_than_ambits_or_the_vocabularys_purposes(
    tmp_path: Path,
) -> None:
    """That would open to its purposes whatever any rule opens."""
    more = (
        "<https://w3id.org/dpv#Marketing> <http://www.w3.org/2004/02/skos/core#broader> <https://w3id.org/dpv#CustomerCare> ."
        f" :mine <http://www.w3.org/2004/02/skos/core#broader> <{AMBIT.ADMINISTRATION}> ."
    )
    made = imported(tmp_path, AGREEMENT + more)
    said = made.files["governance/odrl.ttl"].decode()
    assert "Marketing" not in said and "Administration" not in said


def prohibition(who: str, constraint: str = "", action: str = "odrl:play", kind: str = "prohibition") -> str:
    return f"odrl:{kind} [ odrl:action {action} ; odrl:target :songs {who} {constraint} ]"


def when(operand: str, operator: str, value: str) -> str:
    return f"; odrl:constraint [ odrl:leftOperand odrl:{operand} ; odrl:operator odrl:{operator} ; odrl:rightOperand {value} ]"


DAN, DUTY = "; odrl:assignee :dan", "; odrl:duty [ odrl:action odrl:attribute ]"
PROHIBITIONS = {
    "nothing permits it": (prohibition(""), "cases/odrl-prohibited.trig"),
    "a purpose": (prohibition("", when("purpose", "eq", ":ads")), "cases/odrl-prohibited.trig"),
    "another purpose": (prohibition(DAN, when("purpose", "neq", ":study")), "cases/odrl-prohibited.trig"),
    "a group": (prohibition("; odrl:assignee :club"), "cases/odrl-prohibited.trig"),
    "a time": (
        prohibition(DAN, when("dateTime", "gt", '"2027-01-01T00:00:00Z"^^xsd:dateTime')),
        "cases/odrl-prohibited.trig",
    ),
    "the same is permitted": (
        prohibition(DAN) + " ; " + prohibition(DAN, kind="permission"),
        "cases/odrl-prohibited.trig",
    ),
    "the same is permitted after a duty": (
        prohibition(DAN) + " ; " + prohibition(DAN, DUTY, kind="permission"),
        "cases/odrl-prohibited.trig",
    ),
    "more is permitted after a duty": (
        prohibition(DAN, when("purpose", "eq", ":ads")) + " ; " + prohibition(DAN, DUTY, kind="permission"),
        "cases/odrl-approved.trig",
    ),
    "more is permitted": (
        prohibition(DAN, when("purpose", "eq", ":ads")) + " ; " + prohibition(DAN, kind="permission"),
        "cases/odrl.trig",
    ),
}


@pytest.mark.parametrize("name", PROHIBITIONS)
def test_each_prohibition_has_a_case_that_turns_on_it(tmp_path: Path, name: str) -> None:
    said, file = PROHIBITIONS[name]
    made = imported(
        tmp_path,
        f":p a odrl:Agreement ; odrl:conflict odrl:prohibit ; {said} . :club a odrl:PartyCollection .",
    )
    assert b"ambit:shows <urn:ambit:rule:odrl/p1-prohibition-1>" in made.files[file]
    assert proved(made) >= 1
    (row,) = [row for row in made.rows if row.kind == "prohibition"]
    assert ("nothing of the import permits what it prohibits" in row.why) is (
        file == "cases/odrl-prohibited.trig"
    )


def test_a_prohibition_within_another_has_no_rule_and_its_assignee_stays_a_person(tmp_path: Path) -> None:
    made = imported(tmp_path, f":p a odrl:Set ; {prohibition('')} , {prohibition(DAN).partition(' ')[2]} .")
    kept = [path for path in made.files if path.endswith(".rq")]
    assert len(kept) == 1 and "UNION" not in made.files[kept[0]].decode()
    (row,) = [row for row in made.rows if not row.rule]
    assert "others prohibit all that it does" in row.why
    assert (
        b"<https://example.org/dan> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        in (made.files["governance/odrl.ttl"])
    )
    proved(made)


def test_a_prohibition_that_no_case_shows_is_in_force_and_told(tmp_path: Path) -> None:
    halves = [when("purpose", operator, ":ads") for operator in ("isA", "isNoneOf")]
    parts = [prohibition("", half).partition(" ")[2] for half in halves]
    one = prohibition(DAN)
    made = imported(tmp_path, f":p a odrl:Set ; {one} , {', '.join(parts)} .")
    (row,) = [row for row in made.rows if "no case shows it" in row.why]
    assert row.rule in made.files and "<https://example.org/dan>" in made.files[row.rule].decode()
    proved(made)


def test_where_rules_speak_of_administrators_no_case_supposes_one(tmp_path: Path) -> None:
    about = when("purpose", "neq", f"<{AMBIT.ADMINISTRATION}>")
    made = imported(tmp_path, f":p a odrl:Set ; {prohibition('', about)} .")
    (row,) = made.rows
    assert "no case shows it" in row.why and "cases/odrl-prohibited.trig" not in made.files
    proved(made)


def test_of_a_prohibition_that_became_several_rules_the_report_tells_what_is_kept(tmp_path: Path) -> None:
    said = prohibition(DAN, action="odrl:display, odrl:print")
    over = prohibition(DAN, when("purpose", "eq", ":study"), "odrl:print", "permission")
    text = f":p a odrl:Agreement ; odrl:conflict odrl:perm ; {said} ; {over} ."
    made = imported(tmp_path, text)
    kept = {path for path in made.files if "prohibition" in path}
    (row,) = [row for row in made.rows if row.kind == "prohibition"]
    assert len(kept) == 2 and row.rule in kept
    assert "nothing of the import" in row.why and "no case" not in row.why
    proved(made)
    made = imported(tmp_path, f"{text} :q a odrl:Set ; {prohibition('', action='odrl:display')} .")
    gone = kept - made.files.keys()
    (row,) = [row for row in made.rows if row.rule in kept]
    assert len(gone) == 1 and "others prohibit" not in row.why
    proved(made)
