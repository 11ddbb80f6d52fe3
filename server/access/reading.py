"""Bodies of the Authorization API: strict JSON (RFC 7493), then its form (AuthZEN 1.0 §5 to §8, §10.1.1).

Names that the specification does not know are passed over, as it demands; what it knows has to fit.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from math import isinf
from typing import Any, Final

import orjson

from ...graph.errors import Invalid, TooLarge
from .words import (
    EXECUTE_ALL,
    NONE,
    SEMANTICS,
    Action,
    Entity,
    Evaluation,
    Evaluations,
    Page,
    Properties,
    Search,
)

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_SPACED: Final = re.compile(rb'"[ \t\n\r]+:')
_DEEPEST: Final = 500
"""Objects and lists that may stand in one another: what is read has to be written again, from wherever that is done."""
_TOO_DEEP: Final = "the body is nested too deeply"
_HINT: Final = "docs/access.md says what a request holds"


def json_of(body: bytes) -> Mapping[str, Any]:
    """The one JSON object of a body.

    Raises `Invalid` for what is not JSON in UTF-8, names a member twice, or holds half a surrogate pair or a
    number that no double holds: readers would differ about what it says. And for what is nested too deeply.
    """
    if (plain := _plainly(body)) is not None:
        return plain
    try:
        text = body.decode("utf-8")
        said = _DECODER.decode(text)
        if _SURROGATE.search(body):
            json.dumps(said, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise _unfit("the body holds what is no Unicode text") from None
    except RecursionError:
        raise _unfit(_TOO_DEEP) from None
    except ValueError:
        raise _unfit("the body is not JSON") from None
    if not isinstance(said, dict):
        raise _unfit("the body is no JSON object")
    if _is_deep(said):
        raise _unfit(_TOO_DEEP)
    return said


def _is_deep(said: object) -> bool:
    level = [said]
    for _ in range(_DEEPEST):
        level = [
            part
            for one in level
            for part in (one.values() if isinstance(one, dict) else one)  # type: ignore[attr-defined]
            if isinstance(part, dict | list)
        ]
        if not level:
            return False
    return True


def _plainly(body: bytes) -> dict[str, Any] | None:
    """The object of a body that says so plainly what it says that the quicker reader gives the same; None of others.

    What is written again as it came names nothing twice. Else: `":` stands behind the name of each member, and may
    stand in texts; so where there are as many as members, none is named twice. Numbers with a fraction or beyond 64
    bits are read the other way.
    """
    try:
        said = orjson.loads(body)
        if not isinstance(said, dict):
            return None
        if orjson.dumps(said) == body:
            return said
        is_plain = not _SPACED.search(body) and _members(said) == body.count(b'":')
        return said if is_plain else None
    except (ValueError, TypeError, RecursionError):
        return None


def _members(value: object) -> int:
    """How many members a value has, with those in it; raises `ValueError` for a float in it."""
    if isinstance(value, dict):
        return len(value) + sum(map(_members, value.values()))
    if isinstance(value, list):
        return sum(map(_members, value))
    if isinstance(value, float):
        raise ValueError("a float")
    return 0


def evaluation_of(said: Mapping[str, Any]) -> Evaluations:
    """The body of `/evaluation` (§6.1)."""
    return Evaluations((_evaluation(said),), is_single=True)


def evaluations_of(said: Mapping[str, Any], most: int) -> Evaluations:
    """The body of `/evaluations` (§7.1): items take whole members from the top level where they have none."""
    items = said.get("evaluations")
    if items is None or items == []:
        return evaluation_of(said)
    if not isinstance(items, list):
        raise _unfit("`evaluations` is no list")
    if len(items) > most:
        raise TooLarge(
            f"`evaluations` holds more than {most}", hint="the setting limits.evaluations bounds it"
        )
    options = _object(said, "options")
    semantics = options.get("evaluations_semantic", EXECUTE_ALL)
    if semantics not in SEMANTICS:
        raise _unfit(f"`options.evaluations_semantic` is none of {', '.join(sorted(SEMANTICS))}")
    given = {name: said[name] for name in ("subject", "action", "resource", "context") if name in said}
    return Evaluations(tuple(_item(item, given) for item in items), semantics)


def subject_search_of(said: Mapping[str, Any]) -> Search:
    """The body of `/search/subject` (§8.4.1): an `id` of the subject counts for nothing."""
    return _search(
        said,
        lambda: Evaluation(_open(said, "subject"), _action(said), _entity(said, "resource"), _context(said)),
    )


def resource_search_of(said: Mapping[str, Any]) -> Search:
    """The body of `/search/resource` (§8.5.1): an `id` of the resource counts for nothing."""
    return _search(
        said,
        lambda: Evaluation(_entity(said, "subject"), _action(said), _open(said, "resource"), _context(said)),
    )


def action_search_of(said: Mapping[str, Any]) -> Search:
    """The body of `/search/action` (§8.6.1), which has no action."""
    return _search(
        said,
        lambda: Evaluation(_entity(said, "subject"), Action(""), _entity(said, "resource"), _context(said)),
    )


def _search(said: Mapping[str, Any], evaluation: Callable[[], Evaluation]) -> Search:
    asked = evaluation()
    named = {
        "subject": (asked.subject.type, asked.subject.id, asked.subject.properties),
        "action": (asked.action.name, asked.action.properties),
        "resource": (asked.resource.type, asked.resource.id, asked.resource.properties),
        "context": asked.context,
    }
    return Search(asked, _page(said), canonical(named))


def canonical(said: object) -> bytes:
    """What was asked, in a form that does not depend on the order of members."""
    try:
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=dict)
    except TypeError:  # a number beyond 64 bits
        return json.dumps(said, sort_keys=True, ensure_ascii=False, default=dict).encode("utf-8")


def _item(item: object, given: Mapping[str, Any]) -> Evaluation | Invalid:
    try:
        if not isinstance(item, dict):
            raise _unfit("an evaluation is no JSON object")
        return _evaluation({**given, **{name: said for name, said in item.items() if said is not None}})
    except Invalid as error:
        return error


def _evaluation(said: Mapping[str, Any]) -> Evaluation:
    return Evaluation(_entity(said, "subject"), _action(said), _entity(said, "resource"), _context(said))


def _entity(said: Mapping[str, Any], name: str) -> Entity:
    entity = _needed(said, name)
    return Entity(_text(entity, "type", name), _text(entity, "id", name), _object(entity, "properties", name))


def _open(said: Mapping[str, Any], name: str) -> Entity:
    entity = _needed(said, name)
    return Entity(_text(entity, "type", name), "", _object(entity, "properties", name))


def _action(said: Mapping[str, Any]) -> Action:
    action = _needed(said, "action")
    return Action(_text(action, "name", "action"), _object(action, "properties", "action"))


def _context(said: Mapping[str, Any]) -> Properties:
    return _object(said, "context")


def _page(said: Mapping[str, Any]) -> Page:
    page = _object(said, "page")
    token, limit = page.get("token"), page.get("limit")
    if token is not None and not isinstance(token, str):
        raise _unfit("`page.token` is no string")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 0):
        raise _unfit("`page.limit` is no number from 0 on")
    return Page(token or None, limit)


def _needed(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if said.get(name) is None:
        raise _unfit(f"`{name}` is missing")
    return _object(said, name)


def _object(said: Mapping[str, Any], name: str, inside: str = "") -> Mapping[str, Any]:
    value = said.get(name)
    if value is None:  # §11.5: null is as if it were not there
        return NONE
    if not isinstance(value, dict):
        raise _unfit(f"`{_path(name, inside)}` is no JSON object")
    return value


def _text(said: Mapping[str, Any], name: str, inside: str) -> str:
    value = said.get(name)
    if value is None:
        raise _unfit(f"`{_path(name, inside)}` is missing")
    if not isinstance(value, str):
        raise _unfit(f"`{_path(name, inside)}` is no string")
    return value


def _path(name: str, inside: str) -> str:
    return f"{inside}.{name}" if inside else name


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    listed = list(pairs)
    said = dict(listed)
    if len(said) != len(listed):
        raise _unfit("a JSON object names a member twice")
    return said


def _float(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(text)
    return value


def _constant(text: str) -> object:
    raise ValueError(text)  # NaN and Infinity are no JSON


def _unfit(message: str) -> Invalid:
    return Invalid(message, hint=_HINT)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_float=_float, parse_constant=_constant)
