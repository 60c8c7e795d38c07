"""A message is sealed for whom it is about

Those that came before stay the system's own until somebody is forgotten; then they are sealed anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("about", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("inbox", "about")
