"""The first rows of a delivered content, for those who judge it."""

from __future__ import annotations

import logging
import shutil
import tempfile
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from . import checks, evidence

log = logging.getLogger(__name__)

ROWS = 20
COLUMNS = 30
MOST_BYTES = 5_000_000
"""Larger contents are read by whoever downloads them, not by the web process."""


@dataclass(frozen=True)
class Preview:
    """``reason`` says why there are no rows (a key of ``checks.label`` or ``large``), else None."""

    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    reason: str | None = None


def of(sha256: str, size: int | None) -> Preview:
    """The first rows of the content of this hash, as text; only for what a check could read."""
    if size is None or size > MOST_BYTES:
        return Preview(reason="large")
    try:
        with tempfile.NamedTemporaryFile(prefix="satudata-") as copy:
            with evidence.opened(sha256) as stream:
                shutil.copyfileobj(stream, copy)
            copy.flush()
            return _read(Path(copy.name))
    except evidence.EvidenceMissingError:
        return Preview(reason="content_missing")
    except checks.NoTableError as error:
        return Preview(reason=str(error))
    except Exception:  # the readers let through whatever a broken part raises
        log.info("satudata: a content could not be shown", exc_info=True)
        return Preview(reason="broken")


def _read(path: Path) -> Preview:
    with checks.opened_table(path) as (source, _encoding):
        header = [_text(label) for label in source.labels[:COLUMNS]]
        rows = [
            [_text(cell) for cell in row[:COLUMNS]]
            for row in islice(source.cell_stream, 1, ROWS + 1)
        ]
    return Preview(header, rows)


def _text(cell: object) -> str:
    return "" if checks.is_empty(cell) else str(cell)[:200]
