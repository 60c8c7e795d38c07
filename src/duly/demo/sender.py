"""Sends events as an agency's register would: over HTTP, in batches, with the source's own key."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import httpx
import msgspec

from duly.errors import BadInput, TryAgain

from .messages import Envelope

__all__ = ["BATCH", "Sender", "batches"]

BATCH: Final = 500
LAST: Final = "folkeregisteret"
TRIES: Final = 5
TYPE: Final = "application/cloudevents-batch+json"


class Sender:
    """Posts batches; one key for each register."""

    def __init__(self, client: httpx.Client, keys: Mapping[str, str]) -> None:
        self.client = client
        self.keys = keys

    def send(self, register: str, events: Sequence[Envelope]) -> Counter[str]:
        """How many were accepted, and how many known already. BadInput for the first that is refused."""
        counts: Counter[str] = Counter()
        for start in range(0, len(events), BATCH):
            for outcome in self._post(register, events[start : start + BATCH]):
                counts[outcome["status"]] += 1
                if outcome["status"] not in {"accepted", "repeated"}:
                    raise BadInput("An event was refused", detail=str(outcome), where=register)
        return counts

    def _post(self, register: str, events: Sequence[Envelope]) -> list[dict[str, Any]]:
        """One request, tried again while the server says that this helps."""
        for attempt in range(TRIES):
            answer = self.client.post(
                "/events",
                content=msgspec.json.encode(events),
                headers={"content-type": TYPE, "authorization": f"Bearer {self.keys[register]}"},
            )
            if answer.status_code not in {429, 503}:
                return _outcomes(answer, register)
            time.sleep(0.1 * 2**attempt)
        raise TryAgain("The server is busy", detail=f"It said so {TRIES} times.", where=register)


def _outcomes(answer: httpx.Response, register: str) -> list[dict[str, Any]]:
    if not answer.is_success:
        raise BadInput("The batch was refused", detail=answer.text[:500], where=register)
    return answer.json()["outcomes"]


def batches(sent: Iterable[tuple[str, Envelope]]) -> Iterator[tuple[str, list[Envelope]]]:
    """A day's messages by register, each register's in order.

    The register that says who lives where comes last, so that little is decided before all is known.
    """
    by_register: dict[str, list[Envelope]] = {}
    for register, event in sent:
        by_register.setdefault(register, []).append(event)
    for register in sorted(by_register, key=lambda name: (name == LAST, name)):
        events = by_register[register]
        for start in range(0, len(events), BATCH):
            yield register, events[start : start + BATCH]
