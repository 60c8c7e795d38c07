"""Files that stand beside the cases: rates and birth rules are compared with the pack, texts are not.

A birth rule is compared by name only: that the pack has a review for it, at its place in the order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from duly.law.components import Compared
from duly.timeline import BEGIN, from_iso, to_iso

from . import birth_filter, rates

RATES = {
    "ordinary": "ORDINARY",
    "ordinary_under_6": "UNDER_6",
    "extended": "EXTENDED",
    "small_child_supplement": "SMALL_CHILD",
    "finnmark_supplement": "FINNMARK",
    "svalbard_supplement": "SVALBARD",
}
REVIEWS = {
    "mother_has_valid_identity_number": "mothers_number",
    "child_has_valid_identity_number": "childs_number",
    "mother_is_alive": "mother_dead",
    "child_is_alive": "child_dead",
    "enough_time_since_previous_child": "births_too_close",
    "mother_is_18_or_older": "mother_under_18",
    "mother_has_no_guardian": "mother_has_guardian",
    "mother_has_no_running_extended_benefit": "mother_has_extended",
    "mother_has_no_running_eea_benefit": "mother_has_abroad",
    "case_not_migrated_after_birth": "moved_after_birth",
    "no_benefit_running_for_the_child_elsewhere": "runs_elsewhere",
    "mother_does_not_satisfy_lone_parent_condition_during_childhood": "mother_is_lone_parent",
    "mother_has_no_ended_benefit": "mothers_benefit_ended",
}
OERE = 100

Row = Mapping[str, Any]


def rates_of(document: Row) -> Iterator[Compared]:
    """Each dated rate of a file, compared with the pack's over all its days."""
    for row in document["rates"]:
        name, since, until = row["rate"], row.get("from"), row.get("to")
        title = f"{name} from {since or 'ever'} to {until or 'further notice'}"
        if name not in RATES:
            yield _compared(title, title, (), "no rule of the pack uses this rate")
        else:
            yield _compared(title, title, tuple(_rate_differs(row)), "")
    for name, words in RATES.items():
        mine = [row for row in document["rates"] if row["rate"] == name]
        if mine:
            yield _compared(f"{name}: nothing else", name, tuple(_beyond(words, mine)), "")


def _rate_differs(row: Row) -> Iterator[str]:
    """Each day from which the pack has another amount than the row."""
    first = BEGIN if row.get("from") is None else from_iso(row["from"])
    last = None if row.get("to") is None else from_iso(row["to"])
    steps = _steps(RATES[row["rate"]])
    held = [(start, amount) for start, amount in steps if start <= first][-1:]
    held += [(start, amount) for start, amount in steps if start > first and (last is None or start <= last)]
    wanted = int(row["amount"]) * OERE
    for start, amount in held:
        if amount != wanted:
            said = "nothing" if amount is None else f"{amount // OERE}"
            yield f"from {_told(max(start, first))} the pack has {said}, expected {row['amount']}"


def _beyond(name: str, rows: list[Row]) -> Iterator[str]:
    """Each day from which the pack has an amount where the file has none."""
    begins = [BEGIN if row.get("from") is None else from_iso(row["from"]) for row in rows]
    for start, amount in _steps(name):
        if amount is not None and start not in begins:
            yield f"the pack has {amount // OERE} from {_told(start)}, which the file does not have"


def _steps(name: str) -> list[tuple[int, int | None]]:
    declared: Any = getattr(rates, name)
    return list(declared.table.steps())


def _told(day: int) -> str:
    return "ever" if day == BEGIN else to_iso(day)


def birth_rules_of(document: Row) -> Iterator[Compared]:
    """Each filter rule of a birth: whether the pack has its review, in the order of the file."""
    order = list(REVIEWS)
    for at, row in enumerate(document["filter_rules"]):
        name = cast(str, row["name"])
        there = hasattr(birth_filter, REVIEWS.get(name, ""))
        differences = () if there else (f"no review of the pack is about {name}",)
        if there and order.index(name) != at:
            differences = (f"{name} is number {order.index(name) + 1} of the pack, expected {at + 1}",)
        yield _compared(name, cast(str, row["passes_when"]), differences, "")
    yield _compared("automatic conditions", "automatic conditions", (), "only the filter rules are compared")


def nothing_of(what: str) -> Iterator[Compared]:
    """A file that holds nothing to compare the pack with."""
    yield _compared(what, what, (), f"{what}: nothing to compare")


def _compared(name: str, title: str, differences: tuple[str, ...], left_out: str) -> Compared:
    return Compared(id=name, title=title, differences=differences, left_out=left_out)
