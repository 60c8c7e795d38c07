"""Rows are seen as the policies permit"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = (
    "organisation", "kind", "role", "purpose", "legal_basis", "relation", "state", "category", "mark",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "access_permit",
        *(sa.Column(name, sa.String(), nullable=False) for name in KEY),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_access_permit")),
    )


def downgrade() -> None:
    op.drop_table("access_permit")
