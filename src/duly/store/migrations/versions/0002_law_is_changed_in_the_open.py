"""Law is changed in the open

Versions of the law kept whole, their changes, dry runs, keys and signatures.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "law_file",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_law_file")),
    )
    op.create_table(
        "law_version",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_law_version")),
    )
    op.create_table(
        "law_change",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("effective", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("announced_at", sa.BigInteger(), nullable=False),
        sa.Column("announced_run", sa.String(), nullable=False),
        sa.Column("enacted_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_law_change")),
    )
    op.create_index("ix_law_change_pack", "law_change", ["pack", "effective"], unique=False)
    op.create_table(
        "law_dry_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_law_dry_run")),
    )
    op.create_index("ix_law_dry_run_change", "law_dry_run", ["change", "run_at"], unique=False)
    op.create_table(
        "law_key",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("vouched_by", sa.String(), nullable=False),
        sa.Column("vouched", sa.LargeBinary(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_law_key")),
    )
    op.create_table(
        "law_signature",
        sa.Column("change", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change", "statement", "name", name=op.f("pk_law_signature")),
    )


def downgrade() -> None:
    op.drop_table("law_signature")
    op.drop_table("law_key")
    op.drop_index("ix_law_dry_run_change", table_name="law_dry_run")
    op.drop_table("law_dry_run")
    op.drop_index("ix_law_change_pack", table_name="law_change")
    op.drop_table("law_change")
    op.drop_table("law_version")
    op.drop_table("law_file")
