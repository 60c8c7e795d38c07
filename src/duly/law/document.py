"""The explanation as a document: stable, versioned, and held to docs/reference/explanation.schema.json.

A field is never renamed and never changes its meaning within a version; fields may be added.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from duly.law.explanation import Explanation, FactUsed, RateUsed
from duly.law.ir import Kind
from duly.law.phrases import Phrases, recorded_at
from duly.timeline.calendar import to_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["VERSION", "document"]

VERSION: Final = 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def document(told: Explanation) -> Mapping[str, Any]:
    """The root of an explanation as plain values."""
    asked, phrases = told.root()
    writing = _Writing(phrases)
    return {
        "version": VERSION,
        "pack": {"name": asked.pack, "hash": asked.law},
        "language": asked.language,
        "programme": asked.programme,
        "holder": asked.holder,
        "about": asked.about,
        "day": asked.day,
        "outcome": _outcome(known=told.known, value=told.value, told=told.told),
        "because": writing.rule(told),
        "needed": list(told.needed),
        "different": {
            "conditions": list(told.differ),
            "facts": [
                {
                    "who": each.who,
                    "attribute": each.attribute,
                    "now": each.now,
                    "told": each.told,
                    "values": [{"kind": r.kind, "first": r.first, "last": r.last} for r in each.runs],
                    "outcome": {
                        "due": "yes",
                        "value": each.value,
                        "told": each.outcome,
                    },
                }
                for each in told.instead
            ],
        },
        "changes": None
        if told.changes is None
        else {
            "day": told.changes.day,
            "outcome": _outcome(known=told.changes.known, value=told.changes.value, told=told.changes.told),
            "because": list(told.changes.because),
        },
        "text": told.text(),
    }


def _outcome(*, known: bool, value: Any, told: str) -> dict[str, Any]:
    due = "unknown" if not known else "no" if value is None else "yes"
    return {"due": due, "value": value, "told": told}


class _Writing:
    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases
        self.pack: Pack = phrases.pack

    def rule(self, told: Explanation) -> dict[str, Any]:
        """One rule with all that is below it."""
        day = self.pack.rules[told.rule].result.kind is Kind.DAY
        return {
            "rule": told.rule,
            "sentence": told.sentence,
            "law": told.law,
            "days": list(told.days),
            "known": told.known,
            "value": to_iso(told.value) if day and told.value is not None else told.value,
            "told": told.told,
            "facts": [self._fact(fact) for fact in told.facts],
            "rates": [_rate(rate) for rate in told.rates],
            "parts": [self.rule(child) for child in told.children],
            "alike": list(told.alike),
        }

    def _fact(self, fact: FactUsed) -> dict[str, Any]:
        day = self.pack.vocabulary.attribute(fact.attribute).type.kind is Kind.DAY
        instant = recorded_at(fact.provenance)
        return {
            "who": fact.who,
            "attribute": fact.attribute,
            "day": fact.day,
            "known": fact.known,
            "value": to_iso(fact.value) if day and fact.value is not None else fact.value,
            "told": fact.told,
            "holds_since": fact.since or None,
            "reported": fact.reported,
            "register": fact.register,
            "register_name": self.phrases.register(fact.register),
            "recorded": None if instant is None else (EPOCH + timedelta(microseconds=instant)).isoformat(),
        }


def _rate(rate: RateUsed) -> dict[str, Any]:
    return {
        "rate": rate.name,
        "day": rate.day,
        "known": rate.known,
        "value": rate.value,
        "told": rate.told,
        "in_force_since": rate.since or None,
        "source": rate.source,
        "provisional": rate.provisional,
    }
