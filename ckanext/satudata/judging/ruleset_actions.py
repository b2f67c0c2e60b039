"""Rule sets as actions: drafts, what they say, signing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import ckan.model as model
from ckan.logic import validate
from ckan.plugins import toolkit
from ckan.types import Context, DataDict, Schema, Validator

from .. import clock
from ..calendar.quarters import Quarter
from ..opd import permissions
from ..register.fields import Fields
from ..rules import keys
from ..rules.reading import WHOLE
from ..rules.ruleset import RuleSet, RuleSetError
from ..text import is_storable
from . import rulesets
from .model import RuleSetVersion

__all__ = [
    "satudata_ruleset_create",
    "satudata_ruleset_delete",
    "satudata_ruleset_list",
    "satudata_ruleset_show",
    "satudata_ruleset_sign",
]

_ = toolkit._

MOST_BYTES = 50_000
"""Longest YAML text that is taken."""


def fault_text(error: RuleSetError) -> str:
    """What is wrong with a rule set, where and how to mend it, in the reader's language."""
    what, mend = _(error.what).format(**error.values), _(error.mend).format(**error.values)
    where = _(error.where) if error.where == WHOLE else error.where
    return f"{where}: {what}. {mend}"


@contextmanager
def _commits(context: Context) -> Iterator[str | None]:
    """One change of the rule sets; nothing is left of one that fails. Gives the user's id."""
    user = model.User.get(context.get("user"))
    try:
        yield user.id if user else None
    except Exception:
        model.Session.rollback()
        raise
    if not context.get("defer_commit"):
        model.repo.commit()


def _reads_drafts(context: Context) -> bool:
    return bool(context.get("ignore_auth")) or permissions.reads_reports(context.get("user"))


def found(context: Context, ruleset_hash: Any) -> RuleSetVersion:
    """The version with this hash, of which eight characters are enough; drafts for readers of
    reports alone.

    :raises toolkit.ObjectNotFound: there is none, or it is not for this reader
    """
    kept = rulesets.by_prefix(str(ruleset_hash or ""))
    if kept is None or (kept.state == rulesets.DRAFT and not _reads_drafts(context)):
        raise toolkit.ObjectNotFound(_("There is no such rule set"))
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _values(rules: RuleSet) -> dict[str, Any]:
    return {name: _plain(value) for name, value in keys.values(rules).items()}


def _summary(kept: RuleSetVersion) -> dict[str, Any]:
    return _entry(kept, rulesets.uses())


def _entry(kept: RuleSetVersion, uses: Mapping[str, list[Quarter]]) -> dict[str, Any]:
    return {
        "hash": kept.hash,
        "name": kept.name,
        "version": kept.version,
        "state": kept.state,
        "decree": kept.decree,
        "valid_from": _plain(kept.valid_from),
        "valid_to": _plain(kept.valid_to),
        "created": kept.created.isoformat(),
        "quarters": [str(quarter) for quarter in uses.get(kept.hash, ())],
    }


@toolkit.validator_args
def _create_schema(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"source": [not_empty, unicode_safe]}


