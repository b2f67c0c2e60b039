"""Rule sets beside each other: drafts, signing, which one judges a quarter, page and command."""

from __future__ import annotations

import datetime as dt

import ckan.model as model
import pytest
import sqlalchemy as sa
import yaml
from ckan.cli.cli import ckan as ckan_cli
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.judging import rulesets
from ckanext.satudata.judging.model import QuarterState, RuleSetVersion
from ckanext.satudata.register.model import Decision
from ckanext.satudata.rules.ruleset import DEFAULT_PATH, load_ruleset
from tests.counting import counted_statements
from tests.factories import make_root, make_user

TEXT = DEFAULT_PATH.read_text(encoding="utf-8")
GROUPS_WITH_A_GAP = [
    {"key": "a", "from": "0", "to": "4"},
    {"key": "b", "from": "6", "to": "null"},
]
TODAY = dt.datetime(2026, 11, 20, 3, tzinfo=dt.timezone.utc)
YEAR = {"valid_from": "2027-01-01", "decree": "050/1/2026", "reason": "Rapat forum"}

pytestmark = pytest.mark.usefixtures("clean_portal")


@pytest.fixture(autouse=True)
def today():
    with clock.at(TODAY):
        yield


def text(**changes):
    return yaml.safe_dump(yaml.load(TEXT, Loader=yaml.BaseLoader) | changes)


def draft(**changes):
    return call_action("satudata_ruleset_create", source=text(**changes))


def sign(one, **fields):
    return call_action("satudata_ruleset_sign", hash=one["hash"], **YEAR | fields)


def judges(year, tw):
    return rulesets.of(Quarter(year, tw)).hash


def test_a_draft_judges_nothing_and_a_signed_one_the_quarters_that_begin_on_its_days():
    first = draft(late_window_days="10")
    assert first["state"] == "draft"
    assert judges(2027, 1) == load_ruleset().hash
    signed = sign(first, valid_to="2027-06-30")
    assert (signed["state"], signed["hash"]) == ("signed", first["hash"])
    hashes = [judges(2026, 4), *(judges(2027, tw) for tw in (1, 2, 3))]
    assert hashes == [load_ruleset().hash, first["hash"], first["hash"], load_ruleset().hash]
    decision = model.Session.scalars(sa.select(Decision)).one()
    assert (decision.kind, decision.number) == ("ruleset", "050/1/2026")
    assert decision.details["hash"] == first["hash"]


def test_the_same_content_is_kept_once_however_it_is_written():
    first = draft(floors={"Q": "0.5", "M0": "0.70"})
    again = draft(floors={"M0": "0.700", "Q": "0.5"})
    assert first["hash"] == again["hash"]
    assert len(call_action("satudata_ruleset_list")) == 1


def test_more_rule_sets_ask_the_database_no_more_often():
    counts = []
    for late_window_days in ("10", "11", "12"):
        draft(late_window_days=late_window_days)
        model.Session.expire_all()
        model.Session.rollback()
        with counted_statements() as statements:
            assert len(call_action("satudata_ruleset_list")) == len(counts) + 1
        counts.append(len(statements))
    assert len(set(counts)) == 1


def test_one_in_force_without_end_gives_way_and_no_two_overlap():
    old, new, other = (draft(version=str(n)) for n in (2, 3, 4))
    sign(old)
    sign(new, valid_from="2027-07-01", valid_to="2027-12-31")
    listed = {one["version"]: one for one in call_action("satudata_ruleset_list")}
    assert (listed[2]["valid_to"], listed[3]["valid_to"]) == ("2027-06-30", "2027-12-31")
    for fields in (
        {"valid_from": "2027-12-31"},
        {"valid_from": "2026-12-01"},
        {"valid_from": "2027-06-30", "valid_to": "2027-07-01"},
    ):
        with pytest.raises(toolkit.ValidationError, match="overlap"):
            sign(other, **fields)
    assert sign(other, valid_from="2028-01-01")["state"] == "signed"


@pytest.mark.parametrize(
    ("fields", "name", "hint"),
    [
        ({"valid_from": "2026-11-19"}, "valid_from", "past"),
        ({"valid_to": "2026-12-31"}, "valid_to", "before the first"),
        ({"valid_from": ""}, "valid_from", "first day"),
        ({"valid_from": "1/1/2027"}, "valid_from", "2026-12-31"),
        ({"decree": ""}, "decree", "number"),
        ({"reason": ""}, "reason", "why"),
    ],
)
def test_signing_refuses_with_a_reason_and_writes_nothing(fields, name, hint):
    one = draft(version="2")
    with pytest.raises(toolkit.ValidationError) as caught:
        sign(one, **fields)
    assert hint in caught.value.error_dict[name][0]
    assert model.Session.get(RuleSetVersion, one["hash"]).state == "draft"
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 0


def test_what_the_text_says_of_decree_and_days_is_the_default():
    one = draft(decree="060/7/2026", valid_from="2027-01-01", valid_to="2027-12-31")
    signed = call_action("satudata_ruleset_sign", hash=one["hash"], reason="Forum")
    assert (signed["decree"], signed["valid_from"], signed["valid_to"]) == (
        "060/7/2026", "2027-01-01", "2027-12-31"
    )  # fmt: skip
    with pytest.raises(toolkit.ValidationError, match="signed already"):
        sign(one)


