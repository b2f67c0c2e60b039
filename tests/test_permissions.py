"""The table of docs/permissions.md is complete and true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ckan.model as model
import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action, call_auth

from ckanext.satudata import rooms
from ckanext.satudata.delivery.model import Event, Receipt
from ckanext.satudata.model_base import utcnow
from ckanext.satudata.opd import officers
from ckanext.satudata.register import decisions
from ckanext.satudata.register.model import ImportRun, Proposal
from ckanext.satudata.report.model import ExportRun
from ckanext.satudata.workbook.model import WorkbookRun
from tests.factories import make_dataset, make_item, make_opd, make_root, make_user
from tests.register.duty import make_duty

DOCUMENT = Path(__file__).parents[1] / "docs/permissions.md"
OPTIONS = ("ckanext.satudata.public_leaderboard", "ckan.auth.user_create_organizations")
PREFIX = "satudata_"


def _table() -> dict[str, dict[str, str]]:
    """Action → role → cell, of all tables of the document that list actions."""
    found: dict[str, dict[str, str]] = {}
    header: list[str] = []
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "action":
            header = cells[1:]
        elif action := re.fullmatch(r"`(\w+)`", cells[0]):
            assert action[1] not in found, f"{action[1]} has two rows"
            found[action[1]] = dict(zip(header, cells[1:], strict=True))
    return found


TABLE = _table()


def test_every_action_has_a_row_and_every_row_an_action():
    assert set(TABLE) == set(rooms.actions())


def test_every_action_of_ours_has_its_auth_function():
    ours = {name for name in rooms.actions() if name.startswith(PREFIX)}
    assert ours == set(rooms.auth_functions())


def test_cells_say_one_of_three_things():
    assert {cell for row in TABLE.values() for cell in row.values()} == {"yes", "–", "option"}


@pytest.fixture
def users(clean_portal) -> dict[str, list[str]]:
    """Names of users by role; every office has one."""
    root = make_root()
    opd, other = make_opd("dinas", root), make_opd("lain", root)
    holders = [make_user() for _ in officers.OFFICES]
    for holder, office in zip(holders, officers.OFFICES, strict=True):
        call_action("satudata_officer_create", user=holder["name"], office=office)
    made = {
        "sysadmin": [make_user("sysadmin")],
        "walidata": [make_user("admin", root)],
        "OPD admin": [make_user("admin", opd)],
        "OPD editor": [make_user("editor", opd)],
        "OPD member": [make_user("member", opd)],
        "other editor": [make_user("editor", other)],
        "officer": holders,
        "user": [make_user()],
    }
    names = {role: [user["name"] for user in group] for role, group in made.items()}
    return {**names, "visitor": [""]}


@pytest.fixture
def requests(users) -> dict[str, dict[str, Any]]:
    """What each action is asked, about things that exist."""
    opd = model.Group.get("dinas")
    unit = make_opd("uptd", {"name": opd.name}, kind="uptd")
    item = make_item({"id": opd.id})
    file = {"url": "https://example.org/data.csv", "format": "CSV"}
    dataset = make_dataset({"id": opd.id}, private=True, resources=[file])
    run = ImportRun(
        kind="daftar-data", filename="a.csv", sha256="", mapping={}, state="preview",
        counts={}, report=[], created=utcnow(),
    )  # fmt: skip
    workbook = WorkbookRun(
        org_id=opd.id, filename="a.xlsx", sha256="", clear=False, state="refused", unchanged=0,
        faults=[], notes=[], created_by=model.User.get(users["OPD editor"][0]).id,
    )  # fmt: skip
    receipt = Receipt(
        number="TT-2026-000001", resource_id="x", package_id=dataset["id"], org_id=opd.id,
        sha256="", bytes=0, event_ids=[],
    )  # fmt: skip
    export = ExportRun(
        filters={"year": 2026, "tw": 1, "span": "cumulative", "filters": {}}, extension="csv",
        filename="a.csv", state="queued", created_by=workbook.created_by, created=utcnow(),
    )  # fmt: skip
    model.Session.add_all([run, workbook, receipt, export])
    model.Session.commit()
    duty = make_duty({"id": opd.id}, item=item)
    about = {"obligation_id": duty.id, "org_id": opd.id, "reason": "Uji", "actor": None}
    waiver = decisions.record("waiver", number="1", **about)
    claim = decisions.record("nihil_claim", **about)
    event = Event(
        at=utcnow(), counts_at=utcnow(), kind="delivered", resource_id="file",
        package_id=dataset["id"], org_id=opd.id, private=True, item_id=item.id, period=duty.period,
        sha256="0" * 64, bytes=1, source="portal",
    )  # fmt: skip
    model.Session.add(event)
    model.Session.flush()
    received = decisions.record("received", event_id=event.id, details={"confirm": True}, **about)
    objection = decisions.record("objection", year=2026, tw=1, **about)
    round_ = {"year": 2026}
    proposal = Proposal(
        year=2026, org_id=opd.id, item_id=item.id, action="end", values={}, reason="Uji",
        state="proposed", proposed_at=utcnow(),
    )  # fmt: skip
    model.Session.add(proposal)
    model.Session.commit()
    someone = make_user()["id"]
    quarter = {"year": 2026, "tw": 1}
    revision = {**quarter, "number": "1", "reason": "x"}
    letter = {"number": "1/2026", "reason": "Uji"}
    office = {"user": someone, "office": "sekda"}
    pairs = {"pairs": [[item.id, dataset["id"]]]}
    organization = {"id": opd.id}
    membership = {
        "id": opd.id, "object": someone, "object_type": "user", "capacity": "member"
    }  # fmt: skip
    return {
        "satudata_arrears_list": {},
        "satudata_contact_show": {"id": dataset["id"]},
        "satudata_contact_update": {"id": dataset["id"]},
        "satudata_decision_list": {},
        "satudata_decision_revoke": {"id": waiver.id, **letter},
        "satudata_delivery_accept": {"events": [event.id]},
        "satudata_delivery_approve": {"events": [event.id]},
        "satudata_delivery_list": {},
        "satudata_delivery_received": {"events": [event.id], "day": "2026-01-01", "proof": "Surat"},
        "satudata_delivery_return": {"events": [event.id], "reason": "Uji"},
        "satudata_delivery_show": {"event": event.id},
        "satudata_export_create": quarter,
        "satudata_export_show": {"id": export.id},
        "satudata_extension_create": {"obligations": [duty.id], "day": "2099-01-01", **letter},
        "satudata_holiday_list": {},
        "satudata_holiday_set": {"day": "2027-02-10", "free": True, "name": "Pilkada", **letter},
        "satudata_import_confirm": {"id": run.id},
        "satudata_import_create": {"kind": "daftar-data"},
        "satudata_import_list": {},
        "satudata_import_preview": {"id": run.id},
        "satudata_import_show": {"id": run.id},
        "satudata_item_amend": {"id": item.id, "values": {"unit": "Kasus"}, **letter},
        "satudata_item_close": {"id": item.id, **letter},
        "satudata_item_confirm": {"id": item.id},
        "satudata_item_list": {},
        "satudata_item_open": {"org": opd.id, "values": {}, **letter},
        "satudata_item_schedule": {"id": item.id, "rhythm": "A", "schedule": "Maret n+1"},
        "satudata_item_show": {"id": item.id},
        "satudata_leaderboard_show": quarter,
        "satudata_match_accept": pairs,
        "satudata_match_list": {},
        "satudata_match_reject": pairs,
        "satudata_match_suggest": {},
        "satudata_nihil_answer": {"id": claim.id, "accept": True},
        "satudata_nihil_claim": {"obligation_id": duty.id, "reason": "Uji"},
        "satudata_objection_answer": {"id": objection.id, "accept": False, "reason": "Uji"},
        "satudata_objection_create": {"obligation_id": duty.id, **quarter, "reason": "Uji"},
        "satudata_objection_list": {},
        "satudata_obligation_list": {"org_id": opd.id},
        "satudata_obligation_show": {"id": duty.id},
        "satudata_officer_create": office,
        "satudata_officer_delete": office,
        "satudata_officer_list": {},
        "satudata_opd_tree": {},
        "satudata_paper_coverage": {},
        "satudata_penanggung_list": {},
        "satudata_proposal_answer": {"id": proposal.id, "agree": True},
        "satudata_proposal_create": {**round_, "action": "end", "item_id": item.id},
        "satudata_proposal_list": round_,
        "satudata_proposal_withdraw": {"id": proposal.id},
        "satudata_quarter_cutoff": quarter,
        "satudata_quarter_finalise": quarter,
        "satudata_quarter_list": {},
        "satudata_quarter_objections": quarter,
        "satudata_quarter_open": quarter,
        "satudata_quarter_provisional": quarter,
        "satudata_quarter_revise": revision,
        "satudata_quarter_show": quarter,
        "satudata_quarter_verify": quarter,
        "satudata_round_discuss": round_,
        "satudata_round_establish": {**round_, **letter},
        "satudata_round_list": {},
        "satudata_round_move": {**round_, "proposals_until": "2099-01-01", "reason": "x"},
        "satudata_round_open": {**round_, "proposals_until": "2099-01-01"},
        "satudata_round_show": round_,
        "satudata_producer_decide": {"spelling": "Dinas", "org": opd.id},
        "satudata_succession_create": {"kind": "rename", "from_org": opd.id, "title": "Lain"},
        "satudata_succession_list": {"org": opd.id},
        "satudata_receipt_list": {"org_id": opd.id},
        "satudata_receipt_show": {"number": receipt.number},
        "satudata_received_confirm": {"decisions": [received.id]},
        "satudata_reference_list": {},
        "satudata_region_autocomplete": {"q": "bandung"},
        "satudata_report_rows": quarter,
        "satudata_report_show": quarter,
        "satudata_request_create": {"period": "2025", "due": "2099-01-01", **letter},
        "satudata_request_list": {},
        "satudata_request_show": {"id": "none"},
        "satudata_ruleset_create": {"source": "name: baru"},
        "satudata_ruleset_delete": {"hash": "0" * 64},
        "satudata_ruleset_list": {},
        "satudata_ruleset_show": {},
        "satudata_ruleset_sign": {"hash": "0" * 64, **letter},
        "satudata_simulation_create": {"hash": "0" * 64, "quarters": "2025-TW1"},
        "satudata_simulation_show": {"id": "x"},
        "satudata_trend_show": {"org_id": opd.id},
        "satudata_variable_accept": {"id": dataset["id"], "resource_id": "x", "variables": []},
        "satudata_variable_proposals": {"resource_id": dataset["resources"][0]["id"]},
        "satudata_waiver_create": {"obligations": [duty.id], **letter},
        "satudata_window_close": {"id": "none", **letter},
        "satudata_window_create": {"name": "Uji", "opens": "2026-01-01", **letter},
        "satudata_window_list": {},
        "satudata_workbook_confirm": {"id": workbook.id},
        "satudata_workbook_create": {},
        "satudata_workbook_list": {},
        "satudata_workbook_show": {"id": workbook.id},
        "satudata_year_show": {"year": 2026},
        "group_delete": organization,
        "group_list": {},
        "group_purge": organization,
        "group_update": organization,
        "member_create": membership,
        "member_delete": membership,
        "organization_create": {"name": "baru", "groups": [{"name": unit["name"]}]},
        "organization_delete": organization,
        "organization_list": {},
        "organization_purge": organization,
        "organization_update": organization,
        "package_autocomplete": {"q": "a"},
        "package_create": {"name": "baru", "owner_org": opd.id},
        "package_list": {},
        "package_show": {"id": dataset["id"]},
        "package_update": {"id": dataset["id"]},
        "user_show": {"id": someone},
    }


def _may(action: str, user: str, request: dict[str, Any]) -> bool:
    context = {"user": user, "model": model, "ignore_auth": False}
    try:
        return bool(call_auth(action, context, **request))
    except toolkit.NotAuthorized:
        return False


def _wrong(users, requests, truth: dict[str, bool]) -> list[tuple[str, str, str]]:
    """Cells that CKAN answers otherwise."""
    assert set(requests) == set(TABLE)
    return [
        (action, role, cell)
        for action, row in TABLE.items()
        for role, cell in row.items()
        for user in users[role]
        if _may(action, user, requests[action]) is not truth[cell]
    ]


@pytest.mark.parametrize("on", [False, True])
def test_every_cell_is_true(users, requests, ckan_config, monkeypatch, on):
    assert set(users) == set().union(*TABLE.values())
    for option in OPTIONS:
        monkeypatch.setitem(ckan_config, option, on)
    assert not _wrong(users, requests, {"yes": True, "–": False, "option": on})


def test_an_action_of_ours_refuses_whom_the_table_refuses(users, requests):
    """The action itself asks: it is not only its page that does."""
    for action, row in TABLE.items():
        refused = [user for role, cell in row.items() if cell != "yes" for user in users[role]]
        for user in refused if action.startswith(PREFIX) else []:
            with pytest.raises(toolkit.NotAuthorized):
                call_action(action, {"user": user, "ignore_auth": False}, **requests[action])
