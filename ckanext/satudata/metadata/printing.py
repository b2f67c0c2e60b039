"""An activity as the questions of BPS's paper form MS-Keg, each with its answer.

The form is Indonesian, whatever language the portal speaks. Choices carry the number
codes of the paper; where several may be chosen the codes are added up, so every sum
tells which ones (1, 2, 4, 8 …). A question that does not apply is printed unanswered;
one of which that is not known yet has its blank, to be filled in by hand.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..calendar import formats
from .completeness import applies, is_empty
from .composites import is_span
from .resource_values import as_list
from .schema import Condition, choices, conditions_of, groups, is_open
from .stored_values import rows_in

COVER_EXTRA = ("sd_kode_kegiatan",)
"""Fields that stand elsewhere in our form but on the cover of the paper."""

_NOT_ON_PAPER = frozenset({"name", "owner_org"})
_OWN_GROUP = "lain"
_DATE = "satudata_date"
_MULTIPLE = "satudata_multi"
_YES, _NO = "1", "2"


@dataclass(frozen=True)
class Option:
    """A choice as printed: its number code and label, and whether it is the answer."""

    code: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Table:
    """Answers in rows: headings and cells, each cell one text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Answer:
    """One field of the form.

    ``text``: the answer in words, empty if there is none. ``options`` and ``code``: of a
    question with choices, all of them and the number for its box. ``table``: of rows.
    ``applies``: False where an earlier answer makes the form skip the question.
    """

    label: str
    applies: bool
    text: str = ""
    options: tuple[Option, ...] = ()
    code: str = ""
    table: Table | None = None


@dataclass(frozen=True)
class Question:
    """What stands under one number of the form, such as "1.2"; empty on the cover."""

    number: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Block:
    """A block of the form with its heading ("IV. Desain kegiatan")."""

    name: str
    title: str
    questions: tuple[Question, ...]


def blocks(
    schema: Mapping[str, Any], values: Mapping[str, Any], contact: Mapping[str, str]
) -> list[Block]:
    """The whole form.

    ``values``: the activity as stored or as ``package_show`` gives it; ``contact``: the
    person in charge, {} for those who may not see him (his questions stay blank).
    """
    held = {**values, **contact}
    conditions = conditions_of(schema)
    found = []
    for group in groups(schema):
        if group.name == _OWN_GROUP:
            continue
        fields = [*group.fields, *group.contact_fields]
        if not found:
            fields += [
                field for field in schema["dataset_fields"] if field["field_name"] in COVER_EXTRA
            ]
        answers = [
            (_number(field), _answer(field, held, _is_asked(conditions[field["field_name"]], held)))
            for field in sorted(fields, key=lambda field: _order(_number(field)))
            if field["field_name"] not in _NOT_ON_PAPER
        ]
        found.append(Block(group.name, indonesian(group.label), tuple(_questions(answers))))
    return found


def _is_asked(conditions: Iterable[Condition], values: Mapping[str, Any]) -> bool:
    """Whether no answer given so far rules the question out."""
    return all(applies([one], values) or is_empty(values.get(one.name)) for one in conditions)


def _order(number: str) -> list[int]:
    """Sorts "3.10" behind "3.9"; what has no number comes first, as it stands."""
    return [int(part) for part in number.split(".") if part.isdigit()]


def _number(field: Mapping[str, Any]) -> str:
    """The number a field is printed under; the stages of the schedule share one table."""
    number = str(field.get("nomor", ""))
    return number.rpartition(".")[0] if is_span(field) else number


def _questions(answers: Iterable[tuple[str, Answer]]) -> Iterator[Question]:
    for number, members in itertools.groupby(answers, key=lambda pair: pair[0]):
        held = [answer for _, answer in members]
        if number:
            yield Question(number, tuple(_joined(held)))
        else:
            yield from (Question("", (answer,)) for answer in held)


def _joined(answers: list[Answer]) -> Iterator[Answer]:
    """The answers of one number; those in rows of the same columns become one table."""
    for columns, members in itertools.groupby(
        answers, key=lambda one: one.table.columns if one.table else None
    ):
        held = list(members)
        if columns is None or len(held) == 1:
            yield from held
            continue
        rows = tuple((one.label, *row) for one in held for row in one.table.rows or [("", "")])
        yield Answer("", True, table=Table(("", *columns), rows))


def _answer(field: Mapping[str, Any], values: Mapping[str, Any], asked: bool) -> Answer:
    label = indonesian(field["label"])
    value = values.get(field["field_name"]) if asked else None
    if "repeating_subfields" in field:
        return Answer(label, asked, table=_table(field["repeating_subfields"], value))
    offered = choices(field)
    if offered and not is_open(field):
        return _chosen(field, label, asked, as_list(value) if value else [], offered)
    return Answer(label, asked, text=_text(field, value))


def _table(subfields: Iterable[Mapping[str, Any]], value: Any) -> Table:
    rows = tuple(
        tuple(_text(subfield, row.get(subfield["field_name"])) for subfield in subfields)
        for row in rows_in(value)
    )
    return Table(tuple(indonesian(one["label"]) for one in subfields), rows)


def _chosen(
    field: Mapping[str, Any],
    label: str,
    asked: bool,
    held: list[str],
    offered: list[dict[str, Any]],
) -> Answer:
    if field.get("preset") == "satudata_boolean":
        codes = {"true": _YES, "false": _NO}
        offered = [{**choice, "kode": codes.get(str(choice["value"]))} for choice in offered]
    if not any("kode" in choice for choice in offered):
        return Answer(label, asked, table=_yes_or_no(held, offered))
    chosen = [choice for choice in offered if str(choice["value"]) in held]
    known = {str(choice["value"]) for choice in offered}
    return Answer(
        label,
        asked,
        text=", ".join(text for text in held if text not in known),
        options=tuple(
            Option(str(choice.get("kode", "")), indonesian(choice["label"]), choice in chosen)
            for choice in offered
        ),
        code=_code(chosen, field.get("preset") == _MULTIPLE),
    )


def _code(chosen: list[dict[str, Any]], added_up: bool) -> str:
    """The number in the box: of the one choice, or the sum of several; empty: none."""
    codes = [int(choice["kode"]) for choice in chosen if choice.get("kode")]
    if added_up:
        return str(sum(codes)) if codes else ""
    return str(codes[0]) if codes else ""


def _yes_or_no(held: list[str], offered: list[dict[str, Any]]) -> Table:
    """Choices without codes: the paper asks for a yes (1) or no (2) at each of them."""
    answers = [_YES if str(choice["value"]) in held else _NO for choice in offered]
    rows = (
        (indonesian(choice["label"]), answer if held else "")
        for choice, answer in zip(offered, answers, strict=True)
    )
    return Table(("", f"Ya-{_YES} / Tidak-{_NO}"), tuple(rows))


def _text(field: Mapping[str, Any], value: Any) -> str:
    """An answer in words; dates as people write them, a placeholder is no answer."""
    text = ", ".join(as_list(value)) if isinstance(value, list) else str(value or "").strip()
    if is_empty(text):
        return ""
    if field.get("preset") == _DATE:
        try:
            return formats.tanggal(dt.date.fromisoformat(text))
        except ValueError:
            return text
    return text


def indonesian(text: Any) -> str:
    """A text of a schema in Indonesian, the language of the forms."""
    return text.get("id", next(iter(text.values()))) if isinstance(text, Mapping) else str(text)
