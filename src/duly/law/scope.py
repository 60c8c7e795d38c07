"""What names mean at one place of a rule, and which expressions are sure not to be None there.

A fact that is not None on one day may be None on another, so inside a selector only local names stay sure.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Final, cast

from duly.law.declare import Choice
from duly.law.findings import Refused
from duly.law.ir import Node
from duly.law.selectors import Period, last_months, previous_year_from, year_from, years_ago

__all__ = ["MISSING", "Lambda", "Scope", "static"]

COUNTED: Final[dict[Any, int]] = {last_months: 600, years_ago: 50, year_from: 12, previous_year_from: 12}
"""Periods that are given a number, and the highest one."""
MISSING: Final = object()
"""What `static` gives for what is no name of the module."""


@dataclass(frozen=True, slots=True, eq=False)
class Lambda:
    """A function without parameters, and the scope it was written in."""

    body: ast.expr
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """`names` that are local, and the source text of expressions that are `sure` not to be None."""

    module: ModuleType
    names: Mapping[str, Node | Lambda]
    sure: frozenset[str]

    def bind(self, name: str, value: Node | Lambda) -> Scope:
        """With a local name; what was sure about another of that name is forgotten."""
        sure = frozenset(text for text in self.sure if not re.search(rf"\b{re.escape(name)}\b", text))
        return replace(self, names={**self.names, name: value}, sure=sure)

    def surely(self, texts: frozenset[str]) -> Scope:
        """Where these are not None."""
        return replace(self, sure=self.sure | texts) if texts else self

    def on_another_day(self) -> Scope:
        """Only local names stay sure."""
        return replace(self, sure=frozenset(text for text in self.sure if text in self.names))


def static(node: ast.expr, scope: Scope) -> Any:
    """What a name of the module (not a local one) stands for when the law is loaded, else MISSING."""
    match node:
        case ast.Name(id=name) if name not in scope.names:
            return vars(scope.module).get(name, getattr(builtins, name, MISSING))
        case ast.Attribute(value=value, attr=attribute):
            of = static(value, scope)
            if isinstance(of, ModuleType | Period) or (isinstance(of, type) and issubclass(of, Choice)):
                return _member(of, attribute, node)
        case ast.Call(func=func, args=[ast.Constant(value=int(count))], keywords=[]):
            return _period(static(func, scope), count, node)
        case _:
            pass
    return MISSING


def _period(make: object, count: int, node: ast.Call) -> Any:
    most = COUNTED.get(make) if callable(make) else None
    if most is None:
        return MISSING
    if isinstance(count, bool) or not 1 <= count <= most:
        text = ast.unparse(node)
        raise Refused(node, f"There is no {text}", f"a number from 1 to {most}")
    return cast(Callable[[int], Period], make)(count)


def _member(of: ModuleType | Period | type[Choice], attribute: str, node: ast.expr) -> Any:
    found = getattr(of, attribute, MISSING)
    if found is MISSING or (isinstance(of, type) and not isinstance(found, Choice)):
        names = (
            list(of.__members__) if isinstance(of, type) else [n for n in dir(of) if not n.startswith("_")]
        )
        name = of.name if isinstance(of, Period) else of.__name__.rpartition(".")[2]
        raise Refused(node, f"{name} has no {attribute}", f"one of {', '.join(names)}")
    return found
