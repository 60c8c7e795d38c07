"""What a source is known by, as `duly sources` takes it from files and shows it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from cryptography.x509 import load_pem_x509_certificate
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from duly.errors import BadInput
from duly.events import Source, new_key
from duly.events.public_keys import PublicKey
from duly.vault.keys import write_new

__all__ = ["known_by", "with_key"]

LETTERS: Final = 16


def with_key(
    source: Source,
    *,
    public_key: Path | None,
    new_key: Path | None,
    certificate: Path | None,
    bearer: bool,
    id_: str,
) -> tuple[Source, str]:
    """The source with more keys of one kind, and what to say about it. BadInput unless one kind is chosen."""
    if [public_key is not None, new_key is not None, certificate is not None, bearer].count(True) != 1:
        raise BadInput(
            "How is the source known?",
            detail="One kind of key is added at a time.",
            hint="Give one of --public-key, --new-key, --certificate, or, for the demonstration, --bearer.",
        )
    if certificate is not None:
        digest = hashlib.sha256(_certificate(certificate)).hexdigest()
        return replace(source, certificates=(*source.certificates, digest)), f"Certificate {digest}"
    if bearer:
        return _with_bearer(source)
    named = _published(public_key) if public_key is not None else [("", _made(new_key))]
    if id_ and len(named) > 1:
        raise BadInput(
            "One id for several keys", detail="Each key of a set has its own.", hint="Leave --id out."
        )
    publics = [_key(id_ or name, der) for name, der in named]
    said = "\n".join(f"Key id {one.id}" for one in publics)
    return replace(source, signing=(*source.signing, *publics)), said


def known_by(source: Source) -> Iterator[str]:
    """Its keys in a few words each."""
    for key in source.signing:
        yield f"{key.id}, retired {key.retired}" if key.retired else key.id
    yield from (f"certificate {one[:LETTERS]}" for one in source.certificates)
    yield from ("a bearer key" for _ in source.keys)


def _with_bearer(source: Source) -> tuple[Source, str]:
    key, digest = new_key()
    return replace(source, keys=(*source.keys, digest)), key


def _made(file: Path | None) -> bytes:
    assert file is not None  # noqa: S101 - one of the kinds was chosen
    private = Ed25519PrivateKey.generate()
    write_new(file, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return _der(private.public_key())


def _key(name: str, der: bytes) -> PublicKey:
    called = name or hashlib.sha256(der).hexdigest()[:LETTERS]
    return PublicKey(id=called, key=base64.b64encode(der).decode(), retired="")


def _published(file: Path) -> list[tuple[str, bytes]]:
    """(id or "", key) of a key in PEM, or of each key of a set (JWK, RFC 7517) as its sender publishes it."""
    content = file.read_bytes()
    if content.lstrip().startswith(b"{"):
        return _of_set(file, content)
    try:
        return [("", _der(load_pem_public_key(content)))]
    except ValueError as error:
        raise _no_pem(file, "public key") from error


def _of_set(file: Path, content: bytes) -> list[tuple[str, bytes]]:
    try:
        told: Any = json.loads(content)
        keys = KeySet.import_key_set(told if "keys" in told else {"keys": [told]}).keys
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise BadInput("This is no set of keys", detail=str(error), where=str(file)) from error
    if not keys or any(key.key_type == "oct" or key.is_private for key in keys):
        raise BadInput(
            "These are not public keys",
            detail="A secret is nobody's but its owner's.",
            where=str(file),
            hint="Ask the sender for the set of public keys that it publishes.",
        )
    return [(key.kid or "", _der(cast(Any, key).public_key)) for key in keys]


def _der(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _certificate(file: Path) -> bytes:
    try:
        return load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
    except ValueError as error:
        raise _no_pem(file, "certificate") from error


def _no_pem(file: Path, what: str) -> BadInput:
    return BadInput(f"This is no {what}", detail=f"A {what} in PEM is wanted.", where=str(file))
