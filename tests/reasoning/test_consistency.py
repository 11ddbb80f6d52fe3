"""HermiT as a process of its own: what it says, what it may take, and that nothing of it is needed."""

import sys
import threading
from pathlib import Path

import checks as c
import pytest

from ambit.graph.rdf.parsing import read_rdf
from ambit.graph.terms import Triple
from ambit.reasoning.governance.governance import vocabulary
from ambit.reasoning.ontologies.clashes import Clashes
from ambit.reasoning.ontologies.consistency import Reasoner, Verdict, follow

needs_java = pytest.mark.skipif(not Reasoner().is_there, reason="HermiT needs Java")
CLASH = ":A owl:disjointWith :B . :C rdfs:subClassOf :A , :B . :D rdfs:subClassOf :C . :E a owl:Class ."


def triples(turtle: str) -> list[Triple]:
    return read_rdf((c.PREFIXES + turtle).encode(), name="o", syntax="turtle")


def judged(turtle: str, reasoner: Reasoner | None = None) -> Verdict:
    judgement = (reasoner or Reasoner(deadline=100)).judge(triples(turtle))
    assert judgement is not None
    return judgement.verdict()


@needs_java
def test_classes_that_can_have_no_instance_are_named() -> None:
    assert judged(CLASH) == Verdict(True, (c.EX + "C", c.EX + "D"))
    assert judged(":A a owl:Class .") == Verdict(True)


@needs_java
def test_what_cannot_be_true_is_told_as_soon_as_it_is_known() -> None:
    judgement = Reasoner().judge(triples(CLASH + ":c a :C ."))
    assert judgement is not None and judgement.is_consistent(100) is False
    assert judgement.verdict().consistent is False
    assert judgement.is_consistent(0) is False


@needs_java
def test_ambits_own_ontologies_are_consistent_and_every_class_of_them_can_have_instances() -> None:
    judgement = Reasoner().judge(vocabulary())
    assert judgement is not None and judgement.verdict() == Verdict(True)


@needs_java
def test_imports_are_not_fetched_and_datatypes_unknown_to_it_are_no_error() -> None:
    said = "<http://x/> a owl:Ontology ; owl:imports <http://127.0.0.1:9/o>, <file:///etc/passwd> . "
    said += ":p a owl:DatatypeProperty ; rdfs:range xsd:date . :x :p 'soon'^^xsd:date ."
    assert judged(said) == Verdict(True)


def java(folder: Path, text: str) -> str:
    """A program in the place of Java."""
    path = folder / "java"
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_one_that_never_ends_is_ended(tmp_path: Path) -> None:
    never = java(tmp_path, "import time\nprint('warming up', flush=True)\ntime.sleep(1000)")
    judgement = Reasoner(java=never, deadline=0.3).judge(triples(CLASH))
    assert judgement is not None and judgement.is_consistent(0.01) is None
    assert judgement.verdict() == Verdict(None, (), "it took too long")


def test_one_that_dies_has_said_nothing(tmp_path: Path) -> None:
    dies = java(tmp_path, "print('java.lang.OutOfMemoryException: no', flush=True)\nraise SystemExit(3)")
    assert judged(CLASH, Reasoner(java=dies)) == Verdict(None, (), "java.lang.OutOfMemoryException: no")
    mute = java(tmp_path, "raise SystemExit(3)")
    assert judged(CLASH, Reasoner(java=mute)) == Verdict(None, (), "it ended without a word")
    half = java(tmp_path, "print('owl:Thing is satisfiable.')\nprint('\\turn:a')\nraise SystemExit(3)")
    assert judged(CLASH, Reasoner(java=half)).consistent is None


def test_it_cannot_write_and_has_no_way_out(tmp_path: Path) -> None:
    spy = java(
        tmp_path,
        "import resource, sys, os\n"
        "print(resource.getrlimit(resource.RLIMIT_FSIZE), sorted(os.environ), sys.argv[1:])\nraise SystemExit(1)",
    )
    judgement = Reasoner(java=spy, memory=64 << 20).judge(triples(CLASH))
    assert judgement is not None
    judgement.verdict()
    (said,) = judgement._lines
    assert said.startswith("(0, 0)") and "-Xmx64m" in said and "-Dhttp.proxyPort=9" in said
    assert "AMBIT" not in said and "HOME" not in said


def test_a_new_one_ends_the_last(tmp_path: Path) -> None:
    never = Reasoner(java=java(tmp_path, "import time\ntime.sleep(1000)"))
    first = never.judge(triples(CLASH))
    told: list[Verdict] = []
    heard = threading.Event()
    assert first is not None
    follow(first, lambda verdict: (told.append(verdict), heard.set()))  # type: ignore[func-returns-value]
    assert never.judge(triples(CLASH)) is not None
    assert heard.wait(60) and told == [Verdict(None)]
    never.close()


def test_without_java_there_is_nobody_to_ask() -> None:
    nobody = Reasoner(java="")
    assert not nobody.is_there and nobody.judge(triples(CLASH)) is None
    assert Reasoner(java="/nowhere/java").judge(triples(CLASH)) is not None  # a process that says nothing
    nobody.close()


def test_what_clashes_is_told_from_the_names() -> None:
    clashes = Clashes(
        triples(
            CLASH
            + ":F owl:equivalentClass [ owl:intersectionOf ( :G :H ) ] ."
            + "[] a owl:AllDisjointClasses ; owl:members ( :G :H :I ) . :z a :C . :y a :E ."
        )
    )
    assert clashes.of_class(c.EX + "D") == (c.EX + "A", c.EX + "B")
    assert clashes.of_class(c.EX + "F") == (c.EX + "G", c.EX + "H")
    assert clashes.of_class(c.EX + "E") is None
    assert clashes.individuals == {c.EX + "z", c.EX + "y"}
    assert list(clashes.of_individuals()) == [(c.EX + "z", c.EX + "A", c.EX + "B")]
    assert clashes.kinds_of([c.EX + "E"]) == [(c.EX + "y", c.EX + "E")]
