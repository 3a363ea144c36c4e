"""Attacks on access tokens: each of django-graphql-jwt's weaknesses, and the usual forgeries."""

import base64
import datetime
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from domains.identity.models import User
from domains.identity.sessions import Issued, end_session, open_session
from domains.kernel.actor import Actor
from domains.vault.signing import rotate_signing_key, signing_keys
from gateway.tokens import AUDIENCE, REQUIRED, decode, encode, payload, tokens_of
from tests.asking import ask
from tests.domains.vault.test_signing import key_file  # noqa: F401 - a fixture
from tests.people import make_user
from tests.waiting import until

WHO = "{ users(first: 1) { nodes { username } } }"
Claims = dict[str, Any]


@pytest.fixture
def admin(db: None) -> User:
    return make_user("+919820012345", "administrator")


@pytest.fixture
def session(admin: User) -> Issued:
    return open_session(user=admin)


@pytest.fixture
def claims(admin: User, session: Issued) -> Claims:
    return {**payload(admin), "sid": str(session.session_id)}


def refused(token: str) -> bool:
    answered = ask(WHO, token=token)
    assert answered.codes in ([], ["UNAUTHENTICATED"])
    assert answered.status == (401 if answered.codes else 200)
    return answered.codes == ["UNAUTHENTICATED"]


def unsigned_part(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def seconds(claims: Claims) -> Claims:
    return {
        name: int(value.timestamp()) if isinstance(value, datetime.datetime) else value
        for name, value in claims.items()
    }


def signed(claims: Claims) -> str:
    """Sign whatever it is with our key; the library would refuse to sign some of it."""
    keys = signing_keys()
    header = {"alg": "EdDSA", "typ": "JWT", "kid": keys.current_id}
    text = f"{unsigned_part(header)}.{unsigned_part(claims)}"
    return f"{text}.{base64.urlsafe_b64encode(keys.current.sign(text.encode())).rstrip(b'=').decode()}"


def test_a_token_of_ours_is_accepted(claims: Claims, session: Issued) -> None:
    assert not refused(signed(seconds(claims)))
    assert not refused(encode(claims))
    assert not refused(tokens_of(session).access)


def test_nothing_personal_is_in_a_token(admin: User, session: Issued) -> None:
    token = tokens_of(session).access
    claims = jwt.decode(token, options={"verify_signature": False})
    assert sorted(claims) == sorted([*REQUIRED, "typ"])
    assert admin.username not in str(claims)


def test_an_access_token_lives_ten_minutes(session: Issued) -> None:
    claims = jwt.decode(tokens_of(session).access, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] <= 600


@pytest.mark.parametrize("claim", REQUIRED)
def test_every_claim_is_required(claims: Claims, claim: str) -> None:
    del claims[claim]
    assert refused(encode(claims))


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"exp": 0},
        {"exp": -1},
        {"exp": "never"},
        {"exp": None},
        {"nbf": 4_102_444_800},
        {"iat": 4_102_444_800},
        {"aud": "another-service"},
        {"aud": ["another-service"]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"typ": "refresh"},
        {"typ": None},
        {"sub": "administrator"},
        {"sub": "00000000-0000-7000-8000-000000000000"},
        {"sid": "00000000-0000-7000-8000-000000000000"},
        {"sid": "x"},
        {"sid": "'; DROP TABLE identity_session; --"},
        {"ver": 0},
        {"ver": 2},
        {"ver": "1"},
        {"ver": 99999999999999999999},
        {"ver": -1},
        {"ver": True},
        {"ver": 1.0},
        {"sub": 7},
        {"sid": 7},
        {"jti": None},
    ],
)
def test_a_claim_that_is_wrong_is_refused_even_under_our_signature(claims: Claims, change: Claims) -> None:
    assert refused(signed(seconds(claims) | change))


def test_a_token_of_another_users_session_is_refused(claims: Claims) -> None:
    other = open_session(user=make_user("other", "administrator"))
    assert refused(encode(claims | {"sid": str(other.session_id)}))


def test_the_algorithm_none_is_refused(claims: Claims) -> None:
    for name in ("none", "None", "NONE", ""):
        header = {"alg": name, "typ": "JWT", "kid": signing_keys().current_id}
        assert refused(f"{unsigned_part(header)}.{unsigned_part(seconds(claims))}.")


def test_a_swapped_algorithm_is_refused(claims: Claims) -> None:
    """The public key, which everyone may know, must not verify as the secret of an HMAC."""
    public = signing_keys().current.public_key()
    for secret in (
        public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ):
        token = signed_with_hmac(seconds(claims), secret)
        assert refused(token)


def signed_with_hmac(claims: Claims, secret: bytes) -> str:
    import hashlib
    import hmac

    header = {"alg": "HS256", "typ": "JWT", "kid": signing_keys().current_id}
    signed = f"{unsigned_part(header)}.{unsigned_part(claims)}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "ES256", "RS256"])
