"""Heads that were kept elsewhere, in either form: lines of `checkpoints.jsonl`, or a signed note."""

from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .checkpoints import Kept, parse_checkpoint, public_key
from .errors import AmbitError, Invalid
from .heads import Head, is_own, origin_of, parse_note
from .ledgerfiles import LedgerFiles
from .ownledger import OwnLedgers
from .tampering import Problem


def read_kept(path: Path) -> list[Kept]:
    """The heads in a file; raises `Invalid`."""
    try:
        data = path.read_bytes()
        if data.lstrip().startswith(b"{"):
            return [parse_checkpoint(line) for line in data.splitlines() if line]
        return [parse_note(data)]
    except (OSError, ValueError) as error:
        raise Invalid(
            f"`{path}` holds no checkpoint: {error}",
            hint="name a file that `ambit ledger checkpoint` wrote, or a copy of `checkpoints.jsonl`",
            code="checkpoint-invalid",
        ) from error


def split_kept(kept: Iterable[Kept]) -> tuple[list[Kept], list[Head]]:
    """Heads of the whole ledger, and those of users' own."""
    whole: list[Kept] = []
    own: list[Head] = []
    for head in kept:
        if isinstance(head, Head) and is_own(head.origin):
            own.append(head)
        else:
            whole.append(head)
    return whole, own


def own_problems(folder: Path, heads: Iterable[Head]) -> list[Problem]:
    """What heads of users' own ledgers speak against, each user's made again from the whole of a data folder."""
    heads, key = list(heads), public_key(folder / "keys")
    if not heads or key is None:
        return []
    try:
        files = LedgerFiles.read(folder / "ledger")
        ledgers = OwnLedgers(files)
        ledgers.catch_up()
        users = {origin_of(key, user): user for user in ledgers.users()}
        return [
            p for head in heads for p in _held_against(head, users.get(head.origin), ledgers, files.size, key)
        ]
    except AmbitError as error:
        return [Problem("own ledgers", error.message)]


def _held_against(
    head: Head, user: str | None, ledgers: OwnLedgers, end: int, key: Ed25519PublicKey
) -> list[Problem]:
    record = f"own ledger {head.origin.rpartition('/')[2]}"
    if not head.is_signed_by(key):
        return [
            Problem(
                "ledger key", f"the head of {head.size} entries of `{head.origin}` is not signed by our key"
            )
        ]
    if user is None:
        reason = f"no user's entries go by `{head.origin}`, of which {head.size} were signed"
        return [Problem(record, reason)] if head.size else []
    leaves = ledgers.of(user, end)
    if leaves.size < head.size:
        return [
            Problem(
                record, f"entry {leaves.size} and all up to {head.size - 1} are missing, which were signed"
            )
        ]
    if leaves.root(head.size) != head.root:
        return [Problem(record, f"one of its first {head.size} entries is not what was signed")]
    return []
