"""Entries of one transaction wait for their signature in one row; what waits already is a row of one"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE ledger_pending RENAME COLUMN commitment TO commitments")


def downgrade() -> None:
    op.execute("ALTER TABLE ledger_pending RENAME COLUMN commitments TO commitment")
