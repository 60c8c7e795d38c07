"""The one order in which law changes: proposed, run dry, approved by two, announced, enacted; undone by two.

Whoever does one of these signs it. What is asked for out of this order is refused, with what is missing and
the command that does it. A new dry run, or another law in force meanwhile, takes a change back to where that
has to be looked at again.
"""

from __future__ import annotations

from sqlalchemy import Connection

from duly.errors import Conflict, Denied
from duly.reform.changes import (
    Change,
    Kind,
    all_changes,
    change_of,
    enacted,
    new_change,
    order,
    set_change,
    standing,
)
from duly.reform.keys import TWO, LawKey
from duly.reform.passage import Passage, Stage, base_of, passage
from duly.reform.signing import Act, acts_of, counted, require_lawful, sign
from duly.timeline import to_iso

__all__ = ["announce", "approve", "enact", "propose", "require_may_run", "roll_back"]


def propose(
    conn: Connection,
    pack: str,
    version: str,
    effective: int,
    why: str,
    key: LawKey,
    *,
    today: int,
    now: int,
) -> Change:
    """The author puts forward a version that is kept, to be in force from a day on, no past one."""
    if effective < today:
        raise Conflict(
            "Law does not change the past",
            detail=f"{to_iso(effective)} is over; a version decides from its day on.",
            where="--from",
            hint="Name today or a later day. What the law gives for earlier days, its rules say.",
        )
    before = base_of(conn, pack, effective)
    now_standing = standing(conn, pack, today)
    if before == version and not (now_standing and now_standing.hash == version and now_standing.holds):
        raise Conflict(
            "Nothing would change",
            detail=f"{version[:12]} is the version that is in force on {to_iso(effective)}.",
            where=pack,
            hint="Change a file of the pack, or name another directory.",
        )
    change = new_change(
        conn,
        pack=pack,
        kind=Kind.REFORM.value,
        hash=version,
        base=before,
        effective=effective,
        why=why,
        author=key.name,
        proposed_at=now,
    )
    sign(conn, change, Act.PROPOSE, key, dry_run="", today=today, now=now)
    return change


def require_may_run(conn: Connection, change: Change, today: int) -> None:
    """Denied where no author has signed the proposal, Conflict where it is too late to run it dry."""
    if change.author not in counted(acts_of(conn, change), Act.PROPOSE):
        raise Denied(
            "The proposal is not signed by its author",
            detail=f"No signature of {change.author or 'anybody'} under change {change.number} verifies.",
            where=change.hash,
            hint="Propose the version again.",
        )
    if change.enacted_at or change.undone_at:
        raise _refusal(passage(conn, change, today), "A dry run comes before a law is enacted.", "")


def approve(conn: Connection, number: int, key: LawKey, *, today: int, now: int) -> Passage:
    """Sign the version, its day and its newest dry run, as its author or as somebody else."""
    at = passage(conn, change_of(conn, number), today)
    run = at.run
    if at.stage in (Stage.PROPOSED, Stage.ENACTED, Stage.IN_FORCE, Stage.PAST, Stage.UNDONE) or run is None:
        raise _refusal(at, "What is approved is a dry run.", f"duly law dry-run {number}")
    _require_base(conn, at)
    if key.name in at.signed:
        author = key.name == at.change.author
        raise Conflict(
            "One person signs once",
            detail=f"{key.name} has signed this {'as its author' if author else 'already'}.",
            where=f"change {number}",
            hint="Somebody else has to approve it: duly law approve with another person's key.",
        )
    sign(conn, at.change, Act.APPROVE, key, dry_run=run.id, today=today, now=now)
    return passage(conn, at.change, today)


def announce(conn: Connection, number: int, key: LawKey, *, today: int, now: int) -> Passage:
    """Publish what is coming: the version, its day, its dry run and who signed."""
    at = passage(conn, change_of(conn, number), today)
    if at.stage is not Stage.APPROVED or at.run is None:
        raise _refusal(at, "What is announced was approved by its author and another.", _next(at))
    _require_base(conn, at)
    change = set_change(conn, number, announced_at=now, announced_run=at.run.id)
    sign(conn, change, Act.ANNOUNCE, key, dry_run=at.run.id, today=today, now=now)
    return passage(conn, change, today)


def enact(
    conn: Connection, number: int, key: LawKey, *, today: int, now: int, announced_days: int = 0
) -> Passage:
    """Let an announced version come into force on its day. Nothing else has to be done on that day."""
    at = passage(conn, change_of(conn, number), today)
    if at.stage is not Stage.ANNOUNCED:
        raise _refusal(at, "What is enacted was announced.", _next(at))
    _require_base(conn, at)
    _require_last(conn, at.change)
    if at.change.effective < today + announced_days:
        raise Conflict(
            "Its day has come too near" if at.change.effective >= today else "Its day is over",
            detail=f"It was to be in force from {to_iso(at.change.effective)}; today is {to_iso(today)}.",
            where=f"change {number}",
            hint="Propose it with a later day: duly law propose DIRECTORY --from DAY",
        )
    change = set_change(conn, number, enacted_at=now)
    sign(conn, change, Act.ENACT, key, dry_run=change.announced_run, today=today, now=now)
    require_lawful(conn, change)
    return passage(conn, change, today)


