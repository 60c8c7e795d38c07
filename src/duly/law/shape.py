"""What holds of a whole batch, so that code for it need not ask: columns that never change, bounded numbers.

Code for a shape is right for every batch that has it, and gives what code that asks would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from duly.law.ir import NONE, Kind
from duly.timeline import BEGIN, END_OF_TIME

if TYPE_CHECKING:
    from duly.law.columns import Facts
    from duly.law.vocabulary import Attribute, Vocabulary
    from duly.timeline import Timelines

__all__ = ["ANY_SHAPE", "MANY", "Shape", "shape", "span_of"]

TAME: Final = 2**40
"""What amounts and numbers without declared bounds are looked at for."""
MANY: Final = 2**26
"""More links of one relation than a batch with bounded sums may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Names of attributes, relations and kinds by what holds of all of their rows.

    steady: one segment. known: never unknown. bounded: every value lies in `span_of`; of a relation, that it
    has at most `MANY` links. whole: a kind of which everybody has a history.
    """

    steady: frozenset[str]
    known: frozenset[str]
    bounded: frozenset[str]
    whole: frozenset[str]

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


def shape(vocabulary: Vocabulary, facts: Facts) -> Shape:
    """The shape of a batch."""
    columns, attributes = facts.columns, vocabulary.attributes
    links = {name for name, r in vocabulary.relations.items() if len(facts.links[r.owning].owners) <= MANY}
    known = frozenset(name for name, column in columns.items() if bool(column.known.all()))
    bounded = {name for name, column in columns.items() if _bounded(attributes[name], column, name in known)}
    return Shape(
        steady=frozenset(name for name, column in columns.items() if len(column.starts) == len(column)),
        known=known,
        bounded=frozenset(bounded | links),
        whole=frozenset(kind for kind, count in facts.here.items() if count == len(facts.numbers[kind])),
    )


def span_of(attribute: Attribute) -> tuple[int, int]:
    """The bounds that the values of an attribute are looked at for, least and most."""
    if attribute.type.kind is Kind.BOOL:
        return 0, 1
    if attribute.type.kind is Kind.DAY:
        return BEGIN, END_OF_TIME
    least = -TAME if attribute.least is None else attribute.least
    return least, TAME if attribute.most is None else attribute.most


def _bounded(attribute: Attribute, column: Timelines, known: bool) -> bool:
    """Whether every value that is known and not None lies within its bounds."""
    if attribute.type.kind not in (Kind.BOOL, Kind.DAY, Kind.INT, Kind.MONEY) or not known:
        return False
    values = column.values[column.values != NONE] if attribute.type.optional else column.values
    least, most = span_of(attribute)
    return not len(values) or (int(np.min(values)) >= least and int(np.max(values)) <= most)
