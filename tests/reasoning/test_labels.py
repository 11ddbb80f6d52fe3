"""Labels, governed relations and closure through commits of the real store."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from house import PEOPLE, House, record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import EX, ask, ex, triples

from ambit.graph.terms import NamedNode, Triple
from ambit.graph.views.calls import RuleCall
from ambit.graph.vocabulary import AMBIT, ORG, node
from ambit.graph.words import Hints, Label, Record, RecordGraph, Role
from ambit.reasoning.deciding import labels as labelling
from ambit.reasoning.deciding.labels import altered, labels
from ambit.reasoning.governance.governance import INFERRED, governance_record
from ambit.reasoning.rulebase.rules import SHIPPED, Loaded, load, parse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def test_a_label_from_the_source(house: House) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."))
    assert house.label_of("page") == Label(
        ex("wiki"), AMBIT.INTERNAL, frozenset({AMBIT.EU}), frozenset({ex("support")})
    )


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        ({"countries": frozenset({"DE"})}, {AMBIT.EU}),
        ({"countries": frozenset({"DE", "US"})}, {AMBIT.EU, AMBIT.US}),
        ({"countries": frozenset({"DE"}), "jurisdictions": frozenset({AMBIT.US})}, {AMBIT.EU, AMBIT.US}),
        ({"jurisdictions": frozenset({AMBIT.CA})}, {AMBIT.CA}),
        ({"countries": frozenset({"BR"})}, None),
        ({"countries": frozenset({""})}, None),
        ({"countries": frozenset({"DE", "BR"})}, None),
        ({"countries": frozenset({"BR"}), "jurisdictions": frozenset({AMBIT.US})}, None),
    ],
)
def test_jurisdictions(house: House, hints: dict[str, frozenset[str]], expected: set[str] | None) -> None:
    house.commit(record("row", "wiki", ":row :says 1 .", **hints))
    made = house.label_of("row")
    assert (set(made.jurisdictions) if made else None) == expected


@pytest.mark.parametrize("missing", ["sensitivity", "jurisdictions", "anchors"])
def test_an_incomplete_label_is_none(house: House, missing: str) -> None:
    hints: dict[str, object] = {
        "sensitivity": AMBIT.OPEN,
        "jurisdictions": frozenset({AMBIT.EU}),
        "anchors": frozenset({ex("ada")}),
    }
    house.commit(record("row", "crm", ":row :says 1 .", **hints))
    assert house.reads("ada", "row")
    del hints[missing]
    house.commit(record("row", "crm", ":row :says 1 .", **hints))
    assert house.label_of("row") is None
    assert not house.reads("ada", "row")


def test_labels_that_lack_a_part(house: House) -> None:
    whole = Hints(ex("crm"), AMBIT.OPEN, frozenset({AMBIT.EU}), anchors=frozenset({ex("ada")}))
    parts = [
        replace(whole, sensitivity=None),
        replace(whole, jurisdictions=frozenset()),
        replace(whole, anchors=frozenset()),
        replace(whole, source=ex("unheard-of")),
    ]
    made = labels(house.decider, [whole, *parts])
    assert [one is not None for one in made] == [True, False, False, False, True]


def test_two_sensitivities_are_none(house: House) -> None:
    house.govern(PEOPLE + ":wiki ambit:hasSensitivity ambit:Open .")
    house.commit(record("page", "wiki", ":page :says 1 ."))
    assert house.label_of("page") is None


def test_what_a_source_governs_counts_and_nothing_else(house: House) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."))
    assert not house.reads("ada", "page")
    for source, graph in (("wiki", "note"), ("crm", "customer")):
        house.commit(
            record(
                graph,
                source,
                ":ada org:memberOf :support , ambit:Administrators . :page ambit:isSharedWith :ada .",
            )
        )
        assert not house.reads("ada", "page")
        assert not house.reads("ada", "page", AMBIT.ADMINISTRATION)
    house.commit(record("staff", "hr", ":ada org:memberOf :support ."))
    assert house.reads("ada", "page")
    assert not house.reads("bob", "page")
    house.commit(Record(ex("staff-record"), ex("hr")))
    assert not house.reads("ada", "page")


def test_nobody_governs_labels_who_governs_or_what_an_agent_is(house: House) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."))
    page = house.owner.entry(ex("page"))
    assert page is not None
    house.commit(
        record(
            "staff",
            "hr",
            f"<{page.compartment}> ambit:hasAudience :ada . :crm ambit:governs org:memberOf . :imp a ambit:Agent , :Imp .",
        )
    )
    house.commit(record("customer", "crm", ":ada org:memberOf :support ."))
    assert not house.reads("ada", "page")
    governed = {quad.triple for quad in house.owner.governance()}
    assert set(triples(":imp a :Imp .")) <= governed
    assert not set(triples(":imp a ambit:Agent .")) & governed


def test_a_quarantined_record_governs_nothing(house: House) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."))
    staff = record("staff", "hr", ":ada org:memberOf :support .")
    house.commit(staff)
    assert house.reads("ada", "page")
    report = RecordGraph(
        "urn:ambit:quarantine:1",
        frozenset(triples(":ada org:memberOf :support .")),
        role=Role.SYSTEM,
        label=Label(
            AMBIT.QUARANTINE, AMBIT.INTERNAL, frozenset({AMBIT.EU}), frozenset({AMBIT.ADMINISTRATORS})
        ),
    )
    house.commit(Record(staff.iri, staff.source, (report,), quarantined=True))
    assert not house.reads("ada", "page")
    house.commit(staff)
    house.commit(replace(staff, quarantined=True))
    assert not house.reads("ada", "page")


def test_what_was_concluded_is_not_governed(house: House) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."))
    said = record("staff", "hr", ":ada :leads :support .")
    facts = frozenset(triples(":ada org:memberOf :support ."))
    concluded = RecordGraph("urn:ambit:inferred:1", facts, said.graphs[0].hints, Role.INFERRED)
    house.commit(replace(said, graphs=(*said.graphs, concluded)))
    assert not house.reads("ada", "page")


def test_only_governance_says_who_governs(house: House) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."))
    claim = RecordGraph(
        "urn:ambit:x", frozenset(triples(":crm ambit:governs org:memberOf .")), role=Role.GOVERNANCE
    )
    house.commit(Record(ex("claim"), ex("crm"), (claim,)))
    house.commit(record("customer", "crm", ":ada org:memberOf :support ."))
    assert not house.reads("ada", "page")
    house.commit(
        Record(ex("claim"), ex("crm"), (claim,)), record("other", "crm", ":ada org:memberOf :support .")
    )
    assert not house.reads("ada", "page")


def test_a_declaration_reaches_records_that_are_there(house: House) -> None:
    house.commit(
        record("page", "wiki", ":page :says 1 ."), record("customer", "crm", ":ada org:memberOf :support .")
    )
    assert not house.reads("ada", "page")
    house.govern(PEOPLE + ":crm ambit:governs org:memberOf .")
    assert house.reads("ada", "page")
    house.govern(PEOPLE)
    assert not house.reads("ada", "page")


def test_sharing_relabels_in_the_same_commit(house: House) -> None:
    hints = {
        "sensitivity": AMBIT.OPEN,
        "jurisdictions": frozenset({AMBIT.EU}),
        "anchors": frozenset({ex("plan")}),
    }
    house.commit(record("page", "wiki", ":page :says 1 .", **hints))
    revision = house.owner.revision
    house.commit(record("share", "hr", ":plan ambit:isSharedWith :bob ."))
    assert house.owner.revision == revision + 1
    made = house.label_of("page")
    assert made is not None and made.audience == {ex("plan"), ex("bob")}
    assert house.reads("bob", "page")
    house.commit(Record(ex("share-record"), ex("hr")))
    made = house.label_of("page")
    assert made is not None and made.audience == {ex("plan")}
    assert not house.reads("bob", "page")


def test_closure_follows_commits(house: House) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."))
    house.commit(record("staff", "hr", ":ada org:memberOf :second . :second org:memberOf :support ."))
    assert house.reads("ada", "page")
    house.govern(PEOPLE + ":desk org:hasUnit :second . :second org:unitOf :support .")
    inferred = set(house.owner.triples(INFERRED))
    assert (
        set(triples(":desk a :nothing . :second org:unitOf :desk . :ada ambit:memberOfAll :desk .")[1:])
        <= inferred
    )
    house.commit(record("staff", "hr", ":ada org:memberOf :third ."))
    assert not house.reads("ada", "page")


def test_equality_domains_and_ranges_say_nothing(house: House) -> None:
    house.commit(
        record("page", "wiki", ":page :says 1 ."), record("staff", "hr", ":ada org:memberOf :support .")
    )
    house.govern(
        PEOPLE
        + """@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        :bob owl:sameAs :ada . :x :knows :y . :knows rdfs:domain ambit:Agent ; rdfs:range foaf:Person ."""
    )
    assert not house.reads("bob", "page")
    assert not house.decider.facts.is_a(ex("x"), AMBIT.AGENT)


RULE = """# title: Secret pages
# family: labels
# effect: label
# description: D.
# reads: request
PREFIX ambit: <https://w3id.org/ambit#>
SELECT ?graph ?aspect ?value ?request WHERE {
  GRAPH ?request { ?graph ambit:comesFrom <https://example.org/wiki> }
  BIND(ambit:hasAudience AS ?aspect) BIND(%s AS ?value)
}"""


def test_changed_labelling_rules_relabel(house: House) -> None:
    house.commit(record("page", "wiki", ":page :says 1 ."))
    shipped_rules = load([SHIPPED]).rules
    house.decider.use(Loaded((*shipped_rules, parse(RULE % f"<{EX}bob>", "/rules/secret.rq"))))
    changed = altered(house.decider, house.owner)
    assert ex("page-record") in {one.iri for one in changed}
    house.commit(*changed)
    assert house.reads("bob", "page")
    assert not altered(house.decider, house.owner)


LEADING = RULE.replace(
    "BIND(ambit:hasAudience AS ?aspect) BIND(%s AS ?value)",
    "<https://example.org/ada> ambit:memberOfAll ?value . BIND(ambit:hasAudience AS ?aspect)",
)
"""It reads a relation that is only concluded."""

ANYHOW = LEADING.replace("ambit:memberOfAll", "?any")
"""It may read any."""


@pytest.mark.parametrize("rule", [LEADING, ANYHOW])
def test_what_is_concluded_relabels_too(house: House, rule: str) -> None:
    house.decider.use(Loaded((*load([SHIPPED]).rules, parse(rule, "/rules/leading.rq"))))
    house.commit(record("page", "wiki", ":page :says 1 ."))
    house.commit(record("staff", "hr", ":ada org:memberOf :second ."))
    house.commit(record("groups", "hr", ":second org:memberOf :third ."))
    made = house.label_of("page")
    assert made is not None and {ex("second"), ex("support")} < made.audience
    assert (ex("third") in made.audience) == (house.label_of("page") == made)
    assert not altered(house.decider, house.owner)
    house.commit(Record(ex("groups-record"), ex("hr")))
    made = house.label_of("page")
    assert made is not None and ex("third") not in made.audience
    assert not altered(house.decider, house.owner)


def test_labelling_rules_are_handed_what_they_may_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A membership of ten thousand people is nothing to them, and they have little room."""
    handed: list[bytes] = []
    rules = house.decider.rules

    def noted(*calls: object, patch: tuple[bytes, bytes], **rest: object) -> object:
        handed.extend(patch)
        return rules(*calls, patch=patch, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(house.decider, "rules", noted)
    house.commit(record("staff", "hr", ":ada org:memberOf :second . :plan ambit:isSharedWith :bob ."))
    told = b"".join(handed)
    assert b"isSharedWith" in told and b"member" not in told
    handed.clear()
    leading = parse(ANYHOW, "/rules/leading.rq")
    house.decider.use(Loaded((*load([SHIPPED]).rules, leading)))
    house.commit(record("more", "hr", ":bob org:memberOf :second ."))
    assert b"memberOfAll" in b"".join(handed)
    handed.clear()
    naming = LEADING.replace("<https://example.org/ada> ambit:memberOfAll ?value .", "GRAPH ?value { }")
    house.decider.use(Loaded((*load([SHIPPED]).rules, parse(naming, "/rules/naming.rq"))))
    house.commit(record("more", "hr", ":bob org:memberOf :third ."))
    assert b"memberOfAll" in b"".join(handed)


STRICTER = """# title: The wiki is confidential
# family: local
# effect: label
# description: Whatever the mapping says.
# reads: request
SELECT ?graph ?aspect ?value ?request WHERE {
  GRAPH ?request { ?graph <https://w3id.org/ambit#comesFrom> <https://example.org/wiki> }
  BIND(<https://w3id.org/ambit#hasSensitivity> AS ?aspect) BIND(<https://w3id.org/ambit#Confidential> AS ?value)
"""


def test_a_broken_labelling_rule_leaves_what_comes_in_unlabelled_until_it_is_mended(
    house: House, tmp_path: Path
) -> None:
    house.commit(record("before", "wiki", ":a :b :c ."))
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "mine.rq").write_text(STRICTER)  # its last brace is missing
    assert len(house.decider.use(load([SHIPPED, folder]))) == 1
    assert ex("before-record") not in {one.iri for one in altered(house.decider, house.owner)}
    house.commit(record("after", "wiki", ":a :b :c ."))
    assert house.label_of("before") is not None, "it came in before anybody wrote the rule"
    assert house.label_of("after") is None, "nobody knows what the rule would have made of it"
    assert not house.decider.decide(ask("ada")).failures, "decisions go on"
    (folder / "mine.rq").write_text(STRICTER + "}")
    assert not house.decider.use(load([SHIPPED, folder]))
    house.commit(*altered(house.decider, house.owner))
    assert house.label_of("before") is None and house.label_of("after") is None, "two sensitivities are none"
    (folder / "mine.rq").unlink()
    assert not house.decider.use(load([SHIPPED, folder]))
    house.commit(*altered(house.decider, house.owner))
    assert house.label_of("before") == house.label_of("after") is not None


def test_what_a_governed_fact_changes_goes_dark_while_a_labelling_rule_is_broken(
    house: House, tmp_path: Path
) -> None:
    house.govern(PEOPLE + ":plan ambit:isSharedWith :bob .")
    house.commit(
        record("shared", "wiki", ":a :b :c .", anchors=frozenset({ex("plan")})),
        record("other", "wiki", ":a :b :c ."),
    )
    (tmp_path / "mine.rq").write_text(STRICTER)
    house.decider.use(load([SHIPPED, tmp_path]))
    house.govern(PEOPLE)
    assert house.label_of("shared") is None and house.label_of("other") is not None


def test_a_value_that_is_no_iri_spoils_a_label(house: House) -> None:
    house.decider.use(Loaded((*load([SHIPPED]).rules, parse(RULE % "'x'", "/rules/secret.rq"))))
    assert labels(house.decider, [Hints(ex("wiki"))]) == [None]


def test_stated_and_concluded(house: House) -> None:
    member = [
        Triple(NamedNode(ex(a)), node(ORG.MEMBER_OF), NamedNode(ex(b)))
        for a, b in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    world: Iterable[Triple] = member
    from ambit.reasoning.governance.closure import Closure

    concluded = Closure(world).conclude(world)
    assert {
        (t.subject.value, t.object.value) for t in concluded if t.predicate == node(AMBIT.MEMBER_OF_ALL)
    } == {  # type: ignore[union-attr]
        (ex(a), ex(b)) for a in "abc" for b in "abc"
    }


PREDICATES = [
    *(
        f"ambit:{p}"
        for p in ("governs", "isOwnedBy", "isSharedWith", "isAssignedTo", "isRegisteredFor", "readsSource")
    ),
    *(
        f"ambit:{p}"
        for p in ("readsSensitivity", "isOpenTo", "hasAudience", "hasJurisdiction", "hasSensitivity")
    ),
    *(
        f"ambit:{p}"
        for p in ("memberOfAll", "reportsToAll", "findsAdequate", "isGrantedTo", "approves", "isFor")
    ),
    *(
        "org:memberOf",
        "org:reportsTo",
        "org:hasMember",
        "skos:broader",
        "owl:sameAs",
        "rdfs:subPropertyOf",
        "a",
    ),
]
THINGS = [
    *(
        ":ada",
        ":bob",
        ":support",
        ":page",
        ":crm",
        ":hr",
        ":wiki",
        "ambit:Administrators",
        "ambit:Everybody",
        "ambit:Agent",
    ),
    *(
        "ambit:Confidential",
        "ambit:AnyPurpose",
        "ambit:EU",
        "org:memberOf",
        "foaf:Person",
        "ambit:Compartment",
        "dpv:Purpose",
    ),
]


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("settled"))
    house.commit(
        record("page", "wiki", ":page :says 1 ."),
        record("secret", "wiki", ":secret :says 1 .", sensitivity=AMBIT.CONFIDENTIAL),
        record(
            "note",
            "crm",
            ":note :says 1 .",
            sensitivity=AMBIT.OPEN,
            jurisdictions=frozenset({AMBIT.EU}),
            anchors=frozenset({ex("nobody")}),
        ),
        record("staff", "hr", ":bob org:memberOf :support ."),
    )
    yield house
    house.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["wiki", "crm", "unheard-of"]),
    st.sets(
        st.tuples(st.sampled_from(THINGS), st.sampled_from(PREDICATES), st.sampled_from(THINGS)),
        min_size=1,
        max_size=8,
    ),
)
def test_what_an_ungoverned_source_writes_changes_no_decision(
    settled: House, source: str, written: set[tuple[str, str, str]]
) -> None:
    name = f"note-{source}"

    def decisions() -> list[frozenset[str]]:
        asked = [ask(user, purpose=p) for user in ("ada", "bob") for p in (None, AMBIT.ADMINISTRATION)]
        return [settled.decider.decide(question).clearance.compartments for question in asked]

    hints = {
        "sensitivity": AMBIT.OPEN,
        "jurisdictions": frozenset({AMBIT.EU}),
        "anchors": frozenset({ex("nobody")}),
    }
    settled.commit(record(name, source, ":note :says 1 .", **hints))
    before, governance = decisions(), set(settled.owner.governance())
    revision = settled.owner.policy_revision
    settled.commit(record(name, source, " ".join(f"{s} {p} {o} ." for s, p, o in written), **hints))
    assert decisions() == before and before[2]
    assert set(settled.owner.governance()) == governance
    assert settled.owner.policy_revision == revision


