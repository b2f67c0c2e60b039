"""Each page answers, at both widths, without faults of scripts and for readers of all kinds."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from ckanext.satudata import clock
from ckanext.satudata.calendar.quarters import Quarter
from ckanext.satudata.rules.ruleset import DEFAULT_PATH
from tests.browser.city import City

pytestmark = pytest.mark.browser

SIZES = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})
ITEM = "Jumlah Peserta Didik"
REGISTER = f"""\
Penghasil Data;IKU;Nama Data;Periode Data;Satuan;Klasifikasi
Dinas Pendidikan;;{ITEM};Bulanan;Orang;Kecamatan
UPTD Sekolah Dasar;Angka Partisipasi Murni;Jumlah Ruang Kelas;Tahunan;Ruang;***
Dinas Kesehatan;;Jumlah Kunjungan Puskesmas;Bulanan;Kunjungan;***
Dinas Kesehatan;;Jumlah Kejadian Luar Biasa;Situasional;Kejadian;***
"""
FAULTS = {"serious", "critical"}
NOT_OURS = {"exclude": [[".select2-container"]]}
"""CKAN's own autocomplete has no name for readers of the screen."""


@pytest.fixture
def pages(city: City, tmp_path: Path) -> dict[str, str]:
    """Addresses of the pages of a portal in use."""
    duty = city.owes(REGISTER, tmp_path)[0]
    text = DEFAULT_PATH.read_text(encoding="utf-8").replace("version: 1", "version: 2")
    draft, tried = city.rules_tried(text)
    city.dataset(
        city.dinas,
        "peserta-didik",
        title=ITEM,
        notes="Jumlah peserta didik menurut kecamatan.",
        sd_item=duty["item_id"],
        sd_satuan="Orang",
        sd_tema="Pendidikan dan Tenaga Kerja",
        resources=[
            {
                "name": "Peserta didik",
                "url": "https://data.example.go.id/peserta-didik.csv",
                "format": "CSV",
                "sd_periode": [duty["period"]],
            }
        ],
    )
    paper = {"sd_jenis_dokumen": "sk_admin", "sd_nomor": "800/1", "sd_tanggal": "2026-01-05"}
    city.dataset(city.dinas, "sk-admin", type="dokumen", title="SK Admin Data", **paper)
    now = Quarter.of(clock.now().date())
    decided = city.decides(duty)
    proposed = city.proposes(duty["item_id"])
    return {
        "home": "/",
        "tree": "/satudata/opd",
        "report": f"/satudata/kepatuhan/{now.year}/{now.tw}",
        "leaderboard": f"/satudata/peringkat/{now.year}/{now.tw}",
        "quarters": "/satudata/triwulan",
        "quarter": f"/satudata/triwulan/{now.year}/{now.tw}",
        "quarter opening": f"/satudata/triwulan/{now.year}/{now.tw}/open",
        "dataset": "/dataset/peserta-didik",
        "dataset form": "/dataset/new",
        "opd": "/organization/disdik",
        "obligations": "/satudata/opd/disdik/kewajiban",
        "roles": "/satudata/peran",
        "papers": "/satudata/dokumen",
        "papers list": "/dokumen/",
        "activities": "/kegiatan/",
        "register": "/satudata/daftar-data",
        "item": f"/satudata/daftar-data/butir/{duty['item_id']}",
        "schedule": "/satudata/daftar-data/jadwal",
        "import": "/satudata/daftar-data/impor",
        "matches": "/satudata/daftar-data/padanan",
        "rounds": "/satudata/penyusunan",
        "round": f"/satudata/penyusunan/{proposed['year']}",
        "proposal": f"/satudata/penyusunan/{proposed['year']}/usulan?action=add&org=disdik",
        "amendment": f"/satudata/daftar-data/butir/{duty['item_id']}/ubah",
        "item close": f"/satudata/daftar-data/butir/{duty['item_id']}/tutup",
        "examination": "/satudata/pemeriksaan",
        "nothing to report": "/satudata/pemeriksaan?state=nihil",
        "objections": "/satudata/sanggahan",
        "working days": "/satudata/hari-kerja/2027",
        "successions": "/satudata/suksesi",
        "succession": "/satudata/suksesi/baru?kind=split&from_org=disdik",
        "penanggung": "/satudata/penanggung",
        "rules": "/satudata/aturan",
        "rules draft": f"/satudata/aturan/{draft}",
        "rules try": f"/satudata/simulasi/baru/{draft}",
        "rules tried": f"/satudata/simulasi/{tried}",
        "decisions": "/satudata/keputusan",
        "decision": f"/satudata/keputusan/{decided['waiver']}",
        "dispensation": "/satudata/dispensasi?org=disdik",
        "requests": "/satudata/permintaan?q=Jumlah",
        "request": f"/satudata/permintaan/{decided['request']}",
        "windows": "/satudata/jendela",
    }


def look(page: Page, name: str, address: str) -> list[str]:
    """What is wrong with a page as it is on this screen."""
    answer = page.goto(address)
    assert answer is not None
    faults = [] if answer.status == 200 else [f"{name}: {answer.status}"]
    room = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    width = page.viewport_size["width"]
    if room > 0:
        faults.append(f"{name} at {width}: {room} px wider than the screen")
    for violation in Axe().run(page, NOT_OURS).response["violations"]:
        if violation["impact"] in FAULTS:
            where = [" ".join(node["target"]) for node in violation["nodes"]]
            faults.append(f"{name} at {width}: {violation['id']}: {where}")
    return faults


def test_pages_answer_fit_and_can_be_read_by_all(pages, visitor, watch):
    faults = []
    for size in SIZES:
        page = visitor(City.WALIDATA, viewport=size)
        for name, address in pages.items():
            faults += look(page, name, address)
    assert not faults, "\n".join(faults)
    assert watch.faults == []


def test_who_may_not_read(pages, visitor):
    hidden = (
        "report",
        "obligations",
        "roles",
        "papers",
        "register",
        "item",
        "schedule",
        "import",
        "matches",
        "rounds",
        "round",
        "proposal",
        "amendment",
        "item close",
        "working days",
        "rules tried",
    )
    for user, closed in {
        None: hidden,
        City.STRANGER: [
            name
            for name in hidden
            if name not in ("register", "item", "working days", "rounds", "round")
        ],
    }.items():
        page = visitor(user)
        answers = {name: page.request.get(pages[name], max_redirects=0).status for name in closed}
        assert set(answers.values()) == {403}, answers
        assert page.request.get(pages["tree"]).ok
