"""Every text that people read is there in Indonesian, in all the places where texts live."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import ckan
import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from ckan.plugins import toolkit
from flask_babel import force_locale

from dev import translations

SCHEMAS = translations.ROOT / "schemas"
TEMPLATES = translations.ROOT / "ckanext/satudata/templates"
CKAN_PO = Path(ckan.__file__).parent / "i18n/id/LC_MESSAGES/ckan.po"

LABELS = (
    "label",
    "help_text",
    "form_placeholder",
    "pengantar",
    "repeating_label",
    "upload_label",
)
"""Keys of the schemas whose texts people read."""
JINJA = re.compile(r"{#.*?#}|{%-?\s*trans\b.*?endtrans\s*-?%}|{%.*?%}|{{.*?}}", re.S)
READ_ATTRIBUTE = re.compile(r'\b(?:alt|aria-label|label|placeholder|title)="([^"]*)"')
MARKUP = re.compile(r"<[^>]*>|&\w+;")
WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
SAME_IN_BOTH = {
    "TW", "MS", "Keg", "Februari", "Maret", "Mei", "Agustus", "November", "SHA", "JSON", "YAML",
}  # fmt: skip
"""Words in templates that are the same in every language; schedules are Indonesian."""

IN_INDONESIAN = {"satudata/quarter/publication.html"}
"""Templates of papers that are Indonesian whoever asks: records of the government."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return translations.read()


@pytest.fixture(scope="module")
def sources() -> Catalog:
    return translations.extract()


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _places(text: str) -> set[str]:
    """The places that a text fills: ``{name}``, ``%(name)s``, ``%s``."""
    percent = re.findall(r"%(?:\(\w+\))?[sdrf]\b", text)
    braces = [f"{{{name}}}" for _, name, *_ in Formatter().parse(text) if name is not None]
    return {*percent, *braces}


def _messages(catalog: Catalog) -> list[Any]:
    return [message for message in catalog if message.id]


def test_every_text_of_the_plugin_is_translated(catalog, sources):
    assert len(sources) > 300
    missing = []
    for message in _messages(sources):
        known = catalog.get(message.id, message.context)
        if known is None or known.fuzzy or not all(map(str.strip, _texts(known.string))):
            missing.append(message.id)
    assert not missing, "translate these; `make messages` adds them to the catalogue"


def test_the_catalogue_holds_no_text_that_is_gone(catalog, sources):
    ours = {m.id for m in _messages(catalog) if translations.OF_CORE not in m.user_comments}
    assert ours == {m.id for m in _messages(sources)}


def test_the_compiled_catalogue_is_that_of_the_text_file(catalog):
    with translations.MO.open("rb") as stored:
        compiled = read_mo(stored)
    # A compiled plural is found by its singular.
    assert {_texts(m.id)[0]: _texts(m.string) for m in _messages(compiled)} == {
        _texts(m.id)[0]: _texts(m.string) for m in _messages(catalog)
    }


def test_translations_fill_the_places_of_their_texts(catalog):
    wrong = [
        message.id
        for message in _messages(catalog)
        for translation in _texts(message.string)
        if _places(translation) != _places(_texts(message.id)[-1])
    ]
    assert not wrong


def test_plurals_fit_ckans_own_catalogue(catalog):
    """CKAN merges the catalogues and counts with the rule of the last one."""
    with CKAN_PO.open("rb") as stored:
        core = read_po(stored, locale="id")
    assert (catalog.num_plurals, catalog.plural_expr) == (core.num_plurals, core.plural_expr)


def test_texts_of_core_are_texts_of_core(catalog):
    with CKAN_PO.open("rb") as stored:
        core = read_po(stored, locale="id")
    for message in _messages(translations.of_core(catalog)):
        known = core.get(message.id)
        assert known is not None, message.id
        assert _texts(known.string)[0] in ("", _texts(message.id)[0]), message.id


@pytest.mark.usefixtures("with_plugins", "with_request_context")
def test_ckan_shows_our_texts_and_fills_gaps_of_its_own():
    with force_locale("id"):
        assert toolkit._("Not due yet") == "Belum jatuh tempo"
        assert toolkit._("Data and Resources") == "Data dan sumber daya"
        assert toolkit._("Authorization function not found: %s") != (
            "Authorization function not found: %s"
        )
        for number in (1, 5):
            found = toolkit.ungettext("%(num)d dataset", "%(num)d datasets", number)
            assert found == f"{number} dataset"
            found = toolkit.ungettext("{number} dataset found", "{number} datasets found", number)
            assert found == "{number} dataset ditemukan"
    with force_locale("en"):
        assert toolkit._("Not due yet") == "Not due yet"


def test_only_languages_stand_beside_the_catalogue():
    """CKAN offers every folder there as a language of the portal."""
    entries = translations.PO.parents[2].iterdir()
    assert {entry.name for entry in entries} == {"id"}


def _labels(node: Any, trail: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        where = f"{trail}/{node.get('field_name') or node.get('value') or node.get('name') or ''}"
        for key, value in node.items():
            if key in LABELS:
                yield f"{where}: {key}", value
            else:
                yield from _labels(value, where)
    elif isinstance(node, list):
        for part in node:
            yield from _labels(part, trail)


@pytest.mark.parametrize("name", ["dataset", "kegiatan", "dokumen", "opd", "presets"])
def test_labels_of_the_schemas_are_there_in_both_languages(name):
    for where, value in _labels(yaml.safe_load((SCHEMAS / f"{name}.yaml").read_text()), name):
        if where.endswith("form_placeholder") and isinstance(value, str):
            assert not SENTENCE.search(value), f"{where}: only a sample value needs no languages"
            continue
        assert isinstance(value, dict), where
        assert set(value) >= {"en", "id"}, where
        assert all(isinstance(text, str) and text.strip() for text in value.values()), where


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES))
)
def test_templates_hold_no_bare_text(path):
    if str(path.relative_to(TEMPLATES)) in IN_INDONESIAN:
        return
    without_code = JINJA.sub(" ", path.read_text())
    shown = [MARKUP.sub(" ", without_code), *READ_ATTRIBUTE.findall(without_code)]
    words = {word for text in shown for word in WORD.findall(text)}
    assert words <= SAME_IN_BOTH
