"""A frozen row carries the hash of its evidence.

Revision ID: 017
Revises: 016
"""

import sqlalchemy as sa
from alembic import op

revision = "017"
down_revision = "016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("satudata_final_row", sa.Column("evidence_sha256", sa.Text, nullable=False))


def downgrade() -> None:
    op.drop_column("satudata_final_row", "evidence_sha256")
