"""A whole application on an empty database, with a clock in the test's hands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from intake_events import Desk, Event, event
from looking import looking
from sqlalchemy import Connection, select

from duly.app import App, Settings, build
from duly.clock import SimulatedClock, midnight
from duly.delivery import cases
from duly.delivery.chains import PAYMENT, Payment
from duly.delivery.tables import case as case_table
from duly.delivery.tables import payment as payment_table
from duly.entitlements import Decision, Entitlement, Key, use_of, value_at
from duly.entitlements.holdings import DECISION, ENTITLEMENT, held_by, read_decisions
from duly.entitlements.tables import decision as decision_table
from duly.law.kernel import KEPT
from duly.timeline import first_of_index, from_iso, to_iso
from duly.vault import Box

NOON = 12 * 60 * 60 * 1_000_000
ORDINARY = "barnetrygd.ordinary"


def town(url: str, directory: Path, begins: str, pack: str = "norway") -> Town:
    """An application in demo mode on the database, on its first morning."""
    given = {
        "directory": str(directory),
        "database": url,
        "mode": "demo",
        "begins": begins,
        "pack": pack,
        "cache": str(KEPT),
    }
    return Town(build(Settings.of(given)))


class Town:
    """Registers and officers outside, and what they see inside."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._answers = 0

    @property
    def desk(self) -> Desk:
        """The desk of the application as it is now: a closed one's database is left alone."""
        return Desk(looking(self.app.store), self.app.vault, self.app.keys, self.app.pack)

    def day(self, iso: str) -> None:
        """Let the day come, and do what it brings."""
        cast(SimulatedClock, self.app.clock).set(midnight(from_iso(iso), self.app.pack.zone) + NOON)
        self.app.worker.run_until_idle()

    def tell(self, *events: Event) -> None:
        """Registers send events; everything that follows is done."""
        self.hear(*events)
        self.app.worker.run_until_idle()

    def hear(self, *events: Event) -> None:
        """Registers send events, and nothing follows yet."""
        outcomes = self.desk.send(*events, now=self.app.clock.now())
        assert [one.problem for one in outcomes] == [None] * len(events)

    def answer(self, number: int, verdict: str, officer: str = "Z990001", agency: str = "nav") -> None:
        """An officer answers a case, as an event of the agency's."""
        self._answers += 1
        data = {"case": str(number), "officer": officer, "verdict": verdict, "reason": "I have looked."}
        source = {"helfo": "https://helfo.example"}.get(agency, "https://nav.example")
        self.tell(
            event("nav.x", f"a{self._answers}", data, type=f"no.{agency}.case-answer.v1", source=source)
        )

    def key(self, holder: str, programme: str = ORDINARY, about: str = "") -> Key:
        numbers = [self.desk.number(person) for person in (holder, about or holder)]
        assert None not in numbers
        return Key(cast(int, numbers[0]), programme, cast(int, numbers[1]))

    def entitlement(self, key: Key) -> Entitlement | None:
        profile = self.app.profiles[key.programme]
        use = use_of(self.app.pack, profile.agency, profile.purpose, frozenset({ENTITLEMENT}), "test")
        with self.app.store.write() as conn:
            found = held_by(conn, self.app.vault, use, [key.holder], [key.programme])
        return found[key].entitlement if key in found else None

    def stands(self, key: Key, iso: str) -> dict[str, Any] | None:
        """What stands on a day."""
        held = self.entitlement(key)
        assert held is not None
        return self.app.profiles.record(key.programme, value_at(held.standing, from_iso(iso)))

    def decisions(self, key: Key) -> list[Decision]:
        profile = self.app.profiles[key.programme]
        use = use_of(self.app.pack, profile.agency, profile.purpose, frozenset({DECISION}), "test")
        columns = decision_table.c
        with self.app.store.write() as conn:
            rows = conn.execute(
                select(columns.version, columns.sealed)
                .where(
                    columns.holder == key.holder,
                    columns.programme == key.programme,
                    columns.about == key.about,
                )
                .order_by(columns.version)
            ).all()
            return read_decisions(conn, self.app.vault, use, [(key, r.version, r.sealed) for r in rows])

    def paid(self, holder: str) -> dict[str, int]:
        """What a holder was paid, in kroner, by month; all programmes together."""
        with self.app.store.write() as conn:
            months = [m for _, one in self._payments(conn, holder) for m in one.months]
        sums: dict[str, int] = {}
        for month in months:
            name = to_iso(first_of_index(month.month))[:7]
            sums[name] = sums.get(name, 0) + month.amount // 100
        return dict(sorted(sums.items()))

    def paid_on(self, holder: str) -> list[str]:
        """The days on which payments were made."""
        with self.app.store.write() as conn:
            return sorted({to_iso(day) for day, _ in self._payments(conn, holder)})

    def _payments(self, conn: Connection, holder: str) -> Iterable[tuple[int, Payment]]:
        columns = payment_table.c
        number = self.desk.number(holder)
        states = ["ordered", "booked"]
        rows = conn.execute(
            select(payment_table).where(columns.holder == number, columns.state.in_(states))
        ).all()
        use = use_of(self.app.pack, "nav", "pay", frozenset({PAYMENT}), "test")
        boxes = [
            Box(
                subject=row.holder,
                category=PAYMENT,
                version=Key(*row[:3]).bound(PAYMENT, row.number),
                sealed=row.sealed,
            )
            for row in rows
        ]
        from msgspec import msgpack

        opened = self.app.vault.open(conn, use, boxes) if boxes else []
        return [(r.day, msgpack.decode(o, type=Payment)) for r, o in zip(rows, opened, strict=True)]

    def open_cases(self, agency: str = "nav") -> list[cases.Case]:
        with self.app.store.read() as conn:
            return cases.open_cases(conn, agency, 1000)

    def all_cases(self) -> list[cases.Case]:
        with self.app.store.read() as conn:
            columns = [case_table.c[name] for name in cases.Case._fields]
            rows = conn.execute(select(*columns).order_by(case_table.c.opened, case_table.c.number)).all()
        return [cases.Case(*row) for row in rows]
