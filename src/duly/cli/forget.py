"""`duly forget`: asked by one officer, approved by another, carried out by whoever keeps the keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duly.cli.intake import Demo, Directory, opened
from duly.cli.show import out, print_json, time_of
from duly.errors import BadInput, NotFound

if TYPE_CHECKING:
    from duly.app import App
    from duly.forget import Request
    from duly.store import Store

__all__ = ["app"]

app = typer.Typer(help="Forget somebody, where the law lets it.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The request, as `duly forget list` counts them.", min=1)]
Key = Annotated[Path, typer.Option("--key", help="Your own key file, from `duly law keys new`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command(epilog="Example: duly forget ask no.fnr:01899012345 --ground request --key ada.json")
def ask(
    whom: Annotated[str, typer.Argument(help="SCHEME:VALUE; - reads it from standard input.")],
    ground: Annotated[str, typer.Option(help="The ground that the pack declares.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence that names nobody.")],
    key: Key,
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Ask that somebody be forgotten. Another officer has to approve it."""
    from duly.forget import ask as asked
    from duly.forget import holds_of
    from duly.reform import LawKey
    from duly.timeline import to_iso

    signer = LawKey.read(key)
    with opened(directory, demo=demo) as duly, _finding(duly).write() as conn:
        today, now = duly.clock.today(), duly.clock.now()
        subject = _subject(duly, conn, whom)
        request = asked(conn, duly.pack, subject, ground, reason, signer, today=today, now=now)
        held = holds_of(conn, duly.pack, subject, today)
    out.print(
        f"Request {request.number}. Somebody else: duly forget approve {request.number}", highlight=False
    )
    for hold in held:
        until = f" until {to_iso(hold.until)}" if hold.until is not None else ""
        law = f" ({hold.law})" if hold.law else ""
        out.print(f"Held{until}: {hold.why}{law}", style="yellow", highlight=False)


@app.command("take-up", epilog="Example: duly forget take-up 3 --key ada.json")
def take_up(number: Number, key: Key, directory: Directory = None, demo: Demo = False) -> None:
    """Put before another officer what somebody asks for themselves. You are the first of the two."""
    from duly.forget import take_up as taken_up
    from duly.reform import LawKey

    signer = LawKey.read(key)
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        taken_up(conn, number, signer, today=duly.clock.today(), now=duly.clock.now())
    out.print(f"Taken up. Somebody else: duly forget approve {number}", highlight=False)


@app.command(epilog="Example: duly forget approve 3 --key grace.json")
def approve(number: Number, key: Key, directory: Directory = None, demo: Demo = False) -> None:
    """Approve a request of somebody else's. Where the law holds it, you are told why and until when."""
    from duly.forget import approve as approved
    from duly.reform import LawKey

    signer = LawKey.read(key)
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        approved(conn, duly.pack, number, signer, today=duly.clock.today(), now=duly.clock.now())
    out.print("Approved. Whoever keeps the keys: duly forget carry-out", highlight=False)


