"""`duly intake`, `duly inbox`, `duly sources`: take events in, look after those that could not be applied."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from duly.cli.show import out, print_json, time_of
from duly.errors import BadInput, Conflict

if TYPE_CHECKING:
    from duly.app import App
    from duly.events import Outcome

__all__ = ["Demo", "Directory", "add_to", "opened", "reading"]

CHUNK: Final = 500
WAITS: Final = {"waiting": "The event that it names is not there yet"}

Directory = Annotated[
    Path | None,
    typer.Option(help="Where whatever DULY_* does not name is kept [.duly].", show_default=False),
]
Demo = Annotated[bool, typer.Option("--demo", help="The directory is a demo's, with simulated time.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Work = Annotated[
    bool, typer.Option("--work/--no-work", help="Apply and decide here, or leave it to a running server.")
]
Number = Annotated[int, typer.Argument(help="The number that `duly inbox list` shows.", min=1)]

inbox = typer.Typer(
    help="Messages that wait or could not be applied: list, show, replay.", no_args_is_help=True
)
sources = typer.Typer(help="Who may send, and their keys.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(epilog="Example: duly intake events.ndjson    or    zcat old.gz | duly intake -")(intake)
    app.add_typer(inbox, name="inbox")
    app.add_typer(sources, name="sources")


def intake(
    file: Annotated[str, typer.Argument(help="CloudEvents, one a line (NDJSON); - for standard input.")],
    directory: Directory = None,
    demo: Demo = False,
    work: Work = True,
    as_json: AsJson = False,
) -> None:
    """Take in CloudEvents from a file, each by the source that it names. Exit code 1 if one was refused."""
    with reading(file) as stream, opened(directory, demo=demo) as app, _progress(stream, as_json) as advance:
        counts: Counter[str] = Counter()
        wrong: list[dict[str, Any]] = []
        for first, lines in _chunks(stream):
            for line, outcome in zip(_numbers(first, lines), _taken(app, lines), strict=True):
                counts[outcome.status] += 1
                if outcome.problem is not None:
                    wrong.append(_fault(line, outcome))
            advance(sum(len(line) for line in lines))
        if work and counts["accepted"]:
            app.worker.run_until_idle()
    _report(counts, wrong, as_json=as_json)
    raise typer.Exit(1 if wrong else 0)


@inbox.command("list", epilog="Example: duly inbox list --state parked --json")
def list_(
    state: Annotated[
        str, typer.Option(help="received, applied, waiting, parked or cancelled.", show_default=False)
    ] = "",
    most: Annotated[int, typer.Option(help="How many, the newest first.", min=1)] = 100,
    directory: Directory = None,
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """List messages that wait or are parked, or those in a state."""
    from duly.events import queue

    if state and state not in queue.STATES:
        raise BadInput("Unknown state", detail=f"{state!r} is none of {', '.join(queue.STATES)}.")
    with opened(directory, demo=demo) as app, app.store.read() as conn:
        rows = queue.listed(conn, state, most)
    if as_json:
        print_json([row._asdict() | {"received_at": time_of(row.received_at)} for row in rows])
        return
    table = Table("number", "state", "received", "source", "why", box=None)
    for row in rows:
        table.add_row(
            str(row.number),
            row.state,
            time_of(row.received_at),
            row.source,
            row.title or WAITS.get(row.state, ""),
        )
    out.print(table if rows else "Nothing waits, and nothing is parked." if not state else "There are none.")


@inbox.command(epilog="Example: duly inbox show 17")
def show(number: Number, directory: Directory = None, demo: Demo = False, as_json: AsJson = False) -> None:
    """Show one message and why it could not be applied. The opening is entered in the ledger."""
    from duly.events import MESSAGE, queue
    from duly.facts import intake_use

    with opened(directory, demo=demo) as app:
        use = intake_use(app.pack, {MESSAGE}, about=f"inbox/{number}")
        shown = app.vault.disclose(use, lambda conn: queue.show(conn, app.vault, use, number))
    told = {
        "number": shown.number,
        "source": shown.source,
        "state": shown.state,
        "received_at": time_of(shown.received_at),
        "reason": shown.reason,
        "event": msgspec.Raw(shown.body),
    }
    if shown.original:
        told["original"] = msgspec.Raw(shown.original)
    if as_json:
        print_json(told)
        return
    out.print(f"{number}  {shown.state}  {told['received_at']}  {shown.source}", highlight=False)
    if reason := shown.reason or WAITS.get(shown.state, ""):
        out.print(reason, highlight=False, markup=False)
    out.print_json(shown.body.decode())


@inbox.command(epilog="Example: duly inbox replay 17")
def replay(
    number: Number,
    directory: Directory = None,
    demo: Demo = False,
    work: Work = True,
    as_json: AsJson = False,
) -> None:
    """Apply a waiting or parked message again; what is applied already stays as it is."""
    from duly.events import queue

    with opened(directory, demo=demo) as app:
        with app.store.write() as conn:
            again = queue.replay(conn, number)
        if again and work:
            app.worker.run_until_idle()
        with app.store.read() as conn:
            state, title = queue.state_of(conn, number)
    if as_json:
        print_json({"number": number, "replayed": again, "state": state, "why": title})
    else:
        out.print(f"{number} is {state}{f': {title}' if title else '.'}", highlight=False)
    raise typer.Exit(1 if again and state in ("parked", "waiting") else 0)


@sources.command(
    epilog="Example: duly sources add https://folkeregisteret.example folkeregisteret --public-key key.pem"
)
def add(
    source: Annotated[str, typer.Argument(help="The `source` of its CloudEvents, a URI.")],
    register: Annotated[str, typer.Argument(help="The pack's register that it is.")],
    public_key: Annotated[
        Path | None,
        typer.Option(help="A public key (PEM), or a set (JWK), that it signs by.", show_default=False),
    ] = None,
    new_key: Annotated[
        Path | None,
        typer.Option(help="Make a key pair, with the private key in this new file.", show_default=False),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="A certificate (PEM) that it shows to your proxy.", show_default=False)
    ] = None,
    bearer: Annotated[
        bool, typer.Option("--bearer", help="For the demonstration: print a key that it sends along.")
    ] = False,
    id_: Annotated[
        str, typer.Option("--id", help="What the public key is called [a part of its hash].")
    ] = "",
    dci: Annotated[
        str,
        typer.Option(help="The sender_id of its DCI messages, each of which it signs.", show_default=False),
    ] = "",
    directory: Directory = None,
) -> None:
    """Add a source, or another key of one. It signs its requests, or shows a certificate."""
    from duly.app import Settings
    from duly.cli.source_keys import with_key
    from duly.events import Source, Sources
    from duly.law import Pack

    settings = Settings.read(**({"directory": str(directory)} if directory else {}))
    pack, path = Pack.load(settings.pack), settings.sources
    listed = Sources.read(path, pack).listed if path.exists() else Sources.none().listed
    known = listed.get(source, Source(uri=source, register=register, keys=()))
    if known.register != register:
        raise Conflict("The source has another register", detail=f"{source} is {known.register}.")
    added, said = with_key(
        known, public_key=public_key, new_key=new_key, certificate=certificate, bearer=bearer, id_=id_
    )
    added = replace(added, dci=dci) if dci else added
    whole = Sources.of([*listed.values(), added], pack, path)
    _write(path, whole.text())
    out.print(said, highlight=False, markup=False, soft_wrap=True)


@sources.command("list", epilog="Example: duly sources list --json")
def list_sources(directory: Directory = None, as_json: AsJson = False) -> None:
    """List who may send, as which register, with how many keys."""
    from duly.app import Settings
    from duly.cli.source_keys import known_by
    from duly.events import Sources
    from duly.law import Pack

    settings = Settings.read(**({"directory": str(directory)} if directory else {}))
    listed = Sources.read(settings.sources, Pack.load(settings.pack)).listed.values()
    if as_json:
        told = [(one, len(one.keys) + len(one.signing) + len(one.certificates)) for one in listed]
        print_json([{"source": one.uri, "register": one.register, "keys": keys} for one, keys in told])
        return
    table = Table("source", "register", "keys", box=None)
    for one in listed:
        table.add_row(one.uri, one.register, ", ".join(known_by(one)))
    out.print(table)


def _write(path: Path, text: str) -> None:
    """Replace the file at once, so that nobody reads half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


