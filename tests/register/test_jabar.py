"""The real register and catalogue of a province: every row is accounted for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.opd import loader, permissions, structure
from ckanext.satudata.register import imports, katalog
from ckanext.satudata.register.daftar_data import OUTCOMES
from ckanext.satudata.register.model import Item, Obligation
from ckanext.satudata.register.store import open_table
from tests.conftest import SHARED, needs_shared

pytestmark = [needs_shared, pytest.mark.usefixtures("clean_portal")]

JABAR = SHARED / "data" / "jabar"
PRODUCERS = Path(__file__).parents[2] / "dev" / "jabar" / "opd.yaml"
TOOK_EFFECT = dt.date(2023, 12, 20)


def load_producers():
    user = permissions.site_user()
    units = structure.read(PRODUCERS.read_bytes(), PRODUCERS.name)
    assert len(loader.load(units, user).created) == 50


def import_register():
    data = (JABAR / "daftar-data-jabar.csv").read_bytes()
    run = imports.new_run(imports.REGISTER, data, "daftar-data-jabar.csv", {}, TOOK_EFFECT)
    model.Session.commit()
    return imports.execute(run)


def number_of(table, *where):
    return model.Session.scalar(sa.select(sa.func.count()).select_from(table).where(*where))


def test_every_row_of_the_register_is_accounted_for_and_again_nothing_changes():
    load_producers()
    plan = import_register()
    counts = plan.counts()
    assert sum(counts[outcome] for outcome in OUTCOMES) == 2618
    assert {key: number for key, number in counts.items() if number} == {
        "read": 2618,
        "created": 2446,
        "merged": 170,
        "refused": 2,
        "to_schedule": 311,
    }
    assert [(row.line, row.code) for row in plan.rows if row.outcome == "refused"] == [
        (863, "ragged"),
        (864, "ragged"),
    ]
    assert number_of(Item) == 2446
    made = number_of(Obligation, Obligation.year == 2025, Obligation.tw == 1)
    assert made == 1913

    again = import_register().counts()
    assert (again["unchanged"], again["changed"], again["created"]) == (2446, 0, 0)
    assert again["not_in_file"] == 0


def test_joint_producers_have_one_who_answers():
    load_producers()
    import_register()
    contributors = model.Session.execute(
        sa.text(
            """
            SELECT g.title, array_agg(DISTINCT c.title ORDER BY c.title) AS others
            FROM satudata_item i JOIN "group" g ON g.id = i.org_id
            CROSS JOIN unnest(i.contributors) AS x(id) JOIN "group" c ON c.id = x.id
            GROUP BY g.title ORDER BY g.title
            """
        )
    )
    assert [tuple(row) for row in contributors] == [
        ("Dinas Kehutanan", ["Dinas Lingkungan Hidup"]),
        (
            "Dinas Pemberdayaan Perempuan, Perlindungan Anak, dan Keluarga Berencana",
            ["Badan Kependudukan dan Keluarga Berencana Nasional", "Dinas Kesehatan"],
        ),
    ]


def test_without_the_tree_every_row_waits_and_none_is_guessed():
    counts = import_register().counts()
    assert (counts["pending"], counts["refused"], counts["created"]) == (2616, 2, 0)
    assert number_of(Item) == 0


def test_every_row_of_the_catalogue_is_accounted_for():
    load_producers()
    path = JABAR / "katalog-jabar.csv"
    entries, result = katalog.read_entries(open_table(path.read_bytes(), path.name))
    assert result.read == 3427
    assert len(entries) == len({entry.id for entry in entries}) == 3426
    assert [(row.line, row.outcome) for row in result.rows] == [(3317, "merged")]
    assert not result.pending
    assert sum(1 for entry in entries if not entry.periods) == 4
