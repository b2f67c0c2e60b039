"""The tables of the rooms opd, register, delivery and quarter.

Revision ID: 001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "satudata_calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("workday", sa.Boolean(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "satudata_check",
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("readable", sa.Boolean(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("cells", sa.BigInteger(), nullable=False),
        sa.Column("empty_cells", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failures", postgresql.JSONB(), nullable=False),
        sa.Column("checker", sa.Integer(), nullable=False),
        sa.Column("checked", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", "sha256"),
    )
    op.create_table(
        "satudata_claim",
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", "item_id", "period"),
    )
    op.create_index("satudata_claim_item", "satudata_claim", ["item_id", "period"], unique=False)
    op.create_table(
        "satudata_computation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organizations", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("ruleset_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "satudata_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_satudata_event_package_id"), "satudata_event", ["package_id"], unique=False
    )
    op.create_index(
        "satudata_event_item", "satudata_event", ["item_id", "period", "at"], unique=False
    )
    op.create_table(
        "satudata_import",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", postgresql.BYTEA(), nullable=True),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_satudata_import_state"), "satudata_import", ["state"], unique=False)
    op.create_table(
        "satudata_item",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("contributors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("indicators", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_indicator", sa.Boolean(), nullable=False),
        sa.Column("dynamic", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("allow_nihil", sa.Boolean(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("legal_basis", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identity"),
    )
    op.create_index(op.f("ix_satudata_item_org_id"), "satudata_item", ["org_id"], unique=False)
    op.create_table(
        "satudata_item_match",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("item_id", "package_id"),
    )
    op.create_index(
        op.f("ix_satudata_item_match_state"), "satudata_item_match", ["state"], unique=False
    )
    op.create_table(
        "satudata_item_rhythm",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("frequency_raw", sa.Text(), nullable=False),
        sa.Column("schedule_raw", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("decided_schedule", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item_id", "frequency"),
    )
    op.create_index(
        op.f("ix_satudata_item_rhythm_state"), "satudata_item_rhythm", ["state"], unique=False
    )
    op.create_table(
        "satudata_obligation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("due_counted", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tw", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id", "frequency", "period", name="satudata_obligation_once"),
    )
    op.create_index(
        "satudata_obligation_quarter", "satudata_obligation", ["year", "tw", "org_id"], unique=False
    )
    op.create_table(
        "satudata_officer",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("appointed_by", sa.Text(), nullable=True),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "office"),
    )
    op.create_table(
        "satudata_opd",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("path", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("sdi_role", sa.Text(), nullable=True),
        sa.Column("answers_id", sa.Text(), nullable=False),
        sa.Column("scored", sa.Boolean(), nullable=False),
        sa.Column("index_stale_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("org_id"),
    )
    op.create_index("satudata_opd_answers", "satudata_opd", ["answers_id"], unique=False)
    op.create_index(
        "satudata_opd_path", "satudata_opd", ["path"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "satudata_opd_alias",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        op.f("ix_satudata_opd_alias_org_id"), "satudata_opd_alias", ["org_id"], unique=False
    )
    op.create_table(
        "satudata_org_result",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tw", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("statuses", postgresql.JSONB(), nullable=False),
        sa.Column("duties", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("priority_due", sa.Integer(), nullable=False),
        sa.Column("priority_delivered", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=True),
        sa.Column("completeness", sa.Numeric(), nullable=True),
        sa.Column("timeliness", sa.Numeric(), nullable=True),
        sa.Column("quality", sa.Numeric(), nullable=True),
        sa.Column("unmeasured", postgresql.JSONB(), nullable=False),
        sa.Column("band", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "year", "tw", "scope", "span"),
    )
    op.create_table(
        "satudata_package_fact",
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("always_required", sa.Integer(), nullable=False),
        sa.Column("always_filled", sa.Integer(), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("package_id"),
    )
    op.create_index(
        op.f("ix_satudata_package_fact_org_id"), "satudata_package_fact", ["org_id"], unique=False
    )
    op.create_table(
        "satudata_resource_fact",
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("last_modified", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("resource_id"),
    )
    op.create_index(
        op.f("ix_satudata_resource_fact_package_id"),
        "satudata_resource_fact",
        ["package_id"],
        unique=False,
    )
    op.create_table(
        "satudata_result",
        sa.Column("obligation_id", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tw", sa.Integer(), nullable=False),
        sa.Column("due_tw", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("due_counted", sa.Date(), nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Numeric(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("d", sa.Numeric(), nullable=True),
        sa.Column("t", sa.Numeric(), nullable=True),
        sa.Column("m", sa.Numeric(), nullable=True),
        sa.Column("k", sa.Numeric(), nullable=True),
        sa.Column("q", sa.Numeric(), nullable=True),
        sa.Column("s", sa.Numeric(), nullable=True),
        sa.Column("days_late", sa.Integer(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("package_id", sa.Text(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("obligation_id", "year", "tw"),
    )
    op.create_index(
        "satudata_result_org", "satudata_result", ["year", "tw", "org_id"], unique=False
    )
    op.create_table(
        "satudata_told_organization",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("walidata", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("org_id"),
    )
    op.create_table(
        "satudata_touched",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade():
    op.drop_table("satudata_touched")
    op.drop_table("satudata_told_organization")
    op.drop_index("satudata_result_org", table_name="satudata_result")
    op.drop_table("satudata_result")
    op.drop_index(op.f("ix_satudata_resource_fact_package_id"), table_name="satudata_resource_fact")
    op.drop_table("satudata_resource_fact")
    op.drop_index(op.f("ix_satudata_package_fact_org_id"), table_name="satudata_package_fact")
    op.drop_table("satudata_package_fact")
    op.drop_table("satudata_org_result")
    op.drop_index(op.f("ix_satudata_opd_alias_org_id"), table_name="satudata_opd_alias")
    op.drop_table("satudata_opd_alias")
    op.drop_index("satudata_opd_path", table_name="satudata_opd", postgresql_using="gin")
    op.drop_index("satudata_opd_answers", table_name="satudata_opd")
    op.drop_table("satudata_opd")
    op.drop_table("satudata_officer")
    op.drop_index("satudata_obligation_quarter", table_name="satudata_obligation")
    op.drop_table("satudata_obligation")
    op.drop_index(op.f("ix_satudata_item_rhythm_state"), table_name="satudata_item_rhythm")
    op.drop_table("satudata_item_rhythm")
    op.drop_index(op.f("ix_satudata_item_match_state"), table_name="satudata_item_match")
    op.drop_table("satudata_item_match")
    op.drop_index(op.f("ix_satudata_item_org_id"), table_name="satudata_item")
    op.drop_table("satudata_item")
    op.drop_index(op.f("ix_satudata_import_state"), table_name="satudata_import")
    op.drop_table("satudata_import")
    op.drop_index("satudata_event_item", table_name="satudata_event")
    op.drop_index(op.f("ix_satudata_event_package_id"), table_name="satudata_event")
    op.drop_table("satudata_event")
    op.drop_table("satudata_computation")
    op.drop_index("satudata_claim_item", table_name="satudata_claim")
    op.drop_table("satudata_claim")
    op.drop_table("satudata_check")
    op.drop_table("satudata_calendar_day")
