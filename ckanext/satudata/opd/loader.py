"""Loads a whole organisation structure: compares, then writes all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.plugins import toolkit

from .. import config, locks
from ..text import normalise, one_line
from . import aliases, facts, jobs, permissions, tree
from .actions import BULK
from .model import OpdAlias
from .structure import MAX_FAULTS, StructureError, Unit

_ = toolkit._


@dataclass
class Report:
    """Names of the organisations of the file by what happened to them; each once.

    An organisation that moves and changes is under ``moved``. ``aliases`` counts
    spellings that were new or meant another organisation before.
    """

    created: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    aliases: int = 0


@dataclass
class _Stored:
    id: str
    title: str
    parent: str | None
    fields: dict[str, str]


@dataclass
class _Plan:
    report: Report
    create: list[Unit] = field(default_factory=list)
    update: list[tuple[Unit, _Stored, dict[str, str], bool]] = field(default_factory=list)
    aliases: list[tuple[str, str]] = field(default_factory=list)


def load(
    units: list[Unit],
    user: str,
    *,
    dry_run: bool = False,
    leave_creator_out: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Bring the portal to the structure of the file and commit; a second time changes nothing.

    Organisations are known by name; those not in the file stay as they are, and
    so do fields the file does not state. A unit at the top of the file without a
    parent becomes a top-level organisation.

    :param user: name of a sysadmin or walidata; acts with CKAN's own checks
    :param leave_creator_out: take back the membership that core gives to who
        makes an organisation
    :raises StructureError: the tree or a value is refused; nothing is written
    :raises NotAuthorized: likewise
    """
    if not permissions.manages(user):
        raise toolkit.NotAuthorized(_("Only the walidata may do this"))
    try:
        locks.hold(tree.LOCK)
        plan = _compare(units)
        if not dry_run:
            _write(plan, user, leave_creator_out, progress)
    except BaseException:
        model.Session.rollback()
        raise
    if dry_run:
        model.Session.rollback()
    else:
        model.repo.commit()
    return plan.report


def _stored() -> dict[str, _Stored]:
    rows = model.Session.execute(
        sa.text(
            """
            SELECT g.id, g.name, g.title, g.description, g.extras, p.name AS parent
            FROM "group" g
            LEFT JOIN member m ON m.group_id = g.id AND m.table_name = 'group'
                              AND m.state = 'active'
            LEFT JOIN "group" p ON p.id = m.table_id AND p.state = 'active' AND p.is_organization
            WHERE g.is_organization AND g.type = 'organization' AND g.state = 'active'
            ORDER BY g.name, p.id DESC
            """
        )
    )
    return {
        row.name: _Stored(
            row.id,
            row.title or "",
            row.parent,
            {**(row.extras or {}), "description": row.description or ""},
        )
        for row in rows
    }


def _compare(units: list[Unit]) -> _Plan:
    stored = _stored()
    report = Report()
    plan = _Plan(report)
    faults = _tree_faults(units, stored)
    if faults:
        raise StructureError(faults[:MAX_FAULTS])
    for unit in units:
        known = stored.get(unit.name)
        if known is None:
            plan.create.append(unit)
            report.created.append(unit.name)
            continue
        moved = known.parent != unit.parent
        changes = {k: v for k, v in unit.fields.items() if (known.fields.get(k) or "") != v}
        if unit.title and unit.title != known.title:
            changes["title"] = unit.title
        if moved or changes:
            plan.update.append((unit, known, changes, moved))
        kept = report.moved if moved else report.changed if changes else report.unchanged
        kept.append(unit.name)
    _compare_aliases(units, stored, plan)
    return plan


def _compare_aliases(units: list[Unit], stored: dict[str, _Stored], plan: _Plan) -> None:
    decided = dict(model.Session.execute(sa.select(OpdAlias.key, OpdAlias.org_id)).all())
    for unit in units:
        known = stored.get(unit.name)
        for alias in unit.aliases:
            if known is None or decided.get(normalise(alias)) != known.id:
                plan.aliases.append((alias, unit.name))
    plan.report.aliases = len(plan.aliases)


