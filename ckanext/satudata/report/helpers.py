"""Template helpers of the report: labels, colours and the bar of a row of figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from ckan.plugins import toolkit
from markupsafe import Markup

from ..calendar import formats
from ..calendar.quarters import ROMAN, Quarter
from ..judging import live
from ..opd import permissions
from ..rules.status import STATUSES
from ..template_helpers import satudata_lang
from ..text import N_
from . import report
from .shapes import Figures, OrgFigures

__all__ = [
    "satudata_band_class",
    "satudata_band_label",
    "satudata_bar",
    "satudata_bar_words",
    "satudata_flags",
    "satudata_kinds",
    "satudata_month",
    "satudata_now",
    "satudata_organization_rows",
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

_BAR = {
    "on-time": N_("On time"),
    "late": N_("Late"),
    "missing": N_("Not delivered"),
    "rest": N_("Other"),
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
        return "–"
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
    # Known without asking the database, and every page asks.
    if toolkit.current_user.is_anonymous or toolkit.current_user.sysadmin:
        return False
    user = toolkit.current_user.name
    who = permissions.standing(user)
    return bool(who.admin_of or who.editor_of) and not permissions.manages(user)


def satudata_bar_words() -> dict[str, str]:
    """Names of the parts of a bar by key, in their order."""
    return {key: toolkit._(word) for key, word in _BAR.items()}


def satudata_bar(figures: Mapping[str, Any]) -> Markup:
    """The bar of one organisation."""
    return _Bars().bar(figures)


class _Bars:
    """Draws bars; keeps the words that they share. Equal figures have the same bar."""

    def __init__(self) -> None:
        self.lang = satudata_lang()
        self.words = tuple(satudata_bar_words().values())
        self.empty = toolkit._("Nothing due")

    def bar(self, figures: Mapping[str, Any]) -> Markup:
        late, missing = figures["late"], figures["missing"]
        on_time = max(0, figures["delivered"] - late)
        whole = max(figures["due"], on_time + late + missing)
        counts = (on_time, late, missing, whole - on_time - late - missing)
        return _drawn(counts, self.words, self.empty, self.lang)


@lru_cache(maxsize=4096)
def _drawn(counts: tuple[int, ...], words: tuple[str, ...], empty: str, lang: str) -> Markup:
    """A bar as SVG: on time, late, missing, and the rest as its ground.

    The rest is what is neither delivered nor missing: stated only, returned or still to be
    delivered in time. Who cannot see the bar is told its numbers.
    """
    told = [
        f"{word}: {formats.angka(count, lang, 0)}"
        for word, count in zip(words, counts, strict=True)
        if count
    ]
    drawing, before, whole = Markup(), 0, sum(counts)
    for key, count in zip(_BAR, counts, strict=True):
        if count and key != "rest":
            drawing += _PART.format(
                key=key, x=round(100 * before / whole, 2), width=round(100 * count / whole, 2)
            )
        before += count
    return _DRAWING.format(told=", ".join(told) or empty, parts=drawing)


_PART = Markup('<rect class="bar-{key}" x="{x}" width="{width}" height="8"></rect>')
_DRAWING = Markup(
    '<svg class="satudata-bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"'
    ' aria-label="{told}"><rect class="bar-rest" width="100" height="8"></rect>{parts}</svg>'
)


class OrgRow(NamedTuple):
    """A row of the table of organisations as it is printed; texts of ``own`` are small beside.

    ``folded`` and ``unfold``: what stands below it and is not shown, and the address that shows
    it. ``bar`` and ``cells`` are None where nothing is due.
    """

    title: str
    address: str
    indent: int
    scored: bool
    folded: str | None
    unfold: str | None
    bar: Markup | None
    cells: OrgCells | None
    own: OrgCells | None


class OrgCells(NamedTuple):
    """Figures in the reader's language; a band with the classes of its badge."""

    due: str
    on_time: str
    late: str
    missing: str
    score: str
    band: str
    band_class: str


def satudata_organization_rows(
    organizations: Sequence[OrgFigures], levels: Sequence[int], depth: int
) -> list[OrgRow]:
    """The rows of the table of organisations, open so many levels deep.

    What rows share (words, badges, addresses but for the id) is worked out once: translating a
    word costs as much as printing a row.
    """
    write, draw = _Cells(), _Bars()
    duties_of = toolkit.h.satudata_url_of("satudata_quarter.obligations")
    units_of = toolkit.h.satudata_url_with_each("org", depth=None)
    last = levels[depth - 1] if levels else None
    found = []
    for one in organizations:
        units, own = one["units"] or one["own"], one["own"]
        due = units if units and units["due"] else None
        below = one["below"] if one["level"] == last else 0
        apart = units and own and one["below"] and own["due"] != units["due"]
        found.append(
            OrgRow(
                title=one["title"],
                address=duties_of(one["name"]),
                indent=min(one["level"] - levels[0], 4),
                scored=one["scored"],
                folded=write.units(below) if below else None,
                unfold=units_of(one["org_id"]) if below else None,
                bar=draw.bar(due) if due else None,
                cells=write.cells(due) if due else None,
                own=write.cells(own) if own and apart else None,
            )
        )
    return found


class _Cells:
    """Writes figures; keeps the words that many rows share."""

    def __init__(self) -> None:
        self.lang = satudata_lang()
        self.bands = lru_cache(maxsize=None)(
            lambda band: (satudata_band_label(band), satudata_band_class(band))
        )
        self.units = lru_cache(maxsize=None)(
            lambda n: toolkit.ungettext("{n} unit", "{n} units", n).format(n=n)
        )

    def cells(self, figures: Figures) -> OrgCells:
        due, late = figures["due"], figures["late"]
        on_time = formats.persen(figures["delivered"] - late, due, self.lang) if due else "–"
        band = self.bands(figures["band"]) if figures["band"] else ("", "")
        return OrgCells(
            self.number(due),
            on_time,
            self.number(late),
            self.number(figures["missing"]),
            self.number(figures["total"], 2),
            *band,
        )

    def number(self, value: Decimal | int | None, places: int = 0) -> str:
        return "–" if value is None else formats.angka(value, self.lang, places)
