"""ODRL in Turtle, JSON-LD or RDF/XML, read into policies."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ....graph.compartments import short_hash
from ....graph.errors import TooLarge
from ....graph.rdf.parsing import read_rdf, syntax_of
from ....graph.terms import BlankNode, Literal, NamedNode, Object, Subject, Triple
from ....graph.vocabulary import FOAF, ORG, RDF, SKOS
from ..words import Place, invalid
from . import terms
from .conditions import Conditions
from .jsonld import with_context
from .terms import NAMESPACE, odrl
from .words import Combined, Policy, Rule, Said

LIMIT: Final = 4_000_000
MOST_RULES: Final = 1_000
MOST_TRIPLES: Final = 200_000

_VALUE: Final = RDF.NAMESPACE + "value"
_CONFLICTS: Final = {odrl("perm"): "perm", odrl("prohibit"): "prohibit", odrl("invalid"): "invalid"}
_ORGANIZATIONS: Final = frozenset(
    {
        FOAF.NAMESPACE + "Organization",
        FOAF.NAMESPACE + "Group",
        ORG.ORGANIZATION,
        "http://schema.org/Organization",
    }
    | {"http://www.w3.org/2006/vcard/ns#Organization", "http://www.w3.org/2006/vcard/ns#Group"}
)
_CCREL: Final = tuple(terms.CC + name for name in ("permits", "requires", "prohibits"))


def read(path: Path) -> Said:
    """The policies of a file; raises `SourceInvalid` and `TooLarge` with file and line."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise invalid(Place(path.name), f"cannot be read: {error.strerror}") from error
    if len(data) > LIMIT:
        raise TooLarge(f"`{path.name}` has more than {LIMIT} bytes", details={"file": path.name})
    syntax = syntax_of(data)
    text = with_context(data, path.name) if syntax == "jsonld" else data
    hint = "nothing is imported until it parses"
    triples = read_rdf(text, name=path.name, syntax=syntax, most=MOST_TRIPLES, hint=hint)
    return _Reader(triples, data.decode(errors="replace"), path.name).said()


