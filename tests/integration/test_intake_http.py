"""The doors for messages, as a sender meets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from intake_events import CHILD, FATHER, MOTHER, REGISTER, SOURCES, Desk, birth, event, move
from jsonschema import Draft202012Validator, ValidationError, validate
from litestar import Litestar
from litestar.testing import TestClient
from signing import dci, public

from duly.access import Policy
from duly.app import Settings
from duly.clock import SimulatedClock
from duly.events import Intake, Source, Sources, new_key, queue
from duly.facts import intake_use
from duly.law import Pack
from duly.store import Store
from duly.vault import FileKeys, Vault
from duly.web.allowance import allowances_of
from duly.web.intake import MOST_BYTES, routes
from duly.web.proofs import Trust

BATCH = "application/cloudevents-batch+json"
ONE = "application/cloudevents+json"
KEYS = {register: new_key() for register in SOURCES}
SIGNER, LASTS = ed25519.Ed25519PrivateKey.generate(), count(60)

Client = TestClient[Litestar]
TRUST = Trust(scheme="http", proxies=frozenset(), now=lambda: 0)


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    """The doors know no database: one kind is enough here."""
    return sqlite_url


@pytest.fixture
def woken() -> list[bool]:
    return []


@pytest.fixture
def intake(store: Store, vault: Vault, keys: FileKeys, clock: SimulatedClock, woken: list[bool]) -> Intake:
    listed = {
        uri: Source(uri=uri, register=register, keys=(KEYS[register][1],))
        for register, uri in SOURCES.items()
    }
    civil = SOURCES["folkeregisteret"]
    listed[civil] = replace(listed[civil], dci="crvs", signing=(public("k", SIGNER),))
    return Intake(
        store=store,
        policy=Policy.load(Pack.load("norway").directory / "policies"),
        vault=vault,
        keys=keys,
        pack=Pack.load("norway"),
        sources=Sources(listed=listed, open_registers=frozenset()),
        clock=clock,
        wake=lambda: woken.append(True),
    )


@pytest.fixture
def client(intake: Intake) -> Iterator[Client]:
    with TestClient(Litestar([routes(intake, allowances_of(Settings.of({})), TRUST)])) as client:
        yield client


@pytest.fixture
def desk(intake: Intake, keys: FileKeys) -> Desk:
    return Desk(intake.store, intake.vault, keys, intake.pack)


def send(
    client: Client, content: Any, kind: str = ONE, register: str = "folkeregisteret", **headers: str
) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    told = {"content-type": kind, "authorization": f"Bearer {KEYS[register][0]}", **headers}
    return client.post("/events", content=body, headers={k: v for k, v in told.items() if v})


def test_one_structured_event_is_taken_in_and_the_worker_is_woken(
    client: Client, desk: Desk, woken: list[bool]
) -> None:
    answer = send(client, birth())
    assert (answer.status_code, answer.json()) == (202, {"id": "b1", "status": "accepted"})
    assert woken == [True]
    desk.apply()
    assert desk.values(CHILD, "Person.municipality")[0][1] == "0301"


def test_an_event_in_binary_mode_is_the_same_event(client: Client, woken: list[bool]) -> None:
    told = birth()
    attributes = {f"ce-{name}": value for name, value in told.items() if name != "data"}
    answer = send(client, told["data"], kind="application/json", **attributes)
    assert answer.json() == {"id": "b1", "status": "accepted"}
    assert send(client, told | {"datacontenttype": "application/json"}).json()["status"] == "repeated"
    assert woken == [True]


def test_attributes_in_headers_are_percent_decoded(client: Client, desk: Desk) -> None:
    told = event("folkeregisteret.move", "%C3%A6 1")
    attributes = {f"ce-{name}": str(value) for name, value in told.items()}
    data = {"person": MOTHER, "municipality": "0301", "since": "2025-01-01"}
    assert send(client, data, kind="application/json", **attributes).json()["id"] == "æ 1"


def test_in_a_batch_each_event_has_its_own_outcome_and_the_good_ones_are_kept(
    client: Client, desk: Desk
) -> None:
    wrong = move("m2", "0301", "2025-02-30")
    answer = send(
        client, [birth(), wrong, birth(), birth(name="Ada"), 7, move("m3", "5601", "2025-01-01")], BATCH
    )
    assert answer.status_code == 207
    told = answer.json()
    assert [one["status"] for one in told["outcomes"]] == [
        "accepted",
        "refused",
        "repeated",
        "conflict",
        "refused",
        "accepted",
    ]
    assert (told["accepted"], told["repeated"], told["conflict"], told["refused"]) == (2, 1, 1, 2)
    assert told["outcomes"][1]["problem"]["field"] == "data.since"
    assert told["outcomes"][3]["problem"]["status"] == 409
    desk.apply()
    assert desk.values(MOTHER, "Person.municipality")[0][1] == "5601"


def test_a_batch_without_a_fault_is_answered_with_202(client: Client) -> None:
    assert send(client, [birth(), move("m1", "0301", "2025-01-01")], BATCH).status_code == 202
    assert send(client, [], BATCH).json()["outcomes"] == []


BAD: dict[str, tuple[Any, str, int, str]] = {
    "broken JSON": (b'{"id": ', ONE, 400, ""),
    "broken batch": (b"[{", BATCH, 400, ""),
    "a batch that is no array": ({"id": "1"}, BATCH, 400, ""),
    "not UTF-8": (b'{"id": "\xff"}', ONE, 400, ""),
    "nested too deeply": (b'{"data":' + b"[" * 100_000, ONE, 400, ""),
    "another specversion": (birth() | {"specversion": "0.3"}, ONE, 422, "specversion"),
    "no id": ({k: v for k, v in birth().items() if k != "id"}, ONE, 422, "id"),
    "an empty id": (birth("") | {"id": ""}, ONE, 422, "id"),
    "a time without a zone": (birth() | {"time": "2025-01-01T00:00:00"}, ONE, 422, "time"),
    "an unknown type": (event("folkeregisteret.brith", "1", {}), ONE, 422, "type"),
    "an unknown action": (birth() | {"action": "delete"}, ONE, 422, "action"),
    "a correction of nothing": (birth() | {"action": "correct"}, ONE, 422, "corrects"),
    "a creation that corrects": (birth() | {"corrects": "b0"}, ONE, 422, "corrects"),
    "a correction of itself": (birth() | {"action": "correct", "corrects": "b1"}, ONE, 422, "corrects"),
    "no data": ({k: v for k, v in birth().items() if k != "data"}, ONE, 422, "data"),
    "a missing field": (event("folkeregisteret.birth", "1", {"child": CHILD}), ONE, 422, "data.born"),
    "an unknown field": (birth(relgion="none"), ONE, 422, "data.relgion"),
    "an impossible date": (birth(born="2025-02-29"), ONE, 422, "data.born"),
    "a birth to come": (birth(born="2026-03-02"), ONE, 422, "data.born"),
    "a birth before everybody's time": (birth(born="1799-01-01"), ONE, 422, "data.born"),
    "their own mother": (birth(mother=CHILD), ONE, 422, "data.mother"),
    "two parents who are one": (birth(father=MOTHER), ONE, 422, "data.father"),
    "a number with a line break": (birth(mother=MOTHER + "\n"), ONE, 422, "data.mother"),
    "a wrong type": (birth(protected="yes"), ONE, 422, "data.protected"),
    "an end before its beginning": (
        event(
            "folkeregisteret.protection", "1", {"person": CHILD, "since": "2025-02-01", "until": "2025-01-01"}
        ),
        ONE,
        422,
        "data.until",
    ),
    "another source's event": (birth() | {"source": "https://other.example"}, ONE, 403, "source"),
    "another register's type": (
        event("nav.lone-parent", "1", {"person": MOTHER, "since": "2025-01-01"}) | {"source": REGISTER},
        ONE,
        403,
        "type",
    ),
    "no CloudEvent": (birth(), "application/json", 415, "Content-Type"),
    "another payload format": (birth() | {"datacontenttype": "text/xml"}, ONE, 422, "datacontenttype"),
    "two payloads": (birth() | {"data_base64": "e30="}, ONE, 422, "data_base64"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_answered_with_the_field_and_the_reason(
    client: Client, case: str, woken: list[bool]
) -> None:
    content, kind, status, field = BAD[case]
    answer = send(client, content, kind)
    problem = answer.json()
    assert (answer.status_code, problem.get("field", "")) == (status, field)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["type"].startswith("urn:duly:problem:")
    assert woken == []


def test_a_near_miss_is_suggested(client: Client) -> None:
    assert "birth.v1" in send(client, event("folkeregisteret.brith", "1", {})).json()["hint"]
    assert send(client, birth(municipalty="0301")).json()["hint"] == "Did you mean 'municipality'?"


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        (birth(municipality="03"), "Such as 0301."),
        (birth(mother="abc"), "11 digits"),
        (event("nav.transitional", "1", {"person": MOTHER, "transitional": "ful"}), "partial"),
    ],
)
def test_a_value_that_is_written_wrongly_is_answered_with_how_to_write_it(
    client: Client, sent: dict[str, Any], hint: str
) -> None:
    register = sent["type"].split(".")[1]
    problem = send(client, sent, register=register).json()
    assert problem["field"].startswith("data.")
    assert hint in problem["hint"]
    assert "regex" not in problem["detail"]


def test_the_same_id_with_other_content_is_a_conflict(client: Client) -> None:
    assert send(client, birth()).status_code == 202
    answer = send(client, birth(name="Ada"))
    assert (answer.status_code, answer.json()["field"]) == (409, "id")
    assert send(client, dict(reversed(birth().items()))).json()["status"] == "repeated"


@pytest.mark.parametrize("size", [MOST_BYTES, MOST_BYTES + 1])
@pytest.mark.parametrize("path", ["/events", "/dci/registry/notify"])
def test_a_body_of_20_mb_is_too_large(client: Client, size: int, path: str) -> None:
    headers = {"content-type": BATCH, "authorization": f"Bearer {KEYS['folkeregisteret'][0]}"}
    answer = client.post(path, content=b" " * size, headers=headers)
    assert answer.status_code == 413
    assert "20,000,000" in answer.text


@pytest.mark.parametrize("shown", ["", "Bearer wrong", "Basic Zm9v", "Bearer"])
@pytest.mark.parametrize("path", ["/events", "/dci/registry/notify"])
def test_without_its_key_a_source_is_not_heard(client: Client, shown: str, path: str) -> None:
    answer = client.post(path, content=b"{}", headers={"content-type": ONE, "authorization": shown})
    assert answer.status_code == 401


def test_a_missing_key_is_answered_with_how_to_show_it(client: Client) -> None:
    answer = client.post("/events", content=b"{}", headers={"content-type": ONE})
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["field"] == "Authorization"


def test_a_cancel_needs_no_data(client: Client, desk: Desk) -> None:
    send(client, birth())
    answer = send(client, event("folkeregisteret.birth", "x1", action="cancel", corrects="b1"))
    assert answer.json()["status"] == "accepted"
    desk.apply()
    assert desk.number(CHILD) is None


def test_openapi_documents_every_event_type(client: Client, intake: Intake) -> None:
    told = client.get("/schema/openapi.json").json()
    content = told["paths"]["/events"]["post"]["requestBody"]["content"]
    events = {one["properties"]["type"]["const"]: one for one in content[ONE]["schema"]["oneOf"]}
    assert events.keys() == intake.types.classes.keys()
    assert "$ref" not in json.dumps(content)
    schema = events["no.folkeregisteret.birth.v1"]
    Draft202012Validator.check_schema(schema)
    validate(birth(), schema)
    with pytest.raises(ValidationError):
        validate(birth(religion="none"), schema)


# DCI


def notification(kind: str, records: Any, **header: Any) -> dict[str, Any]:
    return {
        "signature": "Signature: ...",
        "header": {
            "version": "1.0.0",
            "message_id": "0c96614c",
            "message_ts": "2025-06-01T12:00:00.555Z",
            "action": "notify",
            "status": "succ",
            "sender_id": "crvs",
            "total_count": "1",
            "is_msg_encrypted": False,
            **header,
        },
        "message": {
            "transaction_id": "t1",
            "notify_event": [
                {
                    "reference_id": "r1",
                    "timestamp": "2025-06-01T12:00:00+02:00",
                    "data": {
                        "reg_event_type": kind,
                        "reg_record_type": "CRVS_Person",
                        "reg_records": records,
                    },
                }
            ],
        },
    }


def born(**more: Any) -> dict[str, Any]:
    return {
        "@type": "CRVS_Person",
        "identifier": [{"identifier_type": "UIN", "identifier_value": CHILD}],
        "name": {"given_name": "Ada", "second_name": "", "surname": "Berg"},
        "birth_date": "2024-11-03T10:20:15",
        "death_date": "",
        "parent1_identifier": {"identifier_type": "UIN", "identifier_value": MOTHER},
        "parent2_identifier": {"identifier_type": "UIN", "identifier_value": FATHER},
        **more,
    }


def written(content: dict[str, Any]) -> bytes:
    """A message as its sender signs it, each by a signature of its own."""
    if {"header", "message"} <= content.keys():
        return dci(SIGNER, "k", content, 0, lasts=next(LASTS))
    return json.dumps(content).encode()


def notify(client: Client, content: Any) -> Any:
    body = content if isinstance(content, bytes) else written(content)
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEYS['folkeregisteret'][0]}"}
    return client.post("/dci/registry/notify", content=body, headers=headers)


ACKNOWLEDGEMENT = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "message": {
            "type": "object",
            "required": ["ack_status", "timestamp", "correlation_id"],
            "properties": {
                "ack_status": {"type": "string", "enum": ["ACK", "NACK", "ERR"]},
                "timestamp": {"type": "string", "format": "date-time"},
                "correlation_id": {"type": "string", "maxLength": 99},
                "error": {
                    "type": "object",
                    "properties": {
                        "code": {
                            "enum": [
                                "err.request.bad",
                                "err.request.unauthorized",
                                "err.request.forbidden",
                                "err.request.not_found",
                                "err.request.timeout",
                                "err.version.not_supported",
                                "err.request.too_many_requests",
                                "err.sender_id.invalid",
                                "err.sender_uri.invalid",
                                "err.receiver_id.invalid",
                                "err.signature.missing",
                                "err.signature.invalid",
                                "err.encryption.invalid",
                                "err.service.unavailable",
                            ]
                        },
                        "message": {"type": "string", "maxLength": 999},
                    },
                },
            },
        }
    },
}
"""DCI's acknowledgement, as in the OpenAPI of its civil-registry interface v1.0.0 (Apache-2.0)."""


