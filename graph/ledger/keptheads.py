"""Heads that were kept elsewhere, in either form: lines of `checkpoints.jsonl`, or a signed note."""

from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..errors import AmbitError, Invalid
from .branches import branches_of
from .checkpoints import Kept, parse_checkpoint, public_key
from .files import LedgerFiles
from .heads import Head, is_own, origin_of, parse_note
from .own import OwnLedgers
from .seals import Seals
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


def own_problems(folder: Path, heads: Iterable[Head], seals: Seals | None) -> list[Problem]:
    """What heads of users' own ledgers speak against, each user's made again from the whole of a data folder.

    That of a head from after the place to which a restore went back is told with it: the head says no time, so
    nothing shows whether it is of the history that was left or of the one since.
    """
    heads, key = list(heads), public_key(folder / "keys")
    problems: list[Problem] = []
    if not heads or key is None:
        return problems
    try:
        files = LedgerFiles.read(folder / "ledger")
        ledgers = OwnLedgers(files)
        ledgers.catch_up()
        users = {origin_of(key, user): user for user in ledgers.users()}
        left = [] if seals is None else [branch for _, branch in branches_of(folder / "ledger", seals)]
        for head in heads:
            user = users.get(head.origin)
            reason = _speaks_against(head, user, ledgers, files.size, key)
            signed = reason and head.is_signed_by(key)
            if signed and any(_since(head, user, ledgers, branch.entries) for branch in left):
                reason += "; if it is from before a restore, hold it against the backup"
            if reason:
                problems.append(Problem(_record(head) if signed else "ledger key", reason))
    except AmbitError as error:
        problems.append(Problem("own ledgers", error.message))
    return problems


def _record(head: Head) -> str:
    return f"own ledger {head.origin.rpartition('/')[2]}"


def _since(head: Head, user: str | None, ledgers: OwnLedgers, entries: int) -> bool:
    """Whether a head goes beyond what its user had when the whole had so many entries."""
    return head.size > (ledgers.of(user, entries).size if user is not None else 0)


def _speaks_against(
    head: Head, user: str | None, ledgers: OwnLedgers, end: int, key: Ed25519PublicKey
) -> str:
    """What is wrong with a user's ledger by a head of it; empty where nothing is."""
    if not head.is_signed_by(key):
        return f"the head of {head.size} entries of `{head.origin}` is not signed by our key"
    if user is None:
        return (
            f"no user's entries go by `{head.origin}`, of which {head.size} were signed" if head.size else ""
        )
    leaves = ledgers.of(user, end)
    if leaves.size < head.size:
        return f"entry {leaves.size} and all up to {head.size - 1} are missing, which were signed"
    if leaves.root(head.size) != head.root:
        return f"one of its first {head.size} entries is not what was signed"
    return ""
