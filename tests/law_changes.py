"""Changes of law for tests: signers, packs that differ in one rate, and the whole procedure in one go."""

from __future__ import annotations

import shutil
from pathlib import Path

from duly.app import App
from duly.law import Pack
from duly.law.pack import find
from duly.reform import Change, LawKey, keep
from duly.reform.figures import Figures
from duly.reform.keys import Ending, register
from duly.reform.procedure import announce, approve, enact, propose, roll_back
from duly.reform.retirements import retire_key
from duly.timeline import from_iso

ADA, GRACE, MARY = "Ada", "Grace", "Mary"


class Chamber:
    """Those who change the law of an application, each with a key."""

    def __init__(self, app: App, directory: Path) -> None:
        self.app = app
        self.keys = {name: LawKey.create(name, directory / f"{name}.json") for name in (ADA, GRACE, MARY)}
        with app.store.write() as conn:
            both = [self.keys[ADA], self.keys[GRACE]]
            register(conn, ADA, self.keys[ADA].public, [], **self.when)
            register(conn, GRACE, self.keys[GRACE].public, [], **self.when)
            register(conn, MARY, self.keys[MARY].public, both, **self.when)

    @property
    def when(self) -> dict[str, int]:
        return {"today": self.app.clock.today(), "now": self.app.clock.now()}

    def propose(self, directory: Path, since: str, author: str = ADA) -> Change:
        pack = Pack.load(directory)
        with self.app.store.write() as conn:
            version = keep(conn, pack.name, directory, self.app.clock.now())
            return propose(
                conn, pack.name, version, from_iso(since), "A test.", self.keys[author], **self.when
            )

    def approve(self, number: int, name: str) -> None:
        with self.app.store.write() as conn:
            approve(conn, number, self.keys[name], **self.when)

    def announce(self, number: int, name: str = ADA) -> None:
        with self.app.store.write() as conn:
            announce(conn, number, self.keys[name], **self.when)

    def enact(self, number: int, name: str = GRACE) -> None:
        with self.app.store.write() as conn:
            enact(conn, number, self.keys[name], **self.when)

    def roll_back(self, number: int, name: str) -> None:
        with self.app.store.write() as conn:
            roll_back(conn, number, "A mistake.", self.keys[name], **self.when)

    def retire(self, whose: str, ending: Ending, *names: str) -> list[int]:
        """The changes that were taken back with the key."""
        with self.app.store.write() as conn:
            day, when = self.app.clock.today(), self.when
            done = [
                retire_key(conn, whose, ending, "A test.", day, self.keys[name], **when) for name in names
            ]
        return done[-1][1]

    def new_key(self, name: str, path: Path, *vouchers: str) -> None:
        """Another key for somebody whose key was retired."""
        self.keys[name] = LawKey.create(name, path)
        with self.app.store.write() as conn:
            keys = [self.keys[one] for one in vouchers]
            register(conn, name, self.keys[name].public, keys, **self.when)

    def ready(self, directory: Path, since: str) -> tuple[int, Figures]:
        """Everything from the proposal to the announcement."""
        number = self.propose(directory, since).number
        figures = self.app.dry_run(number)
        for name in (ADA, GRACE):
            self.approve(number, name)
        self.announce(number)
        return number, figures

    def change(self, directory: Path, since: str) -> tuple[int, Figures]:
        """Everything from the proposal to the enactment."""
        number, figures = self.ready(directory, since)
        self.enact(number)
        return number, figures


def altered(directory: Path, file: str, *replaced: tuple[str, str], pack: str = "norway") -> Path:
    """A copy of a pack in which one file says something else."""
    shutil.copytree(find(pack), directory, ignore=shutil.ignore_patterns("__pycache__"))
    path = directory / file
    text = path.read_text(encoding="utf-8")
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return directory


def takes_by_machine(directory: Path) -> Path:
    """A lower rate, and a law that lets a machine lower."""
    with_rate(directory, 1700)
    with (directory / "pack.toml").open("a", encoding="utf-8") as settings:
        settings.write('[machine_takes."barnetrygd.ordinary"]\nlaw = "A law."\nkinds = ["lowered"]\n')
    return directory


def with_rate(directory: Path, kroner: int) -> Path:
    """Norway, with another ordinary rate from 2024-09-01 on."""
    return altered(directory, "rates.py", ('"2024-09-01": kroner(1766)', f'"2024-09-01": kroner({kroner})'))
