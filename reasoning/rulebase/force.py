"""The rules in force.

Changed at once, after the stranger test. A file that broke keeps its earlier version; where there is none, a
requirement or a denial fails until it is mended, and so takes its whole field away.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from ...graph.clock import CLOCK
from ...graph.errors import RuleInvalid
from ...graph.terms import NamedNode, Quad, Triple, to_nquads
from ...graph.views.calls import Rules
from ...graph.vocabulary import AMBIT, PROV, RDF, node
from .asking import Asked, Circumstances, ask, moment
from .rules import GIVING, Loaded, Rule, invalid

TESTED: Final = frozenset({*GIVING, "place", "approve"})


class Force:
    """Rules by file; not synchronised, its owner locks."""

    def __init__(self) -> None:
        self._by_path: dict[str, Rule] = {}
        self.rules: tuple[Rule, ...] = ()
        self.hashes: Mapping[str, str] = {}  # of the files' texts, by rule
        self._frameworks: Mapping[str, str] = {}  # by rule, of those that are there for a regulation
        self.reads_request = False  # whether a rule that decides does (others always may)
        self.asks = False  # whether a rule asks for approvals: then the shape of a request matters

    def of(self, effect: str, action: str | None = None) -> list[Rule]:
        """The rules of an effect, for one action or all."""
        return [r for r in self.rules if r.effect == effect and (action is None or r.is_for(action))]

    def frameworks(self, rules: Iterable[str]) -> tuple[str, ...]:
        """The regulations that some rules are there for."""
        return tuple(sorted({self._frameworks[rule] for rule in rules if rule in self._frameworks}))

    def change(self, loaded: Loaded, strangers: Mapping[str, RuleInvalid]) -> tuple[RuleInvalid, ...]:
        """Puts `loaded` in force; for each refused file its earlier version stays, or what closes in its place.

        `strangers` are those that the stranger test refuses, by path.
        """
        refused = (*loaded.refused, *strangers.values())
        new = {rule.path: rule for rule in loaded.rules if rule.path not in strangers}
        taken = {rule.iri for rule in new.values()}
        named = {rule.path: rule.iri for rule in loaded.rules} | {one.path: one.iri for one in loaded.broken}
        closing = {one.path: one.closes for one in loaded.broken if one.closes is not None}
        for path in (str(error.details.get("file", "")) for error in refused):
            for earlier in self._earlier(path, named.get(path, "")):
                if earlier.path not in new and earlier.iri not in taken:
                    new[path] = replace(earlier, path=path)
                    taken.add(earlier.iri)
                    break
            else:
                if path in closing:
                    new[path] = closing[path]
        self._by_path = new
        self.rules = tuple(sorted(new.values(), key=lambda rule: rule.iri))
        self.hashes = {r.iri: hashlib.sha256(r.source.encode()).hexdigest() for r in self.rules}
        self._frameworks = {r.iri: r.framework for r in self.rules if r.framework}
        deciding = [rule for rule in self.rules if rule.effect not in ("rank", "label", "approve", "level")]
        self.reads_request = any("request" in rule.reads for rule in deciding)
        self.asks = any(rule.effect == "ask" for rule in deciding)
        return refused

    def _earlier(self, path: str, iri: str) -> Iterator[Rule]:
        """What stood for a file: by its place, then by the rule's name, for files and workspaces are moved."""
        stood = [rule for rule in self._by_path.values() if not rule.failing]
        yield from (rule for rule in stood if rule.path == path)
        yield from (rule for rule in stood if rule.iri == iri)


def stranger_test(rules: tuple[Rule, ...], put: Rules, deadline: float) -> dict[str, RuleInvalid]:
    """Rules, by path, that give something to an actor, purpose and site that stand in no triple.

    The world is what governance says now, and beside it compartments made of every IRI that a rule names, so
    that a rule is found out also where its kind of data is not there yet.
    """
    tested = [rule for rule in rules if rule.effect in TESTED and not rule.public]
    stranger = f"urn:ambit:stranger:{uuid4().hex}"
    wanted = frozenset(_asked_for(stranger, tested))
    around = Circumstances(stranger + ":purpose", stranger + ":site", CLOCK.now(), wanted)
    asked = [Asked(rule, stranger + ":actor", stranger + ":site") for rule in tested]
    said = ask(put, asked, around, deadline=max(deadline, 10.0), patch=(b"", _sample(tested)))
    refused: dict[str, RuleInvalid] = {}
    for one in said:
        path = one.asked.rule.path
        if one.failure:
            refused[path] = invalid(path, 1, f"the stranger test failed: {one.failure}")
        elif one.rows:
            refused[path] = invalid(
                path,
                1,
                f"the rule gives {len(one.rows)} rows to an actor, purpose and site that nobody knows",
                hint="bind it to `?actor` (or `?site`), or write `public: yes` if it is meant for everybody",
            )
    return refused


def _named(rules: list[Rule]) -> list[tuple[NamedNode, str]]:
    """A compartment for each IRI that the rules name."""
    named = sorted({AMBIT.OPEN, *(iri for rule in rules for iri in rule.terms)})
    return [(NamedNode(f"urn:ambit:stranger:compartment:{n}"), iri) for n, iri in enumerate(named)]


def _asked_for(stranger: str, rules: list[Rule]) -> Iterator[Triple]:
    """What a stranger asks an approval for, as rules with the effect approve see it: everything, and long ago."""
    me = NamedNode(stranger + ":request")
    yield Triple(me, node(AMBIT.IS_ASKED_BY), NamedNode(stranger + ":requester"))
    yield Triple(me, node(PROV.GENERATED_AT_TIME), moment(datetime(2000, 1, 1, tzinfo=UTC)))
    for compartment, _ in _named(rules):
        yield Triple(me, node(AMBIT.ASKS_FOR), compartment)


def _sample(rules: list[Rule]) -> bytes:
    """Those compartments, each with its IRI in every place of its label."""
    quads: list[Quad] = []
    for me, iri in _named(rules):
        value = NamedNode(iri)
        quads.append(Quad(me, node(RDF.TYPE), node(AMBIT.COMPARTMENT)))
        quads.append(Quad(me, node(RDF.TYPE), value))
        for predicate in (
            AMBIT.COMES_FROM,
            AMBIT.HAS_SENSITIVITY,
            AMBIT.HAS_JURISDICTION,
            AMBIT.HAS_AUDIENCE,
        ):
            quads.append(Quad(me, node(predicate), value))
    return to_nquads(quads)
