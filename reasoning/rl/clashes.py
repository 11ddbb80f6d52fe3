"""What cannot all hold, as findings: the axioms and the triples that clash, for whoever may read them all."""

from collections.abc import Iterable
from typing import Final

from ...graph.compartments import short_hash
from ...graph.joints import joint_of
from ...graph.snapshot import Snapshot
from ...graph.terms import BlankNode, Literal, NamedNode, Object, Quad, Triple
from ...graph.vocabulary import AMBIT, SH
from ...graph.words import Patch, Role
from ..findings.findings import Finding, finding_node, finding_triples
from .rules import Rule
from .terms import LISTED, Fact, Terms

_SAYING: Final = {
    "cax-dw": "{0} is of two classes that are disjoint",
    "cax-adc": "{0} is of two classes that are disjoint",
    "cls-com": "{0} is of a class and of its complement",
    "cls-nothing2": "{0} is of the class `owl:Nothing`, which has no members",
    "cls-maxc1": "{0} has a value that its class has none of",
    "cls-maxc2": "{0} has two values where its class allows one",
    "cls-maxqc1": "{0} has a value that its class has none of",
    "cls-maxqc2": "{0} has two values where its class allows one",
    "prp-fp": "{0} has two values of a functional property",
    "prp-irp": "{0} is related to itself by an irreflexive property",
    "prp-asyp": "{0} and {1} are related both ways by an asymmetric property",
    "prp-pdw": "{0} and {1} are related by two disjoint properties",
    "prp-adp": "{0} and {1} are related by two disjoint properties",
    "prp-npa1": "what is said not to hold does",
    "prp-npa2": "what is said not to hold does",
    "eq-diff1": "{0} is the same as something that it is different from",
    "eq-diff2": "{0} and {1} are the same, and said to be different",
    "eq-diff3": "{0} and {1} are the same, and said to be different",
}


_BOTH_WAYS: Final = frozenset({"prp-asyp", "eq-diff2", "eq-diff3"})
"""Clashes whose first two variables can change places."""


def place(compartments: Iterable[str]) -> str:
    """The graph of what clashes in these compartments together."""
    return "urn:ambit:findings:" + short_hash(b"clashes " + joint_of(compartments).encode())


def finding(terms: Terms, fact: Fact) -> Finding:
    """A clash as a finding."""
    rule, values = terms.of[fact[1]], terms.of[fact[2]]
    assert isinstance(rule, Rule) and isinstance(values, tuple)  # noqa: S101 — the engine named it so
    if rule.name in _BOTH_WAYS:  # it is found from either end
        values = tuple(sorted(values))
    known = [terms.of[value] for value in values]
    focus = next((term for term in known if not isinstance(term, tuple)), None)
    premises = sorted(_told(terms, atom, values) for atom in rule.body if atom[0] != LISTED)
    message = _SAYING[rule.name].format(*(_quoted(term) for term in (*known, *known)))
    evidence = {
        "rule": rule.name,
        "axioms": [" ".join(map(str, (*_parts(t), "."))) for t in rule.axioms],
        "triples": premises,
    }
    name = short_hash("\n".join((rule.name, *evidence["axioms"], *premises)).encode())
    return Finding(
        code="data-inconsistent",
        message=message,
        about=(),
        severity=SH.VIOLATION,
        focus=focus if isinstance(focus, NamedNode | BlankNode | Literal) else None,
        shape=f"urn:ambit:clash:{name}",
        evidence=evidence,
    )


def patch(
    members: frozenset[str],
    gone: Iterable[Finding],
    come: Iterable[Finding],
    snapshot: Snapshot,
) -> Patch:
    """What leaves and enters the graph of clashes of these compartments."""
    graph = place(members)
    out: set[Triple] = set()
    for one in gone:
        out.update(stands(graph, one, snapshot))
    into = {t for one in come for t in finding_triples(graph, one, snapshot)}
    return Patch(graph, AMBIT.ENTAILMENT, members, frozenset(out), frozenset(into), Role.SYSTEM)


def stands(graph: str, one: Finding, snapshot: Snapshot) -> Iterable[Triple]:
    """A finding as it stands in the store."""
    quads: Iterable[Quad] = snapshot.match(finding_node(graph, one), None, None, frozenset({Role.SYSTEM}))
    return [quad.triple for quad in quads if quad.graph_name == NamedNode(graph)]


def _told(terms: Terms, atom: tuple[int, int, int], values: tuple[int, ...]) -> str:
    """A premise of the clash, with its terms, as N-Triples."""
    s, o = (values[~term] if term < 0 else term for term in atom[1:])
    return " ".join(str(terms.of[term]) for term in (s, atom[0], o)) + " ."


def _parts(t: Triple) -> tuple[Object, NamedNode, Object]:
    return t.subject, t.predicate, t.object


def _quoted(term: object) -> str:
    return f"`{term.value}`" if isinstance(term, NamedNode | Literal | BlankNode) else "it"