@validate(_create_schema)
def satudata_ruleset_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Keep a rule set as a draft, for the simulator and for signing.

    A rule set is known by its content: one that is kept already is answered, not kept again.

    :param source: the YAML text
    :returns: as an entry of ``satudata_ruleset_list``
    :raises ValidationError: at ``source``: what is wrong, where and how to mend it

    Example::

        {"source": "name: baku\\nversion: 2\\nweights: {D: 0.30, T: 0.30, ...}\\n..."}
    """
    toolkit.check_access("satudata_ruleset_create", context, data_dict)
    source = data_dict["source"].replace("\r\n", "\n")
    if not is_storable(source):
        raise toolkit.ValidationError({"source": [_("Must be a text")]})
    if len(source.encode()) > MOST_BYTES:
        raise toolkit.ValidationError({"source": [_("The text is too long for a rule set.")]})
    try:
        with _commits(context) as actor:
            return _summary(rulesets.store(source, actor=actor))
    except RuleSetError as error:
        raise toolkit.ValidationError({"source": [fault_text(error)]}) from error


@toolkit.side_effect_free
def satudata_ruleset_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """The rule sets, signed ones by their first day, drafts after them.

    :returns: list of ``hash``, ``name``, ``version``, ``state`` (``signed``; ``file``: kept from
        the portal's file for a quarter; ``draft``: readers of the reports alone), ``decree``,
        ``valid_from``, ``valid_to``, ``created``, ``quarters`` (those that opened with it)

    Example of an answer::

        [{"hash": "3fe0…", "name": "baku", "version": 1, "state": "file", "decree": null,
          "valid_from": null, "valid_to": null, "created": "…", "quarters": ["2025-TW1"]}]
    """
    toolkit.check_access("satudata_ruleset_list", context, data_dict)
    drafts, uses = _reads_drafts(context), rulesets.uses()
    kept = rulesets.versions()
    return [_entry(one, uses) for one in kept if drafts or one.state != rulesets.DRAFT]


@toolkit.side_effect_free
def satudata_ruleset_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """One rule set with all its numbers.

    :param hash: its hash or the first eight characters or more; without it, or with ``quarter``
        alone, the one that judges the quarter (default: the current one)
    :param quarter: ``2025-TW1``
    :param against: hash of another, to tell in what they differ
    :returns: as an entry of the list, with ``values`` (every number by its key), ``source`` (the
        YAML text) and, with ``against``, ``differences`` (list of ``name``, ``before``, ``after``);
        for readers of the reports ``simulations`` (list of ``id``, ``quarters``, ``created``)
    :raises ObjectNotFound: there is none with that hash

    Example::

        {"hash": "3fe01b33", "against": "91c2aa07"}
    """
    toolkit.check_access("satudata_ruleset_show", context, data_dict)
    if data_dict.get("hash"):
        kept = found(context, data_dict["hash"])
        shown = {**_summary(kept), "source": kept.source}
    else:
        shown = _judging(data_dict.get("quarter"))
    rules = rulesets.parse(shown["source"])
    shown["values"] = _values(rules)
    if _reads_drafts(context):
        shown["simulations"] = [
            {"id": one.id, "quarters": one.quarters, "created": one.created.isoformat()}
            for one in rulesets.simulations(shown["hash"])
        ]
    if data_dict.get("against"):
        before = rulesets.get(found(context, data_dict["against"]).hash)
        shown["differences"] = [
            {"name": one.name, "before": _plain(one.before), "after": _plain(one.after)}
            for one in keys.differences(before, rules)
        ]
    return shown


def _judging(code: Any) -> dict[str, Any]:
    """The rule set that judges a quarter; the portal's file is answered before anything kept it."""
    try:
        quarter = Quarter.parse(str(code)) if code else Quarter.of(clock.today())
    except ValueError as error:
        raise toolkit.ValidationError({"quarter": [_("There is no such quarter.")]}) from error
    try:
        rules, source = rulesets.of_with_source(quarter)
    except RuleSetError as error:
        raise toolkit.ValidationError({"ruleset_file": [fault_text(error)]}) from error
    kept = rulesets.version(rules.hash)
    if kept:
        return {**_summary(kept), "source": source}
    return {
        "hash": rules.hash,
        "name": rules.name,
        "version": rules.version,
        "state": rulesets.FILE,
        "decree": rules.decree,
        "valid_from": _plain(rules.valid_from),
        "valid_to": _plain(rules.valid_to),
        "created": None,
        "quarters": [],
        "source": source,
    }


def satudata_ruleset_sign(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put a rule set into force by decree; it judges the quarters that begin on its days.

    Opened quarters keep theirs. One in force without end ends the day before.

    :param hash: its hash
    :param decree: number of the decree; that of the text if not given
    :param valid_from: first day, today at the earliest; that of the text if not given
    :param valid_to: last day; that of the text, else without end
    :param dated: date of the decree; today if not given
    :param reason: why these rules
    :returns: as an entry of ``satudata_ruleset_list``
    :raises ObjectNotFound: there is none with that hash
    :raises ValidationError: by parameter: signed already, days in the past or overlapping others

    Example::

        {"hash": "91c2aa07", "decree": "050/123/2026", "valid_from": "2027-01-01",
         "reason": "Hasil rapat Forum Satu Data"}
    """
    toolkit.check_access("satudata_ruleset_sign", context, data_dict)
    fields = Fields(data_dict)
    decree, reason = fields.text("decree"), fields.text("reason")
    days = {name: fields.day(name) for name in ("valid_from", "valid_to", "dated")}
    asked = fields.text("hash", required=True)
    fields.check()
    kept = found(context, asked)
    rules = rulesets.get(kept.hash)
    valid_from = days["valid_from"] or rules.valid_from
    if valid_from is None:
        message = _("Write the first day on which these rules hold.")
        raise toolkit.ValidationError({"valid_from": [message]})
    with _commits(context) as actor:
        try:
            signed = rulesets.sign(
                kept,
                decree=decree or rules.decree or "",
                valid_from=valid_from,
                valid_to=days["valid_to"] or rules.valid_to,
                reason=reason,
                actor=actor,
                dated=days["dated"],
            )
        except toolkit.ValidationError as error:
            # The number of the decision is what the form calls the decree.
            faults = error.error_dict
            raise toolkit.ValidationError(
                {"decree" if name == "number" else name: texts for name, texts in faults.items()}
            ) from error
        return _summary(signed)


@toolkit.validator_args
def _delete_schema(not_empty: Validator, unicode_safe: Validator) -> Schema:
    return {"hash": [not_empty, unicode_safe]}


@validate(_delete_schema)
def satudata_ruleset_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Throw away a draft and its simulations.

    :param hash: its hash
    :returns: ``hash``
    :raises ObjectNotFound: there is none with that hash
    :raises ValidationError: it is signed, or a quarter opened with it

    Example::

        {"hash": "91c2aa07"}
    """
    toolkit.check_access("satudata_ruleset_delete", context, data_dict)
    kept = found(context, data_dict["hash"])
    ruleset_hash = kept.hash
    with _commits(context):
        rulesets.delete(kept)
    return {"hash": ruleset_hash}
