"""What stock harvesters take: national keys, derived on the way out, never stored.

Harvesters read search results, drop top-level keys that their portal does not
know and replace the owner by the organisation of the source. So every value
goes out twice: under its national key at top level, and as an extra with the
prefix ``sdi_``, which collides with no schema; and the OPD stands in
``author``, the walidata in ``maintainer``.

What a portal has stored itself wins: a filled ``author`` or ``maintainer``, a
field of its schema or an extra of the same name goes out as it is (the OPD is
then in ``sdi_produsen_data``). A dataset that was itself taken from another
Satu Data portal carries that portal's ``sdi_portal`` and goes out untouched,
so its OPD survives any chain of portals.

Rows of subfields (MS-Var) are the one value that stock CKAN refuses in a
dataset it does not know. In search results they are the text that is stored;
a Satu Data portal reads it as rows again, any other passes over it.

Clients save what they have read; ``strip`` takes all of this off again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model
from ckan.lib.plugins import lookup_package_plugin
from ckan.plugins import toolkit

from ckanext.scheming.helpers import scheming_get_dataset_schema

from .. import config
from ..metadata import aliases, composites
from ..metadata.schema import dataset_schema
from . import queries, regions

DATASET_TYPE = "dataset"
PORTAL = aliases.PREFIX + "portal"
"""Extra that names the portal which derived the others."""
AUTHOR_TWIN = aliases.PREFIX + "produsen_data"
MAINTAINER_TWIN = aliases.PREFIX + "walidata"

Package = dict[str, Any]


def add_to_results(search_results: dict[str, Any]) -> dict[str, Any]:
    """Add the derived keys to the datasets of a page of ``package_search``."""
    _add(search_results["results"])
    _write_rows_as_text(search_results["results"])
    return search_results


def add_to_dataset(package: Package) -> Package:
    """Add the derived keys to one answer of ``package_show``."""
    _add([package])
    return package


def _add(packages: list[Any]) -> None:
    """Two queries for any number of datasets."""
    whole = [package for package in packages if _is_whole_dataset(package)]
    if not whole or not config.harvest_view():
        return
    organizations = queries.organizations({package.get("owner_org") for package in whole})
    walidata = queries.walidata()
    fields = _own_fields()
    for package in whole:
        producer = organizations.get(package.get("owner_org") or "")
        _add_to(package, _producer_facts(producer, walidata), fields)


def _write_rows_as_text(packages: list[Any]) -> None:
    if not config.harvest_view():
        return
    names = composites.composite_fields(dataset_schema(DATASET_TYPE))
    for package in filter(_is_whole_dataset, packages):
        for name in names.keys() & package.keys():
            package[name] = json.dumps(package[name], ensure_ascii=False)


def _is_whole_dataset(package: Any) -> bool:
    """False for other types and for the fragments that a search with ``fl`` gives."""
    return (
        isinstance(package, dict)
        and package.get("type") == DATASET_TYPE
        and isinstance(package.get("resources"), list)
    )


def _own_fields() -> set[str]:
    """Names at top level that this portal stores itself, whatever plugin defines them."""
    schema = scheming_get_dataset_schema(DATASET_TYPE) or {"dataset_fields": []}
    declared = {field["field_name"] for field in schema["dataset_fields"]}
    return declared | set(lookup_package_plugin(DATASET_TYPE).update_package_schema())


def _producer_facts(
    producer: queries.Organization | None, walidata: tuple[str, str] | None
) -> dict[str, str]:
    """Facts about producer, walidata and portal by their names in the alias table."""
    facts = {"portal": _portal()}
    if walidata:
        facts["walidata"] = walidata[1]
    if producer:
        facts["title"] = producer.title
        facts |= regions.facts(producer.region)
        if producer.region:
            facts["region"] = producer.region
    return facts


def _portal() -> str:
    return toolkit.config["ckan.site_url"].rstrip("/")


def _add_to(package: Package, facts: Mapping[str, str], fields: set[str]) -> None:
    extras = _extras(package)
    if PORTAL in extras:
        return
    top: dict[str, str] = {}
    below: dict[str, str] = {}
    for alias, value in _values(package, extras, facts):
        if alias.national:
            top[alias.national] = value
        below.update(dict.fromkeys(alias.extras, value))
    for key, value in top.items():
        if key not in fields and key not in extras:
            package.setdefault(key, value)
    package["extras"] = [
        *(package.get("extras") or []),
        *({"key": key, "value": below[key]} for key in sorted(below) if key not in extras),
    ]
    for key, fact in (("author", "title"), ("maintainer", "walidata")):
        if fact in facts and not package.get(key):
            package[key] = facts[fact]


def _extras(package: Mapping[str, Any]) -> dict[str, Any]:
    """The free extras of a dataset by key; empty where the list is not one."""
    extras = package.get("extras")
    if not isinstance(extras, list):
        return {}
    rows = [row for row in extras if isinstance(row, dict) and "key" in row]
    return {row["key"]: row.get("value") for row in rows}


def _values(
    package: Package, extras: Mapping[str, Any], facts: Mapping[str, str]
) -> Iterable[tuple[aliases.Alias, str]]:
    table = aliases.load()
    for name, alias in table.dataset.items():
        value = _flat(package.get(name, extras.get(name)))
        if value:
            yield alias, alias.values.get(value, value)
    for name, alias in table.producer.items():
        if name in facts:
            yield alias, facts[name]


def _flat(value: Any) -> str:
    """A stored value as one text: harvesters drop or refuse whatever is nested."""
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value or "")


def strip(data: Package, stored: model.Package | None) -> None:
    """Take the derived keys off a dataset that a client sends to be saved.

    ``stored`` is the dataset as it is (None: it is to be created). Extras that
    it has stored under these names stay; so does all that another Satu Data
    portal has derived, but not its link to an activity that is not here.
    """
    extras = _extras(data)
    if not _is_for_us(data, stored):
        return
    if extras.get(PORTAL, _portal()) != _portal():
        _drop_link_of_another_portal(data)
        return
    if not config.harvest_view():
        return
    table = aliases.load()
    national = table.national_keys & data.keys()
    for key in national - _own_fields() if national else ():
        del data[key]
    kept = set(stored.extras or ()) if stored else set()
    if extras.keys() & table.extra_keys - kept:
        data["extras"] = [
            row for row in data["extras"] if row.get("key") not in table.extra_keys - kept
        ]
    _empty_core_fields(data, extras, stored)


def _drop_link_of_another_portal(data: Package) -> None:
    reference = str(data.get("sd_kegiatan") or "")
    if reference and ("\0" in reference or model.Package.get(reference) is None):
        del data["sd_kegiatan"]


def _is_for_us(data: Package, stored: model.Package | None) -> bool:
    return (stored.type if stored else data.get("type", DATASET_TYPE)) == DATASET_TYPE


def _empty_core_fields(
    data: Package, extras: Mapping[str, Any], stored: model.Package | None
) -> None:
    """``author`` and ``maintainer`` stay empty in storage, where they are what we sent.

    We send something only where nothing is stored, so a portal's own value can
    be changed to any other. The twin extras tell what we sent, even if the
    organisation has another title by now.
    """
    for key, twin, title in (
        ("author", AUTHOR_TWIN, _producer_titles),
        ("maintainer", MAINTAINER_TWIN, _walidata_titles),
    ):
        value, before = data.get(key), getattr(stored, key, None)
        if not value or before:
            continue
        if value == extras.get(twin) or value in title(data, stored):
            del data[key]
            if before is not None:
                data[key] = before


def _producer_titles(data: Package, stored: model.Package | None) -> set[str]:
    owners = {data.get("owner_org"), stored.owner_org if stored else None}
    return {org.title for org in queries.organizations(owners).values()}


def _walidata_titles(data: Package, stored: model.Package | None) -> set[str]:
    walidata = queries.walidata()
    return {walidata[1]} if walidata else set()
