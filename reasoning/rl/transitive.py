"""Transitive properties, one step at a time.

What is said of a transitive property, or follows for it from anything else, goes to its *steps*, a property that
only the reasoner has. It holds by one step, or by one step and itself: so n things in a row need about n² look-ups
where the rule as it stands (prp-trp) needs n³.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .rules import Atom, Rule, X, Y, Z
from .sets import FREE
from .terms import Terms

_RULE: Final = "prp-trp"


def by_steps(rules: Iterable[Rule], terms: Terms) -> tuple[list[Rule], dict[int, int]]:
    """The same rules with steps, and the property of steps of each transitive one."""
    given = list(rules)
    axioms = {rule.body[0][0]: rule for rule in given if rule.name == _RULE}
    steps = {p: terms.id(("steps", p)) for p in axioms}
    made = [_stepped(rule, axioms, steps) for rule in given if rule.name != _RULE]
    for p, rule in axioms.items():
        made.append(Rule("step", ((steps[p], X, Y),), (p, X, Y)))
        made.append(replace(rule, body=((steps[p], X, Y), (p, Y, Z)), head=(p, X, Z)))
    return [rule for rule in made if rule.head is None or rule.head not in rule.body], steps


def _stepped(rule: Rule, axioms: dict[int, Rule], steps: dict[int, int]) -> Rule:
    """What a rule concludes is a step; from property to property (also from one to itself: symmetry) steps suffice.

    Not where the second is transitive by an axiom that not all may read: the first may hold without it.
    """
    if rule.head is None or rule.head[0] not in steps:
        return rule
    q = rule.head[0]
    head: Atom = (steps[q], *rule.head[1:])
    if len(rule.body) == 1 and set(rule.body[0][1:]) == set(rule.head[1:]) == {X, Y}:
        p = rule.body[0][0]
        if p in steps and axioms[q].sets == FREE:
            return replace(rule, head=head, body=((steps[p], *rule.body[0][1:]),))
    return replace(rule, head=head)
