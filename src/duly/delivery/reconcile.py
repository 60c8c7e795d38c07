"""What stands is brought about: lines and payments, or places, whatever of them is still missing.

Nothing here decides. It compares what stands with what was sent, and that with what was paid, and acts on
the difference. It may run at any time and any number of times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection

from duly.delivery import chains, enrolments, orders, wakes
from duly.delivery.bank import Bank, Transfer
from duly.delivery.chains import ORDER, PAYMENT, Account, Payment, Sent
from duly.delivery.enrolments import ENROLMENT, Places
from duly.delivery.payments import Month, balance, booked, last_payable, next_pay_day
from duly.entitlements import Held, Key, Profiles, use_of
from duly.facts import load
from duly.law import UNKNOWN, Pack
from duly.timeline import first_of_index
from duly.vault import Use, Vault

__all__ = ["Delivery", "Paying"]

STEP: Final = "delivery"


class Paying(msgspec.Struct, frozen=True, kw_only=True):
    """How the pack pays, from [payments] of pack.toml.

    `day` of the month (1 to 28) is when the month is paid; `account` is the attribute that says whereto.
    """

    purpose: str
    account: str
    day: int
    back_months: int

    @classmethod
    def of(cls, pack: Pack) -> Paying:
        """BadInput (msgspec.ValidationError) when the section is not complete."""
        return msgspec.convert(dict(pack.section("payments")), cls)


class Delivery:
    """Brings about what stands, and pays; `bank` is None where payments are only ordered."""

    def __init__(self, pack: Pack, profiles: Profiles, vault: Vault, bank: Bank | None) -> None:
        self._pack, self._profiles, self._vault, self._bank = pack, profiles, vault, bank
        self.paying = Paying.of(pack)
        self._account = pack.vocabulary.attribute(self.paying.account)

    def deliver(self, conn: Connection, held: Iterable[Held], today: int) -> dict[Key, tuple[Month, ...]]:
        """Send what these entitlements need, and pay what is payable; gives what is overpaid, by key."""
        ever = [one for one in held if any(value for _, value in one.entitlement.standing)]
        pays = [one for one in ever if self._profiles[one.key.programme].pays]
        places = [one for one in ever if self._profiles[one.key.programme].enrols]
        self._enrol(conn, places, today)
        return self._order(conn, pays, today)

    def awake(self, conn: Connection, today: int, most: int) -> tuple[int, dict[Key, tuple[Month, ...]]]:
        """Do what the day brings for up to `most` keys; how many those were, and what is overpaid."""
        keys = wakes.due(conn, today, most)
        enrols = [key for key in keys if self._profiles[key.programme].enrols]
        for agency, of in self._by_agency(enrols).items():
            use = self._enrolment_use(agency, of)
            found = enrolments.read(conn, self._vault, use, of)
            wakes.put(conn, enrolments.send(conn, self._vault, found, today))
        overpaid: dict[Key, tuple[Month, ...]] = {}
        for agency, of in self._by_agency([key for key in keys if key not in set(enrols)]).items():
            use = self._pay_use(agency)
            accounts = chains.read(conn, self._vault, use, of)
            overpaid.update(self._pay(conn, use, accounts, today))
        return len(keys), overpaid

    def settle(
        self,
        conn: Connection,
        agency: str,
        decided: Mapping[Key, tuple[Month, ...]],
        today: int,
        *,
        approved: bool,
    ) -> None:
        """A human decided on overpaid months: a debt (`approved`) or waived; they are not asked again."""
        use = self._pay_use(agency)
        kept: list[tuple[Key, int, Account]] = []
        made: list[tuple[Key, int, Payment]] = []
        for key, (version, one) in chains.read(conn, self._vault, use, decided).items():
            made.append((key, one.payments, Payment(months=decided[key], account="", reference="")))
            settled = booked(one.settled, decided[key])
            after = msgspec.structs.replace(one, settled=settled, payments=one.payments + 1)
            kept.append((key, version + 1, after))
        chains.write(conn, self._vault, kept)
        state = chains.DEBT if approved else chains.WAIVED
        chains.write_payments(conn, self._vault, [(*one, state) for one in made], today)

    def paid_to(self, conn: Connection, keys: Collection[Key]) -> dict[Key, int]:
        """The day up to which each of these keys was paid; left out where nothing was."""
        found: dict[Key, int] = {}
        pays = [key for key in keys if self._profiles[key.programme].pays]
        for agency, of in self._by_agency(pays).items():
            for key, (_, account) in chains.read(conn, self._vault, self._pay_use(agency), of).items():
                if account.paid:
                    found[key] = first_of_index(account.paid[-1][0])
        return found

    def _enrol(self, conn: Connection, held: Sequence[Held], today: int) -> None:
        for agency, keys in self._by_agency([one.key for one in held]).items():
            before = enrolments.read(conn, self._vault, self._enrolment_use(agency, keys), keys)
            wanted: dict[Key, tuple[int, Places]] = {}
            for one in held:
                if one.key in before:
                    version, places = before[one.key]
                    profile = self._profiles[one.key.programme]
                    stands = enrolments.places_of(one.entitlement.standing, profile)
                    wanted[one.key] = (
                        version,
                        msgspec.structs.replace(places, wanted=stands, held=one.entitlement.held),
                    )
            wakes.put(conn, enrolments.send(conn, self._vault, wanted, today))

    def _order(self, conn: Connection, held: Sequence[Held], today: int) -> dict[Key, tuple[Month, ...]]:
        overpaid: dict[Key, tuple[Month, ...]] = {}
        entitlements = {one.key: one for one in held}
        for agency, keys in self._by_agency(entitlements).items():
            use = self._pay_use(agency)
            before = chains.read(conn, self._vault, use, keys)
            numbers = chains.next_numbers(conn, {key.holder for key in keys}, agency)
            after: dict[Key, tuple[int, Account]] = {}
            sent: list[Sent] = []
            for key in sorted(keys):
                version, account = before[key]
                order, made = self._ordered(entitlements[key], account, numbers.get(key.holder, 0))
                after[key] = (version, made)
                if order is not None:
                    sent.append(Sent(key=key, agency=agency, order=order, stops=len(account.chain.stops)))
                    numbers[key.holder] = numbers.get(key.holder, 0) + len(order.lines)
            chains.write_orders(conn, self._vault, sent)
            overpaid.update(self._pay(conn, use, after, today))
        return overpaid

    def _ordered(self, held: Held, account: Account, next_number: int) -> tuple[orders.Order | None, Account]:
        stands = held.entitlement
        granted = chains.periods_of(stands.standing, stands.until, self._profiles[held.key.programme])
        order = orders.reconcile(account.chain, granted, next_number=next_number)
        return order, msgspec.structs.replace(
            account,
            chain=orders.after(account.chain, granted, order),
            suspended=chains.months_of(stands.suspended),
            held=stands.held,
        )

    def _pay(
        self, conn: Connection, use: Use, accounts: Mapping[Key, tuple[int, Account]], today: int
    ) -> dict[Key, tuple[Month, ...]]:
        """Pay what is payable today, keep the accounts, set their next day; gives what is overpaid."""
        last = last_payable(today, self.paying.day)
        payable: dict[Key, tuple[Month, ...]] = {}
        overpaid: dict[Key, tuple[Month, ...]] = {}
        days: dict[Key, int | None] = {}
        for key, (_, one) in accounts.items():
            live = orders.live(one.chain.lines, one.chain.stops)
            found = balance(live, one.paid, one.settled, one.suspended, last)
            overpaid[key] = found.overpaid
            if found.payable and not one.held:
                payable[key] = found.payable
            later = any(period.last is None or period.last > last for period in live)
            days[key] = next_pay_day(today, self.paying.day) if later or found.payable else None
        paid = self._transferred(conn, use, payable, accounts, today)
        kept: list[tuple[Key, int, Account]] = []
        for key, (version, one) in accounts.items():
            if key in paid:
                one = msgspec.structs.replace(
                    one, paid=booked(one.paid, paid[key].months), payments=one.payments + 1
                )
            kept.append((key, version + 1, one))
        chains.write(conn, self._vault, kept)
        wakes.put(conn, days)
        return overpaid

    def _transferred(
        self,
        conn: Connection,
        use: Use,
        payable: Mapping[Key, tuple[Month, ...]],
        accounts: Mapping[Key, tuple[int, Account]],
        today: int,
    ) -> dict[Key, Payment]:
        """The payments that were made: to all whose account is known."""
        if not payable:
            return {}
        to = self._bank_accounts(conn, use, {key.holder for key in payable}, today)
        keys = [key for key in payable if key.holder in to]
        transfers = [
            Transfer(
                key=f"{key.bound(PAYMENT, accounts[key][1].payments):016x}",
                account=to[key.holder],
                amount=sum(month.amount for month in payable[key]),
                currency=self._pack.currency,
            )
            for key in keys
        ]
        references = self._bank.book(transfers) if self._bank else [""] * len(transfers)
        made = {
            key: Payment(months=payable[key], account=to[key.holder], reference=reference)
            for key, reference in zip(keys, references, strict=True)
        }
        numbered = [
            (key, accounts[key][1].payments, one, chains.BOOKED if one.reference else chains.ORDERED)
            for key, one in made.items()
        ]
        chains.write_payments(conn, self._vault, numbered, today)
        return made

    def _bank_accounts(
        self, conn: Connection, use: Use, holders: Collection[int], today: int
    ) -> dict[int, str]:
        records = load(conn, self._vault, use, holders, {self._account.category})
        found: dict[int, str] = {}
        for holder, record in records.items():
            for segment in record.facts.get((self._account.name, 0), ()):
                if segment.start <= today:
                    found.pop(holder, None)
                    if isinstance(segment.value, str) and segment.value is not UNKNOWN:
                        found[holder] = segment.value
        return found

    def _by_agency(self, keys: Iterable[Key]) -> dict[str, list[Key]]:
        found: dict[str, list[Key]] = {}
        for key in keys:
            found.setdefault(self._profiles[key.programme].agency, []).append(key)
        return found

    def _pay_use(self, agency: str) -> Use:
        categories = frozenset({ORDER, PAYMENT, self._account.category})
        return use_of(self._pack, agency, self.paying.purpose, categories, STEP)

    def _enrolment_use(self, agency: str, keys: Sequence[Key]) -> Use:
        purpose = self._profiles[keys[0].programme].purpose
        return use_of(self._pack, agency, purpose, frozenset({ENROLMENT}), STEP)
