"""Personal data of those in charge, apart from what is indexed and published.

Revision ID: 005
Revises: 004
"""

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
