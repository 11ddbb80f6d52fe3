"""A served workspace's rules are reviewed as files come and go: cases, ontologies, governance."""

from collections.abc import Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from ambit.graph.terms import Literal
from ambit.graph.vocabulary import AMBIT, node
from ambit.graph.words import Role
from ambit.server.layers import Layers
from ambit.server.policy import test as run_cases
from ambit.server.settings import read
from ambit.server.workspace import Workspace

RULE = """# title: Mentors
# family: mine
# effect: permit
# action: read
# description: for the test

PREFIX ambit: <https://w3id.org/ambit#>
PREFIX my: <https://example.com/id/>

SELECT ?compartment ?actor { ?actor my:mentors ?somebody . ?compartment ambit:hasAudience my:everyone }
"""
CASE = """@prefix : <https://example.com/case/> .
@prefix ambit: <https://w3id.org/ambit#> .
@prefix my: <https://example.com/id/> .
:given {
  :page a ambit:Compartment ; ambit:comesFrom my:pages ; ambit:hasSensitivity ambit:Internal ;
    ambit:hasJurisdiction ambit:EU ; ambit:hasAudience my:everyone .
  my:cid my:mentors my:ben .
}
:allowed { :q ambit:user my:cid ; ambit:cleared :page ; ambit:shows <urn:ambit:rule:mine/mentors> . }
"""
TERMS = "my:mentors a owl:ObjectProperty .\n"
ONTOLOGY = (
    "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix my: <https://example.com/id/> .\n" + TERMS
)
MENTORS = "urn:ambit:rule:mine/mentors"


class Place:
    """A served workspace, in which files come and go."""

    def __init__(self, folder: Path, **settings: str):
        with as_file(files("ambit.server.starter")) as starter:
            copytree(starter, folder, ignore=ignore_patterns("__*"))
        self.root = folder
        self.layers = Layers(read(folder, **settings))

    def save(self, name: str, text: str | None) -> None:
        file = self.root / name
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        again = self.layers._definitions.changed(file)
        while again:  # an ontology is read once it has settled
            again = [more for path in again for more in self.layers._definitions.changed(path)]

    @property
    def is_in_force(self) -> bool:
        return MENTORS in {rule.iri for rule in self.layers.decider.force.rules}

    def finding(self, name: str) -> str:
        """What the finding about a file says; empty where there is none."""
        about = node(f"urn:ambit:file:{name}")
        messages = [
            said.object.value
            for found in self.layers.owner.match(None, node(AMBIT.ABOUT), about, frozenset({Role.SYSTEM}))
            for said in self.layers.owner.match(
                found.subject,
                node("http://www.w3.org/ns/shacl#resultMessage"),
                None,
                frozenset({Role.SYSTEM}),
            )
            if isinstance(said.object, Literal)
        ]
        return " ".join(messages)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    made: list[Place] = []

    def make(**settings: str) -> Place:
        made.append(Place(tmp_path / "w", **settings))
        return made[-1]

    yield make
    for one in made:
        one.layers.close()


def test_a_rule_is_in_force_when_its_terms_and_its_case_are_there(place: Callable[..., Place]) -> None:
    here = place(rules_without_case="refuse")
    here.save("rules/mentors.rq", RULE)
    assert not here.is_in_force
    assert (
        "mentors.rq:10: the rule reads `https://example.com/id/mentors`, which no ontology"
        in here.finding("rules/mentors.rq")
    )
    here.save("ontology/mine.ttl", ONTOLOGY)
    assert not here.is_in_force
    assert f"mentors.rq:1: no case shows `{MENTORS}`" in here.finding("rules/mentors.rq")
    here.save("cases/mentors.trig", CASE[:-9])
    assert not here.is_in_force and "does not parse" in here.finding("cases/mentors.trig")
    here.save("cases/mentors.trig", CASE)
    assert here.is_in_force
    assert not here.finding("rules/mentors.rq") and not here.finding("cases/mentors.trig")
    assert run_cases(Workspace(here.root)).holds


def test_a_case_file_that_is_refused_is_told_and_not_the_rules_that_it_may_show(
    place: Callable[..., Place],
) -> None:
    here = place(rules_without_case="refuse")
    here.save("ontology/mine.ttl", ONTOLOGY)
    here.save("rules/mentors.rq", RULE)
    here.save("cases/mentors.trig", CASE)
    assert run_cases(Workspace(here.root)).holds
    here.save("cases/mentors.trig", CASE[:-9])
    (problem,) = run_cases(Workspace(here.root)).problems
    assert "cases/mentors.trig:" in problem.message and "does not parse" in problem.message


def test_what_was_reviewed_stays_in_force(place: Callable[..., Place]) -> None:
    """As the earlier version of a refused file does, also over a start."""
    here = place(rules_without_case="refuse")
    here.save("governance/mine.ttl", "@prefix my: <https://example.com/id/> . my:ada my:mentors my:ben .")
    here.save("cases/mentors.trig", CASE)
    here.save("rules/mentors.rq", RULE)
    assert here.is_in_force
    here.save("cases/mentors.trig", None)
    assert here.is_in_force and "no case shows" in here.finding("rules/mentors.rq")
    here.layers.close()
    here.layers = Layers(read(here.root, rules_without_case="refuse"))
    assert here.is_in_force and "no case shows" in here.finding("rules/mentors.rq")
    report = run_cases(Workspace(here.root))
    assert not report.holds and any("no case shows" in problem.message for problem in report.problems)


def test_at_a_start_terms_are_declared_by_files_that_are_not_in_the_store_yet(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    here = Place(folder)
    here.layers.close()
    (folder / "rules" / "mentors.rq").write_text(RULE)
    (folder / "cases" / "mentors.trig").write_text(CASE)
    (folder / "governance" / "mine.ttl").write_text(
        "@prefix my: <https://example.com/id/> . my:ada my:mentors my:ben ."
    )
    here.layers = Layers(read(folder, rules_without_case="refuse"))
    try:
        assert here.is_in_force
    finally:
        here.layers.close()


def test_the_setting_lets_a_rule_without_a_case_in_and_says_so(place: Callable[..., Place]) -> None:
    here = place(rules_without_case="warn")
    here.save("ontology/mine.ttl", ONTOLOGY)
    here.save("rules/mentors.rq", RULE)
    assert here.is_in_force and "no case shows" in here.finding("rules/mentors.rq")
    assert run_cases(Workspace(here.root), refuses_unshown=False).holds


def test_a_case_that_comes_out_the_same_without_its_rule_is_a_problem(place: Callable[..., Place]) -> None:
    here = place(rules_without_case="refuse")
    here.save("ontology/mine.ttl", ONTOLOGY)
    here.save(
        "cases/mentors.trig",
        CASE.replace("my:cid my:mentors my:ben .", "").replace(":allowed", ":denied"),
    )
    here.save("rules/mentors.rq", RULE)
    assert here.is_in_force  # at load it is enough that a case names it
    report = run_cases(Workspace(here.root))
    assert [p.message for p in report.problems if "comes out the same" in p.message]
