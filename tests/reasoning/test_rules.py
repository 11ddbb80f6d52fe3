"""Rules as files: what is refused at load, the stranger test, and the earlier version that stays in force."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import World, ask, triples

from ambit.graph.errors import RuleInvalid, Unavailable
from ambit.graph.words import Label
from ambit.reasoning.rulebase.recorded import record, restore
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse
from ambit.reasoning.rulebase.waiting import BEFORE

HEADER = """# title: A title
# family: local
# effect: permit
# action: read
# description: A sentence
#   that goes on.
"""
PROLOGUE = "PREFIX ambit: <https://w3id.org/ambit#>\nPREFIX : <https://example.org/>\n"
QUERY = PROLOGUE + "SELECT ?compartment ?actor WHERE { ?compartment ambit:hasAudience ?actor }\n"


def test_shipped_rules_load() -> None:
    loaded = load([SHIPPED])
    assert not loaded.refused
    effects = {"permit", "scope", "require", "deny", "approve", "level", "place", "use", "rank", "label"}
    assert {r.effect for r in loaded.rules} == effects
    for rule in loaded.rules:
        assert rule.iri == f"urn:ambit:rule:{Path(rule.path).parent.name}/{Path(rule.path).stem}"


def test_a_header_is_read() -> None:
    rule = parse(HEADER + QUERY, "/rules/mine.rq")
    assert rule.iri == "urn:ambit:rule:local/mine"
    assert rule.description == "A sentence that goes on."
    assert rule.actions == {"read"} and rule.columns == ("compartment", "actor")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (QUERY, 1, "lacks `title`"),
        (HEADER.replace("# action: read\n", "") + QUERY, 3, "lacks `action`"),
        (HEADER.replace("permit", "allow") + QUERY, 3, "`allow` is no effect"),
        (HEADER + "# colour: red\n" + QUERY, 7, "no `colour`"),
        (HEADER + "# title: Another\n" + QUERY, 7, "twice"),
        (HEADER + "# reads: weather\n" + QUERY, 7, "cannot read `weather`"),
        (HEADER + "# over: ambit:Compartment\n" + QUERY, 7, "`over` belongs to"),
        (HEADER.replace("permit", "require") + QUERY, 3, "`over` belongs to"),
        (
            HEADER.replace("permit", "require")
            + "# over: ambit:Compartment\n# needs: ambit:isClearedTo\n"
            + QUERY,
            8,
            "does not belong to a requirement",
        ),
        (HEADER.replace("permit", "require") + "# over: nope:X\n" + QUERY, 7, "`nope:X` is no IRI"),
        (HEADER + "# public: maybe\n" + QUERY, 7, "`public` is `yes`"),
        (HEADER.replace("local", "Two Words") + QUERY, 2, "is no family"),
        (HEADER + "# reads: purpose\n" + QUERY, 10, "does not project `?purpose`"),
        (
            HEADER + QUERY.replace("?compartment ?actor WHERE", "?compartment WHERE"),
            9,
            "does not project `?actor`",
        ),
        (HEADER + QUERY.replace("?compartment ?actor WHERE", "* WHERE"), 9, "names what it projects"),
        (HEADER + QUERY.replace("WHERE {", "WHERE { FILTER(?purpose = :x) "), 9, "mentions `?purpose`"),
        (HEADER + QUERY.replace("?actor WHERE", "?actor ?purpose WHERE"), 9, "no column `?purpose`"),
        (
            HEADER
            + QUERY.replace("{ ?", "{ ?compartment a :X .\n { SELECT ?compartment { ?").replace(
                "}\n", "} } }\n"
            ),
            10,
            "mentions `?actor` and does not project it",
        ),
        (
            HEADER
            + QUERY.replace("{ ?", "{ ?c a :X . FILTER EXISTS {\n SELECT ?compartment { ?").replace(
                "}\n", "} } }\n"
            ),
            10,
            "mentions `?actor` and does not project it",
        ),
        (HEADER + QUERY.replace("}\n", "BIND(:ada AS ?actor) }\n"), 9, "cannot be assigned"),
        (HEADER + QUERY.replace("?actor WHERE", "(:ada AS ?actor) WHERE"), 9, "cannot be assigned"),
        (HEADER + QUERY.replace("?actor }", "?anybody }"), 1, "does not mention `?actor`"),
        (HEADER + QUERY.replace("}\n", "FILTER(NOW() > 0) }\n"), 9, "has no `NOW`"),
        (HEADER + QUERY.replace("}\n", "FILTER(rand() > 0) }\n"), 9, "has no `RAND`"),
        (HEADER + QUERY.replace("WHERE", "FROM <urn:x> WHERE"), 1, "no dataset of its own"),
        (HEADER + QUERY.replace("}\n", "SERVICE <http://example.org/> { ?a ?b ?c } }\n"), 9, "SERVICE"),
        (HEADER + QUERY.replace("?actor }", "?actor"), 10, ""),
        (HEADER + PROLOGUE + "ASK { ?compartment ambit:hasAudience ?actor }", 1, "not `ASK`"),
        (HEADER + PROLOGUE + "DELETE WHERE { ?a ?b ?c }", 9, ""),
        (
            HEADER.replace("permit", "rank")
            + PROLOGUE
            + "SELECT ?deployment ?cost { ?deployment :of ?actor ; :c ?cost }",
            9,
            "",
        ),
    ],
)
def test_a_broken_rule_is_refused_with_file_and_line(text: str, line: int, message: str) -> None:
    with pytest.raises(RuleInvalid) as refusal:
        parse(text, "/rules/mine.rq")
    assert message in refusal.value.message
    assert refusal.value.details == {"file": "/rules/mine.rq", "line": line}


def test_files_that_are_no_text_or_too_much_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.rq").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "huge.rq").write_text("#" * 200_000)
    (tmp_path / "good.rq").write_text(HEADER + QUERY)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "good.rq").write_text(HEADER + QUERY)
    loaded = load([tmp_path])
    assert [rule.path for rule in loaded.rules] == [str(tmp_path / "good.rq")]
    assert sorted(Path(str(e.details["file"])).name for e in loaded.refused) == [
        "binary.rq",
        "good.rq",
        "huge.rq",
    ]


def test_escapes_are_decoded_before_a_rule_is_looked_at() -> None:
    hidden = HEADER + QUERY.replace("}\n", "SER\\u0056ICE <http://example.org/> { ?a ?b ?c } }\n")
    with pytest.raises(RuleInvalid):
        parse(hidden, "/rules/mine.rq")


def test_rules_as_resources_come_back() -> None:
    label = Label("urn:s", "urn:x", frozenset({"urn:j"}), frozenset({"urn:a"}))
    rules = load([SHIPPED]).rules
    (before, *_) = [rule for rule in rules if rule.effect == "deny"]  # a version that stays beside another
    rules += (replace(before, iri=before.iri + BEFORE, path=before.path + BEFORE),)
    back = restore(record(rules, label).graphs[0].triples)
    assert not back.refused
    assert sorted(back.rules, key=lambda r: r.iri) == sorted(rules, key=lambda r: r.iri)


# -- in force

PEOPLE = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:ada a foaf:Person ; org:memberOf :support .
:page a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Open ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :support .
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.become(triples(PEOPLE))
    yield world
    world.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?compartment ?actor { ?compartment a ambit:Compartment . FILTER(?actor != :ada) }",
        "SELECT ?compartment ?actor { ?compartment a ambit:Compartment OPTIONAL { ?actor a :Friend } }",
        "SELECT ?compartment ?actor { ?compartment ambit:comesFrom :notThereYet . OPTIONAL { ?actor a :Friend } }",
        "SELECT ?compartment ?actor { ?compartment ambit:hasAudience :later MINUS { ?actor a :Foe } }",
    ],
)
@pytest.mark.parametrize("effect", ["permit", "scope", "ask"])
def test_a_rule_that_gives_to_strangers_is_refused(world: World, query: str, effect: str) -> None:
    text = HEADER.replace("permit", effect) + PROLOGUE + query
    shipped = load([SHIPPED]).rules
    world.decider.use(Loaded(shipped))
    refused = world.decider.use(Loaded((*shipped, parse(text, "/rules/open.rq"))))
    assert [error.details["file"] for error in refused] == ["/rules/open.rq"]
    assert "nobody knows" in refused[0].message
    assert world.decider.force.rules == tuple(sorted(shipped, key=lambda rule: rule.iri))
    public = text.replace("# action", "# public: yes\n# action")
    assert not world.decider.use(Loaded((*shipped, parse(public, "/rules/open.rq"))))


def test_a_place_rule_that_takes_any_site_is_refused(world: World) -> None:
    text = HEADER.replace("permit", "place").replace("# action", "# reads: site\n# action")
    query = (
        PROLOGUE
        + "SELECT ?compartment ?site { ?compartment a ambit:Compartment OPTIONAL { ?site a ambit:Site } }"
    )
    refused = world.decider.use(Loaded((*load([SHIPPED]).rules, parse(text + query, "/rules/anywhere.rq"))))
    assert len(refused) == 1


def test_a_public_rule_is_for_everybody(world: World) -> None:
    text = HEADER.replace("# action", "# public: yes\n# action") + PROLOGUE
    query = "SELECT ?compartment ?actor { ?compartment ambit:hasSensitivity ambit:Open }"
    world.decider.use(Loaded((*load([SHIPPED]).rules, parse(text + query, "/rules/open.rq"))))
    assert world.cleared(ask("whoever")) == {"page"}
    world.decider.use(load([SHIPPED]))
    assert world.cleared(ask("whoever")) == set()


def test_a_file_that_broke_keeps_its_earlier_version_in_force(world: World, tmp_path: Path) -> None:
    file = tmp_path / "closed.rq"
    deny = HEADER.replace("permit", "deny") + PROLOGUE
    file.write_text(
        deny + "SELECT ?compartment ?actor { ?compartment ambit:comesFrom :wiki FILTER(?actor = :ada) }"
    )
    assert not world.decider.use(load([SHIPPED, tmp_path]))
    assert world.cleared(ask("ada")) == set()
    file.write_text(deny + "SELECT ?compartment { ?compartment ambit:comesFrom :wiki FILTER(?actor = :ada) }")
    refused = world.decider.use(load([SHIPPED, tmp_path]))
    assert [error.details["line"] for error in refused] == [9]
    assert world.cleared(ask("ada")) == set()
    again = World(load([SHIPPED]))
    try:  # after a restart the earlier version comes from the graph
        label = Label("urn:s", "urn:x", frozenset({"urn:j"}), frozenset({"urn:a"}))
        again.become(triples(PEOPLE))
        again.decider.use(restore(record(world.decider.force.rules, label).graphs[0].triples))
        assert again.decider.use(load([SHIPPED, tmp_path]))
        assert again.cleared(ask("ada")) == set()
    finally:
        again.close()
    file.unlink()
    assert not world.decider.use(load([SHIPPED, tmp_path]))
    assert world.cleared(ask("ada")) == {"page"}


def test_a_rule_that_opens_to_strangers_keeps_its_earlier_version(world: World, tmp_path: Path) -> None:
    file = tmp_path / "guests.rq"
    pattern = "SELECT ?compartment ?actor { ?compartment ambit:comesFrom :wiki . %s }"
    file.write_text(HEADER + PROLOGUE + pattern % "FILTER(?actor = :guest)")
    assert not world.decider.use(load([SHIPPED, tmp_path]))
    file.write_text(HEADER + PROLOGUE + pattern % "FILTER(?actor != :ada)")
    assert world.decider.use(load([SHIPPED, tmp_path]))
    assert world.cleared(ask("guest")) == {"page"}
    assert world.cleared(ask("stranger")) == set()
    assert not world.decider.use(load([SHIPPED]))


# -- a file that should close, and is broken from the start

WIKI = """
:home a ambit:ServerSite ; ambit:hasJurisdiction ambit:EU .
:ada a foaf:Person ; org:memberOf :support .
:page a ambit:Compartment , :Secret ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Open ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience :support .
:board a ambit:Compartment ; ambit:comesFrom :wiki ; ambit:hasSensitivity ambit:Open ;
  ambit:hasJurisdiction ambit:EU ; ambit:hasAudience ambit:Everybody .
