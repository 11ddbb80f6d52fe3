"""Names for GraphQL from IRIs: fields lowerCamel, types UpperCamel, from the local name.

Of two that are equal both take their prefix, and so does one that equals a name of the fixed schema. Where
prefixes are equal, too, a few digits of the IRI's hash tell them apart.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote

from ...graph.vocabulary import AMBIT, DCAT, DCTERMS, DPV, FOAF, ORG, PROV, RDFS, SKOS

WELL_KNOWN: Mapping[str, str] = {
    RDFS.NAMESPACE: "rdfs",
    SKOS.NAMESPACE: "skos",
    FOAF.NAMESPACE: "foaf",
    DCTERMS.NAMESPACE: "dcterms",
    ORG.NAMESPACE: "org",
    PROV.NAMESPACE: "prov",
    DCAT.NAMESPACE: "dcat",
    DPV.NAMESPACE: "dpv",
    AMBIT.NAMESPACE: "ambit",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.w3.org/2006/time#": "time",
    "http://www.w3.org/2006/vcard/ns#": "vcard",
    "http://schema.org/": "schema",
    "https://schema.org/": "schema",
}

_WORDS = re.compile(r"[A-Za-z0-9]+")
_HEAD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]")


def split(iri: str) -> tuple[str, str]:
    """Namespace and local name: after the last `#`, else `/`, else `:`."""
    for mark in "#/:":
        head, found, tail = iri.rpartition(mark)
        if found and tail:
            return head + found, tail
    return iri, ""


def type_name(iri: str, prefix: str = "") -> str:
    """UpperCamel."""
    camel = "".join(word[0].upper() + word[1:] for word in _words(iri))
    return _legal(prefix[:1].upper() + prefix[1:] + camel, iri)


def field_name(iri: str, prefix: str = "") -> str:
    """lowerCamel; a run of capitals at the head is one word: `IRIName` gives `iriName`."""
    name = type_name(iri)
    if prefix:
        return _legal(lower(prefix) + name, iri)
    return lower(name)


def lower(name: str) -> str:
    """`name` with its first word in lower case."""
    return _HEAD.sub(lambda run: run.group().lower(), name, count=1) if name[:1].isupper() else name


def plural(name: str) -> str:
    """English's most regular plural. It always adds letters, so no plural equals its singular."""
    if re.search(r"[^aeiou]y$", name, re.IGNORECASE):
        return name[:-1] + "ies"
    if re.search(r"(s|x|z|ch|sh)$", name, re.IGNORECASE):
        return name + "es"
    return name + "s"


def prefix_of(iri: str, declared: Mapping[str, str]) -> str:
    """The prefix that the workspace declares for the namespace, else the usual one, else its last word."""
    namespace, _ = split(iri)
    known = declared.get(namespace) or WELL_KNOWN.get(namespace)
    words = _WORDS.findall(known or namespace)
    return words[-1].lower() if words else "n"


def allocate(
    iris: Iterable[str],
    name: Callable[[str, str], str],
    derived: Callable[[str], tuple[frozenset[str], frozenset[str]]],
    reserved: frozenset[str],
    declared: Mapping[str, str],
) -> dict[str, str]:
    """A name for each IRI, such that no two are equal, and none is a reserved one or one that another brings along.

    `derived` gives what comes into being with a name: those that must be its own (a type's root fields), and
    those that give way to nothing (its connection), so that whoever is called so takes a prefix.
    """
    given = {iri: name(iri, "") for iri in sorted(set(iris))}
    stage = dict.fromkeys(given, 0)
    while True:
        held = Counter(claim for chosen in given.values() for claim in derived(chosen)[0])
        brought = reserved.union(*(derived(chosen)[1] for chosen in given.values()))
        clashing = [
            iri
            for iri, chosen in given.items()
            if stage[iri] < 2 and any(held[claim] > 1 or claim in brought for claim in derived(chosen)[0])
        ]
        if not clashing:
            return given
        for iri in clashing:
            stage[iri] += 1
            given[iri] = name(iri, prefix_of(iri, declared))
            if stage[iri] == 2:
                given[iri] += hashlib.sha256(iri.encode()).hexdigest()[:6]


def _words(iri: str) -> list[str]:
    _, local = split(iri)
    plain = unicodedata.normalize("NFKD", unquote(local)).encode("ascii", "ignore").decode()
    return _WORDS.findall(re.sub(r"[^A-Za-z0-9]", " ", plain))


def _legal(name: str, iri: str) -> str:
    """A Name of GraphQL (§2.1.9): no digit first, not empty."""
    if not name:
        return "Term" + hashlib.sha256(iri.encode()).hexdigest()[:6]
    return name if name[0].isalpha() else "N" + name
