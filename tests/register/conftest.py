"""Small governments."""

from __future__ import annotations

import pytest

from ckanext.satudata import clock
from tests.factories import make_opd, make_root
from tests.register.deciding import headers_of
from tests.register.duty import TODAY, noon


@pytest.fixture
def city(clean_portal):
    """A root with two offices, an agency and a body outside the government; returns their ids."""
    from ckanext.satudata.opd import aliases

    root = make_root()
    made = {
        "root": root,
        "dinkes": make_opd("dinas-kesehatan", root, title="Dinas Kesehatan"),
        "dishut": make_opd("dinas-kehutanan", root, title="Dinas Kehutanan"),
        "dlh": make_opd("dinas-lingkungan-hidup", root, title="Dinas Lingkungan Hidup"),
        "bkkbn": make_opd("bkkbn", root, kind="instansi_vertikal", title="Badan KB Nasional"),
    }
    aliases.decide("BKKBN", made["bkkbn"]["id"], None)
    return made


@pytest.fixture
def offices(clean_portal):
    """A root with two offices on TODAY, and the headers of its walidata and of an editor."""
    with clock.at(noon(TODAY)):
        root = make_root()
        made = {"root": root, "dinas": make_opd("dinas", root), "lain": make_opd("lain", root)}
        made["walidata"] = headers_of("admin", root)
        made["editor"] = headers_of("editor", made["dinas"])
        yield made
