"""`duly check`, `duly evaluate`, `duly explain`, `duly missing`: the law by itself, without any database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from duly.cli.show import out, print_json
from duly.errors import BadInput

if TYPE_CHECKING:
    from duly.law import Finding, Pack

__all__ = ["add_to"]

PackName = Annotated[str, typer.Argument(help="A pack's name (norway) or its directory.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Facts = Annotated[Path, typer.Argument(help="Facts, one JSON object a line; - reads standard input.")]
ProgrammeName = Annotated[str, typer.Argument(help="The programme, such as barnetrygd.ordinary.")]
Holder = Annotated[str, typer.Argument(help="Who would hold it, as named in the facts.")]
OnDay = Annotated[str, typer.Option("--on", help="The day, YYYY-MM-DD.")]
About = Annotated[str, typer.Option(help="Whom it is about, where that is not the holder.")]
Language = Annotated[str, typer.Option(help="Language of what is told.")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(epilog="Example: duly check norway --cases cases.json")(check)
    app.command(epilog="Example: duly evaluate norway facts.ndjson --from 2024-01 --to 2026-12")(evaluate)
    app.command(epilog="Example: duly explain norway facts.ndjson barnetrygd.extended mor --on 2026-03-01")(
        explain
    )
    app.command(epilog="Example: duly missing norway facts.ndjson barnetrygd.extended mor --on 2026-03-01")(
        missing
    )


def check(
    pack: PackName,
    cases: Annotated[
        list[Path] | None, typer.Option("--cases", help="Also run the cases of this file (may be repeated).")
    ] = None,
    more: Annotated[list[Path] | None, typer.Argument(help="More case files.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Prove a pack well-formed; with --cases, compare it with right answers month by month."""
    from duly.law import Pack, check_named

    findings = check_named(pack)
    files = [*(cases or []), *(more or [])]
    if not findings:
        findings = [*_policies(Pack.load(pack)), *_notices(Pack.load(pack))]
    if findings:
        _show_findings(pack, findings, as_json=as_json)
        raise typer.Exit(1)
    loaded = Pack.load(pack)
    if files:
        from duly.cli.cases import run_cases

        raise typer.Exit(run_cases(loaded, files, as_json=as_json))
    if as_json:
        print_json({"pack": loaded.name, "hash": loaded.hash, "findings": []})
        return
    size = f"{len(loaded.programmes)} programmes, {len(loaded.rules)} rules, {len(loaded.rates)} rates"
    out.print(f"[green]{loaded.name} is well-formed[/]: {size}.", highlight=False)


def _notices(pack: Pack) -> Iterator[Finding]:
    """What is wrong with the texts that people are told."""
    from duly.notices import gaps

    return gaps.findings(pack)


def _policies(pack: Pack) -> Iterator[Finding]:
    """What is wrong with who may open what, in a pack that says it."""
    from duly.access import Policy, purposes
    from duly.authority import check as authority
    from duly.law import Finding
    from duly.law.findings import line_with
    from duly.vault import known_by

    yield from purposes.findings(pack)
    yield from authority.findings(pack)
    try:
        known_by(pack)
    except BadInput as error:
        yield Finding(
            file="pack.toml",
            line=line_with(pack.directory / "pack.toml", "[departments"),
            what=error.detail,
            write_instead=error.hint,
        )
    directory = pack.directory / "policies"
    if not directory.is_dir():
        return
    try:
        Policy.load(directory)
    except BadInput as error:
        file, _, line = error.where.removeprefix(f"{pack.directory}/").partition(":")
        number = int(line.split(":")[0]) if line.split(":")[0].isdigit() else 1
        instead = "policies that Cedar reads, with the words of the pack's schema"
        what = f"{error.detail} {error.hint}".strip()
        yield Finding(file=file, line=number, what=what, write_instead=instead)


def _show_findings(pack: str, findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        print_json({"pack": pack, "findings": findings})
        return
    for finding in findings:
        out.print(f"[bold]{finding.file}:{finding.line}[/]  {escape(finding.what)}", highlight=False)
        out.print(f"    [dim]write[/] {escape(finding.write_instead)}", highlight=False)


def _lines(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("This file of facts cannot be read", detail=str(error), where=str(file)) from error
    return text.splitlines()


def evaluate(
    pack: PackName,
    facts: Facts,
    since: Annotated[str, typer.Option("--from", help="First month.", metavar="YYYY-MM")],
    until: Annotated[str, typer.Option("--to", help="Last month.", metavar="YYYY-MM")],
    as_json: AsJson = False,
) -> None:
    """What everyone in a file of facts is due, month by month, without any database."""
    from duly.law import Pack

    loaded = Pack.load(pack)
    due = loaded.evaluate(loaded.read(_lines(facts)), since=since, until=until)
    if as_json:
        print_json(due)
        return
    from rich.table import Table

    table = Table("who", "programme", "about", "from", "to", "due", box=None, header_style="bold")
    for row in due:
        table.add_row(row.holder, row.programme, row.about, row.since, row.until, row.text)
    out.print(table)
    if any(row.provisional for row in due):
        out.print("[dim]provisional: a rate for then is not set yet, and the last one runs on[/]")


def _day(text: str) -> str:
    if len(text) == len("YYYY-MM"):
        raise BadInput("Not a day", detail=f"{text!r} is a month.", where="--on", hint=f"Write {text}-01.")
    return text


def explain(
    pack: PackName,
    facts: Facts,
    programme: ProgrammeName,
    holder: Holder,
    on: OnDay,
    about: About = "",
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Why: each rule's sentence, its law, the values and the facts, for one holder, programme and day."""
    from duly.law import Pack

    loaded = Pack.load(pack)
    read = loaded.read(_lines(facts))
    answer = loaded.explain(
        read, programme=programme, holder=holder, about=about, on=_day(on), language=language
    )
    if as_json:
        print_json(answer.document())
        return
    out.print(answer.text(), highlight=False, markup=False, soft_wrap=True)


def missing(
    pack: PackName,
    facts: Facts,
    programme: ProgrammeName,
    holder: Holder,
    on: OnDay,
    about: About = "",
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """What would settle what is not known: the fewest facts, who holds each, what each answer leads to."""
    from duly.law import Pack

    loaded = Pack.load(pack)
    read = loaded.read(_lines(facts))
    found = loaded.missing(
        read, programme=programme, holder=holder, about=about, on=_day(on), language=language
    )
    if as_json:
        print_json(found)
        return
    out.print(found.text(), highlight=False, markup=False, soft_wrap=True)
