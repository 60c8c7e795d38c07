"""Of exceptions that apply together, those stand that no other of them goes before. Pure.

Priority is an order: what goes before a second goes before whatever the second goes before, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

__all__ = ["closed", "rings", "standing"]

Over = Mapping[str, Collection[str]]
"""By name: those that it says it goes before."""


def closed(over: Over) -> dict[str, frozenset[str]]:
    """By name: all that it goes before, directly or through others."""
    return {name: frozenset(_below(name, over)) for name in over}


def rings(over: Over) -> list[str]:
    """The names that go before themselves, sorted."""
    return sorted(name for name, below in closed(over).items() if name in below)


def standing(applying: Sequence[str], below: Mapping[str, Collection[str]]) -> list[str]:
    """Those of `applying` (in their order) before which none of them goes; `below` is closed."""
    return [name for name in applying if not any(name in below[other] for other in applying)]


def _below(name: str, over: Over) -> set[str]:
    found: set[str] = set()
    waiting = [*over[name]]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(over.get(one, ()))
    return found
