"""What changed becomes marks on the holders whose entitlements read it, by the law's own paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection

from duly.entitlements.marks import marked
from duly.entitlements.records import Opened, across, category_of, ends_of, needed_links
from duly.facts import Touched
from duly.facts.contests import declared
from duly.law import Pack
from duly.law.plan import Affected, Hop, affected
from duly.vault import Use, Vault

__all__ = ["stale"]


class Walk(NamedTuple):
    """A touched subject, and the hops from it to holders of these programmes.

    `members` are the other ends of links that changed and that the first hop goes over: some may be gone.
    Every other hop goes over links that did not change, or whose own change has walks of its own.
    """

    subject: int
    hops: tuple[Hop, ...]
    members: tuple[int, ...]


@lru_cache(maxsize=16)
def _map(pack: Pack, choices: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, tuple[Affected, ...]]:
    """By attribute: whom it concerns, by the law, or because it is how the holder wants it delivered."""
    found = dict(affected(pack))
    found.update(_contested(pack, found))
    for attribute, programmes in choices:
        own = tuple(Affected(programme=name, hops=(), over_link=False) for name in programmes)
        found[attribute] = (*found.get(attribute, ()), *own)
    return found


def _contested(
    pack: Pack, concerns: Mapping[str, tuple[Affected, ...]]
) -> Mapping[str, tuple[Affected, ...]]:
    """What is said of a contest concerns whomever any fact of that person may, whichever fact it is about."""
    told = declared(pack)
    if told is None:
        return {}
    links = {r.link: r.of for r in pack.vocabulary.relations.values() if not r.inverse_of}
    kind = links[told.link]
    owned = {kind, *(link for link, of in links.items() if of == kind)}
    everybody = {
        Affected(programme=one.programme, hops=one.hops, over_link=False)
        for name, ones in concerns.items()
        if name.partition(".")[0] in owned
        for one in ones
    }
    said = (n for n, a in pack.vocabulary.attributes.items() if a.owner in (told.link, told.confirms))
    return dict.fromkeys(said, tuple(sorted(everybody)))


def stale(
    conn: Connection,
    vault: Vault,
    use: Use,
    pack: Pack,
    choices: Mapping[str, tuple[str, ...]],
    touched: Iterable[Touched],
) -> dict[int, set[tuple[int, str]]]:
    """By touched subject: the (holder, programme) pairs that its changes may concern.

    `choices` are programmes by the attribute that says how their holders want them delivered.
    """
    concerns = _map(pack, tuple(sorted(choices.items())))
    walks: dict[Walk, set[str]] = {}
    for one in touched:
        for attribute in one.attributes:
            members = tuple(sorted(member for name, member in one.links if name == attribute))
            for concern in concerns.get(attribute, ()):
                walk = Walk(one.subject, concern.hops, members if concern.over_link else ())
                walks.setdefault(walk, set()).add(concern.programme)
    opened = Opened(conn, vault, use, pack)
    ends = _ends(pack, opened, walks)
    found: dict[int, set[tuple[int, str]]] = {}
    for walk, programmes in walks.items():
        pairs = found.setdefault(walk.subject, set())
        pairs.update((holder, programme) for holder in ends[walk] for programme in programmes)
    idle = _idle(conn, pack, opened, {pair for pairs in found.values() for pair in pairs})
    return {subject: pairs - idle for subject, pairs in found.items()}


def _idle(
    conn: Connection, pack: Pack, opened: Opened, pairs: Iterable[tuple[int, str]]
) -> set[tuple[int, str]]:
    """Those to whom the programme says nothing and never did: it needs links, and they have none.

    Only records that are open already are asked; whoever was ever looked at is looked at again.
    """
    without = {
        (holder, programme)
        for holder, programme in pairs
        if (links := needed_links(pack, programme))
        and all(
            opened.has(holder, category_of(pack, relation))
            and not across(pack, opened.records, [holder], relation)
            for relation in links
        )
    }
    return without - marked(conn, {holder for holder, _ in without}) if without else without


def _ends(pack: Pack, opened: Opened, walks: Iterable[Walk]) -> dict[Walk, set[int]]:
    """Where each walk ends; all walks take their steps together, so that records are opened in few reads."""
    reached: dict[Walk, set[int]] = {walk: {walk.subject} for walk in walks}
    for step in range(max((len(walk.hops) for walk in reached), default=0)):
        going = [walk for walk in reached if len(walk.hops) > step]
        by_category: dict[str, set[int]] = {}
        for walk in going:
            by_category.setdefault(category_of(pack, walk.hops[step].relation), set()).update(reached[walk])
        for category, subjects in by_category.items():
            opened.open(subjects, frozenset({category}))
        for walk in going:
            hop = walk.hops[step]
            reached[walk] = {end for s in reached[walk] for end in ends_of(pack, opened.records.get(s), hop)}
            if step == 0:
                reached[walk] |= set(walk.members)
    return reached
