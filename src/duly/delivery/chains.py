"""A key's chain: lines and stops as they were sent, what was paid, what holds payment back.

The sealed `Account` of a key sums up its lines, stops and payments, so that a pay day opens one box; the rows
of lines, stops and payments are written once and never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select

from duly.delivery.orders import EMPTY, Chain, Line, Order, Period, Stop
from duly.delivery.payments import Month, Spans, Steps
from duly.delivery.tables import chain as chain_table
from duly.delivery.tables import order_line, order_stop, payment
from duly.entitlements import Due, Key, Profile
from duly.store import upsert
from duly.timeline import month_index
from duly.vault import Box, Plain, Use, Vault

__all__ = [
    "BOOKED",
    "DEBT",
    "ORDER",
    "ORDERED",
    "PAYMENT",
    "WAIVED",
    "Account",
    "Payment",
    "Sent",
    "months_of",
    "next_numbers",
    "periods_of",
    "read",
    "write",
    "write_orders",
    "write_payments",
]

ORDER: Final = "order"
PAYMENT: Final = "payment"

# The states of a payment: ordered of the bank, booked by it; an overpayment that is a debt, or is waived.
ORDERED: Final = "ordered"
BOOKED: Final = "booked"
DEBT: Final = "debt"
WAIVED: Final = "waived"


class Account(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The sum of a key's delivery. `settled`: overpaid months that a human has decided on.

    `suspended`: months that wait because of a death; `held`: the holder's choice holds everything back;
    `stops` and `payments` count the rows written.
    """

    chain: Chain
    paid: Steps
    settled: Steps
    suspended: Spans
    held: bool
    payments: int


class Payment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Months paid together, to which account, and the bank's reference ("" until it has booked)."""

    months: tuple[Month, ...]
    account: str
    reference: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An order and the key that it is for; `stops` counts the stops that the key had before."""

    key: Key
    agency: str
    order: Order
    stops: int


NOTHING: Final = Account(chain=EMPTY, paid=(), settled=(), suspended=(), held=False, payments=0)
_ACCOUNTS = select(chain_table).where(
    chain_table.c.holder.in_(bindparam("holders", expanding=True)),
    chain_table.c.programme.in_(bindparam("programmes", expanding=True)),
)
_NUMBERS = (
    select(order_line.c.holder, func.max(order_line.c.number) + 1)
    .where(
        order_line.c.holder.in_(bindparam("holders", expanding=True)), order_line.c.agency == bindparam("a")
    )
    .group_by(order_line.c.holder)
)
_KEEP = upsert(chain_table, ["holder", "programme", "about"])
_OPEN = msgspec.msgpack.Decoder(Account)
_ENCODE = msgspec.msgpack.Encoder()


def periods_of(standing: Due, until: int, profile: Profile) -> tuple[Period, ...]:
    """What stands as months and amounts; neighbours of one amount are one, the last may be without end."""
    place = profile.terms.amount
    periods: list[Period] = []
    ends = [start for start, _ in standing[1:]]
    for (start, value), end in zip(standing, [*ends, None], strict=True):
        if not value:
            continue
        first = month_index(start)
        last = None if end is None or end >= until else month_index(end) - 1
        if periods and periods[-1].last == first - 1 and periods[-1].amount == value[place]:
            periods[-1] = Period(periods[-1].first, last, value[place])
        else:
            periods.append(Period(first, last, value[place]))
    return tuple(periods)


def months_of(days: Sequence[tuple[int, int]]) -> Spans:
    """Spans of days that begin and end with months, as spans of months."""
    return tuple((month_index(start), month_index(end)) for start, end in days)


def read(conn: Connection, vault: Vault, use: Use, keys: Iterable[Key]) -> dict[Key, tuple[int, Account]]:
    """The accounts of these keys with the versions of their rows; an empty one for a new key."""
    wanted = set(keys)
    parameters = {"holders": [k.holder for k in wanted], "programmes": list({k.programme for k in wanted})}
    rows = [row for row in conn.execute(_ACCOUNTS, parameters) if Key(*row[:3]) in wanted]
    boxes = [
        Box(subject=r.holder, category=ORDER, version=Key(*r[:3]).bound("chain", r.version), sealed=r.sealed)
        for r in rows
    ]
    opened = vault.open(conn, use, boxes) if boxes else []
    found = {Key(*row[:3]): (row.version, _OPEN.decode(data)) for row, data in zip(rows, opened, strict=True)}
    return {key: found.get(key, (0, NOTHING)) for key in wanted}


def write(conn: Connection, vault: Vault, accounts: Sequence[tuple[Key, int, Account]]) -> None:
    """Keep accounts, each under its new version."""
    if not accounts:
        return
    plain = [
        Plain(
            subject=key.holder,
            category=ORDER,
            version=key.bound("chain", version),
            data=_ENCODE.encode(account),
        )
        for key, version, account in accounts
    ]
    rows = [
        {**key._asdict(), "version": version, "sealed": sealed}
        for (key, version, _), sealed in zip(accounts, vault.seal(conn, plain), strict=True)
    ]
    conn.execute(_KEEP, rows)


def next_numbers(conn: Connection, holders: Iterable[int], agency: str) -> dict[int, int]:
    """The first line number that each holder's case with the agency has not used; 0 if left out."""
    parameters = {"holders": list(holders), "a": agency}
    return {row[0]: row[1] for row in conn.execute(_NUMBERS, parameters)}


def write_orders(conn: Connection, vault: Vault, sent: Sequence[Sent]) -> None:
    """Write the lines and stops of orders."""
    lines = [(one, line) for one in sent for line in one.order.lines]
    stops = [(one, one.order.stop) for one in sent if one.order.stop is not None]
    _write_lines(conn, vault, lines)
    _write_stops(conn, vault, stops)


def _write_lines(conn: Connection, vault: Vault, lines: Sequence[tuple[Sent, Line]]) -> None:
    if not lines:
        return
    plain = [
        Plain(
            subject=one.key.holder,
            category=ORDER,
            version=one.key.bound("line", line.number),
            data=_ENCODE.encode(line),
        )
        for one, line in lines
    ]
    rows = [
        {**one.key._asdict(), "agency": one.agency, "number": line.number, "sealed": sealed}
        for (one, line), sealed in zip(lines, vault.seal(conn, plain), strict=True)
    ]
    conn.execute(insert(order_line), rows)


def _write_stops(conn: Connection, vault: Vault, stops: Sequence[tuple[Sent, Stop]]) -> None:
    if not stops:
        return
    plain = [
        Plain(
            subject=one.key.holder,
            category=ORDER,
            version=one.key.bound("stop", one.stops),
            data=_ENCODE.encode(stop),
        )
        for one, stop in stops
    ]
    rows = [
        {**one.key._asdict(), "number": one.stops, "sealed": sealed}
        for (one, _), sealed in zip(stops, vault.seal(conn, plain), strict=True)
    ]
    conn.execute(insert(order_stop), rows)


def write_payments(
    conn: Connection, vault: Vault, made: Sequence[tuple[Key, int, Payment, str]], today: int
) -> None:
    """Write payments, debts and what was waived, each by key, number and state."""
    if not made:
        return
    plain = [
        Plain(
            subject=key.holder, category=PAYMENT, version=key.bound(PAYMENT, number), data=_ENCODE.encode(one)
        )
        for key, number, one, _ in made
    ]
    rows = [
        {
            **key._asdict(),
            "number": number,
            "day": today,
            "state": state,
            "sealed": sealed,
        }
        for (key, number, _, state), sealed in zip(made, vault.seal(conn, plain), strict=True)
    ]
    conn.execute(insert(payment), rows)
