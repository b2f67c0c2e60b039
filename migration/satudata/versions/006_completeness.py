"""Functions that let SQL count the metadata as Python does.

Revision ID: 006
Revises: 005

What stands for nothing and what is blank come as arguments from the schemas, so that a
change there needs no migration. The locale of the database plays no part: letters are made
small under the collation "C".
"""

from alembic import op

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Whether a text says something: more than signs, and no word that stands for nothing
    # (the empty text is among ``words``).
    op.execute(
        """
        CREATE OR REPLACE FUNCTION satudata_says(value text, signs text, words text[])
        RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT coalesce(btrim(lower(value COLLATE "C"), signs) <> ALL (words), false)
        $$
        """
    )
    # The JSON list in a text; null where there is none or it cannot be read. The handler
    # opens a subtransaction, which parallel workers may not.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION satudata_json_list(value text, blanks text) RETURNS jsonb
        LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE AS $$
        DECLARE
            trimmed text := btrim(value, blanks);
        BEGIN
            IF trimmed IS NULL OR left(trimmed, 1) <> '[' THEN
                RETURN NULL;
            END IF;
            BEGIN
                RETURN CAST(trimmed AS jsonb);
            EXCEPTION WHEN OTHERS THEN
                RETURN NULL;
            END;
        END
        $$
        """
    )
    # The texts of a field that holds a list of them; anything else is one text.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION satudata_texts(value text, blanks text) RETURNS text[]
        LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE AS $$
        DECLARE
            list jsonb := satudata_json_list(value, blanks);
        BEGIN
            IF list IS NULL OR jsonb_path_exists(list, 'strict $[*] ? (@.type() != "string")') THEN
                RETURN ARRAY[btrim(coalesce(value, ''), blanks)];
            END IF;
            RETURN ARRAY(SELECT btrim(one, blanks) FROM jsonb_array_elements_text(list) AS one);
        END
        $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION satudata_texts(text, text)")
    op.execute("DROP FUNCTION satudata_json_list(text, text)")
    op.execute("DROP FUNCTION satudata_says(text, text, text[])")
