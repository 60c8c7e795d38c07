"""What everyone in a history is due, as periods: by the kernel, or key by key where there is little.

Key by key it runs what machine code the process has loaded already, else the interpreter, which needs none:
to load it takes a tenth of a second, a key over three years two thousandths. All give the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from duly.errors import BadInput
from duly.law import interpret
from duly.law.provisional import Marked, marked, only_settled, runs_on
from duly.law.records import discount_in_words
from duly.law.situation import UNKNOWN
from duly.law.world import History, World
from duly.timeline.calendar import from_iso, month_after, month_first, to_iso

if TYPE_CHECKING:
    from duly.law.given import Given
    from duly.law.pack import Pack

__all__ = ["Due", "DueInWords", "evaluate", "in_words", "keys"]

LITTLE: Final = 50_000
"""Keys times days, up to which a batch is not worth it, nor loading machine code."""


Key = tuple[int, int]
Days = tuple[int, int]
Look = Callable[["Pack", str, Key, Days, int | None], list[tuple[int, Any]]]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One period [first, end) of one key: the record's values, or unknown (then there are none).

    `provisional`: a rate that decides it only runs on (see `provisional`).
    """

    programme: str
    holder: int
    about: int
    first: int
    end: int
    unknown: bool
    provisional: bool
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueInWords:
    """The same for people: names, first and last month (or day) of the period, and a text."""

    holder: str
    programme: str
    about: str
    since: str
    until: str
    unknown: bool
    provisional: bool
    values: Mapping[str, Any]
    text: str


def evaluate(
    pack: Pack,
    history: History,
    first: int,
    last: int,
    known_at: int | None = None,
    programmes: Iterable[str] | None = None,
) -> list[Due]:
    """The due periods within the days [first, last) of all keys in the history, ordered by key and day."""
    wanted = sorted(pack.programmes) if programmes is None else sorted(programmes)
    found: list[Due] = []
    for name in wanted:
        mine = keys(pack, name, history)
        little = len(mine) * (last - first) <= LITTLE
        by = _one_by_one if little else _by_kernel
        for key, segments in by(pack, name, history, mine, (first, last), known_at):
            found += _periods(name, key, segments, (first, last))
    return sorted(found, key=lambda due: (due.holder, due.programme, due.about, due.first))


def keys(pack: Pack, programme: str, history: History) -> list[tuple[int, int]]:
    """(holder, about) of every key of a programme in the history, in order."""
    found = pack.programme(programme)
    if not found.over:
        return sorted((n, n) for n, subject in history.items() if subject.kind == found.holder)
    relation = pack.vocabulary.relations[found.over]
    owned = {
        (owner, member)
        for owner, subject in history.items()
        for attribute, member in subject.facts
        if attribute.partition(".")[0] == relation.link
    }
    return sorted((member, owner) if relation.inverse_of else (owner, member) for owner, member in owned)


def in_words(pack: Pack, given: Given, since: str, until: str) -> list[DueInWords]:
    """What everyone in the given facts is due from one month through another ("2024-01", "2026-12")."""
    first, after = _month(since), month_after(_month(until))
    if after <= first:
        raise BadInput("No months", detail=f"{until} is before {since}.", hint="Give the first month first.")
    return [_told(pack, given, due) for due in evaluate(pack, given.history, first, after)]


def _one_by_one(
    pack: Pack,
    programme: str,
    history: History,
    wanted: Sequence[Key],
    days: Days,
    known_at: int | None,
) -> Iterator[tuple[Key, list[Marked]]]:
    look = _by_few(history) if _running(pack, programme) else _by_interpreter(pack, history)
    sure = _settled(pack, programme, days, known_at)
    for key in wanted:
        whole, settled = _both(pack, sure, lambda each, key=key: look(each, programme, key, days, known_at))
        yield key, marked(whole, settled)


def _running(pack: Pack, programme: str) -> bool:
    """Whether this process runs machine code of the programme; where it runs none, nothing is imported."""
    compiled = sys.modules.get("duly.law.compiled")
    return compiled is not None and bool(compiled.running(pack, programme))


