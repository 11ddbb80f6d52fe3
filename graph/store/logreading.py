"""One pass over the commit log: each frame held against its hashes, its seal, its place, and its ledger entry."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ..ledger.segments import Entry
from ..ledger.tampering import Problem
from .chained import Chained
from .commitlog import frames_and_damage, log_segments, set_aside
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
    # bytes that are no frame, behind the last one that is: where they end is not known yet
    hole: Problem | None = None
    unread: list[range] = field(default_factory=list)  # revisions that stood where no frame can be read
    quads: int = 0  # that the store has


def read_log(folder: Path, entered: dict[int, Entry], log: LogReading, read: Callable[[int], None]) -> None:
    """Holds each frame against its own hashes, its number, and the ledger's entry for it.

    A kill may leave one frame that the ledger does not have yet, commits that the store does not have yet,
    and bytes at the end that are no frame: see `recovery`. Other bytes that are none are a hole: it is told once, and
    nothing that follows from its not being read. `read` is told of each frame's bytes.
    """
    open_entries = dict(entered)
    newest = max(entered, default=0)
    segments = log_segments(folder)
    torn: Problem | None = None
    unentered: dict[int, bool] = {}  # and whether it has a seal
    for _, path in segments:
        is_last, is_whole = path == segments[-1][1], True
        try:
            for stored in frames_and_damage(path):
                if isinstance(stored, Torn):
                    if is_last and _may_be_cut(open_entries, log):
                        raise stored
                    is_whole = False
                    _open_hole(stored, path, log)
                    continue
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
            is_whole = False
            if is_last and log.hole is None:
                torn = _broken(error, path, log)
            else:
                _open_hole(error, path, log)
        if not is_whole and log.chain is not None:
            log.chain.lose()  # a start may have gone on behind the last frame before the damage
    for revision, path in set_aside(folder):
        log.problems.append(
            Problem(f"commit {revision}", f"what stood in its place is no frame: `{path.name}`")
        )
    _judge_end(torn, open_entries, log)
    _judge_unentered(unentered, newest, log)


def _broken(error: Torn, path: Path, log: LogReading) -> Problem:
    return Problem(f"commit {log.revision + 1}", f"{error}, in `{path.name}`")


def _open_hole(error: Torn, path: Path, log: LogReading) -> None:
    log.hole = log.hole or _broken(error, path, log)
    if log.chain is not None:
        log.chain.lose()


def _close_hole(hole: Problem, end: int, log: LogReading) -> None:
    """Tells a hole whose last revision is before `end`."""
    first = log.revision + 1
    more = f"; of commits {first} to {end - 1} nothing can be read" if end > first + 1 else ""
    log.problems.append(Problem(hole.record, hole.reason + more))
    log.unread.append(range(first, end))
    log.hole = None


def _is_cut(revision: int, entry: Entry, log: LogReading) -> bool:
    """Whether a power cut can have taken a commit: nothing signed speaks of it, and the store does not have it."""
    return log.stored is not None and max(log.revision, log.stored) < revision and entry.number >= log.signed


def _may_be_cut(entries: Mapping[int, Entry], log: LogReading) -> bool:
    """Whether what stands behind the last whole frame of the log can be what a power cut left of its end."""
    behind = ((revision, entry) for revision, entry in entries.items() if revision > log.revision)
    return (
        log.hole is None
        and log.stored is not None
        and log.stored <= log.revision
        and all(_is_cut(revision, entry, log) for revision, entry in behind)
    )


def _judge_end(torn: Problem | None, entries: Mapping[int, Entry], log: LogReading) -> None:
    """What a kill or a power cut can have left at the log's end is interrupted; all else of its kind is a problem.

    Commits of the ledger that the log does not have are told one by one, but those behind bytes that cannot be read.
    """
    lost = {r: e for r, e in entries.items() if not any(r in hole for hole in log.unread)}
    behind = [r for r, e in lost.items() if r > log.revision and not _is_cut(r, e, log)]
    whole = bool(behind) or (log.stored is not None and log.stored > log.revision)
    hole = log.hole or (torn if whole else None)
    if hole is not None:
        _close_hole(hole, max([log.revision + 1, *behind, log.stored or 0]) + 1, log)
    elif torn is not None and log.stored is not None:
        log.interrupted.append(torn)
    for revision, entry in lost.items():
        if not any(revision in hole for hole in log.unread):
            reason = f"ledger entry {entry.number} speaks of it, and the commit log does not have it"
            found = log.interrupted if _is_cut(revision, entry, log) else log.problems
            found.append(Problem(f"commit {revision}", reason))


def _judge_unentered(unentered: Mapping[int, bool], newest: int, log: LogReading) -> None:
    for revision, sealed in unentered.items():
        reason = "the ledger has no entry for it" + (
            "; the next start enters it" if sealed else ", nor a seal"
        )
        fresh = log.stored is not None and max(log.stored, newest) < revision
        (log.interrupted if sealed and fresh else log.problems).append(Problem(f"commit {revision}", reason))


def _read_frame(said: dict[str, Any], stored: Stored, log: LogReading) -> None:
    revision, kind = int(said["revision"]), Kind(said["kind"])
    follows = revision == log.revision + 1
    if log.hole is not None:
        _close_hole(log.hole, max(revision + (kind is Kind.GAP), log.revision + 1), log)
        follows = revision > log.revision
    if log.chain is not None and (fault := log.chain.fault(stored)):
        log.problems.append(Problem(f"commit {revision}", fault))
    waits = log.stored is not None and revision > log.stored
    if kind is Kind.GAP:
        log.gap = True
        log.problems.append(Problem(f"commit {revision}", "what led to it is not in the commit log"))
    elif not follows:
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
