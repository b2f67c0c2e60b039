"""Template helpers of the tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckan.plugins import plugin_loaded, toolkit

from ..text import N_
from . import papers, permissions, queries, succession

__all__ = [
    "satudata_ancestors",
    "satudata_can_move",
    "satudata_kind_label",
    "satudata_org_title",
    "satudata_paper_bar",
    "satudata_paper_state",
    "satudata_parent_choices",
    "satudata_parent_in_form",
    "satudata_successions",
]


def satudata_ancestors(org_id: str) -> list[queries.OrgLabel]:
    """The organisations above this one, the top first."""
    return queries.ancestors(org_id)


def satudata_kind_label(code: str | None) -> str:
    """The label of a kind in the reader's language; a foreign code as it is, empty for none."""
    schema = toolkit.h.scheming_get_organization_schema("organization") or {}
    for field in schema.get("fields", []):
        if field.get("field_name") == "sd_jenis_opd":
            return toolkit.h.satudata_choice_label(field, code) if code else ""
    return code or ""


def satudata_org_title(reference: str) -> str:
    """The title of the organisation with this id or name; unknown: what was given."""
    org_id = queries.resolve(reference)
    return queries.titles([org_id])[org_id] if org_id else reference


def satudata_can_move(org_id: str | None) -> bool:
    """Whether the present user may put this organisation (None: a new one) elsewhere."""
    if not org_id:
        return True
    user = toolkit.current_user.name
    above = queries.ancestors(org_id)
    return _may_place(user, above[-1].id) if above else _may_place(user, org_id)


def _may_place(user: str, org_id: str) -> bool:
    who = permissions.standing(user)
    return permissions.manages(user) or bool(who.path(org_id) & who.admin_of)


def satudata_parent_choices(org_id: str | None) -> list[dict[str, str]]:
    """Options for the parent of an organisation: those the user may put it under, as a tree."""
    user = toolkit.current_user.name
    who, manager = permissions.standing(user), permissions.manages(user)

    def walk(nodes: list[queries.Node], allowed: bool) -> Iterator[dict[str, str]]:
        for node in nodes:
            if node.id == org_id:
                continue
            mine = allowed or node.id in who.admin_of
            if mine:
                yield {"value": node.name, "text": "\N{EM DASH} " * node.level + node.title}
            yield from walk(node.children, mine)

    empty: dict[str, Any] = {"value": "", "text": toolkit._("(none: top of the tree)")}
    return [empty, *walk(queries.tree(), manager)]


def satudata_parent_in_form() -> bool:
    """Whether our parent select belongs in the form: not beside that of ckanext-hierarchy."""
    return not plugin_loaded("hierarchy_form")


def satudata_successions(org_id: str) -> list[succession.Told]:
    """What became of this organisation or what it carries on, the latest first."""
    return succession.told(org_id)


_PAPER_STATES = {
    papers.VALID: (N_("Valid"), "text-bg-success", "on-time"),
    papers.EXPIRED: (N_("Expired"), "text-bg-warning", "late"),
    papers.NO_FILE: (N_("Without its file"), "text-bg-light border", "rest"),
    papers.NONE: (N_("Missing"), "text-bg-danger", "missing"),
}


def satudata_paper_state(state: str) -> dict[str, str]:
    """Label, badge classes and key of the bar of what an organisation has of a paper."""
    label, badge, key = _PAPER_STATES[state]
    return {"label": toolkit._(label), "class": badge, "key": key}


def satudata_paper_bar(total: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parts of the bar of a kind of paper: ``key``, ``label``, ``count``, ``x``, ``width`` (%)."""
    parts, x = [], 0.0
    for state in papers.STATES:
        if count := total[state]:
            width = 100 * count / total["organizations"]
            shown = satudata_paper_state(state)
            parts.append({**shown, "count": count, "x": round(x, 2), "width": round(width, 2)})
            x += width
    return parts
