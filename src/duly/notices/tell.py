"""Decisions that nobody was told of become notices: one for each person and set of causes that hang together.

Told is told: the notice and the mark that it was told are written in one transaction. A refusal or an open
question makes no notice; the person's page has it, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from duly.clock import Clock
from duly.delivery.corrections import Followed, now_told, untold
from duly.entitlements import Decision, Key, Profiles, Segment, use_of
from duly.entitlements import Kind as SegmentKind
from duly.entitlements.holdings import DECISION, read_decisions
from duly.entitlements.tables import decision as decision_table
from duly.law import Pack
from duly.law.provisional import unset_from
from duly.notices.channels import Channel
from duly.notices.compose import Change, ChangeKind, compose
from duly.notices.letters import NOTICE, Letter, hand_over, keep
from duly.notices.people import INFORM, Home, Person, homes, may_tell, people, protected
from duly.notices.words import Words, load, sentence_of
from duly.timeline import month_first, month_index
from duly.vault import Use, Vault

__all__ = ["Teller"]

TOLD: Final = {
    SegmentKind.GRANTED: ChangeKind.GRANTED,
    SegmentKind.RAISED: ChangeKind.RAISED,
    SegmentKind.LOWERED: ChangeKind.LOWERED,
    SegmentKind.STOPPED: ChangeKind.STOPPED,
    SegmentKind.CORRECTED: ChangeKind.CORRECTED,
}
_UNTOLD = (
    select(decision_table)
    .where(~decision_table.c.told)
    .order_by(
        decision_table.c.holder, decision_table.c.programme, decision_table.c.about, decision_table.c.version
    )
)
_NOW_TOLD = (
    update(decision_table)
    .where(
        decision_table.c.holder == bindparam("of"),
        decision_table.c.programme == bindparam("under"),
        decision_table.c.about == bindparam("for"),
        decision_table.c.version == bindparam("numbered"),
    )
    .values(told=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A decision on its way to one reader."""

    key: Key
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a contest, on its way to the one who said it."""

    holder: int
    followed: Followed


class Teller:
    """Writes notices of what was decided and hands them over to a channel.

    `page` is the address of the person's page. Both methods work in the caller's write transaction.
    """

    def __init__(self, *, vault: Vault, pack: Pack, clock: Clock, channel: Channel, page: str) -> None:
        self._vault, self._pack, self._clock = vault, pack, clock
        self._profiles = Profiles(pack)
        self._channel, self._page = channel, page

    def tell(self, conn: Connection, limit: int) -> int:
        """Write the notices of up to `limit` untold decisions, and as many contests; how many were told."""
        rows = conn.execute(_UNTOLD.limit(limit)).all()
        contests = untold(conn, self._vault, self._use(NOTICE), limit)
        if not rows and not contests:
            return 0
        outcomes = [Outcome(holder=holder, followed=one) for holder, _, one in contests]
        keys = [Key(row.holder, row.programme, row.about) for row in rows]
        numbered = [(key, row.version, row.sealed) for key, row in zip(keys, rows, strict=True)]
        decisions = read_decisions(conn, self._vault, self._use(DECISION), numbered) if rows else []
        news = [News(key=key, decision=one) for key, one in zip(keys, decisions, strict=True) if _tells(one)]
        if news or outcomes:
            keep(conn, self._vault, self._letters(conn, news, outcomes), self._clock.now())
        told = [
            {"of": key.holder, "under": key.programme, "for": key.about, "numbered": row.version}
            for key, row in zip(keys, rows, strict=True)
        ]
        if told:
            conn.execute(_NOW_TOLD, told)
        now_told(conn, [(holder, number) for holder, number, _ in contests])
        return len(rows) + len(contests)

    def hand_over(self, conn: Connection, limit: int) -> int:
        """Give up to `limit` waiting notices to the channel; how many."""
        return hand_over(conn, self._vault, self._use(NOTICE), self._channel, limit)

    def _use(self, *categories: str) -> Use:
        agency = next(iter(self._pack.section("agencies")))
        return use_of(self._pack, agency, INFORM, frozenset(categories), "notice")

    def _letters(
        self, conn: Connection, news: Sequence[News], outcomes: Sequence[Outcome]
    ) -> dict[int, list[Letter]]:
        today = self._clock.today()
        use = self._use("contact", "identity", "protection")
        concerned = {s for n in news for s in (n.key.holder, n.key.about)} | {o.holder for o in outcomes}
        known = people(conn, self._vault, use, self._pack, concerned, today)
        children = {n.key.holder for n in news if n.key.holder in known and known[n.key.holder].child}
        lives_with = self._safe(
            conn, self._homes(conn, [n for n in news if n.key.holder in children], today), known, today
        )
        grown = {carer for home in lives_with.values() for carer in home} - known.keys()
        if grown:
            known |= people(conn, self._vault, use, self._pack, grown, today)
        letters: dict[int, list[Letter]] = {}
        for reader, told in _by_reader(news, outcomes, known, lives_with).items():
            for together in hanging_together(told):
                letters.setdefault(reader, []).append(self._letter(known[reader], known, together, today))
        return letters

    def _homes(self, conn: Connection, news: Iterable[News], today: int) -> dict[int, Home]:
        """With whom children live who hold something; opened for the purpose of what they hold."""
        found: dict[int, Home] = {}
        for profile in {self._profiles[n.key.programme].name: n for n in news}:
            about = self._profiles[profile]
            use = use_of(self._pack, about.agency, about.purpose, frozenset({"family"}), "notice")
            children = {n.key.holder for n in news if n.key.programme == profile}
            found |= homes(conn, self._vault, use, self._pack, children, today)
        return found

    def _safe(
        self, conn: Connection, found: Mapping[int, Home], known: Mapping[int, Person], today: int
    ) -> dict[int, tuple[int, ...]]:
        """Without those who may not be told of a child: not even their name is opened for it.

        They are told nothing where the child, or any other grown-up around it, is protected and they are not.
        """
        grown = {one for home in found.values() for one in home.around}
        hidden = protected(conn, self._vault, self._pack, grown, today)
        return {
            child: tuple(
                one
                for one in home.carers
                if one in hidden or not (known[child].protected or hidden & (home.around - {one}))
            )
            for child, home in found.items()
        }

    def _letter(
        self, reader: Person, known: Mapping[int, Person], told: Sequence[News | Outcome], today: int
    ) -> Letter:
        words = load(self._pack, reader.language)
        news = [one for one in told if isinstance(one, News)]
        outcomes = [one.followed for one in told if isinstance(one, Outcome)]
        changes = [change for one in news for change in self._changes(words, reader, known, one, today)]
        composed = compose(words, name=reader.name, page=self._page, changes=changes, outcomes=outcomes)
        return Letter(
            name=reader.name,
            language=reader.language,
            sender=words.place,
            title=composed.title,
            body=composed.body,
        )

    def _changes(
        self, words: Words, reader: Person, known: Mapping[int, Person], news: News, today: int
    ) -> list[Change]:
        programme = self._pack.programmes[news.key.programme]
        profile = self._profiles[news.key.programme]
        unset = unset_from(self._pack, programme.name, news.decision.known_at) if profile.pays else None
        changes: list[Change] = []
        for segment in news.decision.acted:
            kind = TOLD.get(segment.kind)
            if kind is None:
                continue
            stopped = kind is ChangeKind.STOPPED
            last = segment.start - 1 if stopped else segment.end - 1
            record = self._profiles.record(programme.name, segment.after)
            changes.append(
                Change(
                    programme=programme.name,
                    agency=programme.agency,
                    law=programme.law,
                    sentence=sentence_of(self._pack, reader.language, programme.rule),
                    about=_called(words, reader, known, news.key),
                    kind=kind,
                    first=segment.start,
                    last=None if not stopped and segment.end >= news.decision.until else last,
                    record=record or {},
                    monthly=profile.monthly,
                    arrears=_arrears(segment, profile.terms.amount, today) if profile.pays else 0,
                    provisional=None if stopped else _provisional(segment, unset),
                    by_person=news.decision.by_person,
                )
            )
        return changes


def hanging_together(told: Sequence[News | Outcome]) -> list[list[News | Outcome]]:
    """News and outcomes in groups: two that share a cause are in one group."""
    groups: list[tuple[set[object], list[News | Outcome]]] = []
    for one in told:
        causes = _causes(one)
        touching = [group for group in groups if group[0] & causes]
        merged = (
            {*causes, *(c for group in touching for c in group[0])},
            [n for g in touching for n in g[1]],
        )
        groups = [group for group in groups if group not in touching]
        groups.append((merged[0], [*merged[1], one]))
    return [group for _, group in groups]


def _causes(one: News | Outcome) -> set[object]:
    """What set it off; what nothing set off hangs together with nothing."""
    if isinstance(one, Outcome):
        return set(one.followed.causes) or {one.followed.name}
    return set(one.decision.causes) or {one.key}


def _tells(decision: Decision) -> bool:
    return any(segment.kind in TOLD for segment in decision.acted)


def _by_reader(
    news: Iterable[News],
    outcomes: Iterable[Outcome],
    known: Mapping[int, Person],
    lives_with: Mapping[int, tuple[int, ...]],
) -> dict[int, list[News | Outcome]]:
    """Who is told what: a holder, or for a child those at home who may know; never the dead.

    What came of a contest is told to nobody but the one who said it.
    """
    told: dict[int, list[News | Outcome]] = {}
    for outcome in outcomes:
        if outcome.holder in known and known[outcome.holder].alive:
            told.setdefault(outcome.holder, []).append(outcome)
    for one in news:
        holder = known.get(one.key.holder)
        if holder is None:
            continue
        readers = lives_with.get(one.key.holder, ()) if holder.child else (one.key.holder,)
        for reader in readers:
            person = known.get(reader)
            if person is not None and person.alive:
                told.setdefault(reader, []).append(one)
    return told


def _called(words: Words, reader: Person, known: Mapping[int, Person], key: Key) -> str:
    """What the reader calls the one that a decision is about; "" for themselves."""
    about = known.get(key.about)
    if key.about == reader.subject:
        return ""
    if about is None or not about.name or not may_tell(reader, about):
        return words.name_of("people", "child")
    return about.name


def _provisional(segment: Segment, unset: int | None) -> int | None:
    """From when on the segment's amount may rest on rates that are not set yet."""
    return None if unset is None or unset >= segment.end else max(segment.start, unset)


def _arrears(segment: Segment, amount: int, today: int) -> int:
    """What the segment adds for the months before the current one."""
    first, last = segment.start, min(segment.end, month_first(today))
    months = month_index(last) - month_index(first)
    before = segment.before[amount] if segment.before else 0
    after = segment.after[amount] if segment.after else 0
    return max(0, months) * max(0, after - before)
