"""Case files of a pack: each is recognised by its content and judged, and told by kind.

A pack's module `case_files` reads what is about its law; chains of payment orders are delivery's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from rich.markup import escape

from duly.cli import chains
from duly.cli.show import out, print_json
from duly.errors import BadInput

if TYPE_CHECKING:
    from duly.law import Pack
    from duly.law.cases import Difference, Verdict

__all__ = ["run_cases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one case. `left_out` says why it was not compared."""

    kind: str
    id: str
    title: str
    left_out: str
    differences: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def run_cases(pack: Pack, files: Sequence[Path], *, as_json: bool) -> int:
    """Judge all files and tell; the exit code is 1 if a case failed."""
    outcomes = [outcome for file in files for outcome in _judged(pack, file)]
    judged = [outcome for outcome in outcomes if not outcome.left_out]
    failed = sum(1 for outcome in judged if outcome.differences)
    if as_json:
        print_json(_document(outcomes))
    else:
        _show(outcomes)
        print(f"{len(judged) - failed} passed, {failed} failed")  # noqa: T201 - a line that tools read, unwrapped
    return 1 if failed else 0


def _judged(pack: Pack, file: Path) -> Iterator[Outcome]:
    from duly.law.fact_cases import are_fact_cases, read_fact_cases

    document = _document_in(file)
    if chains.is_chains(document):
        yield from _chains(document, file)
        return
    if are_fact_cases(pack, document):
        yield from _outcomes(pack, "cases", list(read_fact_cases(pack, document)))
        return
    reader: Any = pack.module("case_files")
    kind = reader.kind_of(document) if hasattr(reader, "kind_of") else "cases"
    try:
        read = list(reader.read(document))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise _no_case_file(pack, file, error) from error
    yield from _outcomes(pack, kind, read)


def _outcomes(pack: Pack, kind: str, read: Sequence[Any]) -> Iterator[Outcome]:
    from duly.law.cases import judge
    from duly.law.components import Compared, ComponentCase, judge_component

    whole = [case for case in read if not isinstance(case, Compared | ComponentCase)]
    verdicts = iter(judge(pack, whole))
    for case in read:
        if case.left_out:
            yield _left_out(kind, case)
        elif isinstance(case, Compared):
            yield Outcome(
                kind=kind, id=case.id, title=case.title, left_out="", differences=case.differences, rows=()
            )
        else:
            verdict = judge_component(pack, case) if isinstance(case, ComponentCase) else next(verdicts)
            yield _of_verdict(kind, verdict)


def _left_out(kind: str, case: Any) -> Outcome:
    return Outcome(kind=kind, id=case.id, title=case.title, left_out=case.left_out, differences=(), rows=())


def _of_verdict(kind: str, verdict: Verdict) -> Outcome:
    return Outcome(
        kind=kind,
        id=verdict.case.id,
        title=verdict.case.title,
        left_out="",
        differences=tuple(_said(d) for d in verdict.differences),
        rows=tuple(_row(d) for d in verdict.differences),
    )


def _chains(document: object, file: Path) -> Iterator[Outcome]:
    try:
        for name, source, differences in chains.judged(document):
            yield Outcome(
                kind="payment orders", id=name, title=source, left_out="", differences=differences, rows=()
            )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadInput(
            "This is no file of payment orders",
            detail=f"{type(error).__name__}: {error}",
            where=str(file),
            hint="Each chain has what was granted by decision, and the orders that follow from it.",
        ) from error


def _document_in(file: Path) -> object:
    """A JSON document; of a .jsonl file the list of its lines."""
    try:
        text = file.read_bytes()
        if file.suffix in (".jsonl", ".ndjson"):
            return [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
        return msgspec.json.decode(text)
    except OSError as error:
        raise BadInput("This case file cannot be read", detail=str(error), where=str(file)) from error
    except msgspec.DecodeError as error:
        raise BadInput("This case file is not JSON", detail=str(error), where=str(file)) from error


def _no_case_file(pack: Pack, file: Path, error: Exception) -> BadInput:
    detail = f"{type(error).__name__}: {error}"
    hint = f"See the format in the documentation of the pack {pack.name}."
    return BadInput("This is not a case file of the pack", detail=detail, where=str(file), hint=hint)


def _row(d: Difference) -> dict[str, str]:
    from duly.timeline import to_iso

    months = {"from": to_iso(d.first)[:7], "to": to_iso(d.last)[:7]}
    values = {"what": d.what, "expected": d.expected, "found": d.found}
    return {"programme": d.programme, "about": d.about, **months, **values}


def _said(d: Difference) -> str:
    row = _row(d)
    months = row["from"] if row["from"] == row["to"] else f"{row['from']} to {row['to']}"
    return f"{d.programme} about {d.about}, {months}: {d.what} is {d.found}, expected {d.expected}"


def _document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    judged = [outcome for outcome in outcomes if not outcome.left_out]
    failed = sum(1 for outcome in judged if outcome.differences)
    return {
        "passed": len(judged) - failed,
        "failed": failed,
        "kinds": {kind: _counts([o for o in outcomes if o.kind == kind]) for kind in _kinds(outcomes)},
        "not_compared": {o.id: o.left_out for o in outcomes if o.left_out},
        "cases": [
            {
                "id": o.id,
                "kind": o.kind,
                "title": o.title,
                "agrees": not o.differences,
                "differences": list(o.rows or o.differences),
            }
            for o in judged
        ],
    }


def _kinds(outcomes: Iterable[Outcome]) -> list[str]:
    return list(dict.fromkeys(outcome.kind for outcome in outcomes))


def _counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    failed = sum(1 for o in outcomes if o.differences)
    left_out = sum(1 for o in outcomes if o.left_out)
    return {"passed": len(outcomes) - failed - left_out, "failed": failed, "not_compared": left_out}


def _show(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.differences:
            out.print(f"[red]differs[/] {outcome.id}  {escape(outcome.title)}", highlight=False)
        for difference in outcome.differences:
            out.print(f"    {escape(difference)}", highlight=False)
    for kind in _kinds(outcomes):
        mine = [o for o in outcomes if o.kind == kind]
        count = _counts(mine)
        out.print(f"[dim]{kind}: {count['passed']} of {len(mine)} agree[/]", highlight=False)
        reasons = [o.left_out for o in mine if o.left_out]
        for reason in sorted(set(reasons)):
            out.print(f"[dim]not compared: {reasons.count(reason)} ({reason})[/]", highlight=False)
