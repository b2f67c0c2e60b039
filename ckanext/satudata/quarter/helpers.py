"""Template helpers of the report: labels, colours and the bar of a row of figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from ckan.plugins import toolkit

from ..calendar import formats
from ..calendar.quarters import ROMAN, Quarter
from ..opd import permissions
from ..rules.status import STATUSES
from ..template_helpers import satudata_lang
from ..text import N_
from . import live, report

__all__ = [
    "satudata_band_class",
    "satudata_band_label",
    "satudata_bar",
    "satudata_flags",
    "satudata_kinds",
    "satudata_month",
    "satudata_now",
    "satudata_owes",
    "satudata_quarter_label",
    "satudata_row_badge",
    "satudata_span_label",
    "satudata_status_label",
    "satudata_statuses",
    "satudata_unmeasured_label",
]


_STATUS = {
    "dibebaskan": (N_("Exempted"), "secondary"),
    "nihil_diterima": (N_("Nil accepted"), "success"),
    "dikembalikan": (N_("Returned"), "warning"),
    "belum_memenuhi_syarat": (N_("Delivered, not yet sufficient"), "warning"),
    "menunggu_pemeriksaan": (N_("Awaiting review"), "info"),
    "dinyatakan": (N_("Stated, no content"), "secondary"),
    "tidak_menyampaikan": (N_("Not delivered"), "danger"),
    "belum_jatuh_tempo": (N_("Not due yet"), "light"),
    "terlambat": (N_("Late"), "warning"),
    "tidak_lengkap": (N_("Incomplete"), "warning"),
    "mutu_rendah": (N_("Low quality"), "warning"),
    "belum_dinilai": (N_("Not measured yet"), "info"),
    "patuh": (N_("Compliant"), "success"),
}

_BAND = {
    "sangat_baik": (N_("Very good"), "success"),
    "baik": (N_("Good"), "primary"),
    "cukup": (N_("Sufficient"), "warning"),
    "perlu_perbaikan": (N_("Needs improvement"), "danger"),
}

_FLAG = {
    "tracked": (N_("Tracked, not scored"), "light"),
    "tunggakan": (N_("Arrears"), "danger"),
    "tunggakan_dilunasi": (N_("Arrears, paid off"), "warning"),
    "unreadable": (N_("File not readable"), "warning"),
    "without_rows": (N_("Table without rows"), "warning"),
    "before_period": (N_("Uploaded before the data period"), "warning"),
    "below_floor": (N_("Below the least that counts"), "warning"),
    "late": (N_("Late"), "warning"),
    "unmeasured": (N_("A part not measured"), "info"),
    "stated": (N_("Also stated without content"), "light"),
    "moved_out": (N_("Extended into a later quarter"), "info"),
    "moved_in": (N_("Extended from an earlier quarter"), "info"),
    "unreviewed": (N_("Not examined in time"), "light"),
    "on_behalf": (N_("Uploaded by the walidata for the OPD"), "light"),
    "mended": (N_("Mended in time"), "success"),
    "judged_elsewhere": (N_("Judged by Bappeda or BPS"), "light"),
    "harvested": (N_("Harvested"), "light"),
    "contributor": (N_("Delivered by a contributor"), "light"),
}

_UNMEASURED = {
    "expected_units": N_("whether all expected areas, sub-periods and categories are present"),
}

_CLASS = {
    "light": "text-bg-light border",
    **{name: f"text-bg-{name}" for name in ("secondary", "success", "warning", "danger")},
    **{name: f"text-bg-{name}" for name in ("info", "primary")},
}


def satudata_status_label(status: str) -> str:
    """Name of a headline status in the reader's language."""
    return toolkit._(_STATUS[status][0])


def satudata_row_badge(row: Mapping[str, Any]) -> dict[str, str]:
    """Label and CSS classes of a row's status; "late" says whether anything has come at all."""
    if row["status"] == "terlambat" and row["resource_id"] is None:
        return {"label": toolkit._("Late, not delivered yet"), "class": _CLASS["danger"]}
    label, colour = _STATUS[row["status"]]
    return {"label": toolkit._(label), "class": _CLASS[colour]}


def satudata_flags(flags: Iterable[str]) -> list[dict[str, str]]:
    """Labels and CSS classes of the flags of a row."""
    known = (_FLAG.get(flag, (flag, "light")) for flag in flags)
    return [{"label": toolkit._(label), "class": _CLASS[colour]} for label, colour in known]


