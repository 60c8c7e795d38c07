"""The demo from outside: a real server, a small town's first day, and every button of the tour."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from socket import socket

import httpx
import pytest
from rich.console import Console
from web_town import CACHE

from duly.demo.cast import cast_of, write_cast
from duly.demo.directory import prepare, sender_keys
from duly.demo.registers import FIRST, History, history
from duly.demo.runner import Clock, deliver
from duly.demo.sender import Sender, batches
from duly.demo.server import Server
from duly.errors import Conflict


@pytest.fixture(scope="module")
def story() -> History:
    return history(seed=1, size=700, last=FIRST + timedelta(days=3), designed=False)


@pytest.fixture(scope="module")
def running(story: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the small town in it, left and come back to in the middle."""
    directory = tmp_path_factory.mktemp("demo") / "duly"
    keys = prepare(directory)
    write_cast(directory, cast_of(story))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DULY_CACHE", str(CACHE))
        server = Server(directory=directory, port=free_port())
        server.start()
        with httpx.Client(base_url=server.url, timeout=120) as client:
            for register, events in list(batches(story.days[0].sent))[:3]:
                Sender(client, keys).send(register, events)
        server.kill()
        with server, httpx.Client(base_url=server.url, timeout=120) as client:
            counts = deliver(story, Sender(client, keys), Clock(client), Console(file=io.StringIO()))
            assert counts["repeated"] > 0
            assert counts.total() == story.count
            yield server


def free_port() -> int:
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def client(running: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=120, headers={"accept": "text/html"}) as found:
        yield found


def played(client: httpx.Client, button: str, **fields: str) -> str:
    answer = client.post(f"/demo/{button}", data=fields)
    assert answer.status_code == 200, answer.text
    return words(answer.text)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_secrets_are_the_owners_alone(running: Server) -> None:
    for secret in (
        "sources.toml",
        "keys.json",
        *(f"senders/{name}" for name in sender_keys(running.directory)),
    ):
        assert (running.directory / secret).stat().st_mode & 0o777 == 0o600


def test_the_clock_stands_where_the_history_ended(
    running: Server, client: httpx.Client, story: History
) -> None:
    assert Clock(client).today() == story.days[-1].date
    assert Clock(client).advance(FIRST) == story.days[-1].date  # never back


def test_the_account_adds_up(client: httpx.Client, story: History) -> None:
    told = client.get("/demo/summary").raise_for_status().json()
    assert sum(told["inbox"].values()) == len({(e["source"], e["id"]) for d in story.days for _, e in d.sent})
    assert told["decisions"]["granted"] > 50
    assert told["months"]["2024-02"]["barnetrygd.ordinary"] > 10_000_000
    assert told["uses"] > 0


def test_the_tour_shows_all_scenes(client: httpx.Client) -> None:
    page = client.get("/demo").text
    assert page.count('class="govuk-button"') == 6
    assert "disabled" not in page
    assert '<a class="govuk-link" href="/law">' in page


def test_a_birth_walks_through_every_stage(client: httpx.Client) -> None:
    said = played(client, "birth")
    stages = ["answer", "event", "fact", "mark", "entitlement", "decision", "order", "notice", "ledger"]
    places = [said.index(f" {stage} ") for stage in stages]
    assert places == sorted(places)
    assert "curl -sS" in said


def test_a_late_correction_pays_what_was_missed(client: httpx.Client) -> None:
    said = played(client, "late-correction")
    assert "The Population Register: move corrected" in said


def test_a_false_death_stops_nothing_and_can_be_cancelled(client: httpx.Client) -> None:
    assert "Nothing was stopped" in played(client, "false-death")
    assert "Cancelled" in played(client, "take-back", scene="false-death")
    assert client.post("/demo/take-back", data={"scene": "false-death"}).status_code == 409


def test_a_flood_of_emigrations_waits_for_two_people_and_is_undone(client: httpx.Client) -> None:
    before = client.get("/demo/summary").json()
    said = played(client, "emigrations")
    assert "No stop was written" in said
    held = re.search(r"(\d+) entitlements wait for two people", said)
    assert held is not None
    assert int(held[1]) > 20
    assert (
        "one source would take from too many: two people decide"
        in client.get("/demo/summary").json()["cases"]
    )
    assert "Cancelled" in played(client, "take-back", scene="emigrations")
    after = client.get("/demo/summary").json()
    assert after["months"] == before["months"]
    assert {**after["cases"], "settled": 0} == {**before["cases"], "settled": 0}


def test_the_neighbour_sees_within_a_second(client: httpx.Client) -> None:
    said = played(client, "neighbour")
    found = re.search(r"The neighbour could read it ([\d,]+) ms", said)
    assert found is not None, said
    assert int(found[1].replace(",", "")) < 1000


def test_the_database_shows_nobody(running: Server, client: httpx.Client, story: History) -> None:
    page = client.get("/demo/database").text
    raw = b"".join(file.read_bytes() for file in running.directory.glob("duly.db*"))
    people = story.population.residents
    for person in people:
        assert person.identity not in page
        assert person.identity.encode() not in raw
        assert person.name.encode() not in raw
    assert "sealed" in page


def test_rates_rise_when_their_day_comes(client: httpx.Client) -> None:
    said = played(client, "rate-rise")
    assert "The clock moves to 1 September 2024" in said
    assert client.get("/demo/clock").json() == {"day": "2024-09-01"}


def test_other_sites_and_unknown_scenes_are_refused(client: httpx.Client) -> None:
    assert client.post("/demo/birth", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post("/demo/nothing").status_code == 404
    assert client.post("/demo/clock", json={"day": "yesterday"}).status_code == 400


def test_a_taken_port_is_said(running: Server, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="already listens"):
        Server(directory=tmp_path, port=running.port).start()
