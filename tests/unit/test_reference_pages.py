"""The reference pages name everything that they are the reference of."""

from __future__ import annotations

from pathlib import Path

from duly.app import Settings
from duly.events import EventTypes
from duly.law import Pack

DOCS = Path(__file__).parents[2] / "docs"


def test_every_event_type_and_field_is_named() -> None:
    page = (DOCS / "reference/events.md").read_text(encoding="utf-8")
    for name, payload in EventTypes.of(Pack.load("norway")).classes.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
        assert [f for f in payload.__struct_fields__ if f"`{f}`" not in row] == []


def test_every_setting_is_named() -> None:
    page = (DOCS / "howto/run-it.md").read_text(encoding="utf-8")
    hidden = {"begins"}  # the demo's own
    assert [
        f for f in Settings.__struct_fields__ if f not in hidden and f"DULY_{f.upper()}" not in page
    ] == []
