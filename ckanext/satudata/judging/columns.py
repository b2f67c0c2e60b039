"""Columns of judged rows and of figures, in the order in which they are written."""

from __future__ import annotations

JUDGED = (
    "obligation_id", "year", "tw", "due_year", "due_tw", "org_id", "item_id", "period", "due",
    "due_counted", "priority", "weight", "counted", "status", "flags", "d", "t", "m", "k", "q",
    "s", "days_late", "review_days", "received_on", "delivered_at", "package_id", "resource_id",
    "event_id", "sha256", "bytes", "rows", "actor", "check_id", "checker", "metadata_id",
    "metadata_sha256", "decisions",
)  # fmt: skip
"""Columns of :class:`..quarter.model.Judged`."""

NAMED = (
    "org_name", "org_title", "org_parent_id", "org_level", "org_kind", "answers_id", "item_name",
    "unit", "classification", "frequency", "register_version",
)  # fmt: skip
"""What a frozen row has besides: names and places of that day."""

OF_ITEM = ("item_name", "unit", "classification", "frequency", "register_version")
"""Those of them that name the item, as the duty was sealed with."""

POOLED = (
    "org_id", "year", "tw", "scope", "span", "statuses", "duties", "due", "delivered", "late",
    "missing", "excluded", "priority_due", "priority_delivered", "total", "completeness",
    "timeliness", "quality", "unmeasured", "band",
)  # fmt: skip
"""Columns of :class:`..quarter.model.Pooled`."""
