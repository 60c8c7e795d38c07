"""Keys that sign law are retired, and whoever announces or enacts law signs that

A reform that was enacted before nobody had to sign it stays in force as what that amounts to: put in force by
hand. One that was announced is announced again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "law_key_act",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ending", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_law_key_act")),
    )
    op.create_table(
        "law_key_signature",
        sa.Column("act", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("act", "public", name=op.f("pk_law_key_signature")),
    )
    op.execute(
        "INSERT INTO law_key_act (kind, public, name, ending, why, since, begun_at, done_at) "
        "SELECT 'register', public, name, '', '', 0, registered_at, registered_at + 1 FROM law_key "
        "ORDER BY registered_at, name"
    )
    op.execute(
        "INSERT INTO law_key_signature (act, public, signature, signed_at) "
        "SELECT made.number, voucher.public, law_key.vouched, law_key.registered_at FROM law_key "
        "JOIN law_key_act made ON made.name = law_key.name "
        "JOIN law_key voucher ON voucher.name = law_key.vouched_by"
    )
    op.execute("CREATE TABLE law_signature_before AS SELECT * FROM law_signature")
    op.drop_table("law_signature")
    op.create_table(
        "law_signature",
        sa.Column("change", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("dry_run", sa.String(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change", "act", "dry_run", "public", name=op.f("pk_law_signature")),
    )
    op.execute(
        "INSERT INTO law_signature (change, act, dry_run, public, signature, signed_at) "
        "SELECT change, "
        "CASE WHEN statement IN ('proposal', 'roll-back') THEN statement ELSE 'change' END, "
        "CASE WHEN statement IN ('proposal', 'roll-back') THEN '' ELSE statement END, "
        "law_key.public, signature, signed_at "
        "FROM law_signature_before JOIN law_key ON law_key.name = law_signature_before.name"
    )
    op.drop_table("law_signature_before")
    op.drop_table("law_key")
    op.execute("UPDATE law_change SET kind = 'developer' WHERE kind = 'reform' AND enacted_at > 0")


def downgrade() -> None:
    op.create_table(
        "law_key",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("vouched_by", sa.String(), nullable=False),
        sa.Column("vouched", sa.LargeBinary(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_law_key")),
    )
    op.drop_table("law_signature")
    op.create_table(
        "law_signature",
        sa.Column("change", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change", "statement", "name", name=op.f("pk_law_signature")),
    )
    op.drop_table("law_key_signature")
    op.drop_table("law_key_act")
