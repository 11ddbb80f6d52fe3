"""A token proves who asks, or nothing."""

import base64
import json
import time
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from ambit.graph.errors import Unauthenticated, Unavailable
from ambit.server import identity
from ambit.server.identity import ANONYMOUS, Verifier
from ambit.server.issuer import LocalIssuer
from ambit.server.layers import sealing_key
from ambit.server.settings import read

USER, FIRST, SECOND = "https://x.example/user", "https://x.example/first", "https://x.example/second"


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(tmp_path / ".ambit")


@pytest.fixture
def verifier(tmp_path: Path, issuer: LocalIssuer) -> Verifier:
    return Verifier(read(tmp_path))


def _claims(**changes: object) -> dict[str, object]:
    now = int(time.time())
    claims = {"iss": "ambit-local", "aud": "ambit", "sub": USER, "iat": now, "exp": now + 60, **changes}
    return {name: value for name, value in claims.items() if value is not None}


def _signed(issuer: LocalIssuer, claims: dict[str, object], header: dict[str, str] | None = None) -> str:
    key = issuer.keys().keys[0]
    return jwt.encode({"alg": "ES256", **(header or {})}, claims, key, algorithms=["ES256"])


def test_the_chain_starts_nearest_to_the_user(issuer: LocalIssuer, verifier: Verifier) -> None:
    token = issuer.issue(USER, agents=[FIRST, SECOND], purposes=["urn:p"])
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert payload["act"] == {
        "sub": SECOND,
        "act": {"sub": FIRST},
    }  # RFC 8693: the current actor is outermost
    identity = verifier.check(token)
    assert (identity.chain.user, identity.chain.agents) == (USER, (FIRST, SECOND))
    assert identity.purposes == ("urn:p",)


def test_without_a_token_one_is_anonymous(verifier: Verifier) -> None:
    assert verifier.identify(None).chain.user == ANONYMOUS
    assert verifier.identify(None).anonymous


def test_no_claim_of_purposes_is_not_an_empty_one(issuer: LocalIssuer, verifier: Verifier) -> None:
    assert verifier.check(issuer.issue(USER)).purposes is None
    assert verifier.check(_signed(issuer, _claims(purposes=[]))).purposes == ()
    assert verifier.check(_signed(issuer, _claims(purposes="urn:one"))).purposes == ("urn:one",)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "another"},
        {"iss": None},
        {"sub": None},
        {"sub": "no-iri"},
        {"sub": "https://x.example/a b"},
        {"sub": "https://x.example/e\u0301"},  # not NFC: a confusable of é
        {"sub": "https://x.example/ada\u200b"},  # what does not show
        {"sub": "https://x.example/ada\u202e"},
        {"sub": "https://x.example/ada\u3000"},
        {"sub": 7},
        {"sub": "http://[::1"},  # no IRI, though its characters may all stand in one
        {"act": {"sub": "http://[::1"}},
        {"exp": None},
        {"nbf": 4_000_000_000},
        {"act": "https://x.example/agent"},
        {"act": {"no": "sub"}},
        {"purposes": 7},
        {"purposes": [7]},
    ],
    ids=str,
)
def test_a_wrong_claim_proves_nothing(
    issuer: LocalIssuer, verifier: Verifier, changes: dict[str, object]
) -> None:
    verifier.check(_signed(issuer, _claims()))  # the same without the change is good
    with pytest.raises(Unauthenticated) as refused:
        verifier.check(_signed(issuer, _claims(**changes)))
    assert refused.value.code == "token-invalid"


def test_an_expired_token_says_so(issuer: LocalIssuer, verifier: Verifier) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier.check(issuer.issue(USER, ttl=-60))
    assert refused.value.code == "token-expired"


