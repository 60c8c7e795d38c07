"""Two versions as people read law: what it says, by which citation, its figures by date, and how it is told.

Where a rule decides otherwise though its sentence stays, its source says in what.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import unified_diff
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from duly.law import UNKNOWN, Pack, RateTable
from duly.law.bundle import files_of
from duly.law.changed import changed_rates, rules_of, same_rule
from duly.law.ir import Kind, RuleIR, RuleVersion
from duly.law.plan import every_rule
from duly.timeline import BEGIN, to_iso

__all__ = [
    "Cell",
    "Differences",
    "ProgrammeChange",
    "RateChange",
    "RuleChange",
    "WordChange",
    "differences",
    "in_text",
]

NEW: Final = "new"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
NONE: Final = "-"


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """A rule before and after, "" where it is not there; `source` are the lines of a text diff."""

    name: str
    status: str
    law: tuple[str, str]
    sentence: tuple[str, str]
    source: tuple[str, ...]


class ProgrammeChange(msgspec.Struct, frozen=True, kw_only=True):
    """A programme whose rules changed; `shared` are changed rules that stand under one before it.

    The one without a name holds the rules that no programme rests on."""

    name: str
    status: str
    law: str
    rules: tuple[RuleChange, ...]
    shared: tuple[str, ...]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What a rate is from a day on, before and after."""

    since: str
    before: str
    after: str
    changed: bool


class RateChange(msgspec.Struct, frozen=True, kw_only=True):
    """A rate as a dated table."""

    name: str
    status: str
    source: tuple[str, str]
    cells: tuple[Cell, ...]


