"""Where `ambit ledger` reads: a running server, or a data folder whose files are one's own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...graph.errors import Invalid
from ..audit import COUNT
from .client import get, say_who

if TYPE_CHECKING:
    from ..audit import Audit


class Source(Protocol):
    """A ledger to ask."""

    def checkpoint(self, size: int | None) -> bytes: ...
    def entries(self, start: int, count: int | None) -> Iterator[bytes]: ...
    def inclusion(self, run: str | None, index: int | None, size: int | None) -> dict[str, Any]: ...
    def consistency(self, first: int, second: int | None) -> dict[str, Any]: ...
    def key(self) -> dict[str, str]: ...


class Server:
    """The ledger that a token lets its bearer read."""

    def __init__(self, url: str, token: str | None, purpose: str | None):
        self._url, self._token, self._purpose = url, token, purpose

    def checkpoint(self, size: int | None) -> bytes:
        """A signed note."""
        return bytes(self._get("checkpoint", {"size": size}).content)

    def entries(self, start: int, count: int | None) -> Iterator[bytes]:
        """Lines page by page, as far as the ledger went when the first was asked for: each page is an entry, too."""
        end = None if count is None else start + count
        while end is None or start < end:
            wanted = COUNT if end is None else min(COUNT, end - start)
            answer = self._get("entries", {"from": start, "count": wanted})
            size = int(answer.headers["Ambit-Ledger-Size"])
            end = size if end is None else min(end, size)
            lines = answer.content.splitlines(keepends=True)[: max(end - start, 0)]
            yield from lines
            start += len(lines)
            if not lines:
                return

    def inclusion(self, run: str | None, index: int | None, size: int | None) -> dict[str, Any]:
        """The proof, as the server gives it."""
        return dict(self._get("inclusion", {"run": run, "index": index, "size": size}).json())

    def consistency(self, first: int, second: int | None) -> dict[str, Any]:
        """The proof, as the server gives it."""
        return dict(self._get("consistency", {"from": first, "to": second}).json())

    def key(self) -> dict[str, str]:
        """The public key in its forms."""
        return dict(self._get("key", {}, accept="application/json").json())

    def _get(self, what: str, asked: Mapping[str, str | int | None], accept: str = "*/*") -> Any:
        if what != "key":  # which is for everybody
            say_who(self._token)
        said = {name: value for name, value in asked.items() if value is not None}
        return get(
            self._url, f"/ledger/{what}", said, token=self._token, purpose=self._purpose, accept=accept
        )


class Folder:
    """The ledger in a data folder, whole or one user's, signed with the key that lies there."""

    def __init__(self, audit: "Audit", key: dict[str, str]):
        self._audit, self._key = audit, key

    def checkpoint(self, size: int | None) -> bytes:
        """A signed note."""
        return self._audit.head(size).note()

    def entries(self, start: int, count: int | None) -> Iterator[bytes]:
        """Lines, all that there are."""
        size = self._audit.leaves.size
        end = size if count is None else min(start + count, size)
        for body in self._audit.leaves.bodies(range(start, end)):
            yield body + b"\n"

    def inclusion(self, run: str | None, index: int | None, size: int | None) -> dict[str, Any]:
        """The proof, made here."""
        return self._audit.inclusion(run, index, size)

    def consistency(self, first: int, second: int | None) -> dict[str, Any]:
        """The proof, made here."""
        return self._audit.consistency(first, second)

    def key(self) -> dict[str, str]:
        """The public key in its forms."""
        return self._key


def offline(data: Path, user: str | None) -> Folder:
    """The ledger in a data folder, beside a running server, too; raises `Invalid` where there is none."""
    from ...graph.ledger.checkpoints import fingerprint, pem_of, signing_key
    from ...graph.ledger.files import LedgerFiles
    from ...graph.ledger.heads import origin_of, sign_head, verifier_key
    from ...graph.ledger.leaves import whole
    from ...graph.ledger.own import OwnLedgers
    from ..audit import Audit

    if not (data / "ledger" / "segments").is_dir() or not (data / "keys" / "ledger.key").exists():
        raise Invalid(
            f"`{data}` is no data folder", hint="serve it once, or name another with `--data`", code="no-data"
        )
    key = signing_key(data / "keys")
    public = key.public_key()
    files = LedgerFiles.read(data / "ledger")
    leaves = whole(files, files.size) if user is None else OwnLedgers(files).of(user, files.size)
    name = origin_of(public)
    said = {
        "origin": name,
        "fingerprint": fingerprint(public),
        "verifier": verifier_key(name, public),
        "pem": pem_of(public).decode(),
    }

    def sign(origin: str, size: int, root: bytes) -> Any:
        files.flush()
        return sign_head(origin, size, root, key)

    return Folder(Audit(origin_of(public, user), leaves, sign), said)
