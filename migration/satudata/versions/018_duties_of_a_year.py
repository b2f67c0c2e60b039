"""A quarter keeps how many duties each organisation had in its year when it opened.

Revision ID: 018
Revises: 017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "018"
down_revision = "017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("satudata_quarter", sa.Column("duties", JSONB))


def downgrade() -> None:
    op.drop_column("satudata_quarter", "duties")
