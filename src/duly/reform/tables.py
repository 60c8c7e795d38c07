"""Law is nobody's secret: all of it stands in clear, and nothing of it is ever deleted.

A version is a list of files, each kept once by its hash. A change is one passage of a version into force.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from duly.store import Number, metadata

__all__ = [
    "law_change",
    "law_dry_run",
    "law_file",
    "law_key_act",
    "law_key_signature",
    "law_signature",
    "law_version",
]

law_file = Table(
    "law_file",
    metadata,
    Column("hash", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),  # compressed with zlib
)

# `listing` is a JSON object: the hash of each file by its path in the pack.
law_version = Table(
    "law_version",
    metadata,
    Column("hash", String, primary_key=True),
    Column("pack", String, nullable=False),
    Column("listing", Text, nullable=False),
    Column("kept_at", BigInteger, nullable=False),
)

# `base` is the version that was in force when it was proposed; `undoes` the change that a roll-back undoes,
# else 0. Instants are 0 until it has happened. `announced_run` is the dry run that it was announced with.
law_change = Table(
    "law_change",
    metadata,
    Column("number", Number, primary_key=True),
    Column("pack", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("base", String, nullable=False),
    Column("effective", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("author", String, nullable=False),
    Column("undoes", BigInteger, nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("announced_at", BigInteger, nullable=False),
    Column("announced_run", String, nullable=False),
    Column("enacted_at", BigInteger, nullable=False),
    Column("undone_at", BigInteger, nullable=False),
    Index("ix_law_change_pack", "pack", "effective"),
)

# `document` is the published JSON; `base` the version that it was compared with; `holds` says that it
# would take more than the declared share.
law_dry_run = Table(
    "law_dry_run",
    metadata,
    Column("id", String, primary_key=True),
    Column("change", BigInteger, nullable=False),
    Column("base", String, nullable=False),
    Column("holds", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("run_at", BigInteger, nullable=False),
    Index("ix_law_dry_run_change", "change", "run_at"),
)

# A key is registered and retired by acts that two people sign. `ending` is "" for a registration, else why it
# is retired; `since` the first day of it; `done_at` 0 until enough have signed.
law_key_act = Table(
    "law_key_act",
    metadata,
    Column("number", Number, primary_key=True),
    Column("kind", String, nullable=False),  # register, retire
    Column("public", LargeBinary, nullable=False),
    Column("name", String, nullable=False),
    Column("ending", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("since", Integer, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("done_at", BigInteger, nullable=False),
)

# `public` is the key that signed.
law_key_signature = Table(
    "law_key_signature",
    metadata,
    Column("act", BigInteger, primary_key=True, autoincrement=False),
    Column("public", LargeBinary, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
)

# `act` is a proposal, a roll-back, a change (its approval), an announcement or an enactment; `dry_run` is ""
# for the first two.
law_signature = Table(
    "law_signature",
    metadata,
    Column("change", BigInteger, primary_key=True, autoincrement=False),
    Column("act", String, primary_key=True),
    Column("dry_run", String, primary_key=True),
    Column("public", LargeBinary, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
)
