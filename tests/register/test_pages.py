"""Pages and commands of the register."""

from __future__ import annotations

import datetime as dt
import io

import ckan.lib.jobs
import ckan.lib.redis
import ckan.model as model
import openpyxl
import pytest
import redis
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.cli.cli import ckan as ckan_cli
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.register import jobs, matching, obligations, queries, rhythms
from ckanext.satudata.register.model import ImportRun, Item, ItemMatch, ItemRhythm
from tests.factories import make_dataset, make_item, make_opd, make_user
from tests.register.test_import import HEADER, ONE, register


@pytest.fixture
def walidata(city):
    return {"Authorization": make_user("admin", city["root"])["token"]}


def upload(app, headers, data, name="daftar.csv", **fields):
    return app.post(
        "/satudata/daftar-data/impor",
        data={"upload": (io.BytesIO(data), name), **fields},
        headers=headers,
    )


def the_run():
    model.Session.expire_all()
    return model.Session.scalars(sa.select(ImportRun).order_by(ImportRun.created.desc())).first()


def merged_book():
    book = openpyxl.Workbook()
    book.active.append(["Daftar Data", None])
    book.active.append(["Nama Data", "Penghasil Data"])
    book.active.merge_cells("A1:B1")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


BAD = [
    (register('"Dinas Kesehatan;I'), "x.csv", "broken at line 2"),
    (merged_book(), "x.xlsx", "merged cells"),
    (b"a;b\n" * 12_500_000, "x.csv", "too large: at most 20 MB"),
    (b"", "x.csv", "is empty"),
    (b"%PDF-1.7 x", "x.csv", "PDF"),
]


@pytest.mark.parametrize(("data", "name", "message"), BAD)
def test_bad_files_are_refused_on_the_page_and_by_the_command(
    app, cli, walidata, tmp_path, data, name, message
):
    page = upload(app, walidata, data, name)
    assert message in page.body
    assert "Nothing was written" in page.body
    assert the_run() is None
    path = tmp_path / name
    path.write_bytes(data)
    result = cli.invoke(ckan_cli, ["satudata", "daftar-data", "import", str(path)])
    assert result.exit_code != 0
    assert message in result.output
    assert model.Session.scalar(sa.select(sa.func.count(Item.id))) == 0


def test_a_refused_file_leaves_the_rest_of_the_form_as_it_was(app, walidata):
    page = upload(app, walidata, b"%PDF-1.7", kind="katalog", valid_from="2026-03-01")
    form = BeautifulSoup(page.body, "html.parser")
    assert form.find(id="valid_from")["value"] == "2026-03-01"
    assert form.find(id="kind").find("option", selected=True)["value"] == "katalog"


def test_wrong_columns_ask_for_the_columns(app, cli, walidata, tmp_path):
    data = b"Siapa,Apa\nDinas Kesehatan,Jumlah bidan\n"
    page = upload(app, walidata, data)
    assert "Which column is what?" in page.body
    run = the_run()
    page = app.post(
        f"/satudata/daftar-data/impor/{run.id}/kolom",
        data={"column-0": "producer", "column-1": "name"},
        headers=walidata,
    )
    assert the_run().state == "preview"
    assert ">1<" in page.body.replace(" ", "").replace("\n", "")

    path = tmp_path / "x.csv"
    path.write_bytes(data)
    command = ["satudata", "daftar-data", "import", str(path)]
    result = cli.invoke(ckan_cli, command)
    assert result.exit_code != 0
    assert "No column was recognised" in result.output
    result = cli.invoke(ckan_cli, [*command, "--map", "Siapa=producer", "--map", "Apa=name"])
    assert result.exit_code == 0, result.output


