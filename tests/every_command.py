"""Every command that keeps an installation, called about somebody, each where it finds its work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from law_changes import with_rate
from sqlalchemy import select
from typer.testing import CliRunner
from web_town import Town, event

from duly.cli import app as command_line
from duly.cli.guards import Open, commands, guard_of
from duly.events import Arrived
from duly.events.tables import inbox
from duly.forget import requests
from duly.reform import LawKey

COMMANDS = dict(commands(command_line))
STAYS = {
    "serve": "what it serves is walked as routes and steps",
    "keys serve": "it knows keys and no records",
}
"""Commands that do not end."""


class Keepers:
    """Who call commands about `person`, and have `stranger` forgotten, with files and keys that exist."""

    def __init__(self, town: Town, folder: Path, person: str, stranger: str) -> None:
        self.town, self.folder = town, folder
        self.person, self.stranger = person, stranger
        with_rate(folder / "new", 2000)
        for name in ("ada", "grace"):
            called("law keys new", [name.title(), "--file", self.file(f"{name}.json")])

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def events(self) -> str:
        (self.folder / "events.ndjson").write_bytes(spoken(self.person).body + b"\n")
        return self.file("events.ndjson")

    def numbers(self) -> str:
        (self.folder / "numbers.txt").write_text(f"{self.person}\n")
        return self.file("numbers.txt")

    def message(self) -> str:
        with self.town.app.store.read() as conn:
            return str(conn.execute(select(inbox.c.number).order_by(inbox.c.number)).scalars().first())

    def request(self) -> str:
        """The newest one: somebody may have asked for themselves before."""
        with self.town.app.store.read() as conn:
            return str(requests(conn)[-1].number)

    def public(self, name: str) -> str:
        return LawKey.read(self.folder / f"{name}.json").public.hex()


Call = Callable[[Keepers], list[str]]
WALK: dict[str, list[Call]] = {
    "intake": [lambda k: [k.events()]],
    "inbox list": [lambda _: []],
    "inbox show": [lambda k: [k.message()]],
    "inbox replay": [lambda k: [k.message()]],
    "sources add": [lambda _: ["https://krr.example", "krr", "--bearer"]],
    "sources list": [lambda _: []],
    "departments list": [lambda _: []],
    "law keys register": [lambda k: ["Ada", k.public("ada")], lambda k: ["Grace", k.public("grace")]],
    "law keys list": [lambda _: []],
    "law propose": [
        lambda k: [k.file("new"), "--from", "2026-06-01", "--why", "More", "--key", k.file("ada.json")]
    ],
    "law dry-run": [lambda _: ["2"]],
    "law approve": [
        lambda k: ["2", "--key", k.file("ada.json")],
        lambda k: ["2", "--key", k.file("grace.json")],
    ],
    "law announce": [lambda k: ["2", "--key", k.file("ada.json")]],
    "law enact": [lambda k: ["2", "--key", k.file("grace.json")]],
    "law list": [lambda _: []],
    "law show": [lambda _: ["2"]],
    "law roll-back": [
        lambda k: ["2", "--why", "No", "--key", k.file("ada.json"), "--key", k.file("grace.json")]
    ],
    "run": [lambda _: ["--all", "--reason", "Everybody"]],
    "sessions list": [lambda _: []],
    "sessions end": [lambda _: ["nav", "nav-3"]],
    "ledger publish": [lambda k: [k.file("log")]],
    "ledger alarms": [lambda _: []],
    "ledger status": [lambda _: []],
    "ledger logs": [lambda _: []],
    "ledger close": [lambda _: []],
    "ledger begin": [lambda _: []],
    "backup": [lambda k: [k.file("copy.db"), "--sheet", k.file("copy.sheet")]],
    "keys public": [lambda _: []],
    "keys list": [lambda _: []],
    "keys rotate": [lambda _: [], lambda _: ["--identifiers"], lambda _: ["--department", "ssb"]],
    "departments translate": [lambda k: ["ssb", k.numbers()]],
    "forget ask": [
        lambda k: [
            f"no.fnr:{k.stranger}",
            "--ground",
            "request",
            "--reason",
            "Asked",
            "--key",
            k.file("ada.json"),
        ],
    ],
    "forget list": [lambda _: []],
    "forget take-up": [lambda k: ["8", "--key", k.file("ada.json")]],
    "forget refuse": [lambda k: ["7", "--why", "Kept", "--key", k.file("grace.json")]],
    "forget approve": [lambda k: [k.request(), "--key", k.file("grace.json")]],
    "forget carry-out": [lambda k: ["--sheet", k.file("newer.sheet")]],
    "restore": [lambda k: [k.file("copy.db"), k.file("restored.db"), "--sheet", k.file("newer.sheet")]],
    "keys retire": [lambda _: ["1"]],
    "law keys retire": [
        lambda k: [
            "Ada",
            "--reason",
            "left",
            "--why",
            "Gone",
            "--key",
            k.file("ada.json"),
            "--key",
            k.file("grace.json"),
        ]
    ],
}

REFUSED = {
    "ledger close",  # no log was set back
    "ledger begin",
    "ledger status",  # it exits with 1 where an alarm is raised
    "law announce",
    "law enact",
    "law roll-back",
    "law approve",  # the demo's law changes by another procedure
    "forget refuse",
    "forget take-up",  # nobody asks for themselves by then
    "keys retire",
    "sessions end",
    "inbox replay",  # there is no such thing
}
"""Commands that have nothing to do here; they are walked as far as that."""


def walked(keepers: Keepers) -> Iterator[tuple[str, str]]:
    """Each command with what it printed, after it was called and did its work."""
    for path, calls in WALK.items():
        for call in calls:
            status, said = called(path, call(keepers))
            assert status == 0 or path in REFUSED, (path, said)
            yield path, said


def called(path: str, arguments: list[str]) -> tuple[int, str]:
    """The exit code of a command and what it printed."""
    result = CliRunner().invoke(command_line, [*path.split(), *arguments])
    return (1 if result.exception else result.exit_code), f"{result.output} {result.exception}"


def spoken(person: str) -> Arrived:
    """A register says in which language somebody wants to be written to."""
    return event("no.krr.language.v1", {"person": person, "language": "nb", "since": "2025-01-01"})


def left_out() -> set[str]:
    """The commands that are not called here, though they are nobody's own."""
    open_ = {path for path in COMMANDS if isinstance(guard_of(path), Open)}
    return set(COMMANDS) - open_ - STAYS.keys() - WALK.keys()
