"""Signed tree heads as text that others understand: C2SP signed notes (c2sp.org/signed-note, /tlog-checkpoint).

<origin>
<size>
<root hash in base64>

— <origin> <base64 of the key's id (4 bytes) and the Ed25519 signature over the text>
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..compartments import short_hash
from .checkpoints import fingerprint

_LEDGERS = "w3id.org/ambit/ledger/"
_ED25519 = b"\x01"
_MOST = 4_096
"""Bytes of a note: sixteen signatures find place."""
_TEXT = re.compile(
    rb"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*"
)
_LINE = re.compile("— (?P<name>[^ +\n]+) (?P<signature>[A-Za-z0-9+/]+={0,2})\n")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one ledger, with the signatures that stand under it: name, key's id, signature."""

    origin: str
    size: int
    root: bytes
    text: bytes  # what is signed
    signatures: tuple[tuple[str, bytes, bytes], ...] = ()
    at = ""
    roots: tuple[bytes, ...] = ()

    def note(self) -> bytes:
        """The whole note."""
        lines = [
            f"— {name} {base64.b64encode(id + signature).decode()}\n".encode()
            for name, id, signature in self.signatures
        ]
        return self.text + b"\n" + b"".join(lines)

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the holder of the key signed this under the ledger's own name."""
        wanted = key_id(self.origin, key)
        for name, id, signature in self.signatures:
            if name == self.origin and id == wanted:
                try:
                    key.verify(signature, self.text)
                except InvalidSignature:
                    return False
                return True
        return False


def origin_of(key: Ed25519PublicKey, user: str | None = None) -> str:
    """What a ledger is called: by its key, and where it is the part that is one user's, by a hash of that user.

    The version stands for what a user's entries show: another choice of fields would be another ledger.
    """
    whole = _LEDGERS + fingerprint(key)
    return whole if user is None else f"{whole}/v1/{short_hash(user.encode())}"


def is_own(origin: str) -> bool:
    """Whether a ledger of that name is one user's."""
    return origin.startswith(_LEDGERS) and "/v" in origin[len(_LEDGERS) :]


def whole_of(origin: str) -> str:
    """The ledger that one of that name is, or is a user's part of."""
    return origin.partition("/v")[0] if is_own(origin) else origin


def sign_head(origin: str, size: int, root: bytes, key: Ed25519PrivateKey) -> Head:
    """The head, signed."""
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
    signature = (origin, key_id(origin, key.public_key()), key.sign(text))
    return Head(origin, size, root, text, (signature,))


def parse_note(note: bytes) -> Head:
    """A head from its note; raises `ValueError` for what is none. Nothing is believed of it before it `is_signed_by`."""
    if len(note) > _MOST:
        raise ValueError("the note is too long")
    text, found, signed = note.rpartition(b"\n\n")
    said = _TEXT.fullmatch(text + b"\n")
    lines = signed.decode("utf-8").splitlines(keepends=True)
    if not found or said is None or not lines:
        raise ValueError("it is no signed head of a ledger")
    signatures = []
    for line in lines:
        part = _LINE.fullmatch(line)
        if part is None:
            raise ValueError("a line under the head is no signature")
        data = base64.b64decode(part["signature"], validate=True)
        signatures.append((part["name"], data[:4], data[4:]))
    try:
        root = base64.b64decode(said["root"], validate=True)
    except binascii.Error as error:
        raise ValueError("the root is no hash") from error
    return Head(said["origin"].decode("utf-8"), int(said["size"]), root, text + b"\n", tuple(signatures))


def key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """The four bytes that tell a key under a name."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:4]


def verifier_key(name: str, key: Ed25519PublicKey) -> str:
    """The key as verifiers of notes take it: `name+id+base64`."""
    encoded = base64.b64encode(_ED25519 + key.public_bytes_raw()).decode()
    return f"{name}+{key_id(name, key).hex()}+{encoded}"
