"""Codes that the national portal reads, from the code of the Ministry of Home Affairs."""

import pytest

from ckanext.satudata.exchange import regions


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("32", {"province": "32", "city": "00", "publisher_type": "daerah-provinsi"}),
        ("32.04", {"province": "32", "city": "04", "publisher_type": "daerah-kabupaten"}),
        ("32.73", {"province": "32", "city": "73", "publisher_type": "daerah-kota"}),
        ("32.73.10", {"province": "32", "city": "73", "publisher_type": "daerah-kota"}),
        ("32.73.10.1001", {"province": "32", "city": "73", "publisher_type": "daerah-kota"}),
        # Kemendagri and BPS number the provinces of Papua differently.
        ("91", {"province": "94", "city": "00", "publisher_type": "daerah-provinsi"}),
        ("92.71", {"province": "91", "publisher_type": "daerah-kota"}),
        ("3273", {}),
        ("Bandung", {}),
        ("", {}),
        (None, {}),
    ],
)
def test_what_a_code_tells(code, told):
    assert regions.facts(code) == told
