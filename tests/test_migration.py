"""The migrations go up and down, and the models agree with what they make."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit


def _our_tables() -> set[str]:
    names = sa.inspect(model.ensure_engine()).get_table_names()
    return {name for name in names if name.startswith("satudata_")} - {"satudata_alembic_version"}


def _declared_tables() -> set[str]:
    return {name for name in toolkit.BaseModel.metadata.tables if name.startswith("satudata_")}


@pytest.mark.usefixtures("clean_db")
def test_down_removes_every_table_and_up_brings_all_back(migrate_db_for):
    model.Session.remove()
    migrate_db_for("satudata", version="base", forward=False)
    assert _our_tables() == set()
    migrate_db_for("satudata")
    assert _our_tables() == _declared_tables()


@pytest.mark.usefixtures("clean_db")
def test_columns_are_those_of_the_models():
    inspector = sa.inspect(model.ensure_engine())
    for name in _declared_tables():
        made = {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
        declared = toolkit.BaseModel.metadata.tables[name].columns
        assert made == {column.name: column.nullable for column in declared}, name
