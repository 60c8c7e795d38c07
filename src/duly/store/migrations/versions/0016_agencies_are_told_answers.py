"""Agencies are told answers by exchange"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange_told",
        sa.Column("holder", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("exchange", sa.String(), nullable=False),
        sa.Column("about", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "exchange", "about", name=op.f("pk_exchange_told")),
    )
    op.create_index(
        "ix_exchange_told_waiting",
        "exchange_told",
        ["holder", "exchange", "about"],
        sqlite_where=sa.text("wanted > done"),
        postgresql_where=sa.text("wanted > done"),
    )


def downgrade() -> None:
    op.drop_table("exchange_told")
