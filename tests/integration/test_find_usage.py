"""findUsage 2.1.0 as a portal meets it: its OpenAPI, paging, periods, who may ask, the entry it leaves."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from litestar.testing import TestClient
from web_town import CACHE, CHILD, FATHER, MOTHER, Town, birth, browse, family

from duly.errors import BadInput
from duly.vault import Identifier
from duly.web.circle import insight
from duly.web.find_usage import MOST, read_query
from duly.web.server import create

SPECIFICATION = Path(__file__).parents[3] / "shared/standards/findusage/dumonitor-openapi.yaml"
PORTAL = "EE/GOV/70006317/portal"
ME = f"NO{MOTHER}"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    made = Town(Path(tmp_path_factory.mktemp("uses")), "2025-03-04")
    family(made)
    for month in ("2025-04-10", "2025-06-10"):
        made.take([birth("2025-03-03")] if month.startswith("2025-04") else [])
        made.on(month)
    yield made
    made.close()
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def portal(town: Town) -> TestClient[Any]:
    return asking(town, PORTAL)


def asking(town: Town, consumer: str, servers: str = "testclient, 10.0.0.9") -> TestClient[Any]:
    """A consumer that asks through a security server at the address `testclient`."""
    settings = {"x_road_servers": servers, "x_road_clients": f"/{PORTAL}, EE/COM/1/x"}
    told = msgspec.structs.replace(town.app.settings, **settings)
    object.__setattr__(town.app, "settings", told)
    client = TestClient(create(town.app), raise_server_exceptions=False)
    client.headers["x-road-client"] = consumer
    return client


def ask(portal: TestClient[Any], user: str = ME, about: str = ME, **more: str) -> Any:
    return portal.get("/v2/findUsage", params={"userCode": about, **more}, headers={"x-road-userid": user})


def uses(portal: TestClient[Any], **more: str) -> list[Any]:
    answer = ask(portal, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["usages"]


def valid(name: str, told: Any) -> None:
    schemas = yaml.safe_load(SPECIFICATION.read_text())["components"]["schemas"]
    whole = {**schemas[name], "components": {"schemas": schemas}}
    Draft7Validator(whole).validate(told)


def test_a_person_sees_who_used_their_data_as_the_page_shows_it(town: Town, portal: TestClient[Any]) -> None:
    told = ask(portal).json()
    valid("FindUsageResponse", told)
    assert told["totalUsages"] == len(told["usages"]) > 3
    assert {one["receiverCode"] for one in told["usages"]} <= {"nav", "helfo", "folkeregisteret"} | set(
        town.app.pack.section("agencies")
    )
    times = [one["logtime"] for one in told["usages"]]
    assert times == sorted(times, reverse=True)
    browser = browse(town)
    browser.be(MOTHER)
    assert all(one["receiverName"] in browser.page("/me/uses") for one in told["usages"])


def test_the_answer_leaves_an_entry_that_names_the_portal(town: Town, portal: TestClient[Any]) -> None:
    who = Identifier("no.fnr", MOTHER)

    def entries() -> list[str]:
        with town.app.store.read() as conn:
            subject = town.app.vault.find(conn, [who])[who]
            found = town.app.vault.uses(conn, insight(town.app.pack), subject)
        return [used.use.about for used in found if used.use.actor.system == "findUsage"]

    before = len(entries())
    ask(portal)
    assert len(entries()) == before + 1
    assert entries()[0] == f"findUsage {PORTAL}"


def test_asking_does_not_move_the_pages(portal: TestClient[Any]) -> None:
    assert uses(portal) == uses(portal)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_are_the_whole_without_gap_or_repetition(portal: TestClient[Any], limit: int) -> None:
    whole = uses(portal)
    paged: list[Any] = []
    for offset in range(0, len(whole) + limit, limit):
        answer = ask(portal, offset=str(offset), limit=str(limit)).json()
        assert answer["totalUsages"] == len(whole)
        assert len(answer["usages"]) <= limit
        paged += answer["usages"]
    assert paged == whole


def test_a_period_is_what_lies_in_it_and_its_parts_make_the_whole(portal: TestClient[Any]) -> None:
    whole = uses(portal)
    middle = whole[len(whole) // 2]["logtime"]
    later, earlier = uses(portal, periodStart=middle), uses(portal, periodEnd=middle)
    assert later == [one for one in whole if one["logtime"] >= middle]
    assert earlier == [one for one in whole if one["logtime"] <= middle]
    assert uses(portal, periodStart=middle, periodEnd=middle)
    assert uses(portal, periodStart="2100-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("user", "about"),
    [
        (f"NO{FATHER}", ME),
        (ME, f"NO{FATHER}"),
        (ME, f"NO{CHILD}"),
        ("NO99999999999",) * 2,
        ("", ""),
        (ME, ""),
    ],
)
def test_nothing_of_anybody_else_is_told_nor_whether_they_are_known(
    portal: TestClient[Any], user: str, about: str
) -> None:
    answer = ask(portal, user, about)
    nobody = ask(portal, "NO00000000000", "NO00000000001")
    assert (answer.status_code, answer.content) == (200, nobody.content)
    assert answer.json()["totalUsages"] == 0
    assert answer.json()["message"]


@pytest.mark.parametrize("client", ["", "EE/GOV/1/other", f"{PORTAL}x", "EE/COM/1"])
def test_only_named_consumers_may_ask(town: Town, client: str) -> None:
    other = asking(town, client)
    for path in ("/v2/findUsage?userCode=x", "/v2/usagePeriod", "/v2/heartbeat"):
        assert other.get(path, headers={"x-road-userid": "x"}).status_code == 403


def test_only_through_our_security_server(town: Town) -> None:
    stranger = asking(town, PORTAL, servers="10.0.0.9")
    assert stranger.get("/v2/heartbeat").status_code == 403
    assert stranger.get("/v2/heartbeat", headers={"x-forwarded-for": "10.0.0.9"}).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"offset": "x"}, {"offset": ""}, {"limit": "1.0"}, {"limit": "2147483648"}, {"offset": "null"},
        {"periodStart": ""}, {"periodStart": "2021-01-31"}, {"periodEnd": "2021-02-30T00:00:00Z"},
        {"periodEnd": "2021-01-31T10:20:30"}, {"periodStart": "2021-01-31T10:20:61Z"},
        {"periodStart": "2021-01-31T10:20:30+24:00"},
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_answered_with_400(portal: TestClient[Any], wrong: dict[str, str]) -> None:
    answer = ask(portal, **wrong)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_missing_or_given_twice_is_answered_with_400(portal: TestClient[Any]) -> None:
    assert portal.get("/v2/findUsage", params={"userCode": ME}).status_code == 400
    assert portal.get("/v2/findUsage", headers={"x-road-userid": ME}).status_code == 400
    twice = portal.get(f"/v2/findUsage?userCode={ME}&userCode={ME}", headers={"x-road-userid": ME})
    assert twice.status_code == 400


def test_the_period_begins_before_every_use_and_the_heart_beats(portal: TestClient[Any]) -> None:
    period, beat = portal.get("/v2/usagePeriod").json(), portal.get("/v2/heartbeat").json()
    valid("UsagePeriodResponse", period)
    valid("HeartbeatResponse", beat)
    assert beat["status"] == "OK"
    assert all(period["periodStart"] <= one["logtime"] for one in uses(portal))


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def test_every_page_of_32_bits_can_be_asked_for_and_none_is_too_large(offset: int, limit: int) -> None:
    asked = read_query(["x"], [("userCode", "x"), ("offset", str(offset)), ("limit", str(limit))])
    assert asked.offset == max(0, offset)
    assert asked.limit == min(MOST, max(0, limit))


@given(
    st.datetimes(timezones=st.timezones(), min_value=None),
    st.sampled_from(["auto", "seconds", "microseconds"]),
)
def test_an_instant_is_read_to_the_microsecond_in_any_zone(moment: Any, spec: str) -> None:
    away = moment.utcoffset().total_seconds()
    if away % 60:
        return  # RFC 3339 has no seconds in a zone
    told = moment.isoformat(timespec=spec)
    if spec == "seconds":
        moment = moment.replace(microsecond=0)
    asked = read_query(["x"], [("userCode", "x"), ("periodStart", told)])
    utc = moment.replace(tzinfo=None).toordinal() * 86_400_000_000
    clock = ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond
    assert asked.start == utc + clock - int(away) * 1_000_000 - 719_163 * 86_400_000_000


@given(st.text())
def test_no_text_makes_the_reader_fail_otherwise_than_by_saying_why(text: str) -> None:
    for name in ("offset", "limit", "periodStart", "periodEnd"):
        with suppress(BadInput):
            read_query([text], [("userCode", text), (name, text)])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A real server on loopback that the portal may ask."""
    port = free_port()
    environment = {
        **os.environ,
        "DULY_X_ROAD_SERVERS": "127.0.0.1",
        "DULY_X_ROAD_CLIENTS": PORTAL,
        "DULY_CACHE": str(CACHE),
    }
    command = [
        Path(sys.executable).parent / "duly",
        "serve",
        "--demo",
        "--directory",
        tmp_path,
        "--port",
        str(port),
    ]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{url}/healthz", timeout=5).raise_for_status()
                break
            except httpx.TransportError:
                assert process.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_schemathesis_finds_nothing_against_the_published_openapi(server: str, tmp_path: Path) -> None:
    command = [
        Path(sys.executable).parent / "schemathesis", "run", SPECIFICATION, "--url", server,
        "-H", f"X-Road-Client: {PORTAL}", "--max-examples", "25", "--seed", "1", "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
