"""What hangs together, directly or through others, is one group with one number. Pure."""

from __future__ import annotations

__all__ = ["Groups"]


class Groups:
    """What hangs together: things joined in pairs, and one number for each group."""

    def __init__(self) -> None:
        self._above: dict[object, object] = {}
        self._numbers: dict[object, int] = {}

    def join(self, one: object, other: object) -> None:
        top, under = self._top(one), self._top(other)
        if top != under:
            self._above[under] = top
            moved = self._numbers.pop(under, None)
            if moved is not None:
                self._numbers.setdefault(top, moved)

    def number(self, one: object, otherwise: int) -> int:
        """The group's number; `otherwise` becomes it if it has none."""
        return self._numbers.setdefault(self._top(one), otherwise)

    def _top(self, one: object) -> object:
        while one in self._above:
            one = self._above[one]
        return one
