"""The database as a thief's viewer shows it: the newest rows of each table, sealed bytes as they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select

from duly.store import metadata

__all__ = ["TableShown", "dump"]

SHOWN: Final = (
    "inbox", "subject", "identifier", "assertion", "snapshot", "mark", "entitlement", "decision",
    "order_line", "payment", "case", "notice", "use_entry", "ledger_leaf",
)  # fmt: skip
ROWS: Final = 2
BYTES: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShown:
    """A table: name, number of rows, the text of some."""

    name: str
    count: str
    text: str


def dump(conn: Connection) -> tuple[TableShown, ...]:
    """The tables that hold what Duly knows, in the order of the stages."""
    return tuple(_shown(conn, metadata.tables[name]) for name in SHOWN)


def _shown(conn: Connection, table: Table) -> TableShown:
    count = conn.scalar(select(func.count()).select_from(table)) or 0
    newest = select(table).order_by(*(column.desc() for column in table.primary_key)).limit(ROWS)
    rows = [
        "\n".join(f"{name:<12} {_cell(value)}" for name, value in row.items())
        for row in conn.execute(newest).mappings()
    ]
    return TableShown(name=table.name, count=f"{count:,}", text="\n\n".join(rows))


def _cell(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value).strip()
    rest = f" … {len(value)} bytes" if len(value) > BYTES else ""
    return value[:BYTES].hex(" ") + rest
