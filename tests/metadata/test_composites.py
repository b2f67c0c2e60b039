"""Rows of subfields survive the API and the real form: order, number, every text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit
from ckan.tests.helpers import call_action

from ckanext.satudata.metadata.composites import MAX_ROWS, REMOVE
from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")

VARIABLES = [
    {
        "nama": f"Variabel {number}",
        "alias": f"kolom_{number}",
        "definisi": f"Arti kolom {number},\nbaris kedua - dengan “tanda” & <b>",
        "dapat_diakses_umum": "true" if number % 2 else "false",
    }
    for number in range(1, 26)
]
CLASSIFICATIONS = [
    {"nama": f"Klasifikasi {number}", "sumber": f"Sumber-{number}"} for number in range(1, 5)
]
BOTH = {"sd_variabel": VARIABLES, "sd_klasifikasi_penyajian": CLASSIFICATIONS}

REMOVALS = [
    ("sd_variabel", 0),
    ("sd_variabel", 11),
    ("sd_variabel", 24),
    ("sd_klasifikasi_penyajian", 0),
    ("sd_klasifikasi_penyajian", 2),
    ("sd_klasifikasi_penyajian", 3),
]


def inputs(fields: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """The inputs that a browser posts for rows."""
    return {
        f"{name}-{index}-{subfield}": text.replace("\n", "\r\n")
        for name, rows in fields.items()
        for index, row in enumerate(rows)
        for subfield, text in row.items()
    }


def without(fields: dict[str, list[Any]], name: str, index: int) -> dict[str, list[Any]]:
    return {**fields, name: fields[name][:index] + fields[name][index + 1 :]}


def held(package_id: str) -> dict[str, Any]:
    """What package_show gives of the two fields, from the database and from the index."""
    fresh, cached = (
        call_action("package_show", {"use_cache": use_cache}, id=package_id)
        for use_cache in (False, True)
    )
    assert all(fresh.get(name) == cached.get(name) for name in BOTH)
    return {name: fresh[name] for name in BOTH if name in fresh}


def stored_text(package_id: str, name: str) -> str | None:
    model.Session.expire_all()
    return model.Package.get(package_id).extras.get(name)


def store(package_id: str, **texts: str) -> None:
    """Put texts into the extras as a portal without the plugin would."""
    package = model.Package.get(package_id)
    package.extras = {**package.extras, **texts}
    model.Session.commit()


class TestForm:
    def test_created_edited_and_read_back_equal(self, org, editor):
        response = editor.save(
            "/dataset/new",
            name="data-banyak",
            title="Data banyak",
            owner_org=org["id"],
            **inputs(BOTH),
        )
        assert response.status_code == 302
        assert held("data-banyak") == BOTH

        before = stored_text("data-banyak", "sd_variabel")
        assert editor.save("/dataset/edit/data-banyak").status_code == 302
        assert held("data-banyak") == BOTH
        assert stored_text("data-banyak", "sd_variabel") == before

        changed = {"sd_variabel-12-definisi": "Arti baru", "sd_variabel-25-nama": "Variabel baru"}
        assert editor.save("/dataset/edit/data-banyak", **changed).status_code == 302
        rows = [*VARIABLES[:12], {**VARIABLES[12], "definisi": "Arti baru"}, *VARIABLES[13:]]
        assert held("data-banyak") == {**BOTH, "sd_variabel": [*rows, {"nama": "Variabel baru"}]}

    def test_a_row_is_removed_where_it_stands_on_create(self, org, editor):
        base = {"owner_org": org["id"], "title": "Data"}
        for number, (name, index) in enumerate(REMOVALS):
            typed = inputs(BOTH)
            if number % 2:
                typed[f"{name}-{index}-{REMOVE}"] = "1"
            else:
                gone = f"{name}-{index}-"
                typed = {key: text for key, text in typed.items() if not key.startswith(gone)}
            editor.save("/dataset/new", name=f"data-{number}", **base, **typed)
            assert held(f"data-{number}") == without(BOTH, name, index)

    def test_a_row_is_removed_where_it_stands_on_edit(self, org, editor):
        for name, index in REMOVALS:
            made = factories.make_dataset(org, **BOTH)
            editor.save(f"/dataset/edit/{made['name']}", **{f"{name}-{index}-{REMOVE}": "1"})
            assert held(made["id"]) == without(BOTH, name, index)

    def test_the_last_rows_removed_leave_an_empty_field(self, org, editor):
        made = factories.make_dataset(org, **BOTH)
        marks = {f"sd_klasifikasi_penyajian-{index}-{REMOVE}": "1" for index in range(4)}
        editor.save(f"/dataset/edit/{made['name']}", **marks)
        assert held(made["id"]) == {"sd_variabel": VARIABLES}

    def test_a_refused_save_keeps_what_was_typed_in_its_row(self, org, editor):
        made = factories.make_dataset(org, **BOTH)
        response = editor.save(
            f"/dataset/edit/{made['name']}",
            **{
                "sd_variabel-1-_remove": "1",
                "sd_variabel-2-nama": "Nama ketikan",
                "sd_variabel-9-dapat_diakses_umum": "mungkin",
                "sd_klasifikasi_penyajian-0-nama": "Klasifikasi ketikan",
            },
        )
        assert response.status_code == 200
        assert held(made["id"]) == BOTH
        page = editor.parse(response)
        assert page.find(id="field-sd_variabel-1-nama")["value"] == "Nama ketikan"
        assert page.find(id="field-sd_variabel-23-nama")["value"] == "Variabel 25"
        assert (
            page.find(id="field-sd_klasifikasi_penyajian-0-nama")["value"] == "Klasifikasi ketikan"
        )
        assert page.find(id="field-sd_klasifikasi_penyajian-3-nama")["value"] == "Klasifikasi 4"
        wrong = {
            error.find_parent("details").find("summary").get_text(" ", strip=True)
            for error in page.select(".satudata-row .error-block")
        }
        assert wrong == {"Variable 9 Variabel 10"}

    def test_every_input_has_a_label_and_an_id_of_its_own(self, org, editor):
        made = factories.make_dataset(org, **BOTH)
        page = editor.get(f"/dataset/edit/{made['name']}")
        for template in page.find_all("template"):
            template.decompose()
        ids = [one["id"] for one in page.find_all(id=True)]
        assert len(ids) == len(set(ids))
        for row in page.select("[data-satudata-row]"):
            for control in row.select("input:not([type=hidden]), select, textarea"):
                assert page.find("label", attrs={"for": control["id"]}), control["name"]

    def test_a_crafted_post_is_refused_in_words(self, org, editor):
        made = factories.make_dataset(org, **BOTH)
        url = f"/dataset/edit/{made['name']}"
        for crafted in (
            {"sd_variabel": "teks"},
            {"sd_variabel-0-hantu": "x"},
            {"sd_variabel-0-nama": ["a", "b"]},
            {f"sd_variabel-{number}-nama": "x" for number in range(MAX_ROWS + 1)},
        ):
            response = editor.save(url, **crafted)
            assert response.status_code == 200
            assert editor.parse(response).select_one(".error-explanation")
            assert held(made["id"]) == BOTH


class TestApi:
    def test_rows_are_kept_in_order_by_create_patch_and_update(self, org):
        made = factories.make_dataset(org, **BOTH)
        assert held(made["id"]) == BOTH
        call_action("package_patch", id=made["id"], sd_variabel=VARIABLES[::-1])
        shown = call_action("package_show", id=made["id"])
        shown["notes"] = "Baru"
        call_action("package_update", **shown)
        assert held(made["id"]) == {**BOTH, "sd_variabel": VARIABLES[::-1]}

    @pytest.mark.parametrize("empty", ["", None, []])
    def test_an_empty_value_clears_the_field(self, org, empty):
        made = factories.make_dataset(org, **BOTH)
        call_action("package_patch", id=made["id"], sd_variabel=empty)
        assert held(made["id"]) == {"sd_klasifikasi_penyajian": CLASSIFICATIONS}

    @pytest.mark.parametrize(
        "wrong",
        [
            "Kecamatan",
            {"nama": "Kecamatan"},
            ["Kecamatan", "Jumlah"],
            [{"nama": "Kecamatan"}, "Jumlah"],
            [["Kecamatan"]],
            [{"nama": {"id": "Kecamatan"}}],
            [{"nama": [{"id": "Kecamatan"}]}],
            [{"hantu": "x"}],
            [{"nama": "x", "__extras": {"hantu": "x"}}],
            [{"nama": "x", "__extras": "x"}],
            [{"nama": "x"}] * (MAX_ROWS + 1),
            7,
            True,
        ],
    )
    def test_what_is_no_list_of_rows_is_refused_with_its_field(self, org, wrong):
        made = factories.make_dataset(org, **BOTH)
        for action, given in (
            ("package_patch", {"id": made["id"]}),
            ("package_create", {"name": "baru", "owner_org": org["id"]}),
        ):
            with pytest.raises(toolkit.ValidationError) as refused:
                call_action(action, sd_variabel=wrong, **given)
            assert list(refused.value.error_dict) == ["sd_variabel"]
        assert held(made["id"]) == BOTH
        assert model.Package.get("baru") is None

    def test_a_wrong_value_is_refused_with_its_row(self, org):
        rows = [{"nama": "a"}, {"nama": "b", "dapat_diakses_umum": "mungkin"}]
        with pytest.raises(toolkit.ValidationError) as refused:
            factories.make_dataset(org, sd_variabel=rows)
        first, second = refused.value.error_dict["sd_variabel"]
        assert not first
        assert "mungkin" in second["dapat_diakses_umum"][0]

    def test_those_who_may_not_save_learn_nothing(self, org):
        made = factories.make_dataset(org, **BOTH, private=True)
        stranger = factories.make_user()
        context = {"user": stranger["name"], "ignore_auth": False}
        with pytest.raises(toolkit.NotAuthorized):
            call_action("package_update", context, id=made["id"], sd_variabel=[{"hantu": "x"}])


class TestStoredBefore:
    BROKEN = ('{"rusak', "Kecamatan", '["a", "b"]', "[[1]]", '{"nama": "a"}', "null", "[" * 5000)

    @pytest.mark.parametrize("text", BROKEN)
    def test_a_text_that_is_no_list_of_rows_can_be_shown_edited_and_kept(self, org, editor, text):
        made = factories.make_dataset(org)
        store(made["id"], sd_variabel=text)
        search.rebuild(made["id"])
        for use_cache in (True, False):
            shown = call_action("package_show", {"use_cache": use_cache}, id=made["id"])
            assert shown["sd_variabel"]
        assert shown["name"] == made["name"]
        editor.get(f"/dataset/{made['name']}")

        call_action("package_patch", id=made["id"], notes="Baru")
        assert stored_text(made["id"], "sd_variabel") == text
        assert editor.save(f"/dataset/edit/{made['name']}", notes="Lagi").status_code == 302
        assert stored_text(made["id"], "sd_variabel") == text
        editor.save(f"/dataset/edit/{made['name']}", **{"sd_variabel-0-nama": "Kecamatan baru"})
        assert json.loads(stored_text(made["id"], "sd_variabel"))[0]["nama"] == "Kecamatan baru"

    def test_foreign_subfields_and_values_stay_in_their_rows(self, org):
        rows = [
            {"nama": "a", "satuan_lama": "Orang", "dapat_diakses_umum": "mungkin"},
            {"nama": "b", "asal": {"id": "x"}},
        ]
        text = json.dumps(rows)
        made = factories.make_dataset(org)
        store(made["id"], sd_variabel=text)
        search.rebuild(made["id"])
        for _ in range(3):
            shown = call_action("package_show", id=made["id"])
            call_action("package_update", **{**shown, "notes": f"{shown['notes']}."})
        assert stored_text(made["id"], "sd_variabel") == text

        shown["sd_variabel"] = [{"nama": "baru"}, *shown["sd_variabel"]]
        call_action("package_update", **shown)
        assert json.loads(stored_text(made["id"], "sd_variabel")) == [{"nama": "baru"}, *rows]

    def test_an_extra_named_like_the_field_is_taken_as_the_field(self, org):
        made = factories.make_dataset(org, **BOTH)
        shown = call_action("package_show", {"use_cache": False}, id=made["id"])
        value = json.dumps(shown.pop("sd_variabel"))
        shown["extras"].append({"key": "sd_variabel", "value": value})
        call_action("package_update", **{**shown, "notes": "Baru"})
        assert held(made["id"]) == BOTH
