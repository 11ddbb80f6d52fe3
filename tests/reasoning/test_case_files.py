"""What a file of policy cases may say, and that anything else is refused: a misspelt case would test nothing."""

from datetime import UTC, datetime

import pytest

from ambit.graph.errors import AmbitError, SourceInvalid, TooLarge
from ambit.graph.rdf.rdfguard import DEPTH
from ambit.graph.terms import Literal, NamedNode, Triple
from ambit.reasoning.cases.cases import CaseFile, read
from ambit.reasoning.rulebase.asking import REQUEST

EX = "https://example.org/"
PREFIXES = """
@prefix : <https://example.org/> .
@prefix ambit: <https://w3id.org/ambit#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def cases(text: str) -> CaseFile:
    return read((PREFIXES + text).encode(), "x.trig")


def allowed(said: str) -> CaseFile:
    return cases(f":allowed {{ :q {said} }}")


def test_a_file_that_does_not_parse_says_that_its_cases_are_not_run() -> None:
    with pytest.raises(SourceInvalid) as refused:
        cases(":allowed { :q ambit:user")
    assert refused.value.hint == "its cases are not run until it parses"


def test_a_case_says_who_why_what_where_and_when() -> None:
    file = cases(
        """
        :given prov:startedAtTime "2026-03-01T00:00:00Z"^^xsd:dateTime .
        :given { :c a ambit:Compartment }
        :allowed {
          :q2 ambit:user :ada ; ambit:cleared :c , :d .
          :q10 ambit:user :ada ; ambit:agent (:first :second) ; ambit:purpose :p ; ambit:action "write" ; ambit:site :s ;
            prov:startedAtTime "2026-04-01T00:00:00Z"^^xsd:dateTime ; ambit:cleared :c ; rdfs:comment "why not" .
        }
        :denied { :q1 ambit:user :ada ; ambit:agent :only ; ambit:cleared :c . :place ambit:site :s ; ambit:cleared :c . }
        """
    )
    assert len(file.given) == 1 and file.path == "x.trig"
    q2, q10, q1, place = file.cases
    assert [case.name for case in file.cases] == ["q2", "q10", "q1", "place"]
    assert [case.is_allowed for case in file.cases] == [True, True, False, False]
    assert q2.compartments == (EX + "c", EX + "d") and q2.question.action == "read"
    assert q2.question.now == datetime(2026, 3, 1, tzinfo=UTC)
    assert q10.question.now == datetime(2026, 4, 1, tzinfo=UTC)
    assert q10.question.chain.agents == (EX + "first", EX + "second") and q10.note == "why not"
    assert (q10.question.purpose, q10.question.action, q10.question.site) == (EX + "p", "write", EX + "s")
    assert q1.question.chain.agents == (EX + "only",) and not q1.is_placing
    assert place.is_placing and place.question.site == EX + "s"


def test_without_a_time_a_case_is_asked_now() -> None:
    (case,) = allowed("ambit:user :ada ; ambit:cleared :c").cases
    assert abs((datetime.now(UTC) - case.question.now).total_seconds()) < 60


GOOD = ":denied { :good ambit:user :ada ; ambit:cleared :c }"
WRONG = {
    "no Turtle": "oops",
    "no case": ":given { :c a ambit:Compartment }",
    "a graph of another name": ":permitted { :q ambit:user :ada ; ambit:cleared :c }" + GOOD,
    "a graph without a name": "_:g { :q ambit:user :ada ; ambit:cleared :c }" + GOOD,
    "a case outside": ":q ambit:user :ada ; ambit:cleared :c ." + GOOD,
    "a misspelt property": ":allowed { :q ambit:user :ada ; ambit:purposes :p ; ambit:cleared :c }",
    "no user": ":allowed { :q ambit:cleared :c }",
    "nothing cleared": ":denied { :q ambit:user :ada }",
    "a site and an agent": ":denied { :q ambit:site :s ; ambit:agent :a ; ambit:cleared :c }",
    "two users": ":denied { :q ambit:user :ada , :bob ; ambit:cleared :c }",
    "two purposes": ":denied { :q ambit:user :ada ; ambit:purpose :a , :b ; ambit:cleared :c }",
    "two actions": ':denied { :q ambit:user :ada ; ambit:action "read" , "write" ; ambit:cleared :c }',
    "two agents in no order": ":denied { :q ambit:user :ada ; ambit:agent :a , :b ; ambit:cleared :c }",
    "an agent that is text": ':denied { :q ambit:user :ada ; ambit:agent "a" ; ambit:cleared :c }',
    "a list with text": ':denied { :q ambit:user :ada ; ambit:agent (:a "b") ; ambit:cleared :c }',
    "a list that is broken": ":denied { :q ambit:user :ada ; ambit:agent [ ] ; ambit:cleared :c }",
    "a user that is text": ':denied { :q ambit:user "ada" ; ambit:cleared :c }',
    "a compartment that is text": ':denied { :q ambit:user :ada ; ambit:cleared "c" }',
    "nesting": ":given { :a :b " + "[ :p " * DEPTH * 2 + "1" + " ]" * DEPTH * 2 + " }" + GOOD,
}


@pytest.mark.parametrize("what", WRONG)
def test_anything_else_is_refused_with_its_file(what: str) -> None:
    with pytest.raises(AmbitError) as refused:
        cases(WRONG[what])
    assert refused.value.details["file"] == "x.trig" and "x.trig" in refused.value.message


def test_a_file_that_does_not_parse_names_the_line() -> None:
    with pytest.raises(SourceInvalid, match=r"x\.trig:9") as refused:
        cases(":given {\n\n :c a ]")
    assert refused.value.details["line"] == 9


def test_a_list_that_goes_round_ends() -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    with pytest.raises(SourceInvalid, match="list of IRIs"):
        allowed(
            f"ambit:user :ada ; ambit:agent _:l ; ambit:cleared :c . _:l <{rdf}first> :a ; <{rdf}rest> _:l"
        )


def test_a_file_of_cases_is_bounded_like_any_text() -> None:
    with pytest.raises(TooLarge):
        cases("@prefix l: <urn:" + "x" * 1_000_000 + "> . :given { " + "l:a l:b l:c . " * 200 + "}")


def test_a_request_has_the_circumstances_that_its_case_says() -> None:
    said = 'ambit:user :ada ; ambit:cleared :page ; ambit:circumstances [ :status "archived" , "old" ; :level 3 ] .'
    (case,) = allowed(said).cases
    assert case.question.facts == {
        Triple(NamedNode(REQUEST), NamedNode(EX + "status"), Literal("archived")),
        Triple(NamedNode(REQUEST), NamedNode(EX + "status"), Literal("old")),
        Triple(NamedNode(REQUEST), NamedNode(EX + "level"), Literal(3)),
    }
    for wrong in (":x", '"archived"', "[ :status :x ]", "[]"):
        with pytest.raises(SourceInvalid, match="circumstances"):
            allowed(f"ambit:user :ada ; ambit:cleared :page ; ambit:circumstances {wrong} .")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (
            ":allowed {\n\n  :q ambit:user :ada ; ambit:cleared :c .\n  :r ambit:cleared :c }",
            4,
            "case `r` lacks",
        ),
        (":allowed {\n  :r ambit:user :ada ; ambit:cleared 1 }", 2, "case `r`: `cleared` takes IRIs"),
        ("\n:permitted { :q ambit:user :ada ; ambit:cleared :c }", 2, "has a graph"),
        ("\n\n:q ambit:user :ada ; ambit:cleared :c .", 3, "says something outside"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(SourceInvalid) as refused:
        cases(text)
    line += PREFIXES.count("\n")
    assert refused.value.message.startswith(f"`x.trig:{line}`") and what in refused.value.message
    assert refused.value.details == {"file": "x.trig", "line": str(line)}