class _Reader:
    """One graph by subject and predicate, and where its policies stand in the text."""

    def __init__(self, triples: list[Triple], text: str, name: str):
        self._about: defaultdict[Subject, defaultdict[str, list[Object]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for triple in dict.fromkeys(triples):
            self._about[triple.subject][triple.predicate.value].append(triple.object)
        self._text, self._name = text, name
        self._left: list[tuple[str, Place, str]] = []
        self._count = 0
        self._seen: dict[tuple[BlankNode, int], str] = {}
        self._narrower = sorted(self._pairs(odrl("includedIn")))
        self._hung: defaultdict[str, list[str]] = defaultdict(list)
        for thing, policy in self._pairs(odrl("hasPolicy")):
            self._hung[policy].append(thing)

    def said(self) -> Said:
        policies = tuple(
            self._policy(subject) for subject in sorted(self._about, key=str) if self._is_policy(subject)
        )
        self._no_odrl({policy.iri for policy in policies})
        parts = sorted(self._pairs(odrl("partOf")))
        kinds = {kind: subject for subject in self._about for kind in self._iris(subject, RDF.TYPE)}
        collections = {odrl(name) for name in ("AssetCollection", "PartyCollection")}
        return Said(
            policies,
            tuple(parts),
            frozenset(self._of_kind(collections)) | {collection for _, collection in parts},
            frozenset(self._of_kind(_ORGANIZATIONS)) if kinds else frozenset(),
            tuple(sorted(self._pairs(SKOS.BROADER))),
            tuple(self._left),
        )

    # -- the graph

    def _objects(self, subject: Subject, name: str) -> list[Object]:
        """In an order that does not depend on the names of blank nodes, as far as there is one."""
        found = self._about[subject].get(name, []) if subject in self._about else []
        return [one for part in found for one in self._elements(part)]

    def _elements(self, term: Object) -> Iterator[Object]:
        """The members of an RDF list, or the term itself."""
        seen: set[Object] = set()
        if not (isinstance(term, BlankNode) and RDF.FIRST in self._about.get(term, ())):
            yield term
            return
        at: Object = term
        while isinstance(at, BlankNode) and at not in seen and at in self._about:
            seen.add(at)
            yield from self._about[at].get(RDF.FIRST, [])
            rest = self._about[at].get(RDF.REST, [])
            at = rest[0] if len(rest) == 1 else NamedNode(RDF.NIL)

    def _iris(self, subject: Subject, name: str) -> list[str]:
        return [one.value for one in self._objects(subject, name) if isinstance(one, NamedNode)]

    def _pairs(self, name: str) -> Iterator[tuple[str, str]]:
        for subject in self._about:
            if isinstance(subject, NamedNode):
                yield from ((subject.value, other) for other in self._iris(subject, name))

    def _of_kind(self, kinds: "set[str] | frozenset[str]") -> Iterator[str]:
        for subject in self._about:
            if isinstance(subject, NamedNode) and kinds & set(self._iris(subject, RDF.TYPE)):
                yield subject.value

    def _place(self, iri: str) -> Place:
        """The line on which a policy's name is first written, whole or by its local name."""
        for written in (f"<{iri}>", f'"{iri}"', iri.rpartition("/")[2].rpartition("#")[2]):
            at = self._text.find(written) if written else -1
            if at >= 0:
                return Place(self._name, self._text.count("\n", 0, at) + 1)
        return Place(self._name)

    # -- policies

    def _is_policy(self, subject: Subject) -> bool:
        """Whether it is said to be one, or has rules and is no rule itself."""
        kinds = set(self._iris(subject, RDF.TYPE)) if not isinstance(subject, Triple) else set()
        has_rules = any(self._objects(subject, odrl(name)) for name in terms.RULES)
        return bool(kinds & terms.KINDS) or (isinstance(subject, NamedNode) and has_rules and not kinds)

    def _no_odrl(self, policies: set[str]) -> None:
        """What says permissions in other words than ODRL's is told: nothing of it is read."""
        for subject in sorted(self._about, key=str):
            name = subject.value if isinstance(subject, NamedNode) else ""
            used = [iri.rpartition("#")[2] for iri in _CCREL if self._about[subject].get(iri)]
            if used and name not in policies:
                why = f"it is no ODRL: it says `cc:{'`, `cc:'.join(used)}` (ccREL)"
                self._left.append((f"<{name}>", self._place(name), why))

    def _policy(self, subject: Subject) -> Policy:
        iri = subject.value if isinstance(subject, NamedNode) else ""
        place = self._place(iri) if iri else Place(self._name)
        kinds = [kind for kind in self._iris(subject, RDF.TYPE) if kind in terms.KINDS]
        doubts = [f"`odrl:{name}` is no part of a policy" for name in self._unknown(subject, terms.POLICY)]
        if not iri:
            doubts.append("it has no IRI")
        special = sorted({kind for kind in kinds if kind != odrl("Policy")})
        if len(special) > 1:
            doubts.append(f"it is of several kinds: {', '.join(special)}")
        conflicts = self._iris(subject, odrl("conflict"))
        if len(conflicts) > 1 or any(conflict not in _CONFLICTS for conflict in conflicts):
            doubts.append("its strategy for conflicts is not known")
        shared = self._duties(subject)
        rules = tuple(
            self._rule(subject, iri, kind, number, one, place, shared)
            for kind in terms.RULES
            for number, one in enumerate(self._ordered(self._objects(subject, odrl(kind))), start=1)
        )
        return Policy(
            iri,
            (special[0] if special else odrl("Set")).removeprefix(NAMESPACE),
            _CONFLICTS.get(conflicts[0], "invalid") if conflicts else "",
            tuple(sorted(self._iris(subject, odrl("profile")))),
            tuple(sorted(self._iris(subject, odrl("inheritFrom")))),
            rules,
            tuple(doubts),
            place,
        )

    def _ordered(self, rules: list[Object]) -> list[Object]:
        """Rules by what they say: their blank nodes have no order of their own."""
        return sorted(rules, key=lambda rule: self._looks(rule, 0))

    def _looks(self, term: Object, depth: int) -> str:
        """What a term says, as far as a few steps show; a hash, so that what is said often stays short."""
        if not isinstance(term, BlankNode):
            return str(term)
        if depth > 6 or term not in self._about:
            return "_"
        if (term, depth) not in self._seen:
            said = self._about[term]
            text = "|".join(
                f"{name} {value}"
                for name in sorted(said)
                for value in sorted(self._looks(one, depth + 1) for one in said[name])
            )
            self._seen[term, depth] = short_hash(text.encode())
        return self._seen[term, depth]

    def _unknown(self, subject: Subject, known: "frozenset[str]") -> list[str]:
        """The ODRL properties of a thing that are none of some; what other vocabularies say of it is no policy."""
        used = (name.removeprefix(NAMESPACE) for name in self._about[subject] if name.startswith(NAMESPACE))
        return sorted(name for name in used if name not in known)

    def _rule(
        self, policy: Subject, iri: str, kind: str, number: int, node: Object, place: Place, shared: list[str]
    ) -> Rule:
        self._count += 1
        if self._count > MOST_RULES:
            raise TooLarge(f"`{self._name}` has more than {MOST_RULES} rules", details={"file": self._name})
        doubts: list[str] = []
        if isinstance(node, Literal | Triple):
            raise invalid(place, f"has a {kind} that is no thing of its own: `{str(node)[:80]}`")
        for name in self._unknown(node, terms.RULE):
            doubts.append(f"`odrl:{name}` is no part of a {kind}")
        left: list[str] = []
        if kind == "prohibition" and self._objects(node, odrl("remedy")):
            left.append("its remedy is not asked for")
        named, refined = self._actions(policy, node, doubts)
        if shared and kind == "permission":
            left.append(
                "`odrl:duty` of the policy is taken for a duty of each permission, as before ODRL 2.2"
            )
        conditions = Conditions(self._about, self._objects)
        constraints = [
            conditions.read(one)
            for one in (
                *self._objects(policy, odrl("constraint")),
                *self._objects(node, odrl("constraint")),
                *refined,
            )
        ]
        actions = sorted({one for action in named for one in terms.below(action, self._narrower)})
        if not named:
            doubts.append("it has no action")
        return Rule(
            kind,
            number,
            iri,
            tuple(actions),
            tuple(named),
            tuple(self._parties(policy, node, "target", doubts)),
            tuple(self._parties(policy, node, "assignee", doubts)),
            constraints[0] if len(constraints) == 1 else Combined("and", tuple(constraints)),
            tuple(sorted({*self._duties(node), *(shared if kind == "permission" else ())})),
            tuple(left),
            tuple(doubts),
            place,
        )

    def _actions(self, policy: Subject, node: Subject, doubts: list[str]) -> tuple[list[str], list[Object]]:
        """The actions of a rule, and the refinements of those that have some."""
        named: list[str] = []
        refined: list[Object] = []
        for one in (*self._objects(policy, odrl("action")), *self._objects(node, odrl("action"))):
            if isinstance(one, NamedNode):
                named.append(one.value)
                refined += self._objects(one, odrl("refinement"))
            elif isinstance(one, BlankNode):
                found = [value for value in self._iris(one, _VALUE) if value]
                if len(found) != 1:
                    doubts.append("an action has no name")
                named += found
                refined += self._objects(one, odrl("refinement"))
            else:
                doubts.append(f"the action `{str(one)[:80]}` is a text")
        if refined and len(named) > 1:
            doubts.append("of several actions one is refined")
        return sorted(set(named)), refined

    def _parties(self, policy: Subject, node: Subject, name: str, doubts: list[str]) -> list[str]:
        """The targets or assignees of a rule."""
        found: list[str] = []
        for one in (*self._objects(policy, odrl(name)), *self._objects(node, odrl(name))):
            if isinstance(one, NamedNode):
                found.append(one.value)
                if self._objects(one, odrl("refinement")):
                    doubts.append(f"the {name} <{one.value}> is refined")
            elif isinstance(one, BlankNode):
                doubts.append(
                    f"a {name} has no IRI" + (": it is a part of others" if self._about.get(one) else "")
                )
            else:
                doubts.append(f"the {name} `{str(one)[:80]}` is a text, not an IRI")
        hung = self._hung.get(policy.value, []) if isinstance(policy, NamedNode) and name == "target" else []
        return sorted({*found, *hung})

    def _duties(self, node: Subject) -> list[str]:
        """What must be done for a permission, by the actions of its duties."""
        found: list[str] = []
        for duty in self._objects(node, odrl("duty")):
            if isinstance(duty, NamedNode | BlankNode):
                named, _ = self._actions(BlankNode("none"), duty, [])
                found.append(
                    " and ".join(name.rpartition("/")[2].rpartition("#")[2] for name in named) or "a duty"
                )
            else:
                found.append("a duty")
        return sorted(found)
