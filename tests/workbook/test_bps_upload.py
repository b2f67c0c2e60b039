"""BPS's forms through the pages: who gets what, and what an upload would change."""

from __future__ import annotations

import copy
import io
import json
from typing import Any

import ckan.model as model
import pytest
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata.contact import FIELDS
from ckanext.satudata.tables import TableError
from ckanext.satudata.workbook import runs
from ckanext.satudata.workbook.model import WorkbookChange, WorkbookRun
from tests.factories import make_opd, make_root, make_user
from tests.workbook.golden_forms import (
    FILLED,
    GOLDEN,
    cells,
    content_of,
    found_cell,
    opened,
)

pytestmark = pytest.mark.usefixtures("with_plugins")


@pytest.fixture
def opd(clean_portal):
    return make_opd("dinas-uji", make_root())


@pytest.fixture
def editor(opd):
    return make_user("editor", opd)


@pytest.fixture
def stored(opd):
    """The golden set as the portal holds it."""
    context = {"ignore_auth": True, "user": make_user("sysadmin")["name"]}
    keg = {**FILLED["activity"], **FILLED["contact"]}
    call_action("package_create", context, type="kegiatan", owner_org=opd["id"], **keg)
    for one in FILLED["datasets"]:
        call_action(
            "package_create",
            context,
            owner_org=opd["id"],
            sd_kegiatan=FILLED["activity"]["id"],
            private=one["name"].startswith("indeks"),
            **copy.deepcopy(one),
        )
    return FILLED


def _url(ending: str) -> str:
    return f"/satudata/kegiatan/{FILLED['activity']['name']}/bps.{ending}"


def _get(app, ending: str, user) -> Any:
    return app.get(_url(ending), headers={"Authorization": user["token"]})


@pytest.mark.parametrize(
    ("ending", "golden"),
    [("json", "bps-indah.json"), ("json?bentuk=datar", "bps-datar.json")],
)
def test_an_editor_downloads_the_golden_json(app, stored, editor, ending, golden):
    assert _get(app, ending, editor).data == (GOLDEN / golden).read_bytes()


def test_an_editor_downloads_the_golden_workbook(app, stored, editor):
    assert cells(_get(app, "xlsx", editor).data) == cells((GOLDEN / "bps.xlsx").read_bytes())


@pytest.mark.parametrize("ending", ["json", "json?bentuk=datar", "xlsx"])
def test_others_get_no_personal_data_and_no_private_dataset(app, stored, opd, ending):
    member, stranger = make_user("member", opd), make_user()
    content = _get(app, ending, member).data
    shown = _readable(content, ending)
    assert "Indeks Kegemaran Membaca" in shown
    assert not [text for text in FILLED["contact"].values() if text != "-" and text in shown
                and text != FILLED["activity"]["sd_alamat_penyelenggara"]]  # fmt: skip
    app.get(_url(ending), headers={"Authorization": stranger["token"]}, status=404)
    app.get(_url(ending), status=404)
    keg = FILLED["activity"]["id"]
    call_action("package_patch", id=keg, private=False)
    shown = _readable(_get(app, ending, stranger).data, ending)
    assert "Rata-rata Lama Membaca Pelajar" in shown
    assert "Indeks Kegemaran Membaca" not in shown
    assert not [text for text in FILLED["contact"].values() if text in shown]


def _readable(content: bytes, ending: str) -> str:
    if ending == "xlsx":
        return "\n".join(map(str, cells(content).values()))
    return content.decode()


def _files() -> list[tuple[str, bytes]]:
    names = ("bps-indah.json", "bps-datar.json", "bps.xlsx")
    return [(name, (GOLDEN / name).read_bytes()) for name in names]


def _send(content: bytes, name: str, user, org) -> WorkbookRun:
    run = runs.new_run(content, name, model.User.get(user["name"]), org_id=org["id"])
    model.Session.commit()
    return run


@pytest.mark.parametrize("name", ["bps-indah.json", "bps-datar.json", "bps.xlsx"])
def test_what_was_downloaded_changes_nothing(stored, opd, editor, name):
    run = _send((GOLDEN / name).read_bytes(), name, editor, opd)
    assert (run.faults, run.unchanged, runs.counts([run.id])) == ([], 3, {})
    assert any("2.2" in note for note in run.notes)


@pytest.mark.parametrize("name", ["bps-indah.json", "bps-datar.json", "bps.xlsx"])
def test_another_organisation_gets_its_own_activity_with_its_datasets(stored, name):
    other = make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    run = _send((GOLDEN / name).read_bytes(), name, make_user("editor", other), other)
    assert run.faults == []
    changes = model.Session.query(WorkbookChange).all()
    kept = json.dumps([[one.before, one.after] for one in changes]) + json.dumps(run.notes)
    assert not any(field in kept for field in FIELDS)
    assert "siti.contoh" not in kept
    assert runs.confirm(run.id)
    model.Session.commit()
    runs.execute(run.id)
    assert runs.counts([run.id]) == {run.id: {"saved": 3}}
    both = f"+owner_org:{other['id']} +dataset_type:(kegiatan OR dataset)"
    ids = [
        one["id"] for one in call_action("package_search", fq=both, include_private=True)["results"]
    ]
    found = [call_action("package_show", id=one) for one in ids]
    keg = next(one for one in found if one["type"] == "kegiatan")
    _holds(keg, FILLED["activity"])
    assert keg["private"]
    for wanted in FILLED["datasets"]:
        one = next(one for one in found if one["title"] == wanted["title"])
        assert one["sd_kegiatan"] == keg["id"]
        _holds(one, wanted)


