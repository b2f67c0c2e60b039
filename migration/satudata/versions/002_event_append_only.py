"""Events are append-only: UPDATE, DELETE and TRUNCATE are refused.

Revision ID: 002
Revises: 001

The setting ``satudata.append_only = off`` lets them pass. It belongs to test
databases alone: CKAN's ``clean_db`` deletes from every table.
"""

from alembic import op

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE OR REPLACE FUNCTION satudata_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_setting('satudata.append_only', true) = 'off' THEN
                IF TG_OP = 'DELETE' THEN
                    RETURN OLD;
                END IF;
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'satudata: % of % is refused, its rows are evidence',
                TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER satudata_event_append_only_row
        BEFORE UPDATE OR DELETE ON satudata_event
        FOR EACH ROW EXECUTE FUNCTION satudata_refuse_change()
        """
    )
    op.execute(
        """
        CREATE TRIGGER satudata_event_append_only_all
        BEFORE TRUNCATE ON satudata_event
        FOR EACH STATEMENT EXECUTE FUNCTION satudata_refuse_change()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER satudata_event_append_only_all ON satudata_event")
    op.execute("DROP TRIGGER satudata_event_append_only_row ON satudata_event")
    op.execute("DROP FUNCTION satudata_refuse_change()")
