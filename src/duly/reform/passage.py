"""How far a change of the law has come, by what happened to it and whose signatures count today."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec
from sqlalchemy import Connection, bindparam, select

from duly.reform.changes import Change, Kind, all_changes, in_force
from duly.reform.signing import Act, Signed, acts_of, approved, counted
from duly.reform.tables import law_dry_run
from duly.store import upsert

__all__ = ["DryRun", "Passage", "Stage", "base_of", "newest_run", "passage", "passages", "record_run"]


class Stage(Enum):
    """How far a change has come."""

    PROPOSED = "proposed"
    RUN_DRY = "run dry"
    APPROVED = "approved"
    ANNOUNCED = "announced"
    ENACTED = "enacted"
    IN_FORCE = "in force"
    PAST = "past"
    UNDONE = "undone"


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """A dry run as it is kept. `id` is the SHA-256 of `document`; `base` the version it was compared with."""

    id: str
    change: int
    base: str
    holds: bool
    document: bytes
    run_at: int


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A change, how far it has come, its newest dry run, who signed that, and everything that was signed."""

    change: Change
    stage: Stage
    run: DryRun | None
    signed: tuple[str, ...]
    acts: tuple[Signed, ...]

    def by(self, act: Act) -> str:
        """Who announced or enacted it, "" where nobody has."""
        run = self.change.announced_run
        return ", ".join(counted(self.acts, act, run) if run else ())


_RUNS = (
    select(law_dry_run)
    .where(law_dry_run.c.change == bindparam("of"))
    .order_by(law_dry_run.c.run_at.desc(), law_dry_run.c.id)
    .limit(1)
)
_KEEP = upsert(law_dry_run, ["id"], ["run_at"])


def record_run(
    conn: Connection, change: Change, id_: str, document: bytes, base: str, *, holds: bool, now: int
) -> DryRun:
    """Keep a dry run. Approvals of an earlier one do not hold for it."""
    row = {"id": id_, "change": change.number, "base": base, "holds": int(holds)}
    conn.execute(_KEEP, [{**row, "document": document, "run_at": now}])
    return DryRun(id=id_, change=change.number, base=base, holds=holds, document=document, run_at=now)


def passage(conn: Connection, change: Change, today: int) -> Passage:
    """How far a change has come."""
    run, acts = newest_run(conn, change.number), acts_of(conn, change)
    if change.kind is Kind.ROLL_BACK:
        signed = counted(acts, Act.ROLL_BACK)
    else:
        signed = counted(acts, Act.PROPOSE) if run is None else counted(acts, Act.APPROVE, run.id)
    stage = _stage(conn, change, run, acts, today)
    return Passage(change=change, stage=stage, run=run, signed=tuple(signed), acts=tuple(acts))


def passages(conn: Connection, pack: str, today: int) -> list[Passage]:
    """All changes of a pack's law, the first first."""
    return [passage(conn, change, today) for change in all_changes(conn, pack)]


def newest_run(conn: Connection, number: int) -> DryRun | None:
    """The newest dry run of a change."""
    row = conn.execute(_RUNS, {"of": number}).first()
    if row is None:
        return None
    id_, change, base, holds, document, run_at = row
    return DryRun(id=id_, change=change, base=base, holds=bool(holds), document=document, run_at=run_at)


def base_of(conn: Connection, pack: str, day: int) -> str:
    """The version that is in force on a day as things stand, by its hash."""
    found = in_force(all_changes(conn, pack), day)
    return "" if found is None else found.hash


def _stage(conn: Connection, change: Change, run: DryRun | None, acts: Sequence[Signed], today: int) -> Stage:
    if change.undone_at:
        return Stage.UNDONE
    if change.enacted_at:
        if change.effective > today:
            return Stage.ENACTED
        current = in_force(all_changes(conn, change.pack), today)
        return Stage.IN_FORCE if current == change else Stage.PAST
    if run is None:
        return Stage.PROPOSED
    if not approved(change, acts, run.id):
        return Stage.RUN_DRY
    announced = change.announced_run == run.id and counted(acts, Act.ANNOUNCE, run.id)
    return Stage.ANNOUNCED if announced else Stage.APPROVED
