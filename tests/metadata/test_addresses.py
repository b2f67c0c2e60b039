"""Addresses that hold what no database takes get an answer, not a server error."""

from __future__ import annotations

import pytest

from tests import factories


@pytest.mark.usefixtures("clean_portal")
def test_nul_in_an_address(app):
    opd = factories.make_opd("dinas-uji", factories.make_root())
    headers = {"Authorization": factories.make_user("editor", opd)["token"]}
    addresses = [
        *(f"/dataset/new?{name}=%00" for name in ("salin", "group", "owner_org", "sd_item")),
        "/dataset/%00",
        "/kegiatan/new?salin=%00",
        "/satudata/kegiatan/%00/cetak",
        "/satudata/kegiatan/%00/bps.xlsx",
        "/dataset/%00/usulan-variabel",
        "/satudata/templat/unduh?org=%00",
        "/satudata/templat/unggahan/%00",
    ]
    answers = {address: app.get(address, headers=headers).status_code for address in addresses}
    assert answers == dict.fromkeys(addresses, 400)
