"""A decision in words, for every page that shows one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit

from . import decision_log
from .columns import field_labels
from .decisions import KINDS
from .duties import duty_name
from .model import Decision

_ = toolkit._


def label(kind: str) -> str:
    """The kind of a decision in the reader's language; a foreign one as it is."""
    return _(KINDS[kind].label) if kind in KINDS else kind


def sentence(decision: Decision | Mapping[str, Any] | int, *, source: bool = True) -> str:
    """What was decided, by which letter and why, in the reader's language.

    :param decision: a row of :mod:`.decision_log`, which costs no query; or a decision or its id
    :param source: with number, date and reason; without, only what was decided
    """
    if isinstance(decision, Decision):
        decision = decision.id
    row = decision_log.one(decision) if isinstance(decision, int) else decision
    if row is None:
        return ""
    told = what(row)
    if not source:
        return told
    parts = [told, _source(row), _("Reason: {reason}").format(reason=_stop(row["reason"]))]
    if row["revoked_at"]:
        back = _("Taken back on {day}.").format(day=toolkit.h.satudata_date(row["revoked_at"]))
        parts.append(back)
    return " ".join(part for part in parts if part)


def as_dict(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the log as the API gives it: with ``label`` and ``sentence``; who decided only
    for readers of the organisation's report."""
    shown = decision_log.plain(row)
    if not shown.pop("own"):
        shown["actor"] = shown["actor_name"] = None
    told = {"label": label(row["kind"]), "what": what(row), "sentence": sentence(row)}
    return {**shown, **told}


def _source(row: Mapping[str, Any]) -> str:
    day = toolkit.h.satudata_date(row["dated"])
    if row["number"]:
        return _("Number {number}, {day}.").format(number=row["number"], day=day)
    return f"{day}."


def _stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def what(row: Mapping[str, Any]) -> str:
    """What was decided, as one sentence or two, without letter and reason."""
    kind = row["kind"]
    if kind == "revoke" and row["about_kind"]:
        return _("Taken back: {what}").format(what=_what(row["about_kind"], row))
    return _what(kind, row)


def _what(kind: str, row: Mapping[str, Any]) -> str:
    details = row["details"] or {}
    told = _texts().get(kind) if kind in _ABOUT_NOTHING or row["item_name"] else None
    if kind == "amendment" and row["item_name"]:
        told = _("{item} was changed in the register.")
    if kind == "succession":
        told = _successions().get(details.get("kind", ""))
    text = (told or f"{label(kind)}.").format(**_values(row))
    return " ".join([text, *_more(kind, row)])


_ABOUT_NOTHING = (
    "establishment", "round", "amendment", "succession", "request", "window", "holiday",
    "ruleset", "quarter",
)  # fmt: skip
"""Kinds whose sentence names no item."""


def _values(row: Mapping[str, Any]) -> dict[str, str]:
    details = row["details"] or {}
    item = row["item_name"] or ""
    return {
        "duty": duty_name(item, row["period"]),
        "item": duty_name(item, None),
        "org": row["org_title"] or _("the organisation"),
        "day": _day(row["day"]),
        "due": _day(row["due"]),
        "year": str(row["year"] or ""),
        "title": str(details.get("title") or details.get("name") or ""),
        "version": str(details.get("version") or ""),
        "from": str(details.get("from_title") or ""),
        "to": str(details.get("to_title") or ""),
        "quarter": _quarter(row["year"], row["tw"]),
    }


def _more(kind: str, row: Mapping[str, Any]) -> list[str]:
    """What the details add."""
    details = row["details"] or {}
    if kind in ("item_open", "item_close", "establishment", "amendment") and row["day"]:
        return [*_changes(details), _("It holds from {day}.").format(day=_day(row["day"]))]
    if kind == "quarter" and details.get("to"):
        state = toolkit.h.satudata_state_label(details["to"])
        return [_("It is now: {state}.").format(state=state)]
    if kind == "extension" and details.get("year"):
        quarter = _quarter(details["year"], details["tw"])
        return [_("It is judged in {quarter}.").format(quarter=quarter)]
    if kind == "return" and details.get("fault"):
        return [_("The file was empty, copied or held wrong content.")]
    if kind == "received" and details.get("confirm"):
        return [_("A second officer must confirm the date.")]
    if kind == "holiday":
        return [_("Offices are closed.") if details.get("free") else _("Offices work.")]
    if kind == "request" and row["day"]:
        return [_("Due on {day}.").format(day=_day(row["day"]))]
    return []


def _changes(details: Mapping[str, Any]) -> list[str]:
    """What an amendment changed, by the names of the fields."""
    labels = field_labels()
    fields = [labels.get(field, field) for field in details.get("changes") or {}]
    return [_("Changed: {fields}.").format(fields=", ".join(fields))] if fields else []


def _successions() -> dict[str, str]:
    return {
        "rename": _("{from} is now called {to}."),
        "merge": _("{from} became part of {to}; its duties passed on."),
        "split": _("Some duties of {from} passed to {to}."),
        "close": _("{from} was closed."),
    }


def _day(day: dt.date | None) -> str:
    return toolkit.h.satudata_date(day) if day else ""


def _quarter(year: int | None, tw: int | None) -> str:
    return toolkit.h.satudata_quarter_label(year, tw) if year and tw else str(year or "")


def _texts() -> dict[str, str]:
    return {
        "establishment": _("The register of {year} was established."),
        "round": _("Proposals for the register of {year} are taken until {day}."),
        "amendment": _("The register of {year} was amended."),
        "item_open": _("{item} was taken into the register."),
        "item_close": _("{item} was taken out of the register."),
        "request": _("Data were requested: {title}."),
        "window": _("The collection window “{title}” was opened."),
        "holiday": _("{day} ({title})."),
        "waiver": _("{duty} need not be delivered."),
        "extension": _("{duty} may be delivered until {day} instead of {due}."),
        "nihil_claim": _("{org} states that there is nothing to report for {duty}."),
        "nihil_accept": _("It was accepted that there is nothing to report for {duty}."),
        "nihil_refuse": _("It was not accepted that there is nothing to report for {duty}."),
        "accept": _("What was delivered for {duty} was accepted."),
        "return": _("What was delivered for {duty} was returned to be mended."),
        "received": _("{duty} had been received by letter or message on {day}."),
        "received_confirm": _("A second officer confirmed the day on which {duty} was received."),
        "approve": _("The head of {org} approved what was delivered for {duty}."),
        "ruleset": _("The rule set {title}, version {version}, holds from {day}."),
        "quarter": _("{quarter} moved on."),
        "objection": _("{org} objects to the result of {duty}."),
        "objection_accept": _("The objection to the result of {duty} was accepted."),
        "objection_refuse": _("The objection to the result of {duty} was refused."),
    }
