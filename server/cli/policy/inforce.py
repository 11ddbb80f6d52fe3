"""What is in force at a running server, as an administrator's token shows it."""

from typing import TYPE_CHECKING

from ....graph.errors import Invalid
from ....graph.rdf.parsing import read_rdf
from ....graph.terms import Triple
from ...queries import text_of
from ..client import post

if TYPE_CHECKING:
    from ...policies import Policy


def of_server(url: str, token: str | None, purpose: str | None) -> "Policy":
    """Raises `Invalid` where the token shows no rules, and whatever the server answers."""
    from ...policies import in_force

    url = url.rstrip("/")
    rules, files, beside = (
        _told(url, name, token, purpose) for name in ("policy_rules", "policy_files", "policy_beside")
    )
    if not rules or not beside:
        raise Invalid(
            f"what is in force at `{url}` is not shown to this token",
            hint="take a token of an administrator with the purpose `https://w3id.org/ambit#Administration`",
        )
    return in_force(url, rules, files, beside)


def _told(url: str, name: str, token: str | None, purpose: str | None) -> list[Triple]:
    answer = post(
        url,
        "/sparql",
        token=token,
        purpose=purpose,
        content=text_of(name).encode(),
        media="application/sparql-query",
        accept="application/n-triples",
    )
    return read_rdf(answer.content, name=url, syntax="ntriples", hint="")
