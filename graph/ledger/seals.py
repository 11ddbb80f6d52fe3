"""Seals on the commit log's frames: only who holds the ledger's key can write one, and only in its place.

A seal is HMAC-SHA-256 (RFC 2104) over the previous frame's seal and the frame's header, which holds the hash
of each part of the body: so a part can be blanked later, and frames can be neither swapped nor left out. The
key is derived from the ledger's private key (HKDF, RFC 5869).
"""

import hmac
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .checkpoints import signing_key

WIDTH = 32
"""Bytes of a seal."""

NOTHING = bytes(WIDTH)
"""What stands in the place of the previous seal where there is none."""

_INFO = b"ambit commit log 2"


class Seals:
    """Makes and checks seals."""

    def __init__(self, key: Ed25519PrivateKey):
        derived = HKDF(algorithm=SHA256(), length=WIDTH, salt=None, info=_INFO)
        self._key = derived.derive(key.private_bytes_raw())

    def seal(self, previous: bytes, header: bytes) -> bytes:
        """The seal of the frame with this header behind the one whose seal is `previous`."""
        return hmac.digest(self._key, previous + header, "sha256")

    def fits(self, seal: bytes, previous: bytes, header: bytes) -> bool:
        """Whether the holder of the key sealed this."""
        return hmac.compare_digest(seal, self.seal(previous, header))


def seals_of(keys: Path) -> Seals:
    """Seals with the data folder's key, which is made on first use; raises `Unavailable`."""
    return Seals(signing_key(keys))


def seals_if_any(keys: Path) -> Seals | None:
    """Seals with the key of a folder that is only read; None where it holds none. Raises `Unavailable`."""
    return Seals(signing_key(keys)) if (keys / "ledger.key").exists() else None
