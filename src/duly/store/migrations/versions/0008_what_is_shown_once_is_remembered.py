"""What may be shown once is remembered while it could be accepted

Nonces of signed requests, ids of logout tokens.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shown_once",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "digest", name=op.f("pk_shown_once")),
    )
    with op.batch_alter_table("shown_once", schema=None) as batch_op:
        batch_op.create_index("ix_shown_once_until", ["until"], unique=False)


def downgrade() -> None:
    op.drop_table("shown_once")
