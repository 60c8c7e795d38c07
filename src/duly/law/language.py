"""Rules, conditions, programmes, reviews and exceptions are decorated functions, and stay callable.

A decorated function keeps its declaration beside it; calling it is plain Python in the current situation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Literal, ParamSpec, TypeVar, cast

from duly.errors import BadInput
from duly.law.declare import Reference
from duly.law.priority import closed, standing
from duly.law.rates import iso_day
from duly.law.situation import Contradiction, needed
from duly.timeline.calendar import BEGIN, to_iso

__all__ = [
    "ALWAYS",
    "AUTOMATIC",
    "DAY",
    "DOWN",
    "FIRST",
    "HALF_EVEN",
    "HALF_UP",
    "MONTH",
    "UP",
    "Declaration",
    "LawFunction",
    "condition",
    "exception",
    "programme",
    "review",
    "rule",
]

P = ParamSpec("P")
R = TypeVar("R")

MONTH: Final = "month"
DAY: Final = "day"
AUTOMATIC: Final = "automatic"
DOWN: Final = "down"
UP: Final = "up"
HALF_UP: Final = "half_up"
HALF_EVEN: Final = "half_even"
FIRST: Final = "first"
ALWAYS: Final = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a decorator said; "" where a kind has no such word.

    `kind`: rule, condition, programme, review, exception. `general`, `applies` and `before` are the functions
    that an exception names: the rule to which it is one, when it applies, those that it goes before.
    """

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
    general: object
    applies: object
    before: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Version:
    since: int
    law: str
    function: Callable[..., Any]
    declaration: Declaration


class LawFunction(Generic[P, R]):
    """A function of the law: its declaration, its versions by day, and a plain-Python call."""

    def __init__(self, function: Callable[P, R], declaration: Declaration) -> None:
        self.name = cast(str, getattr(function, "__name__", ""))
        self.declaration = declaration
        self.versions = (_Version(declaration.since, declaration.law, function, declaration),)
        self.exceptions: tuple[LawFunction[..., Any], ...] = ()
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        found = self._finding(args)
        if found is not None:
            return cast(R, found)
        day = needed(self.name).day
        values = [one(*args, **kwargs) for one in self._applying(day, args, kwargs)]
        if not values:
            return self._on(day)(*args, **kwargs)
        if any(value != values[0] for value in values):
            raise Contradiction(self.name)
        return cast(R, values[0])

    def add(self, function: Callable[..., Any], declaration: Declaration) -> None:
        """A later version of the same function."""
        if declaration.since in [version.since for version in self.versions]:
            raise BadInput(
                "Two versions from one day",
                detail=f"{self.name} has two versions from {_told(declaration.since)}.",
                where=self.name,
                hint="Each its own since=.",
            )
        version = _Version(declaration.since, declaration.law, function, declaration)
        self.versions = tuple(sorted((*self.versions, version), key=lambda v: v.since))

    def declared_on(self, day: int) -> Declaration | None:
        """What the version in force on a day declares; None before the first."""
        begun = [version for version in self.versions if version.since <= day]
        return begun[-1].declaration if begun else None

    def _applying(
        self, day: int, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> list[LawFunction[..., Any]]:
        """The exceptions that apply, and that no other of those goes before."""
        declared = {one.name: (one, one.declared_on(day)) for one in self.exceptions}
        begun = {name: (one, said) for name, (one, said) in declared.items() if said is not None}
        names = [name for name, (_, said) in begun.items() if self._asked(said.applies, args, kwargs)]
        below = closed({name: [_called(other) for other in said.before] for name, (_, said) in begun.items()})
        return [begun[name][0] for name in standing(names, below)]

    def _asked(self, condition: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """A condition of some of this function's parameters, asked about what this was given."""
        asked = cast(LawFunction[..., bool], condition)
        given = dict(zip(_parameters(self), args, strict=False)) | kwargs
        return asked(*(given[name] for name in _parameters(asked)))

    def _on(self, day: int) -> Callable[..., Any]:
        return [v for v in self.versions if v.since <= day or v is self.versions[0]][-1].function

    def _finding(self, arguments: tuple[object, ...]) -> object:
        owner, _, attribute = self.declaration.finding.partition(".")
        for argument in arguments:
            if attribute and type(argument).__name__ == owner:
                return getattr(argument, attribute)
        return None


def _told(day: int) -> str:
    return "the beginning" if day == BEGIN else to_iso(day)


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
    delivery: Literal["automatic"],
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


def exception(
    *,
    to: object,
    when: object,
    law: str,
    over: tuple[object, ...] = (),
    since: str = "",
    replaces: object = None,
) -> Callable[[Callable[P, R]], LawFunction[P, R]]:
    """An exception to the rule `to`: where the condition `when` is true its value replaces the rule's.

    It goes before the exceptions `over`, where both apply. It begins with `since`; `replaces` is an older
    version of it.
    """
    declaration = replace(
        _EMPTY,
        kind="exception",
        law=law,
        since=iso_day("since", since),
        general=to,
        applies=when,
        before=over,
    )
    for what, given in (("to", to), ("when", when), *(("over", one) for one in over)):
        if not isinstance(given, LawFunction):
            hint = f"Write {what}= with a function that is decorated and stands above."
            raise BadInput("No rule", detail=f"{what}={given!r} is no rule.", where="@exception", hint=hint)

    def named(function: Callable[P, R]) -> LawFunction[P, R]:
        made = _declared(function, declaration, replaces)
        general = cast(LawFunction[..., Any], to)
        if made not in general.exceptions:
            general.exceptions = (*general.exceptions, made)
        return made

    return named


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
    general=None,
    applies=None,
    before=(),
)


def _declare(declaration: Declaration, replaces: object) -> Callable[[Callable[P, R]], LawFunction[P, R]]:
    return lambda function: _declared(function, declaration, replaces)


def _declared(function: Callable[P, R], declaration: Declaration, replaces: object) -> LawFunction[P, R]:
    if not isinstance(cast(object, declaration.law), str):
        raise BadInput(
            "No citation",
            detail=f"{declaration.law!r} cites no law.",
            where=function.__module__,
            hint='law="... § ...": a text.',
        )
    if replaces is None:
        return LawFunction(function, declaration)
    if not isinstance(replaces, LawFunction):
        raise BadInput("Replaces no rule", detail=f"{replaces!r} is no rule.", where=function.__module__)
    replaced = cast(LawFunction[P, R], replaces)
    replaced.add(function, declaration)
    return replaced


def _called(function: object) -> str:
    return cast(LawFunction[..., Any], function).name


def _parameters(function: LawFunction[..., Any]) -> tuple[str, ...]:
    code = function.versions[0].function.__code__
    return code.co_varnames[: code.co_argcount]


def _name(reference: object) -> str:
    if isinstance(reference, Reference):
        return reference.name
    raise BadInput(
        "Not an attribute",
        detail=f"{reference!r} names no attribute or relation.",
        hint="Write the class and the name, as in Person.resident_finding.",
    )