def test_a_token_that_is_known_expires_all_the_same(
    issuer: LocalIssuer, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.issue(USER, ttl=60)
    assert verifier.check(token) == verifier.check(token)
    assert len(verifier._signed) == 1
    later = time.time() + 120
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(Unauthenticated) as refused:
        verifier.check(token)
    assert refused.value.code == "token-expired"


def test_a_token_like_one_that_is_known_proves_nothing(issuer: LocalIssuer, verifier: Verifier) -> None:
    token = issuer.issue(USER)
    verifier.check(token)
    head, payload, signature = token.split(".")
    other = "A" if signature[10] != "A" else "B"
    for changed in (f"{head}.{payload}.{signature[:10]}{other}{signature[11:]}", f"{head}.{payload}."):
        with pytest.raises(Unauthenticated):
            verifier.check(changed)
    assert len(verifier._signed) == 1


def test_known_tokens_are_no_more_than_they_may_be(
    issuer: LocalIssuer, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "SIGNED", 3)
    for number in range(10):
        verifier.check(issuer.issue(f"{USER}/{number}"))
        assert len(verifier._signed) <= 3


def test_foreign_keys_and_algorithms_prove_nothing(issuer: LocalIssuer, verifier: Verifier) -> None:
    good = issuer.issue(USER)
    head, payload, signature = good.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    foreign = jwt.encode({"alg": "ES256"}, _claims(), ECKey.generate_key("P-256"), algorithms=["ES256"])
    public = issuer.keys().keys[0].as_pem(private=False)
    confused = jwt.encode({"alg": "HS256"}, _claims(), OctKey.import_key(b"x" * 40), algorithms=["HS256"])
    assert public
    flipped = signature[:-4] + ("AAAA" if not signature.endswith("AAAA") else "BBBB")
    for forged in (
        f"{none}.{payload}.",
        f"{head}.{payload}.{flipped}",
        foreign,
        confused,
        "",
        "a.b",
        "a.b.c",
        "…" * 9,
    ):
        with pytest.raises(Unauthenticated):
            verifier.check(forged)


def test_a_claim_given_twice_proves_nothing(issuer: LocalIssuer, verifier: Verifier) -> None:
    from joserfc import jws

    text = json.dumps(_claims())
    twice = text[:-1] + ', "iss": "ambit-local"}'
    for payload, good in ((text, True), (twice, False)):
        token = jws.serialize_compact({"alg": "ES256"}, payload, issuer.keys().keys[0], algorithms=["ES256"])
        if good:
            verifier.check(token)
        else:
            with pytest.raises(Unauthenticated):
                verifier.check(token)


def test_a_very_long_token_is_not_read(verifier: Verifier) -> None:
    with pytest.raises(Unauthenticated, match="too long"):
        verifier.check("a" * 1_000_000)


def test_a_token_that_nests_without_end_proves_nothing(verifier: Verifier) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 11_000).decode().rstrip("=")
    for token in (f"a.{deep}.c", f"{deep}.{deep}.c"):
        with pytest.raises(Unauthenticated):
            verifier.check(token)


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = LocalIssuer(tmp_path).issue(USER)
    Verifier(read(tmp_path, data=tmp_path)).check(first)
    LocalIssuer(tmp_path)
    Verifier(read(tmp_path, data=tmp_path)).check(first)
    assert (tmp_path / "keys" / "issuer.json").stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_local_issuer_that_is_none_is_named(tmp_path: Path, issuer: LocalIssuer) -> None:
    file = tmp_path / ".ambit" / "keys" / "issuer.json"
    whole = file.read_bytes()
    kept = json.loads(whole)
    public = {name: value for name, value in kept.items() if name != "d"}
    others = ([], {}, public, kept | {"x": kept["y"]}, kept | {"d": "é"}, kept | {"crv": "P-1"})
    for data in (b"", whole[:40], b"\xff" + whole, *(json.dumps(other).encode() for other in others)):
        file.write_bytes(data)
        with pytest.raises(Unavailable) as caught:
            LocalIssuer(tmp_path / ".ambit")
        assert caught.value.code == "key-invalid"


def test_a_key_of_the_local_issuer_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable) as caught:
        LocalIssuer(tmp_path / "file")
    assert caught.value.code == "folder-unwritable"


def test_a_key_that_seals_cursors_is_made_once_and_one_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    made = sealing_key(tmp_path)
    assert sealing_key(tmp_path) == made
    for data in (b"", made[:31]):
        (tmp_path / "keys" / "secret").write_bytes(data)
        with pytest.raises(Unavailable) as caught:
            sealing_key(tmp_path)
        assert caught.value.code == "key-invalid"
