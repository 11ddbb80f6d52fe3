"""Each regulatory pack by itself, and all together: its rules pass, its cases hold, and hold its rules on both sides."""

from pathlib import Path

import pytest
from worlds import triples

from ambit.graph.rdf.parsing import name_blanks, read_rdf
from ambit.graph.terms import Triple
from ambit.graph.views.worker import Keeper
from ambit.reasoning.cases.cases import read
from ambit.reasoning.cases.trial import Trial
from ambit.reasoning.rulebase.review import mentioned, review
from ambit.reasoning.rulebase.rules import SHIPPED, load

PACKS = SHIPPED.parent / "packs"
NAMES = sorted(path.name for path in PACKS.iterdir())
HOME = "[] a ambit:ServerSite ; ambit:hasJurisdiction ambit:US ."


def governance(name: str) -> frozenset[Triple]:
    (path,) = (PACKS / name / "governance").glob("*.ttl")
    return name_blanks(read_rdf(path.read_bytes(), name=path.name, syntax="turtle"), f"urn:{name}")


@pytest.mark.parametrize("names", [*([name] for name in NAMES), NAMES], ids="+".join)
def test_a_pack_holds_what_it_says(names: list[str]) -> None:
    folders: list[Path] = [PACKS / name / "rules" for name in names]
    loaded = load([SHIPPED, *folders])
    assert not loaded.refused, loaded.refused
    ground = {f"urn:{name}": governance(name) for name in names}
    ground["urn:home"] = frozenset(triples(HOME.replace("[]", ":home")))
    files = [
        read(path.read_bytes(), path.name) for f in folders for path in (f.parent / "cases").glob("*.trig")
    ]
    shown = frozenset(rule for file in files for case in file.cases for rule in case.shows)
    stated = [triple for said in ground.values() for triple in said]
    own = {rule.iri for rule in loaded.rules if not Path(rule.path).is_relative_to(SHIPPED)}
    reviewed = review(
        loaded,
        lambda rule: rule.iri in own,
        lambda wanted: wanted - mentioned(stated, wanted),
        shown,
        refuses=True,
    )
    assert reviewed.loaded == loaded and not reviewed.unshown
    assert {rule.framework for rule in loaded.rules if rule.iri in own} == set(names)
    trial = Trial(loaded, lambda: Keeper("cases"), ground)
    try:
        assert not trial.refused
        for file in files:
            verdict = trial.run(file)
            assert verdict.failed == () and verdict.unshown == ()
        assert [one for one in trial.coverage if one.rule in own and not one.is_two_sided] == []
    finally:
        trial.close()
