"""The meter on the page of a dataset or an activity."""

from __future__ import annotations

import pytest

from tests import factories

pytestmark = pytest.mark.usefixtures("clean_portal")


def meter(page):
    return page.find("section", attrs={"aria-labelledby": "satudata-completeness"})


def links(found) -> dict[str, str]:
    """Labels by the anchor that their link leads to."""
    return {a["href"].split("#field-")[1]: a.text for a in found.select("a[href*='#field-']")}


def test_an_answer_in_rows_leads_to_the_field_that_has_them(org, editor):
    rows = [{**factories.COMPLETE_ROWS["sd_variabel"][0], "definisi": "-"}]
    made = factories.make_dataset(org, **factories.complete(org, sd_variabel=rows))
    found = meter(editor.get(f"/en/dataset/{made['name']}"))
    assert list(links(found)) == ["sd_variabel"]
    assert "Definition" in links(found)["sd_variabel"]
    assert "23 of 24" in found.text


def test_an_answer_that_does_not_count_is_named(org, editor, app):
    fields = factories.complete(org, sd_indikator_pembangun=[{"publikasi": "Buku", "nama": "A"}])
    made = factories.make_dataset(org, **fields)
    found = meter(editor.get(f"/en/dataset/{made['name']}"))
    assert list(links(found)) == ["sd_indikator_pembangun"]
    assert "not counted" in found.text
    assert "24 of 24" in found.text
    assert "not counted" not in app.get(f"/en/dataset/{made['name']}").body


def test_a_long_list_is_folded(org, editor):
    made = factories.make_kegiatan(org)
    found = meter(editor.get(f"/en/kegiatan/{made['name']}"))
    folded = found.find("details")
    assert len(found.select("a")) - len(folded.select("a")) == 8
    assert folded.summary.text.split()[0] == str(len(folded.select("a")))
    assert "sd_pj_nama" in links(folded)
