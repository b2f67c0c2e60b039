"""What passes on when an organisation is renamed, merged, split or closed.

Items and their duties of quarters that are not final get a new owner, and with the items what is
still owed of final ones. Whose duty it was at any moment before is told by ``satudata_item_owner``;
rows of frozen quarters stay as they are. Names that registers use for
the old organisation mean the new one from now on. Datasets move only where it is asked for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckan.lib import search
from ckan.plugins import toolkit

from .. import clock, locks
from ..opd import aliases, permissions, queries, succession, tree
from ..opd.model import OpdAlias, Succession
from . import decisions
from .claims import COUNTS
from .daftar_data import identity
from .model import Item, ItemOwner

_ = toolkit._

DELIVERED = f"""
    EXISTS (SELECT FROM satudata_claim c
            WHERE c.item_id = o.item_id AND c.period = o.period AND {COUNTS})
"""
SETTLED = """
    EXISTS (SELECT FROM satudata_decision d
            WHERE d.kind IN ('waiver', 'nihil_accept') AND d.obligation_id = o.id
              AND NOT EXISTS (SELECT FROM satudata_decision r WHERE r.revokes = d.id))
"""
_FINAL = """
    EXISTS (SELECT FROM satudata_quarter q
            WHERE q.year = o.year AND q.tw = o.tw AND q.final_id IS NOT NULL)
"""
OPEN = f"""
    FROM satudata_obligation o JOIN satudata_item i ON i.id = o.item_id
    WHERE i.org_id = :org AND NOT {DELIVERED} AND NOT {SETTLED}
"""
"""What an organisation (``:org``) still owes: duties of any quarter, arrears too.

Asked of the items: duties of final quarters keep the organisation that they were frozen with.
"""

_LEFT = sa.text(
    f"""
    SELECT (SELECT count(*) FROM satudata_item
            WHERE org_id = :org AND (valid_to IS NULL OR valid_to > :day)),
           (SELECT count(*) {OPEN})
    """  # noqa: S608 - parts of our own
)


@dataclass
class Plan:
    """What a succession would do; ``items`` are the ids that pass.

    ``duties``: duties of quarters that are not final; ``arrears``: undelivered ones of final
    quarters; ``kept``: delivered ones of final quarters, which stay where they were. ``same``:
    names of items that the successor has too and somebody has to end. ``units``: (id, name,
    title) of the organisations directly below; ``datasets``: how many would move if asked for.
    """

    kind: str
    day: dt.date
    source: dict[str, str]
    target: dict[str, str] | None = None
    items: list[str] = field(default_factory=list)
    duties: int = 0
    arrears: int = 0
    kept: int = 0
    same: list[str] = field(default_factory=list)
    units: list[dict[str, str]] = field(default_factory=list)
    datasets: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as the API gives them."""
        return {**vars(self), "day": self.day.isoformat()}


def plan(
    kind: str,
    from_org: str,
    to_org: str | None = None,
    *,
    day: dt.date,
    title: str = "",
    items: list[str] | None = None,
) -> Plan:
    """Check a succession and work out what it would do. Writes nothing.

    :raises toolkit.ValidationError: it cannot be; the message says why and what to do first
    """
    if kind not in succession.KINDS:
        known = [f"{code} ({_(label)})" for code, label in succession.KINDS.items()]
        _refuse("kind", _("Choose one of: {}").format(", ".join(known)))
    source = _organization("from_org", from_org)
    if day > clock.today():
        _refuse("day", _("This day lies in the future. Record the change on the day itself."))
    over = succession.ended(source["id"])
    if over:
        text = _('"{title}" has been ended already by {number}.')
        _refuse("from_org", text.format(title=source["title"], number=over.number))
    made = Plan(kind, day, source, units=_units(source["id"]))
    if kind == succession.RENAME:
        made.target = _renamed(source, title)
        return made
    if kind == succession.CLOSE:
        _check_closable(made)
        return made
    made.target = _successor(source, to_org, kind)
    made.items = _items(source, items if kind == succession.SPLIT else None)
    _count(made)
    return made


def apply(
    plan: Plan,
    *,
    number: str,
    reason: str,
    actor: str | None,
    dated: dt.date | None = None,
) -> tuple[Succession, int]:
    """Write the record and let items, duties and spellings pass, in this transaction.

    Titles and places in the tree are the caller's, who goes through CKAN's own actions.

    :returns: the record and the id of the decision
    :raises toolkit.ValidationError: no number, no reason or a date to come
    """
    source, target = plan.source, plan.target
    decision = decisions.record(
        "succession",
        number=number,
        reason=reason,
        actor=actor,
        dated=dated,
        day=plan.day,
        org_id=source["id"],
        details={
            "kind": plan.kind,
            "from": source["id"],
            "from_title": source["title"],
            "to": target["id"] if target else None,
            "to_title": target["title"] if target else None,
            "items": len(plan.items),
        },
    )
    row = succession.record(
        plan.kind,
        plan.day,
        source,
        target,
        number=number.strip(),
        reason=reason.strip(),
        actor=actor,
        items=plan.items if plan.kind == succession.SPLIT else [],
    )
    if target and plan.items:
        _pass_on(plan, decision.id)
    if target and plan.kind != succession.SPLIT:
        _pass_spellings(source, target["id"], actor)
    return row, decision.id


