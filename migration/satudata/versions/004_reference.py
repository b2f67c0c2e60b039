"""Reference data: areas with both codes, and which version of each list is held.

Revision ID: 004
Revises: 003
"""

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