@contextmanager
def opened(directory: Path | None, *, demo: bool) -> Generator[App]:
    from duly.app import Settings, build

    given = {"directory": str(directory) if directory else None, "mode": "demo" if demo else None}
    app = build(Settings.read(**{name: value for name, value in given.items() if value is not None}))
    try:
        yield app
    finally:
        app.close()


@contextmanager
def reading(file: str) -> Generator[BinaryIO]:
    """A file's bytes, or standard input's for -."""
    if file == "-":
        yield sys.stdin.buffer
        return
    if not Path(file).is_file():
        raise BadInput("The file cannot be read", detail="There is no such file.", where=file)
    with Path(file).open("rb") as stream:
        yield stream


@contextmanager
def _progress(stream: BinaryIO, as_json: bool) -> Generator[Callable[[int], None]]:
    """A bar over the bytes of a file, where somebody looks at it."""
    size = None if stream is sys.stdin.buffer else os.fstat(stream.fileno()).st_size
    bar = Progress(
        TextColumn("events"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=out,
        disable=as_json or not out.is_terminal,
        transient=True,
    )
    with bar if size else nullcontext():
        task = bar.add_task("events", total=size)
        yield partial(bar.advance, task)


def _chunks(stream: BinaryIO) -> Iterator[tuple[int, list[bytes]]]:
    """(number of the first line, lines)."""
    number = 1
    while lines := list(islice(stream, CHUNK)):
        yield number, lines
        number += len(lines)


def _numbers(first: int, lines: Iterable[bytes]) -> list[int]:
    """The numbers of the lines that are not empty."""
    return [number for number, line in enumerate(lines, first) if line.strip()]


def _taken(app: App, lines: list[bytes]) -> list[Outcome]:
    from duly.connectors.cloudevents import read_lines

    return app.intake.take_any(read_lines(lines))


def _fault(line: int, outcome: Outcome) -> dict[str, Any]:
    problem = outcome.problem
    assert problem is not None  # noqa: S101 - only faults come here
    return {
        "line": line,
        "id": outcome.id,
        "status": outcome.status,
        "title": problem.title,
        "field": problem.where,
        "detail": problem.detail,
        "hint": problem.hint,
    }


def _report(counts: Counter[str], wrong: list[dict[str, Any]], *, as_json: bool) -> None:
    told = {status: counts[status] for status in ("accepted", "repeated", "conflict", "refused")}
    if as_json:
        print_json({**told, "problems": wrong})
        return
    for one in wrong:
        place = " ".join(part for part in (f"line {one['line']}", one["id"], one["field"]) if part)
        text = f"{place}: {one['title']}. {one['detail']} {one['hint']}".strip()
        out.print(text, highlight=False, markup=False)
    out.print(", ".join(f"{count} {status}" for status, count in told.items()), highlight=False)
