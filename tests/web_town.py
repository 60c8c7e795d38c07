"""A small town on a running app: families told to the intake as events, pages asked for as by a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from litestar.testing import TestClient

from duly.app import App, Settings, build
from duly.clock import SimulatedClock, midnight
from duly.events import Arrived, Intake, read_envelope
from duly.timeline import from_iso
from duly.web.server import create

CACHE = Path(__file__).parents[1] / ".duly" / "tests-law"
TOKEN = re.compile(r'name="token" value="([^"]+)"')
MOTHER, FATHER, CHILD = "01019012345", "02028812346", "03032512347"
NEIGHBOUR = "04047012348"


class Town:
    """An app in demo mode in a folder of its own, on a simulated clock; `more` are settings."""

    def __init__(self, folder: Path, begins: str, **more: str) -> None:
        told = {"directory": str(folder), "mode": "demo", "cache": str(CACHE), "begins": begins}
        self.app: App = build(Settings.of(told | more))

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        """One event of a register, applied and decided when this returns."""
        self.take([event(kind, data)])
        self.app.worker.run_until_idle()

    def take(self, events: list[Arrived]) -> None:
        app = self.app
        intake = Intake(
            store=app.store, policy=app.policy, vault=app.vault, keys=app.keys, pack=app.pack,
            sources=app.sources, clock=app.clock, wake=app.worker.wake,
        )  # fmt: skip
        for outcome in intake.take_any(events):
            assert outcome.status == "accepted", outcome.problem

    def on(self, day: str) -> None:
        """The clock's day from now on, with everything that is due on it."""
        clock = self.app.clock
        assert isinstance(clock, SimulatedClock)
        clock.set(midnight(from_iso(day), clock.zone) + 6 * 3600 * 1_000_000)
        self.app.worker.run_until_idle()

    def close(self) -> None:
        self.app.close()


def event(kind: str, data: Mapping[str, Any] | None, **more: Any) -> Arrived:
    body = {
        "specversion": "1.0", "id": str(uuid4()), "type": kind, "time": "2025-01-01T00:00:00Z",
        "source": f"https://{kind.split('.')[1]}.example", "data": data,
    }  # fmt: skip
    if data is None:
        del body["data"]
    return read_envelope(msgspec.json.encode({**body, **more}))


def register(person: str, name: str, born: str, municipality: str = "0301", **more: Any) -> Arrived:
    data = {"person": person, "name": name, "born": born, "since": born, "municipality": municipality, **more}
    return event("no.folkeregisteret.registration.v1", data)


def birth(born: str, **more: Any) -> Arrived:
    data = {"child": CHILD, "born": born, "mother": MOTHER, "father": FATHER, "municipality": "0301",
            "name": "Emma Berg", "lives_with": [MOTHER, FATHER], **more}  # fmt: skip
    return event("no.folkeregisteret.birth.v1", data)


def practice(
    person: str, code: str, since: str, *, left: str | None = None, full: bool = False
) -> list[Arrived]:
    return [
        event("no.fastlegeregisteret.practice.v1", {"practice": code, "full": full, "since": "2000-01-01"}),
        event(
            "no.fastlegeregisteret.listing.v1",
            {"person": person, "practice": code, "since": since, "left": left},
        ),
    ]


def account(person: str) -> Arrived:
    return event(
        "no.kontoregisteret.account.v1", {"person": person, "account": "12345678901", "since": "2020-01-01"}
    )


def family(town: Town) -> None:
    """Ingrid and Jonas Berg with accounts and a practitioner, and their neighbour."""
    town.take(
        [
            register(MOTHER, "Ingrid Berg", "1990-01-01"),
            register(FATHER, "Jonas Berg", "1988-02-02"),
            register(NEIGHBOUR, "Nils Nabo", "1970-04-04"),
            account(MOTHER),
            account(FATHER),
            *practice(MOTHER, "P1001", "2020-01-01"),
        ]
    )
    town.app.worker.run_until_idle()


class Browser:
    """A visitor who keeps cookies and sends forms with their token."""

    def __init__(self, client: TestClient[Any], language: str = "en") -> None:
        self.client = client
        self.headers = {"accept": "text/html", "accept-language": language}

    def page(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.text

    def send(self, path: str, shown_on: str, status: int = 200, **fields: str) -> str:
        found = TOKEN.search(self.page(shown_on))
        assert found is not None
        return self.post(path, status, token=found.group(1), **fields)

    def post(self, path: str, status: int = 200, **fields: str) -> str:
        answer = self.client.post(path, data=fields, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.text

    def be(self, person: str) -> str:
        return self.send("/sign-in", "/sign-in", identifier=person)

    def be_officer(self, officer: str) -> str:
        return self.send("/sign-in", "/sign-in", officer=officer)


def browse(town: Town, language: str = "en") -> Browser:
    """A new browser on the town's server; its worker runs only when the test says so."""
    return Browser(TestClient(create(town.app), raise_server_exceptions=True), language)
