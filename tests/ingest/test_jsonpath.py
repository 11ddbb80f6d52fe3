"""The part of JSONPath that mappings need."""

import pytest

from ambit.graph.errors import SourceInvalid
from ambit.ingest.jsonpath import Found, compile_path, find

DOCUMENT = {
    "people": [{"name": "Ada", "tags": ["x", "y"]}, {"name": "Bob", "first name": "B", "a.b": 1}],
    "team": {"ada": {"role": "lead"}, "bob": {"role": "dev"}},
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.people[*].name", ["Ada", "Bob"]),
        ("people[0].tags[*]", ["x", "y"]),
        ("$.people[-1]['first name']", ["B"]),
        ("$.people[1].first name", ["B"]),
        ('$.people[1]["a.b"]', [1]),
        ("$..role", ["lead", "dev"]),
        ("$.team.*~", ["ada", "bob"]),
        ("$.people[5].name", []),
        ("$.people.name", []),
        ("@.team.ada.role", ["lead"]),
        ("$..*", None),
        ("$", [DOCUMENT]),
    ],
)
def test_paths(path: str, values: list[object] | None) -> None:
    found = [one.value for one in find(Found(DOCUMENT), compile_path(path))]
    assert found == values if values is not None else len(found) == 15


@pytest.mark.parametrize("path", ["$.people[?(@.name=='Ada')]", "$.a[1:2]", "$.", "$.~.a", "$['a"])
def test_what_is_beyond_is_refused_by_name(path: str) -> None:
    with pytest.raises(SourceInvalid) as refused:
        compile_path(path)
    assert path in refused.value.message


def test_items_know_their_path_and_name() -> None:
    found = list(find(Found(DOCUMENT), compile_path("$.team.*")))
    assert [(one.path, one.key) for one in found] == [("$.team.ada", "ada"), ("$.team.bob", "bob")]
