"""`duly backup` and `duly restore`: a restored database serves nobody before it forgot whom it has to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from duly.cli.show import out
from duly.errors import BadInput

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: duly backup /backups/duly.db --sheet /backups/duly.sheet")(backup)
    app.command(epilog="Example: duly restore /backups/duly.db new.db --sheet /backups/duly.sheet")(restore)


def backup(
    file: Annotated[Path | None, typer.Argument(help="A new file (SQLite only).", show_default=False)] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="A new file for the key sheet.", show_default=False)
    ] = None,
) -> None:
    """Copy the database of DULY_DATABASE while it works, and its key sheet.

    The key sheet is small; after a forgetting only the newest opens older backups. Neither
    opens anything without the key store, which is backed up by itself.
    """
    from duly.app import Settings
    from duly.store import Store
    from duly.store.backups import backup as copied
    from duly.vault.sheets import write_sheet

    if file is None and sheet is None:
        raise BadInput("Nothing to write", detail="Neither a file nor a sheet is named.", hint="Name one.")
    store = Store.open(Settings.read().database)
    try:
        if file is not None:
            copied(store, file)
            out.print(f"Copied to {file}.", highlight=False, soft_wrap=True)
        if sheet is not None:
            count = write_sheet(store, sheet)
            out.print(f"{count:,} wrapped keys in {sheet}.", highlight=False, soft_wrap=True)
    finally:
        store.close()


def restore(
    file: Annotated[Path, typer.Argument(help="The backup; with - the database is in its place already.")],
    to: Annotated[Path | None, typer.Argument(help="The new database file.", show_default=False)] = None,
    sheet: Annotated[Path | None, typer.Option(help="The newest key sheet.", show_default=False)] = None,
) -> None:
    """Make a database from a backup, and forget whoever was forgotten since.

    It appears under its name only when that is done. Without the newest sheet a backup from
    before a forgetting does not open. PostgreSQL is restored by its own tools first; then
    `duly restore - --sheet FILE` does the rest on DULY_DATABASE, before anything is started.
    """
    from duly.app import Settings
    from duly.store.backups import copy_of

    settings = Settings.read()
    if str(file) == "-":
        _forgotten(settings.database, sheet)
        return
    if to is None or to.exists():
        raise BadInput(
            "Where to?",
            detail="A new file is wanted.",
            where=str(to or ""),
            hint="Name one that is not there.",
        )
    made = to.with_name(f"{to.name}.restoring")
    made.unlink(missing_ok=True)
    copy_of(file, made)
    try:
        _forgotten(f"sqlite:///{made}", sheet)
        made.rename(to)
    finally:
        for left in made.parent.glob(f"{made.name}*"):
            left.unlink()
    out.print(f"Restored to {to}.", highlight=False, soft_wrap=True)


def _forgotten(database: str, sheet: Path | None) -> None:
    from duly.app import restored

    told = restored(database, sheet)
    out.print(
        f"{told.kept:,} keys, {told.forgotten:,} forgotten since, {told.lost:,} messages to be sent again.",
        highlight=False,
    )