"""
UNREADABLE = PROLOGUE + "SELECT ?compartment ?actor { ?compartment ambit:hasAudience ?actor"
REQUIRE = HEADER.replace("permit", "require") + "# over: :Secret\n"
ALL: set[str] = {"page", "board"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (HEADER.replace("permit", "deny") + UNREADABLE, set()),
        (HEADER.replace("permit", "deny").replace("read", "read write") + UNREADABLE, set()),
        (HEADER.replace("permit", "deny").replace("action: read", "action: write") + UNREADABLE, ALL),
        (
            HEADER.replace("permit", "deny").replace("action: read", "action: write\n#   read") + UNREADABLE,
            set(),
        ),
        (HEADER.replace("permit", "deny").replace("action: read", "action write") + QUERY, set()),
        (REQUIRE + UNREADABLE, {"board"}),
        (REQUIRE.replace("# description: A sentence\n#   that goes on.\n", "") + QUERY, {"board"}),
        (REQUIRE.replace(":Secret", ":No where") + UNREADABLE, set()),
        (REQUIRE.replace(":Secret", "nope:Secret") + UNREADABLE, set()),
        (REQUIRE.replace("# over: :Secret\n", "") + UNREADABLE, set()),
        (REQUIRE + "# over: :Other\n" + UNREADABLE, set()),
        (REQUIRE + UNREADABLE.replace("}", "") + ' "open', set()),
        (HEADER.replace("permit", "requires") + QUERY, set()),
        (HEADER.replace("permit", "Deny") + QUERY, set()),
        ("\n  " + HEADER.replace("permit", "deny") + QUERY, set()),
        ("\ufeff# effect: deny", set()),
        ("# denies all but the board", set()),
        ("# effect: permit\n# effect: deny\n", set()),
        (HEADER + UNREADABLE, ALL),
        (HEADER.replace("A sentence", "Deny nobody") + UNREADABLE, ALL),
        (HEADER.replace("permit", "allow") + QUERY, ALL),
        (UNREADABLE, ALL),
        ("", ALL),
        (HEADER.replace("permit", "label") + UNREADABLE, ALL),
    ],
)
def test_a_broken_file_that_should_close_does_at_its_first_start(
    tmp_path: Path, text: str, left: set[str]
) -> None:
    (tmp_path / "mine.rq").write_text(text)
    world = World(load([SHIPPED, tmp_path]))
    try:
        world.become(triples(WIKI))
        decision = world.decider.decide(ask("ada"))
        assert {iri.rpartition("/")[2] for iri in decision.clearance.compartments} == left
        assert bool(decision.failures) == (left != ALL)
        assert world.decider.decide(ask("ada")) is decision, "that it fails is known, so it is kept"
        (tmp_path / "mine.rq").unlink()
        assert not world.decider.use(load([SHIPPED, tmp_path]))
        assert world.cleared(ask("ada")) == ALL
    finally:
        world.close()


def test_a_file_in_utf_16_that_should_close_does(tmp_path: Path) -> None:
    (tmp_path / "mine.rq").write_bytes((HEADER.replace("permit", "deny") + QUERY).encode("utf-16"))
    (broken,) = load([tmp_path]).broken
    assert broken.closes is not None and broken.closes.over is None


def test_a_denial_whose_name_is_taken_closes_unless_it_says_the_same(world: World, tmp_path: Path) -> None:
    deny = HEADER.replace("permit", "deny") + PROLOGUE
    deny += "SELECT ?compartment ?actor { ?compartment ambit:comesFrom :wiki FILTER(?actor = :ada) }"
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.rq").write_text(deny)
    world.decider.use(load([SHIPPED, tmp_path]))
    assert world.cleared(ask("ada")) == set()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine.rq").write_text(HEADER + QUERY)
    assert world.decider.use(load([SHIPPED, tmp_path]))
    assert world.decider.decide(ask("ada")).clearance.compartments == frozenset()
    (tmp_path / "a" / "mine.rq").write_text(deny)
    assert world.decider.use(load([SHIPPED, tmp_path]))
    assert not [rule for rule in world.decider.force.rules if rule.failing]
    world.decider.use(load([SHIPPED]))


def test_the_earlier_version_is_found_by_the_rules_name_where_its_file_was_moved(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    file = tmp_path / "here" / "mine.rq"
    deny = HEADER.replace("permit", "deny") + PROLOGUE
    file.write_text(
        deny + "SELECT ?compartment ?actor { ?compartment ambit:comesFrom :x FILTER(?actor = :ada) }"
    )
    assert not world.decider.use(load([SHIPPED, tmp_path]))
    moved = file.rename(tmp_path / "mine.rq")
    for text in (HEADER.replace("permit", "deny") + UNREADABLE, "# deny, and no header"):
        moved.write_text(text)
        assert len(world.decider.use(load([SHIPPED, tmp_path]))) == 1
        (mine,) = (rule for rule in world.decider.force.rules if rule.path == str(moved))
        assert mine.iri == "urn:ambit:rule:local/mine" and not mine.failing
        assert world.cleared(ask("ada")) == {"page"}
    world.decider.use(load([SHIPPED]))


SLEEPS = HEADER.replace("permit", "deny") + "# needs: :isSecret\n" + PROLOGUE
NEEDY = SLEEPS + "SELECT ?compartment ?actor {\n  ?compartment :isSecret ?x %s }"
FAILING = [
    ("FILTER(<urn:nothing>(?x))", 1, "<urn:nothing> is not supported"),
    ("\n  FILTER(BOUND(:a))", 12, "expected"),
]


@pytest.mark.parametrize(("filter", "line", "message"), FAILING)
def test_a_denial_that_the_engine_refuses_is_refused_while_it_sleeps(
    tmp_path: Path, filter: str, line: int, message: str
) -> None:
    file, world = tmp_path / "mine.rq", World()
    try:
        world.become(triples(WIKI))
        file.write_text(NEEDY % filter)
        for _ in range(2):
            (refused,) = world.decider.use(load([SHIPPED, tmp_path]))
            assert refused.details == {"file": str(file), "line": line} and message in refused.message
            decision = world.decider.decide(ask("ada"))
            assert not decision.clearance.compartments and decision.failures
        file.write_text(NEEDY % "")
        assert not world.decider.use(load([SHIPPED, tmp_path]))
        assert world.cleared(ask("ada")) == ALL
        file.write_text(NEEDY % filter)
        assert world.decider.use(load([SHIPPED, tmp_path]))
        assert world.cleared(ask("ada")) == ALL, "the earlier version stays, and sleeps"
        world.become(triples(WIKI + ":page :isSecret 1 ."))
        assert world.cleared(ask("ada")) == {"board"}
    finally:
        world.close()


@pytest.mark.parametrize("filter", [filter for filter, _, _ in FAILING])
def test_a_denial_that_nobody_could_try_closes_when_it_wakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filter: str
) -> None:
    def dead(*args: object, **more: object) -> object:
        raise Unavailable("the worker has died")

    (tmp_path / "mine.rq").write_text(NEEDY % filter)
    world = World()
    try:
        world.become(triples(WIKI))
        with monkeypatch.context() as patch:
            patch.setattr(world.decider, "rules", dead)
            world.decider.use(load([SHIPPED, tmp_path]))
        assert world.cleared(ask("ada")) == ALL
        world.become(triples(WIKI + ":page :isSecret 1 ."))
        decision = world.decider.decide(ask("ada"))
        assert not decision.clearance.compartments and decision.failures
    finally:
        world.close()


def test_a_hint_names_reads_only_for_what_can_be_read() -> None:
    """What `reads` cannot name is in every rule's question."""
    inside = HEADER + "# reads: now\n" + QUERY.replace("?actor WHERE", "?actor ?now WHERE")
    for name, hint in (
        ("actor", "write `SELECT … ?actor`"),
        ("now", "write `SELECT … ?now`, and `now` in the header's `reads`"),
    ):
        body = f"{{ ?compartment ambit:p ?actor, ?now . {{ SELECT ?compartment {{ ?compartment ambit:q ?{name} }} }} }}"
        with pytest.raises(RuleInvalid) as refused:
            parse(inside[: inside.index("WHERE")] + "WHERE " + body, "family/mine.rq")
        assert "does not project it" in refused.value.message and refused.value.hint == hint
