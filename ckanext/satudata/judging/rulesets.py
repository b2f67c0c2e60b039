"""The rule sets of this portal, several versions beside each other, and which judges a quarter.

A rule set is known by the hash of its content. Drafts are for the simulator; the signed one
that is valid on the first day of a quarter judges it, without one the file of the portal, else
the one that ships with the plugin. An opened quarter keeps the one it opened with.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import clock, config, locks
from ..calendar.quarters import Quarter
from ..register import decisions
from ..rules.ruleset import DEFAULT_PATH, RuleSet, load_ruleset
from .model import QuarterState, RuleSetVersion, Simulation

_ = toolkit._

DRAFT, SIGNED, FILE = "draft", "signed", "file"
"""States of a version: for the simulator alone; by decree; kept from a file for a quarter."""

KIND = "ruleset"
LOCK = "rulesets"

_ONE_DAY = dt.timedelta(days=1)


@functools.lru_cache(maxsize=64)
def parse(source: str) -> RuleSet:
    """The rule set of a YAML text.

    :raises RuleSetError: it is no usable rule set
    """
    # One line would be read as a path.
    return load_ruleset(f"{source}\n")


def file_source() -> str:
    """The YAML text that holds where nothing is signed: the portal's file, else the shipped one.

    :raises RuleSetError: the portal's file cannot be read
    """
    path = Path(config.ruleset_file() or DEFAULT_PATH)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        load_ruleset(path)  # says what is wrong with it
        raise


def version(ruleset_hash: str) -> RuleSetVersion | None:
    """The kept version with this hash."""
    return model.Session.get(RuleSetVersion, ruleset_hash)


def by_prefix(start: str) -> RuleSetVersion | None:
    """The kept version whose hash begins so; None where none or several do."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", start):
        return None
    kept = RuleSetVersion
    found = model.Session.scalars(sa.select(kept).where(kept.hash.startswith(start)).limit(2)).all()
    return found[0] if len(found) == 1 else None


def versions() -> list[RuleSetVersion]:
    """All kept versions: signed ones by first day, those from files, drafts, newest first."""
    kept = RuleSetVersion
    order = sa.case((kept.state == SIGNED, 0), (kept.state == FILE, 1), else_=2)
    statement = sa.select(kept).order_by(
        order, kept.valid_from.desc().nulls_last(), kept.created.desc()
    )
    return list(model.Session.scalars(statement))


def get(ruleset_hash: str) -> RuleSet:
    """The kept rule set with this hash.

    :raises toolkit.ObjectNotFound: none was kept
    """
    kept = version(ruleset_hash)
    if kept is None:
        raise toolkit.ObjectNotFound(_("There is no such rule set"))
    return parse(kept.source)


def of(quarter: Quarter) -> RuleSet:
    """The rule set that judges a quarter: what it opened with, else what would open it now."""
    return of_with_source(quarter)[0]


def of_with_source(quarter: Quarter) -> tuple[RuleSet, str]:
    """As :func:`of`, with its YAML text."""
    opened = model.Session.get(QuarterState, (quarter.year, quarter.tw))
    if opened is None:
        source = _source_in_force(quarter, _signed())
        return parse(source), source
    kept = version(opened.ruleset_hash)
    if kept is None:
        raise toolkit.ObjectNotFound(_("There is no such rule set"))
    return parse(kept.source), kept.source


def of_each(quarters: Collection[Quarter]) -> dict[Quarter, RuleSet]:
    """As :func:`of`, of many quarters in two statements, in the order given."""
    state, kept = QuarterState, RuleSetVersion
    rows = model.Session.execute(
        sa.select(state.year, state.tw, kept.source)
        .outerjoin(kept, kept.hash == state.ruleset_hash)
        .where(sa.tuple_(state.year, state.tw).in_([(one.year, one.tw) for one in quarters]))
    )
    opened = {Quarter(year, tw): source for year, tw, source in rows}
    if None in opened.values():
        raise toolkit.ObjectNotFound(_("There is no such rule set"))
    signed = _signed()
    return {one: parse(opened.get(one) or _source_in_force(one, signed)) for one in quarters}


def _source_in_force(quarter: Quarter, signed: list[RuleSetVersion]) -> str:
    """The text of the signed one that is valid on the first day (no two overlap), else the file."""
    day = quarter.start
    for one in signed:
        if one.valid_from and one.valid_from <= day <= (one.valid_to or dt.date.max):
            return one.source
    return file_source()


def pin(quarter: Quarter) -> RuleSet:
    """The rule set that a quarter opens with now, kept from here on whatever the file says."""
    rules, source = of_with_source(quarter)
    store(source, FILE)
    return rules