class WordChange(msgspec.Struct, frozen=True, kw_only=True):
    """A text that people are told, or a setting: where it stands, before and after."""

    file: str
    key: str
    before: str
    after: str


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in which two versions differ. `files` are those of which nothing above speaks."""

    old: str
    new: str
    programmes: tuple[ProgrammeChange, ...]
    rates: tuple[RateChange, ...]
    words: tuple[WordChange, ...]
    files: tuple[tuple[str, str], ...]

    @property
    def nothing(self) -> bool:
        return not (self.programmes or self.rates or self.words or self.files)


def differences(old: Pack, new: Pack, language: str = "en") -> Differences:
    """In what `new` differs from `old`; sentences in a language of the pack."""
    before, after = files_of(old.directory), files_of(new.directory)
    names = sorted(before.keys() | after.keys())
    differ = [name for name in names if before.get(name) != after.get(name)]
    words = [change for name in differ if name.endswith(".toml") for change in _words(name, before, after)]
    programmes = tuple(_programmes(old, new, language))
    rates = tuple(_rate(old, new, name) for name in _in_order(old, new, changed_rates(old, new)))
    told = {f"{name}.py" for name in (*_law(old), *_law(new))} if programmes or rates else set[str]()
    told |= {change.file for change in words}
    files = tuple((n, _status(before.get(n), after.get(n))) for n in differ if n not in told)
    return Differences(
        old=old.hash, new=new.hash, programmes=programmes, rates=rates, words=tuple(words), files=files
    )


def _law(pack: Pack) -> list[str]:
    return cast(list[str], pack.settings["law"])


def _programmes(old: Pack, new: Pack, language: str) -> Iterator[ProgrammeChange]:
    ours, theirs = every_rule(old), every_rule(new)
    shown: set[str] = set()
    for name in dict.fromkeys((*new.programmes, *old.programmes)):
        reached = [*rules_of(new, name)] if name in new.programmes else []
        reached += rules_of(old, name) if name in old.programmes else []
        changes = [_rule(old, new, ours, theirs, rule, language) for rule in dict.fromkeys(reached)]
        changed = [change for change in changes if change is not None]
        status = _status(old.programmes.get(name), new.programmes.get(name))
        if changed or status != CHANGED:
            yield ProgrammeChange(
                name=name,
                status=status,
                law=(new if name in new.programmes else old).programmes[name].law,
                rules=tuple(change for change in changed if change.name not in shown),
                shared=tuple(change.name for change in changed if change.name in shown),
            )
        shown |= {change.name for change in changed}
    yield from _elsewhere(old, new, language)


def _elsewhere(old: Pack, new: Pack, language: str) -> Iterator[ProgrammeChange]:
    """Changed rules that no programme rests on."""
    ours, theirs = every_rule(old), every_rule(new)
    reached = {rule for pack in (old, new) for name in pack.programmes for rule in rules_of(pack, name)}
    names = [name for name in dict.fromkeys((*theirs, *ours)) if name not in reached]
    changes = [_rule(old, new, ours, theirs, name, language) for name in names]
    found = tuple(change for change in changes if change is not None)
    if found:
        yield ProgrammeChange(name="", status=CHANGED, law="", rules=found, shared=())


def _rule(
    old: Pack,
    new: Pack,
    ours: Mapping[str, RuleIR],
    theirs: Mapping[str, RuleIR],
    name: str,
    language: str,
) -> RuleChange | None:
    before, after = ours.get(name), theirs.get(name)
    law = _laws(before), _laws(after)
    sentence = _sentence(old, before, language), _sentence(new, after, language)
    alike = before is not None and after is not None and same_rule(before, after)
    if alike and law[0] == law[1] and sentence[0] == sentence[1]:
        return None
    lines = () if alike else tuple(_diff(_source(old, before), _source(new, after)))
    return RuleChange(name=name, status=_status(before, after), law=law, sentence=sentence, source=lines)


def _laws(rule: RuleIR | None) -> str:
    return "; ".join(dict.fromkeys(v.law for v in rule.versions)) if rule is not None else ""


def _sentence(pack: Pack, rule: RuleIR | None, language: str) -> str:
    return pack.sentence(rule.name, language) if rule is not None and rule.name in pack.rules else ""


def _source(pack: Pack, rule: RuleIR | None) -> list[str]:
    """The lines of a rule without its docstring, all versions one after another."""
    return [line for version in (rule.versions if rule else ()) for line in _lines(pack.directory, version)]


def _lines(directory: Path, version: RuleVersion) -> list[str]:
    text = (directory / version.span.file).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.lineno == version.span.line:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            told = node.body[0] if ast.get_docstring(node) is not None else None
            hidden = (
                range(told.lineno, (told.end_lineno or told.lineno) + 1) if told is not None else range(0)
            )
            lines = text.splitlines()
            return [lines[n - 1] for n in range(first, (node.end_lineno or first) + 1) if n not in hidden]
    return []


def _diff(before: list[str], after: list[str]) -> list[str]:
    """The lines that differ, led by - and +, with three of what stands around them."""
    return [line for line in unified_diff(before, after, lineterm="") if not line.startswith(("---", "+++"))]


def _in_order(old: Pack, new: Pack, names: Iterable[str]) -> list[str]:
    wanted = set(names)
    return [name for name in dict.fromkeys((*new.rates, *old.rates)) if name in wanted]


def _rate(old: Pack, new: Pack, name: str) -> RateChange:
    before, after = old.rates.get(name), new.rates.get(name)
    days = sorted({e.start for table in (before, after) if table for e in table.entries})
    return RateChange(
        name=name,
        status=_status(before, after),
        source=(before.source if before else "", after.source if after else ""),
        cells=tuple(_cell(before, after, day, old.currency) for day in days),
    )


def _cell(before: RateTable | None, after: RateTable | None, day: int, currency: str) -> Cell:
    was, is_ = _value(before, day, currency), _value(after, day, currency)
    return Cell(since="" if day == BEGIN else to_iso(day), before=was, after=is_, changed=was != is_)


def _value(table: RateTable | None, day: int, currency: str) -> str:
    """What a rate is on a day, as people write it."""
    value: Any = table.value(day) if table is not None else None
    if value is None or table is None:
        return NONE
    if value is UNKNOWN:
        return "?"
    if table.kind is Kind.MONEY:
        return f"{_number(Fraction(value, 100))} {currency}"
    if table.kind is Kind.FRACTION:
        percent = Fraction(value) * 100
        return f"{_number(percent)} %" if (percent * 10**6).denominator == 1 else str(value)
    return str(value)


def _number(value: Fraction) -> str:
    return f"{float(value):,.6f}".rstrip("0").rstrip(".").replace(",", " ")


def _words(name: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[WordChange]:
    was, is_ = _flat(before.get(name)), _flat(after.get(name))
    for key in dict.fromkeys((*is_, *was)):
        if was.get(key) != is_.get(key):
            yield WordChange(file=name, key=key, before=was.get(key, ""), after=is_.get(key, ""))


def _flat(content: bytes | None) -> dict[str, str]:
    """Every text of a TOML file by the path of its keys."""
    if content is None:
        return {}
    found: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = [("", tomllib.loads(content.decode()))]
    while waiting:
        path, value = waiting.pop(0)
        if isinstance(value, dict):
            items = cast(dict[str, Any], value).items()
            waiting = [*((f"{path} > {k}" if path else k, v) for k, v in items), *waiting]
        else:
            found[path] = value if isinstance(value, str) else str(value)
    return found


def _status(before: object, after: object) -> str:
    return NEW if before is None else REMOVED if after is None else CHANGED


def in_text(found: Differences) -> Iterator[str]:
    """The differences as lines for a terminal or a letter."""
    yield f"From {found.old[:12]} to {found.new[:12]}"
    if found.nothing:
        yield "Nothing differs."
    for programme in found.programmes:
        yield ""
        title = f"{programme.name} ({programme.law})" if programme.name else "Rules of no programme"
        yield title + _mark(programme.status)
        for rule in programme.rules:
            yield from _rule_in_text(rule)
        if programme.shared:
            yield f"  see above: {', '.join(programme.shared)}"
    for rate in found.rates:
        yield from _rate_in_text(rate)
    if found.words:
        yield ""
        yield "Words and settings"
    for word in found.words:
        yield f"  {word.file}: {word.key}"
        yield from (f"    {sign} {text}" for sign, text in (("-", word.before), ("+", word.after)) if text)
    for name, status in found.files:
        yield f"  {name}{_mark(status)}"


def _rule_in_text(rule: RuleChange) -> Iterator[str]:
    yield f"  {rule.name}{_mark(rule.status)}"
    for before, after in (rule.law, rule.sentence):
        if before == after:
            yield f"      {after}"
        else:
            yield from (f"    {sign} {text}" for sign, text in (("-", before), ("+", after)) if text)
    yield from (f"    | {line}" for line in rule.source if not line.startswith("@@"))


def _rate_in_text(rate: RateChange) -> Iterator[str]:
    yield ""
    yield f"Rate {rate.name} ({rate.source[1] or rate.source[0]}){_mark(rate.status)}"
    width = max(len(cell.before) for cell in rate.cells)
    for cell in rate.cells:
        since = cell.since or "since ever"
        change = f"  ->  {cell.after}" if cell.changed else ""
        yield f"  {since:<10}  {cell.before:>{width}}{change}"


def _mark(status: str) -> str:
    return "" if status == CHANGED else f" [{status}]"
