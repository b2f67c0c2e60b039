"""Import of a register: meaning of the rows, idempotence, faults."""

from __future__ import annotations

import datetime as dt
import threading

import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.satudata.register import imports, obligations, scheduling, store
from ckanext.satudata.register.daftar_data import OUTCOMES, make_plan, stated
from ckanext.satudata.register.model import ImportRun, Item, ItemRhythm, Obligation
from ckanext.satudata.tables import TableError

HEADER = "Penghasil Data;IKU;Nama Data;Periode Data;Jadwal Rilis;Satuan;Klasifikasi"
DAY = dt.date(2023, 12, 20)


def register(*rows, header=HEADER):
    return "\n".join([header, *rows]).encode()


def run(data, mapping=None, day=DAY):
    row = imports.new_run(imports.REGISTER, data, "daftar.csv", mapping, day)
    model.Session.commit()
    return imports.execute(row)


def nonzero(plan):
    assert plan.read == sum(plan.counts()[outcome] for outcome in OUTCOMES)
    return {key: number for key, number in plan.counts().items() if number}


def items():
    return list(model.Session.scalars(sa.select(Item).order_by(Item.name)))


def rhythm():
    return model.Session.scalars(sa.select(ItemRhythm)).one()


ONE = "Dinas Kesehatan;IKU A;Jumlah bidan;Tahunan;Maret n+1;orang;Kabupaten/Kota"


def test_stated_keeps_percent_and_drops_placeholders():
    assert [stated(cell) for cell in ("***", "*", "-", "", "n/a", "%", "m2")] == [
        "", "", "", "", "", "%", "m2",
    ]  # fmt: skip


def test_one_datum_under_several_indicators_is_one_item(city):
    plan = run(register(ONE, ONE.replace("IKU A", "IKU B"), ONE, ONE.replace("orang", "***")))
    assert nonzero(plan) == {"read": 4, "created": 2, "merged": 2}
    assert [(row.line, row.code, row.values) for row in plan.rows if row.outcome == "merged"] == [
        (3, "merged", {"line": 2}),
        (4, "repeated", {"line": 2}),
    ]
    both = {item.unit: item for item in items()}
    assert both["orang"].indicators == ["IKU A", "IKU B"]
    assert both[""].org_id == city["dinkes"]["id"]


def test_star_means_that_the_datum_is_the_indicator(city):
    run(register("dinas kesehatan;Angka stunting**;*;Tahunan;Maret n+1;persen;*"))
    [item] = items()
    assert (item.name, item.is_indicator, item.indicators, item.classification) == (
        "Angka stunting", True, [], "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (";I;Nama;Tahunan;Maret n+1;orang;", "no_producer"),
        ("Dinas Kesehatan;I;***;Tahunan;Maret n+1;orang;", "no_name"),
        ("Dinas Kesehatan;;*;Tahunan;Maret n+1;orang;", "no_indicator"),
        ("Dinas Kesehatan;I;Nama;Tahunan", "ragged"),
    ],
)
def test_refused_rows_name_line_and_reason(city, row, code):
    plan = run(register(ONE, row))
    assert nonzero(plan) == {"read": 2, "created": 1, "refused": 1}
    assert [(each.line, each.code) for each in plan.rows if each.outcome == "refused"] == [
        (3, code)
    ]


def test_unknown_producer_waits_and_comes_in_after_the_decision(city):
    from ckanext.satudata.opd import aliases

    data = register(ONE.replace("Dinas Kesehatan", "Dinkes"))
    plan = run(data)
    assert nonzero(plan) == {"read": 1, "pending": 1}
    assert plan.pending == {"Dinkes": [2]}
    assert not items()
    aliases.decide("Dinkes", city["dinkes"]["id"], None)
    assert nonzero(run(data)) == {"read": 1, "created": 1}


def test_joint_producers(city):
    run(
        register(
            ONE.replace("Dinas Kesehatan", "Dinas Kehutanan dan Dinas Lingkungan Hidup"),
            ONE.replace("Dinas Kesehatan", "Dinas Kesehatan / BKKBN / Dinas Kehutanan"),
        )
    )
    assert {item.org_id: item.contributors for item in items()} == {
        city["dishut"]["id"]: [city["dlh"]["id"]],
        city["dinkes"]["id"]: [city["bkkbn"]["id"], city["dishut"]["id"]],
    }
    plan = run(register(ONE.replace("Dinas Kesehatan", "Dinas Kesehatan / Dinas X")))
    assert plan.pending == {"Dinas X": [2]}


