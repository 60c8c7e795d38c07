"""`duly law`: versions of the law, proposed, run dry, approved by two, announced, enacted, and undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from duly.cli.intake import Demo, Directory, opened
from duly.cli.law_diff import diff
from duly.cli.law_keys import app as keys
from duly.cli.show import out, print_json, time_of

if TYPE_CHECKING:
    from duly.reform.figures import Figures
    from duly.reform.passage import Passage

__all__ = ["app"]

_PLAIN: Final[dict[str, Any]] = {"box": None, "header_style": "bold"}
HIDDEN: Final = "·"
"""Fewer than five, or what would give such a number away."""

app = typer.Typer(help="Change the law in the open, or look at how it was changed.", no_args_is_help=True)
app.add_typer(keys, name="keys")
app.command(epilog="Example: duly law diff norway ./norway-2027")(diff)

Number = Annotated[
    int, typer.Argument(help="The change, as `duly law list` counts them.", show_default=False)
]
Key = Annotated[Path, typer.Option("--key", help="Your own key file, from `duly law keys new`.")]
Day = Annotated[str, typer.Option("--from", help="The day from which it decides.", metavar="YYYY-MM-DD")]
Why = Annotated[str, typer.Option("--why", help="What it is for, in a sentence that people will read.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command(
    epilog="Example: duly law propose ./norway-2027 --from 2027-01-01 --why 'New rates' --key ada.json"
)
def propose(
    pack: Annotated[
        Path, typer.Argument(help="The directory of the pack with the new law.", show_default=False)
    ],
    since: Day,
    why: Why,
    key: Key,
    directory: Directory = None,
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Put a new version forward: it is checked, kept whole and signed by you, its author."""
    from duly.law import Pack
    from duly.reform import LawKey, keep
    from duly.reform.compatible import require_compatible
    from duly.reform.passage import base_of, passage
    from duly.reform.procedure import propose as put_forward
    from duly.timeline import from_iso

    day, author, new = from_iso(since), LawKey.read(key), Pack.load(pack)
    with opened(directory, demo=demo) as duly:
        now, today = duly.clock.now(), duly.clock.today()
        with duly.store.read() as conn:
            base = base_of(conn, duly.pack.name, day)
        require_compatible(duly.laws.kept(base), new)
        with duly.store.write() as conn:
            version = keep(conn, new.name, new.directory, now)
            change = put_forward(conn, new.name, version, day, why, author, today=today, now=now)
            at = passage(conn, change, today)
    _show(at, as_json=as_json, then=f"duly law dry-run {change.number}")


