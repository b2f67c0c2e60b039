"""Long work on a quarter: finalising, revising, verifying, publishing.

Revision ID: 016
Revises: 009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "016"
down_revision = "009"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "satudata_quarter_run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("tw", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("given", postgresql.JSONB(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "satudata_quarter_run_quarter",
        "satudata_quarter_run",
        ["year", "tw", "kind", "created"],
        unique=False,
    )


def downgrade():
    op.drop_table("satudata_quarter_run")
