"""Background work of workbooks."""

from __future__ import annotations

from . import runs


def save(run_id: str) -> None:
    """Save the changes of a confirmed workbook; started again, it goes on where it was."""
    runs.execute(run_id)
