"""A department has identifiers of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identifier", sa.Column("maker", sa.LargeBinary(length=16), nullable=True))
    op.create_index("ix_identifier_maker", "identifier", ["maker"])


def downgrade() -> None:
    op.drop_index("ix_identifier_maker", "identifier")
    op.drop_column("identifier", "maker")
