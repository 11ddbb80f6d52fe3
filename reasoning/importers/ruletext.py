"""Rules, cases and governance as the texts of files, the same for the same input."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ...graph.errors import Invalid, RuleInvalid
from ...graph.terms import Literal, NamedNode, Triple
from ...graph.vocabulary import AMBIT, FOAF, PROV, RDF, RDFS, SKOS, XSD, node
from ..deciding.questions import ACTIONS
from ..rulebase import rules

OWN_ACTIONS: Final = frozenset({*ACTIONS, "explain", "operate", "evaluate", "any"})
"""Actions that Ambit itself asks about: an import gives none of them unless it is told to."""


_DECLARED: Final = tuple(kind.NAMESPACE for kind in (AMBIT, FOAF, RDF, RDFS, SKOS, XSD))


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a rule's file says: the header's values, and the lines of its pattern."""

    family: str
    stem: str
    title: str
    effect: str
    actions: tuple[str, ...]
    description: str
    pattern: tuple[str, ...]
    reads: tuple[str, ...] = ()
    over: str = ""

    @property
    def file(self) -> str:
        """Where it lies in a workspace."""
        return f"rules/{self.family}/{self.stem}.rq"

    @property
    def iri(self) -> str:
        """The rule's name."""
        return f"urn:ambit:rule:{self.family}/{self.stem}"

    def text(self) -> str:
        """The file; raises `RuleInvalid` where the loader refuses it."""
        columns = " ".join(f"?{name}" for name in (*rules.COLUMNS[self.effect], *self.reads))
        lines = [
            f"# title: {self.title}",
            f"# family: {self.family}",
            f"# effect: {self.effect}",
            f"# action: {' '.join(self.actions)}",
            *([f"# over: <{self.over}>"] if self.over else []),
            f"# description: {self.description}",
            *([f"# reads: {' '.join(self.reads)}"] if self.reads else []),
            "",
            f"SELECT {columns} WHERE {{",
            *self.pattern,
            "}",
            "",
        ]
        text = "\n".join(lines)
        said = (self.title, self.description, self.over or "", *self.actions)
        if not all(value.isprintable() for value in said):
            raise RuleInvalid(f"`{self.file}` would have a header of several lines")
        rules.parse(text, self.file)
        return text


@dataclass(frozen=True, slots=True)
class CaseText:
    """One case: who asks for what, and what of it must hold."""

    user: str
    action: str
    thing: str  # the anchor whose compartment is asked for
    is_allowed: bool
    note: str
    rule: str = ""  # without which it would be otherwise
    purpose: str = ""
    now: str = ""
    facts: tuple[tuple[str, Literal], ...] = ()  # properties of the request besides
    is_approved: bool = False  # whether an approval stands for it


def case_file(
    base: str, given: Iterable[Triple], cases: Sequence[CaseText], *, jurisdiction: str, about: str
) -> bytes:
    """A file of cases, with a compartment for each thing that they ask for.

    Its source is of the import's own, it is internal, and meant for the thing alone.
    """
    space = f"{base}case#"
    things = {
        thing: f"c{number}" for number, thing in enumerate(sorted({case.thing for case in cases}), start=1)
    }
    lines = [
        _comment(about),
        f"@prefix : <{space}> .",
        f"@prefix ambit: <{AMBIT.NAMESPACE}> .",
        "",
        ":given {",
    ]
    for thing, name in things.items():
        lines.append(
            f"  :{name} a ambit:Compartment ; ambit:comesFrom <{base}source> ; ambit:hasSensitivity ambit:Internal ;"
        )
        lines.append(f"    ambit:hasJurisdiction <{jurisdiction}> ; ambit:hasAudience <{thing}> .")
    lines += [f"  {triple} ." for triple in sorted(map(str, given))]
    for number, case in enumerate(cases, start=1):
        if case.is_approved:
            lines.append(f"  :a{number} a ambit:Approval ; ambit:isGrantedTo <{case.user}> ;")
            lines.append(f"    ambit:isFor <{case.purpose}> ; ambit:approves :{things[case.thing]} .")
    lines.append("}")
    for graph, is_allowed in (("allowed", True), ("denied", False)):
        chosen = [
            (number, case) for number, case in enumerate(cases, start=1) if case.is_allowed is is_allowed
        ]
        if chosen:
            lines += ["", f":{graph} {{"]
            for number, case in chosen:
                lines += _case(number, case, things[case.thing])
            lines.append("}")
    return ("\n".join(lines) + "\n").encode()


def _case(number: int, case: CaseText, compartment: str) -> list[str]:
    said = [
        f"ambit:user <{case.user}>",
        f"ambit:action {Literal(case.action)}",
        f"ambit:cleared :{compartment}",
    ]
    if case.rule:
        said.append(f"ambit:shows <{case.rule}>")
    if case.purpose:
        said.append(f"ambit:purpose <{case.purpose}>")
    if case.now:
        said.append(f"<{PROV.STARTED_AT_TIME}> {Literal(case.now, datatype=node(XSD.DATE_TIME))}")
    if case.facts:
        facts = " ; ".join(f"<{predicate}> {value}" for predicate, value in case.facts)
        said.append(f"ambit:circumstances [ {facts} ]")
    said.append(f"<{RDFS.COMMENT}> {Literal(case.note)}")
    return [f"  :q{number} " + " ;\n    ".join(said) + " ."]


def turtle(triples: Iterable[Triple], about: str) -> bytes:
    """A file of governance: one statement a line, sorted."""
    return "\n".join([_comment(about), *(f"{triple} ." for triple in sorted(map(str, triples))), ""]).encode()


def _comment(about: str) -> str:
    """A line that stays one, whatever the name of a file holds."""
    return "# " + "".join(char if char.isprintable() else "?" for char in about)


def check_names(family: str, actions: Iterable[str]) -> None:
    """Raises `Invalid` for what cannot be the family of rules, or an action that something stands for."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", family):
        raise Invalid(f"`{family}` is no name of a family", hint="one word in lower case, such as `drive`")
    for action in actions:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", action) or action == "any":
            raise Invalid(f"`{action}` is no action that something can stand for")


def declared(texts: Iterable[bytes], known: Iterable[Triple]) -> frozenset[Triple]:
    """The terms of rules that nothing else says anything of: a rule that reads such a term is not put in force."""
    said = {term.value for triple in known for term in triple if isinstance(term, NamedNode)}
    found: set[Triple] = set()
    for text in texts:
        for iri in rules.parse(text.decode(), "").terms - said:
            if not iri.startswith(_DECLARED):
                found.add(Triple(NamedNode(iri), node(RDFS.COMMENT), Literal("A term of an import.")))
    return frozenset(found)


def typed(subject: str, kind: str) -> Triple:
    """That something is of a class."""
    return Triple(NamedNode(subject), node(RDF.TYPE), NamedNode(kind))


def says(subject: str, predicate: str, value: str) -> Triple:
    """A triple of three IRIs."""
    return Triple(NamedNode(subject), NamedNode(predicate), NamedNode(value))
