"""Shapes of the report's data: the same for the page, CSV, XLSX and the API."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal, TypedDict, get_args

Span = Literal["cumulative", "quarter"]
"""``cumulative`` ("s.d. TW n", the default view) or the single quarter."""

SPANS: tuple[Span, ...] = get_args(Span)
"""The views, the default first."""


class Row(TypedDict):
    """One obligation as the report shows it.

    ``status`` is one of :data:`rules.status.STATUSES` (label: helper
    ``satudata_status_label``), ``reason`` a whole sentence in the reader's
    language. ``d`` … ``q`` are 0–1, ``s`` is 0–100, each None where not
    measured. ``gain`` are the points of ``s`` still to win and ``advice`` says
    how, both empty where nothing is left to do. ``package_*`` are None where
    nothing was delivered **or** the reader may not see the private dataset
    (then ``private`` is true). ``year``, ``tw``: the quarter in which it was judged;
    ``due_year``, ``due_tw``: the one it belongs to. ``final_id``: the frozen record that
    the row is of, None for the live result. ``received_on``: the local day that lateness
    was counted to; ``review_days``: working days of the walidata taken off.
    """

    obligation_id: str
    year: int
    tw: int
    due_year: int
    due_tw: int
    org_id: str
    org_name: str
    org_title: str
    org_kind: str | None
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
    counted: bool
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
    review_days: int | None
    received_on: dt.date | None
    delivered_at: dt.datetime | None
    sha256: str | None
    final_id: int | None
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

    ``duties`` are all rows of the view; the other counts are of those ``due`` by
    now. ``missing``: nothing came and nothing is stated; ``excluded``: nihil or
    exempted. ``unmeasured`` maps ``T``/``M``/``K``/``Q`` to the share (0–1) of
    weight delivered but not measured for reasons of ours.
    """

    duties: int
    due: int
    delivered: int
    late: int
    missing: int
    excluded: int
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
    """One organisation in the report: its own duties and those with its units.

    ``below`` counts the units right below it. What a penanggung is ranked by stands in the
    leaderboard.
    """

    org_id: str
    name: str
    title: str
    parent_id: str | None
    answers_id: str
    kind: str | None
    level: int
    scored: bool
    below: int
    own: Figures | None
    units: Figures | None


class RuleSetName(TypedDict):
    """A rule set as pages name it; results of different hashes are not comparable."""

    hash: str
    name: str
    version: int


class Head(TypedDict):
    """Where a quarter stands. ``computed`` is None before the first computation; of a final
    quarter it is the moment it was frozen.

    ``state`` is one of :data:`..quarter.standing.STATES`, ``standing`` says with which days and by
    which record in force (see :func:`..quarter.standing.brief`). ``revision`` is the frozen
    record that is shown (0: the first; None: the live result), ``sha256`` its hash and
    ``revisions`` all there are, newest first.

    ``stale`` is true if the last full computation is older than 24 hours.
    ``quarters`` are the (year, tw) that have results, newest first.
    ``not_measured`` lists keys of score parts that this version does not
    measure yet (``expected_units`` …); the page says so.
    """

    year: int
    tw: int
    span: Span
    cutoff: dt.date
    state: str
    standing: dict[str, Any]
    ruleset: RuleSetName
    revision: int | None
    revisions: list[int]
    sha256: str | None
    computed: dt.datetime | None
    stale: bool
    quarters: list[tuple[int, int]]
    not_measured: list[str]


class Summary(Head):
    """The report of a quarter without its rows.

    ``totals`` are those of the top organisation the reader may see, with its
    units; ``beside`` are its figures in the other view. ``levels`` are those of the tree that
    the organisations asked for stand on, also where fewer of them are answered.
    """

    totals: Figures | None
    beside: Figures | None
    levels: list[int]
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
