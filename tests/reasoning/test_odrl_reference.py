"""What an imported ODRL policy decides is what ODRL says, for all people, assets, actions, purposes and times."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import odrlreference as o
import pytest
import worlds as w
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ambit.reasoning.importers.odrl.importing import Options, import_file
from ambit.reasoning.importers.odrl.translate import Settings
from ambit.reasoning.importers.words import Import, Status
from ambit.reasoning.rulebase import rules
from ambit.reasoning.rulebase.rules import Loaded

PEOPLE = ("ann", "bob", "cat")
GROUPS = ("team", "club")
ASSETS = ("a0", "a1", "a2")
SHELVES = ("s0",)
PURPOSES = ("care", "refund", "other")
ACTIONS = ("play", "display", "use", "distribute")
ODRL = "http://www.w3.org/ns/odrl/2/"
LATER = w.NOW + timedelta(hours=1)
WORLD = o.World(
    frozenset({("ann", "team"), ("bob", "team"), ("bob", "club"), ("a0", "s0"), ("a1", "s0")}),
    frozenset({("refund", "care")}),
    frozenset({("display", "play"), ("play", "use"), ("distribute", "use")}),
)
GIVEN = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:ann a foaf:Person . :bob a foaf:Person . :cat a foaf:Person .
""" + "\n".join(
    f":{name}-data a ambit:Compartment ; ambit:comesFrom :s ; ambit:hasSensitivity ambit:Internal ; "
    f"ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :{name} ."
    for name in ASSETS
)
KNOWN = ":refund skos:broader :care ."
"""What governance may say, too: what the file says of purposes counts for its own rules whether it does or not."""

simple = (
    st.tuples(st.just("purpose"), st.sampled_from(["eq", "neq", "isA"]), st.sampled_from(PURPOSES))
    | st.tuples(
        st.just("dateTime"), st.sampled_from(["lt", "lteq", "gt", "gteq"]), st.sampled_from([w.NOW, LATER])
    )
    | st.just(("count", "lteq", 5))
)
constraints = simple | st.tuples(
    st.sampled_from(["and", "or", "xone"]), st.lists(simple, min_size=1, max_size=3)
)
some = st.lists(constraints, max_size=2).map(tuple)
ruled = st.builds(
    o.Rule,
    st.sampled_from(["permission", "permission", "prohibition"]),
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from([*ASSETS, *SHELVES]), min_size=1, max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from([*PEOPLE, *GROUPS]), min_size=1, max_size=2, unique=True).map(tuple),
    some,
    st.sampled_from([False, False, False, True]),
)
policies = st.builds(
    o.Policy, st.sampled_from(["perm", "prohibit"]), st.lists(ruled, min_size=1, max_size=5).map(tuple)
)


def turtle(policy: o.Policy) -> str:
    def said(constraint: o.Constraint) -> str:
        if len(constraint) == 2:
            how, inner = constraint
            return f"[ odrl:{how} ( {' '.join(map(said, inner))} ) ]"
        operand, operator, right = constraint
        if isinstance(right, datetime):
            value = f'"{right.isoformat()}"^^xsd:dateTime'
        else:
            value = f":{right}" if operand == "purpose" else str(right)
        return (
            f"[ odrl:leftOperand odrl:{operand} ; odrl:operator odrl:{operator} ; odrl:rightOperand {value} ]"
        )

    lines = ["@prefix odrl: <http://www.w3.org/ns/odrl/2/> .", w.PREFIXES]
    for part, whole in sorted(WORLD.parts):
        kind = "AssetCollection" if whole in SHELVES else "PartyCollection"
        lines.append(f":{part} odrl:partOf :{whole} . :{whole} a odrl:{kind} .")
    lines.append(":refund skos:broader :care .")
    lines.append(f":policy a odrl:Set ; odrl:conflict odrl:{policy.conflict} .")
    for rule in policy.rules:
        parts = [f"odrl:action odrl:{action}" for action in rule.actions]
        parts += [f"odrl:target :{one}" for one in rule.targets] + [
            f"odrl:assignee :{one}" for one in rule.assignees
        ]
        parts += [f"odrl:constraint {said(one)}" for one in rule.constraints]
        parts += (
            ["odrl:duty [ odrl:action odrl:attribute ]"]
            if rule.has_duty and rule.kind == "permission"
            else []
        )
        lines.append(f":policy odrl:{rule.kind} [ {' ; '.join(parts)} ] .")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def world() -> Iterator[w.World]:
    world = w.World()
    yield world
    world.close()


def agree(world: w.World, folder: Path, policy: o.Policy, known: str = "") -> Import:
    path = folder / "policy.ttl"
    path.write_text(turtle(policy))
    made = import_file(path, Options(Settings("odrl"), base=w.EX + "odrl/"))
    own = [rules.parse(data.decode(), name) for name, data in made.files.items() if name.endswith(".rq")]
    assert world.decider.use(Loaded((*rules.load([rules.SHIPPED]).rules, *own))) == ()
    governance = made.files.get("governance/odrl.ttl", b"").decode()
    world.become(w.triples(governance + GIVEN + known))
    for user in PEOPLE:
        for action in ACTIONS:
            for purpose in ("", *PURPOSES):
                for now in (w.NOW, LATER):
                    question = w.ask(user, purpose=purpose or None, action=action, now=now)
                    ours = {name.removesuffix("-data") for name in world.cleared(question)}
                    theirs = {a for a in ASSETS if WORLD.decides(policy, user, a, action, purpose, now)}
                    assert ours == theirs, (user, action, purpose, now)
    return made


