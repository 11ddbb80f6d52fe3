"""What is asked of a workspace's rule beside its own text: that its terms are declared, and that a case shows it.

A term is declared by Ambit's own ontologies, by the workspace's, or by governance, where it stands in any place of
a triple. A misspelt one would have a rule say nothing, and nobody notice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from ...graph import vocabulary as terms
from ...graph.errors import RuleInvalid
from ...graph.sparql import lexer
from ...graph.terms import NamedNode, Triple
from ...graph.vocabulary import XSD
from ..governance.governance import vocabulary
from .rules import Loaded, Rule, invalid, stand_in
from .tokens import iri_of, prefixes, tokens_of

SHOWABLE: Final = frozenset({"permit", "scope", "require", "deny", "ask", "place"})
"""Effects that a case can show."""

TAKING: Final = frozenset({"require", "deny"})
"""Effects that only take away."""

Missing: TypeAlias = Callable[[frozenset[str]], frozenset[str]]
"""Those of some terms that are declared neither by the workspace's ontologies nor by governance."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The rules that may come into force, with what was refused; `unshown` are in force without a case."""

    loaded: Loaded
    unshown: tuple[RuleInvalid, ...] = ()
    undeclared: bool = False  # whether a rule was refused that another governance may declare the terms of


def review(
    loaded: Loaded, own: Callable[[Rule], bool], missing: Missing, shown: frozenset[str], *, refuses: bool
) -> Reviewed:
    """Refuses a workspace's `own` rules whose terms are missing, or that no case is there to show.

    One without a case that only takes away is in force all the same, for to leave it out would open what it closes.
    So is every other unless the review `refuses` it; they are told as `unshown`.
    """
    rules: list[Rule] = []
    refused, broken, unshown = list(loaded.refused), list(loaded.broken), list[RuleInvalid]()
    unknown = missing(
        frozenset(iri for rule in loaded.rules if own(rule) for iri in _named(rule)) - _standard()
    )
    unknown = frozenset(iri for iri in unknown if not iri.startswith((XSD.NAMESPACE, "urn:ambit:")))
    undeclared = False
    for rule in loaded.rules:
        problem: RuleInvalid | None = None
        if own(rule) and _named(rule) & unknown:
            problem, undeclared = _undeclared(rule, unknown), True
        elif own(rule) and rule.effect in SHOWABLE and rule.iri not in shown:
            if refuses and rule.effect not in TAKING:
                problem = _without_case(rule)
            else:
                unshown.append(_without_case(rule))
        if problem is None:
            rules.append(rule)
        else:
            refused.append(problem)
            broken.append(stand_in(rule.path, problem))
    return Reviewed(Loaded(tuple(rules), tuple(refused), tuple(broken)), tuple(unshown), undeclared)


def mentioned(triples: Iterable[Triple], wanted: frozenset[str]) -> frozenset[str]:
    """Those of some terms that stand anywhere in some triples."""
    found: set[str] = set()
    for triple in triples if wanted else ():
        found |= {
            term.value
            for term in (triple.subject, triple.predicate, triple.object)
            if isinstance(term, NamedNode) and term.value in wanted
        }
    return frozenset(found)


@cache
def _standard() -> frozenset[str]:
    """What Ambit's ontologies declare, and the terms of standards that Ambit itself reads."""
    kinds = (kind for kind in vars(terms).values() if hasattr(kind, "NAMESPACE"))
    known = {value for kind in kinds for value in vars(kind).values() if isinstance(value, str)}
    return frozenset(known | {t.subject.value for t in vocabulary() if isinstance(t.subject, NamedNode)})


def _named(rule: Rule) -> frozenset[str]:
    """The terms that a rule names, in its header, too."""
    return rule.terms | rule.needs | rule.times | ({rule.over} if rule.over else set())


def _undeclared(rule: Rule, unknown: frozenset[str]) -> RuleInvalid:
    tokens = tokens_of(lexer.decode(rule.source))
    known, _ = prefixes(tokens)
    places = [(token.line, iri) for token in tokens if (iri := iri_of(token, known)) in unknown]
    line, iri = min(places, default=(1, min(_named(rule) & unknown)))
    return invalid(
        rule.path,
        line,
        f"the rule reads `{iri}`, which no ontology and no governance declares",
        hint="mend the name, or declare it in `ontology/` or `governance/`",
    )


def _without_case(rule: Rule) -> RuleInvalid:
    return invalid(
        rule.path,
        1,
        f"no case shows `{rule.iri}`",
        hint=f"write one into `cases/`, with `ambit:shows <{rule.iri}>`",
    )
