"""The quarter: decisions, register life, evidence, frozen results.

Revision ID: 009
Revises: 008

Results are derived and computed anew. Events and checks that exist are kept; the append-only
triggers of 002 hold on every table that is evidence.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None

DERIVED = (
    "satudata_result",
    "satudata_org_result",
    "satudata_computation",
    "satudata_calendar_day",
)
EVIDENCE = (
    "satudata_item_owner",
    "satudata_decision",
    "satudata_opd_version",
    "satudata_succession",
    "satudata_metadata_event",
    "satudata_receipt",
    "satudata_check",
    "satudata_final",
    "satudata_final_row",
    "satudata_final_org",
)


def upgrade():
    for table in DERIVED:
        op.drop_table(table)
    op.rename_table("satudata_check", "satudata_check_old")
    op.execute(
        "ALTER TABLE satudata_check_old"
        " RENAME CONSTRAINT satudata_check_pkey TO satudata_check_old_pkey"
    )
    _create()
    _extend_obligations()
    _extend_events()
    op.execute(
        """
        INSERT INTO satudata_check (checked, sha256, readable, rows, cells, empty_cells, run,
                                    passed, failures, checker)
        SELECT DISTINCT ON (sha256) checked, sha256, readable, rows, cells, empty_cells, run,
               passed, failures, checker
        FROM satudata_check_old ORDER BY sha256, checker DESC, checked DESC
        """
    )
    op.drop_table("satudata_check_old")
    op.execute(
        """
        INSERT INTO satudata_opd_version (at, org_id, name, title, parent_id, path, level, kind,
                                          sdi_role, answers_id, scored, gone)
        SELECT now(), o.org_id, g.name, coalesce(nullif(g.title, ''), g.name), o.parent_id, o.path,
               o.level, o.kind, o.sdi_role, o.answers_id, o.scored, false
        FROM satudata_opd o JOIN "group" g ON g.id = o.org_id
        """
    )
    for table in EVIDENCE:
        _keep(table)


def _create():
    op.create_table(
        "satudata_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("checked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("readable", sa.Boolean(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("cells", sa.BigInteger(), nullable=False),
        sa.Column("empty_cells", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failures", postgresql.JSONB(), nullable=False),
        sa.Column("checker", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("satudata_check_sha256", "satudata_check", ["sha256", "id"], unique=False)
    op.create_table(
        "satudata_computation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organizations", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "satudata_data_request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "satudata_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("org_id", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("obligation_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("answers", sa.BigInteger(), nullable=True),
        sa.Column("revokes", sa.BigInteger(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("tw", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_satudata_decision_answers"), "satudata_decision", ["answers"], unique=False
    )
    op.create_index(
        op.f("ix_satudata_decision_event_id"), "satudata_decision", ["event_id"], unique=False
    )
    op.create_index(
        op.f("ix_satudata_decision_item_id"), "satudata_decision", ["item_id"], unique=False
    )
    op.create_index(
        op.f("ix_satudata_decision_obligation_id"),
        "satudata_decision",
        ["obligation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_satudata_decision_org_id"), "satudata_decision", ["org_id"], unique=False
    )
    op.create_index(
        op.f("ix_satudata_decision_revokes"), "satudata_decision", ["revokes"], unique=False
    )
    op.create_index("satudata_decision_kind", "satudata_decision", ["kind", "at"], unique=False)
    op.create_table(
        "satudata_export",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.BYTEA(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "satudata_final",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tw", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("decisions_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("year", "tw", "revision", name="satudata_final_once"),
    )
    op.create_table(
        "satudata_final_org",
        sa.Column("final_id", sa.BigInteger(), nullable=False),
        sa.Column("org_name", sa.Text(), nullable=False),
        sa.Column("org_title", sa.Text(), nullable=False),
        sa.Column("org_parent_id", sa.Text(), nullable=True),
        sa.Column("org_level", sa.Integer(), nullable=False),
        sa.Column("org_kind", sa.Text(), nullable=True),
        sa.Column("answers_id", sa.Text(), nullable=False),
        sa.Column("scored", sa.Boolean(), nullable=False),
        sa.Column("line_sha256", sa.Text(), nullable=False),
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
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("priority_due", sa.Integer(), nullable=False),
        sa.Column("priority_delivered", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=True),
        sa.Column("completeness", sa.Numeric(), nullable=True),
        sa.Column("timeliness", sa.Numeric(), nullable=True),
        sa.Column("quality", sa.Numeric(), nullable=True),
        sa.Column("unmeasured", postgresql.JSONB(), nullable=False),
        sa.Column("band", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("final_id", "org_id", "scope", "span"),
    )
    op.create_table(
        "satudata_final_row",
        sa.Column("final_id", sa.BigInteger(), nullable=False),
        sa.Column("org_name", sa.Text(), nullable=False),
        sa.Column("org_title", sa.Text(), nullable=False),
        sa.Column("org_parent_id", sa.Text(), nullable=True),
        sa.Column("org_level", sa.Integer(), nullable=False),
        sa.Column("org_kind", sa.Text(), nullable=True),
        sa.Column("answers_id", sa.Text(), nullable=False),
        sa.Column("item_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("register_version", sa.Text(), nullable=True),
        sa.Column("line_sha256", sa.Text(), nullable=False),
        sa.Column("obligation_id", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tw", sa.Integer(), nullable=False),
        sa.Column("due_year", sa.Integer(), nullable=False),
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
        sa.Column("review_days", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("package_id", sa.Text(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("check_id", sa.BigInteger(), nullable=True),
        sa.Column("checker", sa.Integer(), nullable=True),
        sa.Column("metadata_id", sa.BigInteger(), nullable=True),
        sa.Column("metadata_sha256", sa.Text(), nullable=True),
        sa.Column("decisions", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("final_id", "obligation_id"),
    )
    op.create_index(
        "satudata_final_row_obligation", "satudata_final_row", ["obligation_id"], unique=False
    )
    op.create_table(
        "satudata_item_owner",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("from_org", sa.Text(), nullable=False),
        sa.Column("to_org", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_satudata_item_owner_item_id"), "satudata_item_owner", ["item_id"], unique=False
    )
    op.create_table(
        "satudata_metadata_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("always_required", sa.Integer(), nullable=False),
        sa.Column("always_filled", sa.Integer(), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "satudata_metadata_event_package",
        "satudata_metadata_event",
        ["package_id", "id"],
        unique=False,
    )
    op.create_table(
        "satudata_opd_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("path", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("sdi_role", sa.Text(), nullable=True),
        sa.Column("answers_id", sa.Text(), nullable=False),
        sa.Column("scored", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "satudata_opd_version_org", "satudata_opd_version", ["org_id", "id"], unique=False
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
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("priority_due", sa.Integer(), nullable=False),
        sa.Column("priority_delivered", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=True),
        sa.Column("completeness", sa.Numeric(), nullable=True),
        sa.Column("timeliness", sa.Numeric(), nullable=True),
        sa.Column("quality", sa.Numeric(), nullable=True),
        sa.Column("unmeasured", postgresql.JSONB(), nullable=False),
        sa.Column("band", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("year", "tw", "org_id", "scope", "span"),
    )
    op.create_table(
        "satudata_proposal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_satudata_proposal_org_id"), "satudata_proposal", ["org_id"], unique=False
    )
    op.create_index(op.f("ix_satudata_proposal_year"), "satudata_proposal", ["year"], unique=False)
    op.create_table(
        "satudata_quarter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tw", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ruleset_hash", sa.Text(), nullable=False),
        sa.Column("register_version", sa.Text(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cutoff", sa.Date(), nullable=False),
        sa.Column("review_until", sa.Date(), nullable=True),
        sa.Column("objections_until", sa.Date(), nullable=True),
        sa.Column("final_id", sa.BigInteger(), nullable=True),
        sa.Column("dataset_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("year", "tw"),
    )
    op.create_table(
        "satudata_receipt",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("event_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(
        op.f("ix_satudata_receipt_org_id"), "satudata_receipt", ["org_id"], unique=False
    )
    op.create_index(
        op.f("ix_satudata_receipt_package_id"), "satudata_receipt", ["package_id"], unique=False
    )
    op.create_index(
        op.f("ix_satudata_receipt_resource_id"), "satudata_receipt", ["resource_id"], unique=False
    )
    op.create_table(
        "satudata_register_round",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposals_until", sa.Date(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "satudata_result",
        sa.Column("obligation_id", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tw", sa.Integer(), nullable=False),
        sa.Column("due_year", sa.Integer(), nullable=False),
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
        sa.Column("review_days", sa.Integer(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("package_id", sa.Text(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("check_id", sa.BigInteger(), nullable=True),
        sa.Column("checker", sa.Integer(), nullable=True),
        sa.Column("metadata_id", sa.BigInteger(), nullable=True),
        sa.Column("metadata_sha256", sa.Text(), nullable=True),
        sa.Column("decisions", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("year", "tw", "obligation_id"),
    )
    op.create_index(
        "satudata_result_obligation", "satudata_result", ["obligation_id"], unique=False
    )
    op.create_index(
        "satudata_result_org", "satudata_result", ["year", "tw", "org_id"], unique=False
    )
    op.create_table(
        "satudata_ruleset",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("decree", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "satudata_simulation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ruleset_hash", sa.Text(), nullable=False),
        sa.Column("quarters", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_satudata_simulation_ruleset_hash"),
        "satudata_simulation",
        ["ruleset_hash"],
        unique=False,
    )
    op.create_table(
        "satudata_succession",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("from_org", sa.Text(), nullable=False),
        sa.Column("from_title", sa.Text(), nullable=False),
        sa.Column("to_org", sa.Text(), nullable=True),
        sa.Column("to_title", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("items", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_satudata_succession_from_org"), "satudata_succession", ["from_org"], unique=False
    )
    op.create_index(
        op.f("ix_satudata_succession_to_org"), "satudata_succession", ["to_org"], unique=False
    )
    op.create_table(
        "satudata_window",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("deadlines", postgresql.JSONB(), nullable=False),
        sa.Column("correction_until", sa.Date(), nullable=True),
        sa.Column("org_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _extend_obligations():
    for column in (
        sa.Column("request_id", sa.Text),
        sa.Column("sealed", sa.DateTime(timezone=True)),
        sa.Column("item_name", sa.Text),
        sa.Column("unit", sa.Text),
        sa.Column("classification", sa.Text),
        sa.Column("priority", sa.Boolean),
        sa.Column("contributors", postgresql.ARRAY(sa.Text)),
        sa.Column("register_version", sa.Text),
    ):
        op.add_column("satudata_obligation", column)


def _extend_events():
    """Adding a column is no UPDATE: the trigger stays on but for the one that fills them."""
    for column in (
        sa.Column("counts_at", sa.DateTime(timezone=True)),
        sa.Column("private", sa.Boolean),
        sa.Column("url", sa.Text),
        sa.Column("filename", sa.Text),
        sa.Column("source", sa.Text, nullable=False, server_default="portal"),
    ):
        op.add_column("satudata_event", column)
    op.execute("SET LOCAL satudata.append_only = off")
    op.execute(
        """
        UPDATE satudata_event e SET counts_at = e.at,
            private = coalesce((SELECT p.private FROM package p WHERE p.id = e.package_id), false)
        """
    )
    op.execute("SET LOCAL satudata.append_only = on")
    for column in ("counts_at", "private"):
        op.alter_column("satudata_event", column, nullable=False)
    op.alter_column("satudata_event", "source", server_default=None)
    op.drop_index("satudata_event_item", table_name="satudata_event")
    op.create_index(
        "satudata_event_item", "satudata_event", ["item_id", "period", "resource_id", "id"]
    )
    op.create_index("satudata_event_sha256", "satudata_event", ["sha256"])


def _keep(table):
    op.execute(
        f"""
        CREATE TRIGGER {table}_append_only_row
        BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION satudata_refuse_change()
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER {table}_append_only_all
        BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION satudata_refuse_change()
        """
    )


NEW = (
    "satudata_item_owner",
    "satudata_decision",
    "satudata_register_round",
    "satudata_proposal",
    "satudata_data_request",
    "satudata_window",
    "satudata_opd_version",
    "satudata_succession",
    "satudata_metadata_event",
    "satudata_receipt",
    "satudata_check",
    "satudata_ruleset",
    "satudata_quarter",
    "satudata_result",
    "satudata_final_row",
    "satudata_org_result",
    "satudata_final_org",
    "satudata_final",
    "satudata_computation",
    "satudata_simulation",
    "satudata_export",
)


def downgrade():
    """Evidence and records are lost; results and checks are made again by the next run."""
    for table in NEW:
        op.drop_table(table)
    for name in ("request_id", "sealed", "item_name", "unit", "classification", "priority",
                 "contributors", "register_version"):  # fmt: skip
        op.drop_column("satudata_obligation", name)
    op.drop_index("satudata_event_item", table_name="satudata_event")
    op.drop_index("satudata_event_sha256", table_name="satudata_event")
    for name in ("counts_at", "private", "url", "filename", "source"):
        op.drop_column("satudata_event", name)
    op.create_index("satudata_event_item", "satudata_event", ["item_id", "period", "at"])
    for statement in _BEFORE:
        op.execute(statement)


_BEFORE = (
    "CREATE TABLE satudata_calendar_day (day date PRIMARY KEY, workday boolean NOT NULL,"
    " ordinal integer NOT NULL)",
    "CREATE TABLE satudata_check (resource_id text, sha256 text, readable boolean,"
    " rows bigint NOT NULL, cells bigint NOT NULL, empty_cells bigint NOT NULL,"
    " run integer NOT NULL, passed integer NOT NULL, failures jsonb NOT NULL,"
    " checker integer NOT NULL, checked timestamptz NOT NULL, PRIMARY KEY (resource_id, sha256))",
    "CREATE TABLE satudata_computation (id text PRIMARY KEY, started timestamptz NOT NULL,"
    " finished timestamptz, as_of timestamptz NOT NULL, organizations integer, rows integer,"
    " ruleset_hash text NOT NULL)",
    "CREATE TABLE satudata_org_result (org_id text, year integer, tw integer, scope text,"
    " span text, statuses jsonb NOT NULL, duties integer NOT NULL, due integer NOT NULL,"
    " delivered integer NOT NULL, late integer NOT NULL, missing integer NOT NULL,"
    " priority_due integer NOT NULL, priority_delivered integer NOT NULL, total numeric,"
    " completeness numeric, timeliness numeric, quality numeric, unmeasured jsonb NOT NULL,"
    " band text, PRIMARY KEY (org_id, year, tw, scope, span))",
    "CREATE TABLE satudata_result (obligation_id text, year integer, tw integer,"
    " due_tw integer NOT NULL, org_id text NOT NULL, item_id text NOT NULL, period text NOT NULL,"
    " due date NOT NULL, due_counted date NOT NULL, priority boolean NOT NULL,"
    " weight numeric NOT NULL, counted boolean NOT NULL, status text NOT NULL,"
    " flags text[] NOT NULL, d numeric, t numeric, m numeric, k numeric, q numeric, s numeric,"
    " days_late integer, delivered_at timestamptz, package_id text, resource_id text,"
    " PRIMARY KEY (obligation_id, year, tw))",
    "CREATE INDEX satudata_result_org ON satudata_result (year, tw, org_id)",
)
"""Tables of 001 that 009 had replaced, empty."""
