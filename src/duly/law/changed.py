"""Which programmes two versions of a pack decide differently, by what the rules say and not where they stand.

In doubt a programme counts as changed: to look once too often costs time, once too seldom costs rights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from duly.law.ir import Node, RuleIR, Span
from duly.law.plan import every_rule
from duly.law.walk import calls, reached

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["changed_programmes", "changed_rates", "rules_of", "same_rule"]

SETTINGS: Final = ("zone", "currency", "horizon_years", "choices", "machine_takes", "payments")
"""What of pack.toml every programme's decisions rest on."""
WORDS: Final = frozenset({"span", "sentence", "law", "source"})
"""What people read of a rule or rate; no decision rests on it."""


@lru_cache(maxsize=64)
def changed_programmes(old: Pack, new: Pack) -> frozenset[str]:
    """The programmes of `new` that may decide otherwise than in `old`, new ones among them."""
    if _ground(old) != _ground(new):
        return frozenset(new.programmes)
    rates = changed_rates(old, new)
    return frozenset(name for name in new.programmes if _differs(old, new, name, rates))


def changed_rates(old: Pack, new: Pack) -> frozenset[str]:
    """The names of rates whose entries differ, or that only one of the two has."""
    names = old.rates.keys() | new.rates.keys()
    return frozenset(n for n in names if _shape(old.rates.get(n)) != _shape(new.rates.get(n)))


def same_rule(old: RuleIR, new: RuleIR) -> bool:
    """Whether two rules of one name decide alike, as far as they say it themselves."""
    return _shape(old) == _shape(new)


def rules_of(pack: Pack, programme: str) -> list[str]:
    """The names of the rules that a programme rests on, its own first, each before those that it calls."""
    rules, own = every_rule(pack), pack.programmes[programme].rule.name
    reviews = [review.rule.name for review in pack.reviews if review.programme == programme]
    found: dict[str, None] = {}
    waiting = [own, *reviews]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting.extend(sorted(calls(rules[name])))
    return list(found)


def _differs(old: Pack, new: Pack, name: str, rates: frozenset[str]) -> bool:
    before, after = old.programmes.get(name), new.programmes[name]
    if before is None or _frame(before) != _frame(after):
        return True
    if _reviews(old, name) != _reviews(new, name) or rules_of(old, name) != rules_of(new, name):
        return True
    ours, theirs = every_rule(old), every_rule(new)
    if any(not same_rule(ours[rule], theirs[rule]) for rule in rules_of(new, name)):
        return True
    starts = [after.rule, *(r.rule for r in new.reviews if r.programme == name)]
    read = {text for start in starts for node in reached(start, theirs) for text in _texts(node)}
    return not rates.isdisjoint(read)


def _ground(pack: Pack) -> object:
    """What all programmes rest on: the vocabulary, and some of pack.toml."""
    words = pack.vocabulary
    choices = {name: tuple(member.value for member in kind) for name, kind in words.choices.items()}
    settings = tuple(repr(pack.settings.get(name)) for name in SETTINGS)
    return _shape(dict(words.attributes)), _shape(dict(words.relations)), choices, settings


def _frame(programme: Any) -> object:
    return tuple(
        _shape(getattr(programme, field.name))
        for field in fields(programme)
        if field.name not in ("rule", "law")
    )


def _reviews(pack: Pack, name: str) -> list[object]:
    return [(r.rule.name, r.when) for r in pack.reviews if r.programme == name]


def _texts(node: Node) -> Iterator[str]:
    """Every name that stands in a node: of a rate, of a table, of whatever else the pack declares."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, str):
            yield value


def _shape(value: Any) -> Any:
    """The value without places and words, so that equal meanings are equal."""
    if isinstance(value, Span):
        return None
    if is_dataclass(value):
        named = [field.name for field in fields(value) if field.name not in WORDS]
        return (type(value).__name__, *(_shape(getattr(value, name)) for name in named))
    if isinstance(value, tuple | list):
        return tuple(_shape(one) for one in value)  # pyright: ignore[reportUnknownVariableType] - of any kind
    if isinstance(value, dict):
        return tuple(sorted((str(k), repr(_shape(v))) for k, v in value.items()))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - of any kind
    return repr(value) if not isinstance(value, str | int | float | bool | None) else value
