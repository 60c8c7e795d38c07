"""What people hold under the old version must mean the same under the new one, or the new one is refused.

Nothing is taken away of which records are kept: a programme is ended by its rule, from a day on.
"""

from __future__ import annotations

from collections.abc import Iterator

from duly.errors import BadInput
from duly.law import Pack

__all__ = ["require_compatible", "unfit"]


def require_compatible(old: Pack, new: Pack) -> None:
    """BadInput where what is kept under `old` cannot be read under `new`; it names everything wrong."""
    found = list(unfit(old, new))
    if found:
        raise BadInput(
            "This version cannot follow the one in force",
            detail=" ".join(found),
            where=new.name,
            hint="End a programme by its rule, with None from a day on; give another meaning another name.",
            status=422,
        )


def unfit(old: Pack, new: Pack) -> Iterator[str]:
    """What of the old version is kept in records, and is gone or means something else in the new one."""
    for what in ("name", "zone", "currency"):
        before, after = getattr(old, what), getattr(new, what)
        if before != after:
            yield f"Its {what} is {after!r} and was {before!r}."
    yield from _programmes(old, new)
    yield from _vocabulary(old, new)


def _programmes(old: Pack, new: Pack) -> Iterator[str]:
    for name, before in old.programmes.items():
        after = new.programmes.get(name)
        if after is None:
            yield f"The programme {name} is gone."
        elif after.fields != before.fields:
            told = ", ".join(field for field, _ in before.fields)
            yield f"What {name} grants has other fields than {told}."
        elif (after.over, after.holder, after.about) != (before.over, before.holder, before.about):
            yield f"The programme {name} is held by, or is about, somebody else."


def _vocabulary(old: Pack, new: Pack) -> Iterator[str]:
    ours, theirs = old.vocabulary, new.vocabulary
    for name, before in ours.attributes.items():
        after = theirs.attributes.get(name)
        if after is None:
            yield f"The attribute {name} is gone."
        elif (after.type, after.category) != (before.type, before.category):
            yield f"The attribute {name} is of another type or category."
    for name, relation in ours.relations.items():
        if theirs.relations.get(name) != relation:
            yield f"The relation {name} is gone or leads elsewhere."
    for name, choice in ours.choices.items():
        values = [member.value for member in choice]
        now = [member.value for member in theirs.choices.get(name, ())]
        if now[: len(values)] != values:
            yield f"The choice {name} has lost a value, or they stand in another order."
