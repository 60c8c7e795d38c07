"""What happened in the two years, in small tables: events by kind, decisions, cases, due per month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.columns import Columns
from rich.console import Console
from rich.table import Table

__all__ = ["show_summary"]


def show_summary(told: Mapping[str, Any], kinds: Mapping[str, int], console: Console) -> None:
    """Print the server's account of itself (`GET /demo/summary`) beside the kinds of events sent."""
    console.print()
    console.print(
        Columns(
            [
                _counts("Events", "kind", kinds),
                _counts("Decisions", "outcome", told["decisions"]),
                _counts("Cases", "why", told["cases"]),
            ],
            padding=(0, 3),
        )
    )
    console.print(_months(told["months"], told["currency"]))


def _counts(title: str, what: str, rows: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(what, style="dim", max_width=44)
    table.add_column("number", justify="right")
    for name, number in sorted(rows.items(), key=lambda row: (-row[1], row[0])):
        table.add_row(name, f"{number:,}")
    return table


def _months(months: Mapping[str, Mapping[str, int]], currency: str) -> Table:
    """Every third month, so that it fits a screen: what was due, by programme."""
    programmes = sorted({name for row in months.values() for name in row})
    table = Table(title=f"Due per month ({currency})", title_justify="left", box=None, pad_edge=False)
    table.add_column("month", style="dim")
    for name in programmes:
        table.add_column(name.partition(".")[2] or name, justify="right")
    table.add_column("all", justify="right", style="bold")
    for month in sorted(months)[::3]:
        row = months[month]
        cells = [f"{row.get(name, 0) // 100:,}" for name in programmes]
        table.add_row(month, *cells, f"{sum(row.values()) // 100:,}")
    return table
