"""The company in Cedar: people and groups as entities with parents, policies and entities parsed once."""

from collections.abc import Callable

import orjson

from .company import OPENED, PURPOSES, Asked, Company

POLICIES = """
permit (principal, action == Action::"read", resource) when { principal in resource.group };
permit (principal, action == Action::"read", resource) when { resource.owner == principal };
permit (principal, action == Action::"read", resource) when { resource.guest == principal };
permit (principal, action == Action::"read", resource) when { resource.owner in principal.line };
forbid (principal, action, resource) when { resource has openTo } unless { context.purpose in resource.openTo };
"""


def decider(company: Company) -> Callable[[Asked], bool]:
    """Asks `is_authorized` with handles that were parsed once, as its README advises."""
    from cedarpy import Entities, PolicySet, is_authorized

    policies = PolicySet.from_str(POLICIES)
    entities = Entities.from_json_str(orjson.dumps(_entities(company)).decode())

    def ask(asked: Asked) -> bool:
        request = {
            "principal": _ref("User", asked.person),
            "action": _ref("Action", "read"),
            "resource": _ref("Folder", asked.folder.name),
            "context": {"purpose": {"__entity": _ref("Purpose", asked.purpose)}},
        }
        return bool(is_authorized(request, policies, entities).allowed)

    return ask


def _entities(company: Company) -> list[dict[str, object]]:
    """Whoever stands below somebody in the line has the line of that one as a parent."""
    groups = sorted({*company.parent, *company.parent.values()})
    made = [_entity("Purpose", p, [("Purpose", above)] if above else []) for p, above in PURPOSES.items()]
    made += [
        _entity("Group", g, [("Group", company.parent[g])] if g in company.parent else []) for g in groups
    ]
    for person, member in company.member.items():
        above = [("Line", company.manager[person])] if person in company.manager else []
        made.append(_entity("Line", person, above))
        parents = [*(("Group", g) for g in member), *above]
        made.append(_entity("User", person, parents, {"line": _uid("Line", person)}))
    for folder in company.folders:
        opened = OPENED[folder.sensitivity]
        said = {
            "group": _uid("Group", folder.group),
            "owner": _uid("User", folder.owner),
            "guest": _uid("User", folder.guest),
            **({"openTo": _uid("Purpose", opened)} if opened else {}),
        }
        made.append(_entity("Folder", folder.name, [], said))
    return made


def _entity(
    kind: str, name: str, parents: list[tuple[str, str]], attrs: dict[str, object] | None = None
) -> dict[str, object]:
    return {
        "uid": _ref(kind, name),
        "attrs": attrs or {},
        "parents": [_ref(*parent) for parent in parents],
    }


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _uid(kind: str, name: str) -> dict[str, object]:
    return {"__entity": _ref(kind, name)}
