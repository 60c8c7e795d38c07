"""`duly departments`: who has identifiers of their own, and giving a department's register its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final

import typer

from duly.cli.intake import Demo, Directory, opened, reading
from duly.cli.show import out, print_json
from duly.errors import NotFound

if TYPE_CHECKING:
    from duly.app import App
    from duly.vault import Identifier

__all__ = ["app"]

CHUNK: Final = 1_000
app = typer.Typer(help="What each department calls people.", no_args_is_help=True)


@app.command("list", epilog="Example: duly departments list --json")
def list_(
    directory: Directory = None,
    demo: Demo = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """List the departments of the pack, and by which identifier each knows people."""
    with opened(directory, demo=demo) as duly:
        told = [
            {"department": name, "scheme": duly.departments.scheme(name), "law": one.law}
            for name, one in duly.departments.declared.items()
        ]
    if as_json:
        print_json(told)
        return
    for one in told:
        why = f", by {one['law']}" if one["law"] else ""
        out.print(f"{one['department']}: {one['scheme']}{why}", highlight=False)


@app.command(epilog="Example: duly departments translate ssb numbers.txt > identifiers.txt")
def translate(
    department: Annotated[str, typer.Argument(help="The department, as the pack calls it.")],
    file: Annotated[str, typer.Argument(help="One identifier a line; - for standard input.")],
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Turn the registers' identifiers, or the department's older ones, into those of its newest key.

    Line by line, and also where nobody is known: who has the answer learns nothing of that.
    An older identifier that nobody is known by is an error.
    """
    with opened(directory, demo=demo) as duly, reading(file) as stream:
        while lines := list(islice(stream, CHUNK)):
            for name in _translated(
                duly, department, [line.decode().strip() for line in lines if line.strip()]
            ):
                typer.echo(f"{name.scheme}:{name.value}")


def _translated(duly: App, department: str, lines: Sequence[str]) -> Iterable[Identifier]:
    from duly.facts import intake_use
    from duly.vault import Identifier, spoken

    departments, use = duly.departments, intake_use(duly.pack, {"identifier"}, "departments translate")
    scheme = departments.declared[department].scheme if department in departments.declared else ""
    of_registers = [Identifier(scheme, line) for line in lines if spoken(line) is None]
    older = [name for line in lines if (name := spoken(line)) is not None]
    with duly.store.acting(use.context).write() as conn, duly.vault.together(conn):
        made = dict(zip(of_registers, departments.keep(conn, department, of_registers), strict=True))
        known = departments.find(conn, department, older)
        if len(known) < len(set(older)):
            raise NotFound(
                "Nobody is known by this identifier",
                detail=f"One of {len(older)} was not given to {department}, or its key has been retired.",
                hint="Send the registers' identifier instead.",
            )
        made |= {old: departments.identifier(conn, use, number, department) for old, number in known.items()}
    return [made[spoken(line) or Identifier(scheme, line)] for line in lines]
