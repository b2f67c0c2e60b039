"""What no person types is answered with words, never with a fault of the server."""

from __future__ import annotations

import ckan.model as model
import pytest
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.register.model import ImportRun
from ckanext.satudata.rules.ruleset import DEFAULT_PATH
from tests.factories import make_user

NUL, HALF = "a\0b", "\ud800"
NO_TEXT = (NUL, HALF, {"a": 1}, [["x"]], -1, 1.5, True)
RULES = DEFAULT_PATH.read_text(encoding="utf-8")
QUARTER = {"year": 2026, "tw": 1}

CALLS = [
    *[("satudata_item_show", {"id": value}) for value in NO_TEXT],
    *[("satudata_item_list", {name: HALF}) for name in ("q", "org")],
    *[("satudata_proposal_list", {"year": 2027, "state": value}) for value in NO_TEXT],
    *[("satudata_delivery_list", {"org": value}) for value in NO_TEXT],
    *[("satudata_objection_list", {"org": value}) for value in NO_TEXT],
    *[("satudata_arrears_list", {"org": value}) for value in (NUL, HALF)],
    *[("satudata_report_rows", {**QUARTER, "org": value}) for value in (NUL, HALF)],
    *[
        ("satudata_report_rows", {**QUARTER, name: value})
        for name in ("status", "kind", "q")
        for value in (NUL, HALF)
    ],
    *[
        ("satudata_export_create", {**QUARTER, name: value})
        for name in ("org", "status", "kind", "q")
        for value in (NUL, HALF)
    ],
    *[("satudata_objection_create", {**QUARTER, "obligation_id": value}) for value in (NUL, HALF)],
    *[
        ("satudata_arrears_list", {name: value})
        for name in ("page", "page_size")
        for value in ("", 0, 10**30, [None], {"a": 1})
    ],
    ("satudata_report_show", {**QUARTER, "revision": ""}),
    ("satudata_obligation_show", {"id": "1", "revision": ""}),
    *[("satudata_receipt_show", {"number": value}) for value in (NUL, HALF)],
    *[("satudata_request_show", {"id": value}) for value in (NUL, HALF)],
    *[("satudata_simulation_show", {"id": value}) for value in (NUL, HALF)],
    *[("satudata_window_close", {"id": value}) for value in (NUL, HALF)],
    *[("satudata_nihil_claim", {"obligation_id": value}) for value in (NUL, HALF)],
    ("satudata_ruleset_create", {"source": HALF}),
    *[
        ("satudata_ruleset_create", {"source": RULES.replace("name: baku", f"name: {name}")})
        for name in (r'"a\0b"', r'"\ud800"', "[" * 40_000)
    ],
    ("satudata_ruleset_show", {"quarter": "9998-TW4"}),
    ("satudata_succession_list", {"org": HALF}),
    *[("satudata_succession_create", {"confirm": value}) for value in ("x", NUL)],
    *[
        (f"satudata_{action}", {**given, name: value})
        for action, given, name in (
            ("import_show", {}, "id"),
            ("item_schedule", {"rhythm": "A", "schedule": "Maret n+1"}, "id"),
            ("item_schedule", {"id": "x", "schedule": "Maret n+1"}, "rhythm"),
            ("officer_create", {"office": "sekda"}, "user"),
            ("officer_delete", {"user": "default"}, "office"),
            ("producer_decide", {"spelling": "Dinas"}, "org"),
            ("producer_decide", {"org": "x"}, "spelling"),
            ("ruleset_sign", {"hash": "0" * 64}, "reason"),
            ("variable_accept", {"resource_id": "x"}, "id"),
            ("variable_proposals", {}, "resource_id"),
        )
        for value in NO_TEXT
    ],
    *[
        (
            "satudata_holiday_set",
            {"day": day, "free": True, "name": "a", "number": "1", "reason": "b"},
        )
        for day in ("9999-12-31", "0001-01-01", NUL)
    ],
]
REFUSALS = (toolkit.ValidationError, toolkit.ObjectNotFound)


@pytest.mark.usefixtures("clean_portal")
def test_an_action_answers_or_says_what_is_wrong():
    context = {"user": make_user("sysadmin")["name"]}
    for action, given in CALLS:
        try:
            call_action(action, dict(context), **given)
        except REFUSALS:
            continue
        except Exception as fault:
            pytest.fail(f"{action} {given!r}: {fault!r}")


@pytest.mark.usefixtures("clean_portal")
@pytest.mark.parametrize(
    "address",
    ["/satudata/penyusunan/99999999999", "/satudata/penyusunan/99999999999/usulan",
     f"/satudata/pemeriksaan/{'9' * 30}",
     f"/satudata/pemeriksaan/{'9' * 30}/berkas", "/satudata/kepatuhan/9998/4",
     "/satudata/kepatuhan/2/1", "/satudata/triwulan/9998/4/open", "/satudata/peringkat/9998/4"],
)  # fmt: skip
def test_an_address_with_an_impossible_number_is_of_nothing(app, address):
    headers = {"Authorization": make_user("sysadmin")["token"]}
    assert app.get(address, headers=headers).status_code == 404


@pytest.mark.usefixtures("clean_portal")
def test_proposals_end_in_the_year_of_the_register_at_the_latest():
    year = clock.today().year + 1
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("satudata_round_open", year=year, proposals_until=f"{year + 1}-01-01")
    assert "proposals_until" in refused.value.error_dict
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_round_show", year=year)


@pytest.mark.usefixtures("clean_portal")
@pytest.mark.parametrize("empty", ["number", "reason"])
def test_a_revision_with_blanks_for_an_order_is_not_even_asked_of_the_worker(empty):
    asked = {**QUARTER, "number": "050/1", "reason": "Putusan", empty: " "}
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("satudata_quarter_revise", **asked)
    assert list(refused.value.error_dict) == [empty]


@pytest.mark.usefixtures("clean_portal")
def test_a_proposal_about_nothing_has_no_page(app):
    year = clock.today().year + 1
    call_action("satudata_round_open", year=year, proposals_until=clock.today().isoformat())
    headers = {"Authorization": make_user("sysadmin")["token"]}
    answer = app.get(f"/satudata/penyusunan/{year}/usulan", headers=headers)
    assert answer.status_code == 404


@pytest.mark.usefixtures("clean_portal")
@pytest.mark.parametrize("page", ["pemeriksaan/nihil", "sanggahan/1/jawab"])
def test_a_refused_answer_shows_its_list_whatever_else_the_form_held(app, page):
    headers = {"Authorization": make_user("sysadmin")["token"]}
    form = {"id": "", "do": "accept", "org": NUL, "q": NUL, "reason": NUL}
    answer = app.post(f"/satudata/{page}", data=form, headers=headers)
    assert answer.status_code in (200, 404)


@pytest.mark.usefixtures("clean_portal")
@pytest.mark.parametrize("columns", [HALF, [["x"]], -1])
def test_columns_of_an_import_are_given_by_name(columns):
    run = ImportRun(
        kind="daftar-data", filename="a.csv", sha256="", mapping={}, state="preview", counts={},
        report=[], created=clock.now(),
    )  # fmt: skip
    model.Session.add(run)
    model.Session.commit()
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action("satudata_import_preview", id=run.id, columns=columns)
    assert list(refused.value.error_dict) == ["columns"]
