"""A department's side of a signed request or message, without a line of Duly's verifier."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from duly.events.public_keys import PublicKey

COVERED = ("@method", "@authority", "@path", "content-type", "content-digest")
ALGORITHMS = {
    "Ed25519": "ed25519",
    "EllipticCurve": "ecdsa-p256-sha256",
    "EC": "ecdsa-p256-sha256",
    "RSA": "rsa-pss-sha512",
}


def public(id_: str, private: Any, retired: str = "") -> PublicKey:
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(id=id_, key=base64.b64encode(der).decode(), retired=retired)


def signature(private: Any, base: bytes) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(base)
    if isinstance(private, rsa.RSAPrivateKey):
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
        return private.sign(base, pss, hashes.SHA512())
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(base, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def sign(
    private: Any, key: str, url: str, body: bytes, created: float, *, covered: tuple[str, ...] = COVERED,
    nonce: str | None = None, more: str = "", **headers: str,
) -> dict[str, str]:  # fmt: skip
    """The headers of a POST of this body to a URL, signed."""
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    given = {"content-type": "application/cloudevents+json", "content-digest": digest(body)}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    said = {"@method": "POST", "@authority": authority, "@path": f"/{path}", "@target-uri": url,
            "@scheme": scheme} | given  # fmt: skip
    nonce = secrets.token_urlsafe(16) if nonce is None else nonce
    names = " ".join(f'"{name}"' for name in covered)
    shown = f';nonce="{nonce}"' if nonce else ""
    params = f'({names});created={int(created)};keyid="{key}"{shown}{more}'
    base = "\n".join([*(f'"{name}": {said[name]}' for name in covered), f'"@signature-params": {params}'])
    signed = base64.b64encode(signature(private, base.encode())).decode()
    return {**given, "signature-input": f"s={params}", "signature": f"s=:{signed}:"}


def dci(
    private: Any, key: str, told: dict[str, Any], created: int, /, *, lasts: int = 600, sender: str = "",
    blake: bool = False, **changed: str,
) -> bytes:  # fmt: skip
    """The body of a DCI message, signed: written from DCI v1.0.0, without a line of Duly's verifier."""
    header, message = (json.dumps(told[part]).encode() for part in ("header", "message"))
    by = hashlib.blake2b if blake else hashlib.sha256
    sum_ = base64.b64encode(by(header + message).digest()).decode()
    name = "BLAKE-512" if blake else "SHA-256"
    lines = f"(created): {created}\n(expires): {created + lasts}\ndigest: {name}={sum_}".encode()
    algorithm = ALGORITHMS[type(private).__name__.removeprefix("_").removesuffix("PrivateKey")]
    parameters = {
        "namespace": "spdci",
        "kidId": f"{sender or told['header']['sender_id']}|{key}|{algorithm}",
        "algorithm": algorithm,
        "created": str(created),
        "expires": str(created + lasts),
        "headers": "(created) (expires) digest",
        "signature": base64.b64encode(signature(private, lines)).decode(),
        **changed,
    }
    text = "Signature:  " + ", ".join(f'{name}="{value}"' for name, value in parameters.items())
    return b'{"signature": %b, "header": %b, "message": %b}' % (json.dumps(text).encode(), header, message)
