"""Why, and why not.

A denial speaks only of what the chain would be permitted under some purpose or after an approval; of all else it
says the same as of what does not exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...graph.errors import AmbitError
from ...graph.vocabulary import AMBIT, DPV, SKOS
from ..deciding.decide import HOPS, Decider
from ..deciding.delegation import chain_stands, told
from ..deciding.purposes import is_administrator, is_purpose, kept_from, widths
from ..deciding.questions import ACTIONS, Question
from ..deciding.standing import reviewed
from ..governance.facts import Facts
from ..rulebase.rules import Rule
from .proof import Cited, Proof, prove

NOTHING: Final = "Nothing that you may know of has this name."
_SHAPES: Final = 8
"""Approved shapes of queries that are looked at."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something may be read, or what would open more of it.

    `missing` are IRIs of purposes that would open what this one does not, and `ambit:Approval` where an approval
    would. `absent` and `whole` are the proof's, and for those alone who may read rules.
    """

    permitted: bool
    rules: tuple[str, ...] = ()
    cited: tuple[Cited, ...] = ()
    sentence: str = NOTHING
    missing: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    @property
    def triples(self) -> tuple[str, ...]:
        """N-Quads lines whose graph is the record that states the triple."""
        return tuple(str(cited) for cited in self.cited)


def explain(decider: Decider, question: Question, compartments: Sequence[str]) -> Explanation:
    """Explains what is said of a thing whose record graphs lie in `compartments`; never raises.

    The same is done where there are none, so that what does not exist takes as long as what is hidden.
    """
    wanted = frozenset(compartments)
    cleared = decider.decide(question).clearance.compartments
    missing = _missing(decider, question, wanted - cleared)
    held = sorted(wanted & cleared)
    if not held and missing:
        sentence = _closed(missing) + _standing(decider, question, wanted, missing)
        return Explanation(False, sentence=sentence, missing=missing)
    if not held:
        return Explanation(False)
    try:
        return _permitted(question, decider.settled(lambda: prove(decider, question, held)), missing)
    except (
        AmbitError,
        OSError,
        ValueError,
        RuntimeError,
    ):  # the verdict stands, its proof cannot be shown now
        sentence = f"You may {question.action} this; the proof is not at hand."
        return Explanation(True, sentence=sentence, missing=missing)


def explain_to_asker(decider: Decider, question: Question, compartments: Sequence[str]) -> Explanation:
    """As `explain`, for the one who asks: of other actions than reading only where that one may read; never raises.

    Of a chain that does not stand it says which link is broken, whatever is asked about. What rules say of what is
    absent is not told: it would name what governance could hold.
    """
    with decider.lock:
        broken, _ = chain_stands(question.chain, question.now, decider.facts, HOPS)
        said = told(broken, question.chain.user, decider.facts) if broken is not None else ""
    if said:
        return Explanation(False, sentence=said)
    return replace(_to_asker(decider, question, compartments), absent=(), whole=())


def _to_asker(decider: Decider, question: Question, compartments: Sequence[str]) -> Explanation:
    if question.action in ("read", "explain"):
        return explain(decider, replace(question, action="read"), compartments)
    read = decider.decide(replace(question, action="read")).clearance.compartments
    if question.action not in ACTIONS:  # rules alone speak of it: what they give is the asker's to know
        read |= decider.decide(question).clearance.compartments
    seen = [compartment for compartment in compartments if compartment in read]
    said = explain(decider, question, seen)
    if said.permitted or not seen:
        return said
    standing = _standing(decider, question, frozenset(seen), said.missing)
    return replace(said, sentence=_kept(question.action, said.missing) + standing)


def _permitted(question: Question, proof: Proof, missing: tuple[str, ...]) -> Explanation:
    """A proof in words."""
    return Explanation(
        True,
        tuple(rule.iri for rule in proof.rules),
        proof.triples,
        _opened(question, proof.rules, proof.also),
        missing,
        proof.absent,
        proof.whole,
    )


def _opened(question: Question, rules: Sequence[Rule], others: Sequence[Rule]) -> str:
    """One sentence for a permit."""
    opens = [rule for rule in rules if rule.effect in ("permit", "ask")]
    because = " ".join(f"{rule.title}: {rule.description}" for rule in opens[:1])
    also = [rule.title for rule in (*opens[1:], *others) if rule not in opens[:1]]
    rest = f" Also by: {', '.join(dict.fromkeys(also))}." if also else ""
    beside = [rule.title for rule in rules if rule not in opens]
    rest += f" Needed as well: {', '.join(dict.fromkeys(beside))}." if beside else ""
    laws = sorted({rule.framework for rule in (*rules, *others) if rule.framework})
    rest += f" Under: {', '.join(laws)}." if laws else ""
    return f"{local_name(question.chain.user or AMBIT.ANONYMOUS)} may {question.action} this. {because}{rest}"


def _closed(missing: Sequence[str]) -> str:
    """One sentence for what another purpose or an approval would open."""
    return f"Not open for this purpose; it would be {_ways(missing)}."


def _standing(decider: Decider, question: Question, closed: frozenset[str], missing: Sequence[str]) -> str:
    """One sentence where the approval that would open something stands for queries of a shape."""
    if AMBIT.APPROVAL not in missing:
        return ""
    with decider.lock:
        shapes = sorted(reviewed(question, closed, decider.facts))[:_SHAPES]
    wanted = [(replace(question, pattern=shape), one) for shape in shapes for one in sorted(closed)]
    is_open = any(verdict.is_permitted for verdict in decider.checks(wanted))
    return " One stands for queries of its shape alone." if is_open else ""


def _kept(action: str, missing: Sequence[str]) -> str:
    """One sentence for what may be read, and no more."""
    rest = f"; it would be yours to {action} {_ways(missing)}" if missing else ""
    return f"You may read this, but not {action} it{rest}."


def _ways(missing: Sequence[str]) -> str:
    purposes = [f"`{local_name(iri)}`" for iri in missing if iri != AMBIT.APPROVAL]
    ways = [f"for the purpose {' or '.join(purposes)}"] if purposes else []
    ways += ["once an approval stands"] if AMBIT.APPROVAL in missing else []
    return " or ".join(ways)


def _missing(decider: Decider, question: Question, closed: frozenset[str]) -> tuple[str, ...]:
    """Purposes under which, for this very chain, some of `closed` would be read; or an approval, where it alone would do.

    An approval that is not what opens it is not named: it would tell that there is a rule which asks for one.
    """
    found = [
        purpose
        for purpose in purposes_beside(decider, question)
        if decider.decide(replace(question, purpose=purpose)).clearance.compartments & closed
    ]
    if decider.force.of("ask", question.action):
        asked = [question, *(replace(question, purpose=p) for p in purposes_beside(decider, question))]
        if any(
            (decider.possible(one) - decider.decide(one).clearance.compartments) & closed for one in asked
        ):
            found.append(AMBIT.APPROVAL)
    return tuple(found)


def purposes_beside(decider: Decider, question: Question) -> list[str]:
    """The purposes that governance opens something to, or that rules name, and that this user may ask for."""
    facts = decider.facts
    named = {iri for rule in decider.force.rules for iri in rule.terms}
    for relation in (AMBIT.IS_OPEN_TO, AMBIT.IS_REGISTERED_FOR, AMBIT.IS_FOR):
        named |= facts.values(relation)
    named.discard(SKOS.BROADER_TRANSITIVE)
    may_run = is_administrator(question.chain.user, facts)
    return sorted(
        iri
        for iri in named
        if iri != question.purpose
        and iri != DPV.PURPOSE
        and is_purpose(iri, facts)
        and (may_run or AMBIT.ADMINISTRATION not in widths(iri, facts))
    )


def barred(question: Question, facts: Facts) -> str | None:
    """Why a request would be refused for its purpose, in words, where no token claims it; None where it would not.

    That the purpose is none at all is another matter.
    """
    actor = kept_from(question.purpose, question.chain, facts)
    if actor is None or question.purpose is None:
        return None
    what = "is not registered" if actor in question.chain.agents else "may not act"
    return f"`{local_name(actor or AMBIT.ANONYMOUS)}` {what} for the purpose `{local_name(question.purpose)}`"


def local_name(iri: str) -> str:
    """The end of an IRI, for a sentence."""
    return iri.rstrip("/#").replace("#", "/").replace(":", "/").rpartition("/")[2] or iri
