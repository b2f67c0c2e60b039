"""Filling in a downloaded template, as a spreadsheet program would."""

from __future__ import annotations

import io
from typing import Any

import openpyxl

from ckanext.satudata.workbook.template import FIRST_ROW, KEY_ROW


class Book:
    """A template that is open: cells are set by sheet, line (1 is the first row) and key."""

    def __init__(self, content: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(content))

    def _column(self, sheet: str, key: str) -> int:
        keys = [cell.value for cell in self.book[sheet][KEY_ROW]]
        return keys.index(key) + 1

    def cell(self, sheet: str, line: int, key: str) -> Any:
        """The cell of a column in a filled row."""
        return self.book[sheet].cell(FIRST_ROW + line - 1, self._column(sheet, key))

    def fill(self, sheet: str, line: int, **values: Any) -> Book:
        """Put values into a row; ``_`` of a key stands for itself, ``__`` for its point."""
        for key, value in values.items():
            self.cell(sheet, line, key.replace("__", ".")).value = value
        return self

    def saved(self) -> bytes:
        """The bytes of the workbook as it stands."""
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()
