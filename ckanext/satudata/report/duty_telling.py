"""The words of one obligation: what each part of its score rests on, and what happened when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckan.plugins import toolkit

from ..calendar.quarters import Quarter
from ..delivery import checks
from ..judging import rulesets
from ..rules.contributions import contributions
from ..rules.score import round_score
from ..template_helpers import satudata_date, satudata_number
from ..text import N_
from .shapes import Row
from .telling import field_label

_ = toolkit._

NAMES = {
    "D": N_("Delivered"),
    "T": N_("On time"),
    "M": N_("Metadata"),
    "K": N_("Complete figures"),
    "Q": N_("Quality of the content"),
}

KINDS = {
    "delivered": N_("Content delivered"),
    "replaced": N_("Content replaced"),
    "stated": N_("Stated without content"),
    "relinked": N_("Link changed"),
    "moved": N_("Moved to another organisation"),
    "shown": N_("Made public"),
    "hidden": N_("Made private"),
    "withdrawn": N_("Withdrawn"),
}

SOURCES = {
    "harvest": N_("by harvest"),
    "job": N_("by a background job"),
    "reconciled": N_("found afterwards by the portal"),
}
"""Where an event came from, unless a person made it on the portal."""


def parts(row: Row, evidence: Mapping[str, Any]) -> list[dict[str, Any]]:
    """D, T, M, K, Q of a row: weight, share, points and the sentence that says why.

    :param evidence: the metadata, check and content that the row was judged by
    """
    rules = rulesets.of(Quarter(row["year"], row["tw"]))
    shares = {part: row[part.lower()] for part in NAMES}  # type: ignore[literal-required]
    nihil = row["status"] == "nihil_diterima"
    tell = {"D": _delivered, "T": _in_time, "M": _metadata, "K": _units, "Q": _quality}
    return [
        {
            "part": one.part,
            "name": _(NAMES[one.part]),
            "share": one.share,
            "most": round_score(one.most),
            "points": round_score(one.points),
            "sentence": _("Does not count where there is nothing to report.")
            if nihil and one.part in "MKQ"
            else tell[one.part](row, evidence),
        }
        for one in contributions(shares, rules, nihil)
    ]


def _delivered(row: Row, evidence: Mapping[str, Any]) -> str:
    if row["status"] == "dibebaskan":
        return _("A decision takes this duty out; it does not count.")
    if row["status"] == "nihil_diterima":
        return _("The statement that there is nothing to report was accepted.")
    if not evidence.get("sha256"):
        return _("No content was received for this period.")
    content = _("Content {sha256} of {bytes} bytes").format(
        sha256=evidence["sha256"][:12], bytes=satudata_number(evidence["bytes"])
    )
    if evidence["rows"] is not None:
        content += ", " + toolkit.ungettext("{n} row", "{n} rows", evidence["rows"]).format(
            n=satudata_number(evidence["rows"])
        )
    told = [f"{content}."]
    if not row["d"]:
        told.append(_("It does not count: {reason}").format(reason=row["reason"]))
    return " ".join(told)


def _in_time(row: Row, evidence: Mapping[str, Any]) -> str:
    due = _("Due on {due}; lateness counts from {counted}.").format(
        due=satudata_date(row["due"]), counted=satudata_date(row["due_counted"])
    )
    if row["received_on"] is None:
        return due
    told = [due, _("Received on {day}.").format(day=satudata_date(row["received_on"]))]
    if row["review_days"]:
        text = toolkit.ungettext(
            "{n} working day of review is taken off.",
            "{n} working days of review are taken off.",
            row["review_days"],
        )
        told.append(text.format(n=row["review_days"]))
    if "tunggakan_dilunasi" in row["flags"]:
        told.append(_("It came after the cutoff, so time gives no points."))
    elif row["days_late"]:
        text = toolkit.ungettext(
            "{n} working day late.", "{n} working days late.", row["days_late"]
        )
        told.append(text.format(n=row["days_late"]))
    return " ".join(told)


_NOT_MEASURED = N_("Not measured for technical reasons; the other parts weigh more instead.")


def _metadata(row: Row, evidence: Mapping[str, Any]) -> str:
    if row["m"] is None:
        return _(_NOT_MEASURED) if row["d"] else ""
    told = _("{filled} of {required} mandatory items were filled and valid.").format(
        filled=evidence["filled"], required=evidence["required"]
    )
    if evidence["missing"]:
        names = ", ".join(field_label(name) for name in evidence["missing"])
        told += " " + _("Not filled: {names}.").format(names=names)
    return told


def _units(row: Row, evidence: Mapping[str, Any]) -> str:
    if row["k"] is None:
        return _(_NOT_MEASURED) if row["d"] else ""
    return _("{filled} of {cells} cells were filled.").format(
        filled=satudata_number(evidence["cells"] - evidence["empty_cells"]),
        cells=satudata_number(evidence["cells"]),
    )


def _quality(row: Row, evidence: Mapping[str, Any]) -> str:
    if row["q"] is None:
        return _(_NOT_MEASURED) if row["d"] else ""
    told = _("{passed} of {run} checks passed (version {checker} of the checks).").format(
        passed=evidence["passed"], run=evidence["run"], checker=evidence["checker"]
    )
    return " ".join([told, *failures(evidence["failures"])])


def failures(found: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """What failed checks mean, a sentence each."""
    keys = [one.get("check") or one.get("reason") for one in found or ()]
    return [checks.label(str(key)) for key in keys if key]


def history(
    events: Iterable[Mapping[str, Any]],
    decisions: Iterable[Mapping[str, Any]],
    metadata: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Deliveries, decisions and metadata in one list, the oldest first.

    Each entry has ``at`` (a moment), ``kind`` (``event``, ``decision``, ``metadata``), ``title``,
    ``text`` and, of an event, the ``event`` itself.
    """
    found: list[dict[str, Any]] = [_event(one) for one in events]
    for one in decisions:
        at = one["at"]
        found.append(
            {"at": at, "kind": "decision", "title": _decision_title(one), "text": one["sentence"]}
        )
    for one in metadata:
        text = _("{filled} of {required} mandatory items were filled and valid.")
        found.append(
            {
                "at": one["at"],
                "kind": "metadata",
                "title": _("Metadata changed"),
                "text": text.format(filled=one["filled"], required=one["required"]),
            }
        )
    return sorted(found, key=lambda one: one["at"])


def _decision_title(one: Mapping[str, Any]) -> str:
    who = one.get("actor_name")
    return _("Decision by {who}").format(who=who) if who else _("Decision")


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    told = []
    if event["source"] in SOURCES:
        told.append(_(SOURCES[event["source"]]))
    elif event["actor"]:
        told.append(_("by {who}").format(who=event["actor"]))
    if event["filename"]:
        told.append(event["filename"])
    if event["bytes"] is not None:
        told.append(_("{n} bytes").format(n=satudata_number(event["bytes"])))
    check = event["check"]
    if check and check["readable"] and event["kind"] in ("delivered", "replaced"):
        told.append(
            _("{passed} of {run} checks passed").format(passed=check["passed"], run=check["run"])
        )
    return {
        "at": event["at"],
        "kind": "event",
        "title": _(KINDS.get(event["kind"], event["kind"])),
        "text": " · ".join(told),
        "event": event,
    }
