"""The tree and register of a real province, where ../shared has them."""

from __future__ import annotations

import pytest


@pytest.fixture
def city(clean_portal):
    """A root with two offices, an agency and a body outside the government; returns their ids."""
    from ckanext.satudata.opd import aliases
    from tests.factories import make_opd, make_root

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
