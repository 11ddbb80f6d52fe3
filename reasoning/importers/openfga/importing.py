"""An OpenFGA store as rules, governance and cases, with a row for each part of it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from ....graph.errors import Invalid, RuleInvalid
from ....graph.iris import is_absolute
from ....graph.vocabulary import AMBIT
from ..ruletext import OWN_ACTIONS, RuleText, check_names, declared, turtle
from ..words import Import, Place, Row, Status
from .casing import Casing
from .naming import Names
from .patterns import ALWAYS, NEVER, Everyone, Pattern, When, Writer
from .store import read
from .subjects import is_other, others
from .translate import Both, Translation
from .triples import check_clashes, classes, is_valid, named, persons, stated, triples
from .words import Model, Node, Store, Tuple


@dataclass(frozen=True, slots=True)
class Options:
    """How a store is to be read.

    `name` is the family of the rules and the stem of the files, `base` what IRIs begin with, `prefixes` what those
    of a type's objects begin with. `people` are the types whose objects are users (empty: `user`, or else those
    without relations). `actions` are the actions that a relation stands for beside its own name, `now` the
    parameters that stand for the time of the request. `jurisdiction` is that of the cases' data.
    """

    name: str = "openfga"
    base: str = "https://example.com/openfga/"
    prefixes: Mapping[str, str] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    now: frozenset[str] = frozenset()
    context: str = ""
    jurisdiction: str = AMBIT.EU


def import_file(path: Path, options: Options, *, tuples: tuple[Path, ...] = ()) -> Import:
    """What becomes of a file; raises `SourceInvalid`, `TooLarge`, and `Invalid` for options that do not fit it."""
    _check_options(options)
    return import_store(read(path, tuples), options, Place(path.name))


def _check_options(options: Options) -> None:
    check_names(options.name, [action for actions in options.actions.values() for action in actions])
    for iri in (
        options.base,
        options.jurisdiction,
        *options.prefixes.values(),
        *filter(None, (options.context,)),
    ):
        if not is_absolute(iri):
            raise Invalid(f"`{iri}` is no absolute IRI", hint="write one such as https://example.com/id/")


def import_store(store: Store, options: Options, place: Place) -> Import:
    """As `import_file`, of what has been read."""
    names = Names(options.base, options.prefixes, options.context, options.name)
    people = _people(store.model, options, place)
    _check_known(store.model, options)
    rows: list[Row] = []
    tuples = [one for one in store.tuples if _is_kept(store.model, one, rows)]
    check_clashes(names, named((*tuples, *(one for test in store.tests for one in test.tuples))), place)
    translation = Translation(store.model, names, people)
    nobody = others(store.model, people)
    rules: dict[Node, RuleText] = {}
    files: dict[str, bytes] = {}
    stems: set[str] = set()
    for node in store.model.nodes():
        lost = _lost(nobody[node], people)
        rule = _relation(store.model, node, translation.found[node], lost, names, options, stems, rows)
        if rule is not None:
            rules[node] = rule
            files[rule.file] = rule.text().encode()
    rows += _conditions(store.model, translation)
    rows += [Row(Status.LEFT, "assertion", what, at, why) for what, at, why in store.left]
    said = {
        *classes(names, sorted(people)),
        *persons(names, people, tuples),
        *triples(store.model, names, tuples),
    }
    unread = [row for one in tuples if (row := _unread(store.model, people, one)) is not None]
    rows += unread
    if len(tuples) > len(unread):
        what = f"{len(tuples) - len(unread)} tuples are triples"
        rows.append(Row(Status.TRANSLATED, "tuples", what, place))
    closed = frozenset(
        n for n, both in translation.found.items() if both.below == NEVER and both.above == ALWAYS
    )
    casing = Casing(
        options.name,
        store.model,
        names.of_cases(store.model.types),
        people,
        translation,
        rules,
        options.jurisdiction,
        options.now,
        closed,
        rows,
    )
    files |= dict(casing.files(tuples, store.tests))
    for node in rules.keys() - casing.shown:  # a rule that no case shows is not put in force
        del files[rules[node].file]
        rows[:] = [_unshown(row) if row.rule == rules[node].file else row for row in rows]
    texts = [files[rules[node].file] for node in rules if node in casing.shown]
    said |= set(stated(names, store.model, b"\n".join(texts).decode()))
    said |= declared(texts, said)
    files[f"governance/{options.name}.ttl"] = turtle(said, f"Imported from {place.file}.")
    return Import(files, tuple(rows))


def _unshown(row: Row) -> Row:
    why = "no example was found that turns on it, and a rule without a case is not put in force: add tuples"
    return replace(row, status=Status.LEFT, why=why, rule="")


def _people(model: Model, options: Options, place: Place) -> frozenset[str]:
    """The types whose objects are users."""
    for kind in options.people:
        if kind not in model.types:
            raise Invalid(f"`{kind}` is no type of the model", hint=f"types are {' '.join(model.types)}")
    found = options.people or ({"user"} & model.types.keys())
    found = found or {kind.name for kind in model.types.values() if not kind.relations}
    if not found:
        raise Invalid(f"`{place}` has no type that is surely people", hint="name it with `--people`")
    return frozenset(found)


def _check_known(model: Model, options: Options) -> None:
    relations = {name for _, name in model.nodes()}
    for name in options.actions:
        if name not in relations:
            raise Invalid(
                f"`{name}` is no relation of the model", hint=f"relations are {' '.join(sorted(relations))}"
            )
    for kind in options.prefixes:
        if kind not in model.types:
            raise Invalid(f"`{kind}` is no type of the model", hint=f"types are {' '.join(model.types)}")
    times = {
        p for c in model.conditions.values() for p, said in c.parameters.items() if said.kind == "timestamp"
    }
    for name in options.now - times:
        raise Invalid(f"`{name}` is no parameter of the type `timestamp`")


def _is_kept(model: Model, one: Tuple, rows: list[Row]) -> bool:
    if is_valid(model, one):
        return True
    why = "the model does not allow it, so OpenFGA does not read it either"
    rows.append(Row(Status.LEFT, "tuple", str(one), one.place, why))
    return False


def _unread(model: Model, people: frozenset[str], one: Tuple) -> Row | None:
    """The row of a tuple whose subject is no person: it is a triple that opens nothing. None for any other."""
    if not is_other(model, people, (one.type, one.relation), one.ref):
        return None
    why = f"it is a triple, and {_lost({one.user_type}, people)}"
    return Row(Status.NARROWED, "tuple", str(one), one.place, why)


def _lost(kinds: Collection[str], people: frozenset[str]) -> str:
    """Whom OpenFGA would open something, and nothing here does; nothing if there are none."""
    if not kinds:
        return ""
    listed = ", ".join(f"`{kind}`" for kind in sorted(kinds))
    hint = " ".join(f"--people {kind}" for kind in sorted({*people, *kinds}))
    return f"it opens nothing to objects of {listed}, which are no people here: see `{hint}`"


def _relation(
    model: Model,
    node: Node,
    both: Both,
    lost: str,
    names: Names,
    options: Options,
    stems: set[str],
    rows: list[Row],
) -> RuleText | None:
    """The rule of a relation; None where it is left, or leads to no person."""
    kind, name = node
    place = model.types[kind].relations[name].place
    what = f"`{name}` of `{kind}`"
    why = "; ".join((*both.reasons, *filter(None, (lost,))))
    actions = (*(() if name in OWN_ACTIONS else (name,)), *options.actions.get(name, ()))
    if both.below == NEVER:
        if why:
            rows.append(Row(Status.LEFT, "relation", what, place, why))
        else:
            rows.append(
                Row(Status.TRANSLATED, "relation", what, place, "it leads to no person: triples alone")
            )
        return None
    if not actions:
        why = f"`{name}` is an action of Ambit's own: say what it stands for with `--action ACTION={name}`"
        rows.append(Row(Status.LEFT, "relation", what, place, why))
        return None
    writer = Writer(names, options.now)
    pattern = [
        "  ?compartment <https://w3id.org/ambit#hasAudience> ?object .",
        *writer.write(both.below, "?object"),
    ]
    rule = RuleText(
        family=options.name,
        stem=_stem(node, stems),
        title=f"{name} of {kind}",
        effect="permit",
        actions=actions,
        description=f"Whoever is `{name}` of a `{kind}` in the audience, as the imported model says.",
        pattern=tuple(pattern),
        reads=tuple(read for read in ("now", "request") if read in writer.reads),
    )
    try:
        rule.text()
    except RuleInvalid as refusal:
        why = f"its rule would be more than a rule may be: {refusal.message.partition(': ')[2] or refusal.message}"
        rows.append(Row(Status.LEFT, "relation", what, place, why))
        return None
    status = Status.NARROWED if why else Status.TRANSLATED
    rows.append(Row(status, "relation", what, place, why, rule.file))
    for wildcard in sorted(set(_everyone(both.below))):
        why = f"`{wildcard}` is everybody whom governance knows as one; whoever is unknown is not among them"
        rows.append(Row(Status.NARROWED, "wildcard", what, place, why, rule.file))
    return rule


def _stem(node: Node, stems: set[str]) -> str:
    """The name of a rule's file; unlike all others also where letters' case does not count."""
    plain = quote(f"{node[0]}-{node[1]}", safe="").replace("%2F", "_")
    stem, number = plain, 1
    while stem.casefold() in stems:
        number += 1
        stem = f"{plain}-{number}"
    stems.add(stem.casefold())
    return stem


def _everyone(pattern: Pattern) -> Iterator[str]:
    """The types of which a pattern takes everybody in."""
    if isinstance(pattern, Everyone) or (isinstance(pattern, When) and pattern.kind):
        yield f"{pattern.kind.rpartition('#')[2]}:*"
    for inner in getattr(pattern, "parts", ()):
        yield from _everyone(inner)
    for name in ("inner", "base"):
        if (below := getattr(pattern, name, None)) is not None:
            yield from _everyone(below)


def _conditions(model: Model, translation: Translation) -> Iterator[Row]:
    for condition in model.conditions.values():
        said = translation.conditions[condition.name]
        if isinstance(said, str):
            why = f"{said}: tuples under it open nothing, and where they take away they always do"
            yield Row(Status.LEFT, "condition", f"`{condition.name}`", condition.place, why)
        else:
            yield Row(Status.TRANSLATED, "condition", f"`{condition.name}`", condition.place)
