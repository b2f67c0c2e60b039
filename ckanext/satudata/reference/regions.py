"""Areas by the codes of the Ministry of Home Affairs and of BPS, and by name.

Everything reads the table that ``ckan satudata referensi update`` fills. Before that
no area is known: names are missing then and codes are checked by their form alone.
"""

from __future__ import annotations

import re
from typing import Any

from ckan.plugins import toolkit

from ..text import normalise
from . import queries
from .model import Region

_ = toolkit._

_STATED = re.compile(r"\s*(\d{2}[\d.]*)(?=[\s,]|$)", re.ASCII)
_DOTTED = re.compile(r"\d{2}(?:\.\d{2}){0,2}", re.ASCII)
_VILLAGE = re.compile(r"(\d{2}\.\d{2}\.\d{2})\.\d{4}", re.ASCII)
MAX_TEXT = 200
"""Longest text looked at, in characters; no label is longer."""
MAX_NAMED = 5
"""How many areas of one name are told apart in a message."""


class RegionError(ValueError):
    """The text names no area, or more than one; ``str()`` says so to the person who typed it."""


def stated_code(text: str) -> str:
    """The code with which a text begins ("32.73 Kota Bandung, …" → "32.73"); else empty."""
    found = _STATED.match(text)
    return found[1].rstrip(".") if found else ""


def by_kemendagri(code: str) -> Region | None:
    """The area with this code of the Ministry of Home Affairs, with dots."""
    return next((one for one in queries.by_codes([code]) if one.code == code), None)


def by_bps(code: str) -> Region | None:
    """The area with this BPS code."""
    return next((one for one in queries.by_codes([code]) if one.code_bps == code), None)


def label(code: str) -> str:
    """ "Kec. Coblong, Kota Bandung, Jawa Barat" for 32.73.02; empty where it is not known."""
    region = by_kemendagri(code)
    return region.label if region else ""


def shown(code: Any) -> str:
    """A stored code with its label, as the form shows it and :func:`read` takes it back."""
    text = str(code)
    name = label(text) if _DOTTED.fullmatch(text) else ""
    return f"{text} {name}" if name else text


def is_region(code: str) -> bool:
    """Whether this is the code, with dots, of a known area or of a village in one."""
    village = _VILLAGE.fullmatch(code)
    return by_kemendagri(village[1] if village else code) is not None


def resolve(text: str) -> list[Region]:
    """What a text can mean: a code of either system, a name or a label in full; at most some."""
    if len(text) > MAX_TEXT:
        return []
    code = stated_code(text)
    if code:
        found = queries.by_codes([code])
        return [one for one in found if "." not in code or one.code == code]
    key = normalise(text)
    return queries.by_name(key, MAX_NAMED) if key else []


def read(text: str) -> str:
    """The code with dots that a typed text stands for.

    Codes of villages are taken as they are if their district is known. Before any area
    was loaded every code of the right form is taken.

    :raises RegionError: for anything that is not exactly one area
    """
    code = stated_code(text)
    if _VILLAGE.fullmatch(code) and is_region(code):
        return code
    found = resolve(text)
    if len(found) == 1:
        return found[0].code
    if found:
        choice = "; ".join(shown_region(one) for one in found)
        raise RegionError(
            _('"{text}" can mean more than one area. Write one of these codes: {choice}').format(
                text=text, choice=choice
            )
        )
    if (_DOTTED.fullmatch(code) or _VILLAGE.fullmatch(code)) and not queries.any_held():
        return code
    raise RegionError(
        _(
            '"{text}" is no area known here. Type part of its name or code and choose from the'
            " list, for example 32.73 for Kota Bandung"
        ).format(text=text)
    )


def shown_region(region: Region) -> str:
    """Code and label of an area, as :func:`shown` writes them."""
    return f"{region.code} {region.label}"
