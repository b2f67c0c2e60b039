"""What was adopted from fields that a portal had before.

Revision ID: 009
Revises: 008
"""

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
