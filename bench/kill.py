"""`kill -9` of the server at random moments under load: what was acknowledged is there, once.

    .venv/bin/python bench/kill.py [--kills 20] [--people 3000] [--seed 7] [--json FILE]

A client posts a town's first day in batches of random size, and now and then moves the town's time on by a
day, so that intake, decisions, orders, payments, notices and the ledger are all at work. At a random moment
the server's whole process group is killed; the ledger is verified by `duly ledger verify`; the server starts
again, and the client goes on with the batch that was in flight. At the end:

- lost: acknowledged events that the server, sent them again, takes for new;
- applied twice: an event's statements added twice to a category of a subject without having been withdrawn;
- orders written twice: two lines of a chain that name the same predecessor and say the same, and chains whose
  lines do not leave exactly what stands; payments written twice: a month paid more than stands for it;
- and the sums due per month are compared with a server that nobody killed.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from audit import Audit, audit
from report import show

from duly.demo.account import account
from duly.demo.directory import prepare
from duly.demo.messages import Envelope
from duly.demo.registers import FIRST, history
from duly.demo.runner import Clock
from duly.demo.sender import Sender, batches
from duly.demo.server import Server
from duly.errors import DulyError

PORT = 8794
Work = list[tuple[str, list[Envelope]] | date]
"""Batches to post, and days to move to, in order."""


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--people", type=int, default=3000)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    dice = random.Random(given.seed)
    work = plan(dice, given.people)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        keys = prepare(root / "killed")
        load = Load(work=work)
        verified = [
            killed_once(root / "killed", keys, load, dice, spread(load, given.kills - done))
            for done in range(given.kills)
        ]
        lost, last = finish(root / "killed", keys, load)
        found, due = audited(root / "killed", last)
        _, undisturbed = undisturbed_run(root / "calm", work, last)
    told: dict[str, Any] = {
        "kills": given.kills,
        "in_the_middle_of_a_request": load.cut_off,
        "acknowledged": len(load.acknowledged),
        "lost": lost,
        "applied_twice": found.applied_twice,
        "orders_written_twice": found.orders_twice,
        "chains_that_do_not_stand": found.wrong_chains,
        "months_paid_twice": found.paid_twice,
        "order_lines": found.lines,
        "payments": found.payments,
        "ledger_verified": sum(verified),
        "due_as_if_undisturbed": due == undisturbed,
    }
    show(
        f"kill -9, {given.kills} times", [(n.replace("_", " "), v) for n, v in told.items()], told, given.json
    )
    clean = not (lost or found.applied_twice or found.orders_twice or found.wrong_chains or found.paid_twice)
    sys.exit(0 if clean and all(verified) and due == undisturbed else 1)


def plan(dice: random.Random, people: int) -> Work:
    """The first day in batches of 1 to 120, a day's step after every few."""
    work: Work = []
    today = FIRST
    for register, events in batches(history(seed=1, size=people, last=FIRST, designed=False).days[0].sent):
        at = 0
        while at < len(events):
            size = dice.randint(1, 120)
            work.append((register, events[at : at + size]))
            at += size
            if dice.random() < 0.15:
                today += timedelta(days=1)
                work.append(today)
    return [*work, *(today + timedelta(days=n) for n in range(1, 40))]


@dataclass(slots=True, kw_only=True)
class Load:
    """What is to be done, how far the client came, and what it was told."""

    work: Work
    done: int = 0
    cut_off: int = 0
    acknowledged: list[tuple[str, Envelope]] = field(default_factory=list[tuple[str, Envelope]])

    def run(self, client: httpx.Client, keys: dict[str, str], until: int, stop: threading.Event) -> None:
        """Go on until the server is gone; then the last piece is done again next time."""
        sender, clock = Sender(client, keys), Clock(client)
        while self.done < min(until, len(self.work)) and not stop.is_set():
            piece = self.work[self.done]
            try:
                if isinstance(piece, date):
                    clock.advance(piece)
                else:
                    sender.send(*piece)
            except (httpx.TransportError, DulyError):
                self.cut_off += 1
                return
            if not isinstance(piece, date):
                self.acknowledged.extend((piece[0], event) for event in piece[1])
            self.done += 1


def spread(load: Load, left: int) -> int:
    """How far to go at most before the next kill, so that there is load for every kill."""
    return load.done + (len(load.work) - load.done) // max(1, left)


def killed_once(directory: Path, keys: Any, load: Load, dice: random.Random, until: int) -> bool:
    """Start, load, kill at a random moment; whether the ledger verifies."""
    server = Server(directory=directory, port=PORT)
    server.start()
    with httpx.Client(base_url=server.url, timeout=60) as client:
        stop = threading.Event()
        loading = threading.Thread(target=load.run, args=(client, dict(keys), until, stop))
        loading.start()
        loading.join(timeout=dice.uniform(0.05, 2.5))
        server.kill()
        stop.set()
        loading.join()
    return ledger_verifies(directory)


def ledger_verifies(directory: Path) -> bool:
    """`duly ledger verify` on the database as the kill left it."""
    command = [sys.executable, "-m", "duly.cli", "ledger", "verify", "--json"]
    environment = {**os.environ, "DULY_DIRECTORY": str(directory)}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        print(answer.stdout[-500:], answer.stderr[-500:], file=sys.stderr)
    return answer.returncode == 0


def finish(directory: Path, keys: Any, load: Load) -> tuple[int, date]:
    """Do the rest, then send everything acknowledged again: how many of those are new, and the last day."""
    with (
        Server(directory=directory, port=PORT) as server,
        httpx.Client(base_url=server.url, timeout=600) as client,
    ):
        load.run(client, dict(keys), len(load.work), threading.Event())
        assert load.done == len(load.work), "the work is done"
        told: Counter[str] = Counter()
        for register, events in batches(load.acknowledged):
            told += Sender(client, keys).send(register, events)
        clock = Clock(client)
        last = clock.today()
        clock.advance(last)
        return told["accepted"], last


def audited(directory: Path, last: date) -> tuple[Audit, Any]:
    """Open the database in this process and count what must not be there; and what is due per month."""
    from duly.app import Settings, build

    app = build(Settings.read(directory=str(directory), mode="demo"))
    try:
        return audit(app), account(app, FIRST, last)["months"]
    finally:
        app.close()


def undisturbed_run(directory: Path, work: Work, last: date) -> tuple[Audit, Any]:
    """The same work for a server that nobody kills."""
    keys = prepare(directory)
    with (
        Server(directory=directory, port=PORT) as server,
        httpx.Client(base_url=server.url, timeout=600) as client,
    ):
        Load(work=work).run(client, dict(keys), len(work), threading.Event())
    return audited(directory, last)


if __name__ == "__main__":
    main()