def test_an_opened_quarter_keeps_what_it_opened_with(ckan_config, monkeypatch, tmp_path):
    path = tmp_path / "sendiri.yaml"
    path.write_text(text(name="sendiri", cutoff_days="20"))
    monkeypatch.setitem(ckan_config, "ckanext.satudata.ruleset_file", str(path))
    pinned = rulesets.pin(Quarter(2027, 1))
    assert (pinned.name, pinned.cutoff_days) == ("sendiri", 20)
    model.Session.add(
        QuarterState(
            year=2027, tw=1, state="terbuka", ruleset_hash=pinned.hash, register_version="",
            opened=TODAY, cutoff=dt.date(2027, 4, 30),
        )
    )  # fmt: skip
    model.Session.commit()
    path.unlink()
    monkeypatch.setitem(ckan_config, "ckanext.satudata.ruleset_file", "")
    sign(draft(version="2"))
    assert judges(2027, 1) == pinned.hash
    assert judges(2027, 2) != pinned.hash
    listed = {one["name"]: one for one in call_action("satudata_ruleset_list")}
    assert (listed["sendiri"]["state"], listed["sendiri"]["quarters"]) == ("file", ["2027-TW1"])


def test_only_a_draft_that_judged_nothing_can_be_deleted():
    one, two = draft(version="2"), draft(version="3")
    call_action("satudata_ruleset_delete", hash=one["hash"])
    with pytest.raises(toolkit.ObjectNotFound):
        call_action("satudata_ruleset_show", hash=one["hash"])
    sign(two)
    with pytest.raises(toolkit.ValidationError, match="Only a draft"):
        call_action("satudata_ruleset_delete", hash=two["hash"])
    # A draft that is the portal's own file is no draft once a quarter opened with it.
    three = draft()
    rulesets.pin(Quarter(2026, 4))
    model.Session.commit()
    assert model.Session.get(RuleSetVersion, three["hash"]).state == "file"


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        (text(weights={"D": "0.4", "T": "0.25", "M": "0.1", "K": "0.1", "Q": "0.2"}),
         "weights: add up to 1.05. Change them so that D + T + M + K + Q is exactly 1."),
        (text(bands=[{"key": "a", "from": "50"}]), "bands: do not cover 0 to 100"),
        (text(groups=GROUPS_WITH_A_GAP),
         "groups: leave a gap, overlap or end"),
        ("/etc/passwd", "rule set: is no list of keys and values"),
        ("a: [", "rule set: is no valid YAML at line"),
        ("x" * 60_000, "too long"),
    ],
)  # fmt: skip
def test_a_faulty_text_is_told_where_and_how_to_mend_it(source, hint):
    with pytest.raises(toolkit.ValidationError) as caught:
        call_action("satudata_ruleset_create", source=source)
    assert hint in caught.value.error_dict["source"][0]
    assert call_action("satudata_ruleset_list") == []


def test_drafts_are_for_walidata_and_officers():
    root = make_root()
    one = draft(version="2")
    for user, sees in ((make_user("admin", root), True), (make_user("editor", root), False)):
        context = {"user": user["name"], "ignore_auth": False}
        listed = call_action("satudata_ruleset_list", context)
        assert [kept["hash"] for kept in listed] == ([one["hash"]] if sees else [])
        if not sees:
            with pytest.raises(toolkit.ObjectNotFound):
                call_action("satudata_ruleset_show", context, hash=one["hash"])


def test_show_tells_every_number_and_the_difference():
    one = draft(late_window_days="10")
    shown = call_action("satudata_ruleset_show", hash=one["hash"][:8])
    assert shown["values"]["late_window_days"] == 10
    assert shown["values"]["weights.D"] == 0.35
    current = call_action("satudata_ruleset_show")
    assert (current["state"], current["hash"]) == ("file", load_ruleset().hash)
    two = draft(late_window_days="12")
    compared = call_action("satudata_ruleset_show", hash=two["hash"], against=one["hash"])
    assert compared["differences"] == [{"name": "late_window_days", "before": 10, "after": 12}]


def test_the_command_line_checks_drafts_and_signs(cli, tmp_path):
    path = tmp_path / "baru.yaml"
    path.write_text(text(version="2", late_window_days="10"))

    def run(*args):
        return cli.invoke(ckan_cli, ["satudata", "aturan", *args])

    checked = run("check", str(path))
    assert checked.exit_code == 0, checked.output
    assert "14 working days -> 10 working days" in checked.output
    created = run("create", str(path)).output.strip().splitlines()[-1]
    signed = run("sign", created[:8], "--decree", "050/1", "--from", "2099-01-01", "--reason", "x")
    assert signed.exit_code == 0, signed.output
    listed = run("list").output
    assert f"{created[:8]}  baku 2  in force by decree  2099-01-01 .. -  050/1" in listed
    assert run("show", created, "--yaml").output.endswith(path.read_text())
    assert "35 points" in run("show").output
    for args, hint in (
        (("delete", created), "Only a draft can be deleted"),
        (("delete", "0" * 64), "There is no such rule set"),
        (("sign", created, "--reason", "x"), "first day"),
        (("show", "--quarter", "TW9"), "There is no such quarter"),
    ):
        failed = run(*args)
        assert failed.exit_code == 1
        assert hint in failed.output
    path.write_text(text(min_group="x"))
    failed = run("check", str(path))
    assert failed.exit_code == 1
    assert "min_group: 'x' is no whole number. At least 1." in failed.output
