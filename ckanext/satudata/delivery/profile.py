"""What the columns of a file hold, and which variables (MS-Var) they would make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from frictionless import Detector

from ..text import normalise
from .checks import MAX_ROWS, is_empty, opened_table

MOST_VALUES = 20
"""A column with more different texts has no list of answers."""

MOST_COLUMNS = 500
_LONGEST_VALUE = 100
_SAMPLE = 1_000
"""Rows from which the kind of a column is told."""

_WHOLE = re.compile(r"-?\d{1,3}(\.\d{3})+|-?\d+")
_DECIMAL = re.compile(r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?")

_TYPES = {
    "integer": "INTEGER",
    "number": "FLOAT",
    "year": "INTEGER",
    "boolean": "CHARACTER",
    "array": "ARRAY",
    "date": "DATE",
    "datetime": "DATETIME",
}
"""Types of frictionless in the words of MS-Var; whatever else is a text."""


@dataclass
class Column:
    """One column: its heading, its type (as MS-Var says it), and its cells.

    ``values``: the different texts in order of appearance; None where they are too many or
    figures. ``empty``: share of empty cells, from 0 to 1.
    """

    name: str
    type: str
    empty: float
    values: list[str] | None


@dataclass
class _Cells:
    filled: int = 0
    sample: list[Any] = field(default_factory=list)
    values: dict[str, None] | None = field(default_factory=dict)

    def take(self, cell: Any) -> None:
        if len(self.sample) < _SAMPLE:
            self.sample.append(cell)
        if is_empty(cell):
            return
        self.filled += 1
        if self.values is not None:
            text = str(cell).strip()
            self.values[text] = None
            if len(self.values) > MOST_VALUES or len(text) > _LONGEST_VALUE:
                self.values = None


def columns_of(path: Path) -> list[Column]:
    """The columns of a CSV or XLSX file, in order; those without heading are left out.

    :raises checks.NoTableError: it is none
    """
    with opened_table(path) as (source, _encoding):
        labels = ["" if is_empty(label) else str(label).strip() for label in source.labels]
        cells = [_Cells() for _label in labels[:MOST_COLUMNS]]
        rows = 0
        for row in islice(source.cell_stream, 1, MAX_ROWS + 1):
            rows += not all(map(is_empty, row))
            for held, cell in zip(cells, row, strict=False):
                held.take(cell)
    types = _types([held.sample for held in cells])
    return [
        Column(label, kind, 1 - held.filled / rows if rows else 1.0, _listed(held, kind))
        for label, held, kind in zip(labels, cells, types, strict=False)
        if label
    ]


def _listed(held: _Cells, kind: str) -> list[str] | None:
    """A list of answers belongs to texts; figures and days have none."""
    return list(held.values) if held.values and kind in ("STRING", "CHARACTER") else None


def _types(samples: Sequence[list[Any]]) -> list[str]:
    """The type of each column by frictionless, figures written the Indonesian way included."""
    found = []
    for number, cells in enumerate(samples):
        filled = [_plain(cell) for cell in _as_figures([c for c in cells if not is_empty(c)])]
        if not filled:
            found.append("")
            continue
        schema = Detector(field_confidence=1.0).detect_schema(
            [[cell] for cell in filled], labels=[f"column{number}"]
        )
        kind = _TYPES.get(schema.fields[0].type, "STRING")
        one_sign = kind == "STRING" and all(len(str(cell).strip()) == 1 for cell in filled)
        found.append("CHARACTER" if one_sign else kind)
    return found


def _plain(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell


def _as_figures(cells: list[Any]) -> list[Any]:
    """Texts such as "1.250" and "2,5" as 1250 and 2.5, where the whole column is written so."""
    if not all(isinstance(cell, str) for cell in cells):
        return cells
    texts = [cell.strip() for cell in cells]
    if all(map(_WHOLE.fullmatch, texts)):
        return [text.replace(".", "") for text in texts]
    if all(map(_DECIMAL.fullmatch, texts)):
        return [text.replace(".", "").replace(",", ".") for text in texts]
    return cells


def variable_of(column: Column) -> dict[str, str]:
    """The row of ``sd_variabel`` that a column proposes; definitions are for people to write."""
    row = {
        "nama": _in_words(column.name),
        "alias": column.name,
        "tipe_data": column.type,
        "klasifikasi_isian": "\n".join(column.values or ()),
        "aturan_validasi": "" if column.empty else "Harus terisi",
    }
    return {name: text for name, text in row.items() if text}


def _in_words(name: str) -> str:
    words = " ".join(name.replace("_", " ").split())
    return words[:1].upper() + words[1:]


def not_described(columns: Iterable[Column], variables: Iterable[dict[str, Any]]) -> list[Column]:
    """The columns that no variable names, by its alias or its name in any spelling."""
    known = {
        normalise(str(row.get(key) or "").replace("_", " "))
        for row in variables
        for key in ("alias", "nama")
    }
    return [one for one in columns if normalise(one.name.replace("_", " ")) not in known]
