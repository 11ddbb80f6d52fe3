"""Whether a rule says the same with a variable bound as with it left free.

A bound variable is bound everywhere in the engine, also where SPARQL would find it free: in a filter of a
group that does not mention it, beside OPTIONAL, aggregates and LIMIT, and on both sides of a MINUS, which so have it in common. A rule is indifferent to a
variable `?v` if that cannot be told: then its rows for `?v` = t are those that it has with `?v` free and that
hold t, or nothing, in that place. The proof goes up the tree (SPARQL 1.1, 18.5): it holds for triple patterns, is kept by
joins and unions, by a filter that does not mention `?v` or stands over patterns that always bind it, and by
an OPTIONAL under the same condition. All else counts as not indifferent.
"""

from enum import Enum
from functools import lru_cache

from .groups import Block, Group, Inner, Pattern, Union, Unread
from .parsing import read


class Held(Enum):
    """What the solutions of a group do with a variable."""

    NEVER = 0  # it is not mentioned
    SOME = 1  # some bind it, and others leave it open: they hold for any term
    ALWAYS = 2


@lru_cache(maxsize=4096)
def held(text: str, variable: str) -> Held | None:
    """What a rule's rows do with a variable that it is indifferent to; None where it is not."""
    query = read(text)
    if query is None or not query.is_plain or variable in query.computed:
        return None
    try:
        return _group(query.where, variable)
    except Unread:
        return None


def _group(group: Group, variable: str) -> Held:
    so_far = Held.NEVER
    for element in group.elements:
        so_far = max(so_far, _element(element, variable, so_far), key=lambda h: h.value)
    if so_far is not Held.ALWAYS and any(variable in f.variables() for f in group.filters):
        raise Unread
    return so_far


def _element(element: Pattern | Block | Union | Inner, variable: str, so_far: Held) -> Held:
    """What one element does; raises `Unread` where it may tell a bound variable from a free one."""
    if variable not in element.variables():
        return Held.NEVER
    if isinstance(element, Pattern):
        if variable in element.inside or element.is_reflexive:
            raise Unread
        return Held.ALWAYS
    if isinstance(element, Union):
        found = {_group(branch, variable) for branch in element.branches}
        return found.pop() if len(found) == 1 else Held.SOME
    if isinstance(element, Block):
        if element.kind == "bind" and element.target != variable and so_far is Held.ALWAYS:
            return Held.NEVER
        raise Unread
    inside = _group(element.group, variable)
    if element.graph is not None and element.graph.text == variable and element.graph.kind == "var":
        raise Unread
    if element.kind == "OPTIONAL":
        if inside is not Held.NEVER and so_far is not Held.ALWAYS:
            raise Unread
        return Held.NEVER
    return inside
