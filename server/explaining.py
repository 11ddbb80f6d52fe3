"""Why, why not, what if and who can: each verb of one request.

Of oneself, as it is, everybody may ask, and is told what `reasoning.explaining.explain` lets be told. What speaks of others, of
what governance could be, or of what keeps a thing closed is for those alone who may read governance: a person, without
an agent between, for the purpose administration. All others are refused before anything is looked up.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..graph.errors import AmbitError, Invalid, PurposeRefused, Refused
from ..graph.iris import is_absolute
from ..graph.rdf.parsing import name_blanks, read_rdf
from ..graph.terms import Triple
from ..graph.vocabulary import AMBIT
from ..graph.words import Chain
from ..reasoning.deciding.decide import Decider
from ..reasoning.deciding.purposes import allowed, is_purpose
from ..reasoning.deciding.questions import ACTIONS, Question
from ..reasoning.explaining.closing import closing_of
from ..reasoning.explaining.explain import NOTHING, Explanation, barred, explain, explain_to_asker, local_name
from ..reasoning.explaining.explained import Told
from ..reasoning.explaining.nearest import nearest
from ..reasoning.explaining.supposing import SUPPOSED, Supposed
from ..reasoning.governance.facts import Facts
from .compartments import compartments_of
from .governing import administers
from .identity import actor_iri
from .request import Request

TEXT: Final = 100_000
"""Characters of what is supposed, and triples in it."""
TRIPLES: Final = 100
AGENTS: Final = 16
OWN_ACTIONS: Final = (*ACTIONS, "explain")
"""What the server asks about itself."""
LONGEST_ACTION: Final = 100
"""Characters of an action's name."""


