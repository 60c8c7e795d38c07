"""Everybody is looked at in one run

What was last found, as a digest; runs with their cursor; one ledger entry for many subjects.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "found",
        sa.Column("holder", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "purpose", name=op.f("pk_found")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bulk_use",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("leaves", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_use")),
    )
    op.create_table(
        "bulk_leaf",
        sa.Column("bulk", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("subjects", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.LargeBinary(), nullable=False),
        sa.Column("commitments", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bulk", "number", name=op.f("pk_bulk_leaf")),
    )
    with op.batch_alter_table("bulk_leaf", schema=None) as batch_op:
        batch_op.create_index("ix_bulk_leaf_first", ["bulk", "first"], unique=False)

    op.create_table(
        "bulk_tile",
        sa.Column("bulk", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bulk", "level", "number", name=op.f("pk_bulk_tile")),
    )
    op.create_table(
        "run",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approved", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("bulk", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("different", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index("ix_run_state", ["pack", "state"], unique=False)
