"""What the workspace's owner writes as text: taken in, kept as it was when broken, forgotten when gone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from structlog.testing import capture_logs

from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, node
from ambit.graph.words import Chain, Change, Hints, Record, RecordGraph, Role
from ambit.reasoning.deciding.labels import altered
from ambit.reasoning.deciding.questions import Question
from ambit.server.definitions import Definitions
from ambit.server.layers import Layers
from ambit.server.serversite import server_site
from ambit.server.settings import read
from ambit.server.workspace import Workspace

BROKEN = {
    "ontology/mine.ttl": "@prefix : <urn:mine#> .\n:Thing a \n",
    "shapes/mine.ttl": "this is no Turtle\n",
    "governance/mine.ttl": "@prefix : <urn:mine#> .\n\n:a :b \n",
    "sources/mine.ttl": '<urn:a> <urn:b> "open\n',
    "rules/mine.rq": "# title: mine\nSELECT nothing",
}
DENY = (
    "# title: nobody reads the pages\n# family: mine\n# effect: deny\n# action: read\n"
    "# description: a rule for the test\n# reads:\n"
    "SELECT ?compartment ?actor WHERE { ?compartment <https://w3id.org/ambit#comesFrom> <https://example.com/id/pages> }\n"
)
ENGINELESS = DENY.rstrip() + "\n  ORDER BY STRLEN(?actor, ?actor)\n"
BROKEN["rules/asleep.rq"] = ENGINELESS.replace(
    "# reads:", "# needs: <https://w3id.org/ambit#isAbove>"
).replace("WHERE { ?compartment", "WHERE { ?level <https://w3id.org/ambit#isAbove> ?other . ?compartment")
CASE = """@prefix : <https://example.com/case/> .
@prefix ambit: <https://w3id.org/ambit#> .
:given { :page a ambit:Compartment }
:denied { :q ambit:user :ada ; ambit:cleared :page ; ambit:shows <urn:ambit:rule:mine/mine> }
"""
LABEL = (
    "# title: mine is everybody's\n# family: mine\n# effect: label\n"
    "# description: a rule for the test\n# reads: request\n"
    "PREFIX ambit: <https://w3id.org/ambit#>\n"
    "SELECT ?graph ?aspect ?value ?request WHERE { GRAPH ?request { ?graph ambit:comesFrom <urn:mine> }\n"
    "  BIND(ambit:hasAudience AS ?aspect) BIND(ambit:Everybody AS ?value) }\n"
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("definitions") / "workspace"
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, folder, ignore=ignore_patterns("__*"))
    (folder / "cases" / "mine.trig").write_text(CASE)
    (folder / "sources" / "declared.ttl").write_text("<urn:mine> a <https://w3id.org/ambit#Source> .\n")
    return folder


@contextmanager
def opened(workspace: Path) -> Iterator[Layers]:
    layers = Layers(read(workspace))
    try:
        yield layers
    finally:
        layers.close()


@pytest.fixture(scope="module")
def layers(workspace: Path) -> Iterator[Layers]:
    with opened(workspace) as found:
        yield found


def definitions(layers: Layers) -> Definitions:
    return layers._definitions


def problems(layers: Layers) -> dict[str, str]:
    """What is said of files, by file."""
    system = frozenset({Role.SYSTEM})
    found = {}
    for quad in layers.owner.match(None, node(AMBIT.ABOUT), None, system):
        evidence = layers.owner.match(quad.subject, node(AMBIT.EVIDENCE), None, system)
        said = [e.object.value for e in evidence if isinstance(e.object, Literal)]
        found[quad.object.value.removeprefix("urn:ambit:file:")] = said[0]  # type: ignore[union-attr]
    return found


def everything(layers: Layers, *sources: str) -> dict[str, frozenset[object]]:
    return {
        entry.graph: frozenset(layers.owner.triples(entry.graph))
        for entry in layers.owner.entries()
        if entry.source in sources and entry.graph != "urn:ambit:governance:labels"  # grows with findings
    }


@pytest.mark.parametrize("name", BROKEN)
def test_a_new_broken_file_is_a_problem_while_it_is_there(workspace: Path, layers: Layers, name: str) -> None:
    file = workspace / name
    before = everything(layers, AMBIT.GOVERNANCE, AMBIT.ONTOLOGY, AMBIT.RULES)
    file.write_text(BROKEN[name])
    definitions(layers).changed(file)
    assert list(problems(layers)) == [name]
    assert f'"file":"{file}"' in problems(layers)[name] and '"line":' in problems(layers)[name]
    assert everything(layers, AMBIT.GOVERNANCE, AMBIT.ONTOLOGY, AMBIT.RULES) == before
    file.unlink()
    definitions(layers).changed(file)
    assert problems(layers) == {}


@pytest.mark.parametrize("name", ["governance/people.ttl", "sources/pages.ttl"])
def test_a_file_that_breaks_keeps_its_last_good_version(workspace: Path, layers: Layers, name: str) -> None:
    file = workspace / name
    good = file.read_text()
    before = everything(layers, AMBIT.GOVERNANCE)
    for text in (good + "\n<urn:broken", "", good[: good.index(" ;")]):
        file.write_text(text)
        definitions(layers).changed(file)
        if text:
            assert list(problems(layers)) == [name]
            assert everything(layers, AMBIT.GOVERNANCE) == before
        else:  # a file that is empty says nothing, and that is no mistake
            assert problems(layers) == {}
            assert everything(layers, AMBIT.GOVERNANCE) != before
        file.write_text(good)
        definitions(layers).changed(file)
        assert problems(layers) == {}
        assert everything(layers, AMBIT.GOVERNANCE) == before


def test_a_rule_that_breaks_stays_in_force_and_goes_with_its_file(workspace: Path, layers: Layers) -> None:
    file = workspace / "rules" / "mine.rq"

    def in_force() -> bool:
        return "urn:ambit:rule:mine/mine" in {rule.iri for rule in layers.decider.force.rules}

    file.write_text(DENY)
    definitions(layers).changed(file)
    assert in_force() and problems(layers) == {}
    file.write_text(DENY.replace("?actor WHERE", "WHERE"))
    definitions(layers).changed(file)
    assert in_force() and "rules/mine.rq" in problems(layers)
    file.unlink()
    definitions(layers).changed(file)
    assert not in_force() and problems(layers) == {}


def test_a_record_that_is_withdrawn_as_a_labelling_rule_changes_does_not_come_back(
    workspace: Path, layers: Layers, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, file = layers.owner, workspace / "rules" / "label.rq"
    names = [f"urn:mine:{n}" for n in range(2)]
    hints = Hints("urn:mine", AMBIT.INTERNAL, frozenset({AMBIT.EU}))
    for name in names:
        said = frozenset({Triple(NamedNode(name), node(AMBIT.TEXT), Literal("a text"))})
        owner.commit(Change((Record(name, "urn:mine", (RecordGraph(name, said, hints),)),)))

    def withdrawn() -> None:
        if owner.record(names[0]):
            owner.commit(Change((Record(names[0], "urn:mine"),)))

    def read(*asked: Any) -> tuple[Record, ...]:
        made = altered(*asked)
        assert {record.iri for record in made} >= set(names)
        other = threading.Thread(target=withdrawn, daemon=True)
        other.start()
        other.join(0.5)  # unless it has to wait for what is being committed
        late.append(other)
        return made

    late: list[threading.Thread] = []
    monkeypatch.setattr("ambit.server.definitions.altered", read)
    file.write_text(LABEL)
    definitions(layers).changed(file)
    for other in late:
        other.join(60)
    assert not owner.record(names[0]), "its source does not have it any more"
    (entry,) = owner.record(names[1])
    label = owner.label(entry.compartment) if entry.compartment else None
    assert label and AMBIT.EVERYBODY in label.audience
    monkeypatch.undo()
    file.unlink()
    definitions(layers).changed(file)


def test_the_servers_own_site_is_read_from_governance(workspace: Path, tmp_path: Path) -> None:
    assert server_site(Workspace(workspace)) == ("https://example.com/id/office", frozenset({AMBIT.EU}))
    assert server_site(Workspace(tmp_path)) == ("", frozenset())


def _breaks(file: Path) -> None:
    file.write_text("@prefix : <urn:x#> .\n:a :b")


def _breaks_a_rule(file: Path) -> None:
    file.write_text(DENY.replace("?actor WHERE", "WHERE"))


@pytest.mark.parametrize(
    ("name", "breaks"), [("governance/late.ttl", _breaks), ("rules/late.rq", _breaks_a_rule)]
)
def test_what_went_while_no_server_looked_is_no_problem_any_more(
    tmp_path: Path, name: str, breaks: Callable[[Path], None]
) -> None:
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, tmp_path / "w", ignore=ignore_patterns("__*"))
    file = tmp_path / "w" / name
    breaks(file)
    with opened(tmp_path / "w") as first:
        assert list(problems(first)) == [name]
    with opened(tmp_path / "w") as again:
        assert list(problems(again)) == [name], "it is still broken"
    file.unlink()
    with opened(tmp_path / "w") as last:
        assert problems(last) == {}


def test_a_denial_broken_from_the_start_closes_and_the_log_says_so(tmp_path: Path) -> None:
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, tmp_path / "w", ignore=ignore_patterns("__*"))
    file = tmp_path / "w" / "rules" / "mine.rq"
    file.write_text(DENY.replace("?actor WHERE", "WHERE"))
    ada = Question(Chain("https://example.com/id/ada"), AMBIT.ADMINISTRATION)
    for _ in range(2):  # and it does after a restart
        with capture_logs() as logged, opened(tmp_path / "w") as layers:
            assert layers.decider.decide(ada).clearance.compartments == frozenset()
            assert list(problems(layers)) == ["rules/mine.rq"]
            assert not layers.owner.match(None, None, Literal(str(file)), frozenset({Role.SYSTEM})), "no rule"
        (line,) = [entry for entry in logged if entry["log_level"] == "error"]
        assert (
            line["file"] == str(file) and line["line"] == 7 and line["closes"] == "everything, findings too"
        )
    with opened(tmp_path / "w") as layers:
        file.write_text(DENY)
        definitions(layers).changed(file)
        assert layers.decider.decide(ada).clearance.compartments


PERMIT = DENY.replace("effect: deny", "effect: permit").replace(
    "{ ?compartment",
    "{ ?actor <https://w3id.org/ambit#memberOfAll> <https://example.com/id/everyone> . ?compartment",
)
OTHER = "@prefix foaf: <http://xmlns.com/foaf/0.1/> . <https://example.com/id/carl> a foaf:Person ."


def in_force(layers: Layers) -> set[str]:
    """The rules of the tests below, by name."""
    mine = "urn:ambit:rule:mine/"
    return {rule.iri.removeprefix(mine) for rule in layers.decider.force.rules if rule.iri.startswith(mine)}


@pytest.fixture
def shown(workspace: Path, layers: Layers) -> Iterator[None]:
    """A case that names the rules of the tests below."""
    file = workspace / "cases" / "shown.trig"
    names = ", ".join(f"<urn:ambit:rule:mine/{name}>" for name in ("open", "close", "other"))
    file.write_text(CASE.replace("<urn:ambit:rule:mine/mine>", names))
    definitions(layers).changed(file)
    yield
    file.unlink()
    definitions(layers).changed(file)


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("beside", "broken", "mended"),
    [
        ("rules/close.rq", DENY.replace("?actor WHERE", "WHERE"), DENY),
        ("rules/close.rq", ENGINELESS, DENY),
        ("governance/more.ttl", "<urn:broken", OTHER),
        ("governance/more.ttl", OTHER.replace("carl", "\u0430da"), OTHER),  # looks like somebody else
    ],
    ids=[
        "a denial",
        "a denial that the engine refuses",
        "governance that does not read",
        "governance that is refused",
    ],
)
def test_what_would_open_more_waits_for_what_was_saved_with_it(
    workspace: Path, layers: Layers, beside: str, broken: str, mended: str
) -> None:
    permit, file, other = (
        workspace / "rules" / "open.rq",
        workspace / beside,
        workspace / "rules" / "other.rq",
    )
    permit.write_text(PERMIT)
    file.write_text(broken)
    definitions(layers).changed(permit, file)
    try:
        assert "open" not in in_force(layers)
        assert {"rules/open.rq", beside} <= problems(layers).keys()
        other.write_text(PERMIT)
        definitions(layers).changed(other)
        assert "open" not in in_force(layers) and "other" in in_force(layers)
        file.write_text(mended)
        definitions(layers).changed(file)
        assert {"open", "other"} <= in_force(layers) and problems(layers) == {}
    finally:
        for one in (permit, file, other):
            one.unlink(missing_ok=True)
        definitions(layers).changed(permit, file, other)
    assert not in_force(layers)


@pytest.mark.parametrize(
    ("beside", "broken", "mended"),
    [
        ("rules/close.rq", DENY.replace("?actor WHERE", "WHERE"), DENY),
        ("rules/close.rq", ENGINELESS, DENY),
        ("governance/more.ttl", "<urn:broken", OTHER),
        ("governance/more.ttl", OTHER.replace("carl", "\u0430da"), OTHER),
    ],
    ids=[
        "a denial",
        "a denial that the engine refuses",
        "governance that does not read",
        "governance that is refused",
    ],
)
@pytest.mark.parametrize("is_running", [True, False], ids=["saved while it ran", "saved while it was down"])
def test_what_would_open_more_waits_over_a_restart(
    tmp_path: Path, beside: str, broken: str, mended: str, is_running: bool
) -> None:
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, tmp_path / "w", ignore=ignore_patterns("__*"))
    permit, other, file = (tmp_path / "w" / name for name in ("rules/open.rq", "rules/other.rq", beside))
    names = ", ".join(f"<urn:ambit:rule:mine/{name}>" for name in ("open", "close", "other"))
    (tmp_path / "w" / "cases" / "shown.trig").write_text(CASE.replace("<urn:ambit:rule:mine/mine>", names))
    other.write_text(PERMIT)
    with opened(tmp_path / "w") as layers:
        assert in_force(layers) == {"other"}
        if is_running:
            permit.write_text(PERMIT)
            file.write_text(broken)
            definitions(layers).changed(permit, file)
            assert "open" not in in_force(layers)
    permit.write_text(PERMIT)
    file.write_text(broken)
    for _ in range(2):
        with opened(tmp_path / "w") as layers:
            assert "open" not in in_force(layers) and "other" in in_force(layers)
            assert {"rules/open.rq", beside} <= problems(layers).keys()
    with opened(tmp_path / "w") as layers:
        file.write_text(mended)
        definitions(layers).changed(file)
        assert {"open", "other"} <= in_force(layers) and problems(layers) == {}


@pytest.mark.usefixtures("shown")
def test_a_permit_that_stood_stays_as_it_was_and_what_takes_away_comes_all_the_same(
    workspace: Path, layers: Layers
) -> None:
    permit, deny, broken = (workspace / "rules" / f"{name}.rq" for name in ("open", "close", "other"))
    permit.write_text(PERMIT)
    definitions(layers).changed(permit)
    wider = PERMIT.replace("# title: ", "# title: Wider ")
    permit.write_text(wider)
    deny.write_text(DENY)
    broken.write_text("# effect: deny\nno rule at all")
    definitions(layers).changed(permit, deny, broken)
    try:
        assert in_force(layers) == {"open", "close"}
        assert wider not in {rule.source for rule in layers.decider.force.rules}
        broken.unlink()
        definitions(layers).changed(broken)
        assert wider in {rule.source for rule in layers.decider.force.rules} and problems(layers) == {}
        permit.write_text(PERMIT)
        broken.write_text(PERMIT.replace("?actor WHERE", "WHERE"))  # what could only have given
        definitions(layers).changed(permit, broken)
        assert wider not in {rule.source for rule in layers.decider.force.rules}
        assert "other" not in in_force(layers)
    finally:
        for one in (permit, deny, broken):
            one.unlink(missing_ok=True)
        definitions(layers).changed(permit, deny, broken)


PLACE = "<https://w3id.org/ambit#comesFrom> <https://example.com/id/pages>"
NARROW = DENY.replace(
    PLACE, f"{PLACE} ; <https://w3id.org/ambit#hasSensitivity> <https://w3id.org/ambit#Internal>"
)
"""The denial above, of less."""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A workspace with a denial of all pages, served once."""
    with as_file(files("ambit.server.starter")) as starter:
        copytree(starter, tmp_path / "w", ignore=ignore_patterns("__*"))
    names = ", ".join(f"<urn:ambit:rule:mine/{name}>" for name in ("open", "close", "other"))
    (tmp_path / "w" / "cases" / "shown.trig").write_text(CASE.replace("<urn:ambit:rule:mine/mine>", names))
    (tmp_path / "w" / "rules" / "close.rq").write_text(DENY)
    with opened(tmp_path / "w") as layers:
        assert in_force(layers) == {"close"}
    return tmp_path / "w"


