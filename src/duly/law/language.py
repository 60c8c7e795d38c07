"""Rules, conditions, programmes and reviews are decorated functions, and stay callable.

A decorated function keeps its declaration beside it; calling it is plain Python in the current situation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Literal, ParamSpec, TypeVar, cast

from duly.errors import BadInput
from duly.law.declare import Reference
from duly.law.rates import iso_day
from duly.law.situation import needed

__all__ = [
    "ALWAYS",
    "AUTOMATIC",
    "DAY",
    "DOWN",
    "FIRST",
    "HALF_EVEN",
    "HALF_UP",
    "MONTH",
    "ON_CLAIM",
    "UP",
    "Declaration",
    "LawFunction",
    "condition",
    "programme",
    "review",
    "rule",
]

P = ParamSpec("P")
R = TypeVar("R")

MONTH: Final = "month"
DAY: Final = "day"
AUTOMATIC: Final = "automatic"
ON_CLAIM: Final = "on_claim"
DOWN: Final = "down"
UP: Final = "up"
HALF_UP: Final = "half_up"
HALF_EVEN: Final = "half_even"
FIRST: Final = "first"
ALWAYS: Final = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a decorator said. `kind`: rule, condition, programme, review. "" where a kind has no such word."""

    kind: str
    law: str
    since: int
    finding: str
    programme: str
    agency: str
    over: str
    every: str
    delivery: str
    purpose: str
    reason: str
    when: str


@dataclass(frozen=True, slots=True)
class _Version:
    since: int
    law: str
    function: Callable[..., Any]


class LawFunction(Generic[P, R]):
    """A function of the law: its declaration, its versions by day, and a plain-Python call."""

    def __init__(self, function: Callable[P, R], declaration: Declaration) -> None:
        self.name = cast(str, getattr(function, "__name__", ""))
        self.declaration = declaration
        self.versions = (_Version(declaration.since, declaration.law, function),)
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        found = self._finding(args)
        return cast(R, found) if found is not None else self._on(needed(self.name).day)(*args, **kwargs)

    def add(self, function: Callable[..., Any], declaration: Declaration) -> None:
        """A later version of the same function."""
        if declaration.since in [version.since for version in self.versions]:
            raise BadInput("Two versions from one day", detail="Give each its own since=.", where=self.name)
        version = _Version(declaration.since, declaration.law, function)
        self.versions = tuple(sorted((*self.versions, version), key=lambda v: v.since))

    def _on(self, day: int) -> Callable[..., Any]:
        return [v for v in self.versions if v.since <= day or v is self.versions[0]][-1].function

    def _finding(self, arguments: tuple[object, ...]) -> object:
        owner, _, attribute = self.declaration.finding.partition(".")
        for argument in arguments:
            if attribute and type(argument).__name__ == owner:
                return getattr(argument, attribute)
        return None


def rule(
    *, law: str, since: str = "", replaces: object = None
) -> Callable[[Callable[P, R]], LawFunction[P, R]]:
    """A rule. With `since` and `replaces` it is the version of that rule from an ISO day on."""
    declaration = replace(_EMPTY, kind="rule", law=law, since=iso_day("since", since))
    return _declare(declaration, replaces)


def condition(
    *, law: str, finding: object, since: str = "", replaces: object = None
) -> Callable[[Callable[P, R]], LawFunction[P, R]]:
    """A rule that an officer's finding (an attribute) replaces for the days that it covers."""
    declaration = replace(
        _EMPTY, kind="condition", law=law, since=iso_day("since", since), finding=_name(finding)
    )
    return _declare(declaration, replaces)


def programme(
    name: str,
    *,
    agency: str,
    law: str,
    every: Literal["month", "day"],
    delivery: Literal["automatic", "on_claim"],
    purpose: str,
    over: object = None,
) -> Callable[[Callable[P, R]], LawFunction[P, R]]:
    """A public service: `over` a relation, its rule takes both ends and the link; else only the holder."""
    declaration = replace(
        _EMPTY,
        kind="programme",
        law=law,
        programme=name,
        agency=agency,
        over="" if over is None else _name(over),
        every=every,
        delivery=delivery,
        purpose=purpose,
    )
    return _declare(declaration, None)


def review(
    of: str, *, law: str, reason: str, when: Literal["first", "always"]
) -> Callable[[Callable[P, R]], LawFunction[P, R]]:
    """A rule that sends a decision of programme `of` to a human before it acts, with the reason.

    `when`: FIRST looks only at the first grant of a key, ALWAYS at every decision.
    """
    declaration = replace(_EMPTY, kind="review", law=law, programme=of, reason=reason, when=when)
    return _declare(declaration, None)


_EMPTY = Declaration(
    kind="",
    law="",
    since=iso_day("", ""),
    finding="",
    programme="",
    agency="",
    over="",
    every="",
    delivery="",
    purpose="",
    reason="",
    when="",
)


def _declare(declaration: Declaration, replaces: object) -> Callable[[Callable[P, R]], LawFunction[P, R]]:
    def decorate(function: Callable[P, R]) -> LawFunction[P, R]:
        if replaces is None:
            return LawFunction(function, declaration)
        if not isinstance(replaces, LawFunction):
            raise BadInput("Replaces no rule", detail=f"{replaces!r} is no rule.", where=function.__module__)
        replaced = cast(LawFunction[P, R], replaces)
        replaced.add(function, declaration)
        return replaced

    return decorate


def _name(reference: object) -> str:
    if isinstance(reference, Reference):
        return reference.name
    raise BadInput(
        "Not an attribute",
        detail=f"{reference!r} names no attribute or relation.",
        hint="Write the class and the name, as in Person.resident_finding.",
    )
