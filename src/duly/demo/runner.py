"""`duly demo`: start the server, deliver the registers' messages day by day, show what came of it, and stay.

Where it stopped, the next run carries on: the server's clock tells the day, and that day is sent again.
"""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from duly.errors import OurFault

from .cast import Cast, cast_of, write_cast
from .directory import prepare
from .messages import Envelope
from .registers import Day, History, history
from .sender import Sender, batches
from .server import ENDING, Server
from .summary import show_summary

__all__ = ["Wanted", "run"]

WORK_OF_A_DAY: Final = 12  # a day costs about as much as a dozen events, for the bar's sense of time
PATIENCE: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to show, and where to keep it."""

    directory: Path
    port: int
    seed: int
    size: int
    stay: bool


def run(wanted: Wanted, console: Console) -> None:
    """Everything from nothing to a server with two years behind it; Ctrl-C ends it at any point."""
    for ending in ENDING:
        signal.signal(ending, signal.default_int_handler)
    keys = prepare(wanted.directory)
    server = Server(directory=wanted.directory, port=wanted.port)
    try:
        with console.status("Starting the server ..."):
            server.start()
        with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
            _load(wanted, server, Sender(client, keys), Clock(client), console)
        if wanted.stay:
            _stay(server, console)
    except KeyboardInterrupt:
        console.print("\nStopped. The next run carries on where this one was.")
    finally:
        server.stop()


def _load(wanted: Wanted, server: Server, sender: Sender, clock: Clock, console: Console) -> None:
    console.print(f"Open {server.url}/demo while the history loads.", highlight=False)
    story = history(seed=wanted.seed, size=wanted.size)
    cast = cast_of(story)
    write_cast(wanted.directory, cast)
    deliver(story, sender, clock, console)
    told = sender.client.get("/demo/summary").raise_for_status().json()
    show_summary(told, kinds_of(story), console)
    point_to(server.url, cast, console)


class Clock:
    """The server's simulated clock, told over HTTP."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def today(self) -> date:
        return self._day(self.client.get("/demo/clock"))

    def advance(self, day: date) -> date:
        """Let everything that is due on `day` be done; returns when it is."""
        return self._day(self.client.post("/demo/clock", json={"day": day.isoformat()}))

    def _day(self, answer: httpx.Response) -> date:
        if not answer.is_success:
            raise OurFault("The server did not move its clock", detail=answer.text[:500])
        return date.fromisoformat(answer.json()["day"])


def deliver(story: History, sender: Sender, clock: Clock, console: Console) -> Counter[str]:
    """Send what is left of the history; how many were accepted and how many known already."""
    today = clock.today()
    left = [day for day in story.days if day.date >= today]
    counts: Counter[str] = Counter()
    with _progress(console) as progress:
        task = progress.add_task("", total=sum(map(_work, left)), events=0, of=sum(len(d.sent) for d in left))
        for position, day in enumerate(left):
            progress.update(task, description=f"{day.date:%d %B %Y}")
            for register, events in batches(day.sent):
                counts += sender.send(register, events)
                progress.update(task, advance=len(events), events=sum(counts.values()))
            is_last = position == len(left) - 1
            clock.advance(day.date if is_last else day.date + timedelta(days=1))
            progress.update(task, advance=WORK_OF_A_DAY)
    return counts


def kinds_of(story: History) -> Counter[str]:
    """How many events of each kind the registers sent; corrections and cancels apart."""
    return Counter(_kind(event) for day in story.days for _, event in day.sent)


def _kind(event: Envelope) -> str:
    done = {"correct": ", corrected", "cancel": ", cancelled"}.get(event.get("action", ""), "")
    return str(event["type"]).split(".")[2] + done


def _work(day: Day) -> int:
    return len(day.sent) + WORK_OF_A_DAY


class _Rate(ProgressColumn):
    """Events done, of how many, and how many a second so far."""

    def render(self, task: Task) -> Text:
        done, elapsed = int(task.fields["events"]), task.elapsed or 0.0
        rate = f" {done / elapsed:,.0f}/s" if elapsed > 0.5 else ""
        return Text(f"{done:,}/{task.fields['of']:,} events{rate}", style="progress.data.speed")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<17}"),
        BarColumn(bar_width=20),
        _Rate(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
    )


def point_to(url: str, cast: Cast, console: Console) -> None:
    """Where to look."""
    console.print("\n[bold]People worth looking at[/] (sign in as one of them on the tour's page)")
    for person in cast.shown:
        console.print(f"  {person.name:<22} {person.why}", highlight=False)
    console.print(f"\n  The tour      {url}/demo", highlight=False)
    console.print(f"  A person      {url}/sign-in", highlight=False)
    console.print(f"  An officer    {url}/officer", highlight=False)
    console.print(f"  The ledger    {url}/ledger", highlight=False)


def _stay(server: Server, console: Console) -> None:
    """Until Ctrl-C, or until the server ends by itself."""
    console.print("\nCtrl-C stops the server. `make demo` brings it back as it was.", highlight=False)
    if server.process is not None:
        code = server.process.wait()
        raise OurFault("The server ended", detail=f"Its exit code was {code}.", where=str(server.log))