def _holds(shown: dict[str, Any], wanted: dict[str, Any]) -> None:
    for field, value in wanted.items():
        if field not in ("id", "name"):
            assert shown[field] == value, field


def test_a_changed_answer_is_the_only_change(stored, opd, editor):
    whole = json.loads((GOLDEN / "bps-indah.json").read_bytes())
    whole["ms_keg"]["data"]["blok_v"]["unit_sampel"] = "Kelas"
    run = _send(json.dumps(whole).encode(), "bps.json", editor, opd)
    change = model.Session.query(WorkbookChange).filter_by(run_id=run.id).one()
    assert (change.before, change.after) == (
        {"sd_unit_sampel": "Sekolah"},
        {"sd_unit_sampel": "Kelas"},
    )


def test_a_wrong_answer_is_named_at_its_place(stored, opd, editor):
    whole = json.loads((GOLDEN / "bps-indah.json").read_bytes())
    whole["ms_keg"]["data"]["cara_pengumpulan_data"] = "TELEPATI"
    run = _send(json.dumps(whole).encode(), "bps.json", editor, opd)
    assert [(one["sheet"], one["cell"]) for one in run.faults] == [
        ("MS-Keg", "ms_keg.cara_pengumpulan_data")
    ]
    book = opened((GOLDEN / "bps.xlsx").read_bytes())
    cell = found_cell(book["MS-Keg"], "Survei")
    cell.value, cell.offset(column=1).value = "Telepati", None
    run = _send(content_of(book), "bps.xlsx", editor, opd)
    assert [(one["sheet"], one["cell"]) for one in run.faults] == [("MS-Keg", cell.coordinate)]


def test_tables_alone_find_their_activity_by_its_name(stored, opd, editor):
    book = opened((GOLDEN / "bps.xlsx").read_bytes())
    del book["MS-Keg"]
    found_cell(book["MS-Ind"], "Poin").value = "Angka"
    run = _send(content_of(book), "bps.xlsx", editor, opd)
    assert run.faults == []
    change = model.Session.query(WorkbookChange).filter_by(run_id=run.id).one()
    assert change.after == {"sd_satuan": "Angka"}
    found_cell(book["MS-Ind"], FILLED["activity"]["title"]).value = "Kegiatan lain"
    found_cell(book["MS-Ind"], "26.3299.001").value = None
    with pytest.raises(TableError, match="Kegiatan lain"):
        _send(content_of(book), "bps.xlsx", editor, opd)


@pytest.mark.parametrize(
    "content",
    [b"{", b'{"a": 1}', b"{}", b'{"ms_keg": []}', b'{"ms_keg": {"judul_kegiatan": "a\\u0000"}}'],
)
def test_json_that_is_no_form(opd, editor, content):
    with pytest.raises(TableError, match="The file bps"):
        _send(content, "bps.json", editor, opd)


def test_the_pages_offer_and_take_the_forms(app, stored, opd, editor):
    headers = {"Authorization": editor["token"]}
    page = app.get(f"/kegiatan/{FILLED['activity']['name']}", headers=headers).body
    assert _url("xlsx") in page
    assert _url("json") in page
    whole = json.loads((GOLDEN / "bps-datar.json").read_bytes())
    whole["ms_keg"]["v_unit_sampel"] = "Kelas"
    sent = app.post(
        "/satudata/templat/unggah",
        headers=headers,
        data={"upload": (io.BytesIO(json.dumps(whole).encode()), "bps.json"), "org": "dinas-uji"},
        content_type="multipart/form-data",
    )
    assert "Kelas" in sent.body
    assert "Siti Contoh" not in sent.body
    assert "Empty cells empty the field" not in sent.body
    assert call_action("package_show", id=FILLED["activity"]["id"])["sd_unit_sampel"] == "Sekolah"


def test_a_form_without_ids_finds_its_activity_by_title_and_year(stored, opd, editor):
    whole = json.loads((GOLDEN / "bps-datar.json").read_bytes())
    for entry in (whole["ms_keg"], *whole["ms_ind"]):
        entry.pop("satudata")
    whole["ms_var"] = []
    run = _send(json.dumps(whole).encode(), "bps.json", editor, opd)
    assert (run.faults, run.unchanged) == ([], 2)
    change = model.Session.query(WorkbookChange).filter_by(run_id=run.id).one()
    assert change.package_id == FILLED["datasets"][1]["id"]
    assert set(change.after) == {"sd_variabel_pembangun"}
    whole["ms_keg"]["tahun"] = 2027
    whole["ms_ind"] = []
    run = _send(json.dumps(whole).encode(), "bps.json", editor, opd)
    change = model.Session.query(WorkbookChange).filter_by(run_id=run.id).one()
    assert (change.package_id, change.after["sd_tahun_kegiatan"]) == (None, "2027")


def test_the_preview_keeps_the_order_of_the_form(app, stored):
    other = make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    sender = make_user("editor", other)
    run = _send((GOLDEN / "bps.xlsx").read_bytes(), "bps.xlsx", sender, other)
    page = app.get(
        f"/satudata/templat/unggahan/{run.id}", headers={"Authorization": sender["token"]}
    ).body
    labels = ("Year", "Organising institution", "Purpose of the activity", "Sampling unit")
    places = [page.index(label) for label in labels]
    assert places == sorted(places)


def test_an_organisation_of_others_is_refused(stored, editor):
    other = make_opd("dinas-lain", {"name": "pemerintah-kota-uji"})
    for name, content in _files():
        with pytest.raises(TableError, match="may not"):
            _send(content, name, editor, other)
