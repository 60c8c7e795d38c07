"""What a measurement prints: one table for people, and the same as JSON in a file if one is named."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["machine", "show"]


def machine() -> dict[str, Any]:
    """Where it was measured."""
    with Path("/proc/cpuinfo").open() as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    load = os.getloadavg()[0]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "load before": round(load, 2),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def show(title: str, rows: Sequence[tuple[str, Any]], told: Mapping[str, Any], path: Path | None) -> None:
    """Print the rows; write everything told, with the machine, as JSON."""
    where = machine()
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in [*rows, *((f"machine: {name}", value) for name, value in where.items())]:
        table.add_row(name, _shown(value))
    Console().print(table)
    document = {"title": title, "machine": where, **told}
    if path is not None:
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        print(json.dumps(document, ensure_ascii=False))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
