"""Why, why not, what if and who can: each verb of one request.

Of oneself, as it is, everybody may ask, and is told what `reasoning.explaining.explain` lets be told. What speaks of others, of
what governance could be, or of what keeps a thing closed is for those alone who may read governance: a person, without
an agent between, for the purpose administration. All others are refused before anything is looked up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..graph.errors import AmbitError, Invalid, Refused
from ..graph.rdf.parsing import name_blanks, read_rdf
from ..graph.terms import Triple
from ..graph.vocabulary import AMBIT
from ..graph.words import Chain
from ..reasoning.deciding.decide import Decider
from ..reasoning.deciding.questions import ACTIONS, Question
from ..reasoning.explaining.closing import closing_of
from ..reasoning.explaining.explain import explain, explain_to_asker
from ..reasoning.explaining.explained import Told
from ..reasoning.explaining.nearest import nearest
from ..reasoning.explaining.supposing import SUPPOSED, Supposed
from .compartments import compartments_of
from .governing import administers
from .identity import actor_iri
from .request import Request

TEXT: Final = 100_000
"""Characters of what is supposed, and triples in it."""
TRIPLES: Final = 100
AGENTS: Final = 16


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

    Raises `Invalid` for what is no question, `Refused` for what is another's, and `AmbitError` (`cancelled`) where nobody
    wants the answer any more.
    """
    _check(action)
    may_read = _may_read_governance(request)
    if not about.is_nothing and not may_read:
        raise refused()
    question = _question(request, action, about)
    decider = request.layers.decider
    if not may_read:
        own = compartments_of(request.layers.owner, iri)
        with decider.wanted(request.cancel):
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
    """Who may do something, through the agents and for the purpose asked about; raises as `why` does."""
    _check(action)
    if not _may_read_governance(request):
        raise refused()
    question = _question(request, action, about)
    adds, removes = _triples(about.adds, "adds"), _triples(about.removes, "removes")
    things = _things(request, iri)
    decider = request.layers.decider

    def found() -> Who:
        world = Supposed(decider, removes, adds) if adds or removes else decider
        held = [world.holders(question, thing).users for thing in things]
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
    said = explain(world, question, things)
    before = None
    if world is not decider:
        before = bool(decider.decide(question).clearance.compartments & set(things))
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
    if request.layers.decider.facts.is_a(iri, AMBIT.COMPARTMENT) if _is_iri(iri) else False:
        return (iri,)
    return compartments_of(request.layers.owner, iri)


def _is_iri(iri: str) -> bool:
    try:
        return bool(actor_iri(iri))
    except ValueError:
        return False


def _triples(text: str, name: str) -> frozenset[Triple]:
    """What is supposed; raises `SourceInvalid` for what does not parse, and `TooLarge`."""
    if len(text) > TEXT:
        raise _unfit(f"`{name}` has more than {TEXT} characters", "suppose less at once")
    data = text.encode("utf-8", "replace")
    read = read_rdf(data, name=name, syntax="turtle", most=TRIPLES, hint="nothing was supposed")
    return name_blanks(read, SUPPOSED)


def _check(action: str) -> None:
    """Raises `Invalid` for an action that is none of the server's, also where a rule names it: it may be hidden."""
    if action not in (*ACTIONS, "explain"):
        raise _unfit(f"`{action[:100]}` is not an action", f"actions are {', '.join(ACTIONS)}")


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