SPELLINGS = ["LiveBirth", "BIRTH", "REGISTER", "spdci-common:RegistryEventType:LiveBirth"]


@pytest.mark.parametrize("kind", SPELLINGS)
@pytest.mark.parametrize("several", [False, True])
def test_births_in_every_spelling_are_acknowledged(
    client: Client, desk: Desk, kind: str, several: bool
) -> None:
    answer = notify(client, notification(kind, [born()] if several else born()))
    assert answer.status_code == 200
    validate(answer.json(), ACKNOWLEDGEMENT)
    message = answer.json()["message"]
    assert (message["ack_status"], message["correlation_id"]) == ("ACK", "t1")
    desk.apply()
    assert desk.values(CHILD, "Parenthood.role", MOTHER)[0][1] == "mother"
    assert desk.values(MOTHER, "Care.present", CHILD)[0][1] is True
    assert desk.values(CHILD, "Person.name")[0][1] == "Ada Berg"
    assert notify(client, notification(kind, [born()] if several else born())).status_code == 200
    assert desk.apply() == 0


def test_a_death_is_acknowledged_and_can_be_told_as_a_register_entry(client: Client, desk: Desk) -> None:
    entry = born(death_date="2025-05-01")
    assert notify(client, notification("REGISTER", entry)).json()["message"]["ack_status"] == "ACK"
    desk.apply()
    assert len(desk.values(CHILD, "Person.died")) == 1
    assert desk.values(CHILD, "Person.born") == []


