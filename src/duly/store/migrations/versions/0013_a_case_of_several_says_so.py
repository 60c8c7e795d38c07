"""A case that was ever of several holders says so; of cases from before that is not known, so each does"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("joint", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text('UPDATE "case" SET joint = true'))


def downgrade() -> None:
    op.drop_column("case", "joint")
