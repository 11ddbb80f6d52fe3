"""What the tests of a store assert, one user, one relation and one object at a time."""

from collections.abc import Callable, Mapping, Sequence

from ..marked import Marked
from ..words import Place, invalid
from .words import LONGEST, NAME, Check, Tuple

_CHECK = ("user", "users", "object", "objects", "context", "assertions")


def split(at: Marked, text: str = "") -> tuple[str, str]:
    """The type and the id of `type:id`; raises `SourceInvalid`."""
    text = text or at.string()
    kind, colon, name = text.partition(":")
    is_plain = name and not any(c in ":#" or c.isspace() or not c.isprintable() for c in name)
    if not colon or not NAME.fullmatch(kind) or not is_plain or max(len(kind), len(name)) > LONGEST:
        raise invalid(at.place, f"has `{text[:80]}` where `type:id` belongs")
    return kind, name


class Assertions:
    """The assertions of one test; `request` reads the context of a request, `left` gets what no case can say."""

    def __init__(
        self,
        request: Callable[[Marked | None], Mapping[str, object]],
        tuples: Sequence[Tuple],
        left: list[tuple[str, Place, str]],
    ):
        self._request, self._left = request, left
        self.found: list[Check] = []
        self._things = sorted(
            {(t.type, t.id) for t in tuples} | {(t.user_type, t.user_id) for t in tuples if t.user_id != "*"}
        )

    def check(self, said: Marked) -> None:
        """`check`: by user and object, what holds of each relation."""
        said.only(*_CHECK)
        context = self._request(said.get("context"))
        for user in _several(said, "user", "users"):
            one = self._user(user)
            for at in _several(said, "object", "objects") if one else ():
                for relation, value in said.need("assertions").mapping().items():
                    if not isinstance(value.value, bool):
                        raise invalid(value.place, "asserts neither `true` nor `false`")
                    self._add(one, relation, split(at), context, value.value, value.place)

    def objects(self, said: Marked) -> None:
        """`list_objects`: all objects of a type, those that are listed and no others."""
        kind, context = said.need("type").string(), self._request(said.get("context"))
        user = self._user(said.need("user"))
        for relation, listed in said.need("assertions").mapping().items() if user else ():
            wanted = {split(item) for item in listed.items()}
            for thing in sorted({one for one in self._things if one[0] == kind} | wanted):
                self._add(user, relation, thing, context, thing in wanted, listed.place)

    def users(self, said: Marked) -> None:
        """`list_users`: all users of a type that occur, those that are listed and no others."""
        at, context = split(said.need("object")), self._request(said.get("context"))
        for each in said.need("user_filter").items():
            kind, relation_of = each.need("type").string(), each.get("relation")
            if relation_of is not None:
                self._leave(each, f"it lists usersets `{kind}#{relation_of.string()}`")
                continue
            for relation, listed in said.need("assertions").mapping().items():
                names = [one.string() for one in listed.need("users").items()]
                if any("#" in name or name.endswith(":*") for name in names):
                    self._leave(listed, "it lists usersets or everybody")
                    continue
                wanted = {split(one) for one in listed.need("users").items()}
                for thing in sorted({one for one in self._things if one[0] == kind} | wanted):
                    self._add(thing, relation, at, context, thing in wanted, listed.place)

    def _user(self, said: Marked) -> tuple[str, str] | None:
        if "#" in said.string() or said.string().endswith(":*"):
            self._leave(said, f"it asks for `{said.string()[:80]}`, which is no person")
            return None
        return split(said)

    def _leave(self, said: Marked, why: str) -> None:
        self._left.append(("an assertion of a test", said.place, why))

    def _add(
        self,
        user: tuple[str, str] | None,
        relation: str,
        at: tuple[str, str],
        context: Mapping[str, object],
        is_allowed: bool,
        place: Place,
    ) -> None:
        if user is not None:
            self.found.append(Check(user, relation, at, context, is_allowed, place))


def _several(said: Marked, one: str, many: str) -> list[Marked]:
    found, several = said.get(one), said.get(many)
    if (found is None) == (several is None):
        raise invalid(said.place, f"needs `{one}` or `{many}`")
    return [found] if found is not None else several.items() if several is not None else []
