"""Rules as files: the header's grammar, and what is refused at load.

A rule is a `.rq` file. It begins with comment lines `# key: value`; a line `#   more` goes on with the value
above. Then comes one SPARQL SELECT.

    title         a short name                                                          (required)
    family        the subject it belongs to, a word in lower case                       (required)
    effect        permit scope require deny ask approve level place use rank label      (required)
    description   one sentence for those whom it decides about                          (required)
    action        read write … or any; several, separated by spaces             (required but for label)
    reads         which of: purpose site now request
    over          the class of compartments a requirement speaks of, `<IRI>` or prefixed     (require only)
    public        yes: meant for everybody, so the stranger test does not apply
    times         the properties whose times it compares `?now` with: it says the same from one of these to the next
    needs         properties and classes without which it says nothing: it is asked where governance has them all
    framework     the regulation that it is there for, a word in lower case

The grammar stands in `docs/rules.md`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...graph.compartments import short_hash
from ...graph.errors import AmbitError, RuleInvalid
from ...graph.sparql.gate import admit
from .lacking import demanded
from .remains import remains_of
from .scoping import READABLE, check_scopes, resolve, speaks_of

SHIPPED: Final = Path(__file__).parents[1] / "rules"

COLUMNS: Final = {
    "permit": ("compartment", "actor"),
    "scope": ("compartment", "actor"),
    "require": ("compartment", "actor"),
    "deny": ("compartment", "actor"),
    "ask": ("compartment", "actor"),
    "approve": ("compartment", "approver"),
    "level": ("agent", "doing", "level"),
    "place": ("compartment", "site"),
    "use": ("deployment", "actor"),
    "rank": ("deployment", "cost"),
    "label": ("graph", "aspect", "value"),
}
"""What the rows of each effect are made of."""

GIVING: Final = ("permit", "scope", "ask", "use")
"""Effects that give something to an actor."""
OPENING: Final = (*GIVING, "place", "approve")
"""Effects whose rows open something."""

_KEYS: Final = (
    *("title", "family", "effect", "action", "description"),
    *("reads", "over", "public", "times", "needs", "framework"),
)
_LINE = re.compile(r"^#\s?(?P<key>[a-z]+):\s*(?P<value>.*?)\s*$")
_MORE = re.compile(r"^#\s{2,}(?P<value>\S.*?)\s*$")
_WORD = re.compile(r"^[a-z][a-z0-9-]*$")
_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it stands in its file."""

    iri: str
    title: str
    family: str
    effect: str
    actions: frozenset[str]
    description: str
    reads: frozenset[str]
    over: str | None
    public: bool
    text: str  # the query as the gate has read it: what the engine gets
    source: str  # the file's text
    path: str
    columns: tuple[str, ...]  # the projection, in order
    terms: frozenset[str]  # the IRIs it names
    failing: str = ""  # why it always fails: it stands for a file that is broken
    times: frozenset[str] = frozenset()  # the properties whose times it compares now with
    needs: frozenset[str] = frozenset()  # the properties and classes without which it says nothing
    framework: str = ""  # the regulation it is there for

    def is_for(self, action: str) -> bool:
        """Whether the rule speaks of an action."""
        return action in self.actions or "any" in self.actions


