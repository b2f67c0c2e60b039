"""Functions that let SQL count the metadata as Python does.

Revision ID: 006
Revises: 005
"""

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
