"""Who asks: a bearer token checked, the user and the agents acting for that user (RFC 7519, RFC 8693)."""

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ..graph.clock import CLOCK
from ..graph.errors import Invalid, Unauthenticated
from ..graph.terms import NamedNode
from ..graph.words import Chain
from ..reasoning.governance.identities import malformed
from .issuer import ISS, LocalIssuer
from .settings import Settings

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
ANONYMOUS = "https://w3id.org/ambit#Anonymous"
TOKEN_BYTES = 16_384
HOPS = 8
LEEWAY = 30  # seconds by which clocks may differ

SIGNED = 4_096
"""Tokens whose signature was checked that are known again: the keys stay the same, and checking takes a millisecond."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a token proves. `purposes` is None where the token carries no such claim."""

    chain: Chain
    purposes: tuple[str, ...] | None
    expires: float | None

    @property
    def anonymous(self) -> bool:
        """Nobody showed a token."""
        return self.chain.user == ANONYMOUS

    @property
    def is_expired(self) -> bool:
        """Whether the token has expired since it was checked."""
        return self.is_expired_at(CLOCK.seconds())

    def is_expired_at(self, seconds: float) -> bool:
        """Whether it has expired by then, in seconds since 1970."""
        return self.expires is not None and seconds > self.expires + LEEWAY

    def check_expiry(self) -> None:
        """Raises `Unauthenticated` when the token has expired since it was checked."""
        if self.is_expired:
            raise token_refused(code="token-expired")


class Verifier:
    """Checks tokens of the issuers that the settings name, by an allow-list of algorithms."""

    def __init__(self, settings: Settings):
        self._audience = settings.audience
        self._keys: dict[str, KeySet] = {}
        # by token's hash: what its signature was found to stand for, who that is, and when it was checked last
        self._signed: dict[bytes, tuple[dict[str, Any], Identity | None, float]] = {}
        if settings.local_issuer:
            self._keys[ISS] = LocalIssuer(settings.data).keys()
        for issuer in settings.issuers:
            self._keys[issuer.iss] = _jwks(settings.workspace, issuer.jwks)

    def identify(self, authorization: str | None) -> Identity:
        """The identity behind an `Authorization` header; raises `Unauthenticated` for a token that proves nothing."""
        if authorization is None:
            return Identity(Chain(ANONYMOUS), (), None)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated(
                "the header Authorization is no bearer token", hint="send `Authorization: Bearer …`"
            )
        return self.check(token.strip())

    def check(self, token: str) -> Identity:
        """The identity that `token` proves; every failure reads alike from outside."""
        if len(token) > TOKEN_BYTES:
            raise Unauthenticated("the token is too long", code="token-invalid")
        try:
            return self._identity(token)
        except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            expired = type(error).__name__ == "ExpiredTokenError"
            raise (
                token_refused(code="token-expired") if expired else token_refused(code="token-invalid")
            ) from None

    def _identity(self, token: str) -> Identity:
        name, now = hashlib.sha256(token.encode()).digest(), CLOCK.seconds()
        claims, identity, checked = self._signed.get(name, (None, None, 0.0))
        # what was true of a token stays true but for its expiry, unless the clock goes back
        if identity is not None and checked <= now and not identity.is_expired_at(now):
            return identity
        if claims is None:
            issuer = _unverified_issuer(token)  # only picks the keys; the signature decides
            claims = dict(jwt.decode(token, self._keys[issuer], algorithms=ALGORITHMS).claims)
            if claims.get("iss") != issuer:
                raise ValueError("iss")
            if len(self._signed) >= SIGNED:
                self._signed.clear()
            self._signed[name] = claims, None, now
        jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=LEEWAY,
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            exp={"essential": True},
        ).validate(claims)
        identity = _identity(claims)
        self._signed[name] = claims, identity, now
        return identity


def token_refused(code: str) -> Unauthenticated:
    """The refusal of a token: `token-expired` or `token-invalid`."""
    message = "the token has expired" if code == "token-expired" else "the token is not valid"
    return Unauthenticated(message, code=code, hint="ask for a new one: `ambit token --subject …`")


def _unverified_issuer(token: str) -> str:
    payload = token.split(".")[1]
    padded = payload + "=" * (-len(payload) % 4)
    issuer = json.loads(urlsafe_b64decode(padded), object_pairs_hook=_no_duplicates)["iss"]
    if not isinstance(issuer, str):
        raise ValueError("iss")
    return issuer


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("duplicate claim")
    return dict(pairs)


def _identity(claims: Mapping[str, Any]) -> Identity:
    agents: list[str] = []
    act = claims.get("act")
    while act is not None:
        if not isinstance(act, dict) or len(agents) >= HOPS + 1:  # deciding gives nothing beyond 8 hops
            raise ValueError("act")
        agents.append(actor_iri(act["sub"]))
        act = act.get("act")
    purposes = claims.get("purposes")
    if isinstance(purposes, str):
        purposes = [purposes]
    if purposes is not None and not (
        isinstance(purposes, list) and all(isinstance(p, str) for p in purposes)
    ):
        raise ValueError("purposes")
    return Identity(
        Chain(actor_iri(claims["sub"]), tuple(reversed(agents))),
        None if purposes is None else tuple(purposes),
        float(claims["exp"]),
    )


def actor_iri(subject: object) -> str:
    """The IRI that names an actor: the subject itself if it is one, compared by code points in NFC.

    Raises `ValueError` for what can name nobody.
    """
    if not isinstance(subject, str) or not 0 < len(subject) <= 2048:
        raise ValueError("sub")
    if malformed(subject) or ":" not in subject:
        raise ValueError("sub")
    return NamedNode(subject).value  # raises for what is no IRI


def _jwks(workspace: Path, place: str) -> KeySet:
    if place.startswith(("https:", "http:")):
        raise Invalid(
            f"keys from `{place}` are not fetched in this release",
            hint="save the JWKS as a file in the workspace and name the file",
            code="settings-invalid",
        )
    file = workspace / place
    try:
        return KeySet.import_key_set(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, JoseError) as error:
        raise Invalid(f"no keys in `{file}`: {error}", code="settings-invalid") from None
