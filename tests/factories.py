"""Makes what tests need through CKAN's own API; every function returns the API's dict."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

import ckan.model as model
from ckan.tests import factories, helpers

from ckanext.satudata.register.model import Item

_numbers = itertools.count(1)

COMPLETE: dict[str, Any] = {
    "notes": "Jumlah siswa menurut kecamatan.",
    "license_id": "cc-by",
    "sd_tema": "Pendidikan dan Tenaga Kerja",
    "sd_konsep": "Siswa",
    "sd_definisi": "Orang yang terdaftar di sekolah.",
    "sd_klasifikasi": "Kecamatan",
    "sd_ukuran": "Jumlah",
    "sd_satuan": "Orang",
    "sd_nama_indikator": "Jumlah siswa",
    "sd_indikator_komposit": "false",
    "sd_dapat_diakses_umum": "true",
    "sd_sifat": "dinamis",
    "sd_frekuensi": "A",
    "sd_cakupan_wilayah": "Kota Contoh",
    "sd_akses": "terbuka",
    "sd_kontak": "data@example.go.id",
}
"""All mandatory metadata of a dataset in one text each, but for the link to its activity."""

COMPLETE_ROWS: dict[str, list[dict[str, str]]] = {
    "sd_variabel_pembangun": [{"kegiatan": "Pendataan Sekolah", "nama": "Jumlah siswa"}],
    "sd_variabel": [
        {
            "nama": "Jumlah siswa",
            "konsep": "Siswa",
            "definisi": "Banyaknya siswa yang terdaftar.",
            "referensi_waktu": "Keadaan 31 Agustus",
            "dapat_diakses_umum": "true",
        }
    ],
}
"""The mandatory metadata of a dataset that stand in rows."""


def complete(org: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """All mandatory metadata for a dataset of ``org``, linked to an activity of it."""
    return {
        **COMPLETE,
        **COMPLETE_ROWS,
        "sd_kegiatan": make_kegiatan(org, name=f"kegiatan-{org['name']}")["id"],
        **changes,
    }


def make_root(name: str = "pemerintah-kota-uji", **fields: Any) -> dict[str, Any]:
    """The organisation at the top; its admins are the walidata."""
    fields.setdefault("title", "Pemerintah Kota Uji")
    return make_opd(name, None, kind="pemerintah_daerah", **fields)


def make_opd(
    name: str | None = None,
    parent: dict[str, Any] | None = None,
    kind: str | None = "dinas",
    **fields: Any,
) -> dict[str, Any]:
    """An organisation below ``parent`` (a dict as made here; None: top level).

    The maker is a throw-away sysadmin without membership, so that only the
    users a test makes have rights.
    """
    name = name or f"opd-{next(_numbers)}"
    fields.setdefault("title", name.replace("-", " ").title())
    if parent:
        fields["groups"] = [{"name": parent["name"]}]
    if kind:
        fields["sd_jenis_opd"] = kind
    maker = _maker()
    org = factories.Organization(name=name, user=maker, **fields)
    helpers.call_action("member_delete", id=org["id"], object=maker["id"], object_type="user")
    return org


def make_user(role: str | None = None, org: dict[str, Any] | None = None, **fields: Any):
    """A user with an API token (``token``); ``role`` is a capacity in ``org``.

    ``role="sysadmin"`` makes a sysadmin; ``admin`` of the root is the walidata.
    """
    if role == "sysadmin":
        return factories.SysadminWithToken(**fields)
    user = factories.UserWithToken(**fields)
    if role:
        helpers.call_action(
            "member_create", id=org["id"], object=user["id"], object_type="user", capacity=role
        )
    return user


def make_dataset(org: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A public dataset of the organisation, made by a sysadmin."""
    fields.setdefault("name", f"dataset-{next(_numbers)}")
    fields.setdefault("title", fields["name"].replace("-", " ").title())
    return factories.Dataset(owner_org=org["id"], user=_maker(), **fields)


def make_kegiatan(org: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A statistical activity of the organisation, private; that of a given name is made once."""
    known = model.Package.get(fields["name"]) if "name" in fields else None
    if known:
        return {"id": known.id, "name": known.name, "title": known.title}
    fields.setdefault("name", f"kegiatan-{next(_numbers)}")
    return make_dataset(org, type="kegiatan", **fields)


def make_item(org: dict[str, Any], name: str | None = None, **fields: Any):
    """A Daftar Data item of the register, stored as the import would store it.

    Returns the model row (``register.model.Item``); it has no rhythm and owes nothing yet.
    """
    item = Item(
        identity=uuid.uuid4().hex,
        org_id=org["id"],
        contributors=[],
        name=name or f"Data {next(_numbers)}",
        unit=fields.pop("unit", "Orang"),
        classification=fields.pop("classification", ""),
        indicators=fields.pop("indicators", []),
        valid_from=fields.pop("valid_from", dt.date(2023, 1, 1)),
        **fields,
    )
    model.Session.add(item)
    model.Session.commit()
    return item


def _maker() -> dict[str, Any]:
    """The sysadmin in whose name things are made; one per database."""
    existing = model.User.get("pembuat")
    if existing:
        return {"id": existing.id, "name": existing.name}
    return factories.Sysadmin(name="pembuat")