@app.command("dry-run", epilog="Example: duly law dry-run 2 --html dry-run.html --svg dry-run.svg")
def dry_run(
    change: Number,
    html: Annotated[
        Path | None, typer.Option(help="Also write a page for a browser.", show_default=False)
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(help="Also write the picture alone.", show_default=False)
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the page and the picture.")] = "en",
    directory: Directory = None,
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Ask the old and the new law about everybody: who gains, who loses, by how much, which become cases.

    Records are opened for statistics; counts of fewer than five people are left out.
    """
    from duly.cli.reform_files import write_files

    with opened(directory, demo=demo) as duly:
        with out.status("Looking at everybody ...", spinner="line") as status:
            figures = duly.dry_run(change, lambda seen: status.update(f"{seen:,} people looked at ..."))
        write_files(duly, change, figures, html=html, svg=svg, language=language)
    if as_json:
        print_json(figures)
        return
    show_figures(figures)
    out.print(f"Next: duly law approve {change} --key FILE", style="dim", highlight=False)


@app.command(epilog="Example: duly law approve 2 --key grace.json")
def approve(
    change: Number, key: Key, directory: Directory = None, demo: Demo = False, as_json: AsJson = False
) -> None:
    """Sign the version, its day and its dry run. Its author and another person have to."""
    from duly.reform import LawKey
    from duly.reform.passage import Stage
    from duly.reform.procedure import approve as sign

    signer = LawKey.read(key)
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        at = sign(conn, change, signer, today=duly.clock.today(), now=duly.clock.now())
    waits = "another person: " if at.change.author in at.signed else "its author: "
    then = f"duly law announce {change} --key FILE"
    _show(
        at, as_json=as_json, then=then if at.stage is Stage.APPROVED else f"{waits}duly law approve {change}"
    )


@app.command(epilog="Example: duly law announce 2 --key ada.json")
def announce(
    change: Number, key: Key, directory: Directory = None, demo: Demo = False, as_json: AsJson = False
) -> None:
    """Publish what is coming, signed by you: its difference, its day, its dry run and who approved it."""
    from duly.reform import LawKey
    from duly.reform.procedure import announce as publish

    signer = LawKey.read(key)
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        at = publish(conn, change, signer, today=duly.clock.today(), now=duly.clock.now())
    _show(at, as_json=as_json, then=f"duly law enact {change} --key FILE")


@app.command(epilog="Example: duly law enact 2 --key ada.json")
def enact(
    change: Number, key: Key, directory: Directory = None, demo: Demo = False, as_json: AsJson = False
) -> None:
    """Let an announced version decide from its day on, signed by you; the worker does the rest by itself."""
    from duly.reform import LawKey
    from duly.reform.procedure import enact as let

    signer = LawKey.read(key)
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        days = int(duly.pack.settings.get("reform", {}).get("announced_days", 0))
        now, today = duly.clock.now(), duly.clock.today()
        at = let(conn, change, signer, today=today, now=now, announced_days=days)
    _show(at, as_json=as_json, then="")


@app.command(
    "roll-back", epilog="Example: duly law roll-back 2 --why 'Wrong rate' --key ada.json --key grace.json"
)
def roll_back(
    change: Number,
    why: Why,
    key: Annotated[
        list[Path],
        typer.Option("--key", help="A signer's key file; two people, at once or one after another."),
    ],
    directory: Directory = None,
    demo: Demo = False,
    as_json: AsJson = False,
) -> None:
    """Undo a change: with two signatures the version before it is in force at once.

    Everything that it changed is decided again. What it gave acts no further, but is taken from nobody
    before a human has looked.
    """
    from duly.reform import LawKey
    from duly.reform.procedure import roll_back as undo

    signers = [LawKey.read(file) for file in key]
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        now, today = duly.clock.now(), duly.clock.today()
        at = [undo(conn, change, why, one, today=today, now=now) for one in signers][-1]
    waits = f"another person: duly law roll-back {change}"
    _show(at, as_json=as_json, then="" if at.change.enacted_at else waits)


@app.command("list", epilog="Example: duly law list")
def list_(directory: Directory = None, demo: Demo = False, as_json: AsJson = False) -> None:
    """Every change of the law that was ever proposed, and which version decides today."""
    from duly.reform.passage import passages

    with opened(directory, demo=demo) as duly:
        with duly.store.read() as conn:
            found = passages(conn, duly.pack.name, duly.clock.today())
        another = duly.another_installed
    if as_json:
        print_json([told(at) for at in found])
        return
    table = Table(
        "change", "version", "from", "is", "author", "signed by", "why", box=None, header_style="bold"
    )
    for at in found:
        row = told(at)
        table.add_row(
            str(row["change"]), str(row["version"])[:12], row["from"], row["stage"], row["author"],
            ", ".join(row["signed"]), escape(row["why"]),
        )  # fmt: skip
    out.print(table)
    if another:
        out.print(f"On disk lies {another[:12]}, which is not in force.", style="yellow", highlight=False)


@app.command(epilog="Example: duly law show 2")
def show(change: Number, directory: Directory = None, demo: Demo = False, as_json: AsJson = False) -> None:
    """One change: how far it is, who signed it, and its newest dry run."""
    from duly.reform import change_of
    from duly.reform.figures import read_document
    from duly.reform.passage import passage

    with opened(directory, demo=demo) as duly, duly.store.read() as conn:
        at = passage(conn, change_of(conn, change), duly.clock.today())
    figures = read_document(at.run.document) if at.run is not None else None
    if as_json:
        print_json({**told(at), "dry_run": figures})
        return
    _show(at, as_json=False, then="")
    if figures is not None:
        show_figures(figures)


def told(at: Passage) -> dict[str, Any]:
    """A change as JSON has it; `history` is every signed act, in order."""
    from duly.reform.signing import Act
    from duly.timeline import BEGIN, to_iso

    change = at.change
    return {
        "change": change.number,
        "kind": change.kind.value,
        "version": change.hash,
        "base": change.base,
        "from": "" if change.effective == BEGIN else to_iso(change.effective),
        "stage": at.stage.value,
        "author": change.author,
        "signed": list(at.signed),
        "announced_by": at.by(Act.ANNOUNCE),
        "enacted_by": at.by(Act.ENACT),
        "history": [
            {"act": one.act.value, "by": one.name, "at": time_of(one.at), "counts": one.counts}
            for one in at.acts
        ],
        "why": change.why or ("the first that was installed" if change.kind.value == "installed" else ""),
        "undoes": change.undoes or None,
        "dry_run_id": at.run.id if at.run is not None else None,
    }


def show_figures(figures: Figures) -> None:
    """The table of a dry run; a dot stands for fewer than five, or for what would give such a number away."""
    rows = (*figures.programmes, figures.everybody)
    counts = Table("people who", "gain", "lose", "both", "other", "unknown", "same", "cases", **_PLAIN)
    sums = Table("a month", "more", "less", "once, for earlier days", **_PLAIN)
    for row in rows:
        name = row.programme or "everybody"
        cells = (row.gain, row.lose, row.both, row.other, row.unknown, row.unchanged, row.cases)
        counts.add_row(name, *(HIDDEN if cell is None else f"{cell:,}" for cell in cells))
        amounts = (row.gained, row.lost, row.back)
        sums.add_row(name, *(_sum(amount, figures.currency) for amount in amounts))
    out.print(counts, "", sums)
    if figures.holds:
        out.print(
            f"It would take from more than {figures.share} of those it concerns: that waits for two people.",
            highlight=False,
        )


def _sum(amount: int | None, currency: str) -> str:
    return HIDDEN if amount is None else f"{amount / 100:,.0f} {currency}"


def _show(at: Passage, *, as_json: bool, then: str) -> None:
    row = told(at)
    if as_json:
        print_json(row)
        return
    out.print(f"[bold]Change {row['change']}[/] is {row['stage']}.", highlight=False)
    for label in ("version", "from", "author", "why"):
        if row[label]:
            out.print(f"  [dim]{label:>8}[/]  {escape(str(row[label]))}", highlight=False)
    for one in row["history"]:
        void = "" if one["counts"] else ", void"
        line = f"{one['act']} by {escape(one['by'])}, {one['at']}{void}"
        out.print(f"  [dim]  signed[/]  {line}", highlight=False)
    if then:
        out.print(f"Next: {then}", style="dim", highlight=False)
