"""What the kind of an organisation (``sd_jenis_opd``) means for the report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """``perangkat``: answers for itself; ``ranked``: in the leaderboard's main
    table; ``scored``: judged at all (bodies outside the local government are only
    tracked, compliance rules §1)."""

    perangkat: bool = False
    ranked: bool = False
    scored: bool = True


_PERANGKAT = Kind(perangkat=True, ranked=True)
_UNIT = Kind()

KINDS: dict[str, Kind] = {
    "pemerintah_daerah": _UNIT,
    "sekretariat": _PERANGKAT,
    "inspektorat": _PERANGKAT,
    "dinas": _PERANGKAT,
    "badan": _PERANGKAT,
    "satpol_pp": _PERANGKAT,
    "kecamatan": _PERANGKAT,
    # A hospital is a "unit organisasi bersifat khusus" (PP 72/2019): it stands
    # below the health office but has its own leadership and answers for itself.
    "rsud": _PERANGKAT,
    "biro": _UNIT,
    "bagian": _UNIT,
    "kelurahan": _UNIT,
    "uptd": _UNIT,
    "lainnya": _UNIT,
    "instansi_vertikal": Kind(perangkat=True, scored=False),
}
"""The kinds offered by the organisation schema, by stored code; any other is a plain unit."""
