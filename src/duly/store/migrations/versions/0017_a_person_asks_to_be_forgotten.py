"""A person asks to be forgotten

On which day somebody asked for it themselves, by when they are answered, and what they were told.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("forgetting", sa.Column("wanted_on", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("forgetting", sa.Column("answer_by", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("forgetting", sa.Column("told", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("told", "answer_by", "wanted_on"):
        op.drop_column("forgetting", name)
