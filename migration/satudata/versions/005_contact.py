"""Personal data of those in charge, apart from what is indexed and published.

Revision ID: 005
Revises: 004
"""

import sqlalchemy as sa
from alembic import op

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_contact",
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("pj_nama", sa.Text(), nullable=False),
        sa.Column("pj_jabatan", sa.Text(), nullable=False),
        sa.Column("pj_alamat", sa.Text(), nullable=False),
        sa.Column("pj_telepon", sa.Text(), nullable=False),
        sa.Column("pj_faksimile", sa.Text(), nullable=False),
        sa.Column("pj_email", sa.Text(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("package_id"),
    )


def downgrade() -> None:
    op.drop_table("satudata_contact")
