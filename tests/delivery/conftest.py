"""An OPD with an item and a dataset that claims it, and files for it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from tests.factories import make_dataset, make_item, make_opd, make_root

TABLE = b"wilayah,jumlah\nUtara,1\nSelatan,2\n"
OTHER = TABLE + b"Timur,3\n"


def upload(content: bytes = TABLE, name: str = "data.csv") -> FileStorage:
    """A file as a form sends it."""
    return FileStorage(io.BytesIO(content), filename=name)


def deliver(dataset: dict[str, Any], *periods: str, content: bytes = TABLE, **fields: Any):
    """A new resource of the dataset that states these periods."""
    return call_action(
        "resource_create",
        package_id=dataset["id"],
        upload=upload(content),
        url="",
        format="CSV",
        sd_periode=json.dumps(periods),
        **fields,
    )


@pytest.fixture
def opd(clean_portal):
    return make_opd("dinas-uji", make_root())


@pytest.fixture
def item(opd):
    return make_item(opd)


@pytest.fixture
def dataset(opd, item):
    return make_dataset(opd, sd_item=item.id)
