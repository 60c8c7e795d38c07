"""Counts what must not be in a database: an event applied twice, an order or a payment written twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from duly.app import App
from duly.delivery import chains
from duly.delivery.chains import ORDER, PAYMENT, Account, Payment, periods_of
from duly.delivery.orders import Line, live
from duly.delivery.tables import order_line, payment
from duly.entitlements import Key, use_of
from duly.entitlements.holdings import ENTITLEMENT, held_by
from duly.entitlements.tables import entitlement
from duly.facts import intake_use
from duly.facts.content import Change, read_change
from duly.facts.tables import assertion
from duly.timeline import from_iso, month_index
from duly.vault import Box

__all__ = ["Audit", "audit"]

ABOUT = "bench/audit"
FIRST_MONTH, HORIZON = month_index(from_iso("1970-01-01")), month_index(from_iso("2090-01-01"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found, and how much there was to look at."""

    applied_twice: int
    orders_twice: int
    wrong_chains: int
    paid_twice: int
    lines: int
    payments: int


def audit(app: App) -> Audit:
    """Open every assertion, line, chain and payment."""
    with app.store.write() as conn:
        lines = list(_lines(app, conn))
        paid = list(_paid(app, conn))
        wrong, over = _chains(app, conn)
        return Audit(
            applied_twice=_applied_twice(app, conn),
            orders_twice=len(lines) - len(set(lines)),
            wrong_chains=wrong,
            paid_twice=over + len(paid) - len(set(paid)),
            lines=len(lines),
            payments=len(paid),
        )


def _applied_twice(app: App, conn: Connection) -> int:
    """Additions of an event to a place where it already stands."""
    rows = conn.execute(select(assertion).order_by(assertion.c.subject, assertion.c.version)).all()
    use = intake_use(app.pack, app.pack.vocabulary.categories(), ABOUT)
    boxes = [Box(subject=r.subject, category=r.category, version=r.version, sealed=r.sealed) for r in rows]
    twice = 0
    stands: dict[tuple[int, str], set[tuple[str, str]]] = {}
    for row, data in zip(rows, app.vault.open(conn, use, boxes), strict=True):
        change: Change = read_change(data)
        here = stands.setdefault((row.subject, row.category), set())
        here.difference_update(change.withdrawn)
        for entry in change.added:
            name = (entry.origin.source, entry.origin.event)
            twice += name in here
            here.add(name)
    return twice


def _uses(app: App, category: str) -> Iterator[tuple[str, Any]]:
    """For each purpose that pays: one of its agency's uses."""
    for purpose, names in app.profiles.purposes().items():
        agency = app.profiles[names[0]].agency
        if app.profiles[names[0]].pays:
            yield agency, use_of(app.pack, agency, purpose, frozenset({category}), ABOUT)


def _lines(app: App, conn: Connection) -> Iterator[tuple[Key, Any]]:
    """Every order line by its chain, without its number: what it says, and which line it follows."""
    for agency, use in _uses(app, ORDER):
        rows = conn.execute(select(order_line).where(order_line.c.agency == agency)).all()
        keys = [Key(row.holder, row.programme, row.about) for row in rows]
        boxes = [
            Box(subject=key.holder, category=ORDER, version=key.bound("line", row.number), sealed=row.sealed)
            for key, row in zip(keys, rows, strict=True)
        ]
        for key, data in zip(keys, app.vault.open(conn, use, boxes) if boxes else [], strict=True):
            line = msgspec.msgpack.decode(data, type=Line)
            yield key, (line.previous, line.first, line.last, line.amount)


def _paid(app: App, conn: Connection) -> Iterator[tuple[Key, Any]]:
    """Every payment by its key, without its number."""
    rows = conn.execute(select(payment)).all()
    keys = [Key(row.holder, row.programme, row.about) for row in rows]
    boxes = [
        Box(subject=key.holder, category=PAYMENT, version=key.bound(PAYMENT, row.number), sealed=row.sealed)
        for key, row in zip(keys, rows, strict=True)
    ]
    for _, use in _uses(app, PAYMENT):
        for key, data in zip(keys, app.vault.open(conn, use, boxes) if boxes else [], strict=True):
            yield key, msgspec.msgpack.decode(data, type=Payment).months


def _chains(app: App, conn: Connection) -> tuple[int, int]:
    """Chains whose lines and stops do not leave what stands, and months paid above what stands."""
    wrong = over = 0
    for _, use in _uses(app, ENTITLEMENT):
        names = [name for name in app.pack.programmes if app.profiles[name].pays]
        holders = list(conn.scalars(select(entitlement.c.holder).distinct()))
        held = held_by(conn, app.vault, use, holders, names)
        accounts = chains.read(conn, app.vault, replace(use, categories=frozenset({ORDER})), held)
        for key, one in held.items():
            account: Account = accounts[key][1]
            stands = periods_of(one.entitlement.standing, one.entitlement.until, app.profiles[key.programme])
            left = live(account.chain.lines, account.chain.stops)
            wrong += _months(left) != _months(stands)
            over += sum(amount > _months(left)[month] for month, amount in _paid_months(account))
    return wrong, over


def _months(periods: Any) -> Counter[int]:
    """Amount by month, as far as 2090."""
    found: Counter[int] = Counter()
    for period in periods:
        end = HORIZON if period.last is None else period.last
        for month in range(period.first, end + 1):
            found[month] += period.amount
    return found


def _paid_months(account: Account) -> Iterator[tuple[int, int]]:
    steps = [*account.paid, (HORIZON, 0)]
    for (start, amount), (end, _) in pairwise(steps):
        for month in range(max(start, FIRST_MONTH), end):
            yield month, amount
