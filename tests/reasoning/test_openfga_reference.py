"""What an imported OpenFGA store decides is what OpenFGA decides: for all users, objects and relations."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

import fgaworlds as f
import pytest
import worlds as w
from fgareference import Reference
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ambit.graph.terms import NamedNode, Quad, Triple, to_nquads
from ambit.graph.views.worker import Keeper
from ambit.reasoning.importers.openfga import celvalues
from ambit.reasoning.importers.openfga.importing import Options, import_store
from ambit.reasoning.importers.openfga.naming import Names
from ambit.reasoning.importers.openfga.words import (
    Computed,
    Difference,
    Model,
    Ref,
    Relation,
    Rewrite,
    Store,
    This,
    Tuple,
    Type,
)
from ambit.reasoning.importers.words import Import, Status
from ambit.reasoning.rulebase import rules
from ambit.reasoning.rulebase.asking import REQUEST, Asked, Circumstances, ask
from ambit.reasoning.rulebase.rules import Loaded, Rule

BASE = w.EX + "fga/"
Opened = Callable[[str, tuple[str, str]], set[str]]
OPTIONS = Options(base=BASE, now=frozenset({"now"}))
SITE = ":home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU ."


@pytest.fixture(scope="module")
def world() -> Iterator[w.World]:
    world = w.World()
    yield world
    world.close()


@pytest.fixture(scope="module")
def keeper() -> Iterator[Keeper]:
    keeper = Keeper("decisions")
    yield keeper
    keeper.close()


def facts(names: Names, request: Mapping[str, object]) -> frozenset[Triple]:
    """A request's context as its facts."""
    kinds = {name: said for one, _ in f.CONDITIONS.values() for name, said in one.parameters.items()}
    return frozenset(
        Triple(
            NamedNode(REQUEST),
            NamedNode(names.context(name)),
            celvalues.literal(kinds[name].item or kinds[name].kind, one),
        )
        for name, value in request.items()
        for one in (value if isinstance(value, tuple) else (value,))
    )


def compartments() -> str:
    """One for each object, meant for it alone."""
    return "\n".join(
        f":{kind}-{name} a ambit:Compartment ; ambit:comesFrom :s ; ambit:hasSensitivity ambit:Internal ; "
        f"ambit:hasJurisdiction ambit:EU ; ambit:hasAudience <{BASE}{kind}/{name}> ."
        for kind, names in f.THINGS.items()
        for name in names
    )


def imported(model: Model, tuples: list[Tuple]) -> tuple[Import, list[Rule], list[Triple]]:
    """The import, its rules, and a world of governance with a compartment for each object."""
    made = import_store(Store(model, tuple(tuples)), OPTIONS, f.AT)
    own = [rules.parse(data.decode(), path) for path, data in made.files.items() if path.endswith(".rq")]
    people = "\n".join(f"<{BASE}user/{name}> a <{BASE}openfga/type#user> ." for name in f.THINGS["user"])
    said = made.files["governance/openfga.ttl"].decode()
    return made, own, w.triples(said + people + compartments() + SITE)


def compare(
    model: Model, tuples: list[Tuple], made: Import, request: Mapping[str, object], opened: Opened
) -> None:
    """Whether what is opened is what OpenFGA says; of what was narrowed, whether it is no more than that."""
    reference = Reference(model, tuples, {name: test for name, (_, test) in f.CONDITIONS.items()})
    status = {row.what: row.status for row in made.rows if row.kind == "relation"}
    for user in f.THINGS["user"]:
        held = reference.held(("user", user), {**request, "now": f.NOON})
        for node in model.nodes():
            ours = opened(user, node)
            theirs = {f"{kind}-{name}" for (kind, relation), name in held if (kind, relation) == node}
            if status[f"`{node[1]}` of `{node[0]}`"] is Status.TRANSLATED:
                assert ours == theirs, (user, node)
            elif not reference.is_ill(node):
                assert ours <= theirs, (user, node)


def by_rules(keeper: Keeper, model: Model, tuples: list[Tuple], request: Mapping[str, object]) -> None:
    """As the rules say, each asked for each user, all in one batch."""
    made, own, governance = imported(model, tuples)
    keeper.build([to_nquads(Quad(t.subject, t.predicate, t.object) for t in governance)], 0)
    asked = [Asked(rule, f"{BASE}user/{user}") for rule in own for user in f.THINGS["user"]]
    around = Circumstances(None, w.HOME, w.NOW, facts(Names(BASE), request))
    found: dict[tuple[str, str], set[str]] = {}
    for one in ask(keeper.rules, asked, around, deadline=60):
        assert not one.failure
        opens = {iri.removeprefix(w.EX) for iri in one.first("compartment")}
        found[one.asked.actor.rpartition("/")[2], one.asked.rule.title] = opens
    compare(
        model, tuples, made, request, lambda user, node: found.get((user, f"{node[1]} of {node[0]}"), set())
    )


def by_decisions(world: w.World, model: Model, tuples: list[Tuple], request: Mapping[str, object]) -> None:
    """As decided beside the shipped rules."""
    made, own, governance = imported(model, tuples)
    shipped = rules.load([rules.SHIPPED])
    assert world.decider.use(Loaded((*shipped.rules, *own))) == ()
    world.become(governance)
    stated = facts(Names(BASE), request)

    @cache
    def cleared(user: str, relation: str) -> set[str]:
        return world.cleared(
            w.Question(w.Chain(f"{BASE}user/{user}"), None, relation, now=w.NOW, facts=stated)
        )

    compare(
        model,
        tuples,
        made,
        request,
        lambda user, node: {name for name in cleared(user, node[1]) if name.startswith(f"{node[0]}-")},
    )


TRIED = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_an_exclusion_under_a_condition_without_an_answer_takes_away(keeper: Keeper) -> None:
    refs = {"r0": (Ref("user"),), "r1": (Ref("user", condition="level"),), "r2": (), "r3": (Ref("user"),)}
    made: dict[str, Rewrite] = dict.fromkeys(refs, This()) | {
        "r2": Difference(Computed("r0"), Computed("r1"))
    }
    relations = {name: Relation(name, made[name], said, f.AT) for name, said in refs.items()}
    conditions = {name: said for name, (said, _) in f.CONDITIONS.items()}
    model = Model({"user": Type("user", {}, f.AT), "doc": Type("doc", relations, f.AT)}, conditions)
    tuples = [
        Tuple("user", user, "", relation, "doc", "d0", condition, {}, f.AT)
        for user, relation, condition in (("u0", "r0", ""), ("u1", "r0", ""), ("u1", "r1", "level"))
    ]
    for request in ({}, {"level": 0}, {"level": 3}):
        by_rules(keeper, model, tuples, request)


@settings(TRIED, max_examples=30)
@given(st.data())
def test_the_rules_say_what_openfga_says(keeper: Keeper, data: st.DataObject) -> None:
    model = data.draw(f.models())
    by_rules(keeper, model, data.draw(f.tuples(model)), data.draw(f.requests))


@pytest.mark.long
@pytest.mark.timeout(3_600)
@settings(TRIED, max_examples=2_000)
@given(st.data())
def test_the_rules_say_what_openfga_says_of_thousands(keeper: Keeper, data: st.DataObject) -> None:
    model = data.draw(f.models())
    by_rules(keeper, model, data.draw(f.tuples(model)), data.draw(f.requests))


@settings(TRIED, max_examples=6)
@given(st.data())
def test_decisions_are_what_openfga_says(world: w.World, data: st.DataObject) -> None:
    model = data.draw(f.models())
    by_decisions(world, model, data.draw(f.tuples(model)), data.draw(f.requests))