def narrow(file: Path) -> None:
    file.write_text(NARROW)


def wide(file: Path) -> None:
    file.write_text(DENY)


def sources(layers: Layers) -> list[str]:
    """The texts of the denial that are in force."""
    mine = [r for r in layers.decider.force.rules if r.iri.startswith("urn:ambit:rule:mine/close")]
    return [rule.source for rule in mine]


@pytest.mark.parametrize(
    ("change", "held", "after"),
    [(narrow, [NARROW, DENY], [NARROW]), (Path.unlink, [DENY], [])],
    ids=["narrowed", "removed"],
)
@pytest.mark.parametrize("is_running", [True, False], ids=["saved while it ran", "saved while it was down"])
def test_what_takes_less_away_waits_beside_what_was_saved(
    own: Path, change: Callable[[Path], None], held: list[str], after: list[str], is_running: bool
) -> None:
    denial, governance = own / "rules" / "close.rq", own / "governance" / "more.ttl"
    change(denial)
    governance.write_text("<urn:broken")
    if is_running:
        wide(denial)
        governance.unlink()
        with opened(own) as layers:
            change(denial)
            governance.write_text("<urn:broken")
            definitions(layers).changed(denial, governance)
            assert sources(layers) == held
            assert {"rules/close.rq", "governance/more.ttl"} <= problems(layers).keys()
    for _ in range(2):
        with opened(own) as layers:
            assert sources(layers) == held
            assert {"rules/close.rq", "governance/more.ttl"} <= problems(layers).keys()
            definitions(layers).changed(own / "cases" / "shown.trig")  # another save changes nothing
            assert sources(layers) == held
    with opened(own) as layers:
        governance.write_text(OTHER)
        definitions(layers).changed(governance)
        assert sources(layers) == after and problems(layers) == {}
    with opened(own) as layers:
        assert sources(layers) == after


