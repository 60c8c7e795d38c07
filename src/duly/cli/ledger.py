"""`duly ledger`: check a whole log with code that shares nothing with its writer; keep and publish it."""

from __future__ import annotations

import base64
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.exc import ArgumentError

from duly.cli.show import out, print_json
from duly.errors import BadInput
from duly.ledger import publish as publish_log
from duly.ledger.keeper import LATEST, Alarm
from duly.ledger.standing import Standing
from duly.ledger.verify import (
    DatabaseLog,
    DirectoryLog,
    Head,
    ProofError,
    PublicKey,
    Verdict,
    bulk_uses,
    check_receipt,
    open_checkpoint,
    whole_log,
)
from duly.store import Store

__all__ = ["app"]

app = typer.Typer(
    help="The log of every use of personal data: check all of it, keep its checkpoint, publish it.",
    no_args_is_help=True,
)

MOST: Final = 20
"""Findings that are shown."""
TABLES: Final = ("ledger_leaf", "ledger_tile", "ledger_checkpoint")

Database = Annotated[
    str,
    typer.Option(
        help="The database with the log [DULY_DATABASE, or .duly/duly.db].", metavar="URL", show_default=False
    ),
]
Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="A public key of the log, or a file with one a line; all must have signed."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command(
    epilog="Example: duly ledger verify --database sqlite:///duly.db --key keys.txt --kept last-week.txt"
)
def verify(
    directory: Annotated[
        Path | None, typer.Argument(help="A published log, instead of the database.", show_default=False)
    ] = None,
    database: Database = "",
    key: Keys = None,
    kept: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint that was kept elsewhere; the log must still begin as it says."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the whole log from its entries and compare every hash, signature and checkpoint.

    Exit code 0: the log is sound. 1: it is not. 2: it cannot be checked.
    """
    keys = _keys(key)
    old = [(str(file), _content(file)) for file in kept or []]
    with _log(directory, database) as log, _progress(log.current(), quiet=as_json) as progress:
        verdict = whole_log(log, keys, kept=old, progress=progress)
        verdict = _with_bulk_uses(verdict, log)
    if as_json:
        print_json(_document(verdict))
    else:
        _show(verdict)
    raise typer.Exit(0 if verdict.sound else 1)


@app.command(epilog="Example: duly ledger checkpoint --database sqlite:///duly.db --key keys.txt > kept.txt")
def checkpoint(
    directory: Annotated[
        Path | None, typer.Argument(help="A published log, instead of the database.", show_default=False)
    ] = None,
    database: Database = "",
    key: Keys = None,
    as_json: AsJson = False,
) -> None:
    """Print the current checkpoint as signed; kept outside, it shows later whether the log was rolled back.

    Exit code 0: it is signed by all keys. 1: it is not, or there is none.
    """
    keys = _keys(key)
    with _log(directory, database) as log:
        note = log.current()
    try:
        head = open_checkpoint(note, keys) if note else None
    except ProofError as error:
        out.print(f"[red]The checkpoint does not hold:[/] {error}", highlight=False)
        raise typer.Exit(1) from error
    if head is None:
        out.print("There is no checkpoint: nothing has been used yet.")
        raise typer.Exit(1)
    if as_json:
        print_json({**_head(head), "note": note.decode()})
    else:
        sys.stdout.write(note.decode())


@app.command(
    name="check-receipt",
    epilog="Example: duly ledger check-receipt my.tlog-proof --key keys.txt --witness w.txt --quorum 2",
)
def check_receipt_(
    file: Annotated[Path, typer.Argument(help="The receipt.", show_default=False)],
    key: Keys = None,
    witness: Annotated[
        list[str] | None, typer.Option(help="A public key of a witness, or a file with one a line.")
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(help="How many of the witnesses must have cosigned [all].", min=0, show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a receipt of a use, offline: it holds years later, and after the record was erased.

    Exit code 0: it holds, and what it proves is shown. 1: it does not. 2: it cannot be checked.
    """
    witnesses = _parsed([line for one in witness or [] for line in _lines(one)], "--witness")
    needed = len(witnesses) if quorum is None else quorum
    keys, raw = _keys(key), _content(file)
    try:
        receipt = check_receipt(raw, keys, witnesses, needed)
    except ProofError as error:
        if as_json:
            print_json({"holds": False, "why": str(error)})
        else:
            out.print(f"[bold red]The receipt does not hold:[/] {escape(str(error))}", highlight=False)
        raise typer.Exit(1) from error
    if as_json:
        told = {"use": receipt.text, "index": receipt.index, "witnesses": list(receipt.witnesses)}
        print_json({"holds": True, **told, "checkpoint": _head(receipt.head)})
        return
    out.print(
        f"[bold green]The receipt holds.[/] Entry {receipt.index:,} of {receipt.head.size:,} in "
        f"{escape(receipt.head.origin)}, cosigned by {', '.join(receipt.witnesses) or 'nobody asked for'}.",
        highlight=False,
    )
    for name, value in receipt.text.items():
        out.print(f"  {name}: {value}", highlight=False, markup=False)


@app.command(epilog="Example: duly ledger publish public/ --database sqlite:///duly.db --history")
def publish(
    directory: Annotated[Path, typer.Argument(help="Where to; what is there of the log stays.")],
    database: Database = "",
    history: Annotated[bool, typer.Option("--history", help="Also write every earlier checkpoint.")] = False,
) -> None:
    """Write the log as the files that C2SP tlog-tiles serves: commitments and hashes, no personal data."""
    with _connection(database) as connection:
        entries = publish_log(connection, directory, history=history)
    out.print(f"{entries:,} entries in {directory}", highlight=False)


@app.command(epilog="Example: duly ledger alarms --json")
def alarms(as_json: AsJson = False) -> None:
    """Say whether the ledger of this installation signs within a second, and whether witnesses cosign it.

    It looks twice, a second apart. Exit code 0: all is well. 1: something is wrong, and said.
    """
    found, standing = _alarms()
    newest, counting = standing.newest, standing.counting
    if as_json:
        print_json(
            {
                "alarms": [{"kind": alarm.kind, "said": alarm.said} for alarm in found],
                "size": newest.checkpoint.size if newest else 0,
                "counting": counting.checkpoint.size if counting else None,
                "waiting": standing.waiting,
                "witnesses": [
                    {"name": one.name, "size": one.size, "problem": one.problem} for one in standing.witnesses
                ],
            }
        )
    else:
        size = newest.checkpoint.size if newest else 0
        counts = f"{counting.checkpoint.size:,} count" if counting else "none count with witnesses"
        out.print(f"{size:,} entries signed, {counts}, {standing.waiting:,} wait.", highlight=False)
        for one in standing.witnesses:
            out.print(
                f"  {one.name}: {one.problem or f'cosigned {one.size:,}'}", highlight=False, markup=False
            )
        for alarm in found:
            out.print(f"[bold red]{escape(alarm.said)}[/]", highlight=False)
    raise typer.Exit(1 if found else 0)


@app.command(epilog="Example: duly ledger status --seconds 10 --json")
def status(
    seconds: Annotated[float, typer.Option(help="How long to look.", min=0.0, max=3600.0)] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Say how far the ledger is, and how long entries wait for a checkpoint that covers them and counts.

    It looks ten times a second. What it tells is of nobody. Exit code 0.
    """
    worst, standing, found = _watched(seconds)
    told = {
        "entries": standing.entered,
        "signed": standing.entered - standing.waiting,
        "counting": standing.covered,
        "pending": standing.waiting,
        "longest_lag_seconds": round(worst, 2),
        "alarms": [alarm.kind for alarm in found],
    }
    if as_json:
        print_json(told)
        return
    out.print(
        f"{standing.entered:,} entries: {told['signed']:,} signed, {standing.covered:,} covered by a "
        f"checkpoint that counts. The longest wait seen in {seconds:g} s: {worst:.2f} s.",
        highlight=False,
    )
    for alarm in found:
        out.print(f"[bold red]{escape(alarm.said)}[/]", highlight=False)


def _watched(seconds: float) -> tuple[float, Standing, tuple[Alarm, ...]]:
    from duly.app import Settings, keeper_of  # heavy, and only wanted here

    settings = Settings.read()
    _require_there(settings.database)
    with keeper_of(settings) as keeper:
        ends, worst = time.monotonic() + seconds, 0.0
        while True:
            found = keeper.alarms()
            worst = max(worst, keeper.lag.lags().now)
            if time.monotonic() >= ends:
                return worst, keeper.standing(), found
            time.sleep(0.1)


def _alarms() -> tuple[tuple[Alarm, ...], Standing]:
    from duly.app import Settings, keeper_of  # heavy, and only wanted here

    settings = Settings.read()
    _require_there(settings.database)
    with keeper_of(settings) as keeper:
        keeper.behind(keeper.standing())
        time.sleep(LATEST + 0.1)
        return keeper.alarms(), keeper.standing()


def _with_bulk_uses(verdict: Verdict, log: DatabaseLog | DirectoryLog) -> Verdict:
    """The same and what is wrong with uses of many subjects; published files do not have those."""
    if isinstance(log, DirectoryLog):
        return verdict
    _, wrong = bulk_uses(log.connection)
    findings = (*verdict.findings, *wrong)
    return replace(verdict, wrong=verdict.wrong + len(wrong), findings=findings[:MOST])


def _keys(given: list[str] | None) -> list[PublicKey]:
    lines = [line for one in given or [] for line in _lines(one)] or _own_keys()
    return _parsed(lines, "--key")


def _parsed(lines: list[str], option: str) -> list[PublicKey]:
    try:
        return [PublicKey.parse(line) for line in lines]
    except ProofError as error:
        raise BadInput("Not a key", detail=str(error), where=option) from error


def _own_keys() -> list[str]:
    """The public keys of this installation, where no others are named."""
    from duly.app import Settings, signer  # heavy, and not wanted where keys are named
    from duly.vault import open_keys
    from duly.vault.key_service import SCHEME

    settings = Settings.read()
    if not str(settings.keys).startswith(SCHEME) and not settings.keys.is_file():
        raise BadInput(
            "Which keys?",
            detail="A log is only as good as the keys that signed it.",
            where=str(settings.keys),
            hint="Name them with --key.",
        )
    return list(signer(open_keys(settings.keys), settings.pack).public_keys())


def _own_database() -> str:
    from duly.app import Settings

    return Settings.read().database


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput("This file cannot be read", detail=str(error), where=str(file)) from error


@contextmanager
def _log(directory: Path | None, database: str) -> Generator[DatabaseLog | DirectoryLog]:
    if directory is None:
        with _connection(database) as connection:
            yield DatabaseLog(connection)
        return
    if not (directory / "checkpoint").is_file():
        hint = "A published log has a file named checkpoint."
        raise BadInput(
            "There is no log here", detail="It has no checkpoint.", where=str(directory), hint=hint
        )
    yield DirectoryLog(directory)


@contextmanager
def _connection(database: str) -> Generator[Connection]:
    url = database or _own_database()
    _require_there(url)
    store = Store.open(url)
    try:
        with store.read() as connection:
            _require_tables(connection, url)
            yield connection
    finally:
        store.close()


def _require_tables(connection: Connection, url: str) -> None:
    there = inspect(connection)
    missing = [name for name in TABLES if not there.has_table(name)]
    if missing:
        said = "no ledger" if len(missing) == len(TABLES) else f"no table {', '.join(missing)}"
        raise BadInput("There is no log here", detail=f"This database has {said}.", where=url)


def _lines(key: str) -> list[str]:
    """The key itself, or those in the file of this name."""
    return _content(Path(key)).decode(errors="replace").split() if os.path.isfile(key) else [key]


def _require_there(database: str) -> None:
    """SQLite would create a file that is missing, and an empty log would look sound."""
    hint = "Name it with --database, such as sqlite:///path/to/duly.db."
    try:
        url = make_url(database)
    except ArgumentError as error:
        raise BadInput("Not a database URL", detail="It cannot be read as a URL.", hint=hint) from error
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise BadInput("There is no log here", detail="The file does not exist.", where=database, hint=hint)


@contextmanager
def _progress(note: bytes, *, quiet: bool) -> Generator[Callable[[int], None]]:
    """A bar on standard error, as long as the checkpoint says that the log is."""
    line = note.split(b"\n", 2)[1:2]
    total = int(line[0]) if line and line[0].isdigit() else None
    with Progress(
        TextColumn("Checking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet,
    ) as bar:
        task = bar.add_task("entries", total=total)
        yield lambda done: bar.update(task, completed=done)


def _show(verdict: Verdict) -> None:
    checked = f"{verdict.entries:,} entries, {verdict.checkpoints:,} checkpoints, {verdict.tiles:,} tiles"
    if verdict.sound:
        out.print(f"[bold green]The log is sound.[/] Checked: {checked}.", highlight=False)
    else:
        out.print(
            f"[bold red]The log is not sound.[/] {verdict.wrong:,} wrong in {checked}:", highlight=False
        )
    for finding in verdict.findings:
        out.print(f"  [bold]{escape(finding.where)}[/]  {escape(finding.what)}", highlight=False)
    if verdict.wrong > len(verdict.findings):
        out.print(f"  ... and {verdict.wrong - len(verdict.findings):,} more", highlight=False)
    if verdict.head:
        said = _head(verdict.head)
        out.print(f"Last sound checkpoint: {said['size']:,} entries, signed {said['time']}", highlight=False)
        out.print(f"  root {said['root']}", highlight=False)


def _head(head: Head) -> dict[str, Any]:
    time = None if head.time is None else datetime.fromtimestamp(head.time, UTC).isoformat()
    root = base64.b64encode(head.root).decode()
    return {"origin": head.origin, "size": head.size, "root": root, "time": time}


def _document(verdict: Verdict) -> dict[str, Any]:
    return {
        "sound": verdict.sound,
        "entries": verdict.entries,
        "checkpoints": verdict.checkpoints,
        "tiles": verdict.tiles,
        "checkpoint": _head(verdict.head) if verdict.head else None,
        "wrong": verdict.wrong,
        "findings": [{"where": finding.where, "what": finding.what} for finding in verdict.findings],
    }
