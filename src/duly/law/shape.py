"""What holds of a whole batch, so that code for it need not ask: columns that never change, bounded numbers.

Code for a shape is right for every batch that has it, and gives what code that asks would give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from duly.law.ir import Kind
from duly.law.passes import within
from duly.law.team import ALONE, Team
from duly.timeline import BEGIN, END_OF_TIME

if TYPE_CHECKING:
    from duly.law.columns import Facts
    from duly.law.vocabulary import Attribute, Vocabulary
    from duly.timeline import Timelines

__all__ = ["ANY_SHAPE", "MANY", "NEAR", "Shape", "shape", "span_of"]

TAME: Final = 2**40
"""What amounts and numbers without declared bounds are looked at for."""
NEAR: Final = 24
"""Months before and after the days looked at that count as near them."""
NUMBERS: Final = (Kind.INT, Kind.MONEY)
MANY: Final = 2**16
"""More links of one relation than a subject may have where sums are bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Names of attributes, relations and kinds by what holds of all of their rows.

    steady: one segment. known: never unknown. bounded: every value lies in `span_of`; of a relation, that
    no subject has more than `MANY` links. whole: a kind of which everybody has a history.
    """

    steady: frozenset[str]
    known: frozenset[str]
    bounded: frozenset[str]
    whole: frozenset[str]

    def with_rates(self, given: frozenset[str], near: frozenset[str]) -> Shape:
        """The same, and that rates are known on all days that the batch is evaluated for, or near them."""
        names = {f"rate {name}" for name in given} | {f"near rate {name}" for name in near}
        return replace(self, known=self.known | names)

    def narrowed(self, names: frozenset[str]) -> Shape:
        """Only what concerns these names, so that batches which differ elsewhere share code."""
        return Shape(
            steady=self.steady & names,
            known=self.known & names,
            bounded=self.bounded & names,
            whole=self.whole & names,
        )


_NONE: Final[frozenset[str]] = frozenset()
ANY_SHAPE: Final = Shape(steady=_NONE, known=_NONE, bounded=_NONE, whole=_NONE)
"""Nothing is known: code that asks."""


def shape(
    vocabulary: Vocabulary,
    facts: Facts,
    most: Mapping[str, int],
    cache: Path | None,
    team: Team = ALONE,
) -> Shape:
    """The shape of a batch; `most` is how many links of each relation a subject has at most."""
    columns = facts.columns
    known = _all_known(columns)
    asked = [name for name in known if vocabulary.attributes[name].type.kind in NUMBERS]
    spans = [(columns[name].values, *span_of(vocabulary.attributes[name])) for name in asked]
    inside = zip(asked, within(spans, cache, team), strict=True)
    bounded = {name for name, fits in inside if fits}
    return Shape(
        steady=frozenset(name for name, column in columns.items() if len(column.starts) == len(column)),
        known=known,
        bounded=frozenset(bounded | {name for name, links in most.items() if links <= MANY}),
        whole=frozenset(kind for kind, count in facts.here.items() if count == len(facts.numbers[kind])),
    )


def _all_known(columns: Mapping[str, Timelines]) -> frozenset[str]:
    """The columns in which nothing is unknown; what several share is looked at once."""
    arrays = {id(column.known): column.known for column in columns.values()}
    whole = {key: bool(array.all()) for key, array in arrays.items()}
    return frozenset(name for name, column in columns.items() if whole[id(column.known)])


def span_of(attribute: Attribute) -> tuple[int, int]:
    """The bounds that the values of an attribute are looked at for, least and most."""
    if attribute.type.kind is Kind.BOOL:
        return 0, 1
    if attribute.type.kind is Kind.DAY:
        return BEGIN, END_OF_TIME
    least = -TAME if attribute.least is None else attribute.least
    return least, TAME if attribute.most is None else attribute.most