@dataclass(frozen=True, slots=True)
class Broken:
    """A refused file: the rule that it would be, and what closes in its place where no earlier version stands."""

    path: str
    iri: str
    closes: Rule | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rules that passed the static checks, and why others did not."""

    rules: tuple[Rule, ...]
    refused: tuple[RuleInvalid, ...] = ()
    broken: tuple[Broken, ...] = ()


def load(folders: Sequence[Path]) -> Loaded:
    """All rules below some folders; never raises. Of two rules with one IRI the later is refused."""
    found: dict[str, Rule] = {}
    refused: list[RuleInvalid] = []
    broken: list[Broken] = []
    for path in (p for folder in folders for p in sorted(folder.rglob("*.rq"))):
        try:
            rule = parse(read(path), path)
            other = found.setdefault(rule.iri, rule)
            if other is not rule:
                refused.append(invalid(path, 1, f"`{rule.iri}` is already the rule in `{other.path}`"))
                if other.source != rule.source:  # else nothing is lost
                    broken.append(stand_in(path, refused[-1]))
        except RuleInvalid as error:
            refused.append(error)
            broken.append(stand_in(path, error))
    return Loaded(tuple(found.values()), tuple(refused), tuple(broken))


def stand_in(path: Path | str, refusal: RuleInvalid) -> Broken:
    """What stands for a refused file; one that cannot be opened says nothing."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(_BYTES)
    except OSError:
        data = b""
    return standing_for(path, data, refusal)


def standing_for(path: Path, data: bytes, refusal: RuleInvalid) -> Broken:
    """What stands for a refused file of which this was read."""
    left = remains_of(path, data, COLUMNS)
    if not left.effect:
        return Broken(str(path), left.iri, None)
    closes = Rule(
        iri=f"urn:ambit:rule:refused/{short_hash(str(path).encode())}",
        title="A rule that is broken",
        family="refused",
        effect=left.effect,
        actions=left.actions,
        description="A file that may take rights away is broken: until it is mended it takes its whole field away.",
        reads=frozenset(),
        over=left.over,
        public=False,
        text="",
        source=data.decode(errors="replace"),
        path=str(path),
        columns=COLUMNS[left.effect],
        terms=frozenset(),
        failing=refusal.message,
    )
    return Broken(str(path), left.iri, closes)


def read(path: Path) -> str:
    """The text of a rule's file; raises `RuleInvalid`."""
    try:
        data = path.read_bytes()
        if len(data) > _BYTES:
            raise invalid(path, 1, f"the rule is larger than {_BYTES} bytes")
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise invalid(path, 1, "the rule cannot be read as UTF-8 text") from error


def parse(text: str, path: Path | str) -> Rule:
    """The rule that a text is; raises `RuleInvalid` with file and line."""
    header, lines = _header(text, path)
    effect = header["effect"]
    reads = frozenset(re.split(r"[\s,]+", header["reads"]) if header.get("reads") else ())
    if not reads <= {*READABLE}:
        raise invalid(path, lines["reads"], f"a rule cannot read `{', '.join(sorted(reads - {*READABLE}))}`")
    if effect == "level" and reads:
        raise invalid(path, lines["reads"], "a level follows from governance alone: it reads nothing else")
    if effect == "label" and reads != {"request"}:
        raise invalid(path, lines.get("reads", 1), "a labelling rule reads `request`, and nothing else")
    try:
        admitted = admit(text)
    except AmbitError as error:
        raise invalid(path, _line_of(error), error.message, hint=error.hint) from error
    if admitted.form != "SELECT":
        raise invalid(path, 1, f"a rule is a SELECT, not `{admitted.form}`")
    if admitted.dataset is not None:
        raise invalid(path, 1, "a rule has no dataset of its own", hint="leave out `FROM`")
    columns = check_scopes(admitted.text, path, effect, (*COLUMNS[effect], *sorted(reads)))
    public = header.get("public") == "yes"
    about = {**dict.fromkeys(GIVING, "actor"), "approve": "approver", "place": "site"}.get(effect)
    if about and not public and not speaks_of(admitted.text, about):
        raise invalid(path, 1, f"the pattern does not mention `?{about}`, so it speaks of everybody")
    needs = _resolved("needs", header, lines, text, path)
    if effect == "deny" and not needs <= demanded(admitted.text):
        raise invalid(
            path,
            lines["needs"],
            "a denial `needs` only what each of its rows needs a triple of, else it would sleep through some",
            hint="name a predicate or class of a pattern that stands outside of OPTIONAL, paths and filters",
        )
    return Rule(
        iri=f"urn:ambit:rule:{header['family']}/{Path(path).stem}",
        title=header["title"],
        family=header["family"],
        effect=effect,
        actions=frozenset(re.split(r"[\s,]+", header["action"]) if "action" in header else ("any",)),
        description=header["description"],
        reads=reads,
        over=resolve(header["over"], text, path, lines["over"]) if "over" in header else None,
        public=public,
        text=admitted.text,
        source=text,
        path=str(path),
        columns=columns,
        terms=admitted.terms,
        times=_resolved("times", header, lines, text, path),
        needs=needs,
        framework=header.get("framework", ""),
    )


