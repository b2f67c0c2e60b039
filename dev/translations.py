"""The Indonesian texts: brings the catalogue up to what the code and the pages say.

``make messages`` keeps every translation whose English text still exists, drops
the others, adds new texts empty (a test fails until they are translated) and
compiles the result. The sources and their extractors are those of setup.py. The
template of the catalogue is never written: CKAN takes each folder of ``i18n``
for a language, and a second list of the same texts would only grow stale.
"""

from __future__ import annotations

import ast
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "ckanext/satudata/i18n/id/LC_MESSAGES/ckanext-satudata.po"
MO = PO.with_suffix(".mo")

OF_CORE = "CKAN's own text, not translated in its Indonesian catalogue"
"""Comment of the texts of CKAN itself: they are in no file of ours, and are kept.

CKAN lays the catalogue of a plugin over its own.
"""


def _extractors() -> dict[str, list[tuple[str, str, None]]]:
    """``message_extractors`` of setup.py, read without running it."""
    for node in ast.walk(ast.parse((ROOT / "setup.py").read_text())):
        if isinstance(node, ast.keyword) and node.arg == "message_extractors":
            return ast.literal_eval(node.value)
    raise LookupError("setup.py has no message_extractors")


def extract() -> Catalog:
    """Every text of the plugin that goes through gettext, without translations."""
    catalog = Catalog()
    for folder, methods in _extractors().items():
        method_map = [(pattern, method) for pattern, method, _ in methods]
        for _, _, message, _, context in extract_from_dir(ROOT / folder, method_map):
            catalog.add(message, context=context)
    return catalog


def of_core(catalog: Catalog) -> Catalog:
    """The part of a catalogue that translates CKAN's own texts."""
    part = Catalog(locale="id")
    part.mime_headers = catalog.mime_headers  # one plural form, as in CKAN's own catalogue
    for message in catalog:
        if message.id and OF_CORE in message.user_comments:
            part[message.id] = message
    return part


def read() -> Catalog:
    """The catalogue as it is in the file."""
    with PO.open("rb") as stored:
        return read_po(stored, locale="id")


def update() -> None:
    """Write both files anew from the sources and the translations there are."""
    catalog, sources = read(), extract()
    for message in catalog:
        if OF_CORE in message.user_comments and sources.get(message.id) is not None:
            message.user_comments.remove(OF_CORE)  # one of our files says it too by now
    core_texts = of_core(catalog)
    # Fuzzy guesses are worth less than an empty text, which a test points at.
    catalog.update(sources, no_fuzzy_matching=True, update_creation_date=False)
    with PO.open("wb") as stored:
        options = {"width": 100, "no_location": True, "ignore_obsolete": True}
        write_po(stored, catalog, sort_output=True, **options)
        stored.write(b"\n")
        write_po(stored, core_texts, sort_output=True, omit_header=True, **options)
    compiled()


def compiled() -> None:
    """Compile the file of translations."""
    with MO.open("wb") as binary:
        write_mo(binary, read())


if __name__ == "__main__":
    update()
    missing = [message.id for message in read() if message.id and not message.string]
    print(f"{PO.relative_to(ROOT)}: {len(read())} texts, {len(missing)} without translation")
