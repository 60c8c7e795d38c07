"""A dry run that its author and somebody else signed lets a run take at once what it showed."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from duly.entitlements.evaluate import Approved
from duly.errors import Conflict, Denied, NotFound
from duly.law import Pack
from duly.reform.changes import change_of
from duly.reform.signing import Act, acts_of, approved, counted
from duly.reform.tables import law_dry_run

__all__ = ["approved_run"]

_RUN = select(law_dry_run.c.change, law_dry_run.c.holds).where(law_dry_run.c.id == bindparam("named"))


def approved_run(conn: Connection, pack: Pack, dry_run: str) -> Approved:
    """What a dry run lets a run do. NotFound, Denied where two people did not sign it, Conflict where more
    than the declared share would lose: then people decide whatever was signed.
    """
    found = conn.execute(_RUN, {"named": dry_run}).one_or_none()
    if found is None:
        raise NotFound(
            "No such dry run",
            detail=f"{dry_run} was never recorded.",
            where=dry_run,
            hint="Name one that duly law dry-run has made.",
        )
    change = change_of(conn, found.change)
    acts = acts_of(conn, change)
    if not approved(change, acts, dry_run):
        raise Denied(
            "The dry run is not approved",
            detail=f"Signed by {', '.join(counted(acts, Act.APPROVE, dry_run)) or 'nobody'}.",
            where=dry_run,
            hint=f"Its author and somebody else: duly law approve {change.number}",
        )
    if found.holds:
        raise Conflict(
            "The dry run takes more than the declared share",
            detail="Whatever it takes waits for two people, also when the law itself is approved.",
            where=dry_run,
            hint="Run without --approved: what gives acts at once, the rest becomes cases.",
        )
    return Approved(dry_run=dry_run, law=change.hash, programmes=frozenset(pack.programmes))
