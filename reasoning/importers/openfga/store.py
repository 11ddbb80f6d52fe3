"""What is imported: a model alone (`.fga` or JSON), or a store (`.fga.yaml`) with tuples and tests.

A store may name files beside it; nothing outside of its folder is read.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ....graph.errors import TooLarge
from .. import marked
from ..marked import Marked
from ..words import Place, invalid
from . import celvalues, dsl, jsonmodel, validating
from .assertions import Assertions, split
from .words import NAME, Model, Store, Test, Tuple

MOST_TUPLES: Final = 100_000
MOST_CHECKS: Final = 5_000

_STORE: Final = ("name", "model", "model_file", "tuples", "tuple_file", "tuple_files", "tests")
_TEST: Final = (
    "name",
    "description",
    "tuples",
    "tuple_file",
    "tuple_files",
    "check",
    "list_objects",
    "list_users",
)


def read(path: Path, tuples: tuple[Path, ...] = ()) -> Store:
    """What a file says, with further files of tuples; raises `SourceInvalid` and `TooLarge` with file and line."""
    data = _bytes(path, path.name)
    if path.suffix not in (".json", ".yaml", ".yml"):
        store = Store(validating.check(dsl.read(_text(data, path.name), path.name)))
    else:
        document = marked.read(data, path.name)
        if "schema_version" in document.mapping():
            store = Store(validating.check(jsonmodel.read(document)))
        else:
            store = _store(document, path)
    if tuples:
        reader = _Tuples(store.model)
        more = [
            one for file in tuples for one in reader.read(marked.read(_bytes(file, file.name), file.name))
        ]
        store = Store(store.model, _unique((*store.tuples, *more)), store.tests, store.left)
    return store


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(marked.LIMIT + 1)
    except OSError as error:
        raise invalid(Place(name), f"cannot be read: {error.strerror}") from error
    if len(data) > marked.LIMIT:
        raise TooLarge(f"`{name}` has more than {marked.LIMIT} bytes", details={"file": name})
    return data


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise invalid(Place(name), "is not UTF-8") from error


def _store(document: Marked, path: Path) -> Store:
    document.only(*_STORE)
    model = validating.check(_model(document, path))
    reader = _Tuples(model)
    own = _unique(reader.of(document, path.parent))
    tests: list[Test] = []
    left: list[tuple[str, Place, str]] = []
    found = document.get("tests")
    count = 0
    for number, one in enumerate(found.items() if found else (), start=1):
        test = _test(one, number, reader, path.parent, own, left)
        tests.append(test)
        count += len(test.checks)
        if count > MOST_CHECKS:
            raise TooLarge(
                f"`{path.name}` has more than {MOST_CHECKS} assertions", details={"file": path.name}
            )
    return Store(model, own, tuple(tests), tuple(left))


def _model(document: Marked, path: Path) -> Model:
    said, file = document.get("model"), document.get("model_file")
    if said is not None:
        if isinstance(said.value, dict):
            return jsonmodel.read(said)
        return dsl.read(said.string(), path.name, first_line=said.place.line + said.is_block)
    if file is None:
        raise invalid(document.place, "has neither `model` nor `model_file`")
    other = _beside(file, path.parent)
    data = _bytes(other, other.name)
    if other.suffix == ".json":
        return jsonmodel.read(marked.read(data, other.name))
    if other.suffix == ".mod":
        raise invalid(file.place, "names a modular model", hint="combine it first (`fga model transform`)")
    return dsl.read(_text(data, other.name), other.name)


def _beside(file: Marked, folder: Path) -> Path:
    """A file that is named, inside of the folder; raises `SourceInvalid`."""
    other = (folder / file.string()).resolve()
    if not other.is_relative_to(folder.resolve()):
        raise invalid(file.place, f"names `{file.string()}`, which lies outside of its folder")
    return other


def _unique(tuples: "tuple[Tuple, ...] | list[Tuple]") -> tuple[Tuple, ...]:
    """Each relationship once; raises `SourceInvalid` for one that is there with another condition."""
    found: dict[tuple[str, str, str], Tuple] = {}
    for one in tuples:
        key = (one.user, one.relation, one.object)
        other = found.setdefault(key, one)
        if (other.condition, other.context) != (one.condition, one.context):
            raise invalid(one.place, f"says `{one}`, which stands with another condition in `{other.place}`")
    if len(found) > MOST_TUPLES:
        raise TooLarge(f"there are more than {MOST_TUPLES} tuples")
    return tuple(found.values())


class _Tuples:
    """Reads tuples, with their contexts by what the model's conditions take."""

    def __init__(self, model: Model):
        self._model = model

    def of(self, document: Marked, folder: Path) -> list[Tuple]:
        """Those that a mapping lists, and those of the files that it names."""
        found = document.get("tuples")
        tuples = list(self.read(found)) if found else []
        files = [one for one in (document.get("tuple_file"),) if one is not None]
        several = document.get("tuple_files")
        files += several.items() if several else []
        for file in files:
            other = _beside(file, folder)
            if other.suffix not in (".yaml", ".yml", ".json"):
                raise invalid(file.place, f"names `{file.string()}`: tuples are read from YAML and JSON")
            tuples += self.read(marked.read(_bytes(other, other.name), other.name))
        return tuples

    def read(self, listed: Marked) -> Iterator[Tuple]:
        """The tuples of a list, or of what the API gives (`{"tuples": [{"key": {…}}]}`)."""
        if isinstance(listed.value, dict):
            listed = listed.need("tuples")
        for one in listed.items():
            yield self.one(one.get("key") or one)

    def one(self, said: Marked) -> Tuple:
        user, relation, at = said.need("user"), said.need("relation").string(), said.need("object")
        kind, name = split(at)
        user_text, _, user_relation = user.string().partition("#")
        user_type, user_id = split(user, user_text)
        condition = said.get("condition")
        context: Mapping[str, object] = {}
        if condition is not None:
            context = self.context(condition.get("context"), condition.need("name").string())
        if "#" in user.string() and not NAME.fullmatch(user_relation):
            raise invalid(user.place, f"has the subject `{user.string()[:80]}`, which names no relation")
        return Tuple(
            user_type,
            user_id,
            user_relation,
            relation,
            kind,
            name,
            condition.need("name").string() if condition is not None else "",
            context,
            said.place,
        )

    def context(self, said: Marked | None, name: str) -> Mapping[str, object]:
        """A context by what a condition takes; what it does not take is no part of it."""
        condition = self._model.conditions.get(name)
        if said is None or condition is None:
            return {}
        given = said.mapping()
        return {
            key: celvalues.convert(parameter, given[key])
            for key, parameter in condition.parameters.items()
            if key in given
        }

    def request(self, said: Marked | None) -> Mapping[str, object]:
        """A request's context, by what any condition takes under a name."""
        found: dict[str, object] = {}
        for name in self._model.conditions if said is not None else ():
            found |= self.context(said, name)
        return found


def _test(
    one: Marked,
    number: int,
    reader: _Tuples,
    folder: Path,
    own: tuple[Tuple, ...],
    left: list[tuple[str, Place, str]],
) -> Test:
    one.only(*_TEST)
    said = one.get("name")
    name = said.string() if said else f"test {number}"
    tuples = _unique(reader.of(one, folder))
    _unique((*own, *tuples))
    checks = Assertions(reader.request, (*own, *tuples), left)
    for key, read_one in (
        ("check", checks.check),
        ("list_objects", checks.objects),
        ("list_users", checks.users),
    ):
        found = one.get(key)
        for each in found.items() if found else ():
            read_one(each)
    return Test(name, tuples, tuple(checks.found), one.place)
