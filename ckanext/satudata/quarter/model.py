"""Tables of the live result; jobs write them, pages read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.orm import Mapped, mapped_column

from ..model_base import json_value, number, text, text_id, text_key, text_list, timestamp


class CalendarDay(toolkit.BaseModel):
    """Working days for SQL: ``ordinal`` counts working days up to and including this one."""

    __tablename__ = "satudata_calendar_day"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    workday: Mapped[bool]
    ordinal: Mapped[int]


class Result(toolkit.BaseModel):
    """One obligation as seen at the evaluation of quarter (``year``, ``tw``).

    A duty of TW I has a row for TW I and one for every later quarter of the
    year, so the single quarter is ``due_tw = tw`` and the cumulative view
    "s.d. TW n" is all rows of (year, n). Only ``counted`` rows (due by then)
    enter the figures of an organisation; ``s`` is null where nothing is judged.
    """

    __tablename__ = "satudata_result"

    obligation_id: Mapped[text_key]
    year: Mapped[int] = mapped_column(primary_key=True)
    tw: Mapped[int] = mapped_column(primary_key=True)
    due_tw: Mapped[int]
    org_id: Mapped[text]
    item_id: Mapped[text]
    period: Mapped[text]
    due: Mapped[dt.date]
    due_counted: Mapped[dt.date]
    priority: Mapped[bool]
    weight: Mapped[number]
    counted: Mapped[bool]
    status: Mapped[text]
    flags: Mapped[text_list]
    d: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    t: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    m: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    k: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    q: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    s: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    days_late: Mapped[int | None]
    delivered_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    package_id: Mapped[text | None]
    resource_id: Mapped[text | None]

    __table_args__ = (sa.Index("satudata_result_org", "year", "tw", "org_id"),)


class OrgResult(toolkit.BaseModel):
    """Counts and scores of one organisation in one view of one quarter.

    ``scope`` is ``own``, ``units`` (with its whole subtree) or ``answers`` (a
    penanggung with the units it answers for: what is ranked); ``span`` is
    ``quarter`` or ``cumulative``. ``duties`` are all rows of the view,
    ``statuses`` counts them; the other counts are of the rows due by then.
    Scores are 0–100 with two decimals, null where there is nothing to judge.
    ``unmeasured``: share (0–1) of weight without T, M, K, Q for reasons of ours.
    """

    __tablename__ = "satudata_org_result"

    org_id: Mapped[text_key]
    year: Mapped[int] = mapped_column(primary_key=True)
    tw: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[text_key]
    span: Mapped[text_key]
    statuses: Mapped[json_value]
    duties: Mapped[int]
    due: Mapped[int]
    delivered: Mapped[int]
    late: Mapped[int]
    missing: Mapped[int]
    priority_due: Mapped[int]
    priority_delivered: Mapped[int]
    total: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    completeness: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    timeliness: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    quality: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    unmeasured: Mapped[json_value]
    band: Mapped[text | None]


class Computation(toolkit.BaseModel):
    """One run of the live result: what pages print as "per <time>".

    ``organizations`` is null for a run over all of them.
    """

    __tablename__ = "satudata_computation"

    id: Mapped[text_id]
    started: Mapped[timestamp]
    finished: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    as_of: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
    organizations: Mapped[int | None]
    rows: Mapped[int | None]
    ruleset_hash: Mapped[text]
