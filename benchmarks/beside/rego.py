"""The company in Rego: data as documents, groups and the line by `graph.reachable`, a bundle built once."""

from collections.abc import Callable

from .company import OPENED, PURPOSES, Asked, Company

MODULE = """
package company

default allow := false

allow if { leads; opened }

folder := data.folders[input.folder]

leads if { folder.owner == input.person }
leads if { folder.guest == input.person }
leads if { folder.group in graph.reachable(data.groups, data.member[input.person]) }
leads if { input.person in graph.reachable(data.managers, [folder.owner]) ; input.person != folder.owner }

opened if { data.opened[folder.sensitivity] == null }
opened if { data.opened[folder.sensitivity] in graph.reachable(data.purposes, [input.purpose]) }
"""


def decider(company: Company) -> Callable[[Asked], bool]:
    """Asks a bundle by its entry point, as rego-cpp's documentation advises for repeated queries."""
    from regopy import Interpreter

    built = Interpreter()
    built.add_data(_data(company))
    built.add_module("company", MODULE)
    bundle = built.build(None, ["company/allow"])
    runs = Interpreter()

    def ask(asked: Asked) -> bool:
        runs.set_input({"person": asked.person, "folder": asked.folder.name, "purpose": asked.purpose})
        output = runs.query_bundle_entrypoint(bundle, "company/allow")
        return bool(output.results[0].expressions[0])

    return ask


def _data(company: Company) -> dict[str, object]:
    groups = sorted({*company.parent, *company.parent.values()})
    return {
        "member": {person: list(member) for person, member in company.member.items()},
        "groups": {g: [company.parent[g]] if g in company.parent else [] for g in groups},
        "managers": {p: [company.manager[p]] if p in company.manager else [] for p in company.member},
        "purposes": {p: [above] if above else [] for p, above in PURPOSES.items()},
        "opened": OPENED,
        "folders": {
            f.name: {"sensitivity": f.sensitivity, "group": f.group, "owner": f.owner, "guest": f.guest}
            for f in company.folders
        },
    }
