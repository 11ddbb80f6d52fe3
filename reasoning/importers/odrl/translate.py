"""Rules of ODRL as rules over governance.

A permission becomes a permit, or an ask where it has duties: what must be done for it nobody can see here, so
that somebody approves it. A prohibition becomes a deny. What is not clear closes: such a permission is left, such
a prohibition stands whatever it was to depend on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ....graph.errors import RuleInvalid
from ....graph.vocabulary import AMBIT, FOAF
from ..ruletext import OWN_ACTIONS, RuleText
from ..words import Row, Status
from . import constraints
from .terms import NAMESPACE
from .words import Combined, Policy, Rule, Said

PERSON = f"<{FOAF.PERSON}>"
ALL = AMBIT.EVERYBODY


@dataclass(frozen=True, slots=True)
class Settings:
    """What a policy does not say itself: targets, assignees, its strategy, and what is accepted."""

    family: str
    targets: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    conflict: str = ""
    profiles: frozenset[str] = frozenset()
    offers: bool = False
    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """A rule of ODRL, or those of its actions that go together, with what was made of it."""

    rule: Rule
    text: RuleText
    is_asked: bool = False
    over: tuple[Rule, ...] = ()  # the permissions that go before it
    listed: str = ""  # the file that the report names, where the rule has become several

    @property
    def row(self) -> str:
        """The file by which the report names it."""
        return self.listed or self.text.file


def names_of(actions: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """What actions are called here: ODRL's own by their local name, but for those that are Ambit's; others by IRI."""
    found: dict[str, None] = {}
    for iri in actions:
        short = iri.removeprefix(NAMESPACE)
        found[iri if short in OWN_ACTIONS else short] = None
        found |= dict.fromkeys(settings.actions.get(iri, ()))
    return tuple(found)


class Translation:
    """Makes rules of policies; `rows` say what became of each part. `part` is what leads from parts to collections."""

    def __init__(self, said: Said, settings: Settings, part: str):
        self._said, self._settings, self._part = said, settings, f"<{part}>"
        self.rows: list[Row] = []
        self.made: list[Made] = []
        by_iri = {policy.iri: policy for policy in said.policies}
        for number, policy in enumerate(said.policies, start=1):
            self._policy(policy, number, by_iri)

    # -- policies

    def _policy(self, policy: Policy, number: int, by_iri: Mapping[str, Policy]) -> None:
        inherited, unclear = self._inherited(policy, by_iri)
        rules = [self._filled(rule) for rule in (*policy.rules, *inherited)]
        unclear = (*self._unclear(policy), *unclear)
        void = self._void(policy)
        permissions = [rule for rule in rules if rule.kind == "permission"]
        prohibitions = [rule for rule in rules if rule.kind == "prohibition"]
        conflict = policy.conflict or self._settings.conflict or "invalid"
        if conflict == "invalid" and (clash := _clash(permissions, prohibitions, self._said)):
            word = "says" if policy.conflict else "by ODRL's default"
            void = (
                *void,
                f"{clash} conflict, and such a policy is void ({word} `odrl:invalid`): see `--conflict`",
            )
        if not rules:
            self.rows.append(Row(Status.LEFT, "policy", f"<{policy.iri}>", policy.place, "it has no rules"))
        for rule in rules:
            stem = f"p{number}-{rule.kind}-{rule.number}"
            stem += "" if rule.policy == policy.iri else f"-{_short(rule.policy, by_iri)}"
            if rule.kind == "obligation":
                self._leave(rule, "an obligation decides nothing: whoever has it has it whatever is read")
            elif void:
                self._leave(rule, "; ".join(void))
            elif rule.kind == "permission":
                self._permission(rule, stem, unclear)
            else:
                self._prohibition(rule, stem, permissions, conflict if not unclear else "prohibit")

    def _void(self, policy: Policy) -> tuple[str, ...]:
        """Why nothing of a policy is in force."""
        found: list[str] = []
        if policy.kind in ("Request", "Ticket", "Assertion"):
            found.append(f"a policy of the kind `{policy.kind}` grants nothing by itself")
        if policy.kind == "Offer" and not self._settings.offers:
            found.append("an offer is not agreed on: see `--offers`")
        return tuple(found)

    def _unclear(self, policy: Policy) -> tuple[str, ...]:
        """Why it is not clear what a policy says: its permissions are left, its prohibitions stand."""
        found = list(policy.doubts)
        for profile in policy.profiles:
            if profile not in self._settings.profiles:
                found.append(f"its profile <{profile}> is not known: see `--profile`")
        return tuple(found)

    def _inherited(self, policy: Policy, by_iri: Mapping[str, Policy]) -> tuple[list[Rule], tuple[str, ...]]:
        """The rules of all policies above, and why some are not known."""
        found: list[Rule] = []
        seen, todo, why = {policy.iri}, list(policy.inherits), []
        while todo:
            iri = todo.pop(0)
            other = by_iri.get(iri)
            if iri in seen:
                why.append(f"it inherits from <{iri}> twice or in a circle")
            elif other is None:
                why.append(f"it inherits from <{iri}>, which is not in the file")
            else:
                seen.add(iri)
                found += other.rules
                todo += other.inherits
                why += self._unclear(other)
        return found, tuple(dict.fromkeys(why))

    def _filled(self, rule: Rule) -> Rule:
        """A rule with targets and assignees where it names none."""
        return replace(
            rule,
            targets=rule.targets or self._settings.targets,
            assignees=rule.assignees or self._settings.assignees,
        )

    # -- rules

    def _permission(self, rule: Rule, stem: str, why: Sequence[str]) -> None:
        why = [*why, *_doubts(rule, self._settings)]
        if not rule.targets:
            why.append("it has no target: name one with `--target`")
        if not rule.assignees:
            why.append("it has no assignee: name one with `--assignee`")
        asked = constraints.ask(rule.constraint, surely=True)
        unknown = constraints.unknown(rule.constraint)
        if asked is False:
            why += unknown
        actions, odd = self._actions(rule)
        if why or not actions:
            self._leave(rule, "; ".join(why or odd or ["it covers no action"]))
            return
        less = [*unknown, *odd, *rule.left]
        if rule.duties:
            less.append(
                f"its duties ({', '.join(rule.duties)}) cannot be seen to be done: it is asked for, and opened by an approval"
            )
        lines = self._lines(rule, asked, "permit")
        text = self._text(rule, stem, "ask" if rule.duties else "permit", actions, lines)
        if refused := _refused(text):
            self._leave(rule, f"its rule would be more than a rule may be: {refused}")
            return
        self._keep(Made(rule, text, bool(rule.duties)), less)

    def _prohibition(self, rule: Rule, stem: str, permissions: list[Rule], conflict: str) -> None:
        """A deny for each set of permissions that go before it; for most policies there is one, of none."""
        targets = rule.targets or tuple(sorted({target for one in permissions for target in one.targets}))
        less = [*constraints.unknown(rule.constraint), *rule.left, *_doubts(rule, self._settings)]
        if not rule.targets and targets:
            less.append("it has no target: it stands for all targets of the policy's permissions")
        if not rule.assignees:
            less.append("it has no assignee: it stands for everybody")
        if not targets:
            self._leave(rule, "it has no target, and nothing is permitted either")
            return
        whole = _surely(rule, less, targets)
        asked = constraints.ask(whole.constraint, surely=False)
        if asked is False:
            self._leave(rule, "its constraint holds never")
            return
        covered = rule.actions or tuple(sorted({action for one in permissions for action in one.actions}))
        groups: dict[tuple[Rule, ...], list[str]] = {}
        for action in covered:
            groups.setdefault(self._over(action, permissions, conflict), []).append(action)
        texts: list[RuleText] = []
        for number, (over, actions) in enumerate(groups.items(), start=1):
            part = replace(whole, actions=tuple(actions))
            named, odd = self._actions(part)
            less += odd
            if named:
                ending = f"-{number}" if len(groups) > 1 else ""
                lines = self._lines(part, asked, "deny", over)
                text = self._text(part, stem + ending, "deny", named, lines, over)
                if _refused(text):
                    less.append("its rule would be more than a rule may be: it stands whatever it depends on")
                    over, part = (), replace(part, constraint=Combined("and", ()))
                    text = self._text(part, stem + ending, "deny", named, self._lines(part, True, "deny"))
                texts.append(text)
                self.made.append(Made(part, texts[-1], over=over, listed=texts[0].file))
        if not texts:
            self._leave(rule, "it covers no action that anything permits")
            return
        status = Status.NARROWED if less else Status.TRANSLATED
        self.rows.append(
            Row(status, rule.kind, str(rule), rule.place, "; ".join(dict.fromkeys(less)), texts[0].file)
        )

    def _over(self, action: str, permissions: list[Rule], conflict: str) -> tuple[Rule, ...]:
        """The permissions that go before a prohibition of an action."""
        if conflict != "perm":
            return ()
        return tuple(
            one
            for one in permissions
            if action in one.actions and not one.duties and not _doubts(one, self._settings)
        )

    def _keep(self, made: Made, less: list[str]) -> None:
        self.made.append(made)
        status = Status.NARROWED if less else Status.TRANSLATED
        why = "; ".join(dict.fromkeys(less))
        self.rows.append(Row(status, made.rule.kind, str(made.rule), made.rule.place, why, made.text.file))

    def _leave(self, rule: Rule, why: str) -> None:
        self.rows.append(Row(Status.LEFT, rule.kind, str(rule), rule.place, why))

    def _actions(self, rule: Rule) -> tuple[tuple[str, ...], list[str]]:
        """The actions of a rule as a header has them, and those that no header can have."""
        names = names_of(rule.actions, self._settings)
        odd = [name for name in names if "," in name or not name.isprintable() or " " in name]
        return tuple(name for name in names if name not in odd), [
            f"the action <{name}> cannot be named" for name in odd
        ]

    def _text(
        self,
        rule: Rule,
        stem: str,
        effect: str,
        actions: tuple[str, ...],
        lines: list[str],
        over: tuple[Rule, ...] = (),
    ) -> RuleText:
        reads = constraints.reads(rule.constraint).union(*(constraints.reads(one.constraint) for one in over))
        what = {"permit": "permits", "ask": "permits after a duty", "deny": "prohibits"}[effect]
        return RuleText(
            family=self._settings.family,
            stem=stem,
            title=f"{rule.kind.capitalize()} {rule.number}",
            effect=effect,
            actions=actions,
            description=f"What the {rule.kind} {rule.number} of the policy <{rule.policy}> {what}.",
            pattern=tuple(lines),
            reads=tuple(read for read in ("purpose", "now") if read in reads),
        )

    # -- patterns

    def _lines(
        self, rule: Rule, asked: constraints.Answer, effect: str, over: tuple[Rule, ...] = ()
    ) -> list[str]:
        lines = [*self._assets(rule, effect, "  "), *self._actors(rule, effect, "  ")]
        if isinstance(asked, str):
            lines.append(f"  FILTER({asked})")
        for permission in over:
            granted = constraints.ask(permission.constraint, surely=True)
            if granted is False or not permission.targets or not permission.assignees:
                continue
            lines.append("  FILTER NOT EXISTS {")
            lines += [
                *self._assets(permission, "permit", "    ", "?granted"),
                *self._actors(permission, "permit", "    "),
            ]
            lines += [f"    FILTER({granted})"] if isinstance(granted, str) else []
            lines.append("  }")
        return lines

    def _assets(self, rule: Rule, effect: str, indent: str, target: str = "?target") -> list[str]:
        """The compartments that are of a target, or of a part of one; a prohibition goes down to the parts of parts."""
        path = self._part + ("*" if effect == "deny" else "?")
        listed = " ".join(f"<{target}>" for target in rule.targets)
        if len(rule.targets) == 1:
            return [
                f"{indent}?asset {path} {listed} .",
                f"{indent}?compartment <{AMBIT.HAS_AUDIENCE}> ?asset .",
            ]
        return [
            f"{indent}VALUES {target} {{ {listed} }}",
            f"{indent}?asset {path} {target} .",
            f"{indent}?compartment <{AMBIT.HAS_AUDIENCE}> ?asset .",
        ]

    def _actors(self, rule: Rule, effect: str, indent: str) -> list[str]:
        """Who is an assignee, or belongs to one; nobody but people is permitted anything."""
        kind = "?kind" if effect == "deny" else PERSON
        if ALL in rule.assignees:
            return [f"{indent}?actor a {kind} ."]
        path = self._part + ("*" if effect == "deny" else "?")
        lines: list[str] = []
        for number, one in enumerate(rule.assignees):
            lines += [
                f"{indent}{'UNION ' if number else ''}{{ ?actor {path} <{one}> ; a {kind} }}",
                f"{indent}UNION {{ ?actor <{AMBIT.MEMBER_OF_ALL}> <{one}> ; a {kind} }}",
            ]
        return lines


def _refused(text: RuleText) -> str:
    """Why the loader would refuse a rule, nothing if it would not."""
    try:
        text.text()
    except RuleInvalid as refusal:
        return refusal.message
    return ""


def _doubts(rule: Rule, settings: Settings) -> tuple[str, ...]:
    """Why it is not clear what a rule means; what was filled in is clear."""
    filled = {"target": settings.targets, "assignee": settings.assignees}
    return tuple(
        doubt
        for doubt in rule.doubts
        if not any(values and doubt.startswith(f"the {name} `") for name, values in filled.items())
    )


def _surely(rule: Rule, doubts: list[str], targets: tuple[str, ...]) -> Rule:
    """A prohibition as it stands where it is not clear: whatever it was to depend on."""
    unclear = bool(rule.doubts)
    return replace(
        rule,
        targets=targets,
        assignees=(ALL,) if unclear or not rule.assignees else rule.assignees,
        constraint=Combined("and", ()) if unclear else rule.constraint,
    )


def _clash(permissions: list[Rule], prohibitions: list[Rule], said: Said) -> str:
    """The first permission and prohibition that may be about the same, in words; nothing if there are none."""
    for one in permissions:
        for other in prohibitions:
            if (
                set(one.actions) & set(other.actions)
                and _may_meet(one.targets, other.targets, said)
                and _may_meet(one.assignees, other.assignees, said)
            ):
                return f"permission {one.number} and prohibition {other.number}"
    return ""


def _may_meet(left: tuple[str, ...], right: tuple[str, ...], said: Said) -> bool:
    """Whether two sets of things may have something in common: not where both name other things, and no collections."""
    if not left or not right or set(left) & set(right) or ALL in (*left, *right):
        return True
    return any(one in said.collections or one in said.organizations for one in (*left, *right))


def _short(iri: str, by_iri: Mapping[str, Policy]) -> str:
    return f"of-p{list(by_iri).index(iri) + 1}" if iri in by_iri else "of-another"
