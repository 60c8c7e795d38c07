"""Time from one POST to its decision visible on the person's page: p50 and p95.

    .venv/bin/python bench/latency.py [--people 2000] [--births 60] [--json FILE]

A small town is loaded. Then births are reported one at a time; the mother, signed in, loads her page again
and again until her child's benefit stands there with its first month. Each mother has one child in the run.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from report import show

from duly.demo.directory import prepare
from duly.demo.identity import person_number
from duly.demo.messages import SOURCES, Envelope
from duly.demo.registers import FIRST, History, history
from duly.demo.residents import Resident, age
from duly.demo.runner import Clock
from duly.demo.sender import Sender, batches
from duly.demo.server import Server
from duly.demo.visitor import Visitor

PORT = 8792
LONGEST = 20.0
PAUSE = 0.005


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=2000)
    arguments.add_argument("--births", type=int, default=60)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    story = history(seed=1, size=given.people, last=FIRST, designed=False)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "server"
        keys = prepare(directory)
        with (
            Server(directory=directory, port=PORT) as server,
            httpx.Client(base_url=server.url, timeout=600) as client,
        ):
            sender = Sender(client, keys)
            for register, events in batches(story.days[0].sent):
                sender.send(register, events)
            Clock(client).advance(FIRST)
            seconds = [one_birth(sender, server.url, *birth) for birth in births(story, given.births + 3)][3:]
    p95 = statistics.quantiles(seconds, n=20)[-1]
    told: dict[str, Any] = {
        "births": len(seconds),
        "p50_ms": statistics.median(seconds) * 1000,
        "p95_ms": p95 * 1000,
        "least_ms": min(seconds) * 1000,
        "most_ms": max(seconds) * 1000,
        "all_ms": [round(one * 1000, 1) for one in seconds],
    }
    rows = [(name.replace("_ms", ", ms"), value) for name, value in told.items() if name != "all_ms"]
    show("From one POST to its decision on the page", rows, told, given.json)


def births(story: History, number: int) -> list[tuple[Resident, Envelope, str]]:
    """Births to couples whose youngest child is over a year old: (mother, event, the child's name)."""
    town = story.town
    taken = set(town.people)
    mothers = [
        (person, str(person.partner))
        for person in town.grown()
        if person.female and person.partner is not None and 22 <= age(person, FIRST) <= 43
        if all(age(child, FIRST) > 1 for child in town.children_of(person.identity))
    ]
    if len(mothers) < number:
        raise SystemExit(f"The town has {len(mothers)} such couples, not {number}: give more --people.")
    return [
        (mother, _birth(mother, father, place, taken), f"Newborn{place:03}")
        for place, (mother, father) in enumerate(mothers[:number])
    ]


def _birth(mother: Resident, father: str, place: int, taken: set[str]) -> Envelope:
    born = date(2024, 1, 2 + place % 28)
    return {
        "specversion": "1.0",
        "id": f"birth-{place}",
        "source": SOURCES["folkeregisteret"],
        "type": "no.folkeregisteret.birth.v1",
        "time": "2024-02-01T09:00:00+01:00",
        "data": {
            "child": person_number(born, True, taken),
            "born": born.isoformat(),
            "mother": mother.identity,
            "father": father,
            "lives_with": [mother.identity, father],
            "municipality": "0301",
            "name": f"Newborn{place:03}",
        },
    }


def one_birth(sender: Sender, url: str, mother: Resident, event: Envelope, name: str) -> float:
    """Seconds from the POST until the mother's page shows a decision about the child."""
    with Visitor(url) as visitor:
        visitor.be_person(mother.identity)
        began = time.perf_counter()
        sender.send("folkeregisteret", [event])
        while f"Child benefit for {name}" not in visitor.page("/me"):
            if time.perf_counter() - began > LONGEST:
                raise SystemExit(f"{name} is not on the page after {LONGEST:.0f} s.")
            time.sleep(PAUSE)
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
