"""Row-level security: which rows of each table a transaction sees, by the context that it has set.

Forced, so that it holds for the tables' owner too. Every table stands here: those with rows about a subject
with their rule, the others with the reason why they need none. The functions ask `access_permit`, which holds
what the policies permit and which only its owner fills; they are called as `(SELECT f())`, so that PostgreSQL
evaluates them once in a statement and not once in a row.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

__all__ = ["OPEN", "RULES", "RoleStanding", "grant", "guard", "sealed_in", "standing_of"]

_SCHEMA: Final = "{schema}"
_MAINTAIN: Final = (17,)
_SCHEDULING: Final = "(SELECT duly_duty()) = 'scheduling'"
_KEYS: Final = "(SELECT duly_duty()) = 'keys'"
_CATEGORIES: Final = "(SELECT duly_categories())::text[]"
_ANY: Final = f"cardinality({_CATEGORIES}) > 0"

SEALED: Final = f"category = ANY({_CATEGORIES})"
"""A sealed row of a category: for uses that may open it."""
KEY: Final = f"{_ANY} OR {_KEYS} OR (number = 0 AND {_SCHEDULING})"
"""A data key: for uses that may open something, and for those who keep keys; the system's own for itself."""
NAME: Final = f"'identifier' = ANY({_CATEGORIES}) OR {_KEYS}"
"""What finds a subject: for uses that may open identifiers, and for those who keep keys."""
SCHEDULED: Final = f"{_SCHEDULING} OR {_ANY}"
"""States, days and numbers of a subject: for the system at work, and for uses that may open something."""
MESSAGE: Final = f"{_SCHEDULING} OR 'message' = ANY({_CATEGORIES})"
"""A received message."""


def _of(category: str) -> str:
    """A row that is sealed in one category and has states beside: for scheduling, and for its category."""
    return f"{_SCHEDULING} OR '{category}' = ANY({_CATEGORIES})"


RULES: Final[Mapping[str, str]] = {
    "assertion": SEALED,
    "bulk_leaf": SCHEDULED,
    "case": SCHEDULED,
    "case_key": _of("case"),
    "chain": _of("order"),
    "contest": _of("notice"),
    "correction": _of("case"),
    "decision": _of("decision"),
    "enrolment_order": _of("enrolment"),
    "entitlement": _of("entitlement"),
    "exchange_told": _of("entitlement"),
    "forgetting": SCHEDULED,
    "found": SCHEDULED,
    "identifier": NAME,
    "inbox": MESSAGE,
    "mark": SCHEDULED,
    "notice": _of("notice"),
    "order_line": _of("order"),
    "order_stop": _of("order"),
    "payment": _of("payment"),
    "snapshot": SEALED,
    "subject": KEY,
    "use_entry": _of("use"),
    "wake": SCHEDULED,
    "web_session": SCHEDULED,
}
"""What has to be true of a row for a transaction to see it."""

OPEN: Final[Mapping[str, str]] = {
    "access_permit": "what the policies permit; whoever asks for rows is asked here",
    "alembic_version": "the number of the newest revision",
    "bulk_tile": "hashes over commitments",
    "bulk_use": "the text of a use of many, the same for all, which names nobody",
    "law_change": "the law is public",
    "law_dry_run": "published counts",
    "law_file": "the law is public",
    "law_in_force": "the law is public",
    "law_key_act": "who registered which key to sign law, which is public",
    "law_key_signature": "signatures of public acts",
    "law_signature": "signatures of public acts",
    "law_version": "the law is public",
    "ledger_checkpoint": "published",
    "ledger_cosignature": "published",
    "ledger_damage": "places in the ledger",
    "ledger_leaf": "published commitments, which say nothing without a salt",
    "ledger_log": "which logs there were, why each was closed and by whom, which is public",
    "ledger_pending": "commitments, soon to be published",
    "ledger_tile": "published",
    "ledger_witness": "published",
    "run": "how far a run over everybody is",
    "shown_once": "digests of nonces and of ids of logout tokens",
    "source_day": "how many keys each source touched",
}
"""Tables without a row about a subject, and why that is so."""