def test_people_whom_another_register_names_are_known_so(client: Client, desk: Desk) -> None:
    foreign = {"identifier_type": "UIN", "identifier_value": "847951632"}
    answer = notify(client, notification("LiveBirth", born(identifier=foreign, parent2_identifier={})))
    assert answer.json()["message"]["ack_status"] == "ACK"
    desk.apply()
    assert desk.number("847951632", "dci.uin") is not None


def without(field: str) -> dict[str, Any]:
    told = notification("LiveBirth", born())
    at = told
    *path, last = field.split(".")
    for part in path:
        at = at[part]
    del at[last]
    return told


RECORDS = "message.notify_event[0].data.reg_records"
BAD_DCI: dict[str, tuple[Any, str, str]] = {
    "broken JSON": (b"{", "err.request.bad", "not JSON"),
    "no header": (without("header"), "err.request.bad", "(header)"),
    "no message id": (without("header.message_id"), "err.request.bad", "header.message_id"),
    "no message": (without("message"), "err.request.bad", "(message)"),
    "no events": (without("message.notify_event"), "err.request.bad", "message.notify_event"),
    "another action": (
        notification("LiveBirth", born(), action="search"),
        "err.request.bad",
        "header.action",
    ),
    "another version": (
        notification("LiveBirth", born(), version="2.0.0"),
        "err.version.not_supported",
        "header.version",
    ),
    "encrypted": (
        notification("LiveBirth", born(), is_msg_encrypted=True) | {"message": {"ciphertext": "x"}},
        "err.encryption.invalid",
        "header.is_msg_encrypted",
    ),
    "another vital event": (notification("Marriage", born()), "err.request.bad", "reg_event_type"),
    "no record": (notification("LiveBirth", []), "err.request.bad", RECORDS),
    "no birth date": (
        notification("BIRTH", born(birth_date="")),
        "err.request.bad",
        f"({RECORDS}.birth_date)",
    ),
    "an impossible date": (
        notification("BIRTH", [born(birth_date="2025-02-30T00:00:00")]),
        "err.request.bad",
        f"{RECORDS}[0].birth_date",
    ),
    "nobody": (notification("BIRTH", born(identifier=[])), "err.request.bad", f"{RECORDS}.identifier"),
    "their own parent": (
        notification("BIRTH", born(parent1_identifier=born()["identifier"])),
        "err.request.bad",
        "data.mother",
    ),
}


