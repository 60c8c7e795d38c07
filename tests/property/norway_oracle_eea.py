"""A second reading of the rules for benefits from two countries, month by month, on decimal numbers.

It shares nothing with the pack: it is asked by the oracle for what another country pays for a child, and for
what that leaves of the applicant's own benefits.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

Row = Mapping[str, Any]
SEVEN: Final = decimal.Context(prec=7, rounding=decimal.ROUND_HALF_UP)
LONG: Final = decimal.Context(prec=60)
TEN_DIGITS: Final = Decimal("0.0000000001")


def second(case: Row, child: str, month: int) -> bool:
    """Whether Norway is found to be second in line for the child."""
    return any(row["result"] == "norway_is_secondary" for row in rows_of(case, "competences", child, month))


def foreign(case: Row, child: str, month: int) -> int:
    """What the other country pays for the child in a month, in whole kroner."""
    if not second(case, child, month):
        return 0
    rates = {
        row["currency"]: Decimal(row["rate"])
        for row in rows_of(case, "exchange_rates", child, month)
        if row["rate"] is not None
    }
    for row in rows_of(case, "foreign_amounts", child, month):
        if row["currency"] in rates and row["amount"] is not None:
            return int(
                LONG.multiply(monthly(Decimal(row["amount"]), row["interval"]), rates[row["currency"]])
            )
    return 0


def monthly(amount: Decimal, interval: str) -> Decimal:
    if interval == "monthly":
        return amount
    if interval == "weekly":
        found = LONG.multiply(amount, Decimal("4.35"))
    else:
        found = LONG.divide(amount, Decimal({"yearly": 12, "quarterly": 3}[interval]))
    return found.quantize(TEN_DIGITS, rounding=decimal.ROUND_HALF_UP, context=LONG)


def left_of(
    extended: int, supplement: int | None, short: Mapping[str, int], home: Sequence[str], small: Sequence[str]
) -> tuple[int, int | None]:
    """The applicant's extended benefit and supplement after the shortfalls of the children at home."""
    share = SEVEN.divide(Decimal(extended), Decimal(len(home)))
    paid = max(extended - taken([min(share, Decimal(short[child])) for child in home]), 0)
    if supplement is None or not small:
        return paid, supplement
    part = SEVEN.divide(Decimal(supplement), Decimal(len(small)))
    rest = [max(Decimal(short[child]) - share, Decimal(0)) for child in small]
    return paid, max(supplement - taken([min(part, each) for each in rest]), 0)


def taken(parts: Sequence[Decimal]) -> int:
    return int(sum(parts, Decimal(0)).quantize(Decimal(1), rounding=decimal.ROUND_HALF_UP))


def rows_of(case: Row, table: str, child: str, month: int) -> list[Row]:
    """The rows of a table that name the child and the month."""
    name = f"{month // 12:04d}-{month % 12 + 1:02d}"
    return [
        row
        for row in case.get(table) or ()
        if child in row["persons"] and (row["from"] or "0001")[:7] <= name <= (row["to"] or "9999")[:7]
    ]