def _tree_faults(units: list[Unit], stored: dict[str, _Stored]) -> list[str]:
    """What is wrong with the tree as it would be: unknown parents, rings, depth."""
    faults: list[str] = []
    parents: dict[str, str | None] = {name: org.parent for name, org in stored.items()}
    parents.update((unit.name, unit.parent) for unit in units)
    most = config.max_tree_depth()
    for unit in units:
        trail = [unit.name]
        above = unit.parent
        while above and above in parents and above not in trail:
            trail.append(above)
            above = parents[above]
        if unit.parent and unit.parent not in parents:
            faults.append(
                _(
                    '{place}: there is no organisation "{parent}" in the file or on the portal'
                ).format(place=unit.place, parent=unit.parent)
            )
        elif above and above in trail:
            faults.append(
                _("{place}: the parents lead back to {name}: {ring}").format(
                    place=unit.place, name=above, ring=" › ".join([*trail, above])
                )
            )
        elif len(trail) > most:
            faults.append(
                _("{place}: {levels} levels; at most {most} are allowed").format(
                    place=unit.place, levels=len(trail), most=most
                )
            )
    return faults or _depth_of_kept(parents, most)


def _depth_of_kept(parents: dict[str, str | None], most: int) -> list[str]:
    """Units that are not in the file but get too deep with what it moves."""
    faults = []
    for name in parents:
        levels, step = 0, name
        while step is not None and levels <= most:
            levels, step = levels + 1, parents.get(step)
        if levels > most:
            faults.append(
                _("{place}: {levels} levels; at most {most} are allowed").format(
                    place=name, levels=levels, most=most
                )
            )
    return faults


def _write(
    plan: _Plan, user: str, leave_creator_out: bool, progress: Callable[[int, int], None]
) -> None:
    total = len(plan.create) + len(plan.update)
    done = 0

    def act(action: str, place: str, data: dict[str, Any]) -> Any:
        nonlocal done
        context = {"user": user, "defer_commit": True, "return_id_only": True, BULK: True}
        try:
            result = toolkit.get_action(action)(context, data)
        except toolkit.ValidationError as error:
            raise StructureError([f"{place}: {one_line(error.error_summary)}"]) from None
        done += 1
        progress(done, total)
        return result

    # What moves is untied first: an exchange of places has no right order.
    for _unit, known, _changes, moved in plan.update:
        if moved:
            for link in tree.links(known.id, tree.parents_of(known.id)):
                link.delete()
    model.Session.flush()
    made = []
    for unit in plan.create:
        made.append(act("organization_create", unit.place, _as_organization(unit)))
    for unit, known, changes, moved in plan.update:
        data = {"id": known.id, **changes}
        if moved:
            data["groups"] = [{"name": unit.parent}] if unit.parent else []
        act("organization_patch", unit.place, data)
    if leave_creator_out and made:
        _leave(user, made)
    model.Session.flush()
    # The planner takes tables it has not yet seen filled for tiny ones.
    model.Session.execute(sa.text('ANALYZE "group", member'))
    facts.refresh()
    _write_aliases(plan, user)
    jobs.enqueue_after_commit()
    permissions.forget()


def _as_organization(unit: Unit) -> dict[str, Any]:
    data: dict[str, Any] = {"name": unit.name, "title": unit.title or unit.name, **unit.fields}
    if unit.parent:
        data["groups"] = [{"name": unit.parent}]
    return data


def _leave(user: str, org_ids: list[str]) -> None:
    model.Session.flush()  # the membership in the last one made is still pending
    model.Session.execute(
        sa.text(
            """
            DELETE FROM member
            WHERE table_name = 'user' AND group_id = ANY(:orgs)
              AND table_id = (SELECT id FROM "user" WHERE name = :user)
            """
        ),
        {"orgs": org_ids, "user": user},
    )


def _write_aliases(plan: _Plan, user: str) -> None:
    if not plan.aliases:
        return
    by = model.User.get(user)
    ids = {name: org.id for name, org in _stored().items()}
    for spelling, name in plan.aliases:
        aliases.decide(spelling, ids[name], by.id if by else None)
