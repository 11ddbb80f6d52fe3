"""Made-up OpenFGA models with tuples and conditions, for tests."""

from collections.abc import Callable, Mapping
from typing import Any

from fgareference import Condition
from hypothesis import strategies as st

from ambit.reasoning.importers.openfga.words import (
    Computed,
    Difference,
    From,
    Intersection,
    Model,
    Parameter,
    Ref,
    Relation,
    Rewrite,
    This,
    Tuple,
    Type,
    Union,
)
from ambit.reasoning.importers.openfga.words import Condition as Said
from ambit.reasoning.importers.words import Place

AT = Place("made.fga", 1)
HOUR = 3_600_000_000_000
NOON = 1_772_366_400_000_000_000  # 2026-03-01T12:00:00Z, when the worlds of tests ask
RELATIONS = ("r0", "r1", "r2", "r3")
THINGS = {
    "user": ("u0", "u1", "u2"),
    "group": ("g0", "g1"),
    "folder": ("f0", "f1", "f2"),
    "doc": ("d0", "d1"),
}


def _said(name: str, expression: str, **kinds: str) -> Said:
    parameters = {key: Parameter(*kind.removesuffix(">").split("<")) for key, kind in kinds.items()}
    return Said(name, parameters, expression, AT)


def known(*names: str) -> Callable[[Callable[..., bool]], Condition]:
    """A function of parameters, all of which must be there."""

    def make(test: Callable[..., bool]) -> Condition:
        return lambda given: test(*map(given.__getitem__, names)) if set(names) <= given.keys() else None

    return make


def _either(given: Mapping[str, Any]) -> bool | None:
    """`flag || level > 1`: one yes suffices."""
    if given.get("flag") is True or ("level" in given and given["level"] > 1):
        return True
    return False if {"flag", "level"} <= given.keys() else None


CONDITIONS: dict[str, tuple[Said, Condition]] = {
    "hours": (
        _said(
            "hours",
            "now >= from && now < from + long",
            now="timestamp",
            **{"from": "timestamp", "long": "duration"},
        ),
        known("now", "from", "long")(lambda now, start, long: start <= now < start + long),
    ),
    "level": (
        _said("level", "level * 2 - 1 >= 3", level="int"),
        known("level")(lambda level: level * 2 - 1 >= 3),
    ),
    "tagged": (
        _said("tagged", "tag in tags && !(tag in ['b'])", tag="string", tags="list<string>"),
        known("tag", "tags")(lambda tag, tags: tag in tags and tag != "b"),
    ),
    "either": (_said("either", "flag || level > 1", flag="bool", level="int"), _either),
}
VALUES: dict[str, st.SearchStrategy[object]] = {
    "from": st.sampled_from([NOON - HOUR, NOON, NOON + HOUR]),
    "long": st.sampled_from([HOUR, 2 * HOUR, 0]),
    "level": st.integers(0, 3),
    "tag": st.sampled_from(["a", "b", "c"]),
    "tags": st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2, unique=True).map(tuple),
    "flag": st.booleans(),
}
OPEN = ["", "", "", *CONDITIONS]


@st.composite
def refs(draw: st.DrawFn) -> tuple[Ref, ...]:
    """Who may stand in tuples of a relation."""
    kinds = [
        Ref("user"),
        Ref("user", is_wildcard=True),
        Ref("group", "member"),
        Ref("folder", draw(st.sampled_from(RELATIONS))),
    ]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3, unique=True))
    return tuple(Ref(r.type, r.relation, r.is_wildcard, draw(st.sampled_from(OPEN))) for r in chosen)


@st.composite
def rewrites(draw: st.DrawFn, depth: int, direct: list[bool]) -> Rewrite:
    """What a relation is made of; `direct` notes whether direct users have been listed."""
    kind = draw(st.sampled_from("dcf" if depth == 0 else "dcfuuin"))
    if kind == "d" and not direct[0]:
        direct[0] = True
        return This()
    if kind in "dc":
        return Computed(draw(st.sampled_from(RELATIONS)))
    if kind == "f":
        return From(draw(st.sampled_from(RELATIONS)), "parent")
    parts = tuple(draw(rewrites(depth - 1, direct)) for _ in range(2))
    return Union(parts) if kind == "u" else Intersection(parts) if kind == "i" else Difference(*parts)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Users, groups, folders in folders, documents in folders."""
    member = Relation("member", This(), (Ref("user"), Ref("group", "member")), AT)
    types = {"user": Type("user", {}, AT), "group": Type("group", {"member": member}, AT)}
    for kind in ("folder", "doc"):
        relations = {"parent": Relation("parent", This(), (Ref("folder"),), AT)}
        for name in RELATIONS:
            direct = [False]
            rewrite = draw(rewrites(2, direct)) if name != "r0" else This()
            direct[0] |= name == "r0"
            relations[name] = Relation(name, rewrite, draw(refs()) if direct[0] else (), AT)
        types[kind] = Type(kind, relations, AT)
    return Model(types, {name: said for name, (said, _) in CONDITIONS.items()})


@st.composite
def tuples(draw: st.DrawFn, model: Model) -> list[Tuple]:
    """Tuples that the model allows, each relationship once."""
    found: dict[tuple[str, str, str], Tuple] = {}
    allowed = [(kind, r) for kind in model.types.values() for r in kind.relations.values() if r.refs]
    for kind, relation in draw(st.lists(st.sampled_from(allowed), min_size=12, max_size=30)):
        ref = draw(st.sampled_from(relation.refs))
        user = "*" if ref.is_wildcard else draw(st.sampled_from(THINGS[ref.type]))
        context = draw(contexts(ref.condition)) if ref.condition else {}
        name = draw(st.sampled_from(THINGS[kind.name]))
        one = Tuple(ref.type, user, ref.relation, relation.name, kind.name, name, ref.condition, context, AT)
        found.setdefault((one.user, one.relation, one.object), one)
    return list(found.values())


@st.composite
def contexts(draw: st.DrawFn, condition: str) -> dict[str, object]:
    """Some of what a condition takes."""
    return {
        name: draw(VALUES[name])
        for name in CONDITIONS[condition][0].parameters
        if name in VALUES and draw(st.integers(0, 3))
    }


requests = st.fixed_dictionaries(
    {}, optional={name: VALUES[name] for name in ("level", "tag", "tags", "flag", "from")}
)
