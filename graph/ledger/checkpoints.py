"""Signed tree heads of the ledger: what can be kept elsewhere and held against it later."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ..disk import sync_folder, write_all
from ..errors import Unavailable
from .merkle import Frontier


class Kept(Protocol):
    """A signed head that was kept elsewhere, in whichever form; `roots` and `at` are empty where it does not say."""

    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...
    @property
    def roots(self) -> tuple[bytes, ...]: ...
    @property
    def at(self) -> str: ...
    def is_signed_by(self, key: Ed25519PublicKey) -> bool: ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree over the first `size` entries; `roots` are its perfect sub-trees, largest first."""

    size: int
    roots: tuple[bytes, ...]
    at: str
    signature: bytes = b""

    def frontier(self) -> Frontier:
        """The tree to go on from."""
        return Frontier(self.size, self.roots)

    @property
    def root(self) -> bytes:
        """The tree hash."""
        return self.frontier().root()

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the holder of the key signed this."""
        return is_signed(self, key)

    def _fields(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "root": self.root.hex(),
            "roots": [r.hex() for r in self.roots],
            "size": self.size,
        }

    def body(self) -> bytes:
        """The bytes that are signed: canonical JSON of all but the signature."""
        return orjson.dumps(self._fields(), option=orjson.OPT_SORT_KEYS)

    def line(self) -> bytes:
        """One line of the checkpoints' file."""
        fields = self._fields() | {"signature": self.signature.hex()}
        return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def parse_checkpoint(line: bytes) -> Checkpoint:
    """A checkpoint from its line; raises `ValueError` when it is none, or its root does not follow."""
    try:
        said = orjson.loads(line)
        roots = tuple(bytes.fromhex(r) for r in said["roots"])
        checkpoint = Checkpoint(int(said["size"]), roots, str(said["at"]), bytes.fromhex(said["signature"]))
        if checkpoint.line().rstrip() != line.rstrip():
            raise ValueError("the checkpoint is not written as it was")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("the checkpoint lacks a field") from error
    return checkpoint


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> Checkpoint:
    """The checkpoint with its Ed25519 signature (RFC 8032)."""
    return Checkpoint(checkpoint.size, checkpoint.roots, checkpoint.at, key.sign(checkpoint.body()))


def is_signed(checkpoint: Checkpoint, key: Ed25519PublicKey) -> bool:
    """Whether the holder of the key signed this."""
    try:
        key.verify(checkpoint.signature, checkpoint.body())
    except InvalidSignature:
        return False
    return True


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The ledger's key in the data folder's `keys`, made on first use; raises `Unavailable`.

    A byte that was changed in it makes another key of it as easily as none: so it has to be that of `ledger.pub`.
    """
    path = folder / "ledger.key"
    if path.exists():
        try:
            found = load_pem_private_key(path.read_bytes(), None)
        except OSError as error:
            raise _no_key(f"`{path}` cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _no_key(f"`{path}` is no Ed25519 key") from error
        if not isinstance(found, Ed25519PrivateKey):
            raise _no_key(f"`{path}` is no Ed25519 key")
        if (public := public_key(folder)) is not None and public != found.public_key():
            raise _no_key(f"`{path}` is not the key that `ledger.pub` beside it belongs to")
        return found
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    _put(folder / "ledger.pub", pem_of(key.public_key()), 0o644)
    _put(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    return key


def _no_key(reason: str) -> Unavailable:
    return Unavailable(
        reason,
        hint="put back the key that belongs to this folder, from a backup; with another one earlier signatures do not verify",
        code="ledger-key",
    )


def publish(folder: Path, key: Ed25519PrivateKey) -> None:
    """Writes the public key that belongs to the ledger's where a power cut left none. Raises `OSError`."""
    if public_key(folder) is None:
        _put(folder / "ledger.pub", pem_of(key.public_key()), 0o644)


def _put(path: Path, data: bytes, mode: int) -> None:
    """A file that is there whole, and on disk, or not at all."""
    new = path.with_name(f"{path.name}.new")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        write_all(file, data)
        os.fsync(file)
    finally:
        os.close(file)
    new.rename(path)
    sync_folder(path.parent)


def fingerprint(key: Ed25519PublicKey) -> str:
    """A key's name: the first 128 bits of the SHA-256 of its 32 bytes, in hex."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:32]


def pem_of(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_key(folder: Path) -> Ed25519PublicKey | None:
    """The key that checkpoints are checked with; None when there is none yet, or the file holds none."""
    path = folder / "ledger.pub"
    if not path.exists():
        return None
    try:
        key = load_pem_public_key(path.read_bytes())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def read_checkpoints(path: Path) -> tuple[list[Checkpoint], list[str]]:
    """The checkpoints of a file, and what is wrong with it; a last line cut short by a kill is left out."""
    checkpoints: list[Checkpoint] = []
    wrong: list[str] = []
    lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
    for number, line in enumerate(lines[:-1]):
        try:
            checkpoints.append(parse_checkpoint(line))
        except ValueError as error:
            wrong.append(f"checkpoint {number}: {error}")
    return checkpoints, wrong
