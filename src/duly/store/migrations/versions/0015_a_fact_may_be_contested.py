"""A fact may be contested

How each contest stands, and what the register that holds the fact was asked.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contest",
        sa.Column("holder", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("deadline", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "number", name=op.f("pk_contest")),
    )
    op.create_index("ix_contest_told", "contest", ["told"])
    op.create_table(
        "correction",
        sa.Column("holder", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "contest", "number", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_state", "correction", ["state"])


def downgrade() -> None:
    op.drop_table("correction")
    op.drop_table("contest")
