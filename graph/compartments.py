"""Labels, compartments and clearances as names: an IRI is the hash of what it stands for."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import orjson

from .terms import NamedNode, Quad, Triple
from .vocabulary import AMBIT, RDF, node
from .words import Clearance, Label

LABELS = "urn:ambit:governance:labels"
"""The governance graph that says what label each compartment has."""

_PREFIX = "urn:ambit:compartment:"


def short_hash(data: bytes) -> str:
    """The first 128 bits of SHA-256 in hex: what Ambit's own IRIs end with."""
    return hashlib.sha256(data).hexdigest()[:32]


def is_complete(label: Label | None) -> bool:
    """Whether a label says all that rules may ask; without that nobody reads what carries it."""
    return label is not None and bool(
        label.source and label.sensitivity and label.jurisdictions and label.audience
    )


@lru_cache(maxsize=4096)
def compartment_of(label: Label) -> str:
    """The compartment's IRI: the hash of the label's canonical JSON (sorted keys, sorted sets, UTF-8)."""
    return _PREFIX + short_hash(
        orjson.dumps(
            {
                "audience": sorted(label.audience),
                "jurisdictions": sorted(label.jurisdictions),
                "sensitivity": label.sensitivity,
                "source": label.source,
            },
            option=orjson.OPT_SORT_KEYS,
        )
    )


def label_triples(label: Label) -> list[Triple]:
    """The label as it stands in `urn:ambit:governance:labels`, for rules to read."""
    compartment = NamedNode(compartment_of(label))
    triples = [
        Triple(compartment, node(RDF.TYPE), node(AMBIT.COMPARTMENT)),
        Triple(compartment, node(AMBIT.COMES_FROM), NamedNode(label.source)),
        Triple(compartment, node(AMBIT.HAS_SENSITIVITY), NamedNode(label.sensitivity)),
    ]
    triples += [
        Triple(compartment, node(AMBIT.HAS_JURISDICTION), NamedNode(j)) for j in sorted(label.jurisdictions)
    ]
    triples += [Triple(compartment, node(AMBIT.HAS_AUDIENCE), NamedNode(a)) for a in sorted(label.audience)]
    return triples


def ledger_label(jurisdictions: frozenset[str]) -> Label:
    """The label of the whole ledger: for administrators, where the server stands."""
    return Label(AMBIT.LEDGER, AMBIT.INTERNAL, jurisdictions, frozenset({AMBIT.ADMINISTRATORS}))


def governance_label(jurisdictions: frozenset[str]) -> Label:
    """The label of the labels' own graph: for administrators, where the server stands."""
    return Label(AMBIT.GOVERNANCE, AMBIT.INTERNAL, jurisdictions, frozenset({AMBIT.ADMINISTRATORS}))


def labels_from(quads: Iterable[Quad]) -> dict[str, Label]:
    """The labels that quads of the labels' graph describe, by compartment."""
    said: dict[str, dict[str, set[str]]] = {}
    for quad in quads:
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            values = said.setdefault(quad.subject.value, {})
            values.setdefault(quad.predicate.value, set()).add(quad.object.value)
    labels = {}
    for compartment, values in said.items():
        label = Label(
            "".join(values.get(AMBIT.COMES_FROM, ())),
            "".join(values.get(AMBIT.HAS_SENSITIVITY, ())),
            frozenset(values.get(AMBIT.HAS_JURISDICTION, ())),
            frozenset(values.get(AMBIT.HAS_AUDIENCE, ())),
        )
        if is_complete(label) and compartment_of(label) == compartment:
            labels[compartment] = label
    return labels


def clearance_of(compartments: Iterable[str]) -> Clearance:
    """A clearance; its key is the hash of the sorted IRIs, so equal sets are one. Raises `ValueError`.

    The empty name stands for "no complete label" in deltas, so no clearance may ever hold it.
    """
    held = frozenset(compartments)
    if "" in held:
        raise ValueError("a clearance holds compartments, and the empty name is none")
    return Clearance(held, short_hash("\n".join(sorted(held)).encode()))