def _by_few(history: History) -> Look:
    from duly.law import few

    return lambda pack, programme, key, days, known_at: few.timeline(
        pack, programme, history, *key, *days, known_at=known_at
    )


def _by_interpreter(pack: Pack, history: History) -> Look:
    world = World(pack, history)
    return lambda pack, programme, key, days, known_at: interpret.timeline(
        pack, programme, world, *key, *days, known_at=known_at
    )


def _by_kernel(
    pack: Pack,
    programme: str,
    history: History,
    wanted: Sequence[Key],
    days: Days,
    known_at: int | None,
) -> Iterator[tuple[Key, list[Marked]]]:
    from duly.law import columns, kernel

    facts, sure = columns.build(pack, history), _settled(pack, programme, days, known_at)
    mine = columns.keys(pack, programme, facts)
    whole, settled = _both(
        pack,
        sure,
        lambda each: kernel.evaluate(
            each,
            programme,
            replace(facts, heaps={}),
            mine.holders,
            mine.abouts,
            mine.links,
            known_at=known_at,
            first=days[0],
            last=days[1],
        ),
    )
    found = pack.programme(programme)
    holders = facts.numbers[found.holder][mine.holders].tolist()
    abouts = facts.numbers[found.about][mine.abouts].tolist()
    for row, key in enumerate(zip(holders, abouts, strict=True)):
        yield key, marked(*(kernel.decoded(pack, programme, grants, row) for grants in (whole, settled)))


def _both(pack: Pack, sure: Pack, look: Callable[[Pack], Found]) -> tuple[Found, Found]:
    """What is found with all rates, and with settled ones only; once where that is the same."""
    whole = look(pack)
    return whole, whole if sure is pack else look(sure)


def _settled(pack: Pack, programme: str, days: Days, known_at: int | None) -> Pack:
    """The pack with its settled rates only; the same one where they reach far enough."""
    return only_settled(pack, known_at) if runs_on(pack, programme, known_at, days[1]) else pack


def _periods(programme: str, key: Key, segments: Sequence[Marked], days: Days) -> Iterator[Due]:
    ends = [start for start, _, _ in segments[1:]] + [days[1]]
    for (start, due, provisional), end in zip(segments, ends, strict=True):
        if due is not None:
            yield Due(
                programme=programme,
                holder=key[0],
                about=key[1],
                first=max(start, days[0]),
                end=end,
                unknown=due is UNKNOWN,
                provisional=provisional,
                values={} if due is UNKNOWN else due,
            )


def _told(pack: Pack, given: Given, due: Due) -> DueInWords:
    monthly = pack.programme(due.programme).every == "month"
    length = 7 if monthly else 10
    return DueInWords(
        holder=given.names.get(due.holder, str(due.holder)),
        programme=due.programme,
        about=given.names.get(due.about, str(due.about)),
        since=to_iso(due.first)[:length],
        until=to_iso(due.end - 1)[:length],
        unknown=due.unknown,
        provisional=due.provisional,
        values=due.values,
        text=_text(pack, due, monthly=monthly),
    )


def _text(pack: Pack, due: Due, *, monthly: bool) -> str:
    if due.unknown:
        return "not known"
    return _values(pack, due, monthly=monthly) + (", provisional" if due.provisional else "")


def _values(pack: Pack, due: Due, *, monthly: bool) -> str:
    if "amount" in due.values:
        amount = cast(int, due.values["amount"])
        whole = f"{amount // 100:,}" + (f".{amount % 100:02d}" if amount % 100 else "")
        return f"{pack.currency} {whole}" + (" a month" if monthly else "")
    if "basis_points" in due.values:
        return discount_in_words(due.values)
    return ", ".join(f"{name} {value}" for name, value in due.values.items())


def _month(text: str) -> int:
    if len(text) != 7:
        raise BadInput("Not a month", detail=f"{text!r} is no month.", hint="Write it as 2024-02.")
    return month_first(from_iso(text))
