"""Departments sign what they send, or show a certificate to the proxy: once, whole, only as themselves."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from litestar import Litestar
from litestar.testing import TestClient
from signing import dci, public, sign
from web_town import MOTHER, register

from duly.access import Policy
from duly.app import Settings
from duly.clock import SimulatedClock
from duly.errors import BadInput, Denied
from duly.events import Intake, Source, Sources, new_key, queue, require_sources
from duly.law import Pack
from duly.store import Store
from duly.vault import FileKeys, Vault
from duly.web.allowance import allowances_of
from duly.web.intake import routes
from duly.web.proofs import Trust

URL = "https://duly.example/events"
HERE = "https://folkeregisteret.example"
KEY, NEXT, OTHERS = (ed25519.Ed25519PrivateKey.generate() for _ in range(3))
BODY = register(MOTHER, "Ingrid Berg", "1990-01-01").body


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "folkeregisteret")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return made.sign(KEY, None).public_bytes(Encoding.DER)


SHOWN = certificate()


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def intake(store: Store, vault: Vault, keys: FileKeys, clock: SimulatedClock) -> Intake:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(SHOWN)
    civil = Source(
        uri=HERE, register="folkeregisteret", keys=(), signing=(public("a", KEY), public("b", NEXT)),
        certificates=(digest.finalize().hex(),),
    )  # fmt: skip
    welfare = Source(uri="https://nav.example", register="nav", keys=(), signing=(public("n", OTHERS),))
    sources = Sources(listed={one.uri: one for one in (civil, welfare)}, open_registers=frozenset())
    require_sources("production", sources)
    return Intake(
        store=store, vault=vault, keys=keys, pack=Pack.load("norway"), sources=sources, clock=clock,
        policy=Policy.load(Pack.load("norway").directory / "policies"), wake=lambda: None,
    )  # fmt: skip


def served(intake: Intake, proxies: frozenset[str] = frozenset()) -> TestClient[Any]:
    trust = Trust(scheme="https", proxies=proxies, now=lambda: time.time_ns() // 1000)
    web = Litestar([routes(intake, allowances_of(Settings.of({})), trust)])
    return TestClient(web, base_url="https://duly.example")


@pytest.fixture
def client(intake: Intake) -> Iterator[TestClient[Any]]:
    with served(intake) as made:
        yield made


def signed(private: Any = KEY, key: str = "a", body: bytes = BODY, **more: Any) -> dict[str, str]:
    return sign(private, key, URL, body, time.time(), **more)


def body(**changed: Any) -> bytes:
    return json.dumps({**json.loads(BODY), "source": HERE, **changed}).encode()


OWN = body()


def test_a_signed_event_is_taken_by_either_key(client: TestClient[Any]) -> None:
    assert client.post("/events", content=OWN, headers=signed(body=OWN)).json()["status"] == "accepted"
    again = client.post("/events", content=OWN, headers=signed(NEXT, "b", OWN))
    assert again.json()["status"] == "repeated"


def test_a_signature_serves_once_over_restarts_and_processes(client: TestClient[Any], intake: Intake) -> None:
    headers = signed(body=OWN)
    assert client.post("/events", content=OWN, headers=headers).status_code == 202
    with served(replace(intake)) as other:
        for web in (client, other):
            answer = web.post("/events", content=OWN, headers=headers)
            assert answer.status_code == 401
            assert "used before" in answer.text


def test_another_body_under_the_same_headers_is_refused(client: TestClient[Any]) -> None:
    answer = client.post("/events", content=body(id="x"), headers=signed(body=OWN))
    assert answer.status_code == 401
    assert "Content-Digest" in answer.text


def test_another_departments_key_speaks_for_nobody_else(client: TestClient[Any]) -> None:
    assert client.post("/events", content=OWN, headers=signed(OTHERS, "n", OWN)).status_code == 403
    assert client.post("/events", content=OWN, headers=signed(OTHERS, "a", OWN)).status_code == 401
    assert client.post("/events", content=OWN, headers=signed(KEY, "unknown", OWN)).status_code == 401


def test_a_refusal_repeats_nothing_of_the_person_or_the_signature(client: TestClient[Any]) -> None:
    headers = signed(body=OWN, nonce="")
    answer = client.post("/events", content=OWN, headers=headers)
    assert answer.status_code == 401
    assert MOTHER not in answer.text
    assert headers["signature"] not in answer.text


def test_a_certificate_is_believed_from_the_proxy_only(intake: Intake) -> None:
    told = {
        "client-cert": f":{base64.b64encode(SHOWN).decode()}:",
        "content-type": "application/cloudevents+json",
    }
    with served(intake) as anybody:
        assert anybody.post("/events", content=OWN, headers=told).status_code == 401
    with served(intake, frozenset({"testclient"})) as behind:
        assert behind.post("/events", content=OWN, headers=told).json()["status"] == "accepted"
        for wrong in (":AAAA:", "x", "", f":{base64.b64encode(SHOWN[:-1]).decode()}:"):
            answer = behind.post("/events", content=OWN, headers={**told, "client-cert": wrong})
            assert answer.status_code == 401


def test_bearer_keys_do_not_start_production() -> None:
    both = Source(uri=HERE, register="folkeregisteret", keys=(new_key()[1],), signing=(public("a", KEY),))
    for source in (both, replace(both, signing=()), replace(both, keys=(), signing=())):
        with pytest.raises(Denied, match="does not start"):
            require_sources("production", Sources(listed={HERE: source}, open_registers=frozenset()))


# DCI: the message is signed itself


def told(child: str = "01012512345") -> dict[str, Any]:
    record = {
        "identifier": [{"identifier_type": "UIN", "identifier_value": child}],
        "birth_date": "2025-01-01",
        "parent1_identifier": {"identifier_type": "UIN", "identifier_value": MOTHER},
    }
    data = {"reg_event_type": "BIRTH", "reg_records": record}
    event = {"reference_id": child, "timestamp": "2025-01-02T12:00:00Z", "data": data}
    header = {"message_id": "m", "message_ts": "", "action": "notify", "sender_id": "crvs", "total_count": 1}
    return {"header": header, "message": {"transaction_id": "t", "notify_event": [event]}}


def notified(client: TestClient[Any], body: bytes, private: Any = KEY, key: str = "a") -> Any:
    url = "https://duly.example/dci/registry/notify"
    headers = sign(private, key, url, body, time.time(), content_type="application/json")
    return client.post("/dci/registry/notify", content=body, headers=headers)


def code(answer: Any) -> str:
    return answer.json()["errors"][0]["code"]


@pytest.fixture
def registered(intake: Intake) -> Intake:
    listed = dict(intake.sources.listed)
    listed[HERE] = replace(listed[HERE], dci="crvs")
    return replace(intake, sources=Sources(listed=listed, open_registers=frozenset()))


def test_a_dci_message_is_taken_once_if_its_sender_signed_it(registered: Intake) -> None:
    now = int(time.time())
    body = dci(KEY, "a", told(), now - 1)
    with served(registered) as client, served(replace(registered)) as other:
        assert notified(client, body).json()["message"]["ack_status"] == "ACK"
        for web in (client, other):
            again = notified(web, body)
            assert (again.status_code, code(again)) == (401, "err.signature.invalid")
            assert "used before" in again.text
        resent = dci(NEXT, "b", told(), now)
        assert notified(client, resent).json()["message"]["ack_status"] == "ACK"


def test_a_dci_message_that_its_sender_did_not_sign_is_refused_and_not_kept(registered: Intake) -> None:
    now = int(time.time())
    good = dci(KEY, "a", told(), now)
    wrong = {
        "err.signature.missing": [json.dumps(told()).encode()],
        "err.signature.invalid": [
            dci(OTHERS, "a", told(), now),
            dci(OTHERS, "n", told(), now),
            dci(KEY, "a", told(), now - 700),
            good.replace(b"2025-01-01", b"2025-01-02"),
        ],
        "err.sender_id.invalid": [good.replace(b'"sender_id": "crvs"', b'"sender_id": "crvz"')],
    }
    with served(registered) as client:
        for expected, bodies in wrong.items():
            for body in bodies:
                answer = notified(client, body)
                assert (answer.status_code, code(answer)) == (401, expected)
                assert MOTHER not in answer.text
    with registered.store.read() as conn:
        assert not list(queue.listed(conn, "received", 10))


def test_who_is_not_registered_as_a_dci_sender_sends_none(intake: Intake) -> None:
    with served(intake) as client:
        answer = notified(client, dci(KEY, "a", told(), int(time.time())))
    assert (answer.status_code, code(answer)) == (403, "err.request.forbidden")


def test_a_dci_sender_has_a_public_key(tmp_path: Path) -> None:
    one = Source(uri=HERE, register="folkeregisteret", keys=(), certificates=("0" * 64,), dci="crvs")
    with pytest.raises(BadInput, match="has no public key"):
        Sources.of([one], Pack.load("norway"), tmp_path / "sources.toml")
    signing = replace(one, signing=(public("a", KEY),))
    file = tmp_path / "sources.toml"
    file.write_text(Sources.of([signing], Pack.load("norway"), file).text())
    assert Sources.read(file, Pack.load("norway")).listed[HERE] == signing
