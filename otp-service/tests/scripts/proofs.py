"""Opens our proofs with PyJWT and signs some with it; see tests/proofs/exchange.rs.

Needs: pip install 'PyJWT[crypto]'
"""

import base64
import hashlib
import hmac
import json
import pathlib

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
OURS = json.loads((DATA / "ours.json").read_text())
AT = OURS["at"]
KEYS = {jwk["kid"]: jwt.PyJWK(jwk).key for jwk in OURS["jwks"]["keys"]}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def open_proof(proof, audience=OURS["audience"], issuer=OURS["issuer"]):
    key = KEYS[jwt.get_unverified_header(proof)["kid"]]
    # The proofs of the tests are signed at a time of their own, which PyJWT cannot be told.
    options = {"verify_exp": False, "verify_iat": False, "require": ["iss", "aud", "sub", "iat", "exp", "jti"]}
    return jwt.decode(proof, key, algorithms=["EdDSA"], audience=audience, issuer=issuer, options=options)


def must_fail(proof, **use):
    try:
        open_proof(proof, **use)
    except (jwt.InvalidTokenError, KeyError):
        return
    raise SystemExit(f"PyJWT opens what it must not: {proof}")


def opens_ours():
    for ours in OURS["proofs"]:
        claims = open_proof(ours["proof"])
        assert claims == ours["claims"], (claims, ours["claims"])
        assert claims["exp"] - claims["iat"] == 600
        must_fail(ours["proof"], audience="bank")
        must_fail(ours["proof"], issuer="https://other.example")
        head, body, signature = ours["proof"].split(".")
        flipped = "B" if body[20] != "B" else "C"
        must_fail(f"{head}.{body[:20]}{flipped}{body[21:]}.{signature}")


def claims(**members):
    return {
        "iss": OURS["issuer"], "aud": OURS["audience"], "namespace": OURS["namespace"],
        "sub": "+14155550123", "purpose": "signup", "channel": "sms",
        "iat": AT, "exp": AT + 600, "jti": "made-by-pyjwt", **members,
    }  # fmt: skip


def sign(payload, kid="k1"):
    key = Ed25519PrivateKey.from_private_bytes(unbase64url(OURS["seeds"][kid]))
    return jwt.encode(payload, key, algorithm="EdDSA", headers={"kid": kid})


def by_hand(alg, signature):
    head = base64url(json.dumps({"alg": alg, "typ": "JWT", "kid": "k1"}).encode())
    signed = f"{head}.{base64url(json.dumps(claims()).encode())}"
    return f"{signed}.{base64url(signature(signed.encode()))}"


def forged():
    x = next(jwk["x"] for jwk in OURS["jwks"]["keys"] if jwk["kid"] == "k1")
    mac = lambda key: lambda signed: hmac.new(key, signed, hashlib.sha256).digest()
    twice = lambda key: lambda signed: mac(key)(signed) * 2  # as long as an Ed25519 signature
    stranger = Ed25519PrivateKey.generate()
    return [
        ("none", by_hand("none", lambda _: bytes(64))),
        ("HS256 with the public key", by_hand("HS256", twice(unbase64url(x)))),
        ("HS256 with the public key's text", by_hand("HS256", twice(x.encode()))),
        ("EdDSA, but HMAC with the public key", by_hand("EdDSA", twice(unbase64url(x)))),
        ("a stranger's key", jwt.encode(claims(), stranger, algorithm="EdDSA", headers={"kid": "k1"})),
    ]


def main():
    opens_ours()
    accepted = [
        (sign(payload, kid), payload)
        for payload, kid in [
            (claims(), "k1"),
            (claims(sub="name@example.com", channel="email"), "k2"),
            (claims(purpose="password-reset", channel="voice"), "k1"),
        ]
    ]
    refused = forged() + [
        ("expired", sign(claims(iat=AT - 600, exp=AT))),
        ("from the future", sign(claims(iat=AT + 31, exp=AT + 631))),
        ("another audience", sign(claims(aud="bank"))),
        ("another issuer", sign(claims(iss="https://other.example"))),
    ]
    theirs = {
        "library": f"PyJWT {jwt.__version__}",
        "accepted": [{"proof": proof, "claims": payload} for proof, payload in accepted],
        "refused": [{"why": why, "proof": proof} for why, proof in refused],
    }
    (DATA / "pyjwt.json").write_text(json.dumps(theirs, indent=2) + "\n")
    print(f"PyJWT opened {len(OURS['proofs'])} proofs and signed {len(accepted)}")


main()
