"""Acts of governance: decided, checked and committed like every write, under the writer's lock.

What an act's author may do is worked out where no commit comes between; when `perform` returns, the act is in force.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from ..graph.clock import CLOCK
from ..graph.errors import AmbitError, Refused
from ..graph.snapshot import Snapshot
from ..graph.vocabulary import AMBIT, FOAF
from ..graph.words import Change, Record
from ..reasoning.acts.acts import Act, record
from ..reasoning.deciding.purposes import widths
from .committing import stand
from .leave import Leave
from .request import Request

Work: TypeAlias = Callable[[Snapshot, datetime], Sequence[Act | Record]]
"""The acts of one request at a moment, made under the writer's lock, and those to withdraw; raises what refuses them."""


def perform(request: Request, work: Work) -> None:
    """Commits what `work` gives; raises what it raises, `Invalid` for what breaks a shape, and what `commit` raises."""
    records: tuple[Record, ...] = ()

    def change(snapshot: Snapshot) -> Change:
        nonlocal records
        stand(request, Leave(request))
        made = work(snapshot, CLOCK.now())
        records = tuple(record(one) if isinstance(one, Act) else one for one in made)
        return Change(records, need_person(request), request.run, request.clearance.compartments)

    try:
        request.layers.owner.revise(change)
    except AmbitError as error:
        request.wrote |= error.code == "delivery-failed"  # it is committed all the same
        raise
    if records:
        request.wrote = True
        request.written |= {one.iri: "govern" for one in records}
        request.renew()


def need_person(request: Request) -> str:
    """Who asks, where governance knows that one as a person; raises `Refused`."""
    user = request.chain.user
    if not user or not request.layers.decider.facts.is_a(user, FOAF.PERSON):
        raise refused(
            "nobody whom governance knows as a person asks for this",
            "show a token of a person whom `governance/*.ttl`, or a source that governs it, names as one",
        )
    return user


def need_in_person(request: Request) -> str:
    """As `need_person`, without an agent between; raises `Refused`."""
    if request.chain.agents:
        raise refused("an agent does not decide this", "show a token of the person, without agents")
    return need_person(request)


def administers(request: Request) -> bool:
    """Whether the request's purpose is administration: only an administrator may ask for it."""
    purpose = request.purpose
    return purpose is not None and AMBIT.ADMINISTRATION in widths(purpose, request.layers.decider.facts)


def refused(why: str, hint: str) -> Refused:
    """The refusal of an act of governance, and what to do instead."""
    return Refused(why, code="act-refused", hint=hint)
