"""ODRL's JSON-LD context, in the place of its address: nothing is fetched."""

import json
from typing import Any, Final

from ....graph.errors import TooLarge
from ..words import Place, invalid
from .terms import LOGICAL, NAMESPACE

ADDRESSES: Final = frozenset(
    f"{scheme}://www.w3.org/ns/odrl{ending}"
    for scheme in ("http", "https")
    for ending in (".jsonld", "/2/ODRL22.json")
)
_IRIS: Final = [
    "profile",
    "inheritFrom",
    "hasPolicy",
    "relation",
    "target",
    "output",
    "function",
    "assigner",
    "assignee",
    "assignerOf",
    "assigneeOf",
    "attributedParty",
    "attributingParty",
    "compensatedParty",
    "compensatingParty",
    "consentedParty",
    "consentingParty",
    "informedParty",
    "informingParty",
    "permission",
    "prohibition",
    "obligation",
    "duty",
    "consequence",
    "remedy",
    "constraint",
    "refinement",
    "partOf",
    "source",
    "rightOperandReference",
    "scope",
]
_TERMS: Final = ["conflict", "action", "leftOperand", "operator", "dataType", "implies", "includedIn"]
_CONTEXT: Final[dict[str, Any]] = {
    "@vocab": NAMESPACE,
    "odrl": NAMESPACE,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "schema": "http://schema.org/",
    "cc": "http://creativecommons.org/ns#",
    "uid": "@id",
    "type": "@type",
    **{name: {"@id": NAMESPACE + name, "@type": "@id"} for name in _IRIS},
    **{name: {"@id": NAMESPACE + name, "@type": "@vocab"} for name in _TERMS},
    **{name: {"@id": NAMESPACE + name, "@type": "@id", "@container": "@list"} for name in LOGICAL},
}


def with_context(data: bytes, name: str) -> bytes:
    """The text with the context written out where its address stands; raises `SourceInvalid` and `TooLarge`."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise invalid(Place(name), f"has the key `{key[:80]}` twice")
            found[key] = value
        return found

    try:
        document = json.loads(data, object_pairs_hook=once)
    except RecursionError as error:
        raise TooLarge(f"`{name}` is nested too deep", details={"file": name}) from error
    except (ValueError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", 0)
        raise invalid(Place(name, line), "does not parse: it is no JSON") from error
    for one in document if isinstance(document, list) else [document]:
        if isinstance(one, dict) and "@context" in one:
            said = one["@context"]
            listed = said if isinstance(said, list) else [said]
            one["@context"] = [_CONTEXT if isinstance(c, str) and c in ADDRESSES else c for c in listed]
    return json.dumps(document).encode()
