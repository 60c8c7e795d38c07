"""The command line: parse, call, show. A user's mistake is one readable message and never a traceback.

Exit codes: 0 done; 1 the answer is no (a check failed, a log does not verify); 2 wrong use or bad input;
3 try again (something outside did not answer); 70 our fault.
"""

from __future__ import annotations

import sys

import typer

from duly.cli import (
    backup,
    demo,
    departments,
    forget,
    intake,
    keys,
    law,
    ledger,
    ledger_anew,
    reform,
    run,
    serve,
    sessions,
    witness,
)
from duly.cli.guards import guard
from duly.cli.show import failed
from duly.errors import BadInput, DulyError

__all__ = ["app", "main"]

app = typer.Typer(
    name="duly",
    help="Public services that arrive without being asked for.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
law.add_to(app)
intake.add_to(app)
app.add_typer(reform.app, name="law")
app.add_typer(keys.app, name="keys")
app.add_typer(departments.app, name="departments")
ledger_anew.add_to(ledger.app)
app.add_typer(ledger.app, name="ledger")
app.add_typer(witness.app, name="witness")
app.add_typer(sessions.app, name="sessions")
app.add_typer(forget.app, name="forget")
backup.add_to(app)
run.add_to(app)
serve.add_to(app)
demo.add_to(app)
guard(app)


def main() -> None:
    """Run `duly`."""
    try:
        app()
    except DulyError as error:
        sys.exit(failed(error))
    except OSError as error:
        if error.filename is None:
            raise
        sys.exit(failed(_unusable(error)))
    except KeyboardInterrupt:
        sys.exit(130)


def _unusable(error: OSError) -> BadInput:
    """A file or directory that was named, and cannot be made, read or written."""
    return BadInput(
        "A file or directory cannot be used",
        detail=f"{error.strerror}.",
        where=str(error.filename),
        hint="Name one that you may read and write.",
    )
