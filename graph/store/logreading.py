"""One pass over the commit log: each frame held against its hashes, its seal, its place, and its ledger entry."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ..ledger.segments import Entry
from ..ledger.tampering import Problem
from .chained import Chained
from .commitlog import frames, log_segments, set_aside
from .logged import Kind, Stored, Torn, parts_of
from .sums import Sums


@dataclass(slots=True)
class LogReading:
    """What one pass over the commit log finds."""

    problems: list[Problem]
    sums: Sums
    chain: Chained | None = None  # None: there is no key to check seals with
    signed: int = 0  # how many ledger entries a signature covers
    stored: int | None = None  # the store's revision; None where a server holds it
    waiting: list[tuple[set[bytes], set[bytes]]] = field(default_factory=list)  # out and in, not applied yet
    interrupted: list[Problem] = field(default_factory=list)
    revision: int = 0
    applied: int = 0  # the last revision that changed something
    policy_revision: int = 0
    gap: bool = False
    quads: int = 0  # that the store has


def read_log(folder: Path, entered: dict[int, Entry], log: LogReading, read: Callable[[int], None]) -> None:
    """Holds each frame against its own hashes, its number, and the ledger's entry for it.

    A kill may leave one frame that the ledger does not have yet, commits that the store does not have yet,
    and bytes at the end that are no frame: see `recovery`. `read` is told of each frame's bytes.
    """
    open_entries = dict(entered)
    newest = max(entered, default=0)
    segments = log_segments(folder)
    torn: Problem | None = None
    unentered: dict[int, bool] = {}  # and whether it has a seal
    for _, path in segments:
        try:
            for stored in frames(path):
                said = orjson.loads(stored.header)
                _read_frame(said, stored, log)
                read(stored.size)
                if said["kind"] != Kind.COMMIT:
                    continue
                entry = open_entries.pop(said["revision"], None)
                if entry is not None:
                    _compare(said["revision"], hashlib.sha256(stored.header).hexdigest(), entry, log)
                elif log.stored is not None or said["revision"] <= newest:
                    unentered[said["revision"]] = bool(stored.seal)
        except Torn as error:
            torn = Problem(f"commit {log.revision + 1}", f"{error}, in `{path.name}`")
            if log.chain is not None:
                log.chain.lose()
            if path != segments[-1][1]:
                log.problems.append(torn)
    for revision, path in set_aside(folder):
        log.problems.append(
            Problem(f"commit {revision}", f"what stood in its place is no frame: `{path.name}`")
        )
    lost = False
    for revision, entry in open_entries.items():
        reason = f"ledger entry {entry.number} speaks of it, and the commit log does not have it"
        cut = (
            log.stored is not None and max(log.revision, log.stored) < revision and entry.number >= log.signed
        )
        lost = lost or not cut
        (log.interrupted if cut else log.problems).append(Problem(f"commit {revision}", reason))
    _judge_end(torn, unentered, newest, lost, log)


def _judge_end(
    torn: Problem | None, unentered: dict[int, bool], newest: int, lost: bool, log: LogReading
) -> None:
    """What a kill or a power cut can have left at the log's end is interrupted; all else of its kind is a problem."""
    for revision, sealed in unentered.items():
        reason = "the ledger has no entry for it" + (
            "; the next start enters it" if sealed else ", nor a seal"
        )
        fresh = log.stored is not None and max(log.stored, newest) < revision
        (log.interrupted if sealed and fresh else log.problems).append(Problem(f"commit {revision}", reason))
    if torn is not None and log.stored is not None:
        whole = lost or log.stored > log.revision
        (log.problems if whole else log.interrupted).append(torn)


def _read_frame(said: dict[str, Any], stored: Stored, log: LogReading) -> None:
    revision, kind = int(said["revision"]), Kind(said["kind"])
    if log.chain is not None and (fault := log.chain.fault(stored)):
        log.problems.append(Problem(f"commit {revision}", fault))
    waits = log.stored is not None and revision > log.stored
    if kind is Kind.GAP:
        log.gap = True
        log.problems.append(Problem(f"commit {revision}", "what led to it is not in the commit log"))
    elif revision != log.revision + 1:
        log.problems.append(Problem(f"commit {log.revision + 1}", f"revision {revision} stands in its place"))
    log.revision = revision
    if waits and kind is Kind.COMMIT:
        log.interrupted.append(
            Problem(f"commit {revision}", "the store does not have it yet; the next start applies it")
        )
    elif not waits:
        log.policy_revision = int(said["policy_revision"])
        log.applied = revision if kind is not Kind.ABORTED else log.applied
    out: set[bytes] = set()
    into: set[bytes] = set()
    for part, data in parts_of(stored.header, stored.body):
        if hashlib.sha256(data).hexdigest() != part["hash"]:
            log.problems.append(Problem(f"commit {revision}", f"its part `{part['name']}` was changed"))
        elif part["name"] in ("out", "catalog-out"):
            log.sums.add(data, -1)
            out.update(data.splitlines())
        elif part["name"] in ("into", "catalog-into"):
            log.sums.add(data)
            into.update(data.splitlines())
    if waits:
        log.waiting.append((out, into))


def _compare(revision: int, digest: str, entry: Entry, log: LogReading) -> None:
    if entry.fields.get("delta") != digest:
        reason = f"it is not the one that ledger entry {entry.number} speaks of"
        log.problems.append(Problem(f"commit {revision}", reason))
