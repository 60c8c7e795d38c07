"""What other agencies report of their own uses: seen by the person, marked as theirs, exactly once."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from litestar import Litestar
from litestar.testing import TestClient
from msgspec import structs
from web_town import FATHER, MOTHER, NEIGHBOUR, Town, browse, family, register

from duly.app import Settings
from duly.connectors.reported_uses import MOST, read_reports
from duly.errors import BadInput, TooLarge
from duly.events import Source, Sources, new_key, queue
from duly.facts import intake_use
from duly.ledger.verify import PublicKey, check_receipt
from duly.vault import Identifier
from duly.web.allowance import allowances_of
from duly.web.circle import insight
from duly.web.intake import routes
from duly.web.proofs import Trust
from duly.web.server import create

KEYS = {name: new_key() for name in ("ssb", "skatteetaten", "nav")}
STRANGER = "05058012345"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    made = Town(Path(tmp_path_factory.mktemp("reported")), "2025-03-04")
    family(made)
    made.app.keys.begin_department("ssb")
    yield made
    made.close()
    structlog.reset_defaults()


def door(town: Town, **changed: Any) -> TestClient[Any]:
    listed = {
        f"https://{name}.example": Source(uri=f"https://{name}.example", register=name, keys=(digest,))
        for name, (_, digest) in KEYS.items()
    }
    intake = replace(town.app.intake, sources=Sources(listed=listed, open_registers=frozenset()))
    trust = Trust(scheme="http", proxies=frozenset(), now=lambda: 0)
    return TestClient(Litestar([routes(intake, allowances_of(Settings.of(changed)), trust)]))


@pytest.fixture(scope="module")
def client(town: Town) -> TestClient[Any]:
    return door(town)


def report(client: TestClient[Any], *uses: Any, by: str = "skatteetaten") -> Any:
    headers = {"authorization": f"Bearer {KEYS[by][0]}"}
    return client.post("/uses", json={"uses": list(uses)}, headers=headers)


def use(id_: str, person: str = MOTHER, **more: Any) -> dict[str, Any]:
    return {
        "id": id_, "person": person, "at": "2025-03-03T08:15:00+01:00", "system": "Fregata",
        "officer": "K-17",
        "code": "dpv:LegalCompliance", "purpose": "To check a tax card", "reference": "2025/77",
        "legal_basis": "Skatteforvaltningsloven § 7-2", "categories": ["Income", "Employer"], **more,
    }  # fmt: skip


def entries(town: Town, person: str = MOTHER) -> list[Any]:
    town.app.worker.run_until_idle()
    who = Identifier("no.fnr", person)
    with town.app.store.read() as conn:
        subject = town.app.vault.find(conn, [who])[who]
        found = town.app.vault.uses(conn, insight(town.app.pack), subject)
    return [used for used in found if used.use.reported is not None]


def own(town: Town, person: str) -> str:
    app, who = town.app, Identifier("no.fnr", person)
    with app.store.write() as conn:
        number = app.vault.find(conn, [who])[who]
        name = app.departments.identifier(conn, intake_use(app.pack, {"identifier"}), number, "ssb")
    return f"{name.scheme}:{name.value}"


def test_a_reported_use_is_an_entry_marked_as_told_and_written_once(
    town: Town, client: TestClient[Any]
) -> None:
    before = len(entries(town))
    for status in ("accepted", "repeated", "repeated"):
        answer = report(client, use("once"))
        assert (answer.status_code, answer.json()["outcomes"][0]["status"]) == (202, status)
    (mine, *_) = entries(town)
    assert len(entries(town)) == before + 1
    assert (mine.use.actor.organisation, mine.use.actor.officer) == ("skatteetaten", "K-17")
    assert mine.use.actor.system == "Fregata"
    assert mine.use.reported.by == "https://skatteetaten.example"
    assert mine.use.reported.words == "To check a tax card"
    assert mine.use.categories == {"Income", "Employer"}
    assert mine.at == 1_740_986_100_000_000


def test_the_person_sees_it_in_its_words_with_a_receipt(town: Town, client: TestClient[Any]) -> None:
    report(client, use("seen", purpose="To <b>look</b> at wages", reference="case 1"))
    town.app.worker.run_until_idle()
    town.app.ledger.sequence()
    browser = browse(town)
    browser.be(MOTHER)
    shown = browser.page("/me/uses")
    for said in (
        "the Tax Administration, officer K-17", "To &lt;b&gt;look&lt;/b&gt; at wages", "Income",
        "Reported by the Tax Administration from its system Fregata. Duly did not see it itself.",
        "Their reference: case 1", "Skatteforvaltningsloven § 7-2",
    ):  # fmt: skip
        assert said in shown, said
    mark = next(
        used for used in entries(town) if used.use.reported.words.startswith("To <b>")
    ).commitment.hex()
    receipt = browser.client.get(f"/me/uses/{mark}/receipt").content
    public = [PublicKey.parse(key) for key in town.app.ledger.public_keys()]
    proved = check_receipt(receipt, public, [], 0)
    assert proved.text["reported"]["by"] == "https://skatteetaten.example"
    norwegian = browse(town, "nb")
    norwegian.be(MOTHER)
    assert "Meldt av Skatteetaten fra systemet Fregata. Duly så det ikke selv." in norwegian.page("/me/uses")


def test_only_the_person_it_is_about_sees_it(town: Town, client: TestClient[Any]) -> None:
    report(client, use("apart", purpose="Seen by one only"))
    town.app.worker.run_until_idle()
    for person in (FATHER, NEIGHBOUR):
        browser = browse(town)
        browser.be(person)
        assert "Seen by one only" not in browser.page("/me/uses")


def test_a_department_names_people_by_its_own_identifiers(town: Town, client: TestClient[Any]) -> None:
    mine = own(town, FATHER)
    assert report(client, use("own", mine), by="ssb").status_code == 202
    assert [used.use.actor.organisation for used in entries(town, FATHER)] == ["ssb"]
    for person, by in ((FATHER, "ssb"), (mine, "skatteetaten"), (mine.replace("ssb", "x"), "ssb")):
        answer = report(client, use("not-own", person), by=by)
        (outcome,) = answer.json()["outcomes"]
        assert (answer.status_code, outcome["status"]) == (207, "refused")
        assert outcome["problem"]["field"] == "data.person"
    assert len(entries(town, FATHER)) == 1


def test_who_reports_does_not_learn_who_is_known_and_nothing_is_lost(
    town: Town, client: TestClient[Any]
) -> None:
    known = report(client, use("known"))
    unknown = report(client, use("unknown", STRANGER))
    again = report(client, use("unknown", STRANGER))
    assert known.content.replace(b"known", b"") == unknown.content.replace(b"unknown", b"")
    assert (known.status_code, unknown.status_code, again.status_code) == (202, 202, 202)
    assert again.json()["repeated"] == 1
    town.app.worker.run_until_idle()
    with town.app.store.read() as conn:
        parked = [row for row in queue.listed(conn, "parked", 10) if "skatteetaten" in row.source]
    assert [row.title for row in parked] == ["A use of somebody who is not known was reported"]
    town.take([register(STRANGER, "Siri Sein", "1980-05-05")])
    town.app.worker.run_until_idle()
    with town.app.store.write() as conn:
        assert queue.replay(conn, parked[0].number)
    assert [used.use.actor.organisation for used in entries(town, STRANGER)] == ["skatteetaten"]


def test_a_source_reports_for_itself_only_and_registers_do_not(town: Town, client: TestClient[Any]) -> None:
    (outcome,) = report(client, use("other", organisation="ssb")).json()["outcomes"]
    assert (outcome["status"], outcome["problem"]["field"]) == ("refused", "data.organisation")
    (outcome,) = report(client, use("register"), by="nav").json()["outcomes"]
    assert outcome["status"] == "refused"
    assert client.post("/uses", json={"uses": []}).status_code == 401
    open_ = TestClient(Litestar([routes(town.app.intake, allowances_of(Settings.of({})), TRUST)]))
    assert open_.post("/uses", json={"uses": []}).status_code == 401


TRUST = Trust(scheme="http", proxies=frozenset(), now=lambda: 0)


def test_the_same_id_with_other_content_is_a_conflict_and_nothing_is_taken_back(
    town: Town, client: TestClient[Any]
) -> None:
    assert report(client, use("fixed")).status_code == 202
    before = len(entries(town))
    answer = report(client, use("fixed", purpose="Another"))
    assert (answer.status_code, answer.json()["conflict"]) == (207, 1)
    event = {
        "specversion": "1.0", "id": "x", "source": "https://skatteetaten.example",
        "type": "duly.use-reported.v1", "action": "cancel", "corrects": "fixed",
    }  # fmt: skip
    headers = {
        "authorization": f"Bearer {KEYS['skatteetaten'][0]}",
        "content-type": "application/cloudevents+json",
    }
    assert client.post("/events", json=event, headers=headers).status_code == 409
    assert len(entries(town)) == before


WRONG: dict[str, dict[str, Any]] = {
    "no person": {"person": ""},
    "in the future": {"at": "2999-01-01T00:00:00Z"},
    "no zone": {"at": "2025-01-01"},
    "too old": {"at": "1999-01-01T00:00:00Z"},
    "no purpose": {"purpose": ""},
    "a line break": {"purpose": "a\nb"},
    "turned round": {"purpose": "a\u202eb"},
    "no categories": {"categories": []},
    "no text": {"categories": [1]},
    "too many": {"categories": ["x"] * 21},
    "too long": {"legal_basis": "x" * 201},
    "a field too many": {"x": 1},
    "null": {"person": None},
    "a list": {"person": [MOTHER]},
    "no id": {"id": ""},
    "odd id": {"id": 7},
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused_by_itself_with_its_field(client: TestClient[Any], case: str) -> None:
    answer = report(client, use(f"wrong {case}") | WRONG[case], use(f"beside {case}"))
    assert answer.status_code == 207, answer.text
    wrong, well = answer.json()["outcomes"]
    assert (wrong["status"], well["status"]) == ("refused", "accepted")
    assert wrong["problem"]["field"]
    assert MOTHER not in answer.text


def test_a_report_that_is_no_report_is_refused(client: TestClient[Any]) -> None:
    headers = {"authorization": f"Bearer {KEYS['ssb'][0]}"}
    for body in (b"", b"[]", b"{", b'{"uses": 1}', b'{"uses": [1]}', b'{"uses": [], "x": 1}', b"\xff",
                 b'{"uses": [], "uses": []}', b"[" * 5000):  # fmt: skip
        answer = client.post("/uses", content=body, headers=headers)
        assert answer.status_code in (400, 422), body[:20]
    assert client.post("/uses", json={"uses": []}, headers=headers).status_code == 202


def test_more_than_a_thousand_or_too_often_is_too_much(town: Town, client: TestClient[Any]) -> None:
    source = Source(uri="https://ssb.example", register="ssb", keys=())
    with pytest.raises(TooLarge):
        read_reports(source, json.dumps({"uses": [{}] * (MOST + 1)}).encode())
    slow = door(town, rate_intake="2")
    answers = [report(slow, by="ssb").status_code for _ in range(3)]
    assert answers == [202, 202, 429]


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(-9, 9)
TOLD = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


@given(st.binary(max_size=200) | TOLD.map(lambda told: json.dumps({"uses": [told]}).encode()))
@settings(deadline=None)
def test_no_bytes_make_the_reader_fail_otherwise_than_by_saying_why(body: bytes) -> None:
    try:
        read_reports(Source(uri="https://ssb.example", register="ssb", keys=()), body)
    except BadInput as error:
        assert error.detail  # noqa: PT017 - whatever else is raised fails the test


def test_openapi_says_what_is_taken(client: TestClient[Any]) -> None:
    told = client.get("/schema/openapi.json").json()["paths"]["/uses"]["post"]
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    validator.validate({"uses": [use("x")]})
    assert not validator.is_valid({"uses": [{"id": "x"}]})
    assert not validator.is_valid({"uses": [use("x") | {"x": 1}]})


def test_a_report_opens_nothing_and_leaves_no_number_in_clear(town: Town, client: TestClient[Any]) -> None:
    report(client, use("sealed", purpose="MARKEDPURPOSE"))
    assert entries(town)
    folder = town.app.settings.directory
    for file in folder.glob("duly.db*"):
        assert b"MARKEDPURPOSE" not in file.read_bytes()


def test_a_portal_shows_it_in_the_words_of_who_reported_it(town: Town, client: TestClient[Any]) -> None:
    report(client, use("portal", purpose="To see in a portal"))
    town.app.worker.run_until_idle()
    told = structs.replace(town.app.settings, x_road_servers="testclient", x_road_clients="EE/GOV/1/portal")
    object.__setattr__(town.app, "settings", told)
    portal = TestClient(create(town.app))
    headers = {"x-road-client": "EE/GOV/1/portal", "x-road-userid": MOTHER}
    usages = portal.get("/v2/findUsage", params={"userCode": MOTHER}, headers=headers).json()["usages"]
    (mine,) = [one for one in usages if one["action"] == "To see in a portal"]
    assert mine == {
        "logtime": "2025-03-03T07:15:00.000000Z", "action": "To see in a portal",
        "receiverCode": "skatteetaten", "receiverName": "the Tax Administration", "receiverSystem": "Fregata",
    }  # fmt: skip