def roll_back(conn: Connection, number: int, why: str, key: LawKey, *, today: int, now: int) -> Passage:
    """One of two signatures to undo a change; with the second the version before it is in force at once.

    Changes to come were looked at on top of the undone version, and are undone with it.
    """
    bad = change_of(conn, number)
    _require_undoable(conn, bad, today)
    back = _begun(conn, bad) or _begin(conn, bad, why, key, now)
    if key.name in counted(acts_of(conn, back), Act.ROLL_BACK):
        raise Conflict(
            "One person signs once",
            detail=f"{key.name} has signed that change {number} is undone.",
            where=f"change {number}",
            hint=f"Somebody else runs: duly law roll-back {number} with another person's key.",
        )
    sign(conn, back, Act.ROLL_BACK, key, dry_run="", today=today, now=now)
    if len(counted(acts_of(conn, back), Act.ROLL_BACK)) < TWO:
        return passage(conn, back, today)
    coming = bad.effective > today
    done = set_change(conn, back.number, enacted_at=now, effective=today, undone_at=now if coming else 0)
    for one in enacted(all_changes(conn, bad.pack)):
        if one.effective > today and order(one) >= order(bad):
            set_change(conn, one.number, undone_at=now)
    return passage(conn, done, today)


def _require_base(conn: Connection, at: Passage) -> None:
    """What was looked at in the dry run is still what would change."""
    now_base = base_of(conn, at.change.pack, at.change.effective)
    if at.run is not None and at.run.base != now_base:
        raise Conflict(
            "Another law has come in between",
            detail=f"The dry run compares with {at.run.base[:12]}; then {now_base[:12]} is in force.",
            where=f"change {at.change.number}",
            hint=f"Look again: duly law dry-run {at.change.number}",
        )


def _require_last(conn: Connection, change: Change) -> None:
    """No law that was enacted for a later day was looked at without this one."""
    later = [one for one in enacted(all_changes(conn, change.pack)) if one.effective > change.effective]
    if later:
        raise Conflict(
            "A later law is enacted already",
            detail=f"Change {later[0].number} ({to_iso(later[0].effective)}) was run dry without this one.",
            where=f"change {change.number}",
            hint=f"Undo it (duly law roll-back {later[0].number}), or propose this one for a later day.",
        )


def _require_undoable(conn: Connection, bad: Change, today: int) -> None:
    at = passage(conn, bad, today)
    if bad.kind is Kind.INSTALLED:
        raise Conflict(
            "The first law cannot be undone",
            detail="There is no version before it.",
            where=f"change {bad.number}",
            hint="Propose another version: duly law propose DIRECTORY --from DAY",
        )
    if bad.kind is Kind.ROLL_BACK or at.stage not in (Stage.ENACTED, Stage.IN_FORCE):
        raise _refusal(at, "What is undone is in force, or comes into force.", "duly law list")


def _begun(conn: Connection, bad: Change) -> Change | None:
    """The roll-back that somebody has signed already."""
    for one in all_changes(conn, bad.pack):
        if one.kind is Kind.ROLL_BACK and one.undoes == bad.number and not one.enacted_at:
            return one
    return None


def _begin(conn: Connection, bad: Change, why: str, key: LawKey, now: int) -> Change:
    """A roll-back to the version that was in force before."""
    before = [one for one in enacted(all_changes(conn, bad.pack)) if order(one) < order(bad)][-1]
    return new_change(
        conn,
        pack=bad.pack,
        kind=Kind.ROLL_BACK.value,
        hash=before.hash,
        base=bad.hash,
        effective=bad.effective,
        why=why,
        author=key.name,
        undoes=bad.number,
        proposed_at=now,
    )


def _next(at: Passage) -> str:
    """The command that takes a change one step further."""
    number = at.change.number
    commands = {
        Stage.PROPOSED: f"duly law dry-run {number}",
        Stage.RUN_DRY: f"duly law approve {number} --key FILE",
        Stage.APPROVED: f"duly law announce {number} --key FILE",
        Stage.ANNOUNCED: f"duly law enact {number} --key FILE",
    }
    return commands.get(at.stage, "duly law list")


def _refusal(at: Passage, rule: str, command: str) -> Conflict:
    missing = {
        Stage.PROPOSED: "and was not run dry",
        Stage.RUN_DRY: f"and signed by {', '.join(at.signed) or 'nobody'}",
    }.get(at.stage, "")
    return Conflict(
        "Not in this order",
        detail=f"{rule} Change {at.change.number} is {at.stage.value} {missing}".strip() + ".",
        where=f"change {at.change.number}",
        hint=f"Run: {command}" if command else "Propose the version again with a later day.",
    )
