"""Tables that judging reads and writes: rule sets, where a quarter stands, the live result."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from ckan.plugins import toolkit
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ..calendar.quarters import Quarter
from ..model_base import json_value, number, text, text_id, text_key, text_list, timestamp


class RuleSetVersion(toolkit.BaseModel):
    """A rule set as its YAML text, by the hash of its content.

    ``state`` is ``draft`` (for the simulator alone) or ``signed``. The signed one that is valid
    on the first day of a quarter judges it; an opened quarter keeps the one it opened with.
    """

    __tablename__ = "satudata_ruleset"

    hash: Mapped[text_key]
    name: Mapped[text]
    version: Mapped[int]
    source: Mapped[text]
    state: Mapped[text]
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    decree: Mapped[text | None]
    created_by: Mapped[text | None]
    created: Mapped[timestamp]


class QuarterState(toolkit.BaseModel):
    """Where a quarter stands; a quarter without a row is a draft (``rancangan``).

    ``cutoff`` is fixed when the quarter opens, ``review_until`` when it is cut off and
    ``objections_until`` when its provisional result is shown; all are local days, inclusive.
    ``duties``: by id of an organisation, how many it had in the whole year at the opening, which
    gives its peer group.
    """

    __tablename__ = "satudata_quarter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tw: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[text]
    ruleset_hash: Mapped[text]
    register_version: Mapped[text]
    opened: Mapped[timestamp]
    cutoff: Mapped[dt.date]
    review_until: Mapped[dt.date | None]
    objections_until: Mapped[dt.date | None]
    final_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    dataset_id: Mapped[text | None]
    duties: Mapped[json_value | None]

    @property
    def quarter(self) -> Quarter:
        """The quarter of this state."""
        return Quarter(self.year, self.tw)


class Judged:
    """Columns of one obligation as judged at the evaluation of a quarter, with its evidence.

    A duty of TW I is judged in TW I and in every later quarter of the year, so the single
    quarter is ``(due_year, due_tw) = (year, tw)`` and the cumulative view "s.d. TW n" is all rows
    of (year, n) with ``due_year = year``. Rows of earlier years are arrears: listed, never
    counted. Only ``counted`` rows enter the figures of an organisation; ``s`` is null where
    nothing is judged. ``due`` is nominal, ``due_counted`` the working day from which lateness
    counts, extension included. ``received_on`` is the local day that lateness was counted to;
    ``review_days`` are the walidata's days taken off. ``decisions`` are ids of those applied.
    """

    obligation_id: Mapped[text]
    year: Mapped[int]
    tw: Mapped[int]
    due_year: Mapped[int]
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
    review_days: Mapped[int | None]
    received_on: Mapped[dt.date | None]
    delivered_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    package_id: Mapped[text | None]
    resource_id: Mapped[text | None]
    event_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    sha256: Mapped[text | None]
    bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows: Mapped[int | None] = mapped_column(sa.BigInteger)
    actor: Mapped[text | None]
    check_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    checker: Mapped[int | None]
    metadata_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    metadata_sha256: Mapped[text | None]
    decisions: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger))


class Result(Judged, toolkit.BaseModel):
    """A row of the live result: of quarters that are not final."""

    __tablename__ = "satudata_result"

    __table_args__ = (
        sa.PrimaryKeyConstraint("year", "tw", "obligation_id"),
        sa.Index("satudata_result_org", "year", "tw", "org_id"),
        sa.Index("satudata_result_obligation", "obligation_id"),
    )


class Pooled:
    """Columns of the counts and scores of one organisation in one view of one quarter.

    ``scope`` is ``own``, ``units`` (with its whole subtree) or ``answers`` (a
    penanggung with the units it answers for: what is ranked); ``span`` is
    ``quarter`` or ``cumulative``. ``duties`` are all rows of the view,
    ``statuses`` counts them; the other counts are of the rows due by then.
    ``excluded`` are the nihil and waived ones among the duties due.
    Scores are 0–100 with two decimals, null where there is nothing to judge.
    ``unmeasured``: share (0–1) of weight without T, M, K, Q for reasons of ours.
    """

    org_id: Mapped[text]
    year: Mapped[int]
    tw: Mapped[int]
    scope: Mapped[text]
    span: Mapped[text]
    statuses: Mapped[json_value]
    duties: Mapped[int]
    due: Mapped[int]
    delivered: Mapped[int]
    late: Mapped[int]
    missing: Mapped[int]
    excluded: Mapped[int]
    priority_due: Mapped[int]
    priority_delivered: Mapped[int]
    total: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    completeness: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    timeliness: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    quality: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    unmeasured: Mapped[json_value]
    band: Mapped[text | None]


class OrgResult(Pooled, toolkit.BaseModel):
    """Figures of the live result."""

    __tablename__ = "satudata_org_result"

    __table_args__ = (sa.PrimaryKeyConstraint("year", "tw", "org_id", "scope", "span"),)


class Computation(toolkit.BaseModel):
    """One run of the live result: what pages print as "per <time>".

    ``organizations`` is null for a run over all of them.
    """

    __tablename__ = "satudata_computation"

    id: Mapped[text_id]
    started: Mapped[timestamp]
    finished: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
    organizations: Mapped[int | None]
    rows: Mapped[int | None]


class Simulation(toolkit.BaseModel):
    """What past quarters would have been under another rule set; computed by a job."""

    __tablename__ = "satudata_simulation"

    id: Mapped[text_id]
    ruleset_hash: Mapped[text] = mapped_column(index=True)
    quarters: Mapped[text_list]
    state: Mapped[text]
    done: Mapped[int] = mapped_column(default=0)
    result: Mapped[json_value]
    created_by: Mapped[text | None]
    created: Mapped[timestamp]
    finished: Mapped[dt.datetime | None] = mapped_column(sa.DateTime(timezone=True))
