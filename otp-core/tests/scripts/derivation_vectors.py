#!/usr/bin/env python3
"""Writes ../data/derivation_vectors.json: everything that is derived from secret keys, written a second time.

Standard library only; from the text of the documentation, not from the Rust code:

    python3 otp-core/tests/scripts/derivation_vectors.py

A secret key signs with HMAC-SHA-256. Label and fields follow each other, each preceded by its length in bytes as a
big-endian u32. A code is the first big-endian u64 word of the MAC that falls below the largest multiple of the number
of codes, modulo that number, written in its alphabet.
"""

import hashlib
import hmac
import itertools
import json
import pathlib
import random

VECTORS = pathlib.Path(__file__).parent.parent / "data" / "derivation_vectors.json"
ALPHABETS = {"digits": "0123456789", "unambiguous": "23456789BCDFGHJKMNPQRSTVWXYZ"}

KEYS = {
    "2026-11": bytes(range(32)),
    "2026-12": hashlib.sha256(b"second key").digest(),
    "long_Key-64plus": hashlib.sha512(b"third key").digest() + b"longer than one block of SHA-256",
}

# What a person types, and the canonical form that is derived from.
PHONES = ["+1 (415) 555-0123", "+442079460018", "+49 30 901820", "+33 6 12 34 56 78", "+81 90 1234 5678"]
EMAILS = ["alice@example.com", " Bob+News@Example.ORG ", "info@b\u00fccher.example", "a@\u4f8b\u3048.\u30c6\u30b9\u30c8",
          "x.y@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "zoe@sm\u00f6rg\u00e5sbord.se"]

rnd = random.Random(20180389)


def canonical(typed):
    if "@" not in typed:
        return "+" + "".join(c for c in typed if c.isdigit())
    local, domain = typed.strip().split("@")
    return f"{local.lower()}@{domain.lower().encode('idna').decode()}"


def mac(secret, *fields):
    text = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return hmac.new(secret, text, hashlib.sha256).digest()


def texts(*fields):
    return [field.encode() for field in fields]


def words(block):
    return [int.from_bytes(block[at:at + 8], "big") for at in range(0, 32, 8)]


def code_of(block, length, alphabet):
    """(code, number of words rejected before it)"""
    characters = ALPHABETS[alphabet]
    count = len(characters) ** length
    fair = 2**64 // count * count
    rejected = list(itertools.takewhile(lambda word: word >= fair, words(block)))
    number = words(block)[len(rejected)] % count
    places = []
    for _ in range(length):
        number, digit = divmod(number, len(characters))
        places.append(characters[digit])
    return "".join(reversed(places)), len(rejected)


def code_vector(key, namespace, purpose, typed, channel, generation, context, length, alphabet, token, seed):
    challenge = hashlib.sha256(token).digest()
    fields = [
        b"otp-code/v1", *texts(namespace, purpose), challenge, generation.to_bytes(4, "big"),
        *texts(channel, canonical(typed)), context or b"", bytes([length]), alphabet.encode(), seed,
    ]
    code, rejected = code_of(mac(KEYS[key], *fields), length, alphabet)
    return {
        "key": key, "namespace": namespace, "purpose": purpose, "typed": typed, "recipient": canonical(typed),
        "channel": channel, "token": token.hex(), "challenge": challenge.hex(), "generation": generation,
        "context": context and context.hex(), "length": length, "alphabet": alphabet, "seed": seed.hex(),
        "code": code, "rejected_words": rejected,
    }


def codes():
    formats = itertools.product(range(4, 11), ALPHABETS, [None, b"amount=4711 EUR"])
    for number, (length, alphabet, context) in enumerate(formats):
        channel = ["sms", "email", "voice", "whatsapp"][number % 4]
        yield code_vector(
            list(KEYS)[number % 3], rnd.choice(["default", "tenant-2", "n" * 64]), rnd.choice(["signup", "login", "v.1"]),
            rnd.choice(EMAILS if channel == "email" else PHONES), channel,
            rnd.choice([1, 2, 5, 256, 2**32 - 1]), context and hashlib.sha256(context).digest(), length, alphabet,
            rnd.randbytes(20), rnd.randbytes(16),
        )
    # One cell, and each of its neighbours that differs in one field only.
    cell = {
        "key": "2026-11", "namespace": "default", "purpose": "signup", "typed": PHONES[0], "channel": "sms",
        "generation": 1, "context": None, "length": 6, "alphabet": "digits", "token": bytes([7] * 20), "seed": bytes(16),
    }
    neighbours = [
        ("key", "2026-12"), ("namespace", "defaults"), ("purpose", "signin"), ("typed", PHONES[1]), ("channel", "voice"),
        ("generation", 2), ("context", bytes(32)), ("length", 7), ("alphabet", "unambiguous"), ("token", bytes([8] * 20)),
        ("seed", bytes(15) + b"\1"),
    ]
    yield code_vector(**cell)
    for field, value in neighbours:
        yield code_vector(**cell | {field: value})
    # Length prefixes keep neighbours apart: "ab" + "c" is not "a" + "bc".
    yield code_vector(**cell | {"namespace": "ab", "purpose": "c"})
    yield code_vector(**cell | {"namespace": "a", "purpose": "bc"})
    # Every e-mail address once.
    for typed in EMAILS:
        yield code_vector(**cell | {"typed": typed, "channel": "email"})
    # 28^10 rejects a word in 91,394: the likeliest of all formats. Seeds are tried until two first words are.
    longest = cell | {"length": 10, "alphabet": "unambiguous"}
    tried = (code_vector(**longest | {"seed": number.to_bytes(16, "big")}) for number in itertools.count())
    yield from itertools.islice((vector for vector in tried if vector["rejected_words"] > 0), 2)


def addresses():
    for namespace, purpose, typed in [
        ("default", "signup", PHONES[0]), ("default", "login", PHONES[0]), ("tenant-2", "signup", PHONES[0]),
        ("default", "signup", PHONES[1]), ("default", "signup", EMAILS[2]), ("n" * 64, "p" * 64, EMAILS[4]),
    ]:
        fields = texts(namespace, purpose, canonical(typed))
        yield {
            "namespace": namespace, "purpose": purpose, "typed": typed,
            "ledgers": [mac(secret, b"otp-ledger/v1", *fields).hex() for secret in KEYS.values()],
            "challenges": [mac(secret, b"otp-address/v1", *fields).hex() for secret in KEYS.values()],
        }


def tokens():
    for token in [bytes(20), bytes([0xff] * 20), *(rnd.randbytes(20) for _ in range(4))]:
        yield {"random": token.hex(), "challenge": hashlib.sha256(token).hexdigest()}


def replies():
    signing = next(iter(KEYS.values()))
    for namespace, call, typed, idempotency_key in [
        ("default", "register", PHONES[0], "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ("default", "resend", PHONES[0], "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ("tenant-2", "register", EMAILS[2], "\u00e9\u4f8b key with spaces"),
    ]:
        reply = mac(signing, b"otp-reply/v1", *texts(namespace, call, canonical(typed), idempotency_key))
        seed = rnd.randbytes(16)
        yield {
            "namespace": namespace, "call": call, "typed": typed, "idempotency_key": idempotency_key,
            "reply": reply.hex(), "seed": seed.hex(),
            "tokens": [mac(secret, b"otp-session/v1", reply, seed)[:20].hex() for secret in KEYS.values()],
        }


def meters():
    signing = next(iter(KEYS.values()))
    for fields in [("default", "caller", "192.0.2.1"), ("default", "caller", "2001:db8::/64"), ("tenant-2", "block", "+1415555")]:
        namespace, kind, subject = fields
        meter = mac(signing, b"otp-meter/v1", *texts(*fields)).hex()
        yield {"namespace": namespace, "kind": kind, "subject": subject, "meter": meter}


def main():
    document = {
        "keys": [{"id": name, "secret": secret.hex()} for name, secret in KEYS.items()],
        "codes": list(codes()),
        "addresses": list(addresses()),
        "tokens": list(tokens()),
        "replies": list(replies()),
        "meters": list(meters()),
        "proofs": [{"id": name, "seed": mac(secret, b"otp-proof/v1").hex()} for name, secret in KEYS.items()],
    }
    VECTORS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print({name: len(vectors) for name, vectors in document.items()})


if __name__ == "__main__":
    main()