@app.command(epilog="Example: duly forget refuse 3 --why 'Kept by law until 2031' --key grace.json")
def refuse(
    number: Number,
    why: Annotated[str, typer.Option(help="The reason that the person is told; it names nobody.")],
    key: Key,
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Refuse a request of somebody else's, with the reason."""
    from duly.forget import refuse as refused
    from duly.reform import LawKey

    signer = LawKey.read(key)
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        refused(conn, number, why, signer, today=duly.clock.today(), now=duly.clock.now())
    out.print("Refused.", highlight=False)


@app.command("list", epilog="Example: duly forget list --json")
def list_(directory: Directory = None, demo: Demo = False, as_json: AsJson = False) -> None:
    """All requests, and what became of them. Of those that are done nobody is named."""
    from duly.forget import requests
    from duly.reform.keys import registered_keys

    with opened(directory, demo=demo) as duly, duly.store.read() as conn:
        names = {one.public: one.name for one in registered_keys(conn)}
        told = [_told(one, names, duly.clock.today()) for one in requests(conn)]
    if as_json:
        print_json(told)
        return
    for one in told:
        asked = f"asked by {one['asked_by'] or 'themselves'}"
        due = f"  answer by {one['answer_by']}" if one["answer_by"] else ""
        late = "  LATE" if one["late"] else ""
        typer.echo(f"{one['request']}  {one['state']}  {one['ground']}  {asked}{due}{late}")
    done = sum(one["state"] == "done" for one in told)
    typer.echo(f"{done} forgotten")


@app.command("carry-out", epilog="Example: duly forget carry-out --sheet /backups/keys-2026-11-24.sheet")
def carry_out(
    sheet: Annotated[
        Path | None,
        typer.Option(help="Where to write the key sheet that opens older backups.", show_default=False),
    ] = None,
    no_backups: Annotated[
        bool,
        typer.Option("--no-backups", help="There are no older backups, or they may close for everybody."),
    ] = False,
    directory: Directory = None,
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Carry out what was approved: destroy keys, wrap everybody else anew, and destroy the old epochs.

    After it no older backup, log or copy opens by itself; with the key sheet an older
    backup opens for all but the forgotten. It may be stopped and begun again.
    """
    from duly.clock import SystemClock
    from duly.forget import carry_out as carried_out
    from duly.web.sessions import Sessions

    if (sheet is None) == (not no_backups):
        raise BadInput(
            "Which backups?",
            detail="The keys of older backups are destroyed; a key sheet opens them for all who are left.",
            where="--sheet",
            hint="Name a new file with --sheet FILE, or say --no-backups.",
        )
    with opened(directory, demo=demo) as duly:
        done = carried_out(
            store=duly.store, vault=duly.vault, keys=duly.keys, ledger=duly.ledger, pack=duly.pack,
            sheet=sheet, today=duly.clock.today(), now=duly.clock.now(),
            ends=Sessions(duly.store, duly.keys, SystemClock("UTC").now).end_of_people,
        )  # fmt: skip
        duly.ledger.sequence()
    if as_json:
        print_json({"forgotten": 0} if done is None else _document(done))
    elif done is None:
        out.print("Nothing is approved.", highlight=False)
    else:
        out.print(
            f"{len(done.requests):,} forgotten. {done.rewrapped:,} keys wrapped anew, by epoch {done.epoch}.",
            highlight=False,
        )
    for number in done.waits if done else ():
        out.print(
            f"Request {number} waits: law holds it by now, or the person has not been told yet.",
            style="yellow",
            highlight=False,
        )


def _document(done: Any) -> dict[str, Any]:
    return {
        "forgotten": len(done.requests),
        "requests": list(done.requests),
        "waits": list(done.waits),
        "messages_erased": done.messages,
        "rewrapped": done.rewrapped,
        "epoch": done.epoch,
    }


def _told(request: Request, names: dict[bytes, str], today: int) -> dict[str, Any]:
    from duly.timeline import to_iso

    return {
        "request": request.number,
        "state": request.state,
        "ground": request.ground,
        "reason": request.reason,
        "asked_by": names.get(request.asked_by, ""),
        "asked_at": time_of(request.asked_at),
        "answered_by": names.get(request.answered_by or b"", ""),
        "why": request.why,
        "done_at": time_of(request.done_at) if request.done_at else "",
        "wanted_on": to_iso(request.wanted_on) if request.wanted_on else "",
        "answer_by": to_iso(request.answer_by) if request.answer_by else "",
        "late": request.is_late(today),
    }


def _finding(duly: App) -> Store:
    """The database, to find somebody by an identifier."""
    from duly.facts import intake_use

    return duly.store.acting(intake_use(duly.pack, {"identifier"}, "forget").context)


def _subject(duly: App, conn: Any, whom: str) -> int:
    from duly.vault import Identifier

    told = typer.get_text_stream("stdin").readline().strip() if whom == "-" else whom
    scheme, _, value = told.partition(":")
    found = duly.vault.find(conn, [Identifier(scheme, value)])
    if not found:
        raise NotFound(
            "Nobody is known by this",
            detail="There is no subject with this identifier, or it was forgotten already.",
            hint="Write it as SCHEME:VALUE, such as no.fnr:01899012345.",
        )
    return next(iter(found.values()))
