"""The tuples that lead from objects to users: what a case about them needs, and no more of a store."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .evaluate import Thing
from .words import Tuple


def leading(
    tuples: Iterable[Tuple], users: set[Thing], things: Iterable[Thing], people: frozenset[str]
) -> Iterator[Tuple]:
    """Tuples of these objects and of all that they name, at any distance.

    Left out are those that name other people than the users and lead no further: no rule finds the users by them.
    """
    of: defaultdict[Thing, list[Tuple]] = defaultdict(list)
    for one in tuples:
        of[one.type, one.id].append(one)
    seen = set(things)
    todo = sorted(seen)
    while todo:
        for one in of.get(todo.pop(), ()):
            subject = (one.user_type, one.user_id)
            is_person = one.user_type in people and not one.user_relation and one.user_id != "*"
            if is_person and subject not in users and subject not in of:
                continue
            yield one
            if subject not in seen:
                seen.add(subject)
                todo.append(subject)