def satudata_statuses() -> list[tuple[str, str]]:
    """All headline statuses as (key, name), in their order of precedence."""
    return [(status, satudata_status_label(status)) for status in STATUSES]


def satudata_band_label(band: str | None) -> str:
    """Name of a band; a band that only a portal's own rule set has is shown by its key."""
    if band is None:
        return toolkit._("n/a")
    return toolkit._(_BAND[band][0]) if band in _BAND else band.replace("_", " ").capitalize()


def satudata_band_class(band: str | None) -> str:
    """CSS classes of the badge of a band."""
    return _CLASS[_BAND[band][1]] if band in _BAND else _CLASS["secondary"]


def satudata_unmeasured_label(part: str) -> str:
    """What a part of the score is that is not measured yet."""
    return toolkit._(_UNMEASURED[part]) if part in _UNMEASURED else part


def satudata_quarter_label(year: int, tw: int) -> str:
    """Name of a quarter: "Triwulan I 2025"."""
    return Quarter(year, tw).label(satudata_lang())


def satudata_month(month: int) -> str:
    """Name of a month (1 to 12) in the reader's language."""
    return formats.bulan(dt.date(2000, month, 1), satudata_lang())


def satudata_span_label(tw: int, span: str) -> str:
    """Name of a view of a quarter: "s.d. TW II" (cumulative) or "TW II"."""
    if span == "cumulative":
        return toolkit._("Up to TW {tw}").format(tw=ROMAN[tw - 1])
    return toolkit._("TW {tw} alone").format(tw=ROMAN[tw - 1])


def satudata_kinds() -> list[tuple[str, str]]:
    """Kinds of OPD as (code, name), as the organisation schema offers them."""
    schema = toolkit.h.scheming_get_organization_schema("organization")
    field = toolkit.h.scheming_field_by_name(schema["fields"], "sd_jenis_opd") if schema else None
    choices = field["choices"] if field else []
    return [(c["value"], toolkit.h.scheming_language_text(c["label"])) for c in choices]


def satudata_now() -> dict[str, Any] | None:
    """Figures of the current quarter for the front page; None for who may not read them."""
    if not toolkit.h.check_access("satudata_report_show"):
        return None
    now = live.current_quarter()
    totals = report.summary(now.year, now.tw, user=toolkit.current_user.name)["totals"]
    if not totals or not totals["due"]:
        return None
    number, on_time = toolkit.h.satudata_number, totals["delivered"] - totals["late"]
    return {
        "label": f"{now.label(satudata_lang())}, {satudata_span_label(now.tw, 'cumulative')}",
        "totals": totals,
        "figures": [
            (toolkit._("Due"), number(totals["due"])),
            (toolkit._("Not delivered"), number(totals["missing"])),
            (
                toolkit._("Delivered on time"),
                toolkit.h.satudata_percent(on_time, totals["due"]),
            ),
        ],
    }


def satudata_owes() -> bool:
    """Whether the reader delivers for an organisation; the walidata looks at all of them."""
    user = toolkit.current_user.name
    who = permissions.standing(user)
    return bool(who.admin_of or who.editor_of) and not permissions.manages(user)


def satudata_bar(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parts of the bar of one organisation: on time, late, missing, and the rest.

    Each has ``key`` (also its CSS class), ``label``, ``count``, and ``x`` and
    ``width`` in per cent of the bar. The rest is what is neither delivered nor
    missing: stated only, returned or still to be delivered in time.
    """
    late, missing = figures["late"], figures["missing"]
    on_time = max(0, figures["delivered"] - late)
    whole = max(figures["due"], on_time + late + missing)
    counts = [
        ("on-time", toolkit._("On time"), on_time),
        ("late", toolkit._("Late"), late),
        ("missing", toolkit._("Not delivered"), missing),
        ("rest", toolkit._("Other"), whole - on_time - late - missing),
    ]
    parts, x = [], 0.0
    for key, label, count in counts:
        width = 100 * count / whole if whole else 0.0
        if count:
            parts.append(
                {
                    "key": key,
                    "label": label,
                    "count": count,
                    "x": round(x, 2),
                    "width": round(width, 2),
                }
            )
        x += width
    return parts
