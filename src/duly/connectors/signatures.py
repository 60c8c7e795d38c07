"""HTTP Message Signatures (RFC 9421) over a request, and Content-Digest (RFC 9530) over its body.

A signature is believed only if it covers method, target, digest, content type and every header that carries
part of an event, was made moments ago, and names a nonce.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import http_sf
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from duly.errors import Denied
from duly.events.public_keys import PublicKey

__all__ = ["Asked", "Signed", "require_digest", "signature_base", "verified", "verifies"]

WINDOW: Final = 300
SKEW: Final = 60
LONGEST: Final = 200
EVENT: Final = "ce-"
DIGESTS: Final = {"sha-256": "sha256", "sha-512": "sha512"}
CURVES: Final = {
    "secp256r1": ("ecdsa-p256-sha256", 32, hashes.SHA256()),
    "secp384r1": ("ecdsa-p384-sha384", 48, hashes.SHA384()),
}
PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
TITLE: Final = "The signature is not believed"
_Item = tuple[Any, Mapping[str, Any]]
_Inner = tuple[Sequence[_Item], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: `authority` as in Host, `target` path and query as they stood, headers lowered, in order."""

    method: str
    scheme: str
    authority: str
    target: str
    headers: Sequence[tuple[str, str]]

    def header(self, name: str) -> str | None:
        """What a header says, several lines joined as RFC 9421 section 2.1 does; None without it."""
        lines = [value.strip() for known, value in self.headers if known == name]
        return ", ".join(lines) if lines else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature that verifies. Instants are seconds; `until` is when it would be refused for its age."""

    key: str
    nonce: str
    created: int
    until: int


def verified(asked: Asked, keys: Mapping[str, PublicKey], now: float) -> Signed:
    """Whose request it is, by a key among `keys`. Denied (401) unless everything holds."""
    inputs = _dictionary(asked, "signature-input")
    given = _dictionary(asked, "signature")
    for label, told in inputs.items():
        inner = cast(_Inner, told)
        key = inner[1].get("keyid") if isinstance(inner[0], list) else None
        if isinstance(key, str) and key in keys:
            return _one(asked, inner, given.get(label), key, keys[key], now)
    raise _wrong("No source has its key.", "Register the public key: duly sources add.")


def require_digest(asked: Asked, body: bytes) -> None:
    """Denied unless Content-Digest is the body's; every algorithm that is known has to fit."""
    fits = [
        isinstance(one[0], bytes) and hmac.compare_digest(hashlib.new(DIGESTS[name], body).digest(), one[0])
        for name, one in _dictionary(asked, "content-digest").items()
        if name in DIGESTS
    ]
    if not fits or not all(fits):
        raise _wrong("Content-Digest is not that of the body.", "Send sha-256 or sha-512 of it.")


def signature_base(asked: Asked, inner: _Inner) -> bytes:
    """The octets that are signed (RFC 9421 section 2.5)."""
    lines = [f"{http_sf.ser(cast(Any, item))}: {_value(asked, item)}" for item in inner[0]]
    return "\n".join([*lines, f'"@signature-params": {http_sf.ser(cast(Any, [inner]))}']).encode()


def _one(asked: Asked, inner: _Inner, given: object, key: str, public: PublicKey, now: float) -> Signed:
    components, params = inner
    if not isinstance(given, tuple) or not isinstance(given[0], bytes):
        raise _wrong("There is no signature of this name.")
    _require_covered(asked, components)
    created, until, nonce = _times(params, public, now)
    if not verifies(public, params.get("alg"), signature_base(asked, inner), given[0]):
        raise _wrong("It does not verify.", "Compare the signature base: RFC 9421, section 2.5.")
    return Signed(key=key, nonce=nonce, created=created, until=until)


def _times(params: Mapping[str, Any], public: PublicKey, now: float) -> tuple[int, int, str]:
    created, expires, nonce = params.get("created"), params.get("expires"), params.get("nonce")
    if type(created) is not int or created > now + SKEW or created + WINDOW < now:
        raise _wrong(f"It was not created within the last {WINDOW} seconds.", "Look at your clock.")
    if expires is not None and (type(expires) is not int or expires < now):
        raise _wrong("It has expired.")
    if not isinstance(nonce, str) or not 8 <= len(nonce) <= LONGEST:
        raise _wrong("It has no nonce.", f"Send a new one each time, of 8 to {LONGEST} characters.")
    if public.is_retired(now):
        raise _wrong("Its key has been retired.")
    return created, created + WINDOW + SKEW, nonce


def _require_covered(asked: Asked, components: Sequence[_Item]) -> None:
    names = [name for name, _ in components]
    if len(set(names)) != len(names):
        raise _wrong("It covers the same twice.")
    wanted = {"@method", "content-digest", "content-type"}
    wanted |= {name for name, _ in asked.headers if name.startswith(EVENT)}
    if "@target-uri" not in names:
        wanted |= {"@authority", "@path"} | ({"@query"} if "?" in asked.target else set())
    if missing := sorted(wanted - set(names)):
        raise _wrong(f"It does not cover {', '.join(missing)}.")


def _value(asked: Asked, item: _Item) -> str:
    """What a component says; those with parameters are of responses, or not needed here."""
    name, params = item
    if params or not isinstance(name, str):
        raise _wrong("It covers a component with parameters.")
    path, mark, query = asked.target.partition("?")
    derived = {
        "@method": asked.method,
        "@target-uri": f"{asked.scheme}://{asked.authority}{asked.target}",
        "@authority": asked.authority,
        "@scheme": asked.scheme,
        "@request-target": asked.target,
        "@path": path,
        "@query": f"?{query}" if mark else "?",
    }
    said = derived.get(name) if name.startswith("@") else asked.header(name)
    if said is None:
        raise _wrong(f"It covers {name}, which is not there.")
    return said


def verifies(public: PublicKey, told: object, base: bytes, signature: bytes) -> bool:
    """Whether a key signed the octets; `told` is what the signer calls the algorithm, None if nothing."""
    key = public.loaded()
    try:
        if isinstance(key, ed25519.Ed25519PublicKey) and told in (None, "ed25519"):
            key.verify(signature, base)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            return _verifies_on_curve(key, told, base, signature)
        elif isinstance(key, rsa.RSAPublicKey) and told in (None, "rsa-pss-sha512"):
            key.verify(signature, base, PSS, hashes.SHA512())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _verifies_on_curve(key: ec.EllipticCurvePublicKey, told: object, base: bytes, signature: bytes) -> bool:
    name, size, hash_ = CURVES[key.curve.name]
    if told not in (None, name) or len(signature) != 2 * size:
        return False
    r, s = (int.from_bytes(part, "big") for part in (signature[:size], signature[size:]))
    key.verify(encode_dss_signature(r, s), base, ec.ECDSA(hash_))
    return True


def _dictionary(asked: Asked, name: str) -> dict[str, Any]:
    said = asked.header(name)
    if said is None:
        raise _wrong(f"There is no {name}.")
    try:
        return cast(dict[str, Any], http_sf.parse(said.encode(), tltype="dictionary"))
    except ValueError as error:
        raise _wrong(f"{name} is no dictionary of RFC 9651.") from error


def _wrong(detail: str, hint: str = "Sign the request by RFC 9421.") -> Denied:
    return Denied(TITLE, detail=detail, where="Signature", hint=hint, status=401)