TRIED = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@settings(TRIED, max_examples=8)
@given(policy=policies, known=st.sampled_from(["", KNOWN]))
def test_an_import_decides_as_odrl_says(world: w.World, tmp_path: Path, policy: o.Policy, known: str) -> None:
    agree(world, tmp_path, policy, known)


@pytest.mark.long
@pytest.mark.timeout(3_600)
@settings(TRIED, max_examples=400)
@given(policy=policies, known=st.sampled_from(["", KNOWN]))
def test_hundreds_of_imports_decide_as_odrl_says(
    world: w.World, tmp_path: Path, policy: o.Policy, known: str
) -> None:
    agree(world, tmp_path, policy, known)


def test_a_policy_of_everything_is_not_trivial(world: w.World, tmp_path: Path) -> None:
    everybody = o.Rule("permission", ("use",), ("s0",), ("team",), (("purpose", "isA", "care"),))
    nobody = o.Rule("prohibition", ("play",), ("a0",), ("club",), (("dateTime", "gteq", LATER),))
    for conflict, opened in (("prohibit", False), ("perm", True)):
        made = agree(world, tmp_path, o.Policy(conflict, (everybody, nobody)))
        assert [row.status for row in made.rows] == [Status.TRANSLATED] * 2
        question = w.ask("bob", purpose="refund", action="display", now=LATER)
        assert ("a0-data" in world.cleared(question)) is opened


def test_what_is_prohibited_for_a_purpose_is_closed_to_who_names_none(world: w.World, tmp_path: Path) -> None:
    everybody = o.Rule("permission", ("use",), ("a0",), ("team",), ())
    prohibited = o.Rule("prohibition", ("play",), ("a0",), ("team",), (("purpose", "eq", "care"),))
    agree(world, tmp_path, o.Policy("prohibit", (everybody, prohibited)))
    assert world.cleared(w.ask("ann", action="play", purpose="other")) == {"a0-data"}
    assert world.cleared(w.ask("ann", action="play")) == set()


@pytest.mark.parametrize("asset", ASSETS)
@pytest.mark.parametrize("group", GROUPS)
def test_a_permission_beside_others_with_duties_is_kept(
    world: w.World, tmp_path: Path, asset: str, group: str
) -> None:
    """Rules have no order but that of what they say: of several there is one that begins with the permission."""
    asked = o.Rule("permission", ("use",), (asset,), (group,), (), has_duty=True)
    agree(world, tmp_path, o.Policy("prohibit", (asked, replace(asked, has_duty=False), asked)))
    assert world.cleared(w.ask("bob", action="play")) == {f"{asset}-data"}


def test_a_permission_of_several_targets_goes_before_a_prohibition_of_several(
    world: w.World, tmp_path: Path
) -> None:
    permitted = o.Rule("permission", ("distribute",), ("a1", "a2"), ("cat",), ())
    prohibited = o.Rule("prohibition", ("distribute",), ("s0", "a2"), ("cat",), ())
    agree(world, tmp_path, o.Policy("perm", (permitted, prohibited)))
    assert world.cleared(w.ask("cat", action="distribute")) == {"a1-data", "a2-data"}


CARE = """# title: Care
# family: mine
# effect: permit
# action: read
# description: for the test
# reads: purpose

PREFIX ambit: <https://w3id.org/ambit#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?compartment ?actor ?purpose WHERE {
  ?compartment ambit:hasAudience <https://example.org/a1> . ?actor a <http://xmlns.com/foaf/0.1/Person> .
  ?purpose skos:broaderTransitive* <https://example.org/care> .
}
"""
HOSTILE = """@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:other skos:broader :care , :between . :between skos:broader :care . :care skos:broader :refund .
:policy a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target :a0 ; odrl:assignee :ann ;
  odrl:constraint [ odrl:leftOperand odrl:purpose ; odrl:operator odrl:isA ; odrl:rightOperand :care ] ] .
"""


def test_what_a_file_says_of_a_workspaces_purposes_changes_no_rule_of_the_workspace(
    world: w.World, tmp_path: Path
) -> None:
    """It counts for its own rules; elsewhere `other` is for nothing that `care` is for."""
    path = tmp_path / "policy.ttl"
    path.write_text(w.PREFIXES + HOSTILE)
    read = {f"{ODRL}read": ("read",)}
    made = import_file(path, Options(Settings("odrl", actions=read), base=w.EX + "odrl/"))
    own = [rules.parse(data.decode(), name) for name, data in made.files.items() if name.endswith(".rq")]
    governance = made.files["governance/odrl.ttl"].decode()
    workspace = GIVEN + " ".join(f":{name} skos:broader dpv:Purpose ." for name in PURPOSES) + KNOWN
    shipped = rules.load([rules.SHIPPED]).rules
    mine = rules.parse(CARE, "rules/care.rq")

    def cleared(loaded: Loaded, said: str) -> dict[str, frozenset[str]]:
        assert world.decider.use(loaded) == ()
        world.become(w.triples(said))
        asked = {purpose: w.ask("ann", purpose=purpose, action="read") for purpose in (*PURPOSES, "between")}
        return {purpose: frozenset(world.cleared(question)) for purpose, question in asked.items()}

    before = cleared(Loaded((*shipped, mine)), workspace)
    assert before == {"care": {"a1-data"}, "refund": {"a1-data"}, "other": set(), "between": set()}
    after = cleared(Loaded((*shipped, mine, *own)), governance + workspace)
    assert {purpose: found - {"a0-data"} for purpose, found in after.items()} == before
    assert all("a0-data" in found for found in after.values()), "the file's own rule"
