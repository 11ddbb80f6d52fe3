"""Proofs checked by whoever asked for them: nothing of what a server says is believed before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ..graph.errors import Invalid
from ..graph.ledger.checkpoints import Kept
from ..graph.ledger.heads import Head, is_own, parse_note, whole_of
from ..graph.ledger.keptheads import read_kept
from ..graph.ledger.merkle import is_consistent, is_included, leaf_hash


def kept_head(path: Path) -> Kept:
    """The largest head in a file; raises `Invalid`."""
    return max(read_kept(path), key=lambda head: head.size)


def check_inclusion(proof: Mapping[str, Any], key: Path | None) -> Head:
    """Raises `Invalid` for an entry that the proof does not lead from to the head."""
    try:
        head = _head(proof, key)
        for entry in proof["entries"]:
            path = [bytes.fromhex(part) for part in entry["proof"]]
            leaf = leaf_hash(entry["entry"].encode())
            if not is_included(leaf, entry["index"], head.size, path, head.root):
                raise _refused(f"entry {entry['index']} is not in the tree that the head is of")
    except (KeyError, TypeError, ValueError) as error:
        raise _refused(f"it is no proof: {error}") from error
    return head


def check_consistency(proof: Mapping[str, Any], kept: Kept | None, key: Path | None) -> Head:
    """Raises `Invalid` for a head that is no continuation of the one that was kept."""
    try:
        head = _head(proof, key)
        path = [bytes.fromhex(part) for part in proof["proof"]]
        if kept is not None:
            _same_ledger(kept, head)
        if kept is not None and not is_consistent(kept.size, head.size, kept.root, head.root, path):
            raise _refused(
                f"the ledger of {head.size} entries does not begin with the {kept.size} that were signed"
            )
    except (KeyError, TypeError, ValueError) as error:
        raise _refused(f"it is no proof: {error}") from error
    return head


def _same_ledger(kept: Kept, head: Head) -> None:
    """Raises `Invalid` for heads of two ledgers. Of the whole and a user's own that shows nothing of either."""
    name = (
        kept.origin if isinstance(kept, Head) else whole_of(head.origin)
    )  # the other form is of the whole alone
    if name == head.origin:
        return
    reason = f"the head that was kept is of `{name}`, this one of `{head.origin}`"
    if whole_of(name) != whole_of(head.origin):
        raise _refused(reason)
    how = (
        "the kept head is of one user's own ledger: ask with that user's token, or with `--data` and `--user`"
        if is_own(name)
        else "the kept head is of the whole ledger: ask as somebody who may audit it, or with `--data` alone"
    )
    raise _refused(reason, hint=f"{how}; nothing here shows that the ledger was changed")


def _head(proof: Mapping[str, Any], key: Path | None) -> Head:
    head = parse_note(proof["checkpoint"].encode())
    if head.origin != proof["origin"]:
        raise _refused("the head is of another ledger")
    if key is not None and not head.is_signed_by(_key(key)):
        raise _refused(f"the head is not signed by the key in `{key}`")
    return head


def _key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Invalid(f"no key in `{path}`: {error}", hint="save what `ambit ledger key` prints") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid(f"the key in `{path}` is no Ed25519 key", hint="save what `ambit ledger key` prints")
    return key


CHANGED = "keep the answer and the head: together they show that the ledger was changed"


def _refused(reason: str, *, hint: str = CHANGED) -> Invalid:
    return Invalid(
        f"the proof does not hold: {reason}",
        hint=hint,
        code="proof-invalid",
    )
