"""A workspace's rule is refused, with file and line, for a term that nobody declares or because no case shows it."""

from pathlib import Path

import pytest
from worlds import triples

from ambit.reasoning.rulebase.force import Force
from ambit.reasoning.rulebase.review import Reviewed, mentioned, review
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load

RULE = """# title: T
# family: mine
# effect: {effect}
# action: read
# description: for the test
{more}
PREFIX ambit: <https://w3id.org/ambit#>
PREFIX dpv: <https://w3id.org/dpv#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX : <https://example.org/>

SELECT ?compartment ?actor {{
  ?actor a foaf:Person .
  {body}
  ?compartment ambit:hasAudience ?anchor .
}}"""
GOVERNANCE = triples(":ada :mentors :bob ; org:memberOf :sales . :crm ambit:governs :assists .")
MINE = "urn:ambit:rule:mine/mine"


def reviewed(
    folder: Path,
    body: str = "",
    effect: str = "permit",
    more: str = "",
    shown: frozenset[str] = frozenset({MINE}),
    *,
    refuses: bool = True,
) -> Reviewed:
    (folder / "mine.rq").write_text(RULE.format(effect=effect, body=body, more=f"# {more}\n" if more else ""))
    loaded = load([folder])
    assert not loaded.refused, loaded.refused
    return review(
        loaded,
        lambda rule: True,
        lambda wanted: wanted - mentioned(GOVERNANCE, wanted),
        shown,
        refuses=refuses,
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "?actor :mentors ?anchor .",  # a property of governance
        "?anchor :assists ?actor .",  # one that a source governs
        "?actor ambit:memberOfAll :sales .",
        "?anchor skos:broaderTransitive dpv:Marketing ; ambit:isInFolderAll ?x .",
        "FILTER(xsd:integer('1') = 1)",
    ],
)
def test_what_is_declared_may_be_read(tmp_path: Path, body: str) -> None:
    found = reviewed(tmp_path, body)
    assert found == Reviewed(found.loaded) and [rule.iri for rule in found.loaded.rules] == [MINE]


@pytest.mark.parametrize(
    ("body", "more", "term", "line"),
    [
        ("?actor :mentor ?anchor .", "", "https://example.org/mentor", 16),
        ("?anchor ambit:isOwnedby ?actor .", "", "https://w3id.org/ambit#isOwnedby", 16),
        ("?anchor a foaf:Persona .", "", "http://xmlns.com/foaf/0.1/Persona", 16),
        ("?anchor skos:broader dpv:Marketting .", "", "https://w3id.org/dpv#Marketting", 16),
        ("FILTER NOT EXISTS { ?x a <urn:thing> }", "", "urn:thing", 16),
        ("", "needs: ambit:isAbouve", "https://w3id.org/ambit#isAbouve", 1),
    ],
)
def test_what_nobody_declares_is_refused_with_its_line(
    tmp_path: Path, body: str, more: str, term: str, line: int
) -> None:
    found = reviewed(tmp_path, body, more=more)
    (problem,) = found.loaded.refused
    line += bool(more) and line > 1
    assert found.undeclared and found.loaded.rules == ()
    assert problem.message == (
        f"{tmp_path / 'mine.rq'}:{line}: the rule reads `{term}`, which no ontology and no governance declares"
    )


def test_a_denial_of_what_nobody_declares_closes_as_a_broken_one_does(tmp_path: Path) -> None:
    found = reviewed(tmp_path, "?actor :mentor ?anchor .", "deny")
    force = Force()
    force.change(found.loaded, {})
    (rule,) = force.rules
    assert rule.effect == "deny" and "declares" in rule.failing


@pytest.mark.parametrize("effect", ["permit", "scope", "ask"])
def test_what_gives_without_a_case_is_refused(tmp_path: Path, effect: str) -> None:
    found = reviewed(tmp_path, effect=effect, shown=frozenset({"urn:ambit:rule:mine/other"}))
    (problem,) = found.loaded.refused
    assert problem.message == f"{tmp_path / 'mine.rq'}:1: no case shows `{MINE}`"
    assert not found.loaded.rules and not found.unshown and not found.undeclared
    force = Force()
    force.change(found.loaded, {})
    assert not force.rules


@pytest.mark.parametrize(
    ("effect", "more", "refuses"),
    [("deny", "", True), ("require", "over: ambit:Compartment", True), ("permit", "", False)],
)
def test_what_takes_away_without_a_case_is_in_force_and_told(
    tmp_path: Path, effect: str, more: str, refuses: bool
) -> None:
    found = reviewed(tmp_path, effect=effect, more=more, shown=frozenset(), refuses=refuses)
    assert [rule.iri for rule in found.loaded.rules] == [MINE] and not found.loaded.refused
    (told,) = found.unshown
    assert told.message.endswith(f"mine.rq:1: no case shows `{MINE}`")


def test_shipped_rules_are_not_asked_and_their_terms_are_declared() -> None:
    loaded = load([SHIPPED])
    none: frozenset[str] = frozenset()
    assert review(loaded, lambda rule: False, lambda wanted: wanted, none, refuses=True).loaded == loaded
    everything = frozenset(rule.iri for rule in loaded.rules)
    found = review(loaded, lambda rule: True, lambda wanted: wanted, everything, refuses=True)
    assert found == Reviewed(Loaded(loaded.rules))
