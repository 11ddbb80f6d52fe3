"""What a start does with what a kill left: the log says what was meant, the store's number what was done."""

import hashlib
from collections.abc import Iterable

from ..errors import Unavailable
from ..ledger.ledger import Ledger
from ..ledger.segments import now
from ..terms import Quad
from ..words import Placed
from .commitlog import CommitLog
from .lines import quads_and_text
from .logged import Kind, Logged, encode
from .quadstore import QuadStore
from .written import quads_and_sheets


def recover(log: CommitLog, ledger: Ledger, quads: QuadStore) -> None:
    """Brings log, ledger and store together. Raises `Unavailable`.

    Commits that the store lacks are applied from the log, if they are sealed with the folder's key, or, in
    a log of the first release, if the ledger has them; bytes at its end that are no frame become an
    aborted revision. Entries of commits that are not in it are told `lost`: power was cut before they were
    acknowledged, or, in mode fast, within the window after it. Where the store is further than the log (power was
    cut, or the log was damaged), a gap is written, and what there is of the log stays for `verify` to name.
    """
    log.flush()
    ledger.flush()  # what the store gets from them is on disk before it is there
    if quads.projected() > ledger.size:
        quads.project((), (), ledger.size, quads.projected())  # a power cut took what was projected
    revision, policy_revision = quads.number()
    tail = log.tail
    if tail.revision < revision:
        ledger.append("gap", {"revision": revision, "logged": tail.revision})
        log.start_after_gap(revision)
        log.append(revision, encode(Logged(revision, policy_revision, Kind.GAP, now())))
        return
    for logged in log.since(revision, tail.revision):
        if not logged.sealed:
            _believe(logged, ledger)
    _complete(log, ledger, tail.revision)
    ledger.flush()
    # the store comes behind log and ledger, as always: a start may be killed, too
    for logged in log.since(revision, tail.revision):
        if logged.kind is Kind.COMMIT:
            apply(logged, quads)
    if tail.torn:
        log.cut()
        policy_revision = quads.number()[1]
        aborted = encode(Logged(tail.revision + 1, policy_revision, Kind.ABORTED, now()))
        log.append(tail.revision + 1, aborted)
        fields = {"revision": tail.revision + 1, "bytes": len(tail.torn)}
        ledger.append("aborted", fields | {"hash": hashlib.sha256(tail.torn).hexdigest()})


def _believe(logged: Logged, ledger: Ledger) -> None:
    """A frame without a seal counts only as far as the ledger speaks of it."""
    for entry in ledger.entries():
        if entry.kind in ("commit", "aborted") and entry.fields.get("revision") == logged.revision:
            if entry.kind == "aborted" or entry.fields.get("delta") == logged.digest:
                return
            break
    raise Unavailable(
        f"commit {logged.revision} in the commit log has no seal, and the ledger does not speak of it",
        hint="start once with the release that wrote it, or take the file's end away; `ambit verify` says more",
        code="log-forged",
    )


def apply(logged: Logged, quads: QuadStore) -> None:
    """Brings the store to a commit; applying it again changes nothing."""
    single, sheets = quads_and_sheets(logged.delta.into)
    out, into = net(logged.delta.out, single)
    lines, text = quads_and_text(logged.catalog_into)
    quads.apply(
        [*out, *logged.catalog_out],
        [*into, *lines],
        (logged.revision, logged.policy_revision),
        quads.number(),
        b"".join([*(sheet.nquads for sheet in sheets), text]),
    )


def net(gone: Iterable[Placed], came: Iterable[Placed]) -> tuple[set[Quad], set[Quad]]:
    """What a delta changes in the store: a graph that only got another label stays as it is there."""
    out, into = {p.quad for p in gone}, {p.quad for p in came}
    return out - into, into - out


def commit_fields(logged: Logged, digest: str) -> dict[str, object]:
    """A commit's ledger entry; `digest` is its frame's."""
    return {
        "activity": logged.activity,
        "actor": logged.actor,
        "delta": digest,
        "policy_revision": logged.policy_revision,
        "records": logged.records,
        "revision": logged.revision,
    }


def _complete(log: CommitLog, ledger: Ledger, until: int) -> None:
    """Enters the commits that the ledger lacks, and tells those that only the ledger has."""
    entered = _entered(ledger)
    if entered > until:
        ledger.append("lost", {"revision": entered, "logged": until})
    for logged in log.since(entered, until):
        if logged.kind is Kind.COMMIT:
            ledger.append("commit", commit_fields(logged, logged.digest))


def _entered(ledger: Ledger) -> int:
    """The last revision that the ledger speaks of."""
    last = ledger.last(frozenset({"commit", "gap", "lost"}))
    if last is None:
        return 0
    return int(last.fields["logged" if last.kind == "lost" else "revision"])
