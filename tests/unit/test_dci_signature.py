"""DCI's `signature`: every algorithm, both digests, and that nothing of what is signed can be changed."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from signing import dci, public

from duly.connectors.dci_signature import written_by
from duly.errors import BadInput, Denied
from duly.events import Source

NOW = 1_772_362_800
KEY, OTHERS, OLD = (ed25519.Ed25519PrivateKey.generate() for _ in range(3))
TOLD: dict[str, Any] = {
    "header": {"message_id": "m1", "action": "notify", "sender_id": "crvs", "meta": {"é": [1, 2.50]}},
    "message": {"transaction_id": "t1", "notify_event": [{"reference_id": "r1"}]},
}


def source(*keys: Any, sender: str = "crvs") -> Source:
    return Source(uri="https://crvs.example", register="folkeregisteret", keys=(), signing=keys, dci=sender)


CRVS = source(public("k", KEY), public("old", OLD, "2026-01-01"))
SIGNED = dci(KEY, "k", TOLD, NOW)


def refused(body: bytes, said: str, of: Source = CRVS, now: float = NOW) -> Denied:
    with pytest.raises(Denied, match=said) as error:
        written_by(of, body, now)
    assert error.value.status == 401
    return error.value


@pytest.mark.parametrize("blake", [False, True])
@pytest.mark.parametrize(
    "private", [KEY, ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)]
)
def test_every_algorithm_and_digest_is_believed(private: Any, blake: bool) -> None:
    written = written_by(source(public("k", private)), dci(private, "k", TOLD, NOW, blake=blake), NOW)
    assert written.until == NOW + 600


def test_the_examples_of_the_standard_have_the_form_but_no_signature() -> None:
    text = (
        'Signature:  namespace="dci", kidId="{sender_id}|{unique_key_id}|{algorithm}", algorithm="ed25519", '
        'created="1606970629", expires="1607030629", headers="(created) (expires) digest", '
        'signature="Base64(signing content)"'
    )
    refused(json.dumps({"signature": text, **TOLD}).encode(), "another algorithm")
    for changed in ({"kidId": "crvs|k|ed25519"}, {"kidId": "crvs|k|ed25519", "signature": "AAAA"}):
        refused(dci(KEY, "k", TOLD, NOW - 10**6, **changed), "expired")


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_a_change_of_one_byte_of_header_or_message_is_refused(data: st.DataObject) -> None:
    begins = SIGNED.index(b'"header"')
    place = data.draw(st.integers(begins + len('"header": '), len(SIGNED) - 2))
    value = data.draw(st.integers(0, 255).filter(lambda byte: byte != SIGNED[place]))
    changed = SIGNED[:place] + bytes([value]) + SIGNED[place + 1 :]
    with pytest.raises((Denied, BadInput)):
        written_by(CRVS, changed, NOW)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_change_of_one_bit_of_the_signature_or_of_its_times_is_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["signature", "created", "expires"]))
    value = re.search(rb'%s=\\"([^\\]*)' % name.encode(), SIGNED)
    assert value is not None
    if name == "signature":
        raw = bytearray(base64.b64decode(value[1]))
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        other = base64.b64encode(raw)
    else:
        other = str(int(value[1]) + data.draw(st.integers(-500, 500).filter(bool))).encode()
    with pytest.raises(Denied):
        written_by(CRVS, SIGNED.replace(value[1], other), NOW)


@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.sampled_from(" \n\t"), min_size=n, max_size=n)))
def test_space_that_changes_nothing_in_json_is_a_change_of_what_was_signed(space: list[str]) -> None:
    changed = SIGNED.replace(b'"message_id": ', b'"message_id": ' + "".join(space).encode())
    refused(changed, "does not verify")


@pytest.mark.parametrize("text", ["", "  "])
def test_a_message_without_a_signature_is_refused(text: str) -> None:
    refused(json.dumps({"signature": text, **TOLD}).encode(), "not signed")
    refused(json.dumps(TOLD).encode(), "not signed")


def test_only_the_sender_s_own_living_keys_count() -> None:
    refused(dci(OTHERS, "k", TOLD, NOW), "does not verify")
    refused(dci(OTHERS, "n", TOLD, NOW), "no such key")
    refused(dci(OLD, "old", TOLD, NOW), "retired")
    refused(dci(KEY, "k", TOLD, NOW, sender="other"), "another sender than the header")
    refused(SIGNED, "another sender_id", source(public("k", KEY), sender="other"))


@pytest.mark.parametrize(
    ("created", "lasts", "said"),
    [(NOW - 700, 600, "expired"), (NOW - 600, 600, "expired"), (NOW + 61, 600, "future"),
     (NOW - 5, 86_401, "more than"), (NOW - 5, 10**9, "more than")],
)  # fmt: skip
def test_a_signature_is_good_for_its_time_only(created: int, lasts: int, said: str) -> None:
    refused(dci(KEY, "k", TOLD, created, lasts=lasts), said)


@pytest.mark.parametrize(
    "changed",
    [{"namespace": "x"}, {"headers": "(created) digest"}, {"headers": ""}, {"algorithm": "rsa-pss-sha512"},
     {"kidId": "crvs|k"}, {"kidId": "crvs"}, {"kidId": "crvs||ed25519"}, {"created": "1e9"}, {"expires": ""},
     {"created": "\u0661"}, {"signature": "%%"}, {"signature": ""}, {"namespace": 'x", namespace="spdci'}],
)  # fmt: skip
def test_a_signature_that_is_written_otherwise_is_refused(changed: dict[str, str]) -> None:
    refused(dci(KEY, "k", TOLD, NOW, **changed), "is not believed")


def test_the_reason_repeats_nothing_of_the_message() -> None:
    told = json.loads(json.dumps(TOLD).replace("r1", "01019012345"))
    error = refused(dci(OTHERS, "k", told, NOW), "does not verify")
    assert "01019012345" not in str(error)


def test_a_member_that_stands_twice_is_refused_before_anything_is_believed() -> None:
    with pytest.raises(BadInput, match="twice"):
        written_by(CRVS, SIGNED[:-1] + b', "message": {"transaction_id": "t2"}}', NOW)


def test_the_same_is_known_again_however_its_signature_is_spelt() -> None:
    spelt = SIGNED.replace(b"Signature:  ", b"").replace(b", expires", b" ,  expires")
    assert spelt != SIGNED
    assert written_by(CRVS, spelt, NOW) == written_by(CRVS, SIGNED, NOW)
    assert (
        written_by(CRVS, dci(KEY, "k", TOLD, NOW - 1), NOW).content != written_by(CRVS, SIGNED, NOW).content
    )


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fail_otherwise_than_by_saying_why(text: str) -> None:
    body = json.dumps({"signature": text, **TOLD}).encode()
    with pytest.raises(Denied):
        written_by(CRVS, body, NOW)


@given(st.binary(max_size=80))
def test_no_bytes_make_the_reader_fail_otherwise_than_by_saying_why(body: bytes) -> None:
    with pytest.raises((Denied, BadInput)):
        written_by(CRVS, body, NOW)
