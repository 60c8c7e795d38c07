"""Chains of granted months and the payment order lines that follow from them, as case files write both.

Decision by decision a chain is reconciled as delivery does it; an order is written as the cases write it, a
stop with the span of the chain's last line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from duly.delivery.orders import Chain, Order, Period

__all__ = ["is_chains", "judged", "ordered"]

Row = dict[str, Any]


def is_chains(document: object) -> bool:
    """Whether a case file is about payment orders."""
    return isinstance(document, Mapping) and isinstance(
        cast(Mapping[str, object], document).get("chains"), list
    )


def judged(document: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(id, source, how it differs) of each chain."""
    for case in document["chains"]:
        yield case["id"], case["source"], tuple(_differences(case))


def ordered(case: Mapping[str, Any], *, anew: bool) -> tuple[list[Row], list[str]]:
    """A chain's order lines, and the decisions that are refused; `anew` stops and sends all of it."""
    from duly.delivery.orders import EMPTY, after, reconcile
    from duly.errors import Conflict

    chain, rows, errors, number = EMPTY, list[Row](), list[str](), 0
    migrated = {m["decision"]: _month(m["changed_migration_month"]) for m in case["migration_dates"]}
    for decision in case["granted"]:
        name, granted = decision["decision"], _granted(decision)
        try:
            order = reconcile(chain, granted, next_number=number, migrated=migrated.get(name), anew=anew)
        except Conflict:
            errors.append(name)
            continue
        rows += _written(name, order, chain) if order else []
        number += len(order.lines) if order else 0
        chain = after(chain, granted, order)
    return rows, errors


def _differences(case: Mapping[str, Any]) -> Iterator[str]:
    rows, errors = ordered(case, anew=False)
    yield from _lines("order", case["expected_orders"], rows)
    if errors != case["expected_error_for"]:
        yield f"refused decisions are {errors}, expected {case['expected_error_for']}"
    if case.get("expected_simulation"):
        yield from _lines("trial run", case["expected_simulation"], ordered(case, anew=True)[0])


def _lines(what: str, wanted: list[Row], found: list[Row]) -> Iterator[str]:
    for at in range(max(len(wanted), len(found))):
        expected = wanted[at] if at < len(wanted) else None
        got = found[at] if at < len(found) else None
        if expected != got:
            yield f"{what} line {at}: {got}, expected {expected}"


def _granted(decision: Mapping[str, Any]) -> list[Period]:
    from duly.delivery.orders import Period

    return [Period(_month(p["from"]), _month(p["to"]), p["amount"]) for p in decision["periods"]]


def _written(decision: str, order: Order, chain: Chain) -> list[Row]:
    rows: list[Row] = []
    for line in (*chain.lines[-1:] * (order.stop is not None), *order.lines):
        stops = order.stop is not None and line is chain.lines[-1]
        rows.append(
            {
                "decision": decision,
                "code": order.code.value,
                "changes_existing_line": stops,
                "amount": line.amount,
                "from": _first_day(line.first),
                "to": _last_day(line.last),
                "stops_from": _first_day(order.stop.since) if stops and order.stop else None,
                "is_stop": stops,
                "line": line.number,
                "previous_line": line.previous,
                "type": "ordinary",
                "source_decision": decision,
            }
        )
    return rows


def _month(iso: str) -> int:
    from duly.timeline import from_iso, month_index

    return month_index(from_iso(iso))


def _first_day(index: int) -> str:
    from duly.timeline import first_of_index, to_iso

    return to_iso(first_of_index(index))


def _last_day(index: int | None) -> str | None:
    from duly.timeline import first_of_index, to_iso

    return None if index is None else to_iso(first_of_index(index + 1) - 1)