def _resolved(
    key: str, header: dict[str, str], lines: dict[str, int], text: str, path: Path | str
) -> frozenset[str]:
    """The IRIs of the names that a key lists."""
    names = re.split(r"[\s,]+", header.get(key, "").strip())
    return frozenset(resolve(name, text, path, lines[key]) for name in names if name)


def _header(text: str, path: Path | str) -> tuple[dict[str, str], dict[str, int]]:
    """The header's values and the lines they stand on."""
    header: dict[str, str] = {}
    lines: dict[str, int] = {}
    last = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.startswith("#"):
            break
        if match := _LINE.match(line):
            last = match["key"]
            if last not in _KEYS:
                raise invalid(path, number, f"a header has no `{last}`", hint=f"keys are {' '.join(_KEYS)}")
            if last in header:
                raise invalid(path, number, f"`{last}` stands twice in the header")
            header[last], lines[last] = match["value"], number
        elif (match := _MORE.match(line)) and last:
            header[last] = f"{header[last]} {match['value']}".strip()
        else:
            raise invalid(
                path, number, f"`{line.strip()}` is no line of a header", hint="write `# key: value`"
            )
    _check_header(header, lines, path)
    return header, lines


def _check_header(header: dict[str, str], lines: dict[str, int], path: Path | str) -> None:
    """What the keys must say; raises `RuleInvalid`."""
    for key in ("title", "family", "effect", "description"):
        if not header.get(key):
            raise invalid(path, lines.get(key, 1), f"the header lacks `{key}`")
    effect = header["effect"]
    if effect not in COLUMNS:
        raise invalid(
            path, lines["effect"], f"`{effect}` is no effect", hint=f"effects are {' '.join(COLUMNS)}"
        )
    if not _WORD.match(header["family"]):
        raise invalid(path, lines["family"], f"`{header['family']}` is no family: one word in lower case")
    if effect != "label" and not header.get("action"):
        raise invalid(path, lines["effect"], "the header lacks `action`", hint="read, or any for all")
    if (effect == "require") != ("over" in header):
        raise invalid(
            path, lines.get("over", lines["effect"]), "`over` belongs to `effect: require`, which needs it"
        )
    if "public" in header and (header["public"] != "yes" or effect not in (*GIVING, "place")):
        raise invalid(path, lines["public"], "`public` is `yes`, on permit, scope, ask, use or place")
    if "needs" in header and effect == "require":
        raise invalid(
            path,
            lines["needs"],
            "`needs` does not belong to a requirement: where it is not asked, its field stays closed",
        )
    if "times" in header and "now" not in re.split(r"[\s,]+", header.get("reads", "")):
        raise invalid(path, lines["times"], "`times` belongs to a rule that reads `now`")
    if "framework" in header and not _WORD.match(header["framework"]):
        raise invalid(
            path, lines["framework"], f"`{header['framework']}` is no framework: one word in lower case"
        )


def invalid(path: Path | str, line: int, message: str, *, hint: str = "") -> RuleInvalid:
    """The refusal of a file, with the line."""
    return RuleInvalid(f"{path}:{line}: {message}", hint=hint, details={"file": str(path), "line": line})


def _line_of(error: AmbitError) -> int:
    line = error.details.get("line", 1)
    return line if isinstance(line, int) else 1