def test_a_queue_that_is_down_leaves_the_import_to_be_confirmed_again(
    app, walidata, city, monkeypatch
):
    upload(app, walidata, register(ONE))
    waiting = the_run()
    page = f"/satudata/daftar-data/impor/{waiting.id}"
    with monkeypatch.context() as patch:
        nobody = redis.ConnectionPool.from_url("redis://127.0.0.1:1/0")
        patch.setattr(ckan.lib.redis, "_connection_pool", nobody)
        patch.setattr(ckan.lib.jobs, "_queues", {})
        answer = app.post(f"{page}/konfirmasi", headers=walidata)
        assert "could not be queued" in answer.text
    assert the_run().state == "preview"
    app.post(f"{page}/konfirmasi", headers=walidata)
    assert the_run().state == "queued"


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("satudata_match_accept", {"pairs": 5}),
        ("satudata_match_accept", {"score": [1]}),
        ("satudata_match_accept", {"score": "many"}),
        ("satudata_item_list", {"to_schedule": "perhaps"}),
        ("satudata_item_list", {"limit": "ten"}),
        ("satudata_producer_decide", {"spelling": ["a"], "org": "new"}),
    ],
)
def test_senseless_fields_are_refused_with_their_names(city, action, fields):
    with pytest.raises(toolkit.ValidationError) as refused:
        call_action(action, **fields)
    assert refused.value.error_dict.keys() <= fields.keys()


def test_a_search_for_nul_finds_nothing(city):
    assert call_action("satudata_item_list", q="\0", org="\0")["count"] == 0
    assert call_action("satudata_match_list", org={"a": 1})["count"] == 0


def test_upload_preview_decision_confirmation_result(app, walidata, city):
    page = upload(app, walidata, register(ONE, ONE.replace("Dinas Kesehatan", "Dinkes Kota")))
    run = the_run()
    assert run.state == "preview"
    assert "Dinkes Kota" in page.body
    assert model.Session.scalar(sa.select(sa.func.count(Item.id))) == 0
    base = f"/satudata/daftar-data/impor/{run.id}"
    app.post(f"{base}/produsen", data={"org-0": city["dlh"]["id"]}, headers=walidata)
    assert the_run().counts["rows"]["created"] == 2
    page = app.post(f"{base}/konfirmasi", data={}, headers=walidata)
    assert 'http-equiv="refresh"' in page.body
    assert "under way or over" in app.post(f"{base}/konfirmasi", data={}, headers=walidata).body
    jobs.run_import(run.id)
    jobs.run_import(run.id)
    assert (the_run().state, the_run().content) == ("done", None)
    assert model.Session.scalar(sa.select(sa.func.count(Item.id))) == 2
    assert "Done" in app.get(base, headers=walidata).body


def test_new_organisation_for_a_producer(app, walidata, city):
    upload(app, walidata, register(ONE.replace("Dinas Kesehatan", "Dinas Sosial")))
    base = f"/satudata/daftar-data/impor/{the_run().id}"
    app.post(f"{base}/produsen", data={"org-0": "new"}, headers=walidata)
    assert the_run().counts["rows"]["created"] == 1
    assert model.Group.get("dinas-sosial").extras["sd_jenis_opd"] == "dinas"


