"""What the offices of the fictional city prepare beside the quarters.

The register of the next year is proposed and discussed, the end of the year has its collection
window, and the walidata tries a draft of stricter rules on the quarters that are over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudata.leaderboard import jobs, simulation
from ckanext.satudata.rules.ruleset import DEFAULT_PATH

from .quarters import Step, as_user

OFFICE, EDITOR = "dinas-kesehatan", "dinkes"
PROPOSALS = (
    ("add", None, "Diminta Bappeda untuk evaluasi RPJMD.",
     {"name": "Jumlah Kader Posyandu", "unit": "orang", "classification": "Kelurahan",
      "frequency": "Tahunan", "schedule": "Maret n+1"}),
    ("change", "Jumlah Balita Stunting", "Satuan disamakan dengan kamus kementerian.",
     {"unit": "anak"}),
    ("end", "Jumlah Posyandu Aktif", "Digabung ke profil kesehatan mulai tahun depan.", {}),
    ("object", "Sebaran Fasilitas Kesehatan", "Peta disusun oleh Dinas Pekerjaan Umum.", {}),
)  # fmt: skip
STRICTER = {
    "name: baku": "name: usulan",
    "T: 0.25": "T: 0.30",
    "Q: 0.20": "Q: 0.15",
    "late_window_days: 14": "late_window_days: 5",
    "from: 90,": "from: 92,",
}
"""Places of the default rules and what the draft says there."""


def steps(now: dt.datetime) -> list[Step]:
    """The steps up to ``now``: proposals were taken until twelve days ago."""

    def before(days: int, what: str, act: Callable[[], Any]) -> Step:
        return Step(now - dt.timedelta(days=days), what, act)

    opened, closed = (now - dt.timedelta(days=days) for days in (40, 12))
    year = opened.year + 1
    return [
        before(40, f"Daftar Data {year}: usulan", partial(
            as_user, "walidata", "satudata_round_open",
            year=year, proposals_until=closed.date().isoformat(),
        )),
        before(20, f"Daftar Data {year}: {len(PROPOSALS)}", partial(_propose, year)),
        before(11, f"Daftar Data {year}: pembahasan", partial(
            as_user, "walidata", "satudata_round_discuss", year=year,
        )),
        before(4, f"Daftar Data {year}: jawaban", partial(_answer, year)),
        before(3, "Jendela", partial(_announce, now.date())),
    ]  # fmt: skip


def _propose(year: int) -> None:
    statement = sa.text(
        'SELECT i.name, i.id FROM satudata_item i JOIN "group" g ON g.id = i.org_id'
        " WHERE g.name = :office"
    )
    items = dict(model.Session.execute(statement, {"office": OFFICE}).tuples().all())
    for action, name, reason, values in PROPOSALS:
        subject = {"item_id": items[name]} if name else {"org": OFFICE}
        as_user(
            EDITOR, "satudata_proposal_create",
            year=year, action=action, values=values, reason=reason, **subject,
        )  # fmt: skip


def _answer(year: int) -> None:
    """The first is agreed to, the second refused; the others are still discussed."""
    found = as_user("walidata", "satudata_proposal_list", year=year)["results"]
    known = {one["action"]: one["id"] for one in found}
    as_user(
        "walidata", "satudata_proposal_answer", id=known["add"], agree=True,
        note="Disepakati dalam Forum Satu Data.",
    )  # fmt: skip
    as_user(
        "walidata", "satudata_proposal_answer", id=known["change"], agree=False,
        note="Satuan mengikuti standar data statistik nasional.",
    )  # fmt: skip


def _announce(today: dt.date) -> None:
    def after(days: int) -> str:
        return (today + dt.timedelta(days=days)).isoformat()

    as_user(
        "walidata", "satudata_window_create", name=f"Pemutakhiran data {today.year}",
        opens=after(-2), number=f"050/J-1/{today.year}",
        deadlines=[
            {"name": "Data prioritas", "day": after(5)}, {"name": "Data lainnya", "day": after(19)},
        ],
        correction_until=after(33), reason="Surat edaran Sekretaris Daerah.",
    )  # fmt: skip


def try_rules() -> None:
    """A draft of stricter rules, tried on all quarters that are over."""
    source = DEFAULT_PATH.read_text(encoding="utf-8")
    for place, draft in STRICTER.items():
        source = source.replace(place, draft)
    rules = as_user("walidata", "satudata_ruleset_create", source=source)
    past = [str(quarter) for quarter in simulation.past_quarters()]
    run = as_user("walidata", "satudata_simulation_create", hash=rules["hash"], quarters=past)
    jobs.run_simulation(run["id"])
