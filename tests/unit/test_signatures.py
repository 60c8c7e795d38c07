"""Signed requests: the example of RFC 9421, every algorithm, and everything that must not be believed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import http_sf
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from signing import COVERED, digest, public, sign

from duly.connectors.signatures import Asked, require_digest, signature_base, verified
from duly.errors import BadInput, Denied
from duly.events.public_keys import PublicKey

NOW = 1_772_362_800
URL = "https://duly.example/events"
BODY = b'{"hello": "world"}'
ED = ed25519.Ed25519PrivateKey.generate()
KEYS = {"k": public("k", ED)}


def asked(headers: Mapping[str, str], method: str = "POST", target: str = "/events") -> Asked:
    return Asked(
        method=method, scheme="https", authority="duly.example", target=target, headers=list(headers.items())
    )


def made(created: float = NOW, **more: Any) -> dict[str, str]:
    return sign(ED, "k", URL, BODY, created, **more)


def test_the_example_of_the_rfc_verifies() -> None:
    """RFC 9421, B.2.6, with the key test-key-ed25519."""
    request = Asked(
        method="POST", scheme="https", authority="example.com", target="/foo?param=Value&Pet=dog",
        headers=[("date", "Tue, 20 Apr 2021 02:07:55 GMT"), ("content-type", "application/json"),
                 ("content-length", "18")],
    )  # fmt: skip
    told = (
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    key = PublicKey(
        id="test-key-ed25519", key="MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=", retired=""
    )
    signed = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    inner: Any = http_sf.parse(told.encode(), tltype="dictionary")["sig-b26"]
    loaded = key.loaded()
    assert isinstance(loaded, ed25519.Ed25519PublicKey)
    loaded.verify(base64.b64decode(signed), signature_base(request, inner))


@pytest.mark.parametrize(
    "private",
    [ED, ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)],
    ids=["ed25519", "p-256", "rsa"],
)
def test_each_algorithm_verifies(private: Any) -> None:
    signed = verified(asked(sign(private, "k", URL, BODY, NOW)), {"k": public("k", private)}, NOW)
    assert (signed.key, signed.created) == ("k", NOW)
    with pytest.raises(Denied):
        verified(asked(sign(private, "k", URL, BODY, NOW)), KEYS if private is not ED else {}, NOW)


def test_the_whole_target_may_be_covered_instead() -> None:
    covered = ("@method", "@target-uri", "content-digest", "content-type")
    assert verified(asked(made(covered=covered)), KEYS, NOW)


@pytest.mark.parametrize("left_out", COVERED)
def test_what_is_not_covered_is_not_believed(left_out: str) -> None:
    covered = tuple(name for name in COVERED if name != left_out)
    with pytest.raises(Denied, match="does not cover"):
        verified(asked(made(covered=covered)), KEYS, NOW)


def test_headers_that_carry_an_event_are_covered() -> None:
    with pytest.raises(Denied, match="ce-id"):
        verified(asked(made(ce_id="b-1")), KEYS, NOW)
    assert verified(asked(made(ce_id="b-1", covered=(*COVERED, "ce-id"))), KEYS, NOW)


def test_a_query_is_covered() -> None:
    with pytest.raises(Denied, match="@query"):
        verified(asked(made(), target="/events?x=1"), KEYS, NOW)


@pytest.mark.parametrize("age", [-61, 301, 10_000])
def test_an_old_or_a_future_one_is_refused(age: int) -> None:
    with pytest.raises(Denied, match="created"):
        verified(asked(made(NOW - age)), KEYS, NOW)


@pytest.mark.parametrize("age", [-60, 0, 300])
def test_one_of_this_moment_is_taken(age: int) -> None:
    assert verified(asked(made(NOW - age)), KEYS, NOW).until >= NOW


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"nonce": ""}, "nonce"), ({"nonce": "short"}, "nonce"), ({"nonce": "x" * 201}, "nonce"),
        ({"more": f";expires={NOW - 1}"}, "expired"), ({"more": ';alg="rsa-pss-sha512"'}, "verify"),
        ({"more": ';alg="hmac-sha256"'}, "verify"), ({"covered": (*COVERED, "@path")}, "twice"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Denied, match=said):
        verified(asked(made(**changed)), KEYS, NOW)


def test_a_retired_key_counts_until_its_day() -> None:
    assert verified(asked(made()), {"k": public("k", ED, "2026-03-02")}, NOW)
    with pytest.raises(Denied, match="retired"):
        verified(asked(made()), {"k": public("k", ED, "2026-03-01")}, NOW)


@pytest.mark.parametrize("part", ["method", "authority", "path", "content-type", "content-digest", "nonce"])
def test_nothing_that_is_covered_may_change(part: str) -> None:
    headers = made()
    request = asked(headers)
    if part == "nonce":
        request = asked(
            {**headers, "signature-input": headers["signature-input"].replace('nonce="', 'nonce="x')}
        )
    elif part in headers:
        request = asked({**headers, part: digest(b"other") if part == "content-digest" else "text/plain"})
    else:
        changed = {"method": "PUT", "authority": "other.example", "path": "/other"}[part]
        fields = {"method": request.method, "authority": request.authority, "target": request.target}
        fields["target" if part == "path" else part] = changed
        request = Asked(scheme="https", headers=request.headers, **fields)
    with pytest.raises(Denied, match="verify"):
        verified(request, KEYS, NOW)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["signature", "signature-input"]), st.text(st.characters(max_codepoint=255), max_size=60)
)
def test_rubbish_is_refused_and_never_an_accident(name: str, rubbish: str) -> None:
    for told in (rubbish, f"s={rubbish}", f's=("@method"){rubbish}'):
        with pytest.raises(Denied):
            verified(asked({**made(), name: told}), KEYS, NOW)


def test_the_digest_is_of_the_body() -> None:
    require_digest(asked({"content-digest": digest(BODY)}), BODY)
    for wrong in (
        digest(b"other"),
        "sha-256=:AAAA:",
        "md5=:AAAA:",
        "sha-256=1",
        "",
        digest(BODY) + ", sha-512=:AA==:",
    ):
        with pytest.raises(Denied):
            require_digest(asked({"content-digest": wrong}), BODY)
    with pytest.raises(Denied):
        require_digest(asked({}), BODY)


@pytest.mark.parametrize(
    "key",
    [
        PublicKey(id="k", key="no key", retired=""),
        PublicKey(id="k", key=base64.b64encode(b"x" * 44).decode(), retired=""),
        public("k", rsa.generate_private_key(65537, 1024)),  # noqa: S505 - too weak, which is the point
        public("k", ec.generate_private_key(ec.SECP256K1())),
        public("", ED),
        public("k", ED, "soon"),
    ],
)
def test_a_weak_or_wrong_key_is_refused_when_the_file_is_read(key: PublicKey) -> None:
    with pytest.raises(BadInput):
        key.check()
