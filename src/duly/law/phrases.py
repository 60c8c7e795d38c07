"""How an explanation speaks to its reader: who is "you", which form of a sentence, how a value is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from duly.clock import day_of
from duly.law.ir import Kind, RuleIR, Type
from duly.law.records import discount_in_words
from duly.law.sentences import FIRST_LANGUAGE
from duly.law.types import currency_of
from duly.law.wording import OWN
from duly.timeline.calendar import to_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["Phrases", "recorded_at", "subjects_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Sentences and words in one language, for one reader; `names` calls the others by name."""

    pack: Pack
    language: str
    reader: int
    about: int
    names: Callable[[int], str] | None

    def word(self, name: str) -> str:
        """A word of the pack's in this language."""
        texts = self.pack.sentences.get(self.language)
        own = OWN.get(self.language, OWN[FIRST_LANGUAGE])
        found = None if texts is None else texts.words.get(name)
        return own.get(name, OWN[FIRST_LANGUAGE].get(name, name)) if found is None else found

    def who(self, subject: int) -> str:
        """How the reader knows a subject."""
        if subject == self.reader:
            return self.word("you")
        if self.names is not None:
            return self.names(subject)
        return self.word("about" if subject == self.about else "other")

    def called(self, subject: int) -> str:
        """A subject by name, where there are names."""
        return self.who(subject) if self.names is None else self.names(subject)

    def sentence(self, rule: RuleIR, given: Sequence[Any], day: int) -> str:
        """The rule's sentence: its first form if it is asked of the reader first, else its second."""
        forms = self.pack.sentence(rule.name, self.language, day).split(" | ")
        pairs = list(zip(rule.parameters, given, strict=True))
        asked = [subject for p, argument in pairs for subject in subjects_in(p.type, argument)]
        form = forms[0] if not asked or asked[0] == self.reader else forms[-1]
        people = {p.name: self.who(argument) for p, argument in pairs if p.type.kind is Kind.SUBJECT}
        said = form.format_map(people)
        return said[:1].upper() + said[1:]

    def value(self, kind: Type, value: Any, *, known: bool) -> str:
        """A value in words."""
        if not known:
            return self.word("unknown")
        if value is None:
            return self.word("nothing")
        if kind.kind is Kind.BOOL:
            return self.word("yes" if value else "no")
        if kind.kind is Kind.MONEY:
            return self.money(value, currency_of(kind))
        if kind.kind is Kind.DAY:
            return to_iso(value)
        if kind.kind is Kind.RECORD and "amount" in value:
            return self.money(value["amount"])
        if kind.kind is Kind.RECORD and "basis_points" in value:
            return discount_in_words(value)
        if kind.kind is Kind.RECORD:
            return ", ".join(str(each) for each in value.values())
        return str(value)

    def fact_value(self, attribute: str, value: Any, *, known: bool) -> str:
        """A fact's value in words."""
        if known and value is None:
            return "-"
        return self.value(self.pack.vocabulary.attribute(attribute).type, value, known=known)

    def money(self, amount: int, currency: str = "") -> str:
        """An amount with its currency, the pack's own unless it is another."""
        minor = f".{amount % 100:02d}" if amount % 100 else ""
        return f"{currency or self.pack.currency} {amount // 100:,}{minor}"

    def between(self, kind: Type, low: Any, high: Any) -> str:
        """Values from one to another in words; None is an open end."""
        first = "" if low is None else self.value(kind, low, known=True)
        last = "" if high is None else self.value(kind, high, known=True)
        if low is None and high is None:
            return self.word("any_answer")
        if kind.kind is Kind.DAY and (low is None or high is None):
            return (
                self.word("after").format(day=first) if high is None else self.word("before").format(day=last)
            )
        if low is None or high is None:
            way = "at_least" if high is None else "at_most"
            return self.word(way).format(value=first or last)
        return first if first == last else self.word("between").format(first=first, last=last)

    def fact(self, subject: int, attribute: str, register: str, member: int = 0) -> str:
        """A fact that is needed, and who holds it."""
        title = self.register(register)
        whose = f"{self.who(subject)}, {self.who(member)}" if member else self.who(subject)
        return f"{whose}: {attribute.partition('.')[2]} ({title})"

    def register(self, register: str) -> str:
        """What a register is called."""
        declared = self.pack.settings.get("registers", {}).get(register, {})
        return declared.get("title", {}).get(self.language, register)

    def recorded(self, provenance: Any) -> str:
        """The day on which a fact became known here; "" where nobody says."""
        instant = recorded_at(provenance)
        return "" if instant is None else to_iso(day_of(instant, self.pack.zone))

    def stood(self, rule: str, given: Sequence[Any], day: int) -> str:
        """A rule that stood against it."""
        return self.sentence(self.pack.rules[rule], given, day)


def recorded_at(provenance: Any) -> int | None:
    """When a fact was recorded (µs), where what the caller says of its origin tells it."""
    found = getattr(provenance, "recorded_at", None)
    return found if isinstance(found, int) else None


def subjects_in(kind: Type, given: Any) -> list[int]:
    """The subjects that an argument is or joins."""
    if kind.kind is Kind.SUBJECT:
        return [given]
    return list(given) if kind.kind is Kind.LINK else []