def hold_locks() -> None:
    """Wait for imports, the making of duties and moves in the tree; held until the commit."""
    locks.hold("register-import")
    locks.hold("obligations")
    locks.hold(tree.LOCK)


def _refuse(name: str, message: str) -> None:
    raise toolkit.ValidationError({name: [message]})


def _organization(name: str, reference: str | None) -> dict[str, str]:
    org_id = queries.resolve(reference)
    if not org_id:
        _refuse(name, _("Choose an active organisation."))
    org = model.Group.get(org_id)
    return {"id": org_id, "name": org.name, "title": org.title or org.name}


def _renamed(source: dict[str, str], title: str) -> dict[str, str]:
    title = title.strip()
    if not title or title == source["title"]:
        _refuse("title", _("Write the new name of the organisation."))
    return {**source, "title": title}


def _successor(source: dict[str, str], reference: str | None, kind: str) -> dict[str, str]:
    target = _organization("to_org", reference)
    if target["id"] == source["id"]:
        _refuse("to_org", _("The successor must be another organisation."))
    succession.check_goes_on(target["id"], "to_org")
    if kind == succession.MERGE and source["id"] in queries.path(target["id"]):
        text = _('"{title}" stands below it in the tree. Move it out first, then merge.')
        _refuse("to_org", text.format(title=target["title"]))
    return target


def _items(source: dict[str, str], chosen: list[str] | None) -> list[str]:
    """All items of the organisation that go on, or the chosen ones of them."""
    held = list(
        model.Session.scalars(
            sa.select(Item.id).where(Item.org_id == source["id"]).order_by(Item.name, Item.id)
        )
    )
    if chosen is None:
        return held
    if not chosen:
        _refuse("items", _("Tick the data that pass to the other organisation."))
    foreign = sorted(set(chosen) - set(held))
    if foreign:
        text = _('These are no data of "{title}": {ids}')
        _refuse("items", text.format(title=source["title"], ids=", ".join(foreign[:5])))
    return [item for item in held if item in set(chosen)]


def _units(org_id: str) -> list[dict[str, str]]:
    rows = model.Session.execute(
        sa.text(
            """
            SELECT o.org_id AS id, g.name, coalesce(nullif(g.title, ''), g.name) AS title
            FROM satudata_opd o JOIN "group" g ON g.id = o.org_id
            WHERE o.parent_id = :org ORDER BY 3
            """
        ),
        {"org": org_id},
    ).mappings()
    return [dict(row) for row in rows]


def _check_closable(plan: Plan) -> None:
    """An organisation ends without successor only where nothing is left of it."""
    left = {"org": plan.source["id"], "day": plan.day}
    open_items, duties = model.Session.execute(_LEFT, left).one()
    if open_items or duties:
        text = _(
            'Something is left of "{title}": {items} data in the register and {duties} duties'
            " not delivered. Pass them to a successor, or end the data and waive the duties first."
        )
        _refuse("kind", text.format(title=plan.source["title"], items=open_items, duties=duties))
    if plan.units:
        text = _('Move the units below "{title}" first: {units}')
        names = ", ".join(unit["title"] for unit in plan.units[:5])
        _refuse("kind", text.format(title=plan.source["title"], units=names))


def _count(plan: Plan) -> None:
    row = model.Session.execute(
        sa.text(
            f"""
            SELECT count(*) FILTER (WHERE NOT {_FINAL}) AS duties,
                   count(*) FILTER (WHERE {_FINAL} AND NOT {DELIVERED}) AS arrears,
                   count(*) FILTER (WHERE {_FINAL} AND {DELIVERED}) AS kept
            FROM satudata_obligation o WHERE o.item_id = ANY(:items)
            """  # noqa: S608 - parts of our own
        ),
        {"items": plan.items},
    ).one()
    plan.duties, plan.arrears, plan.kept = row
    taken = _taken(plan)
    plan.same = [item.name for item in _rows(plan.items) if item.id in taken]
    plan.datasets = len(datasets_of(plan.source["id"], _split_items(plan)))


def _split_items(plan: Plan) -> list[str]:
    return plan.items if plan.kind == succession.SPLIT else []


def _rows(items: list[str]) -> list[Item]:
    return list(model.Session.scalars(sa.select(Item).where(Item.id.in_(items)).order_by(Item.id)))


