"""The company in Casbin: roles in roles, a line per folder and subject, found by the folder (`FastEnforcer`)."""

import tempfile
from collections.abc import Callable

from .company import OPENED, PURPOSES, Asked, Company, each

MODEL = """
[request_definition]
r = sub, obj, act, purpose

[policy_definition]
p = sub, obj, act, purpose

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.obj == p.obj && r.act == p.act && (p.purpose == "any" || g(r.purpose, p.purpose)) && g(r.sub, p.sub)
"""
LEVELS = 40
"""How far roles are followed: the longest line of managers, above the ten that are usual."""


def decider(company: Company) -> Callable[[Asked], bool]:
    """Policies are indexed by object and action, as `FastEnforcer` is meant to be used."""
    import casbin
    from casbin.rbac.default_role_manager import RoleManager

    with tempfile.NamedTemporaryFile("w", suffix=".conf") as model:
        model.write(MODEL)
        model.flush()
        enforcer = casbin.FastEnforcer(model.name, cache_key_order=[1, 2])
    enforcer.rm_map["g"] = RoleManager(LEVELS)
    enforcer.add_policies(_policies(company))
    enforcer.add_grouping_policies(_roles(company))
    enforcer.build_role_links()

    def ask(asked: Asked) -> bool:
        return bool(enforcer.enforce(asked.person, asked.folder.name, "read", asked.purpose))

    return ask


def _policies(company: Company) -> list[list[str]]:
    return [
        [subject, folder.name, "read", OPENED[folder.sensitivity] or "any"]
        for folder in company.folders
        for subject in dict.fromkeys((folder.group, folder.owner, folder.guest, "above:" + folder.owner))
    ]


def _roles(company: Company) -> list[list[str]]:
    """A manager has the role `above:` of everybody whom somebody below reports to."""
    found = [[person, group] for person, group in each(company.member)]
    found += [[group, parent] for group, parent in company.parent.items()]
    found += [[purpose, broader] for purpose, broader in PURPOSES.items() if broader]
    for person, manager in company.manager.items():
        found += [[manager, "above:" + person], ["above:" + manager, "above:" + person]]
    return found
