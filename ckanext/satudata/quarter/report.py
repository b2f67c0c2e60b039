"""The compliance report as data: one shape for the page, CSV, XLSX and the API.

Everything here only reads what the jobs have computed. Callers check access
first (``satudata_report_read`` for all organisations, ``satudata_obligation_list``
for one); what a reader may not see of a private dataset is left out here.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal, TypedDict

Span = Literal["quarter", "cumulative"]
"""``cumulative`` ("s.d. TW n", the default view) or the single quarter."""


class Row(TypedDict):
    """One obligation as the report shows it.

    ``status`` is a key of :data:`rules.score` (label: helper
    ``satudata_status_label``), ``reason`` a whole sentence in the reader's
    language. ``d`` … ``q`` are 0–1, ``s`` is 0–100, each None where not
    measured. ``gain`` are the points of ``s`` still to win and ``advice`` says
    how, both empty where nothing is left to do. ``package_*`` are None where
    nothing was delivered **or** the reader may not see the private dataset
    (then ``private`` is true).
    """

    obligation_id: str
    year: int
    tw: int
    due_tw: int
    org_id: str
    org_name: str
    org_title: str
    answers_id: str
    item_id: str
    item_name: str
    unit: str
    classification: str
    frequency: str
    period: str
    due: dt.date
    due_counted: dt.date
    cutoff: dt.date
    priority: bool
    weight: Decimal
    status: str
    flags: list[str]
    reason: str
    d: Decimal | None
    t: Decimal | None
    m: Decimal | None
    k: Decimal | None
    q: Decimal | None
    s: Decimal | None
    days_late: int | None
    delivered_at: dt.datetime | None
    private: bool
    package_id: str | None
    package_name: str | None
    package_title: str | None
    resource_id: str | None
    gain: Decimal | None
    advice: list[str]


class Rows(TypedDict):
    """A page of rows; ``total`` counts all rows that pass the filters."""

    rows: list[Row]
    total: int
    page: int
    page_size: int | None


class Figures(TypedDict):
    """Counts and scores of one organisation in one scope; scores 0–100 or None (n/a).

    ``unmeasured`` maps ``m``/``k``/``q``/``t`` to the share (0–1) of weight
    that could not be measured.
    """

    duties: int
    due: int
    delivered: int
    late: int
    missing: int
    priority_due: int
    priority_delivered: int
    statuses: dict[str, int]
    total: Decimal | None
    completeness: Decimal | None
    timeliness: Decimal | None
    quality: Decimal | None
    unmeasured: dict[str, float]
    band: str | None


class OrgFigures(TypedDict):
    """One organisation in the report: its own duties and those with its units."""

    org_id: str
    name: str
    title: str
    parent_id: str | None
    answers_id: str
    kind: str | None
    level: int
    scored: bool
    own: Figures | None
    units: Figures | None


class Summary(TypedDict):
    """Head of the report. ``computed`` is None before the first computation.

    ``stale`` is true if the last computation is older than 24 hours.
    ``quarters`` are the (year, tw) that have results, newest first.
    ``not_measured`` lists keys of score parts that this version does not
    measure yet (``expected_units`` …); the page says so.
    """

    year: int
    tw: int
    span: Span
    cutoff: dt.date
    computed: dt.datetime | None
    stale: bool
    quarters: list[tuple[int, int]]
    not_measured: list[str]
    totals: Figures | None
    organizations: list[OrgFigures]


class Filters(TypedDict, total=False):
    """What to show of the rows; an absent or empty key filters nothing.

    ``org``: id of an organisation, its subtree is meant; ``status``: a status
    key; ``kind``: kind of OPD of the owing organisation; ``priority``: only
    data prioritas; ``q``: words in the item's or the organisation's name.
    """

    org: str
    status: str
    kind: str
    priority: bool
    q: str


def summary(year: int, tw: int, span: Span = "cumulative", user_id: str | None = None) -> Summary:
    """Totals and figures per organisation of one quarter; tree order (path)."""
    raise NotImplementedError


def rows(
    year: int,
    tw: int,
    span: Span = "cumulative",
    filters: Filters | None = None,
    user_id: str | None = None,
    page: int = 1,
    page_size: int | None = 50,
) -> Rows:
    """Rows of one quarter, "belum menyampaikan" first; ``page_size`` None: all (CSV, XLSX)."""
    raise NotImplementedError


def obligations(org_id: str, user_id: str | None = None, today: Any = None) -> Rows:
    """What one OPD with its units owes now: cumulative rows of the current quarter.

    Open and improvable rows first, those not yet due after them, done ones last.
    """
    raise NotImplementedError