def test_of_several_versions_the_one_before_the_save_stays(own: Path) -> None:
    denial, governance = own / "rules" / "close.rq", own / "governance" / "more.ttl"
    with opened(own) as layers:
        narrow(denial)
        governance.write_text("<urn:broken")
        definitions(layers).changed(denial, governance)
        less = NARROW.replace("#Internal", "#Confidential")
        denial.write_text(less)
        definitions(layers).changed(denial)
        assert sources(layers) == [less, DENY]
        denial.unlink()
        definitions(layers).changed(denial)
        assert DENY in sources(layers)
        wide(denial)
        definitions(layers).changed(denial)
        assert sources(layers) == [DENY] and "rules/close.rq" not in problems(layers)
        denial.write_text(DENY.replace("?actor WHERE", "WHERE"))  # it breaks itself
        definitions(layers).changed(denial)
        assert sources(layers) == [DENY]


@pytest.mark.parametrize("is_running", [True, False], ids=["saved while it ran", "saved while it was down"])
def test_a_workspace_that_was_moved_keeps_what_waits(own: Path, is_running: bool) -> None:
    denial, governance = own / "rules" / "close.rq", own / "governance" / "more.ttl"
    if is_running:
        with opened(own) as layers:
            narrow(denial)
            governance.write_text("<urn:broken")
            definitions(layers).changed(denial, governance)
    narrow(denial)
    governance.write_text("<urn:broken")
    moved = own.rename(own.with_name("moved"))
    with opened(moved) as layers:
        assert sources(layers) == [NARROW, DENY]
        (moved / "governance" / "more.ttl").unlink()
        definitions(layers).changed(moved / "governance" / "more.ttl")
        assert sources(layers) == [NARROW]


@pytest.mark.parametrize("change", [narrow, Path.unlink], ids=["changed", "removed"])
def test_a_labelling_rule_stays_as_it_was(own: Path, change: Callable[[Path], None]) -> None:
    label, governance = own / "rules" / "label.rq", own / "governance" / "more.ttl"
    text = LABEL.replace("<urn:mine>", "<https://example.com/id/pages>")

    def labels(layers: Layers) -> list[str]:
        return [rule.source for rule in layers.decider.force.rules if rule.path.startswith(str(label))]

    with opened(own) as layers:
        label.write_text(text)
        definitions(layers).changed(label)
        assert labels(layers) == [text]
        if change is narrow:
            label.write_text(text.replace("Everybody", "Administrators"))
        else:
            label.unlink()
        governance.write_text("<urn:broken")
        definitions(layers).changed(label, governance)
        assert labels(layers) == [text] and "rules/label.rq" in problems(layers)
        governance.unlink()
        definitions(layers).changed(governance)
        assert labels(layers) != [text] and problems(layers) == {}
