"""NAV: what its officers found and were told where two countries may owe a benefit for one child."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Annotated

from msgspec import Meta

from duly.events import Message, Statement, fact

from .event_wording import END, IdentityNumber, different, in_order, person
from .vocabulary import Care, Competence, Interval

NAV = "nav"

Amount = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,9}([.][0-9]{1,4})?" + END,
        description="An amount in the other country's currency, with at most four decimals.",
        examples=["500.25"],
    ),
]
ExchangeRate = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,6}([.][0-9]{1,10})?" + END,
        description="Kroner for one unit of the other currency, with at most ten decimals.",
        examples=["2.7621453465"],
    ),
]
Currency = Annotated[
    str,
    Meta(pattern=r"^[A-Z]{3}" + END, description="A currency by ISO 4217.", examples=["PLN"]),
]


class AboutChild(Message):
    """Something of a carer and a child over some days."""

    carer: IdentityNumber
    child: IdentityNumber
    since: date
    until: date | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)
        different("carer", self.carer, "child", self.child, "carer and child are two people here.")

    def _fact(self, attribute: object, value: object) -> Statement:
        carer, child = person(self.carer), person(self.child)
        return fact(carer, attribute, value, self.since, self.until, member=child)


class CompetenceFinding(AboutChild, type="no.nav.competence-finding.v1", register=NAV, kw_only=True):
    """An officer found which of two countries pays first for a child; `none`: only Norway is concerned."""

    competence: Competence

    def says(self) -> Iterator[Statement]:
        yield self._fact(Care.competence, self.competence)


class ForeignBenefit(AboutChild, type="no.nav.foreign-benefit.v1", register=NAV, kw_only=True):
    """What another country pays for a child, an amount of 0 if nothing, in its own currency."""

    amount: Amount
    currency: Currency
    interval: Interval = Interval.MONTHLY

    def says(self) -> Iterator[Statement]:
        yield self._fact(Care.foreign_amount, Fraction(self.amount))
        yield self._fact(Care.foreign_currency, self.currency)
        yield self._fact(Care.foreign_interval, self.interval)


class RateOfExchange(AboutChild, type="no.nav.exchange-rate.v1", register=NAV, kw_only=True):
    """The rate at which another country's benefit for a child is converted, from a month on."""

    currency: Currency
    rate: ExchangeRate

    def says(self) -> Iterator[Statement]:
        yield self._fact(Care.exchange_currency, self.currency)
        yield self._fact(Care.exchange_rate, Fraction(self.rate))