@dataclass(frozen=True, slots=True)
class About:
    """Whom an explanation is about, if not the one who asks, and what is supposed: Turtle to add and to remove.

    A purpose without a user is asked for by the chain of the request itself.
    """

    user: str | None = None
    agents: tuple[str, ...] = ()
    purpose: str | None = None
    adds: str = ""
    removes: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether it is about the one who asks, as governance is."""
        return self == OWN


OWN: Final = About()
"""About the one who asks, as governance is."""


@dataclass(frozen=True, slots=True)
class Who:
    """The users who may do something with a thing: `users` with some of its compartments, `whole` with all."""

    users: tuple[str, ...]
    whole: tuple[str, ...]


def why(request: Request, iri: str, action: str, about: About = OWN) -> Told:
    """Why something may be done, or not.

    Raises `Invalid` for what is no question, `Refused` for what is another's, `PurposeRefused` for what is no purpose, and
    `AmbitError` (`cancelled`) where nobody wants the answer any more.
    """
    may_read = _may_read_governance(request)
    if not about.is_nothing and not may_read:
        raise refused()
    decider = request.layers.decider
    _check(iri, action, _named(decider) if may_read else None)
    question = _question(request, action, about)
    if not may_read:
        own = compartments_of(request.layers.owner, iri)
        with decider.wanted(request.cancel):
            if action not in OWN_ACTIONS and not _is_given(decider, question, own):
                raise _no_action(action, ACTIONS)
            return Told(iri, question, explain_to_asker(decider, question, own))
    adds, removes = _triples(about.adds, "adds"), _triples(about.removes, "removes")
    things = _things(request, iri)
    with decider.wanted(request.cancel):
        told, shut = decider.settled(lambda: _whole(decider, iri, question, things, adds, removes))
        if shut is None or adds or removes:
            return told
        try:  # each change is decided over by itself: no commit waits for all of them
            return replace(told, changes=nearest(decider, question, shut))
        except (AmbitError, RuntimeError):  # what keeps it closed is known all the same
            return told


def who_can(request: Request, iri: str, action: str, about: About = OWN) -> Who:
    """Who may do something, through the agents and for the purpose asked about, or none; raises as `why` does."""
    if not _may_read_governance(request):
        raise refused()
    decider = request.layers.decider
    _check(iri, action, _named(decider))
    # the asker's own purpose is that of asking, not that of those who may
    question = replace(_question(request, action, about), purpose=about.purpose, facts=frozenset())
    adds, removes = _triples(about.adds, "adds"), _triples(about.removes, "removes")
    things, chain = _things(request, iri), question.chain

    def found() -> Who:
        world = Supposed(decider, removes, adds) if adds or removes else decider
        _check_purpose(question, world.facts)
        held = [
            allowed(world.holders(question, thing).users, chain.agents, question.purpose, world.facts)
            for thing in things
        ]
        users, whole = frozenset[str]().union(*held), frozenset.intersection(*held) if held else frozenset()
        return Who(tuple(sorted(users)), tuple(sorted(whole)))

    with decider.wanted(request.cancel):
        return decider.settled(found)


def _whole(
    decider: Decider,
    iri: str,
    question: Question,
    things: Sequence[str],
    adds: frozenset[Triple],
    removes: frozenset[Triple],
) -> tuple[Told, str | None]:
    """All that there is to tell over what is supposed, but changes; and the first of the compartments that are closed."""
    world = Supposed(decider, removes, adds) if adds or removes else decider
    _check_purpose(question, world.facts)
    before = None
    if world is not decider:
        before = bool(decider.decide(question).clearance.compartments & set(things))
        before = before and _is_nameable(question, decider.facts)
    why_not = barred(question, world.facts)
    if why_not is not None:
        said = Explanation(False, sentence=f"{why_not}.")
        return Told(iri, question, said, before, (why_not,)), things[0] if things else None
    said = explain(world, question, things)
    if things and said.sentence == NOTHING:  # it is there for who asks, who may not be whom it is about
        who = local_name(question.chain.user or AMBIT.ANONYMOUS)
        said = replace(said, sentence=f"{who} may not {question.action} this.")
    held = world.decide(question).clearance.compartments
    shut = next((thing for thing in things if thing not in held), None)
    closed = tuple(what for what, _ in closing_of(world, question, shut)) if shut is not None else ()
    return Told(iri, question, said, before, closed), shut


def _question(request: Request, action: str, about: About) -> Question:
    own = replace(request.question, action=action)
    try:
        chain = own.chain
        if about.user is not None or about.agents:
            user = actor_iri(about.user) if about.user is not None else own.chain.user
            chain = Chain(user, tuple(map(actor_iri, about.agents[:AGENTS])))
        if about.purpose is not None:
            actor_iri(about.purpose)
    except ValueError:
        raise _unfit(
            "an actor or a purpose is no IRI", "name people, agents and purposes by their IRIs"
        ) from None
    if about.is_nothing:
        return own
    return replace(own, chain=chain, purpose=about.purpose, facts=frozenset())


def _things(request: Request, iri: str) -> tuple[str, ...]:
    """The compartments that speak of a thing; of a compartment itself."""
    if request.layers.decider.facts.is_a(iri, AMBIT.COMPARTMENT):
        return (iri,)
    return compartments_of(request.layers.owner, iri)


def _check_purpose(question: Question, facts: Facts) -> None:
    """Raises `PurposeRefused` for a purpose that the taxonomy does not know."""
    purpose = question.purpose
    if purpose is not None and not is_purpose(purpose, facts):
        raise PurposeRefused(
            f"`{purpose[:100]}` is no purpose of the taxonomy", hint="name by its IRI one that is"
        )


def _is_nameable(question: Question, facts: Facts) -> bool:
    """Whether a request of its chain may name its purpose."""
    is_known = question.purpose is None or is_purpose(question.purpose, facts)
    return is_known and barred(question, facts) is None


def _triples(text: str, name: str) -> frozenset[Triple]:
    """What is supposed; raises `SourceInvalid` for what does not parse, and `TooLarge`."""
    if len(text) > TEXT:
        raise _unfit(f"`{name}` has more than {TEXT} characters", "suppose less at once")
    data = text.encode("utf-8", "replace")
    read = read_rdf(data, name=name, syntax="turtle", most=TRIPLES, hint="nothing was supposed")
    return name_blanks(read, SUPPOSED)


def _check(iri: str, action: str, named: Collection[str] | None) -> None:
    """Raises `Invalid` for what is no IRI, and for an action that is neither the server's nor one of `named`.

    Where these are not known, others are left to what rules give.
    """
    if not is_absolute(iri):
        raise _unfit(
            f"`{iri[:100]}` is not an IRI", "name what the explanation is about by its whole IRI, `https://…`"
        )
    if action in OWN_ACTIONS:
        return
    if len(action) > LONGEST_ACTION or (named is not None and action not in named):
        raise _no_action(action, (*ACTIONS, *sorted(named or ())))


def _named(decider: Decider) -> frozenset[str]:
    """The actions that rules in force name beside the server's own: for those who may read rules."""
    return frozenset(name for rule in decider.force.rules for name in rule.actions) - {"any", *ACTIONS}


def _is_given(decider: Decider, question: Question, compartments: Sequence[str]) -> bool:
    """Whether a rule that names the action gives some of it: of other names nobody is told that a rule has them."""
    gave = {
        rule
        for verdict in decider.checks([(question, one) for one in compartments])
        if verdict.is_permitted
        for rule in verdict.rules
    }
    return any(rule.iri in gave and question.action in rule.actions for rule in decider.force.rules)


def _no_action(action: str, known: Iterable[str]) -> Invalid:
    return _unfit(f"`{action[:100]}` is not an action", f"actions are {', '.join(known)}")


def _may_read_governance(request: Request) -> bool:
    return administers(request) and not request.chain.agents


def refused() -> Refused:
    """The one refusal of all that is not one's own to ask."""
    return Refused(
        "only what is your own is explained to you, as it is",
        code="explanation-refused",
        hint="a person who administers may ask for more, for the purpose administration and without an agent",
    )


def _unfit(message: str, hint: str) -> Invalid:
    return Invalid(message, code="invalid-argument", hint=hint)
