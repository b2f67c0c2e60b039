"""The canonical JSON of a frozen quarter: one text for one content, hashed with SHA-256.

Keys sorted, no spaces, UTF-8, numbers that are not whole as decimal text of at most nine
places, times in UTC with microseconds. Python and PostgreSQL write the same text, so that anyone
can hash a published record again with ``json.dumps(…, sort_keys=True, separators=(",", ":"),
ensure_ascii=False)``.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ..judging.columns import JUDGED, NAMED, POOLED

_DECIMALS = ("weight", "d", "t", "m", "k", "q", "s")
_SCORES = ("total", "completeness", "timeliness", "quality")
_TIMES = ("delivered_at",)
_LOOSE = ("statuses", "unmeasured")
"""Kept as JSONB, whose text has spaces and an order of its own: written as list of "key=value"."""

ORG = ("org_name", "org_title", "org_parent_id", "org_level", "org_kind", "answers_id", "scored")
"""What a frozen figure has of its organisation."""

ROW_KEYS = tuple(sorted((*JUDGED, *NAMED, "evidence_sha256")))
ORG_KEYS = tuple(sorted((*POOLED, *ORG)))


def text(content: Any) -> str:
    """The canonical JSON of a plain value."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(content: str) -> str:
    """SHA-256 (hex) of a text in UTF-8."""
    return hashlib.sha256(content.encode()).hexdigest()


def row_line(alias: str) -> str:
    """SQL of the canonical JSON of a judged row."""
    return _line(alias, ROW_KEYS)


def org_line(alias: str) -> str:
    """SQL of the canonical JSON of the figures of an organisation."""
    return _line(alias, ORG_KEYS)


def hash_sql(line: str) -> str:
    """SQL of the SHA-256 (hex) of a text expression."""
    return f"encode(sha256(convert_to({line}, 'UTF8')), 'hex')"


def _line(alias: str, keys: tuple[str, ...]) -> str:
    columns = ", ".join(f'{_value(f"{alias}.{key}", key)} AS "{key}"' for key in keys)
    return f"(SELECT CAST(row_to_json(canonical) AS text) FROM (SELECT {columns}) canonical)"  # noqa: S608


def _value(column: str, key: str) -> str:
    if key in _DECIMALS or key in _SCORES:
        return f"CAST(trim_scale(round({column}, 9)) AS text)"
    if key in _TIMES:
        return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    if key in _LOOSE:
        return (
            "(SELECT array_to_json(coalesce(array_agg(pair.key || '=' || pair.value"  # noqa: S608
            f""" ORDER BY pair.key COLLATE "C"), '{{}}')) FROM jsonb_each_text({column}) pair)"""
        )
    return column
