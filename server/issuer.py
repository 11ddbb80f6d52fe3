"""The local issuer: signs tokens with a key in the data folder. For development and for the demo."""

import json
import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from ..graph.errors import Unavailable

ISS = "ambit-local"
ALGORITHM = "ES256"


class LocalIssuer:
    """A P-256 key in a file that only its owner may read, made when first needed."""

    def __init__(self, data: Path):
        """Raises `Unavailable` where the file holds no key, or cannot be made."""
        self._file = data / "keys" / "issuer.json"
        try:
            self._key = ECKey.import_key(self._read_or_make())
            if not self._key.is_private:
                raise ValueError("it cannot sign")
        except OSError as error:
            raise Unavailable(
                f"the local issuer's key `{self._file}` can be neither read nor made: {error.strerror}",
                hint="give a folder of your own with --data",
                code="folder-unwritable",
            ) from error
        except (ValueError, TypeError, KeyError, JoseError) as error:
            raise Unavailable(
                f"`{self._file}` is not the local issuer's key",
                hint="put it back from a backup, or take it away: a new one is made, and tokens of the old one end",
                code="key-invalid",
            ) from error

    def keys(self) -> KeySet:
        """The public part, for checking."""
        return KeySet([self._key])

    def issue(
        self,
        subject: str,
        *,
        agents: Sequence[str] = (),
        purposes: Sequence[str] = (),
        audience: str = "ambit",
        ttl: int = 3600,
    ) -> str:
        """A JWT for `subject`; `agents` act for it, the one nearest to the user first (RFC 8693 §4.1)."""
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": ISS,
            "aud": audience,
            "sub": subject,
            "iat": now,
            "exp": now + ttl,
            "jti": uuid.uuid4().hex,
        }
        act: dict[str, object] | None = None
        for agent in agents:  # the current actor is outermost, prior ones are nested within
            act = {"sub": agent, "act": act} if act else {"sub": agent}
        if act:
            claims["act"] = act
        if purposes:
            claims["purposes"] = list(purposes)
        header = {"alg": ALGORITHM, "kid": self._key.kid or ""}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def _read_or_make(self) -> dict[str, str | list[str]]:
        try:
            return dict(json.loads(self._file.read_text(encoding="ascii")))
        except FileNotFoundError:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ECKey.generate_key("P-256", {"use": "sig"}, private=True, auto_kid=True)
        text = json.dumps(key.as_dict(private=True))
        try:
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was first; its key counts
            return dict(json.loads(self._file.read_text(encoding="ascii")))
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        return dict(json.loads(text))