def test_unknown_producers_on_the_command_line(cli, city, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(register(ONE, ONE.replace("Dinas Kesehatan", "Dinas Sosial")))
    command = ["satudata", "daftar-data", "import", str(path)]
    dry = cli.invoke(ckan_cli, [*command, "--dry-run", "--create-opd"])
    assert dry.exit_code == 0, dry.output
    assert model.Group.get("dinas-sosial") is None
    first = cli.invoke(ckan_cli, command)
    assert "Producer to be decided: Dinas Sosial (1 rows)" in first.output
    assert "Line 3: " in first.output
    report = tmp_path / "report.csv"
    second = cli.invoke(ckan_cli, [*command, "--create-opd", "--report", str(report)])
    assert second.exit_code == 0, second.output
    assert model.Group.get("dinas-sosial") is not None
    assert report.read_text("utf-8-sig").count("\n") == 3


@pytest.mark.parametrize("role", ["editor", None, "nobody"])
@pytest.mark.parametrize("page", ["impor", "padanan", "jadwal"])
def test_only_the_walidata_opens_these_pages(app, city, role, page):
    headers = {}
    if role != "nobody":
        headers = {"Authorization": make_user(role, city["dinkes"])["token"]}
    assert app.get(f"/satudata/daftar-data/{page}", headers=headers, status=403)
    assert upload(app, headers, register(ONE)).status_code == 403


def test_list_item_and_schedule(app, walidata, city):
    upload(app, walidata, register(ONE.replace("Maret n+1", "***"), ONE.replace("bidan", "100%_a")))
    app.post(f"/satudata/daftar-data/impor/{the_run().id}/konfirmasi", data={}, headers=walidata)
    jobs.run_import(the_run().id)
    page = app.get("/satudata/daftar-data?q=JUMLAH+bidan", headers=walidata).body
    assert "Jumlah bidan" in page
    assert "100%_a" not in page
    assert "100%_a" in app.get("/satudata/daftar-data?q=%25_", headers=walidata).body
    assert "only a placeholder" in app.get("/satudata/daftar-data/jadwal", headers=walidata).body
    item = model.Session.scalars(sa.select(Item).where(Item.name == "Jumlah bidan")).one()
    url = f"/satudata/daftar-data/butir/{item.id}"
    wrong = {"rhythm": "A", "schedule": "kapan", "frequency": "S", "since": "2023-12-01"}
    bad = app.post(f"{url}/jadwal", data=wrong, headers=walidata)
    assert "not understood" in bad.body
    form = BeautifulSoup(bad.body, "html.parser")
    assert form.find("input", attrs={"name": "schedule"})["value"] == "kapan"
    assert form.find("input", attrs={"name": "since"})["value"] == "2023-12-01"
    chosen = form.find("select", attrs={"name": "frequency"}).find("option", selected=True)
    assert chosen["value"] == "S"
    done = app.post(
        f"{url}/jadwal",
        data={"rhythm": "A", "schedule": "Maret n+1", "since": "2023-12-01"},
        headers=walidata,
    )
    assert "31 March 2024" in done.body
    app.get("/satudata/daftar-data/butir/none", headers=walidata, status=404)


def test_matching_from_suggestion_to_dataset(app, walidata, city):
    org = city["dinkes"]
    exact = make_item(org, "Jumlah Bidan")
    near = make_item(org, "Jumlah rumah sakit umum")
    make_item(city["dlh"], "Jumlah bidan")
    bidan = make_dataset(org, title="Jumlah bidan")
    rumah = make_dataset(
        org,
        title="Jumlah Rumah Sakit Umum Berdasarkan Kelas",
        resources=[{"url": "http://x.example/1", "name": "a", "format": "HTML"}],
    )
    jobs.suggest_matches()
    pairs = {
        (row.item_id, row.package_id): row.method
        for row in model.Session.scalars(sa.select(ItemMatch))
    }
    assert pairs == {(exact.id, bidan["id"]): "exact", (near.id, rumah["id"]): "fuzzy"}
    page = "/satudata/daftar-data/padanan"
    assert "Jumlah rumah sakit umum" in app.get(page, headers=walidata).body

    app.post(page, data={"do": "accept-score", "score": "100"}, headers=walidata)
    app.post(page, data={"do": "reject", "pair": f"{near.id}/{rumah['id']}"}, headers=walidata)
    jobs.write_matches()
    assert model.Package.get(bidan["id"]).extras["sd_item"] == exact.id
    jobs.suggest_matches()
    states = dict(model.Session.execute(sa.select(ItemMatch.item_id, ItemMatch.state)).all())
    assert states == {exact.id: "confirmed", near.id: "rejected"}


def test_nothing_is_suggested_for_an_item_that_a_dataset_names(city):
    item = make_item(city["dinkes"], "Jumlah bidan")
    make_dataset(city["dinkes"], title="Jumlah bidan", sd_item=item.id)
    make_dataset(city["dinkes"], title="Jumlah bidan")
    jobs.suggest_matches()
    assert not model.Session.scalar(sa.select(sa.func.count(ItemMatch.item_id)))


def test_pairs_are_to_be_ticked_and_the_list_stays_as_it_was_filtered(app, walidata, city):
    answer = app.post(
        "/satudata/daftar-data/padanan",
        data={"do": "reject", "state": "rejected", "org": city["dlh"]["id"]},
        headers=walidata,
        follow_redirects=False,
    )
    assert "state=rejected" in answer.location
    assert city["dlh"]["id"] in answer.location
    assert "No pair is ticked" in app.get(answer.location, headers=walidata).body


def test_an_item_names_its_datasets_or_offers_to_make_one(app, city):
    org = city["dinkes"]
    item = make_item(org, "Jumlah bidan")
    editor = {"Authorization": make_user("editor", org)["token"]}
    page = f"/satudata/daftar-data/butir/{item.id}"
    assert f"sd_item={item.id}" in app.get(page, headers=editor).body
    stranger = {"Authorization": make_user("editor", city["dlh"])["token"]}
    assert "Make a dataset" not in app.get(page, headers=stranger).body
    dataset = make_dataset(org, title="Bidan rahasia", sd_item=item.id, private=True)
    assert dataset["title"] in app.get(page, headers=editor).body
    assert dataset["title"] not in app.get(page, headers=stranger).body


def test_items_of_a_file_are_chosen_and_shown_by_name(app, city):
    org = city["dinkes"]
    first, second = make_item(org, "Jumlah bidan"), make_item(city["dlh"], "Jumlah sampah")
    dataset = make_dataset(
        org,
        sd_item=first.id,
        resources=[{"url": "http://x.example/1", "sd_items": [first.id, second.id]}],
    )
    editor = {"Authorization": make_user("editor", org)["token"]}
    page = f"/dataset/{dataset['name']}/resource/{dataset['resources'][0]['id']}"
    form = BeautifulSoup(app.get(f"{page}/edit", headers=editor).body, "html.parser")
    chosen = form.find("select", attrs={"name": "sd_items"}).find_all("option", selected=True)
    assert {each["value"] for each in chosen} == {first.id, second.id}
    shown = app.get(page, headers=editor).body
    assert "Jumlah sampah" in shown


def test_a_dataset_may_hold_several_items(city):
    import ckan.tests.helpers as helpers

    org = city["dinkes"]
    first, second = make_item(org, "Bidan"), make_item(org, "Perawat")
    dataset = make_dataset(
        org, sd_item=first.id, resources=[{"url": "http://x.example/1", "format": "HTML"}]
    )
    model.Session.add(
        ItemMatch(item_id=second.id, package_id=dataset["id"], method="fuzzy", score=90.0)
    )
    model.Session.commit()
    matching.accept([(second.id, dataset["id"])], None)
    model.Session.commit()
    assert matching.write_accepted() == 1
    shown = helpers.call_action("package_show", id=dataset["id"])
    assert shown["sd_item"] == first.id
    assert shown["resources"][0]["sd_items"] == [first.id, second.id]


def test_dataset_form_offers_items_and_periods(app, city):
    org = city["dinkes"]
    item = make_item(org, "Jumlah bidan")
    editor = {"Authorization": make_user("editor", org)["token"]}
    assert f'value="{item.id}"' in app.get("/dataset/new", headers=editor).body
    dataset = make_dataset(org, sd_item=item.id)
    page = app.get(f"/dataset/{dataset['name']}/resource/new", headers=editor).body
    assert 'list="field-sd_periode-due"' in page
    assert HEADER not in page


def test_items_that_read_alike_are_told_apart_by_their_unit(app, city):
    units = [
        make_opd(f"uptd-{name}", city["dinkes"], kind="uptd") for name in ("anggrek", "melati")
    ]
    for unit in units:
        make_item(unit, "Kunjungan pasien")
    make_item(city["dinkes"], "Jumlah bidan")
    editor = {"Authorization": make_user("editor", city["dinkes"])["token"]}
    page = BeautifulSoup(app.get("/dataset/new", headers=editor).body, "html.parser")
    offered = [one.text for one in page.find(id="field-sd_item").find_all("option") if one.text]
    assert offered == [
        "Jumlah bidan (Orang)",
        "Kunjungan pasien (Orang) – Uptd Anggrek",
        "Kunjungan pasien (Orang) – Uptd Melati",
    ]


def test_periods_are_offered_once_they_are_near_and_until_they_are_delivered(city):
    item = make_item(city["dinkes"], "Jumlah bidan")
    today = dt.datetime.now(dt.timezone.utc).date()
    since = today - dt.timedelta(days=366)
    for rhythm in rhythms.read("Bulanan", "tahun berjalan bulan (n+1)"):
        model.Session.add(ItemRhythm(item_id=item.id, since=since, **rhythm.values()))
    model.Session.commit()
    obligations.ensure(today + dt.timedelta(days=366), since)
    model.Session.commit()
    dataset = make_dataset(city["dinkes"], sd_item=item.id)
    owed = queries.periods_due(dataset["id"])
    assert owed[0]["due"] <= today + dt.timedelta(days=93)
    delivered = owed[0]["period"]
    call_action(
        "resource_create", package_id=dataset["id"], url="http://x.example/1", sd_periode=delivered
    )
    left = [duty["period"] for duty in queries.periods_due(dataset["id"])]
    assert left == [duty["period"] for duty in owed[1:]]