class RoleStanding(NamedTuple):
    """A role of PostgreSQL: whether it passes all policies by, and whether it could write its own permits."""

    name: str
    passes_by: bool
    permits_itself: bool


_SEALED_IN: Final = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE) \"?(assertion|identifier|snapshot|subject)\b(?!\.)"
)

_FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION duly_duty() RETURNS text STABLE PARALLEL SAFE LANGUAGE sql
    SET search_path FROM CURRENT
    AS $$ SELECT coalesce(current_setting('duly.duty', true), '') $$;
CREATE OR REPLACE FUNCTION duly_categories() RETURNS text[] STABLE PARALLEL SAFE LANGUAGE sql
    SET search_path FROM CURRENT
    AS $$
    SELECT coalesce(array_agg(DISTINCT permit.category), '{}')
    FROM json_to_recordset(coalesce(nullif(current_setting('duly.uses', true), ''), '[]')::json) AS use (
        organisation text, kind text, role text, purpose text, legal_basis text, relation text, state text
    )
    JOIN access_permit AS permit USING (organisation, kind, role, purpose, legal_basis, relation, state)
$$;
"""


@lru_cache(maxsize=1024)
def sealed_in(statement: str) -> str:
    """The table of sealed rows or names that a statement is about, "" for none."""
    found = _SEALED_IN.search(statement)
    return found[1] if found else ""


def grant(conn: Connection, role: str) -> None:
    """Let the role that works use every table, but never write what it may see, nor the schema."""
    name = conn.dialect.identifier_preparer.quote(role)
    rights = "SELECT, INSERT, UPDATE, DELETE"
    if tuple(conn.dialect.server_version_info or ())[:1] >= _MAINTAIN:
        rights += ", MAINTAIN"  # forgetting writes tables anew
    for statement in (
        f"GRANT {rights} ON ALL TABLES IN SCHEMA {_SCHEMA} TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {_SCHEMA} TO {name}",
        f"REVOKE ALL ON access_permit, alembic_version FROM {name}",
        f"GRANT SELECT ON access_permit, alembic_version TO {name}",
    ):
        conn.exec_driver_sql(statement.replace(_SCHEMA, conn.execute(_WHERE).scalar_one()))


def standing_of(conn: Connection) -> RoleStanding:
    """What the role of this connection could do to the second line."""
    return RoleStanding(*conn.execute(_ROLE).one())


def guard(conn: Connection) -> None:
    """Put the rules on the tables that are there; where they already stand, nothing is touched."""
    if conn.dialect.name != "postgresql":
        return
    there = {row[0] for row in conn.execute(_THERE)}
    statements = [_FUNCTIONS, *_on(there & RULES.keys())]
    mark = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    if "access_permit" in there and conn.execute(_MARK).scalar() != mark:
        for statement in (*statements, f"COMMENT ON FUNCTION duly_duty() IS '{mark}'"):
            conn.exec_driver_sql(statement.replace("%", "%%"))


_THERE = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
_WHERE = text("SELECT quote_ident(current_schema())")
_ROLE = text(
    "SELECT rolname, rolsuper OR rolbypassrls, has_table_privilege('access_permit', 'INSERT') "
    "FROM pg_roles WHERE rolname = current_user"
)
_MARK = text("SELECT obj_description(to_regprocedure('duly_duty()'), 'pg_proc')")


def _on(tables: Iterable[str]) -> Iterator[str]:
    for name in sorted(tables):
        yield f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
        yield f'DROP POLICY IF EXISTS duly_context ON "{name}"'
        yield f'CREATE POLICY duly_context ON "{name}" USING ({RULES[name]}) WITH CHECK ({RULES[name]})'
