"""Events about people of tests: who is registered, where they live, which account they have."""

from __future__ import annotations

from typing import Any

from intake_events import Event, event


def registered(person: str, born: str) -> Event:
    data = {"person": person, "born": born, "name": "Kari", "since": born, "municipality": "0301"}
    return event("folkeregisteret.registration", f"registered-{person}", data)


def account(person: str) -> Event:
    data = {"person": person, "account": "12345678903", "since": "2020-01-01"}
    return event("kontoregisteret.account", f"account-{person}", data)


def moved(person: str, since: str, id_: str, municipality: str | None = None, **more: Any) -> Event:
    """A move, or an emigration where no municipality is named."""
    if municipality is None:
        return event("folkeregisteret.emigration", id_, {"person": person, "since": since}, **more)
    data = {"person": person, "municipality": municipality, "since": since}
    return event("folkeregisteret.move", id_, data, **more)
