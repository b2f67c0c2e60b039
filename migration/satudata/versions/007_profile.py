"""What the columns of a delivered file hold.

Revision ID: 007
Revises: 006
"""

revision = "007"
down_revision = "006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
