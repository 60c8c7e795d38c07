"""Whatever bytes come in at a door, the answer says what was wrong and nothing is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from web_town import FATHER, MOTHER, Town, birth, browse, family

from duly.connectors.dci import read_notification
from duly.errors import BadInput
from duly.events import read_envelope
from duly.events.tables import inbox
from duly.events.unambiguous import require_unambiguous
from duly.web.server import create

ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
DEPTH = 100_000
GOOD = json.dumps(
    {
        "specversion": "1.0",
        "id": "1",
        "source": "https://folkeregisteret.example",
        "type": "no.folkeregisteret.move.v1",
        "time": "2025-01-01T00:00:00Z",
        "data": {"person": MOTHER, "municipality": "0301", "since": "2025-01-01"},
    }
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    made = Town(Path(tmp_path_factory.mktemp("hostile")), "2025-03-04")
    family(made)
    yield made
    made.close()
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def client(town: Town) -> TestClient[Any]:
    return TestClient(create(town.app), raise_server_exceptions=False)


def received(town: Town) -> int:
    with town.app.store.read() as conn:
        return len(conn.execute(inbox.select()).all())


def said(**changes: object) -> bytes:
    return json.dumps(json.loads(GOOD) | changes).encode()


HOSTILE = {
    "nothing": b"",
    "no JSON": b"\x00\x01\x02",
    "half": GOOD[:-9].encode(),
    "two": (GOOD + GOOD).encode(),
    "a number": b"7",
    "nested lists": b"[" * DEPTH,
    "nested lists that close": b"[" * DEPTH + b"]" * DEPTH,
    "nested objects": b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
    "nested data": GOOD.replace('"0301"', "[" * DEPTH + "]" * DEPTH).encode(),
    "no UTF-8 in a value": GOOD.encode().replace(b"0301", b"\xff\xfe"),
    "no UTF-8 in a name": GOOD.encode().replace(b"municipality", b"\xff"),
    "half a surrogate": GOOD.replace("0301", "\\ud800").encode(),
    "UTF-16": GOOD.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "a NUL in a value": GOOD.replace("0301", "\\u0000").encode(),
    "a huge number": GOOD.replace('"0301"', "9" * 100_000).encode(),
    "a number without end": GOOD.replace('"0301"', "1e999999999").encode(),
    "not a number": GOOD.replace('"0301"', "NaN").encode(),
    "a long name": said(**{"x" * 1_000_000: 1}, id="i" * 1_000_000),
    "many members": said(data={f"m{number}": number for number in range(100_000)}),
    "an id twice": GOOD.replace('"id": "1"', '"id": "1", "id": "2"').encode(),
    "a fact twice": GOOD.replace('"since"', '"municipality": "5601", "since"').encode(),
    "the same name, escaped": GOOD.replace('"since"', '"municipalit\\u0079": "5601", "since"').encode(),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("kind", [ONE, BATCH])
def test_a_hostile_message_is_refused_and_nothing_of_it_is_kept(
    town: Town, client: TestClient[Any], case: str, kind: str
) -> None:
    before = received(town)
    body = HOSTILE[case] if kind == ONE else b"[" + HOSTILE[case] + b"]"
    answer = client.post("/events", content=body, headers={"content-type": kind})
    told = answer.json()
    if answer.status_code == 207:
        assert told["accepted"] == 0
    elif kind == BATCH and case == "nothing":
        assert (answer.status_code, told["outcomes"]) == (202, [])
    else:
        assert answer.status_code in {400, 422}, answer.text[:300]
        assert told["detail"]
    assert len(answer.content) < 5000
    assert received(town) == before
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_notification_is_refused(town: Town, client: TestClient[Any], case: str) -> None:
    before = received(town)
    answer = client.post("/dci/registry/notify", content=HOSTILE[case])
    assert answer.status_code in {400, 422}, answer.text[:300]
    assert answer.json()["message"]["error"]["message"]
    assert received(town) == before


def test_of_a_batch_only_the_hostile_one_is_refused(town: Town, client: TestClient[Any]) -> None:
    good = said(id="kept")
    body = b"[" + HOSTILE["a fact twice"] + b"," + good + b"]"
    told = client.post("/events", content=body, headers={"content-type": BATCH}).json()
    assert [one["status"] for one in told["outcomes"]] == ["refused", "accepted"]
    assert told["outcomes"][0]["problem"]["field"] == "municipality"


def test_a_field_that_a_form_sends_twice_is_not_chosen_from(town: Town) -> None:
    browser = browse(town)
    twice = {"identifier": [MOTHER, FATHER], "token": ["x", "y"]}
    assert browser.client.post("/sign-in", data=twice).status_code in {400, 403}


@pytest.mark.parametrize(
    "body",
    [b"a=" + b"&a=" * 20_000, b"%ff%fe=1", b"\xff\xfe\x00", b"token=%00", b"=" * 60_000, b"&" * 60_000],
)
def test_a_hostile_form_is_refused_or_not_understood(client: TestClient[Any], body: bytes) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=body, headers=kind).status_code in {200, 400, 403}
    assert client.post("/me/contest/x/1/1", content=body, headers=kind).status_code in {400, 401}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@given(JSON)
def test_what_names_each_member_once_is_never_refused(value: object) -> None:
    require_unambiguous(json.dumps(value).encode(), title="x")
    require_unambiguous(json.dumps(value, ensure_ascii=True, indent=1).encode(), title="x")


@given(JSON, st.text(), JSON, JSON)
def test_what_names_one_twice_is_refused_at_any_depth(
    around: object, name: str, one: object, two: object
) -> None:
    member = json.dumps(name)
    inner = f"{{{member}: {json.dumps(one)}, {member}: {json.dumps(two)}}}"
    with pytest.raises(BadInput, match="names a member twice"):
        require_unambiguous(f'[{json.dumps(around)}, {{"a": {inner}}}]'.encode(), title="x")


@given(st.binary(max_size=200))
def test_no_bytes_make_a_reader_fail_otherwise_than_by_saying_why(body: bytes) -> None:
    for read in (read_envelope, read_notification):
        with pytest.raises(BadInput):
            read(body)


def test_a_good_event_is_still_good() -> None:
    assert read_envelope(GOOD.encode()).envelope.id == "1"
    assert birth("2025-03-03").envelope.action == "create"
