"""No statement of a step reads a whole table: what an event costs does not grow with what is stored."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from intake_events import CHILD, FATHER, MOTHER, birth, move
from people import account, moved, registered
from sqlalchemy import event as listening
from town import town

WAITING_ONLY = {"ix_inbox_received", "ix_inbox_waiting", "ix_decision_untold", "ix_notice_waiting"}
"""Indexes that hold what is still to be done, and nothing else."""
WORK_LISTS = {
    "ledger_pending",
    "ledger_oldest",
    "ledger_so_far",
    "ledger_checkpoint",
    "sqlite_autoindex_ledger_damage_1",
}
"""Read from one end, emptied by whoever reads them, a part of that, or empty as long as nothing is wrong."""


def test_every_statement_finds_its_rows_by_an_index(tmp_path: Path) -> None:
    place = town(f"sqlite:///{tmp_path}/duly.db", tmp_path, "2025-03-01")
    place.tell(registered(MOTHER, "1990-05-05"), registered(FATHER, "1988-01-01"), account(MOTHER))
    seen: dict[str, Any] = {}
    for engine in (place.app.store._writing, place.app.store._reading):

        @listening.listens_for(engine, "before_cursor_execute")
        def note(_: Any, __: Any, statement: str, given: Any, ___: Any, many: bool) -> None:
            seen.setdefault(statement, given[0] if many else given)

    place.tell(birth(lives_with=[MOTHER, FATHER]))
    place.tell(move("m1", "5601", "2025-02-01", person=CHILD), moved(FATHER, "2025-02-15", "m2"))
    place.app.close()
    scanned = {
        found for found in _scans(tmp_path / "duly.db", seen) if found not in WAITING_ONLY | WORK_LISTS
    }
    assert len(seen) > 50
    assert scanned <= {"law_change"}, scanned


def _scans(database: Path, statements: dict[str, Any]) -> set[str]:
    """The tables that are read whole, or the indexes where an index is."""
    connection = sqlite3.connect(database)
    found: set[str] = set()
    for statement, given in statements.items():
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", given):
                plan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row[3])
                if plan:
                    found.add(plan.group(2) or plan.group(1))
    connection.close()
    return found
