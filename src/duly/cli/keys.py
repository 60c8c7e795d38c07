"""`duly keys`: the keys live outside the database, in a file that only its owner reads, or in a service."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from duly.cli.intake import Demo, Directory, opened
from duly.cli.show import out, print_json

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["app"]

app = typer.Typer(help="The keys that open records and sign the ledger.", no_args_is_help=True)

File = Annotated[
    Path | None, typer.Argument(help="The file [DULY_KEYS, or .duly/keys.json].", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
OfIdentifiers = Annotated[
    bool, typer.Option("--identifiers", help="The keys that hash identifiers, instead of those that wrap.")
]


OfDepartment = Annotated[
    str, typer.Option("--department", help="The key of this department's identifiers.", show_default=False)
]


@app.command(epilog="Example: duly keys create /etc/duly/keys.json")
def create(file: File = None) -> None:
    """Make new keys in a file that only you can read. A file that is there is never overwritten.

    Whoever loses it loses every record; whoever copies it can open them. Keep a copy
    apart from the database, and make it anew after every change of keys.
    """
    from duly.vault import FileKeys

    where = file or _own()
    os.makedirs(where.parent, mode=0o700, exist_ok=True)
    FileKeys.create(where)
    out.print(f"Keys made in {where}.", highlight=False, soft_wrap=True)


@app.command(epilog="Example: duly keys public > ledger-keys.txt")
def public(file: File = None, as_json: AsJson = False) -> None:
    """Print the public keys of the ledger. Kept elsewhere, they check it with `duly ledger verify --key`."""
    from duly.app import Settings, signer
    from duly.vault import open_keys

    keys = signer(open_keys(file or _own()), Settings.read().pack).public_keys()
    if as_json:
        print_json(list(keys))
        return
    for key in keys:
        typer.echo(key)


@app.command(epilog="Example: duly keys serve --socket /run/duly/keys.sock --keeper /run/duly/keeper.sock")
def serve(
    socket: Annotated[Path, typer.Option(help="Where Duly asks: DULY_KEYS=unix:PATH.")],
    keeper: Annotated[
        Path | None,
        typer.Option(help="Where whoever keeps the keys begins and destroys them.", show_default=False),
    ] = None,
    file: File = None,
) -> None:
    """Hold the keys in a process of its own, so that no key enters the process that asks.

    The sockets are for you and your group. What wraps, hashes and signs is done here;
    data keys are opened here, and go to whoever asks for them.
    """
    from duly.vault import FileKeys, serving

    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    with serving(FileKeys.read(file or _own()), socket, keeper):
        out.print(f"Keys are served at {socket}.", highlight=False, soft_wrap=True)
        ended.wait()


@app.command("list", epilog="Example: duly keys list --json")
def list_(directory: Directory = None, demo: Demo = False, as_json: AsJson = False) -> None:
    """The epochs of the wrapping key and the versions of the hash key, and what is written by each."""
    from duly.store import Duty
    from duly.vault.departments import in_use
    from duly.vault.rotation import epochs_in_use, hashes_in_use

    with opened(directory, demo=demo) as duly, duly.store.acting(duty=Duty.KEYS).read() as conn:
        wrapped, hashed = epochs_in_use(conn), hashes_in_use(conn)
        told: dict[str, Any] = {
            "epochs": [{"epoch": n, "data_keys": wrapped[n]} for n in duly.keys.epochs()],
            "hash_keys": [{"version": n, "identifiers": hashed.get(n, 0)} for n in duly.keys.hash_versions()],
            "departments": [
                {"department": name, "version": version, "identifiers": made}
                for name in duly.departments.declared
                for version, made in in_use(conn, duly.keys, name).items()
            ],
        }
    if as_json:
        print_json(told)
        return
    for one in told["epochs"]:
        typer.echo(f"epoch {one['epoch']}: {one['data_keys']:,} data keys")
    for one in told["hash_keys"]:
        typer.echo(f"hash key {one['version']}: {one['identifiers']:,} identifiers")
    for one in told["departments"]:
        typer.echo(f"{one['department']}, key {one['version']}: {one['identifiers']:,} identifiers")


@app.command(epilog="Example: duly keys rotate")
def rotate(
    identifiers: OfIdentifiers = False,
    department: OfDepartment = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on by the newest key; begin no other.")
    ] = False,
    directory: Directory = None,
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Begin a new key and write everything by it, some at a time, while the system works.

    It may be stopped at any point and gone on with (--resume). The older key stays
    until `duly keys retire`. Of a department only the key is new: it is given its new
    identifiers from now on, and those that it has are known until then.
    """
    from duly.vault import rotation

    if department:
        _begin_department(department, directory, demo=demo, as_json=as_json)
        return
    with opened(directory, demo=demo) as duly:
        if not resume:
            _ = rotation.begin_hash(duly.store, duly.keys) if identifiers else duly.keys.begin_epoch()
        number = (duly.keys.hash_versions() if identifiers else duly.keys.epochs())[0]
        done = _rewritten(duly, quiet=as_json, identifiers=identifiers)
        duly.ledger.sequence()
    if as_json:
        print_json({"hash_key" if identifiers else "epoch": number, "rewritten": done})
        return
    what = "identifiers are hashed by key" if identifiers else "data keys are wrapped by epoch"
    out.print(f"{done:,} {what} {number} now.", highlight=False)


@app.command(epilog="Example: duly keys retire 1")
def retire(
    number: Annotated[int, typer.Argument(help="As `duly keys list` tells.", min=1)],
    identifiers: OfIdentifiers = False,
    department: OfDepartment = "",
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Destroy a key that nothing is written by. Nobody can bring it back.

    Of a department, the identifiers that it made are known to nobody from then on.

    What was wrapped by it in backups opens no more: keep a newer key sheet (duly backup).
    Destroy copies of the key file that still have it.
    """
    from duly.vault.departments import retire as retire_department
    from duly.vault.rotation import retire_epoch, retire_hash

    with opened(directory, demo=demo) as duly:
        if department:
            gone = retire_department(duly.store, duly.keys, department, number)
            out.print(
                f"Key {number} of {department} is destroyed, with {gone:,} identifiers.", highlight=False
            )
            return
        (retire_hash if identifiers else retire_epoch)(duly.store, duly.keys, number)
    out.print(f"{'Hash key' if identifiers else 'Epoch'} {number} is destroyed.", highlight=False)


def _begin_department(department: str, directory: Path | None, *, demo: bool, as_json: bool) -> None:
    from duly.vault.departments import begin

    with opened(directory, demo=demo) as duly:
        duly.departments.scheme(department)  # one that the pack declares
        version = begin(duly.store, duly.keys, department)
    if as_json:
        print_json({"department": department, "version": version})
    else:
        out.print(f"{department} is given identifiers by key {version} from now on.", highlight=False)


def _rewritten(duly: App, *, quiet: bool, identifiers: bool) -> int:
    from duly.facts import intake_use
    from duly.vault.rehash import rehash
    from duly.vault.rotation import rewrap

    with _progress(quiet=quiet) as told:
        if identifiers:
            use = intake_use(duly.pack, {"identifier"}, "keys rotate --identifiers")
            return rehash(duly.store, duly.vault, duly.keys, use, told)
        return rewrap(duly.store, duly.keys, told)


@contextmanager
def _progress(*, quiet: bool) -> Generator[Callable[[int], None]]:
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.completed:,} looked at"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("keys", total=None)
        yield lambda more: bar.update(task, advance=more)


def _own() -> Path:
    from duly.app import Settings

    return Settings.read().keys
