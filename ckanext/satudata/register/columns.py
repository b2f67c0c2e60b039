"""Which column of a register file is which field, by name or by the user's mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ckan.plugins import toolkit

from ..tables import TableError
from ..text import normalise

_ = toolkit._

KNOWN: dict[str, tuple[str, ...]] = {
    "producer": (
        "penghasil data",
        "produsen data",
        "produsen",
        "perangkat daerah",
        "opd",
        "skpd",
        "instansi",
        "penanggung jawab",
        "producer",
    ),
    "indicator": (
        "iku pemerintah daerah",
        "iku",
        "indikator kinerja utama",
        "indikator kinerja",
        "indikator",
        "indicator",
    ),
    "name": ("nama data", "judul data", "nama", "data", "judul", "uraian", "name"),
    "frequency": (
        "periode data",
        "periode",
        "frekuensi",
        "periode pemutakhiran",
        "frequency",
    ),
    "schedule": (
        "jadwal rilis",
        "jadwal",
        "jadwal pemutakhiran",
        "jadwal penyampaian",
        "schedule",
    ),
    "unit": ("satuan", "unit"),
    "classification": ("klasifikasi", "penyajian", "disagregasi", "classification"),
    "priority": ("data prioritas", "prioritas", "priority"),
    "allow_nihil": ("boleh nihil", "nihil"),
    "theme": ("tema", "theme"),
    "legal_basis": ("dasar hukum", "legal basis"),
}
"""Field of an item → normalised column names under which registers list it."""

REQUIRED = ("producer", "name")


def field_labels() -> dict[str, str]:
    """Fields with their labels in the user's language."""
    return {
        "producer": _("Producer"),
        "indicator": _("Indicator (IKU)"),
        "name": _("Name of the data"),
        "frequency": _("Period of the data"),
        "schedule": _("Release schedule"),
        "unit": _("Unit"),
        "classification": _("Classification"),
        "priority": _("Priority data"),
        "allow_nihil": _("Nihil allowed"),
        "theme": _("Theme"),
        "legal_basis": _("Legal basis"),
    }


def recognise(header: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return field → column name. ``mapping`` (column → field) goes before the known names.

    :raises TableError: a mapped column or field does not exist, two columns are mapped to one
        field, or a required field has no column
    """
    header = list(header)
    columns: dict[str, str] = {}
    by_key = {normalise(name): name for name in header}
    for column, field in mapping.items():
        name = by_key.get(normalise(column))
        if name is None or field not in KNOWN:
            raise TableError(
                _("Column “{column}” cannot be read as “{field}”.").format(
                    column=column, field=field
                )
            )
        if field in columns:
            raise TableError(
                _("More than one column is chosen for “{field}”.").format(
                    field=field_labels()[field]
                )
            )
        columns[field] = name
    taken = set(columns.values())
    for field, names in KNOWN.items():
        found = next((by_key[name] for name in names if name in by_key), None)
        if field not in columns and found and found not in taken:
            columns[field] = found
            taken.add(found)
    missing = [field for field in REQUIRED if field not in columns]
    if missing:
        labels = field_labels()
        raise TableError(
            _("No column was recognised for: {missing}. Columns of the file: {columns}.").format(
                missing=", ".join(labels[field] for field in missing), columns=", ".join(header)
            )
        )
    return columns
