"""Why a row has its status, in one sentence, and what is still to gain.

Sentences are English msgids with ``{name}`` places: the caller translates the msgid, formats
the parameters (dates are ``date``) and fills them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from ..text import N_
from .ruleset import RuleSet
from .score import round_score, timeliness


@dataclass(frozen=True)
class ResultRow:
    """The columns of a live or frozen result that explain it; parts as in the score."""

    status: str
    due: date
    cutoff: date | None = None
    days_late: int | None = None
    d: Decimal | None = None
    m: Decimal | None = None
    k: Decimal | None = None
    q: Decimal | None = None


@dataclass(frozen=True)
class Sentence:
    """A msgid and the values of its places."""

    msgid: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Gain:
    """Points (0–100 of this row, two decimals) still to gain in one part, and how."""

    part: str
    points: Decimal
    what: str


SENTENCES: Mapping[str, str] = {
    "dibebaskan": N_("A decision takes this duty out; it does not count."),
    "nihil_diterima": N_("The statement that there is nothing to report was accepted."),
    "dikembalikan": N_("The walidata returned the last delivery; a corrected one is awaited."),
    "belum_memenuhi_syarat": N_("Delivered, but below the least that counts."),
    "menunggu_pemeriksaan": N_("Delivered; waits for review by the walidata."),
    "tidak_menyampaikan": N_("Nothing was received by the cutoff; it was due on {due}."),
    "terlambat": N_("Delivered late: due on {due}, working days late: {late}."),
    "tidak_lengkap": N_("Delivered on time, but incomplete: {part} {percent}%, needed {limit}%."),
    "mutu_rendah": N_("Delivered on time and complete, but only {percent}% of the checks passed."),
    "belum_dinilai": N_("Delivered on time; for technical reasons a part is not measured yet."),
    "patuh": N_("Delivered on time, complete and of good quality."),
    "belum_jatuh_tempo": N_("Nothing is due yet; the due day is {due}."),
    "dinyatakan": N_("Only a statement or a link without content exists; it does not score."),
}
OVERDUE = N_("Due on {due} and not delivered yet; until the cutoff it still counts.")
FLOOR_METADATA = N_("Delivered, but less than {limit}% of the basic metadata are filled.")
FLOOR_QUALITY = N_("Delivered, but only {percent}% of the checks passed; {limit}% are needed.")
METADATA, UNITS = N_("metadata"), N_("expected units and cells")

WHAT: Mapping[str, str] = {
    "D": N_("Deliver the data of this period as a table, for example CSV or XLSX."),
    "D_returned": N_("Correct the returned delivery and upload it again."),
    "D_floor": N_("Fill the basic metadata and mend the failed checks so that it counts."),
    "M": N_("Fill the mandatory metadata that are empty or not valid."),
    "K": N_("Add the missing areas, periods or categories and fill the empty cells."),
    "Q": N_("Mend the faults that the content checks name."),
}
_WHAT_DELIVER = {"dikembalikan": "D_returned", "belum_memenuhi_syarat": "D_floor"}
#: Statuses of rows in which nothing can be gained.
SETTLED = ("dibebaskan", "nihil_diterima")


def _percent(share: Decimal) -> int:
    """Return a share as whole per cent, rounded down: 79.9 must not read 80."""
    return int((share * 100).to_integral_value(ROUND_DOWN))


def explain(row: ResultRow, ruleset: RuleSet) -> Sentence:
    """Return the one sentence that says why a row has its status."""
    if row.status == "terlambat":
        if not row.days_late:
            return Sentence(OVERDUE, {"due": row.due, "cutoff": row.cutoff})
        return Sentence(SENTENCES["terlambat"], {"due": row.due, "late": row.days_late})
    if row.status == "belum_memenuhi_syarat":
        return _floor(row, ruleset)
    if row.status == "tidak_lengkap":
        # The lower of the two; an unmeasured one is not to blame.
        measured = [(s, part) for s, part in ((row.m, METADATA), (row.k, UNITS)) if s is not None]
        share, part = min(measured)
        limit = _percent(ruleset.incomplete_below)
        return Sentence(
            SENTENCES[row.status], {"part": part, "percent": _percent(share), "limit": limit}
        )
    params: dict[str, Any] = {}
    if row.status == "mutu_rendah" and row.q is not None:
        params["percent"] = _percent(row.q)
    if row.status in ("tidak_menyampaikan", "belum_jatuh_tempo"):
        params["due"] = row.due
    return Sentence(SENTENCES[row.status], params)


def _floor(row: ResultRow, ruleset: RuleSet) -> Sentence:
    limit = ruleset.floors["Q"]
    if row.q is not None and row.q < limit:
        return Sentence(FLOOR_QUALITY, {"percent": _percent(row.q), "limit": _percent(limit)})
    return Sentence(FLOOR_METADATA, {"limit": _percent(ruleset.floors["M0"])})


def gains(row: ResultRow, ruleset: RuleSet, late_now: int = 0) -> list[Gain]:
    """Return the points still to gain in a row and what to do, most points first.

    Of a row that does not count yet (D = 0) these are the points of a perfect delivery today:
    all 100 less what is lost for time. Points lost for time do not come back, and a part that
    is not measured gains nothing.

    :param late_now: working days by which a delivery of today would be late
    """
    if row.status in SETTLED:
        return []
    weights = ruleset.weights
    if not row.d:
        lost = weights["T"] * (1 - timeliness(late_now, ruleset.late_window_days))
        return [_gain("D", 1 - lost, WHAT[_WHAT_DELIVER.get(row.status, "D")])]
    shares = {"M": row.m, "K": row.k, "Q": row.q}
    measured = {part: share for part, share in shares.items() if share is not None}
    scale = weights["D"] + weights["T"] + sum(weights[part] for part in measured)
    found = [
        _gain(part, weights[part] * (1 - share) / scale, WHAT[part])
        for part, share in measured.items()
        if share < 1
    ]
    return sorted(found, key=lambda gain: -gain.points)


def _gain(part: str, share: Decimal, what: str) -> Gain:
    points = round_score(100 * share)
    assert points is not None
    return Gain(part, points, what)