def _identities(plan: Plan) -> dict[str, str]:
    """The identity each passing item would have at the successor, by item id."""
    to = plan.target["id"] if plan.target else ""
    return {
        item.id: identity(to, item.name, item.unit, item.classification)
        for item in _rows(plan.items)
    }


def _taken(plan: Plan) -> set[str]:
    """Passing items whose identity the successor has already."""
    wanted = _identities(plan)
    known = set(
        model.Session.scalars(
            sa.select(Item.identity).where(
                Item.identity.in_(wanted.values()), Item.id.not_in(plan.items)
            )
        )
    )
    taken, seen = set(), known
    for item_id, key in wanted.items():
        if key in seen:
            taken.add(item_id)
        seen.add(key)
    return taken


def _pass_on(plan: Plan, decision_id: int) -> None:
    """Give the items and what is still owed of them to the successor.

    An item that the successor has too keeps its identity, so that the next import finds the
    successor's own; both stay until somebody ends one.
    """
    now, source, to = locks.evidence_time(), plan.source["id"], plan.target["id"]
    taken, wanted = _taken(plan), _identities(plan)
    execute = model.Session.execute
    execute(
        sa.insert(ItemOwner),
        [
            {"at": now, "item_id": item, "from_org": source, "to_org": to,
             "decision_id": decision_id}
            for item in plan.items
        ],
    )  # fmt: skip
    execute(
        sa.update(Item).where(Item.id.in_(plan.items)).values(org_id=to, modified=now),
        execution_options={"synchronize_session": False},
    )
    renamed = [{"id": item, "identity": wanted[item]} for item in plan.items if item not in taken]
    if renamed:
        execute(sa.update(Item), renamed)
    execute(
        sa.text(
            f"UPDATE satudata_obligation o SET org_id = :to"  # noqa: S608 - parts of our own
            f" WHERE o.item_id = ANY(:items) AND NOT {_FINAL}"
        ),
        {"to": to, "items": plan.items},
    )
    if plan.kind == succession.MERGE:
        execute(
            sa.text(
                """
                UPDATE satudata_item
                SET contributors = array_remove(CASE WHEN :to = ANY(contributors)
                        THEN array_remove(contributors, :old)
                        ELSE array_replace(contributors, :old, :to) END, org_id)
                WHERE :old = ANY(contributors)
                """
            ),
            {"old": source, "to": to},
        )


def _pass_spellings(source: dict[str, str], to: str, actor: str | None) -> None:
    """What registers call the old organisation means the successor from now on."""
    if to != source["id"]:
        model.Session.execute(
            sa.update(OpdAlias).where(OpdAlias.org_id == source["id"]).values(org_id=to)
        )
    aliases.decide(source["title"], to, actor)


def datasets_of(org_id: str, items: list[str]) -> list[str]:
    """Ids of the datasets and activities of an organisation that would move with it.

    :param items: only datasets all of whose items are among these (a split); empty: all
    """
    return list(
        model.Session.scalars(
            sa.text(
                """
                SELECT p.id FROM package p
                WHERE p.owner_org = :org AND p.state <> 'deleted'
                  AND (cardinality(CAST(:items AS text[])) = 0 OR (
                       p.type = 'dataset' AND EXISTS (
                           SELECT FROM resource r JOIN satudata_claim c ON c.resource_id = r.id
                           WHERE r.package_id = p.id)
                       AND NOT EXISTS (
                           SELECT FROM resource r JOIN satudata_claim c ON c.resource_id = r.id
                           WHERE r.package_id = p.id AND c.item_id <> ALL(:items))
                       OR p.type = 'dataset' AND p.extras ->> 'sd_item' = ANY(:items)
                          AND NOT EXISTS (
                           SELECT FROM resource r JOIN satudata_claim c ON c.resource_id = r.id
                           WHERE r.package_id = p.id)))
                ORDER BY p.id
                """
            ),
            {"org": org_id, "items": items},
        )
    )


def move_datasets(succession_id: int) -> int:
    """Give the datasets of a recorded succession to the successor; returns how many.

    One by one through CKAN's own action, in the name of who recorded it. Again is harmless: what
    has moved is not found any more.
    """
    row = model.Session.get(Succession, succession_id)
    if row is None or row.kind not in (succession.MERGE, succession.SPLIT):
        return 0
    actor = model.User.get(row.actor) if row.actor else None
    name = actor.name if actor else permissions.site_user()
    from_org, to_org, items = row.from_org, row.to_org, list(row.items)
    moved = datasets_of(from_org, items)
    for package_id in moved:
        toolkit.get_action("package_owner_org_update")(
            {"user": name, "ignore_auth": True}, {"id": package_id, "organization_id": to_org}
        )
        # Core's action leaves the search index, and so package_show, with the old owner.
        search.rebuild(package_ids=[package_id])
        model.Session.expunge_all()
    search.commit()
    return len(moved)
