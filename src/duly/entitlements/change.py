"""A changed law or a rate that became known makes all stale whom it concerns; a new day alone nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from sqlalchemy import Connection, select

from duly.entitlements.marks import Cause, want_all, want_everyone
from duly.entitlements.tables import law_in_force
from duly.law import Pack
from duly.law.changed import changed_programmes
from duly.law.ir import Call, RateOf, RuleIR
from duly.law.plan import every_rule
from duly.law.walk import below
from duly.store import upsert

__all__ = ["LAW", "RATE", "notice_changes"]

LAW = "law"
RATE = "rate"

_KEEP = upsert(law_in_force, ["pack"])


def notice_changes(
    conn: Connection, pack: Pack, today: int, earlier: Callable[[str], Pack | None] = lambda _: None
) -> None:
    """Mark those whom a change since the last look concerns; the first look only remembers.

    `earlier` gives a version by its hash, None where it was not kept: then the change concerns everybody.
    """
    seen = conn.execute(select(law_in_force).where(law_in_force.c.pack == pack.name)).first()
    if seen is not None and seen.hash == pack.hash and seen.known_to >= today:
        return
    if seen is not None and seen.hash != pack.hash:
        _law_changed(conn, earlier(seen.hash), pack)
    elif seen is not None:
        for rate in _became_known(pack, seen.known_to, today):
            want_all(conn, _readers(pack, rate), Cause(RATE, rate))
    conn.execute(_KEEP, {"pack": pack.name, "hash": pack.hash, "known_to": today})


def _law_changed(conn: Connection, old: Pack | None, new: Pack) -> None:
    """Mark the holders of the programmes that changed; of new ones everybody who could hold them."""
    concerned = sorted(new.programmes if old is None else changed_programmes(old, new))
    because = Cause(LAW, new.hash)
    want_all(conn, concerned, because)
    for name in concerned:
        if old is None or name not in old.programmes:
            want_everyone(conn, name, new.programmes[name].holder, because)


def _became_known(pack: Pack, after: int, today: int) -> Iterable[str]:
    return sorted(
        name
        for name, table in pack.rates.items()
        if any(after < entry.known <= today for entry in table.entries)
    )


@lru_cache(maxsize=256)
def _readers(pack: Pack, rate: str) -> list[str]:
    """The programmes whose rules read the rate."""
    rules = every_rule(pack)
    return sorted(
        name for name, programme in pack.programmes.items() if rate in _rates(rules, programme.rule, set())
    )


def _rates(rules: dict[str, RuleIR], rule: RuleIR, seen: set[str]) -> set[str]:
    if rule.name in seen:
        return set()
    seen.add(rule.name)
    nodes = [node for version in rule.versions for node in below(version.body)]
    found = {node.name for node in nodes if isinstance(node, RateOf)}
    for node in nodes:
        if isinstance(node, Call):
            found |= _rates(rules, rules[node.rule], seen)
    return found