def test_one_algorithm_is_taken_whatever_kind_of_key_we_hold(
    claims: Claims, algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of algorithms alone refuses these: each is rightly signed, by a key that we know under its id."""
    keys: dict[str, tuple[Any, Any]] = {
        "HS": (secret := b"a secret that is long enough for the longest of the hashes, sixty-four", secret),
        "ES": ((curve := ec.generate_private_key(ec.SECP256R1())), curve.public_key()),
        "RS": ((large := rsa.generate_private_key(65537, 2048)), large.public_key()),
    }
    private, public = keys[algorithm[:2]]
    token = jwt.encode(claims, private, algorithm=algorithm, headers={"kid": "ours"})
    assert jwt.decode(token, public, algorithms=[algorithm], audience=AUDIENCE)["sub"] == claims["sub"]
    held = SimpleNamespace(public={"ours": public})
    monkeypatch.setattr("gateway.tokens.signing_keys", lambda **_: held)
    with pytest.raises(jwt.InvalidAlgorithmError):
        decode(token)


def test_djangos_secret_key_signs_no_token(claims: Claims, settings: Any) -> None:
    assert refused(signed_with_hmac(seconds(claims), settings.SECRET_KEY.encode()))


def test_another_key_under_our_key_id_is_refused(claims: Claims) -> None:
    key = Ed25519PrivateKey.generate()
    assert refused(jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": signing_keys().current_id}))


@pytest.mark.parametrize("kid", ["another", "", "../../etc/passwd", None, 7, {"a": 1}])
def test_a_key_of_the_attackers_is_never_taken_from_the_header(claims: Claims, kid: Any) -> None:
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
    header = {"alg": "EdDSA", "typ": "JWT", "kid": kid, "jwk": jwk, "jku": "https://evil.example/keys"}
    signed = f"{unsigned_part(header)}.{unsigned_part(seconds(claims))}"
    signature = base64.urlsafe_b64encode(key.sign(signed.encode())).rstrip(b"=").decode()
    assert refused(f"{signed}.{signature}")


@pytest.mark.parametrize("token", ["a", "a.b", "a.b.c", "..", "é.é.é", "a" * 5000, "null", "[].[].[]"])
def test_what_is_no_token_is_refused(db: None, token: str) -> None:
    assert refused(token)


def test_an_altered_claim_breaks_the_signature(claims: Claims) -> None:
    header, _, signature = encode(claims).split(".")
    assert refused(f"{header}.{unsigned_part(seconds(claims) | {'ver': 1, 'extra': 1})}.{signature}")


def test_an_altered_signature_is_refused_though_the_token_is_remembered(claims: Claims) -> None:
    token = encode(claims)
    assert not refused(token)
    last = "A" if token[-2] != "A" else "B"
    assert refused(token[:-2] + last + token[-1])


def test_a_token_is_refused_once_it_has_expired_though_it_was_remembered(
    claims: Claims, settings: Any
) -> None:
    settings.GRAPHQL_JWT = {**settings.GRAPHQL_JWT, "JWT_LEEWAY": 0}
    token = encode(seconds(claims) | {"exp": int(datetime.datetime.now(datetime.UTC).timestamp()) + 4})
    assert not refused(token)
    until(lambda: refused(token))


@pytest.mark.usefixtures("key_file")
def test_tokens_of_the_key_before_hold_until_it_is_retired(session: Issued) -> None:
    before, token = signing_keys().current_id, tokens_of(session).access
    rotate_signing_key()
    assert not refused(token)
    assert not refused(tokens_of(session).access)
    rotate_signing_key(retire=before)
    assert refused(token)


@pytest.mark.parametrize(
    "revoke",
    [
        lambda issued: end_session(token=issued.refresh_token, actor=Actor.system("test")),
        lambda issued: User.objects.filter(id=issued.user.id).update(token_version=2),
        lambda issued: User.objects.filter(id=issued.user.id).update(is_active=False),
    ],
    ids=["session ended", "token version raised", "user deactivated"],
)
@pytest.mark.parametrize(
    "document",
    [
        WHO,
        '{ node(id: "User:x") { id } }',
        'mutation { closeCustomer(input: {id: "Customer:x"}) { problems { code } } }',
        '{ explainAccess(document: "{ __typename }") { path } }',
    ],
)
def test_a_revocation_works_at_once(session: Issued, document: str, revoke: Callable[[Issued], Any]) -> None:
    """Within the five seconds, that is, in which the viewer's roles are remembered."""
    token = tokens_of(session).access
    assert ask(document, token=token).codes == []
    revoke(session)
    assert ask(document, token=token).codes == ["UNAUTHENTICATED"]


def test_a_revoked_token_changes_nothing(session: Issued) -> None:
    token = tokens_of(session).access
    end_session(token=session.refresh_token, actor=Actor.system("test"))
    answered = ask(
        'mutation { createCustomer(input: {fullName: "A", mobile: "+919820012345"}) { problems { code } } }',
        token=token,
    )
    assert answered.status == 401
    assert "data" not in answered.body


@pytest.mark.parametrize("name", ["JWT", "JWT-refresh-token", "token", "sessionid", "Authorization"])
def test_cookies_are_never_read(session: Issued, name: str) -> None:
    client = Client()
    client.cookies[name] = tokens_of(session).access
    for header in ({}, {"Authorization": "JWT"}, {"Authorization": ""}, {"Authorization": "garbage"}):
        response = client.post(
            "/graphql",
            {"query": WHO},
            content_type="application/json",
            headers={"Accept": "application/graphql-response+json", **header},
        )
        assert response.status_code == 401, header


def test_a_token_in_the_body_or_the_address_is_never_read(session: Issued) -> None:
    token = tokens_of(session).access
    response = Client().post(
        f"/graphql?token={token}&access_token={token}",
        {"query": WHO, "token": token, "variables": {"token": token}},
        content_type="application/json",
    )
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("header", ["JWT {}", "Token {}", "{}", "Basic {}", "Bearer", "Bearer  {} x"])
def test_another_scheme_is_refused(session: Issued, header: str) -> None:
    answered = ask(WHO, headers={"Authorization": header.format(tokens_of(session).access)})
    assert answered.status == 401
