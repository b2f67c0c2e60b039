"""Template helpers of the reference lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import lists, regions

__all__ = ["satudata_bidang_urusan_choices", "satudata_region_text"]


def satudata_bidang_urusan_choices(field: Mapping[str, Any]) -> list[dict[str, str]]:
    """The fields of government affairs as scheming choices."""
    return lists.affair_choices()


def satudata_region_text(value: Any) -> str:
    """An area code with its name ("32.73 Kota Bandung, Jawa Barat"); else the value as it is."""
    return regions.shown(value) if value else ""
