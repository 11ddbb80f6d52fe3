"""Identities in governance: nobody is taken for another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from checks import SOURCE, commit, found
from hypothesis import given
from hypothesis import strategies as st

from ambit.graph.errors import SourceInvalid
from ambit.graph.store.owner import Owner
from ambit.graph.terms import NamedNode, Triple
from ambit.graph.vocabulary import AMBIT, FOAF, ORG, RDF, node
from ambit.graph.words import Hints, Record, RecordGraph, Role
from ambit.reasoning.governance.governance import govern
from ambit.reasoning.governance.identities import check_identities, malformed, skeleton

EX = "https://example.org/"
ALICE = EX + "alice"
CYRILLIC = EX + "\u0430lice"
FILE = "urn:ambit:governance:file:"


def people(name: str, *iris: str) -> Record:
    """A file of governance that names people."""
    triples = {Triple(NamedNode(iri), node(RDF.TYPE), node(FOAF.PERSON)) for iri in iris}
    graph = RecordGraph(FILE + name, triples, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    return Record(FILE + name, AMBIT.GOVERNANCE, (graph,), location=f"governance/{name}.ttl")


def row(key: str, person: str, group: str = EX + "sales") -> Record:
    """A row of a source that governs membership."""
    iri = f"{SOURCE}/{key}"
    triples = {Triple(NamedNode(person), node(ORG.MEMBER_OF), NamedNode(group))}
    return Record(iri, SOURCE, (RecordGraph(iri + "#all", triples, Hints(SOURCE)),), key)


def governs() -> Record:
    triples = {
        Triple(NamedNode(SOURCE), node(AMBIT.GOVERNS), node(ORG.MEMBER_OF)),
        Triple(NamedNode(EX + "sales"), node(RDF.TYPE), node(ORG.ORGANIZATION)),
    }
    graph = RecordGraph(FILE + "sources", triples, Hints(AMBIT.GOVERNANCE), Role.GOVERNANCE)
    return Record(FILE + "sources", AMBIT.GOVERNANCE, (graph,))


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path / "data", checks=(govern, check_identities()))
    yield owner
    owner.close()


def members(owner: Owner) -> set[str]:
    return {
        quad.subject.value
        for quad in owner.governance()
        if quad.predicate == node(ORG.MEMBER_OF) and isinstance(quad.subject, NamedNode)
    }


def known(owner: Owner) -> set[str]:
    return {quad.subject.value for quad in owner.governance() if isinstance(quad.subject, NamedNode)}


def test_a_file_that_names_somebodys_double_is_refused_and_the_last_version_stays(owner: Owner) -> None:
    commit(owner, people("staff", ALICE))
    commit(owner, people("guests", EX + "bob"))
    with pytest.raises(SourceInvalid) as refused:
        commit(owner, people("guests", CYRILLIC))
    assert refused.value.code == "identity-refused"
    assert "U+0430" in refused.value.message
    assert refused.value.details["file"] == "governance/guests.ttl"
    assert known(owner) == {ALICE, EX + "bob"}


def test_a_double_that_came_first_refuses_the_plain_name_too(owner: Owner) -> None:
    commit(owner, people("guests", CYRILLIC))
    with pytest.raises(SourceInvalid, match="looks like"):
        commit(owner, people("staff", ALICE))


def test_doubles_in_one_file_and_in_one_commit_are_found(owner: Owner) -> None:
    with pytest.raises(SourceInvalid, match="looks like"):
        commit(owner, people("staff", ALICE, CYRILLIC))
    with pytest.raises(SourceInvalid, match="looks like"):
        commit(owner, people("staff", ALICE), people("guests", CYRILLIC))
    assert not known(owner)


def test_a_name_that_has_gone_is_free_for_its_double(owner: Owner) -> None:
    commit(owner, people("staff", ALICE))
    commit(owner, people("staff", CYRILLIC))  # written anew in one step
    assert known(owner) == {CYRILLIC}
    commit(owner, people("staff"))
    commit(owner, people("guests", ALICE))
    assert known(owner) == {ALICE}


@pytest.mark.parametrize(("first", "second"), [(ALICE, CYRILLIC), (CYRILLIC, ALICE)])
def test_what_was_there_before_a_start_counts(owner: Owner, tmp_path: Path, first: str, second: str) -> None:
    commit(owner, people("staff", first))
    owner.close()
    again = Owner(tmp_path / "data", checks=(govern, check_identities()))
    try:
        with pytest.raises(SourceInvalid, match="looks like"):
            commit(again, people("guests", second))
    finally:
        again.close()


@pytest.mark.parametrize(
    "odd",
    ["e\u0301", "ada\u200b", "ada\u200d", "\u202eada", "ada\u00ad", "ada\u3000"],
    ids=ascii,
)
def test_what_does_not_show_or_is_not_in_nfc_names_nobody(owner: Owner, odd: str) -> None:
    with pytest.raises(SourceInvalid) as refused:
        commit(owner, people("staff", EX + odd))
    assert refused.value.code == "identity-refused"


def test_a_governed_row_with_a_double_enters_as_data_and_not_as_governance(owner: Owner) -> None:
    commit(owner, governs(), people("staff", ALICE))
    commit(owner, row("1", CYRILLIC), row("2", EX + "bob"))
    assert members(owner) == {EX + "bob"}
    assert len(owner.triples(f"{SOURCE}/1#all")) == 1
    assert found(owner)["identity-refused"]
    commit(owner, row("1", EX + "carol"))
    assert members(owner) == {EX + "bob", EX + "carol"}
    assert "identity-refused" not in found(owner)


def test_names_of_other_scripts_and_plain_ones_that_differ_by_a_digit_are_fine(owner: Owner) -> None:
    names = [
        EX + name for name in ("m\u00fcller", "muller", "\u5f20\u4f1f", "p1", "pl", "pI", "Alice", "alice")
    ]
    commit(owner, people("staff", *names))
    assert known(owner) == set(names)


TWINS = ["a\u0430", "o\u043e\u03bf", "e\u0435", "p\u0440\u03c1", "c\u0441", "x\u0445", "i\u0456", "s\u0455"]


@given(st.lists(st.sampled_from(TWINS), min_size=1, max_size=8), st.data())
def test_names_spelt_with_each_others_letters_look_alike(letters: list[str], data: st.DataObject) -> None:
    one, other = ("".join(data.draw(st.sampled_from(twins)) for twins in letters) for _ in range(2))
    assert skeleton(one) == skeleton(other)
    assert not malformed(one)


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_a_skeleton_is_its_own(name: str) -> None:
    assert skeleton(skeleton(name)) == skeleton(name)
