"""What harvesters know of the organisations of a portal that the plugin joins.

Revision ID: 003
Revises: 002
"""

from alembic import op

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO satudata_told_organization (org_id, title)
        SELECT id, coalesce(nullif(title, ''), name) FROM "group"
        WHERE is_organization AND type = 'organization' AND state = 'active'
        """
    )


def downgrade() -> None:
    op.execute("DELETE FROM satudata_told_organization")