@pytest.mark.parametrize("case", BAD_DCI)
def test_bad_notifications_are_answered_with_the_field_and_the_reason(client: Client, case: str) -> None:
    content, code, said = BAD_DCI[case]
    answer = notify(client, content)
    validate(answer.json(), ACKNOWLEDGEMENT)
    assert answer.status_code in (400, 422)
    assert answer.json()["message"]["ack_status"] == "ERR"
    assert answer.json()["message"]["error"]["code"] == code
    assert said in answer.json()["message"]["error"]["message"]


def test_the_good_records_of_a_notification_are_kept(client: Client, desk: Desk) -> None:
    bad = born(birth_date="")
    answer = notify(client, notification("BIRTH", [bad, born()]))
    assert answer.json()["message"]["ack_status"] == "ERR"
    assert desk.apply() == 1


def test_what_a_register_sent_is_kept_as_it_came(client: Client, desk: Desk) -> None:
    notify(client, notification("BIRTH", born(marital_status="S")))
    with desk.store.write() as conn:
        shown = queue.show(conn, desk.vault, intake_use(desk.pack, {"message"}), 1)
    assert json.loads(shown.original)["marital_status"] == "S"
    assert json.loads(shown.body)["type"] == "no.folkeregisteret.birth.v1"


def test_in_the_demo_registers_may_send_without_a_key(intake: Intake) -> None:
    opened = replace(intake, sources=Sources.open_to(intake.pack))
    with TestClient(Litestar([routes(opened, allowances_of(Settings.of({})), TRUST)])) as client:
        headers = {"content-type": BATCH}
        events = [birth(), event("nav.lone-parent", "l1", {"person": MOTHER, "since": "2025-01-01"})]
        assert client.post("/events", content=json.dumps(events), headers=headers).status_code == 202
        told = json.dumps(notification("BIRTH", born()))
        assert client.post("/dci/registry/notify", content=told).json()["message"]["ack_status"] == "ACK"
