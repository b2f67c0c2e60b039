"""Columns of an uploaded file become variables of its dataset, by API and by page."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import ckan.model as model
import openpyxl
import pytest
import sqlalchemy as sa
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.satudata.delivery import jobs
from ckanext.satudata.delivery.model import ResourceFact
from dev.processes import wait_until
from tests.factories import make_dataset, make_opd, make_root, make_user
from tests.metadata.conftest import Browser

pytestmark = pytest.mark.usefixtures("clean_portal")

TABLE = b"kode_kecamatan,jenis_kelamin,jumlah\n32.99.01,L,1.250\n32.99.02,P,\n"
WRITTEN = {"nama": "Kode kecamatan", "definisi": "Kode menurut Kemendagri.", "konsep": "Wilayah"}


def upload(dataset: dict[str, Any], content: bytes = TABLE, name: str = "siswa.csv", **fields):
    return call_action(
        "resource_create",
        package_id=dataset["id"],
        upload=FileStorage(io.BytesIO(content), filename=name),
        url="",
        **{"name": name, "format": name.rpartition(".")[2].upper(), **fields},
    )


@pytest.fixture
def opd():
    return make_opd("dinas-uji", make_root())


@pytest.fixture
def editor(opd):
    return make_user("editor", opd)


@pytest.fixture
def dataset(opd):
    return make_dataset(opd, private=True, title="Rahasia Siswa", sd_variabel=[WRITTEN])


@pytest.fixture
def file(dataset):
    """An uploaded table whose columns have been read."""
    made = upload(dataset)
    jobs.profile_columns(made["id"])
    return made


def ask(user, resource_id: str) -> dict[str, Any]:
    context = {"user": user["name"], "ignore_auth": False}
    return call_action("satudata_variable_proposals", context, resource_id=resource_id)


def accept(user, dataset, file, *chosen: Any, **more: Any) -> dict[str, Any]:
    return call_action(
        "satudata_variable_accept",
        {"user": user["name"], "ignore_auth": False},
        **{"id": dataset["id"], "resource_id": file["id"], "variables": [*chosen], **more},
    )


def variables(dataset) -> list[dict[str, str]]:
    return call_action("package_show", id=dataset["id"])["sd_variabel"]


def test_columns_with_type_answers_and_share_of_empty_cells(editor, file):
    found = ask(editor, file["id"])
    assert found["state"] == "ready"
    assert [
        (one["column"], one["type"], one["values"], one["empty"], one["described"])
        for one in found["columns"]
    ] == [
        ("kode_kecamatan", "STRING", ["32.99.01", "32.99.02"], 0, True),
        ("jenis_kelamin", "CHARACTER", ["L", "P"], 0, False),
        ("jumlah", "INTEGER", [], 0.5, False),
    ]


def test_accepted_columns_stand_behind_what_was_written(editor, dataset, file):
    done = accept(
        editor,
        dataset,
        file,
        {"column": "jumlah", "nama": " Jumlah siswa "},
        {"column": "jenis_kelamin", "nama": ""},
    )
    assert done == {"added": 2, "first": 1}
    assert variables(dataset) == [
        WRITTEN,
        {"nama": "Jumlah siswa", "alias": "jumlah", "tipe_data": "INTEGER"},
        {
            "nama": "Jenis kelamin",
            "alias": "jenis_kelamin",
            "tipe_data": "CHARACTER",
            "klasifikasi_isian": "L\nP",
            "aturan_validasi": "Harus terisi",
        },
    ]


def test_sending_twice_adds_nothing(editor, dataset, file):
    choice = {"column": "jumlah", "nama": "Jumlah"}
    accept(editor, dataset, file, choice)
    before = variables(dataset)
    assert accept(editor, dataset, file, choice)["added"] == 0
    assert variables(dataset) == before


def test_of_two_who_accept_at_once_the_second_sees_what_the_first_added(app, editor, dataset, file):
    described = {"nama": "Jumlah siswa", "alias": "jumlah", "definisi": "Dari orang lain."}
    done: list[dict[str, Any]] = []

    def work() -> None:
        with app.flask_app.test_request_context():
            done.append(accept(editor, dataset, file, {"column": "jumlah"}))
            model.Session.remove()

    model.Session.rollback()
    with model.ensure_engine().begin() as other:
        other.execute(sa.text("SELECT FROM package WHERE id = :id FOR UPDATE"), dataset)
        second = threading.Thread(target=work)
        second.start()
        blocked = sa.text(
            "SELECT count(*) FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        assert wait_until(lambda: other.scalar(blocked) > 0, 20)
        other.execute(
            sa.text(
                "UPDATE package SET metadata_modified = metadata_modified + interval '1 second',"
                " extras = jsonb_set(extras, '{sd_variabel}', to_jsonb(CAST(:rows AS text)))"
                " WHERE id = :id"
            ),
            {"id": dataset["id"], "rows": json.dumps([WRITTEN, described])},
        )
    second.join()
    model.Session.expire_all()
    assert done == [{"added": 0, "first": 2}]
    assert variables(dataset) == [WRITTEN, described]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"variables": [{"column": "tidak ada"}]}, "variables"),
        ({"variables": "jumlah"}, "variables"),
        ({"variables": [{"column": "jumlah", "nama": ["x"]}]}, "variables"),
        ({"variables": []}, "variables"),
        ({"sha256": "0" * 64}, "resource_id"),
        ({"resource_id": "bukan-berkas"}, "resource_id"),
    ],
)
def test_bad_input_is_told_and_nothing_saved(editor, dataset, file, changes, field):
    good = {"variables": [{"column": "jumlah"}]}
    with pytest.raises(toolkit.ValidationError) as refused:
        accept(editor, dataset, file, **{**good, **changes})
    assert field in refused.value.error_dict
    assert variables(dataset) == [WRITTEN]


def test_a_replaced_file_must_be_read_again(editor, dataset, file):
    sha256 = ask(editor, file["id"])["sha256"]
    new = FileStorage(io.BytesIO(b"a,b\n1,2\n"), filename="siswa.csv")
    call_action("resource_patch", id=file["id"], upload=new)
    assert ask(editor, file["id"])["state"] == "unread"
    for more in ({"sha256": sha256}, {}):
        with pytest.raises(toolkit.ValidationError):
            accept(editor, dataset, file, {"column": "jumlah"}, **more)
    jobs.profile_columns(file["id"])
    assert [one["column"] for one in ask(editor, file["id"])["columns"]] == ["a", "b"]
    assert variables(dataset) == [WRITTEN]


def test_other_types_and_other_datasets_are_refused(editor, opd, dataset, file):
    paper = make_dataset(opd, type="dokumen")
    scan = upload(paper)
    with pytest.raises(toolkit.ValidationError):
        ask(editor, scan["id"])
    for other in (paper, make_dataset(opd)):
        with pytest.raises(toolkit.ValidationError):
            accept(editor, other, file, {"column": "jumlah"})
    with pytest.raises(toolkit.ValidationError):
        ask(editor, upload(dataset, b"%PDF-1.4", "a.pdf")["id"])
    with pytest.raises(toolkit.ObjectNotFound):
        ask(editor, "bukan-berkas")


def test_of_equal_headings_the_first_counts(editor, dataset):
    made = upload(dataset, b"jumlah,jumlah\n1,x\n2,y\n")
    jobs.profile_columns(made["id"])
    assert [one["type"] for one in ask(editor, made["id"])["columns"]] == ["INTEGER"]


class TestPage:
    @pytest.fixture
    def visit(self, app, editor):
        return Browser(app, editor["token"])

    @staticmethod
    def address(dataset) -> str:
        return f"/dataset/{dataset['name']}/usulan-variabel"

    def test_it_waits_for_the_job_and_asks_for_it_once(self, visit, dataset):
        made = upload(dataset)
        queued = len(call_action("job_list"))
        for _ in range(3):
            page = visit.get(self.address(dataset))
            assert page.find("meta", attrs={"http-equiv": "refresh"})
            assert "siswa.csv" in page.text
        assert len(call_action("job_list")) == queued + 1
        jobs.profile_columns(made["id"])
        page = visit.get(self.address(dataset))
        assert not page.find("meta", attrs={"http-equiv": "refresh"})
        ticked = page.select("input[name=kolom][checked]")
        assert [page.find(id=one["id"]).find_next("code").text for one in ticked] == [
            "jenis_kelamin",
            "jumlah",
        ]

    def test_the_form_saves_and_leads_to_the_definition(self, visit, dataset, file):
        answer = visit.save(self.address(dataset), "kolom", **{"nama-2": "Jumlah siswa"})
        anchor = "#field-sd_variabel-1-definisi"
        assert answer.headers["Location"].endswith(f"/dataset/edit/{dataset['name']}{anchor}")
        assert [row["nama"] for row in variables(dataset)] == [
            "Kode kecamatan",
            "Jenis kelamin",
            "Jumlah siswa",
        ]
        page = visit.get(self.address(dataset))
        assert not page.find(attrs={"name": "kolom"})

    def test_what_was_typed_comes_back_with_the_message(self, visit, dataset, file):
        answer = visit.save(
            self.address(dataset), "kolom", kolom="2", sha256="lama", **{"nama-2": "Nama saya"}
        )
        page = visit.parse(answer)
        assert page.find(class_="alert-danger")
        assert page.find(attrs={"name": "nama-2"})["value"] == "Nama saya"
        assert [one["value"] for one in page.select("[name=kolom][checked]")] == ["2"]
        assert variables(dataset) == [WRITTEN]

    def test_the_newest_file_first_and_the_others_to_choose(self, visit, dataset, file):
        book = openpyxl.Workbook()
        for row in (["sekolah", "guru"], ["SD 1", 3], ["SD 2", 4]):
            book.active.append(row)
        content = io.BytesIO()
        book.save(content)
        newer = upload(dataset, content.getvalue(), "guru.xlsx")
        jobs.profile_columns(newer["id"])
        page = visit.get(self.address(dataset))
        assert [one.text for one in page.select("select[name=berkas] option")] == [
            "guru.xlsx",
            "siswa.csv",
        ]
        assert "guru" in [one.text for one in page.find_all("code")]
        page = visit.get(f"{self.address(dataset)}?berkas={file['id']}")
        assert "jumlah" in [one.text for one in page.find_all("code")]
        page = visit.get(f"{self.address(dataset)}?berkas=tidak-ada")
        assert page.find(class_="alert-danger")

    def test_an_unreadable_file_says_why(self, visit, dataset):
        made = upload(dataset, b"hanya satu kalimat\n")
        jobs.profile_columns(made["id"])
        broken = upload(dataset, b"PK\x03\x04rusak", "rusak.xlsx")
        jobs.profile_columns(broken["id"])
        page = visit.get(self.address(dataset))
        assert "damaged" in page.find(class_="alert-warning").text

    def test_what_may_be_gone_the_next_time_is_tried_again(self, visit, editor, dataset):
        made = upload(dataset)
        fact = model.Session.get(ResourceFact, made["id"])
        fact.sha256 = "0" * 64
        model.Session.commit()
        jobs.profile_columns(made["id"])
        assert ask(editor, made["id"])["state"] == "unreadable"
        queued = len(call_action("job_list"))
        page = visit.get(self.address(dataset))
        assert page.find(class_="alert-warning")
        assert not page.find("meta", attrs={"http-equiv": "refresh"})
        assert len(call_action("job_list")) == queued + 1

    def test_without_a_file_it_leads_to_the_upload(self, visit, dataset):
        page = visit.get(self.address(dataset))
        assert page.find("a", href=lambda url: url and url.endswith("/resource/new"))

    def test_nobody_else_gets_it_and_no_title_leaks(self, app, opd, dataset, file):
        member, stranger = make_user("member", opd), make_user()
        for user in (member, stranger, None):
            headers = {"Authorization": user["token"]} if user else {}
            answer = app.get(self.address(dataset), headers=headers)
            assert answer.status_code == 403
            assert dataset["title"] not in answer.body
        editor = make_user("editor", opd)
        paper = make_dataset(opd, type="dokumen")
        for name in ("tidak-ada", paper["name"]):
            headers = {"Authorization": editor["token"]}
            address = self.address({"name": name})
            assert app.get(address, headers=headers).status_code == 404

    def test_the_dataset_page_counts_only_what_has_been_read(self, visit, dataset):
        address = f"/dataset/{dataset['name']}"
        link = "a[href*='usulan-variabel']"
        assert not visit.get(address).select(link)
        made = upload(dataset)
        queued = len(call_action("job_list"))
        page = visit.get(address)
        assert page.select(link)
        assert not page.find(class_="alert-info")
        assert len(call_action("job_list")) == queued
        jobs.profile_columns(made["id"])
        assert "siswa.csv" in (told := visit.get(address).find(class_="alert-info").text)
        assert "2" in told

    def test_readers_see_no_buttons(self, app, opd):
        public = make_dataset(opd)
        jobs.profile_columns(upload(public)["id"])
        page = Browser.parse(app.get(f"/dataset/{public['name']}"))
        assert not page.select("a[href*='usulan-variabel'], a[href*='salin=']")