def test_again_changes_nothing_and_a_changed_row_updates(city):
    run(register(ONE))
    before = items()[0].modified
    assert nonzero(run(register(ONE))) == {"read": 1, "unchanged": 1}
    assert items()[0].modified == before
    changed = run(register(ONE.replace("Maret", "Mei").replace("IKU A", "IKU Z")))
    assert nonzero(changed) == {"read": 1, "changed": 1}
    assert changed.changed[0].changes == ["indicators", "schedule"]
    assert (items()[0].indicators, rhythm().schedule_raw) == (["IKU Z"], "Mei n+1")


def test_what_a_later_file_lacks_stays(city):
    run(register(ONE, ONE.replace("bidan", "perawat")))
    plan = run(register(ONE))
    assert nonzero(plan) == {"read": 1, "unchanged": 1, "not_in_file": 1}
    assert len(items()) == 2


def test_a_schedule_set_by_hand_survives_the_same_file(city):
    data = register(ONE.replace("Maret n+1", "***"))
    assert nonzero(run(data)) == {"read": 1, "created": 1, "to_schedule": 1}
    scheduling.decide(items()[0].id, "A", "S", "Februari dan Agustus", DAY, None)
    model.Session.commit()
    assert rhythm().state == "scheduled"
    assert model.Session.scalar(sa.select(sa.func.count(Obligation.id))) > 4
    assert nonzero(run(data)) == {"read": 1, "unchanged": 1}
    assert nonzero(run(register(ONE))) == {"read": 1, "changed": 1}
    assert (rhythm().frequency, rhythm().decided_schedule) == ("A", None)


def test_rows_of_one_item_that_differ_in_schedule_become_a_task(city):
    run(register(ONE, ONE.replace("Maret", "Mei")))
    assert (rhythm().state, rhythm().reason) == ("needs_schedule", "schedules_differ")
    assert nonzero(run(register(ONE, ONE.replace("Maret", "Mei"))))["unchanged"] == 1


def test_two_rhythms(city):
    run(register(ONE.replace("Tahunan", "Tahunan dan bulanan")))
    found = model.Session.scalars(sa.select(ItemRhythm.frequency))
    assert sorted(found) == ["A", "M"]


def test_columns_by_mapping(city):
    data = register("Dinas Kesehatan;Jumlah bidan", header="Siapa;Apa")
    with pytest.raises(TableError, match="No column was recognised"):
        run(data)
    plan = run(data, {"siapa": "producer", "Apa": "name"})
    assert nonzero(plan)["created"] == 1
    for bad in ({"Siapa": "nonsense"}, {"Wer": "name"}, {"Siapa": "name", "Apa": "name"}):
        with pytest.raises(TableError):
            make_plan(store.open_table(data, "x.csv"), bad)


def test_a_fault_in_the_middle_leaves_nothing(city, monkeypatch):
    def break_off(*_args):
        raise RuntimeError("power cut")

    monkeypatch.setattr(obligations, "ensure", break_off)
    with pytest.raises(RuntimeError):
        run(register(ONE))
    assert not items()
    state = model.Session.scalars(sa.select(ImportRun)).one()
    assert (state.state, state.counts) == ("failed", {"error": "RuntimeError"})


def test_two_imports_at_once_make_one_register(city):
    def work():
        try:
            run(register(ONE, ONE.replace("bidan", "perawat")))
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=work) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(items()) == 2
    states = [
        each.counts["rows"]["created"] for each in model.Session.scalars(sa.select(ImportRun))
    ]
    assert sorted(states) == [0, 2]


def test_organisation_with_open_obligations_is_kept(city):
    import ckan.tests.helpers as helpers
    from ckan.plugins import toolkit

    run(register(ONE))
    with pytest.raises(toolkit.ValidationError, match="open obligation"):
        helpers.call_action("organization_delete", id=city["dinkes"]["id"])
    assert helpers.call_action("organization_delete", id=city["dlh"]["id"]) is None