# -- what labels were given is remembered


@pytest.fixture
def asked(house: House, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many queries were put in each asking of rules."""
    numbers: list[int] = []
    rules = house.decider.rules

    def counted(queries: Sequence[RuleCall], **rest: object) -> object:
        numbers.append(len(queries))
        return rules(queries, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(house.decider, "rules", counted)
    return numbers


def test_rules_are_asked_once_for_the_same_hints(house: House, asked: list[int]) -> None:
    for name in ("first", "page"):  # the first brings a label that was not there, and rules may read that
        house.commit(record(name, "wiki", f":{name} :says 1 ."))
    house.commit(record("staff", "hr", ":ada org:memberOf :support ."))
    asked.clear()
    house.commit(record("more", "wiki", ":more :says 1 ."))
    house.commit(record("staff", "hr", ":ada org:memberOf :sales ."))
    assert asked == []
    assert house.label_of("more") == house.label_of("page") is not None
    house.commit(record("other", "wiki", ":other :says 1 .", anchors=frozenset({ex("ada")})))
    made = house.label_of("other")
    assert len(asked) == 1 and made is not None and made.audience == {ex("ada")}


def test_what_a_copy_is_not_changed_for_is_no_copy_of_its_own(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    patches: list[object] = []
    put = house.decider.worker.rules

    def noted(queries: Sequence[RuleCall], **rest: object) -> object:
        patches.append(rest["patch"])
        return put(queries, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(house.decider.worker, "rules", noted)
    house.commit(record("row", "wiki", ":row :says 1 .", countries=frozenset({"DE"})))
    assert patches == [None]
    house.govern(PEOPLE + ":plan ambit:isSharedWith :bob .")
    assert any(patch is not None for patch in patches)


def test_a_change_of_what_rules_read_is_in_the_next_label(house: House) -> None:
    for sensitivity in (AMBIT.INTERNAL, AMBIT.CONFIDENTIAL, AMBIT.INTERNAL):
        house.govern(PEOPLE.replace("ambit:Internal", f"<{sensitivity}>"))
        for name in ("one", "two"):
            house.commit(record(name, "wiki", f":{name} :says '{sensitivity}' ."))
            made = house.label_of(name)
            assert made is not None and made.sensitivity == sensitivity


def test_other_rules_are_in_the_next_label(house: House) -> None:
    """Also where they read the same, and no label comes that was not there before."""
    shipped_rules = load([SHIPPED]).rules
    for who in ("bob", "ada", "bob", "ada"):
        house.decider.use(Loaded((*shipped_rules, parse(RULE % f"<{EX}{who}>", "/rules/secret.rq"))))
        for name in ("first", "second"):
            house.commit(record(name, "wiki", f":{name} :says '{who}' ."))
            made = house.label_of(name)
            assert made is not None and made.audience == {ex("support"), ex(who)}


def test_what_comes_with_a_record_is_in_its_label(house: House) -> None:
    """The same hints were seen before, in a commit that changed nothing of what rules read."""
    for number, sensitivity in enumerate(
        (AMBIT.INTERNAL, AMBIT.INTERNAL, AMBIT.INTERNAL, AMBIT.CONFIDENTIAL)
    ):
        path = house.folder / "people.ttl"
        path.write_text(PEOPLE.replace("ambit:Internal", f"<{sensitivity}>") + f":bob :says {number} .")
        house.commit(governance_record(path), record("page", "wiki", f":page :says {number} ."))
        made = house.label_of("page")
        assert made is not None and made.sensitivity == sensitivity


def test_what_rules_said_that_came_meanwhile_is_not_remembered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were in force for a moment, while a commit was given its labels."""
    shipped_rules = load([SHIPPED])
    more = Loaded((*shipped_rules.rules, parse(RULE % f"<{EX}bob>", "/rules/secret.rq")))
    for loaded in (more, shipped_rules):  # both labels are there from now on
        house.decider.use(loaded)
        house.commit(record("page", "wiki", ":page :says 1 ."))
        house.commit(*altered(house.decider, house.owner))
    usual = house.label_of("page")

    def overtaken(*asked: Any) -> list[Label | None]:
        house.decider.use(more)
        try:
            return labels(*asked)
        finally:
            house.decider.use(shipped_rules)

    house.decider.use(Loaded(shipped_rules.rules))
    monkeypatch.setattr(labelling, "labels", overtaken)
    house.commit(record("page", "wiki", ":page :says 2 ."))
    monkeypatch.undo()
    assert house.label_of("page") != usual
    house.commit(record("page", "wiki", ":page :says 3 ."))
    assert house.label_of("page") == usual
