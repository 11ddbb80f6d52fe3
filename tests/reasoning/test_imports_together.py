"""Several imports in one workspace: what one says of its own groups adds nobody and nothing to those of another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import worlds as w

from ambit.reasoning.importers.odrl.importing import Options as Odrl
from ambit.reasoning.importers.odrl.importing import import_file as import_odrl
from ambit.reasoning.importers.odrl.translate import Settings
from ambit.reasoning.importers.openfga.importing import Options as OpenFga
from ambit.reasoning.importers.openfga.importing import import_file as import_openfga
from ambit.reasoning.importers.words import Import
from ambit.reasoning.rulebase import rules
from ambit.reasoning.rulebase.rules import Loaded

ODRL = "@prefix odrl: <http://www.w3.org/ns/odrl/2/> .\n" + w.PREFIXES
BASE = w.EX + "both/"


@pytest.fixture(scope="module")
def world() -> Iterator[w.World]:
    world = w.World()
    yield world
    world.close()


def compartments(*anchors: str) -> str:
    return ":home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU . " + " ".join(
        f":c{number} a ambit:Compartment ; ambit:comesFrom :s ; ambit:hasSensitivity ambit:Internal ; "
        f"ambit:hasJurisdiction ambit:EU ; ambit:hasAudience <{anchor}> ."
        for number, anchor in enumerate(anchors)
    )


def become(world: w.World, imports: list[Import], said: str) -> None:
    """Governance and rules of all imports at once, beside the shipped rules."""
    files = [pair for made in imports for pair in made.files.items()]
    own = [rules.parse(data.decode(), path) for path, data in files if path.endswith(".rq")]
    assert world.decider.use(Loaded((*rules.load([rules.SHIPPED]).rules, *own))) == ()
    governance = "\n".join(data.decode() for path, data in files if path.endswith(".ttl"))
    world.become(w.triples(governance + "\n" + said))


def policy(folder: Path, name: str, text: str) -> Import:
    path = folder / f"{name}.ttl"
    path.write_text(ODRL + text)
    return import_odrl(path, Odrl(Settings(name), base=BASE))


FIRST = """
:club a odrl:PartyCollection . :ann odrl:partOf :club . :films a odrl:AssetCollection . :film odrl:partOf :films .
:deal a odrl:Set ; odrl:permission [ odrl:action odrl:play ; odrl:target :films ; odrl:assignee :club ] .
"""
SECOND = """
:club a odrl:PartyCollection . :eve odrl:partOf :club . :diary odrl:partOf :films . :stranger odrl:partOf :others .
:mine a odrl:Set ; odrl:permission [ odrl:action odrl:distribute ; odrl:target :own ; odrl:assignee :club ] .
"""


def test_no_policy_adds_to_the_collections_of_another(world: w.World, tmp_path: Path) -> None:
    said = compartments(f"{w.EX}film", f"{w.EX}diary", f"{w.EX}own")
    become(world, [policy(tmp_path, "first", FIRST), policy(tmp_path, "second", SECOND)], said)
    assert world.cleared(w.ask("ann", action="play")) == {"c0"}
    assert world.cleared(w.ask("eve", action="play")) == set()
    assert world.cleared(w.ask("eve", action="distribute")) == {"c2"}
    assert world.cleared(w.ask("ann", action="distribute")) == set()


def test_who_belongs_to_nothing_that_a_policy_names_is_no_person(world: w.World, tmp_path: Path) -> None:
    become(world, [policy(tmp_path, "second", SECOND)], compartments("https://w3id.org/ambit#Everybody"))
    assert world.cleared(w.ask("eve")) == {"c0"}
    assert world.cleared(w.ask("stranger")) == set()


def test_no_prohibition_grows_by_what_another_file_says(world: w.World, tmp_path: Path) -> None:
    prohibits = FIRST.replace(
        " .\n:deal",
        " .\n:ban a odrl:Set ; odrl:prohibition [ odrl:action odrl:play ; odrl:target :films ] .\n:deal",
    )
    other = ":film odrl:partOf :box . :p a odrl:Set ; odrl:permission [ odrl:action odrl:play ; odrl:target :box ; odrl:assignee :bob ] ."
    said = compartments(f"{w.EX}film", f"{w.EX}diary")
    more = ":diary odrl:partOf :films . :q a odrl:Set ; odrl:permission [ odrl:action odrl:play ; odrl:target :diary ; odrl:assignee :bob ] ."
    become(world, [policy(tmp_path, "first", prohibits), policy(tmp_path, "second", other + more)], said)
    assert world.cleared(w.ask("bob", action="play")) == {"c1"}


MODEL = """
model:
  |
    model
      schema 1.1
    type user
    type group
      relations
        define member: [user]
    type doc
      relations
        define viewer: [group#member, user:*]
tuples:
"""
TUPLES = {
    "first": ["group:eng#member doc:plan", "user:ann group:eng", "user:* doc:open"],
    "second": ["user:eve group:eng", "group:eng#member doc:other"],
}


def store(folder: Path, name: str) -> Import:
    lines = [MODEL]
    for said in TUPLES[name]:
        user, thing = said.split()
        relation = "member" if thing.startswith("group") else "viewer"
        lines.append(f"  - {{user: '{user}', relation: {relation}, object: '{thing}'}}\n")
    path = folder / f"{name}.fga.yaml"
    path.write_text("".join(lines))
    return import_openfga(path, OpenFga(name=name, base=BASE))


def test_no_store_adds_to_the_groups_of_another(world: w.World, tmp_path: Path) -> None:
    said = compartments(*(f"{BASE}doc/{name}" for name in ("plan", "other", "open")))
    become(world, [store(tmp_path, "first"), store(tmp_path, "second")], said)
    held = {
        user: world.cleared(w.Question(w.Chain(f"{BASE}user/{user}"), None, "viewer", now=w.NOW))
        for user in ("ann", "eve")
    }
    assert held == {"ann": {"c0", "c2"}, "eve": {"c1"}}