def store(source: str, state: str = DRAFT, actor: str | None = None) -> RuleSetVersion:
    """Keep a rule set in this transaction; one with the same content is kept once.

    :raises RuleSetError: the text is no usable rule set
    """
    rules = parse(source)
    locks.hold(LOCK)
    kept = version(rules.hash)
    if kept is None:
        kept = RuleSetVersion(
            hash=rules.hash,
            name=rules.name,
            version=rules.version,
            source=source,
            state=state,
            valid_from=rules.valid_from,
            valid_to=rules.valid_to,
            decree=rules.decree,
            created_by=actor,
            created=clock.now(),
        )
        model.Session.add(kept)
    elif (kept.state, state) == (DRAFT, FILE):
        kept.state = FILE
    model.Session.flush()
    return kept


def sign(
    kept: RuleSetVersion,
    *,
    decree: str,
    valid_from: dt.date,
    valid_to: dt.date | None,
    reason: str,
    actor: str | None,
    dated: dt.date | None = None,
) -> RuleSetVersion:
    """Put a rule set into force in this transaction; the text and its hash stay as simulated.

    An earlier one without end ends the day before.

    :raises toolkit.ValidationError: already signed, days in the past or in the wrong order or
        overlapping another's, a quarter of those days opened under other rules, no decree
    """
    locks.hold(LOCK)
    faults = _sign_faults(kept, valid_from, valid_to)
    if faults:
        raise toolkit.ValidationError(faults)
    for other in _signed():
        if other.valid_to is None and other.valid_from and other.valid_from < valid_from:
            other.valid_to = valid_from - _ONE_DAY
    details = {
        "hash": kept.hash,
        "name": kept.name,
        "version": kept.version,
        "valid_from": valid_from.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else None,
    }
    decisions.record(
        KIND, number=decree, reason=reason, actor=actor, dated=dated, day=valid_from,
        details=details,
    )  # fmt: skip
    kept.state, kept.decree = SIGNED, decree.strip()
    kept.valid_from, kept.valid_to = valid_from, valid_to
    model.Session.flush()
    return kept


def _signed() -> list[RuleSetVersion]:
    return list(model.Session.scalars(sa.select(RuleSetVersion).filter_by(state=SIGNED)))


def _sign_faults(
    kept: RuleSetVersion, valid_from: dt.date, valid_to: dt.date | None
) -> dict[str, list[str]]:
    if kept.state == SIGNED:
        message = _("This rule set is signed already ({decree}).").format(decree=kept.decree)
        return {"hash": [message]}
    if valid_from < clock.today():
        message = _("The first day lies in the past; today is the earliest.")
        return {"valid_from": [message]}
    if valid_to and valid_to < valid_from:
        return {"valid_to": [_("The last day lies before the first one.")]}
    for other in _signed():
        if _overlaps(other, valid_from, valid_to):
            message = _("The days overlap those of {name} ({start} to {end}).").format(
                name=f"{other.name} {other.version}",
                start=other.valid_from,
                end=other.valid_to or "…",
            )
            return {"valid_from": [message]}
    return {}


def _overlaps(other: RuleSetVersion, start: dt.date, end: dt.date | None) -> bool:
    """Whether two spans meet; one without end that began before gives way."""
    assert other.valid_from
    if other.valid_to is None and other.valid_from < start:
        return False
    return start <= (other.valid_to or dt.date.max) and other.valid_from <= (end or dt.date.max)


def uses() -> dict[str, list[Quarter]]:
    """By the hash of a rule set the quarters that opened with it, in order."""
    state = QuarterState
    rows = model.Session.execute(
        sa.select(state.ruleset_hash, state.year, state.tw).order_by(state.year, state.tw)
    )
    found: dict[str, list[Quarter]] = defaultdict(list)
    for ruleset_hash, year, tw in rows:
        found[ruleset_hash].append(Quarter(year, tw))
    return found


def simulations(ruleset_hash: str) -> list[Simulation]:
    """The latest simulations of a rule set, newest first."""
    statement = (
        sa.select(Simulation)
        .filter_by(ruleset_hash=ruleset_hash)
        .order_by(Simulation.created.desc())
        .limit(10)
    )
    return list(model.Session.scalars(statement))


def delete(kept: RuleSetVersion) -> None:
    """Throw a draft away with its simulations, in this transaction.

    :raises toolkit.ValidationError: it is signed, or a quarter opened with it
    """
    if kept.state != DRAFT or kept.hash in uses():
        message = _("Only a draft can be deleted; this rule set has judged or will judge quarters.")
        raise toolkit.ValidationError({"hash": [message]})
    model.Session.execute(sa.delete(Simulation).filter_by(ruleset_hash=kept.hash))
    model.Session.delete(kept)
    model.Session.flush()
