"""The pages beside the report: readable by all, and the trend drawn as lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from ckanext.satudata import clock
from tests.browser.city import City
from tests.browser.test_pages import REGISTER, SIZES, look

pytestmark = pytest.mark.browser


def test_report_pages_answer_fit_and_can_be_read_by_all(city: City, tmp_path: Path, visitor, watch):
    duty = city.owes(REGISTER, tmp_path)[0]
    pages = {
        "duty": f"/satudata/kewajiban/{duty['obligation_id']}",
        "arrears": "/satudata/tunggakan?state=all",
        "year": f"/satudata/tahun/{clock.today().year}",
        "trend": "/satudata/opd/disdik/tren",
    }
    faults = []
    for size in SIZES:
        page = visitor(City.WALIDATA, viewport=size)
        for name, address in pages.items():
            faults += look(page, name, address)
        page.wait_for_selector(".satudata-chart canvas")
        chart = "Chart.getChart(document.querySelector('.satudata-chart canvas'))"
        rows = page.locator("#satudata-trend tbody tr").count()
        assert page.evaluate(f"{chart}.data.labels.length") == rows > 0
        assert page.evaluate(f"{chart}.data.datasets.length") == 4
    assert not faults, "\n".join(faults)
    assert watch.faults == []
